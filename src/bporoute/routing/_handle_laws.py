"""How long contacts take at each vendor, as laws: what was observed, else what is configured or assumed.

A price that is not linear in the duration needs more than a mean. Mutable, like the ledger: the router tells
it every handle time.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Mapping
from itertools import pairwise

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


class HandleLaws:
    """Laws of the handle times of each contact type at each vendor of a center.

    Of what is configured, or told of a simulation, only the spread counts: the mean is the one that the
    caller decides by. What was seen is taken mean and all.
    """

    def __init__(self, center: Center) -> None:
        self._vendors = tuple(center.vendors.values())
        self._names = tuple(center.vendors)
        self._queue_of = {name: center.queues[kind.queue] for name, kind in center.contact_types.items()}
        self._seen: dict[tuple[int, str], deque[float]] = {}
        self._new: dict[tuple[int, str], int] = {}
        self._observed: dict[tuple[int, str], Empirical] = {}
        self._told: dict[str, Distribution] = {}
        self.known: Mapping[tuple[str, str], str] = {}
        """Vendor and contact type -> in words: the handle times seen or told; replaced, not changed."""

    def tell(self, contact_type: str, law: Duration) -> None:
        """Have the handle times of a type be spread as in this law from now on."""
        own = self._told[contact_type] = law if isinstance(law, Distribution) else Exponential(law)
        for vendor in self._names:
            self._say(vendor, contact_type, f"{_kind(own)} handle times, as simulated")

    def observe(self, vendor: int, contact_type: str, handle: float) -> None:
        """Take notice of a handle time, seconds; nan: unknown."""
        if not 0.0 <= handle < math.inf:
            return
        key = vendor, contact_type
        seen = self._seen.setdefault(key, deque(maxlen=KEPT))
        seen.append(handle)
        self._new[key] = self._new.get(key, 0) + 1
        known = self._observed.get(key)
        grown = len(seen) * (WORTH_A_LAW - 1.0) if known is not None else 0.0
        if len(seen) >= ENOUGH and self._new[key] >= grown and math.fsum(seen) > 0.0:
            self._observed[key] = Empirical(grouped(seen))
            self._new[key] = 0
            self._say(self._names[vendor], contact_type, f"the handle times of {len(seen)} contacts seen")

    def law(self, vendor: int, contact_type: str, mean: float) -> Distribution:
        """The law of a type's handle times at a vendor; until they were seen, of the `mean` decided by."""
        told = self._told.get(contact_type)
        if told is not None and told.mean > 0.0:
            return scaled(told, mean / told.mean)
        seen = self._observed.get((vendor, contact_type))
        if seen is not None:
            return seen
        queue = self._queue_of.get(contact_type)
        spread = self._vendors[vendor].handle_times or (queue.handle_times if queue is not None else None)
        if spread is None or not spread.mean > 0.0:
            return Exponential(mean)
        return scaled(spread, mean / spread.mean)

    def _say(self, vendor: str, contact_type: str, words: str) -> None:
        self.known = {**self.known, (vendor, contact_type): words}


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
