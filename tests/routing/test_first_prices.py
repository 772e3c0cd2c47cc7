"""Nobody is decided by a price that nobody has worked out, however many wait for theirs."""

from __future__ import annotations

import pytest

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    Ledger,
    Queue,
    QueueLength,
    Router,
    Sourcing,
    Vendor,
)

NOON = 1795392000.0 + 1800.0


def center(types: dict[str, float], contracts: list[Contract]) -> Center:
    """Vendors for contact types, each with its handle time, that all go out."""
    return Center(
        queues={"desk": Queue(aht=60.0)},
        contact_types={
            name: ContactType(queue="desk", sourcing=Sourcing.FULL, aht=aht) for name, aht in types.items()
        },
        vendors={
            f"v{number}": Vendor(country="EE", timezone="UTC", contact_types=tuple(types), contract=contract)
            for number, contract in enumerate(contracts)
        },
    )


def test_the_first_contact_goes_by_prices() -> None:
    contracts = [Contract(price_per_contact=3.0 if number == 70 else 5.0) for number in range(120)]
    router = Router(center({"call": 60.0}, contracts), QueueLength(0), clock=lambda: NOON, compile=False)
    decision = router.route(Contact("call"))
    assert (decision.destination, decision.cost) == ("v70", 3.0)


@pytest.mark.parametrize("first", ["short", "long"])
def test_a_cap_in_minutes_goes_by_the_longest(first: str) -> None:
    """Though all types have one price: 30 minutes are three contacts of ten, or two beside another."""
    place = center(
        {"short": 60.0, "long": 600.0}, [Contract(price_per_contact=3.0, cap_minutes_per_hour=30.0)]
    )
    router = Router(place, QueueLength(0), clock=lambda: NOON, compile=False)
    router.route(Contact(first))
    more = [router.route(Contact("long")).destination for _ in range(12)]
    assert more.count("v0") == 2


def test_what_is_left_of_another_hour_is_no_limit_of_this_one() -> None:
    """A clock steps between a used hour and a fresh one while other vendors' prices take their turns."""
    contracts = [Contract(price_per_minute=1.0, price_per_contact=0.1, cap_per_hour=0) for _ in range(60)]
    contracts.append(Contract(price_per_minute=1.0, cap_money_per_hour=3.0))
    now = [NOON]
    router = Router(center({"call": 60.0}, contracts), QueueLength(0), clock=lambda: now[0], compile=False)
    sent = {NOON: 0, NOON + 3600.0: 0}
    for place in range(40):
        now[0] = NOON if place % 3 else NOON + 3600.0
        sent[now[0]] += router.route(Contact("call")).destination == "v60"
    assert set(sent.values()) == {3}


def test_routers_of_one_ledger_count_each_others_contacts_as_what_they_are() -> None:
    """Three contacts of ten minutes use up half an hour, also for a router that knows those of one alone."""
    place = center(
        {"short": 60.0, "long": 600.0}, [Contract(price_per_contact=3.0, cap_minutes_per_hour=30.0)]
    )
    ledger = Ledger()
    one, other = (
        Router(place, QueueLength(0), clock=lambda: NOON, ledger=ledger, compile=False) for _ in range(2)
    )
    minutes = 0.0
    for router, name, aht in [
        (other, "short", 1.0),
        *[(one, "long", 10.0)] * 5,
        *[(other, "short", 1.0)] * 40,
    ]:
        minutes += aht * (router.route(Contact(name)).destination == "v0")
    assert minutes == 21.0
