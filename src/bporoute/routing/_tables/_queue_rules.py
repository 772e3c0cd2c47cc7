"""The rule of each in-house queue: solved by the policy for its situation, laid out for the kernel."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from bporoute import _kernels
from bporoute._base.arrays import Floats
from bporoute._kernels.routing import columns as codes
from bporoute.center._queue import Queue
from bporoute.policies._thresholds import PeriodScore, Policy, Rule, Situation, policy_label

SHARES_SUM = 1.0 + 1e-9
"""What shares may add up to, with the rounding of their sum."""


class Solved(msgspec.Struct, frozen=True, eq=False):
    """A queue's rule, solved for one situation; the arrays are never written again."""

    situation: Situation
    rule: Rule


class Classes(msgspec.Struct, frozen=True, eq=False):
    """Contacts of a queue by the price of their cheapest way out: rates (1/s), prices (money)."""

    rates: Floats
    prices: Floats


def solved(
    policy: Policy,
    name: str,
    config: Queue,
    agents: float,
    aht: float,
    classes: Classes,
    vendors: Sequence[str],
    served_so_far: PeriodScore | None = None,
) -> Solved | str:
    """Ask a policy for its rule; a sentence if it fails or answers nonsense.

    A policy of the user's own must not stop the call path, so whatever it raises is only told.
    """
    situation = Situation(
        queue=name,
        agents=agents,
        aht=aht,
        patience=config.patience,
        waiting_room=config.waiting_room,
        cost_rate=config.cost_rate,
        abandonment_cost=config.abandonment_cost,
        arrival_rates=classes.rates,
        prices=classes.prices,
        target=config.targets.service_level,
        served_so_far=served_so_far,
    )
    try:
        rule = policy(situation)
        problem = _nonsense(rule, situation, vendors)
        _ = situation.marginal_cost, situation.expected_wait
    except Exception as failure:  # see above
        problem = f"failed: {type(failure).__name__}: {failure}"
    return f"policy {policy_label(policy)} {problem}" if problem else Solved(situation, rule)


def _nonsense(rule: Rule, situation: Situation, vendors: Sequence[str]) -> str:
    """What is wrong with a policy's answer; empty if nothing is."""
    states = len(situation.present)
    for curve in (rule.keep_cost, rule.keep_cost_open):
        if curve is not None:
            costs = np.asarray(curve, dtype=float)
            if costs.shape != (states,) or math.isnan(np.maximum.reduce(costs)):
                return f"gave no cost of keeping for each of {states} states"
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


def install(found: Solved, vendors: Sequence[str], queue: Floats, curves: Floats, shares: Floats) -> None:
    """Write a rule into a queue's row of the tables, its curves and its shares."""
    situation, rule = found.situation, found.rule
    states = len(situation.present)
    keep = np.zeros(states) if rule.keep_cost is None else np.asarray(rule.keep_cost, dtype=float)
    keep_open = keep if rule.keep_cost_open is None else np.asarray(rule.keep_cost_open, dtype=float)
    gated = rule.keep_cost_open is not None or rule.dwell > 0.0 or rule.release < math.inf
    if not gated:
        queue[codes.GATE] = 0.0
    queue[codes.GATED] = gated
    queue[codes.DWELL] = rule.dwell
    queue[codes.RELEASE] = rule.release
    queue[codes.LAST] = states - 1
    curves[codes.KEEP_COST, :states] = keep
    curves[codes.KEEP_COST_OPEN, :states] = keep_open
    curves[codes.MARGINAL_COST, :states] = situation.marginal_cost
    curves[codes.EXPECTED_WAIT, :states] = situation.expected_wait
    queue[codes.EXPECTED_PRESENT] = math.floor(
        _kernels.current().expected_present(
            float(situation.agents),
            1.0 / situation.aht,
            1.0 / situation.patience,
            situation.arrival_rates,
            situation.prices,
            keep,
        )
    )
    if rule.shares is None and rule.warm is None:
        queue[codes.RULE] = codes.BY_COST
        shares[:, : codes.CREDIT] = 0.0
        return
    queue[codes.RULE] = (
        codes.BY_COST if rule.shares is None else codes.BY_HASH if rule.by_hash else codes.BY_SHARE
    )
    given = [float((rule.shares or {}).get(name, 0.0)) for name in vendors]
    shares[1:, codes.SHARE] = given
    shares[:, codes.SLICE] = sum(given)  # the in-house queue takes what is above
    shares[1:, codes.SLICE] -= np.cumsum(given[::-1])[::-1]
    shares[1:, codes.WARM] = [float((rule.warm or {}).get(name, 0.0)) for name in vendors]
