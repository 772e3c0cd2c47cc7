"""What a queue with so many agents sends out, and what waiting costs, by the rule that the router goes by."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.center._queue import Queue
from bporoute.queueing._optimal_overflow import overflow_table

NODES = 8
"""Rates, equally likely, that stand for all that a rate may turn out to be."""
LEAST_CV = 1e-6
NEVER = 1e8
"""Money for a contact sent out at which none is, as long as the waiting room has a place."""


class Rules(NamedTuple):
    """What becomes of an interval's contacts, in the mean over what its rate may be.

    Attributes
    ----------
    sent, lost : array
        Contacts a second that go out, and that give up.
    money : array
        Money a second of waiting and giving up, without what the vendors get.
    """

    sent: Floats
    lost: Floats
    money: Floats


def rate_factors(cv: Floats) -> Floats:
    """Factors of mean 1, `NODES` in a last axis, that stand for a gamma law of each coefficient of variation.

    Each is the mean over a part of the law that is as likely as any other.

    >>> factors = rate_factors(np.array([0.0, 0.1]))
    >>> factors.mean(axis=1).round(12).tolist(), factors[1].std().round(3).item()
    ([1.0, 1.0], 0.097)
    """
    from scipy.special import gammainc, gammaincinv  # SciPy takes long to load

    scatters = np.asarray(cv, dtype=np.float64)[..., None] > LEAST_CV
    shape = 1.0 / np.square(np.where(scatters, cv[..., None], 1.0))
    edges = gammaincinv(shape, np.arange(1, NODES) / NODES)
    below = gammainc(shape + 1.0, edges)
    whole = np.concatenate(
        [np.zeros((*below.shape[:-1], 1)), below, np.ones((*below.shape[:-1], 1))], axis=-1
    )
    factors: Floats = np.where(scatters, NODES * np.diff(whole, axis=-1), 1.0)
    return factors


def overflow_rules(
    queue: Queue,
    agents: Floats,
    rate: Floats,
    cv: Floats,
    aht: Floats,
    price: Floats,
    lost_price: float = 0.0,
) -> Rules:
    """The cheapest rules of a queue for arrays of agents, rates, handle times and prices of going out.

    Each rule is that of `bporoute.queueing.optimal_overflow` for the rate that comes, as the live rule knows
    the rate; all arrays have one shape. `lost_price` is paid for a contact that gives up, beside the queue's
    cost of it, when the rule is chosen; it is not in the money.

    Examples
    --------
    >>> one, five = np.ones(1), np.array([50.0])
    >>> queue = Queue(aht=300, patience=200, waiting_room=100, wait_cost_per_minute=0.15, abandonment_cost=8)
    >>> found = overflow_rules(queue, five, 0.1733 * one, 0.0 * one, 300.0 * one, 6.0 * one)
    >>> found.sent.round(5), found.lost.round(5), found.money.round(5)
    (array([0.011]), array([0.00532]), array([0.04524]))
    """
    certain = not (cv > LEAST_CV).any()
    factors = np.ones((*rate.shape, 1)) if certain else rate_factors(cv)
    rates = rate[..., None] * factors
    table = overflow_table(
        agents[..., None],
        rates,
        aht[..., None],
        queue.patience,
        queue.waiting_room,
        queue.wait_cost_per_minute / 60.0,
        queue.abandonment_cost + lost_price,
        price[..., None],
    )
    lost = (rates * table.abandonment).mean(axis=-1)
    waiting = table.queue_length.mean(axis=-1) * queue.wait_cost_per_minute / 60.0
    return Rules(
        sent=(rates * table.overflow_share).mean(axis=-1),
        lost=lost,
        money=waiting + lost * queue.abandonment_cost,
    )
