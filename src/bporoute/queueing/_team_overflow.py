"""Overflow to a vendor whose team is known agent by agent: from which queue on, while one of them is free."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, number
from bporoute._base.ranges import Range
from bporoute._base.slim import needed
from bporoute.errors import InputError
from bporoute.queueing._overflow_queue import EXTREME, HANDLE_TIME, WITHIN_REACH, checked_queue

MOST_STATES = 100_000
"""Numbers of contacts here times numbers of contacts there that can be told apart."""
SCALE = 1e100
LEAST_SCALE = 1e-300
"""Sums beyond `SCALE` are scaled down, until nothing else counts, before they leave the range of floats."""
SAME = 1.0 + 1e-12
"""Costs that differ by less than this factor differ by rounding only."""

TIME, WAITING, SENT, BLOCKED = range(4)


class TeamOverflow(msgspec.Struct, frozen=True):
    """The best rule "send out from so many contacts on, if the vendor has an agent free".

    Attributes
    ----------
    threshold : float
        Contacts in the queue, in service or waiting, from which on a new one is sent to a free vendor agent;
        ``inf``: only when the waiting room is full.
    cost_rate : float
        Money per unit of time, in the long run.
    overflow_share, blocking, abandonment : float
        Shares of all contacts that are sent out, that find the room full and the vendor busy and are lost,
        and that give up.
    queue_length : float
        Mean number of contacts waiting.
    cost_rates : array
        The cost rate of each threshold 0 .. N, N = the contacts that the queue holds.
    """

    threshold: float
    cost_rate: float
    overflow_share: float
    blocking: float
    abandonment: float
    queue_length: float
    cost_rates: Floats


def overflow_to_team(
    agents: float,
    arrival_rate: float,
    aht: float,
    patience: float,
    waiting_room: int,
    wait_cost: float,
    abandonment_cost: float,
    overflow_price: float,
    vendor_agents: int,
    vendor_aht: float,
    *,
    blocked_cost: float | None = None,
) -> TeamOverflow:
    """The cheapest queue length from which on contacts go to a vendor with an agent free.

    The vendor's team serves these contacts alone, keeps no queue, and its busy agents are known when a
    contact arrives. Every threshold is evaluated exactly on the chain of (contacts here, contacts there).
    Any unit of time works, as long as it is the same everywhere.

    Parameters
    ----------
    agents : float
        Agents, > 0; may be fractional.
    arrival_rate : float
        Contacts per unit of time, > 0: at least 1e-50 in a handle time.
    aht : float
        Mean handle time, > 0.
    patience : float
        Mean time until a waiting contact gives up, >= 0 or ``inf``.
    waiting_room : int
        Contacts that may wait. When all places are taken a contact is sent out if the vendor has an agent
        free, else it is lost.
    wait_cost : float
        Money per contact waiting and unit of time, >= 0.
    abandonment_cost : float
        Money per contact that gives up, >= 0.
    overflow_price : float
        Money per contact sent out, >= 0.
    vendor_agents : int
        Agents in the vendor's team, >= 0. The numbers of contacts here (with that of none) times those
        there must be at most 100,000.
    vendor_aht : float
        The vendor's mean handle time, > 0.
    blocked_cost : float, optional
        Money per contact lost, >= 0; by default as for one that gives up.

    Returns
    -------
    TeamOverflow
        The best rule, what it does, and what the others cost. Of equals the lowest threshold, but ``inf``
        where that costs the same to within rounding.

    Raises
    ------
    InputError
        Naming the argument, its value and the legal range.

    Notes
    -----
    Below its threshold the chain is the same for every rule, and so it is above. So each level i of contacts
    here is eliminated once from below (the law of the vendor's busy agents on arrival at i + 1, and the time
    and the costs until then) and once from above; a rule is the one level at which both sides meet. Source:
    Latouche & Ramaswami, Introduction to Matrix Analytic Methods (1999), ch. 10 (level-dependent
    quasi-birth-and-death processes).

    Examples
    --------
    10 agents and a vendor's team of 3, rates per minute:

    >>> best = overflow_to_team(10, 1.6, 6.25, 2, 40, 0.25, 12, 9, 3, 8)
    >>> best.threshold - 10, round(best.cost_rate, 4)
    (1.0, 2.9849)
    """
    queue = checked_queue(agents, arrival_rate, aht, patience, waiting_room)
    n, mu, theta, room, rate = (float(values[0]) for values in queue.flat)
    if rate / mu < 1.0 / EXTREME:
        raise InputError("arrival_rate * aht", repr(rate / mu), f"a number of at least {1.0 / EXTREME:g}")
    lost_cost = abandonment_cost if blocked_cost is None else blocked_cost
    waiting_cost = number("wait_cost", wait_cost, WITHIN_REACH)
    abandoning = number("abandonment_cost", abandonment_cost, WITHIN_REACH)
    price = number("overflow_price", overflow_price, WITHIN_REACH)
    lost = number("blocked_cost", lost_cost, WITHIN_REACH)
    vendor_rate = 1.0 / number("vendor_aht", vendor_aht, HANDLE_TIME)
    last = math.ceil(n) + int(room)
    if last >= MOST_STATES:
        raise InputError("agents + waiting_room", str(last), f"below {MOST_STATES:,} together")
    team = number("vendor_agents", vendor_agents, Range(high=MOST_STATES))
    if team != int(team) or (last + 1) * (team + 1) > MOST_STATES:
        most = MOST_STATES // (last + 1) - 1
        raise InputError("vendor_agents", f"{team:g}", f"a whole number from 0 to {most}")

    present = np.arange(last + 1.0)
    waiting = np.maximum(present - n, 0.0)
    leaving = np.minimum(present, n) * mu + waiting * theta
    means = _all_rules(rate, leaving, waiting, np.arange(team + 1.0) * vendor_rate)
    prices = np.array([0.0, waiting_cost + theta * abandoning, price, lost])
    cost_rates = means @ prices
    least = int(np.argmin(cost_rates))
    best = last if cost_rates[last] <= cost_rates[least] * SAME else least
    _, queue_length, sent, blocked = means[best].tolist()
    return TeamOverflow(
        threshold=float(best) if best < last else math.inf,
        cost_rate=float(cost_rates[best]),
        overflow_share=sent / rate,
        blocking=blocked / rate,
        abandonment=theta * queue_length / rate,
        queue_length=queue_length,
        cost_rates=cost_rates,
    )


def _all_rules(rate: float, leaving: Floats, waiting: Floats, ending: Floats) -> Floats:
    """For each threshold the means of TIME (1), WAITING, and SENT and BLOCKED per unit of time.

    `leaving` and `waiting` belong to the contacts here, `ending` are the rates at which the vendor's team
    becomes free. Matrices of rates have no diagonals: whatever leaves a state is added up, nothing is
    subtracted, so that rare states keep their digits.
    """
    with needed("scipy"):
        from scipy.linalg import solve_triangular  # SciPy takes long to load, and only this rule asks for it

    levels, phases = len(leaving), len(ending)
    full = phases - 1
    endings = np.diag(ending[1:], -1)
    sending = rate * np.eye(phases, k=1)
    homes, above = _from_above(rate, leaving, waiting, endings + sending)

    means = np.empty((levels, 4))
    back = np.zeros((phases, phases))  # the vendor's busy agents when the level below is left upwards
    below = np.zeros((phases, 4))
    below_scale = 1.0
    for level in range(levels):
        # The rule with its threshold here: this level, with all that happens below and above between.
        moves = leaving[level] * back + endings
        moves[full] += rate * homes[level]
        above_gains, above_scale = above[level]
        scale = min(below_scale, above_scale)
        gains = _gains(rate, waiting[level], phases, level == levels - 1) * scale
        gains += leaving[level] * below * (scale / below_scale)
        gains[full] += rate * above_gains * (scale / above_scale)
        total = _stationary(rate, moves) @ gains
        means[level] = total / total[TIME]

        # Below the threshold everything is kept, and the vendor's team only becomes free.
        moves = np.tril(leaving[level] * back + endings, -1)
        gains = leaving[level] * below
        gains[:, TIME] += below_scale
        gains[:, WAITING] += waiting[level] * below_scale
        keeps = np.diag(rate + moves.sum(axis=1)) - moves
        solved = solve_triangular(keeps, np.hstack([rate * np.eye(phases), gains]), lower=True)
        back, below = solved[:, :phases], solved[:, phases:]
        if below.max() > SCALE:
            below_scale = max(below_scale / below.max(), LEAST_SCALE)
            below = below / below.max()
    return means


def _from_above(
    rate: float, leaving: Floats, waiting: Floats, moves: Floats
) -> tuple[Floats, list[tuple[Floats, float]]]:
    """For each level: a contact kept there, for want of a free vendor agent, starts an excursion above it.

    Its end, as the law of the vendor's busy agents, and its gains with their scale. From the last level
    there is none.
    """
    levels, phases = len(leaving), len(moves)
    full = phases - 1
    start = np.eye(phases)[full]
    homes = np.empty((levels, phases))
    homes[-1] = start
    above = [(np.zeros(4), 1.0)] * levels
    for level in range(levels - 1, 0, -1):
        gains, scale = above[level]
        inside = moves.copy()
        inside[full, :full] += rate * homes[level, :full]
        returns = np.diag(leaving[level] + inside.sum(axis=1)) - inside
        visits = np.linalg.solve(returns.T, start)
        homes[level - 1] = leaving[level] * visits
        own = _gains(rate, waiting[level], phases, level == levels - 1) * scale
        own[full] += rate * gains
        gains = visits @ own
        if gains.max() > SCALE:
            scale = max(scale / gains.max(), LEAST_SCALE)
            gains = gains / gains.max()
        above[level - 1] = gains, scale
    return homes, above


def _stationary(rate: float, moves: Floats) -> Floats:
    """The stationary distribution of a chain that moves up by one, at `rate`, and down by any number.

    As often as it moves up from j it moves down from above j to j or below.
    """
    down = np.cumsum(moves, axis=1)
    weights = np.zeros(len(moves))
    weights[-1] = 1.0
    for j in range(len(moves) - 2, -1, -1):
        weights[j] = weights[j + 1 :] @ down[j + 1 :, j] / rate
        if weights[j] > SCALE:
            weights /= weights[j]
    shares: Floats = weights / weights.sum()
    return shares


def _gains(rate: float, waiting: float, phases: int, last: bool) -> Floats:
    """What the states of a level from the threshold on add up per unit of time."""
    gains = np.zeros((phases, 4))
    gains[:, TIME] = 1.0
    gains[:, WAITING] = waiting
    gains[:-1, SENT] = rate
    gains[-1, BLOCKED] = rate if last else 0.0
    return gains
