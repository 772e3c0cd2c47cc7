"""Overflow no more than needed: the longest queue whose contacts still get their service level."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import betainc, gammainc

from bporoute import _kernels
from bporoute._base.arrays import Floats
from bporoute._kernels.queueing import thresholds as thresholds
from bporoute.center._target import ServiceLevel
from bporoute.errors import InputError, shown
from bporoute.queueing._overflow_queue import checked_queue, served_curve, work_on


def largest_threshold(
    agents: float,
    arrival_rate: float,
    aht: float,
    patience: float,
    waiting_room: int,
    target: ServiceLevel,
) -> float:
    """The largest threshold at which the contacts kept still have the service level: overflow no more.

    The longer the queue may grow, the later its last contacts are served, so the service level of those
    kept falls as the threshold rises, and the largest threshold that meets the target sends out least. Any
    unit of time works, as long as it is the same everywhere, in the target too.

    Parameters
    ----------
    agents : float
        Agents, > 0; may be fractional. At most 1,000,000 together with the waiting room.
    arrival_rate : float
        Contacts per unit of time, >= 0.
    aht : float
        Mean handle time, > 0.
    patience : float
        Mean time until a waiting contact gives up, >= 0 or ``inf``.
    waiting_room : int
        Contacts that may wait.
    target : ServiceLevel
        What the contacts kept should get, in any of its countings.

    Returns
    -------
    float
        Contacts present from which on a new one is sent out, at least 1; ``inf``: the target is met even if
        the whole waiting room is used. Whoever finds an agent free is served at once, so every target can
        be met.

    Raises
    ------
    InputError
        Naming the argument, its value and the legal range.

    Notes
    -----
    The kept contact that finds i others has the offered wait V of a queue with k = i - n ahead of it:
    ``P(V <= t) = I_x(k + 1, n mu / theta)``, ``x = 1 - e^(-theta t)``, I the regularised incomplete beta
    function (DLMF 8.17), for theta = 0 the gamma function P(k + 1, n mu t). It weighs as much as the
    stationary chain finds i present.

    Examples
    --------
    50 agents, rates per minute, 80 % of the contacts kept within 20 seconds: up to 6 may wait.

    >>> largest_threshold(50, 10.4, 5, 10 / 3, 100, ServiceLevel(probability=0.8, within=1 / 3)) - 50
    6.0
    """
    if not isinstance(target, ServiceLevel):
        raise InputError("target", shown(target), "a ServiceLevel")
    queue = checked_queue(agents, arrival_rate, aht, patience, waiting_room)
    n, mu, theta, room, rate = (float(values[0]) for values in queue.flat)
    good, base = _counted(n, mu, theta, math.ceil(n) + int(room), target)
    largest = _kernels.for_work(thresholds.largest_threshold, work_on(queue))
    with np.errstate(all="ignore"):
        threshold = largest(n, mu, theta, rate, target.probability, good, base)
    return float(threshold) if threshold < len(good) else math.inf


def _counted(n: float, mu: float, theta: float, states: int, target: ServiceLevel) -> tuple[Floats, Floats]:
    """For each number present: how likely a contact counts as served in time, and counts at all."""
    good = served_curve(n, mu, theta, target.within, states)
    everything = np.ones(states)
    match target.counting:
        case "offered":
            return good, everything
        case "ignored":
            return good, everything - _given_up(n, mu, theta, target.within, states)
        case "credited":
            return good + _given_up(n, mu, theta, target.within, states), everything
        case "answered":
            return good, n * mu / (n * mu + _line(n, states) * theta)
        case "short_excluded":
            return good, everything - _given_up(n, mu, theta, target.short, states)


def _given_up(n: float, mu: float, theta: float, within: float, states: int) -> Floats:
    """Probability of having given up in time for each number present: neither served nor still waiting."""
    line = _line(n, states)
    if theta > 0.0:
        begun = betainc(np.maximum(line, 1.0), n * mu / theta, -math.expm1(-theta * within))
    else:
        begun = gammainc(np.maximum(line, 1.0), n * mu * within)
    waits = np.where(line > 0.0, math.exp(-theta * within) * (1.0 - begun), 0.0)
    return np.maximum(1.0 - waits - served_curve(n, mu, theta, within, states), 0.0)


def _line(n: float, states: int) -> Floats:
    """The place in line of a contact for each number present; 0 where an agent is free."""
    line: Floats = np.maximum(np.arange(states) - math.ceil(n) + 1.0, 0.0)
    return line
