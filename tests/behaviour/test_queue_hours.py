"""A queue that is closed, or where nobody works, is no place to keep a contact."""

from __future__ import annotations

import json
import math
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import (
    Action,
    Center,
    Contact,
    ContactType,
    Contract,
    Decision,
    NeverOverflow,
    Queue,
    QueueState,
    Router,
    Snapshot,
    audit,
    daily_schedule,
    simulate,
)
from bporoute.workload._arrivals import Arrivals
from bporoute.workload._streams import Stream
from helpers.clock import Clock
from helpers.strategies import BUSY, one_queue, vendor

pytestmark = pytest.mark.usefixtures("either_kernels")

SERVICE = Contact("service")
TALLINN = ZoneInfo("Europe/Tallinn")
OFFICE = ("mon-fri 08:00-20:00", "sat 10:00-16:00")
NIGHT = datetime(2026, 11, 23, 22, 30, tzinfo=TALLINN)
"""A Monday."""


def routing(clock: Clock, queue=None, vendors=None, told: QueueState | None = BUSY, **center) -> Router:
    """A router that never sends out what it may keep; no state grows too old."""
    said = {"stale_after": math.inf, "lost_after": math.inf, "waiting_room": 500, **(queue or {})}
    made = one_queue(said, vendors=vendors, timezone="Europe/Tallinn", **center)
    live = Router(made, NeverOverflow(), clock=clock, compile=False)
    if told is not None:
        live.state["service"].update(agents=told.agents, busy=told.busy, waiting=told.waiting)
    return live


def reasons(decision: Decision) -> dict[str, str]:
    return {out.destination: out.reason.rule for out in decision.rejected}


def at(moment: datetime) -> Clock:
    return Clock(moment.timestamp())


# -- nobody there ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fallback", "action", "destination"),
    [("keep", Action.KEEP, "service"), ("reject", Action.REJECT, None), ("callback", Action.CALLBACK, None)],
)
def test_with_nobody_at_work_and_no_vendor_open_the_fallback_holds_and_is_told(
    fallback: str, action: Action, destination: str | None
) -> None:
    closed = {"nord": vendor(hours=("mon-fri 08:00-20:00",), timezone="Europe/Tallinn")}
    decision = routing(at(NIGHT), vendors=closed, told=QueueState(0), fallback=fallback).route(SERVICE)
    assert (decision.action, decision.destination, decision.ranked) == (action, destination, ())
    assert reasons(decision) == {"service": "agents", "nord": "opening_hours"}
    assert decision.degraded == f"nobody may take it, so the center's fallback holds: {fallback}"
    assert decision.explain().splitlines()[1:] == [
        "  service: 0 agents, 0 busy, 0 waiting; policy NeverOverflow()",
        f"  degraded: nobody may take it, so the center's fallback holds: {fallback}",
        "  -  service: nobody works there: 0 agents, needed: 1",
        "  -  nord: closed at Mon 22:30 Europe/Tallinn; open mon-fri 08:00-20:00",
    ]


def test_with_nobody_at_work_a_vendor_that_is_open_takes_it(clock: Clock) -> None:
    live = routing(clock, told=QueueState(0))
    decision = live.route(SERVICE)
    assert (decision.destination, decision.ranked, decision.degraded) == ("nord", ("nord",), "")
    live.state["service"].update(agents=1)
    assert live.route(SERVICE).destination == "service"


@pytest.mark.parametrize("sourcing", ["in_house", "overflow", "full"])
def test_whatever_the_sourcing_nobody_is_kept_where_nobody_works(clock: Clock, sourcing: str) -> None:
    decision = routing(clock, told=QueueState(0), kind={"sourcing": sourcing}).route(SERVICE)
    assert "service" not in decision.ranked


def test_a_snapshot_is_judged_by_what_it_tells(clock: Clock) -> None:
    live = routing(clock, told=None)
    for agents, ranked in ((0, ("nord",)), (0.5, ("service", "nord")), (3, ("service", "nord"))):
        assert live.preview(SERVICE, Snapshot(service=QueueState(agents))).ranked == ranked


def test_agents_told_count_before_agents_scheduled() -> None:
    by_day = {"schedule": {"mon-fri 08:00": 5, "mon-fri 20:00": 0}}
    night, noon = at(NIGHT), at(NIGHT.replace(hour=12))
    assert routing(night, by_day, told=BUSY).route(SERVICE).destination == "service"
    assert routing(noon, by_day, told=QueueState(0)).route(SERVICE).destination == "nord"


def test_where_nothing_is_known_the_schedule_tells_whether_anybody_works() -> None:
    by_day = {"schedule": {"mon-fri 08:00": 5, "mon-fri 20:00": 0}, "lost_after": 300.0, "stale_after": 30.0}
    for hour, destination in ((7, "nord"), (8, "service"), (19, "service"), (20, "nord")):
        clock = at(NIGHT.replace(hour=hour, minute=0))
        assert routing(clock, by_day, told=None).route(SERVICE).destination == destination
        lost = routing(clock, by_day, told=BUSY)
        clock.now += 301.0
        assert lost.route(SERVICE).destination == destination
    assert routing(at(NIGHT), told=None).route(SERVICE).destination == "service"  # it states none


def test_a_state_that_is_only_stale_still_tells_who_works(clock: Clock) -> None:
    live = routing(clock, {"stale_after": 30.0, "lost_after": 300.0}, told=QueueState(0))
    clock.now += 100.0
    assert live.route(SERVICE).destination == "nord"


def test_mail_may_wait_until_somebody_comes(clock: Clock) -> None:
    patient = {"accepts_when_closed": True, "hours": ("mon 03:00-03:01",), "holidays": (date(2026, 11, 22),)}
    for told in (QueueState(0), BUSY, None):
        assert routing(clock, patient, told=told).route(SERVICE).destination == "service"


# -- closed ---------------------------------------------------------------------------------------------


def test_a_closed_queue_hands_over_what_it_does_not_keep() -> None:
    decision = routing(at(NIGHT), {"hours": OFFICE}).route(SERVICE)
    assert (
        decision.explain()
        == """\
service: send to nord
  service: 4 agents, 4 busy, 9 waiting; policy NeverOverflow()
  1. nord (onshore)  4.50 EUR  wait 0 s
  -  service: closed at Mon 22:30 Europe/Tallinn; open mon-fri 08:00-20:00, sat 10:00-16:00"""
    )
    holiday = routing(at(NIGHT.replace(hour=12)), {"holidays": (NIGHT.date(),)}).route(SERVICE)
    assert str(holiday.rejected[0].reason) == "has a holiday on 2026-11-23; open all other days"


def test_who_may_not_be_served_in_house_at_all_is_told_that_first() -> None:
    live = routing(at(NIGHT), {"hours": OFFICE, "languages": ("sv",)})
    assert reasons(live.route(Contact("service", "en")))["service"] == "language"


def test_a_clock_that_cannot_be_read_closes_no_queue() -> None:
    clock = at(NIGHT)
    live = routing(clock, {"hours": OFFICE})
    assert live.route(SERVICE).destination == "nord"
    for clock.now in (math.nan, math.inf, 1e300):
        assert live.route(SERVICE).destination == "service"
    clock.now = NIGHT.timestamp()
    assert live.route(SERVICE).destination == "nord"


WEEKS = {"spring": "2026-03-27", "autumn": "2026-10-23", "usual": "2026-11-20"}
HOLIDAYS = (date(2026, 3, 29), date(2026, 10, 26), date(2026, 11, 23))
"""A night with a changed clock, the day after one, and a day like any other."""


def open_by_hand(local: datetime) -> bool:
    wall, day = f"{local:%H:%M}", local.weekday()
    if local.date() in HOLIDAYS:
        return False
    return (
        (day < 5 and "08:00" <= wall < "20:00")
        or (day == 5 and wall >= "22:15")
        or (day == 6 and wall < "03:45")
    )


HOURS = ("mon-fri 08:00-20:00", "sat 22:15-03:45")
moments = st.lists(st.integers(0, 5 * 24 * 60), min_size=1, max_size=30)


@given(st.sampled_from(list(WEEKS.values())), moments, st.booleans())
def test_it_opens_and_closes_by_the_centers_clock_whatever_came_before(first, minutes, in_order) -> None:
    begins = datetime.fromisoformat(first).replace(tzinfo=TALLINN).timestamp()
    clock = Clock(begins)
    live = routing(clock, {"hours": HOURS, "holidays": HOLIDAYS})
    for minute in sorted(minutes) if in_order else minutes:
        for clock.now in (begins + 60.0 * minute - 0.001, begins + 60.0 * minute):
            local = datetime.fromtimestamp(clock.now, TALLINN)
            assert ("service" in live.preview(SERVICE).ranked) == open_by_hand(local), local


@pytest.mark.parametrize("first", WEEKS.values(), ids=WEEKS)
def test_through_whole_days_a_batch_is_decided_as_contacts_one_by_one(first: str) -> None:
    """Days of 23, 24 and 25 hours."""
    begins = datetime.fromisoformat(first).replace(tzinfo=TALLINN).timestamp()
    times = begins + np.arange(0.0, 4 * 86_400.0, 900.0)
    alone, many = (routing(Clock(begins), {"hours": HOURS, "holidays": HOLIDAYS}) for _ in range(2))
    kept = many.route_many([SERVICE] * len(times), at=times).destinations == "service"
    by_hand = [open_by_hand(datetime.fromtimestamp(now, TALLINN)) for now in times.tolist()]
    assert kept.tolist() == by_hand
    found = []
    for alone.clock.now in times.tolist():
        found.append(alone.route(SERVICE).destination == "service")
    assert found == by_hand


# -- a schedule by weekday and date ---------------------------------------------------------------------

WEEK = {
    "06:00": 1,
    "mon-fri 08:00": 5,
    "mon-fri 18:00": 0,
    "sat 10:00": 2,
    "sat 16:00": 0,
    "2026-03-28 00:00": 3,
    "2026-10-26 09:00": 7,
}


def scheduled_by_hand(local: datetime) -> int:
    wall, day, today = f"{local:%H:%M}", local.weekday(), local.date()
    if today == date(2026, 3, 28):
        return 3
    if today == date(2026, 10, 26):
        return 7 if wall >= "09:00" else 0
    if today in HOLIDAYS:
        return 0
    if day < 5:
        return 5 if "08:00" <= wall < "18:00" else 0
    if day == 5:
        return 2 if "10:00" <= wall < "16:00" else 0
    return 1 if wall >= "06:00" else 0


@given(st.sampled_from(list(WEEKS.values())), moments)
def test_the_schedule_of_weekdays_and_dates_is_what_router_and_simulation_go_by(first, minutes) -> None:
    begins = datetime.fromisoformat(first).replace(tzinfo=TALLINN)
    clock = Clock(begins.timestamp())
    live = routing(clock, {"schedule": WEEK, "holidays": HOLIDAYS}, told=None)
    simulated = daily_schedule(
        {"desk": WEEK}, "Europe/Tallinn", begins.date(), begins.date() + timedelta(days=5), {"desk": HOLIDAYS}
    )
    for minute in minutes:
        clock.now = begins.timestamp() + 60.0 * minute
        local = datetime.fromtimestamp(clock.now, TALLINN)
        agents = scheduled_by_hand(local)
        assert simulated.agents_at("desk", clock.now) == agents
        is_open = agents > 0 and local.date() not in HOLIDAYS  # closed, though somebody works off the line
        assert ("service" in live.preview(SERVICE).ranked) == is_open


# -- audited and simulated ------------------------------------------------------------------------------


def test_decisions_of_closed_queues_can_be_made_again() -> None:
    lines = []
    for hour in range(24):
        live = routing(at(NIGHT.replace(hour=hour)), {"hours": OFFICE}, told=QueueState(hour % 3, 0))
        lines.append(json.dumps(live.route(SERVICE).to_dict()))
    report = audit(lines, live.center, chained=False)
    assert report.clean, report
    assert report.same == 24


MONDAY = datetime(2026, 11, 23, tzinfo=TALLINN).timestamp()


def a_day(center: Center, calls: float = 60.0) -> Arrivals:
    stream = Stream("calls", SERVICE, np.full(24, calls))
    return Arrivals(edges=MONDAY + 3600.0 * np.arange(25), streams=(stream,))


@pytest.mark.parametrize("fallback", ["keep", "reject"])
def test_a_simulated_queue_keeps_nobody_after_it_closed_and_serves_who_waits(fallback: str) -> None:
    """Three agents for seven erlangs: at 17:00 there is a line, which is served until they go at 18:00."""
    desk = {"hours": ("mon-fri 09:00-17:00",), "schedule": {"09:00": 3, "18:00": 0}, "patience": 3600.0}
    night = {"nord": vendor(hours=("daily 20:00-24:00",), timezone="Europe/Tallinn")}
    center = one_queue(
        {**desk, "waiting_room": 100}, vendors=night, fallback=fallback, timezone="Europe/Tallinn"
    )
    run = simulate(center, a_day(center, 120.0), NeverOverflow(), paths=True).policies[0].runs[0]
    hour = (run.paths.arrival - MONDAY) / 3600.0
    kept = run.paths.destination == 0
    assert kept[(hour >= 9) & (hour < 17)].all()
    assert (run.paths.destination[hour >= 20] == 1).all()
    assert run.paths.rejected[(hour < 9) | ((hour >= 17) & (hour < 20))].all() == (fallback == "reject")
    late = run.paths.answered & (hour < 17) & (run.paths.arrival + run.paths.wait >= MONDAY + 17 * 3600)
    assert late.sum() > 20


def test_two_queues_close_each_by_its_own_hours() -> None:
    center = Center(
        queues={"service": Queue(aht=240, hours=("daily 08:00-12:00",)), "mail": Queue(aht=240)},
        contact_types={name: ContactType(queue=name) for name in ("service", "mail")},
        vendors={"nord": vendor(contact_types=("service", "mail"), contract=Contract(price_per_contact=1))},
        timezone="Europe/Tallinn",
    )
    live = Router(center, NeverOverflow(), clock=at(NIGHT), compile=False)
    for state in live.state.values():
        state.update(agents=3)
    assert live.route(SERVICE).destination == "nord"
    assert live.route(Contact("mail")).destination == "mail"
