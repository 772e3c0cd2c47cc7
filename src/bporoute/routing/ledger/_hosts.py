"""What a host has from the store: a part of every cap and capacity, asked for before it is used up.

A thread of one process of the host asks, and no contact ever waits for it. What the store grants is a limit
of the host's own, below which its processes share as they do without a store. A store that is away changes
nothing until that is used up; then caps are closed.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from bporoute._base.logger import INFO, WARNING, say
from bporoute._kernels.routing import columns
from bporoute.routing.ledger._elsewhere import LONGEST
from bporoute.routing.ledger._granted import SEATS, Granted, place_of, since_boot
from bporoute.routing.ledger._locks import Locks
from bporoute.routing.ledger._segment import Segment
from bporoute.routing.ledger._store import (
    LEASE,
    MOST_UNITS,
    Answer,
    Ask,
    Declaration,
    Request,
    Store,
    StoreAwayError,
    Window,
)

CAPS = ("hour", "day", "period", "seats")
"""In the store's words, in the order of the places of a vendor's limits."""
SEEN_EVERY = 1.0
"""Seconds after which the store is asked though nothing is wanted."""
AGAIN = 0.5
"""Seconds after which it is asked again where it was away."""
LEAST = 25.0
"""Units that a host wants to have left, if there are many; more where many go while the store answers."""
BLOCKS = 4.0
"""How many times that it asks for at once."""
PART = {cap: 4.0 if cap == SEATS else 50.0 for cap in range(len(CAPS))}
"""Which part of what is left to all hosts one of them has at most: one in so many."""
JOINS_AFTER = 5.0
"""Seconds after which all others know of a host, and it of what they have spent: then it has its part."""
TIDY_EVERY, KEPT = 3600.0, 400 * 86_400.0
"""Seconds: how often places of hosts that are no more are freed; after which time windows are dropped."""
ANSWERS = 1000
"""Of which the slowest in a thousand is known."""
PATIENCE = 0.5
"""Seconds that it waits for the processes of its host."""


class Hosts:
    """The part of one host in what all hosts of a store share.

    Parameters
    ----------
    segment, locks : Segment, Locks
        Of the host; the locks are this one's own.
    store : Store
        Whom to ask.
    clock : callable
        Epoch seconds.
    """

    def __init__(
        self,
        segment: Segment,
        locks: Locks,
        store: Store,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._segment, self._locks, self._vendors, self._store = segment, locks, segment.vendors, store
        self._clock, self._granted = clock, Granted(segment)
        self._took: deque[float] = deque([0.01], maxlen=ANSWERS)
        self._rates: dict[Window, tuple[float, float, float]] = {}
        """Of each window what was taken when, and units a second."""
        self._all: dict[Window, float] = {}
        """Units granted to all hosts, as far as this one knows."""
        self._joined_at, self._claim_at = time.monotonic(), -math.inf
        self._asked_at = self._listed_at = self._tidied_at = self._learns_until = -math.inf
        self.away = ""
        """Why the store does not answer; empty: it does."""

    def turn(self) -> None:
        """Look at what there is, and ask if there is need, or it is time to be seen."""
        now = time.monotonic()
        if now - self._asked_at < (AGAIN if self.away else 0.0):
            return
        asks = self._wanted(now) if self._clock() >= self._learns_until else []
        if not asks and now - self._asked_at < SEEN_EVERY:
            return
        self._asked_at = now
        try:
            self._exchange(asks)
            if now - self._listed_at >= SEEN_EVERY:
                self._look_around()
                self._listed_at = now
        except StoreAwayError as away:
            self._tell(away.reason)
        else:
            self._tell("")

    def _look_around(self) -> None:
        """See what all hosts have been granted, and how many they are; drop what nobody needs any more."""
        listing, at = self._store.listing(), self._clock()
        self._all = {each.window: float(each.units) for each in listing.windows}
        there = sum(host.seen > at - LEASE or host.name == self._segment.name for host in listing.hosts)
        hosts = self._segment.host["hosts"]
        if hosts[0] < math.inf or time.monotonic() - self._joined_at >= JOINS_AFTER:
            hosts[0] = max(there, 1)
        if at - self._tidied_at >= TIDY_EVERY:
            self._tidied_at = at
            self._store.free(CAPS[SEATS], at - LONGEST)
            self._store.forget(windows_before=at - KEPT, outcomes_before=at - KEPT)

    def leave(self) -> None:
        """Give back whatever no process holds: the last one has ended."""
        asks = [self._given_back(*each, 0.0) for each in self._windows()]
        try:
            self._exchange([ask for ask in asks if ask is not None])
        except StoreAwayError as away:
            self._tell(away.reason)

    def _tell(self, away: str) -> None:
        if away and not self.away:
            say([(WARNING, f"what was granted is spent, then caps are closed: {away}")])
        elif self.away and not away:
            say([(INFO, f"{self._store.where} is back")])
        self.away = away

    # --- what is wanted -------------------------------------------------------------------------------

    def _windows(self) -> list[tuple[int, int, float, float]]:
        """Vendor, cap, start and limit of what processes go by now."""
        limits, starts = self._granted.asked.copy(), self._granted.asked_start.copy()
        there = np.argwhere((limits >= 0.0) & (limits < MOST_UNITS) & np.isfinite(starts))
        return [(v, cap, float(starts[v, cap]), float(limits[v, cap])) for v, cap in there.tolist()]

    def _wanted(self, now: float) -> list[Ask]:
        asks: list[Ask | None] = []
        slowest = float(np.quantile(self._took, 0.999))
        for vendor, cap, start, limit in self._windows():
            window = Window(self._vendors[vendor], CAPS[cap], start)
            has, taken = self._granted.units(vendor, cap, start), self._taken(vendor, cap, start)
            known = max(self._all.get(window, 0.0), has)
            left = math.floor(limit) - known
            low = max(LEAST, self._rate(window, taken, now) * 2.0 * slowest)
            most = max(1.0, left // PART[cap])
            free = has - taken
            if left >= 1.0 and free < min(low, most):
                units = math.ceil(min(BLOCKS * low, most) - max(free, 0.0))
                asks.append(Ask(window, max(units, 1), math.floor(limit)))
            elif free > 2.0 * min(BLOCKS * low, most) + 1.0:
                asks.append(self._given_back(vendor, cap, start, limit, min(BLOCKS * low, most)))
            elif left < 1.0 and now >= self._claim_at and taken - self._used(vendor, cap, start) > 1.0:
                self._segment.host["wanted"][0, vendor] = 1.0  # processes give up what they do not use
                self._granted.tell()
                self._claim_at = now + SEEN_EVERY
        return [ask for ask in asks if ask is not None]

    def _rate(self, window: Window, taken: float, now: float) -> float:
        """Units of a window that are taken a second; a pause lets it fall by and by."""
        before, at, rate = self._rates.get(window, (taken, now, 0.0))
        if now - at >= 0.1:
            passed = now - at
            weight = math.exp(-passed)
            rate = max(rate * weight, max(taken - before, 0.0) / passed)
            before, at = taken, now
        self._rates[window] = before, at, rate
        return rate

    def _used(self, vendor: int, cap: int, start: float) -> float:
        """Units of a window of those taken that are not just held."""
        slots, used = self._segment.slots, int(self._segment.host["used"][0])
        column = columns.IN_FLIGHT if cap == SEATS else cap
        mine = slots["usage"][:used, vendor, column] - slots["others"][:used, vendor, column]
        if cap == SEATS:
            return float(mine.sum())
        same = slots["start"][:used, vendor, cap] == start
        past = slots["past_start"][:used, vendor, cap] == start
        return float(mine[same].sum() + slots["past_sent"][:used, vendor, cap][past].sum())

    def _taken(self, vendor: int, cap: int, start: float) -> float:
        """Units of a window that processes of this host have sent or hold."""
        slots, used = self._segment.slots, int(self._segment.host["used"][0])
        column = columns.IN_FLIGHT if cap == SEATS else cap
        mine = slots["usage"][:used, vendor, column] - slots["others"][:used, vendor, column]
        if cap == SEATS:
            return float(np.maximum(mine, slots["seats"][:used, vendor]).sum())
        same = slots["start"][:used, vendor, cap] == start
        past = slots["past_start"][:used, vendor, cap] == start
        return float(
            np.maximum(mine, slots["held"][:used, vendor, cap])[same].sum()
            + slots["past_sent"][:used, vendor, cap][past].sum()
        )

    def _given_back(self, vendor: int, cap: int, start: float, limit: float, keeps: float) -> Ask | None:
        """Have whatever is left beyond so much be on its way back: nobody spends it from now on."""
        granted = self._granted
        with self._locks.holding(PATIENCE) as held:
            if not held:
                return None
            book = granted.book.copy()
            place = place_of(book, vendor, cap, start)
            has = float(Granted.all_units(book)[vendor, cap, place])
            units = math.floor(has - self._taken(vendor, cap, start) - keeps)
            if units < 1:
                return None
            book["returning"][vendor, cap, place] += units
            granted.turn_over(book)
            returning = int(book["returning"][vendor, cap, place])
        return Ask(Window(self._vendors[vendor], CAPS[cap], start), -returning, math.floor(limit))

    # --- what the store says --------------------------------------------------------------------------

    def _exchange(self, asks: Sequence[Ask]) -> None:
        """Ask with the number that comes next; what was asked with it before is answered as it was then."""
        granted = self._granted
        began = since_boot()
        if not granted.mark().store:
            self._declare()
        name, number = self._segment.name, int(granted.book["number"])
        answer = self._store.exchange(
            Request(host=name, number=number + 1, mark=granted.mark(), at=self._clock(), asks=tuple(asks))
        )
        self._took.append(since_boot() - began)
        if answer.standing == "declare":
            self._declare()
        else:
            self._take(answer, began)
            for ask in asks:  # what was not to be had is looked at again in a second
                if ask.units > 0 and ask.window not in {moved.window for moved in answer.moved}:
                    self._all[ask.window] = float(ask.limit)

    def _declare(self) -> None:
        """Tell the store what it does not know of this host."""
        book, limits, began = self._granted.book.copy(), self._granted.asked, since_boot()
        holds = [
            Ask(
                Window(self._vendors[vendor], CAPS[cap], float(book["start"][vendor, cap, place])),
                int(book["granted"][vendor, cap, place]),
                int(min(max(np.nan_to_num(limits[vendor, cap], posinf=MOST_UNITS), 0.0), MOST_UNITS)),
            )
            for vendor, cap, place in np.argwhere(book["granted"] > 0.0).tolist()
        ]
        answer = self._store.declare(
            Declaration(
                host=self._segment.name,
                number=int(book["number"]),
                mark=self._granted.mark(),
                at=self._clock(),
                holds=tuple(holds),
            )
        )
        self._take(answer, began)

    def _take(self, answer: Answer, began: float) -> None:
        """Note an answer as taken, with what it has moved, to a question that was asked when it `began`."""
        granted, numbers = self._granted, {name: number for number, name in enumerate(self._vendors)}
        with self._locks.holding(PATIENCE) as held:
            if not held:
                raise StoreAwayError("a process of this host holds its lock and does not go on")
            news, book = granted.void, granted.book.copy()
            book["number"], book["epoch"], book["store"] = answer.number, answer.mark.epoch, answer.mark.store
            book["returning"] = 0.0  # what the store has taken back is no longer granted
            for moved in answer.moved:
                window, vendor = moved.window, numbers.get(moved.window.vendor)
                if vendor is None or window.cap not in CAPS:
                    continue
                cap = CAPS.index(window.cap)
                place = place_of(book, vendor, cap, window.start)
                has = float(book["granted"][vendor, cap, place])
                book["granted"][vendor, cap, place] += moved.units
                self._all[window] = self._all.get(window, 0.0) + moved.units
                # Whoever has units goes on with them: only who has to do without is told.
                free = has - self._taken(vendor, cap, window.start)
                news = news or (moved.units > 0 and free < 1.0)
            granted.turn_over(book)
            if granted.void:  # the others have not counted on this host
                self._segment.host["hosts"], self._joined_at = math.inf, time.monotonic()
            self._learns_until = answer.until if answer.standing == "learning" else -math.inf
            granted.was_seen(began)
            if news:
                granted.tell()
