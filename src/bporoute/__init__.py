"""Keep a customer contact in-house or send it to an outsourcing vendor: which, to whom, and why.

Everything public is listed in ``__all__`` and loaded on first use, so ``import bporoute`` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bporoute._kernels import warmup as warmup
    from bporoute.adequacy import AdequacyDecision as AdequacyDecision
    from bporoute.agreed_volume import CapacityOption as CapacityOption
    from bporoute.agreed_volume import FixedFee as FixedFee
    from bporoute.agreed_volume import ResourceCharge as ResourceCharge
    from bporoute.arrivals import Arrivals as Arrivals
    from bporoute.attainment import Attainment as Attainment
    from bporoute.audit_report import AuditReport as AuditReport
    from bporoute.auditor import audit as audit
    from bporoute.back_office import BackOffice as BackOffice
    from bporoute.backlog import Backlog as Backlog
    from bporoute.backlog import Trough as Trough
    from bporoute.bias_test import SequentialTest as SequentialTest
    from bporoute.billing import PeriodUsage as PeriodUsage
    from bporoute.center import Center as Center
    from bporoute.chat import ChatModel as ChatModel
    from bporoute.commitments import MinimumCommitment as MinimumCommitment
    from bporoute.commitments import TakeOrPay as TakeOrPay
    from bporoute.composed import Both as Both
    from bporoute.composed import Either as Either
    from bporoute.composed import Hysteresis as Hysteresis
    from bporoute.composed import Released as Released
    from bporoute.composed import Warm as Warm
    from bporoute.confidence import Estimate as Estimate
    from bporoute.contact import Contact as Contact
    from bporoute.contact import ContactType as ContactType
    from bporoute.contact import Sourcing as Sourcing
    from bporoute.contact import ValueClass as ValueClass
    from bporoute.contact_streams import Stream as Stream
    from bporoute.contract import Contract as Contract
    from bporoute.data_rules import DataRule as DataRule
    from bporoute.day_shape import DayShape as DayShape
    from bporoute.decision import Action as Action
    from bporoute.decision import Decision as Decision
    from bporoute.durations import Constant as Constant
    from bporoute.durations import Empirical as Empirical
    from bporoute.durations import Erlang as Erlang
    from bporoute.durations import Exponential as Exponential
    from bporoute.durations import Hyperexponential as Hyperexponential
    from bporoute.durations import Lognormal as Lognormal
    from bporoute.durations import Weibull as Weibull
    from bporoute.erlang import erlang_b as erlang_b
    from bporoute.erlang import erlang_b_load as erlang_b_load
    from bporoute.erlang import erlang_c as erlang_c
    from bporoute.errors import InputError as InputError
    from bporoute.handle_time import mgn_mean_wait as mgn_mean_wait
    from bporoute.handle_time_estimate import HandleTimeEstimate as HandleTimeEstimate
    from bporoute.handle_time_estimate import HandleTimePrior as HandleTimePrior
    from bporoute.handle_time_estimate import handle_time_factor as handle_time_factor
    from bporoute.health import HealthConfig as HealthConfig
    from bporoute.interrupted import interrupted_poisson as interrupted_poisson
    from bporoute.invoice import Invoice as Invoice
    from bporoute.job_errors import WorkerLostError as WorkerLostError
    from bporoute.least_overflow import largest_threshold as largest_threshold
    from bporoute.ledger import Ledger as Ledger
    from bporoute.location import LocationScheme as LocationScheme
    from bporoute.measure import BilledContact as BilledContact
    from bporoute.measure import Measure as Measure
    from bporoute.meet_target import MeetTarget as MeetTarget
    from bporoute.multiplier import Multiplier as Multiplier
    from bporoute.overflow import Overflow as Overflow
    from bporoute.overflow import optimal_overflow as optimal_overflow
    from bporoute.overflow import overflow_table as overflow_table
    from bporoute.overflow_stream import OverflowStream as OverflowStream
    from bporoute.patience import EmpiricalPatience as EmpiricalPatience
    from bporoute.patience import ErlangPatience as ErlangPatience
    from bporoute.patience import HyperexponentialPatience as HyperexponentialPatience
    from bporoute.patience import LognormalPatience as LognormalPatience
    from bporoute.patience import WeibullPatience as WeibullPatience
    from bporoute.policy import ExpectedWait as ExpectedWait
    from bporoute.policy import MarginalCost as MarginalCost
    from bporoute.policy import NeverOverflow as NeverOverflow
    from bporoute.policy import OccupancyLimit as OccupancyLimit
    from bporoute.policy import OwnCost as OwnCost
    from bporoute.policy import QueueLength as QueueLength
    from bporoute.policy import QueuePerAgent as QueuePerAgent
    from bporoute.policy import ServedInTime as ServedInTime
    from bporoute.pooling import combined_blocking as combined_blocking
    from bporoute.pooling import equivalent_random as equivalent_random
    from bporoute.pooling import required_combined_pool as required_combined_pool
    from bporoute.quality import Quality as Quality
    from bporoute.quality import QualityPrior as QualityPrior
    from bporoute.quality import quality_cost as quality_cost
    from bporoute.queue import Queue as Queue
    from bporoute.queue_model import QueueModel as QueueModel
    from bporoute.ramp import Ramp as Ramp
    from bporoute.rate_estimate import RateEstimate as RateEstimate
    from bporoute.rate_estimate import RatePrior as RatePrior
    from bporoute.redials import total_arrival_rate as total_arrival_rate
    from bporoute.remaining_forecast import RemainingForecast as RemainingForecast
    from bporoute.routed import Routed as Routed
    from bporoute.router import Router as Router
    from bporoute.rule import Rule as Rule
    from bporoute.scenario import Outage as Outage
    from bporoute.scenario import Redial as Redial
    from bporoute.scenario import Scenario as Scenario
    from bporoute.scenario import StateFeed as StateFeed
    from bporoute.schedule import Schedule as Schedule
    from bporoute.schedule import daily_schedule as daily_schedule
    from bporoute.service_credits import ForecastLock as ForecastLock
    from bporoute.service_credits import ServiceCredits as ServiceCredits
    from bporoute.service_credits import SlaMeasure as SlaMeasure
    from bporoute.shadow import Shadow as Shadow
    from bporoute.shadow import ShadowReport as ShadowReport
    from bporoute.share_estimate import ShareEstimate as ShareEstimate
    from bporoute.share_estimate import SharePrior as SharePrior
    from bporoute.shares import HashShare as HashShare
    from bporoute.shares import Share as Share
    from bporoute.simulated import SimulatedPolicy as SimulatedPolicy
    from bporoute.simulated import Simulation as Simulation
    from bporoute.simulated import cost_difference as cost_difference
    from bporoute.simulated import dearer as dearer
    from bporoute.simulated import service_difference as service_difference
    from bporoute.simulation import simulate as simulate
    from bporoute.situation import PeriodScore as PeriodScore
    from bporoute.situation import Situation as Situation
    from bporoute.snapshot import QueueState as QueueState
    from bporoute.snapshot import Snapshot as Snapshot
    from bporoute.snapshot import VendorState as VendorState
    from bporoute.staffing import max_arrival_rate as max_arrival_rate
    from bporoute.staffing import required_agents as required_agents
    from bporoute.target import Abandonment as Abandonment
    from bporoute.target import Asa as Asa
    from bporoute.target import Blocking as Blocking
    from bporoute.target import Occupancy as Occupancy
    from bporoute.target import ServiceLevel as ServiceLevel
    from bporoute.target import Targets as Targets
    from bporoute.tiers import Tier as Tier
    from bporoute.tiers import VolumeBand as VolumeBand
    from bporoute.tiers import VolumeTiers as VolumeTiers
    from bporoute.trial import Trial as Trial
    from bporoute.trial_verdict import TrialResult as TrialResult
    from bporoute.trial_verdict import non_inferiority as non_inferiority
    from bporoute.unit_prices import PerContact as PerContact
    from bporoute.unit_prices import PerFte as PerFte
    from bporoute.unit_prices import PerHour as PerHour
    from bporoute.unit_prices import PerMinute as PerMinute
    from bporoute.unit_prices import PerResolution as PerResolution
    from bporoute.vendor import Vendor as Vendor
    from bporoute.vendor_team import TeamOverflow as TeamOverflow
    from bporoute.vendor_team import overflow_to_team as overflow_to_team

_HOMES = {
    "_kernels": ("warmup",),
    "adequacy": ("AdequacyDecision",),
    "agreed_volume": ("CapacityOption", "FixedFee", "ResourceCharge"),
    "attainment": ("Attainment",),
    "back_office": ("BackOffice",),
    "backlog": ("Backlog", "Trough"),
    "arrivals": ("Arrivals",),
    "audit_report": ("AuditReport",),
    "auditor": ("audit",),
    "billing": ("PeriodUsage",),
    "bias_test": ("SequentialTest",),
    "center": ("Center",),
    "chat": ("ChatModel",),
    "commitments": ("MinimumCommitment", "TakeOrPay"),
    "composed": ("Both", "Either", "Hysteresis", "Released", "Warm"),
    "confidence": ("Estimate",),
    "contact": ("Contact", "ContactType", "Sourcing", "ValueClass"),
    "contact_streams": ("Stream",),
    "contract": ("Contract",),
    "data_rules": ("DataRule",),
    "day_shape": ("DayShape",),
    "decision": ("Action", "Decision"),
    "durations": (
        "Constant",
        "Empirical",
        "Erlang",
        "Exponential",
        "Hyperexponential",
        "Lognormal",
        "Weibull",
    ),
    "erlang": ("erlang_b", "erlang_b_load", "erlang_c"),
    "errors": ("InputError",),
    "handle_time": ("mgn_mean_wait",),
    "handle_time_estimate": ("HandleTimeEstimate", "HandleTimePrior", "handle_time_factor"),
    "health": ("HealthConfig",),
    "interrupted": ("interrupted_poisson",),
    "invoice": ("Invoice",),
    "job_errors": ("WorkerLostError",),
    "least_overflow": ("largest_threshold",),
    "ledger": ("Ledger",),
    "location": ("LocationScheme",),
    "measure": ("BilledContact", "Measure"),
    "meet_target": ("MeetTarget",),
    "multiplier": ("Multiplier",),
    "overflow": ("Overflow", "optimal_overflow", "overflow_table"),
    "overflow_stream": ("OverflowStream",),
    "patience": (
        "EmpiricalPatience",
        "ErlangPatience",
        "HyperexponentialPatience",
        "LognormalPatience",
        "WeibullPatience",
    ),
    "policy": (
        "ExpectedWait",
        "MarginalCost",
        "NeverOverflow",
        "OccupancyLimit",
        "OwnCost",
        "QueueLength",
        "QueuePerAgent",
        "ServedInTime",
    ),
    "pooling": ("combined_blocking", "equivalent_random", "required_combined_pool"),
    "quality": ("Quality", "QualityPrior", "quality_cost"),
    "queue": ("Queue",),
    "queue_model": ("QueueModel",),
    "ramp": ("Ramp",),
    "rate_estimate": ("RateEstimate", "RatePrior"),
    "redials": ("total_arrival_rate",),
    "remaining_forecast": ("RemainingForecast",),
    "routed": ("Routed",),
    "router": ("Router",),
    "rule": ("Rule",),
    "scenario": ("Outage", "Redial", "Scenario", "StateFeed"),
    "schedule": ("Schedule", "daily_schedule"),
    "service_credits": ("ForecastLock", "ServiceCredits", "SlaMeasure"),
    "share_estimate": ("ShareEstimate", "SharePrior"),
    "shares": ("HashShare", "Share"),
    "situation": ("PeriodScore", "Situation"),
    "shadow": ("Shadow", "ShadowReport"),
    "simulated": ("SimulatedPolicy", "Simulation", "cost_difference", "dearer", "service_difference"),
    "simulation": ("simulate",),
    "snapshot": ("QueueState", "Snapshot", "VendorState"),
    "staffing": ("max_arrival_rate", "required_agents"),
    "target": ("Abandonment", "Asa", "Blocking", "Occupancy", "ServiceLevel", "Targets"),
    "tiers": ("Tier", "VolumeBand", "VolumeTiers"),
    "trial": ("Trial",),
    "trial_verdict": ("TrialResult", "non_inferiority"),
    "unit_prices": ("PerContact", "PerFte", "PerHour", "PerMinute", "PerResolution"),
    "vendor": ("Vendor",),
    "vendor_team": ("TeamOverflow", "overflow_to_team"),
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
