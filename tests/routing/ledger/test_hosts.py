"""Several hosts share caps, capacity and bills by a store: whatever is killed, away, or begun anew."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from contextlib import closing

import numpy as np
import pytest

from bporoute import InputError, SharedLedger
from bporoute.contracts import Tier
from bporoute.routing.ledger import _granted, _shared
from bporoute.routing.ledger._open_store import open_store
from bporoute.routing.ledger._view import look
from helpers import hosting
from helpers.hosting import heard, send, sends, work
from helpers.servers import opened, place_of
from helpers.sharing import BEGIN, CALL, LENGTH

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("running_place", ["postgresql", "redis"], indirect=True),
]
FORK = multiprocessing.get_context("fork")


@pytest.fixture
def host():
    """What begins routers of hosts, which end with the test, however that is."""
    begun = []

    def begin(*arguments, **terms):
        begun.append(hosting.host(*arguments, **terms))
        return begun[-1]

    yield begin
    for each in begun:
        each.ledger.close()


def _begun(tmp_path, place, terms, workers=2, pause=0.002):
    """Processes of two hosts, what they write, and how they are told to stop."""
    stop, times = FORK.Event(), FORK.Queue()
    processes = [
        FORK.Process(
            daemon=True,
            target=work,
            args=(tmp_path / name, place.url, terms, tmp_path / "truth", times, pause, stop),
        )
        for name in "ab"
        for _ in range(workers)
    ]
    (tmp_path / "truth").touch()
    for process in processes:
        process.start()
    return processes, times, stop


def _sent(tmp_path) -> int:
    return (tmp_path / "truth").stat().st_size


def _listing(place):
    with closing(opened(place)) as store:
        return store.listing()


def _until(done, within=60.0) -> bool:
    end = time.monotonic() + within
    while not done() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(done())


def test_two_hosts_send_what_a_cap_allows_though_the_store_is_away_in_the_middle(tmp_path, place, host):
    cap = 400
    processes, times, stop = _begun(tmp_path, place, {"cap_per_day": cap})
    assert _until(lambda: _sent(tmp_path) > cap // 4)
    place.freeze()
    begin = time.perf_counter()
    time.sleep(5.0)
    while_away = begin, time.perf_counter()
    assert _sent(tmp_path) < cap  # what was granted is used up, and no more
    place.thaw()
    assert _until(lambda: _sent(tmp_path) >= cap)
    time.sleep(0.5)
    stop.set()
    took = [each for _ in processes for each in times.get(timeout=60.0)]
    for process in processes:
        process.join()
    assert _sent(tmp_path) == cap
    away = [spent for at, spent in took if while_away[0] < at < while_away[1]]
    assert len(away) > 1000  # decisions go on
    assert np.quantile(away, 0.99) < 0.05
    listing = _listing(place)
    assert [each.units for each in listing.windows] == [cap]
    assert listing.trouble() == []


def test_processes_of_two_hosts_are_killed_and_none_sends_more_than_the_cap(tmp_path, place, host):
    cap, chance, terms = 300, random.Random(11), {"cap_per_day": 300}
    processes, _, stop = _begun(tmp_path, place, terms, pause=0.005)
    kills, end = 0, time.monotonic() + 6.0
    while time.monotonic() < end and _sent(tmp_path) < 0.8 * cap:
        time.sleep(chance.uniform(0.1, 0.3))
        unlucky = chance.randrange(len(processes))
        os.kill(processes[unlucky].pid, signal.SIGKILL)
        processes[unlucky].join()
        kills += 1
        name = "ab"[unlucky // 2]
        arguments = (tmp_path / name, place.url, terms, tmp_path / "truth", FORK.Queue(), 0.005, stop)
        processes[unlucky] = FORK.Process(daemon=True, target=work, args=arguments)
        processes[unlucky].start()
    for process in processes:  # all of both hosts at once
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        kills += 1
    first, second = (host(tmp_path / name, place.url, **terms) for name in "ab")
    rest, idle = 0, time.monotonic()
    while time.monotonic() - idle < 5.0 and rest < cap:
        for each in (first, second):
            if each.route(CALL).destination == "nord":
                rest, idle = rest + 1, time.monotonic()
    assert _sent(tmp_path) + rest <= cap
    assert _sent(tmp_path) + rest >= cap - kills  # counted, and killed before that was written
    assert sum(each.units for each in _listing(place).windows) == cap


def test_capacity_is_that_of_all_hosts_and_places_go_to_whoever_wants_them(tmp_path, place, host):
    first, second = (host(tmp_path / name, place.url, capacity=12) for name in "ab")
    there, end = [], time.monotonic() + 30.0
    while len(there) < 12 and time.monotonic() < end:
        decision = first.route(CALL)
        if decision.destination == "nord":
            there.append(decision)
    assert len(there) == 12
    assert send(second, 0.5) == 0
    for decision in there[:6]:
        first.settle(decision, "answered", wait=0.0, handle=LENGTH)
    found, end = 0, time.monotonic() + 30.0
    while found < 3 and time.monotonic() < end:
        found += second.route(CALL).destination == "nord"
    assert 3 <= found <= 6
    assert found + send(first, 0.5) + send(second, 0.5) <= 6


def test_a_host_that_has_not_seen_the_store_for_a_lease_sends_nothing_until_it_has(
    tmp_path, place, host, monkeypatch
):
    monkeypatch.setattr(_granted, "HOLDS", 2.0)
    only = host(tmp_path / "a", place.url, cap_per_day=100_000)
    assert sends(only)
    place.freeze()
    assert send(only, 0.2) > 0
    time.sleep(2.5)
    send(only, 1.2)  # by then it has looked at what it holds
    assert send(only, 0.3) == 0
    assert only.status().trouble == _granted.VOID
    place.thaw()
    assert sends(only)
    assert only.status().trouble == ""


def test_bills_and_totals_are_those_of_all_hosts(tmp_path, place, host):
    terms = {
        "price_per_minute": 0.0,
        "tiers": (Tier(above=0, up_to=30, price_per_contact=3.0), Tier(above=30, price_per_contact=1.0)),
        "cap_per_day": 5000,
    }
    first, second = (host(tmp_path / name, place.url, **terms) for name in "ab")
    assert sends(first)
    assert sends(second)
    for each, outcome in ((first, "answered"), (second, "answered"), (second, "abandoned")):
        done = 0
        while done < 20:
            decision = each.route(CALL)
            if decision.destination == "nord":
                each.settle(decision, outcome, wait=1.0, handle=LENGTH if outcome == "answered" else None)
                done += 1
    for each in (first, second):
        assert heard(lambda each=each: each.usage("nord").answered == 40), each.usage("nord")
        assert heard(lambda each=each: each.usage("nord").abandoned == 20)
        assert heard(lambda each=each: each.usage("nord").today == 62)
        bill = each.bill("nord")
        assert (bill.offered, bill.handled) == (60.0, 40.0)
        assert each.invoice("nord").total == pytest.approx(30 * 3.0 + 10 * 1.0)
    first.ledger.close(), second.ledger.close()
    again = host(tmp_path / "a", place.url, **terms)  # all ended, and begin again
    assert heard(lambda: again.usage("nord").answered == 40)
    assert again.invoice("nord").total == pytest.approx(100.0)


def test_what_a_host_had_counted_whose_memory_is_gone_is_counted_on(tmp_path, place, host):
    terms = {"cap_per_day": 200}
    first = host(tmp_path / "a", place.url, **terms)
    assert sends(first)
    sent = 1 + send(first, 0.5, settled=True)
    first.ledger.close()
    told = first_bill = sent - 1
    (tmp_path / "a" / "segment").unlink()  # the machine started anew
    again = host(tmp_path / "a", place.url, **terms)
    assert heard(lambda: again.usage("nord").answered == told)
    assert again.usage("nord").today == sent
    assert again.bill("nord").handled == first_bill
    more, idle = 0, time.monotonic()
    while time.monotonic() - idle < 3.0:
        if again.route(CALL).destination == "nord":
            more, idle = more + 1, time.monotonic()
    assert sent + more == 200  # closed well, the first one gave back what it had left


def test_an_hour_begins_for_all_hosts(tmp_path, place, host):
    now = [BEGIN]
    both = [host(tmp_path / name, place.url, lambda: now[0], cap_per_hour=20) for name in "ab"]
    for _ in range(2):
        sent, idle = 0, time.monotonic()
        while time.monotonic() - idle < 3.0:
            for each in both:
                if each.route(CALL).destination == "nord":
                    sent, idle = sent + 1, time.monotonic()
            time.sleep(0.002)
            now[0] += 0.002
        assert sent == 20
        now[0] += 3600.0


def test_minutes_are_parted_among_hosts(tmp_path, place, host):
    most = 60
    terms = {"cap_minutes_per_day": most * LENGTH / 60.0}
    first, second = (host(tmp_path / name, place.url, **terms) for name in "ab")
    sent, end = 0, time.monotonic() + 16.0
    while time.monotonic() < end:
        for each in (first, second):
            sent += each.route(CALL).destination == "nord"
        time.sleep(0.002)
    assert 0.8 * most <= sent <= most  # the last ones are nobody's part


def test_a_store_that_forgets_grants_nothing_until_hosts_have_declared(tmp_path, place, host, monkeypatch):
    lease = 3.0
    monkeypatch.setattr(_granted, "HOLDS", 2.0)
    monkeypatch.setattr(_shared, "open_store", lambda url, folder: open_store(url, folder, lease=lease))
    first, second = (host(tmp_path / name, place.url, cap_per_day=300) for name in "ab")
    assert sends(first)
    sent = 1 + send(first, 0.1)
    place.back_up()
    sent += send(first, 1.0)  # what the backup does not know
    place.restore()
    idle = time.monotonic()
    while time.monotonic() - idle < (60.0 if sent < 300 else 2.0 * lease + 3.0) and sent <= 300:
        for each in (first, second):
            if each.route(CALL).destination == "nord":
                sent, idle = sent + 1, time.monotonic()
        time.sleep(0.002)
    assert sent == 300
    assert _listing(place).mark.epoch > 1


def test_what_a_host_has_counted_is_seen_from_outside(tmp_path, place, host):
    only = host(tmp_path / "a", place.url, cap_per_day=100)
    assert sends(only)
    (day,) = [each for each in look(tmp_path / "a").windows if each.window == "day"]
    assert day.sent == 1.0


def test_what_has_a_store_is_not_used_without_and_the_other_way_round(tmp_path, place, host):
    first = host(tmp_path / "a", place.url)
    with pytest.raises(InputError, match="whose caps a store grants"):
        host(tmp_path / "a", None)
    first.ledger.close()
    host(tmp_path / "b", None)
    with pytest.raises(InputError, match="without a store"):
        host(tmp_path / "b", place.url)


def test_a_store_that_would_lose_grants_is_refused_when_a_router_begins(tmp_path, place, host):
    if not place.url.startswith("unix"):
        pytest.skip("of Redis")
    with (
        place_of("redis", tmp_path, "--appendonly", "no") as forgetful,
        pytest.raises(InputError, match="appendonly"),
    ):
        host(tmp_path / "a", forgetful.url)
    with pytest.raises(InputError, match="postgresql://"):
        host(tmp_path / "b", "mysql://somewhere")
    with pytest.raises(InputError, match="URL of a store"):
        SharedLedger(tmp_path / "c", store=7)
