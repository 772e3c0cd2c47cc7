"""How long something lasts by chance: handle times, delays, patience.

law
    One way in which times are spread, such as exponential or lognormal; a frozen value.
survival
    Share of the times that are longer than some time.

Not here: laws drawn from (`bporoute.simulation`) and fitted to a log (`bporoute.workload`).
"""

from bporoute.durations._laws import (
    Constant,
    Empirical,
    EmpiricalPatience,
    Erlang,
    ErlangPatience,
    Exponential,
    Hyperexponential,
    HyperexponentialPatience,
    Lognormal,
    LognormalPatience,
    Weibull,
    WeibullPatience,
)

__all__ = [
    "Constant",
    "Empirical",
    "EmpiricalPatience",
    "Erlang",
    "ErlangPatience",
    "Exponential",
    "Hyperexponential",
    "HyperexponentialPatience",
    "Lognormal",
    "LognormalPatience",
    "Weibull",
    "WeibullPatience",
]
