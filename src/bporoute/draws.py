"""What chance holds for each call of a replay, drawn once for all policies."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from bporoute.arrays import Floats
from bporoute.durations import Lognormal, Weibull
from bporoute.logs import Call


class Draws(msgspec.Struct, frozen=True, eq=False):
    """What chance holds for each call; the same for every policy, so that differences are the policies'.

    Attributes
    ----------
    handle, patience : array
        Seconds.
    vendor_luck : array
        Wait at a vendor in multiples of its expected wait (exponential, mean 1).
    """

    handle: Floats
    patience: Floats
    vendor_luck: Floats


def draw(calls: Sequence[Call], handle: Lognormal | Floats, patience: Weibull | Floats, seed: int) -> Draws:
    """Keep the handle times that are known; draw the rest, every patience and every vendor's luck.

    A distribution serves all calls; an array has each call's own mean (seconds, inf for endless), for
    exponential times.
    """
    sources = [np.random.default_rng([seed, stream]) for stream in range(3)]
    drawn = (
        handle.sample(sources[0].standard_normal(len(calls)))
        if isinstance(handle, Lognormal)
        else handle * sources[0].standard_exponential(len(calls))
    )
    known = np.array([call.handle for call in calls])
    return Draws(
        handle=np.where(np.isnan(known), drawn, known),
        patience=(
            patience.sample(sources[1].random(len(calls)))
            if isinstance(patience, Weibull)
            else patience * sources[1].standard_exponential(len(calls))
        ),
        vendor_luck=sources[2].exponential(size=len(calls)),
    )
