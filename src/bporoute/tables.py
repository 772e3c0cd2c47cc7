"""The routing tables: a center and a policy as the arrays that the decision kernel works on.

Three things keep them true. `follow` keeps up with the calendar (opening hours, terms, certificates, counted
windows). `load` solves a queue's rule when its state changes. `bporoute.profiles` knows the kinds of contact.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import NamedTuple

import numpy as np

from bporoute import _kernels
from bporoute._kernels import decision as codes
from bporoute.arrays import Floats
from bporoute.calendar import holds_until, windows
from bporoute.center import Center
from bporoute.contact import Contact
from bporoute.ledger import Ledger
from bporoute.policy import Policy, Rule, Situation, policy_label
from bporoute.profiles import Profiles
from bporoute.rules import calendar_status
from bporoute.snapshot import QueueState, VendorState


class Solved(NamedTuple):
    """A queue's rule, solved for one situation; the arrays are never written again."""

    situation: Situation
    rule: Rule


NOT_LOADED = (-1, -1)


class Row:
    """One row of the queue tables: what was loaded into it last.

    `loaded` is the queue and the tables' version, `key` all that its rule was solved from.
    """

    __slots__ = ("distrust", "key", "loaded", "number", "solved", "state")

    def __init__(self, number: int) -> None:
        self.number = number
        self.state: QueueState | None = None
        self.loaded = NOT_LOADED
        self.key: tuple[object, ...] = ()
        self.solved: Solved | None = None
        self.distrust = "nothing is known of this queue"


class Tables:
    """Arrays for one center and policy, counting in one ledger. Not thread-safe: its router locks."""

    def __init__(self, center: Center, policy: Policy, ledger: Ledger) -> None:
        self.center = center
        self.policy = policy
        self.ledger = ledger
        self.queue_names = tuple(center.queues)
        self.vendor_names = tuple(center.vendors)
        self.destination_names = tuple((queue, *self.vendor_names) for queue in self.queue_names)
        """For each queue, the names of the kernel's destinations."""
        ledger.open_for(self.vendor_names)
        self._vendors = tuple(center.vendors.values())
        destinations = len(self._vendors) + 1

        self.profiles = Profiles(center)
        self.vendors = np.zeros((len(self._vendors), codes.VENDOR_COLUMNS))
        self.queues = np.zeros((len(self.queue_names) + 1, codes.QUEUE_COLUMNS))
        self.curves = np.zeros((len(self.queues), codes.CURVES, 1))
        self.shares = np.zeros((len(self.queues), destinations, 2))
        self.evidence = np.zeros((destinations, codes.EVIDENCE_COLUMNS))
        self.order = np.zeros(destinations, dtype=np.int64)

        self.rows = [Row(number) for number in range(len(self.queue_names))]
        self.spare = Row(len(self.queue_names))
        """For a snapshot that is only asked about."""
        self.version = 0
        """Raised whenever a price or an availability changes, which the rules depend on."""
        self.since, self.until = math.inf, -math.inf
        """The instants (epoch seconds) between which the calendar in the tables holds."""
        self.bad_clock = ""
        self._changes = ledger.changes
        self._vendor_until = [-math.inf] * len(self._vendors)
        self._price_until = [-math.inf] * len(self._vendors)
        self.queues[:, codes.DISTRUST] = 1.0
        for number, vendor in enumerate(self._vendors):
            terms = vendor.contract
            caps = (terms.cap_per_hour, terms.cap_per_day, terms.cap_per_period)
            self.vendors[number, codes.UP] = 1.0
            self.vendors[number, codes.MOST_AT_ONCE] = _limit(vendor.capacity)
            self.vendors[number, codes.VENDOR_WAIT] = vendor.expected_wait
            self.vendors[number, codes.FIRST_CAP :] = [_limit(cap) for cap in caps]

    # -- deciding -------------------------------------------------------------------------------

    def profile(self, contact: Contact) -> int:
        """The number of the profile (type, language, data classes) that a contact has."""
        known = len(self.profiles.requests)
        number = self.profiles.row(contact)
        if len(self.profiles.requests) > known:
            self.version += 1
        return number

    def count_routed(self, profile: int) -> None:
        """Count a routed contact; now and then the rules take notice of the new mix."""
        if self.profiles.count(profile):
            self.version += 1

    def decide(self, profile: int, row: int, vendors: Floats, usage: Floats, commit: bool) -> int:
        """Run the decision kernel; fills `evidence` and `order`, returns how many are ranked."""
        ranked: int = _kernels.current().decide(
            profile,
            row,
            self.profiles.kinds,
            self.profiles.ways,
            vendors,
            usage,
            self.queues,
            self.curves,
            self.shares,
            self.evidence,
            self.order,
            commit,
        )
        return ranked

    # -- the calendar ---------------------------------------------------------------------------

    def follow(self, now: float) -> None:
        """Bring calendar, windows and prices up to an instant (epoch seconds); any float will do."""
        if not self.since <= now < self.until:
            self._refresh(now)
        if self._changes != self.ledger.changes:
            self._changes = self.ledger.changes
            for vendor in range(len(self._vendors)):
                self._reprice(vendor)
            self.version += 1

    def _refresh(self, now: float) -> None:
        backwards = not now >= self.since
        try:
            for number in range(len(self._vendors)):
                if backwards or not now < self._vendor_until[number]:
                    self._enter(number, now)
        except (OverflowError, ValueError, OSError):
            self.bad_clock = f"the clock reads {now}"
            self.vendors[:, codes.STATUS] = codes.BAD_CLOCK
            self.since, self.until = math.inf, -math.inf
        else:
            self.bad_clock = ""
            self.since = now
            self.until = min(self._vendor_until, default=math.inf)
        self.version += 1

    def _enter(self, number: int, now: float) -> None:
        vendor = self._vendors[number]
        local = datetime.fromtimestamp(now, vendor.zone)
        self.vendors[number, codes.STATUS] = calendar_status(vendor, local)
        self._vendor_until[number] = holds_until(vendor.spans, now, vendor.zone)
        self.ledger.enter(number, windows(now, vendor.zone, vendor.contract.period))
        self.profiles.begin_day(number, local.date())
        self._reprice(number)

    def count_sent(self, vendor: int) -> None:
        """Tell everybody who shares the ledger if one more contact has used up a tier or a cap."""
        counts = self.ledger.counters[vendor, : codes.WINDOWS]
        used_up = (counts >= self.vendors[vendor, codes.FIRST_CAP :]).any()
        if used_up or counts[-1] >= self._price_until[vendor]:
            self.ledger.changes += 1

    def _reprice(self, vendor: int) -> None:
        sent = int(self.ledger.counters[vendor, codes.WINDOWS - 1])
        self._price_until[vendor] = self._vendors[vendor].contract.price_holds_until(sent)
        self.profiles.reprice(vendor, sent)

    # -- vendors --------------------------------------------------------------------------------

    def tell_vendor(self, vendor: int, state: VendorState, vendors: Floats, usage: Floats) -> str:
        """Write a vendor's state into arrays of vendors and usage, or say why it cannot be trusted."""
        if problem := state.distrust():
            return f"{self.vendor_names[vendor]}: {problem}"
        vendors[vendor, codes.UP] = float(state.up)
        for column, told in ((codes.MOST_AT_ONCE, state.capacity), (codes.VENDOR_WAIT, state.expected_wait)):
            if told is not None:
                vendors[vendor, column] = told
        if state.in_flight is not None:
            usage[vendor, codes.IN_FLIGHT] = state.in_flight
        return ""

    # -- queues ---------------------------------------------------------------------------------

    def load(self, row: Row, profile: int, state: QueueState | None, vendors: Floats) -> None:
        """Put the state of a profile's queue into a row, and its rule, solved anew where inputs changed."""
        queue = int(self.profiles.kinds[profile, codes.PROFILE_QUEUE])
        name = self.queue_names[queue]
        config = self.center.queues[name]
        self.queues[row.number, codes.COST_RATE] = config.cost_rate
        self.queues[row.number, codes.ABANDONMENT_RATE] = config.abandonment_rate
        row.state = state
        row.loaded = (queue, self.version) if vendors is self.vendors else NOT_LOADED
        row.distrust = f"no state of queue {name!r} is known" if state is None else state.distrust()
        if not row.distrust and state is not None:
            rate = config.arrival_rate if state.arrival_rate is None else state.arrival_rate
            aht = config.aht if state.aht is None else state.aht
            told_vendors = b"" if vendors is self.vendors else vendors.tobytes()
            key = (queue, state.agents, rate, aht, self.version, told_vendors)
            if key != row.key:
                row.key = ()
                row.distrust = self._solve(row, profile, state.agents, rate, aht, vendors)
                if not row.distrust:
                    row.key = key
            self.queues[row.number, codes.PRESENT] = state.present
        self.queues[row.number, codes.DISTRUST] = 1.0 if row.distrust else 0.0

    def _solve(
        self, row: Row, profile: int, agents: float, arrival_rate: float, aht: float, vendors: Floats
    ) -> str:
        """Ask the policy for its rule and install it; say what went wrong, if anything did."""
        queue = int(self.profiles.kinds[profile, codes.PROFILE_QUEUE])
        config = self.center.queues[self.queue_names[queue]]
        rates, prices = self._price_classes(row.number, profile, arrival_rate, vendors)
        situation = Situation(
            queue=self.queue_names[queue],
            agents=agents,
            aht=aht,
            patience=config.patience,
            waiting_room=config.waiting_room,
            cost_rate=config.cost_rate,
            abandonment_cost=config.abandonment_cost,
            arrival_rates=rates,
            prices=prices,
        )
        states = len(situation.present)
        try:
            rule = self.policy(situation)
            shares = [float((rule.shares or {}).get(name, 0.0)) for name in self.vendor_names]
            keep_cost = np.zeros(states)
            if rule.keep_cost is not None:
                keep_cost = np.asarray(rule.keep_cost, dtype=float)
            marginal_cost, expected_wait = situation.marginal_cost, situation.expected_wait
        except Exception as failure:  # a policy of the user's own must not stop the call path
            return f"policy {policy_label(self.policy)} failed: {type(failure).__name__}: {failure}"
        if keep_cost.shape != (states,) or np.isnan(keep_cost).any():
            return f"policy {policy_label(self.policy)} gave no cost of keeping for each of {states} states"
        if strangers := set(rule.shares or ()).difference(self.vendor_names):
            return (
                f"policy {policy_label(self.policy)} gave shares to unknown vendors: {', '.join(strangers)}"
            )
        if rule.shares is not None and not (min(shares, default=0.0) >= 0.0 and sum(shares) <= 1.0 + 1e-9):
            return f"policy {policy_label(self.policy)} gave shares {rule.shares!r}"
        if states > self.curves.shape[2]:
            grown = np.zeros((len(self.curves), codes.CURVES, states))
            grown[:, :, : self.curves.shape[2]] = self.curves
            self.curves = grown
        self.queues[row.number, codes.RULE] = codes.BY_COST if rule.shares is None else codes.BY_SHARE
        self.queues[row.number, codes.LAST] = states - 1
        self.curves[row.number, codes.KEEP_COST, :states] = keep_cost
        self.curves[row.number, codes.MARGINAL_COST, :states] = marginal_cost
        self.curves[row.number, codes.EXPECTED_WAIT, :states] = expected_wait
        self.shares[row.number, 1:, codes.SHARE] = shares
        row.solved = Solved(situation, rule)
        return ""

    def _price_classes(
        self, row: int, asked: int, arrival_rate: float, vendors: Floats
    ) -> tuple[Floats, Floats]:
        """The contacts that a queue meets, by the price of their cheapest way out: rates (1/s) and prices.

        The queue's arrival rate counts all contacts of its types. It is split by what was routed lately
        (before anything was: by the profile asked for); a profile that the queue may not take, or that
        vendors take whole, keeps its share of the rate away. Vendors that are full at the moment count
        as open: that passes within minutes, the rule is meant to stay.
        """
        profiles = self.profiles
        queue = profiles.kinds[asked, codes.PROFILE_QUEUE]
        usage = self.ledger.counters.copy()
        usage[:, codes.IN_FLIGHT] = 0.0
        rates: dict[float, float] = {}
        total = 0.0
        mix = {
            p: seen
            for p, seen in enumerate(profiles.seen)
            if seen and profiles.kinds[p, codes.PROFILE_QUEUE] == queue
        }
        for profile, seen in (mix or {asked: 1.0}).items():
            total += seen
            self.decide(profile, row, vendors, usage, commit=False)
            ways_out = self.evidence[1:, codes.REASON] == 0.0
            mode = profiles.kinds[profile, codes.PROFILE_MODE]
            sourced_out = mode == codes.SPECIALISED or (mode == codes.FULL and ways_out.any())
            if not sourced_out and not profiles.ways[profile, 0, codes.BARRED]:
                price = min(self.evidence[1:, codes.COST][ways_out], default=math.inf)
                rates[price] = rates.get(price, 0.0) + seen
        rates = rates or {math.inf: 0.0}
        return (
            np.array([arrival_rate * seen / total for seen in rates.values()]),
            np.array(list(rates), dtype=float),
        )


def _limit(configured: int | None) -> float:
    return math.inf if configured is None else configured
