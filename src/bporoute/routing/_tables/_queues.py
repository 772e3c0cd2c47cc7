"""The rows of the queues in the routing tables: what was told of each, and the rule solved for it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from bporoute import _kernels
from bporoute._kernels.routing import columns as codes
from bporoute.center._center import Center
from bporoute.policies._situation import PeriodScore
from bporoute.policies._thresholds import Policy
from bporoute.routing._state import QueueState
from bporoute.routing._tables._arrays import Row, View
from bporoute.routing._tables._profiles import Kind
from bporoute.routing._tables._queue_rules import Classes, Solved, install, solved
from bporoute.routing._tables._vendors import VendorRows, Vendors
from bporoute.routing.ledger._memory import Ledger

FIRST_LOOKS = 256
"""Contacts of a queue after which its mix is looked at for good; before, after 1, 2, 4, .. of them."""


class QueueRows(VendorRows):
    """Arrays whose queues are told of and decide by rules that fit."""

    def __init__(self, center: Center, policy: Policy, ledger: Ledger) -> None:
        super().__init__(center, policy, ledger)
        self.day_until = math.inf
        """When the center's day ends, epoch seconds."""

    def tell_queue(self, row: Row, state: QueueState, at: float, now: float) -> None:
        """Note what is true of a queue from now on, and solve its rule anew where that calls for it."""
        self.queues[row.number, codes.QUEUE_READY] = 0.0
        row.heard_at = now
        self._write_state(row, state, at)
        if row.kind is not None:  # whoever tells it pays for the solving, not the next contact
            self.hold()
            self.load(row, row.kind, None)
            self.publish()

    def _write_state(self, row: Row, state: QueueState | None, now: float) -> None:
        """Put what was told into a row, with nothing kept since."""
        row.state = state
        row.distrust = "" if state is None else state.distrust()
        told = self.queues[row.number, codes.TOLD : codes.KEPT_SINCE + 1]
        if state is None or row.distrust:
            told[:] = math.nan
            return
        self.queues[row.number, codes.PRESENT] = state.present
        rate = math.nan if state.arrival_rate is None else state.arrival_rate
        aht = math.nan if state.aht is None else state.aht
        told[:] = state.agents, state.busy, state.waiting, rate, aht, now, 0.0

    def load(self, row: Row, kind: Kind, vendors: Vendors | None) -> None:
        """Have a row decide by its state and, where inputs changed, by a rule solved anew."""
        state, numbers = row.state, self.queues[row.number]
        name = self.queue_names[kind.queue]
        live = row is not self.spare
        if live:
            row.kind = kind
        trouble = "; ".join(filter(None, (self.bad_clock, *self.distrusts)))
        if vendors is not None:
            trouble = vendors.trouble
        distrust = f"no state of queue {name!r} is known" if state is None else row.distrust
        rule = row.view.solved
        if not distrust and state is not None:
            watch = self.queue_watch[kind.queue]
            rate = watch.arrival_rate if state.arrival_rate is None else state.arrival_rate
            aht = watch.aht if state.aht is None else state.aht
            told = b"" if vendors is None else vendors.table.tobytes()
            key = (kind.queue, state.agents, rate, aht, self.rows[kind.queue].version, told)
            if key != row.key:
                row.key = ()
                found = self._solve(row, kind, state.agents, rate, aht, vendors)
                if isinstance(found, str):
                    distrust = found
                else:
                    row.key, rule = key, found
        numbers[codes.DISTRUST] = 1.0 if distrust else 0.0
        row.view = View(
            self.center,
            self.policy,
            self.ledger,
            state if distrust else None,
            distrust,
            None if distrust else rule,
            trouble,
        )
        numbers[codes.QUEUE_READY] = 1.0 if live else 0.0

    def borrow(self, kind: Kind, state: QueueState | None, now: float) -> Row:
        """The spare row, with a snapshot's state of a kind's queue; gate and credits are the queue's own."""
        row, queue = self.spare, self.rows[kind.queue]
        numbers, own = self.queues[row.number], self.queues[queue.number]
        config = self.center.queues[self.queue_names[kind.queue]]
        numbers[[codes.COST_RATE, codes.ABANDONMENT_RATE]] = config.cost_rate, config.abandonment_rate
        numbers[codes.FAILED_COST] = config.failed_cost
        numbers[[codes.GATE, codes.MOVED_AT]] = own[[codes.GATE, codes.MOVED_AT]]
        numbers[[codes.STALE_AFTER, codes.LOST_AFTER]] = math.inf
        self._write_state(row, state, now)
        return row

    def _score(self, queue: int, arrival_rate: float) -> PeriodScore | None:
        """How the center's day has gone for a queue, and what is expected of it until midnight."""
        watch = self.queue_watch[queue]
        until = self.day_until - float(self.vendors[-1, codes.SINCE])
        if not watch.base or not 0.0 < until < math.inf:
            return None
        return PeriodScore(good=watch.good, base=watch.base, remaining=arrival_rate * until)

    def _return(self, row: Row, queue: Row) -> None:
        """Note on a queue's own row what its rule did on the borrowed one."""
        numbers, own = self.queues[row.number], self.queues[queue.number]
        own[[codes.GATE, codes.MOVED_AT]] = numbers[[codes.GATE, codes.MOVED_AT]]

    def ready(self, row: Row) -> bool:
        """Whether a row's rule is solved and nobody has told anything new since."""
        return bool(self.queues[row.number, codes.QUEUE_READY] != 0.0)

    def settle_kept(self, queue: int, at: float, handle: float) -> None:
        """A contact that was kept at an instant (epoch seconds) has left its queue; nan: not handled."""
        if self.queue_watch[queue].answered(handle):
            self._touch({queue})
        row = self.queues[queue]
        if row[codes.KEPT_SINCE] > 0.0 and at >= self.rows[queue].heard_at:
            row[codes.KEPT_SINCE] -= 1.0
            row[codes.PRESENT] -= 1.0

    def _look_at_the_mix(self, most: float) -> None:
        """Solve a queue's rule anew where its mix moved on: after 1, 2, 4 .. 256 contacts, then every minute.

        Queues that were looked at after more than `most` contacts are left alone.
        """
        for row in self.rows:
            routed = self.queues[row.number, codes.ROUTED]
            if row.looked_at <= most and routed >= _next_look(row):
                if routed >= FIRST_LOOKS:
                    self.profiles.fade(row.number)
                row.looked_at = routed
                self._touch({row.number})

    def before_a_look(self, queues: Iterable[int]) -> float:
        """Contacts of these queues before one of their mixes may have to be looked at."""
        young = (self.rows[queue] for queue in queues if self.rows[queue].looked_at <= FIRST_LOOKS)
        return min(
            (_next_look(row) - self.queues[row.number, codes.ROUTED] for row in young), default=math.inf
        )

    def _solve(
        self, row: Row, kind: Kind, agents: float, arrival_rate: float, aht: float, vendors: Vendors | None
    ) -> Solved | str:
        """Ask the policy for a row's rule and install it; say what went wrong, if anything did."""
        profiles, counted = self.profiles, len(self.profiles.kinds)
        table, usage = (self.vendors, self.ledger.counters) if vendors is None else vendors[:2]
        rates, prices = np.empty(counted), np.empty(counted)
        classes = _kernels.current().price_classes(
            kind.number, row.number, counted, arrival_rate, profiles.ways, table, usage, self.queues, rates,
            prices,
        )  # fmt: skip
        name = self.queue_names[kind.queue]
        with np.errstate(all="ignore"):  # interpreted, a queue at the end of numbers would warn
            found = solved(
                self.policy,
                name,
                self.center.queues[name],
                agents,
                aht,
                Classes(rates[:classes], prices[:classes]),
                self.vendor_names,
                self._score(kind.queue, arrival_rate),
            )
        if isinstance(found, Solved):
            states = len(found.situation.present)
            if states > self.curves.shape[2]:
                grown = np.zeros((len(self.curves), codes.CURVES, states))
                grown[:, :, : self.curves.shape[2]] = self.curves
                self.curves = grown
            self.hashed = self.hashed or found.rule.by_hash
            install(
                found,
                self.vendor_names,
                self.queues[row.number],
                self.curves[row.number],
                self.shares[row.number],
            )
        return found


def _next_look(row: Row) -> float:
    """Contacts of a queue, since the beginning, from which on its mix is to be looked at."""
    return row.looked_at + min(max(row.looked_at, 1.0), FIRST_LOOKS)
