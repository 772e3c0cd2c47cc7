from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from bporoute import (
    AdequacyDecision,
    Center,
    Contact,
    ContactType,
    Contract,
    DataRule,
    InputError,
    LocationScheme,
    Queue,
    Sourcing,
    Targets,
    Tier,
    ValueClass,
)
from bporoute._base.toml import MOST_BYTES
from bporoute.center import LogFormat
from helpers.strategies import centers, one_queue, vendor

GOOD = """\
timezone = "Europe/Tallinn"

[queues.service]
aht = 240
patience = 300
languages = ["en"]
schedule = { "08:00" = 20, "16:30" = 12 }
targets = { service_level = { probability = 0.8, within = 20 }, asa = { seconds = 30 } }

[contact_types.service]
queue = "service"
sourcing = "overflow"
data = ["card"]

[data_rules.card]
countries = ["EE"]

[vendors.nord]
country = "EE"
timezone = "Europe/Tallinn"
contact_types = ["service"]
hours = ["mon-fri 08:00-20:00"]
certificates = { pci = 2027-06-30 }
capacity = 12

[vendors.nord.contract]
cap_per_day = 300
start = 2026-01-01
tiers = [
  { above = 0, up_to = 100, price_per_contact = 4.5 },
  { above = 100, price_per_contact = 4 },
]
"""


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(content: str | bytes) -> Center:
    Path("center.toml").write_bytes(content.encode() if isinstance(content, str) else content)
    return Center.load("center.toml")


def refused(build: Callable[[], object]) -> InputError:
    with pytest.raises(InputError) as caught:
        build()
    error = caught.value
    assert str(error.complaints[0]) == f"{error.where}: found {error.found}; expected {error.expected}"
    assert all("\n" not in str(complaint) for complaint in error.complaints)
    return error


def swap(old: str, new: str) -> str:
    """The good center with one thing changed."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def tiers(*lines: str) -> str:
    start = GOOD.index("tiers = [")
    return GOOD[:start] + f"tiers = [{', '.join(lines)}]\n"


def test_the_good_center_loads() -> None:
    center = load(GOOD)
    assert center.queues["service"].schedule == {"08:00": 20, "16:30": 12}
    assert center.vendors["nord"].certificates == {"pci": date(2027, 6, 30)}
    assert center.vendors["nord"].contract.price(240.0, sent=100) == 4.0
    assert center.zone.key == "Europe/Tallinn"
    assert center.languages == {"en"}


FULL = """\
timezone = "Europe/Stockholm"
country = "SE"
location_scheme = { by = "time_zone", nearshore_within_hours = 2 }
min_in_house_share = 0.5
max_concentration = 0.6
concentration_from = 50

[health]

[value_classes.gold]
keep_up_to = 3.5

[queues.service]
aht = 240
unresolved_cost = 6
dissatisfied_cost = 2
failed_cost = 1.5
resolution = 0.8
satisfaction = 0.9
stale_after = 20
lost_after = inf

[contact_types.service]
queue = "service"
sourcing = "underflow"
hand_over = ["mon-fri 20:00-07:00"]
skills = ["billing"]
language_level = "B2"
locations = ["onshore", "nearshore"]
data = ["personal"]

[contact_types.mail]
queue = "service"
due_within = 172800
data = ["card", "patient", "vote"]

[data_rules.personal]
kind = "gdpr"
valid_from = 2018-05-25

[data_rules.card]
kind = "pci"

[data_rules.patient]
kind = "health"
vendors = ["nord"]

[data_rules.vote]
kind = "domestic_only"
valid_until = 2027-12-31

[[adequacy_decisions]]
country = "IL"
valid_from = 2011-01-31
valid_until = 2026-06-30

[vendors.nord]
country = "EE"
timezone = "Europe/Tallinn"
location = "nearshore"
contact_types = ["service", "mail"]
languages = ["sv", "en"]
language_levels = { sv = "B2" }
skills = ["billing"]
holidays = [2026-12-24, 2026-12-25]
max_share = 0.3
max_exposure = 50000
prepaid = 12000
processing_agreement = true
transfer = ["scc"]
transfer_assessed = 2025-11-03
remote_access_countries = ["IN"]
payment_masked = true
associate_agreement = false
agents = 40
turnaround = 3600
quality = { resolution = 0.72, weight = 50 }
certificates = { "ISO 18295-1" = 2027-06-30 }
[vendors.nord.contract]
price_per_contact = 4.5

[vendors.syd]
country = "ZA"
timezone = "Africa/Johannesburg"
contact_types = ["service"]
[vendors.syd.contract]
"""


def test_everything_that_can_be_told_is_read() -> None:
    center = load(FULL)
    nord, syd = center.vendors.values()
    assert (center.country, center.min_in_house_share) == ("SE", 0.5)
    assert (center.max_concentration, center.concentration_from) == (0.6, 50)
    assert center.value_classes == {"gold": ValueClass(keep_up_to=3.5)}
    assert [center.location_of(vendor) for vendor in (nord, syd)] == ["nearshore", "nearshore"]
    queue = center.queues["service"]
    assert (queue.unresolved_cost, queue.dissatisfied_cost, queue.failed_cost) == (6, 2, 1.5)
    assert (queue.resolution, queue.satisfaction) == (0.8, 0.9)
    assert (queue.stale_after, queue.lost_after) == (20, math.inf)
    service, mail = center.contact_types.values()
    assert (service.sourcing, service.skills) == (Sourcing.UNDERFLOW, ("billing",))
    assert (service.language_level, service.locations) == ("B2", ("onshore", "nearshore"))
    assert len(service.hand_over_spans) == 10
    assert (mail.due_within, mail.hand_over_spans) == (172800, ())
    assert [rule.kind for rule in center.data_rules.values()] == ["gdpr", "pci", "health", "domestic_only"]
    assert center.adequacy_decisions[0].valid_until == date(2026, 6, 30)
    assert nord.holidays == (date(2026, 12, 24), date(2026, 12, 25))
    assert (nord.max_share, nord.max_exposure, nord.prepaid) == (0.3, 50000, 12000)
    assert (nord.transfer, nord.transfer_assessed) == (("scc",), date(2025, 11, 3))
    assert (nord.agents, nord.turnaround, nord.language_levels) == (40, 3600, {"sv": "B2"})
    assert nord.quality is not None
    assert (nord.quality.resolution, nord.quality.weight) == (0.72, 50)
    assert (syd.max_share, syd.max_exposure, syd.location, syd.quality) == (1.0, None, "", None)
    assert center.health is not None
    assert msgspec.convert(tabled(center), Center) == center


def test_a_contact_is_lean_and_a_key() -> None:
    contact = Contact("mail", "sv", "call 7", ("card",), country="SE", value_class="gold", due=1.5e9)
    assert (contact.country, contact.value_class, contact.due, contact.skills) == ("SE", "gold", 1.5e9, ())
    assert hash(contact) == hash(Contact("mail", "sv", "call 7", ("card",), "SE", "gold", 1.5e9, ()))
    assert not hasattr(Contact, "__post_init__")


def test_ages_may_be_equal_and_endless() -> None:
    assert Queue(aht=1, stale_after=math.inf, lost_after=math.inf).stale_after == math.inf
    assert Queue(aht=1, stale_after=9.0, lost_after=9.0).lost_after == 9.0
    assert (Queue(aht=1).stale_after, Queue(aht=1).lost_after) == (30.0, 300.0)


# what is wrong: (file, where, found, expected), the last as a part of what is told
BAD_FILES = {
    "typo in a key": (
        swap("languages", "langauges"),
        "queues.service",
        "an unknown key 'langauges'",
        "'languages' (known: abandonment_cost, accepts_when_closed, aht,",
    ),
    "typo in a deep key": (
        swap("up_to", "upto"),
        "vendors.nord.contract.tiers[0]",
        "an unknown key 'upto'",
        "'up_to' (known: above,",
    ),
    "typo in a target": (
        swap("asa = { seconds", "asa = { second"),
        "queues.service.targets.asa",
        "an unknown key 'second'",
        "'seconds' (known: seconds)",
    ),
    "unknown section": (
        GOOD + "[vendor.syd]\n",
        "file",
        "an unknown key 'vendor'",
        "'vendors' (known: adequacy_decisions,",
    ),
    "key missing": (swap('country = "EE"\n', ""), "vendors.nord", "no 'country'", "a value for 'country'"),
    "section missing": (
        "[queues.service]\naht = 240\n",
        "file",
        "no 'contact_types'",
        "a value for 'contact_types'",
    ),
    "text for a number": (swap("aht = 240", 'aht = "240"'), "queues.service.aht", "'240'", "a number"),
    "number for a text": (
        swap('languages = ["en"]', 'languages = ["en", 3]'),
        "queues.service.languages[1]",
        "3",
        "a text in quotes",
    ),
    "text for a list": (
        swap('hours = ["mon-fri 08:00-20:00"]', 'hours = "mon-fri 08:00-20:00"'),
        "vendors.nord.hours",
        "'mon-fri 08:00-20:00'",
        "a list",
    ),
    "number for a table": (swap("{ pci = 2027-06-30 }", "3"), "vendors.nord.certificates", "3", "a table"),
    "text for a count in a schedule": (
        swap('"16:30" = 12', '"16:30" = "12"'),
        "queues.service.schedule.16:30",
        "'12'",
        "a whole number",
    ),
    "more agents than a decision takes": (
        swap('"16:30" = 12', '"16:30" = 150000'),
        "queues.service.schedule.16:30",
        "150000",
        "a whole number of at most 100000",
    ),
    "text for true": (GOOD + '[health]\nshadow = "yes"\n', "health.shadow", "'yes'", "true or false"),
    "number for a column": (
        GOOD + "[log]\ncolumns = { arrival = 1 }\n",
        "log.columns.arrival",
        "1",
        "a text in quotes",
    ),
    "not a date": (
        swap("2027-06-30", '"soon"'),
        "vendors.nord.certificates.pci",
        "'soon'",
        "date",
    ),
    "negative price": (
        swap("price_per_contact = 4.5", "price_per_contact = -4.5"),
        "vendors.nord.contract.tiers[0].price_per_contact",
        "-4.5",
        "a number of at least 0",
    ),
    "negative capacity": (
        swap("capacity = 12", "capacity = -3"),
        "vendors.nord.capacity",
        "-3",
        "a whole number of at least 0",
    ),
    "no handle time": (swap("aht = 240", "aht = 0"), "queues.service.aht", "0", "a number of at least 0.001"),
    "probability in percent": (
        swap("probability = 0.8", "probability = 80"),
        "queues.service.targets.service_level.probability",
        "80",
        "a number of at most 1: 0.8?",
    ),
    "unknown time zone": (
        swap('timezone = "Europe/Tallinn"\ncontact', 'timezone = "Europe/Talinn"\ncontact'),
        "vendors.nord.timezone",
        "'Europe/Talinn'",
        "an IANA time zone such as",
    ),
    "unknown time zone of the center": (
        swap('timezone = "Europe/Tallinn"\n\n', 'timezone = "Europe"\n'),
        "timezone",
        "'Europe'",
        "an IANA time zone such as",
    ),
    "tiers overlap": (
        swap("above = 100", "above = 90"),
        "vendors.nord.contract.tiers[1].above",
        "90",
        "above = 100",
    ),
    "tiers leave a gap": (
        swap("above = 100", "above = 110"),
        "vendors.nord.contract.tiers[1].above",
        "110",
        "above = 100",
    ),
    "tiers not from 0": (tiers("{ above = 5 }"), "vendors.nord.contract.tiers[0].above", "5", "above = 0"),
    "tiers out of order": (
        tiers("{ above = 100 }", "{ above = 0, up_to = 100 }"),
        "vendors.nord.contract.tiers[0].above",
        "100",
        "above = 0",
    ),
    "a tier after the last": (
        tiers("{ above = 0 }", "{ above = 100 }"),
        "vendors.nord.contract.tiers[1].above",
        "100",
        "nothing after a tier without up_to",
    ),
    "an empty tier": (
        tiers("{ above = 0, up_to = 0 }", "{ above = 0 }"),
        "vendors.nord.contract.tiers[0].up_to",
        "0",
        "more than 0",
    ),
    "tiers that end": (
        tiers("{ above = 0, up_to = 100 }"),
        "vendors.nord.contract.tiers[0].up_to",
        "100",
        "no up_to in the last tier",
    ),
    "prices twice": (
        swap("cap_per_day = 300", "price_per_contact = 3"),
        "vendors.nord.contract.tiers",
        "prices beside the tiers too",
        "prices in the tiers or beside them",
    ),
    "a vendor that takes nothing": (
        swap('contact_types = ["service"]', "contact_types = []"),
        "vendors.nord.contact_types",
        "none",
        "at least one contact type",
    ),
    "a vendor of unknown types": (
        swap('contact_types = ["service"]', 'contact_types = ["servce"]'),
        "vendors.nord.contact_types",
        "'servce'",
        "'service' (known: service)",
    ),
    "unknown queue": (
        swap('queue = "service"', 'queue = "helpdesk"'),
        "contact_types.service.queue",
        "'helpdesk'",
        "one of: service",
    ),
    "unknown data class": (
        swap('data = ["card"]', 'data = ["cards"]'),
        "contact_types.service.data",
        "'cards'",
        "'card' (known: card)",
    ),
    "unknown sourcing": (
        swap('"overflow"', '"overflows"'),
        "contact_types.service.sourcing",
        "'overflows'",
        "'overflow' (known: in_house,",
    ),
    "underflow without windows": (
        swap('"overflow"', '"underflow"'),
        "contact_types.service.hand_over",
        "none",
        "the windows in which contacts sourced by underflow go out",
    ),
    "windows where all goes out anyway": (
        swap('"overflow"', '"full"\nhand_over = ["daily 22:00-06:00"]'),
        "contact_types.service.hand_over",
        "windows beside sourcing 'full'",
        "sourcing 'overflow' or 'underflow', or no windows",
    ),
    "bad windows": (
        swap('"overflow"', '"underflow"\nhand_over = ["nights"]'),
        "contact_types.service.hand_over",
        "'nights'",
        "hours like 'mon-fri 08:00-20:00'",
    ),
    "bad level wanted": (
        swap('data = ["card"]', 'language_level = "B3"'),
        "contact_types.service.language_level",
        "'B3'",
        "A1",
    ),
    "bad location wanted": (
        swap('data = ["card"]', 'locations = ["onshore", "moon"]'),
        "contact_types.service.locations[1]",
        "'moon'",
        "one of: onshore, nearshore, offshore",
    ),
    "due at once": (
        swap('data = ["card"]', "due_within = 0"),
        "contact_types.service.due_within",
        "0",
        "a number above 0",
    ),
    "bad level": (
        swap("capacity = 12", 'language_levels = { en = "fluent" }'),
        "vendors.nord.language_levels.en",
        "'fluent'",
        "one of: A1, A2, B1, B2, C1, C2",
    ),
    "level of a language it does not speak": (
        swap("capacity = 12", 'languages = ["en"]\nlanguage_levels = { sv = "C1" }'),
        "vendors.nord.language_levels",
        "'sv'",
        "one of: en",
    ),
    "bad holiday": (
        swap("capacity = 12", 'holidays = ["xmas"]'),
        "vendors.nord.holidays[0]",
        "'xmas'",
        "date",
    ),
    "share in percent": (
        swap("capacity = 12", "max_share = 40"),
        "vendors.nord.max_share",
        "40",
        "at most 1",
    ),
    "unknown basis": (
        swap("capacity = 12", 'transfer = ["trust"]'),
        "vendors.nord.transfer[0]",
        "'trust'",
        "one of: scc, bcr",
    ),
    "quality in percent": (
        swap("capacity = 12", "quality = { resolution = 72 }"),
        "vendors.nord.quality.resolution",
        "72",
        "at most 1",
    ),
    "bad country of remote access": (
        swap("capacity = 12", 'remote_access_countries = ["in"]'),
        "vendors.nord.remote_access_countries[0]",
        "'in'",
        "two capital letters",
    ),
    "text for an agreement": (
        swap("capacity = 12", 'processing_agreement = "yes"'),
        "vendors.nord.processing_agreement",
        "'yes'",
        "true or false",
    ),
    "lost before stale": (
        swap("aht = 240", "aht = 240\nstale_after = 60\nlost_after = 30"),
        "queues.service.lost_after",
        "30",
        "at least stale_after, 60",
    ),
    "no resolution": (
        swap("aht = 240", "aht = 240\nresolution = 1.1"),
        "queues.service.resolution",
        "1.1",
        "at most 1",
    ),
    "value class without a limit": (
        GOOD + "[value_classes.gold]\n",
        "value_classes.gold",
        "no 'keep_up_to'",
        "a value for 'keep_up_to'",
    ),
    "rule without countries": (
        swap('countries = ["EE"]', 'certificate = "pci"'),
        "data_rules.card.countries",
        "none",
        "the countries that may",
    ),
    "unknown kind of rule": (
        swap('countries = ["EE"]', 'kind = "gpdr"'),
        "data_rules.card.kind",
        "'gpdr'",
        "'gdpr' (known: places,",
    ),
    "health rule without a list": (
        swap('countries = ["EE"]', 'kind = "health"'),
        "data_rules.card.vendors",
        "none",
        "the vendors that may see health data",
    ),
    "a list for another rule": (
        swap('countries = ["EE"]', 'kind = "gdpr"\nvendors = ["nord"]'),
        "data_rules.card.vendors",
        "('nord',)",
        "only kind 'health'",
    ),
    "unknown vendor in a rule": (
        'country = "EE"\n' + swap('countries = ["EE"]', 'kind = "health"\nvendors = ["nrd"]'),
        "data_rules.card.vendors",
        "'nrd'",
        "'nord' (known: nord)",
    ),
    "rule that ends before it begins": (
        swap('countries = ["EE"]', 'kind = "pci"\nvalid_from = 2027-01-01\nvalid_until = 2026-12-31'),
        "data_rules.card.valid_until",
        "2026-12-31",
        "a day on or after the first, 2027-01-01",
    ),
    "a home nobody stated": (
        swap('countries = ["EE"]', 'kind = "domestic_only"'),
        "country",
        "none",
        "which data rule 'card' needs",
    ),
    "a decision that ends before it begins": (
        GOOD + '[[adequacy_decisions]]\ncountry = "EE"\nvalid_from = 2027-01-01\nvalid_until = 2026-12-31\n',
        "adequacy_decisions[0].valid_until",
        "2026-12-31",
        "a day on or after the first",
    ),
    "unknown scheme": (
        'location_scheme = { by = "distanse" }\n' + GOOD,
        "location_scheme.by",
        "'distanse'",
        "'distance' (known: as_told,",
    ),
    "a scheme without its term": (
        'location_scheme = { by = "distance" }\n' + GOOD,
        "location_scheme.nearshore_within_km",
        "none",
        "which scheme 'distance' needs",
    ),
    "a scheme with another's term": (
        'country = "LV"\nlocation_scheme = { by = "eu", nearshore_within_km = 500 }\n' + GOOD,
        "location_scheme.nearshore_within_km",
        "500",
        "only scheme 'distance'",
    ),
    "a scheme without the center's country": (
        'location_scheme = { by = "border" }\n' + GOOD,
        "country",
        "none",
        "which location scheme 'border' needs",
    ),
    "a location that the scheme denies": (
        'country = "LV"\nlocation_scheme = { by = "border" }\n'
        + swap("capacity = 12", 'location = "onshore"'),
        "vendors.nord.location",
        "'onshore'",
        "'nearshore', as location scheme border judges",
    ),
    "a zone without a town": (
        'country = "LV"\nlocation_scheme = { by = "distance", nearshore_within_km = 500 }\n'
        + GOOD.replace('"Europe/Tallinn"\ncontact', '"UTC"\ncontact'),
        "location_scheme",
        "the time zone 'UTC' is not that of a town",
        "or another scheme",
    ),
    "bad country": ('country = "Estonia"\n' + GOOD, "country", "'Estonia'", "two capital letters"),
    "all kept and more": ("min_in_house_share = 1.5\n" + GOOD, "min_in_house_share", "1.5", "at most 1"),
    "less concentrated than can be": (
        "max_concentration = 0.9\n" + GOOD,
        "max_concentration",
        "0.9",
        "at least 1/1, the index of 1 equal shares",
    ),
    "unknown fallback": ('fallback = "drop"\n' + GOOD, "fallback", "'drop'", "one of: "),
    "unknown location": (
        swap("capacity = 12", 'location = "near"'),
        "vendors.nord.location",
        "'near'",
        "'nearshore'",
    ),
    "a vendor named like a queue": (
        GOOD.replace("vendors.nord", "vendors.service"),
        "vendors.service",
        "the name of a queue",
        "a name of its own",
    ),
    "bad hours": (
        swap("mon-fri 08:00-20:00", "mon-fri 8-20"),
        "vendors.nord.hours",
        "'mon-fri 8-20'",
        "hours like 'mon-fri 08:00-20:00'",
    ),
    "bad time in a schedule": (
        swap('"08:00" = 20', '"8:00" = 20'),
        "queues.service.schedule",
        "'8:00'",
        "times of day like '08:30'",
    ),
    "a bad date in a schedule": (
        swap('"08:00" = 20', '"2026-02-30 08:00" = 20'),
        "queues.service.schedule",
        "'2026-02-30'",
        "a day such as 2026-12-24",
    ),
    "bad days in a schedule": (
        swap('"08:00" = 20', '"monday 08:00" = 20'),
        "queues.service.schedule",
        "'monday'",
        "days like 'mon-fri', 'sat' or 'daily', or a date",
    ),
    "a weekday in two groups of a schedule": (
        swap('"08:00" = 20', '"mon-fri 08:00" = 20, "fri-sun 09:00" = 3'),
        "queues.service.schedule",
        "fri in 'mon-fri' and in 'fri-sun'",
        "every weekday in one group of days, or a date",
    ),
    "a group of a schedule out of order": (
        swap('"08:00" = 20', '"sat 10:00" = 20, "sat 08:00" = 3'),
        "queues.service.schedule",
        "['sat 10:00', 'sat 08:00', '16:30']",
        "times of day in order",
    ),
    "the same time twice in a schedule": (
        swap('"08:00" = 20', '"08:00" = 20, "daily 08:00" = 3'),
        "queues.service.schedule",
        "['08:00', 'daily 08:00', '16:30']",
        "times of day in order",
    ),
    "bad hours of a queue": (
        swap("patience = 300", 'patience = 300\nhours = ["mon-fri 8-20"]'),
        "queues.service.hours",
        "'mon-fri 8-20'",
        "hours like 'mon-fri 08:00-20:00'",
    ),
    "a bad holiday of a queue": (
        swap("patience = 300", 'patience = 300\nholidays = ["christmas"]'),
        "queues.service.holidays[0]",
        "'christmas'",
        "a date",
    ),
    "chats without what they slow": (
        swap("patience = 300", "patience = 300\nconcurrency = 3"),
        "queues.service.slowdown",
        "0 factors, with a concurrency of 3",
        "2: how many times as long one takes beside 1, 2, .. others",
    ),
    "factors without chats": (
        swap("patience = 300", "patience = 300\nslowdown = [1.5]"),
        "queues.service.slowdown",
        "1 factors, with a concurrency of 1",
        "0: how many times as long",
    ),
    "chats that get on faster beside others": (
        swap("patience = 300", "patience = 300\nconcurrency = 3\nslowdown = [1.5, 1.2]"),
        "queues.service.slowdown",
        "[1.5, 1.2]",
        "factors that do not fall",
    ),
    "slowdown in seconds": (
        swap("patience = 300", "patience = 300\nconcurrency = 2\nslowdown = [260]"),
        "queues.service.slowdown[0]",
        "260",
        "at most 100",
    ),
    "a schedule out of order": (
        swap('"08:00" = 20, "16:30" = 12', '"16:30" = 12, "08:00" = 20'),
        "queues.service.schedule",
        "['16:30', '08:00']",
        "times of day in order",
    ),
    "a contract that ends before it starts": (
        swap("start = 2026-01-01", "start = 2026-01-01\nend = 2025-12-31"),
        "vendors.nord.contract.end",
        "2025-12-31",
        "a day on or after the start, 2026-01-01",
    ),
    "no queue": (
        GOOD.replace(GOOD[GOOD.index("[queues") : GOOD.index("[contact")], "[queues]\n"),
        "queues",
        "none",
        "at least one",
    ),
    "no contact type": (
        "[queues.service]\naht = 1\n[contact_types]\n",
        "contact_types",
        "none",
        "at least one",
    ),
    "not TOML": (swap("aht = 240", "aht 240"), "line 4, column 5", "Expected '=' after a key", "valid TOML"),
    "the same key twice": (
        swap("aht = 240", "aht = 240\naht = 3"),
        "line 5, column 8",
        "Cannot overwrite a value",
        "valid TOML",
    ),
    "not UTF-8": (
        GOOD.encode() + b"# \xe9t\xe9\n",
        f"byte {len(GOOD) + 2}",
        "a byte that is not UTF-8",
        "in UTF-8",
    ),
    "empty": ("", "file", "no 'queues'", "a value for 'queues'"),
    "too large": ("#" * 2_000_000, "file", f"more than {MOST_BYTES} bytes", f"at most {MOST_BYTES} bytes"),
    "deep lists": ("name = " + "[" * 10_000 + "]" * 10_000, "file", "nested too deeply", "some dozen levels"),
    "deep inline tables": (
        "name = " + "{a=" * 10_000 + "1" + "}" * 10_000,
        "file",
        "nested too deeply",
        "some dozen levels",
    ),
    "deep dotted keys": ("a." * 10_000 + "a = 1", "file", "nested too deeply", "some dozen levels"),
    "deep section name": ("[" + "a." * 10_000 + "a]", "file", "nested too deeply", "some dozen levels"),
}
for sourcing, windows in (
    ("full", ""),
    ("specialised", ""),
    ("underflow", "hand_over = ['daily 22:00-06:00']"),
):
    BAD_FILES[f"{sourcing} that no vendor takes"] = (
        swap('"overflow"', f'"{sourcing}"\n{windows}').replace(
            'contact_types = ["service"]', 'contact_types = ["sales"]'
        )
        + '[contact_types.sales]\nqueue = "service"\n',
        "contact_types.service.sourcing",
        f"'{sourcing}', and no vendor takes 'service'",
        "a vendor with 'service' among its contact_types",
    )


@pytest.mark.parametrize(("content", "where", "found", "expected"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_told_once_with_place_finding_and_remedy(content, where, found, expected) -> None:
    error = refused(lambda: load(content))
    assert error.where == f"center.toml: {where}"
    assert found in error.found
    assert expected in error.expected
    assert all("a value for" in str(other) or "queue" in other.where for other in error.complaints[1:])


NUMBERS = {
    "aht = 240": "queues.service.aht",
    "aht = 1": "contact_types.service.aht",
    "patience = 300": "queues.service.patience",
    '"08:00" = 20': "queues.service.schedule.08:00",
    "probability = 0.8": "queues.service.targets.service_level.probability",
    "within = 20": "queues.service.targets.service_level.within",
    "seconds = 30": "queues.service.targets.asa.seconds",
    "capacity = 12": "vendors.nord.capacity",
    "cap_per_day = 300": "vendors.nord.contract.cap_per_day",
    "price_per_contact = 4.5": "vendors.nord.contract.tiers[0].price_per_contact",
    "up_to = 100": "vendors.nord.contract.tiers[0].up_to",
    "arrival_rate = 1": "queues.service.arrival_rate",
    "waiting_room = 1": "queues.service.waiting_room",
    "wait_cost_per_minute = 1": "queues.service.wait_cost_per_minute",
    "abandonment_cost = 1": "queues.service.abandonment_cost",
    "expected_wait = 1": "vendors.nord.expected_wait",
    "turnaround = 1": "vendors.nord.turnaround",
    "agents = 1": "vendors.nord.agents",
    "max_share = 1": "vendors.nord.max_share",
    "max_exposure = 1": "vendors.nord.max_exposure",
    "prepaid = 1": "vendors.nord.prepaid",
    "unresolved_cost = 1": "queues.service.unresolved_cost",
    "dissatisfied_cost = 1": "queues.service.dissatisfied_cost",
    "failed_cost = 1": "queues.service.failed_cost",
    "resolution = 1": "queues.service.resolution",
    "satisfaction = 1": "queues.service.satisfaction",
    "stale_after = 1": "queues.service.stale_after",
    "lost_after = 1": "queues.service.lost_after",
    "min_in_house_share = 1": "min_in_house_share",
    "max_concentration = 1": "max_concentration",
    "concentration_from = 1": "concentration_from",
    "due_within = 1": "contact_types.service.due_within",
    "keep_up_to = 1": "value_classes.gold.keep_up_to",
    "nearshore_within_km = 1": "location_scheme.nearshore_within_km",
}
MAY_BE_ENDLESS = ("patience = 300", "lost_after = 1")
LIMITS = ("within = 20", "seconds = 30")
LINES_OF = {
    "aht = 240": (
        *("arrival", "waiting", "wait_cost", "abandonment", "unresolved", "dissatisfied", "failed"),
        *("resolution", "satisfaction", "stale", "lost"),
    ),
    "capacity = 12": ("expected", "turnaround", "agents", "max_share", "max_exposure", "prepaid"),
    'sourcing = "overflow"': ("due", "aht"),
}
ALL_NUMBERS = "min_in_house_share = 1\nmax_concentration = 1\nconcentration_from = 1\n" + GOOD
for anchor, starts in LINES_OF.items():
    lines = [line for line in NUMBERS if line.startswith(starts) and " = 1" in line and line not in GOOD]
    ALL_NUMBERS = ALL_NUMBERS.replace(anchor, "\n".join([anchor, *lines]))
ALL_NUMBERS += """[value_classes.gold]
keep_up_to = 1
[location_scheme]
by = "distance"
nearshore_within_km = 1
"""
ALL_NUMBERS = 'country = "EE"\n' + ALL_NUMBERS


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("number", NUMBERS)
def test_no_number_is_nan_or_infinite_but_patience_limits_and_ages(number: str, value: str) -> None:
    content = ALL_NUMBERS.replace(number, number[: number.rindex("=") + 1] + f" {value}", 1)
    assert content != ALL_NUMBERS
    if number in MAY_BE_ENDLESS and value == "inf":
        field = number.split(" ")[0]
        assert getattr(load(content).queues["service"], field) == math.inf
    elif number in LIMITS and value == "inf":  # whenever
        assert load(content).queues["service"].targets.given()
    elif (number, value) == ("stale_after = 1", "inf"):  # only where lost_after is endless too
        assert refused(lambda: load(content)).where == "center.toml: queues.service.lost_after"
    else:
        error = refused(lambda: load(content))
        assert (error.where, error.found) == (f"center.toml: {NUMBERS[number]}", value)


def test_a_file_that_cannot_be_read_is_told() -> None:
    Path("folder").mkdir()
    assert (
        str(refused(lambda: Center.load("folder")))
        == "folder: file: found Is a directory; expected a center file that can be read"
    )
    assert str(refused(lambda: Center.load("nobody.toml"))).startswith(
        "nobody.toml: file: found No such file or directory;"
    )


@pytest.mark.parametrize("name", ["", "x" * 200])
def test_a_name_of_impossible_length_is_refused(name: str) -> None:
    error = refused(lambda: load(GOOD + f'[queues."{name}"]\naht = 1\n'))
    assert error.where.startswith("center.toml: ")
    assert error.expected.startswith("a text ")


def test_a_number_to_drop_is_told() -> None:
    assert "log.drop" in refused(lambda: load(GOOD + "[log]\ndrop = [{ outcome = 3 }]\n")).where


@pytest.mark.parametrize("depth", [30, 100, 300, 500, 900, 1500])
@pytest.mark.parametrize("key", ["name", "unknown"])
def test_every_depth_is_refused_with_an_input_error(depth: int, key: str) -> None:
    for content in (f"{key} = {'[' * depth}{']' * depth}", f"{key} = {'{a=' * depth}1{'}' * depth}"):
        assert refused(lambda content=content: load(content)).where.startswith("center.toml: ")


def test_a_fraction_for_an_optional_count_is_told_in_words() -> None:
    expected = refused(lambda: load(swap("capacity = 12", "capacity = 1.5"))).expected
    assert expected == "a whole number (Most contacts that it handles at once; such as capacity = 30)"


# -- built in Python --------------------------------------------------------------------------


def tabled(center: Center) -> object:
    """Plain tables as TOML gives them: no None, true dates, numbers without a fraction as integers."""

    def clean(value: object) -> object:
        if isinstance(value, dict):
            return {str(key): clean(item) for key, item in value.items() if item is not None}
        if isinstance(value, list | tuple):
            return [clean(item) for item in value]
        return int(value) if isinstance(value, float) and value.is_integer() else value

    return clean(msgspec.to_builtins(center.to_dict(), builtin_types=(date,)))


@given(centers())
def test_a_center_survives_its_tables(center: Center) -> None:
    assert msgspec.convert(tabled(center), Center) == center
    assert msgspec.convert(center.to_dict(), Center) == center
    assert (
        msgspec.json.decode(msgspec.json.encode(msgspec.convert(tabled(center), Center).to_dict()))
        is not None
    )


BUILT = {
    "negative price": (
        lambda: one_queue(vendors={"nord": vendor(contract=Contract(price_per_contact=-1.0))}),
        "Contract.price_per_contact",
        "-1.0",
    ),
    "negative price in a tier": (
        lambda: one_queue(
            vendors={"nord": vendor(contract=Contract(tiers=(Tier(above=0, price_per_minute=-1.0),)))}
        ),
        "Tier.price_per_minute",
        "-1.0",
    ),
    "nan": (lambda: one_queue({"aht": math.nan}), "Queue.aht", "nan"),
    "infinite": (
        lambda: one_queue({"wait_cost_per_minute": math.inf}),
        "Queue.wait_cost_per_minute",
        "inf",
    ),
    "wrong type": (lambda: one_queue({"aht": "240"}), "Queue.aht", "'240'"),
    "wrong sourcing": (
        lambda: one_queue(kind={"sourcing": "none"}),
        "ContactType.sourcing",
        "'none'",
    ),
    "wrong targets": (lambda: one_queue({"targets": Targets(asa=3)}), "Targets.asa", "3"),
    "unknown queue": (
        lambda: Center(queues={"a": Queue(aht=1)}, contact_types={"a": ContactType(queue="b")}),
        "contact_types.a.queue",
        "'b'",
    ),
    "unknown data": (lambda: one_queue(kind={"data": ("card",)}), "contact_types.service.data", "'card'"),
    "no queue": (lambda: Center(queues={}, contact_types={}), "queues", "none"),
    "unknown zone": (lambda: one_queue(timezone="Mars/Olympus"), "timezone", "'Mars/Olympus'"),
    "unknown zone of a vendor": (lambda: vendor(timezone="Mars"), "timezone", "'Mars'"),
    "a rule for a number": (
        lambda: one_queue(data_rules={"card": DataRule(countries=(3,))}),
        "DataRule.countries[0]",
        "3",
    ),
    "hours": (lambda: vendor(hours=("always",)), "hours", "'always'"),
    "country of the center": (lambda: one_queue(country="se"), "country", "'se'"),
    "share of the center": (lambda: one_queue(min_in_house_share=math.nan), "min_in_house_share", "nan"),
    "concentration of nothing": (lambda: one_queue(max_concentration=0.0), "max_concentration", "0.0"),
    "keep up to": (
        lambda: one_queue(value_classes={"gold": ValueClass(keep_up_to=-1.0)}),
        "ValueClass.keep_up_to",
        "-1.0",
    ),
    "distance": (
        lambda: one_queue(location_scheme=LocationScheme(by="distance", nearshore_within_km=-5.0)),
        "LocationScheme.nearshore_within_km",
        "-5.0",
    ),
    "decision on nobody": (
        lambda: one_queue(
            adequacy_decisions=(AdequacyDecision(country="Eire", valid_from=date(2026, 1, 1)),)
        ),
        "AdequacyDecision.country",
        "'Eire'",
    ),
    "level": (
        lambda: one_queue(vendors={"nord": vendor(language_levels={"sv": "good"})}),
        "Vendor.language_levels.sv",
        "'good'",
    ),
    "ages as text": (lambda: one_queue({"stale_after": "30"}), "Queue.stale_after", "'30'"),
    "holiday as text": (
        lambda: one_queue(vendors={"nord": vendor(holidays=("24 December",))}),
        "Vendor.holidays[0]",
        "'24 December'",
    ),
    "health": (lambda: one_queue(health=3), "health", "3"),
    "scheme": (lambda: one_queue(location_scheme="eu"), "location_scheme", "'eu'"),
    "no queue at all": (lambda: Center(queues={"a": 3}, contact_types={}), "queues.a", "3"),
}


@pytest.mark.parametrize(("build", "where", "found"), BUILT.values(), ids=BUILT)
def test_what_is_built_in_python_meets_the_same_checks(build, where, found) -> None:
    error = refused(build)
    assert (error.where, error.found) == (where, found)


def test_an_unknown_fallback_is_refused_in_python_too() -> None:
    assert refused(lambda: one_queue(fallback="drop")).where == "fallback"


def test_everything_configured_is_frozen() -> None:
    center = one_queue()
    for thing, field in (
        (center, "fallback"),
        (center.queues["service"], "aht"),
        (center.contact_types["service"], "queue"),
        (center.vendors["nord"], "capacity"),
        (center.vendors["nord"].contract, "cap_per_day"),
    ):
        with pytest.raises(AttributeError, match="immutable type"):
            setattr(thing, field, getattr(thing, field))


@pytest.mark.parametrize(
    "text",
    [
        "x={" + "a." * 20_000 + "b=1}",
        '"=".' + "a." * 20_000 + "b=1",
        "'q w'." * 20_000 + "b=1",
        "a . " * 20_000 + "b=1",
    ],
    ids=["inline table", "quoted equals", "quoted keys", "spaced keys"],
)
def test_deep_keys_are_refused_wherever_they_hide(text: str) -> None:
    assert "too deeply" in refused(lambda: load(text)).found


def test_a_byte_order_mark_does_no_harm(tmp_path) -> None:
    path = tmp_path / "center.toml"
    path.write_text("\ufeff" + GOOD, encoding="utf-8")
    assert Center.load(path).vendors


def test_numbers_of_other_libraries_become_pythons_own_or_are_refused() -> None:
    from decimal import Decimal

    import numpy as np

    assert type(one_queue({"aht": np.float32(240)}).queues["service"].aht) is float
    assert type(one_queue({"aht": Decimal(240)}).queues["service"].aht) is float
    assert refused(lambda: one_queue({"aht": np.array([240.0])})).where == "Queue.aht"


@pytest.mark.parametrize("name", ["", "x" * 101])
def test_a_name_has_a_length(name: str) -> None:
    complaint = refused(
        lambda: load(f'[queues."{name}"]\naht = 60\n[contact_types.call]\nqueue = "{name}"\n')
    )
    assert "queues" in complaint.where
    assert "a text " in complaint.expected


@pytest.mark.parametrize("log", [LogFormat(types={"Svc": "servce"}), LogFormat(default_type="servce")])
def test_a_log_is_read_into_types_that_there_are(log):
    with pytest.raises(InputError, match="'service'"):
        Center(queues={"desk": Queue(aht=240)}, contact_types={"service": ContactType(queue="desk")}, log=log)
