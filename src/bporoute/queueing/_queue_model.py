"""One queue in equilibrium: Erlang B, C and A and all between, for real agents and arrays of queues."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, Literal

import numpy as np

from bporoute._base.arrays import Floats, Together, together
from bporoute._base.fields import did_you_mean
from bporoute._base.ranges import NOT_NEGATIVE, OR_INFINITE, POSITIVE, PROBABILITY
from bporoute._kernels import for_work
from bporoute._kernels.queueing import aims as asked
from bporoute._kernels.queueing import elementwise as batches
from bporoute._kernels.queueing import exponential_patience as waiting
from bporoute._kernels.queueing import general_patience as general
from bporoute._kernels.queueing import inverse as solving
from bporoute._kernels.queueing import overflow_stream as renewal
from bporoute.durations._laws import Patience
from bporoute.errors import InputError, shown
from bporoute.queueing._moments import Moments
from bporoute.queueing._outcomes import (
    PRESENT,
    WaitBehind,
    check_limits,
    general_quantile,
    general_rows,
    outcome_rows,
    room_work,
    wait_behind,
)

ModelCounting = Literal[
    "offered", "ignored", "credited", "answered", "short_excluded", "short_credited", "virtual"
]
"""How abandoned contacts count: those of a log, see `ServiceLevel`, and "virtual"."""

COUNTING_CODES = {
    "offered": waiting.OFFERED,
    "ignored": waiting.IGNORED,
    "credited": waiting.CREDITED,
    "answered": waiting.ANSWERED,
    "short_excluded": waiting.SHORT_EXCLUDED,
    "short_credited": waiting.SHORT_CREDITED,
    "virtual": waiting.VIRTUAL,
}
SHORT_COUNTINGS = ("short_excluded", "short_credited")
"""Where the time up to which an abandonment is short counts."""
ARGUMENTS = ("agents", "arrival_rate", "aht", "patience", "waiting_room")


class QueueModel:
    """A queue in equilibrium: n agents, Poisson arrivals, exponential handle times, patience, a waiting room.

    M/M/n/n+K+G. Erlang B, C and A are its corners: ``waiting_room=0``; ``patience=inf``; a finite patience.
    Every share is one of the *offered* contacts, blocked ones included. Any one unit of time works for all
    arguments and results (seconds by default). Arguments broadcast like those of a NumPy ufunc: results are
    floats if all are scalars, else arrays.

    Parameters
    ----------
    agents : float or array
        Agents, any real number of at least 0.
    arrival_rate : float or array
        Contacts offered per unit of time, at least 0.
    aht : float or array
        Mean handle time, above 0.
    patience : float, array or a distribution
        Mean time until a waiting contact gives up, exponentially distributed: inf if nobody gives up, 0 if
        nobody waits. Or one distribution for all, such as `WeibullPatience`, with an unlimited waiting room.
    waiting_room : float or array
        Contacts that may wait, whole, up to a million; inf: no limit; 0: none.

    Raises
    ------
    InputError
        Naming the argument, in an array the index too, the value and the legal range; shapes that do not
        broadcast.

    Notes
    -----
    In bounded time for any number of agents; a finite waiting room costs some nanoseconds for each place.
    Relative error of probabilities below 1e-12, absolute error of service levels below 1e-14, see
    ``docs/accuracy.md``. From load = agents on, a queue without patience and without limit is saturated: wait
    probability 1, wait inf, service level 0.

    Sources: Palm (1957); Garnett, Mandelbaum & Reiman, M&SOM 4 (2002); Zeltyn & Mandelbaum, Queueing Systems
    51 (2005); where the formulas stand says `bporoute.queueing`.

    Examples
    --------
    28 agents, 6 calls a minute, 4 minutes each, callers who hang up after 5 minutes:

    >>> queue = QueueModel(agents=28, arrival_rate=0.1, aht=240, patience=300)
    >>> round(queue.wait_probability, 4), round(queue.abandonment, 4), round(queue.asa, 2)
    (0.242, 0.0228, 6.41)
    >>> round(queue.service_level(20), 5), round(queue.service_level(20, counting="answered"), 5)
    (0.86002, 0.88006)
    >>> QueueModel([24, 26, 28], 0.1, 240).service_level(20).round(3)
    array([0.   , 0.495, 0.761])
    """

    def __init__(
        self,
        agents: object,
        arrival_rate: object,
        aht: object,
        patience: object = math.inf,
        waiting_room: object = math.inf,
    ) -> None:
        self._distribution = patience if isinstance(patience, Patience) else None
        self._queue = together(
            agents=(agents, NOT_NEGATIVE),
            arrival_rate=(arrival_rate, NOT_NEGATIVE),
            aht=(aht, POSITIVE),
            patience=(1.0 if self._distribution else patience, OR_INFINITE),
            waiting_room=(waiting_room, OR_INFINITE),
        )
        *_, mean_patience, room = self._queue.flat
        check_limits(self._queue, room, mean_patience, limited=self._distribution is None)

    def __repr__(self) -> str:
        agents, rate, aht, patience, room = (self._queue.shaped(values) for values in self._queue.flat)
        if self._distribution:
            patience = self._distribution
        return f"QueueModel({agents=}, arrival_rate={rate!r}, {aht=}, {patience=}, waiting_room={room!r})"

    @property
    def load(self) -> Any:
        """Offered load, erlangs: arrival rate times mean handle time."""
        _, rate, aht, _, _ = self._queue.flat
        return self._queue.shaped(rate * aht)

    @property
    def occupancy(self) -> Any:
        """Share of their time that agents are busy; nan without agents, 1 where the queue is saturated."""
        agents, rate, aht, _, _ = self._queue.flat
        answered = self._column(batches.ANSWERED)
        with np.errstate(divide="ignore", invalid="ignore"):
            busy = np.minimum(rate * aht * answered / agents, 1.0)  # saturated, all are
        return self._queue.shares(np.where(agents > 0, busy, np.nan))

    @property
    def wait_probability(self) -> Any:
        """Share of the offered contacts that are accepted and wait."""
        return self._queue.shares(self._column(batches.WAITS))

    @property
    def mean_wait(self) -> Any:
        """Mean time in the queue of all offered contacts: answered, abandoned, and 0 for blocked ones."""
        return self._queue.shaped(self._column(batches.MEAN_WAIT))

    @property
    def asa(self) -> Any:
        """Average speed of answer: the mean wait of the answered contacts; nan where nobody is answered."""
        if self._distribution:
            wait = general_rows(self._queue, self._distribution, 0.0)[:, general.ANSWERED_WAIT]
            return self._queue.shaped(np.where(self._queue.flat[0] > 0, wait, np.nan))
        work = 15 * len(self._queue.flat[0]) + room_work(self._queue.flat[4])
        return self._queue.shaped(self._queue.run(for_work(batches.asa, work)))

    @property
    def abandonment(self) -> Any:
        """Share of the offered contacts that give up."""
        return self._queue.shares(self._column(batches.ABANDONED))

    @property
    def blocking(self) -> Any:
        """Share of the offered contacts that find every agent and every place in the waiting room taken."""
        return self._queue.shares(self._column(batches.BLOCKED))

    @property
    def queue_length(self) -> Any:
        """Mean number of contacts waiting, by Little's law arrival rate times `mean_wait`."""
        _, rate, _, _, _ = self._queue.flat
        with np.errstate(invalid="ignore"):
            length = rate * self._column(batches.MEAN_WAIT)
        return self._queue.shaped(np.where(rate > 0, length, 0.0))

    @property
    def overflow(self) -> Moments:
        """The blocked traffic as (mean, variance, peakedness) of the contacts it keeps in service elsewhere.

        In erlangs, at the same mean handle time; exact, by the renewal stream of the overflow (Kosten 1937
        without a waiting room). For vendor teams and other handle times see `OverflowStream`.
        """
        agents, rate, aht, patience, room = self._queue.flat
        work = len(agents) + room_work(room)
        with np.errstate(all="ignore"):  # interpreted, a kernel's way to inf or 0 would warn
            given = Together((agents, rate, aht, 1.0 / patience, room, aht), self._queue.shape)
            rows = given.run(for_work(renewal.overflow_moments, work), columns=3)
        return Moments(*(given.shaped(column) for column in rows.T))

    def service_level(
        self,
        within: object,
        counting: ModelCounting = "offered",
        *,
        short: object = None,
        complement: bool = False,
    ) -> Any:
        """Share of the contacts answered within a time, in one of seven countings.

        With A answered, B abandoned, R blocked, all offered O = A + B + R, subscript T for within the time
        and s for within `short`: "offered" A_T / O; "ignored" A_T / (O - B_T); "credited" (A_T + B_T) / O;
        "answered" A_T / A; "short_excluded" A_T / (O - B_s); "short_credited" (A_T + B_s) / O ("short
        abandons credited"). "virtual": the share of the offered that are accepted and would not wait longer
        if they never gave up. Whoever is blocked has not given up in time.

        Parameters
        ----------
        within : float or array
            Time, at least 0.
        counting : str
            One of the seven.
        short : float or array, optional
            Up to when an abandonment is short; only "short_excluded" and "short_credited" use it. Default:
            `within`.
        complement : bool
            Return 1 minus the service level, precise also where that is tiny.

        Raises
        ------
        InputError
            An unknown counting; a time that is negative or not a number.

        Examples
        --------
        >>> queue = QueueModel(28, 0.1, 240, patience=300)
        >>> for counting in ("offered", "ignored", "credited", "answered", "virtual"):
        ...     print(f"{counting:10} {queue.service_level(20, counting):.5f}")
        offered    0.86002
        ignored    0.87049
        credited   0.87205
        answered   0.88006
        virtual    0.86323
        """
        if counting not in COUNTING_CODES:
            raise InputError("counting", shown(counting), did_you_mean(str(counting), list(COUNTING_CODES)))
        given, rows = self._outcomes(within)
        gone_late = rows[:, batches.ABANDONED_LATE]
        if counting in SHORT_COUNTINGS and short is not None:
            given = self._joined(within=(within, OR_INFINITE), short=(short, OR_INFINITE))
            *queue, time, limit = given.flat
            rows = outcome_rows(Together((*queue, time), given.shape), self._distribution)
            rows_at_limit = outcome_rows(Together((*queue, limit), given.shape), self._distribution)
            gone_late = rows_at_limit[:, batches.ABANDONED_LATE]
        missed = np.empty(len(rows))
        for_work(batches.missed_of, len(rows))(
            rows, np.ascontiguousarray(gone_late), COUNTING_CODES[counting], missed
        )
        return given.shares(missed if complement else 1.0 - missed)

    def wait_exceeds(self, within: object, *, virtual: bool = False) -> Any:
        """Share of the offered contacts that wait longer than a time, until answered or gone.

        Parameters
        ----------
        within : float or array
            Time, at least 0.
        virtual : bool
            For contacts that would never give up.

        Examples
        --------
        >>> queue = QueueModel(28, 0.1, 240, patience=300)
        >>> round(queue.wait_exceeds(20), 5), round(queue.wait_exceeds(20, virtual=True), 5)
        (0.12795, 0.13677)
        """
        given, rows = self._outcomes(within)
        late = rows[:, batches.SERVED_LATE] + rows[:, batches.ABANDONED_LATE]
        return given.shares(rows[:, batches.VIRTUAL_LATE] if virtual else late)

    def wait_quantile(self, probability: object, *, virtual: bool = False) -> Any:
        """The wait that this share of the offered contacts does not exceed.

        Parameters
        ----------
        probability : float or array
            From 0 to 1.
        virtual : bool
            For contacts that would never give up.

        Returns
        -------
        float or array
            Time; 0 where that many do not wait at all; inf at 1, and in a saturated queue.

        Examples
        --------
        >>> round(QueueModel(28, 0.1, 240, patience=300).wait_quantile(0.9), 1)
        27.0
        """
        given = self._joined(probability=(probability, PROBABILITY))
        if self._distribution:
            return given.shaped(general_quantile(given, self._distribution, virtual))
        agents, rate, aht, patience, room, wanted = given.flat
        aims = np.zeros((len(wanted), 1, asked.AIM_COLUMNS))
        aims[:, 0, asked.KIND] = asked.VIRTUAL_TAIL if virtual else asked.WAIT_TAIL
        aims[:, 0, asked.LIMIT] = 1.0 - wanted
        out = np.empty(len(wanted))
        kernel = for_work(batches.solutions, 25 * len(wanted) + 20 * room_work(room))
        kernel(agents, rate, aht, patience, room, solving.WAIT, False, aims, out)
        return given.shaped(out)

    def behind(self, present: object, within: object = 0.0) -> WaitBehind:
        """What awaits a contact that finds so many others in the queue, served in the order of arrival.

        With n agents busy and k waiting, the next departures take exponential times at the rates
        ``n / aht + j / patience``, j = k .. 0. The contact is answered with probability ``n / aht`` over
        ``n / aht + (k + 1) / patience``, and then has those times with j + 1 in place of j.

        Parameters
        ----------
        present : float or array
            Contacts being served or waiting, whole.
        within : float or array
            Time for ``answered_within``.

        Raises
        ------
        InputError
            A number out of its range; a patience that is not exponential.

        Examples
        --------
        >>> queue = QueueModel(28, 0.1, 240, patience=300)
        >>> ahead = queue.behind([20, 28, 35], within=20)
        >>> ahead.mean_wait.round(1), ahead.answered_within.round(3)
        (array([ 0. ,  8.3, 55.8]), array([1.   , 0.884, 0.005]))
        """
        if self._distribution:
            raise InputError("patience", shown(self._distribution), "an exponential patience (a number)")
        given = self._joined(present=(present, PRESENT), within=(within, NOT_NEGATIVE))
        return wait_behind(given)

    @cached_property
    def _steady(self) -> Floats:
        return self._outcomes(0.0)[1]

    def _column(self, column: int) -> Floats:
        return self._steady[:, column].copy()

    def _joined(self, **more: Any) -> Together:
        """The queue's arguments and more of them, broadcast together."""
        own = zip(ARGUMENTS, map(self._queue.shaped, self._queue.flat), strict=True)
        return together(**{name: (values, OR_INFINITE) for name, values in own}, **more)

    def _outcomes(self, within: object) -> tuple[Together, Floats]:
        given = self._joined(within=(within, OR_INFINITE))
        return given, outcome_rows(given, self._distribution)
