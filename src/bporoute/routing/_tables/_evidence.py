"""Evidence: what the kernel noted of one decision, read by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.routing import codes, columns
from bporoute.center._center import Center
from bporoute.policies._rule import Policy
from bporoute.policies._solved import Solved, SolvedByKernel
from bporoute.routing._outcome import Action, Way
from bporoute.routing._state import QueueState
from bporoute.routing._tables._page import Page
from bporoute.routing._tables._profiles import Profile
from bporoute.routing.ledger._memory import Ledger

Belief = Literal["believed", "expected", "lost", "distrusted"]
BELIEFS: dict[int, Belief] = {
    codes.BELIEVED: "believed",
    codes.EXPECTED: "expected",
    codes.LOST: "lost",
    codes.DISTRUSTED: "distrusted",
}
SEEN_OF_A_VENDOR = {
    "most_at_once": columns.NOTED_LIVE + columns.MOST_AT_ONCE - columns.UP,
    "wait": columns.NOTED_LIVE + columns.VENDOR_WAIT - columns.UP,
    "team": columns.NOTED_LIVE + columns.TEAM - columns.UP,
    "team_aht": columns.NOTED_LIVE + columns.TEAM_AHT - columns.UP,
    "failure": columns.NOTED_LIVE + columns.FAILURE - columns.UP,
    "admitted": columns.NOTED_LIVE + columns.ADMITTED - columns.UP,
    "admission": columns.NOTED_LIVE + columns.ADMISSION - columns.UP,
    "left_to_spend": columns.NOTED_LEFT_TO_SPEND,
    "spending_limit": columns.NOTED_SPENDING_LIMIT,
    "this_hour": columns.NOTED_USAGE + columns.THIS_HOUR,
    "today": columns.NOTED_USAGE + columns.TODAY,
    "this_period": columns.NOTED_USAGE + columns.THIS_PERIOD,
    "center_day": columns.NOTED_USAGE + columns.CENTER_DAY,
    "in_flight": columns.NOTED_USAGE + columns.IN_FLIGHT,
    "price": columns.WAY_PRICE,
    "extra": columns.NOTED_EXTRA,
    "credit": columns.NOTED_CREDIT,
}
"""What a decision saw of a vendor, beside whether it was up -> its column on a page."""


_RANKINGS: dict[tuple[int, float], tuple[object, tuple[str, ...]]] = {}
"""Names by the outcomes of a profile and NOTED_ORDER; the outcomes are kept, so that no id means others."""
MOST_RANKINGS = 4096


def digits(order: float) -> tuple[int, ...]:
    """The octal digits of NOTED_ORDER, the first the last.

    >>> digits(0o312)
    (2, 1, 3)
    """
    left, found = int(order), []
    while left:
        found.append(left & 7)
        left >>= 3
    return tuple(found)


class Basis(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What the decisions of a queue rest on beside their lines of a page; made anew whenever it changes.

    Attributes
    ----------
    center, policy, ledger
        What decides, and where it is counted.
    state : QueueState or None
        What was told of the queue, where it cannot be decided on.
    distrust : str
        Why it cannot; empty if it can.
    solved : Solved, SolvedByKernel or None
        The queue's rule.
    trouble : str
        What is wrong with the clock, the contact, or what a snapshot or a vendor's state tells.
    handle_times : mapping
        By what handle times prices are expectations, see `bporoute.routing._handle_laws`.
    left_out : mapping
        Destinations that are out for this one contact, and why.
    arrived : float
        When it came, epoch seconds, if that was before this decision; else nan.
    """

    center: Center
    policy: Policy
    ledger: Ledger
    state: QueueState | None = None
    distrust: str = ""
    solved: Solved | SolvedByKernel | None = None
    trouble: str = ""
    handle_times: Mapping[tuple[str, str], str] = MappingProxyType({})
    left_out: Mapping[str, str] = MappingProxyType({})
    arrived: float = math.nan


class Evidence(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One noted decision, by the names of what was noted.

    Attributes
    ----------
    page, line : Page, int
        Where the kernel noted it.
    profile : Profile
        What the contact's type, language and data come to.
    basis : Basis
        The center, the policy and its rule for the queue.
    """

    page: Page
    line: int
    profile: Profile
    basis: Basis

    @property
    def number(self) -> int:
        """Of the decision in its ledger; 0 for a preview."""
        return self.page.first + self.line if self.page.first else 0

    @property
    def at(self) -> float:
        """When it was decided, epoch seconds."""
        page = self.page
        at: float = page.told[self.line, page.ways, columns.AT]
        return at

    @property
    def queue(self) -> str:
        """The in-house queue."""
        return self.profile.destinations[0]

    @property
    def state(self) -> QueueState | None:
        """What was told of the queue; None if nothing was."""
        told = self._told[: columns.STATE_TOLD_AT]
        if math.isnan(told[columns.STATE_AGENTS]):
            return self.basis.state
        agents, busy, waiting, rate, aht = told.tolist()
        return QueueState(
            agents, busy, waiting, None if math.isnan(rate) else rate, None if math.isnan(aht) else aht
        )

    @property
    def present(self) -> float:
        """Contacts busy or waiting, as they were counted: told, kept since, or expected."""
        return float(self._told[columns.STATE_PRESENT])

    @property
    def kept_since(self) -> float:
        """Contacts kept since the state was told."""
        return float(self._told[columns.STATE_KEPT_SINCE])

    @property
    def age(self) -> float:
        """Seconds since the state was told; nan if nothing was."""
        return float(self._told[columns.NOTED_AGE])

    @property
    def belief(self) -> Belief:
        """How far the state was believed."""
        return BELIEFS[self.belief_code]

    @property
    def belief_code(self) -> int:
        """The same as a number, see `Routed.belief`: 0 as told, up to 3 unknown or impossible."""
        return int(self._told[columns.BELIEF])

    @property
    def degraded(self) -> str:
        """Why the decision rests on less than it should, or on the fallback alone; empty if it does not."""
        belief = self.page.told[self.line, self.page.ways, columns.BELIEF]
        nobody = "" if self.chosen >= 0 else _nobody(self.basis.center)
        if belief == codes.BELIEVED:
            return "; ".join(filter(None, (self.basis.trouble, nobody)))
        aged = f"state of {self.queue!r} is {self.age:.0f} s old: "
        said = {
            "expected": f"{aged}decided on the expected one",
            "lost": f"{aged}kept where that is possible",
            "distrusted": self.basis.distrust,
        }.get(self.belief, "")
        return "; ".join(filter(None, (said, self.basis.trouble, nobody)))

    def with_trouble(self, problem: str) -> Evidence:
        """The same with one more `problem` that there was; itself if that is empty."""
        if not problem:
            return self
        trouble = "; ".join(filter(None, (self.basis.trouble, problem)))
        basis = msgspec.structs.replace(self.basis, trouble=trouble)
        return Evidence(self.page, self.line, self.profile, basis)

    def without(self, names: Mapping[str, str], arrived: float) -> Evidence:
        """The same of a contact for which `names` are out, each for a reason, and which came `arrived`.

        That is in epoch seconds; nan: when it was decided.
        """
        basis = msgspec.structs.replace(self.basis, left_out=names, arrived=arrived)
        return Evidence(self.page, self.line, self.profile, basis)

    @property
    def arrived(self) -> float:
        """When the contact came, epoch seconds."""
        arrived = self.basis.arrived
        return arrived if arrived == arrived else self.at

    @property
    def luck(self) -> float:
        """What stood for the contact's id, in [0, 1)."""
        return float(self._told[columns.NOTED_LUCK])

    @property
    def gate_open(self) -> bool:
        """Whether a rule that opens higher than it closes was open before."""
        return bool(self._told[columns.NOTED_GATE] != 0.0)

    @property
    def was_open(self) -> bool:
        """Whether it was, and had not been released since."""
        solved = self.basis.solved
        return self.gate_open and (solved is None or not self.gate_age >= solved.rule.release)

    @property
    def gate_age(self) -> float:
        """Seconds since that last changed."""
        return float(self._told[columns.NOTED_GATE_AGE])

    @property
    def credit(self) -> float:
        """What the in-house share had added up to."""
        return float(self._noted[0, columns.NOTED_CREDIT])

    @property
    def center_day(self) -> tuple[float, float, float]:
        """The center's day: contacts routed, sent out, sum of the squares of the vendors' counts."""
        first = columns.NOTED_CENTER
        routed, sent, squares = self._told[first : first + columns.ALL_SQUARES + 1].tolist()
        return routed, sent, squares

    @property
    def sourced_out(self) -> bool:
        """Whether vendors were to take all that they may: sourced in full, or in a hand-over window."""
        return bool(self._told[columns.STATE_MODE] == codes.FULL)

    @property
    def work(self) -> float:
        """Mean handle time of such a contact, in multiples of the queue's, as the rule took it."""
        return float(self._told[columns.STATE_WORK])

    @property
    def chosen(self) -> int:
        """The way chosen: 0 in-house, then vendors; -1: none."""
        return int(self._told[columns.CHOSEN])

    def outcome(self, action: Action, destination: str | None) -> tuple[Action, str | None]:
        """What was decided and counted.

        The `action` and `destination` that are told, where no more is known than settling needs: of a token.
        """
        chosen: float = self.page.told[self.line, self.page.ways, columns.CHOSEN]
        if chosen != chosen or not self.profile.ticket_at:
            return action, destination
        return self.profile.outcomes[int(chosen) + 1]

    @property
    def ways(self) -> tuple[Way, ...]:
        """Every destination that may take the contact, best first."""
        noted, names = self._noted, self.profile.destinations
        return tuple(
            Way(
                names[way],
                float(noted[way, columns.COST]),
                float(noted[way, columns.WAIT]),
                float(noted[way, columns.WAY_PRICE]),
                float(noted[way, columns.WAY_EXTRA]),
            )
            for way in self._order
        )

    @property
    def places(self) -> dict[str, tuple[float, float]]:
        """Destination that may take the contact -> what it is ranked by: tier, then key."""
        noted, names = self._noted, self.profile.destinations
        return {
            names[way]: (float(noted[way, columns.TIER]), float(noted[way, columns.KEY]))
            for way in self._order
        }

    @property
    def in_house_parts(self) -> tuple[float, float]:
        """Money of the in-house cost: for the contact's own wait, and for keeping later ones waiting.

        Both nan where nothing is known of them.
        """
        solved, cost = self.basis.solved, self.cost(0)
        if solved is None or self.belief in ("lost", "distrusted"):
            return math.nan, math.nan
        congestion = solved.situation.congestion
        later = self.work * float(congestion[min(max(int(self.present), 0), len(congestion) - 1)])
        return cost - later, later

    @property
    def ranked(self) -> tuple[str, ...]:
        """The names of `ways`."""
        page, outcomes = self.page, self.profile.outcomes
        order = page.told[self.line, page.ways, columns.NOTED_ORDER]
        if not order:
            return tuple([outcomes[way + 1][1] or "" for way in self._order])
        known = _RANKINGS.get((id(outcomes), order))
        if known is None:
            if len(_RANKINGS) >= MOST_RANKINGS:
                _RANKINGS.clear()
            names = tuple([outcomes[digit][1] or "" for digit in digits(order)])
            known = _RANKINGS[id(outcomes), order] = outcomes, names
        return known[1]

    @property
    def second(self) -> str | None:
        """The second of `ranked`; None if there is none."""
        page = self.page
        order = int(page.told[self.line, page.ways, columns.NOTED_ORDER])
        if order:
            digit = order >> 3 & 7
            return self.profile.outcomes[digit][1] if digit else None
        return next(iter(self.ranked[1:]), None)

    def of_the_chosen(self, column: int) -> float:
        """What was noted of the way chosen, in a `column` of the page; nan if none was."""
        page, line = self.page, self.line
        chosen = int(page.told[line, page.ways, columns.CHOSEN])
        noted: float = page.told[line, chosen, column] if chosen >= 0 else math.nan
        return noted

    @property
    def refusals(self) -> dict[str, tuple[int, float, float]]:
        """Destination -> code of the rule that refused it, what that observed, and what it allows."""
        refused = {name: (code, 0.0, 0.0) for name, code in self.profile.barred.items()}
        for name, noted in zip(self.profile.destinations, self._noted, strict=True):
            if code := int(noted[columns.REASON]):
                refused[name] = code, float(noted[columns.OBSERVED]), float(noted[columns.LIMIT])
        return refused

    def cost(self, way: int) -> float:
        """Money that a way was expected to cost; nan for -1, which is none."""
        return float(self._noted[way, columns.COST]) if way >= 0 else math.nan

    def sends_from(self, value_class: str, *, before: bool = False) -> float:
        """See `Decision.sends_from`; `value_class` is the contact's.

        Of a rule that opens higher than it closes, as it is now, or as it was `before` the decision.
        """
        solved, ways = self.basis.solved, self.ways
        vendors = [way.cost for way in ways if way.destination != self.queue]
        kept = len(ways) > len(vendors)
        if self._told[columns.STATE_MODE] != codes.OVERFLOW or not kept or not vendors:
            return math.nan
        if solved is None or solved.rule.shares is not None:
            return math.nan
        rule = solved.rule
        is_open = self.was_open if before else self._told[columns.STATE_GATE] != 0.0
        gate_open = is_open and rule.keep_cost_open is not None
        keep_cost, work_cost = (
            (rule.keep_cost_open, rule.work_cost_open) if gate_open else (rule.keep_cost, rule.work_cost)
        )
        if keep_cost is None:
            return math.nan
        if work_cost is not None and self.work != 1.0:
            keep_cost = np.asarray(keep_cost) + (self.work - 1.0) * np.asarray(work_cost)
        valued = self.basis.center.value_classes.get(value_class)
        protection = valued.keep_up_to if valued else 0.0
        # The last state is a full waiting room.
        sends = np.asarray(keep_cost)[:-1] - protection > min(vendors)
        return float(sends.argmax()) if sends.any() else math.inf

    def seen(self) -> dict[str, dict[str, float]]:
        """What was seen of every vendor that no lasting rule bars, by `SEEN_OF_A_VENDOR`, and ``up``."""
        return {
            name: {"up": noted[columns.NOTED_LIVE]}
            | {field: noted[column] for field, column in SEEN_OF_A_VENDOR.items()}
            for name, noted in zip(self.profile.destinations[1:], self._noted[1:].tolist(), strict=True)
        }

    @property
    def _noted(self) -> Floats:
        """One row for each way, in the order of `Profile.destinations`."""
        noted: Floats = self.page.numbers[self.line, : len(self.profile.destinations)]
        return noted

    @property
    def _told(self) -> Floats:
        told: Floats = self.page.numbers[self.line, -1]
        return told

    @property
    def _order(self) -> list[int]:
        """The ways that may take the contact, best first; ties keep the order of the center."""
        noted = self._noted
        able = [way for way in range(len(noted)) if noted[way, columns.REASON] == 0.0]
        return sorted(able, key=lambda way: (noted[way, columns.TIER], noted[way, columns.KEY]))


def _nobody(center: Center) -> str:
    """What is said of a decision by the fallback."""
    return f"nobody may take it, so the center's fallback holds: {center.fallback}"
