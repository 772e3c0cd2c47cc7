"""What a queue sends out when it is full, and how many vendor agents that needs.

Contacts that overflow come in bunches: a vendor team sized as if they came at random (Erlang B with the
overflow's rate) blocks twice to a hundred times as many as expected. One queue that feeds one team is solved
exactly (`OverflowStream`); several queues on one team by their means and variances
(`combined_blocking`).

Any unit of time works if rates and times share it (seconds, say, and contacts per second). Arguments are
numbers or arrays that broadcast; results have the shape of them all, and are floats if all are numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from bporoute import _kernels
from bporoute._base.arrays import Floats, Together, together
from bporoute._base.ranges import NOT_NEGATIVE, OR_INFINITE, POSITIVE, Range
from bporoute._base.search import least
from bporoute._kernels.queueing import equivalent_random as equivalent
from bporoute._kernels.queueing import overflow_stream as renewal
from bporoute.queueing._interrupted import InterruptedPoisson
from bporoute.queueing._limits import FOLLOWED, SHORTEST_PATIENCE
from bporoute.queueing._moments import Moments

STATES_PER_VALUE = 50
"""Steps of a recursion over the queue's states that take as long as an ordinary result of a kernel."""

THRESHOLD = Range(below=False, whole=True)
LIMIT = Range(above=True, high=1.0, below=False)


@dataclass(frozen=True, eq=False)
class OverflowStream:
    """The contacts that one queue sends out because it is full: an exact renewal stream.

    Contacts arrive at random at `arrival_rate`; `agents` serve them; `waiting_room` more may wait, each until
    its patience (exponential) ends. A contact that finds no room goes to the vendor, for good.

    Parameters
    ----------
    agents : int or array
        In-house agents, whole numbers.
    arrival_rate : float or array
        Contacts per unit of time.
    aht : float or array
        Mean handle time of these agents, above 0; handle times are exponential.
    patience : float or array
        Mean time until a waiting contact gives up; inf: never, 0: nobody waits, so that nothing overflows
        where there is room to wait.
    waiting_room : int or array
        Contacts that may wait, whole numbers.
    threshold : float or array
        Contacts in the queue, in service or waiting, from which on a new one is sent out though there is
        room, whole numbers, as in `bporoute.Overflow`; inf: only if there is no room.

    Raises
    ------
    InputError
        Naming the argument (and its index), the value and the legal range.

    Examples
    --------
    Ten agents with ten erlangs and no waiting room. A team of five for what overflows blocks 17 % of it;
    were it random, Erlang B would promise 3 %:

    >>> stream = OverflowStream(agents=10, arrival_rate=10, aht=1)
    >>> print("{:.4f} erlangs, variance {:.4f}, peakedness {:.4f}".format(*stream.moments(vendor_aht=1)))
    2.1458 erlangs, variance 4.3624, peakedness 2.0330
    >>> round(stream.pool_blocking(5, vendor_aht=1), 6)
    0.170084
    >>> stream.required_pool(vendor_aht=1, blocking=0.01)
    10
    """

    agents: Any
    arrival_rate: Any
    aht: Any
    patience: Any = math.inf
    waiting_room: Any = 0
    threshold: Any = math.inf

    def __post_init__(self) -> None:
        self._queue()

    def _queue(self) -> tuple[Floats, ...]:
        """Agents, arrival rate, handle time, rate of giving up and waiting room, checked, of one shape."""
        given = together(
            agents=(self.agents, FOLLOWED),
            arrival_rate=(self.arrival_rate, NOT_NEGATIVE),
            aht=(self.aht, POSITIVE),
            patience=(self.patience, OR_INFINITE),
            waiting_room=(self.waiting_room, FOLLOWED),
            threshold=(self.threshold, THRESHOLD),
        )
        agents, arrival_rate, aht, patience, room, threshold = given.flat
        # Below a threshold that leaves agents idle, the queue is one of so many agents without waiting.
        room = np.minimum(room, np.maximum(threshold - agents, 0.0))
        agents = np.minimum(agents, threshold)
        give_ups = 1.0 / np.maximum(patience, SHORTEST_PATIENCE)
        arrival_rate = np.where((patience == 0.0) & (room > 0.0), 0.0, arrival_rate)
        return tuple(values.reshape(given.shape) for values in (agents, arrival_rate, aht, give_ups, room))

    def _with(self, **vendor: tuple[object, Range]) -> Together:
        agents, arrival_rate, aht, give_ups, room = self._queue()
        return together(
            agents=(agents, FOLLOWED),
            arrival_rate=(arrival_rate, NOT_NEGATIVE),
            aht=(aht, POSITIVE),
            give_ups=(give_ups, NOT_NEGATIVE),
            waiting_room=(room, FOLLOWED),
            **vendor,
        )

    @property
    def rate(self) -> Any:
        """Contacts sent out per unit of time."""
        own = self._queue()[2]
        mean = self.moments(own).mean
        return mean / own if own.ndim else mean / float(own)

    def moments(self, vendor_aht: object) -> Moments:
        """Mean, variance and peakedness of the traffic that the vendor is offered, exactly.

        Parameters
        ----------
        vendor_aht : float or array
            Mean handle time at the vendor (exponential), above 0.

        Raises
        ------
        InputError
            Naming the argument, the value and the legal range.

        Notes
        -----
        Kosten's formulas without waiting and with equal handle times; else from the renewal stream's
        Laplace transform phi: ``peakedness = 1 / (1 - phi(1 / vendor_aht)) - mean``.

        Examples
        --------
        >>> patient = OverflowStream([20, 22], 24 / 300, 300, patience=300, waiting_room=10)
        >>> patient.moments(250).peakedness.round(6)
        array([2.963469, 2.904634])
        """
        given = self._with(vendor_aht=(vendor_aht, POSITIVE))
        rows = _run(renewal.overflow_moments, given, columns=3)
        return Moments(*(given.shaped(column) for column in rows.T))

    def pool_blocking(self, pool_agents: object, vendor_aht: object) -> Any:
        """The share of these contacts that a vendor team blocks if nobody may wait there, exactly (GI/M/m/m).

        Parameters
        ----------
        pool_agents : int or array
            The team, whole numbers, for these contacts alone.
        vendor_aht : float or array
            Mean handle time at the vendor (exponential), above 0.

        Returns
        -------
        float or array
            From 0 to 1. Takes time in proportion to the team times the queue's states.

        Raises
        ------
        InputError
            Naming the argument, the value and the legal range.

        Notes
        -----
        ``1 / sum over j = 0 .. m of C(m, j) prod_(i<=j) (1 - phi(i s)) / phi(i s)``, s = 1 / vendor_aht;
        Takacs, Introduction to the Theory of Queues (1962), ch. 4.

        Examples
        --------
        >>> OverflowStream(10, 10, 1).pool_blocking([0, 5, 10], 1).round(6)
        array([1.      , 0.170084, 0.00871 ])
        """
        given = self._with(pool_agents=(pool_agents, FOLLOWED), vendor_aht=(vendor_aht, POSITIVE))
        return given.shares(_run(renewal.pool_blocking, given, passes=given.flat[-2].max(initial=0.0)))

    def pool_wait(self, pool_agents: object, vendor_aht: object) -> PoolWait:
        """How long these contacts wait for a vendor team where all may wait, exactly (GI/M/m).

        Parameters
        ----------
        pool_agents : int or array
            The team, whole numbers, for these contacts alone.
        vendor_aht : float or array
            Mean handle time at the vendor (exponential), above 0.

        Raises
        ------
        InputError
            Naming the argument, the value and the legal range.

        Notes
        -----
        Nobody gives up at the vendor. The wait is exponential with an atom at 0; its rate is m s (1 - sigma),
        where sigma = phi(m s (1 - sigma)); Takacs, as for `pool_blocking`, ch. 2.

        Examples
        --------
        >>> wait = OverflowStream(10, 10, 1).pool_wait(5, vendor_aht=1)
        >>> print(f"{wait.probability:.6f} wait; mean {wait.mean:.6f}; {wait.exceeds(1):.6f} more than 1")
        0.299178 wait; mean 0.203392; 0.068724 more than 1
        """
        given = self._with(pool_agents=(pool_agents, FOLLOWED), vendor_aht=(vendor_aht, POSITIVE))
        rows = _run(renewal.pool_wait, given, columns=2, passes=given.flat[-2].max(initial=0.0))
        waits, rate = rows.T
        return PoolWait(given.shares(waits), given.shaped(rate))

    def required_pool(self, vendor_aht: object, blocking: object = 0.01) -> Any:
        """The smallest vendor team without waiting that blocks at most this share of these contacts.

        Parameters
        ----------
        vendor_aht : float or array
            Mean handle time at the vendor (exponential), above 0.
        blocking : float or array
            The limit, above 0 and at most 1.

        Returns
        -------
        int or array of int
            0 if nothing overflows.

        Raises
        ------
        InputError
            Naming the argument, the value and the legal range.

        Examples
        --------
        >>> OverflowStream(10, 10, 1).required_pool(1, [0.1, 0.01, 0.001])
        array([ 7, 10, 13])
        """
        given = self._with(vendor_aht=(vendor_aht, POSITIVE), blocking=(blocking, LIMIT))
        aht, limit = (values.reshape(given.shape) for values in given.flat[-2:])
        return self._smallest(lambda pool: self.pool_blocking(pool, aht) <= limit, given.shape)

    def required_pool_with_wait(self, vendor_aht: object, mean_wait: object) -> Any:
        """The smallest vendor team where these contacts, if all may wait, wait at most so long on average.

        Parameters
        ----------
        vendor_aht : float or array
            Mean handle time at the vendor (exponential), above 0.
        mean_wait : float or array
            The limit, above 0.

        Returns
        -------
        int or array of int
            0 if nothing overflows.

        Raises
        ------
        InputError
            Naming the argument, the value and the legal range.

        Examples
        --------
        >>> OverflowStream(10, 10, 1).required_pool_with_wait(1, mean_wait=0.1)
        6
        """
        given = self._with(vendor_aht=(vendor_aht, POSITIVE), mean_wait=(mean_wait, POSITIVE))
        aht, limit = (values.reshape(given.shape) for values in given.flat[-2:])
        return self._smallest(lambda pool: self.pool_wait(pool, aht).mean <= limit, given.shape)

    def _smallest(self, meets: Callable[[Floats], Any], shape: tuple[int, ...]) -> Any:
        """The smallest team in each place that meets what a larger one meets too."""
        idle = np.asarray(self.rate) == 0.0
        found = least(lambda pool: meets(pool) | idle, np.ones(shape), whole=True).astype(np.int64)
        return found if shape else int(found)

    def interrupted_poisson(self, vendor_aht: object) -> InterruptedPoisson:
        """The switched Poisson stream with this stream's first three factorial moments at the vendor.

        The fit is exact for one agent without waiting room. Behind ten agents with ten erlangs a team of
        five blocks 17.01 % of the overflow and 16.95 % of the fitted stream; a team of nine 1.75 % and
        1.67 %. The rarer blocking is, the more the fit understates it. Use it where a simulation or another
        model asks for a simple source of bunched contacts.

        Parameters
        ----------
        vendor_aht : float or array
            Mean handle time at the vendor (exponential), above 0.

        Raises
        ------
        InputError
            Naming the argument, the value and the legal range.

        Notes
        -----
        Kuczura, Bell System Technical Journal 52 (1973), 437-448. Random overflow (no agents) is never
        switched: on_to_off is 0 and off_to_on inf.

        Examples
        --------
        >>> OverflowStream(agents=1, arrival_rate=3, aht=1).interrupted_poisson(vendor_aht=2)
        InterruptedPoisson(rate_on=3.0, on_to_off=1.0, off_to_on=3.0)
        """
        given = self._with(vendor_aht=(vendor_aht, POSITIVE))
        rows = _run(equivalent.interrupted_poisson, given, columns=3)
        return InterruptedPoisson(*(given.shaped(column) for column in rows.T))


def _run(kernel: Callable[..., None], given: Together, columns: int = 0, passes: float = 1.0) -> Floats:
    """A kernel's results; it goes over all states of each queue so many times."""
    agents, waiting_room = given.flat[0], given.flat[4]
    steps = float((agents + waiting_room + 1.0).sum()) * passes
    chosen = _kernels.for_work(kernel, agents.size + int(steps / STATES_PER_VALUE))
    with np.errstate(all="ignore"):  # interpreted, a kernel's way to inf or 0 would warn
        return given.run(chosen, columns=columns)


class PoolWait(NamedTuple):
    """The wait for an agent of a vendor team that lets contacts queue, in their order of arrival.

    Attributes
    ----------
    probability : float or array
        That a contact waits at all; 1 if the team cannot keep up.
    rate : float or array
        Per unit of time: a contact that waits does so for an exponential time of mean 1 / rate. 0 if the
        team cannot keep up.
    """

    probability: Any
    rate: Any

    @property
    def mean(self) -> Any:
        """Mean wait of all contacts; inf if the team cannot keep up."""
        with np.errstate(divide="ignore"):
            mean = np.divide(self.probability, self.rate)
        return mean if mean.ndim else float(mean)

    def exceeds(self, t: object) -> Any:
        """The probability of a wait longer than t >= 0: ``probability * exp(-rate * t)``."""
        given = together(t=(t, NOT_NEGATIVE), probability=(self.probability, NOT_NEGATIVE),
                         rate=(self.rate, NOT_NEGATIVE))  # fmt: skip
        times, probability, rate = given.flat
        return given.shaped(probability * np.exp(-rate * times))
