"""What a simulated floor counts of a contact: vendors' windows and bills, overflow, abandonment, paths."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bporoute._kernels.compiling.registry import BOOK, TABLE, kernel
from bporoute._kernels.routing import columns as codes
from bporoute._kernels.simulation import columns as floor

if TYPE_CHECKING:
    from bporoute._kernels.compiling.registry import Floats, Integers

STEP_TOLERANCE = 1e-9
"""Of a billed step: a billionth over a full one is rounding (see `bporoute.contracts._measure`)."""


@kernel(f"i8(i8,i8,{BOOK},i8)")
def next_best(chosen: int, count: int, page: Floats, line: int) -> int:
    """The way that comes after one in the ranking of a line; -1 if there is none."""
    evidence = page[line]
    tier, key = evidence[chosen][codes.TIER], evidence[chosen][codes.KEY]
    best = -1
    for way in range(count + 1):
        note = evidence[way]
        if note[codes.REASON] != 0.0:
            continue
        later = note[codes.TIER] > tier or (
            note[codes.TIER] == tier and (note[codes.KEY] > key or (note[codes.KEY] == key and way > chosen))
        )
        if later and (
            best < 0
            or (note[codes.TIER], note[codes.KEY]) < (evidence[best][codes.TIER], evidence[best][codes.KEY])
        ):
            best = way
    return best


@kernel(f"void(i8,{TABLE},f8)")
def count_sent(vendor: int, usage: Floats, change: float) -> None:
    """Count a contact more (1) or less (-1) for a vendor, in all windows and there now."""
    center = usage.shape[0] - 1
    today = usage[vendor, codes.CENTER_DAY]
    usage[center, codes.ALL_SQUARES] += change * (2.0 * today + change)
    usage[center, codes.ALL_SENT] += change
    for column in range(codes.WINDOWS + 1):
        usage[vendor, column] = max(usage[vendor, column] + change, 0.0)


@kernel("void(f8[::1],f8[:,::1],f8[::1],b1,f8,f8,f8)")
def bill(
    told: Floats, measures: Floats, team: Floats, gave_up: bool, wait: float, handle: float, factor: float
) -> None:
    """Count a contact that has left a vendor: `told` is the vendor's row of outcomes, `team` of teams."""
    lasted = wait if gave_up else handle
    if lasted <= team[floor.LONGEST_FREE] and team[floor.LONGEST_FREE] > 0.0:
        told[floor.O_SHORT] += 1.0
    if gave_up:
        told[floor.O_ABANDONED] += 1.0
        told[floor.O_ABANDONED_WITHIN] += 1.0 if wait <= team[floor.TEAM_WITHIN] else 0.0
        told[floor.O_ABANDONED_SHORT] += 1.0 if wait <= team[floor.TEAM_SHORT] else 0.0
    else:
        told[floor.O_ANSWERED] += 1.0
        told[floor.O_WAITED] += wait
        told[floor.O_HANDLED] += handle
        told[floor.O_WITHIN] += 1.0 if wait <= team[floor.TEAM_WITHIN] else 0.0
    for number in range(measures.shape[0]):
        measure = measures[number]
        counts = int(measure[floor.COUNTS])
        if counts == floor.NOTHING or (
            measure[floor.FREE_UP_TO] > 0.0 and lasted <= measure[floor.FREE_UP_TO]
        ):
            continue
        units = 0.0
        if counts == floor.COUNT_OFFERED:
            units = 1.0
        elif not gave_up:
            units = 1.0
            if counts == floor.COUNT_MINUTES:
                seconds = max(handle, measure[floor.MINIMUM])
                step = measure[floor.STEP]
                if step > 0.0:
                    seconds = math.ceil(seconds / step - STEP_TOLERANCE) * step
                units = seconds / 60.0
        told[floor.UNITS + number] += factor * units


@kernel("void(f8[::1],f8)")
def note_overflow(flow: Floats, now: float) -> None:
    """Count a contact sent out for the moments of the overflow, see `bporoute.simulation._figures`."""
    rate = flow[floor.RATE]
    left = math.exp(-rate * (now - flow[floor.DECAYED_AT]))
    decayed, twice = flow[floor.DECAYED], flow[floor.DECAYED_TWICE]
    flow[floor.AREA] += decayed * (1.0 - left) / rate
    flow[floor.AREA_TWICE] += twice * (1.0 - left * left) / (2.0 * rate)
    flow[floor.AREA_SQUARE] += decayed * decayed * (1.0 - left * left) / (2.0 * rate)
    flow[floor.DECAYED] = decayed * left + 1.0
    flow[floor.DECAYED_TWICE] = twice * left * left + 1.0
    flow[floor.DECAYED_AT] = now


@kernel("void(f8[::1],f8[::1],f8)")
def count_abandoned(counted: Floats, aim: Floats, wait: float) -> None:
    """Count a contact that has given up after so many seconds: its row of the tally, its queue's aims."""
    counted[floor.ABANDONED] += 1.0
    counted[floor.WAIT_ABANDONED] += wait
    counted[floor.ABANDONED_WITHIN] += 1.0 if wait <= aim[floor.AIM_WITHIN] else 0.0
    counted[floor.ABANDONED_SHORT] += 1.0 if wait <= aim[floor.AIM_SHORT] else 0.0


@kernel("void(f8[::1],f8,f8,f8,f8,f8,f8,f8,f8,f8,f8,f8)")
def fill_slot(
    slot: Floats,
    stream: float,
    number: float,
    attempt: float,
    first: float,
    at: float,
    handle: float,
    cost: float,
    team: float,
    sent_before: float,
    factor: float,
    failed: float,
) -> None:
    """Note who a contact is and where it has gone."""
    slot[floor.C_STREAM] = stream
    slot[floor.C_NUMBER] = number
    slot[floor.C_ATTEMPT] = attempt
    slot[floor.C_FIRST] = first
    slot[floor.C_AT] = at
    slot[floor.C_HANDLE] = handle
    slot[floor.C_COST] = cost
    slot[floor.C_TEAM] = team
    slot[floor.C_SENT_BEFORE] = sent_before
    slot[floor.C_FACTOR] = factor
    slot[floor.C_FAILED] = failed


@kernel("void(f8[:,::1],i8[::1],f8[::1],f8,f8,f8,f8,f8)")
def write_path(
    paths: Floats,
    marks: Integers,
    slot: Floats,
    destination: float,
    wait: float,
    outcome: float,
    handle: float,
    ended: float,
) -> None:
    """Write what became of the contact in a slot."""
    path = paths[marks[floor.PATHS]]
    marks[floor.PATHS] += 1
    path[floor.P_STREAM] = slot[floor.C_STREAM]
    path[floor.P_NUMBER] = slot[floor.C_NUMBER]
    path[floor.P_ATTEMPT] = slot[floor.C_ATTEMPT]
    path[floor.P_FIRST] = slot[floor.C_FIRST]
    path[floor.P_AT] = slot[floor.C_AT]
    path[floor.P_DESTINATION] = destination
    path[floor.P_WAIT] = wait
    path[floor.P_OUTCOME] = outcome
    path[floor.P_HANDLE] = handle
    path[floor.P_COST] = slot[floor.C_COST]
    path[floor.P_SENT_BEFORE] = slot[floor.C_SENT_BEFORE]
    path[floor.P_FAILED] = slot[floor.C_FAILED]
    path[floor.P_ENDED] = ended
