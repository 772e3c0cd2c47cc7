"""What one company has configured; read from TOML, checked once, frozen.

A `Center` holds the queues, the contact types, the vendors with their contracts, the data rules and the
targets. Everything is checked at the door, with an `InputError` that says where, what was found and what
would be right; inside it is trusted.

sourcing
    Where contacts of a type go: in-house, overflow, underflow, full, specialised.
data rule
    Who may see a class of personal data; none means nobody outside.
remark
    What is legal but looks odd: a slip of units, a name that matches nothing.
target
    A measurable aim: service level, ASA, abandonment, occupancy, blocking.

Not here: what is true just now (`bporoute.routing`), money (`bporoute.contracts`).
"""

from bporoute._base.remark import Remark
from bporoute.center._adequacy import AdequacyDecision
from bporoute.center._center import Center
from bporoute.center._contact import Contact, ContactType, Sourcing, ValueClass
from bporoute.center._data_rules import DataRule
from bporoute.center._health import HealthConfig
from bporoute.center._location import LocationScheme
from bporoute.center._log_format import LogFormat
from bporoute.center._quality_prior import QualityPrior
from bporoute.center._queue import Queue
from bporoute.center._targets import Abandonment, Asa, Blocking, Counting, Occupancy, ServiceLevel, Targets
from bporoute.center._vendor import Vendor

__all__ = [
    "Abandonment",
    "AdequacyDecision",
    "Asa",
    "Blocking",
    "Center",
    "Contact",
    "ContactType",
    "Counting",
    "DataRule",
    "HealthConfig",
    "LocationScheme",
    "LogFormat",
    "Occupancy",
    "QualityPrior",
    "Queue",
    "Remark",
    "ServiceLevel",
    "Sourcing",
    "Targets",
    "ValueClass",
    "Vendor",
]
