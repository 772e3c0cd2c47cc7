"""What chance holds for each call of a replay, drawn once for all policies."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from bporoute.arrays import Floats
from bporoute.errors import InputError
from bporoute.fitting import Lognormal, Weibull
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


def draw(calls: Sequence[Call], handle: Lognormal | None, patience: Weibull | None, seed: int) -> Draws:
    """Keep the handle times that are known; draw the rest, every patience and every vendor's luck.

    No `patience` means that callers never give up.

    Raises
    ------
    InputError
        If a handle time is unknown and there is no distribution to draw it from.
    """
    sources = [np.random.default_rng([seed, stream]) for stream in range(3)]
    known = np.array([call.handle for call in calls])
    unknown = np.isnan(known)
    if handle is not None:
        known[unknown] = handle.sample(sources[0].standard_normal(len(calls)))[unknown]
    elif unknown.any():
        raise InputError("call log", "calls without a handle time, and too few with one", "a handle column")
    return Draws(
        handle=known,
        patience=np.full(len(calls), np.inf)
        if patience is None
        else patience.sample(sources[1].random(len(calls))),
        vendor_luck=sources[2].exponential(size=len(calls)),
    )
