"""What the rules cost on a real call log, each with its number tuned on other days than it is judged by.

    python benchmarks/real_log.py FOLDER [--seeds 1 2 3 4 5] [--from 1999-02-01 --to 1999-02-19] [--all]

FOLDER holds the public log of an Israeli bank, February 1999, and its agents by half hour; it is not part of
this project. All its days are replayed with the center of examples/bank.toml (prices and vendors made up).
Each day, every kind of rule has the number that cost least on all other days. Arrivals and handle times are
those of the log; each seed draws patience and vendors' waits anew, for all policies alike.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute import Center, MarginalCost
from bporoute._base.arrays import Floats
from bporoute._kernels.simulation import columns
from bporoute.cli.reports._logged import logged_notes
from bporoute.estimates._confidence import Estimate, of_ratio
from bporoute.policies._text import policy_label
from bporoute.policies._usual import tuned_families, usual_policies
from bporoute.simulation._figures import by_day, days_of, lost_contacts
from bporoute.simulation._replay import Replay, prepare_replay
from bporoute.simulation._replayed import ReplayedPolicy
from bporoute.simulation._service import ratio
from bporoute.simulation._tuning import TunedPolicy, tuned_by_day
from bporoute.workload._call_log import read_calls
from bporoute.workload._schedule import read_schedule

CENTER = Path(__file__).resolve().parents[1] / "examples" / "bank.toml"
CALLS = "anonymous_bank_calls_1999_02_01to19.csv"
AGENTS = "anonymous_bank_30min_with_agents_1999_02_01to19.csv"
SEEDS = (1, 2, 3)
FIRST, LAST = date(1999, 2, 1), date(1999, 2, 19)
EXACT = policy_label(MarginalCost())
FEW_ALONE = 0.05
"""A day has agents where the schedule has some for all but this share of its calls."""


class Outcome(NamedTuple):
    """What a policy did, averaged over the seeds: money and tally by day."""

    name: str
    chosen: str
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


def load(folder: Path, first: date = FIRST, last: date = LAST) -> Replay:
    """The log, ready to be replayed."""
    center = Center.load(CENTER)
    log = read_calls(folder / CALLS, center.log, center.timezone, (first, last))
    schedule = read_schedule(folder / AGENTS, center.log, center.timezone, tuple(center.queues))
    return prepare_replay(center, log.calls, schedule)


def runs(replay: Replay, everything: bool) -> dict[str, ReplayedPolicy]:
    """By name: the usual policies, then each family tuned by day, or before that all of its members, too."""
    found = {policy_label(policy): replay.run(policy) for policy in usual_policies(replay.center)}
    for family in tuned_families(replay.center):
        members = [replay.run(policy, tuned=True) for policy in family]
        if everything:
            found.update({policy_label(each.policy): each for each in members})
        found[f"{type(family[0]).__name__}, tuned"] = tuned_by_day(members)
    return found


def outcomes(replay: Replay, seeds: Sequence[int], everything: bool = False) -> list[Outcome]:
    """Every policy on the same calls, with the same chance, averaged over the seeds."""
    days = days_of(replay.arrivals.edges, replay.center)
    drawn = [runs(msgspec.structs.replace(replay, seed=seed), everything) for seed in seeds]
    return [
        Outcome(
            name,
            numbers([each[name] for each in drawn]),
            np.mean([each[name].cost_units[0] for each in drawn], axis=0),
            np.mean([by_day(each[name].runs[0].tally.sum(axis=1), days) for each in drawn], axis=0),
        )
        for name in drawn[0]
    ]


def numbers(found: Sequence[ReplayedPolicy]) -> str:
    """The members that were chosen for a day, the most frequent first; empty of what was not tuned."""
    chosen: Counter[str] = Counter()
    for each in found:
        if isinstance(each, TunedPolicy):
            chosen.update(each.members())
        elif each.tuned:
            chosen[f"{policy_label(each.policy)} in hindsight"] += 1
    return ", ".join(name for name, _ in chosen.most_common())


def staffed_days(replay: Replay) -> Floats:
    """Which days have agents for nearly all of their calls, as an array of bool."""
    days = days_of(replay.arrivals.edges, replay.center)
    first = datetime.fromtimestamp(replay.arrivals.edges[0], replay.center.zone).toordinal()
    counts = np.zeros((int(days[-1]) + 1, 2))
    for call in replay.calls:
        queue = replay.center.contact_types[call.type].queue
        day = datetime.fromtimestamp(call.arrival, replay.center.zone).toordinal() - first
        counts[day] += replay.schedule.agents_at(queue, call.arrival) == 0, 1
    return (counts[:, 1] > 0) & (counts[:, 0] <= FEW_ALONE * counts[:, 1])


def dearer(ours: Outcome, theirs: Outcome, days: Floats) -> Estimate:
    """By which share one policy costs more on some days: paired by day, whose chance it rests on."""
    total = of_ratio(ours.money[days], theirs.money[days])
    return Estimate(total.value - 1.0, total.low - 1.0, total.high - 1.0, total.level, total.count)


def table(replay: Replay, found: Sequence[Outcome]) -> Iterator[str]:
    """Markdown: the log itself, then every policy beside the exact rule."""
    exact = next(each for each in found if each.name == EXACT)
    with_calls, staffed = exact.tally[:, columns.OFFERED] > 0, staffed_days(replay)
    yield (
        f"| policy | {replay.center.currency} per call | dearer than {EXACT} | on days with agents | in time "
        "| lost | sent out | numbers chosen |"
    )
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    logged = replay.logged
    if logged is not None:
        level, lost = logged.service_level().value, logged.abandonment().value
        yield f"| as logged |  |  |  | {100.0 * level:.1f} % | {100.0 * lost:.1f} % |  |  |"
    for each in found:
        more = ["" if each is exact else percent(dearer(each, exact, days)) for days in (with_calls, staffed)]
        yield (
            f"| {each.name} | {each.per_call:.3f} | {more[0]} | {more[1]} | {100.0 * each.in_time:.1f} % | "
            f"{100.0 * each.lost:.1f} % | {100.0 * each.sent:.1f} % | {each.chosen} |"
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
    exact = next(each for each in found if each.name == EXACT)
    days = int((exact.tally[:, columns.OFFERED] > 0).sum())
    yield f"""{len(replay.calls):,} calls of {days} days of a bank, February 1999 (a public log that is not
    part of this project), its agents by half hour, and the made-up prices and vendors of
    [examples/bank.toml](../examples/bank.toml). Arrivals and handle times are those of the log; patience
    and vendors' waits are drawn with {len(seeds)} seeds, the same for every policy. Differences are paired
    by day, with the 95 % interval of the days."""
    yield f"""Every kind of rule with a number is tuned alike, by cost: each day is judged with the number
    that was cheapest on the other {days - 1} days. {EXACT} has none. The rules without *tuned* have a
    customary number. `python benchmarks/real_log.py FOLDER --all` prints every number of every kind."""
    yield list(table(replay, found))
    if replay.logged is not None:
        never = replay.run(usual_policies(replay.center)[0])
        notes = [note.removeprefix("note: ") for note in logged_notes(replay.logged, [never])[1:]]
        if notes:
            yield " ".join([*notes, f"*Days with agents*: {int(staffed_days(replay).sum())} of {days}."])


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
    print(
        f"{len(replay.calls):,} calls, {replay.calls[0].id} to {replay.calls[-1].id}; seeds {given.seeds}\n"
    )
    print("\n".join(table(replay, outcomes(replay, given.seeds, given.all))))
    print(f"\n{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
