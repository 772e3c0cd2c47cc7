"""What was sent, told and owed, counted anew beside the router; None wherever the documents do not say."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

KEPT_WINDOWS = 40
"""Windows of a kind that a world may visit; a ledger remembers a few more."""
WINDOWS = ("hour", "day", "period")
Window = tuple[Any, ...]


class Sent:
    """A contact that was routed and has not ended.

    `vendor` is None where it was kept in `queue`; `seen` says whether the live state of the queue counts it,
    `day` is the center's, and `murky` that the clock was set back since.
    """

    __slots__ = ("at", "contact", "day", "how", "murky", "queue", "seen", "vendor", "windows")

    def __init__(
        self,
        how: Any,
        contact: Any,
        queue: str,
        vendor: str | None,
        at: float,
        windows: tuple[Window, ...],
        day: date,
        seen: bool,
    ) -> None:
        self.how, self.contact, self.queue, self.vendor = how, contact, queue, vendor
        self.at, self.windows, self.day, self.seen, self.murky = at, windows, day, seen, False


class Told:
    """What is known of one queue: `present` contacts as told at `at`, and who was kept since."""

    def __init__(self) -> None:
        self.state: Any = None
        self.at = float("-inf")
        self.present = 0.0
        self.since: set[Sent] = set()
        self.sure = True

    @property
    def now_present(self) -> float:
        return self.present + len(self.since)


class There:
    """What is known of one vendor; `count` None: nobody can tell how many are there."""

    def __init__(self) -> None:
        self.up = True
        self.capacity: float | None = None
        self.count: float | None = 0.0
        self.at = dict.fromkeys(("up", "in_flight", "capacity", "expected_wait"), float("-inf"))
        self.late = 0
        self.trouble = False
        self.open: set[Sent] = set()
        self.left: list[tuple[float, float]] = []
        self.ended: Counter[str] = Counter()
        self.spent = 0.0


class Account:
    """The account of a world."""

    def __init__(self, center: Any, lease: float) -> None:
        self.center = center
        self.leased = lease < 1e9
        self.queues = {name: Told() for name in center.queues}
        self.vendors = {name: There() for name in center.vendors}
        self.sent: Counter[Window] = Counter()
        self.minutes: Counter[Window] = Counter()
        self.money: Counter[Window] = Counter()
        self.routed: Counter[Any] = Counter()
        self.out: Counter[Any] = Counter()
        self.mine: Counter[Any] = Counter()
        self.went_back = False
        self.days_sure = True
        self._zones = {name: ZoneInfo(vendor.timezone) for name, vendor in center.vendors.items()}
        self._zone = ZoneInfo(center.timezone)
        self._now = float("nan")
        self._local: dict[str, datetime] = {}
        self._windows: dict[str, tuple[Window, ...]] = {}
        self._visited: dict[str, set[Window]] = {name: set() for name in center.vendors}

    def at(self, now: float) -> None:
        """Look at the world at another instant."""
        if now == self._now:
            return
        self._now = now
        self.day = datetime.fromtimestamp(now, self._zone)
        months = {"month": 1, "quarter": 3, "year": 12}
        for name, zone in self._zones.items():
            local = datetime.fromtimestamp(now, zone)
            self._local[name] = local
            begun = now - 60 * local.minute - local.second - local.microsecond / 1e6
            each = months[self.center.vendors[name].contract.period]
            self._windows[name] = (
                (name, "hour", round(begun)),
                (name, "day", local.date()),
                (name, "period", local.year, (local.month - 1) // each),
            )
            self._visited[name].add(self._windows[name][0])

    def local(self, vendor: str) -> datetime:
        """The wall time at a vendor."""
        return self._local[vendor]

    def windows(self, vendor: str) -> tuple[Window, ...]:
        """The hour, day and period of a vendor's clock."""
        return self._windows[vendor]

    def counts(self, vendor: str) -> list[int] | None:
        """Contacts sent in these; None where too many were visited."""
        if len(self._visited[vendor]) > KEPT_WINDOWS:
            return None
        return [self.sent[window] for window in self._windows[vendor]]

    def believed(self, queue: str) -> str | None:
        """How the state of a queue is to be taken by its age; None: nobody can tell."""
        told, config = self.queues[queue], self.center.queues[queue]
        if told.state is None:
            return "distrusted" if told.sure else None
        if not told.sure:
            return None
        age = self._now - told.at
        if age > config.lost_after:
            return "lost"
        return "expected" if age > config.stale_after else "believed"

    def went_to(self, sent: Sent) -> None:
        """A contact was routed and reserved."""
        today = self.day.date()
        self.routed[today] += 1
        if sent.vendor is None:
            if sent.seen:
                self.queues[sent.queue].since.add(sent)
            return
        there = self.vendors[sent.vendor]
        there.open.add(sent)
        if there.count is not None:
            there.count += 1.0
        self.sent.update(sent.windows)
        self.out[today] += 1
        self.mine[sent.vendor, today] += 1

    def turned_away(self) -> None:
        """A contact was routed that nobody takes."""
        self.routed[self.day.date()] += 1

    def ended(self, sent: Sent, outcome: str, handle: float | None, money: float, now: float) -> None:
        """A contact has ended at an instant."""
        if sent.vendor is None:
            told = self.queues[sent.queue]
            if sent.murky or not sent.seen:
                told.sure = False
            told.since.discard(sent)
            return
        there = self.vendors[sent.vendor]
        there.open.discard(sent)
        there.left.append((now, sent.at))
        if there.count is not None:
            there.count = max(there.count - 1.0, 0.0)
        if sent.murky and self.went_back:
            there.count = None
        there.ended[outcome] += 1
        there.spent += money
        if outcome in ("failed", "undelivered"):
            self.sent.subtract(sent.windows)
            self.out[sent.day] -= 1
            self.mine[sent.vendor, sent.day] -= 1
        for window in sent.windows:
            self.money[window] += money
            if outcome == "answered" and handle is not None:
                self.minutes[window] += handle / 60.0

    def tell_queue(self, queue: str, state: Any, at: float, now: float) -> None:
        """All of a queue was told: as it was at an instant, none of a later one known."""
        told = self.queues[queue]
        if state is None:
            told.state, told.at, told.sure = None, at, True
            return
        if at < now:
            later = {sent for sent in self.kept(queue) if sent.at > at}
            kept = told.since if at == told.at else later  # told in two parts: it is known who came since
            told.sure = not self.went_back
        else:
            kept, told.sure = set(), True
        told.state, told.at, told.since = state, at, kept
        agents = ceil(state.agents)
        told.present = agents + state.waiting if state.waiting > 0 else min(state.busy, agents)

    def kept(self, queue: str) -> set[Sent]:
        """Contacts that a queue holds, as far as anybody was told to look: set by whoever plays."""
        return {sent for sent in self.all_open() if sent.vendor is None and sent.queue == queue and sent.seen}

    all_open: Any = staticmethod(lambda: ())

    def tell_vendor(self, vendor: str, told: dict[str, Any], at: float, now: float) -> None:
        """Something of a vendor was told that can be."""
        there = self.vendors[vendor]
        fresh = {}
        late = False
        for name, value in told.items():
            if at < min(there.at[name], now):
                late = True
                continue
            fresh[name] = value
            there.at[name] = at
        there.late += late
        if not fresh:
            return
        there.trouble = False
        if "up" in fresh:
            there.up = fresh["up"] is not False
        if "capacity" in fresh:
            there.capacity = fresh["capacity"]
        if "in_flight" in fresh:
            count = fresh["in_flight"]
            if count is None:
                there.count = None if self.leased else float(len(there.open))
            elif at < now:
                since = sum(sent.at > at for sent in there.open)
                gone = sum(sent <= at < left for left, sent in there.left)
                there.count = None if self.went_back or self.leased else max(count + since - gone, 0.0)
            else:
                there.count = count

    def set_back(self) -> None:
        """The clock goes backwards: who came after what is anybody's guess until all is told anew."""
        self.went_back = True
        for told in self.queues.values():
            told.sure = False
        for sent in self.all_open():
            sent.murky = True

    def unsure_of_all(self) -> None:
        """Something was done that no document counts."""
        self.set_back()
        self.days_sure = False


def is_sane(state: Any) -> bool:
    """Whether all that a queue's state tells can be."""
    counts = (state.agents, state.busy, state.waiting)
    return all(type(value) in (int, float) and 0.0 <= value <= 1e5 for value in counts) and (
        state.arrival_rate is None or 0.0 <= state.arrival_rate <= 1e5
    )
