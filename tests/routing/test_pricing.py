"""What the next contact costs at a vendor under its contract, and what the vendor is owed in the end."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import pairwise
from statistics import NormalDist
from zoneinfo import ZoneInfo

import pytest

from bporoute import (
    BilledContact,
    Contact,
    Contract,
    InputError,
    Ledger,
    Multiplier,
    PerContact,
    PerMinute,
    QualityPrior,
    QueueLength,
    Router,
    ServiceCredits,
    SlaMeasure,
    TakeOrPay,
    Tier,
    VolumeBand,
    VolumeTiers,
)
from bporoute.durations import Exponential
from bporoute.routing._decision import Way
from helpers.clock import Clock
from helpers.strategies import one_queue, vendor

pytestmark = pytest.mark.usefixtures("either_kernels")

SERVICE = Contact("service")
MONTH = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
"""November 2026 begins; it has 30 days."""
DAY = 86_400.0


@pytest.fixture
def clock() -> Clock:
    return Clock(MONTH)


def routing(clock: Clock, contract: Contract, ledger: Ledger | None = None, queue=None, **house) -> Router:
    """A router that sends everything to its one vendor, `nord`."""
    center = one_queue(
        {"stale_after": math.inf, "lost_after": math.inf, **(queue or {})},
        vendors={"nord": vendor(contract=contract, **house)},
    )
    live = Router(center, QueueLength(0), clock=clock, ledger=ledger, compile=False)
    live.state["service"].update(agents=4, busy=4, waiting=2)
    return live


def serve(
    live: Router, handle: float = 240.0, contact: Contact = SERVICE, outcome: str = "answered"
) -> float:
    """What settling one contact adds to what the vendor is owed."""
    decision = live.route(contact)
    assert decision.destination == "nord"
    return live.settle(decision, outcome, wait=1.0, handle=handle)


def offer(live: Router, contact: Contact = SERVICE) -> Way:
    """What the vendor would cost now."""
    return next(way for way in live.preview(contact).ways if way.destination == "nord")


# -- commitments ---------------------------------------------------------------------------------------


TAKE_OR_PAY = Contract(terms=(PerContact(price=2.0), TakeOrPay(volume=1000, share=0.9, price=2.0)))


@pytest.mark.parametrize("settle", [True, False])
@pytest.mark.parametrize("sent", [100, 350, 440, 450, 460, 560, 899])
def test_a_commitment_is_paced(clock: Clock, sent: int, settle: bool) -> None:
    clock.now = MONTH + 15 * DAY - 600
    live = routing(clock, TAKE_OR_PAY)
    for _ in range(sent):
        decision = live.route(SERVICE)
        if settle:
            live.settle(decision, "answered", handle=240.0)
    clock.now = MONTH + 15 * DAY  # half of the month: as many again are expected, off by a tenth
    above = 1 - NormalDist(sent, 0.1 * sent).cdf(900 - sent)
    assert offer(live).price == pytest.approx(2.0 * above, abs=0.05)
    assert offer(live).cost == offer(live).price


def test_behind_its_plan_a_commitment_is_next_to_free_and_ahead_of_it_dear(clock: Clock) -> None:
    clock.now = MONTH + 10 * DAY
    live = routing(clock, TAKE_OR_PAY)
    prices = []
    for _ in range(500):
        serve(live)
        prices.append(offer(live).price)
    assert prices[150] < 0.01
    assert prices[-1] > 1.99
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(prices[20:]))


def test_settling_pays_nothing_below_the_commitment_and_the_price_above(clock: Clock) -> None:
    contract = Contract(terms=(PerContact(price=2.0), TakeOrPay(volume=10, share=0.9, price=2.0)))
    live = routing(clock, contract)
    assert live.invoice("nord").total == 18.0
    assert [serve(live) for _ in range(12)] == pytest.approx([0.0] * 9 + [2.0] * 3)
    assert live.invoice("nord").total == pytest.approx(24.0)
    assert live.usage("nord").spent == pytest.approx(6.0)


def test_a_part_that_is_counted_stands_for_the_whole_period(clock: Clock) -> None:
    """Three days of thirty from the 11th on: priced as a month that is as far as they are."""
    volume = VolumeTiers(
        tiers=(VolumeBand(above=0, up_to=600, price=3.0), VolumeBand(above=600, price=1.0)),
        mode="incremental",
    )
    tiers = (Tier(above=0, up_to=600, price_per_contact=3.0), Tier(above=600, price_per_contact=1.0))
    for contract, edge in ((TAKE_OR_PAY, 90), (Contract(terms=(volume,)), 60), (Contract(tiers=tiers), 60)):
        clock.now = MONTH + 10 * DAY
        live = routing(clock, contract)
        live._tables.offers.pricing.cover(clock.now, clock.now + 3 * DAY)
        clock.now += 3 * DAY - 1
        low = offer(live).price
        for number in range(edge + 15):
            assert offer(live).price == pytest.approx(low, abs=1e-3) or number > edge - 2, number
            serve(live)
        assert abs(offer(live).price - low) == pytest.approx(2.0, abs=1e-3)


def test_half_of_the_part_is_as_half_of_the_period(clock: Clock) -> None:
    clock.now = MONTH + 20 * DAY
    part = routing(clock, TAKE_OR_PAY)
    part._tables.offers.pricing.cover(clock.now, clock.now + 2 * DAY)  # 60 of 900 are committed
    clock.now += DAY - 1
    for _ in range(30):
        serve(part)
    clock.now += 1  # prices are looked at anew with the hour
    found = offer(part).price
    clock.now = MONTH + 15 * DAY - 1
    whole = routing(clock, TAKE_OR_PAY)
    for _ in range(450):
        serve(whole)
    clock.now += 1
    # 900 are expected of both, from fewer contacts with less certainty.
    assert offer(whole).price == pytest.approx(1.0, abs=0.1)
    assert found == pytest.approx(1.0, abs=0.1)


# -- tiers ----------------------------------------------------------------------------------------------


CLIFF = Contract(
    terms=(
        VolumeTiers(
            tiers=(VolumeBand(above=0, up_to=10, price=5.0), VolumeBand(above=10, price=1.0)),
            mode="all_units",
        ),
    )
)


def test_at_an_all_units_cliff_a_contact_more_saves_money(clock: Clock) -> None:
    live = routing(clock, CLIFF)
    offers, owed = [], []
    for _ in range(12):
        offers.append(offer(live).price)
        owed.append(serve(live))
    assert owed == pytest.approx([5.0] * 10 + [11.0 - 50.0, 1.0])
    assert offers == pytest.approx(owed)  # at the period's very beginning nothing is forecast
    assert live.invoice("nord").total == pytest.approx(12.0)


def test_a_contact_that_saves_money_ranks_before_a_free_one(clock: Clock) -> None:
    free = Contract()
    center = one_queue(
        {"stale_after": math.inf, "lost_after": math.inf},
        vendors={"syd": vendor(contract=free), "nord": vendor(contract=CLIFF)},
    )
    live = Router(center, QueueLength(0), clock=clock, compile=False)
    live.state["service"].update(agents=4, busy=4)
    live.vendors["syd"].update(up=False)
    for _ in range(10):
        serve(live)
    live.vendors["syd"].update(up=True)
    decision = live.route(SERVICE)
    assert (decision.ranked[:2], decision.ways[0].price) == (("nord", "syd"), pytest.approx(-39.0))
    live.settle(decision, "answered", handle=240.0)
    assert live.route(SERVICE).destination == "syd"


def test_tiers_go_by_the_number_sent_and_bill_the_same(clock: Clock) -> None:
    tiers = (
        Tier(above=0, up_to=2, price_per_contact=5.0),
        Tier(above=2, up_to=4, price_per_minute=1.0),
        Tier(above=4, price_per_contact=3.0),
    )
    live = routing(clock, Contract(tiers=tiers))
    assert [offer(live).price, serve(live, 90.0)] == [5.0, 5.0]
    serve(live, 90.0)
    minutes = live._tables.offers.handle_time(0, "service", "service") / 60.0
    assert offer(live).price == pytest.approx(minutes, rel=1e-9)  # the average; what it really takes is owed
    assert 3.9 < minutes < 4.0
    assert serve(live, 90.0) == 1.5
    serve(live, 30.0)
    assert [offer(live).price, serve(live, 90.0)] == [3.0, 3.0]
    assert live.usage("nord").spent == live.invoice("nord").total == 5.0 + 5.0 + 1.5 + 0.5 + 3.0


def test_a_new_period_begins_in_the_first_tier(clock: Clock) -> None:
    tiers = (Tier(above=0, up_to=1, price_per_contact=5.0), Tier(above=1, price_per_contact=1.0))
    live = routing(clock, Contract(tiers=tiers))
    assert [serve(live), serve(live)] == [5.0, 1.0]
    clock.now = MONTH + 30 * DAY - 0.5
    assert offer(live).price == 1.0
    clock.now = MONTH + 30 * DAY
    assert offer(live).price == 5.0
    assert live.bill("nord").handled == 0


# -- multipliers -----------------------------------------------------------------------------------------


BY_HOUR_AND_LANGUAGE = Contract(
    terms=(
        PerContact(price=4.0),
        Multiplier(factor=1.5, hours=("daily 22:00-06:00",)),
        Multiplier(factor=1.2, languages=("sv",)),
    )
)


@pytest.mark.parametrize(
    ("local", "factor"),
    [("21:59:59", 1.0), ("22:00:00", 1.5), ("00:30:00", 1.5), ("05:59:59", 1.5), ("06:00:00", 1.0)],
)
def test_multipliers_go_by_the_vendors_clock_and_the_language(
    clock: Clock, local: str, factor: float
) -> None:
    moment = datetime.fromisoformat(f"2026-11-10T{local}").replace(tzinfo=ZoneInfo("Asia/Kolkata"))
    clock.now = moment.timestamp() - 7200
    live = routing(clock, BY_HOUR_AND_LANGUAGE, timezone="Asia/Kolkata")
    offer(live)  # priced before
    clock.now = moment.timestamp()
    swedish = Contact("service", language="sv")
    assert offer(live).price == pytest.approx(4.0 * factor)
    # Nobody in this center is said to speak Swedish, so it is a language like any other.
    assert serve(live) == pytest.approx(4.0 * factor)
    assert serve(live, contact=swedish) == pytest.approx(4.8 * factor)


def test_the_router_prices_a_language_that_the_vendor_names(clock: Clock) -> None:
    live = routing(clock, BY_HOUR_AND_LANGUAGE, languages=("en", "sv"))
    clock.now += 12 * 3600
    assert offer(live, Contact("service", language="sv")).price == pytest.approx(4.8)
    assert offer(live, Contact("service", language="en")).price == pytest.approx(4.0)


def test_the_router_prices_a_language_that_only_the_contract_names(clock: Clock) -> None:
    live = routing(clock, BY_HOUR_AND_LANGUAGE)
    clock.now += 12 * 3600
    swedish = Contact("service", language="sv")
    assert offer(live, swedish).price == pytest.approx(serve(live, contact=swedish))


def test_a_contact_is_billed_by_the_hour_in_which_it_was_sent(clock: Clock) -> None:
    live = routing(clock, BY_HOUR_AND_LANGUAGE)
    clock.now = MONTH + 5 * 3600 + 3590  # ten seconds before six
    decision = live.route(SERVICE)
    clock.now += 600
    assert live.settle(decision, "answered", handle=300.0) == pytest.approx(6.0)


# -- bills ------------------------------------------------------------------------------------------------


def test_bill_and_invoice_are_the_money_counted_by_hand(clock: Clock) -> None:
    contract = Contract(terms=(PerContact(price=1.0, counts="answered"), PerMinute(price=0.6, step=30)))
    live = routing(clock, contract)
    owed = [serve(live, handle) for handle in (61.0, 170.0, 30.0)]
    # 90, 180 and 30 seconds are billed.
    assert owed == pytest.approx([1.0 + 0.9, 1.0 + 1.8, 1.0 + 0.3])
    assert serve(live, outcome="abandoned") == 0.0
    assert serve(live, outcome="failed") == 0.0
    bill, invoice = live.bill("nord"), live.invoice("nord")
    assert (bill.offered, bill.answered, bill.handled, bill.handle_seconds) == (4, 3, 3, 261.0)
    assert invoice.total == pytest.approx(6.0) == pytest.approx(live.usage("nord").spent)
    assert [line.amount for line in invoice.lines] == pytest.approx([3.0, 3.0])


def test_an_unknown_handle_time_is_billed_as_the_average(clock: Clock) -> None:
    live = routing(clock, Contract(terms=(PerMinute(price=0.5),)))
    assert serve(live, math.nan) == pytest.approx(2.0)
    assert live.invoice("nord").total == pytest.approx(2.0)


def test_bills_are_asked_of_vendors_that_exist(clock: Clock) -> None:
    with pytest.raises(InputError, match="nord"):
        routing(clock, Contract()).bill("nrod")


def test_invoices_are_asked_of_vendors_that_exist(clock: Clock) -> None:
    with pytest.raises(InputError, match="nord"):
        routing(clock, Contract()).invoice("nrod")


def test_two_routers_that_share_a_ledger_share_its_bills(clock: Clock) -> None:
    ledger = Ledger()
    one, other = (routing(clock, CLIFF, ledger) for _ in range(2))
    for number in range(10):
        assert offer((one, other)[number % 2]).price == pytest.approx(5.0)
        serve((one, other)[number % 2])
    assert one.bill("nord") == other.bill("nord")
    assert one.invoice("nord").total == other.invoice("nord").total == 50.0
    assert [serve(one), serve(other)] == pytest.approx([-39.0, 1.0])
    assert one.invoice("nord").total == other.invoice("nord").total == 12.0


def test_a_contact_at_the_vendor_counts_for_the_price_before_it_is_settled(clock: Clock) -> None:
    ledger = Ledger()
    one, other = (routing(clock, CLIFF, ledger) for _ in range(2))
    for _ in range(10):
        one.route(SERVICE)
    assert other.usage("nord").in_flight == 10
    assert one.bill("nord").handled == 0
    assert offer(one).price == pytest.approx(-39.0)
    assert offer(other).price == pytest.approx(-39.0)


def test_those_at_the_vendor_count_as_far_as_they_will_be_answered(clock: Clock) -> None:
    """A long line: of who comes half give up after 150 s; of who is there 150 of 150 + 390 will."""
    contract = Contract(
        tiers=(Tier(above=0, up_to=15, price_per_contact=3.0), Tier(above=15, price_per_contact=1.0)),
        expected_volume=0,
    )
    live = routing(clock, contract, queue={"aht": 240, "patience": 300}, expected_wait=300.0)
    for _ in range(20):
        assert live.route(SERVICE).destination == "nord"
    answered = 20 * (1.0 - 150.0 / (150.0 + 390.0))  # 14.4: the next one is in the first tier for .56
    expected = contract.usage().add(BilledContact(handle=Exponential(240.0)), answered)
    assert offer(live).price == pytest.approx(contract.marginal_price(expected, BilledContact(handle=240.0)))
    assert offer(live).price == pytest.approx(3.0 * (15.0 - answered) + 1.0 * (answered - 14.0), rel=1e-9)


def test_a_router_that_has_decided_nothing_yet_knows_the_bills_of_its_ledger(clock: Clock) -> None:
    ledger = Ledger()
    serve(routing(clock, TAKE_OR_PAY, ledger))
    assert routing(clock, TAKE_OR_PAY, ledger).bill("nord").handled == 1


def test_a_new_period_begins_a_new_bill_though_nobody_has_called_yet(clock: Clock) -> None:
    live = routing(clock, Contract(price_per_contact=3.0))
    serve(live)
    assert live.invoice("nord").total == 3.0
    clock.now = MONTH + 31 * DAY
    assert live.invoice("nord").total == 0.0


# -- quality -----------------------------------------------------------------------------------------------


def judged(live: Router, contacts: int, handle: float = 240.0, **found) -> None:
    """Contacts that are all judged alike; quality is valued anew with each 32nd."""
    for _ in range(contacts):
        decision = live.route(SERVICE)
        live.judge(decision, **found)
        live.settle(decision, "answered", handle=handle)


def faded(prior: float, weight: float, value: float, times: int, memory: float = 2000.0) -> float:
    """Mean of a prior and equal values of which each later one takes a little of the weight."""
    worth = sum((1 - 1 / memory) ** later for later in range(times))
    return (weight * prior + worth * value) / (weight + worth)


def test_unresolved_contacts_cost_money(clock: Clock) -> None:
    live = routing(clock, Contract(price_per_contact=4.0), queue={"unresolved_cost": 10.0})
    assert (offer(live).extra, offer(live).cost) == (0.0, 4.0)
    judged(live, 32, resolved=False)
    lost = 10.0 * (1.0 - faded(1.0, 100, 0.0, 32))
    assert offer(live).price == 4.0
    assert offer(live).extra == pytest.approx(lost, rel=0.01)
    assert offer(live).cost == pytest.approx(4.0 + offer(live).extra)


def test_dissatisfied_customers_cost_money(clock: Clock) -> None:
    live = routing(clock, Contract(), queue={"dissatisfied_cost": 6.0, "satisfaction": 0.9})
    judged(live, 64, satisfaction=0.25)
    assert offer(live).extra == pytest.approx(6.0 * (0.9 - faded(1.0, 100, 0.25, 64)), rel=0.02)


def test_a_vendor_that_is_better_than_the_house_is_worth_more_than_its_price(clock: Clock) -> None:
    live = routing(
        clock,
        Contract(price_per_contact=4.0),
        queue={"unresolved_cost": 10.0, "resolution": 0.7},
        quality=QualityPrior(resolution=0.8),
    )
    assert offer(live).extra == pytest.approx(-1.0)
    assert offer(live).cost == pytest.approx(3.0)


def test_quality_that_nobody_measured_or_values_costs_nothing(clock: Clock) -> None:
    unvalued = routing(clock, Contract(price_per_contact=4.0))
    judged(unvalued, 64, resolved=False, satisfaction=0.0)
    assert offer(unvalued).extra == 0.0
    unmeasured = routing(clock, Contract(), queue={"unresolved_cost": 10.0, "resolution": 0.5})
    judged(unmeasured, 64)
    assert offer(unmeasured).extra == 0.0


def test_a_kept_contact_is_judged_in_vain(clock: Clock) -> None:
    live = routing(clock, Contract(), queue={"unresolved_cost": 10.0})
    live.state["service"].update(busy=1, waiting=0)
    kept = live.route(SERVICE)
    assert kept.destination == "service"
    for _ in range(100):
        live.judge(kept, resolved=False)
    live.state["service"].update(busy=4)
    judged(live, 32)
    assert offer(live).extra == 0.0


def test_a_slower_vendor_is_dearer_by_the_minute(clock: Clock) -> None:
    per_minute = Contract(price_per_minute=1.0)
    known = routing(clock, per_minute, quality=QualityPrior(handle_time_factor=1.5))
    assert offer(known).price == pytest.approx(6.0)
    measured = routing(clock, per_minute)
    assert offer(measured).price == pytest.approx(4.0)
    judged(measured, 64, handle=480.0)
    assert offer(measured).price == pytest.approx(4.0 * faded(1.0, 100, 2.0, 64), rel=0.02)
    by_terms = routing(clock, Contract(terms=(PerMinute(price=1.0),)))
    judged(by_terms, 64, handle=480.0)
    assert offer(by_terms).price == pytest.approx(offer(measured).price)


def test_a_vendor_as_slow_as_the_house_costs_what_it_really_takes(clock: Clock) -> None:
    live = routing(clock, Contract(price_per_minute=1.0))
    live.state["service"].update(busy=0, waiting=0)
    for _ in range(500):
        live.state["service"].update(busy=0)
        decision = live.route(SERVICE)
        assert decision.destination == "service"
        live.settle(decision, "answered", handle=480.0)
    live.state["service"].update(busy=4)
    judged(live, 512, handle=480.0)
    assert offer(live).price == pytest.approx(8.0, rel=0.05)


def test_a_vendor_that_answers_late_is_paid_less_for_the_next_contact(clock: Clock) -> None:
    level = SlaMeasure(name="service level", weight=1.0, floor=0.7, target=0.8)
    contract = Contract(terms=(PerContact(price=4.0), ServiceCredits(at_risk=0.1, measures=(level,))))
    live = routing(clock, contract)
    serve(live)
    assert offer(live).price == pytest.approx(4.0)  # nothing is measured yet: it is believed to be on target
    for _ in range(640):
        decision = live.route(SERVICE)
        live.settle(decision, "answered", wait=500.0, handle=240.0)
    # 4.00 a contact less the 10 % at risk, as the level is below its floor
    assert offer(live).price == pytest.approx(3.6)


def test_a_tier_ends_where_contacts_handled_reach_it(clock):
    """900 handled and 100 abandoned: 100 more at 1.00, then the other vendor's 3.00 is less than 9.00."""
    tiers = (Tier(above=0, up_to=1_000, price_per_contact=1.0), Tier(above=1_000, price_per_contact=9.0))
    vendors = {
        "nord": vendor(contract=Contract(tiers=tiers, expected_volume=0)),
        "sud": vendor(contract=Contract(price_per_contact=3.0)),
    }
    center = one_queue({"stale_after": math.inf, "lost_after": math.inf}, vendors=vendors)
    live = Router(center, QueueLength(0), clock=clock, compile=False)
    live.state["service"].update(agents=4, busy=4, waiting=2)
    for number in range(1_000):
        serve(live, outcome="abandoned" if number < 100 else "answered")
    assert live.route_many([SERVICE] * 2_000).destinations.tolist().count("nord") == 100
