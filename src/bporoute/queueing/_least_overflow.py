"""Overflow no more than needed: the longest queue whose contacts still get their service level."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.slim import needed
from bporoute.center._queue import LEAST_PATIENCE
from bporoute.center._targets import Part, ServiceLevel, weighed
from bporoute.errors import InputError, shown
from bporoute.queueing._overflow_queue import checked_queue, served_curve


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
    states = math.ceil(n) + int(room)
    mean, until = 1.0 / mu, 1.0 / theta if theta else math.inf
    return threshold_meeting(
        n, mean, until, _leaving(n, mean, until, states), rate, 0.0, target, target.probability,
        lambda within: served_curve(n, mu, theta, within, states),
    )  # fmt: skip


def threshold_meeting(
    agents: float,
    aht: float,
    patience: float,
    leaving: Floats,
    arrival_rate: float,
    stuck_rate: float,
    target: ServiceLevel,
    probability: float,
    served: Callable[[float], Floats],
) -> float:
    """The largest number present from which on sending out meets the target; inf: no need to.

    Parameters
    ----------
    agents, aht, patience : float
        As for `largest_threshold`, checked, but without agents the answer is 0. Who serves several at once
        counts as several who serve one.
    leaving : array
        Rate at which contacts are done or give up with 1, 2, .. N - 1 present.
    arrival_rate : float
        As for `largest_threshold`.
    stuck_rate : float
        Those of the contacts that nobody else may take: they are kept at any threshold.
    target : ServiceLevel
        How the contacts kept are counted.
    probability : float
        The share of them to be served in time, in [0, 1], in place of the target's own.
    served : callable
        Gives, for some seconds, how likely a contact that finds 0, 1, .. N - 1 present is served within them.

    Notes
    -----
    All contacts are kept below a threshold L, at rate lambda, and from L on only those that nobody may
    take, at rate r. The stationary weights are ``w_i = w_(i-1) lambda / d_i`` below L and go on from w_L as
    those of rate r, v_i, do: ``w_L v_i / v_L = (lambda / r)^L v_i``. So the service level of every L takes
    one sum of w from below and one of v from above; in logarithms, as weights leave the range of numbers.
    """
    if agents <= 0.0:
        return 0.0
    curves = _counted(agents, aht, patience, target, served)
    with np.errstate(divide="ignore"):  # who never arrives and what never happens has weight 0
        steps = np.log(leaving)
        total = np.log(arrival_rate)
        good, base = (np.log(curve) for curve in curves)
        weights = np.cumsum(np.concatenate(([0.0], total - steps)))
        in_time, counted = np.logaddexp.accumulate(weights + good), np.logaddexp.accumulate(weights + base)
        if stuck_rate > 0.0:
            above = np.cumsum(np.concatenate(([0.0], math.log(stuck_rate) - steps)))
            ratio = total - math.log(stuck_rate)
            # those that find L present or more, for L = 1 .. N - 1, of whom only the stuck ones are kept
            share = ratio * np.arange(len(above))
            for kept, curve in ((in_time, good), (counted, base)):
                rest = np.logaddexp.accumulate((above + curve)[::-1])[::-1]
                kept[:-1] = np.logaddexp(kept[:-1], (share - ratio + rest)[1:])
        met = np.flatnonzero(in_time >= counted + np.log(probability))
    most = max(met[-1] + 1.0 if len(met) else 0.0, math.ceil(agents))
    return math.inf if most >= len(weights) else float(most)


def _leaving(agents: float, aht: float, patience: float, states: int) -> Floats:
    """Rate at which contacts leave with 1, 2, .. `states` - 1 present, where an agent has one at a time."""
    i = np.arange(1.0, states)
    leaving: Floats = np.minimum(i, agents) / aht + np.maximum(i - agents, 0.0) / patience
    return leaving


def abandoned_curve(agents: float, aht: float, patience: float, within: float, served: Floats) -> Floats:
    """Probability to give up within `within` seconds, still waiting, for each number present.

    With k waiting and the offered wait V, the contact gives up by t unless it is served by then or waits
    still, ``1 - P(served by t) - e^(-theta t) P(V > t)``, and ``P(V <= t) = I_x(k + 1, n mu / theta)``,
    ``x = 1 - e^(-theta t)``, I the regularised incomplete beta function (DLMF 8.17). `served` are the
    P(served by t) of 0, 1, .. present.
    """
    if patience == math.inf:
        return np.zeros(len(served))
    # Who has no patience at all has given up even within 0 seconds.
    elapsed = within / patience if patience > LEAST_PATIENCE else math.inf
    given_up = -np.expm1(-elapsed)
    if agents <= 0.0:
        return np.full(len(served), given_up)
    with needed("scipy"):
        from scipy.special import betainc  # SciPy takes long to load, and few targets ask for this

    line = _line(agents, len(served))
    begun = betainc(np.maximum(line, 1.0), agents * patience / aht, given_up)
    waits = np.exp(-elapsed) * (1.0 - begun)
    gone = np.maximum(1.0 - waits - served, 0.0)
    return np.where(line > 0.0, gone, 0.0)


def _counted(
    agents: float, aht: float, patience: float, target: ServiceLevel, served: Callable[[float], Floats]
) -> tuple[Floats, Floats]:
    """For each number present: how likely a contact counts as served in time, and counts at all."""
    in_time = served(target.within)
    states = len(in_time)

    def part(name: Part) -> Floats:
        match name:
            case "offered":
                return np.ones(states)
            case "answered":
                serving = agents / aht
                return serving / (serving + _line(agents, states) / patience)
            case "answered_in_time":
                return in_time
            case "abandoned_in_time":
                return abandoned_curve(agents, aht, patience, target.within, in_time)
            case "abandoned_short":
                return abandoned_curve(agents, aht, patience, target.short, served(target.short))

    return weighed(target.counting, part)


def _line(agents: float, states: int) -> Floats:
    """The place in line of a contact for each number present; 0 where an agent is free."""
    line: Floats = np.maximum(np.arange(states) - math.ceil(agents) + 1.0, 0.0)
    return line
