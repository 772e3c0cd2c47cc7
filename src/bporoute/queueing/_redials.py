"""Contacts that call again: how many arrive in all, where only the first attempts are known."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bporoute import _kernels
from bporoute._base.arrays import named, together
from bporoute._base.ranges import NOT_NEGATIVE, OR_INFINITE, POSITIVE, PROBABILITY, SHARE_BELOW_ONE
from bporoute._kernels.queueing.redials import total_rates
from bporoute.errors import InputError

TRIALS = 60
"""Rates that the kernel tries for one result."""


def total_arrival_rate(
    agents: ArrayLike,
    first_arrival_rate: ArrayLike,
    aht: ArrayLike,
    patience: ArrayLike,
    redial_after_abandonment: ArrayLike,
    redial_after_service: ArrayLike = 0.0,
) -> Any:
    """Arrival rate of all contacts, first and repeated attempts, at an Erlang A queue.

    Repeated attempts are taken as Poisson too, which holds if they come much later than a wait. The rate
    lambda solves ``lambda = first + r_a P(Ab) lambda + r_s (1 - P(Ab)) lambda``, where P(Ab) is the share
    that abandons at lambda. The arguments broadcast; any consistent unit of time works (seconds by default).

    Parameters
    ----------
    agents : array_like
        Agents, any real number >= 0.
    first_arrival_rate : array_like
        First attempts per unit of time, >= 0.
    aht : array_like
        Average handle time, > 0.
    patience : array_like
        Mean patience, >= 0, exponential. inf: nobody gives up. 0: nobody waits, and who finds all agents
        busy is lost (extended Erlang B).
    redial_after_abandonment : array_like
        Share of the lost contacts that call again, from 0 to 1.
    redial_after_service : array_like
        Share of the served contacts that call again, >= 0 and below 1.

    Returns
    -------
    float or array
        Contacts per unit of time, in the arguments' common shape.

    Raises
    ------
    InputError
        If an argument is out of range; if all that are lost come back and the agents cannot serve all first
        attempts in the end: then there is no such rate.

    Notes
    -----
    Extended Erlang B: Jewett, Shrago & Yomtov, Designing Optimal Voice Networks (1980). With abandonment:
    Mandelbaum, Massey, Reiman, Stolyar & Rider, Telecommunication Systems 21 (2002).

    Examples
    --------
    >>> round(total_arrival_rate(52, 10, 5, 2, redial_after_abandonment=0.5, redial_after_service=0.05), 6)
    11.051467
    >>> round(total_arrival_rate(24, 20, 1, 0, redial_after_abandonment=0.5), 6)  # Erlang B
    20.851931
    """
    arguments = together(
        agents=(agents, NOT_NEGATIVE),
        first_arrival_rate=(first_arrival_rate, NOT_NEGATIVE),
        aht=(aht, POSITIVE),
        patience=(patience, OR_INFINITE),
        redial_after_abandonment=(redial_after_abandonment, PROBABILITY),
        redial_after_service=(redial_after_service, SHARE_BELOW_ONE),
    )
    _check_served_in_the_end(*arguments.flat, shape=arguments.shape)
    size = len(arguments.flat[0])
    return arguments.shaped(arguments.run(_kernels.for_work(total_rates, TRIALS * size)))


def _check_served_in_the_end(
    agents: Any, first: Any, aht: Any, patience: Any, lost: Any, served: Any, *, shape: tuple[int, ...]
) -> None:
    """Where everybody comes back until served, the agents must be able to serve all."""
    most = (1.0 - served) * agents / aht
    wrong = (lost == 1.0) & (patience < np.inf) & (first > 0.0) & (first >= most)
    if not wrong.any():
        return
    place = int(np.argmax(wrong))
    raise InputError(
        named("redial_after_abandonment", place, shape),
        f"1.0, at a first arrival rate of {first[place]:g}",
        f"less than 1, or a first arrival rate below {most[place]:g}, which the agents can serve in the end",
    )
