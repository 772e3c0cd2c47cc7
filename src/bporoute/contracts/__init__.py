"""How a vendor is paid and bound: terms, usage, invoice, marginal price.

A `Contract` is a price, tiers and caps, or terms, each a value of its own kind. It answers two questions:
what is owed for a period's `PeriodUsage` (`Contract.invoice`), and what one more contact adds to that
(`Contract.marginal_price`).

term
    One agreed rule: a price, a fee, a commitment, a multiplier, a credit, a cap, a ramp.
measure
    What a term counts (contacts, minutes) and how it rounds.
edge
    A volume at which the price of the next unit changes.
take-or-pay
    A volume that is paid whether it is taken or not.

Not here: who may take a contact (`bporoute.center`), what was sent so far (`bporoute.routing`).
"""

from bporoute.contracts._agreed_volume import CapacityOption, FixedFee, ResourceCharge
from bporoute.contracts._bill import Committed, Invoice
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._commitments import MinimumCommitment, TakeOrPay
from bporoute.contracts._contract import Contract
from bporoute.contracts._measure import Measure
from bporoute.contracts._minimum_charge import MinimumCharge
from bporoute.contracts._multiplier import Multiplier
from bporoute.contracts._rounding import Rounding
from bporoute.contracts._service_credits import ForecastLock, ServiceCredits, SlaMeasure
from bporoute.contracts._start_up import Ramp, Trial
from bporoute.contracts._term import Line
from bporoute.contracts._tiers import Tier, VolumeBand, VolumeTiers
from bporoute.contracts._unit_prices import PerContact, PerFte, PerHour, PerMinute, PerResolution
from bporoute.contracts._usage import PeriodUsage, RemainingForecast
from bporoute.contracts._whole_bill import Currency, GainShare, Indexation, IndexStep
from bporoute.contracts._words import in_words

__all__ = [
    "BilledContact",
    "CapacityOption",
    "Committed",
    "Contract",
    "Currency",
    "FixedFee",
    "ForecastLock",
    "GainShare",
    "IndexStep",
    "Indexation",
    "Invoice",
    "Line",
    "Measure",
    "MinimumCharge",
    "MinimumCommitment",
    "Multiplier",
    "PerContact",
    "PerFte",
    "PerHour",
    "PerMinute",
    "PerResolution",
    "PeriodUsage",
    "Ramp",
    "RemainingForecast",
    "ResourceCharge",
    "Rounding",
    "ServiceCredits",
    "SlaMeasure",
    "TakeOrPay",
    "Tier",
    "Trial",
    "VolumeBand",
    "VolumeTiers",
    "in_words",
]
