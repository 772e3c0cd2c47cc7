"""Who may take which contacts of a forecast, by the rules that the live router goes by."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute.center._center import Center
from bporoute.center._contact import Contact, Sourcing
from bporoute.planning._opening import closings, looks
from bporoute.routing._hard_rules import (
    Request,
    barred,
    barred_in_house,
    queue_status,
    requested,
)
from bporoute.routing._reasons import reason_of
from bporoute.workload._arrivals import Arrivals


class Bar(NamedTuple):
    """Why a vendor may not take contacts.

    Attributes
    ----------
    vendor : str
        Who may not.
    rule : str
        The hard rule, as the router names it.
    text : str
        The router's words, with what it observed and what it allows.
    """

    vendor: str
    rule: str
    text: str


class Stranded(NamedTuple):
    """Contacts that no vendor may take any more.

    Attributes
    ----------
    contact_type, language : str
        What they are; an empty language: none that anybody told, and none that the queue names.
    told : bool
        Whether the forecast tells their language; else it may be that of any contact of the type.
    contacts : float
        How many of a forecast there are; where the language is not told, at most.
    nobody : float
        How many of them the in-house queue may not take either.
    bars : tuple of Bar
        Why each other vendor may not: the rule that keeps the most of them.
    """

    contact_type: str
    language: str
    told: bool
    contacts: float
    nobody: float
    bars: tuple[Bar, ...]


class Kind(msgspec.Struct, frozen=True, eq=False):
    """Contacts that are alike to every rule, and which vendors may take them when.

    Attributes
    ----------
    contact_type, language : str
        As of `Stranded`.
    told : bool
        Likewise.
    request : Request
        What the rules look at.
    volumes : array, (I,)
        Contacts that each interval expects.
    codes : array of int, (I, vendors)
        The first rule that bars a vendor at some time of the interval; 0: none.
    at : array, (I, vendors)
        When it does, epoch seconds.
    in_house : array of bool, (I,)
        Whether the queue may take them as the interval begins.
    """

    contact_type: str
    language: str
    told: bool
    request: Request
    volumes: Floats
    codes: Integers
    at: Floats
    in_house: Flags

    @property
    def goes_out(self) -> bool:
        """Whether such contacts are ever sent to vendors."""
        kind = self.request.contact_type
        return kind is not None and kind.sourcing != Sourcing.IN_HOUSE

    def may_take(self, vendor: int) -> float:
        """How many of the contacts a vendor may take."""
        return float(self.volumes[self.codes[:, vendor] == 0].sum())


def kinds_of(center: Center, arrivals: Arrivals) -> tuple[Kind, ...]:
    """The kinds of contacts of some arrivals, and who may take them.

    Contacts whose language is not told are a kind for each language of their queue, with all of them in
    each. A vendor may take contacts in an interval if it may at each look, every five minutes.

    Examples
    --------
    >>> from datetime import date
    >>> from bporoute.simulation import demo_center, usual_arrivals
    >>> center = demo_center()
    >>> for kind in kinds_of(center, usual_arrivals(center, date(2026, 11, 23))):
    ...     shares = [kind.may_take(number) / kind.volumes.sum() for number in range(3)]
    ...     print(kind.contact_type, kind.language, *(f"{share:.2f}" for share in shares))
    service sv 0.93 0.00 1.00
    service en 0.93 1.00 1.00
    sales sv 0.93 0.00 1.00
    sales en 0.93 0.00 1.00
    """
    closed = _closed(center, arrivals)
    listed = np.searchsorted(arrivals.edges, arrivals.listed.time, side="right") - 1
    kinds: dict[tuple[Request, bool], Floats] = {}
    for number, stream in enumerate(arrivals.streams):
        own = np.clip(listed[arrivals.listed.stream == number], 0, len(stream.volumes) - 1)
        volumes = stream.volumes + np.bincount(own, minlength=len(stream.volumes))
        for contact, told in _spoken(center, stream.contact):
            key = requested(contact, center), told
            kinds[key] = kinds.get(key, 0.0) + volumes
    return tuple(
        _kind(center, arrivals, request, told, volumes, closed) for (request, told), volumes in kinds.items()
    )


def stranded(center: Center, kinds: Collection[Kind], failed: Collection[int]) -> tuple[Stranded, ...]:
    """What no vendor may take once some have failed, and one of these may now; the most first.

    Parameters
    ----------
    center : Center
        The center.
    kinds : collection of Kind
        Of `kinds_of`.
    failed : collection of int
        Places of vendors in the center.
    """
    names = list(center.vendors)
    gone, others = list(failed), [place for place in range(len(names)) if place not in failed]
    found = []
    for kind in kinds:
        if not kind.goes_out:
            continue
        lost = (kind.codes[:, gone] == 0).any(axis=1) & (kind.codes[:, others] != 0).all(axis=1)
        contacts = float(kind.volumes[lost].sum())
        if contacts > 0.0:
            bars = tuple(_bar(center, kind, names[other], other, lost) for other in others)
            nobody = float(kind.volumes[lost & ~kind.in_house].sum())
            found.append(Stranded(kind.contact_type, kind.language, kind.told, contacts, nobody, bars))
    return tuple(sorted(found, key=lambda each: -each.contacts))


def _bar(center: Center, kind: Kind, name: str, vendor: int, lost: Flags) -> Bar:
    """Which rule keeps a vendor from the most of some contacts, in the words of the router."""
    codes = kind.codes[:, vendor]
    by_code = {code: float(kind.volumes[lost & (codes == code)].sum()) for code in set(codes[lost].tolist())}
    code = max(by_code, key=by_code.__getitem__)
    there = np.flatnonzero(lost & (codes == code))
    at = float(kind.at[there[int(kind.volumes[there].argmax())], vendor])
    reason = reason_of(code, (), name, kind.request, center, at)
    return Bar(name, reason.rule, reason.text)


def _spoken(center: Center, contact: Contact) -> Iterator[tuple[Contact, bool]]:
    """A contact in each language that it may be of, and whether that is told."""
    kind = center.contact_types.get(contact.type)
    languages = () if contact.language or kind is None else center.queues[kind.queue].languages
    if not languages:
        yield contact, True
    for language in languages:
        yield msgspec.structs.replace(contact, language=language), False


def _closed(center: Center, arrivals: Arrivals) -> tuple[Integers, Floats]:
    """Code of the first calendar rule that bars each vendor in each interval, and when; 0: none."""
    edges = arrivals.edges.tolist()
    codes = np.zeros((len(edges) - 1, len(center.vendors)), dtype=np.int64)
    at = np.repeat(arrivals.edges[:-1, None], len(center.vendors), axis=1)
    comes = _comes(arrivals)
    for place in np.flatnonzero(comes).tolist():
        for number, vendor in enumerate(center.vendors.values()):
            first = next(closings(vendor, edges[place], edges[place + 1]), None)
            if first is not None:
                codes[place, number], at[place, number] = first
    return codes, at


def _comes(arrivals: Arrivals) -> Flags:
    volumes = sum((stream.volumes for stream in arrivals.streams), np.zeros(len(arrivals.edges) - 1))
    return np.asarray((volumes > 0.0) | (np.histogram(arrivals.listed.time, arrivals.edges)[0] > 0))


def _kind(
    center: Center,
    arrivals: Arrivals,
    request: Request,
    told: bool,
    volumes: Floats,
    closed: tuple[Integers, Floats],
) -> Kind:
    codes, at = closed[0].copy(), closed[1]
    edges = arrivals.edges.tolist()
    judged: dict[tuple[int, object], int] = {}
    in_house = np.zeros(len(volumes), dtype=bool)
    kind = request.contact_type
    takes = (
        kind is not None and kind.sourcing != Sourcing.SPECIALISED and not barred_in_house(request, center)
    )
    for place in np.flatnonzero(volumes > 0.0).tolist():
        begin, last = edges[place], looks(edges[place], edges[place + 1])[-1]
        for number, vendor in enumerate(center.vendors.values()):
            for day in {datetime.fromtimestamp(look, vendor.zone).date() for look in (begin, last)}:
                if (number, day) not in judged:
                    judged[number, day] = barred(request, vendor, center, day)
                # What bars the contact is told before what closes the vendor, as the router does.
                codes[place, number] = judged[number, day] or codes[place, number]
        if takes and kind is not None:
            local = datetime.fromtimestamp(begin, center.zone)
            in_house[place] = not queue_status(center.queues[kind.queue], local)
    return Kind(request.type, request.language, told, request, volumes, codes, at, in_house)
