"""What routers of several processes know of each other, and after a restart: as one router would."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute import (
    Center,
    ContactType,
    Contract,
    HealthConfig,
    InputError,
    PerContact,
    PerResolution,
    Queue,
    Router,
    SharedLedger,
    Vendor,
)
from bporoute._kernels.routing import columns
from bporoute.contracts import PerMinute, Tier
from bporoute.routing.ledger import _layout, _outcome_log, _segment
from bporoute.routing.ledger._locks import HOST, Locks
from helpers.sharing import BEGIN, CALL, LEASE, Host, counted_alone, router

HOUR = 3600.0


# --- what one does, the others know -----------------------------------------------------------------------

ends = st.tuples(
    st.integers(0, 2),
    st.sampled_from(["answered", "answered", "abandoned", "failed"]),
    st.one_of(st.none(), st.floats(0.0, 600.0)),
)
ACCOUNTS = {
    "flat": {"cap_per_day": 1000},
    "blocks": {"first_block": 60.0, "block": 30.0, "cap_minutes_per_day": 1e6},
}


TOGETHER = {
    "flat": {},
    "blocks": {"price_per_minute": 0.0, "terms": (PerMinute(price=1.0, first=60.0, step=30.0),)},
    "tiers": {
        "price_per_minute": 0.0,
        "tiers": (Tier(above=0, up_to=40, price_per_minute=1.0), Tier(above=40, price_per_minute=0.7)),
    },
    "minutes": {"cap_minutes_per_day": 1e6},
}


@pytest.mark.parametrize("terms", TOGETHER.values(), ids=TOGETHER)
def test_contacts_that_are_told_together_come_to_what_one_after_the_other_does(tmp_path, monkeypatch, terms):
    host, luck = Host(tmp_path, 3, **terms), np.random.default_rng(7)
    alone = counted_alone(host)
    one, *others = host.routers
    for number in range(150):
        outcome = "answered" if number % 50 or not number else str(luck.choice(["abandoned", "failed"]))
        handle = None if number % 37 == 36 else round(float(luck.exponential(120.0)), 1)
        wait = None if number % 41 == 40 else round(float(luck.exponential(20.0)), 1)
        for each in (one, alone):
            each.settle(each.route(CALL), outcome, wait=wait, handle=-1.0 if number == 75 else handle)
    runs = []
    booked = others[0]._tables._book_answered
    monkeypatch.setattr(
        others[0]._tables, "_book_answered", lambda *told: runs.append(booked(*told)) or runs[-1]
    )
    others[0].status()
    assert (True in runs) == ("cap_minutes_per_day" not in terms)
    monkeypatch.setattr(_outcome_log, "FEW", 1_000)  # one after the other
    others[1].status()
    usages = {each.usage("nord") for each in (one, *others, alone)}
    assert len(usages) == 1
    assert usages.pop().answered == 148
    bills = [each.bill("nord") for each in (one, *others)]
    assert bills[0] == bills[1] == bills[2]
    assert bills[0].handle_seconds == pytest.approx(alone.bill("nord").handle_seconds)
    assert str(others[0].estimates()) == str(others[1].estimates())
    host.close()


@pytest.mark.parametrize(
    "terms", [{"cap_per_day": 1000}, {"cap_minutes_per_day": 1e6}], ids=["flat", "minutes"]
)
@given(told=st.lists(ends, min_size=1, max_size=25), step=st.floats(0.0, 400.0))
@settings(max_examples=12, deadline=None)
def test_whoever_settles_all_bill_and_count_alike(tmp_path_factory, terms, told, step):
    host = Host(tmp_path_factory.mktemp("ledger"), 3, **terms)
    alone = counted_alone(host)
    for who, outcome, handle in told:
        host.now += step
        decision, same = host.routers[who].route(CALL), alone.route(CALL)
        assert decision.destination == same.destination
        if decision.destination == "nord":
            host.routers[who].settle(decision, outcome, wait=1.0, handle=handle)
            alone.settle(same, outcome, wait=1.0, handle=handle)
    expected = alone.usage("nord")
    for each in host.routers:
        usage = each.usage("nord")
        assert (usage.this_hour, usage.today, usage.in_flight) == (
            expected.this_hour, expected.today, expected.in_flight,
        )  # fmt: skip
        assert (usage.answered, usage.failed, usage.unknown) == (
            expected.answered, expected.failed, expected.unknown,
        )  # fmt: skip
        assert usage.spent == pytest.approx(expected.spent, rel=1e-9)
        assert each.invoice("nord").total == pytest.approx(alone.invoice("nord").total, rel=1e-9)
        health = each.status().vendors[0].health
        assert health == alone.status().vendors[0].health
    host.close()


def test_a_process_that_begins_later_goes_on_as_one_that_never_stopped(tmp_path):
    tiers = (
        Tier(above=0, up_to=20, price_per_contact=4.0),
        Tier(above=20, up_to=None, price_per_contact=2.0),
    )
    terms = {"price_per_minute": 0.0, "tiers": tiers, "cap_per_day": 60}
    host = Host(tmp_path, 2, **terms)
    alone = counted_alone(host)
    for turn in range(40):
        host.now += 7.0
        each = host.routers[turn % 2]
        decision, same = each.route(CALL), alone.route(CALL)
        if turn % 4 < 3:
            each.settle(decision, "answered", wait=2.0, handle=100.0 + turn)
            alone.settle(same, "answered", wait=2.0, handle=100.0 + turn)
    host.close()
    late = host.begun()
    assert late.usage("nord") == alone.usage("nord")
    assert late.invoice("nord").total == alone.invoice("nord").total
    assert late.bill("nord") == alone.bill("nord")
    next_price = [each.preview(CALL).ways[0].price for each in (late, alone)]
    assert next_price[0] == next_price[1]
    sent = sum(late.route(CALL).destination == "nord" for _ in range(30))
    assert sent == 20
    late.ledger.close()


def test_after_a_restart_of_the_machine_bills_and_windows_go_on(tmp_path, monkeypatch):
    host = Host(tmp_path / "ledger", 2, cap_per_day=20)
    for _ in range(8):
        for each in host.routers:
            each.settle(each.route(CALL), "answered", wait=0.0, handle=60.0)
    host.close()
    boot = tmp_path / "boot_id"
    boot.write_text("another start of the machine\n")
    monkeypatch.setattr(_segment, "BOOT_ID", boot)
    late = host.begun()
    usage = late.usage("nord")
    assert (usage.today, usage.answered, usage.spent, usage.in_flight) == (16, 16, 16.0, 0)
    assert sum(late.route(CALL).destination == "nord" for _ in range(30)) == 4
    late.ledger.close()


def test_a_vendor_that_fails_is_out_for_all(tmp_path):
    host = Host(tmp_path, 4, vendors=("nord", "syd", "ost"))
    tried = 0
    for turn in range(1000):
        host.now += 0.01
        each = host.routers[turn % 4]
        decision = each.route(CALL)
        tried += decision.destination == "nord"
        each.settle(decision, "failed" if decision.destination == "nord" else "answered", 0.0, 60.0)
    assert 5 <= tried <= 30
    assert all(each.status().vendors[0].health != "healthy" for each in host.routers)
    host.close()


def test_more_outcomes_than_there_is_room_for_are_read_from_the_accounts(tmp_path, monkeypatch):
    monkeypatch.setattr(_layout, "OUTCOMES", 32)
    host = Host(tmp_path, 2)
    busy, idle = host.routers
    idle.route(CALL)
    for _ in range(500):
        busy.settle(busy.route(CALL), "answered", wait=0.0, handle=60.0)
    assert idle.usage("nord").answered == busy.usage("nord").answered == 500
    assert idle.invoice("nord").total == pytest.approx(busy.invoice("nord").total)
    host.close()


def test_a_failed_contact_gives_its_place_to_whoever_wants_it(tmp_path):
    host = Host(tmp_path, 2, cap_per_hour=6)
    one, other = host.routers
    sent = [(each, each.route(CALL)) for each in (one, other) * 10]
    sent = [(each, decision) for each, decision in sent if decision.destination == "nord"]
    assert len(sent) == 6
    assert other.route(CALL).destination == "desk"
    mine = next(decision for each, decision in sent if each is one)
    one.settle(mine, "failed")
    assert other.route(CALL).destination == "nord"
    assert one.route(CALL).destination == "desk"
    host.close()


def test_a_place_at_a_vendor_is_free_for_all_once_its_contact_has_ended(tmp_path):
    host = Host(tmp_path, 2, capacity=6)
    one, other = host.routers
    sent = [decision for decision in (one.route(CALL) for _ in range(12)) if decision.action == "overflow"]
    assert 5 <= len(sent) <= 6  # one that stands idle in the other's hand
    for decision in sent:
        one.settle(decision, "answered", wait=0.0, handle=60.0)
    host.now += 1.5
    taken = [each.route(CALL).destination for each in (other, one) * 12]
    assert taken.count("nord") == 6
    host.close()


def test_whoever_is_idle_holds_nothing(tmp_path):
    host = Host(tmp_path, 2, cap_per_day=100)
    one, other = host.routers
    sent = [one.route(CALL).destination for _ in range(20)].count("nord")
    one.ledger.rest_if_idle()
    one.ledger.rest_if_idle()  # nothing was decided between
    sent += [other.route(CALL).destination for _ in range(200)].count("nord")
    assert sent == 100
    assert one.route(CALL).destination == "desk"
    host.close()


def test_whoever_forks_holds_nothing(tmp_path):
    own = router(tmp_path, cap_per_day=30)
    assert own.route(CALL).destination == "nord"
    context = multiprocessing.get_context("fork")
    done = context.Queue()
    child = context.Process(target=_count_in_child, args=(own, done))
    child.start()
    sent, _ = done.get(timeout=60.0)
    child.join()
    assert sent == 29
    assert own.route(CALL).destination == "desk"
    own.ledger.close()


def test_what_the_others_send_is_known_after_a_second_at_the_latest(tmp_path):
    host = Host(tmp_path, 2)
    one, other = host.routers
    other.route(CALL)
    for _ in range(10):
        one.route(CALL)
        host.now += 0.11
    other.route(CALL)
    host.now += 1.01
    for _ in range(10):
        one.route(CALL)
    other.route(CALL)  # a second has passed since it looked
    assert other.ledger.counters[0, columns.TODAY] == 23
    host.close()


def test_shares_of_the_day_are_those_of_all(tmp_path):
    host = Host(tmp_path, 2)
    one, other = host.routers
    for _ in range(50):
        one.route(CALL)
    host.now += 1.5
    other.route(CALL)
    routed = other.ledger.counters[-1, columns.ALL_ROUTED]
    sent, squares = other.ledger.counters[-1, [columns.ALL_SENT, columns.ALL_SQUARES]]
    assert (routed, sent, squares) == (51, 51, 51.0**2)
    host.close()


def test_an_hour_ends_for_each_of_them_once(tmp_path):
    host = Host(tmp_path, 3, cap_per_hour=10)
    for hour in range(3):
        host.now = BEGIN + hour * HOUR + 1.0
        sent = [each.route(CALL).destination for each in host.routers * 12]
        assert sent.count("nord") == 10
    host.now = BEGIN + 2.0  # the clock was set back: that hour is spent
    assert all(each.usage("nord").this_hour == 10 for each in host.routers)
    assert {each.route(CALL).destination for each in host.routers * 3} == {"desk"}
    host.close()


def test_contacts_of_a_process_that_was_killed_are_there_until_their_lease_ends(tmp_path):
    host = Host(tmp_path, 2, capacity=5)
    one, other = host.routers
    taken = [one.route(CALL).destination for _ in range(3)].count("nord")
    one.ledger._locks.close()  # killed
    assert other.usage("nord").in_flight == taken == 3
    taken += [other.route(CALL).destination for _ in range(12)].count("nord")
    host.now += 1.5
    taken += [other.route(CALL).destination for _ in range(12)].count("nord")
    assert taken == 5
    host.now += LEASE / 2.0
    other.route(CALL)
    host.now += LEASE + 1.0  # counted from when somebody noticed
    other.route(CALL)
    host.now += LEASE + 1.0
    other.route(CALL)
    assert other.usage("nord").in_flight == 1
    other.ledger.close()


def test_what_somebody_left_who_was_killed_while_he_made_the_segment_is_removed(tmp_path):
    left = tmp_path / f".segment.{os.getppid()}.partial"  # another runs by its number now
    left.write_bytes(b"half of it")
    own = router(tmp_path)
    assert not left.exists()
    own.ledger.close()


@pytest.mark.parametrize("begun_again", [False, True], ids=["gone", "begun again"])
def test_so_are_those_of_one_that_ended_the_contacts_of_others(tmp_path, begun_again):
    host = Host(tmp_path, 2)
    one, other = host.routers
    tokens = [other.route(CALL).token for _ in range(4)]
    assert [one.settle(token, "answered", wait=0.0, handle=60.0) for token in tokens] == [1.0] * 4
    assert [one.route(CALL).destination for _ in range(3)] == ["nord"] * 3
    one.ledger._locks.close()  # killed
    living = [other, host.begun()] if begun_again else [other]
    assert other.usage("nord").in_flight == 3
    for _ in range(4):
        host.now += LEASE / 2.0 + 1.0
        for each in living:
            each.settle(each.route(CALL), "answered", wait=0.0, handle=60.0)
    assert other.usage("nord").in_flight == 0
    for each in living:
        each.ledger.close()


# --- what is told to one of them ----------------------------------------------------------------------------

few = st.integers(0, 9).map(float)
tellings = st.tuples(
    st.integers(0, 2),
    st.floats(0.0, 40.0),
    st.one_of(
        st.fixed_dictionaries({"agents": few, "busy": few}),
        st.fixed_dictionaries({"waiting": few}),
        st.fixed_dictionaries({"aht": st.one_of(st.none(), st.floats(10.0, 500.0))}),
        st.fixed_dictionaries({"agents": st.none()}),
    ),
    st.floats(0.0, 30.0),
)


@given(told=st.lists(tellings, max_size=12))
@settings(max_examples=15, deadline=None)
def test_what_one_is_told_of_a_queue_all_know_as_if_they_had_been_told(tmp_path_factory, told):
    host = Host(tmp_path_factory.mktemp("ledger"), 3)
    alone = counted_alone(host)
    for who, step, what, ago in told:
        host.now += step
        host.routers[who].state["desk"].update(**what, at=host.now - ago)
        alone.state["desk"].update(**what, at=host.now - ago)
        for each in host.routers:
            each.preview(CALL)
            assert str(each.state["desk"].state) == str(alone.state["desk"].state)
            assert each.status().queues[0].feed == alone.status().queues[0].feed
    host.close()


def test_what_one_is_told_of_a_vendor_all_know_at_their_next_contact(tmp_path):
    host = Host(tmp_path, 3, vendors=("nord", "syd"), capacity=9)
    one, two, three = host.routers
    for each in host.routers:
        assert each.route(CALL).destination == "nord"
    one.vendors["nord"].update(up=False)
    assert [each.route(CALL).destination for each in host.routers] == ["syd"] * 3
    two.vendors["nord"].update(up=True, expected_wait=7.0)
    waits = {way.destination: way.expected_wait for way in three.preview(CALL).ways}
    assert (waits["nord"], waits["syd"]) == (7.0, 0.0)
    three.vendors["nord"].update(capacity=3)
    taken = [each.route(CALL).destination for each in host.routers * 3]
    assert "nord" not in taken  # three are there
    late = host.begun()
    late.preview(CALL)
    assert late.vendors["nord"].state.expected_wait == 7.0
    host.close()


def test_how_many_are_at_a_vendor_is_told_for_all(tmp_path):
    host = Host(tmp_path, 2, capacity=10)
    one, other = host.routers
    sent = [one.route(CALL), one.route(CALL), other.route(CALL)]
    assert {each.destination for each in sent} == {"nord"}
    other.vendors["nord"].update(in_flight=8)
    assert one.usage("nord").in_flight == other.usage("nord").in_flight == 8
    host.now += 1.5
    taken = [each.route(CALL).destination for each in host.routers * 6]
    assert taken.count("nord") == 2
    host.close()


# --- nobody waits, nobody fails ---------------------------------------------------------------------------


def test_decisions_go_on_while_somebody_holds_the_lock_and_does_not_go_on(tmp_path):
    host = Host(tmp_path, 2, cap_per_day=100)
    one, other = host.routers
    sent = [other.route(CALL).destination for _ in range(3)]
    stopped = Locks(tmp_path / "locks")
    assert stopped.take(HOST)
    begin = time.monotonic()
    sent += [each.route(CALL).destination for each in (one, other) * 100]
    assert time.monotonic() - begin < 200 * 0.05
    assert sent.count("nord") <= 100
    host.now += HOUR
    sent += [each.route(CALL).destination for each in (one, other) * 20]
    stopped.close()
    host.now += 1.5
    sent += [each.route(CALL).destination for each in (one, other) * 100]
    assert sent.count("nord") == 100
    assert one.usage("nord").today == other.usage("nord").today == 100
    host.close()


def _count_in_child(own, done):
    sent = [own.route(CALL).destination for _ in range(40)].count("nord")
    done.put((sent, own.ledger.slot))
    own.ledger.close()


def test_a_forked_child_counts_in_a_slot_of_its_own(tmp_path):
    own = router(tmp_path, cap_per_day=50)
    before = [own.route(CALL).destination for _ in range(10)].count("nord")
    context = multiprocessing.get_context("fork")
    done = context.Queue()
    child = context.Process(target=_count_in_child, args=(own, done))
    child.start()
    theirs, slot = done.get(timeout=60.0)
    child.join()
    after = [own.route(CALL).destination for _ in range(40)].count("nord")
    assert slot != own.ledger.slot
    assert before == 10
    assert theirs >= 20
    assert before + theirs + after == 50
    own.ledger.close()


def test_without_a_slot_a_vendor_with_a_cap_is_closed_and_others_are_not(tmp_path, monkeypatch):
    monkeypatch.setattr(_layout, "SLOTS", 1)
    for terms, expected in (({"cap_per_day": 50}, "desk"), ({}, "nord")):
        path = tmp_path / str(len(terms))
        own = router(path, **terms)
        own.ledger.leave_in_child()  # as in a child whose parent has the only slot
        parent = Locks(path / "locks")
        assert parent.take(_first_slot())
        own.route(CALL)
        assert own.route(CALL).destination == expected
        assert "no slot" in own.status().trouble
        parent.close()


@pytest.mark.parametrize("place", ["host", "slot"])
def test_a_forked_child_sends_nothing_before_it_is_granted_anything(tmp_path, place):
    own = router(tmp_path, cap_per_day=50, vendors=("nord", "syd"))
    assert [own.route(CALL).destination for _ in range(10)].count("nord") == 10
    own.ledger.before_fork()
    if place == "host":  # it has a slot, but nothing in it
        own.ledger.leave_in_child()
        own.ledger.attend()
    stopped = Locks(tmp_path / "locks")
    assert stopped.take(HOST)
    if place == "slot":
        own.ledger.leave_in_child()
    assert {own.route(CALL).destination for _ in range(20)} == {"desk"}
    stopped.close()
    time.sleep(1.1)
    sent = [own.route(CALL).destination for _ in range(100)]
    assert (sent.count("nord"), sent.count("syd")) == (40, 50)
    own.ledger.close()
    assert own.route(CALL).destination == "desk"


def _first_slot():
    from bporoute.routing.ledger._locks import FIRST_SLOT

    return FIRST_SLOT


def test_what_no_other_process_can_have_told_is_passed_over(tmp_path):
    host = Host(tmp_path, 2)
    one, other = host.routers
    one.settle(one.route(CALL), "answered", wait=0.0, handle=60.0)
    one.settle(one.route(CALL), "answered", wait=0.0, handle=60.0)
    ring = one.ledger._slot.outcomes
    ring["vendor"][0], ring["price"][1] = 7.0, np.nan
    assert other.route(CALL).destination == "nord"
    assert other.usage("nord").answered == 0
    assert other.ledger.missed == 2
    host.close()


# --- what is refused --------------------------------------------------------------------------------------


def _segment_of(path: Path) -> Path:
    own = router(path)
    own.ledger.close()
    return path / "segment"


def _overwrite(file: Path, place: int, what: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek(place)
        opened.write(what)


def test_a_segment_of_another_center_that_is_used_is_refused(tmp_path):
    own = router(tmp_path)
    with pytest.raises(InputError, match=r"which processes use; .* another path for another center"):
        router(tmp_path, vendors=("syd",))
    own.ledger.close()


def test_a_damaged_segment_is_refused(tmp_path):
    file = _segment_of(tmp_path)
    _overwrite(file, 20, b"?")
    with pytest.raises(InputError, match="damaged segment: its first bytes"):
        router(tmp_path)


def test_a_segment_that_was_cut_is_refused(tmp_path):
    file = _segment_of(tmp_path)
    os.truncate(file, 100_000)
    with pytest.raises(InputError, match="damaged segment: 100000 bytes instead of"):
        router(tmp_path)


def test_a_segment_of_another_version_is_refused(tmp_path, monkeypatch):
    _segment_of(tmp_path)
    there = _layout.VERSION
    monkeypatch.setattr(_layout, "VERSION", there + 1)
    with pytest.raises(InputError, match=f"layout {there}; expected layout {there + 1}: end all processes"):
        router(tmp_path)


def test_no_room_is_said_when_the_ledger_is_opened(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(InputError, match="No space left on device; expected a folder with"):
        router(tmp_path)
    assert not (tmp_path / "segment").exists()


def test_a_path_that_is_a_file_and_one_that_is_nothing_are_refused(tmp_path):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(InputError, match="expected a folder to write to"):
        router(file)
    with pytest.raises(InputError, match="found None; expected the path of a folder"):
        SharedLedger(None)  # type: ignore[arg-type]


def test_the_next_way_is_counted_for_all(tmp_path):
    host = Host(tmp_path, 2, vendors=("nord", "syd"), cap_per_hour=4)
    one, other = host.routers
    second = one.divert(one.route(CALL), failed="503")
    assert second is not None
    assert second.destination == "syd"
    assert [other.usage(name).this_hour for name in ("nord", "syd")] == [0, 1]
    host.close()


def test_one_ledger_serves_one_router(tmp_path):
    own = router(tmp_path)
    with pytest.raises(InputError, match="expected a SharedLedger"):
        Router(own.center, ledger=own.ledger, compile=False)
    own.ledger.close()


def test_damaged_accounts_are_refused(tmp_path):
    host = Host(tmp_path, 1)
    host.routers[0].settle(host.routers[0].route(CALL), "answered", wait=0.0, handle=60.0)
    host.close()
    file = tmp_path / "accounts.json"
    text = file.read_text()
    file.write_text(text[:-10])
    with pytest.raises(InputError, match="damaged accounts"):
        host.begun()
    told = json.loads(text)
    told["bills"][0][0][2] = [1.0, 2.0, 3.0]
    file.write_text(json.dumps(told))
    with pytest.raises(InputError, match="damaged accounts: 3 units of 1 measures"):
        host.begun()


def test_it_is_private(tmp_path):
    host = Host(tmp_path / "ledger", 1)
    host.routers[0].settle(host.routers[0].route(CALL).token, "answered", wait=0.0, handle=60.0)
    host.close()
    modes = {each.name: each.stat().st_mode & 0o777 for each in host.path.iterdir()}
    numbers = f"settled-{host.routers[0].ledger.epoch:08x}"
    assert modes == dict.fromkeys(("segment", "locks", "accounts.json", "key", "names", numbers), 0o600)
    assert host.path.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("ended", ["rest", "fork"])
def test_a_page_that_is_ended_before_anything_is_on_it_is_followed_by_one_with_room(tmp_path, ended):
    host = Host(tmp_path, 1)
    (one,) = host.routers
    pages = one._tables.pages
    while pages.routed.lines < 256 or pages.routed.used < 200:
        one.route(CALL)
    pages.turn_early(host.now)  # as whoever looks does
    assert pages.routed.used == 0
    numbers = set()

    def routes():
        for _ in range(3):
            decision = one.route(CALL)
            assert decision.destination == "nord"
            numbers.add(decision.evidence.page.first + decision.evidence.line)

    if ended == "rest":
        one.ledger.rest()  # what the keeper does after an idle second
        one.ledger.rest()
        assert pages.routed.full
        routes()
        assert len(numbers) == 3
        assert pages.routed.lines == 256
    else:
        told = multiprocessing.get_context("fork").SimpleQueue()
        if (child := os.fork()) == 0:
            try:
                routes()
                told.put(numbers)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert not told.empty()
        theirs = told.get()
        routes()
        assert len(theirs) == len(numbers) == 3
        assert not theirs & numbers  # no number is given twice
    host.close()


# --- what is told in batches ------------------------------------------------------------------------------

ONE_BY_ONE, TOGETHER_FROM = 10**9, 8


@pytest.mark.parametrize("few", [ONE_BY_ONE, TOGETHER_FROM])
@pytest.mark.parametrize(
    "term",
    [PerContact(price=0.9), PerResolution(price=0.9, no_repeat_within_days=7)],
    ids=["plain", "resolved"],
)
def test_a_success_that_makes_failures_count_is_looked_at_by_all(tmp_path, monkeypatch, term, few):
    monkeypatch.setattr(_outcome_log, "FEW", few)
    now = [BEGIN]
    terms = {"nord": (term,), "dear": (PerContact(price=5.0),)}
    vendors = {
        name: Vendor(
            country="DE", timezone="Europe/Berlin", contact_types=("call",), contract=Contract(terms=each)
        )
        for name, each in terms.items()
    }
    one_center = Center(
        queues={"desk": Queue(aht=120)},
        contact_types={"call": ContactType(queue="desk", sourcing="full")},
        vendors=vendors,
        health=HealthConfig(minimum_volume=8),
    )
    one, other = (
        Router(
            one_center,
            "QueueLength(0)",
            ledger=SharedLedger(tmp_path / "ledger"),
            clock=lambda: now[0],
            chance=lambda: 0.25,
            compile=False,
        )
        for _ in range(2)
    )
    other.route(CALL)
    sent = [one.route(CALL) for _ in range(19)]
    assert {decision.destination for decision in sent} == {"nord"}
    for number, decision in enumerate(sent):  # fewer failures than the volume; a success makes it up
        now[0] += 0.01
        one.settle(decision, "failed" if number < 7 else "answered", wait=1.0, handle=60.0)
    now[0] += 2.0
    assert other.route(CALL).destination == "dear"
    for each in (one, other):
        assert [admitted.share for admitted in each._tables.offers.watch.admissions] == [0.0, 1.0]
        each.ledger.close()


@pytest.mark.parametrize("few", [ONE_BY_ONE, TOGETHER_FROM])
@pytest.mark.parametrize("period", [1e300, 1e18])
def test_lines_that_cannot_be_booked_are_passed_over_and_counted_together_too(
    tmp_path, monkeypatch, period, few
):
    monkeypatch.setattr(_outcome_log, "FEW", few)
    host = Host(tmp_path, 2)
    one, other = host.routers
    other.route(CALL)
    for _ in range(12):
        one.settle(one.route(CALL), "answered", wait=1.0, handle=60.0)
    one.ledger._segment.slots["outcomes"][one.ledger.slot]["period"][:10] = period
    for _ in range(2):
        host.now += 2.0
        assert other.route(CALL).destination == "nord"
    assert (other.ledger.missed, other.ledger.totals[0].answered) == (10, 2.0)
    host.close()


@pytest.mark.parametrize("few", [ONE_BY_ONE, TOGETHER_FROM])
def test_an_interrupt_while_contacts_are_forgotten_leaves_none_open(tmp_path, monkeypatch, few):
    monkeypatch.setattr(_outcome_log, "FEW", few)
    host = Host(tmp_path, 2)
    one, other = host.routers
    tokens = [other.route(CALL).token for _ in range(40)]
    for token in tokens:
        one.settle(token, "answered", wait=1.0, handle=60.0)
    host.now += 2.0
    contacts = other.ledger.open_contacts
    forget, calls = contacts.forget, []

    def interrupted(number):
        calls.append(number)
        if len(calls) == 2:
            raise KeyboardInterrupt
        forget(number)

    monkeypatch.setattr(contacts, "forget", interrupted)
    with pytest.raises(KeyboardInterrupt):
        other.status()
    other.status()
    assert (len(contacts._mine), other._tables.pages.sent_after(0, -np.inf)) == (0, 0)
    assert {each.usage("nord").answered for each in host.routers} == {40}
    assert {each.usage("nord").in_flight for each in host.routers} == {0}
    host.close()
