"""Contracts in words: every kind of term has its sentence, and says its numbers."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given

from bporoute import (
    CapacityOption,
    Contract,
    Currency,
    FixedFee,
    ForecastLock,
    GainShare,
    Indexation,
    IndexStep,
    Measure,
    MinimumCharge,
    MinimumCommitment,
    Multiplier,
    PerContact,
    PerFte,
    PerHour,
    PerMinute,
    PerResolution,
    Ramp,
    ResourceCharge,
    Rounding,
    ServiceCredits,
    SlaMeasure,
    TakeOrPay,
    Tier,
    Trial,
    VolumeBand,
    VolumeTiers,
    in_words,
)
from bporoute.contracts._term_kinds import KINDS
from bporoute.contracts._words import _WORDS
from helpers.contracts import contracts

LEVEL = SlaMeasure(name="service level", weight=1, floor=0.7, target=0.8)
BANDS = (VolumeBand(above=0, up_to=1000, price=3), VolumeBand(above=1000, price=2.5))
SAID = [
    (PerContact(price=2.7, contact_types=("sales",)), "2.70 EUR for each contact handled (sales)"),
    (PerContact(price=0.2, counts="failed"), "0.20 EUR for each contact that the vendor fails to take"),
    (
        PerMinute(price=0.8, first=30, step=6, included=120),
        "0.80 EUR for each handled minute, beyond 120 s of each contact, the first 30 s as a whole, "
        "then in full steps of 6 s",
    ),
    (
        PerResolution(price=5, no_repeat_within_days=7),
        "5.00 EUR for each contact resolved, if no repeat follows within 7 days",
    ),
    (PerHour(price=21.5, hours="paid"), "21.50 EUR for each paid hour"),
    (PerFte(price_per_month=3100), "3,100.00 EUR for each full-time equivalent and month"),
    (
        FixedFee(fee=2000, included=500, overage_price=3),
        "2,000.00 EUR a month in any case, 500 contacts handled included; "
        "3.00 EUR for each further contact handled",
    ),
    (
        VolumeTiers(tiers=BANDS, mode="incremental"),
        "from the 1,001st contact handled of the month 2.50 EUR instead of 3.00",
    ),
    (
        VolumeTiers(tiers=BANDS, mode="all_units"),
        "with more than 1,000 in a month 2.50 EUR instead of 3.00 for all of them, from the first on",
    ),
    (
        ResourceCharge(baseline=1000, dead_band=0.1, additional_price=4, reduced_price=1),
        "a volume of 1,000 contacts handled a month is agreed: 4.00 EUR more for each beyond 1,100, "
        "1.00 EUR back for each below 900",
    ),
    (
        CapacityOption(reserved=100, reservation_price=1, usage_price=2, over_price=4),
        "100 contacts handled a month are reserved at 1.00 EUR each, used at 2.00 EUR, "
        "beyond them at 4.00 EUR",
    ),
    (
        TakeOrPay(price=3, volume=1000, share=0.9, carry_forward=0.5),
        "900 contacts handled a month are paid whether taken or not, 3.00 EUR for each that is missing; "
        "50 % of what is paid for nothing pays for more than agreed in later periods",
    ),
    (MinimumCommitment(amount=500), "at least 500.00 EUR are paid a month"),
    (Multiplier(factor=1.25, hours=("daily 22:00-06:00",), channels=("chat",)),
     "a contact counts as 1.25 (daily 22:00-06:00, by chat)"),
    (
        ServiceCredits(measures=(LEVEL,), at_risk=0.1),
        "up to 10 % of the bill are withheld by the weighted score of "
        "service level at least 0.8 (worst from 0.7 on; weight 100 %)",
    ),
    (
        ForecastLock(low=0.9, high=1.1, granularity="day", share_inside=0.8),
        "service-level money flows only if 80 % of the days stay within 90 % to 110 % of the locked forecast",
    ),
    (
        Ramp(class_size=10, training_weeks=3, extra_handle_time=0.5, start=date(2026, 1, 5)),
        "one class of 10 agents, 3 weeks of training, at first 50 % slower, by e in 1 week less",
    ),
    (MinimumCharge(amount=0.5), "an answered contact that is not free costs at least 0.50 EUR"),
    (
        GainShare(baseline=4, share=0.25),
        "25 % of what the charges stay below 4.00 EUR for each contact handled goes to the vendor",
    ),
    (
        Indexation(steps=(IndexStep(start=date(2027, 1, 1), factor=1.03),)),
        "in periods that begin on 2027-01-01 or later all prices times 1.03",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("term", "sentence"), SAID, ids=lambda each: str(each)[:25])
def test_a_sentence_for_every_term(term, sentence):
    assert sentence in in_words(Contract(terms=(term,)), "EUR")


def test_a_contract_in_its_own_currency_with_a_trial():
    contract = Contract(
        price_per_minute=2.0,
        terms=(Currency(code="PLN", rate=0.23, low=0.22, high=0.24), Trial(months=3, share=0.1)),
        start=date(2026, 3, 1),
        cap_minutes_per_day=600,
        cap_money_per_period=9000,
        round_lines=Rounding(decimals=2),
    )
    assert in_words(contract, "EUR") == (
        "2.00 PLN for each handled minute",
        "paid at 0.23 of the center's money for one PLN; "
        "the rate of a period counts as at least 0.22 and at most 0.24",
        "a trial of 3 months with 10 % of the contacts",
        "each line of an invoice is rounded to 2 decimals, to the nearest, ties to the even one",
        "at most 600 minutes in a day",
        "at most 9,000.00 PLN in a month",
        "in force from 2026-03-01",
    )


def test_two_free_minutes_then_a_price_for_both():
    tiers = (Tier(above=0, up_to=2), Tier(above=2, price_per_minute=1.0, price_per_contact=0.5))
    assert in_words(Contract(tiers=tiers, tiers_by="minutes"), "EUR") == (
        "free, each minute by the tier of the month that it falls into",
        "from the 3rd minute of the month 0.50 EUR a contact instead of 0.00 and "
        "1.00 EUR a minute instead of 0.00",
    )
    said = Contract(
        terms=(FixedFee(fee=1, overage_price=2, measure=Measure(counts="talk_minutes", step=60)),)
    )
    assert in_words(said, "EUR")[0].endswith("2.00 EUR for each further talk minute, in full steps of 60 s")


def test_every_kind_has_its_words():
    assert set(_WORDS) == set(KINDS.values())


@given(contracts())
def test_whatever_is_agreed_is_said(contract):
    assert len(in_words(contract, "EUR")) >= len(contract.terms)
