"""What a decision rests on, as plain values: the part of a logged decision from which it is made again.

Written by `noted`, read by `Noted`: the two must say the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from bporoute._base.fields import PositiveSeconds, Rate
from bporoute._kernels.routing import columns as codes
from bporoute.policies._situation import PeriodScore

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats
    from bporoute.routing._state import QueueState
    from bporoute.routing._tables._tables import View

BELIEFS = {
    codes.BELIEVED: "believed",
    codes.EXPECTED: "expected",
    codes.LOST: "lost",
    codes.DISTRUSTED: "distrusted",
}
VENDOR_COLUMNS = {
    "most_at_once": codes.NOTED_LIVE + codes.MOST_AT_ONCE - codes.UP,
    "wait": codes.NOTED_LIVE + codes.VENDOR_WAIT - codes.UP,
    "team": codes.NOTED_LIVE + codes.TEAM - codes.UP,
    "team_aht": codes.NOTED_LIVE + codes.TEAM_AHT - codes.UP,
    "failure": codes.NOTED_LIVE + codes.FAILURE - codes.UP,
    "admitted": codes.NOTED_LIVE + codes.ADMITTED - codes.UP,
    "admission": codes.NOTED_LIVE + codes.ADMISSION - codes.UP,
    "left_to_spend": codes.NOTED_LEFT_TO_SPEND,
    "this_hour": codes.NOTED_USAGE,
    "today": codes.NOTED_USAGE + 1,
    "this_period": codes.NOTED_USAGE + 2,
    "center_day": codes.NOTED_USAGE + codes.CENTER_DAY,
    "in_flight": codes.NOTED_USAGE + codes.IN_FLIGHT,
    "price": codes.WAY_PRICE,
    "extra": codes.NOTED_EXTRA,
    "credit": codes.NOTED_CREDIT,
}
"""Field of `NotedVendor`, beside `up` -> its column on a page."""


class NotedState(msgspec.Struct, frozen=True):
    """What was told of the queue; None: nothing, or nothing that a number can say."""

    agents: float | None
    busy: float | None
    waiting: float | None
    arrival_rate: float | None
    aht: float | None


class NotedClass(msgspec.Struct, frozen=True):
    """Contacts of a queue with the same price: per second, money (None: nowhere to send them)."""

    arrival_rate: Rate
    price: float | None


class NotedVendor(msgspec.Struct, frozen=True):
    """What the decision saw of one vendor.

    Attributes
    ----------
    up : bool
        Whether it could be reached.
    most_at_once, left_to_spend : float or None
        Contacts that it had room for, and that its money still bought; None: no limit.
    wait : float
        Mean wait there while an agent is free, seconds.
    team, team_aht : float
        Agents of its team (0: unknown) and their mean handle time, seconds.
    failure : float
        Probability that it fails to take a contact.
    admitted, admission : float
        Share of its contacts that its health admitted, and what that share had added up to.
    this_hour, today, this_period, center_day, in_flight : float
        Contacts sent in the current windows of its clock and in the center's day, and there now.
    price, extra : float
        Money for one more contact by its contract, and what such a contact costs there beside.
    credit : float
        What its share of the contacts had added up to.
    """

    up: bool
    most_at_once: float | None
    wait: float | None
    team: float | None
    team_aht: float | None
    failure: float | None
    admitted: float | None
    admission: float | None
    left_to_spend: float | None
    this_hour: float | None
    today: float | None
    this_period: float | None
    center_day: float | None
    in_flight: float | None
    price: float | None
    extra: float | None
    credit: float | None


class Noted(msgspec.Struct, frozen=True):
    """What a decision rested on, read back.

    Attributes
    ----------
    state, age, kept_since, present, belief, distrust
        What was told of the queue; seconds since; contacts kept since; contacts present as counted; how far
        that was believed, and why not.
    gate_open, gate_age
        Whether a rule that opens higher than it closes was open, and seconds since that last changed.
    luck, credit
        What stands for the contact's id, in [0, 1); what the in-house share had added up to.
    aht, classes, served_so_far
        What the policy saw: mean handle time in the queue, its contacts by price, how its period has gone.
    routed, sent, squares
        The center's day: contacts routed, sent out, sum of the squares of the vendors' counts.
    vendors
        Every vendor that no lasting rule bars.
    trouble
        What was wrong with the clock or the vendors' states.
    """

    state: NotedState | None
    age: float | None
    kept_since: float | None
    present: float | None
    belief: Literal["believed", "expected", "lost", "distrusted"]
    distrust: str
    gate_open: bool
    gate_age: float | None
    luck: float
    credit: float | None
    aht: PositiveSeconds | None
    classes: list[NotedClass]
    served_so_far: PeriodScore | None
    routed: float
    sent: float
    squares: float
    vendors: dict[str, NotedVendor]
    trouble: str


def noted(
    view: View, vendors: Sequence[str], state: QueueState | None, ways: Floats, told: Floats
) -> dict[str, Any]:
    """What a decision rested on, as plain values; `ways` and `told` are its rows on a page."""
    last = told.tolist()
    belief = int(last[codes.BELIEF])
    situation = None if view.solved is None else view.solved.situation
    asked = None if state is None else msgspec.structs.asdict(state)
    return {
        "state": None if asked is None else {name: finite(value) for name, value in asked.items()},
        "age": finite(last[codes.NOTED_AGE]),
        "kept_since": finite(last[codes.STATE_KEPT_SINCE]),
        "present": None if belief == codes.DISTRUSTED else finite(last[codes.STATE_PRESENT]),
        "belief": BELIEFS[belief],
        "distrust": view.distrust,
        "gate_open": last[codes.NOTED_GATE] != 0.0,
        "gate_age": finite(last[codes.NOTED_GATE_AGE]),
        "luck": last[codes.NOTED_LUCK],
        "credit": finite(float(ways[0, codes.NOTED_CREDIT])),
        "aht": None if situation is None else finite(situation.aht),
        "classes": [] if situation is None else situation.classes(),
        "served_so_far": None if situation is None else msgspec.to_builtins(situation.served_so_far),
        "routed": last[codes.NOTED_CENTER + codes.ALL_ROUTED],
        "sent": last[codes.NOTED_CENTER + codes.ALL_SENT],
        "squares": last[codes.NOTED_CENTER + codes.ALL_SQUARES],
        "vendors": {
            name: {"up": numbers[codes.NOTED_LIVE] != 0.0}
            | {field: finite(numbers[column]) for field, column in VENDOR_COLUMNS.items()}
            for name, numbers in zip(vendors, ways[1:].tolist(), strict=True)
        },
        "trouble": view.trouble,
    }


def finite(value: object) -> float | None:
    """A number as it is, None for everything else."""
    if not isinstance(value, (int, float)):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:  # a whole number of hundreds of digits
        return None
