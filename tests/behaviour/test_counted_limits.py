"""Limits that are counted over the day, contacts that give their place back, and leases that end."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, date, datetime
from hashlib import blake2b

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bporoute import (
    Action,
    Center,
    Contact,
    Contract,
    Decision,
    QueueLength,
    Router,
    Share,
    Snapshot,
    Trial,
    VendorState,
)
from helpers.clock import NOON, Clock
from helpers.strategies import BUSY, FREE, VENDORS, one_queue, vendor

pytestmark = pytest.mark.usefixtures("either_kernels")

SERVICE = Contact("service")
AT_ONCE = QueueLength(0)
PRICE = 2.5
HOUR, DAY = 3600.0, 86_400.0


def routing(center: Center, clock: Clock, policy=AT_ONCE, lease: float = math.inf) -> Router:
    """A router whose house is busy, so that whatever may go out does."""
    live = Router(center, policy, clock=clock, lease=lease, compile=False)
    live.state["service"].update(agents=4, busy=4, waiting=2)
    return live


def patient(**changes) -> Center:
    """One queue whose state never ages, and vendors with one price; `vendors`: what each has besides."""
    houses = {
        name: vendor(**{"contract": Contract(price_per_contact=PRICE), **terms})
        for name, terms in changes.pop("vendors", {"nord": {}}).items()
    }
    return one_queue({"stale_after": math.inf, "lost_after": math.inf}, vendors=houses, **changes)


def reasons(decision: Decision) -> dict[str, str]:
    return {out.destination: out.reason.rule for out in decision.rejected}


# -- shares of a day ---------------------------------------------------------------------------------


class Day:
    """What went where in a day of the center's clock, from nothing but the decisions."""

    def __init__(self) -> None:
        self.routed = 0
        self.sent: Counter[str] = Counter()

    @property
    def out(self) -> int:
        return sum(self.sent.values())

    def count(self, decision: Decision) -> None:
        self.routed += 1
        if decision.action == Action.OVERFLOW:
            self.sent[decision.destination] += 1

    def herfindahl(self) -> float:
        return sum(count * count for count in self.sent.values()) / self.out**2


shares = st.sampled_from((0.0, 0.2, 1 / 3, 0.5, 0.9, 1.0))
limits = st.fixed_dictionaries(
    {
        "min_in_house_share": shares,
        "max_concentration": st.sampled_from((0.34, 0.4, 0.6, 1.0)),
        "concentration_from": st.integers(0, 12),
        "timezone": st.sampled_from(("UTC", "Asia/Kolkata", "America/New_York")),
    }
)
houses = st.lists(
    st.fixed_dictionaries(
        {"max_share": shares, "max_exposure": st.none() | st.sampled_from((0.0, 3.0, 12.0))},
        optional={"prepaid": st.sampled_from((0.0, 5.0))},
    ),
    min_size=3,
    max_size=3,
)
steps = st.lists(
    st.tuples(
        st.sampled_from((BUSY, BUSY, FREE)),
        st.sampled_from(("answered", "abandoned", "failed", "")),
        st.integers(0, 99),
        st.sampled_from((0.0, 1.0, 60.0, 4 * HOUR)),
    ),
    max_size=40,
)
policies = st.sampled_from((QueueLength(0), Share({"nord": 0.5, "syd": 0.5}), Share({"ost": 0.7})))


def priced(live: Router, clock: Clock) -> Router:
    """The router once it knows what its vendors ask for its contacts."""
    live.preview(SERVICE)
    clock.now += HOUR
    live.preview(SERVICE)
    return live


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(limits, houses, policies, steps, st.booleans())
def test_no_limit_is_ever_exceeded(limits, houses, policy, steps, by_snapshot) -> None:
    clock = Clock()
    center = patient(vendors=dict(zip(VENDORS, houses, strict=True)), **limits)
    live = priced(routing(center, clock, policy), clock)
    days: dict[date, Day] = {}
    there: list[Decision] = []
    owed: Counter[str] = Counter()
    for state, outcome, number, pause in steps:
        clock.now += pause
        if by_snapshot:
            decision = live.route(SERVICE, Snapshot(service=state))
        else:
            live.state["service"].update(agents=state.agents, busy=state.busy, waiting=state.waiting)
            decision = live.route(SERVICE)
        today = datetime.fromtimestamp(clock.now, center.zone).date()
        day = days.setdefault(today, Day())
        day.count(decision)
        if decision.action == Action.OVERFLOW:
            name = decision.destination
            house = center.vendors[name]
            there.append(decision)
            assert day.out <= (1 - center.min_in_house_share) * day.routed + 1e-6
            assert day.sent[name] <= house.max_share * day.routed + 1e-6
            if day.out >= center.concentration_from and day.sent[name] * 3 > day.out:
                assert day.herfindahl() <= center.max_concentration + 1e-6
            if house.max_exposure is not None:
                inside = sum(decision.destination == name for decision in there)
                assert owed[name] + PRICE * inside <= house.prepaid + house.max_exposure + 1e-6
        if outcome and there:
            decision = there.pop(number % len(there))
            owed[decision.destination] += live.settle(decision, outcome)
            if outcome == "failed":  # it never counted
                sent_on = datetime.fromtimestamp(decision.at, center.zone).date()
                days[sent_on].sent[decision.destination] -= 1


def test_each_limit_is_told_as_the_reason(clock: Clock) -> None:
    for terms, changes, rule in (
        ({"max_share": 0.5}, {}, "max_share"),
        ({}, {"min_in_house_share": 0.5}, "min_in_house_share"),
        ({"max_exposure": PRICE}, {}, "max_exposure"),
    ):
        live = priced(routing(patient(vendors={"nord": terms}, **changes), clock), clock)
        found = [live.route(SERVICE) for _ in range(2)]
        assert rule in {name for decision in found for name in reasons(decision).values()}
    live = routing(
        patient(vendors={"nord": {}, "syd": {}}, max_concentration=0.6, concentration_from=2), clock
    )
    found = [live.route(SERVICE) for _ in range(4)]
    assert [decision.destination for decision in found] == ["nord", "syd"] * 2
    assert reasons(found[1]) == {"nord": "max_concentration"}


@pytest.mark.parametrize(
    ("terms", "changes"), [({"max_share": 0.25}, {}), ({}, {"min_in_house_share": 0.75})], ids=str
)
def test_a_share_is_used_up_to_its_limit(clock: Clock, terms, changes) -> None:
    live = routing(patient(vendors={"nord": terms}, **changes), clock)
    went = Counter(live.route(SERVICE).destination for _ in range(16))
    assert went == {"nord": 4, "service": 12}


def test_shares_begin_anew_at_the_centers_midnight(clock: Clock) -> None:
    live = routing(patient(vendors={"nord": {"max_share": 0.5}}, timezone="Asia/Kolkata"), clock)
    clock.now = datetime(2026, 11, 22, 18, 29, 59, tzinfo=UTC).timestamp()  # a second before midnight
    assert [live.route(SERVICE).destination for _ in range(3)] == ["service", "nord", "service"]
    assert live.route(SERVICE).destination == "nord"
    clock.now += 1
    assert [live.route(SERVICE).destination for _ in range(2)] == ["service", "nord"]


def test_exposure_grows_with_what_is_owed_and_with_what_is_there(clock: Clock) -> None:
    live = priced(routing(patient(vendors={"nord": {"max_exposure": 6.0, "prepaid": 4.0}}), clock), clock)
    sent = [live.route(SERVICE) for _ in range(4)]  # 10 buy four contacts
    assert {decision.destination for decision in sent} == {"nord"}
    assert reasons(live.route(SERVICE)) == {"nord": "max_exposure"}
    live.settle(sent[0], "answered")
    assert reasons(live.route(SERVICE)) == {"nord": "max_exposure"}
    live.settle(sent[1], "abandoned")  # not paid, so one more can be
    assert [live.route(SERVICE).destination for _ in range(2)] == ["nord", "service"]
    live.settle(sent[2], "failed")
    assert [live.route(SERVICE).destination for _ in range(2)] == ["nord", "service"]


def test_exposure_binds_from_the_first_contact_on(clock: Clock) -> None:
    live = routing(patient(vendors={"nord": {"max_exposure": 0.0}}), clock)
    assert [live.route(SERVICE).destination for _ in range(3)] == ["service"] * 3


# -- failed contacts give their place back ---------------------------------------------------------------


@pytest.mark.parametrize("cap", ["cap_per_hour", "cap_per_day", "cap_per_period"])
@pytest.mark.parametrize("outcome", ["answered", "abandoned", "failed"])
def test_only_a_failed_contact_gives_its_place_below_a_cap_back(clock: Clock, cap: str, outcome: str) -> None:
    contract = Contract(price_per_contact=PRICE, **{cap: 1})
    live = routing(patient(vendors={"nord": {"contract": contract}}), clock)
    first = live.route(SERVICE)
    assert reasons(live.route(SERVICE)) == {"nord": cap}
    live.settle(first, outcome)
    freed = outcome == "failed"
    assert live.route(SERVICE).destination == ("nord" if freed else "service")
    usage = live.usage("nord")
    assert (usage.this_hour, usage.today, usage.this_period, usage.in_flight) == (1, 1, 1, int(freed))
    live.settle(first, "failed")  # a second time gives nothing back
    assert reasons(live.route(SERVICE)) == {"nord": cap}


@pytest.mark.parametrize("outcome", ["answered", "abandoned", "failed"])
def test_every_outcome_frees_a_place_at_the_vendor(clock: Clock, outcome: str) -> None:
    live = routing(patient(vendors={"nord": {"capacity": 1}}), clock)
    first = live.route(SERVICE)
    assert reasons(live.route(SERVICE)) == {"nord": "capacity"}
    live.settle(first, outcome)
    assert live.usage("nord").in_flight == 0
    assert live.route(SERVICE).destination == "nord"


@pytest.mark.parametrize(
    ("later", "left"),
    [(600.0, (1, 1, 1)), (2 * HOUR, (1, 1, 1)), (13 * HOUR, (1, 1, 1)), (9 * DAY, (1, 1, 1))],
)
def test_a_place_is_given_back_only_where_the_contact_was_counted(
    clock: Clock, later: float, left: tuple[int, int, int]
) -> None:
    live = routing(patient(), clock)
    first = live.route(SERVICE)
    clock.now += later
    live.route(SERVICE)
    live.settle(first, "failed")
    usage = live.usage("nord")
    assert (usage.this_hour, usage.today, usage.this_period) == left


@pytest.mark.parametrize(
    ("terms", "changes"), [({"max_share": 0.5}, {}), ({}, {"min_in_house_share": 0.5})], ids=str
)
def test_a_failed_contact_gives_its_share_of_the_day_back(clock: Clock, terms, changes) -> None:
    live = routing(patient(vendors={"nord": terms}, **changes), clock)
    assert live.route(SERVICE).destination == "service"
    failed = live.route(SERVICE)
    assert failed.destination == "nord"
    live.settle(failed, "failed")
    assert live.route(SERVICE).destination == "nord"  # the first of three
    assert live.route(SERVICE).destination == "nord"
    assert live.route(SERVICE).destination == "service"


def test_failed_contacts_leave_no_concentration_behind(clock: Clock) -> None:
    center = patient(vendors={"nord": {}, "syd": {}}, max_concentration=0.6, concentration_from=2)
    live = routing(center, clock)
    for _ in range(3):
        found = [live.route(SERVICE) for _ in range(3)]
        assert [decision.destination for decision in found] == ["nord", "syd", "nord"]
        for decision in found:
            live.settle(decision, "failed")


# -- leases ----------------------------------------------------------------------------------------------


LEASE = 600.0


def one_at_a_time(clock: Clock) -> Router:
    return routing(patient(vendors={"nord": {"capacity": 1}}), clock, lease=LEASE)


def go_on(live: Router, contacts: int) -> Counter[str | None]:
    """Where so many further contacts go, none of which is settled."""
    return Counter(live.route(SERVICE).destination for _ in range(contacts))


def test_a_contact_that_nobody_settles_is_gone_in_the_end_and_stays_spent(clock: Clock) -> None:
    live = one_at_a_time(clock)
    assert go_on(live, 400)["nord"] == 1
    clock.now += LEASE + 1
    assert go_on(live, 300)["nord"] == 1
    usage = live.usage("nord")
    assert (usage.in_flight, usage.this_period, usage.today, usage.answered) == (1, 2, 2, 0)
    assert usage.spent == 0.0


def test_a_contact_is_there_until_its_lease_ends(clock: Clock) -> None:
    live = one_at_a_time(clock)
    assert go_on(live, 400)["nord"] == 1
    clock.now += LEASE - 1
    assert go_on(live, 600)["nord"] == 0


def test_a_lease_ends_in_time(clock: Clock) -> None:
    live = one_at_a_time(clock)
    assert go_on(live, 20)["nord"] == 1
    clock.now += LEASE + 1
    assert go_on(live, 1)["nord"] == 1


def test_a_lease_begins_with_its_contact(clock: Clock) -> None:
    live = one_at_a_time(clock)
    for _ in range(40):
        live.settle(live.route(SERVICE), "answered")
    clock.now += LEASE - 1
    late = live.route(SERVICE)
    assert late.destination == "nord"
    clock.now += 2
    assert go_on(live, 300) == {"service": 300}
    assert live.settle(late, "answered") == PRICE


def test_a_contact_settled_after_its_lease_is_paid_and_frees_nobody_elses_place(clock: Clock) -> None:
    live = one_at_a_time(clock)
    first = live.route(SERVICE)
    go_on(live, 400)
    clock.now += LEASE + 1
    assert go_on(live, 300)["nord"] == 1
    live.state["service"].update(busy=1, waiting=0)
    assert live.settle(first, "answered", handle=200.0) == PRICE
    assert live.preview(SERVICE).present == 1
    assert live.usage("nord").in_flight == 1
    assert live.usage("nord").spent == PRICE


# -- trials ------------------------------------------------------------------------------------------------


def drawn(contact: str) -> float:
    """The first 53 bits of a hash of 64, as a number in [0, 1)."""
    return int(blake2b(contact.encode(), digest_size=8).hexdigest(), 16) // 2**11 / 2**53


TRIAL = Contract(price_per_contact=PRICE, start=date(2026, 11, 1), terms=(Trial(months=3, share=0.3),))


def test_a_trial_takes_the_contacts_whose_hash_is_below_its_share(clock: Clock) -> None:
    live = routing(patient(vendors={"nord": {"contract": TRIAL}}), clock)
    took = 0
    for number in range(400):
        contact = Contact("service", id=f"call {number}")
        decision = live.route(contact)
        assert (decision.destination == "nord") == (drawn(contact.id) < 0.3)
        assert reasons(decision).get("nord") == (None if drawn(contact.id) < 0.3 else "trial")
        took += decision.destination == "nord"
        assert live.preview(contact).destination == decision.destination
    assert took == pytest.approx(120, abs=30)


@given(st.text(max_size=20), st.floats(0, 80 * DAY))
def test_a_contact_of_a_trial_always_meets_the_same_answer(name: str, later: float) -> None:
    contact, clock = Contact("service", id=name), Clock()
    first = routing(patient(vendors={"nord": {"contract": TRIAL}}), clock).route(contact)
    clock.now = max(NOON - 20 * DAY, NOON + later - 30 * DAY)
    live = routing(patient(vendors={"nord": {"contract": TRIAL}, "syd": {"max_share": 0.0}}), clock)
    live.vendors["syd"].update(up=False)
    second = live.route(contact)
    assert second.destination == first.destination == ("nord" if drawn(name) < 0.3 else "service")


def test_after_the_trial_a_vendor_may_have_them_all(clock: Clock) -> None:
    clock.now = datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC).timestamp()
    live = routing(patient(vendors={"nord": {"contract": TRIAL}}), clock)
    contacts = [Contact("service", id=f"call {number}") for number in range(50)]
    before = Counter(live.route(contact).destination for contact in contacts)
    assert 0 < before["nord"] < 50
    clock.now += 1
    after = Counter(live.route(contact).destination for contact in contacts)
    assert after == {"nord": 50}


def test_a_trial_begins_while_the_router_runs(clock: Clock) -> None:
    clock.now = datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC).timestamp()
    live = routing(patient(vendors={"nord": {"contract": TRIAL}}), clock)
    contacts = [Contact("service", id=f"call {number}") for number in range(50)]
    assert reasons(live.route(contacts[0])) == {"nord": "term"}
    clock.now += 1
    for contact in contacts:
        assert (live.route(contact).destination == "nord") == (drawn(contact.id) < 0.3)


def test_two_vendors_on_trial_draw_by_the_same_hash(clock: Clock) -> None:
    down = VendorState(up=False)
    live = routing(patient(vendors={"nord": {"contract": TRIAL}, "syd": {"contract": TRIAL}}), clock)
    for number in range(60):
        contact = Contact("service", id=f"call {number}")
        expected = drawn(contact.id) < 0.3
        for told, name in ((down, "syd"), (VendorState(), "nord")):
            found = live.preview(contact, Snapshot(service=BUSY, nord=told)).destination
            assert found == (name if expected else "service")
