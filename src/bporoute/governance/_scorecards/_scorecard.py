"""The scorecard: records of any shape, every vendor and period measured, judged and paid."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.words import did_you_mean
from bporoute.center._center import Center
from bporoute.center._targets import DEFAULT_AIM, ServiceLevel
from bporoute.errors import InputError
from bporoute.governance._scorecards._allocation import shifts_of
from bporoute.governance._scorecards._bills import Bills, bills_of
from bporoute.governance._scorecards._periods import By, check_by, next_begin
from bporoute.governance._scorecards._relief import LockedForecast, read_locked_forecast
from bporoute.governance._scorecards._results import Scorecard, VolumeShift
from bporoute.governance._scorecards._together import together_of
from bporoute.governance._scorecards._totals import VendorTotals, is_totals, read_vendor_totals
from bporoute.governance._scorecards._units import (
    REPEAT_DAYS,
    Records,
    Units,
    aims_of,
    records_of_contacts,
    records_of_totals,
    resolved_by_repeats,
)
from bporoute.governance._scorecards._vendor_score import Agreed, vendor_score
from bporoute.governance._vendor_contacts import IN_HOUSE, VendorContacts, read_vendor_contacts
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._grid import BadRow
from bporoute.workload._reading._sources import Source

RecordKind = Literal["", "contacts", "intervals"]
KINDS = ("contacts", "intervals")
_NO_SHIFTS: tuple[tuple[VolumeShift, ...], str] = (
    (),
    "Allocation: none suggested; without a center nobody knows who may take whose contacts.",
)


class _Told(msgspec.Struct, frozen=True, eq=False):
    """What was read, whatever the file was."""

    name: str
    records: dict[str, Records]
    agreed: dict[str, Agreed]
    names: dict[str, str]
    contacts: VendorContacts | None
    taken: tuple[str, ...]
    remarks: tuple[str, ...]
    bad: tuple[BadRow, ...]


def scorecard(
    source: Source,
    center: Center | None = None,
    *,
    by: By = "month",
    target: ServiceLevel | None = None,
    locked: Source | None = None,
    kind: RecordKind = "",
    vendor: str = "",
    aliases: dict[str, str] | None = None,
    repeat_days: float = REPEAT_DAYS,
    format: FileFormat | None = None,
    locked_format: FileFormat | None = None,
) -> Scorecard:
    """Say of every vendor and period what it did, how sure that is, and what it cost.

    Parameters
    ----------
    source : path, open file, frame or mapping
        One's own records: a row for each contact, see `read_vendor_contacts`; or totals of vendors by
        interval, day or month: contacts offered, answered, abandoned, answered in time.
    center : Center, optional
        Vendors, contracts, targets and the clock. Needed for contacts; without one there is no money.
    by : {"week", "month", "quarter", "year", "all"}
        The periods.
    target : ServiceLevel, optional
        What is judged. Default: the target of the queue of each contact type, else 80 % in 20 s; of totals,
        that of all contact types that the vendor takes, if it is the same.
    locked : path, open file, frame or mapping, optional
        Forecast that was locked: vendor, volume, and a month, a day or the start of an interval.
    kind : {"", "contacts", "intervals"}
        What `source` is. Default: what it looks like.
    vendor : str
        Whose records they are, if the file does not say.
    aliases : dict, optional
        What the file calls a vendor -> its name, such as after it was renamed.
    repeat_days : float
        Days within which another contact of the same customer and type is a repeat.
    format, locked_format : FileFormat, optional
        What the files do not tell by themselves.

    Raises
    ------
    InputError
        A file cannot be read or names no vendor that is known; an argument is none of those that there are.

    Examples
    --------
    >>> months = [f"2026-{month:02}" for month in range(1, 9)]
    >>> rows = {"month": months, "provider": ["nord"] * 8, "offered": [1000] * 8, "abandoned": [60] * 8,
    ...         "answered": [930] * 8, "answered_within_20s": [700, 690, 660, 750, 705, 640, 680, 700]}
    >>> found = scorecard(rows, target=ServiceLevel(probability=0.8, within=20))
    >>> whole = found.vendors[0].whole
    >>> print(whole.level, whole.verdict, whole.neither)
    0.691 ± 0.020 missed 80.0
    """
    check_by(by)
    if kind and kind not in KINDS:
        raise InputError("kind", repr(kind), did_you_mean(kind, list(KINDS)))
    if not 0.0 < repeat_days <= 366.0:
        raise InputError("repeat_days", f"{repeat_days:g}", "days above 0, up to 366")
    said = FileFormat() if format is None else format
    if kind == "intervals" or (not kind and is_totals(source, said)):
        told = _of_totals(source, center, said, vendor, aliases or {}, target)
    else:
        if center is None:
            raise InputError("center", "none", "the center whose vendors took these contacts")
        told = _of_contacts(source, center, said, vendor, aliases or {}, target, repeat_days)
    units = {name: records.units() for name, records in told.records.items()}
    if by == "week" and any(each.step == "month" for each in units.values()):
        raise InputError("by", "week, of totals by month", "month, quarter, year or all")
    vendors = [name for name in units if name != IN_HOUSE]
    if not vendors:
        raise InputError(told.name, "contacts of one's own agents alone", "contacts of a vendor")
    forecast = None
    if locked is not None:
        of_locked = FileFormat() if locked_format is None else locked_format
        zone = of_locked.timezone or said.timezone or ("" if center is None else center.timezone)
        of_locked = msgspec.structs.replace(of_locked, timezone=zone)
        forecast = read_locked_forecast(
            locked, vendors, format=of_locked, vendor=vendor, center=center, aliases=aliases
        )
    offered = _offered_by_period(units, by)
    scores = []
    for name in vendors:
        bills = _bills(told, units[name], name, center, forecast)
        scores.append(
            vendor_score(
                records=told.records[name],
                units=units[name],
                agreed=told.agreed[name],
                by=by,
                offered=offered,
                bills=bills,
                locked=forecast,
                name=told.names.get(name, ""),
            )
        )
    agreed = told.agreed[vendors[0]]
    shifts, sentence = _NO_SHIFTS if center is None else shifts_of(scores, center, _next_day(units))
    withins = {told.agreed[name].within for name in vendors}
    remarks = [*told.remarks, *(() if forecast is None else forecast.remarks)]
    if len({told.agreed[name].counting for name in vendors}) > 1:
        remarks.append("targets are counted in different ways; each vendor is judged by its own")
    return Scorecard(
        name=told.name,
        by=by,
        step=units[vendors[0]].step,
        counting=agreed.counting,
        within=withins.pop() if len(withins) == 1 else math.nan,
        currency="" if center is None else center.currency,
        vendors=tuple(scores),
        together=together_of(scores, [told.records[name] for name in vendors], units, by),
        shifts=shifts,
        allocation=sentence,
        taken=told.taken,
        remarks=tuple(remarks),
        bad=told.bad,
    )


def _of_contacts(
    source: Source,
    center: Center,
    format: FileFormat,
    vendor: str,
    aliases: dict[str, str],
    target: ServiceLevel | None,
    repeat_days: float,
) -> _Told:
    read = read_vendor_contacts(source, center, format=format, vendor=vendor, aliases=aliases)
    read = resolved_by_repeats(read, repeat_days)
    remarks = list(read.remarks)
    aims = aims_of(read, center, target)
    records = records_of_contacts(read, center, aims, repeat_days)
    strange = [kind for kind in aims if kind not in center.contact_types]
    if strange:
        remarks.append(
            f"contact type {strange[0]!r} is not in the center; "
            f"{did_you_mean(strange[0], list(center.contact_types))}; "
            f"judged by {aims[strange[0]]}"
        )
    agreed = {}
    kinds, vendors = np.array(read.contact_types), np.array(read.vendors)
    for name in records:
        own = {kind: int(((vendors == name) & (kinds == kind)).sum()) for kind in aims}
        agreed[name] = _agreed([(aims[kind], count) for kind, count in own.items()])
    return _Told(read.name, records, agreed, {}, read, read.taken, tuple(remarks), read.bad)


def _of_totals(
    source: Source,
    center: Center | None,
    format: FileFormat,
    vendor: str,
    aliases: dict[str, str],
    target: ServiceLevel | None,
) -> _Told:
    read = read_vendor_totals(source, center, format=format, vendor=vendor, aliases=aliases)
    remarks = [*read.remarks, *_of_names(read)]
    agreed = {}
    for name in dict.fromkeys(read.vendors):
        kinds = () if center is None or target is not None else center.vendors[name].contact_types
        aims = [target] if target is not None else _aims(center, kinds)
        aim = aims[0] if len(aims) == 1 else None
        found = Agreed("answered", read.within, math.nan)
        if aim is not None:
            found = Agreed(aim.counting, aim.within, aim.probability)
        elif aims:
            countings = {each.counting for each in aims}
            counting = countings.pop() if len(countings) == 1 else "answered"
            found = Agreed(counting, read.within, math.nan)
            remarks.append(
                f"totals of {name} are of contact types with different targets "
                f"({', '.join(map(str, aims))}): none is judged, unless one target is told for all"
            )
        if aim is not None and not math.isnan(read.within) and read.within != aim.within:
            found = Agreed(aim.counting, read.within, math.nan)
            odd = (
                f"the file counts within {read.within:g} s, agreed are {aim.within:g} s: no target is judged"
            )
            if odd not in remarks:
                remarks.append(odd)
        agreed[name] = found
    if read.abandoned_after:
        remarks.append(
            f"those who give up within {read.abandoned_after:g} s are not among the abandoned: they are "
            "offered, and neither answered nor abandoned"
        )
    latest = {
        name: max(called, key=lambda each: called[each][1]) for name, called in read.names.items() if called
    }
    return _Told(
        read.name, records_of_totals(read), agreed, latest, None, read.taken, tuple(remarks), read.bad
    )


def _of_names(read: VendorTotals) -> list[str]:
    """Vendors that were renamed, and what else bears on who they are."""
    told = []
    for name, called in read.names.items():
        if len(called) > 1:
            spans = ", ".join(f"{each} until {last:%Y-%m}" for each, (_, last) in called.items())
            told.append(f"vendor {name} has {len(called)} names, and is taken as one: {spans}")
    return told


def _aim(center: Center, kind: str) -> ServiceLevel:
    config = center.contact_types.get(kind)
    return DEFAULT_AIM if config is None else center.aims[config.queue]


def _aims(center: Center | None, kinds: Sequence[str]) -> list[ServiceLevel]:
    """The targets of contact types, each once."""
    return [] if center is None else list(dict.fromkeys(_aim(center, kind) for kind in kinds))


def _agreed(aims: Sequence[tuple[ServiceLevel, int]]) -> Agreed:
    """What a vendor is judged by: as most of its contacts are counted, at the mean of their targets."""
    there = [(aim, count) for aim, count in aims if count]
    main = max(there, key=lambda each: each[1])[0]
    whole = sum(count for _, count in there)
    withins = {aim.within for aim, _ in there}
    return Agreed(
        main.counting,
        withins.pop() if len(withins) == 1 else math.nan,
        sum(aim.probability * count for aim, count in there) / whole,
    )


def _offered_by_period(units: Mapping[str, Units], by: By) -> dict[date, float]:
    """Contacts of all vendors and of one's own agents in each period."""
    found: dict[date, float] = {}
    for each in units.values():
        counts = _known_offered(each)
        for begin, places in each.by(by).items():
            found[begin] = found.get(begin, 0.0) + float(counts[places].sum())
    return found


def _next_day(units: Mapping[str, Units]) -> date:
    """The day after the last of which something is told."""
    monthly = any(each.step == "month" for each in units.values())
    last = max(day for each in units.values() for day in each.days)
    return next_begin(last, "month") if monthly else last + timedelta(days=1)


def _known_offered(units: Units) -> Floats:
    return np.nan_to_num(units.sums["offered"])


def _bills(
    told: _Told, units: Units, name: str, center: Center | None, locked: LockedForecast | None
) -> Bills:
    if center is None:
        return Bills({}, {}, None, None, ("no money: no center tells what was agreed",))
    return bills_of(center, told.records[name], units, told.agreed[name].counting, told.contacts, locked)
