"""Keep or overflow: from how many contacts on an in-house queue should send new ones to a vendor, exactly."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np

from bporoute import _kernels
from bporoute._base.arrays import Together, numbers, without_rounding
from bporoute._base.ranges import OR_INFINITE
from bporoute._kernels.queueing import by_contacts_present, thresholds
from bporoute.errors import InputError
from bporoute.queueing._overflow_queue import WITHIN_REACH, checked_queues, served_curve, work_on

SOLUTIONS_FOR_CLASSES = 5
"""Policies that are tried until the thresholds of price classes settle, about."""


class Overflow(msgspec.Struct, frozen=True):
    """A rule "send out from so many contacts on" and what it does.

    Each is a number; an array where arrays were given. Shares are of all contacts offered.

    Attributes
    ----------
    threshold : float, array, or tuple of float
        Contacts in the queue, in service or waiting, from which on a new one is sent out: with n agents and
        threshold L, from L - n waiting. ``inf``: never, as long as the waiting room has a place. For price
        classes a tuple, one for each class.
    cost_rate : float or array
        Money per unit of time, in the long run.
    overflow_share : float or array
        Share that is sent out, by the rule or because the room is full.
    class_overflow_shares : tuple
        Of each price class the share of its contacts that is sent out; (overflow_share,) without classes.
    abandonment : float or array
        Share that gives up.
    service_level : float or array
        Share that is kept and served within the time asked for; what is sent out counts against it.
    kept_service_level : float or array
        The same share of the contacts kept; nan if none is.
    queue_length : float or array
        Mean number of contacts waiting.
    """

    threshold: Any
    cost_rate: Any
    overflow_share: Any
    class_overflow_shares: tuple[Any, ...]
    abandonment: Any
    service_level: Any
    kept_service_level: Any
    queue_length: Any


def optimal_overflow(
    agents: Any,
    arrival_rate: Any,
    aht: Any,
    patience: Any,
    waiting_room: Any,
    wait_cost: Any,
    abandonment_cost: Any,
    overflow_price: Any,
    *,
    within: Any = 0.0,
    late_cost: Any = 0.0,
) -> Overflow:
    """The cheapest rule for keeping contacts in a queue or sending them out, exact.

    Contacts arrive by a Poisson process, n agents take an exponential handle time each, and whoever waits
    gives up after an exponential patience. The cost rate of every threshold comes out of one pass, and no
    other rule that looks at the number of contacts is cheaper. Thresholds whose costs differ by rounding only
    count as equal, and "never" wins a tie; a price class goes out from the first state in which keeping it
    costs more, however rarely that is reached.

    Any unit of time works, as long as it is the same everywhere.

    Parameters
    ----------
    agents : float or array
        Agents, >= 0; may be fractional. At most 1,000,000 together with the waiting room.
    arrival_rate : float, or sequence of float
        Contacts per unit of time, >= 0. A sequence: one rate for each price class.
    aht : float or array
        Mean handle time, > 0.
    patience : float or array
        Mean time until a waiting contact gives up, >= 0; 0: it does not wait at all, ``inf``: it stays.
    waiting_room : int or array
        Contacts that may wait. When all places are taken a contact is sent out.
    wait_cost : float or array
        Money per contact waiting and unit of time, >= 0.
    abandonment_cost : float or array
        Money per contact that gives up, >= 0.
    overflow_price : float, or sequence of float
        Money per contact sent out, >= 0. A sequence: one price for each class.
    within : float or array
        Time for the service level and `late_cost`, >= 0; with 0 the share that need not wait at all.
    late_cost : float or array
        Money for each contact that is kept and not served `within`, >= 0, whether it gives up or waits
        longer. Not with price classes: the rule that is best with it is not a threshold for each class.

    Returns
    -------
    Overflow
        The rule and what it does. The arguments may be arrays that broadcast together, except that sequences
        of rates and prices mean the classes of one queue: for many rates or prices of queues without classes
        there is `overflow_table`.

    Raises
    ------
    InputError
        Naming the argument, its value and the legal range.

    Notes
    -----
    Sources: Puterman, Markov Decision Processes (1994), ch. 8; Gans & Zhou, M&SOM 9 (2007); Kocaga & Ward,
    Queueing Systems 65 (2010).

    Examples
    --------
    50 agents, rates per minute: the sixth contact in line is one too many.

    >>> best = optimal_overflow(50, 10.4, 5, 10 / 3, 100, 0.15, 8, 6)
    >>> best.threshold - 50, round(best.cost_rate, 6), round(best.overflow_share, 4)
    (5.0, 6.683933, 0.0636)

    Two classes of contacts in one queue, one of which a vendor takes for half the price:

    >>> best = optimal_overflow(50, [6.4, 4], 5, 10 / 3, 100, 0.15, 8, [9, 4.5])
    >>> best.threshold, round(best.cost_rate, 6)
    ((inf, 51.0), 5.621844)
    """
    rates, prices = numbers("arrival_rate", arrival_rate), numbers("overflow_price", overflow_price)
    if rates.ndim == prices.ndim == 0:
        return overflow_table(
            agents, arrival_rate, aht, patience, waiting_room, wait_cost, abandonment_cost, overflow_price,
            within=within, late_cost=late_cost,
        )  # fmt: skip
    if rates.ndim != 1 or rates.shape != prices.shape or not rates.size:
        found = f"arrival_rate {rates.shape}, overflow_price {prices.shape}"
        raise InputError("price classes", found, "one arrival rate and one price for each class")
    others = (agents, aht, patience, waiting_room, wait_cost, abandonment_cost, within, late_cost)
    if any(np.ndim(other) for other in others):
        raise InputError("price classes", "an array besides rates and prices", "one queue at a time")
    queue = (agents, rates, aht, patience, waiting_room)
    return _classes(_with_costs(queue, wait_cost, abandonment_cost, prices, within, late_cost))


def overflow_table(
    agents: Any,
    arrival_rate: Any,
    aht: Any,
    patience: Any,
    waiting_room: Any,
    wait_cost: Any,
    abandonment_cost: Any,
    overflow_price: Any,
    *,
    within: Any = 0.0,
    late_cost: Any = 0.0,
) -> Overflow:
    """`optimal_overflow` for many queues, each with one price: all arguments broadcast together.

    Parameters
    ----------
    agents, arrival_rate, aht, patience, waiting_room, wait_cost, abandonment_cost, overflow_price, \
within, late_cost : float or array
        As for `optimal_overflow`.

    Returns
    -------
    Overflow
        Its fields have the arguments' shape; a number each if all of them were.

    Raises
    ------
    InputError
        Naming the argument, inside an array the index too, its value and the legal range.

    Examples
    --------
    >>> table = overflow_table([45, 50, 55], 10.4, 5, 10 / 3, 100, 0.15, 8, 6)
    >>> (table.threshold - [45, 50, 55]).tolist()
    [3.0, 5.0, 8.0]
    >>> table.cost_rate.round(3).tolist()
    [11.283, 6.684, 3.13]
    """
    queue = (agents, arrival_rate, aht, patience, waiting_room)
    queues = _with_costs(queue, wait_cost, abandonment_cost, overflow_price, within, late_cost)
    best_rules = _kernels.for_work(thresholds.best_rules, work_on(queues))
    with np.errstate(all="ignore"):  # weights of states that are never reached vanish
        rows = queues.run(best_rules, columns=7)
    threshold, cost_rate, sent, queue_length, *shares = rows.T
    sent, abandoned, served, kept_served = map(queues.shares, (sent, *shares))
    return Overflow(
        threshold=queues.shaped(threshold),
        cost_rate=queues.shaped(cost_rate),
        overflow_share=sent,
        class_overflow_shares=(sent,),
        abandonment=abandoned,
        service_level=served,
        kept_service_level=kept_served,
        queue_length=queues.shaped(queue_length),
    )


def _classes(queues: Together) -> Overflow:
    """The best thresholds of classes that differ in rate and price and nothing else."""
    n, mu, theta, room, _, cost_rate, _, within, late_cost = (float(values[0]) for values in queues.flat)
    rates, prices = queues.flat[4], queues.flat[6]
    if late_cost > 0.0:
        raise InputError("late_cost", repr(late_cost), "0 with price classes: there no thresholds are best")
    last = math.ceil(n) + int(room)
    best, sent, measures = np.empty(rates.size), np.empty(rates.size), np.empty(4)
    work = SOLUTIONS_FOR_CLASSES * work_on(queues)
    marginal_cost = _kernels.for_work(by_contacts_present.marginal_cost, work)
    rule_measures = _kernels.for_work(thresholds.rule_measures, work)
    in_time = served_curve(n, mu, theta, within, last + 1)
    with np.errstate(all="ignore"):
        cost = marginal_cost(
            n, mu, theta, cost_rate, 0.0, rates, prices, np.ones(rates.size), best, np.empty(last + 1)
        )
        rule_measures(n, mu, theta, rates, best, in_time, sent, measures)
    queue_length = float(measures[0])
    abandoned, served, kept_served = without_rounding(measures[1:]).tolist()
    sent = without_rounding(sent)
    shares = rates / rates.sum() if rates.any() else np.full(rates.size, 1.0 / rates.size)
    return Overflow(
        threshold=tuple(np.where(best < last, best, math.inf).tolist()),
        cost_rate=float(cost),
        overflow_share=min(float(shares @ sent), 1.0),
        class_overflow_shares=tuple(sent.tolist()),
        abandonment=abandoned,
        service_level=served,
        kept_service_level=kept_served,
        queue_length=queue_length,
    )


def _with_costs(
    queue: tuple[Any, ...], wait_cost: Any, abandonment_cost: Any, price: Any, within: Any, late_cost: Any
) -> Together:
    """Checked, as `_kernels.queueing.thresholds.best_rules` wants them."""
    queues = checked_queues(
        *queue,
        wait_cost=(wait_cost, WITHIN_REACH),
        abandonment_cost=(abandonment_cost, WITHIN_REACH),
        overflow_price=(price, WITHIN_REACH),
        within=(within, OR_INFINITE),
        late_cost=(late_cost, WITHIN_REACH),
    )
    *flat, waiting, abandoning, prices, withins, late_costs = queues.flat
    cost_rate = waiting + flat[2] * abandoning
    return Together((*flat, cost_rate, prices, withins, late_costs), queues.shape)
