"""Contract terms: read from a center file, refused with their place, all at once on an invoice."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import msgspec
import pytest

from bporoute import (
    BilledContact,
    CapacityOption,
    Center,
    Contract,
    FixedFee,
    ForecastLock,
    InputError,
    Multiplier,
    PerContact,
    PerFte,
    PerHour,
    PerMinute,
    PerResolution,
    Ramp,
    ResourceCharge,
    ServiceCredits,
    TakeOrPay,
    Tier,
    Trial,
    VolumeTiers,
)

replace = msgspec.structs.replace
CALL = BilledContact(handle=240, talk=200)
FILE = """\
[queues.service]
aht = 240

[contact_types.service]
queue = "service"

[vendors.nord]
country = "EE"
timezone = "Europe/Tallinn"
contact_types = ["service"]

[vendors.nord.contract]
start = 2026-01-15
period = "quarter"
cap_per_period = 9000

[[vendors.nord.contract.terms]]
kind = "per_contact"
price = 0.5
counts = "offered"
free_up_to = 5

[[vendors.nord.contract.terms]]
kind = "per_minute"
price = 0.6
counts = "talk_minutes"
step = 30
minimum = 60

[[vendors.nord.contract.terms]]
kind = "per_hour"
price = 18
hours = "logged"

[[vendors.nord.contract.terms]]
kind = "per_fte"
price_per_month = 300

[[vendors.nord.contract.terms]]
kind = "per_resolution"
price = 1
no_repeat_within_days = 7

[[vendors.nord.contract.terms]]
kind = "fixed_fee"
fee = 900
included = 100
overage_price = 0.1

[[vendors.nord.contract.terms]]
kind = "volume_tiers"
mode = "all_units"
tiers = [
  { above = 0, up_to = 500, price = 0.4 },
  { above = 500, price = 0.3 },
]

[[vendors.nord.contract.terms]]
kind = "resource_charge"
baseline = 1000
dead_band = 0.1
additional_price = 2
reduced_price = 1

[[vendors.nord.contract.terms]]
kind = "capacity_option"
reserved = 800
reservation_price = 0.1
usage_price = 0.2
over_price = 0.5

[[vendors.nord.contract.terms]]
kind = "take_or_pay"
price = 1.5
volume = 2000
share = 0.9
carry_forward = 1
measure = { counts = "handle_minutes", step = 60 }

[[vendors.nord.contract.terms]]
kind = "multiplier"
factor = 1.25
hours = ["daily 22:00-06:00"]

[[vendors.nord.contract.terms]]
kind = "multiplier"
factor = 1.1
languages = ["sv"]

[[vendors.nord.contract.terms]]
kind = "service_credits"
at_risk = 0.1
cap = 0.08
bonus = 0.02
earn_back = 0.5
measures = [
  { name = "service level", weight = 0.7, floor = 0.7, target = 0.8, stretch = 0.9 },
  { name = "asa", weight = 0.3, floor = 60, target = 30, better = "lower" },
]

[[vendors.nord.contract.terms]]
kind = "forecast_lock"
low = 0.9
high = 1.1
granularity = "day"
share_inside = 0.8

[[vendors.nord.contract.terms]]
kind = "ramp"
class_size = 10
classes = 3
every_weeks = 2
training_weeks = 4
extra_handle_time = 0.4
learning_weeks = 6

[[vendors.nord.contract.terms]]
kind = "trial"
months = 3
share = 0.05
"""


def load(text: str, folder: Path) -> Center:
    path = folder / "center.toml"
    path.write_text(text)
    return Center.load(path)


def test_every_kind_of_term_is_read_from_a_center_file(tmp_path):
    center = load(FILE, tmp_path)
    contract = center.vendors["nord"].contract
    kinds = [type(term) for term in contract.terms]
    assert kinds == [
        PerContact,
        PerMinute,
        PerHour,
        PerFte,
        PerResolution,
        FixedFee,
        VolumeTiers,
        ResourceCharge,
        CapacityOption,
        TakeOrPay,
        Multiplier,
        Multiplier,
        ServiceCredits,
        ForecastLock,
        Ramp,
        Trial,
    ]
    assert contract == Contract(
        start=date(2026, 1, 15), period="quarter", cap_per_period=9000, terms=contract.terms
    )
    assert msgspec.convert(msgspec.to_builtins(contract), Contract) == contract
    assert msgspec.json.decode(msgspec.json.encode(contract), type=Contract) == contract
    assert center.to_dict()["vendors"]["nord"]["contract"]["terms"][0]["kind"] == "per_contact"


def test_an_invoice_of_everything_at_once(tmp_path):
    contract = load(FILE, tmp_path).vendors["nord"].contract
    usage = contract.usage().add(CALL, times=600)
    usage = replace(usage, hours={"logged": 50.0}, fte=2.0, sla={"service level": 0.75, "asa": 30.0})
    bill = contract.invoice(usage)
    charges = (
        300.0  # 600 x 0.5
        + 1260.0  # 600 x 3.5 min (200 s in steps of 30) x 0.6
        + 900.0  # 50 h x 18
        + 1800.0  # 2 FTE x 3 months x 300
        + 600.0  # 600 resolved x 1
        + 900.0 + 50.0  # the fee, and 500 above the allowance x 0.1
        + 180.0  # all 600 x 0.3
        - 300.0  # 300 below the 900 of the dead band x 1
        + 80.0 + 120.0  # 800 reserved x 0.1, 600 used x 0.2
    )  # fmt: skip
    # 600 x 4 min = 2400 min are above the 1800 committed; score 0.7 x -0.5 = -0.35: 3.5 % withheld
    assert bill.total == pytest.approx(charges * 0.965)
    assert bill.withheld == pytest.approx(charges * 0.035)


def terms(*lines: str, before: str = "") -> str:
    start = FILE.index("start = 2026-01-15")
    return f"{FILE[:start]}{before}\nterms = [{', '.join(lines)}]\n"


SLA = '{ kind = "service_credits", at_risk = 0.1, measures = [%s] }'
GOOD_SLA = SLA % '{ name = "a", weight = 1, floor = 1, target = 2 }'

BAD = {
    "unknown kind": (
        terms('{ kind = "per_contct", price = 1 }'),
        "terms[0].kind",
        "'per_contct'",
        "'per_contact' (known: per_contact, per_minute,",
    ),
    "kind of a wrong type": (terms("{ kind = 3 }"), "terms[0].kind", "3", "one of: per_contact,"),
    "no kind": (terms("{ price = 1 }"), "terms[0]", "no 'kind'", "one of: per_contact, per_minute,"),
    "no table": (terms("3"), "terms[0]", "3", "a table with kind"),
    "unknown key": (
        terms(
            '{ kind = "trial", months = 3, share = 0.1 }',
            '{ kind = "per_fte", price = 1 }',
            before="start = 2026-01-15",
        ),
        "terms[1]",
        "an unknown key 'price'",
        "price_per_month",
    ),
    "missing key": (terms('{ kind = "per_hour", price = 1 }'), "terms[0]", "no 'hours'", "a value for"),
    "wrong hours": (
        terms('{ kind = "per_hour", price = 1, hours = "billed" }'),
        "terms[0].hours",
        "'billed'",
        "logged",
    ),
    "negative price": (terms('{ kind = "per_contact", price = -1 }'), "terms[0].price", "-1", "at least 0"),
    "price that is no number": (
        terms('{ kind = "per_contact", price = nan }'),
        "terms[0].price",
        "nan",
        "a number of at least 0",
    ),
    "endless price": (terms('{ kind = "per_contact", price = inf }'), "terms[0].price", "inf", "at most"),
    "price as a text": (terms('{ kind = "per_contact", price = "1" }'), "terms[0].price", "'1'", "a number"),
    "resolved counted by contact": (
        terms('{ kind = "per_contact", price = 1, counts = "resolved" }'),
        "terms[0].counts",
        "'resolved'",
        "offered",
    ),
    "step 0": (
        terms('{ kind = "per_minute", price = 1, step = 0 }'),
        "terms[0].step",
        "0",
        "a number above 0",
    ),
    "step of contacts": (
        terms('{ kind = "fixed_fee", fee = 1, measure = { counts = "handled", step = 60 } }'),
        "terms[0].measure.step",
        "one for handled contacts",
        "belong to minutes",
    ),
    "repeat within no day": (
        terms('{ kind = "per_resolution", price = 1, no_repeat_within_days = 0 }'),
        "terms[0].no_repeat_within_days",
        "0",
        "at least 1",
    ),
    "overlapping tiers": (
        terms(
            '{ kind = "volume_tiers", mode = "incremental", tiers = ['
            "{ above = 0, up_to = 500, price = 2 }, { above = 400, price = 1 }] }"
        ),
        "terms[0].tiers[1].above",
        "400",
        "above = 500",
    ),
    "no tiers": (
        terms('{ kind = "volume_tiers", mode = "all_units", tiers = [] }'),
        "terms[0].tiers",
        "none",
        "at least one tier",
    ),
    "last tier with an end": (
        terms('{ kind = "volume_tiers", mode = "all_units", tiers = [{ above = 0, up_to = 5, price = 1 }] }'),
        "terms[0].tiers[0].up_to",
        "5",
        "no up_to in the last tier",
    ),
    "unknown mode": (
        terms('{ kind = "volume_tiers", mode = "all", tiers = [{ above = 0, price = 1 }] }'),
        "terms[0].mode",
        "'all'",
        "all_units",
    ),
    "dead band above 1": (
        terms(
            '{ kind = "resource_charge", baseline = 1, dead_band = 5, '
            "additional_price = 1, reduced_price = 1 }"
        ),
        "terms[0].dead_band",
        "5",
        "at most 1",
    ),
    "negative share": (
        terms('{ kind = "take_or_pay", price = 1, volume = 10, share = -0.1 }'),
        "terms[0].share",
        "-0.1",
        "at least 0",
    ),
    "two commitments": (
        terms(
            '{ kind = "take_or_pay", price = 1, volume = 10 }', '{ kind = "minimum_commitment", amount = 5 }'
        ),
        "terms[1]",
        "a commitment, as terms[0] is too",
        "one of them",
    ),
    "commitment above the cap": (
        terms('{ kind = "take_or_pay", price = 1, volume = 100, share = 0.9 }', before="cap_per_period = 80"),
        "terms[0]",
        "90 contacts committed",
        "at most cap_per_period, 80",
    ),
    "floor above target": (
        terms(SLA % '{ name = "a", weight = 1, floor = 0.9, target = 0.8 }'),
        "terms[0].measures[0].target",
        "0.8",
        "above the floor, 0.9",
    ),
    "floor below target where lower is better": (
        terms(SLA % '{ name = "a", weight = 1, floor = 20, target = 30, better = "lower" }'),
        "terms[0].measures[0].target",
        "30",
        "below the floor, 20",
    ),
    "stretch at the target": (
        terms(SLA % '{ name = "a", weight = 1, floor = 0.7, target = 0.8, stretch = 0.8 }'),
        "terms[0].measures[0].stretch",
        "0.8",
        "above the target, 0.8",
    ),
    "weights": (
        terms(SLA % '{ name = "a", weight = 0.9, floor = 1, target = 2 }'),
        "terms[0].measures",
        "weights that sum to 0.9",
        "sum to 1",
    ),
    "no measures": (terms(SLA % ""), "terms[0].measures", "weights that sum to 0", "sum to 1"),
    "a measure twice": (
        terms(SLA % ", ".join(['{ name = "a", weight = 0.5, floor = 1, target = 2 }'] * 2)),
        "terms[0].measures[1].name",
        "'a'",
        "a name of its own",
    ),
    "cap above what is at risk": (
        terms(GOOD_SLA.replace("at_risk = 0.1", "at_risk = 0.1, cap = 0.2")),
        "terms[0].cap",
        "0.2",
        "at most at_risk, 0.1",
    ),
    "bonus without a stretch": (
        terms(GOOD_SLA.replace("at_risk = 0.1", "at_risk = 0.1, bonus = 0.2")),
        "terms[0].bonus",
        "0.2, and no stretch to reach",
        "a measure with a stretch",
    ),
    "service-level money twice": (
        terms(GOOD_SLA, GOOD_SLA),
        "terms[1]",
        "service-level money",
        "one of them",
    ),
    "relief window the wrong way round": (
        terms('{ kind = "forecast_lock", low = 1.1, high = 0.9, granularity = "day", share_inside = 1 }'),
        "terms[0].low",
        "1.1",
        "at most 1",
    ),
    "unknown granularity": (
        terms('{ kind = "forecast_lock", low = 0.9, high = 1.1, granularity = "week", share_inside = 1 }'),
        "terms[0].granularity",
        "'week'",
        "interval",
    ),
    "multiplier of nothing": (
        terms('{ kind = "multiplier", factor = 2 }'),
        "terms[0].hours",
        "neither",
        "hours",
    ),
    "multiplier by 0": (
        terms('{ kind = "multiplier", factor = 0, languages = ["sv"] }'),
        "terms[0].factor",
        "0",
        "above 0",
    ),
    "hours that are none": (
        terms('{ kind = "multiplier", factor = 2, hours = ["at night"] }'),
        "terms[0].hours",
        "'at night'",
        "hours like",
    ),
    "trial without a start": (
        terms('{ kind = "trial", months = 3, share = 0.1 }'),
        "terms[0]",
        "a trial in a contract without a start",
        "a start of the contract",
    ),
    "ramp without a start": (
        terms('{ kind = "ramp", class_size = 3, training_weeks = 1 }'),
        "terms[0]",
        "a ramp without a start",
        "a start of the ramp or of the contract",
    ),
    "ramp that learns in no time": (
        terms(
            '{ kind = "ramp", class_size = 3, training_weeks = 1, learning_weeks = 0, start = 2026-01-01 }'
        ),
        "terms[0].learning_weeks",
        "0",
        "above 0",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_terms_are_refused_with_their_place(name, tmp_path):
    text, where, found, expected = BAD[name]
    with pytest.raises(InputError) as caught:
        load(text, tmp_path)
    error = caught.value
    assert error.where == f"{tmp_path / 'center.toml'}: vendors.nord.contract.{where}"
    assert found in error.found
    assert expected in error.expected


@pytest.mark.parametrize(
    ("build", "where"),
    [
        (lambda: PerContact(price=-1.0), "PerContact.price"),
        (lambda: PerMinute(price=1.0, step=0.0), "PerMinute.step"),
        (lambda: PerContact(price=math.nan), "PerContact.price"),
        (lambda: PerContact(price="much"), "PerContact.price"),
        (lambda: PerContact(price=object()), "PerContact.price"),
        (lambda: Contract(terms=("per_contact",)), "terms[0]"),
        (lambda: Contract(terms=(Tier(above=0),)), "terms[0]"),
    ],
)
def test_terms_built_in_python_meet_the_same_ranges(build, where):
    with pytest.raises(InputError) as caught:
        build()
    assert caught.value.where == where
