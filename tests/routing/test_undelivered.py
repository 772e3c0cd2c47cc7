"""A contact that never got to a vendor, by no fault of theirs: undone, unbilled, no word on their health."""

import msgspec
import pytest

import bporoute as bp

EACH = {"country": "EE", "timezone": "Europe/Tallinn", "contact_types": ("service",)}
BILLS_FAILURES = bp.Contract(
    terms=(bp.PerContact(price=5.0), bp.PerContact(price=2.0, counts="failed")), cap_per_hour=3
)
CENTER = bp.Center(
    queues={"service": bp.Queue(aht=240)},
    contact_types={"service": bp.ContactType(queue="service", sourcing="full")},
    vendors={
        "nord": bp.Vendor(contract=BILLS_FAILURES, **EACH),
        "syd": bp.Vendor(contract=bp.Contract(price_per_contact=9.0), **EACH),
    },
)
NOON = 1_795_428_000.0


def router(**more):
    return bp.Router(CENTER, "QueueLength(0)", compile=False, clock=lambda: NOON, **more)


@pytest.fixture(params=["memory", "shared"])
def live(request, tmp_path):
    ledger = bp.SharedLedger(tmp_path / "ledger") if request.param == "shared" else bp.Ledger()
    made = router(ledger=ledger)
    yield made
    if request.param == "shared":
        ledger.close()


def test_it_is_not_billed_where_failures_are_and_gives_its_place_back(live):
    sent = [live.route(bp.Contact("service")) for _ in range(3)]
    assert [each.destination for each in sent] == ["nord"] * 3
    assert live.route(bp.Contact("service")).destination == "syd"  # the cap is reached
    assert live.settle(sent[0], "undelivered") == 0.0
    assert live.settle(sent[1].token, "failed") == 2.0
    usage = live.usage("nord")
    assert (usage.undelivered, usage.failed, usage.answered, usage.spent) == (1, 1, 0, 2.0)
    assert (usage.this_hour, usage.in_flight) == (1, 1)
    assert [live.route(bp.Contact("service")).destination for _ in range(3)] == ["nord", "nord", "syd"]


def test_it_says_nothing_of_the_vendors_health(live):
    for _ in range(40):
        decision = live.route(bp.Contact("service"))
        assert decision.destination == "nord"
        live.settle(decision, "undelivered")
    assert live.status().vendors[0].health == "healthy"
    for _ in range(40):
        live.settle(live.route(bp.Contact("service"), exclude=("syd",)), "failed")
    assert live.status().vendors[0].health == "ejected"


def test_a_diverted_one_says_that_it_was_not_reached(live):
    first = live.route(bp.Contact("service"))
    second = live.divert(first.token, failed="404", outcome="undelivered")
    assert second.left_out == {"nord": "it was not reached: 404"}
    assert second.destination == "syd"
    assert (live.usage("nord").undelivered, live.usage("nord").failed) == (1, 0)
    assert live.status().vendors[0].failure == ""
    assert live.divert(first, outcome="undelivered") is None
    with pytest.raises(bp.InputError, match="undelivered"):
        live.divert(second, outcome="undelivred")


def test_other_processes_hear_of_it(tmp_path):
    one, other = (router(ledger=bp.SharedLedger(tmp_path / "ledger")) for _ in range(2))
    token = one.route(bp.Contact("service")).token
    other.settle(token, "undelivered")
    assert one.usage("nord") == other.usage("nord")
    assert one.usage("nord").undelivered == 1
    for each in (one, other):
        each.ledger.close()


def test_a_customer_who_was_not_reached_was_not_answered_in_time():
    aim = bp.Targets(service_level=bp.ServiceLevel(probability=0.8, within=20))
    aimed = msgspec.structs.replace(CENTER, queues={"service": bp.Queue(aht=240, targets=aim)})
    scored = {}
    for outcome in ("failed", "undelivered"):
        live = bp.Router(aimed, "QueueLength(0)", compile=False, clock=lambda: NOON)
        live.settle(live.route(bp.Contact("service")), outcome)
        scored[outcome] = live._tables.queues.watches[0].scored
    assert scored["undelivered"] == scored["failed"] == (0.0, 1.0)
