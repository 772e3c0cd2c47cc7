"""Keep a customer contact in-house or send it to an outsourcing vendor: which, to whom, and why.

Everything public is listed in ``__all__`` and loaded on first use, so ``import bporoute`` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bporoute._kernels import warmup as warmup
    from bporoute.center._adequacy import AdequacyDecision as AdequacyDecision
    from bporoute.center._center import Center as Center
    from bporoute.center._contact import Contact as Contact
    from bporoute.center._contact import ContactType as ContactType
    from bporoute.center._contact import Sourcing as Sourcing
    from bporoute.center._contact import ValueClass as ValueClass
    from bporoute.center._data_rules import DataRule as DataRule
    from bporoute.center._health import HealthConfig as HealthConfig
    from bporoute.center._location import LocationScheme as LocationScheme
    from bporoute.center._quality_prior import QualityPrior as QualityPrior
    from bporoute.center._queue import Queue as Queue
    from bporoute.center._target import Abandonment as Abandonment
    from bporoute.center._target import Asa as Asa
    from bporoute.center._target import Blocking as Blocking
    from bporoute.center._target import Occupancy as Occupancy
    from bporoute.center._target import ServiceLevel as ServiceLevel
    from bporoute.center._target import Targets as Targets
    from bporoute.center._vendor import Vendor as Vendor
    from bporoute.contracts._agreed_volume import CapacityOption as CapacityOption
    from bporoute.contracts._agreed_volume import FixedFee as FixedFee
    from bporoute.contracts._agreed_volume import ResourceCharge as ResourceCharge
    from bporoute.contracts._commitments import MinimumCommitment as MinimumCommitment
    from bporoute.contracts._commitments import TakeOrPay as TakeOrPay
    from bporoute.contracts._contract import Contract as Contract
    from bporoute.contracts._invoice import Invoice as Invoice
    from bporoute.contracts._measure import BilledContact as BilledContact
    from bporoute.contracts._measure import Measure as Measure
    from bporoute.contracts._multiplier import Multiplier as Multiplier
    from bporoute.contracts._remaining_forecast import RemainingForecast as RemainingForecast
    from bporoute.contracts._service_credits import ForecastLock as ForecastLock
    from bporoute.contracts._service_credits import ServiceCredits as ServiceCredits
    from bporoute.contracts._service_credits import SlaMeasure as SlaMeasure
    from bporoute.contracts._start_up import Ramp as Ramp
    from bporoute.contracts._tiers import Tier as Tier
    from bporoute.contracts._tiers import VolumeBand as VolumeBand
    from bporoute.contracts._tiers import VolumeTiers as VolumeTiers
    from bporoute.contracts._trial import Trial as Trial
    from bporoute.contracts._unit_prices import PerContact as PerContact
    from bporoute.contracts._unit_prices import PerFte as PerFte
    from bporoute.contracts._unit_prices import PerHour as PerHour
    from bporoute.contracts._unit_prices import PerMinute as PerMinute
    from bporoute.contracts._unit_prices import PerResolution as PerResolution
    from bporoute.contracts._usage import PeriodUsage as PeriodUsage
    from bporoute.errors import InputError as InputError
    from bporoute.estimates._attainment import Attainment as Attainment
    from bporoute.estimates._confidence import Estimate as Estimate
    from bporoute.estimates._handle_time import HandleTimeEstimate as HandleTimeEstimate
    from bporoute.estimates._handle_time import HandleTimePrior as HandleTimePrior
    from bporoute.estimates._handle_time import handle_time_factor as handle_time_factor
    from bporoute.estimates._non_inferiority import TrialResult as TrialResult
    from bporoute.estimates._non_inferiority import non_inferiority as non_inferiority
    from bporoute.estimates._quality import Quality as Quality
    from bporoute.estimates._quality import quality_cost as quality_cost
    from bporoute.estimates._rate import RateEstimate as RateEstimate
    from bporoute.estimates._rate import RatePrior as RatePrior
    from bporoute.estimates._sequential_test import SequentialTest as SequentialTest
    from bporoute.estimates._share import ShareEstimate as ShareEstimate
    from bporoute.estimates._share import SharePrior as SharePrior
    from bporoute.governance._audit import audit as audit
    from bporoute.governance._audit_report import AuditReport as AuditReport
    from bporoute.governance._shadow import Shadow as Shadow
    from bporoute.governance._shadow import ShadowReport as ShadowReport
    from bporoute.policies._composed import Both as Both
    from bporoute.policies._composed import Either as Either
    from bporoute.policies._composed import Hysteresis as Hysteresis
    from bporoute.policies._composed import Released as Released
    from bporoute.policies._composed import Warm as Warm
    from bporoute.policies._meet_target import MeetTarget as MeetTarget
    from bporoute.policies._rule import Rule as Rule
    from bporoute.policies._shares import HashShare as HashShare
    from bporoute.policies._shares import Share as Share
    from bporoute.policies._situation import PeriodScore as PeriodScore
    from bporoute.policies._situation import Situation as Situation
    from bporoute.policies._thresholds import ExpectedWait as ExpectedWait
    from bporoute.policies._thresholds import MarginalCost as MarginalCost
    from bporoute.policies._thresholds import NeverOverflow as NeverOverflow
    from bporoute.policies._thresholds import OccupancyLimit as OccupancyLimit
    from bporoute.policies._thresholds import OwnCost as OwnCost
    from bporoute.policies._thresholds import QueueLength as QueueLength
    from bporoute.policies._thresholds import QueuePerAgent as QueuePerAgent
    from bporoute.policies._thresholds import ServedInTime as ServedInTime
    from bporoute.queueing._chat import ChatModel as ChatModel
    from bporoute.queueing._durations import Constant as Constant
    from bporoute.queueing._durations import Empirical as Empirical
    from bporoute.queueing._durations import Erlang as Erlang
    from bporoute.queueing._durations import Exponential as Exponential
    from bporoute.queueing._durations import Hyperexponential as Hyperexponential
    from bporoute.queueing._durations import Lognormal as Lognormal
    from bporoute.queueing._durations import Weibull as Weibull
    from bporoute.queueing._erlang import erlang_b as erlang_b
    from bporoute.queueing._erlang import erlang_b_load as erlang_b_load
    from bporoute.queueing._erlang import erlang_c as erlang_c
    from bporoute.queueing._interrupted import interrupted_poisson as interrupted_poisson
    from bporoute.queueing._least_overflow import largest_threshold as largest_threshold
    from bporoute.queueing._mgn import mgn_mean_wait as mgn_mean_wait
    from bporoute.queueing._optimal_overflow import Overflow as Overflow
    from bporoute.queueing._optimal_overflow import optimal_overflow as optimal_overflow
    from bporoute.queueing._optimal_overflow import overflow_table as overflow_table
    from bporoute.queueing._overflow_stream import OverflowStream as OverflowStream
    from bporoute.queueing._patience import EmpiricalPatience as EmpiricalPatience
    from bporoute.queueing._patience import ErlangPatience as ErlangPatience
    from bporoute.queueing._patience import HyperexponentialPatience as HyperexponentialPatience
    from bporoute.queueing._patience import LognormalPatience as LognormalPatience
    from bporoute.queueing._patience import WeibullPatience as WeibullPatience
    from bporoute.queueing._pooling import combined_blocking as combined_blocking
    from bporoute.queueing._pooling import equivalent_random as equivalent_random
    from bporoute.queueing._pooling import required_combined_pool as required_combined_pool
    from bporoute.queueing._queue_model import QueueModel as QueueModel
    from bporoute.queueing._redials import total_arrival_rate as total_arrival_rate
    from bporoute.queueing._required_agents import max_arrival_rate as max_arrival_rate
    from bporoute.queueing._required_agents import required_agents as required_agents
    from bporoute.queueing._team_overflow import TeamOverflow as TeamOverflow
    from bporoute.queueing._team_overflow import overflow_to_team as overflow_to_team
    from bporoute.routing._decision import Action as Action
    from bporoute.routing._decision import Decision as Decision
    from bporoute.routing._routed import Routed as Routed
    from bporoute.routing._router import Router as Router
    from bporoute.routing._state import QueueState as QueueState
    from bporoute.routing._state import Snapshot as Snapshot
    from bporoute.routing._state import VendorState as VendorState
    from bporoute.routing.back_office._back_office import BackOffice as BackOffice
    from bporoute.routing.back_office._backlog import Backlog as Backlog
    from bporoute.routing.back_office._backlog import Trough as Trough
    from bporoute.routing.ledger._memory import Ledger as Ledger
    from bporoute.simulation._jobs._errors import WorkerLostError as WorkerLostError
    from bporoute.simulation._results import SimulatedPolicy as SimulatedPolicy
    from bporoute.simulation._results import Simulation as Simulation
    from bporoute.simulation._results import cost_difference as cost_difference
    from bporoute.simulation._results import dearer as dearer
    from bporoute.simulation._results import service_difference as service_difference
    from bporoute.simulation._scenario import Outage as Outage
    from bporoute.simulation._scenario import Redial as Redial
    from bporoute.simulation._scenario import Scenario as Scenario
    from bporoute.simulation._scenario import StateFeed as StateFeed
    from bporoute.simulation._simulate import simulate as simulate
    from bporoute.workload._arrivals import Arrivals as Arrivals
    from bporoute.workload._day_shape import DayShape as DayShape
    from bporoute.workload._schedule import Schedule as Schedule
    from bporoute.workload._schedule import daily_schedule as daily_schedule
    from bporoute.workload._streams import Stream as Stream

_HOMES = {
    "_kernels": ("warmup",),
    "center._adequacy": ("AdequacyDecision",),
    "contracts._agreed_volume": ("CapacityOption", "FixedFee", "ResourceCharge"),
    "estimates._attainment": ("Attainment",),
    "routing.back_office._back_office": ("BackOffice",),
    "routing.back_office._backlog": ("Backlog", "Trough"),
    "workload._arrivals": ("Arrivals",),
    "governance._audit_report": ("AuditReport",),
    "governance._audit": ("audit",),
    "contracts._usage": ("PeriodUsage",),
    "estimates._sequential_test": ("SequentialTest",),
    "center._center": ("Center",),
    "queueing._chat": ("ChatModel",),
    "contracts._commitments": ("MinimumCommitment", "TakeOrPay"),
    "policies._composed": ("Both", "Either", "Hysteresis", "Released", "Warm"),
    "estimates._confidence": ("Estimate",),
    "center._contact": ("Contact", "ContactType", "Sourcing", "ValueClass"),
    "workload._streams": ("Stream",),
    "contracts._contract": ("Contract",),
    "center._data_rules": ("DataRule",),
    "workload._day_shape": ("DayShape",),
    "routing._decision": ("Action", "Decision"),
    "queueing._durations": (
        "Constant",
        "Empirical",
        "Erlang",
        "Exponential",
        "Hyperexponential",
        "Lognormal",
        "Weibull",
    ),
    "queueing._erlang": ("erlang_b", "erlang_b_load", "erlang_c"),
    "errors": ("InputError",),
    "queueing._mgn": ("mgn_mean_wait",),
    "estimates._handle_time": ("HandleTimeEstimate", "HandleTimePrior", "handle_time_factor"),
    "center._health": ("HealthConfig",),
    "queueing._interrupted": ("interrupted_poisson",),
    "contracts._invoice": ("Invoice",),
    "simulation._jobs._errors": ("WorkerLostError",),
    "queueing._least_overflow": ("largest_threshold",),
    "routing.ledger._memory": ("Ledger",),
    "center._location": ("LocationScheme",),
    "contracts._measure": ("BilledContact", "Measure"),
    "policies._meet_target": ("MeetTarget",),
    "contracts._multiplier": ("Multiplier",),
    "queueing._optimal_overflow": ("Overflow", "optimal_overflow", "overflow_table"),
    "queueing._overflow_stream": ("OverflowStream",),
    "queueing._patience": (
        "EmpiricalPatience",
        "ErlangPatience",
        "HyperexponentialPatience",
        "LognormalPatience",
        "WeibullPatience",
    ),
    "policies._thresholds": (
        "ExpectedWait",
        "MarginalCost",
        "NeverOverflow",
        "OccupancyLimit",
        "OwnCost",
        "QueueLength",
        "QueuePerAgent",
        "ServedInTime",
    ),
    "queueing._pooling": ("combined_blocking", "equivalent_random", "required_combined_pool"),
    "estimates._quality": ("Quality", "quality_cost"),
    "center._quality_prior": ("QualityPrior",),
    "center._queue": ("Queue",),
    "queueing._queue_model": ("QueueModel",),
    "contracts._start_up": ("Ramp",),
    "estimates._rate": ("RateEstimate", "RatePrior"),
    "queueing._redials": ("total_arrival_rate",),
    "contracts._remaining_forecast": ("RemainingForecast",),
    "routing._routed": ("Routed",),
    "routing._router": ("Router",),
    "policies._rule": ("Rule",),
    "simulation._scenario": ("Outage", "Redial", "Scenario", "StateFeed"),
    "workload._schedule": ("Schedule", "daily_schedule"),
    "contracts._service_credits": ("ForecastLock", "ServiceCredits", "SlaMeasure"),
    "estimates._share": ("ShareEstimate", "SharePrior"),
    "policies._shares": ("HashShare", "Share"),
    "policies._situation": ("PeriodScore", "Situation"),
    "governance._shadow": ("Shadow", "ShadowReport"),
    "simulation._results": (
        "SimulatedPolicy",
        "Simulation",
        "cost_difference",
        "dearer",
        "service_difference",
    ),
    "simulation._simulate": ("simulate",),
    "routing._state": ("QueueState", "Snapshot", "VendorState"),
    "queueing._required_agents": ("max_arrival_rate", "required_agents"),
    "center._target": ("Abandonment", "Asa", "Blocking", "Occupancy", "ServiceLevel", "Targets"),
    "contracts._tiers": ("Tier", "VolumeBand", "VolumeTiers"),
    "contracts._trial": ("Trial",),
    "estimates._non_inferiority": ("TrialResult", "non_inferiority"),
    "contracts._unit_prices": ("PerContact", "PerFte", "PerHour", "PerMinute", "PerResolution"),
    "center._vendor": ("Vendor",),
    "queueing._team_overflow": ("TeamOverflow", "overflow_to_team"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__version__ = "0.1.0"
__all__ = sorted([*_HOME_OF, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
