"""The interrupted Poisson stream: the simplest source of contacts that come in bunches."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from bporoute._base.arrays import together
from bporoute._base.ranges import POSITIVE


class InterruptedPoisson(NamedTuple):
    """A Poisson stream that is switched on and off at random: the simplest bunched traffic.

    Attributes
    ----------
    rate_on : float or array
        Contacts per unit of time while it is on.
    on_to_off, off_to_on : float or array
        Switches per unit of time in either state.
    """

    rate_on: Any
    on_to_off: Any
    off_to_on: Any


def interrupted_poisson(
    first: object, second: object, third: object, aht: object = 1.0
) -> InterruptedPoisson:
    """The switched Poisson stream with three given factorial moments.

    Parameters
    ----------
    first, second, third : float or array
        ``E[L]``, ``E[L (L-1)]`` and ``E[L (L-1) (L-2)]``, where L contacts are in service at a vendor with
        agents enough; above 0.
    aht : float or array
        Mean handle time there, above 0; 1: the rates are per handle time.

    Returns
    -------
    InterruptedPoisson
        Of nan where no such stream has these moments: where second <= first^2 (traffic not peaked) or
        third is too small or too large.

    Raises
    ------
    InputError
        Naming the argument, the value and the legal range.

    Notes
    -----
    With ``d_0 = first``, ``d_1 = second / first``, ``d_2 = third / second`` such a stream has
    ``d_k = aht rate_on (off_to_on + k s) / (off_to_on + on_to_off + k s)``, s = 1 / aht; solved for the
    rates. Kuczura, Bell System Technical Journal 52 (1973), 437-448.

    Examples
    --------
    On half of the time, at 4 contacts per handle time: 2 in service on average.

    >>> print("{:.6f} {:.6f} {:.6f}".format(*interrupted_poisson(2, 16 / 3, 16)))
    4.000000 1.000000 1.000000
    """
    given = together(
        first=(first, POSITIVE), second=(second, POSITIVE), third=(third, POSITIVE), aht=(aht, POSITIVE)
    )
    m1, m2, m3, time = given.flat
    d0, d1, d2 = m1, m2 / m1, m3 / m2
    with np.errstate(all="ignore"):
        on = (d2 * (d1 - d0) - d0 * (d2 - d1)) / ((d1 - d0) - (d2 - d1))
        to_on = d0 / on * (on - d1) / (d1 - d0)
        to_off = to_on * (on - d0) / d0
        real = (on > 0.0) & (to_on > 0.0) & (to_off > 0.0) & (np.maximum(on, to_off) < math.inf)
    return InterruptedPoisson(
        *(given.shaped(np.where(real, rate, math.nan) / time) for rate in (on, to_off, to_on))
    )
