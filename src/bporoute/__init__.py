"""Keep a customer contact in-house or send it to an outsourcing vendor: which, to whom, and why.

Everything public is listed in ``__all__`` and loaded on first use, so ``import bporoute`` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bporoute._kernels import warmup as warmup
    from bporoute.center import Center as Center
    from bporoute.chat import ChatModel as ChatModel
    from bporoute.contact import Contact as Contact
    from bporoute.contact import ContactType as ContactType
    from bporoute.contact import DataRule as DataRule
    from bporoute.contact import Sourcing as Sourcing
    from bporoute.contract import Contract as Contract
    from bporoute.contract import Tier as Tier
    from bporoute.decision import Action as Action
    from bporoute.decision import Decision as Decision
    from bporoute.erlang import erlang_b as erlang_b
    from bporoute.erlang import erlang_b_load as erlang_b_load
    from bporoute.erlang import erlang_c as erlang_c
    from bporoute.errors import InputError as InputError
    from bporoute.handle_time import mgn_mean_wait as mgn_mean_wait
    from bporoute.interrupted import interrupted_poisson as interrupted_poisson
    from bporoute.least_overflow import largest_threshold as largest_threshold
    from bporoute.ledger import Ledger as Ledger
    from bporoute.overflow import Overflow as Overflow
    from bporoute.overflow import optimal_overflow as optimal_overflow
    from bporoute.overflow import overflow_table as overflow_table
    from bporoute.patience import EmpiricalPatience as EmpiricalPatience
    from bporoute.patience import ErlangPatience as ErlangPatience
    from bporoute.patience import HyperexponentialPatience as HyperexponentialPatience
    from bporoute.patience import LognormalPatience as LognormalPatience
    from bporoute.patience import WeibullPatience as WeibullPatience
    from bporoute.policy import ExpectedWait as ExpectedWait
    from bporoute.policy import MarginalCost as MarginalCost
    from bporoute.policy import NeverOverflow as NeverOverflow
    from bporoute.policy import OwnCost as OwnCost
    from bporoute.policy import QueueLength as QueueLength
    from bporoute.policy import Rule as Rule
    from bporoute.policy import ServedInTime as ServedInTime
    from bporoute.policy import Share as Share
    from bporoute.policy import Situation as Situation
    from bporoute.pooling import combined_blocking as combined_blocking
    from bporoute.pooling import equivalent_random as equivalent_random
    from bporoute.pooling import required_combined_pool as required_combined_pool
    from bporoute.queue import Queue as Queue
    from bporoute.queue_model import QueueModel as QueueModel
    from bporoute.redials import total_arrival_rate as total_arrival_rate
    from bporoute.router import Router as Router
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
    from bporoute.traffic import OverflowStream as OverflowStream
    from bporoute.vendor import Vendor as Vendor
    from bporoute.vendor_team import TeamOverflow as TeamOverflow
    from bporoute.vendor_team import overflow_to_team as overflow_to_team

_HOMES = {
    "_kernels": ("warmup",),
    "center": ("Center",),
    "chat": ("ChatModel",),
    "contact": ("Contact", "ContactType", "DataRule", "Sourcing"),
    "contract": ("Contract", "Tier"),
    "decision": ("Action", "Decision"),
    "erlang": ("erlang_b", "erlang_b_load", "erlang_c"),
    "errors": ("InputError",),
    "handle_time": ("mgn_mean_wait",),
    "interrupted": ("interrupted_poisson",),
    "least_overflow": ("largest_threshold",),
    "ledger": ("Ledger",),
    "overflow": ("Overflow", "optimal_overflow", "overflow_table"),
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
        "OwnCost",
        "QueueLength",
        "Rule",
        "ServedInTime",
        "Share",
        "Situation",
    ),
    "pooling": ("combined_blocking", "equivalent_random", "required_combined_pool"),
    "queue": ("Queue",),
    "queue_model": ("QueueModel",),
    "redials": ("total_arrival_rate",),
    "router": ("Router",),
    "snapshot": ("QueueState", "Snapshot", "VendorState"),
    "staffing": ("max_arrival_rate", "required_agents"),
    "target": ("Abandonment", "Asa", "Blocking", "Occupancy", "ServiceLevel", "Targets"),
    "traffic": ("OverflowStream",),
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
