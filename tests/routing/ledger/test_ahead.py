"""What a settled contact does beside, so that the next one that comes does not wait for it."""

from __future__ import annotations

import pytest

from bporoute._kernels.routing import columns
from helpers.sharing import CALL, LENGTH, Host


def _settled(worker, decision, outcome="answered"):
    return worker.settle(decision, outcome, wait=0.0, handle=LENGTH)


def _listens(monkeypatch, worker):
    """How often a worker listens to the others, from now on."""
    heard, hear = [], worker._tables.vendors.hear
    monkeypatch.setattr(worker._tables.vendors, "hear", lambda: heard.append(1) or hear())
    return heard


@pytest.mark.parametrize("by", ["decision", "token"])
def test_who_settles_a_contact_knows_of_the_others_before_the_next_one_comes(tmp_path, monkeypatch, by):
    host = Host(tmp_path, 2)
    one, other = host.routers
    first, second = one.route(CALL), one.route(CALL)
    other.state["desk"].update(agents=7, busy=3, waiting=0)
    assert one.ledger.board_word[0] != one.ledger.board_heard
    _settled(one, first if by == "decision" else first.token)
    assert one.ledger.board_word[0] == one.ledger.board_heard
    assert one.state["desk"].state.agents == 7
    heard = _listens(monkeypatch, one)
    _settled(other, other.route(CALL), "failed")  # which all are told of at once
    assert one.ledger.has_news()
    _settled(one, second if by == "decision" else second.token)
    assert (len(heard), one.ledger.has_news()) == (1, False)
    assert one.usage("nord").failed == 1
    host.close()


def test_others_are_listened_to_a_little_early_and_once(tmp_path, monkeypatch):
    host = Host(tmp_path, 2)
    one, other = host.routers
    sent = [one.route(CALL) for _ in range(8)]
    until = one._tables.arrays.until
    heard = _listens(monkeypatch, one)
    _settled(other, other.route(CALL))
    host.now = until - 0.3
    _settled(one, sent[0])
    assert heard == []
    host.now = until - 0.2
    for decision in sent[1:]:
        _settled(one, decision)
    assert heard == [1]
    assert one._tables.arrays.until == host.now + 1.0
    assert one.ledger.totals[0].answered == 9.0  # the other's, too
    host.close()


def test_a_page_that_is_nearly_full_is_turned_beside(tmp_path):
    host = Host(tmp_path, 2)
    one, _ = host.routers
    numbers = set()
    for _ in range(600):
        decision = one.route(CALL)
        numbers.add(decision.id)
        page = one._tables.pages.routed
        nearly = page.lines >= 16 and 16 * page.used >= 15 * page.lines and not page.full
        _settled(one, decision)
        assert (one._tables.pages.routed is not page) == nearly
    assert len(numbers) == 600
    assert one.usage("nord").answered == 600
    host.close()


def test_rules_that_outcomes_have_moved_are_solved_before_somebody_waits(tmp_path):
    host = Host(tmp_path, 2)
    one, _ = host.routers
    one.state["desk"].update(agents=3, busy=0, waiting=0)
    row, ready = one._tables.queues.rows[0], []
    for _ in range(80):  # the price is looked at anew each 32
        decision = one.route(CALL)
        one._tables.queues.touch_all()
        one._tables._touched = True
        _settled(one, decision)
        ready.append(one._tables.arrays.queues[row.number, columns.QUEUE_READY])
    assert ready == [1.0] * 80
    host.close()


def test_who_has_no_place_left_does_not_ask_at_each_contact_and_learns_of_one_at_once(tmp_path, monkeypatch):
    host = Host(tmp_path, 2, capacity=4)
    one, other = host.routers
    sent = [(each, each.route(CALL)) for each in (one, other) * 8]
    there = [(each, decision) for each, decision in sent if decision.destination == "nord"]
    assert len(there) == 4
    for each in (one, other):
        each.route(CALL)
    heard = _listens(monkeypatch, one)
    assert {one.route(CALL).destination for _ in range(50)} == {"desk"}
    assert heard == []
    _settled(*next(pair for pair in there if pair[0] is other))
    assert one.route(CALL).destination == "nord"
    assert one.route(CALL).destination == "desk"
    host.close()


def test_who_only_ends_contacts_takes_nothing_that_whoever_sends_them_needs(tmp_path):
    host = Host(tmp_path, 2, capacity=100)
    ends, sends = host.routers
    sent = [sends.route(CALL) for _ in range(100)]
    for token in [decision.token for decision in sent if decision.destination == "nord"]:
        _settled(ends, token)
    there = 0
    for _ in range(4):
        host.now += 0.3
        there += [sends.route(CALL).destination for _ in range(10)].count("nord")
    assert there >= 31  # it holds what it took when outcomes were due to be looked at
    host.close()


def test_who_needs_something_takes_it_with_the_next_contact(tmp_path):
    host = Host(tmp_path, 2, cap_minutes_per_day=200)
    one, other = host.routers
    sent = [one.route(CALL) for _ in range(4)]
    for decision in sent:
        host.now += 0.8  # each is settled after others have been listened to ahead
        _settled(one, decision)
        assert one.route(CALL).destination == "nord"
        assert not one.ledger.ahead
    assert other.route(CALL).destination == "nord"
    host.close()
