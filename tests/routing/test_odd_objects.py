"""Objects that cannot be asked for their class, decisions that are copied, changed or forged."""

from __future__ import annotations

import copy
import pickle
import weakref
from typing import Any

import msgspec
import pytest

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    Decision,
    InputError,
    Queue,
    QueueLength,
    QueueState,
    Router,
    Snapshot,
    Vendor,
    audit,
)

BUSY = Snapshot(service=QueueState(agents=4, busy=4, waiting=9))


class Gone:
    """What a proxy stood for."""


def dead() -> Any:
    gone = Gone()
    return weakref.proxy(gone)


def center(**names: float) -> Center:
    each = {"country": "EE", "timezone": "Europe/Tallinn", "contact_types": ("service",)}
    vendors = {
        name: Vendor(contract=Contract(price_per_contact=price), **each) for name, price in names.items()
    }
    return Center(
        queues={"service": Queue(aht=240)},
        contact_types={"service": ContactType(queue="service")},
        vendors=vendors,
    )


@pytest.fixture
def router() -> Router:
    return Router(center(nord=2.0, syd=3.0), QueueLength(1), clock=lambda: 1795428000.0, compile=False)


CONTACTS = {
    "contact": dead,
    "type": lambda: Contact(dead()),
    "language": lambda: Contact("service", language=dead()),
    "data": lambda: Contact("service", data=dead()),
    "one of data": lambda: Contact("service", data=(dead(),)),
    "id": lambda: Contact("service", id=dead()),
    "due": lambda: Contact("service", due=dead()),
}


@pytest.mark.parametrize("made", CONTACTS.values(), ids=CONTACTS.keys())
def test_a_contact_that_is_gone_is_decided_and_said(router: Router, made: Any) -> None:
    decision = router.route(made(), BUSY)
    assert "that cannot be shown" in decision.degraded
    assert decision.explain()
    assert repr(decision)
    assert msgspec.json.encode(decision.to_dict())


SNAPSHOTS = {
    "snapshot": dead,
    "state": lambda: Snapshot(service=dead()),
    "agents": lambda: Snapshot(service=QueueState(agents=dead())),
}


@pytest.mark.parametrize("made", SNAPSHOTS.values(), ids=SNAPSHOTS.keys())
def test_a_snapshot_that_is_gone_is_decided_and_said(router: Router, made: Any) -> None:
    decision = router.route(Contact("service"), made())
    assert "that cannot be shown" in decision.degraded
    assert msgspec.json.encode(decision.to_dict())


def test_a_snapshot_without_states_is_said(router: Router) -> None:
    snapshot = Snapshot()
    snapshot.states = None  # type: ignore[assignment]
    assert "snapshot.states is None, not a mapping" in router.route(Contact("service"), snapshot).degraded


def test_what_is_told_and_gone_is_odd(router: Router) -> None:
    router.state["service"].update(agents=dead(), busy=dead())
    router.vendors["nord"].update(in_flight=dead(), up=dead())
    assert "that cannot be shown" in router.route(Contact("service")).degraded
    sent = router.route(Contact("service"), BUSY)
    assert router.settle(sent, "answered", dead(), dead()) == 2.0
    assert router.odd_reports["nord"].count == 2
    with pytest.raises(InputError, match="that cannot be shown"):
        router.state["service"].update(at=dead())


def test_a_copied_decision_is_the_same_one(router: Router) -> None:
    decision = router.route(Contact("service"), BUSY)
    for same in (copy.copy(decision), copy.deepcopy(decision)):
        assert same == decision
        assert hash(same) == hash(decision)
    assert decision != router.route(Contact("service"), BUSY)
    assert router.settle(copy.copy(decision), "answered", 1.0, 60.0) == 2.0
    assert router.settle(decision, "answered", 1.0, 60.0) == 0.0
    with pytest.raises(TypeError, match="take its token"):
        pickle.dumps(decision)


@pytest.mark.parametrize("sent_to", ["syd", "service", "nobody knows", None, 5])
def test_a_decision_that_was_changed_ends_where_it_was_counted(router: Router, sent_to: Any) -> None:
    decision = router.route(Contact("service"), BUSY)
    changed = msgspec.structs.replace(decision, destination=sent_to)
    router.judge(changed, resolved=True)
    assert router.settle(changed, "answered", 1.0, 60.0) == 2.0
    assert (router.usage("nord").in_flight, router.usage("nord").answered) == (0, 1)
    assert router.usage("syd").answered == 0


def test_a_forged_decision_is_said(router: Router) -> None:
    forged: Any = Decision(contact=None, action=None, destination=None, evidence=None)  # type: ignore[arg-type]
    for call in (
        lambda: router.settle(forged, "answered"),
        lambda: router.judge(forged),
        lambda: router.divert(forged),
    ):
        with pytest.raises(InputError, match="a Decision that no router has made"):
            call()


@pytest.mark.parametrize("name", ["in-house", "nobody"])
def test_a_vendor_is_not_called_what_batches_call_others(name: str) -> None:
    with pytest.raises(InputError, match="another name"):
        center(**{name: 2.0})


@pytest.mark.parametrize("line", [None, 5, {}, []])
def test_a_line_that_is_no_text_is_an_error(line: Any) -> None:
    with pytest.raises(InputError, match=r"^line 1: found .* expected text or bytes"):
        audit([line], center(nord=2.0))


def test_a_due_time_in_milliseconds_is_said() -> None:
    for told in (1795428000000, "1795428000000", 1795428000000.0):
        contact = Contact.of({"type": "service", "due": told})
        assert contact.due is None
        assert "milliseconds" in contact.unread[0]
    assert Contact.of({"due": "1795428000"}).due == 1795428000.0


@pytest.mark.parametrize("told", ["Côte d'Ivoire", "Côte d\u2019Ivoire", "côte d\u2019ivoire"])
def test_a_country_is_known_with_either_apostrophe(told: str) -> None:
    assert Contact.of({"type": "service", "country": told}).country == "CI"
