"""How the kernels of a queue take a patience."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bporoute.durations._laws import (
    EmpiricalPatience,
    ErlangPatience,
    HyperexponentialPatience,
    LognormalPatience,
    Patience,
    WeibullPatience,
    check_parameter,
    logarithm,
    weibull_scale,
)

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats


def encoded(patience: Patience | float) -> tuple[int, Floats]:
    """A patience as the kernels of `_kernels.queueing.patience` take it: its kind and its parameters.

    A number is exponential patience of that mean; inf: contacts never give up, 0: nobody waits.

    Raises
    ------
    InputError
        If it is none of these.

    Examples
    --------
    >>> encoded(HyperexponentialPatience(means=(10, 300), shares=(0.5, 0.5)))
    (5, array([155. ,  10. , 300. ,   0.5,   0.5]))
    """
    import numpy as np

    from bporoute._kernels.queueing import patience as laws
    from bporoute.queueing._limits import SHORTEST_PATIENCE

    own: tuple[float, ...]
    match patience:
        case LognormalPatience(mean=mean, cv=cv):
            kind, own = laws.LOGNORMAL, logarithm(mean, cv)
        case WeibullPatience(mean=mean, shape=shape):
            kind, own = laws.WEIBULL, (weibull_scale(mean, shape), shape)
        case ErlangPatience(mean=mean, phases=phases):
            kind, own = laws.ERLANG, (float(phases), phases / mean)
        case HyperexponentialPatience(mean=mean, means=means, shares=shares):
            kind, own = laws.HYPEREXPONENTIAL, (*means, *shares)
        case EmpiricalPatience(mean=mean, times=times, shares=shares):
            kind, own = laws.EMPIRICAL, (*times, *shares)
        case _:
            check_parameter("patience", patience, 0.0, math.inf)
            kind, mean, own = laws.EXPONENTIAL, max(patience, SHORTEST_PATIENCE), ()
    return kind, np.array([mean, *own], dtype=np.float64)
