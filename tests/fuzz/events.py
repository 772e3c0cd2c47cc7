"""Random events upon one router: each step draws its own chance, so that any of them may be left out."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import blake2b
from math import inf, nan
from random import Random
from typing import Any

import bporoute as bp
from fuzz import law, prices
from fuzz.account import Account, Sent, is_sane
from fuzz.checks import Checks, need
from fuzz.worlds import made

STEPS = 120
"""Of one world."""
MOST_OPEN = 150
OUTCOMES = ("answered", "answered", "answered", "answered", "abandoned", "abandoned", "undelivered")
ODD: tuple[Any, ...] = (
    None,
    nan,
    inf,
    -inf,
    -1,
    -0.0,
    1e300,
    "x",
    b"x",
    7,
    True,
    (),
    [],
    {},
    "\ud800",
    "\x1b[31m\n",
    "y" * 5000,
    object,
)
JUMPS = (0.1, 1.0, 5.0, 29.0, 31.0, 61.0, 301.0, 899.0, 3600.0, 7200.0, 40_000.0, 86_400.0, 31 * 86_400.0)
BACK = (-0.1, -1.0, -61.0, -3600.0, -7200.0, -86_400.0)


class Game:
    """One world being played; `counts` are events by kind, `digest` stands for all that was decided."""

    def __init__(self, seed: str, note: Any = None) -> None:
        self.seed = seed
        self.world = world = made(seed)
        self.now: Any = world.start
        luck = Random(f"{seed}/luck")
        self.router = bp.Router(
            world.center,
            world.policy,
            clock=self._clock,
            chance=luck.random,
            lease=world.lease,
            compile=False,
        )
        self.account = Account(world.center, world.lease)
        self.account.all_open = lambda: self.open
        self.open: list[Sent] = []
        self.checks = Checks(world, self.account)
        self.counts: Counter[str] = Counter()
        self.decisions = 0
        self.number = 0
        self.costs = 0.0
        self._digest = blake2b(digest_size=8)
        self._note = note or (lambda step: None)
        self._acts = (
            (self.route, 40),
            (self.preview, 8),
            (self.many, 8),
            (self.settle, 20),
            (self.tell_queue, 12),
            (self.tell_vendor, 7),
            (self.judge, 3),
            (self.step, 12),
            (self.usage, 8),
            (self.look, 3),
            (self.bad_clock, 2),
            (self.oddities, 3),
        )

    @property
    def digest(self) -> str:
        return f"{self._digest.hexdigest()} {self.costs:.6g}"

    def play(self, steps: Any) -> None:
        """Play these steps; whatever is wrong raises, with `self.number` the step."""
        acts, weights = zip(*self._acts, strict=True)
        for number in steps:
            self.number = number
            self._note(number)
            chance = Random(f"{self.seed}/{number}")
            act = chance.choices(acts, weights)[0]
            self.account.at(self.now)
            act(chance)
            self.counts[act.__name__] += 1
        self.account.at(self.now)
        for name in self.world.center.vendors:
            self.checks.usage(self.router, name)

    def _clock(self) -> Any:
        if self.now is ArithmeticError:
            raise ArithmeticError("no clock")
        return self.now

    # --- what is asked ----------------------------------------------------------------------------------

    def _contact(self, chance: Random) -> tuple[Any, bool]:
        """A contact, and whether nothing is odd about it."""
        kind = chance.choice(self.world.contacts)
        plain = True
        fields = {name: getattr(kind, name) for name in kind.__struct_fields__}
        fields["id"] = f"c{chance.randrange(10_000)}"
        if self.world.odd and chance.random() < 0.1:
            name = chance.choice(
                ("type", "language", "id", "data", "country", "value_class", "due", "skills")
            )
            fields[name] = chance.choice(ODD)
            plain = False
        return bp.Contact(**fields), plain

    def _snapshot(self, chance: Random) -> Any:
        if chance.random() < 0.9:
            return None
        states: dict[str, Any] = {}
        for name in self.world.center.queues:
            if chance.random() < 0.8:
                states[name] = self._queue_state(chance)
        for name in self.world.center.vendors:
            if chance.random() < 0.2:
                states[name] = bp.VendorState(
                    up=chance.choice((True, False, None)),
                    in_flight=chance.choice((None, 0, 3)),
                    capacity=chance.choice((None, 0, 4)),
                    expected_wait=chance.choice((None, 0.0, 40.0)),
                )
        return bp.Snapshot(**states)

    def _queue_state(self, chance: Random) -> Any:
        agents = chance.choice((0, 1, 3, 8))
        waiting = chance.choice((0, 0, 1, 5))
        state = bp.QueueState(
            agents=agents,
            busy=agents if waiting else chance.randint(0, agents),
            waiting=waiting,
            arrival_rate=chance.choice((None, 0.01, 0.1)),
        )
        if self.world.odd and chance.random() < 0.2:
            name = chance.choice(("agents", "busy", "waiting"))
            # True and False are as good as a text.
            odd = chance.choice((nan, inf, -1, 1e300, "x"))
            state = bp.QueueState(**{**told_by(state), name: odd})
        return state

    def _checked(self, decision: Any, contact: Any, plain: bool, snapshot: Any) -> None:
        self.decisions += 1
        if plain:
            need(decision.contact is contact or decision.contact == contact, "its contact", decision.contact)
        self.checks.decision(decision, decision.contact, plain, snapshot)
        self._digest.update(f"{decision.action}{decision.destination}{decision.ranked}".encode())
        cost = decision.cost
        if abs(cost) < 1e6:
            self.costs += cost

    def route(self, chance: Random) -> None:
        """Some contacts one after another."""
        for _ in range(chance.choice((1, 5, 20, 30))):
            contact, plain = self._contact(chance)
            snapshot = self._snapshot(chance)
            decision = self.router.route(contact, snapshot)
            self._checked(decision, contact, plain, snapshot)
            self._sent(decision, decision.contact, decision.destination, snapshot is None)
        self._bound(chance)

    def _sent(self, how: Any, contact: Any, destination: str | None, seen: bool) -> None:
        account = self.account
        if destination is None:
            account.turned_away()
            return
        vendor = destination if destination in self.world.center.vendors else None
        kind = self.world.center.contact_types.get(contact.type)
        queue = kind.queue if kind else next(iter(self.world.center.queues))
        windows = account.windows(vendor) if vendor else ()
        sent = Sent(how, contact, queue, vendor, self.now, windows, account.day.date(), seen)
        self.open.append(sent)
        account.went_to(sent)

    def preview(self, chance: Random) -> None:
        """Asked twice, the answer is the same, and nothing is counted."""
        for _ in range(4):
            contact, plain = self._contact(chance)
            snapshot = self._snapshot(chance)
            first = self.router.preview(contact, snapshot)
            self._checked(first, contact, plain, snapshot)
            second = self.router.preview(contact, snapshot)
            need((first.ranked, first.action) == (second.ranked, second.action), "asked twice", second.ranked)

    def many(self, chance: Random) -> None:
        """A batch goes where its contacts would go alone, and where they may."""
        contacts = [self._contact(chance)[0] for _ in range(chance.choice((10, 50, 150)))]
        if self.world.odd:
            contacts = [contact for contact in contacts if _is_text(contact)]
        if not contacts:
            return
        if chance.random() < 0.3:
            self.router.route_many(contacts[:20], commit=False)  # a kind that is new has prices follow
            alone = [self.router.preview(contact).destination for contact in contacts[:20]]
            found = self.router.route_many(contacts[:20], commit=False)
            need(found.destinations.tolist() == alone, "a batch goes where each goes", alone)
            self.decisions += 3 * len(alone)
            return
        routed = self.router.route_many(contacts)
        self.decisions += len(contacts)
        checks, vendors, account = self.checks, self.world.center.vendors, self.account
        for place, (contact, destination) in enumerate(
            zip(contacts, routed.destinations.tolist(), strict=True)
        ):
            if destination in vendors:
                checks.goes_to(contact, destination)
            self._digest.update(str(destination).encode())
            self._sent((routed, place), contact, destination, True)
        need(len(routed.ids) == len(set(routed.ids.tolist())), "numbers of their own", routed.ids)
        known = [account.believed(name) == "believed" for name in self.world.center.queues]
        if all(known) and getattr(self.world.policy, "__name__", "") != "failing_policy":
            need(
                not (routed.cost != routed.cost)[routed.destination >= 0].any(),
                "costs are known",
                routed.cost,
            )
        self._bound(chance)

    # --- what is told -----------------------------------------------------------------------------------

    def _bound(self, chance: Random) -> None:
        while len(self.open) > MOST_OPEN:
            self._settle_one(chance)

    def settle(self, chance: Random) -> None:
        """Some end, whichever way."""
        for _ in range(min(chance.choice((1, 5, 30)), len(self.open))):
            self._settle_one(chance)

    def _settle_one(self, chance: Random) -> None:
        sent = self.open.pop(chance.randrange(len(self.open)))
        failing = self.world.failing.get(sent.vendor or "", 0.0)
        outcome = "failed" if chance.random() < failing else chance.choice(OUTCOMES)
        wait = chance.choice((0.0, 3.0, 40.0, None))
        handle: Any = chance.choice((30.0, 120.0, 121.0, 600.0, None))
        odd = self.world.odd and chance.random() < 0.05
        if odd:
            handle, wait = chance.choice((nan, -1.0, 1e12, "x", True, inf)), chance.choice(ODD)
        if isinstance(sent.how, tuple):
            routed, place = sent.how
            money = routed.settle(outcome, which=[place], wait=_number(wait), handle=_number(handle))
            handle = _number(handle)
            again = routed.settle("answered", which=[place])
        else:
            money = self.router.settle(sent.how, outcome, wait=wait, handle=handle)
            again = self.router.settle(sent.how, "answered", handle=60.0)
        need(again == 0.0, "settled once", again)
        need(money == money, "money is a number", money)
        if sent.vendor is None:
            need(money == 0.0, "keeping owes nothing", money)
        elif not self.account.leased:
            self._owed(sent, outcome, handle, money)
        told = handle if type(handle) is float and 0.0 <= handle <= 86_400.0 else None
        self.account.ended(sent, outcome, told, money, self.now)

    def _owed(self, sent: Sent, outcome: str, handle: Any, money: float) -> None:
        center, contract = self.world.center, self.world.center.vendors[sent.vendor or ""].contract
        if not prices.is_simple(contract):
            return
        if outcome != "answered":
            need(money == 0.0, "nobody pays for what was not handled", (sent.vendor, outcome, money))
        elif contract.price_per_minute == 0.0 or (type(handle) is float and 0.0 <= handle <= 86_400.0):
            owed = prices.by_contact(contract, center, sent.contact.type)
            if contract.price_per_minute:
                owed += contract.price_per_minute * handle / 60.0
            need(abs(money - owed) < 1e-6, "what is owed", (sent.vendor, sent.contact, handle, money, owed))

    def tell_queue(self, chance: Random) -> None:
        """Mostly all of a queue, now or late; else a part, or what cannot be."""
        name = chance.choice(list(self.router.state))
        live, told = self.router.state[name], self.account.queues[name]
        how = chance.random()
        if how < 0.7:
            state = self._queue_state(chance)
            live.update(**told_by(state))
            self.account.tell_queue(name, state if is_sane(state) else None, self.now, self.now)
        elif how < 0.9:
            state, at = self._queue_state(chance), self.now - chance.choice((0.05, 1.0, 20.0, 100.0))
            late = live.late
            live.update(**told_by(state), at=at)
            if not told.sure or told.state is None:
                told.sure = False
            elif at < told.at:
                need(live.late == late + 1, "late news", live.late)
            else:
                need(live.late == late, "no late news", live.late)
                self.account.tell_queue(name, state if is_sane(state) else None, at, self.now)
        else:
            field = chance.choice(("agents", "busy", "waiting", "arrival_rate", "aht"))
            value = chance.choice((None, 0, 2, 4.5, *(ODD[:7] if self.world.odd else ())))
            live.update(**{field: value}, at=chance.choice((None, nan, self.now + 50.0)))
            told.sure = False

    def tell_vendor(self, chance: Random) -> None:
        """Some of a vendor, now or late, or what cannot be."""
        if not self.router.vendors:
            return
        name = chance.choice(list(self.router.vendors))
        fields = {
            "up": chance.choice((True, True, True, True, False, None)),
            "in_flight": chance.choice((0, 2, None)),
            "capacity": chance.choice((None, None, 0, 3)),
            "expected_wait": chance.choice((None, 0.0, 60.0)),
        }
        told = {field: fields[field] for field in chance.sample(list(fields), chance.randint(1, 4))}
        at = self.now - chance.choice((0.0, 0.0, 0.0, 1.0, 30.0))
        there = self.account.vendors[name]
        if self.world.odd and chance.random() < 0.2:
            told = {"in_flight": chance.choice((-1, nan, "x"))}
            self.router.vendors[name].update(**told, at=at)
            if at < min(there.at["in_flight"], self.now):
                there.late += 1
            else:
                there.trouble = True
            return
        self.router.vendors[name].update(**told, at=at)
        self.account.tell_vendor(name, told, at, self.now)

    def judge(self, chance: Random) -> None:
        """How well some were served."""
        for sent in chance.sample(self.open, min(5, len(self.open))):
            if not isinstance(sent.how, tuple):
                odd = self.world.odd and chance.random() < 0.3
                resolved = chance.choice(ODD) if odd else chance.choice((True, False, None))
                self.router.judge(
                    sent.how, resolved=resolved, satisfaction=chance.choice((None, 0.0, 0.9, nan))
                )

    def step(self, chance: Random) -> None:
        """The clock goes on, or back."""
        if self.world.backward and chance.random() < 0.3:
            self.now += chance.choice(BACK)
            self.account.set_back()
        elif chance.random() < 0.4:
            self.now = self._edge(chance)
        else:
            self.now += chance.choice(JUMPS)
        self.now = round(self.now * 1024.0) / 1024.0  # wall times know no less than a microsecond

    def _edge(self, chance: Random) -> float:
        """About when a vendor opens or closes, or an hour or a day begins somewhere."""
        vendors = list(self.world.center.vendors.items())
        name, vendor = chance.choice(vendors) if vendors else ("", None)
        local = self.account.local(name) if vendor else self.account.day
        minute = 60.0 * local.minute + local.second + local.microsecond / 1e6
        change = law.until_changed(vendor.hours, local) if vendor else None
        hours = 24 - local.hour if chance.random() < 0.3 else 1
        ahead = hours * 3600.0 - minute
        if change is not None and chance.random() < 0.6:
            ahead = 60.0 * change - minute % 60.0
        return max(self.now, self.now + ahead + chance.choice((-0.5, 0.0, 0.0, 0.5, 30.0, 59.5, 60.0)))

    # --- what is read -----------------------------------------------------------------------------------

    def usage(self, chance: Random) -> None:
        """The counts of every vendor."""
        for name in self.world.center.vendors:
            self.checks.usage(self.router, name)

    def look(self, chance: Random) -> None:
        """Everything that can be read of a decision and a router."""
        decision = self.router.preview(*(self._contact(chance)[0], self._snapshot(chance)))
        json.dumps(decision.to_dict()).encode()
        decision.explain().encode("utf-8", "strict")
        repr(decision)
        self.router.remarks()
        str(self.router.estimates())
        assert self.router.odd_reports is not None
        for name, vendor in self.world.center.vendors.items():
            self.router.bill(name)
            if prices.is_simple(vendor.contract):
                self.router.invoice(name)

    def bad_clock(self, chance: Random) -> None:
        """A clock that fails for a while: nobody can tell who is open, and nothing raises."""
        if not self.world.odd:
            return
        before, self.now = self.now, chance.choice((None, nan, inf, "x", 1e300, -1e300, ArithmeticError))
        self.checks.broken_clock = True
        for _ in range(3):
            contact, plain = self._contact(chance)
            decision = self.router.preview(contact)
            self.decisions += 1
            self.checks.decision(decision, decision.contact, plain, None)
        self.checks.broken_clock = False
        self.now = before
        self.account.set_back()

    def oddities(self, chance: Random) -> None:
        """Whatever is handed over as a contact or a snapshot is decided."""
        if not self.world.odd:
            return
        for _ in range(5):
            contact, _ = self._contact(chance)
            told: Any = chance.choice((None, 5, "x", {}, bp.Snapshot(nobody=None), bp.Snapshot(q0=3)))
            thing: Any = contact if chance.random() < 0.5 else chance.choice(ODD)
            decision = self.router.preview(thing, told)
            self.decisions += 1
            need(
                bool(decision.ranked) or str(decision.action) == self.world.center.fallback,
                "decided",
                decision,
            )
            decision.explain()
            json.dumps(decision.to_dict())


def told_by(state: Any) -> dict[str, Any]:
    """The fields of a state."""
    return {field: getattr(state, field) for field in state.__struct_fields__}


def _is_text(contact: Any) -> bool:
    """Whether a batch takes a contact: its columns are texts."""
    texts = (contact.type, contact.language, contact.id, contact.country, contact.value_class)
    several = (contact.data, contact.skills)
    return all(type(text) is str and text.isprintable() and len(text) < 200 for text in texts) and all(
        type(each) is tuple for each in several
    )


def _number(value: Any) -> float:
    return float(value) if type(value) in (int, float) else nan
