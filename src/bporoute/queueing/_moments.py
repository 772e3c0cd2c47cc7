"""Traffic offered to a vendor, by its mean and its variance."""

from __future__ import annotations

from typing import Any, NamedTuple


class Moments(NamedTuple):
    """Traffic offered to a vendor, as the number of contacts that would be in service with agents enough.

    Attributes
    ----------
    mean : float or array
        Erlangs.
    variance : float or array
        Erlangs.
    peakedness : float or array
        variance / mean: 1 for random (Poisson) traffic, above for the overflow of a queue.
    """

    mean: Any
    variance: Any
    peakedness: Any
