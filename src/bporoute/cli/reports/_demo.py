"""What somebody has to know of the demo's day and of its policies before the table tells anything."""

from __future__ import annotations

from collections.abc import Sequence

from bporoute._base.clock import HALF_HOUR
from bporoute.cli.reports._policy_words import policy_words
from bporoute.policies._rule import Policy
from bporoute.policies._text import policy_label
from bporoute.simulation._replay import Replay
from bporoute.simulation._replayed import ReplayedPolicy


def shortage_line(case: Replay) -> str:
    """How often more work comes than the agents can do, of the half hours in which calls arrive.

    >>> from bporoute.simulation import demo_replay
    >>> print(shortage_line(demo_replay()))
    Too few agents on purpose: in 18 of 28 half hours a queue gets more work than its agents can do.
    """
    work: dict[tuple[str, float], float] = {}
    for call in case.calls:
        key = case.center.contact_types[call.type].queue, call.arrival // HALF_HOUR * HALF_HOUR
        work[key] = work.get(key, 0.0) + (call.handle or 0.0)
    times = {start for _, start in work}
    short = {
        start
        for (queue, start), seconds in work.items()
        if seconds / HALF_HOUR > case.schedule.agents_at(queue, start + HALF_HOUR / 2)
    }
    return (
        f"Too few agents on purpose: in {len(short)} of {len(times)} half hours a queue gets more work than "
        "its agents can do."
    )


def words_lines(results: Sequence[ReplayedPolicy]) -> list[str]:
    """What each kind of policy does, once."""
    kinds: dict[type, Policy] = {}
    for each in results:
        kinds.setdefault(type(each.policy), each.policy)
    return [f"{policy_label(policy)} {policy_words(policy)}." for policy in kinds.values()]
