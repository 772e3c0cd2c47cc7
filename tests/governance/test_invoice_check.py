"""Invoices billed again: planted faults are found with their amounts, and differences sum to the cent."""

from collections import Counter
from datetime import datetime
from decimal import Decimal
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import (
    BilledContact,
    Center,
    ContactType,
    Contract,
    Currency,
    FixedFee,
    Indexation,
    IndexStep,
    InputError,
    Multiplier,
    PerContact,
    PerHour,
    PerMinute,
    PerResolution,
    Queue,
    ServiceCredits,
    SlaMeasure,
    TakeOrPay,
    Vendor,
    VolumeBand,
    VolumeTiers,
)
from bporoute.governance import PeriodTold, check_invoice, read_invoice_lines, scorecard
from bporoute.governance._invoices._matching import Asked, Known, match
from bporoute.governance._invoices._statement import totals_of
from bporoute.workload import FileFormat
from helpers.contracts import contracts
from helpers.planted_invoices import PERIOD, planted
from helpers.sharing import CALL, LENGTH, Host

MONTH = "2026-11"


def center_of(*terms, timezone="Europe/Berlin", contract=None, **more):
    vendors = {
        name: Vendor(
            country="EE",
            timezone=timezone,
            contact_types=("service", "sales"),
            contract=contract or Contract(terms=terms),
        )
        for name in ("nord", *more)
    }
    return Center(
        queues={"service": Queue(aht=240)},
        contact_types={"service": ContactType(queue="service"), "sales": ContactType(queue="service")},
        vendors=vendors,
        timezone="Europe/Berlin",
    )


def records_of(*handles, **columns):
    size = len(handles)
    return {
        "id": [f"c{number}" for number in range(size)],
        "vendor": ["nord"] * size,
        "type": ["service"] * size,
        "start": [f"2026-11-{2 + number // 40:02}T09:{number % 40:02}:00" for number in range(size)],
        "handle": list(handles),
        **columns,
    }


def told(found):
    return {each.reason: each.amount for each in found.reasons}


def found_of(center, invoice, contacts, period=MONTH, **options):
    return check_invoice(center, invoice, contacts, period, **options).of("nord")


def check_planted(size, seed):
    made = planted(size, seed)
    found = check_invoice(made.center, made.invoice, made.contacts, PERIOD)
    assert [each.vendor for each in found.vendors] == list(made.center.vendors)
    for each in found.vendors:
        assert each.billed == made.billed[each.vendor]
        assert each.owed == made.owed[each.vendor]
        wanted = made.faults[each.vendor]
        assert {total.reason: (total.lines, total.amount) for total in each.reasons} == {
            reason: (len(amounts), sum(amounts)) for reason, amounts in wanted.items()
        }
        for reason, amounts in wanted.items():
            lines = [finding.amount for finding in each.findings if finding.reason == reason]
            assert Counter(lines) == Counter(amounts)
        assert sum(total.amount for total in each.reasons) == each.difference


@pytest.mark.parametrize(("size", "seed"), [(1000, 1), (1000, 2), (1500, 16), (400, 5)])
def test_every_planted_fault_is_found_with_its_amount_and_no_other_line(size, seed):
    check_planted(size, seed)


@pytest.mark.slow
def test_a_month_of_three_vendors():
    check_planted(50_000, 3)


CALLS = st.lists(
    st.fixed_dictionaries(
        {
            "handle": st.integers(0, 400),
            "outcome": st.sampled_from(("answered", "answered", "answered", "abandoned", "failed")),
            "type": st.sampled_from(("service", "sales")),
            "minute": st.integers(0, 43_000),
        }
    ),
    min_size=1,
    max_size=10,
)
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(("", *(f"c{number}" for number in range(12)))),
            "item": st.sampled_from(("", "call", "fixed fee", "minutes", "credit", "surcharge")),
            "minutes": st.none() | st.integers(0, 9),
            "price": st.none() | st.sampled_from((0.3, 0.58, 1.5, 2.0)),
            "amount": st.integers(-5000, 5000).map(lambda cents: cents / 100),
        }
    ),
    min_size=1,
    max_size=12,
)


@given(contracts(), CALLS, LINES)
def test_differences_sum_to_billed_minus_owed(contract, calls, lines):
    center = center_of(contract=contract)
    own = [term.code for term in contract.terms if isinstance(term, Currency)]
    records = {
        "id": [f"c{number}" for number in range(len(calls))],
        "vendor": ["nord"] * len(calls),
        "type": [call["type"] for call in calls],
        "start": [1793487600.0 + 60 * call["minute"] for call in calls],
        "handle": [call["handle"] if call["outcome"] == "answered" else None for call in calls],
        "outcome": [call["outcome"] for call in calls],
    }
    invoice = {name: [line[name] for line in lines] for name in lines[0]} | {"vendor": ["nord"] * len(lines)}
    period = "2026-11" if contract.period == "month" else "2026-Q4"
    facts = {"nord": PeriodTold(hours={"paid": 7.0}, locked_volume=5.0)}
    found = found_of(center, invoice, records, period, told=facts)
    assert not found.problem
    assert found.currency == (own[0] if own else "EUR")
    assert found.billed == sum(Decimal(repr(line["amount"])) for line in lines)
    assert sum(total.amount for total in found.reasons) == found.difference == found.billed - found.owed
    for total in found.reasons:
        listed = sum(each.amount for each in found.findings if each.reason == total.reason)
        if total.reason not in ("rounding", "other"):
            assert total.amount == listed.quantize(Decimal("0.01"))
    assert "other" not in told(found) or any(each.reason == "other" for each in found.findings)


def test_what_is_right_has_no_lines():
    center = center_of(PerMinute(price=0.6, step=30), FixedFee(fee=100))
    invoice = {
        "id": ["c0", "c1", ""],
        "item": ["call", "call", "fixed fee"],
        "vendor": ["nord"] * 3,
        "amount": [0.9, 1.2, 100.0],
    }
    found = found_of(center, invoice, records_of(61, 120))
    assert (found.billed, found.owed, found.reasons, found.findings) == (
        Decimal("102.10"),
        Decimal("102.10"),
        (),
        (),
    )


@pytest.mark.parametrize(
    ("line", "reason", "text"),
    [
        ({"amount": 1.20}, "step", "60 s instead of 30 s"),
        ({"amount": 0.61}, "step", "not in steps instead of 30 s"),
        ({"amount": 1.50, "seconds": 145}, "minutes", "145 s billed, 61 s recorded"),
        ({"amount": 0.99, "price": 0.66, "minutes": 1.5}, "price", "0.66 instead of 0.6"),
        ({"amount": 1.35}, "multiplier", "times 1.5 instead of 1"),
        ({"amount": 1.00, "price": 0.6, "minutes": 1.5}, "arithmetic", "1.5 x 0.6 is 0.90"),
        ({"amount": 7.77}, "other", ""),
    ],
)
def test_why_a_line_differs(line, reason, text):
    center = center_of(PerMinute(price=0.6, step=30), Multiplier(factor=1.5, hours=("daily 22:00-06:00",)))
    invoice = {"id": ["c0"], **{name: [value] for name, value in line.items()}}
    found = found_of(center, invoice, records_of(61))
    (finding,) = found.findings
    assert (finding.reason, finding.text) == (reason, text)
    assert finding.amount == Decimal(repr(line["amount"])) - Decimal("0.9")


def test_two_faults_of_a_line_are_two_amounts():
    center = center_of(PerMinute(price=0.6, step=30))
    found = found_of(
        center, {"id": ["c0"], "amount": [1.11], "minutes": [1.85], "price": [0.6]}, records_of(61)
    )
    assert told(found) == {"minutes": Decimal("0.30"), "step": Decimal("-0.09")}


def test_another_step_and_another_multiplier():
    night = Multiplier(factor=1.5, hours=("daily 22:00-06:00",))
    center = center_of(PerMinute(price=0.6, step=30), night)
    found = found_of(center, {"id": ["c0"], "amount": [1.80]}, records_of(61))
    assert told(found) == {"step": Decimal("0.30"), "multiplier": Decimal("0.60")}


def test_a_price_that_all_lines_share_and_none_tells():
    center = center_of(PerMinute(price=0.58))
    handles = [60 * (2 + number % 7) + number for number in range(40)]
    amounts = [round(0.597 * handle / 60, 2) for handle in handles]
    found = found_of(center, {"id": [f"c{n}" for n in range(40)], "amount": amounts}, records_of(*handles))
    assert set(told(found)) <= {"price", "rounding", "step"}
    assert told(found)["price"] == pytest.approx(found.difference, abs=Decimal("0.10"))


def test_free_calls_and_calls_that_nobody_answered():
    center = center_of(
        PerMinute(price=0.6, free_up_to=10), PerContact(price=1.0, counts="handled", free_up_to=10)
    )
    records = records_of(7, "", 100, outcome=["answered", "abandoned", "answered"])
    invoice = {"id": ["c0", "c1", "c2"], "amount": [1.07, 1.0, 2.0]}
    assert told(found_of(center, invoice, records)) == {
        "short_call": Decimal("1.07"),
        "not_answered": Decimal("1.00"),
    }


def test_an_id_that_is_repeated_with_another_length_is_a_duplicate():
    center = center_of(PerMinute(price=0.6))
    invoice = {"id": ["c0", "c0"], "seconds": [300, 60], "amount": [3.0, 0.6]}
    found = found_of(center, invoice, records_of(60))
    (finding,) = found.findings
    assert (finding.reason, finding.place, finding.amount) == ("duplicate", "row 1", Decimal(3))
    assert finding.text == "as row 2, there with 60 s, here with 300 s"


def test_lines_for_the_terms_of_a_contact_are_one():
    center = center_of(PerContact(price=1.0), PerMinute(price=0.6))
    invoice = {"id": ["c0", "c0", "c0"], "item": ["call", "minutes", "call"], "amount": [1.0, 0.6, 1.0]}
    assert told(found_of(center, invoice, records_of(60))) == {"duplicate": Decimal("1.00")}


def test_a_contact_of_another_vendor_and_of_another_month():
    center = center_of(PerContact(price=2.0), syd=None)
    records = records_of(60, 60, 60, vendor=["nord", "syd", "in-house"])
    records["start"][0] = "2026-10-31T23:59:59"
    found = found_of(center, {"id": ["c0", "c1", "c2"], "vendor": ["nord"] * 3, "amount": [2.0] * 3}, records)
    assert {(each.id, each.reason, each.text) for each in found.findings} == {
        ("c0", "outside_period", "it began before the period"),
        ("c1", "not_in_records", "in our records syd took it"),
        ("c2", "not_in_records", "in our records it was kept in-house"),
    }
    remark = check_invoice(
        center, {"id": ["c0"], "vendor": ["nord"], "amount": [2.0]}, records, MONTH
    ).remarks
    assert remark == ("syd: 1 contact of 2026-11 in our records and no line in the invoice",)


def test_the_period_is_by_the_vendors_clock():
    records = records_of(60)
    records["start"] = ["2026-11-01T04:30:00"]  # in New York it is still October
    found = found_of(
        center_of(PerContact(price=2.0), timezone="America/New_York"),
        {"id": ["c0"], "amount": [2.0]},
        records,
    )
    assert told(found) == {"outside_period": Decimal("2.00")}


def test_tokens_come_before_ids():
    center = center_of(PerContact(price=2.0))
    records = records_of(60, 60, token=["t0", "t1"])
    found = found_of(center, {"id": ["c1", "z"], "token": ["t0", "t1"], "amount": [2.0, 2.0]}, records)
    assert (found.matched, found.reasons) == ({"token": 2}, ())


def test_the_ledger_says_whose_a_token_is(tmp_path):
    host, elsewhere = Host(tmp_path / "ledger", 1), Host(tmp_path / "other", 1)
    router = host.routers[0]
    settled, open_one = (router.route(CALL).token for _ in range(2))
    router.settle(settled, "answered", wait=0.0, handle=LENGTH)
    tokens = [settled, open_one, elsewhere.routers[0].route(CALL).token, "z"]
    elsewhere.close()
    lines = {"token": tokens, "start": ["2026-11-03T09:00:00"] * 4, "amount": [2.0] * 4}
    found = found_of(center_of(PerContact(price=2.0)), lines, records_of(60), ledger=tmp_path / "ledger")
    host.close()
    texts = {each.place: each.text for each in found.findings if each.reason == "not_in_records"}
    assert list(texts.values()) == [
        "the ledger has counted its token; our records lack it",
        "the ledger knows its token, and no end of it; our records lack it",
        "its token was made by nobody with the ledger's key",
        "its token is none",
    ]


def by_time(starts, seconds, **more):
    return {"start": starts, "seconds": seconds, "amount": [2.0] * len(starts), **more}


def test_by_time_one_to_one():
    center = center_of(PerContact(price=2.0))
    records = records_of(100, 101, 300)
    records["start"] = ["2026-11-02T09:00:00", "2026-11-02T09:00:04", "2026-11-02T10:00:00"]
    invoice = by_time(["2026-11-02T09:00:03", "2026-11-02T09:00:01", "2026-11-02T10:00:05"], [101, 100, 298])
    found = found_of(center, invoice, records)
    assert (found.matched, found.ambiguous, found.reasons) == ({"time": 3}, 2, ())
    assert any("2 lines fit several of our contacts" in line for line in found.remarks)


def test_just_too_far_apart_is_no_match():
    center = center_of(PerContact(price=2.0))
    records = records_of(100)
    records["start"] = ["2026-11-02T09:00:00"]
    near = found_of(center, by_time(["2026-11-02T09:00:05"], [102]), records)
    assert near.matched == {"time": 1}
    other_length = found_of(center, by_time(["2026-11-02T09:00:05"], [103]), records)
    assert other_length.matched == {"start": 1}
    late = found_of(center, by_time(["2026-11-02T09:00:06"], [100]), records)
    assert told(late) == {"not_in_records": Decimal("2.00"), "not_billed": Decimal("-2.00")}
    again = found_of(center, by_time(["2026-11-02T09:00:00", "2026-11-02T09:00:01"], [100, 101]), records)
    assert told(again) == {"duplicate": Decimal("2.00")}


def test_matching_by_time_is_the_best_of_all():
    rng = np.random.default_rng(5)
    center = center_of(PerContact(price=2.0))
    for _ in range(20):
        size = 4
        begun, lengths = rng.integers(0, 12, size), rng.integers(100, 104, size)
        at = begun + rng.integers(-3, 4, size)
        records = records_of(*lengths.tolist())
        records["start"] = [f"2026-11-02T09:00:{second:02}" for second in begun]
        first = datetime(2026, 11, 2, 9, 0, 0).timestamp()
        invoice = by_time(
            [datetime.fromtimestamp(first + second).isoformat() for second in at.tolist()], lengths.tolist()
        )
        found = found_of(center, invoice, records)
        assert found.matched == {"time": size}  # as many as there are, whoever is nearest to whom
        assert found.reasons == ()


@pytest.mark.parametrize("dated", [False, True])
def test_ids_that_are_used_again_each_month_are_those_of_the_invoices_month(dated):
    center = center_of(PerMinute(price=0.6))
    days = ["2026-10-30", "2026-11-03", "2026-12-02"]
    records = records_of(*[60, 90, 120, 180, 240, 300])
    records["id"] = ["1", "2"] * 3
    records["start"] = [f"{day} 1{hour}:00" for day in days for hour in (0, 1)]
    invoice = {"id": ["1", "2"], "amount": [1.2, 1.8]}
    if dated:
        invoice["start"] = records["start"][2:4]
    found = found_of(center, invoice, records)
    assert (found.billed, found.owed) == (Decimal("3.00"), Decimal("3.00"))
    assert (found.reasons, found.matched) == ((), {"id": 2})
    billed_twice = {name: [*column, column[0]] for name, column in invoice.items()}
    found = found_of(center, billed_twice, records)
    assert [(each.reason, each.lines, each.amount) for each in found.reasons] == [
        ("duplicate", 1, Decimal("1.20"))
    ]


@given(
    st.lists(st.tuples(st.integers(0, 14), st.integers(60, 64)), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 14), st.integers(60, 64)), min_size=1, max_size=5),
)
def test_matching_is_what_trying_all_ways_finds(lines, contacts):
    asked = Asked(
        [""] * len(lines), [""] * len(lines), *(np.array([each[k] for each in lines], float) for k in (0, 1))
    )
    starts, lengths = (np.array([each[k] for each in contacts], float) for k in (0, 1))
    known = Known([""] * len(contacts), [""] * len(contacts), starts, np.array([lengths]))
    found = match(asked, known)

    def cost(line, contact):
        apart = [abs(one - other) for one, other in zip(lines[line], contacts[contact], strict=True)]
        return apart[0] + 10 * apart[1] if apart[0] <= 5 and apart[1] <= 2 else None

    best = (0, 0.0)
    places = [*range(len(contacts)), *([None] * len(lines))]
    for way in set(permutations(places, len(lines))):
        costs = [cost(line, contact) for line, contact in enumerate(way) if contact is not None]
        if None not in costs:
            best = max(best, (len(costs), -float(sum(costs))))
    pairs = [
        (line, contact)
        for line, contact in enumerate(found.contacts.tolist())
        if found.how[line] == "time" and not found.again[line]
    ]
    assert len({contact for _, contact in pairs}) == len(pairs)
    assert best == (len(pairs), -float(sum(cost(*pair) for pair in pairs)))


def test_days_without_records_are_told():
    center = center_of(PerContact(price=2.0))
    lines = {
        "id": ["c0", "x", "y", "z"],
        "start": ["2026-11-02T09:00:00", "2026-11-02T10:00:00", "2026-11-20T10:00:00", "2026-11-21T10:00:00"],
        "amount": [2.0] * 4,
    }
    found = found_of(center, lines, records_of(60))
    assert told(found) == {"not_in_records": Decimal("6.00")}
    assert found.remarks == (
        "our records have no contact on 2 days (2026-11-20, 2026-11-21) on which the invoice has 2 lines: "
        "are they complete?",
    )


def test_a_clock_of_another_zone_is_told_and_taken_into_account():
    center = center_of(PerContact(price=2.0))
    handles = [100 + number for number in range(30)]
    records = records_of(*handles)
    starts = [f"2026-11-02T08:{number:02}:00" for number in range(30)]
    found = found_of(center, by_time(starts, handles), records)
    assert (found.matched, found.reasons) == ({"time": 30}, ())
    assert "the invoice's clock is 3,600 s behind ours" in found.remarks[0]


@pytest.mark.parametrize("order", [(61, 119), (119, 61)])
def test_a_begin_in_the_hour_that_comes_twice_may_be_in_either(order):
    center = center_of(PerMinute(price=0.6))
    records = records_of(61, 119)
    records["start"] = ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]
    lines = {
        "start": ["2026-10-25 02:30:00"] * 2,
        "seconds": list(order),
        "amount": [each / 100 for each in order],
    }
    found = found_of(center, lines, records, "2026-10")
    assert (found.matched, found.reasons) == ({"time": 2}, ())
    again = {name: [*values, values[0]] for name, values in lines.items()}
    assert told(found_of(center, again, records, "2026-10")) == {"duplicate": Decimal(order[0]) / 100}


TIERS = VolumeTiers(
    tiers=(VolumeBand(above=0, up_to=3, price=3.0), VolumeBand(above=3, price=2.0)), mode="incremental"
)


@pytest.mark.parametrize(
    ("terms", "lines", "wanted"),
    [
        ((PerMinute(price=0.6, step=30),), [("minutes", 6, 0.6, 3.6)], {}),
        ((PerMinute(price=0.6, step=30),), [("minutes", 7, 0.6, 4.2)], {"step": "0.60"}),
        ((PerMinute(price=0.6, step=30),), [("minutes", 9, 0.6, 5.4)], {"minutes": "1.80"}),
        ((PerMinute(price=0.6, step=30),), [("minutes", 6, 0.7, 4.2)], {"price": "0.60"}),
        ((PerMinute(price=0.6, step=30),), [("minutes", 6, 0.6, 3.8)], {"arithmetic": "0.20"}),
        ((PerContact(price=2.0),), [("calls", 4, 2.0, 8.0)], {}),
        ((PerContact(price=2.0),), [("calls", 5, 2.0, 10.0)], {"not_answered": "2.00"}),
        ((PerContact(price=2.0),), [("calls", 7, 2.0, 14.0)], {"contacts": "6.00"}),
        ((PerContact(price=2.0),), [("calls", 4, 2.0, 8.0)] * 2, {"duplicate": "8.00"}),
        ((PerContact(price=2.0, free_up_to=50),), [("calls", 4, 2.0, 8.0)], {"short_call": "2.00"}),
        ((TIERS,), [("calls", 3, 3.0, 9.0), ("calls tier 2", 1, 2.0, 2.0)], {}),
        ((TIERS,), [("calls", 4, 3.0, 12.0)], {"tier": "1.00"}),
        ((PerContact(price=2.0), FixedFee(fee=50)), [("calls", 4, 2.0, 8.0)], {"not_billed": "-50.00"}),
        (
            (PerContact(price=2.0), FixedFee(fee=50)),
            [("calls", 4, 2.0, 8.0), ("monthly fee", None, None, 60.0)],
            {"other": "10.00"},
        ),
        (
            (PerContact(price=2.0),),
            [("calls", 4, 2.0, 8.0), ("Christmas surcharge", None, None, 9.0)],
            {"not_agreed": "9.00"},
        ),
        (
            (PerContact(price=2.0), TakeOrPay(volume=10, price=2.0)),
            [("calls", 4, 2.0, 8.0), ("minimum commitment", 6, 2.0, 12.0)],
            {},
        ),
    ],
)
def test_lines_of_totals(terms, lines, wanted):
    records = records_of(40, 61, 70, 120, "", outcome=[*["answered"] * 4, "abandoned"])
    invoice = {
        "item": [line[0] for line in lines],
        "quantity": [line[1] for line in lines],
        "price": [line[2] for line in lines],
        "amount": [line[3] for line in lines],
    }
    found = found_of(center_of(*terms), invoice, records)
    assert told(found) == {reason: Decimal(amount) for reason, amount in wanted.items()}


def test_one_amount_for_everything():
    records = records_of(40, 61, 70, 120)
    center = center_of(PerMinute(price=0.6, step=30))
    for amount, wanted in ((3.6, {}), (4.2, {"step": Decimal("0.60")}), (5.0, {"other": Decimal("1.40")})):
        assert told(found_of(center, {"item": ["Services"], "amount": [amount]}, records)) == wanted
    center = center_of(PerMinute(price=0.6, step=30), FixedFee(fee=50))
    found = found_of(center, {"item": ["Services"], "amount": [60.0]}, records)
    assert told(found) == {"other": Decimal("6.40")}
    assert found.findings[0].text == "one amount for handle minutes, in steps of 30 s, fixed fee"


def test_a_sum_of_the_lines_is_no_line():
    center = center_of(PerContact(price=2.0), FixedFee(fee=50))
    invoice = {
        "id": ["c0", "c1", "", ""],
        "item": ["", "", "all calls", "fee"],
        "amount": [2.0, 2.0, 4.0, 50.0],
    }
    found = found_of(center, invoice, records_of(60, 60))
    assert (found.billed, found.reasons) == (54, ())
    assert found.remarks == ("row 3 left out: the sum of the lines of contacts",)


@pytest.mark.parametrize(
    ("added", "wanted", "left_out"),
    [
        ([("Total", 54.0)], {}, ["row 5"]),
        ([("Subtotal", 54.0), ("Grand total", 54.0)], {}, ["row 5, row 6"]),
        ([("VAT 19 %", 10.26)], {"tax": "10.26"}, []),
        ([("Net", 54.0), ("MwSt 19 %", 10.26), ("Brutto", 64.26)], {"tax": "10.26"}, ["row 5, row 7"]),
        ([("MwSt 19 %", 10.26), ("Summe netto", 54.0)], {"tax": "10.26"}, ["row 6"]),
        ([("Total", 55.0)], {"not_agreed": "55.00"}, []),
    ],
)
def test_totals_and_taxes_are_no_terms(added, wanted, left_out):
    center = center_of(PerContact(price=2.0), FixedFee(fee=50))
    lines = [("call", 2.0), ("call", 2.0), ("monthly fee", 50.0), ("nothing", 0.0), *added]
    invoice = {
        "id": ["c0", "c1", *[""] * (len(lines) - 2)],
        "item": [item for item, _ in lines],
        "amount": [amount for _, amount in lines],
    }
    found = found_of(center, invoice, records_of(60, 60))
    assert told(found) == {reason: Decimal(amount) for reason, amount in wanted.items()}
    assert found.remarks == tuple(f"{places} left out: the sum of other lines" for places in left_out)


def test_a_total_of_lines_of_terms_is_no_term():
    center = center_of(PerContact(price=4.0), FixedFee(fee=50))
    invoice = {"item": ["contacts handled", "monthly fee", "Total"], "amount": [8.0, 50.0, 58.0]}
    found = found_of(center, invoice, records_of(60, 60))
    assert (found.billed, found.reasons) == (58, ())


@pytest.mark.parametrize(
    ("billed", "price", "wanted"),
    [
        (5, 2.0, {}),
        (6, 2.0, {"contacts": "2.00"}),
        (5, 3.0, {"not_agreed": "15.00", "not_billed": "-10.00"}),
        (0, 2.0, {"not_billed": "-10.00"}),
    ],
)
def test_contacts_beyond_a_fee_may_be_billed_one_by_one(billed, price, wanted):
    center = center_of(FixedFee(fee=500, included=10, overage_price=2.0))
    ids = [f"c{number}" for number in range(15 - billed, 15)]
    invoice = {
        "id": ["", *ids],
        "start": ["", *["2026-11-02T09:00:00"] * billed],
        "item": ["monthly fee", *["call beyond the included"] * billed],
        "amount": [500.0, *[price] * billed],
    }
    if not billed:
        invoice = {name: values[:1] for name, values in invoice.items()}
    found = found_of(center, invoice, records_of(*[60] * 15))
    assert told(found) == {reason: Decimal(amount) for reason, amount in wanted.items()}


@given(st.integers(0, 40), st.sampled_from((1, 2, 3)))
def test_fractions_of_a_cent_are_no_more_than_half_a_cent_for_each_line_that_agrees(agreed, off):
    """What is left without a reason, beyond that, is told to have none."""
    unit, whole = Decimal("0.01"), Decimal(agreed) / 200
    for left in (whole, whole + off):
        reasons, _ = totals_of([], left, Decimal(0), unit, agreed)
        wanted = ["other"] if left > whole else ["rounding"] * (left > unit)
        assert [each.reason for each in reasons if abs(each.amount) > unit] == wanted
        assert sum(each.amount for each in reasons) == left.quantize(unit)


def test_a_contract_that_ends_in_the_period_is_told():
    center = center_of(contract=Contract(price_per_contact=2.0, end=datetime(2026, 11, 20).date()))
    found = found_of(center, {"id": ["c0"], "amount": [2.0]}, records_of(60))
    assert found.remarks == ("the contract ended on 2026-11-20: all of 2026-11 is billed by it all the same",)


def test_a_vendor_without_any_contact():
    center = center_of(PerContact(price=2.0), syd=None)
    lines = {"id": ["x"], "start": ["2026-11-03T09:00:00"], "vendor": ["syd"], "amount": [2.0]}
    found = check_invoice(center, lines, records_of(60), MONTH).of("syd")
    assert (found.owed, told(found)) == (0, {"not_in_records": Decimal("2.00")})


LEVEL = SlaMeasure(name="service level", weight=1, floor=0.5, target=0.8)


def test_a_credit_that_is_missing_and_one_that_is_there():
    center = center_of(PerContact(price=10.0), ServiceCredits(measures=(LEVEL,), at_risk=0.1))
    records = records_of(60, 60, wait=[10, 100])
    lines = {"id": ["c0", "c1"], "item": ["call", "call"], "amount": [10.0, 10.0]}
    found = found_of(center, lines, records)
    assert told(found) == {"credit_missing": Decimal("2.00")}
    assert found.remarks == ("service level, measured in our records: 0.5",)
    given_credit = {
        name: [*values, extra]
        for (name, values), extra in zip(lines.items(), ("", "SLA credit", -2.0), strict=True)
    }
    assert told(found_of(center, given_credit, records)) == {}
    better = {"nord": PeriodTold(sla={"service level": 0.8})}
    assert told(found_of(center, lines, records, told=better)) == {}


SCORED = {
    "wait": [10, 30, 15, 40, 5, 5],
    "outcome": ["answered", "answered", "abandoned", "failed", "answered", "undelivered"],
    "resolved": ["yes", "no", "", "", "yes", "no"],
    "satisfaction": [4, 2, "", "", 3, 1],
}


@pytest.mark.parametrize(
    ("name", "floor", "target", "wanted"),
    [
        ("service level", 0.2, 0.8, 2 / 5),  # the one that never reached the vendor does not count
        ("Service level", 20, 80, 40),
        ("SL", 20, 80, 40),
        ("abandonment rate", 0.5, 0.05, 1 / 5),
        ("ASA", 60, 5, 15),
        ("AHT", 400, 50, 100),
        ("FCR", 20, 80, 200 / 3),
        ("CSAT", 1, 5, 3),
        ("mood", 0, 1, None),
    ],
)
def test_the_invoice_is_owed_what_the_scorecard_pays(name, floor, target, wanted):
    better = "higher" if target > floor else "lower"
    measure = SlaMeasure(name=name, weight=1, floor=floor, target=target, better=better)
    center = center_of(PerContact(price=10.0), ServiceCredits(measures=(measure,), at_risk=0.1))
    records = records_of(60, 120, "", "", 120, "", **SCORED)
    found = found_of(center, {"id": ["c0"], "amount": [10.0]}, records)
    (period,) = scorecard(records, center).vendors[0].periods
    assert period.offered == 5
    assert float(found.owed) == pytest.approx(period.bill.total, abs=0.005)
    score = 0.0 if wanted is None else -(target - wanted) / (target - floor)
    assert float(found.owed) == pytest.approx(30.0 * (1.0 + 0.1 * score), abs=0.005)
    remark = "measure 'mood' of the contract is not told, and counts as on target"
    assert (remark in found.remarks) == (wanted is None)


def test_what_the_records_leave_open_is_told_by_both():
    center = center_of(PerMinute(price=0.6), PerResolution(price=1.0, no_repeat_within_days=7))
    records = records_of("", 60, outcome=["answered"] * 2, resolved=["", "yes"])
    found = found_of(center, {"id": ["c0"], "amount": [1.0]}, records)
    (score,) = scorecard(records, center).vendors
    assert score.periods[0].bill.total == pytest.approx(float(found.owed))
    for told_by in (found.remarks, score.notes):
        assert any("1 answered contact has no handle time" in line for line in told_by)
        assert any("of 1 answered contact is not known whether it was resolved" in line for line in told_by)


def test_resolved_is_what_had_no_repeat_for_both():
    center = center_of(PerResolution(price=5.0, no_repeat_within_days=7))
    records = records_of(60, 60, 60, 60, customer=["a", "a", "b", "c"])
    records["start"] = [f"2026-11-{day:02}T09:00:00" for day in (2, 3, 4, 25)]
    found = found_of(center, {"id": ["c0"], "amount": [5.0]}, records)
    assert told(found)["not_resolved"] == 5
    assert float(found.owed) == scorecard(records, center).vendors[0].periods[0].bill.total == 15.0


def test_prices_follow_the_index_of_the_period():
    index = Indexation(steps=(IndexStep(start=datetime(2026, 7, 1).date(), factor=1.1),))
    center = center_of(PerContact(price=10.0), index)
    records = records_of(60)
    assert told(found_of(center, {"id": ["c0"], "amount": [11.0]}, records)) == {}
    totals = {
        "item": ["calls", "indexation"],
        "quantity": [1, None],
        "price": [10, None],
        "amount": [10.0, 1.0],
    }
    assert told(found_of(center, totals, records)) == {}


def test_what_cannot_be_checked_is_named_and_the_rest_is_done():
    usual = {"country": "EE", "timezone": "UTC", "contact_types": ("service",)}
    each = {
        "nord": Contract(terms=(PerContact(price=2.0),)),
        "ost": Contract(terms=(PerHour(price=30.0, hours="logged"),)),
        "sud": Contract(terms=(PerContact(price=2.0), Currency(code="PLN", rate=0.23))),
        "west": Contract(terms=(TIERS,), period="quarter"),
    }
    center = Center(
        queues={"service": Queue(aht=240)},
        contact_types={"service": ContactType(queue="service")},
        vendors={name: Vendor(contract=contract, **usual) for name, contract in each.items()},
    )
    names = list(each)
    records = records_of(60, 60, 60, 60, vendor=names)
    invoice = {
        "vendor": [*names, "nordd", "nord"],
        "id": ["c0", "c1", "c2", "c3", "c0", "c9"],
        "amount": [2.0] * 6,
        "currency": ["EUR"] * 5 + ["SEK"],
    }
    found = check_invoice(center, invoice, records, MONTH)
    assert told(found.of("nord")) == {}
    assert found.of("nord").remarks == ("1 line in SEK left out: the contract is in EUR",)
    assert found.of("ost").problem == "nobody tells logged hours (usage.hours)"
    assert found.of("sud").problem == "the invoice is in EUR, the contract in PLN"
    assert found.of("west").problem == "the contract counts by the quarter, and 2026-11 is a month"
    assert found.differences == {"EUR": Decimal("0.00")}
    assert "vendor 'nordd' is not in the center: 1 line left out; 'nord' (known" in found.remarks[0]
    hours = {"ost": PeriodTold(hours={"logged": 10.0})}
    assert check_invoice(center, invoice, records, MONTH, told=hours).of("ost").owed == 300


def test_a_vendor_that_was_renamed():
    center = center_of(PerContact(price=2.0), syd=None)
    records = records_of(60, 60, vendor=["nord", "Nordwind AG"])
    invoice = {"vendor": ["Nordwind AG", "nord"], "id": ["c0", "c1"], "amount": [2.0, 2.0]}
    found = found_of(center, invoice, records, aliases={"Nordwind AG": "nord"})
    assert (found.lines, found.contacts, found.reasons) == (2, 2, ())


def test_handle_times_that_we_do_not_know_are_taken_from_the_line():
    center = center_of(PerMinute(price=0.6))
    found = found_of(
        center, {"id": ["c0"], "seconds": [90], "amount": [0.9]}, records_of("", outcome=["answered"])
    )
    assert found.reasons == ()
    assert "1 answered contact has no handle time in our records" in found.remarks[0]


def test_resolution():
    center = center_of(PerResolution(price=5.0, no_repeat_within_days=7))
    records = records_of(60, 60, 60, resolved=["yes", "no", ""])
    found = found_of(center, {"id": ["c0", "c1", "c2"], "amount": [5.0] * 3}, records)
    assert told(found) == {"not_resolved": Decimal("5.00")}
    assert "of 1 answered contact is not known whether it was resolved" in found.remarks[0]


def test_nobody_answered():
    center = center_of(PerContact(price=2.0))
    records = records_of("", "", outcome=["abandoned", "failed"])
    found = found_of(center, {"id": ["c0"], "amount": [2.0]}, records)
    assert (found.owed, told(found)) == (0, {"not_answered": Decimal("2.00")})


GOOD = {"id": ["c0"], "amount": [2.0]}


@pytest.mark.parametrize(
    ("changed", "options", "complaint"),
    [
        ({}, {"period": "11/2026"}, "period: found '11/2026'; expected a month as 2026-11"),
        ({}, {"vendor": "nort"}, "vendor: found 'nort'; expected 'nord'"),
        ({}, {"told": {"nort": PeriodTold()}}, "told: found 'nort'; expected 'nord'"),
        ({"vendor": ["nort"]}, {}, "no vendor that is known ('nort'); expected 'nord'"),
        ({"amount": ["soon"]}, {}, "column amount: found 'soon'; expected money"),
        ({"amount": [""]}, {}, "column amount: found ''; expected money"),
        ({"contacts": ["12 %"]}, {}, "column contacts: found '12 %'; expected a number of contacts, minutes"),
        ({"seconds": [-5]}, {}, "column seconds: found -5; expected a duration"),
        ({"start": ["yesterday"]}, {}, "column start: found 'yesterday'; expected a date and time"),
    ],
)
def test_wrong_input(changed, options, complaint):
    options = {"period": MONTH, **options}
    with pytest.raises(InputError) as caught:
        check_invoice(center_of(PerContact(price=2.0)), {**GOOD, **changed}, records_of(60), **options)
    assert complaint in str(caught.value)


def test_bad_rows_may_be_left_out():
    lines = {"id": ["c0", "c1"], "amount": ["2.0", "soon"]}
    read = read_invoice_lines(lines, center_of(PerContact(price=2.0)), format=FileFormat(skip_bad=0.5))
    assert [line.amount for line in read.lines] == [Decimal(2)]
    assert [row.column for row in read.bad] == ["amount"]


def test_the_currency_may_stand_in_the_name_of_the_column():
    center = center_of(PerContact(price=2.0))
    assert read_invoice_lines({"id": ["c0"], "Amount (PLN)": [2.0]}, center).lines[0].currency == "PLN"
    found = check_invoice(center, {"id": ["c0"], "Amount PLN": [2.0]}, records_of(60), MONTH)
    assert found.of("nord").problem == "the invoice is in PLN, the contract in EUR"


def test_the_usage_is_that_of_the_contract():
    contract = Contract(terms=(PerMinute(price=0.6, step=30), FixedFee(fee=7)))
    handles = [61, 100, 250]
    wanted = contract.invoice(contract.usage([BilledContact(handle=float(each)) for each in handles]))
    found = found_of(center_of(contract=contract), {"item": ["x"], "amount": [0.0]}, records_of(*handles))
    assert float(found.owed) == pytest.approx(wanted.total)
