"""Handle times that vary less or more than exponential ones."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from bporoute import _kernels
from bporoute._base.arrays import together
from bporoute._base.ranges import NOT_NEGATIVE, POSITIVE, Range
from bporoute._kernels.queueing.mgn import mgn_waits

CV = Range(high=1e6, below=False)


def mgn_mean_wait(
    agents: ArrayLike, arrival_rate: ArrayLike, aht: ArrayLike, handle_time_cv: ArrayLike
) -> Any:
    """Mean wait of all contacts where handle times are not exponential and nobody gives up: M/G/n.

    Whitt's approximation: the wait of Erlang C times ``(1 + cv^2) / 2`` times a correction phi, which is 1
    for cv = 1 and in heavy traffic. The arguments broadcast; any consistent unit of time works (seconds by
    default).

    Parameters
    ----------
    agents : array_like
        Agents, any real number >= 0.
    arrival_rate : array_like
        Contacts per unit of time, >= 0.
    aht : array_like
        Average handle time, > 0.
    handle_time_cv : array_like
        Standard deviation of the handle times over their mean, from 0 (all are alike) to 1e6; 1: exponential.

    Returns
    -------
    float or array
        Mean wait in the arguments' common shape, in the unit of `aht`; inf where the load is not below the
        agents.

    Raises
    ------
    InputError
        If an argument is out of range.

    Notes
    -----
    Exact for cv = 1, and for one agent with equal handle times. For equal handle times the error is below
    0.8 % up to 15 agents at an occupancy from 70 % on and up to 40 agents from 90 % on, below 1.1 % up to 100
    agents from 90 % on; in larger, less busy teams the result is too low (10 % for 100 agents at 80 %), where
    the waits are below a thousandth of a handle time. Beyond cv = 1 the mean and the cv do not
    fix the wait, except for one agent: there it is ``(1 + cv^2) / 2`` times Erlang C's (Pollaczek-Khinchine),
    up to 8 % more than this says.

    Source: W. Whitt, Production and Operations Management 2 (1993) 114, eq. 2.24.

    Examples
    --------
    >>> waits = mgn_mean_wait(10, 8, 1, [0, 0.5, 1, 1.5])
    >>> waits.round(4)
    array([0.11  , 0.1355, 0.2046, 0.3064])
    """
    arguments = together(
        agents=(agents, NOT_NEGATIVE),
        arrival_rate=(arrival_rate, NOT_NEGATIVE),
        aht=(aht, POSITIVE),
        handle_time_cv=(handle_time_cv, CV),
    )
    return arguments.shaped(arguments.run(_kernels.for_work(mgn_waits, len(arguments.flat[0]))))
