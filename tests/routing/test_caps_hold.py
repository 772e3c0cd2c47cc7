"""Caps hold whatever the clock does, at whatever boundary, and however contacts end."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    HealthConfig,
    Queue,
    QueueLength,
    Router,
    Vendor,
)

CALL = Contact("call")
LENGTH = 120.0  # seconds that each contact takes, told and expected
CONTACTS = Contract(price_per_minute=1.0, cap_per_hour=3, cap_per_day=7, cap_per_period=11)
MINUTES = Contract(
    price_per_minute=1.0, cap_minutes_per_hour=6.0, cap_minutes_per_day=14.0, cap_minutes_per_period=22.0
)
MONEY = Contract(
    price_per_minute=0.5, cap_money_per_hour=3.0, cap_money_per_day=7.0, cap_money_per_period=11.0
)
EDGES = {
    "hour": ("Europe/Berlin", datetime(2026, 11, 18, 10)),
    "day": ("Asia/Kolkata", datetime(2026, 11, 18)),
    "month": ("Europe/Berlin", datetime(2026, 12, 1)),
    "an hour comes twice": ("Europe/Berlin", datetime(2026, 10, 25, 2)),
    "an hour is left out": ("America/New_York", datetime(2026, 3, 8, 3)),
    "half an hour comes twice": ("Australia/Lord_Howe", datetime(2026, 4, 5, 1, 30)),
}
steps = st.one_of(
    st.floats(-5400.0, 5400.0),
    st.sampled_from([0.0, 1.0, -1.0, 3600.0, -3600.0, 86_400.0, -86_400.0, 40 * 86_400.0, -40 * 86_400.0]),
)
acts = st.one_of(
    st.tuples(st.just("call"), st.integers(1, 5)),
    st.tuples(st.just("step"), steps),
    st.tuples(st.sampled_from(["answered", "failed", "failed"]), st.integers(0, 99)),
)


def routing(zone: str, contract: Contract, now: list[float]) -> Router:
    center = Center(
        queues={"desk": Queue(aht=LENGTH)},
        contact_types={"call": ContactType(queue="desk", sourcing="full")},
        vendors={"nord": Vendor(country="DE", timezone=zone, contact_types=("call",), contract=contract)},
        health=HealthConfig(shadow=True),
    )
    return Router(center, QueueLength(0), clock=lambda: now[0], chance=lambda: 0.5, lease=1e9, compile=False)


def windows(at: float, zone: ZoneInfo) -> tuple[object, ...]:
    """Hour, day and month of an instant; an hour that comes twice is two, told apart by its offset."""
    local = datetime.fromtimestamp(at, zone)
    hour = (local.date(), local.hour, at - 60 * local.minute - local.second - local.microsecond / 1e6)
    return (
        ("hour", hour[0], hour[1], round(hour[2])),
        ("day", local.date()),
        ("month", local.year, local.month),
    )


@pytest.mark.parametrize("edge", EDGES.values(), ids=EDGES.keys())
@pytest.mark.parametrize("contract", [CONTACTS, MINUTES, MONEY], ids=["contacts", "minutes", "money"])
@given(told=st.lists(acts, min_size=5, max_size=40))
@settings(max_examples=12)
def test_caps_hold_for_any_clock(edge: tuple[str, datetime], contract: Contract, told: list) -> None:
    name, wall = edge
    zone = ZoneInfo(name)
    now = [wall.replace(tzinfo=zone).timestamp() - 600.0]
    live = routing(name, contract, now)
    counted: Counter = Counter()
    open_ = []
    for act, how in told:
        if act == "step":
            now[0] += how
        elif act == "call":
            for _ in range(int(how)):
                decision = live.route(CALL)
                if decision.destination == "nord":
                    open_.append((decision, now[0]))
                    counted.update(windows(now[0], zone))
        elif open_:
            decision, at = open_.pop(int(how) % len(open_))
            live.settle(decision, act, wait=0.0, handle=LENGTH)
            if act == "failed":
                counted.subtract(windows(at, zone))
        for (kind, *_), sent in counted.items():
            assert sent <= {"hour": 3, "day": 7, "month": 11}[kind], (kind, sent)


def test_an_hour_of_ten_does_not_become_one_of_fifteen() -> None:
    """The clock steps back over the edge of an hour, and contacts sent beyond it fail."""
    now = [datetime(2026, 11, 18, 9, 50, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()]
    live = routing("Europe/Berlin", Contract(cap_per_hour=10), now)
    sent = Counter()
    now[0] += 900.0  # 10:05
    later = [live.route(CALL) for _ in range(5)]
    now[0] -= 900.0
    for _ in range(10):
        sent[live.route(CALL).destination] += 1
    for decision in later:
        live.settle(decision, "failed")
    for _ in range(10):
        sent[live.route(CALL).destination] += 1
    assert sent["nord"] == 10
    assert live.usage("nord").this_hour == 10
    now[0] += 900.0
    assert live.usage("nord").this_hour == 0  # given back where they were counted
