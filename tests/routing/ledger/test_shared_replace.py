"""Another center takes its place in one process of a host, then in the others: nothing is lost or doubled."""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
from contextlib import suppress

import msgspec
import pytest

from bporoute import ContactType, InputError, Queue, Router, SharedLedger, Tier
from bporoute.routing.ledger import _layout
from bporoute.routing.ledger._accounts import load
from helpers.interrupts import Interrupted, interrupted
from helpers.sharing import BEGIN, CALL, LENGTH, Host, center, counted_alone, route_and_replace

PATIENCE = 60.0
LINES = int(os.environ.get("INTERRUPT_LINES", "6"))
FLAT: dict[str, object] = {"price_per_minute": 0.0, "price_per_contact": 3.0}
TIERS = (Tier(above=0, up_to=6, price_per_contact=4.0), Tier(above=6, price_per_contact=2.0))
TIERED: dict[str, object] = {"price_per_minute": 0.0, "tiers": TIERS}


def _sent(own: Router, contacts: int) -> int:
    return sum(own.route(CALL).destination == "nord" for _ in range(contacts))


def _ended(own: Router, contacts: int) -> float:
    return sum(own.settle(own.route(CALL), "answered", wait=0.0, handle=LENGTH) for _ in range(contacts))


def test_what_contacts_come_to_goes_on_by_the_new_terms_in_every_process(tmp_path):
    host = Host(tmp_path, 2, **FLAT)
    one, other = host.routers
    alone = counted_alone(host)
    assert [_ended(each, 4) for each in (one, other)] == [12.0, 12.0]
    assert _ended(alone, 8) == 24.0
    for each in (one, alone):
        each.replace(center(**TIERED))
    assert _ended(other, 2) == 6.0  # by the terms that it has still
    host.now += 1.5
    one.route(CALL)
    other.replace(center(**TIERED))
    host.now += 1.5
    _ended(alone, 2)
    assert [_ended(each, 1) for each in (one, other)] == [2.0, 2.0]
    assert _ended(alone, 2) == 4.0
    for each in host.routers:
        usage, expected = each.usage("nord"), alone.usage("nord")
        assert (usage.answered, usage.today) == (12, 13)
        assert each.bill("nord").tier_contacts == alone.bill("nord").tier_contacts == (6.0, 6.0)
        assert each.invoice("nord").total == pytest.approx(alone.invoice("nord").total)
        assert usage.spent == pytest.approx(34.0)
        assert expected.answered == 12
    host.close()


@pytest.mark.parametrize("later", [45, 20], ids=["more", "less"])
@pytest.mark.parametrize("limit", ["cap_per_day", "capacity"])
def test_a_limit_that_is_another_is_one_for_all(tmp_path, limit, later):
    host = Host(tmp_path, 3, **{limit: 30})
    sent = sum(_sent(each, 5) for each in host.routers)
    assert sent == 15
    for each in host.routers:
        each.replace(center(**{limit: later}))
        sent += _sent(each, 3)
    for _ in range(40):
        host.now += 1.5
        sent += sum(_sent(each, 1) for each in host.routers)
    assert sent == later
    host.close()


@pytest.mark.parametrize("interrupted_last", [False, True])
def test_the_accounts_are_kept_on_after_it(tmp_path, monkeypatch, interrupted_last):
    host = Host(tmp_path, 2, **FLAT)
    one, other = host.routers
    _ended(one, 3)
    with monkeypatch.context() as patched:
        if interrupted_last:
            patched.setattr(one.ledger, "keep_by", lambda keep: None)
        one.replace(center(**TIERED))
    gc.collect()
    _ended(one, 2)
    _ended(other, 2)
    host.now += 1.5
    one.status()
    one.ledger._keeper.keep_now(one._tables.keep)
    kept = load(tmp_path / "accounts.json", ("nord",))
    assert kept is not None
    assert kept.totals[0].answered == 7
    assert one.ledger._keeper._keep() == one._tables.keep
    host.close()


def test_terms_of_before_are_counted_on_by_whoever_begins_later(tmp_path):
    host = Host(tmp_path, 1, **FLAT)
    _ended(host.routers[0], 8)
    host.close()
    host.terms = TIERED
    late = host.begun()
    assert late.bill("nord").tier_contacts == (6.0, 2.0)
    assert late.bill("nord").handled == 8.0
    assert _ended(late, 1) == 2.0
    late.ledger.close()


def _learned(own: Router):
    own.status()
    tables = own._tables
    return tables.offers.watch.known[tables.vendor_numbers["nord"]].quality


def _ordered(*vendors: str, types: tuple[str, ...] = ("call",)):
    made = center(vendors=vendors, **FLAT)
    queues = {"other": Queue(aht=60.0), **made.queues}
    kinds = {name: ContactType(queue="desk", sourcing="full") for name in types}
    named = {
        name: msgspec.structs.replace(vendor, contact_types=types) for name, vendor in made.vendors.items()
    }
    if vendors[0] == "syd":
        queues = dict(reversed(queues.items()))
    return msgspec.structs.replace(made, queues=queues, contact_types=kinds, vendors=named)


def test_processes_whose_centers_name_the_same_in_another_order_count_as_one(tmp_path):
    now = [BEGIN]

    def begun(made):
        ledger = SharedLedger(tmp_path)
        return Router(made, "QueueLength(0)", ledger=ledger, clock=lambda: now[0], compile=False)

    one, other = begun(_ordered("nord", "syd")), begun(_ordered("nord", "syd"))
    other.replace(_ordered("syd", "nord", types=("mail", "call")))
    late = begun(_ordered("syd", "nord", types=("chat", "mail", "call")))
    routers = one, other, late
    first = one.route(CALL, exclude=("syd",))
    assert first.destination == "nord"
    assert late.settle(first.token, "answered", wait=0.0, handle=40.0) == 3.0
    assert other.settle(other.route(CALL, exclude=("nord",)), "answered", wait=0.0, handle=80.0) == 3.0
    one.judge(first, resolved=False)
    late.vendors["syd"].update(up=False)
    other.state["other"].update(agents=7, busy=0, waiting=0)
    now[0] += 1.5
    for each in routers:
        assert each.route(CALL).destination == "nord"
        assert not each.vendors["syd"].state.up
        assert each.state["other"].state.agents == 7.0
        assert each.state["desk"].state is None
        usage = [each.usage(name) for name in ("nord", "syd")]
        assert [found.answered for found in usage] == [1, 1]
        assert [found.handled for found in usage] == [40.0, 80.0]
        assert [each.bill(name).handle_seconds for name in ("nord", "syd")] == [40.0, 80.0]
    learned = [_learned(each) for each in routers]
    assert learned[0] == learned[1] == learned[2]
    assert learned[0].resolution.count == 1.0
    assert [each.usage("nord").in_flight for each in routers] == [3, 3, 3]
    for each in routers:
        each.ledger.close()


def test_other_vendors_are_refused_by_name_and_the_old_center_goes_on(tmp_path):
    host = Host(tmp_path, 2, cap_per_day=9)
    one, other = host.routers
    with pytest.raises(InputError, match=r"found vendors \('nord', 'ost'\); expected \('nord',\), in any"):
        one.replace(center(vendors=("nord", "ost")))
    assert tuple(one.center.vendors) == ("nord",)
    for _ in range(12):
        host.now += 1.5
        for each in host.routers:
            each.route(CALL)
    assert [each.usage("nord").today for each in host.routers] == [9, 9]
    assert one.route(CALL).destination == "desk"
    assert other.route(CALL).destination == "desk"
    host.close()


def test_interrupted_at_any_line_no_cap_is_exceeded_and_no_unit_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(_layout, "SLOTS", 4)
    before, after = 20, 14
    chance = random.Random(5)
    tried = [0]
    while tried:
        at = tried.pop()
        host = Host(tmp_path / str(at), 2, cap_per_day=before)
        one, other = host.routers
        sent = _sent(one, 4) + _sent(other, 2)
        with suppress(Interrupted), interrupted(at) as lines:
            one.replace(center(cap_per_day=after))
        replaced = one.center.vendors["nord"].contract.cap_per_day == after
        assert one._tables.center is one.center
        assert one._tables.current
        if not at:
            tried = sorted(chance.sample(range(1, lines[0] + 1), LINES))
        other.replace(center(cap_per_day=after))
        for _ in range(12):
            host.now += 1.5
            sent += _sent(one, 1) + _sent(other, 1)
        if not replaced:
            assert after <= sent <= before, at
            one.replace(center(cap_per_day=after))
            assert _sent(one, 3) == 0 or sent < after, at
        else:
            assert sent == after, at
        assert {each.usage("nord").today for each in host.routers} == {sent}, at
        host.close()


def test_processes_that_change_over_one_by_one_send_as_many_as_the_cap_says(tmp_path):
    context = multiprocessing.get_context("spawn")
    sent, begin = context.Queue(), context.Barrier(3)
    caps = [300, 450]
    processes = [
        context.Process(target=route_and_replace, args=(tmp_path, caps, 100 + 60 * number, 600, begin, sent))
        for number in range(3)
    ]
    for process in processes:
        process.start()
    found = [sent.get(timeout=PATIENCE) for _ in processes]
    for process in processes:
        process.join()
    assert sum(found) == 450
