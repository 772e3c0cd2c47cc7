"""How far vendors have come in what binds them, and the price of the next contact, as decisions count."""

from __future__ import annotations

import pytest

import bporoute as bp
from bporoute.errors import InputError
from bporoute.routing import Bound

START = 1795392000.0
BUSY = bp.Snapshot(desk=bp.QueueState(agents=5, busy=5, waiting=9))


def router(contract: bp.Contract, **vendor) -> bp.Router:
    center = bp.Center(
        queues={"desk": bp.Queue(aht=120, patience=300)},
        contact_types={
            "call": bp.ContactType(queue="desk", sourcing=bp.Sourcing.FULL),
            "mail": bp.ContactType(queue="desk"),
        },
        vendors={
            "nord": bp.Vendor(
                country="EE", timezone="UTC", contact_types=("call", "mail"), contract=contract, **vendor
            )
        },
    )
    return bp.Router(center, bp.QueueLength(0), clock=lambda: START, compile=False)


def named(live: bp.Router) -> dict[str, tuple[float, float, str]]:
    return {each.name: (each.used, each.limit, each.unit) for each in live.bounds("nord").bounds}


def test_a_vendor_without_limits_has_none():
    assert router(bp.Contract(price_per_contact=2.0)).bounds("nord").bounds == ()


def test_every_limit_is_told_as_the_center_names_it():
    caps = {
        f"cap_{kind}per_{window}": 50.0 if kind else 50
        for kind in ("", "minutes_", "money_")
        for window in ("hour", "day", "period")
    }
    live = router(bp.Contract(price_per_contact=2.0, **caps), capacity=30, max_exposure=100.0, prepaid=20.0)
    decisions = [live.route(bp.Contact("call"), BUSY) for _ in range(3)]
    live.settle(decisions[0], "answered", handle=90.0)
    assert named(live) == {
        "capacity": (2.0, 30.0, "contacts"),
        **{f"cap_per_{window}": (3.0, 50.0, "contacts") for window in ("hour", "day", "period")},
        **{f"cap_minutes_per_{window}": (1.5, 50.0, "minutes") for window in ("hour", "day", "period")},
        **{f"cap_money_per_{window}": (2.0, 50.0, "EUR") for window in ("hour", "day", "period")},
        "max_exposure": (2.0, 120.0, "EUR"),
    }
    assert not any(each.committed for each in live.bounds("nord").bounds)


def test_capacity_is_what_was_told_last():
    live = router(bp.Contract(price_per_contact=2.0), capacity=30)
    live.vendors["nord"].update(capacity=4, in_flight=3)
    assert named(live) == {"capacity": (3.0, 4.0, "contacts")}


COMMITMENTS = {
    "contacts": (bp.TakeOrPay(volume=10, share=0.5, price=2.0), ("take_or_pay", 1.0, 5.0, "contacts")),
    "minutes": (
        bp.TakeOrPay(volume=10, price=2.0, measure=bp.Measure(counts="handle_minutes")),
        ("take_or_pay", 1.5, 10.0, "minutes"),
    ),
    "money": (bp.MinimumCommitment(amount=100.0), ("minimum_commitment", 2.0, 100.0, "EUR")),
    "untold forecast": (bp.TakeOrPay(price=2.0), None),
}


@pytest.mark.parametrize("kind", COMMITMENTS)
def test_a_commitment_is_told_as_far_as_it_is_known(kind):
    term, expected = COMMITMENTS[kind]
    live = router(bp.Contract(terms=(bp.PerContact(price=2.0), term)))
    live.settle(live.route(bp.Contact("call"), BUSY), "answered", handle=90.0)
    found = live.bounds("nord").bounds
    assert [(each.name, each.used, each.limit, each.unit) for each in found] == (
        [] if expected is None else [expected]
    )
    assert all(each.committed for each in found)


def test_money_committed_is_told_in_the_contracts_currency():
    contract = bp.Contract(
        terms=(
            bp.PerContact(price=2.0),
            bp.MinimumCommitment(amount=100.0),
            bp.Currency(code="USD", rate=0.9),
        )
    )
    assert named(router(contract)) == {"minimum_commitment": (0.0, 100.0, "USD")}


def test_prices_are_those_that_decisions_go_by():
    live = router(bp.Contract(price_per_contact=1.0, price_per_minute=0.5))
    decision = live.preview(bp.Contact("call"), BUSY)
    prices = live.bounds("nord").prices
    assert list(prices) == ["call", "mail"]
    assert prices["call"] == pytest.approx(decision.ways[0].price)


def test_a_price_changes_when_a_tier_is_reached():
    tiers = (
        bp.Tier(above=0, up_to=1, price_per_contact=3.0),
        bp.Tier(above=1, price_per_contact=2.0),
    )
    live = router(bp.Contract(tiers=tiers))
    before = live.bounds("nord").prices["call"]
    live.settle(live.route(bp.Contact("call"), BUSY), "answered", handle=90.0)
    live.settle(live.route(bp.Contact("call"), BUSY), "answered", handle=90.0)
    assert (before, live.bounds("nord").prices["call"]) == (3.0, 2.0)
    assert live.preview(bp.Contact("call"), BUSY).ways[0].price == 2.0


def test_asking_counts_nothing_and_an_unknown_vendor_is_refused():
    live = router(bp.Contract(price_per_contact=2.0, cap_per_day=5))
    before = live.usage("nord")
    live.bounds("nord")
    assert live.usage("nord") == before
    with pytest.raises(InputError, match="bounds: found 'nrod'; expected 'nord'"):
        live.bounds("nrod")


@pytest.mark.parametrize(
    ("used", "limit", "share"), [(0.0, 10.0, 0.0), (12.0, 10.0, 1.0), (-1.0, 10.0, 0.0), (0.0, 0.0, 1.0)]
)
def test_a_share_is_between_none_and_all(used, limit, share):
    assert Bound("cap_per_hour", used, limit, "contacts").share == share
