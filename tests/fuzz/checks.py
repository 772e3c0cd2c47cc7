"""Everything that the documents promise of one decision, held against the account and the law."""

from __future__ import annotations

from math import isfinite
from typing import Any

from fuzz import law, prices
from fuzz.account import Account, is_sane
from fuzz.worlds import World

WINDOW_CAPS = ("cap_per_hour", "cap_per_day", "cap_per_period")
SPENDING = (
    "max_exposure",
    *(f"cap_{what}_per_{window}" for what in ("minutes", "money") for window in ("hour", "day", "period")),
)
CROWD = ("max_share", "min_in_house_share", "max_concentration")
LASTING = ("contact_type", "data_rule", "location", "language", "skill", "certificate")
CALENDAR = ("term", "holiday", "opening_hours")
ROUNDING = 1e-9


class BrokenError(AssertionError):
    """A promise that a decision does not keep."""


class Checks:
    """Checks the decisions of one world against its account."""

    def __init__(self, world: World, account: Account) -> None:
        self.world, self.account, self.center = world, account, world.center
        self._lasting: dict[Any, frozenset[str]] = {}
        self._luck: dict[str, float] = {}
        self._simple = {
            name: prices.is_simple(vendor.contract) for name, vendor in self.center.vendors.items()
        }
        self.seen: set[str] = set()
        self.broken_clock = False

    def lasting(self, contact: Any, vendor: str) -> frozenset[str]:
        """Which lasting rules bar a vendor, remembered by day."""
        day = self.account.local(vendor).date()
        key = (vendor, day, contact.type, contact.language, contact.data, contact.country, contact.skills)
        found = self._lasting.get(key)
        if found is None:
            found = self._lasting[key] = law.broken_for_good(self.center, vendor, contact, day)
        return found

    def decision(self, decision: Any, contact: Any, plain: bool, snapshot: Any) -> None:
        """One decision on a contact; `snapshot` holds vendors' and queues' states if one was told."""
        center, account = self.center, self.account
        kind = center.contact_types.get(contact.type)
        queue = kind.queue if kind else next(iter(center.queues))
        ways, rejected = decision.ways, decision.rejected
        ranked = tuple(way.destination for way in ways)
        names = [*ranked, *(out.destination for out in rejected)]
        need(sorted(names) == sorted((queue, *center.vendors)), "accounted for once", names)
        need(ranked == decision.ranked, "ranked as its ways", (ranked, decision.ranked))
        need(decision.second == (ranked[1] if len(ranked) > 1 else None), "the second", decision.second)
        self._action(decision, queue, ranked)
        mode = law.sourced(center, contact, account.day)
        for out in rejected:
            self.seen.add(out.reason.rule)
            if out.destination == queue:
                self._queue_out(out.reason, contact, queue, mode, snapshot)
            else:
                self._vendor_out(out.destination, out.reason, contact, mode, snapshot)
        if self.broken_clock:
            need(ranked in ((), (queue,)), "nobody can tell who is open", ranked)
            need(bool(decision.degraded), "a clock that fails is said", decision.degraded)
            return
        for way in ways:
            if way.destination != queue:
                self._may(way.destination, contact, mode, snapshot)
                need(isfinite(way.cost), "costs at a vendor are numbers", way)
                self._price(way, contact)
            elif kind is None or not law.speaks(contact.language, center.queues[queue].languages):
                need(False, "the queue may not", way)
            else:
                need(mode != "specialised", "the queue may not", way)
                need(not law.closed(center.queues[queue], account.day), "the queue is closed", way)
                need(self._unstaffed(queue, snapshot) is not True, "nobody works there", way)
        self._state(decision, contact, plain, queue, mode, ways, snapshot)
        if self.world.plain:
            costs = [way.cost for way in ways if way.destination != queue]
            need(costs == sorted(costs), "the cheapest vendor first", costs)
        if mode == "full" and len(ranked) > (queue in ranked):
            need(ranked[0] != queue, "vendors take all", ranked)

    def goes_to(self, contact: Any, name: str) -> None:
        """A contact of a batch goes to a vendor that may take it."""
        self._may(name, contact, law.sourced(self.center, contact, self.account.day), None)

    def _action(self, decision: Any, queue: str, ranked: tuple[str, ...]) -> None:
        action, destination = str(decision.action), decision.destination
        if ranked:
            wanted = ("keep" if ranked[0] == queue else "overflow", ranked[0])
        else:
            fallback = self.center.fallback
            wanted = (fallback, queue if fallback == "keep" else None)
        need(
            (action, destination) == wanted,
            "the first of the ranked, or the fallback",
            (action, destination, wanted),
        )

    def _queue_out(self, reason: Any, contact: Any, queue: str, mode: str, snapshot: Any) -> None:
        rule = reason.rule
        if rule == "contact_type":
            true = contact.type not in self.center.contact_types
        elif rule == "language":
            true = not law.speaks(contact.language, self.center.queues[queue].languages)
        elif rule == "sourcing":
            true = mode == "specialised"
        elif rule in ("holiday", "opening_hours"):
            true = self.broken_clock or rule in law.closed(self.center.queues[queue], self.account.day)
        elif rule == "agents":
            true = self.broken_clock or self._unstaffed(queue, snapshot) is not False
        else:
            true = rule == "waiting_room"
            told = self.account.queues[queue]
            config = self.center.queues[queue]
            live = snapshot is None and not self.broken_clock and config.concurrency == 1
            if true and live and self.account.believed(queue) == "believed":
                true = told.now_present >= told.state.agents + config.waiting_room
        need(true, "the reason is true in-house", (queue, reason))

    def _unstaffed(self, queue: str, snapshot: Any) -> bool | None:
        """Whether nobody works in a queue that then keeps no contact; None where nobody can tell."""
        config, told = self.center.queues[queue], self.account.queues[queue]
        if config.accepts_when_closed:
            return False
        state = told.state if snapshot is None else snapshot.queue(queue)
        believed = self.account.believed(queue) if snapshot is None else self._as_told(snapshot, queue)
        if believed in ("believed", "expected"):
            return bool(state.agents == 0)
        return None

    def _may(self, name: str, contact: Any, mode: str, snapshot: Any) -> None:
        """A vendor among the ranked breaks no rule that the account can tell."""
        bad = self.lasting(contact, name) | law.broken_now(
            self.center.vendors[name], self.account.local(name)
        )
        need(not bad, "a vendor that may not", (name, bad))
        need(mode != "in_house", "sourced in-house", name)
        up, count, most = self._there(name, snapshot)
        need(up is not False, "a vendor that is down", name)
        need(count is None or count < most, "a vendor without room", (name, count, most))
        vendor, account = self.center.vendors[name], self.account
        counts = account.counts(name)
        for field, sent in zip(WINDOW_CAPS, counts or (), strict=False):
            cap = getattr(vendor.contract, field)
            need(cap is None or sent < cap, "a cap that is used up", (name, field, sent, cap))
        if counts is not None:
            for place, window in enumerate(account.windows(name)):
                for what, spent in (("minutes", account.minutes), ("money", account.money)):
                    cap = getattr(vendor.contract, f"cap_{what}_per_{('hour', 'day', 'period')[place]}")
                    need(
                        cap is None or cap == 0.0 or spent[window] < cap + 1e-6,
                        "a budget that is used up",
                        (name, window, spent[window]),
                    )
        if vendor.max_exposure is not None:
            limit = vendor.max_exposure + vendor.prepaid
            need(account.vendors[name].spent <= limit + 1e-6, "money that is used up", (name, limit))
        if account.days_sure:
            crowded = self._crowded(name, mode)
            need(crowded is None, "shares of the day", (name, crowded))

    def _crowded(self, name: str, mode: str) -> str | None:
        center, account = self.center, self.account
        today = account.day.date()
        routed, out = account.routed[today] + 1, account.out[today] + 1
        mine = account.mine[name, today] + 1
        if mode != "specialised" and routed - out < center.min_in_house_share * routed - ROUNDING:
            return "min_in_house_share"
        if mine > center.vendors[name].max_share * routed + ROUNDING:
            return "max_share"
        if out >= center.concentration_from and mine * len(center.vendors) > out:
            squares = sum((account.mine[other, today] + (other == name)) ** 2 for other in center.vendors)
            if squares > center.max_concentration * out * out * (1.0 + ROUNDING):
                return "max_concentration"
        return None

    def _there(self, name: str, snapshot: Any) -> tuple[bool | None, float | None, float]:
        """Whether a vendor is up, how many are there, and how many may be."""
        there, vendor = self.account.vendors[name], self.center.vendors[name]
        most = law.room(vendor, self.account.local(name).date()) if there.capacity is None else there.capacity
        up: bool | None = there.up
        count = None if self.account.leased else there.count
        told = snapshot and snapshot.vendor(name)
        if told:
            up = up if told.up is None else bool(told.up)
            count = count if told.in_flight is None else told.in_flight
            most = most if told.capacity is None else told.capacity
        return up, count, most

    def _vendor_out(self, name: str, reason: Any, contact: Any, mode: str, snapshot: Any) -> None:
        rule, vendor, account = reason.rule, self.center.vendors[name], self.account
        contract = vendor.contract
        if rule in LASTING:
            # On which day, a clock that fails does not say.
            true = rule in self.lasting(contact, name) or self.broken_clock
        elif rule in CALENDAR:
            true = rule in law.broken_now(vendor, account.local(name))
        elif rule == "sourcing":
            true = mode == "in_house" or self.broken_clock
        elif rule == "up":
            true = self._there(name, snapshot)[0] is False
        elif rule == "capacity":
            _, count, most = self._there(name, snapshot)
            true = count is None or (count >= most and float(reason.observed) == count)
        elif rule in WINDOW_CAPS:
            cap, counts = getattr(contract, rule), account.counts(name)
            place = WINDOW_CAPS.index(rule)
            true = cap is not None and (counts is None or counts[place] >= cap)
        elif rule in SPENDING:
            true = (
                vendor.max_exposure is not None
                if rule == "max_exposure"
                else getattr(contract, rule) is not None
            )
        elif rule in CROWD:
            true = not account.days_sure or self._crowded(name, mode) == rule
        elif rule == "trial":
            shares = [term.share for term in contract.terms if type(term).__name__ == "Trial"]
            drawn = self._luck.setdefault(repr(contact.id), float(reason.observed))
            true = bool(shares) and drawn == float(reason.observed) and drawn >= shares[0]
        elif rule in ("health", "ramp"):
            true = not self.center.health.shadow and account.vendors[name].ended["failed"] > 0
        else:
            true = rule == "clock" and self.broken_clock
        need(true, "the reason is true", (name, reason))

    def _price(self, way: Any, contact: Any) -> None:
        contract = self.center.vendors[way.destination].contract
        if self._simple[way.destination] and contract.price_per_minute == 0.0:
            owed = prices.by_contact(contract, self.center, contact.type)
            need(abs(way.price - owed) < 1e-9, "the price of the contract", (way, owed))

    def _state(
        self, decision: Any, contact: Any, plain: bool, queue: str, mode: str, ways: Any, snapshot: Any
    ) -> None:
        """What is believed of the queue, what that costs, and what a simple policy makes of it."""
        account, policy = self.account, self.world.policy
        own = policy if type(policy).__name__ in ("NeverOverflow", "QueueLength") else None
        breaks = getattr(policy, "__name__", "") == "failing_policy"
        believed = account.believed(queue) if snapshot is None else self._as_told(snapshot, queue)
        if believed is None:
            return
        trouble = any(there.trouble for there in account.vendors.values())
        if believed != "believed":
            need(bool(decision.degraded), "a state that is not known is said", believed)
        elif plain and snapshot is None and ways and not trouble and not breaks:
            need(decision.degraded == "", "nothing is wrong", decision.degraded)
        here = next((way for way in ways if way.destination == queue), None)
        if here is None:
            return
        if believed in ("lost", "distrusted"):
            need(
                mode != "overflow" or decision.destination == queue, "the safe default", decision.destination
            )
            return
        if not breaks:
            need(here.cost == here.cost, "the cost is known", here)
            need(here.expected_wait == here.expected_wait, "the wait is known", here)
        if believed != "believed" or snapshot is not None:
            return
        told = account.queues[queue]
        if self.center.queues[queue].concurrency > 1:
            return
        need(decision.present == told.now_present, "who is present", (decision.present, told.now_present))
        if own is None or mode != "overflow" or len(ways) < 2:
            return
        if type(own).__name__ == "NeverOverflow":
            keeps = True
        elif contact.value_class == "gold":
            return
        else:
            keeps = told.now_present - told.state.agents < own.n
        need(
            (decision.destination == queue) == keeps,
            "the policy",
            (own, told.now_present, told.state.agents, decision.destination),
        )

    def _as_told(self, snapshot: Any, queue: str) -> str:
        state = snapshot.queue(queue)
        return "believed" if state is not None and is_sane(state) else "distrusted"

    def usage(self, router: Any, name: str) -> None:
        """What the router has counted of a vendor is what was sent and settled."""
        usage, there = router.usage(name), self.account.vendors[name]
        counts = self.account.counts(name)
        if self.account.leased:
            return
        if counts is not None:
            found = [usage.this_hour, usage.today, usage.this_period]
            need(found == counts, "the counts of the windows", (name, found, counts))
        if there.count is not None:
            need(
                usage.in_flight == int(there.count),
                "how many are there",
                (name, usage.in_flight, there.count),
            )
        ended = [usage.answered, usage.abandoned, usage.failed, usage.undelivered]
        need(
            ended == [there.ended[kind] for kind in ("answered", "abandoned", "failed", "undelivered")],
            "outcomes",
            (name, ended, there.ended),
        )
        need(
            abs(usage.spent - there.spent) <= 1e-6 * (1.0 + abs(there.spent)),
            "what is owed",
            (name, usage.spent, there.spent),
        )
        need(router.vendors[name].late == there.late, "late news", (name, there.late))


def need(true: bool, what: str, found: object) -> None:
    """Raise `BrokenError` where something promised is not true."""
    if not true:
        raise BrokenError(f"{what}: {found}")
