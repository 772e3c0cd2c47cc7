"""A solved rule, laid out for the kernel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from bporoute import _kernels
from bporoute._base.arrays import Floats, for_kernel
from bporoute._base.digest import blake2b
from bporoute._kernels.routing import codes, columns
from bporoute.policies._situation import Situation
from bporoute.policies._solved import Solved


def install(
    found: Solved,
    vendors: Sequence[str],
    queue: Floats,
    curves: Floats,
    shares: Floats,
    explained: bool = True,
) -> None:
    """Write a rule into a queue's row of the tables, its curves and its shares.

    Where nobody is `explained` a decision, and none is made on a state that is stale, the rule is all.
    """
    situation, rule = found.situation, found.rule
    states = len(situation.present)
    keep = np.zeros(states) if rule.keep_cost is None else np.asarray(rule.keep_cost, dtype=float)
    keep_open = keep if rule.keep_cost_open is None else np.asarray(rule.keep_cost_open, dtype=float)
    work = np.zeros(states) if rule.work_cost is None else np.asarray(rule.work_cost, dtype=float)
    work_open = work
    if rule.keep_cost_open is not None:
        work_open = np.zeros(states) if rule.work_cost_open is None else np.asarray(rule.work_cost_open)
    gated = rule.keep_cost_open is not None or rule.dwell > 0.0 or rule.release < math.inf
    if not gated:
        queue[columns.GATE] = 0.0
    queue[columns.GATED] = gated
    queue[columns.DWELL] = rule.dwell
    queue[columns.RELEASE] = rule.release
    queue[columns.LAST] = states - 1
    queue[columns.RULE_AHT] = situation.aht
    curves[columns.KEEP_COST, :states] = keep
    curves[columns.KEEP_COST_OPEN, :states] = keep_open
    curves[columns.KEEP_WORK, :states] = work
    curves[columns.KEEP_WORK_OPEN, :states] = work_open
    if explained:
        curves[columns.MARGINAL_COST, :states] = situation.marginal_cost
        curves[columns.MARGINAL_WORK, :states] = situation.congestion
        curves[columns.EXPECTED_WAIT, :states] = situation.expected_wait
        queue[columns.EXPECTED_PRESENT] = math.floor(_expected_present(situation, keep, work))
    if rule.shares is None and rule.warm is None:
        queue[columns.RULE] = codes.BY_COST
        shares[:, : columns.CREDIT] = 0.0
        return
    queue[columns.RULE] = (
        codes.BY_COST if rule.shares is None else codes.BY_HASH if rule.by_hash else codes.BY_SHARE
    )
    given = [float((rule.shares or {}).get(name, 0.0)) for name in vendors]
    shares[1:, columns.SHARE] = given
    if rule.by_hash:
        shares[1:, columns.SEED] = [seed_of(name) for name in vendors]
    shares[1:, columns.WARM] = [float((rule.warm or {}).get(name, 0.0)) for name in vendors]


@lru_cache(maxsize=4096)
def seed_of(vendor: str) -> float:
    """A whole number below 2^53 that a vendor's name stands for in hashes, the same everywhere.

    >>> seed_of("nord"), seed_of("syd")
    (3855999712597986.0, 4129895683276667.0)
    """
    digest = blake2b(vendor.encode("utf-8", "replace"), digest_size=8).digest()
    return float(int.from_bytes(digest, "big") >> 11)


def _expected_present(situation: Situation, keep: Floats, work: Floats) -> float:
    """Mean number of contacts present by a rule of what keeping costs."""
    kernels = _kernels.current()
    seen = situation.arrival_rates, situation.prices, situation.each_work, keep, work
    curves = [for_kernel(each) for each in seen]
    if len(situation.at_once) > 1:
        return kernels.expected_present_by_rates(for_kernel(situation.departures), *curves)
    agents, service, giving_up = float(situation.agents), 1.0 / situation.aht, 1.0 / situation.patience
    return kernels.expected_present(agents, service, giving_up, *curves)
