"""Which contact of one's own records each line of an invoice is for: by token, by id, else by time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute._base.slim import needed

START_APART = 5.0
"""Seconds by which two clocks may differ in the begin of a contact."""
LENGTH_APART = 2.0
"""Seconds by which they may differ in how long it took."""
LENGTH_WEIGHS = 10.0
"""How much more a second of the length counts than one of the begin: clocks differ, stop watches do not."""
NO_PAIR = 1e6
"""Cost of what cannot be the same contact."""
USUAL = 0.5
"""Share of lines that find their contact at an hour's difference from which on the clocks differ by it."""
HALF_HOURS = range(-28, 29)
"""Differences of two zones' clocks that are tried."""

How = Literal["token", "id", "time", "start", ""]


class Asked(NamedTuple):
    """What lines tell of their contacts, an entry for each; lengths and starts NaN where not told.

    `again` are the starts by the other reading of an hour that comes twice, NaN elsewhere.
    """

    tokens: Sequence[str]
    ids: Sequence[str]
    starts: Floats
    lengths: Floats
    again: Floats | None = None


class Known(NamedTuple):
    """One's own contacts; `lengths` has a row for each that the vendor may mean: handled, talked, billed."""

    tokens: Sequence[str]
    ids: Sequence[str]
    starts: Floats
    lengths: Floats


class Matching(msgspec.Struct, frozen=True, eq=False):
    """Which contact each line is for.

    Attributes
    ----------
    contacts : array of int, shape (lines,)
        Its place; -1: none.
    how : list of str
        ``token``, ``id``, ``time`` (begin and length), ``start`` (begin alone); empty: none.
    again : array of bool, shape (lines,)
        Whether it fits only a contact that another line is for already.
    ambiguous : int
        Lines that fit several contacts by time.
    shift : float
        Seconds by which the invoice's clock is ahead of one's own.
    """

    contacts: Integers
    how: list[How]
    again: Flags
    ambiguous: int
    shift: float


def match(asked: Asked, known: Known, span: tuple[float, float] = (-np.inf, np.inf)) -> Matching:
    """Match lines to contacts, by time one to one with the least total difference.

    Of several contacts of one id, as ids are used again, a line is for the one that begins nearest to when it
    says; where it does not say, nearest to the `span` of the invoice (epoch seconds), and rather for one that
    no other line is for.

    A line whose id nobody knows is looked for by begin and length, within `START_APART` and `LENGTH_APART`;
    one without an id also by its begin alone.

    Examples
    --------
    >>> nan = np.nan
    >>> asked = Asked(["", ""], ["a", ""], np.array([nan, 100.0]), np.array([nan, 61.0]))
    >>> known = Known(["", ""], ["a", "b"], np.array([0.0, 98.0]), np.array([[30.0, 60.0]]))
    >>> found = match(asked, known)
    >>> found.contacts.tolist(), found.how
    ([0, 1], ['id', 'time'])
    """
    size = len(asked.ids)
    contacts = np.full(size, -1)
    how: list[How] = [""] * size
    for told, there, name in ((asked.tokens, known.tokens, "token"), (asked.ids, known.ids, "id")):
        places_of: dict[str, list[int]] = {}
        for place, each in enumerate(there):
            if each:
                places_of.setdefault(each, []).append(place)
        taken: set[int] = set(contacts.tolist())
        for line, each in enumerate(told):
            if contacts[line] < 0 and each and (places := places_of.get(each)):
                contacts[line] = _nearest(places, asked.starts[line], known.starts, span, taken)
                taken.add(int(contacts[line]))
                how[line] = "token" if name == "token" else "id"
    shift = _shift(asked, known, contacts)
    starts = asked.starts - shift
    ambiguous = 0
    by_id = any(how)
    for stage in ("time", "start"):
        open_lines = (contacts < 0) & np.isfinite(starts)
        if stage == "start":
            strangers = np.array([bool(told) for told in asked.ids], dtype=bool) & by_id
            open_lines &= ~strangers
        free = np.ones(len(known.starts), dtype=bool)
        free[contacts[contacts >= 0]] = False
        pairs = (
            _by_length(asked, shift, known, open_lines, free)
            if stage == "time"
            else _pairs(starts, asked.lengths, known, open_lines, free, lengths=False)
        )
        ambiguous += int((np.bincount(pairs.lines, minlength=size) > 1).sum()) if size else 0
        for line, contact in _assigned(pairs):
            contacts[line] = contact
            how[line] = "time" if stage == "time" else "start"
    left = (contacts < 0) & np.isfinite(starts)
    not_free = np.zeros(len(known.starts), dtype=bool)
    not_free[contacts[contacts >= 0]] = True
    again = np.zeros(size, dtype=bool)
    pairs = _by_length(asked, shift, known, left, not_free)
    for line, contact in zip(pairs.lines.tolist(), pairs.contacts.tolist(), strict=True):
        if not again[line]:
            again[line], contacts[line], how[line] = True, contact, "time"
    return Matching(contacts, how, again, ambiguous, shift)


def _nearest(
    places: Sequence[int], start: float, starts: Floats, span: tuple[float, float], taken: Collection[int]
) -> int:
    """Which of several contacts of one id a line is for; `start` is nan where it does not say when."""
    if len(places) == 1:
        return places[0]

    def apart(place: int) -> tuple[float, bool]:
        at = float(starts[place])
        if start == start:
            return abs(at - start), False
        return max(span[0] - at, at - span[1], 0.0), place in taken

    return min(places, key=apart)


class _Pairs(NamedTuple):
    """Lines and contacts that may be the same, and how far they are apart."""

    lines: Integers
    contacts: Integers
    apart: Floats


def _by_length(asked: Asked, shift: float, known: Known, lines: Flags, contacts: Flags) -> _Pairs:
    """Pairs by begin and length; a begin in an hour that comes twice may be in either."""
    found = _pairs(asked.starts - shift, asked.lengths, known, lines, contacts, lengths=True)
    if asked.again is None:
        return found
    twice = lines & np.isfinite(asked.again)
    other = _pairs(asked.again - shift, asked.lengths, known, twice, contacts, lengths=True)
    return _Pairs(*(np.concatenate(each) for each in zip(found, other, strict=True)))


def _pairs(
    starts: Floats, lengths_told: Floats, known: Known, lines: Flags, contacts: Flags, *, lengths: bool
) -> _Pairs:
    """All that may be the same of some lines and some contacts."""
    mine, theirs = np.flatnonzero(contacts), np.flatnonzero(lines)
    mine = mine[np.argsort(known.starts[mine], kind="stable")]
    at = known.starts[mine]
    first = np.searchsorted(at, starts[theirs] - START_APART, side="left")
    last = np.searchsorted(at, starts[theirs] + START_APART, side="right")
    counts = last - first
    line = np.repeat(theirs, counts)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    contact = mine[np.repeat(first, counts) + offsets]
    apart = np.abs(starts[line] - known.starts[contact])
    if lengths:
        gaps = np.abs(known.lengths[:, contact] - lengths_told[line])
        gap = np.where(np.isnan(gaps), np.inf, gaps).min(axis=0, initial=np.inf)
        near = gap <= LENGTH_APART
        line, contact, apart = line[near], contact[near], apart[near] + LENGTH_WEIGHS * gap[near]
    return _Pairs(line, contact, apart)


def _assigned(pairs: _Pairs) -> list[tuple[int, int]]:
    """One contact for each line: as many as can be, the least difference in all."""
    if not len(pairs.lines):
        return []
    with needed("scipy"):
        from scipy.optimize import linear_sum_assignment
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components
    lines, line_of = np.unique(pairs.lines, return_inverse=True)
    contacts, contact_of = np.unique(pairs.contacts, return_inverse=True)
    size = len(lines) + len(contacts)
    graph = coo_array((np.ones(len(line_of)), (line_of, len(lines) + contact_of)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    label = labels[line_of]
    order = np.argsort(label, kind="stable")
    edges = np.flatnonzero(np.diff(label[order], prepend=-1, append=-1))
    found: list[tuple[int, int]] = []
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        some = order[begin:end]
        if len(some) == 1:
            found.append((int(pairs.lines[some[0]]), int(pairs.contacts[some[0]])))
            continue
        own, row = np.unique(pairs.lines[some], return_inverse=True)
        there, column = np.unique(pairs.contacts[some], return_inverse=True)
        cost = np.full((len(own), len(there)), NO_PAIR)
        cost[row, column] = pairs.apart[some]
        found += [
            (int(own[one]), int(there[other]))
            for one, other in zip(*linear_sum_assignment(cost), strict=True)
            if cost[one, other] < NO_PAIR
        ]
    return found


def _shift(asked: Asked, known: Known, contacts: Integers) -> float:
    """By how many seconds the invoice's clock is ahead: of contacts known by id, else as most lines fit."""
    found = np.flatnonzero((contacts >= 0) & np.isfinite(asked.starts))
    if len(found):
        ahead = float(np.median(asked.starts[found] - known.starts[contacts[found]]))
        return ahead if abs(ahead) > START_APART else 0.0
    starts = asked.starts[np.isfinite(asked.starts)]
    if not len(starts) or not len(known.starts):
        return 0.0
    own = np.sort(known.starts)

    def share(shift: float) -> float:
        begun = starts - shift
        low = np.searchsorted(own, begun - START_APART, side="left")
        high = np.searchsorted(own, begun + START_APART, side="right")
        return float((high > low).mean())

    if share(0.0) >= USUAL:
        return 0.0
    best = max((1800.0 * steps for steps in HALF_HOURS), key=lambda shift: (share(shift), -abs(shift)))
    return best if share(best) >= max(USUAL, 2.0 * share(0.0)) else 0.0
