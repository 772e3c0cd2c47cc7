"""What a scorecard says: of a vendor and period, of a vendor, of all."""

from __future__ import annotations

import math
from datetime import date
from typing import Literal

import msgspec

from bporoute.estimates._confidence import Estimate
from bporoute.governance._scorecards._money import PeriodBill
from bporoute.governance._scorecards._relief import Relief
from bporoute.workload._reading._grid import BadRow

Verdict = Literal["met", "missed", "not proven", "not judged", "no target"]
RestsOn = Literal["days", "months", "other periods", "nothing"]


class VendorPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor in a period, or in all of them.

    Shares are in [0, 1], times in seconds, money in the center's currency; nan: not told by the records.

    Attributes
    ----------
    vendor, period : str
        Who, and when, such as ``2026-11``; ``all`` of what the records cover.
    first, last : date
        First and last day, or first days of months, of which something is told.
    units : int
        Days or months of which something is told.
    offered, answered, abandoned, neither : float
        Contacts; neither: offered less the two others.
    share : float
        Of all contacts of the period, one's own included.
    level : Estimate
        Service level in the agreed counting, with its interval.
    rests_on : {"days", "months", "other periods", "nothing"}
        What the interval is made of.
    binomial : tuple of float
        The interval that there would be if each contact were a draw of its own.
    target : float
        Level agreed; nan: none.
    verdict : str
        Met or missed if all of the interval is on one side of the target, else not proven; not judged below
        30 contacts, or where nothing tells how sure it is.
    countings : dict
        Service level by each counting.
    abandonment, asa, aht : float
        Abandoned of the offered; mean wait of the answered; mean handle time.
    aht_factor : Estimate
        Handle time over what the in-house team takes for the same contact types.
    resolution, repeats : Estimate
        Resolved of those of whom it is known; followed by another contact of the customer.
    cost : float
        What is owed for the contract periods that lie in it.
    per_contact, per_resolved : Estimate
        Of it, for each answered and for each resolved contact.
    bill : PeriodBill or None
        Fee, score and service-level money, where it is a contract period.
    relief : Relief or None
        What the forecast window does, where one is agreed and a locked forecast is given.
    flags : tuple of str
        What does not add up, and other things to look at.
    """

    vendor: str
    period: str
    first: date
    last: date
    units: int
    offered: float
    answered: float
    abandoned: float
    neither: float
    share: float
    level: Estimate
    rests_on: RestsOn
    binomial: tuple[float, float]
    target: float
    verdict: Verdict
    countings: dict[str, float]
    abandonment: float
    asa: float
    aht: float
    aht_factor: Estimate
    resolution: Estimate
    repeats: Estimate
    cost: float = math.nan
    per_contact: Estimate
    per_resolved: Estimate
    bill: PeriodBill | None = None
    relief: Relief | None = None
    flags: tuple[str, ...] = ()


class LevelChange(msgspec.Struct, frozen=True):
    """The service level of a vendor is another one from a day on.

    Attributes
    ----------
    day : date
        From when.
    before, after : float
        Levels, as shares.
    """

    day: date
    before: float
    after: float


class VendorScore(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor, period by period and in all.

    Attributes
    ----------
    vendor, name : str
        As the center, or the file, has it; what else the file calls it, the latest.
    periods : tuple of VendorPeriod
        In order.
    whole : VendorPeriod
        All of them together; its interval is about the long run.
    overdispersion : float
        Chi-square over degrees of freedom of its days or months; 1: they differ by chance alone.
    spread : float
        Standard deviation of the service level of its days or months.
    alike : float
        Correlation of a day or month with the next.
    trend : Estimate
        By how much the service level rises in a month, as a share.
    changes : tuple of LevelChange
        When it became another one.
    notes : tuple of str
        What cannot be said of it, and why.
    """

    vendor: str
    name: str
    periods: tuple[VendorPeriod, ...]
    whole: VendorPeriod
    overdispersion: float
    spread: float
    alike: float
    trend: Estimate
    changes: tuple[LevelChange, ...]
    notes: tuple[str, ...] = ()


class AllVendors(msgspec.Struct, frozen=True, kw_only=True):
    """What the periods of all vendors have in common.

    Attributes
    ----------
    vendors, periods : int
        How many there are.
    offered, neither : float
        Contacts, and how many of them were neither answered nor abandoned.
    adds_up : float
        Share of the records in which offered is answered and abandoned.
    countings : dict
        Service level of all contacts by each counting.
    mean_of_percentages : float
        Mean of the periods' levels, which is no service level: a small one counts as a large one.
    overdispersion : tuple of float
        Quartiles over the vendors: low, median, high.
    spread, alike : float
        Medians over the vendors.
    steady : float
        Share of periods with a volume of 90 to 110 % of the period before.
    below : float
        Share of periods below the target.
    proven_by_chance, proven : float
        Share of periods proven below it, if each contact were a draw of its own, and by honest intervals.
    """

    vendors: int
    periods: int
    offered: float
    neither: float
    adds_up: float
    countings: dict[str, float]
    mean_of_percentages: float
    overdispersion: tuple[float, float, float]
    spread: float
    alike: float
    steady: float
    below: float
    proven_by_chance: float
    proven: float


class VolumeShift(msgspec.Struct, frozen=True):
    """A part of a vendor's contacts that would be better elsewhere.

    Attributes
    ----------
    giver, taker : str
        From whom, to whom.
    share : float
        Of all contacts.
    why : str
        What is proven.
    """

    giver: str
    taker: str
    share: float
    why: str


class Scorecard(msgspec.Struct, frozen=True, kw_only=True):
    """Vendors by period: what they did, how sure that is, what it cost.

    Attributes
    ----------
    name : str
        Where the records come from.
    by : str
        The periods: week, month, quarter, year or all.
    step : {"day", "month"}
        What intervals are made of.
    counting : str
        How the service level is counted that is judged.
    within : float
        Seconds that are in time; nan: several, or not told.
    currency : str
        Of all money.
    vendors : tuple of VendorScore
        Those of the records, the center's order first.
    together : AllVendors
        Of all vendors.
    shifts : tuple of VolumeShift
        The allocation that is suggested; none: leave it as it is.
    allocation : str
        That in a sentence.
    taken, remarks : tuple of str
        What was taken for what, in a few words each; what was left out or cannot be said, as sentences.
    bad : tuple of BadRow
        Rows that could not be used and were left out.
    """

    name: str
    by: str
    step: Literal["day", "month"]
    counting: str
    within: float
    currency: str
    vendors: tuple[VendorScore, ...]
    together: AllVendors
    shifts: tuple[VolumeShift, ...]
    allocation: str
    taken: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    bad: tuple[BadRow, ...] = ()
