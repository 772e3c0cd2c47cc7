"""What a simulated floor counts of a contact: vendors' windows and bills, overflow, abandonment, paths."""

from __future__ import annotations

import math

from bporoute._base.tolerance import TOLERANCE
from bporoute._kernels.compiling.arrays import Book, Row, Table, WholeRow
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing import columns as routing_columns
from bporoute._kernels.simulation import codes, columns

INFINITE = float("inf")


@kernel("i8(i8,i8,Book,i8)")
def next_best(chosen: int, count: int, page: Book, line: int) -> int:
    """The way that comes after one in the ranking of a line; -1 if there is none."""
    evidence = page[line]
    tier, key = evidence[chosen][routing_columns.TIER], evidence[chosen][routing_columns.KEY]
    best = -1
    for way in range(count + 1):
        note = evidence[way]
        if note[routing_columns.REASON] != 0.0:
            continue
        later = note[routing_columns.TIER] > tier or (
            note[routing_columns.TIER] == tier
            and (note[routing_columns.KEY] > key or (note[routing_columns.KEY] == key and way > chosen))
        )
        if later and (
            best < 0
            or (note[routing_columns.TIER], note[routing_columns.KEY])
            < (evidence[best][routing_columns.TIER], evidence[best][routing_columns.KEY])
        ):
            best = way
    return best


@kernel("void(i8,Table,f8)")
def count_sent(vendor: int, usage: Table, change: float) -> None:
    """Count a contact more (1) or less (-1) for a vendor, in all windows and there now."""
    center = usage.shape[0] - 1
    today = usage[vendor, routing_columns.CENTER_DAY]
    usage[center, routing_columns.ALL_SQUARES] += change * (2.0 * today + change)
    usage[center, routing_columns.ALL_SENT] += change
    for column in range(routing_columns.WINDOWS + 1):
        usage[vendor, column] = max(usage[vendor, column] + change, 0.0)


@kernel("f8(f8,Row)")
def billed(seconds: float, measure: Row) -> float:
    """Seconds billed for so many: beyond those included, at least the minimum, in full blocks."""
    included, first, step = measure[columns.INCLUDED], measure[columns.FIRST_BLOCK], measure[columns.STEP]
    if included > 0.0 and seconds <= included:
        return 0.0
    exact = max(seconds - included, measure[columns.MINIMUM])
    if exact <= first:
        return float(first) if exact > 0.0 else 0.0
    if step > 0.0:
        return float(first + math.ceil((exact - first) / step - TOLERANCE) * step)
    return float(exact)


@kernel("f8(f8,f8,f8,f8,Row,Row)")
def weighed(seconds: float, sent: float, wait: float, factor: float, windows: Row, measure: Row) -> float:
    """Seconds billed, each block times the factor that holds where it begins.

    `factor` is that of the instant at which the contact was `sent`; its seconds begin `wait` seconds later.
    `windows` are pairs of an instant and the factor from then on, until an instant that is inf.
    """
    if windows[0] == INFINITE:
        return factor * billed(seconds, measure)
    at_begin = 1.0
    place = 0
    while windows[place] <= sent:
        at_begin = windows[place + 1]
        place += 2
    total = 0.0
    before, held = 0.0, at_begin
    while True:
        end = windows[place] - sent - wait
        until = billed(min(seconds, end), measure) if end > 0.0 else 0.0
        total += factor / at_begin * held * (until - before)
        if end >= seconds:
            return total
        before, held = until, windows[place + 1]
        place += 2


@kernel("f8(f8,Row)")
def rounded(units: float, measure: Row) -> float:
    """Units whose charge is rounded as `bporoute.contracts._rounding` does it."""
    mode, price, per_money = int(measure[columns.ROUNDED]), measure[columns.PRICE], measure[columns.PER_MONEY]
    if mode == codes.NOT_ROUNDED or price <= 0.0:
        return units
    amount = price * units * per_money
    if mode == codes.ROUNDED_UP:
        return float(math.ceil(amount - TOLERANCE) / per_money / price)
    nearest = math.floor(amount + 0.5 + TOLERANCE)
    if mode == codes.ROUNDED_HALF_EVEN and nearest % 2.0 == 1.0 and abs(amount + 0.5 - nearest) <= TOLERANCE:
        nearest -= 1.0
    return float(nearest / per_money / price)


@kernel("void(Row,Table,Row,f8)")
def bill_failed(told: Row, measures: Table, fits: Row, factor: float) -> None:
    """Count a contact that a vendor failed to take, where its contract bills that."""
    for number in range(measures.shape[0]):
        if int(measures[number, columns.COUNTS]) == codes.COUNT_FAILED:
            told[columns.UNITS + number] += fits[number] * rounded(factor, measures[number])


@kernel("void(Row,Table,Row,Row,Row,b1,f8,f8,f8,f8)")
def bill(
    told: Row,
    measures: Table,
    fits: Row,
    windows: Row,
    team: Row,
    gave_up: bool,
    wait: float,
    handle: float,
    factor: float,
    sent: float,
) -> None:
    """Count a contact that has left a vendor.

    `told` is the vendor's row of outcomes, `team` of teams; `fits` tells what part of it
    each measure counts, `factor` and `windows` as what (see `weighed`).
    """
    lasted = wait if gave_up else handle
    if lasted <= team[columns.LONGEST_FREE] and team[columns.LONGEST_FREE] > 0.0:
        told[columns.O_SHORT] += 1.0
    if gave_up:
        told[columns.O_ABANDONED] += 1.0
        told[columns.O_ABANDONED_WITHIN] += 1.0 if wait <= team[columns.TEAM_WITHIN] else 0.0
        told[columns.O_ABANDONED_SHORT] += 1.0 if wait <= team[columns.TEAM_SHORT] else 0.0
    else:
        told[columns.O_ANSWERED] += 1.0
        told[columns.O_WAITED] += wait
        told[columns.O_HANDLED] += handle
        told[columns.O_WITHIN] += 1.0 if wait <= team[columns.TEAM_WITHIN] else 0.0
    charged = 0.0
    for number in range(measures.shape[0]):
        measure = measures[number]
        counts = int(measure[columns.COUNTS])
        units = 0.0
        if counts == codes.COUNT_SHORTFALL:  # the last one: what the others charged is known
            units = max(measure[columns.MINIMUM] - charged, 0.0) if charged > 0.0 else 0.0
            told[columns.UNITS + number] += units
            continue
        if (
            counts == codes.NOTHING
            or fits[number] == 0.0
            or (measure[columns.FREE_UP_TO] > 0.0 and lasted <= measure[columns.FREE_UP_TO])
        ):
            continue
        if counts == codes.COUNT_OFFERED:
            units = factor
        elif counts != codes.COUNT_FAILED and not gave_up:
            units = factor * fits[number]
            if counts == codes.COUNT_MINUTES:
                units = weighed(handle, sent, wait, factor, windows, measure) / 60.0
        units = rounded(units, measure)
        charged += 0.0 if gave_up else units * measure[columns.CHARGED_AT]
        told[columns.UNITS + number] += units


@kernel("void(Row,f8)")
def note_overflow(flow: Row, now: float) -> None:
    """Count a contact sent out for the moments of the overflow, see `bporoute.simulation._engine._run`."""
    rate = flow[columns.RATE]
    left = math.exp(-rate * (now - flow[columns.DECAYED_AT]))
    decayed, twice = flow[columns.DECAYED], flow[columns.DECAYED_TWICE]
    flow[columns.AREA] += decayed * (1.0 - left) / rate
    flow[columns.AREA_TWICE] += twice * (1.0 - left * left) / (2.0 * rate)
    flow[columns.AREA_SQUARE] += decayed * decayed * (1.0 - left * left) / (2.0 * rate)
    flow[columns.DECAYED] = decayed * left + 1.0
    flow[columns.DECAYED_TWICE] = twice * left * left + 1.0
    flow[columns.DECAYED_AT] = now


@kernel("void(Row,Row,f8)")
def count_abandoned(counted: Row, aim: Row, wait: float) -> None:
    """Count a contact that has given up after so many seconds: its row of the tally, its queue's aims."""
    counted[columns.ABANDONED] += 1.0
    counted[columns.WAIT_ABANDONED] += wait
    counted[columns.ABANDONED_WITHIN] += 1.0 if wait <= aim[columns.AIM_WITHIN] else 0.0
    counted[columns.ABANDONED_SHORT] += 1.0 if wait <= aim[columns.AIM_SHORT] else 0.0


@kernel("void(Row,Row,b1,f8)", inline=True)
def count_answered(counted: Row, aim: Row, out: bool, wait: float) -> None:
    """Count a contact that is answered after so many seconds, in house or `out` at a vendor."""
    counted[columns.ANSWERED_OUT if out else columns.ANSWERED] += 1.0
    counted[columns.WAIT_ANSWERED] += wait
    counted[columns.WITHIN] += 1.0 if wait <= aim[columns.AIM_WITHIN] else 0.0


@kernel("void(Table,WholeRow,Row,f8,f8,f8,f8,f8)")
def write_path(
    paths: Table,
    marks: WholeRow,
    slot: Row,
    destination: float,
    wait: float,
    outcome: float,
    handle: float,
    ended: float,
) -> None:
    """Write what became of the contact in a slot."""
    path = paths[marks[columns.PATHS]]
    marks[columns.PATHS] += 1
    path[columns.P_STREAM] = slot[columns.C_STREAM]
    path[columns.P_NUMBER] = slot[columns.C_NUMBER]
    path[columns.P_ATTEMPT] = slot[columns.C_ATTEMPT]
    path[columns.P_FIRST] = slot[columns.C_FIRST]
    path[columns.P_AT] = slot[columns.C_AT]
    path[columns.P_DESTINATION] = destination
    path[columns.P_WAIT] = wait
    path[columns.P_OUTCOME] = outcome
    path[columns.P_HANDLE] = handle
    path[columns.P_COST] = slot[columns.C_COST]
    path[columns.P_FAILED] = slot[columns.C_FAILED]
    path[columns.P_ENDED] = ended
