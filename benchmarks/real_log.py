"""What the exact rule costs on a real call log, beside the best fixed rule that hindsight finds.

    python benchmarks/real_log.py FOLDER [--seeds 1 2] [--from 1999-02-01 --to 1999-02-19]

FOLDER holds the public log of an Israeli bank, February 1999, and its agents by half hour; it is not part of
this project. All its days are replayed with the center of examples/bank.toml (prices and vendors made up). A
fixed rule is tuned on the very calls that it is then judged by, the exact rule is given nothing. Handle times
and arrivals are those of the log; each seed draws patience and vendors' waits anew.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import time
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from bporoute import Center, MarginalCost, warmup
from bporoute.logs import read_calls
from bporoute.policy import Policy, policy_label
from bporoute.replay import Replay, prepare, tuned_families, usual_policies
from bporoute.results import PolicyResult, compare
from bporoute.schedule import read_schedule

CENTER = Path(__file__).resolve().parents[1] / "examples" / "bank.toml"
CALLS = "anonymous_bank_calls_1999_02_01to19.csv"
AGENTS = "anonymous_bank_30min_with_agents_1999_02_01to19.csv"
EXACT = MarginalCost()


class Cost(NamedTuple):
    """A policy's money per call, and how much that is above the exact rule's: share, 95 % half width."""

    policy: Policy
    kind: str
    money: float
    share: float
    margin: float


def candidates(center: Center) -> Iterator[tuple[Policy, str]]:
    """Every policy once: the usual ones with customary numbers, then the families to be tuned."""
    seen = {policy_label(EXACT)}
    families = [("usual", usual_policies(center)), *(("tuned", family) for family in tuned_families())]
    for kind, family in families:
        for policy in family:
            if (label := policy_label(policy)) not in seen:
                seen.add(label)
                yield policy, kind


def costs(replays: Sequence[Replay]) -> tuple[list[PolicyResult], list[Cost]]:
    """The exact rule's results, and every other policy's cost, averaged over the replays."""
    exact = [replay.run(EXACT) for replay in replays]
    money = sum(result.cost_per_contact for result in exact)
    found = []
    for policy, kind in candidates(replays[0].center):
        results = [replay.run(policy) for replay in replays]
        dearer = [compare(ours, theirs) for ours, theirs in zip(results, exact, strict=True)]
        total = sum(result.cost_per_contact for result in results)
        margin = math.hypot(*(each.margin for each in dearer)) / len(dearer)
        found.append(Cost(policy, kind, total / len(replays), total / money - 1.0, margin))
        print(
            f"  {policy_label(policy):24} {kind:6} {found[-1].money:8.4f} {_percent(found[-1])}", flush=True
        )
    return exact, found


def _percent(cost: Cost) -> str:
    return f"{cost.share:+8.2%} ± {cost.margin:.2%}"


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folder", type=Path)
    words.add_argument("--seeds", type=int, nargs="+", default=[1])
    words.add_argument("--from", dest="first", type=date.fromisoformat, default=date(1999, 2, 1))
    words.add_argument("--to", dest="last", type=date.fromisoformat, default=date(1999, 2, 19))
    given = words.parse_args()

    center = Center.load(CENTER)
    log = read_calls(given.folder / CALLS, center.log, center.timezone, (given.first, given.last))
    schedule = read_schedule(given.folder / AGENTS, center.log, center.timezone, tuple(center.queues))
    days = {datetime.fromtimestamp(call.arrival, center.zone).date() for call in log.calls}
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba"))
    print(
        f"{len(log.calls):,} calls of {len(days)} days, {min(days)} to {max(days)}; seeds {given.seeds}\n"
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {packages}\n"
    )
    warmup()
    started = time.perf_counter()
    print(f"  {'policy':31} {center.currency} per call, against {policy_label(EXACT)}")
    exact, found = costs([prepare(center, log.calls, schedule, seed) for seed in given.seeds])
    mean = sum(result.cost_per_contact for result in exact) / len(exact)
    sent = sum(result.sent_share for result in exact) / len(exact)
    print(f"  {policy_label(EXACT):24} {'':6} {mean:8.4f}, {sent:.1%} sent out")

    for kind, said in (
        ("usual", "the best usual rule, untuned"),
        ("tuned", "the best rule tuned in hindsight"),
    ):
        best = min((cost for cost in found if cost.kind == kind), key=lambda cost: cost.money)
        margin = best.margin / (1.0 + best.share)
        dearer = mean / best.money - 1.0
        print(
            f"{policy_label(EXACT)} against {said}, {policy_label(best.policy)}: {dearer:+.2%} ± {margin:.2%}"
        )
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
