"""Prices in classes: every row of the tables costs what the contract asks, whoever came before, and when."""

from __future__ import annotations

import gc
import random
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    MinimumCommitment,
    Multiplier,
    PerContact,
    PerMinute,
    QualityPrior,
    Queue,
    Router,
    TakeOrPay,
    Tier,
    Vendor,
)
from bporoute._kernels.routing import columns
from bporoute.routing._pricing import DIGITS, Line, on_lines
from bporoute.routing._tables import _clock, _repricing
from bporoute.routing._tables._price_list import PriceList
from helpers.clock import NOON

LANGUAGES = ("sv", "en", "fi")
TYPES = tuple(f"type {number}" for number in range(7))
EVENINGS: Any = {"factor": 1.5, "hours": ("daily 20:00-06:00",)}
STEPS = (Tier(above=0, up_to=40, price_per_minute=1.0), Tier(above=40, price_per_minute=0.5))
CONTRACTS = {
    "flat": Contract(price_per_contact=1.5, price_per_minute=0.3),
    "tiers": Contract(tiers=STEPS),
    "take or pay": Contract(terms=(PerContact(price=4.0), TakeOrPay(volume=60, share=0.9, price=4.0))),
    "minutes": Contract(terms=(PerMinute(price=0.7), TakeOrPay(volume=60, share=0.9, price=2.0))),
    "blocks": Contract(terms=(PerMinute(price=0.7, step=60), Multiplier(**EVENINGS))),
    "language": Contract(terms=(PerMinute(price=0.6), Multiplier(factor=1.5, languages=("fi",)))),
    "type": Contract(terms=(PerContact(price=3.0), Multiplier(factor=2.0, contact_types=("type 3",)))),
    "minimum": Contract(terms=(PerMinute(price=0.9), MinimumCommitment(amount=300.0))),
    "by minute": Contract(
        terms=(PerMinute(price=0.7), Multiplier(**EVENINGS, decided="by_minute"))
    ),
}  # fmt: skip


def center(valued: float, vendors: int) -> Center:
    """Vendors with each of the contracts, some of which take some of the types."""
    contracts = [*CONTRACTS.values()]
    return Center(
        queues={
            f"queue {number}": Queue(
                aht=200.0 + 40.0 * number, patience=300.0, arrival_rate=0.4, wait_cost_per_minute=0.2,
                abandonment_cost=6.0, unresolved_cost=valued * number,
            )
            for number in range(3)
        },
        contact_types={
            name: ContactType(queue=f"queue {number % 3}", aht=None if number % 2 else 150.0 + number)
            for number, name in enumerate(TYPES)
        },
        vendors={
            f"vendor {number}": Vendor(
                country="EE", timezone="Europe/Tallinn", capacity=5 + number,
                expected_wait=4.0 * (number % 3), contact_types=TYPES[number % 4 :],
                contract=contracts[number % len(contracts)],
                quality=QualityPrior(resolution=0.8) if number % 2 else None,
            )
            for number in range(vendors)
        },
    )  # fmt: skip


def worked_out(live: Router) -> None:
    """Have all prices be worked out that wait."""
    tables = live._tables
    with live.ledger.lock:
        tables.take_up()
        while tables.vendors.pricing.tend():
            pass
        tables.arrays.publish()


def check_every_row(live: Router) -> int:
    """Compare the rows with what the contract asks for each contact by itself; how many were compared."""
    tables, compared = live._tables, 0
    for profile in tables.profiles.listed:
        queue = tables.queue_names[profile.queue]
        row = tables.arrays.ways[profile.number]
        for way in range(1, int(row[0, columns.VENDORS]) + 1):
            vendor = int(row[way, columns.VENDOR])
            contact = tables.offers.expected(vendor, queue, profile.request)
            alone = tables.offers.prices(vendor, queue, contact)
            found = row[way, [columns.PRICE, columns.EXTRA]]
            assert found == pytest.approx(alone, rel=1e-9, abs=1e-9), (vendor, profile.request)
            compared += 1
    return compared


def test_a_flat_contract_is_priced_anew_only_where_what_its_price_rests_on_moved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where a handle time comes back to what it was before."""
    priced: list[int] = []
    all_priced = PriceList.all_priced

    def noted(prices: PriceList, vendor: int) -> Any:
        priced.append(vendor)
        return all_priced(prices, vendor)

    monkeypatch.setattr(PriceList, "all_priced", noted)
    flat = Vendor(
        country="EE", timezone="UTC", contact_types=("call",), contract=CONTRACTS["flat"],
        quality=QualityPrior(),
    )  # fmt: skip
    tiers = msgspec.structs.replace(flat, contract=CONTRACTS["tiers"])
    vendors = {"flat": msgspec.structs.replace(flat, quality=None), "judged": flat, "tiers": tiers}
    live = Router(
        Center(
            queues={"q": Queue(aht=100.0)},
            contact_types={"call": ContactType(queue="q", aht=120.0)},
            vendors=vendors,
        ),
        clock=lambda: NOON,
        compile=False,
    )
    live.preview(Contact("call"))
    tables = live._tables

    def rounds() -> list[int]:
        priced.clear()
        for vendor in range(3):
            tables.vendors.pricing.reprice(vendor)
        worked_out(live)
        check_every_row(live)
        return sorted(priced)

    assert rounds() == [0, 1, 2]
    assert rounds() == [1, 2]  # the others may cost another price at any time
    watch = tables.queues.watches[0]
    for aht in (150.0, 100.0, 150.0):
        watch.know("call", aht)
        assert rounds() == [0, 1, 2]
        assert tables.arrays.vendors[0, columns.TEAM_AHT] == aht
        assert rounds() == [1, 2]
    tables.offers.train(0, 1.2)
    assert rounds() == [0, 1, 2]
    tables.vendors.mend(all_prices=True)  # whatever was interrupted
    assert rounds() == [0, 1, 2]


@pytest.mark.parametrize("rows", [3, 512])
@pytest.mark.parametrize("valued", [0.0, 2.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_row_costs_what_the_contract_asks(
    rows: int, valued: float, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Priced alone or all in one go, met before or after, in pieces of any size."""
    monkeypatch.setattr(_repricing, "ROWS_AT_ONCE", rows)
    chance, now = random.Random(seed), [NOON]
    live = Router(center(valued, 18), clock=lambda: now[0], compile=False)
    for state in live.state.values():
        state.update(agents=4, busy=4, waiting=1)
    out: list[Any] = []
    for _ in range(150):
        now[0] += chance.choice((0.02, 2.0, 300.0))
        decision = live.route(Contact(chance.choice(TYPES), chance.choice(LANGUAGES)))
        out.append(decision)
        if len(out) > 12:
            ended = out.pop(chance.randrange(len(out)))
            live.settle(ended, "answered", wait=2.0, handle=chance.expovariate(1 / 260.0))
    live.preview(Contact("type 1"))
    for vendor in range(18):
        live._tables.vendors.pricing.reprice(vendor)
    worked_out(live)
    assert check_every_row(live) > 150
    with live.ledger.lock:
        live._tables.take_up()
        live._tables.profiles.find(Contact("type 3", "sv", country="SE"))
        live._tables.profiles.find(Contact("type 6", "fi"))
        live._tables.arrays.publish()
    worked_out(live)
    check_every_row(live)


def test_a_new_type_has_its_price_at_once_where_prices_are_on_lines() -> None:
    """Nobody is decided by the price of another type until its turn comes."""
    live = Router(center(0.0, 18), clock=lambda: NOON, compile=False)
    live.preview(Contact("type 3"))
    worked_out(live)
    prices = live._tables.profiles.prices
    live._tables.profiles.find(Contact("type 6"))
    tables, on_lines_now = live._tables, 0
    profile = tables.profiles.listed[-1]
    row = tables.arrays.ways[profile.number]
    for way in range(1, int(row[0, columns.VENDORS]) + 1):
        vendor = int(row[way, columns.VENDOR])
        if tables.offers.on_a_line(vendor):
            contact = tables.offers.expected(vendor, "queue 0", profile.request)
            assert row[way, columns.PRICE] == pytest.approx(
                tables.offers.prices(vendor, "queue 0", contact)[0]
            )
            on_lines_now += 1
    assert on_lines_now >= 6
    assert {vendor for vendor, _ in prices.unpriced} == {
        vendor for vendor in range(18) if not tables.offers.on_a_line(vendor) and vendor in prices_asked(live)
    }


def prices_asked(live: Router) -> set[int]:
    """Vendors whose price looks at the type of a contact."""
    prices = live._tables.profiles.prices
    return {vendor for vendor in range(18) if len(prices.of(vendor)) > 1}


@given(
    st.floats(-1e6, 1e6).filter(lambda money: money == 0.0 or abs(money) > 1e-9),
    st.floats(-1e3, 1e3),
    st.lists(st.floats(1.0, 7200.0), min_size=1, max_size=5),
)
def test_many_prices_are_rounded_as_one_is(money: float, rise: float, means: list[float]) -> None:
    """To as many digits; where the last one is a tie, to either side of it."""
    found = on_lines(np.array(Line(money, rise, 60.0, 540.0)), np.array(means), rounded=True)
    exact = [money + rise * (mean - 60.0) / 540.0 for mean in means]
    for price, one in zip(found.tolist(), exact, strict=True):
        text = f"{one:.{DIGITS}g}"
        assert price == float(text) or abs(price - one) <= 1.0000001 * abs(float(text) - one)


def test_kinds_leave_nothing_to_garbage_collection() -> None:
    """Else a pass over those of a large center takes tens of milliseconds."""
    live = Router(center(0.0, 18), clock=lambda: NOON, compile=False)
    live.preview(Contact("type 0"))
    kinds = [
        Contact(name, language, country=country, value_class="")
        for name in TYPES
        for language in (*LANGUAGES, "xx", "")
        for country in ("EE", "US", "SE", "")
    ]
    gc.collect()
    before = len(gc.get_objects())
    for contact in kinds:
        live.preview(contact)
    worked_out(live)
    met = len(live._tables.profiles.listed)
    gc.collect()
    assert met > 50
    assert len(gc.get_objects()) - before < 4 * met


def test_a_page_is_turned_where_somebody_waits_anyway() -> None:
    """Contacts 4 s apart wait for a look each ten minutes; none waits for a page but the very first ones."""
    now = [NOON]
    live = Router(center(0.0, 1), clock=lambda: now[0], compile=False)
    live.state["queue 0"].update(agents=50, busy=10, waiting=0)
    numbers: list[int] = []
    turns: list[bool] = []
    for _ in range(1500):
        now[0] += 4.0
        page, looked = live._tables.pages.routed, live._tables.clock._looked_at
        decision = live.route(Contact("type 0"))
        numbers.append(decision.evidence.number)
        if live._tables.pages.routed is not page:
            turns.append(live._tables.clock._looked_at != looked)
        live.settle(decision, "answered", wait=1.0, handle=200.0)
    assert numbers == sorted(set(numbers))
    assert len(turns) > 12
    assert all(turns[9:])


def test_who_tells_a_state_looks_at_arrivals_before_a_contact_has_to() -> None:
    """Unless pages were turned, as the first ones are soon."""
    now = [NOON]
    live = Router(center(0.0, 1), clock=lambda: now[0], compile=False)
    clock, looks = live._tables.clock, []
    for number in range(1500):
        now[0] += 4.0
        before = clock._looked_at
        if number % 3 == 0:
            live.state["queue 0"].update(agents=50, busy=10, waiting=0)
        told, before = clock._looked_at != before, clock._looked_at
        live.route(Contact("type 0"))
        looks += [told] if told or clock._looked_at != before else []
    assert len(looks) >= 12
    assert all(looks[6:])  # the first pages are short


def test_who_waits_for_many_calendars_waits_for_nothing_else() -> None:
    """The hour of a hundred vendors begins: arrivals and health are looked at by the next one."""
    now = [NOON - 700.0]
    live = Router(center(0.0, 100), clock=lambda: now[0], compile=False)
    live.route(Contact("type 4"))
    clock = live._tables.clock
    for _ in range(400):
        now[0] += _clock.PIECE_EVERY
        live.route(Contact("type 4"))
    looked = clock._looked_at
    now[0] = NOON + 3600.0
    live.route(Contact("type 4"))
    assert clock._looked_at == looked
    now[0] += _clock.PIECE_EVERY
    live.route(Contact("type 4"))
    assert clock._looked_at == now[0]
