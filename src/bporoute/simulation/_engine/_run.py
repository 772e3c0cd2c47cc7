"""What one run of a simulated floor came to, in totals by interval."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute._kernels.simulation import codes, columns
from bporoute.contracts._bill import Invoice
from bporoute.queueing._moments import Moments

COLUMNS = {
    "offered": columns.OFFERED,
    "redialled": columns.REDIALLED,
    "answered": columns.ANSWERED,
    "answered_out": columns.ANSWERED_OUT,
    "answered_within": columns.WITHIN,
    "abandoned": columns.ABANDONED,
    "abandoned_within": columns.ABANDONED_WITHIN,
    "abandoned_short": columns.ABANDONED_SHORT,
    "rejected": columns.REJECTED,
    "called_back": columns.CALLED_BACK,
    "overflow_out": columns.SENT,
    "forced_out": columns.FORCED,
    "failed": columns.FAILED,
    "delayed": columns.DELAYED,
    "degraded": columns.DEGRADED,
    "handle_s": columns.HANDLED,
    "handle_out_s": columns.HANDLED_OUT,
    "wait_answered_s": columns.WAIT_ANSWERED,
    "wait_abandoned_s": columns.WAIT_ABANDONED,
    "back_office_done": columns.WORKED_OFF,
    "back_office_late": columns.WORKED_LATE,
    "back_office_shipped": columns.SHIPPED,
}
"""What an interval counts of each queue, by the name that reports give it.

Answered (in-house), answered_out (by vendors) and answered_within (in time, wherever) are contacts of the
queue; overflow_out went to vendors, forced_out of them because the waiting room was full; delayed stood
in a line, in-house or of a vendor's team; degraded were decided without a state to trust. Seconds end in
``_s``.
"""

OUTCOME_COLUMNS = {
    "sent": columns.O_OFFERED,
    "answered": columns.O_ANSWERED,
    "abandoned": columns.O_ABANDONED,
    "failed": columns.O_FAILED,
    "handle_s": columns.O_HANDLED,
}
"""What is counted of each vendor, likewise: contacts sent that it did not fail to take, and so on."""


def count_of(tally: Floats, name: str) -> Floats:
    """What totals, whose last axis is that of `FloorRun.tally`, say under a name of `COLUMNS`."""
    counted: Floats = tally[..., COLUMNS[name]]
    return counted


class Paths(msgspec.Struct, frozen=True, eq=False):
    """What became of every contact, in the order in which they ended.

    Attributes
    ----------
    stream, number, attempt : array of int
        Stream of the arrivals and number in it (of a listed contact: its place in the list), and how many
        times the caller had called before.
    first, arrival, ended : array
        When the caller called first, when this time (of shipped back office: when it was shipped), and when
        it was over; epoch seconds, nan for chats.
    destination : array of int
        0 in-house, v + 1 vendor v, -1 nobody.
    wait, handle : array
        Seconds until it was answered or gave up, and of handling.
    answered, rejected : array of bool
        Answered; turned away. Neither: it gave up.
    expected_cost : array
        Money that its destination was expected to cost when that was decided; nan if nobody knew.
    failed : array of int
        v + 1: vendor v failed to take it; 0: none did.
    """

    stream: Integers
    number: Integers
    attempt: Integers
    first: Floats
    arrival: Floats
    destination: Integers
    wait: Floats
    answered: np.ndarray[tuple[int], np.dtype[np.bool_]]
    rejected: np.ndarray[tuple[int], np.dtype[np.bool_]]
    handle: Floats
    expected_cost: Floats
    failed: Integers
    ended: Floats

    @staticmethod
    def of(table: Floats) -> Paths:
        """From the `table` that the kernel has written, a line for each contact."""

        def whole(column: int) -> Integers:
            return np.nan_to_num(table[:, column]).astype(np.int64)

        return Paths(
            stream=whole(columns.P_STREAM),
            number=whole(columns.P_NUMBER),
            attempt=whole(columns.P_ATTEMPT),
            first=table[:, columns.P_FIRST].copy(),
            arrival=table[:, columns.P_AT].copy(),
            destination=whole(columns.P_DESTINATION),
            wait=table[:, columns.P_WAIT].copy(),
            answered=table[:, columns.P_OUTCOME] == codes.WAS_ANSWERED,
            rejected=table[:, columns.P_OUTCOME] == codes.WAS_REJECTED,
            handle=table[:, columns.P_HANDLE].copy(),
            expected_cost=table[:, columns.P_COST].copy(),
            failed=whole(columns.P_FAILED),
            ended=table[:, columns.P_ENDED].copy(),
        )


class FloorRun(msgspec.Struct, frozen=True, eq=False):
    """Totals of a run.

    Attributes
    ----------
    edges : array, (I + 1,)
        Epoch seconds between the intervals.
    tally : array, (I, queues, `_kernels.simulation.columns.TALLY_COLUMNS`)
        Contacts and seconds by interval and queue.
    busy_seconds, staffed_seconds : array, (I, queues)
        Of agents at work (of chats: of their slots); who works beyond the shift is staffed until done.
    outcomes : array, (I, vendors, `_kernels.simulation.columns.UNITS`)
        What vendors did, by the interval in which a contact ended.
    money : array, (I, vendors)
        What vendors are owed for the contacts of each interval; what is owed for nothing too, such as fixed
        fees and commitments, is in `invoices` only.
    invoices : dict of str to dict of float to Invoice
        Vendor -> start of the contract period (epoch seconds) -> what is owed for it, also where the vendor
        was sent nothing. Of a period of which the run covers a part: its share of the invoice of a whole
        period like it, see `bporoute.contracts._prorated`. One period leaves its balance and what it
        withheld to the next. Nobody tells hours and locked forecasts here, so they count nothing.
    shares : dict of str to dict of float to float
        Vendor -> start of the contract period -> share of the vendor's open time in that period which lies
        in the run, in (0, 1].
    overflow : array, (queues, `_kernels.simulation.columns.OVERFLOW_COLUMNS`)
        Of the contacts sent out, for `SimulatedPolicy.overflow`.
    seconds : float
        Length of the run, until nothing happened any more.
    decided : int
        Contacts decided.
    paths : Paths or None
        What became of each contact, where asked for.
    trouble : str
        What grew without bound and ended the run early; empty if nothing did.
    """

    edges: Floats
    tally: Floats
    busy_seconds: Floats
    staffed_seconds: Floats
    outcomes: Floats
    money: Floats
    invoices: dict[str, dict[float, Invoice]]
    shares: dict[str, dict[float, float]]
    overflow: Floats
    seconds: float
    decided: int
    paths: Paths | None
    trouble: str

    def overflow_moments(self, queue: int) -> Moments:
        """Mean and variance of the contacts that a queue has sent out, were each served at once at its aht.

        With M the sum of ``e^(-mu t)`` over the ages t of all contacts sent out and M2 that of
        ``e^(-2 mu t)``, an infinite group that they all went to holds M on average, given when they came,
        with the variance ``M - M2``; so its mean is E[M] and its variance ``E[M] - E[M2] + Var M``. Averaged
        over the run.
        """
        flow = self.overflow[queue]
        rate = flow[columns.RATE]
        left = np.exp(-rate * max(self.seconds + self.edges[0] - flow[columns.DECAYED_AT], 0.0))
        area = flow[columns.AREA] + flow[columns.DECAYED] * (1.0 - left) / rate
        twice = flow[columns.AREA_TWICE] + flow[columns.DECAYED_TWICE] * (1.0 - left * left) / (2.0 * rate)
        square = flow[columns.AREA_SQUARE] + flow[columns.DECAYED] ** 2 * (1.0 - left * left) / (2.0 * rate)
        seconds = self.seconds
        mean = area / seconds
        variance = float(mean - twice / seconds + square / seconds - mean * mean)
        return Moments(float(mean), variance, variance / float(mean) if mean else math.nan)
