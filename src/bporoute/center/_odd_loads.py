"""What looks odd when arrivals, handle times, agents and patience are seen beside each other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from bporoute._base.remark import Remark
from bporoute._base.words import counted
from bporoute.center._configured import Configured
from bporoute.center._kinds_of_work import deferred, takes_deferred
from bporoute.center._queue import Queue
from bporoute.center._usual import HANDLE_TIMES, THRESHOLDS
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._contract import MONTHS, Contract
from bporoute.durations._laws import Exponential

MOST_LOAD = 3.0
"""Erlangs for an agent at the busiest time of day beyond which nobody can have meant it."""
LEAST_LOAD = 0.2
ANYWAY = 3
"""Agents that must be there however little there is to do."""
LARGE, SMALL = 1000.0, 0.02
"""Erlangs of a queue whose agents nobody states."""
PERIODS = (
    ("minute", 60.0),
    ("quarter of an hour", 900.0),
    ("half hour", 1800.0),
    ("hour", 3600.0),
    ("day", 86_400.0),
)
MOST_PAST_MIDNIGHT = 15 * 60
"""Minutes."""
MOST_PATIENCE = 1.4
"""Mean patience that a mean wait may be."""
FAR_WAIT = 12.0
"""Waits of the other vendors."""
MOST_AT_ONCE = 20.0
"""A vendor's capacity beside what the house has in hand."""
ORDINARY_TEAM = 200
"""Places that a vendor may have beside a house of any size."""


def odd_loads(center: Configured) -> Iterator[Remark]:
    """Remarks on the load, the agents and the patience of each queue, and on what vendors have room for."""
    for name, queue in center.queues.items():
        yield from _odd_queue(f"queues.{name}", queue)
        if not any(kind.queue == name for kind in center.contact_types.values()):
            yield Remark(
                f"queues.{name}", "no contact type", "no contact type comes to the queue", "a slip in a name?"
            )
    yield from _odd_capacities(center)
    yield from _odd_waits(center)
    for name, queue in center.queues.items():
        yield from _odd_hours(f"queues.{name}.hours", queue.hours)
    for other, vendor in center.vendors.items():
        yield from _odd_hours(f"vendors.{other}.hours", vendor.hours)
    for name, kind in center.contact_types.items():
        due = kind.due_within
        for other, vendor in center.vendors.items():
            if due is not None and name in vendor.contact_types and vendor.turnaround > due:
                yield Remark(
                    f"vendors.{other}.turnaround",
                    f"{vendor.turnaround:g} s",
                    f"a contact of type {name} is due within {due:g} s, so nothing is back in time",
                    "are both in seconds?",
                    (f"contact_types.{name}.due_within",),
                )


def _odd_hours(where: str, lines: tuple[str, ...]) -> Iterator[Remark]:
    """Opening hours past midnight that are longer than any night."""
    for line in lines:
        start, end = (60 * int(clock[:2]) + int(clock[3:]) for clock in line.split()[-1].split("-"))
        if end < start and (length := end + 24 * 60 - start) > MOST_PAST_MIDNIGHT:
            odd = f"that is open {length / 60:g} hours, past midnight"
            late = f"{end // 60 + 12}:{end % 60:02d}"
            yield Remark(where, repr(line), odd, f"5 pm is 17:00: until {late}?" if end < 720 else "")


def _odd_queue(where: str, queue: Queue) -> Iterator[Remark]:
    if HANDLE_TIMES.low <= queue.aht <= HANDLE_TIMES.high:
        agents, minutes = _most_agents(queue), queue.arrival_rate * queue.aht * 60
        if agents and queue.aht < 60 and 0.3 * agents <= minutes <= 1.6 * agents:
            yield Remark(
                f"{where}.aht",
                f"{queue.aht:g} s",
                f"that is {minutes / 60:.3g} erlangs for {counted(agents, 'agent')}",
                f"in minutes it would be {60 * queue.aht:g} s, {minutes:,.3g} erlangs",
            )
        else:
            yield from odd_rate(f"{where}.arrival_rate", queue.arrival_rate, queue.aht, agents)
    for target, seconds in (
        ("service_level.within", queue.targets.service_level and queue.targets.service_level.within),
        ("asa.seconds", queue.targets.asa and queue.targets.asa.seconds),
    ):
        if seconds and queue.patience <= seconds:
            yield Remark(
                f"{where}.patience",
                f"{queue.patience:g} s",
                f"most have given up when the {seconds:g} s of targets.{target} are over",
                f"in minutes it would be {60 * queue.patience:g} s" if queue.patience < 60 else "",
                (f"{where}.targets.{target}",),
            )
    done = [chats / slower for chats, slower in enumerate(queue.at_once, start=1)]
    for chats, (before, after) in enumerate(pairwise(done), start=2):
        if after < before:
            odd = f"with {chats} at once an agent does less in all than with {chats - 1}"
            yield Remark(
                f"{where}.slowdown", f"{queue.at_once[chats - 1]:g}", odd, f"a concurrency of {chats - 1}?"
            )
            break
    if queue.lost_after < queue.aht / 100 or queue.stale_after > 100 * queue.aht < math.inf:
        yield Remark(
            f"{where}.stale_after",
            f"{queue.stale_after:g} s, lost_after {queue.lost_after:g} s",
            f"a contact lasts {queue.aht:g} s",
            "are all three in seconds?",
            (f"{where}.aht", f"{where}.lost_after"),
        )


def odd_rate(where: str, rate: float, aht: float, agents: int) -> Iterator[Remark]:
    """A remark on an arrival rate, per second, whose work cannot be that of so many agents (0: unknown).

    >>> print(next(odd_rate("rate", 15.0, 240.0, 40)))
    rate: found 15 a second; that is 3,600 erlangs for 40 agents; 15 a minute would be 0.25, 60 erlangs
    """
    load = rate * aht
    least, most = (LEAST_LOAD * max(agents - ANYWAY, 0), MOST_LOAD * agents) if agents else (SMALL, LARGE)
    if not load or least <= load <= most:
        return
    beside = f" for {counted(agents, 'agent')}" if agents else ""
    yield Remark(
        where,
        f"{rate:g} a second",
        f"that is {load:,.4g} erlangs{beside}" if load < 100 else f"that is {load:,.0f} erlangs{beside}",
        _likely_rate(rate, load, agents),
    )


def _likely_rate(rate: float, load: float, agents: int) -> str:
    low, high = (0.3 * agents, 1.6 * agents) if agents else (1.0, 0.5 * LARGE)
    if load < low:
        meant = [size for size in (60.0, 1000.0, 3600.0) if low <= load * size <= high]
        return " or ".join(f"{rate * size:.4g} would be {load * size:,.3g} erlangs" for size in meant)
    for period, seconds in PERIODS:
        if low <= load / seconds <= high:
            return f"{rate:g} a {period} would be {rate / seconds:.4g}, {load / seconds:,.3g} erlangs"
    return "is it per second?"


def _most_agents(queue: Queue) -> int:
    """Agents of a queue at most; those with several contacts at once count as several."""
    return max(queue.schedule.values(), default=0) * queue.concurrency


def _odd_capacities(center: Configured) -> Iterator[Remark]:
    """Places at a vendor and caps that do not fit each other, or what there is to do."""
    house = sum(max(_most_agents(queue), queue.arrival_rate * queue.aht) for queue in center.queues.values())
    others = {name: vendor.capacity for name, vendor in center.vendors.items() if vendor.capacity}
    for name, vendor in center.vendors.items():
        where, terms, places = f"vendors.{name}", vendor.contract, vendor.capacity
        if places == 0 or any(cap == 0 for _, cap in _caps(terms)):
            yield Remark(where, "a capacity or cap of 0", "it never takes a contact", "left out: no limit")
            continue
        for kind in ("cap_per", "cap_minutes", "cap_money"):
            stated = [(field, cap) for field, cap in _caps(terms) if field.startswith(kind)]
            for (short, less), (longer, more) in pairwise(stated):
                if less > more:
                    odd = f"{longer} is {more:,}, so it can never be reached"
                    yield Remark(f"{where}.contract.{short}", f"{less:,}", odd, "are the two swapped?")
        yield from _odd_budgets(where, center, name)
        if places is None:
            continue
        rest = [size for other, size in others.items() if other != name]
        scale = house if house and places > MOST_AT_ONCE * house else float(max(rest, default=0))
        if scale and places > ORDINARY_TEAM and places > MOST_AT_ONCE * scale:
            odd = f"that many contacts at once, where the others have {scale:,.3g} in hand"
            yield Remark(f"{where}.capacity", f"{places:,}", odd, "contacts an hour or a day? then a cap")
        yield from _odd_caps(where, center, name)
        if vendor.agents and not 0.05 * places <= vendor.agents <= 50 * places:
            odd = f"a team of {counted(vendor.agents, 'agent')}"
            near = (f"{where}.agents",)
            yield Remark(f"{where}.capacity", f"{places:,}", odd, "is capacity that of one moment?", near)


def _caps(contract: Contract) -> list[tuple[str, float]]:
    """The caps of a contract that are stated, of each kind the shorter window first."""
    names = [
        f"{kind}_per_{window}"
        for kind in ("cap", "cap_minutes", "cap_money")
        for window in ("hour", "day", "period")
    ]
    found = [(name, getattr(contract, name)) for name in names]
    return [(name, cap) for name, cap in found if cap is not None]


def _odd_waits(center: Configured) -> Iterator[Remark]:
    """Waits at a vendor beside the others', and beside the patience of those who wait."""
    queues_of_days = deferred(center)
    on_the_line = {
        name: vendor
        for name, vendor in center.vendors.items()
        if not takes_deferred(center, vendor, queues_of_days)
    }
    for name, vendor in on_the_line.items():
        wait = vendor.expected_wait
        if not THRESHOLDS.low <= wait <= THRESHOLDS.high:
            continue
        others = [each.expected_wait for other, each in on_the_line.items() if other != name]
        usual = median(filter(None, others)) if any(others) else 0.0
        queues = {center.contact_types[kind].queue for kind in vendor.contact_types}
        patience = max(center.queues[queue].patience for queue in queues)
        odd = ""
        if wait > MOST_PATIENCE * patience:
            odd = f"callers have a patience of {patience:g} s"
        elif len(list(filter(None, others))) > 1 and wait > FAR_WAIT * usual:
            odd = f"at the other vendors it is {usual:g} s"
        if odd:
            beside = tuple(f"queues.{queue}.patience" for queue in queues)
            yield Remark(
                f"vendors.{name}.expected_wait", f"{wait:g} s", odd, f"is it {wait / 60:g} s?", beside
            )


def _odd_caps(where: str, center: Configured, name: str) -> Iterator[Remark]:
    """Caps far from what the places of the vendor can handle."""
    vendor = center.vendors[name]
    aht = min(center.queues[center.contact_types[kind].queue].aht for kind in vendor.contact_types)
    if not HANDLE_TIMES.low <= aht <= HANDLE_TIMES.high:
        return
    hourly = (vendor.capacity or 0) * 3600.0 / aht
    for field, cap, most in (
        ("cap_per_hour", vendor.contract.cap_per_hour, hourly),
        ("cap_per_day", vendor.contract.cap_per_day, 8 * hourly),
    ):
        if cap and not 0.02 * most <= cap <= 10 * max(most, 1.0):
            odd = f"{counted(vendor.capacity or 0, 'place')} can handle some {most:,.0f} contacts"
            odd += f" an {field.removeprefix('cap_per_')}" if field.endswith("hour") else " in 8 hours"
            beside = (f"{where}.capacity",)
            yield Remark(f"{where}.contract.{field}", f"{cap:,}", odd, "is it for another window?", beside)


def _odd_budgets(where: str, center: Configured, name: str) -> Iterator[Remark]:
    """Caps in minutes and money that not one contact fits into, or that nobody can use up."""
    vendor = center.vendors[name]
    contract, contacts = vendor.contract, []
    for kind in vendor.contact_types:
        asked = center.contact_types[kind]
        aht = asked.aht or center.queues[asked.queue].aht
        contact = BilledContact(handle=Exponential(aht), contact_type=kind, channel=asked.channel)
        one, none = (contract.expected_invoice(contact, volume).total for volume in (1.0, 0.0))
        contacts.append((aht / 60.0, one - none))
    minutes, money = (min(each) for each in zip(*contacts, strict=True))
    for window, hours in (("hour", 1.0), ("day", 24.0), ("period", 24.0 * 31 * MONTHS[contract.period])):
        cap = getattr(contract, f"cap_minutes_per_{window}")
        path = f"{where}.contract.cap_minutes_per_{window}"
        if cap is not None and cap < minutes:
            yield Remark(path, f"{cap:g} min", f"a contact takes some {minutes:g}", "is it in hours?")
        elif cap is not None and cap > 60.0 * hours * (vendor.capacity or math.inf):
            odd = f"{counted(vendor.capacity or 0, 'place')} cannot work so many in that time"
            likely = f"in seconds it would be {cap / 60.0:,g} min"
            yield Remark(path, f"{cap:,g} min", odd, likely, (f"{where}.capacity",))
        cap = getattr(contract, f"cap_money_per_{window}")
        if cap is not None and cap * contract.exchange_rate < money:
            path = f"{where}.contract.cap_money_per_{window}"
            prices = ("terms", "tiers", "price_per_contact", "price_per_minute")
            beside = tuple(f"{where}.contract.{price}" for price in prices)
            odd = f"a contact costs some {money:g}"
            yield Remark(path, f"{cap:g}", odd, "is it for another window?", beside)
