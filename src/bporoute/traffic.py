"""What a queue sends out when it is full, and how many vendor agents that needs.

Contacts that overflow come in bunches: a vendor team sized as if they came at random (Erlang B with the
overflow's rate) blocks twice to a hundred times as many as expected. One queue that feeds one team is solved
exactly (`OverflowStream`); several queues on one team by their means and variances (`combined_blocking`).

Any unit of time works if rates and times share it (seconds, say, and contacts per second). Arguments are
numbers or arrays that broadcast; results have the shape of them all, and are floats if all are numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from bporoute import _kernels
from bporoute._kernels import renewal
from bporoute.arrays import Floats
from bporoute.broadcast import NOT_NEGATIVE, POSITIVE, Range, Together, together
from bporoute.errors import InputError

STATES_PER_VALUE = 50
"""Steps of a recursion over the queue's states that take as long as an ordinary result of a kernel."""
SHORTEST_PATIENCE = 1e-200


class _Whole(Range):
    """Whole numbers; above ten million states or agents the answer would take too long."""

    def holds(self, values: Floats) -> Any:
        return super().holds(values) & (np.floor(values) == values)

    def __str__(self) -> str:
        return f"a whole number from 0 to {self.high:g}"


WHOLE = _Whole(high=1e7, below=False)
ENDLESS = Range(above=True, below=False)
LIMIT = Range(above=True, high=1.0, below=False)


class Moments(NamedTuple):
    """Traffic offered to a vendor, as the number of contacts that would be in service with agents enough.

    Attributes
    ----------
    mean : float or array
        Erlangs.
    variance : float or array
        Erlangs.
    peakedness : float or array
        variance / mean: 1 for random (Poisson) traffic, above for the overflow of a queue.
    """

    mean: Any
    variance: Any
    peakedness: Any


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


class InterruptedPoisson(NamedTuple):
    """A Poisson stream that is switched on and off at random: the simplest bunched traffic.

    Attributes
    ----------
    rate_on : float or array
        Contacts per unit of time while it is on.
    on_to_off, off_to_on : float or array
        Switches per unit of time in either state.
    """

    rate_on: Any
    on_to_off: Any
    off_to_on: Any


class EquivalentRandom(NamedTuple):
    """A loss queue whose overflow stands for other traffic.

    Attributes
    ----------
    agents : float or array
        A real number.
    load : float or array
        Erlangs offered to it.
    """

    agents: Any
    load: Any


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
        Mean time until a waiting contact gives up; inf: never.
    waiting_room : int or array
        Contacts that may wait.
    threshold : int or array, optional
        Send a contact out that finds this many others in the queue, served or waiting, also if there were
        room for more; None: only if there is no room.

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
    threshold: Any = None

    def __post_init__(self) -> None:
        self._queue()

    def _queue(self) -> tuple[Floats, ...]:
        """Agents, arrival rate, handle time, rate of giving up and waiting room, checked, of one shape."""
        given = together(
            agents=(self.agents, WHOLE),
            arrival_rate=(self.arrival_rate, NOT_NEGATIVE),
            aht=(self.aht, POSITIVE),
            patience=(self.patience, ENDLESS),
            waiting_room=(self.waiting_room, WHOLE),
            threshold=(WHOLE.high if self.threshold is None else self.threshold, WHOLE),
        )
        agents, arrival_rate, aht, patience, room, threshold = given.flat
        # Below a threshold that leaves agents idle, the queue is one of so many agents without waiting.
        room = np.minimum(room, np.maximum(threshold - agents, 0.0))
        agents = np.minimum(agents, threshold)
        give_ups = 1.0 / np.maximum(patience, SHORTEST_PATIENCE)
        return tuple(values.reshape(given.shape) for values in (agents, arrival_rate, aht, give_ups, room))

    def _with(self, **vendor: tuple[object, Range]) -> Together:
        agents, arrival_rate, aht, give_ups, room = self._queue()
        return together(
            agents=(agents, WHOLE),
            arrival_rate=(arrival_rate, NOT_NEGATIVE),
            aht=(aht, POSITIVE),
            patience=(give_ups, NOT_NEGATIVE),
            waiting_room=(room, WHOLE),
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
        given = self._with(pool_agents=(pool_agents, WHOLE), vendor_aht=(vendor_aht, POSITIVE))
        return given.shaped(_run(renewal.pool_blocking, given, passes=given.flat[-2].max(initial=0.0)))

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
        given = self._with(pool_agents=(pool_agents, WHOLE), vendor_aht=(vendor_aht, POSITIVE))
        rows = _run(renewal.pool_wait, given, columns=2, passes=given.flat[-2].max(initial=0.0))
        return PoolWait(*(given.shaped(column) for column in rows.T))

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
        """The smallest team in each place that meets what a larger one meets too: doubling, then halving."""
        idle = np.asarray(self.rate) == 0.0
        low, high = np.full(shape, -1.0), np.zeros(shape)
        while not (met := meets(high) | idle).all():
            low, high = np.where(met, low, high), np.where(met, high, np.maximum(2.0 * high, 1.0))
        while (high - low > 1.0).any():
            middle = np.where(high - low > 1.0, np.floor((low + high) / 2.0), high)
            met = meets(middle) | idle
            low, high = np.where(met, low, middle), np.where(met, middle, high)
        whole = high.astype(np.int64)
        return whole if shape else int(whole)

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
        rows = _run(renewal.interrupted_poisson, given, columns=3)
        return InterruptedPoisson(*(given.shaped(column) for column in rows.T))


def _run(kernel: Callable[..., None], given: Together, columns: int = 0, passes: float = 1.0) -> Floats:
    """A kernel's results; it goes over all states of each queue so many times."""
    agents, waiting_room = given.flat[0], given.flat[4]
    steps = float((agents + waiting_room + 1.0).sum()) * passes
    chosen = _kernels.for_work(kernel, agents.size + int(steps / STATES_PER_VALUE))
    with np.errstate(all="ignore"):  # interpreted, a kernel's way to inf or 0 would warn
        return given.run(chosen, columns=columns)


def interrupted_poisson(
    first: object, second: object, third: object, aht: object = 1.0
) -> InterruptedPoisson:
    """The switched Poisson stream with three given factorial moments.

    Parameters
    ----------
    first, second, third : float or array
        ``E[L]``, ``E[L (L-1)]`` and ``E[L (L-1) (L-2)]``, where L contacts are in service at a vendor with
        agents enough; above 0.
    aht : float or array
        Mean handle time there, above 0; 1: the rates are per handle time.

    Returns
    -------
    InterruptedPoisson
        Of nan where no such stream has these moments: where second <= first^2 (traffic not peaked) or
        third is too small or too large.

    Raises
    ------
    InputError
        Naming the argument, the value and the legal range.

    Notes
    -----
    With ``d_0 = first``, ``d_1 = second / first``, ``d_2 = third / second`` such a stream has
    ``d_k = aht rate_on (off_to_on + k s) / (off_to_on + on_to_off + k s)``, s = 1 / aht; solved for the
    rates. Kuczura, Bell System Technical Journal 52 (1973), 437-448.

    Examples
    --------
    On half of the time, at 4 contacts per handle time: 2 in service on average.

    >>> print("{:.6f} {:.6f} {:.6f}".format(*interrupted_poisson(2, 16 / 3, 16)))
    4.000000 1.000000 1.000000
    """
    given = together(
        first=(first, POSITIVE), second=(second, POSITIVE), third=(third, POSITIVE), aht=(aht, POSITIVE)
    )
    m1, m2, m3, time = given.flat
    d0, d1, d2 = m1, m2 / m1, m3 / m2
    with np.errstate(all="ignore"):
        on = (d2 * (d1 - d0) - d0 * (d2 - d1)) / ((d1 - d0) - (d2 - d1))
        to_on = d0 / on * (on - d1) / (d1 - d0)
        to_off = to_on * (on - d0) / d0
        real = (on > 0.0) & (to_on > 0.0) & (to_off > 0.0) & (np.maximum(on, to_off) < math.inf)
    return InterruptedPoisson(
        *(given.shaped(np.where(real, rate, math.nan) / time) for rate in (on, to_off, to_on))
    )


def equivalent_random(mean: object, variance: object) -> EquivalentRandom:
    """The loss queue whose overflow has this mean and variance.

    Parameters
    ----------
    mean, variance : float or array
        In erlangs; the variance is at least the mean.

    Returns
    -------
    EquivalentRandom
        Agents (a real number) and load. For random traffic (variance = mean) no agents and load = mean.
        The queue has the mean to the last digits; the peakedness to 1e-8 for means up to 1,000 erlangs, to
        1e-4 for a million: so finely does it hang on agents and load there.

    Raises
    ------
    InputError
        Naming the argument, the value and the legal range.

    Notes
    -----
    Solved exactly, from Rapp's approximation ``load = variance + 3 z (z - 1)``, z = variance / mean;
    Wilkinson, Bell System Technical Journal 35 (1956), 421-514; Rapp, Ericsson Technics 20 (1964).

    Examples
    --------
    >>> queue = equivalent_random(2.14582343107, 4.36244728062)
    >>> print(f"{queue.agents:.6f} agents, {queue.load:.6f} erlangs")
    10.000000 agents, 10.000000 erlangs
    """
    given = together(mean=(mean, NOT_NEGATIVE), variance=(variance, NOT_NEGATIVE))
    means, variances = given.flat
    smooth = variances < means * (1.0 - 1e-12)
    if smooth.any():
        first = int(np.argmax(smooth))
        raise InputError("variance", repr(float(variances[first])), f"at least the mean {means[first]}")
    exact = Together((means, np.maximum(variances, means)), given.shape)
    rows = exact.run(_kernels.for_work(renewal.equivalent_random, means.size), columns=2)
    return EquivalentRandom(*(given.shaped(column) for column in rows.T))


def combined_blocking(pool_agents: object, streams: Iterable[Sequence[Any]]) -> Any:
    """The share of the contacts of several independent streams that one vendor team blocks, nobody waiting.

    Parameters
    ----------
    pool_agents : float or array
        The team they share; any real number >= 0.
    streams : iterable of (mean, variance, ...)
        `Moments` of each stream at this vendor, or pairs in erlangs. Random traffic is (load, load).

    Returns
    -------
    float or array
        Blocked over offered contacts of all streams together; 0 without contacts.

        An approximation. For pairs of queues that overflow onto one team, against exact chains, it was up
        to 2 % (of itself) too high where a quarter is blocked, up to 9 % too low where 3 to 6 % are, and 1 to
        38 % too low where 0.2 to 0.5 % are, most where the two queues are alike. Hayward's formula was 7 to
        76 % too low there, random traffic of the same mean 34 to 99.9 %. The more peaked of two streams loses
        more than the common share. One stream with equal handle times is exact, any other has an exact
        answer in `OverflowStream.pool_blocking`.

    Raises
    ------
    InputError
        Naming the argument, the value and the legal range.

    Notes
    -----
    Means and variances add. Peaked traffic: the overflow of the equivalent queue's agents and the team
    together (Wilkinson). Smooth traffic, variance < mean: Erlang B of pool / z and mean / z (Hayward;
    Fredericks, Bell System Technical Journal 59, 1980, 807-827).

    Examples
    --------
    >>> north = OverflowStream(10, 10, 1).moments(vendor_aht=1)
    >>> south = OverflowStream(5, 4, 1).moments(vendor_aht=1)
    >>> combined_blocking([5, 8], [north, south]).round(4)
    array([0.2255, 0.0554])
    """
    pairs = [together(mean=(s[0], NOT_NEGATIVE), variance=(s[1], NOT_NEGATIVE)) for s in streams]
    mean = sum((pair.flat[0].reshape(pair.shape) for pair in pairs), np.zeros(()))
    variance = sum((pair.flat[1].reshape(pair.shape) for pair in pairs), np.zeros(()))
    given = together(
        pool_agents=(pool_agents, NOT_NEGATIVE), mean=(mean, NOT_NEGATIVE), variance=(variance, NOT_NEGATIVE)
    )
    return given.shaped(given.run(_kernels.for_work(renewal.combined_blocking, given.flat[0].size)))
