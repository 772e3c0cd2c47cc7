"""Slips that a planner may make in a center file: each is legal, and each is noticed, with what was meant."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from bporoute import Center, ContactType
from bporoute.center._odd_contracts import unequal_work
from bporoute.cli._summary import summary_rows, warnings
from bporoute.simulation._demo import demo_center, demo_center_text
from helpers.places import BANK, DATA
from helpers.strategies import centers, one_queue, vendor

EVERY_TERM = DATA / "every_term.toml"
SERVICE = "[queues.service]\naht = 188.7                         # seconds"
SECOND = "price_per_contact = 2.00, price_per_minute = 1.10"
PCI = '"PCI DSS" = 2030-12-31'
KIND = '[contact_types.service]\nqueue = "service"'
MANILA = "[vendors.manila.contract]\nprice_per_minute = 0.55"
SL = "targets = { service_level = { probability = 0.8, within = 20 } }"


def edited(tmp_path: Path, *changes: tuple[str, str]) -> Center:
    """The demo's center file with some of its text replaced."""
    text = demo_center_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = tmp_path / "center.toml"
    path.write_text(text)
    return Center.load(path)


def queue(field: str, old: str, new: str) -> tuple[str, str]:
    return f"{field} = {old}", f"{field} = {new}"


def place(short: str) -> str:
    """The whole key path of a place whose section is clear."""
    name, _, rest = short.partition(".")
    if name in ("service", "sales"):
        return f"queues.{short}"
    inner = "contract." if rest.startswith(("terms", "tiers", "price", "cap_")) else ""
    return f"vendors.{name}.{inner}{rest}".rstrip(".") if name in ("baltic", "manila", "norrland") else short


def terms(*texts: str) -> tuple[str, str]:
    return MANILA, f"[vendors.manila.contract]\nterms = [{', '.join(texts)}]"


PER_CONTACT = '{ kind = "per_contact", price = 2.4 }'
LEVEL = '{ name = "service level", weight = 1, floor = 0.7, target = 0.8 }'

# What was typed; where it is noticed; what was meant.
SLIPS: dict[str, tuple[tuple[tuple[str, str], ...], str, str]] = {
    # arrival rates
    "rate a minute": ((queue("arrival_rate", "0.25", "15"),), "service.arrival_rate", "15 a minute"),
    "rate a quarter hour": (
        (queue("arrival_rate", "0.25", "225"),), "service.arrival_rate", "225 a quarter",
    ),
    "rate a half hour": (
        (queue("arrival_rate", "0.25", "450"),), "service.arrival_rate", "450 a half hour",
    ),
    "rate an hour": ((queue("arrival_rate", "0.25", "900"),), "service.arrival_rate", "900 a"),
    "rate a day": ((queue("arrival_rate", "0.25", "21600"),), "service.arrival_rate", "21600 a day"),
    "rate a millisecond": (
        (queue("arrival_rate", "0.25", "0.00025"),), "service.arrival_rate", "0.25 would be",
    ),
    "rate by sixty twice": (
        (queue("arrival_rate", "0.25", "0.00417"),), "service.arrival_rate", "0.2502 would be",
    ),
    "rate a minute in a small queue": (
        (queue("arrival_rate", "0.11", "6.6"),), "sales.arrival_rate", "6.6 a minute would be 0.11",
    ),
    # handle times, patience, targets
    "aht in minutes": ((queue("aht", "188.7", "3.15"),), "service.aht", "it would be 189 s"),
    "aht in ms": ((queue("aht", "188.7", "188700"),), "service.aht", "it would be 188.7 s"),
    "aht in hours": ((queue("aht", "188.7", "0.0524"),), "service.aht", "in hours"),
    "patience in minutes": ((queue("patience", "345", "5.75"),), "service.patience", "345 s"),
    "patience in ms": ((queue("patience", "345", "345000"),), "service.patience", "345 s"),
    "patience below the threshold": (
        (queue("patience", "345", "17"),), "service.patience", "in minutes it would be 1020 s",
    ),
    "within in minutes": ((queue("within", "20", "0.33"),), "service.targets.service_level.within", "19.8"),
    "within in ms": ((queue("within", "20", "20000"),), "service.targets.service_level.within", "20 s"),
    "level in tenths": (
        (queue("probability", "0.8", "0.08"),), "service.targets.service_level.probability", "80 %",
    ),
    "level in a percent of a percent": (
        (queue("probability", "0.8", "0.008"),), "service.targets.service_level.probability", "80 %",
    ),
    "abandonment as 5 tenths": (
        (queue("probability", "0.05", "0.5"),), "service.targets.abandonment.probability", "5 %",
    ),
    "abandonment in a percent of a percent": (
        (queue("probability", "0.05", "0.0005"),), "service.targets.abandonment.probability", "5 %",
    ),
    "asa in minutes": (
        ((SL, "targets = { asa = { seconds = 0.5 } }"),), "sales.targets.asa.seconds", "30 s",
    ),
    "asa in ms": (((SL, "targets = { asa = { seconds = 30000 } }"),), "sales.targets.asa.seconds", "30 s"),
    "occupancy in a percent of ten": (
        ((SL, "targets = { occupancy = { probability = 0.085 } }"),),
        "sales.targets.occupancy.probability", "85 %",
    ),
    "stale after ms": (
        (("waiting_room = 200", "stale_after = 30000\nlost_after = 300000"),),
        "service.stale_after", "30 s",
    ),
    "resolution in a percent of a percent": (
        (("waiting_room = 200", "resolution = 0.0075"),), "service.resolution", "75 %",
    ),
    "aht in minutes that may be seconds": (
        (queue("aht", "188.7", "17"), queue("arrival_rate", "0.25", "0.04")),
        "service.aht", "it would be 1020 s",
    ),
    # what waiting and losing cost
    "waiting an hour": (
        (queue("wait_cost_per_minute", "0.20", "12"),), "service.wait_cost_per_minute", "0.2",
    ),
    "waiting in cents": (
        (queue("wait_cost_per_minute", "0.20", "20"),),
        "service.wait_cost_per_minute", "",
    ),
    "waiting a second": (
        (queue("wait_cost_per_minute", "0.20", "0.0033"),), "service.wait_cost_per_minute", "0.198",
    ),
    "abandonment cost in cents": (
        (queue("abandonment_cost", "7.0", "700"),),
        "service.abandonment_cost", "in cents it would be 7 EUR",
    ),
    "abandonment cost in hundreds": (
        (queue("abandonment_cost", "7.0", "0.07"),), "service.abandonment_cost", "",
    ),
    "failed cost in cents": (
        (("waiting_room = 200", "failed_cost = 450"),), "service.failed_cost", "4.5 EUR",
    ),
    "a value class in cents": (
        (("[contact_types.service]", "[value_classes.gold]\nkeep_up_to = 1500\n[contact_types.service]"),),
        "value_classes.gold.keep_up_to", "15 EUR",
    ),
    # prices
    "a minute in cents": (
        (queue("price_per_minute", "0.85", "85"),),
        "baltic.price_per_minute", "in cents it would be 0.85 EUR",
    ),
    "a minute as an hour": (
        (queue("price_per_minute", "0.85", "51"),), "baltic.price_per_minute", "0.51",
    ),
    "a minute as a second": (
        (queue("price_per_minute", "0.85", "0.0142"),),
        "baltic.price_per_minute", "money a second it would be 0.852",
    ),
    "a contact in cents": (
        (queue("price_per_contact", "1.20", "120"),), "baltic.price_per_contact", "1.2",
    ),
    "a tier's contact in cents": (
        (queue("price_per_contact", "2.40", "240"),), "norrland.tiers[0].price_per_contact", "2.4",
    ),
    "a tier's minute in cents": (
        (queue("price_per_minute", "1.10", "110"),), "norrland.tiers[1].price_per_minute", "1.1",
    ),
    "tiers swapped": (
        (queue("price_per_contact", "2.40", "2.00"), (SECOND, SECOND.replace("2.00", "2.40"))),
        "norrland.tiers", "swapped",
    ),
    "a step in minutes": (
        (terms('{ kind = "per_minute", price = 0.55, step = 0.1 }'),), "manila.terms[0].step", "6 s",
    ),
    "a minimum in ms": (
        (terms('{ kind = "per_minute", price = 0.55, minimum = 30000 }'),),
        "manila.terms[0].minimum", "30 s",
    ),
    "an hour at the price of a minute": (
        (terms('{ kind = "per_hour", price = 0.35, hours = "logged" }'),),
        "manila.terms[0].price", "21 EUR",
    ),
    "an FTE at the price of an hour": (
        (terms('{ kind = "per_fte", price_per_month = 25 }'),),
        "manila.terms[0].price_per_month", "4000 EUR",
    ),
    "a fee in thousands": (
        (terms(PER_CONTACT, '{ kind = "fixed_fee", fee = 10 }'),), "manila.terms[1].fee", "1e+04",
    ),
    "a missing unit dearer than a handled one": (
        (terms(PER_CONTACT, '{ kind = "take_or_pay", volume = 3000, price = 4 }'),),
        "manila.terms[1].price", "price of the tier",
    ),
    "a commitment in thousands": (
        (terms(PER_CONTACT, '{ kind = "take_or_pay", volume = 3, price = 2.4 }'),),
        "manila.terms[1].volume", "thousands",
    ),
    "credits in percent": (
        (terms(PER_CONTACT, '{ kind = "service_credits", at_risk = 0.1, measures = '
               '[{ name = "service level", weight = 1, floor = 70, target = 80 }] }'),),
        "manila.terms[1].measures[0].target", "0.8",
    ),
    "credits for what nobody measures": (
        (terms(PER_CONTACT, '{ kind = "service_credits", at_risk = 0.1, measures = '
               '[{ name = "SL", weight = 1, floor = 0.7, target = 0.8 }] }'),),
        "manila.terms[1].measures[0].name", "'service level' is measured",
    ),
    "money at risk in percent of a percent": (
        (terms(PER_CONTACT, f'{{ kind = "service_credits", at_risk = 0.001, measures = [{LEVEL}] }}'),),
        "manila.terms[1].at_risk", "10 %",
    ),
    "a surcharge in percent": (
        (terms(PER_CONTACT, '{ kind = "multiplier", factor = 125, hours = ["daily 22:00-06:00"] }'),),
        "manila.terms[1].factor", "1.25",
    ),
    "a surcharge without the one": (
        (terms(PER_CONTACT, '{ kind = "multiplier", factor = 0.25, hours = ["daily 22:00-06:00"] }'),),
        "manila.terms[1].factor", "",
    ),
    "a relief window in percent": (
        (terms(PER_CONTACT, '{ kind = "forecast_lock", low = 0.9, high = 110, granularity = "day", '
               "share_inside = 0.8 }"),),
        "manila.terms[1].high", "1.1",
    ),
    "a volume of a year": (
        (terms(PER_CONTACT, '{ kind = "take_or_pay", volume = 600000, price = 2.4 }'),),
        "manila.terms[1].volume", "longer time",
    ),
    "a fee in cents": (
        (terms(PER_CONTACT, '{ kind = "fixed_fee", fee = 1000000 }'),), "manila.terms[1].fee", "in cents",
    ),
    "a stretch in percent": (
        (terms(PER_CONTACT, '{ kind = "service_credits", at_risk = 0.1, measures = '
               '[{ name = "service level", weight = 1, floor = 0.7, target = 0.8, stretch = 90 }] }'),),
        "manila.terms[1].measures[0].stretch", "percent",
    ),
    "unresolved in cents": (
        (("waiting_room = 200", "unresolved_cost = 400"),), "service.unresolved_cost", "",
    ),
    "a rate of exchange turned round": (
        (terms('{ kind = "per_minute", price = 2.3 }', '{ kind = "currency", code = "PLN", rate = 4.25 }'),),
        "manila.terms[1].rate", "0.2353",
    ),
    "a currency nobody has": (
        (terms('{ kind = "per_minute", price = 0.5 }', '{ kind = "currency", code = "EUP", rate = 1.0 }'),),
        "manila.terms[1].code", "'EUR'",
    ),
    "caps of minutes swapped": (
        (("cap_per_day = 2500", "cap_minutes_per_hour = 6000\ncap_minutes_per_day = 600"),),
        "baltic.cap_minutes_per_hour", "swapped",
    ),
    "minutes that no contact fits into": (
        (("cap_per_day = 2500", "cap_minutes_per_hour = 2"),), "baltic.cap_minutes_per_hour", "in hours",
    ),
    "minutes in seconds": (
        (("cap_per_day = 2500", "cap_minutes_per_hour = 120000"),),
        "baltic.cap_minutes_per_hour", "2,000 min",
    ),
    "money that no contact fits into": (
        (("cap_per_day = 2500", "cap_money_per_day = 2"),), "baltic.cap_money_per_day", "another window",
    ),
    "a first block in minutes": (
        (terms('{ kind = "per_minute", price = 0.55, first = 0.5, step = 6 }'),),
        "manila.terms[0].first", "30 s",
    ),
    # vendors
    "expected wait in minutes": (
        (queue("expected_wait", "15", "0.25"),), "baltic.expected_wait", "in minutes it would be 15 s",
    ),
    "expected wait in ms": (
        (queue("expected_wait", "15", "15000"),), "baltic.expected_wait", "15 s",
    ),
    "expected wait by sixty twice": ((queue("expected_wait", "25", "1500"),), "manila.expected_wait", "25 s"),
    "expected wait beside others": ((queue("expected_wait", "5", "300"),), "norrland.expected_wait", "5 s"),
    "a cap of a day": ((queue("cap_per_hour", "120", "7200"),), "manila.cap_per_hour", "window"),
    "capacity of an hour": ((queue("capacity", "15", "900"),), "norrland.capacity", "then a cap"),
    "capacity of a day": ((queue("capacity", "30", "2500"),), "baltic.capacity", "then a cap"),
    "caps swapped": (
        (("cap_per_day = 2500", "cap_per_hour = 2500\ncap_per_day = 300"),),
        "baltic.cap_per_hour", "swapped",
    ),
    "a cap of a minute": ((queue("cap_per_hour", "120", "2"),), "manila.cap_per_hour", "window"),
    "a cap of nothing": ((queue("cap_per_hour", "120", "0"),), "manila", "no limit"),
    "a share in a percent of a percent": (
        (("capacity = 20", "capacity = 20\nmax_share = 0.003"),), "manila.max_share", "30 %",
    ),
    "a handle time factor in percent": (
        (("capacity = 20", "capacity = 20\nquality = { handle_time_factor = 98 }"),),
        "manila.quality.handle_time_factor", "0.98",
    ),
    "a turnaround in hours": (
        (("capacity = 20", "capacity = 20\nturnaround = 24"),), "manila.turnaround", "1440 s",
    ),
    "due within hours": (
        ((KIND, f'{KIND}\ndue_within = 8'),),
        "contact_types.service.due_within", "",
    ),
    "back off in ms": (
        (('fallback = "keep"', "health = { back_off = 30000, back_off_ceiling = 120000 }"),),
        "health.back_off", "30 s",
    ),
    "hours after noon": (
        (('hours = ["mon-fri 08:00-20:00"]', 'hours = ["mon-fri 08:00-06:00"]'),), "baltic.hours", "18:00",
    ),
    "a queue's hours after noon": (
        (("waiting_room = 200", 'waiting_room = 200\nhours = ["mon-fri 09:00-05:00"]'),),
        "service.hours", "17:00",
    ),
    "chats that slow an agent in all": (
        (("waiting_room = 200", "waiting_room = 200\nconcurrency = 3\nslowdown = [1.2, 2.4]"),),
        "service.slowdown", "a concurrency of 2",
    ),
    "tiers in thousands": ((("up_to = 10000", "up_to = 10"), ("above = 10000", "above = 10")),
        "norrland.tiers[0].up_to", "1e+04",
    ),
    # names
    "a language by name": (
        (('languages = ["en"]', 'languages = ["english"]'),),
        "manila.languages", "'en'",
    ),
    "a language by country": (
        (('languages = ["sv", "en"]\nschedule', 'languages = ["se", "en"]\nschedule'),),
        "service.languages", "'sv'",
    ),
    "a currency by name": ((('currency = "EUR"', 'currency = "euro"'),), "currency", "'EUR'"),
    "the kingdom": ((('"PH"]', '"UK"]'),), "data_rules.personal.countries", "'GB'"),
    "a certificate with a dash": (
        ((PCI, PCI.replace(" DSS", "-DSS")), (PCI, PCI.replace(" DSS", "-DSS"))),
        "data_rules.payment.certificate", "'PCI-DSS'",
    ),
    "a zone with the wrong sign": (
        (('timezone = "Asia/Manila"', 'timezone = "Etc/GMT+8"'),), "manila.timezone", "",
    ),
    "a zone of another country": (
        (('timezone = "Asia/Manila"', 'timezone = "America/New_York"'),), "manila.timezone", "Asia/Manila",
    ),
    "a skill that nobody has": (
        ((KIND, f'{KIND}\nskills = ["up-selling"]'),
         ("capacity = 20", 'capacity = 20\nskills = ["upselling"]')),
        "contact_types.service.skills", "'upselling'",
    ),
}  # fmt: skip


TYPED_TWICE = ("stale after ms", "back off in ms")
"""In these, two numbers are in a wrong unit."""


def test_there_are_sixty():
    assert len(SLIPS) >= 60


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_noticed_where_it_is(tmp_path, slip):
    changes, where, likely = SLIPS[slip]
    said = edited(tmp_path, *changes).remarks()
    here = [remark for remark in said if remark.where == place(where)]
    assert here, [str(remark) for remark in said]
    assert likely in here[0].likely
    assert len(said) == (2 if slip in TYPED_TWICE else 1), [str(remark) for remark in said]


ORDINARY = {
    "the bank of the examples": BANK,
    "a center that says nearly everything": EVERY_TERM,
    "mail and claims that lie for days": DATA / "back_office.toml",
    "lines on which a minute costs a lot": DATA / "emergency.toml",
    "a pilot of two agents": DATA / "pilot.toml",
    "a pilot without a schedule": DATA / "pilot_without_schedule.toml",
}


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_center_needs_no_remark(name):
    assert Center.load(ORDINARY[name]).remarks() == ()


def test_the_demo_center_needs_no_remark():
    assert demo_center().remarks() == ()


@given(centers())
def test_whatever_is_legal_can_be_looked_at(center):
    said = center.remarks()
    assert all(remark.where and remark.found and remark.odd for remark in said)
    assert all("\n" not in str(remark) for remark in said)


# File, what stands there, what was typed instead, where it is noticed.
ELSEWHERE = {
    "mail's patience in seconds of seconds": ("back_office", '"3 d"', "3", "queues.mail.patience"),
    "mail's patience in ms": ("back_office", '"3 d"', "259200000", "queues.mail.patience"),
    "mail's handle time in minutes": ("back_office", '"12 min"', "12", "queues.mail.aht"),
    "mail's loss in cents": ("back_office", "cost = 8", "cost = 80000", "queues.mail.abandonment_cost"),
    "a phone queue beside it": (
        "back_office", "patience = 180", "patience = 180000", "queues.phone.patience",
    ),
    "waiting in cents where it is dear": (
        "emergency", "= 60", "= 6000", "queues.emergency.wait_cost_per_minute",
    ),
    "a loss in cents where it is dear": (
        "emergency", "= 2000", "= 200000", "queues.emergency.abandonment_cost",
    ),
    "waiting an hour on an ordinary line": (
        "emergency", "minute = 0\n", "minute = 12\n", "queues.information.wait_cost_per_minute",
    ),
    "a failure in cents where it is dear": (
        "emergency", "failed_cost = 2000", "failed_cost = 200000", "queues.emergency.failed_cost",
    ),
    "a rate an hour in a pilot": ("pilot", "0.0014", "5", "queues.pilot.arrival_rate"),
    "a cap of the pilot swapped": (
        "pilot", "cap_per_hour = 3", "cap_per_hour = 30", "vendors.tunis.contract.cap_per_hour",
    ),
}  # fmt: skip


@pytest.mark.parametrize("slip", ELSEWHERE)
def test_a_slip_is_noticed_in_other_kinds_of_centers(tmp_path, slip):
    name, old, new, where = ELSEWHERE[slip]
    text = (DATA / f"{name}.toml").read_text()
    assert old in text
    path = tmp_path / "center.toml"
    path.write_text(text.replace(old, new, 1))
    assert [remark.where for remark in Center.load(path).remarks()] == [where]


FACTORS = (60, 1 / 60, 1000, 1 / 1000, 3600, 1 / 3600)


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("field", ["aht", "patience", "wait_cost_per_minute"])
def test_no_time_and_no_price_of_a_queue_may_be_in_another_unit(field, factor):
    center = Center.load(EVERY_TERM)
    queue = center.queues["service"]
    odd = msgspec.structs.replace(queue, **{field: factor * getattr(queue, field)})
    said = msgspec.structs.replace(center, queues={"service": odd}).remarks()
    assert f"queues.service.{field}" in [remark.where for remark in said]


@pytest.mark.parametrize("factor", [factor for factor in FACTORS if factor != 60])
def test_no_wait_at_a_vendor_may_be_in_another_unit(factor):
    center = Center.load(EVERY_TERM)
    nord = center.vendors["nord"]
    odd = msgspec.structs.replace(nord, expected_wait=factor * nord.expected_wait)
    said = msgspec.structs.replace(center, vendors={**center.vendors, "nord": odd}).remarks()
    assert "vendors.nord.expected_wait" in [remark.where for remark in said]


@pytest.mark.skipif("aht" not in ContactType.__struct_fields__, reason="types state no handle time")
def test_types_of_unequal_work_that_are_priced_by_the_contact_are_told():
    center = Center.load(EVERY_TERM)
    types = {
        **center.contact_types,
        "claim": msgspec.structs.replace(center.contact_types["claim"], aht=500.0),
    }
    odd = msgspec.structs.replace(center, contact_types=types)
    assert odd.remarks() == ()
    assert [remark.where for remark in unequal_work(odd)] == ["contact_types.claim.aht"]
    assert list(unequal_work(center)) == []


def test_check_tells_of_a_vendor_without_an_expected_wait():
    center = demo_center()
    bare = msgspec.structs.replace(center.vendors["baltic"], expected_wait=0.0)
    notes = warnings(msgspec.structs.replace(center, vendors={**center.vendors, "baltic": bare}))
    assert ["expected_wait" in note for note in notes] == [True]
    assert warnings(center) == []


NIGHT_TEAM = {"nord": vendor(hours=("daily 20:00-08:00",))}


@pytest.mark.parametrize(
    ("queue", "changes", "told"),
    [
        ({"hours": ("mon-fri 08:00-20:00",)}, {"vendors": NIGHT_TEAM}, True),
        ({"holidays": (date(2026, 12, 24),)}, {"vendors": {}}, True),
        ({"hours": ("mon-fri 08:00-20:00",)}, {"vendors": NIGHT_TEAM, "fallback": "callback"}, False),
        ({"hours": ("mon-fri 08:00-20:00",)}, {}, False),  # nord is always open
        ({"hours": ("mon-fri 08:00-20:00",), "accepts_when_closed": True}, {"vendors": {}}, False),
        ({}, {"vendors": {}}, False),
    ],
)
def test_check_tells_of_contacts_that_join_a_queue_which_nobody_serves(queue, changes, told):
    lines = warnings(one_queue(queue, **changes))
    assert any("they join a queue that nobody serves" in line for line in lines) == told


def test_check_shows_hours_and_windows():
    center = one_queue({"hours": ("mon-fri 08:00-20:00",)}, {"hand_over": ("daily 22:00-06:00",)})
    rows = summary_rows(center)
    assert rows["queues"][0]["hours"] == ["mon-fri 08:00-20:00"]
    assert rows["contact_types"][0]["hand_over"] == ["daily 22:00-06:00"]
    assert summary_rows(one_queue())["queues"][0]["hours"] == ["always"]
