"""A contact is ended once by its token, in whichever process of the host, even if the decider was killed."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import stat
import threading
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute import Center, Contact, Router, SharedLedger
from bporoute.routing.ledger import _layout, _shared
from bporoute.routing.ledger._layout import OPEN_PLACES, slot_of
from bporoute.routing.ledger._locks import FIRST_CONTACT, KEEPER, Locks
from helpers.sharing import (
    BEGIN,
    CALL,
    LEASE,
    LENGTH,
    Host,
    center,
    counted_alone,
    divert_all,
    hand_out_tokens,
    router,
    settle_tokens,
    settle_until_killed,
)

PATIENCE = 60.0
TERMS: dict[str, object] = {"price_per_minute": 0.0, "price_per_contact": 3.0}
context = multiprocessing.get_context("spawn")


def _begun(target, *arguments):
    process = context.Process(target=target, args=arguments)
    process.start()
    return process


def _in_flight(host: Host) -> set[int]:
    return {each.usage("nord").in_flight for each in host.routers}


# --- several routers, each of which stands for a process --------------------------------------------------

acts = st.lists(
    st.tuples(
        st.integers(0, 2),  # who decides
        st.lists(st.integers(0, 2), min_size=0, max_size=3),  # who is told the end, one after another
        st.sampled_from(["answered", "abandoned", "failed"]),
        st.booleans(),  # the first of them now, or when all were decided
    ),
    min_size=1,
    max_size=20,
)


@given(acts=acts, step=st.floats(0.0, 30.0))
@settings(max_examples=25, deadline=None)
def test_whoever_has_the_token_ends_the_contact_once(tmp_path_factory, acts, step):
    host = Host(tmp_path_factory.mktemp("ledger"), 3, cap_per_day=1000)
    alone = counted_alone(host)
    later = []
    for who, told, outcome, at_once in acts:
        host.now += step
        decision, same = host.routers[who].route(CALL), alone.route(CALL)
        token = decision.token
        ends = [(each, token, outcome) for each in told]
        if told:
            if not at_once:
                later.append((ends, same))
                continue
            _end(host, alone, ends, same)
    for ends, same in later:
        _end(host, alone, ends, same)
    expected = alone.usage("nord")
    for each in host.routers:
        found = each.usage("nord")
        assert (found.today, found.in_flight, found.answered, found.failed, found.abandoned) == (
            expected.today, expected.in_flight, expected.answered, expected.failed, expected.abandoned,
        )  # fmt: skip
        assert found.spent == pytest.approx(expected.spent, rel=1e-9)
    refused = sum(each.status().refused_tokens.get("settled", 0) for each in host.routers)
    assert refused == sum(max(len(told) - 1, 0) for _, told, _, _ in acts)
    host.close()


def _end(host, alone, ends, same):
    owed = [host.routers[who].settle(token, outcome, wait=1.0, handle=LENGTH) for who, token, outcome in ends]
    assert owed == [alone.settle(same, ends[0][2], wait=1.0, handle=LENGTH), *[0.0] * (len(ends) - 1)]


def test_whoever_decided_settles_nothing_that_another_has_settled(tmp_path):
    host = Host(tmp_path, 2, **TERMS)
    one, other = host.routers
    decision = one.route(CALL)
    assert other.settle(decision.token, "answered", wait=0.0, handle=LENGTH) == 3.0
    assert one.settle(decision, "answered", wait=0.0, handle=LENGTH) == 0.0
    assert one.divert(decision) is None
    assert one.settle(decision.token, "answered", wait=0.0, handle=LENGTH) == 0.0
    assert _in_flight(host) == {0}
    assert [each.usage("nord").answered for each in host.routers] == [1, 1]
    host.close()


def test_a_lease_ends_a_contact_once_whoever_has_settled_it(tmp_path):
    host = Host(tmp_path, 2, **TERMS)
    one, other = host.routers
    decisions = [one.route(CALL) for _ in range(5)]
    tokens = [each.token for each in decisions]
    for token in tokens[:3]:
        other.settle(token, "answered", wait=0.0, handle=LENGTH)
    host.now += LEASE + 1.0
    for _ in range(600):  # pages are turned, and leases end then
        one.settle(one.route(CALL), "answered", wait=0.0, handle=LENGTH)
    assert _in_flight(host) == {0}
    assert other.settle(tokens[3], "answered") == 0.0
    assert other.status().refused_tokens == {"expired": 1}
    assert one.settle(decisions[0], "answered") == 0.0
    assert _in_flight(host) == {0}
    host.close()


def test_what_is_no_token_of_the_folder_changes_nothing_and_is_counted(tmp_path):
    host, elsewhere = Host(tmp_path / "one", 2, **TERMS), Host(tmp_path / "other", 1, **TERMS)
    one, other = host.routers
    token = one.route(CALL).token
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    for wrong in (forged, elsewhere.routers[0].route(CALL).token, "nord", token[:40]):
        assert other.settle(wrong, "answered", wait=0.0, handle=LENGTH) == 0.0
        assert other.divert(wrong) is None
    host.now += LEASE + 1.0
    assert other.settle(token, "answered", wait=0.0, handle=LENGTH) == 0.0
    found = other.status().refused_tokens
    assert (found["forged"], found["foreign"], found["unreadable"], found["expired"]) == (2, 2, 4, 1)
    assert (other.usage("nord").answered, elsewhere.routers[0].usage("nord").in_flight) == (0, 1)
    host.close()
    elsewhere.close()


def test_the_key_is_kept_and_private(tmp_path):
    host = Host(tmp_path, 1, **TERMS)
    own = host.routers[0]
    host.close()
    again = host.begun()
    assert again.ledger.key == own.ledger.key
    for name in ("key", "names"):
        again.route(CALL).token  # noqa: B018
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    again.ledger.close()


def test_another_process_diverts_by_the_token_and_both_are_counted_for_all(tmp_path):
    host = Host(tmp_path, 2, vendors=("nord", "syd"), cap_per_hour=4)
    one, other = host.routers
    first = one.route(Contact("call", id="call-7"))
    second = other.divert(first.token, failed="503")
    assert (first.destination, second.destination) == ("nord", "syd")
    assert second.left_out == {"nord": "it failed to take it: 503"}
    assert one.divert(first.token) is None
    assert one.divert(first) is None
    for each in host.routers:
        usage = [each.usage(name) for name in ("nord", "syd")]
        assert [found.this_hour for found in usage] == [0, 1]
        assert [found.in_flight for found in usage] == [0, 1]
        assert usage[0].failed == 1
    assert one.settle(second.token, "answered", wait=0.0, handle=60.0) == 1.0
    assert _in_flight(host) == {0}
    host.close()


def test_a_kind_that_one_has_met_another_knows(tmp_path):
    made = center(vendors=("nord", "syd"))
    host = [Router(made, "QueueLength(0)", ledger=SharedLedger(tmp_path), compile=False) for _ in range(2)]
    contact = Contact("call", country="FI", value_class="gold")
    first = host[0].route(contact)
    second = host[1].divert(first.token)
    assert (first.destination, second.destination) == ("nord", "syd")
    assert (second.contact.country, second.contact.value_class) == ("FI", "gold")
    for each in host:
        each.ledger.close()


def test_a_place_at_a_vendor_is_free_for_all_once_another_has_ended_its_contact(tmp_path):
    host = Host(tmp_path, 2, capacity=2, **TERMS)
    one, other = host.routers
    for _ in range(20):
        decisions = [one.route(CALL) for _ in range(2)]
        out = [each for each in decisions if each.destination == "nord"]
        assert len(out) == 2
        assert other.route(CALL).destination == "desk"
        for each in out:
            assert other.settle(each.token, "answered", wait=0.0, handle=LENGTH) == 3.0
        other.ledger.rest()
        host.now += 1.5
    host.close()


def test_how_well_a_vendor_serves_is_known_to_all(tmp_path):
    host = Host(tmp_path, 3, **TERMS)
    alone = counted_alone(host)
    for turn in range(12):
        decision, same = host.routers[turn % 3].route(CALL), alone.route(CALL)
        who = host.routers[0]
        who.settle(decision.token, "answered", wait=0.0, handle=LENGTH)
        who.judge(decision.token, resolved=turn % 4 == 0, satisfaction=0.1 * (turn % 10))
        alone.settle(same, "answered", wait=0.0, handle=LENGTH)
        alone.judge(same, resolved=turn % 4 == 0, satisfaction=0.1 * (turn % 10))

    def quality(own):
        own.status()
        return own._tables.offers.watch.known[0].quality

    assert all(quality(each) == quality(alone) for each in host.routers)
    assert quality(alone) != quality(counted_alone(host))
    host.close()


def test_a_contact_that_was_kept_is_ended_by_another_for_whoever_kept_it(tmp_path):
    from bporoute import ContactType, Queue

    kept = Center(
        queues={"desk": Queue(aht=LENGTH)}, contact_types={"call": ContactType(queue="desk")}, vendors={}
    )
    now = [BEGIN]
    one, other = (
        Router(kept, ledger=SharedLedger(tmp_path), clock=lambda: now[0], compile=False) for _ in range(2)
    )
    one.state["desk"].update(agents=9, busy=0, waiting=0)
    tokens = [one.route(CALL).token for _ in range(4)]
    assert one.route(CALL).present == 4.0
    for token in tokens[:3]:
        assert other.settle(token, "answered", wait=0.0, handle=50.0) == 0.0
        assert one.settle(token, "answered", wait=0.0, handle=50.0) == 0.0
    one.status()
    now[0] += 1.5
    assert one.preview(CALL).present == 2.0
    assert one.status().refused_tokens == {"settled": 3}
    assert other.status().refused_tokens == {}
    assert one._tables.queues.watches[0].learned("call").aht != LENGTH
    for each in (one, other):
        each.ledger.close()


def _lock_of(host: Host, token: str) -> tuple[Locks, int]:
    """The locks as another process sees them, and the place of the contact of a token there."""
    told = host.routers[0].ledger.seal.read(token)
    return Locks(host.path / "locks"), FIRST_CONTACT + slot_of(told.number) * OPEN_PLACES + told.place


@pytest.mark.parametrize("by", ["token", "decision"])
def test_who_is_stopped_while_he_ends_a_contact_loses_nobodys_outcome(tmp_path, by):
    host = Host(tmp_path, 2, **TERMS)
    one, other = host.routers
    decision = one.route(CALL)
    stopped, place = _lock_of(host, decision.token)
    assert stopped.take(place)
    own, what = (one, decision) if by == "decision" else (other, decision.token)
    assert own.settle(what, "answered", wait=0.0, handle=LENGTH) == 0.0
    assert own.divert(what, failed="503") is None
    assert own.status().refused_tokens == {"busy": 2}
    stopped.close()
    assert own.settle(what, "answered", wait=0.0, handle=LENGTH) == 3.0
    assert _in_flight(host) == {0}
    host.close()


def test_no_contact_is_held_while_room_is_made_for_its_outcome(tmp_path, monkeypatch):
    monkeypatch.setattr(_layout, "OUTCOMES", 8)
    monkeypatch.setattr(_shared, "KEEP_PATIENCE", 0.0)
    host = Host(tmp_path, 3, **TERMS)
    one, other, decider = host.routers
    keeper = Locks(tmp_path / "locks")
    assert keeper.take(KEEPER)  # whoever keeps the accounts is stopped
    tokens = [decider.route(CALL).token for _ in range(8)]
    assert [one.settle(token, "answered", wait=0.0, handle=LENGTH) for token in tokens[:7]] == [3.0] * 7
    asked = []

    def end_it_meanwhile(*_):
        asked.append(other.settle(tokens[7], "answered", wait=0.0, handle=LENGTH))
        return False

    monkeypatch.setattr(one.ledger._keeper, "keep_now", end_it_meanwhile)
    assert one.settle(tokens[7], "answered", wait=0.0, handle=LENGTH) == 0.0
    assert asked[0] == 3.0
    assert one.status().refused_tokens == {"settled": 1}
    assert [each.usage("nord").answered for each in host.routers] == [8, 8, 8]
    assert _in_flight(host) == {0}
    host.close()


@pytest.mark.parametrize("who", ["another thread", "a signal handler"])
def test_a_token_asked_for_while_its_contact_is_ended_ends_it_no_second_time(tmp_path, monkeypatch, who):
    host = Host(tmp_path, 2, **TERMS)
    one, other = host.routers
    decision, write, tokens = one.route(CALL), one.ledger.write_outcome, []
    asker = threading.Thread(target=lambda: tokens.append(decision.token))

    def asked_for_meanwhile(booked):
        if who == "another thread":
            asker.start()
            asker.join(0.2)  # it waits for the end
        else:
            tokens.append(decision.token)
        return write(booked)

    monkeypatch.setattr(one.ledger, "write_outcome", asked_for_meanwhile)
    assert one.settle(decision, "answered", wait=0.0, handle=LENGTH) == 3.0
    if who == "another thread":
        asker.join()
    for each in (other, one):
        assert each.settle(tokens[0], "answered", wait=0.0, handle=LENGTH) == 0.0
    assert [each.usage("nord").answered for each in host.routers] == [1, 1]
    assert _in_flight(host) == {0}
    monkeypatch.setattr(one.ledger, "write_outcome", write)
    token = one.route(CALL).token
    assert other.settle(token, "answered", wait=0.0, handle=LENGTH) == 3.0
    host.close()


def test_who_has_left_the_ledger_gives_tokens_that_are_good_for_himself(tmp_path):
    host = Host(tmp_path, 2)
    one, other = host.routers
    theirs, before = other.route(CALL).token, one.route(CALL).token
    one.ledger.close()
    decision = one.route(CALL)
    assert one.settle(decision.token, "answered", wait=0.0, handle=60.0) == 1.0
    assert one.settle(decision, "answered", wait=0.0, handle=60.0) == 0.0
    assert [one.settle(token, "answered", wait=0.0, handle=60.0) for token in (theirs, before)] == [0.0, 0.0]
    assert one.status().refused_tokens == {"busy": 2}
    assert [other.settle(token, "answered", wait=0.0, handle=60.0) for token in (theirs, before)] == [
        1.0,
        1.0,
    ]
    other.ledger.close()


# --- processes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("killed", [False, True], ids=["ended", "killed"])
def test_tokens_are_good_after_whoever_decided_is_gone(tmp_path, killed):
    told, owed, go_on = context.Queue(), context.Queue(), context.Event()
    decider = _begun(hand_out_tokens, tmp_path, TERMS, 30, told, go_on)
    tokens = told.get(timeout=PATIENCE)
    assert len(set(tokens)) == 30
    if killed:
        os.kill(decider.pid, signal.SIGKILL)
    else:  # nobody is left to be woken by it
        go_on.set()
    decider.join()
    settlers = [_begun(settle_tokens, tmp_path, TERMS, tokens, "answered", owed) for _ in range(2)]
    results = [owed.get(timeout=PATIENCE) for _ in settlers]
    for process in settlers:
        process.join()
    each = [first + second for first, second in zip(*(money for money, _ in results), strict=True)]
    assert each == [3.0] * 30
    assert sum(refused.get("settled", 0) for _, refused in results) == 30
    late = router(tmp_path, **TERMS)
    usage = late.usage("nord")
    assert (usage.answered, usage.in_flight, usage.spent) == (30, 0, 90.0)
    assert late.invoice("nord").total == 90.0
    assert [late.settle(token, "answered") for token in tokens] == [0.0] * 30
    late.ledger.close()


def test_settlers_that_are_killed_settle_each_contact_once(tmp_path):
    path, truth, chance = tmp_path / "ledger", tmp_path / "truth", random.Random(11)
    truth.touch()
    own = router(path, **TERMS)
    tokens = [own.route(CALL).token for _ in range(3000)]
    kills = 0
    while truth.stat().st_size < 2500 and kills < 8:
        before = truth.stat().st_size
        processes = [
            _begun(settle_until_killed, path, TERMS, chance.sample(tokens, len(tokens)), truth)
            for _ in range(2)
        ]
        until = time.monotonic() + PATIENCE
        while truth.stat().st_size < before + 100 and time.monotonic() < until:
            time.sleep(chance.uniform(0.001, 0.01))
        for process in processes:
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            kills += 1
    written = truth.stat().st_size
    money = [own.settle(token, "answered", wait=0.0, handle=LENGTH) for token in tokens]
    settled = written + Counter(money)[3.0]
    assert 3000 - kills <= settled <= 3000  # told, and killed before it was noted
    usage = own.usage("nord")
    assert (usage.answered, usage.spent) == (3000, 9000.0)
    assert 0 <= usage.in_flight <= kills
    own.ledger.close()


def test_a_vendor_that_always_fails_is_tried_by_all_together_as_by_one(tmp_path):
    tried, begin, terms = context.Queue(), context.Barrier(4), {"vendors": ("nord", "syd"), **TERMS}
    processes = [_begun(divert_all, tmp_path, terms, 250, begin, tried) for _ in range(4)]
    results = [tried.get(timeout=PATIENCE) for _ in processes]
    for process in processes:
        process.join()
    late = router(tmp_path, **terms)
    nord, syd = (late.usage(name) for name in ("nord", "syd"))
    assert sum(there for there, _ in results) == nord.failed <= 30
    assert Counter(end for _, ends in results for end in ends) == {"syd": 1000}
    assert (syd.answered, syd.in_flight, nord.in_flight) == (1000, 0, 0)
    late.ledger.close()


def test_the_first_that_a_child_is_told_may_be_the_end_of_anybodys_contact(tmp_path):
    host = Host(tmp_path, 2, **TERMS)
    one = host.routers[0]
    tokens, fork = [each.route(CALL).token for each in host.routers], multiprocessing.get_context("fork")
    owed = fork.Queue()

    def settle_there():
        owed.put([one.settle(token, "answered", wait=0.0, handle=LENGTH) for token in tokens[::-1]])
        one.ledger.close()

    child = fork.Process(target=settle_there)
    child.start()
    assert owed.get(timeout=PATIENCE) == [3.0, 3.0]
    child.join()
    assert [each.usage("nord").answered for each in host.routers] == [2, 2]
    assert _in_flight(host) == {0}
    host.close()


def test_a_child_ends_what_its_parent_sent_by_its_token_only(tmp_path):
    own = router(tmp_path, **TERMS)
    decisions = [own.route(CALL) for _ in range(3)]
    token, fork = decisions[0].token, multiprocessing.get_context("fork")
    owed = fork.Queue()

    def settle_there():
        own.route(CALL)
        owed.put([
            own.settle(token, "answered", wait=0.0, handle=LENGTH),
            own.settle(decisions[1], "answered", wait=0.0, handle=LENGTH),
        ])  # fmt: skip
        own.ledger.close()

    child = fork.Process(target=settle_there)
    child.start()
    assert owed.get(timeout=PATIENCE) == [3.0, 0.0]
    child.join()
    assert [own.settle(each, "answered", wait=0.0, handle=LENGTH) for each in decisions] == [0.0, 3.0, 3.0]
    usage = own.usage("nord")
    assert (usage.answered, usage.in_flight, usage.today) == (3, 1, 4)
    own.ledger.close()
