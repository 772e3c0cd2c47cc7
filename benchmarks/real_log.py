"""What the exact rule costs on a real call log, beside the rules in use and the best that hindsight finds.

    python benchmarks/real_log.py FOLDER [--seeds 1 2 3 4 5] [--from 1999-02-01 --to 1999-02-19] [--all]

FOLDER holds the public log of an Israeli bank, February 1999, and its agents by half hour; it is not part of
this project. All its days are simulated with the center of examples/bank.toml (prices and vendors made up). A
fixed rule is tuned on the very calls that it is then judged by, the exact rule is given nothing. Arrivals and
handle times are those of the log; each seed draws patience and vendors' waits anew, for all policies alike.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bporoute import Center, MarginalCost
from bporoute._base.arrays import Floats
from bporoute._kernels.simulation import columns
from bporoute.estimates._confidence import Estimate, of_ratio
from bporoute.policies._rule import Policy
from bporoute.policies._text import policy_label
from bporoute.policies._usual import tuned_families, usual_policies
from bporoute.simulation._figures import by_day, costs, days_of, lost_contacts
from bporoute.simulation._replay import Replay, prepare
from bporoute.simulation._service import ratio
from bporoute.simulation._simulate import simulate
from bporoute.workload._call_log import read_calls
from bporoute.workload._schedule import read_schedule

CENTER = Path(__file__).resolve().parents[1] / "examples" / "bank.toml"
CALLS = "anonymous_bank_calls_1999_02_01to19.csv"
AGENTS = "anonymous_bank_30min_with_agents_1999_02_01to19.csv"
SEEDS = (1, 2, 3, 4, 5)
FIRST, LAST = date(1999, 2, 1), date(1999, 2, 19)
EXACT = MarginalCost()


class Outcome(NamedTuple):
    """What a policy did, averaged over the seeds: money and tally by day; `family` of those to be tuned."""

    policy: Policy
    family: int | None
    money: Floats
    tally: Floats

    @property
    def per_call(self) -> float:
        return ratio(float(self.money.sum()), self._total(columns.OFFERED))

    @property
    def in_time(self) -> float:
        return ratio(self._total(columns.WITHIN), self._total(columns.OFFERED))

    @property
    def lost(self) -> float:
        return ratio(float(lost_contacts(self.tally).sum()), self._total(columns.OFFERED))

    @property
    def sent(self) -> float:
        return ratio(self._total(columns.SENT), self._total(columns.OFFERED))

    def _total(self, column: int) -> float:
        return float(self.tally[:, column].sum())


def candidates(center: Center) -> Iterator[tuple[Policy, int | None]]:
    """Every policy once, the exact one first: the usual ones, then the families to be tuned."""
    seen = {policy_label(EXACT)}
    yield EXACT, None
    families: list[tuple[int | None, tuple[Policy, ...]]] = [(None, usual_policies(center))]
    families += enumerate(tuned_families())
    for number, family in families:
        for policy in family:
            label = policy_label(policy)
            if number is None and label in seen:
                continue
            seen.add(label)
            yield policy, number


def load(folder: Path, first: date = FIRST, last: date = LAST) -> Replay:
    """The log, ready to be simulated."""
    center = Center.load(CENTER)
    log = read_calls(folder / CALLS, center.log, center.timezone, (first, last))
    schedule = read_schedule(folder / AGENTS, center.log, center.timezone, tuple(center.queues))
    return prepare(center, log.calls, schedule)


def outcomes(replay: Replay, seeds: Sequence[int]) -> list[Outcome]:
    """Every policy on the same calls, with the same chance."""
    center, arrivals = replay.center, replay.arrivals
    days = days_of(arrivals.edges, center)
    found = []
    for policy, family in candidates(center):
        runs = [
            simulate(
                center, arrivals, policy, schedule=replay.schedule, scenario=replay.scenario, seed=seed
            ).policies[0].runs[0]
            for seed in seeds
        ]  # fmt: skip
        money = np.mean([by_day(costs(run, center), days) for run in runs], axis=0)
        tally = np.mean([by_day(run.tally.sum(axis=1), days) for run in runs], axis=0)
        found.append(Outcome(policy, family, money, tally))
    return found


def dearer(ours: Outcome, theirs: Outcome) -> Estimate:
    """By which share one policy costs more: paired by day, which is what differs from one to the next."""
    open_days = ours.tally[:, columns.OFFERED] > 0
    total = of_ratio(ours.money[open_days], theirs.money[open_days])
    return Estimate(total.value - 1.0, total.low - 1.0, total.high - 1.0, total.level, total.count)


def table(found: Sequence[Outcome], currency: str, everything: bool = False) -> Iterator[str]:
    """Markdown: the exact rule, the usual ones, and the best of each family, or all of them."""
    best = {}
    for outcome in found:
        if outcome.family is not None and (
            outcome.family not in best or outcome.money.sum() < best[outcome.family].money.sum()
        ):
            best[outcome.family] = outcome
    yield f"| policy | chosen | {currency} per call | dearer than MarginalCost | in time | lost | sent out |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for outcome in found:
        tuned = outcome.family is not None and best[outcome.family] is outcome
        if outcome.family is not None and not (tuned or everything):
            continue
        chosen = "in hindsight" if tuned else "beforehand" if outcome.family is None else ""
        more = "" if outcome is found[0] else percent(dearer(outcome, found[0]))
        yield (
            f"| {policy_label(outcome.policy)} | {chosen} | {outcome.per_call:.4f} | {more} | "
            f"{100.0 * outcome.in_time:.1f} % | {100.0 * outcome.lost:.1f} % | {100.0 * outcome.sent:.1f} % |"
        )


def percent(share: Estimate) -> str:
    return f"{100.0 * share.value:+.1f} ± {100.0 * share.half_width:.1f} %"


def section(folder: Path, seeds: Sequence[int] = SEEDS) -> Iterator[str | list[str]]:
    """A real log, as a section of docs/validation.md in paragraphs; a sentence where the log is not there."""
    yield "## On a real log"
    if not (folder / CALLS).exists():
        yield "Not measured: the log was not there. It is not part of this project."
        return
    replay = load(folder)
    found = outcomes(replay, seeds)
    days = int((found[0].tally[:, columns.OFFERED] > 0).sum())
    yield f"""{len(replay.calls):,} calls of {days} days of a bank, February 1999 (a public log that is not
    part of this project), its agents by half hour, and the made-up prices and vendors of
    [examples/bank.toml](../examples/bank.toml). Arrivals and handle times are those of the log; patience
    and vendors' waits are drawn with {len(seeds)} seeds, the same for every policy. Differences are paired
    by day, with the 95 % interval of the days. What is chosen in hindsight is the best of its family on
    these very calls, which flatters it. `python benchmarks/real_log.py FOLDER --all` prints the other
    members too."""
    yield list(table(found, replay.center.currency))


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folder", type=Path)
    words.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    words.add_argument("--from", dest="first", type=date.fromisoformat, default=FIRST)
    words.add_argument("--to", dest="last", type=date.fromisoformat, default=LAST)
    words.add_argument("--all", action="store_true", help="every policy of every family")
    given = words.parse_args()
    if not (given.folder / CALLS).exists():
        raise SystemExit(f"{given.folder} has no {CALLS}: the log is not part of this project")
    started = time.perf_counter()
    replay = load(given.folder, given.first, given.last)
    found = outcomes(replay, given.seeds)
    print(
        f"{len(replay.calls):,} calls, {replay.calls[0].id} to {replay.calls[-1].id}; seeds {given.seeds}\n"
    )
    print("\n".join(table(found, replay.center.currency, given.all)))
    print(f"\n{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
