"""One vendor team for the overflow of several queues, by the mean and the variance of their traffic.

Any unit of time works: all is in erlangs. Arguments are numbers or arrays that broadcast; results have the
shape of them all, and are floats if all are numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from bporoute import _kernels
from bporoute._base.arrays import Flags, Floats, Together, refuse, together
from bporoute._base.ranges import NOT_NEGATIVE, Range
from bporoute._base.search import least
from bporoute._kernels.queueing import equivalent_random as equivalent
from bporoute.errors import InputError, shown

SHARE = Range(high=1.0, above=True)


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
    refuse("variance", variances, smooth, given.shape, "at least the mean")
    exact = Together((means, np.maximum(variances, means)), given.shape)
    rows = exact.run(_kernels.for_work(equivalent.equivalent_random, means.size), columns=2)
    return EquivalentRandom(*(given.shaped(column) for column in rows.T))


def combined_blocking(pool_agents: object, streams: Iterable[Sequence[Any]]) -> Any:
    """The share of the contacts of several independent streams that one vendor team blocks, nobody waiting.

    Parameters
    ----------
    pool_agents : float or array
        The team they share; any real number >= 0.
    streams : iterable of (mean, variance, ...)
        Of each stream at this vendor, in erlangs, such as `OverflowStream.moments` gives them. Random
        traffic is (load, load).

    Returns
    -------
    float or array
        Blocked over offered contacts of all streams together; 0 without contacts. An approximation.

    Raises
    ------
    InputError
        Naming the argument, the value and the legal range.

    Notes
    -----
    Means and variances add. Peaked traffic: the overflow of the equivalent queue's agents and the team
    together (Wilkinson). Smooth traffic, variance < mean: Erlang B of pool / z and mean / z (Hayward;
    Fredericks, Bell System Technical Journal 59, 1980, 807-827).

    For pairs of queues that overflow onto one team, against exact chains, it was up to 2 % (of itself) too
    high where a quarter is blocked, up to 9 % too low where 3 to 6 % are, and 1 to 38 % too low where 0.2 to
    0.5 % are, most where the two queues are alike. Hayward's formula was 7 to 76 % too low there, random
    traffic of the same mean 34 to 99.9 %. The more peaked of two streams loses more than the common share.
    One stream with equal handle times is exact, any other has an exact answer in
    `OverflowStream.pool_blocking`.

    Examples
    --------
    >>> from bporoute import OverflowStream
    >>> north = OverflowStream(10, 10, 1).moments(vendor_aht=1)
    >>> south = OverflowStream(5, 4, 1).moments(vendor_aht=1)
    >>> combined_blocking([5, 8], [north, south]).round(4)
    array([0.2255, 0.0554])
    """
    given = _added("pool_agents", pool_agents, NOT_NEGATIVE, streams)
    return given.shares(given.run(_kernels.for_work(equivalent.combined_blocking, len(given.flat[0]))))


def required_combined_pool(streams: Iterable[Sequence[Any]], blocking: object = 0.01) -> Any:
    """The smallest vendor team that blocks at most this share of several independent streams together.

    Parameters
    ----------
    streams : iterable of (mean, variance, ...)
        As in `combined_blocking`, whose approximation this is.
    blocking : float or array
        The limit, above 0 and below 1.

    Returns
    -------
    int or array of int

    Raises
    ------
    InputError
        Naming the argument, the value and the legal range.

    Examples
    --------
    >>> from bporoute import OverflowStream
    >>> north = OverflowStream(10, 10, 1).moments(vendor_aht=1)
    >>> south = OverflowStream(5, 4, 1).moments(vendor_aht=1)
    >>> required_combined_pool([north, south], blocking=[0.05, 0.01])
    array([ 9, 11])
    """
    given = _added("blocking", blocking, SHARE, streams)
    limit, mean, variance = given.flat
    kernel = _kernels.for_work(equivalent.combined_blocking, 20 * len(limit))

    def enough(pool: Floats) -> Flags:
        return Together((pool, mean, variance), given.shape).run(kernel) <= limit

    found = least(enough, np.maximum(np.ceil(mean), 1.0), whole=True).astype(np.int64)
    return found.reshape(given.shape) if given.shape else int(found[0])


def _added(name: str, value: object, legal: Range, streams: Iterable[Sequence[Any]]) -> Together:
    """(value, sum of the streams' means, sum of their variances)."""
    try:
        pairs = [(mean, variance) for mean, variance, *_ in streams]
    except (TypeError, ValueError):
        raise InputError("streams", shown(streams), "of each stream the mean and the variance") from None
    named = {f"streams[{i}][{j}]": (pairs[i][j], NOT_NEGATIVE) for i in range(len(pairs)) for j in (0, 1)}
    given = together(**{name: (value, legal)}, **named)
    first, *moments = given.flat
    none = np.zeros_like(first)
    return Together((first, sum(moments[::2], none), sum(moments[1::2], none)), given.shape)
