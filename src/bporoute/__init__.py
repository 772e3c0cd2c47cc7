"""Keep a customer contact in-house or send it to an outsourcing vendor: which, to whom, and why.

Every public name is to be had here and from its room, such as `bporoute.contracts`, whose docstring says what
the room is for; a room is loaded when the first of its names is used, so ``import bporoute`` is quick.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # that of `typing`, which takes longer to load than all that is loaded here
if TYPE_CHECKING:
    from typing import Any

    from bporoute._kernels import warmup as warmup
    from bporoute.center import *
    from bporoute.contracts import *
    from bporoute.durations import *
    from bporoute.errors import InputError as InputError
    from bporoute.estimates import *
    from bporoute.governance import *
    from bporoute.policies import *
    from bporoute.queueing import *
    from bporoute.routing import *
    from bporoute.simulation import *
    from bporoute.workload import *

_NAMES = {
    "errors": "InputError",
    "durations": (
        "Constant Empirical EmpiricalPatience Erlang ErlangPatience Exponential Hyperexponential "
        "HyperexponentialPatience Lognormal LognormalPatience Weibull WeibullPatience"
    ),
    "contracts": (
        "BilledContact CapacityOption Contract Currency FixedFee ForecastLock GainShare IndexStep Indexation "
        "Invoice Measure MinimumCharge MinimumCommitment Multiplier PerContact PerFte PerHour PerMinute "
        "PerResolution PeriodUsage Ramp RemainingForecast ResourceCharge Rounding ServiceCredits SlaMeasure "
        "TakeOrPay Tier Trial VolumeBand VolumeTiers in_words"
    ),
    "center": (
        "Abandonment AdequacyDecision Asa Blocking Center Contact ContactType DataRule HealthConfig "
        "LocationScheme Occupancy QualityPrior Queue Remark ServiceLevel Sourcing Targets ValueClass Vendor"
    ),
    "queueing": (
        "ChatModel Overflow OverflowStream QueueModel TeamOverflow combined_blocking equivalent_random "
        "erlang_b erlang_b_load erlang_c interrupted_poisson largest_threshold max_arrival_rate "
        "mgn_mean_wait optimal_overflow overflow_table overflow_to_team required_agents "
        "required_combined_pool total_arrival_rate"
    ),
    "policies": (
        "Both Either ExpectedWait HashShare Hysteresis MarginalCost MeetTarget NeverOverflow OccupancyLimit "
        "OwnCost PeriodScore QueueLength QueuePerAgent Released Rule ServedInTime Share Situation Warm"
    ),
    "estimates": (
        "Attainment Estimate HandleTimeEstimate HandleTimePrior Quality RateEstimate RatePrior "
        "SequentialTest ShareEstimate SharePrior TrialResult handle_time_factor non_inferiority "
        "quality_cost"
    ),
    "routing": (
        "Action BackOffice Backlog Decision Ledger QueueState Routed Router SharedLedger Snapshot Status "
        "Trough VendorState prepare"
    ),
    "workload": "Arrivals DayShape Schedule Stream daily_schedule",
    "simulation": (
        "Outage Redial Scenario SimulatedPolicy Simulation StateFeed WorkerLostError cost_difference dearer "
        "service_difference simulate usual_arrivals"
    ),
    "governance": "AuditReport Shadow ShadowReport audit",
    "_kernels": "warmup",
}
"""Room -> its names that are public here too."""
_ROOM_OF = {name: room for room, names in _NAMES.items() for name in names.split()}
_ROOMS = {*_NAMES, "planning", "telephony"}

__version__ = "0.1.0"
__all__ = sorted([*_ROOM_OF, "__version__"])


def __getattr__(name: str) -> Any:
    if name in _ROOM_OF:
        value = globals()[name] = getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
        return value
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
