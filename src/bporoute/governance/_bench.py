"""The decision kernel on tables of its own, for decisions that route nothing.

Whoever makes a decision again (an audit) or makes another beside it (a shadow policy) lays its inputs out
here. The kernel is the one that routes; the tables of a live router are neither read nor written.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from bporoute import _kernels
from bporoute._base.arrays import Floats
from bporoute._kernels.routing import columns as codes
from bporoute._kernels.routing.choose import decide, note_inputs, reserve
from bporoute.center._center import Center
from bporoute.policies._thresholds import PeriodScore, Policy
from bporoute.routing._tables._page import Page
from bporoute.routing._tables._queue_rules import Classes, Solved, install, solved


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
        row = blank_queue(center, queue)
        curves = np.zeros((codes.CURVES, len(found.situation.present)))
        shares = np.zeros((len(vendors) + 1, codes.SHARE_COLUMNS))
        install(found, vendors, row, curves, shares)
    row[codes.DISTRUST] = 0.0
    return LaidOut(found, row, curves, shares)


def blank_queue(center: Center, queue: str) -> Floats:
    """The row of a queue without a rule, which is not trusted."""
    config, row = center.queues[queue], np.zeros(codes.QUEUE_COLUMNS)
    row[codes.DISTRUST] = row[codes.QUEUE_READY] = 1.0
    row[[codes.COST_RATE, codes.ABANDONMENT_RATE]] = config.cost_rate, config.abandonment_rate
    row[codes.FAILED_COST] = config.failed_cost
    row[[codes.STALE_AFTER, codes.LOST_AFTER]] = config.stale_after, config.lost_after
    row[codes.MOVED_AT] = -math.inf
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
        self.ways: Floats = np.zeros((1, vendors + 1, codes.WAY_COLUMNS))
        self.vendors: Floats = np.zeros((vendors + 1, codes.VENDOR_COLUMNS))
        self.usage: Floats = np.zeros((vendors + 1, codes.USAGE_COLUMNS))
        self.queues: Floats = np.array([blank_queue(center, name) for name in center.queues])
        self.curves: Floats = np.zeros((len(self.queues), codes.CURVES, 1))
        self.shares: Floats = np.zeros((len(self.queues), vendors + 1, codes.SHARE_COLUMNS))
        self.page = Page(1, vendors + 1, 0)
        self._frame = np.zeros(codes.FRAME_WORDS, dtype=np.int64)
        self._ticket = np.array([self._frame.ctypes.data, 0, 0, 1], dtype=np.int64)
        self._publish()

    def load(self, queue: int, rule: LaidOut) -> None:
        """Give a queue a rule; its gate and what its shares have added up to stay."""
        row, states = self.queues[queue], rule.curves.shape[1]
        if states > self.curves.shape[2]:
            grown = np.zeros((len(self.queues), codes.CURVES, states))
            grown[:, :, : self.curves.shape[2]] = self.curves
            self.curves = grown
            self._publish()
        gate, moved_at = row[codes.GATE], row[codes.MOVED_AT]
        row[:] = rule.queue
        row[codes.GATE] = gate if row[codes.GATED] != 0.0 else 0.0
        row[codes.MOVED_AT] = moved_at
        self.curves[queue, :, :states] = rule.curves
        self.shares[queue, :, : codes.CREDIT] = rule.shares[:, : codes.CREDIT]

    def decide(self, queue: int, now: float, luck: float, commit: bool) -> int:
        """Decide what is laid out, by the rule of a queue: the way chosen, -1 if there is none.

        With `commit`, what the decision takes is counted: in the tables here, nowhere else.
        """
        self.vendors[-1, [codes.TABLES_READY, codes.SINCE, codes.UNTIL]] = 1.0, -math.inf, math.inf
        header, call = self.page.header, _kernels.current().call
        header[codes.HEADER_USED] = 0
        header[codes.HEADER_COMMIT] = commit
        if call is not None and math.isfinite(now):
            self._ticket[codes.ROW] = queue
            return (call(self._ticket.ctypes.data, now, luck, self.page.address) & codes.WAY_MASK) - 1
        with np.errstate(all="ignore"):
            chosen = decide(
                0, queue, now, luck, self.ways, self.vendors, self.usage, self.queues, self.curves,
                self.shares, self.page.numbers, 0,
            )  # fmt: skip
            note_inputs(
                0, queue, luck, self.ways, self.vendors, self.usage, self.queues, self.shares,
                self.page.numbers, 0,
            )  # fmt: skip
            if commit:
                reserve(
                    0, queue, self.ways, self.vendors, self.usage, self.queues, self.shares,
                    self.page.numbers, 0,
                )  # fmt: skip
        return chosen

    def _publish(self) -> None:
        """Tell the compiled call where everything is."""
        self._frame[:] = (
            self.ways.ctypes.data, 1, self.ways.shape[1], self.vendors.ctypes.data, len(self.vendors),
            self.usage.ctypes.data, self.queues.ctypes.data, len(self.queues), self.curves.ctypes.data,
            self.curves.shape[2], self.shares.ctypes.data,
        )  # fmt: skip
