"""What processes that share a ledger do to each other at bad moments."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading

import pytest

from bporoute import Contact, InputError
from bporoute.routing.ledger import _layout, _marks_shared, _shared
from bporoute.routing.ledger._locks import KEEPER, Locks
from bporoute.routing.ledger._take_back import TakeBack
from helpers.sharing import CALL, LEASE, LENGTH, Host, router

FORK = multiprocessing.get_context("fork")


def _sent(worker, contacts):
    return [
        decision
        for decision in (worker.route(CALL) for _ in range(contacts))
        if decision.destination == "nord"
    ]


def test_a_feed_that_lags_lets_nobody_in_where_others_have_filled_a_vendor(tmp_path):
    host = Host(tmp_path, 2, capacity=5)
    one, other = host.routers
    there = _sent(one, 30)
    host.now += 1.0
    other.vendors["nord"].update(in_flight=0, at=host.now - 2.0)
    assert (len(there), _sent(other, 30)) == (5, [])
    for decision in there:
        one.settle(decision, "answered", wait=0.0, handle=LENGTH)
    host.now += 1.5
    assert sum(len(_sent(each, 10)) for each in (other, one) * 5) == 5
    host.close()


def _killed_while_a_failure_is_told(folder, token, terms):
    apply = TakeBack.apply

    def and_killed(back):
        apply(back)
        os.kill(os.getpid(), signal.SIGKILL)

    TakeBack.apply = and_killed
    router(folder, **terms).settle(token, "failed")


def test_who_is_killed_while_a_failure_is_told_has_not_left_it_to_be_told_again(tmp_path):
    terms = {"cap_per_day": 5, "cap_per_hour": 5}
    host = Host(tmp_path, 1, **terms)
    (worker,) = host.routers
    token, *_ = (decision.token for decision in _sent(worker, 12))
    process = FORK.Process(target=_killed_while_a_failure_is_told, args=(tmp_path, token, terms))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    host.now += 1.5
    assert worker.settle(token, "answered", wait=0.0, handle=LENGTH) == 0.0
    assert (worker.usage("nord").today, worker.usage("nord").answered) == (4, 0)
    assert len(_sent(worker, 10)) == 1
    host.close()


def test_contacts_of_two_that_had_one_slot_and_were_killed_are_gone_after_a_lease(tmp_path):
    host = Host(tmp_path, 1, capacity=20)
    (other,) = host.routers
    slots = []
    for _ in range(2):
        unlucky = host.begun()
        slots.append(unlucky.ledger.slot)
        assert len(_sent(unlucky, 3)) == 3
        unlucky.ledger._locks.close()  # as the end of its process does
        host.now += 20.0
        other.preview(CALL)
    last = host.begun()
    assert {last.ledger.slot, *slots} == {slots[0]}
    for _ in range(3):
        host.now += LEASE + 1.0
        for each in (other, last):
            each.preview(CALL)
    assert other.usage("nord").in_flight == 0
    host.close()


def test_what_is_told_after_the_clock_was_set_back_is_told_to_all(tmp_path):
    host = Host(tmp_path, 2, vendors=("nord", "syd"), capacity=9)
    one, other = host.routers
    one.vendors["nord"].update(up=True)
    other.preview(CALL)
    host.now -= 3600.0
    for each in host.routers:
        each.preview(CALL)
    one.vendors["nord"].update(up=False)
    assert [each.preview(CALL).destination for each in host.routers] == ["syd", "syd"]
    host.close()


def test_the_hosts_lock_is_one_threads(tmp_path):
    host = Host(tmp_path, 1, cap_per_day=100)
    (worker,) = host.routers
    ledger, asked = worker.ledger, threading.Event()

    def ask():
        worker.ledger.usage("nord")
        asked.set()

    other = threading.Thread(target=ask)
    with ledger.own_lock, ledger._holding(1.0) as held:
        assert held
        other.start()
        assert not asked.wait(0.2)
    other.join()
    assert asked.is_set()
    assert not ledger._locks._held
    host.close()


def test_a_name_is_noted_by_the_first_who_uses_it(tmp_path):
    for _ in range(3):
        worker = router(tmp_path)
        assert worker.route(CALL).token
        worker.ledger.close()
    lines = (tmp_path / "names").read_bytes().split()
    assert len(lines) == len(set(lines)) > 0


def test_a_full_file_of_names_is_said_once_and_names_go_on_for_a_while(tmp_path, monkeypatch, caplog):
    host = Host(tmp_path, 2)
    one, other = host.routers
    first = one.route(CALL).token
    monkeypatch.setattr(_marks_shared, "MOST_BYTES", (tmp_path / "names").stat().st_size)
    told = {"language": "sv"}, {"country": "FI"}, {"country": "SE"}
    tokens = [one.route(Contact("call", **each)).token for each in told]
    assert [other.settle(token, "answered", wait=0.0, handle=60.0) for token in (first, *tokens)] == [1.0] * 4
    said = [each.message for each in caplog.records if "not known to other processes" in each.message]
    assert len(said) == 1
    assert f"ledger {tmp_path / 'names'}: has" in said[0]
    assert "bytes: kinds of contacts that are new" in said[0]
    host.close()


def test_a_folder_that_everybody_may_write_to_is_refused(tmp_path):
    folder = tmp_path / "ledger"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(InputError, match=r"everybody may write to, mode 777; expected .*: chmod o-w"):
        Host(folder, 1)
    assert list(folder.iterdir()) == []
    folder.chmod(0o775)
    Host(folder, 1).close()


def test_a_keeper_that_was_stopped_holds_nobody_up_more_than_once(tmp_path, monkeypatch):
    monkeypatch.setattr(_layout, "OUTCOMES", 8)
    monkeypatch.setattr(_shared, "KEEP_PATIENCE", 0.1)
    host = Host(tmp_path, 2)
    one, other = host.routers
    stopped = Locks(tmp_path / "locks")
    assert stopped.take(KEEPER)
    one.settle(one.route(CALL), "answered", wait=0.0, handle=60.0)
    asked, keep_now = [], one.ledger._keeper.keep_now
    monkeypatch.setattr(one.ledger._keeper, "keep_now", lambda keep: asked.append(1) or keep_now(keep))
    for _ in range(40):
        one.settle(one.route(CALL), "answered", wait=0.0, handle=60.0)
        other.status()
    assert len(asked) <= 100  # it is tried, and waited for once
    assert one.ledger.told[0] - one.ledger._segment.host["kept"][0, one.ledger.slot] == 41
    stopped.close()
    one.settle(one.route(CALL), "answered", wait=0.0, handle=60.0)
    assert one.ledger.told[0] - one.ledger._segment.host["kept"][0, one.ledger.slot] <= 1
    assert [each.usage("nord").answered for each in host.routers] == [42, 42]
    host.close()
    late = host.begun()
    assert late.usage("nord").answered == 42
    late.ledger.close()
