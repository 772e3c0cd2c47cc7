"""The decision kernel on tables of its own, for decisions that route nothing.

Whoever makes a decision again (an audit) or makes another beside it (a shadow policy) lays its inputs out
here. The kernel is the one that routes; the tables of a live router are neither read nor written.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from bporoute import _kernels
from bporoute._base.arrays import Floats, Integers
from bporoute._kernels.compiling.records import Packed
from bporoute._kernels.routing import codes, columns
from bporoute._kernels.routing.choose import choose
from bporoute._kernels.routing.evidence import note_inputs
from bporoute._kernels.routing.records import Tables, Ticket
from bporoute._kernels.routing.reserve import reserve
from bporoute.center._center import Center
from bporoute.policies._rule import Policy
from bporoute.policies._situation import PeriodScore
from bporoute.policies._solved import Classes, Solved, solved
from bporoute.routing._record import Noted
from bporoute.routing._state import QueueState
from bporoute.routing._tables._arrays import blank_queue_row, fill_queue_row, with_states
from bporoute.routing._tables._evidence import Basis, Evidence
from bporoute.routing._tables._page import Page
from bporoute.routing._tables._profiles import Profile
from bporoute.routing._tables._queue_rules import install
from bporoute.routing._tables._tables import RoutingTables

_CALENDAR = [columns.QUEUE_STATUS, columns.SCHEDULED]
_LIVE = slice(columns.UP, columns.ADMISSION + 1)
_NOTED_LIVE = slice(columns.NOTED_LIVE, columns.NOTED_LIVE + columns.ADMISSION + 1 - columns.UP)
_NOTED_USAGE = slice(columns.NOTED_USAGE, columns.NOTED_USAGE + columns.USAGE_COLUMNS)
_NOTED_CENTER = slice(columns.NOTED_CENTER, columns.NOTED_CENTER + columns.ALL_SQUARES + 1)


class LaidOut(NamedTuple):
    """A rule, solved and laid out for the kernel: its row of queues, its curves and its shares."""

    solved: Solved
    queue: Floats
    curves: Floats
    shares: Floats


def lay_out(
    policy: Policy,
    center: Center,
    queue: str,
    agents: float,
    aht: float,
    classes: Classes,
    served_so_far: PeriodScore | None,
) -> LaidOut | str:
    """Solve a policy's rule for a queue; a sentence if the policy fails or answers nonsense."""
    config, vendors = center.queues[queue], tuple(center.vendors)
    with np.errstate(all="ignore"):  # interpreted, a queue at the end of numbers would warn
        found = solved(policy, queue, config, agents, aht, classes, vendors, served_so_far)
        if isinstance(found, str):
            return found
        row = _blank_row(center, queue)
        curves = np.zeros((columns.CURVES, len(found.situation.present)))
        shares = np.zeros((len(vendors) + 1, columns.SHARE_COLUMNS))
        install(found, vendors, row, curves, shares)
    row[columns.DISTRUST] = 0.0
    return LaidOut(found, row, curves, shares)


def _blank_row(center: Center, queue: str) -> Floats:
    """The row of a queue without a rule, which is not trusted."""
    row = blank_queue_row()
    fill_queue_row(row, center.queues[queue])
    row[columns.QUEUE_READY] = 1.0
    return row


class Bench:
    """Room for one decision at a time, and for what the rules of every queue remember.

    Attributes
    ----------
    ways, vendors, usage, queues, curves, shares : array
        As `bporoute._kernels.routing.columns` says; one profile, one row for each queue. Fill them, then
        `decide`.
    page : Page
        Its only line has the evidence of the last decision.
    """

    def __init__(self, center: Center) -> None:
        vendors = len(center.vendors)
        self._center, self._names = center, tuple(center.queues)
        self._numbers = {name: number for number, name in enumerate(center.vendors)}
        self.ways: Floats = np.zeros((1, vendors + 1, columns.WAY_COLUMNS))
        self.vendors: Floats = np.zeros((vendors + 1, columns.VENDOR_COLUMNS))
        self.usage: Floats = np.zeros((vendors + 1, columns.USAGE_COLUMNS))
        self.queues: Floats = np.array([_blank_row(center, name) for name in center.queues])
        self.curves: Floats = np.zeros((len(self.queues), columns.CURVES, 1))
        self.shares: Floats = np.zeros((len(self.queues), vendors + 1, columns.SHARE_COLUMNS))
        self.page = Page(1, vendors + 1, 0)
        self._packed, self._ticket = Packed(Tables), Packed(Ticket)

    def load(self, queue: int, rule: LaidOut) -> None:
        """Give a queue a rule; its gate and what its shares have added up to stay."""
        row, states = self.queues[queue], rule.curves.shape[1]
        self.curves = with_states(self.curves, states)
        gate, moved_at = row[columns.GATE], row[columns.MOVED_AT]
        row[:] = rule.queue
        row[columns.GATE] = gate if row[columns.GATED] != 0.0 else 0.0
        row[columns.MOVED_AT] = moved_at
        self.curves[queue, :, :states] = rule.curves
        self.shares[queue, :, : columns.CREDIT] = rule.shares[:, : columns.CREDIT]

    def decide(self, queue: int, now: float, luck: float, commit: bool) -> int:
        """Decide what is laid out, by the rule of a queue: the way chosen, -1 if there is none.

        With `commit`, what the decision takes is counted: in the tables here, nowhere else.
        """
        self.vendors[-1, [columns.TABLES_READY, columns.SINCE, columns.UNTIL]] = 1.0, -math.inf, math.inf
        header, call = self.page.header, _kernels.current().call
        header[columns.HEADER_USED] = 0
        header[columns.HEADER_COMMIT] = commit
        if call is not None and math.isfinite(now):
            ticket = self._ticket.keep(Ticket(self._packed.keep(self._tables), 0, queue, 1))
            return (call(ticket, now, luck, self.page.address) & codes.WAY_MASK) - 1
        tables, page = self._tables, self.page.numbers
        with np.errstate(all="ignore"):
            chosen = choose(0, 0, queue, now, luck, tables, page, 0)
            note_inputs(0, queue, luck, tables, page, 0)
            if commit:
                reserve(0, queue, tables, page, 0)
        return chosen

    def stamped(self, number: int, at: float, profile: Profile, basis: Basis) -> Evidence:
        """That of the last decision, as decision `number` of an instant (epoch seconds)."""
        self.page.first = number
        self.page.numbers[0, -1, columns.AT] = at
        return Evidence(self.page, 0, profile, basis)

    def see(self, seen: Evidence, tables: RoutingTables, trusted: bool) -> None:
        """Lay out what a live decision saw; gate and credits stay what they are here."""
        arrays, profile = tables.arrays, seen.profile
        noted = seen.page.numbers[seen.line]
        told, vendors = noted[-1], self._vendors(profile)
        ways = noted[1 : len(vendors) + 1]
        self.ways[0, 0] = arrays.ways[profile.number, 0]
        self.ways[0, 0, columns.VENDORS] = len(vendors)
        self._weigh(float(told[columns.STATE_WORK]))
        offers = self.ways[0, 1 : len(vendors) + 1]
        offers[:, columns.VENDOR] = vendors
        offers[:, columns.PRICE] = ways[:, columns.WAY_PRICE]
        offers[:, columns.EXTRA] = ways[:, columns.NOTED_EXTRA]
        self.vendors[:] = arrays.vendors
        self.vendors[:-1, columns.USAGE_SHIFT] = 0.0  # usage is by the vendors' numbers here
        self.vendors[vendors, _LIVE] = ways[:, _NOTED_LIVE]
        self.vendors[vendors, columns.LEFT_TO_SPEND] = ways[:, columns.NOTED_LEFT_TO_SPEND]
        self.vendors[vendors, columns.SPENDING_LIMIT] = ways[:, columns.NOTED_SPENDING_LIMIT]
        self.usage[vendors] = ways[:, _NOTED_USAGE]
        self.usage[-1, : columns.ALL_SQUARES + 1] = told[_NOTED_CENTER]
        row = self.queues[profile.queue]
        row[_CALENDAR] = arrays.queues[profile.queue, _CALENDAR]
        self._leave_out(seen.basis.left_out, profile)
        row[columns.DISTRUST] = not trusted or seen.belief == "distrusted"
        row[columns.PRESENT] = told[columns.STATE_PRESENT]
        row[columns.TOLD : columns.KEPT_SINCE + 1] = told[: columns.STATE_KEPT_SINCE + 1]

    def recall_queue(
        self, noted: Noted, queue: int, state: QueueState | None, rule: LaidOut | None, timed: bool
    ) -> None:
        """Lay out a queue as a log tells it; for the kernel, the decision is made at the instant 0."""
        row = self.queues[queue]
        if rule is None:
            row[:] = _blank_row(self._center, self._names[queue])
        else:
            self.load(queue, rule)
        row[columns.TOLD : columns.TOLD_AT] = math.nan
        concurrency = self._center.queues[self._names[queue]].concurrency
        if state is not None and not state.distrust(concurrency):
            row[columns.TOLD : columns.TOLD_AT] = (
                state.agents,
                state.busy,
                state.waiting,
                _or(state.arrival_rate, math.nan),
                _or(state.aht, math.nan),
            )
            row[columns.PRESENT] = state.present_of(concurrency) + _or(noted.kept_since, 0.0)
        row[columns.TOLD_AT] = -_or(noted.age, math.inf if noted.belief == "lost" else math.nan)
        row[columns.KEPT_SINCE] = _or(noted.kept_since, math.nan)
        row[columns.GATE] = noted.gate_open
        row[columns.MOVED_AT] = -_or(noted.gate_age, math.inf if timed else math.nan)
        self.shares[queue, :, columns.CREDIT] = 0.0
        self.shares[queue, 0, columns.CREDIT] = _or(noted.credit, math.nan)

    def recall_vendors(self, noted: Noted, profile: Profile, tables: RoutingTables) -> None:
        """Lay out terms and calendar as tables of today have them, the rest as a log tells it."""
        arrays, names = tables.arrays, profile.destinations
        self.ways[0] = 0.0
        self.ways[0, : len(names)] = arrays.ways[profile.number, : len(names)]
        self._weigh(noted.work)
        self.vendors[:] = arrays.vendors
        self.vendors[:-1, columns.USAGE_SHIFT] = 0.0  # usage is by the vendors' numbers here
        self.usage[:] = 0.0
        self.usage[-1, : columns.ALL_SQUARES + 1] = noted.routed, noted.sent, noted.squares
        self.queues[profile.queue, _CALENDAR] = arrays.queues[profile.queue, _CALENDAR]
        self._leave_out(noted.left_out, profile)
        for way, name in enumerate(names[1:], start=1):
            seen = noted.vendors.get(name)
            if seen is None:
                continue
            vendor = int(self.ways[0, way, columns.VENDOR])
            self.ways[0, way, columns.PRICE] = _or(seen.price, math.nan)
            self.ways[0, way, columns.EXTRA] = _or(seen.extra, math.nan)
            self.shares[profile.queue, vendor + 1, columns.CREDIT] = _or(seen.credit, math.nan)
            terms = self.vendors[vendor]
            terms[columns.UP] = seen.up
            terms[columns.MOST_AT_ONCE] = _or(seen.most_at_once, math.inf)
            terms[columns.LEFT_TO_SPEND] = _or(seen.left_to_spend, math.inf)
            terms[columns.SPENDING_LIMIT] = _or(seen.spending_limit, codes.EXPOSURE)
            terms[columns.VENDOR_WAIT : columns.ADMISSION + 1] = [
                _or(value, math.nan)
                for value in (
                    seen.wait, seen.team, seen.team_aht, seen.failure, seen.admitted, seen.admission,
                )
            ]  # fmt: skip
            self.usage[vendor] = [
                _or(value, math.nan)
                for value in (
                    seen.this_hour, seen.today, seen.this_period, seen.center_day, seen.in_flight,
                )
            ]  # fmt: skip

    def _leave_out(self, names: Collection[str], profile: Profile) -> None:
        """Have these destinations be out for the contact."""
        vendors = [self._numbers[name] for name in names if name in self._numbers]
        self.vendors[vendors, columns.STATUS] = codes.LEFT_OUT
        if self._names[profile.queue] in names:
            self.queues[profile.queue, columns.QUEUE_STATUS] = codes.LEFT_OUT

    def _weigh(self, work: float) -> None:
        """Let the contact take so many mean handle times of its queue."""
        self.ways[0, 0, [columns.AHT_MULTIPLE, columns.AHT_SECONDS]] = work, 0.0

    def _vendors(self, profile: Profile) -> Integers:
        return np.array([self._numbers[name] for name in profile.destinations[1:]], dtype=np.int64)

    @property
    def _tables(self) -> Tables:
        return Tables(self.ways, self.vendors, self.usage, self.queues, self.curves, self.shares)


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value
