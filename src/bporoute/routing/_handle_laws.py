"""How long contacts take at each vendor, as laws: what was observed, else what is configured or assumed.

A price that is not linear in the duration needs more than a mean. Mutable, like the ledger: the router tells
it every handle time.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Mapping

from bporoute.center._center import Center
from bporoute.durations._laws import Distribution, Duration, Empirical, Exponential, mean_of, scaled
from bporoute.durations._steps import atoms

ENOUGH = 200
"""Handle times of a type at a vendor from which on their own spread is believed."""
KEPT = 500
POINTS = 100
"""Handle times, at evenly spaced ranks, that stand for a sample: a price looks at each of them."""
WORTH_SCALING = 0.005
"""Relative change of a mean from which on the law follows it."""
WORTH_A_LAW = 1.2
"""Growth of a sample from which on the law is made anew; once it is full, after as many new ones."""


def at_ranks(times: Collection[float]) -> tuple[float, ...]:
    """At most `POINTS` of some times, at evenly spaced ranks.

    >>> at_ranks([30.0, 10.0])
    (10.0, 30.0)
    """
    ordered = sorted(times)
    points = min(POINTS, len(ordered))
    return tuple(ordered[int((place + 0.5) * len(ordered) / points)] for place in range(points))


class HandleLaws:
    """Laws of the handle times of each contact type at each vendor of a center.

    Of what is configured and observed only the spread counts: the mean is the one that the caller decides by.
    What a simulation draws from is told, mean and all.
    """

    def __init__(self, center: Center) -> None:
        self._vendors = tuple(center.vendors.values())
        self._names = tuple(center.vendors)
        self._queue_of = {name: center.queues[kind.queue] for name, kind in center.contact_types.items()}
        self._seen: dict[tuple[int, str], deque[float]] = {}
        self._new: dict[tuple[int, str], int] = {}
        self._observed: dict[tuple[int, str], Empirical] = {}
        self._scaled: dict[tuple[int, str], tuple[Distribution, float, Distribution]] = {}
        self._told: dict[str, Distribution] = {}
        self.known: Mapping[tuple[str, str], str] = {}
        """Vendor and contact type -> in words: the handle times seen or told; replaced, not changed."""

    def tell(self, contact_type: str, law: Duration) -> None:
        """Have the handle times of a type follow this law from now on, vendors' own factors apart."""
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
            self._observed[key] = Empirical(at_ranks(seen))
            self._new[key] = 0
            self._say(self._names[vendor], contact_type, f"the handle times of {len(seen)} contacts seen")

    def law(self, vendor: int, contact_type: str, mean: float, slower: float) -> Distribution:
        """The law of a type's handle times at a vendor, by the `mean` that is decided by.

        `slower`, the vendor's factor, is in that mean; a law that was told is made longer by it.
        """
        told = self._told.get(contact_type)
        if told is not None:
            return scaled(told, slower)
        shape = self._shape(vendor, contact_type)
        if shape is None:
            return Exponential(mean)
        known = self._scaled.get((vendor, contact_type))
        if known is not None and known[0] is shape and abs(mean - known[1]) <= WORTH_SCALING * known[1]:
            return known[2]
        law = scaled(shape, mean / _positive_mean(shape)) if mean_of(shape) > 0.0 else Exponential(mean)
        self._scaled[vendor, contact_type] = shape, mean, law
        return law

    def _say(self, vendor: str, contact_type: str, words: str) -> None:
        self.known = {**self.known, (vendor, contact_type): words}

    def _shape(self, vendor: int, contact_type: str) -> Distribution | None:
        observed = self._observed.get((vendor, contact_type))
        if observed is not None:
            return observed
        queue = self._queue_of.get(contact_type)
        return self._vendors[vendor].handle_times or (queue.handle_times if queue is not None else None)


def assumed(center: Center, known: Mapping[tuple[str, str], str], vendor: str, contact_type: str) -> str:
    """In words: by what handle times a vendor's price of a contact is an expectation.

    `known` is that of `HandleLaws` when the price was made; empty where only the mean matters.
    """
    config = center.vendors[vendor]
    kind = center.contact_types.get(contact_type)
    if kind is None or not config.contract.depends_on_spread:
        return ""
    shape = config.handle_times or center.queues[kind.queue].handle_times
    configured = (
        "exponential handle times, as nobody says otherwise"
        if shape is None
        else (f"{_kind(shape)} handle times, as configured")
    )
    return known.get((vendor, contact_type), configured)


def _positive_mean(law: Distribution) -> float:
    """Mean of the times above 0, by which estimates go: a contact of 0 s tells no handle time."""
    positive = [time for time in atoms(law) if time > 0.0]
    return math.fsum(positive) / len(positive) if positive else law.mean


def _kind(law: Distribution) -> str:
    return str(type(law).__struct_config__.tag).replace("fitted_", "").replace("sample", "resampled")
