"""What a part of a contract period is owed, and what a period leaves to the next one.

A part is billed as if the whole period were like it: its usage is divided by its share of the period,
invoiced as that of a whole period, and the share taken of every line. So a fee, a commitment, an allowance,
a baseline and the edges of tiers all count for the share, prices per contact and per minute in full; and the
parts of a period of which one is like the other owe what the period does.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec

from bporoute.contracts._bill import Invoice, total_of
from bporoute.contracts._contract import Contract
from bporoute.contracts._increment import Increment
from bporoute.contracts._minimum_charge import MinimumCharge
from bporoute.contracts._multiplier import Multiplier
from bporoute.contracts._service_credits import ServiceCredits
from bporoute.contracts._start_up import Ramp, Trial
from bporoute.contracts._unit_prices import PerContact, PerHour, PerMinute, PerResolution
from bporoute.contracts._usage import PeriodUsage
from bporoute.contracts._whole_bill import Currency, Indexation


def extrapolated(contract: Contract, usage: PeriodUsage, share: float) -> PeriodUsage:
    """The usage of a whole period that is like a part of it.

    Counts, seconds and hours are divided by `share`, in (0, 1]; tiers are numbered anew, each contact like
    the average one. What is a level and no count stays: results, FTE, the locked forecast, the balance.
    `usage` is one that ``contract.usage()`` began.

    Examples
    --------
    >>> from bporoute.contracts import BilledContact
    >>> contract = Contract(price_per_contact=2.0)
    >>> extrapolated(contract, contract.usage().add(BilledContact(handle=60), times=50), share=0.25).handled
    200.0
    """
    if share == 1.0:
        return usage
    counted = Increment(*(getattr(usage, name) for name in Increment._fields))
    times = 1.0 / share
    if math.isclose(times, round(times), rel_tol=1e-12):  # else rounding may reach the edge of a tier
        times = round(times)
    whole = contract.usage().plus(counted, times)
    changed = {name: getattr(whole, name) for name in (*Increment._fields, "tier_contacts", "tier_minutes")}
    hours = {kind: hours / share for kind, hours in usage.hours.items()}
    return msgspec.structs.replace(usage, hours=hours, **changed)


_SINGLY = (
    Currency, Indexation, MinimumCharge, Multiplier, PerContact, PerHour, PerMinute, PerResolution, Ramp,
    ServiceCredits, Trial,
)  # fmt: skip


def counts_by_period(contract: Contract) -> bool:
    """Whether what a contact costs may depend on the others of its period, or a period costs without any.

    Examples
    --------
    >>> from bporoute.contracts import FixedFee
    >>> [counts_by_period(Contract(terms=terms)) for terms in ((PerMinute(price=1),), (FixedFee(fee=9),))]
    [False, True]
    """
    return bool(contract.tiers) or any(not isinstance(term, _SINGLY) for term in contract.terms)


def prorated(contract: Contract, usage: PeriodUsage, share: float) -> Invoice:
    """What is owed for a part of a period in which `usage` was counted; of a whole one its invoice.

    `share` of the period, in (0, 1]; the quantity of every line is that of the part. Of what the period
    withholds or carries forward, it is the share, too.

    Raises
    ------
    InputError
        As `Contract.invoice` does.

    Examples
    --------
    >>> from bporoute.contracts import BilledContact, FixedFee, PerContact, TakeOrPay
    >>> contract = Contract(terms=(PerContact(price=4.0), TakeOrPay(volume=3000, share=.9, price=4.0),
    ...                            FixedFee(fee=2000)))
    >>> print(prorated(contract, contract.usage().add(BilledContact(handle=60), times=60), share=1 / 30))
             60.00 x      4.0000 =         240.00  contacts handled
              0.03 x  2,000.0000 =          66.67  fixed fee
             30.00 x      4.0000 =         120.00  contacts handled missing to 2700
    total                                 426.67
    """
    invoice = contract.invoice(extrapolated(contract, usage, share))
    if share == 1.0:
        return invoice
    lines = tuple(msgspec.structs.replace(line, quantity=share * line.quantity) for line in invoice.lines)
    return msgspec.structs.replace(
        invoice,
        lines=lines,
        total=total_of(lines, invoice.rounding, invoice.exchange_rate),
        balance=share * invoice.balance,
        withheld=share * invoice.withheld,
    )


class Carried(NamedTuple):
    """What a period leaves to the next: `PeriodUsage.balance` and `PeriodUsage.earlier_credits` of that."""

    balance: float = 0.0
    earlier_credits: float = 0.0


def carried(contract: Contract, usage: PeriodUsage, invoice: Invoice) -> Carried:
    """What a period with this `usage` and `invoice` leaves to the next one.

    Money paid ahead, as the invoice says, and money withheld for service levels: that of earlier periods,
    less what was earned back in this one, and that of this one.

    Examples
    --------
    >>> from bporoute.contracts import PerContact, TakeOrPay
    >>> terms = PerContact(price=2.0), TakeOrPay(volume=100, price=2.0, carry_forward=0.5)
    >>> contract = Contract(terms=terms)
    >>> carried(contract, contract.usage(), contract.invoice(contract.usage()))
    Carried(balance=100.0, earlier_credits=0.0)
    """
    credits = next((term for term in contract.terms if isinstance(term, ServiceCredits)), None)
    earlier = usage.earlier_credits
    if credits is not None and credits.score(usage) >= 0.0:
        earlier *= 1.0 - credits.earn_back
    return Carried(invoice.balance, earlier + invoice.withheld)
