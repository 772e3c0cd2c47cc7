"""Whether a vendor or the queue may take one more contact now, and how long it would wait at a vendor.

All read rows of the routing tables, see `bporoute._kernels.routing.columns`; lasting rules (language,
certificates, data) are judged elsewhere: whoever they bar is no way of a contact.
"""

from __future__ import annotations

from bporoute._kernels.compiling.arrays import Row
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing.codes import (
    CAP_HOUR,
    CAPACITY,
    CONCENTRATION,
    DOWN,
    HEALTH,
    IN_HOUSE,
    IN_HOUSE_SHARE,
    LOST,
    QUEUE_FULL,
    RAMP,
    SOURCING,
    SPECIALISED,
    UNSTAFFED,
    VENDOR_SHARE,
)
from bporoute._kernels.routing.columns import (
    ADMISSION,
    ADMITTED,
    ALL_ROUTED,
    ALL_SENT,
    ALL_SQUARES,
    BARRED,
    CENTER_DAY,
    CONCENTRATION_FROM,
    FIRST_CAP,
    IN_FLIGHT,
    LEFT_TO_SPEND,
    MOST_AT_ONCE,
    MOST_CONCENTRATION,
    MOST_OUT,
    MOST_SHARE,
    NEEDS_AGENTS,
    QUEUE_STATUS,
    SCHEDULED,
    SPENDING_LIMIT,
    STATE_AGENTS,
    STATUS,
    TEAM,
    TEAM_AHT,
    TOLD,
    TRIAL_SHARE,
    UP,
    VENDOR_WAIT,
    WINDOWS,
)

ROUNDING = 1e-9
"""Contacts by which a share of them may be off for rounding."""
ONE_CONTACT = 1.0 - ROUNDING


@kernel("UniTuple(f8,3)(i8,Row,Row,Row,Row,i8)", inline=True)
def crowding(
    mode: int, vendor: Row, used: Row, center: Row, all_used: Row, rivals: int
) -> tuple[float, float, float]:
    """What bars a vendor for what others were sent, too: shares of the center's day; as `refusal`."""
    routed = all_used[ALL_ROUTED] + 1.0
    sent = all_used[ALL_SENT] + 1.0
    if mode != SPECIALISED and sent > center[MOST_OUT] * routed + ROUNDING:
        return float(IN_HOUSE_SHARE), 1.0 - sent / routed, 1.0 - center[MOST_OUT]
    mine = used[CENTER_DAY] + 1.0
    if mine > vendor[MOST_SHARE] * routed + ROUNDING:
        return float(VENDOR_SHARE), mine / routed, vendor[MOST_SHARE]
    most = center[MOST_CONCENTRATION]
    if most < 1.0 and sent >= center[CONCENTRATION_FROM]:
        squares = all_used[ALL_SQUARES] + 2.0 * mine - 1.0
        # Whoever has an equal share or less does not add to the concentration.
        if squares > most * sent * sent and mine * rivals > sent:
            return float(CONCENTRATION), squares / (sent * sent), most
    return 0.0, 0.0, 0.0


@kernel("UniTuple(f8,3)(i8,Row,Row,Row,Row,i8)", inline=True)
def refusal(
    mode: int, vendor: Row, used: Row, center: Row, all_used: Row, rivals: int
) -> tuple[float, float, float]:
    """Why a vendor may not take one more contact now: reason code (0: it may), observed and limit.

    `vendor` and `used` are its rows of ``vendors`` and ``usage``, `center` and `all_used` the last ones;
    `rivals` is the number of vendors.
    """
    if mode == IN_HOUSE:
        return float(SOURCING), 0.0, 0.0
    if vendor[STATUS] != 0.0:
        return vendor[STATUS], 0.0, 0.0
    if vendor[UP] == 0.0:
        return float(DOWN), 0.0, 0.0
    admitted = vendor[ADMITTED]
    if admitted < 1.0:
        if admitted <= 0.0:
            return float(HEALTH), 0.0, 0.0
        if vendor[ADMISSION] + admitted < ONE_CONTACT:
            return float(RAMP), vendor[ADMISSION], admitted
    there = used[IN_FLIGHT]
    if there >= vendor[MOST_AT_ONCE]:
        return float(CAPACITY), there, vendor[MOST_AT_ONCE]
    for window in range(WINDOWS - 1):
        if used[window] >= vendor[FIRST_CAP + window]:
            return float(CAP_HOUR + window), used[window], vendor[FIRST_CAP + window]
    left = vendor[LEFT_TO_SPEND] - there
    if left < 1.0:
        return vendor[SPENDING_LIMIT], left, 1.0
    return crowding(mode, vendor, used, center, all_used, rivals)


@kernel("f8(i8,Row,Row,i8,f8,i8)", inline=True)
def refusal_in_house(mode: int, in_house: Row, here: Row, belief: int, present: float, last: int) -> float:
    """Why the queue may not take a contact: reason code, 0 if it may.

    `in_house` is way 0 of its profile, `here` the row of its queue, `belief` how far that is believed; in
    state `last` the room is full. Who works there is what was told, or what is scheduled where that is lost.
    """
    if mode == SPECIALISED:
        return float(SOURCING)
    if in_house[BARRED] != 0.0:
        return float(in_house[BARRED])
    if here[QUEUE_STATUS] != 0.0:
        return float(here[QUEUE_STATUS])
    if here[NEEDS_AGENTS] != 0.0:
        agents = here[TOLD + STATE_AGENTS]
        if belief == LOST or agents != agents:
            agents = here[SCHEDULED]
        if agents == 0.0:
            return float(UNSTAFFED)
    if belief < LOST and present >= last:
        return float(QUEUE_FULL)
    return 0.0


@kernel("b1(Row)", inline=True)
def stands_alone(vendor: Row) -> bool:
    """Whether a vendor, but for `crowding`, may take what it may until it was sent something."""
    return bool(vendor[ADMITTED] >= 1.0 and vendor[TRIAL_SHARE] >= 1.0)


@kernel("f8(Row,Row)", inline=True)
def wait_there(vendor: Row, used: Row) -> float:
    """Mean wait at a vendor, seconds: with a team of known size, by those who are there already."""
    wait = vendor[VENDOR_WAIT]
    team = vendor[TEAM]
    if team > 0.0 and used[IN_FLIGHT] >= team:
        wait += (used[IN_FLIGHT] - team + 1.0) * vendor[TEAM_AHT] / team
    return float(wait)
