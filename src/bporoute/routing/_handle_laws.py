"""How long contacts take at each vendor, as laws: what was observed, else what is configured or assumed.

A price that is not linear in the duration needs more than a mean. Mutable, like the ledger: the router tells
it the handle times that are believed; they wait until somebody asks for a law.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

import msgspec

from bporoute.center._center import Center
from bporoute.durations._laws import Distribution, Duration, Empirical, Exponential, scaled

ENOUGH = 200
"""Handle times of a type at a vendor from which on their own spread is believed."""
KEPT = 500
POINTS = 100
"""Handle times that stand for a sample: a price looks at each of them."""
WORTH_A_LAW = 1.2
"""Growth of a sample from which on the law is made anew; once it is full, after as many new ones."""


def grouped(times: Collection[float], points: int = POINTS) -> tuple[float, ...]:
    """At most so many times that stand for others: the means of neighbours, equally many for each.

    >>> grouped([30.0, 10.0, 20.0, 40.0], points=2)
    (15.0, 35.0)
    """
    ordered = sorted(times)
    points = min(points, len(ordered))
    edges = [place * len(ordered) // points for place in range(points + 1)]
    return tuple(math.fsum(ordered[begin:end]) / (end - begin) for begin, end in pairwise(edges))


class _Sample(msgspec.Struct, frozen=True, gc=False):
    """The latest handle times of a contact type at a vendor, and the law that was made of them.

    `fresh` of them came since the law was made, which was of `made_of`.
    """

    times: tuple[float, ...] = ()
    fresh: int = 0
    law: Empirical | None = None
    made_of: int = 0

    def after(self, handles: Sequence[float]) -> _Sample:
        """After handle times more, each at least 0: the law is made anew wherever enough have come."""
        every = (*self.times, *handles)
        law, fresh, made_of = self.law, self.fresh, self.made_of
        for seen in range(len(self.times) + 1, len(every) + 1):
            fresh += 1
            count = min(seen, KEPT)
            grown = count * (WORTH_A_LAW - 1.0) if law is not None else 0.0
            if count >= ENOUGH and fresh >= grown:
                times = every[seen - count : seen]
                if math.fsum(times) > 0.0:
                    law, fresh, made_of = Empirical(grouped(times)), 0, count
        return _Sample(every[-KEPT:], fresh, law, made_of)


NO_SAMPLE = _Sample()


class HandleLaws:
    """Laws of the handle times of each contact type at each vendor of a center.

    Of what is configured, or told of a simulation, only the spread counts: the mean is the one that the
    caller decides by. What was seen is taken mean and all.
    """

    def __init__(self, center: Center) -> None:
        self._vendors = tuple(center.vendors.values())
        self._names = tuple(center.vendors)
        self._queue_of = {name: center.queues[kind.queue] for name, kind in center.contact_types.items()}
        self._seen: list[dict[str, _Sample]] = [{} for _ in center.vendors]
        self.waiting: list[tuple[tuple[str, float], ...]] = [() for _ in center.vendors]
        """Handle times of each vendor, with their contact types, that wait until somebody asks for a law."""
        self._means: list[dict[str, float]] = [{} for _ in center.vendors]
        self._told: dict[str, Distribution] = {}
        self._known: Mapping[tuple[str, str], str] = {}

    def take_over(self, before: HandleLaws, numbers: Sequence[tuple[int, int]]) -> None:
        """Know of vendors what others laws know, by pairs of their numbers there and here."""
        names = {self._names[mine] for _, mine in numbers}
        for theirs, mine in numbers:
            self._seen[mine], self.waiting[mine] = before._seen[theirs], before.waiting[theirs]
            self._means[mine] = before._means[theirs]
        self._known = {pair: words for pair, words in before._known.items() if pair[0] in names}

    @property
    def known(self) -> Mapping[tuple[str, str], str]:
        """Vendor and contact type -> in words: the handle times seen or told; replaced, not changed."""
        for vendor, heard in enumerate(self.waiting):
            if heard:
                self._catch_up(vendor)
        return self._known

    def tell(self, contact_type: str, law: Duration) -> None:
        """Have the handle times of a type be spread as in this law from now on."""
        own = self._told[contact_type] = law if isinstance(law, Distribution) else Exponential(law)
        for vendor in self._names:
            self._say(vendor, contact_type, f"{_kind(own)} handle times, as simulated")

    def _catch_up(self, vendor: int) -> None:
        """Take notice of the handle times that wait, in their order."""
        seen, known, means = self._seen[vendor], self._known, self._means[vendor]
        by_type: dict[str, list[float]] = {}
        for contact_type, handle in self.waiting[vendor]:
            by_type.setdefault(contact_type, []).append(handle)
        for contact_type, handles in by_type.items():
            before = seen.get(contact_type, NO_SAMPLE)
            after = before.after(handles)
            seen = {**seen, contact_type: after}
            if after.law is not None and after.law is not before.law:
                means = {**means, contact_type: after.law.mean}
                words = f"the handle times of {after.made_of} contacts seen"
                known = {**known, (self._names[vendor], contact_type): words}
        # At once: whatever is interrupted, no handle time is counted twice or not at all.
        self._seen[vendor], self.waiting[vendor], self._known, self._means[vendor] = seen, (), known, means

    def means_seen(self, vendor: int) -> Mapping[str, float]:
        """Contact type -> mean seconds, of those types whose handle times at a vendor were seen."""
        if self.waiting[vendor]:
            self._catch_up(vendor)
        means = self._means[vendor]
        return {name: means[name] for name in means if name not in self._told} if self._told else means

    def means_seen_of(self, contact_type: str) -> dict[int, float]:
        """Vendor -> mean seconds, of those vendors where a type's handle times were seen."""
        for vendor, heard in enumerate(self.waiting):
            if heard:
                self._catch_up(vendor)
        if contact_type in self._told:
            return {}
        return {
            vendor: means[contact_type] for vendor, means in enumerate(self._means) if contact_type in means
        }

    def law(self, vendor: int, contact_type: str, mean: float) -> Distribution:
        """The law of a type's handle times at a vendor; until they were seen, of the `mean` decided by."""
        told = self._told.get(contact_type)
        if told is not None and told.mean > 0.0:
            return scaled(told, mean / told.mean)
        if self.waiting[vendor]:
            self._catch_up(vendor)
        seen = self._seen[vendor].get(contact_type)
        if seen is not None and seen.law is not None:
            return seen.law
        queue = self._queue_of.get(contact_type)
        spread = self._vendors[vendor].handle_times or (queue.handle_times if queue is not None else None)
        if spread is None or not spread.mean > 0.0:
            return Exponential(mean)
        return scaled(spread, mean / spread.mean)

    def _say(self, vendor: str, contact_type: str, words: str) -> None:
        self._known = {**self._known, (vendor, contact_type): words}


def assumed(center: Center, known: Mapping[tuple[str, str], str], vendor: str, contact_type: str) -> str:
    """In words: by what handle times and waits a vendor's price of a contact is an expectation.

    `known` is that of `HandleLaws` when the price was made; empty where only the mean matters.
    """
    config = center.vendors[vendor]
    kind = center.contact_types.get(contact_type)
    if kind is None:
        return ""
    contract, words = config.contract, []
    if contract.depends_on_spread:
        shape = config.handle_times or center.queues[kind.queue].handle_times
        configured = (
            "exponential handle times, as nobody says otherwise"
            if shape is None
            else (f"{_kind(shape)} handle times, as configured")
        )
        words.append(known.get((vendor, contact_type), configured))
    if contract.moves_by_minute:
        words.append("minutes that begin at the answer")
    if contract.bills_abandoned:
        words.append("a bill for those who give up there, too")
    return ", ".join(words)


def _kind(law: Distribution) -> str:
    return str(type(law).__struct_config__.tag).replace("fitted_", "").replace("sample", "resampled")
