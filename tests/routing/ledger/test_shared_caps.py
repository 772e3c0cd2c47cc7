"""Caps and capacity hold over the processes of a host, whoever is killed at whatever point."""

from __future__ import annotations

import math
import multiprocessing
import os
import random
import signal
import time
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute import SharedLedger
from bporoute.routing.ledger._locks import HOST, Locks
from helpers.sharing import CALL, LENGTH, route_many_times, router, send_until_killed, settled_in

CAP = 100
CAPS = {
    "contacts an hour": ({"cap_per_hour": CAP}, ""),
    "contacts a day": ({"cap_per_day": CAP}, ""),
    "contacts a period": ({"cap_per_period": CAP}, ""),
    "at once": ({"capacity": CAP}, ""),
    "minutes an hour, all there": ({"cap_minutes_per_hour": CAP * LENGTH / 60.0}, ""),
    "minutes an hour, all gone": ({"cap_minutes_per_hour": CAP * LENGTH / 60.0}, "answered"),
    "money a day": ({"cap_money_per_day": CAP * LENGTH / 60.0}, "answered"),
}


@pytest.mark.parametrize(("terms", "settled"), CAPS.values(), ids=CAPS.keys())
def test_four_processes_send_what_a_cap_allows_and_no_more(tmp_path, terms, settled):
    assert sum(_in_processes("fork", tmp_path, terms, 4, settled, False)) == CAP


@pytest.mark.parametrize("compiled", [False, True], ids=["interpreted", "compiled"])
def test_so_do_processes_that_are_spawned(tmp_path, compiled):
    assert sum(_in_processes("spawn", tmp_path, {"cap_per_hour": CAP}, 2, "", compiled)) == CAP


def _in_processes(method, path, terms, workers, settled, compiled):
    context = multiprocessing.get_context(method)
    done = context.Queue()
    arguments = (path, terms, 1000, settled, compiled, done)
    processes = [context.Process(target=route_many_times, args=arguments) for _ in range(workers)]
    for process in processes:
        process.start()
    sent = [done.get(timeout=120.0) for _ in processes]
    for process in processes:
        process.join()
    return sent


@pytest.mark.parametrize(
    ("terms", "cap"), [({"cap_per_day": 1500}, 1500), ({"cap_per_hour": 60}, 60)], ids=["large", "small"]
)
def test_processes_that_are_killed_send_no_more_than_the_cap_and_lose_nothing(tmp_path, terms, cap):
    context, truth, chance = multiprocessing.get_context("fork"), tmp_path / "truth", random.Random(7)
    truth.touch()

    def begun():
        arguments = (tmp_path / "ledger", terms, truth, 0.0 if cap > 100 else 0.01)
        process = context.Process(target=send_until_killed, args=arguments)
        process.start()
        return process

    processes, kills, until = [begun() for _ in range(3)], 0, time.monotonic() + 4.0
    while time.monotonic() < until and truth.stat().st_size < 0.9 * cap:
        time.sleep(chance.uniform(0.02, 0.1))
        unlucky = chance.randrange(len(processes))
        os.kill(processes[unlucky].pid, signal.SIGKILL)
        processes[unlucky].join()
        kills += 1
        processes[unlucky] = begun()
    for process in processes:
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        kills += 1
    last = router(tmp_path / "ledger", **terms)
    sent = truth.stat().st_size + sum(last.route(CALL).destination == "nord" for _ in range(cap + 10))
    usage = last.usage("nord")
    assert cap - kills <= sent <= cap  # counted, and killed before it was sent: one for each at most
    assert max(usage.this_hour, usage.today) == cap
    settled = settled_in(truth).stat().st_size
    assert settled <= usage.answered <= settled + kills  # told, and killed before it was noted
    last.ledger.close()


# --- the ledger alone, against a count of its own ---------------------------------------------------------

acts = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(0, 3), st.integers(1, 9)),
        st.tuples(st.just("fail"), st.integers(0, 3), st.integers(0, 99)),
        st.tuples(st.just("turn"), st.integers(0, 3), st.integers(0, 2)),
        st.tuples(st.just("die"), st.integers(0, 3), st.booleans()),
        st.tuples(st.just("listen"), st.integers(0, 3), st.just(0)),
    ),
    max_size=60,
)
HOURLY, DAILY = 7.0, 12.0


def _opened(path, hour):
    ledger = SharedLedger(path)
    ledger.open_for(("nord",))
    ledger.enter(0, (hour, 0.0, 0.0, 0.0))
    ledger.enter(1, (0.0,) * 4)
    return ledger


@given(acts=acts)
@settings(max_examples=60, deadline=None)
def test_slots_count_as_one_ledger_would(tmp_path_factory, acts):
    path = tmp_path_factory.mktemp("ledger")
    hours = [0.0] * 4
    ledgers = [_opened(path, 0.0) for _ in hours]
    sent: list[float] = []  # the truth: the hours of the contacts that were sent and taken
    for act, who, what in acts:
        ledger = ledgers[who]
        if act == "send":
            for _ in range(what):
                allowed = ledger.allowed(0, (HOURLY, DAILY, math.inf), math.inf, math.inf)
                counts = ledger.counters[0]
                if counts[0] < allowed.caps[0] and counts[1] < allowed.caps[1]:
                    counts += 1.0
                    sent.append(hours[who])
        elif act == "fail" and sent:
            hour = sent[what % len(sent)]
            if hour in ledger.starts(0) and hour == hours[who]:
                before = ledger.usage("nord")
                ledger.take_back(0, (hour, 0.0, 0.0, 0.0)).apply()
                if ledger.usage("nord") != before:
                    sent.remove(hour)
        elif act == "turn":
            hours[who] = 3600.0 * what
            ledger.enter(0, (hours[who], 0.0, 0.0, 0.0))
        elif act == "die":
            # Killed, its locks end, and nothing else does; or it leaves as it should.
            ledger.close() if what else ledger._locks.close()
            ledgers[who] = _opened(path, hours[who])
        else:
            with ledger.listen() as heard:
                assert heard
        for hour, each in zip(hours, ledgers, strict=True):
            usage = each.usage("nord")
            assert (usage.this_hour, usage.today) == (sent.count(hour), len(sent))
        assert all(sent.count(hour) <= HOURLY for hour in sent)
        assert len(sent) <= DAILY
    last = ledgers[0]
    while _takes(last):
        sent.append(hours[0])
    assert sent.count(hours[0]) == HOURLY or len(sent) == DAILY or _held_elsewhere(ledgers, hours)
    for each in ledgers:
        each.close()


def _takes(ledger):
    allowed, counts = ledger.allowed(0, (HOURLY, DAILY, math.inf), math.inf, math.inf), ledger.counters[0]
    if not (counts[0] < allowed.caps[0] and counts[1] < allowed.caps[1]):
        return False
    counts += 1.0
    return True


def _held_elsewhere(ledgers, hours):
    """Whether somebody else who lives still holds what is missing."""
    return any((each._slot.held[0, :2] - each._mine(0)[:2]).max() >= 1.0 for each in ledgers[1:])


@pytest.mark.parametrize("seed", range(12))
def test_no_unit_is_granted_in_a_window_that_could_not_be_begun(tmp_path, monkeypatch, seed):
    """The host's lock is seldom to be had, now for this and now for that."""
    taken, chance, cap = Locks.take_within, random.Random(seed), 9
    workers = [router(tmp_path, cap_per_hour=cap) for _ in range(2)]

    def sometimes(self, place, patience):
        return not (place == HOST and chance.random() < 0.8) and taken(self, place, patience)

    monkeypatch.setattr(Locks, "take_within", sometimes)
    sent = sum(worker.route(CALL).destination == "nord" for _ in range(30) for worker in workers)
    monkeypatch.undo()
    sent += sum(worker.route(CALL).destination == "nord" for _ in range(10) for worker in workers)
    assert sent == workers[0].usage("nord").this_hour == cap
    for worker in workers:
        worker.ledger.close()


def test_as_places_come_free_few_decisions_look_for_one(tmp_path):
    own = router(tmp_path, capacity=1000)
    there, looks, allowed = deque(own.route(CALL) for _ in range(50)), [], own.ledger.allowed

    def looked(*arguments):
        looks.append(arguments)
        return allowed(*arguments)

    own.ledger.allowed = looked
    for _ in range(200):
        there.append(own.route(CALL))
        own.settle(there.popleft(), "answered", wait=0.0, handle=LENGTH)
    assert len(looks) <= 60
    assert {each.destination for each in there} == {"nord"}
    own.ledger.close()
