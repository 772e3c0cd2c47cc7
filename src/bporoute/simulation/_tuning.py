"""Families of rules with a number, tuned at equal rights: each day judged by the number of the other days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute.contracts._bill import Invoice
from bporoute.policies._text import policy_label
from bporoute.simulation._figures import days_of
from bporoute.simulation._replayed import ReplayedPolicy
from bporoute.simulation._results import Unit, cheapest_of


class TunedPolicy(ReplayedPolicy, frozen=True, eq=False, dict=True):
    """A family of rules, of which each day was judged by the member that was cheapest on the other days.

    The days are taken from runs of whole members: what is counted on a day is what that day's member did.
    What vendors are owed for nothing is spread evenly over the days; invoices there are none of such a
    mixture, and its `overflow` is that of its policy alone.

    Attributes
    ----------
    center, policy, runs, tuned, decisions_per_second
        As of any replayed policy; the policy is the member of most days, the run put together.
    by_day : tuple of ReplayedPolicy
        The member that each day was judged by.
    """

    by_day: tuple[ReplayedPolicy, ...]

    @cached_property
    def cost_units(self) -> Unit:
        """Money and contacts offered of each day."""
        money = [each.cost_units[0][day] for day, each in enumerate(self.by_day)]
        return np.array(money), self.by_day[0].cost_units[1]

    @cached_property
    def half_hour_costs(self) -> Floats:
        """Money of each half hour, as of its day's member."""
        return _put_together(self.by_day, [each.half_hour_costs for each in self.by_day])

    def members(self) -> dict[str, int]:
        """How many days with calls each member was chosen for, by its name, the most first."""
        had_calls = self.cost_units[1] > 0
        chosen = [each.policy for each, some in zip(self.by_day, had_calls, strict=True) if some]
        return dict(Counter(map(policy_label, chosen)).most_common())

    def vendor_use(self) -> dict[str, dict[str, float]]:
        """As of any simulated policy; money owed is that of each day's member."""
        use = super().vendor_use()
        days = days_of(self.runs[0].edges, self.center)
        all_owed = [each.vendor_use() for each in self.by_day]
        for number, name in enumerate(self.center.vendors):
            owed = 0.0
            for day, each in enumerate(self.by_day):
                money, here = each.runs[0].money[:, number], days == day
                for_nothing = all_owed[day][name]["owed"] - money.sum()
                owed += float(money[here].sum() + for_nothing * here.mean())
            use[name]["owed"] = owed
        return use


def tuned_by_day(members: Sequence[ReplayedPolicy]) -> ReplayedPolicy:
    """A family of which each day is judged by the member that cost least on the other days.

    With calls on one day only there is no other: then it is its cheapest member, chosen in hindsight. One
    whose line grew without bound is chosen only if all did.
    """
    sound = [each for each in members if not each.trouble] or members
    if sound[0].days_with_calls < 2:
        return cheapest_of(sound)
    money = np.array([each.cost_units[0] for each in sound])
    chosen = (money.sum(axis=1, keepdims=True) - money).argmin(axis=0)
    by_day = tuple(sound[number] for number in chosen.tolist())
    most = sound[int(np.bincount(chosen[sound[0].cost_units[1] > 0]).argmax())]
    whole = {
        name: _put_together(by_day, [getattr(each.runs[0], name) for each in by_day])
        for name in ("tally", "busy_seconds", "staffed_seconds", "outcomes", "money")
    }
    nothing: dict[str, dict[float, Invoice]] = {name: {} for name in most.center.vendors}
    run = msgspec.structs.replace(most.runs[0], **whole, invoices=nothing, paths=None)
    speed = min(each.decisions_per_second for each in sound)
    return TunedPolicy(most.center, most.policy, (run,), True, speed, by_day)


def _put_together(by_day: Sequence[ReplayedPolicy], values: Sequence[Floats]) -> Floats:
    """From each day's values (intervals of all days, ..) its own intervals."""
    days = days_of(by_day[0].runs[0].edges, by_day[0].center)
    return np.concatenate([own[days == day] for day, own in enumerate(values)])
