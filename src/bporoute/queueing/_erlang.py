"""Erlang B and C for any real number of agents: arrays in, arrays out."""

from __future__ import annotations

from typing import Any

from bporoute._base.arrays import together
from bporoute._base.ranges import NOT_NEGATIVE, POSITIVE, SHARE_BELOW_ONE
from bporoute._kernels import for_work
from bporoute._kernels.queueing import elementwise as batches


def erlang_b(agents: object, load: object) -> Any:
    """Blocking probability: the share of contacts that find all agents busy and are lost (M/G/n/n).

    ``B = (a^n / n!) / sum over k <= n of a^k / k!``, for a real number n of agents
    ``1 / B = integral over t >= 0 of a e^(-a t) (1 + t)^n`` (Jagerman, Bell Syst. Tech. J. 53, 1974).

    Parameters
    ----------
    agents : float or array
        Agents (or lines), any real number of at least 0.
    load : float or array
        Offered load, erlangs: arrival rate times mean handle time, at least 0.

    Returns
    -------
    float or array
        In [0, 1], in the shape that the arguments broadcast to. 1 for no agents.

    Raises
    ------
    InputError
        A number that is negative, infinite or not a number; shapes that do not broadcast.

    Notes
    -----
    In bounded time: recursion, continued fraction or Temme's uniform expansion. Relative error below 1e-13
    where B is above 1e-12, below 1e-12 down to 1e-300, for up to 1e8 agents.

    Examples
    --------
    >>> round(erlang_b(10, 8), 14)
    0.12166106425295
    >>> erlang_b([10, 10.5, 1e6], [8, 8, 1e6]).round(6)
    array([0.121661, 0.100106, 0.000797])
    """
    given = together(agents=(agents, NOT_NEGATIVE), load=(load, NOT_NEGATIVE))
    return given.shares(given.run(for_work(batches.erlang_b, len(given.flat[0]) // 4)))


def erlang_c(agents: object, load: object) -> Any:
    """Probability of waiting where nobody gives up (M/M/n): the Erlang C formula.

    ``C = n B / (n - a (1 - B))`` for a < n, with Erlang B. From a = n on the queue grows without bound and
    everybody waits: 1.

    Parameters
    ----------
    agents : float or array
        Agents, any real number of at least 0.
    load : float or array
        Offered load, erlangs, at least 0.

    Returns
    -------
    float or array
        In [0, 1], in the shape that the arguments broadcast to.

    Raises
    ------
    InputError
        A number that is negative, infinite or not a number; shapes that do not broadcast.

    Notes
    -----
    Accuracy and speed as `erlang_b`.

    Examples
    --------
    >>> round(erlang_c(10, 8), 12)
    0.409180150796
    >>> erlang_c(10, [9, 9.999, 10, 12]).round(4)
    array([0.6687, 0.9996, 1.    , 1.    ])
    """
    given = together(agents=(agents, NOT_NEGATIVE), load=(load, NOT_NEGATIVE))
    return given.shares(given.run(for_work(batches.erlang_c, len(given.flat[0]) // 4)))


def erlang_b_load(agents: object, blocking: object) -> Any:
    """The offered load at which Erlang B equals a given blocking probability.

    Parameters
    ----------
    agents : float or array
        Agents (or lines), any real number above 0.
    blocking : float or array
        Probability of at least 0 and below 1.

    Returns
    -------
    float or array
        Erlangs, in the shape that the arguments broadcast to; 0 for a blocking of 0.

    Raises
    ------
    InputError
        A number out of its range; shapes that do not broadcast.

    Notes
    -----
    Newton's steps on the logarithm of 1 / B, whose slope over the logarithm of the load is ``a (1 - B) - n``
    (Jagerman 1974), in a bracket.

    Examples
    --------
    >>> round(erlang_b_load(24, 1 / 128), 12)
    14.883239078233
    """
    given = together(agents=(agents, POSITIVE), blocking=(blocking, SHARE_BELOW_ONE))
    return given.shaped(given.run(for_work(batches.erlang_b_load, 4 * len(given.flat[0]))))
