"""One's own records of what vendors did: a row for each contact, with who took it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute._base.clock import time_zone
from bporoute._base.words import counted, did_you_mean
from bporoute.center._center import Center
from bporoute.center._references import NO_VENDORS
from bporoute.errors import InputError, shown
from bporoute.routing._outcome import OUTCOMES
from bporoute.workload._reading._calls import arrivals_of, ends_of
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._grid import BadRow
from bporoute.workload._reading._moments import to_epoch
from bporoute.workload._reading._open import open_table
from bporoute.workload._reading._sources import Source
from bporoute.workload._reading._table import Table, taken

IN_HOUSE = NO_VENDORS[0]
"""Who took a contact that no vendor took."""
ID_USED_AGAIN = 86_400.0
"""Seconds after which a phone system that counts anew may give an id to another contact."""
FEWEST_JUDGED = 30
"""Contacts below which nothing is said of how well somebody does."""
_YES = frozenset(["1", "y", "yes", "true", "ja", "si", "sí", "oui", "x", "resolved", "solved"])
_NO = frozenset(["0", "n", "no", "false", "nein", "non", "not resolved", "unresolved", "open"])
_OURSELVES = frozenset(["", "inhouse", "internal", "own", "house", "none"])


class VendorContacts(msgspec.Struct, frozen=True, eq=False):
    """Contacts and who took them, column by column, in the order of the file.

    Attributes
    ----------
    name : str
        The file, and the sheet of a workbook.
    places : list of str
        Where each contact stands, such as ``line 17``.
    ids, tokens, customers, languages, contact_types : list of str
        As the file has them; empty: not told. Types as the center calls them.
    vendors : list of str
        The vendor as the center calls it, or `IN_HOUSE`.
    starts : array of float, shape (n,)
        Arrival, seconds since 1970 UTC.
    waits, handles, talks : array of float, shape (n,)
        Seconds; NaN: unknown. A contact that was not answered has no handle time.
    outcomes : list of str
        ``answered``, ``abandoned``, ``failed`` or ``undelivered``.
    resolved : array of float, shape (n,)
        1: no further contact was needed, 0: one was, NaN: unknown.
    satisfaction : array of float, shape (n,)
        As the file has it; NaN: not told.
    repeated : tuple of str
        Ids that one vendor has twice within a day, each once, if the rows tell of different times; the first
        row counts. An id that comes again later than that is one that was used again, for another contact.
    unknown : dict
        A vendor that the center does not know -> how many rows name it; they are left out.
    taken, remarks : tuple of str
        What was taken for what, in a few words each; what was left out and why, as sentences.
    bad : tuple of BadRow
        Rows that could not be used and were left out, as `FileFormat.skip_bad` allows.
    """

    name: str
    places: list[str]
    ids: list[str]
    tokens: list[str]
    customers: list[str]
    languages: list[str]
    contact_types: list[str]
    vendors: list[str]
    starts: Floats
    waits: Floats
    handles: Floats
    talks: Floats
    outcomes: list[str]
    resolved: Floats
    satisfaction: Floats
    repeated: tuple[str, ...] = ()
    unknown: dict[str, int] = {}
    taken: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    bad: tuple[BadRow, ...] = ()

    def __len__(self) -> int:
        return len(self.places)


def read_vendor_contacts(
    source: Source,
    center: Center,
    *,
    format: FileFormat | None = None,
    vendor: str = "",
    aliases: dict[str, str] | None = None,
) -> VendorContacts:
    """Read contacts of vendors, and of one's own agents, from any file that has a row for each.

    Rows that name an id and vendor again within a day do not count; later, they are of another contact. Times
    are of the clocks of `Center.timezone` unless they say otherwise; columns and types are mapped by
    ``[log]`` in the center file.

    Parameters
    ----------
    source : path, open file, frame or mapping
        A text, a workbook, a frame (pandas, polars, Arrow) or a mapping of names to arrays.
    center : Center
        The vendors and contact types that there are.
    format : FileFormat, optional
        What the file does not tell by itself.
    vendor : str
        Whose contacts they are, if the file has no column for it.
    aliases : dict, optional
        What the file calls a vendor -> its name in the center, such as after it was renamed.

    Raises
    ------
    InputError
        The file cannot be read, has no vendors and none is named, or names none that is known.

    Examples
    --------
    >>> from bporoute import Center, ContactType, Contract, Queue, Vendor
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)},
    ...     contact_types={"service": ContactType(queue="service")},
    ...     vendors={"nord": Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
    ...                             contract=Contract(price_per_contact=4.5))},
    ... )
    >>> rows = {"Supplier": ["Nord", "nord", "in-house", "nort"], "type": ["service"] * 4,
    ...         "start": ["2026-11-02 09:00", "2026-11-02 09:01", "2026-11-02 09:02", "2026-11-02 09:03"],
    ...         "wait": [4, 70, 9, 1], "outcome": ["answered", "hung up", "answered", "answered"],
    ...         "handle": [250, None, 240, 230]}
    >>> read = read_vendor_contacts(rows, center)
    >>> read.vendors, read.outcomes
    (['nord', 'nord', 'in-house'], ['answered', 'abandoned', 'answered'])
    >>> read.remarks[0]
    "vendor 'nort' is not in the center: 1 row left out; 'nord' (known: nord, in-house)"
    """
    log = center.log
    said = FileFormat() if format is None else format
    said = msgspec.structs.replace(
        said,
        columns={**log.columns, **said.columns},
        time_format=said.time_format or log.time_format,
        delimiter=said.delimiter or log.delimiter,
        timezone=said.timezone or center.timezone,
    )
    table = open_table(source, "contacts", said, "[log] columns")
    if not table.has("vendor") and not vendor:
        raise table.missing("vendor")
    known = [*center.vendors, IN_HOUSE]
    told = table.texts("vendor") if table.has("vendor") else [vendor] * len(table)
    names = {each: named_vendor(each.strip(), center, aliases or {}) for each in set(told)}
    vendors = [names[each] or "" for each in told]
    unknown = dict(sorted(Counter(each.strip() for each in told if names[each] is None).items()))
    moments = arrivals_of(table)
    starts, _ = to_epoch(moments, time_zone(said.timezone))
    ended = ends_of(table, moments, log.abandoned)
    outcomes = _outcomes(table, ended.abandoned)
    talks = table.durations("talk", "seconds") if table.has("talk") else np.full(len(table), np.nan)
    resolved = _resolved(table)
    satisfaction = (
        table.numbers("satisfaction", "a number of at least 0", needed=False)
        if table.has("satisfaction")
        else np.full(len(table), np.nan)
    )
    kinds = table.texts("type") if table.has("type") else [log.default_type] * len(table)
    ids, tokens, customers, languages = (
        table.stripped(ours) for ours in ("id", "token", "customer", "language")
    )
    good, bad = table.settle()
    good &= np.array(list(map(bool, vendors)), dtype=bool)
    if not good.any():
        found = f"no vendor that is known ({', '.join(map(shown, unknown))})"
        raise InputError(
            table.grid.name, found, did_you_mean(next(iter(unknown), ""), [*center.vendors, IN_HOUSE])
        )
    answered = np.array([outcome == "answered" for outcome in outcomes], dtype=bool)
    handles = np.where(answered, ended.handle, np.nan)
    waits = np.where(ended.wait < 0, np.nan, ended.wait)
    once, repeated, again = _once(ids, vendors, starts, np.column_stack([waits, handles]), good)
    rows = np.flatnonzero(once).tolist()
    remarks = unknown_vendors(unknown, known)
    if again:
        remarks.append(
            f"{counted(again, 'row')} repeat an id within a day and are left out; the first counts"
        )
    if repeated:
        remarks.append(
            f"{counted(len(repeated), 'id')} of them with other times, such as {shown(repeated[0])}"
        )
    return VendorContacts(
        name=table.grid.name,
        places=[f"{table.grid.word} {table.grid.places[row]}" for row in rows],
        ids=[ids[row] for row in rows],
        tokens=[tokens[row] for row in rows],
        customers=[customers[row] for row in rows],
        languages=[languages[row] for row in rows],
        contact_types=[log.types.get(kinds[row], kinds[row]) for row in rows],
        vendors=[vendors[row] for row in rows],
        starts=starts[rows],
        waits=waits[rows],
        handles=handles[rows],
        talks=talks[rows],
        outcomes=[outcomes[row] for row in rows],
        resolved=resolved[rows],
        satisfaction=satisfaction[rows],
        repeated=repeated,
        unknown=unknown,
        taken=taken(table),
        remarks=tuple(remarks),
        bad=bad,
    )


def named_vendor(told: str, center: Center, aliases: dict[str, str]) -> str | None:
    """The center's name of a vendor, whatever its case and signs; None: there is none such."""
    name = aliases.get(told, told)
    if name in center.vendors:
        return name
    plain = _letters(name)
    if plain in _OURSELVES:
        return IN_HOUSE
    return next((each for each in center.vendors if _letters(each) == plain), None)


def unknown_vendors(unknown: Mapping[str, int], known: Sequence[str], row: str = "row") -> list[str]:
    """That rows are left out which name a vendor that the center does not have, and the nearest name."""
    return [
        f"vendor {shown(name)} is not in the center: {counted(count, row)} left out; "
        f"{did_you_mean(name, list(known))}"
        for name, count in unknown.items()
    ]


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _outcomes(table: Table, abandoned: Flags) -> list[str]:
    """How each contact ended: in our words where the file has them, otherwise answered or abandoned."""
    words = [text.lower() for text in table.stripped("outcome")]
    return [
        word if word in OUTCOMES else "abandoned" if lost else "answered"
        for word, lost in zip(words, abandoned.tolist(), strict=True)
    ]


def _resolved(table: Table) -> Floats:
    """1, 0 or NaN for each row, from yes and no."""
    values = np.full(len(table), np.nan)
    if table.has("resolved"):
        for row, text in enumerate(table.texts("resolved")):
            word = text.strip().casefold()
            if word in _YES or word in _NO:
                values[row] = float(word in _YES)
            elif word:
                table.blame([row], "resolved", "yes or no, 1 or 0, or nothing where it is unknown")
    return values


def _once(
    ids: Sequence[str], vendors: Sequence[str], starts: Floats, times: Floats, good: Flags
) -> tuple[Flags, tuple[str, ...], int]:
    """Which rows are the first of their contact; ids that come again otherwise; how many rows come again.

    A row is of the same contact as a first one of its id and vendor that begins within `ID_USED_AGAIN` of it.
    """
    first: dict[tuple[str, str, int], int] = {}  # by windows so long, of which none has two
    once, again = good.copy(), 0
    other: dict[str, None] = {}
    for row in np.flatnonzero(good).tolist():
        if not ids[row]:
            continue
        window = math.floor(starts[row] / ID_USED_AGAIN)
        near = (first.get((ids[row], vendors[row], window + step)) for step in (-1, 0, 1))
        same = [one for one in near if one is not None and abs(starts[one] - starts[row]) <= ID_USED_AGAIN]
        if not same:
            first[ids[row], vendors[row], window] = row
            continue
        once[row] = False
        again += 1
        before = min(same, key=lambda one: abs(starts[one] - starts[row]))
        if starts[before] != starts[row] or not np.array_equal(times[before], times[row], equal_nan=True):
            other[ids[row]] = None
    return once, tuple(other), again
