"""The rule of a queue, asked of its policy for its situation; nonsense is refused."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, read_only
from bporoute._base.lasting import lasting
from bporoute._kernels.queueing.keep_costs import room_in_sight
from bporoute.center._queue import LEAST_PATIENCE, Queue
from bporoute.policies._rule import Policy, Rule
from bporoute.policies._situation import PeriodScore, Situation
from bporoute.policies._text import policy_label
from bporoute.policies._thresholds import MarginalCost

SHARES_SUM = 1.0 + 1e-9
"""What shares may add up to, with the rounding of their sum."""


class Solved(msgspec.Struct, frozen=True, eq=False):
    """A queue's rule, solved for one situation; the arrays are never written again."""

    situation: Situation
    rule: Rule


class Classes(msgspec.Struct, frozen=True, eq=False):
    """Contacts of a queue by the price of their cheapest way out, and by their work.

    Attributes
    ----------
    rates, prices : array
        Contacts per second, money per contact.
    works : array
        Their mean handle time, in multiples of the queue's.
    """

    rates: Floats
    prices: Floats
    works: Floats


class SolvedByKernel(msgspec.Struct, frozen=True, eq=False, dict=True):
    """The rule of `MarginalCost` that a kernel has solved; made as the policy would when somebody asks.

    Attributes
    ----------
    queue, config, agents, aht
        As for `solved`.
    classes : array
        Rates, prices and works, as in `Classes`, a row for each.
    waiting_room : int
        Most contacts that may wait, as far as the rule goes.
    """

    queue: str
    config: Queue
    agents: float
    aht: float
    classes: Floats
    waiting_room: int

    @lasting
    def situation(self) -> Situation:
        """What the rule is for."""
        return _situation(
            self.queue, self.config, self.agents, self.aht, Classes(*self.classes), self.waiting_room, None
        )

    @lasting
    def rule(self) -> Rule:
        """The rule."""
        return MarginalCost()(self.situation)


def solved(
    policy: Policy,
    name: str,
    config: Queue,
    agents: float,
    aht: float,
    classes: Classes,
    vendors: Sequence[str],
    served_so_far: PeriodScore | None = None,
    explained: bool = True,
    reach: float = math.inf,
) -> Solved | str:
    """Ask a policy for its rule; a sentence if it fails or answers nonsense.

    A policy of the user's own must not stop the call path, so whatever it raises is only told. What
    explains a decision, whatever the rule, is solved as well, unless nobody is `explained` any. Where no
    more than `reach` contacts wait, no more room is looked at than that takes.
    """
    work_rate = 0.0
    for rate, work in zip(classes.rates.tolist(), classes.works.tolist(), strict=True):
        work_rate += rate * work
    room = room_in_sight(
        config.waiting_room,
        agents * config.concurrency,
        aht * config.at_once[-1],
        config.abandonment_rate,
        work_rate,
        reach,
    )
    situation = _situation(name, config, agents, aht, classes, room, served_so_far)
    try:
        rule = policy(situation)
        problem = _nonsense(rule, situation, vendors)
        if explained:
            _ = situation.congestion, situation.expected_wait
    except Exception as failure:  # see above
        problem = f"failed: {type(failure).__name__}: {failure}"
    return f"policy {policy_label(policy)} {problem}" if problem else Solved(situation, rule)


def _situation(
    name: str,
    config: Queue,
    agents: float,
    aht: float,
    classes: Classes,
    waiting_room: int,
    served_so_far: PeriodScore | None,
) -> Situation:
    return Situation(
        queue=name,
        agents=agents,
        aht=aht,
        patience=max(config.patience, LEAST_PATIENCE),
        waiting_room=waiting_room,
        cost_rate=config.cost_rate,
        abandonment_cost=config.abandonment_cost,
        arrival_rates=read_only(classes.rates),
        prices=read_only(classes.prices),
        works=read_only(classes.works),
        target=config.targets.service_level,
        served_so_far=served_so_far,
        at_once=config.at_once,
    )


def _nonsense(rule: Rule, situation: Situation, vendors: Sequence[str]) -> str:
    """What is wrong with a policy's answer; empty if nothing is."""
    states = len(situation.present)
    for curve in (rule.keep_cost, rule.keep_cost_open):
        if curve is not None:
            costs = np.asarray(curve, dtype=float)
            if costs.shape != (states,) or math.isnan(np.maximum.reduce(costs)):
                return f"gave no cost of keeping for each of {states} states"
    for curve in (rule.work_cost, rule.work_cost_open):
        if curve is not None:
            costs = np.asarray(curve, dtype=float)
            # A finite sum says it at once; that of finite numbers may have no end.
            if costs.shape != (states,) or not (
                math.isfinite(np.add.reduce(costs)) or np.isfinite(costs).all()
            ):
                return f"gave no finite cost of work for each of {states} states"
    for shares in (rule.shares, rule.warm):
        if shares is None:
            continue
        if strangers := set(shares).difference(vendors):
            return f"gave shares to unknown vendors: {', '.join(strangers)}"
        given = [float(share) for share in shares.values()]
        if not (min(given, default=0.0) >= 0.0 and sum(given) <= SHARES_SUM):
            return f"gave shares {dict(shares)!r}"
    if not (rule.dwell >= 0.0 and rule.release > 0.0):
        return f"gave dwell {rule.dwell!r} and release {rule.release!r}, not seconds"
    return ""
