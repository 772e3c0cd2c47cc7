"""The register: all that ends, how many days are left, and what breaks when it does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

import msgspec

from bporoute._base.fields import did_you_mean
from bporoute.center._adequacy import CHECKED, DECISIONS, EEA, UNCHECKED, AdequacyDecision
from bporoute.center._center import Center
from bporoute.center._vendor import Vendor
from bporoute.contracts._contract import MONTHS, Contract
from bporoute.contracts._service_credits import ForecastLock
from bporoute.contracts._start_up import Trial
from bporoute.errors import InputError
from bporoute.governance._register._dates import RegisterDates, VendorDates
from bporoute.governance._register._what_breaks import Breaks, breaks

EntryKind = Literal[
    "certificate",
    "contract",
    "adequacy",
    "data_rule",
    "trial",
    "notice",
    "forecast_lock",
    "assessment",
    "date",
]
State = Literal[
    "run_out", "passed", "within_30", "within_60", "within_90", "later", "no_end", "not_told", "not_held"
]
WARNINGS = (30, 60, 90)
"""Days left at which is warned."""
ENDS = ("certificate", "contract", "adequacy", "data_rule", "date")
"""Kinds that run out; of the others the day passes."""
NEVER = date.max - timedelta(days=2)


class RegisterEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that ends, or a day by which something is done.

    Attributes
    ----------
    kind : str
        ``certificate``, ``contract``, ``adequacy``, ``data_rule``, ``trial``, ``notice``,
        ``forecast_lock``, ``assessment`` or ``date``.
    name : str
        What it is.
    vendor : str
        Whose it is; empty: nobody's alone.
    day : date or None
        The last day; None: there is none.
    days_left : int or None
        From the day of the register to that; 0: today is the last; below 0: so many days ago.
    state : str
        ``run_out`` (or ``passed``, where nothing ends), ``within_30``, ``within_60``, ``within_90``,
        ``later``, ``no_end``, ``not_told``, ``not_held``.
    lost : tuple of (str, str)
        Vendor and contact type that it may take no more from the day after on (if it has run out: today).
    stranded : tuple of str
        Contact types that have no vendor left then.
    note : str
        What else matters.
    """

    kind: EntryKind
    name: str
    vendor: str = ""
    day: date | None = None
    days_left: int | None = None
    state: State
    lost: tuple[tuple[str, str], ...] = ()
    stranded: tuple[str, ...] = ()
    note: str = ""


class Register(msgspec.Struct, frozen=True):
    """All that ends, the first day first, then what has no day.

    Attributes
    ----------
    name : str
        The center.
    at : date
        The day that it is for.
    entries : tuple of RegisterEntry
        What ends.
    notes : tuple of str
        What it rests on.
    """

    name: str
    at: date
    entries: tuple[RegisterEntry, ...]
    notes: tuple[str, ...] = ()

    @property
    def run_out(self) -> tuple[RegisterEntry, ...]:
        """What has run out."""
        return tuple(entry for entry in self.entries if entry.state == "run_out")

    @property
    def next(self) -> RegisterEntry | None:
        """What ends next, today included; None: nothing."""
        return next(
            (each for each in self.entries if each.days_left is not None and each.days_left >= 0), None
        )


def register(center: Center, at: date, dates: RegisterDates | None = None) -> Register:
    """All that ends in a center, as of a day.

    What breaks is found by the rules of the live router: who may take what on the day after the last, with
    the end and as if it had been renewed. A last day is that of the vendor's zone, and still counts.

    Parameters
    ----------
    center : Center
        With its vendors, contracts, certificates and data rules.
    at : date
        The day from which days are counted.
    dates : RegisterDates, optional
        What the center does not know.

    Raises
    ------
    InputError
        The `dates` name a vendor that the center does not have.

    Examples
    --------
    >>> from bporoute import ContactType, Contract, Queue
    >>> nord = Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
    ...               contract=Contract(price_per_contact=4.5),
    ...               certificates={"ISO 18295-1": date(2027, 1, 31)})
    >>> kind = ContactType(queue="service", sourcing="overflow", certificates=("ISO 18295-1",))
    >>> center = Center(queues={"service": Queue(aht=240)}, contact_types={"service": kind},
    ...                 vendors={"nord": nord})
    >>> entry = register(center, date(2026, 12, 1)).entries[0]
    >>> entry.name, entry.days_left, entry.state, entry.stranded
    ('ISO 18295-1', 61, 'within_90', ('service',))
    """
    told = RegisterDates() if dates is None else dates
    named = [*told.vendors, *(each.vendor for each in told.dates if each.vendor)]
    for name in named:
        if name not in center.vendors:
            raise InputError(f"vendors.{name}", repr(name), did_you_mean(name, list(center.vendors)))
    entries = [
        *(entry for name in center.vendors for entry in _of_vendor(center, name, at, told)),
        *_adequacy(center, at),
        *_data_rules(center, at),
        *(_ending("date", each.name, each.vendor, each.day, at) for each in told.dates),
    ]
    entries.sort(key=lambda entry: entry.day or date.max)
    return Register(center.name, at, tuple(entries), tuple(_notes(center, entries)))


def _ending(
    kind: EntryKind,
    name: str,
    vendor: str,
    day: date | None,
    at: date,
    broken: Breaks | None = None,
    note: str = "",
) -> RegisterEntry:
    lost, stranded = broken or Breaks()
    left = None if day is None else (day - at).days
    return RegisterEntry(
        kind=kind,
        name=name,
        vendor=vendor,
        day=day,
        days_left=left,
        state=_state(kind, left),
        lost=lost,
        stranded=stranded,
        note=note,
    )


def _state(kind: EntryKind, left: int | None) -> State:
    if left is None:
        return "no_end"
    if left < 0:
        return "run_out" if kind in ENDS else "passed"
    states: tuple[State, ...] = ("within_30", "within_60", "within_90")
    return next((state for state, most in zip(states, WARNINGS, strict=True) if left <= most), "later")


def _untold(kind: EntryKind, name: str, vendor: str, note: str) -> RegisterEntry:
    return RegisterEntry(kind=kind, name=name, vendor=vendor, state="not_told", note=note)


def _broken(center: Center, renewed: Center, day: date, at: date) -> Breaks:
    """What the end of a day takes away on the day after, or today if that was earlier."""
    return breaks(center, renewed, max(day + timedelta(days=1), at)) if day < NEVER else Breaks()


def _with_vendor(center: Center, name: str, **changes: object) -> Center:
    vendor = msgspec.structs.replace(center.vendors[name], **changes)
    return msgspec.structs.replace(center, vendors={**center.vendors, name: vendor})


def _of_vendor(center: Center, name: str, at: date, told: RegisterDates) -> Iterator[RegisterEntry]:
    vendor = center.vendors[name]
    for certificate, last in vendor.certificates.items():
        renewed = _with_vendor(center, name, certificates={**vendor.certificates, certificate: date.max})
        yield _ending("certificate", certificate, name, last, at, _broken(center, renewed, last, at))
    yield from _not_held(center, name, at)
    yield from _contract(center, name, at, told.vendors.get(name, VendorDates()))
    if vendor.transfer and vendor.transfer_assessed is not None:
        days = told.vendors.get(name, VendorDates()).assessment_days
        made = f"made on {vendor.transfer_assessed}"
        if days is None:
            note = f"{made}; when it is to be made anew, nobody told (assessment_days)"
            yield _untold("assessment", "transfer assessment", name, note)
        else:
            due = vendor.transfer_assessed + timedelta(days=days)
            yield _ending("assessment", "transfer assessment", name, due, at, note=made)


def _not_held(center: Center, name: str, at: date) -> Iterator[RegisterEntry]:
    """Certificates that contact types ask for which the vendor takes, and does not hold."""
    vendor = center.vendors[name]
    kinds = [center.contact_types[kind] for kind in vendor.contact_types if kind in center.contact_types]
    wanted = dict.fromkeys(each for kind in kinds for each in kind.certificates)
    for certificate in wanted:
        if certificate in vendor.certificates:
            continue
        renewed = _with_vendor(center, name, certificates={**vendor.certificates, certificate: date.max})
        lost, stranded = breaks(center, renewed, at)
        yield RegisterEntry(
            kind="certificate",
            name=certificate,
            vendor=name,
            state="not_held",
            lost=lost,
            stranded=stranded,
            note="asked for by a contact type that it takes",
        )


def _contract(center: Center, name: str, at: date, told: VendorDates) -> Iterator[RegisterEntry]:
    contract = center.vendors[name].contract
    note = f"begins on {contract.start}" if contract.start and contract.start > at else ""
    if contract.end is None:
        yield _ending("contract", "contract", name, None, at, note=note)
    else:
        renewed = _with_vendor(center, name, contract=msgspec.structs.replace(contract, end=None))
        yield _ending(
            "contract", "contract", name, contract.end, at, _broken(center, renewed, contract.end, at), note
        )
        if told.notice_days is None:
            yield _untold("notice", "notice", name, "by when before its end nobody told (notice_days)")
        else:
            last = contract.end - timedelta(days=told.notice_days)
            yield _ending("notice", "notice", name, last, at, note=f"the contract ends on {contract.end}")
    if told.lock_days is not None:
        lock = _lock(contract, name, at, told.lock_days)
        if lock is not None:
            yield lock
    elif (contract.end is None or contract.end >= at) and any(
        isinstance(term, ForecastLock) for term in contract.terms
    ):
        yield _untold("forecast_lock", "forecast lock", name, "by when nobody told (lock_days)")
    trial = next((term for term in contract.terms if isinstance(term, Trial)), None)
    if trial is not None and contract.start is not None:
        share = f"until then {100 * trial.share:g} % of the contacts, then as many as its limits allow"
        yield _ending("trial", "trial", name, _trial_end(contract, contract.start), at, note=share)


def _trial_end(contract: Contract, start: date) -> date:
    """The last day of a trial: the contract says which share holds on a day."""
    day = start
    while contract.trial_share(day + timedelta(days=1)) < 1.0:
        day += timedelta(days=1)
    return day


def _lock(contract: Contract, name: str, at: date, days: int) -> RegisterEntry | None:
    """The next day by which the forecast of a period is locked in which the contract runs; None: no more."""
    length = MONTHS[contract.period]
    begin = date(at.year, (at.month - 1) // length * length + 1, 1)
    while begin - timedelta(days=days) < at or (contract.start and _next(begin, length) <= contract.start):
        begin = _next(begin, length)
    if contract.end is not None and begin > contract.end:
        return None
    note = f"of the {contract.period} from {begin}"
    return _ending("forecast_lock", "forecast lock", name, begin - timedelta(days=days), at, note=note)


def _next(begin: date, months: int) -> date:
    """The first day of the period after the one that begins so."""
    year, month = divmod(begin.year * 12 + begin.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _adequacy(center: Center, at: date) -> Iterator[RegisterEntry]:
    """Decisions on countries from which vendors see data under a rule of kind gdpr."""
    if not any(rule.kind == "gdpr" for rule in center.data_rules.values()):
        return
    own = {decision.country for decision in center.adequacy_decisions}
    known = (*center.adequacy_decisions, *(each for each in DECISIONS if each.country not in own))
    for country, vendors in _abroad(center).items():
        mine = [decision for decision in known if decision.country == country]
        for decision in mine:
            ours = country in own
            renewed = msgspec.structs.replace(decision, valid_until=None)
            others = tuple(each for each in mine if each is not decision)
            kept = tuple(each for each in center.adequacy_decisions if each.country != country)
            with_it = msgspec.structs.replace(center, adequacy_decisions=(*kept, *others, renewed))
            last = decision.valid_until
            yield _ending(
                "adequacy",
                f"{country}: {decision.source or 'decision of the center file'}",
                "",
                last,
                at,
                None if last is None else _broken(center, with_it, last, at),
                f"for {', '.join(vendors)}; {_checked(decision, ours)}",
            )


def _abroad(center: Center) -> dict[str, list[str]]:
    """Countries outside the EEA from which vendors see data, and whose vendors."""
    found: dict[str, list[str]] = {}
    for name, vendor in center.vendors.items():
        for country in _countries(vendor):
            if country not in EEA:
                found.setdefault(country, []).append(name)
    return found


def _countries(vendor: Vendor) -> tuple[str, ...]:
    return tuple(dict.fromkeys((vendor.country, *vendor.remote_access_countries)))


def _checked(decision: AdequacyDecision, ours: bool) -> str:
    if ours:
        return "of the center file, which takes the place of the built-in list"
    if missing := UNCHECKED.get(decision.country):
        return f"built-in list, checked on {CHECKED} but for {missing}"
    return f"built-in list, checked on {CHECKED}"


def _data_rules(center: Center, at: date) -> Iterator[RegisterEntry]:
    for name, rule in center.data_rules.items():
        if rule.valid_until is not None:
            endless = msgspec.structs.replace(rule, valid_until=None)
            renewed = msgspec.structs.replace(center, data_rules={**center.data_rules, name: endless})
            last = rule.valid_until
            note = "then nobody outside may see such data"
            yield _ending("data_rule", name, "", last, at, _broken(center, renewed, last, at), note)


def _notes(center: Center, entries: list[RegisterEntry]) -> Iterator[str]:
    if any(entry.kind == "adequacy" for entry in entries):
        yield (
            f"adequacy decisions: the built-in list was held against its sources on {CHECKED}, as far as "
            "they could be read; it is no legal advice, and what has changed since is not in it"
        )
    if not center.vendors:
        yield "the center has no vendors"
