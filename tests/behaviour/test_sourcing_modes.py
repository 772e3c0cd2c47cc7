"""Who is meant to take a type: hand-over windows, hash shares, warm vendors, protection, gates."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from hashlib import blake2b
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import (
    Action,
    Contact,
    Contract,
    Decision,
    HashShare,
    Hysteresis,
    InputError,
    NeverOverflow,
    QueueLength,
    Router,
    Rule,
    Share,
    Situation,
    ValueClass,
    Warm,
)
from helpers.clock import Clock
from helpers.strategies import one_queue, vendor

pytestmark = pytest.mark.usefixtures("either_kernels")

SERVICE = Contact("service")
KEEP = NeverOverflow()
TALLINN = ZoneInfo("Europe/Tallinn")


def routing(clock: Clock, policy=KEEP, kind=None, vendors=("nord",), prices=None, **center) -> Router:
    """A router whose house has agents free, and room without end for its contacts."""
    prices = prices or dict.fromkeys(vendors, 4.5)
    houses = {name: vendor(contract=Contract(price_per_contact=price)) for name, price in prices.items()}
    queue = {"stale_after": math.inf, "lost_after": math.inf, "waiting_room": 30}
    live = Router(one_queue(queue, kind, vendors=houses, **center), policy, clock=clock, compile=False)
    live.state["service"].update(agents=4, busy=1)
    return live


def reasons(decision: Decision) -> dict[str, str]:
    return {out.destination: out.reason.rule for out in decision.rejected}


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


# -- underflow -----------------------------------------------------------------------------------------


def handing_over(clock: Clock, *windows: str, zone: str = "Europe/Tallinn", **changes) -> Router:
    return routing(clock, kind={"sourcing": "underflow", "hand_over": windows}, timezone=zone, **changes)


@pytest.mark.parametrize(
    ("local", "away"),
    [
        ("2026-11-22T21:59:59.9", False),
        ("2026-11-22T22:00:00", True),
        ("2026-11-23T00:00:00", True),
        ("2026-11-23T05:59:59.9", True),
        ("2026-11-23T06:00:00", False),
    ],
)
def test_in_its_window_a_type_goes_out_whole_by_the_centers_clock(
    clock: Clock, local: str, away: bool
) -> None:
    moment = datetime.fromisoformat(local).replace(tzinfo=TALLINN).timestamp()
    clock.now = moment - 1800
    live = handing_over(clock, "daily 22:00-06:00")
    live.route(SERVICE)  # half an hour before, inside or outside
    clock.now = moment
    decision = live.route(SERVICE)
    if away:  # though agents are free
        assert (decision.ranked, reasons(decision)) == (("nord", "service"), {})
    else:
        assert (decision.ranked, reasons(decision)) == (("service",), {"nord": "sourcing"})


def test_outside_its_window_nothing_goes_out_however_many_wait(clock: Clock) -> None:
    live = handing_over(clock, "daily 22:00-06:00", policy=QueueLength(0))
    live.state["service"].update(busy=4, waiting=20)
    assert live.route(SERVICE).ranked == ("service",)


def test_in_its_window_the_house_is_the_fallback(clock: Clock) -> None:
    live = handing_over(clock, "daily 00:00-24:00")
    live.vendors["nord"].update(up=False)
    decision = live.route(SERVICE)
    assert (decision.destination, reasons(decision)) == ("service", {"nord": "up"})


DST_NIGHTS = {
    "autumn": ("2026-10-24T20:00", "daily 03:30-04:00"),
    "autumn, across": ("2026-10-24T18:00", "daily 22:00-06:00"),
    "autumn, into the hour that comes twice": ("2026-10-24T20:00", "sun 01:00-03:30"),
    "spring": ("2026-03-28T21:00", "daily 03:00-04:30"),
    "spring, in the hour that is skipped": ("2026-03-28T21:00", "daily 03:10-03:50"),
    "spring, across": ("2026-03-28T19:00", "sat 22:00-05:15"),
}


@pytest.mark.parametrize(("start", "window"), DST_NIGHTS.values(), ids=DST_NIGHTS)
def test_windows_follow_the_centers_clock_through_a_night_on_which_it_is_changed(
    clock: Clock, start: str, window: str
) -> None:
    clock.now = utc(start)
    live = handing_over(clock, window)
    begin, end = window.partition(" ")[2].split("-")
    minutes = 0
    for _ in range(12 * 60):
        local = datetime.fromtimestamp(clock.now, TALLINN)
        wall = f"{local:%H:%M}"
        inside = begin <= wall < end if begin < end else wall >= begin or wall < end
        if window.startswith("sun"):
            inside = inside and local.weekday() == 6
        if window.startswith("sat"):
            inside = inside and (local.weekday() == 5) == (wall >= begin)
        assert (live.preview(SERVICE).destination == "nord") == inside, local
        minutes += inside
        clock.now += 60
    assert (
        minutes
        == {
            "daily 03:30-04:00": 60,  # twice
            "daily 22:00-06:00": 9 * 60,
            "sun 01:00-03:30": 180,  # 01:00 to 04:00, then 03:00 to 03:30 again
            "daily 03:00-04:30": 30,  # from 04:00 on
            "daily 03:10-03:50": 0,
            "sat 22:00-05:15": 375,
        }[window]
    )


def test_a_vendors_own_zone_says_nothing_about_the_window(clock: Clock) -> None:
    clock.now = utc("2026-11-22T20:30")  # 22:30 in Tallinn, 2:00 in Kolkata
    center_clock = handing_over(clock, "daily 22:00-23:00")
    assert center_clock.route(SERVICE).destination == "nord"
    elsewhere = handing_over(clock, "daily 22:00-23:00", zone="Asia/Kolkata")
    assert elsewhere.route(SERVICE).destination == "service"


# -- hand-over beside overflow ------------------------------------------------------------------------------


def surplus_by_day(clock: Clock, *windows: str, policy=None, **changes) -> Router:
    kind = {"sourcing": "overflow", "hand_over": windows}
    return routing(clock, policy or QueueLength(2), kind, timezone="Europe/Tallinn", **changes)


@given(st.integers(0, 7 * 24 * 60 - 1), st.sampled_from(["2026-03-25", "2026-10-21", "2026-11-18"]))
def test_by_day_the_surplus_goes_and_at_night_all(minutes: int, week: str) -> None:
    """In weeks in which the clock is put forward, back, and left alone."""
    clock = Clock(utc(week) + 60.0 * minutes)
    live = surplus_by_day(clock, "mon-fri 20:00-08:00", "sat-sun 00:00-24:00")
    local = datetime.fromtimestamp(clock.now, TALLINN)
    day, wall = local.weekday(), f"{local:%H:%M}"
    early = wall < "08:00" and day in (1, 2, 3, 4, 5)  # the nights that begin from Monday to Friday
    night = day >= 5 or early or wall >= "20:00"
    for waiting, surplus in ((0, False), (1, False), (2, True), (9, True)):
        live.state["service"].update(busy=4, waiting=waiting)
        assert live.preview(SERVICE).destination == ("nord" if night or surplus else "service"), local
    for _ in range(3):  # and with agents free
        live.state["service"].update(busy=0, waiting=0)
        assert live.route(SERVICE).destination == ("nord" if night else "service")


def test_a_type_that_is_handed_over_says_so(clock: Clock) -> None:
    clock.now = utc("2026-11-22T20:30")  # 22:30 in Tallinn
    decision = surplus_by_day(clock, "daily 22:00-06:00").route(SERVICE)
    assert math.isnan(decision.sends_from)
    assert (
        decision.explain()
        == """\
service: send to nord
  service: 4 agents, 1 busy, 0 waiting; policy QueueLength(2)
  1. nord (onshore)      4.50 EUR  wait 0 s
  2. service (in-house)  0.00 EUR  wait 0 s  the fallback: contacts of this type are handed over
     daily 22:00-06:00"""
    )
    clock.now += 8 * 3600
    by_day = surplus_by_day(clock, "daily 22:00-06:00").route(SERVICE)
    assert (by_day.destination, by_day.sends_from) == ("service", 6.0)
    assert "kept while fewer than 2 wait" in by_day.explain()


def test_a_batch_over_a_night_is_handed_over_as_single_contacts_are(clock: Clock) -> None:
    start = utc("2026-11-22T18:00")
    times = start + np.arange(0.0, 14 * 3600, 240.0)
    alone, many = (surplus_by_day(clock, "daily 22:00-06:00", policy=KEEP) for _ in range(2))
    for live in (alone, many):
        live.state["service"].update(agents=4, busy=0)
    clock.now = start
    routed = many.route_many([SERVICE] * len(times), at=times)
    expected = []
    for clock.now in times.tolist():
        expected.append(alone.route(SERVICE).destination)
    assert routed.destinations.tolist() == expected
    assert set(expected) == {"service", "nord"}


def test_windows_of_a_type_that_no_vendor_takes_are_refused() -> None:
    with pytest.raises(InputError, match="windows, and no vendor takes 'service'"):
        one_queue(kind={"hand_over": ("daily 22:00-06:00",)}, vendors={}, fallback="keep")


# -- hash shares ------------------------------------------------------------------------------------------


def drawn(contact: str) -> float:
    """The first 53 bits of a hash of 64, as a number in [0, 1)."""
    return int(blake2b(contact.encode(), digest_size=8).hexdigest(), 16) // 2**11 / 2**53


def word(name: str) -> int:
    return int(blake2b(name.encode(), digest_size=8).hexdigest(), 16) // 2**11


def taker(contact: str, shares: dict[str, float], total: float) -> str:
    """By the luck of the id it goes out or not; of the vendors that first whose alarm rings first."""
    if drawn(contact) >= total:
        return "service"

    def alarm(vendor: str) -> float:
        state = (word(contact) * 2**11 + word(vendor) * 0x9E3779B97F4A7C15) % 2**64
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        state = (state ^ state >> 27) * 0x94D049BB133111EB % 2**64
        state ^= state >> 31
        return -math.log((state // 2**12 + 0.5) / 2**52) / shares[vendor]

    return min(shares, key=alarm)


SHARES = {"nord": 0.3, "syd": 0.2}
HASHED = HashShare(SHARES)


@given(st.lists(st.text(max_size=12), max_size=12))
def test_a_hash_share_depends_on_nothing_but_the_id(names) -> None:
    clock = Clock()
    first, second = (routing(clock, HASHED, vendors=("nord", "syd")) for _ in range(2))
    for name in names:
        contact = Contact("service", id=name)
        assert first.route(contact).destination == taker(name, SHARES, 0.5)
    for name in reversed(names):
        clock.now += 100
        contact = Contact("service", id=name)
        found = second.route(contact).destination
        assert found == second.preview(contact).destination == taker(name, SHARES, 0.5)


def test_hash_shares_come_out_within_chance(clock: Clock) -> None:
    live = routing(clock, HASHED, vendors=("nord", "syd"))
    went = Counter(live.preview(Contact("service", id=f"call {n}")).destination for n in range(2000))
    for name, share in {"nord": 0.3, "syd": 0.2, "service": 0.5}.items():
        assert went[name] == pytest.approx(2000 * share, abs=4 * math.sqrt(2000 * share * (1 - share)))


def test_a_vendor_that_is_down_moves_only_its_own_contacts_and_as_many_go_out(clock: Clock) -> None:
    live = routing(clock, HASHED, vendors=("nord", "syd"))
    live.vendors["nord"].update(up=False)
    for number in range(200):
        name = f"call {number}"
        assert live.preview(Contact("service", id=name)).destination == taker(name, {"syd": 0.2}, 0.5)
    live.vendors["syd"].update(up=False)
    assert {live.preview(Contact("service", id=f"call {n}")).destination for n in range(50)} == {"service"}


def test_counted_shares_keep_up_what_goes_out_while_a_vendor_is_down(clock: Clock) -> None:
    live = routing(clock, Share({"nord": 0.3, "syd": 0.2}), vendors=("nord", "syd"))
    live.vendors["nord"].update(up=False)
    went = Counter(live.route(Contact("service")).destination for _ in range(40))
    assert went == {"syd": 20, "service": 20}
    live.vendors["syd"].update(up=False)
    assert live.route(Contact("service")).destination == "service"


# -- warm vendors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("share", "every"), [(0.1, 10), (0.25, 4), (1.0, 1)])
def test_a_warm_vendor_gets_its_share_whatever_it_costs(clock: Clock, share: float, every: int) -> None:
    live = routing(clock, Warm(NeverOverflow(), {"nord": share}))
    went = []
    for _ in range(100):
        live.state["service"].update(busy=1)
        went.append(live.route(SERVICE).destination)
    assert [place for place, name in enumerate(went, start=1) if name == "nord"] == list(
        range(every, 101, every)
    )


def test_a_warm_share_is_met_by_what_the_policy_sends(clock: Clock) -> None:
    live = routing(clock, Warm(QueueLength(0), {"nord": 0.1}))
    live.state["service"].update(busy=4)
    assert {live.route(SERVICE).destination for _ in range(20)} == {"nord"}
    live.state["service"].update(busy=0)
    went = [live.route(SERVICE).destination for _ in range(4)]
    assert went == ["service"] * 4


def test_a_vendor_that_is_down_is_not_kept_warm(clock: Clock) -> None:
    live = routing(clock, Warm(NeverOverflow(), {"nord": 0.5}))
    live.vendors["nord"].update(up=False)
    for _ in range(8):
        live.state["service"].update(busy=1)
        assert live.route(SERVICE).destination == "service"
    live.vendors["nord"].update(up=True)
    went = []
    for _ in range(6):
        live.state["service"].update(busy=1)
        went.append(live.route(SERVICE).destination)
    assert went == ["service", "nord"] * 3  # and has no claim from that time


# -- value classes -----------------------------------------------------------------------------------------


def a_coin_each(situation: Situation) -> Rule:
    """Keeping one more costs as much money as contacts are present."""
    return Rule(keep_cost=np.asarray(situation.present, dtype=float))


CLASSES = {"gold": ValueClass(keep_up_to=3.0), "iron": ValueClass(keep_up_to=0.0)}


@pytest.mark.parametrize(
    ("value_class", "sends_from"), [("", 5), ("gold", 8), ("iron", 5), ("unheard of", 5)]
)
def test_valuable_customers_are_kept_up_to_a_stated_cost(
    clock: Clock, value_class: str, sends_from: int
) -> None:
    live = routing(clock, a_coin_each, value_classes=CLASSES)
    contact = Contact("service", value_class=value_class)
    for present in range(12):
        live.state["service"].update(busy=min(present, 4), waiting=max(present - 4, 0))
        decision = live.preview(contact)
        assert (decision.action == Action.OVERFLOW) == (present >= sends_from)
        assert decision.sends_from == sends_from
        assert set(decision.ranked) == {"nord", "service"}


def test_what_it_may_cost_is_over_the_cheapest_vendor_that_may_take_it(clock: Clock) -> None:
    live = routing(clock, a_coin_each, prices={"nord": 2.5, "syd": 4.5}, value_classes=CLASSES)
    gold = Contact("service", value_class="gold")
    assert live.preview(gold).sends_from == 6
    live.vendors["nord"].update(up=False)
    assert live.preview(gold).sends_from == 8


@pytest.mark.parametrize("sourcing", ["full", "specialised"])
def test_protection_keeps_nothing_that_is_sourced_out_whole(clock: Clock, sourcing: str) -> None:
    live = routing(clock, a_coin_each, {"sourcing": sourcing}, value_classes=CLASSES)
    assert live.route(Contact("service", value_class="gold")).destination == "nord"


# -- hysteresis ---------------------------------------------------------------------------------------------


def meet(live: Router, clock: Clock, *queue: tuple[float, int]) -> str:
    """Where contacts go, each some seconds after the last, that meet so many waiting; k: kept, s: sent."""
    went = ""
    for pause, waiting in queue:
        clock.now += pause
        live.state["service"].update(busy=4, waiting=waiting)
        went += "s" if live.route(SERVICE).action == Action.OVERFLOW else "k"
    return went


def test_a_gate_opens_high_and_closes_low(clock: Clock) -> None:
    live = routing(clock, Hysteresis(QueueLength(5), QueueLength(2)))
    queue = [(1, waiting) for waiting in (1, 2, 4, 5, 4, 3, 2, 1, 2, 4, 5, 1)]
    assert meet(live, clock, *queue) == "kkkssssk" + "kksk"


def test_a_gate_stays_for_its_dwell_either_way(clock: Clock) -> None:
    live = routing(clock, Hysteresis(QueueLength(5), QueueLength(2), dwell=60))
    opened = [(0, 5), (30, 0), (29, 1), (1, 1)]  # at 60 seconds it may close
    assert meet(live, clock, *opened) == "sssk"
    closed = [(1, 9), (58, 9), (1, 9)]
    assert meet(live, clock, *closed) == "kks"


def test_a_gate_closes_by_itself_after_its_release(clock: Clock) -> None:
    live = routing(clock, Hysteresis(QueueLength(5), QueueLength(2), release=120))
    assert meet(live, clock, (0, 5), (119, 3), (1, 3)) == "ssk"
    assert meet(live, clock, (0, 5), (60, 3), (61, 5), (60, 3)) == "ssss"  # begun anew after 121 seconds


def test_previews_move_no_gate(clock: Clock) -> None:
    live = routing(clock, Hysteresis(QueueLength(5), QueueLength(2)))
    live.state["service"].update(busy=4, waiting=5)
    assert live.preview(SERVICE).action == Action.OVERFLOW
    assert meet(live, clock, (1, 3)) == "k"


def test_each_queue_has_a_gate_of_its_own(clock: Clock) -> None:
    policy = Hysteresis(QueueLength(5), QueueLength(2))
    one, other = routing(clock, policy), routing(clock, policy)
    assert meet(one, clock, (1, 5), (1, 3)) == "ss"
    assert meet(other, clock, (1, 3)) == "k"


def test_a_clock_that_goes_backwards_does_not_hold_a_gate(clock: Clock) -> None:
    live = routing(clock, Hysteresis(QueueLength(5), QueueLength(2), dwell=60))
    assert meet(live, clock, (0, 5), (-3600, 0)) == "sk"
