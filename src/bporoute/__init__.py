"""Keep a customer contact in-house or send it to an outsourcing vendor: which, to whom, and why.

Everything public is listed in ``__all__`` and loaded on first use, so ``import bporoute`` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bporoute._kernels import warmup as warmup
    from bporoute.center import Center as Center
    from bporoute.contact import Contact as Contact
    from bporoute.contact import ContactType as ContactType
    from bporoute.contact import DataRule as DataRule
    from bporoute.contact import Sourcing as Sourcing
    from bporoute.contract import Contract as Contract
    from bporoute.contract import Tier as Tier
    from bporoute.decision import Action as Action
    from bporoute.decision import Decision as Decision
    from bporoute.errors import InputError as InputError
    from bporoute.ledger import Ledger as Ledger
    from bporoute.policy import ExpectedWait as ExpectedWait
    from bporoute.policy import MarginalCost as MarginalCost
    from bporoute.policy import NeverOverflow as NeverOverflow
    from bporoute.policy import OwnCost as OwnCost
    from bporoute.policy import QueueLength as QueueLength
    from bporoute.policy import Rule as Rule
    from bporoute.policy import ServedInTime as ServedInTime
    from bporoute.policy import Share as Share
    from bporoute.policy import Situation as Situation
    from bporoute.queue import Queue as Queue
    from bporoute.router import Router as Router
    from bporoute.snapshot import QueueState as QueueState
    from bporoute.snapshot import Snapshot as Snapshot
    from bporoute.snapshot import VendorState as VendorState
    from bporoute.target import Abandonment as Abandonment
    from bporoute.target import Asa as Asa
    from bporoute.target import Occupancy as Occupancy
    from bporoute.target import ServiceLevel as ServiceLevel
    from bporoute.target import Targets as Targets
    from bporoute.vendor import Vendor as Vendor

_HOMES = {
    "_kernels": ("warmup",),
    "center": ("Center",),
    "contact": ("Contact", "ContactType", "DataRule", "Sourcing"),
    "contract": ("Contract", "Tier"),
    "decision": ("Action", "Decision"),
    "errors": ("InputError",),
    "ledger": ("Ledger",),
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
    "queue": ("Queue",),
    "router": ("Router",),
    "snapshot": ("QueueState", "Snapshot", "VendorState"),
    "target": ("Abandonment", "Asa", "Occupancy", "ServiceLevel", "Targets"),
    "vendor": ("Vendor",),
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
