from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from bporoute import Center, ContactType, Contract, DataRule, InputError, Queue, Targets, Tier
from bporoute.center import MOST_BYTES
from strategies import centers, one_queue, vendor

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
    assert str(error) == f"{error.where}: found {error.found}; expected {error.expected}"
    assert "\n" not in str(error)
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


# what is wrong: (file, where, found, expected), the last as a part of what is told
BAD_FILES = {
    "typo in a key": (
        swap("languages", "langauges"),
        "queues.service",
        "an unknown key 'langauges'",
        "'languages' (known: abandonment_cost, aht,",
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
        "'vendors' (known: contact_types,",
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
    "text for true": (GOOD + '[log]\nrepair = "yes"\n', "log.repair", "'yes'", "true or false"),
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
    "no handle time": (swap("aht = 240", "aht = 0"), "queues.service.aht", "0", "a number above 0"),
    "probability in percent": (
        swap("probability = 0.8", "probability = 80"),
        "queues.service.targets.service_level.probability",
        "80",
        "a number below 1",
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
    "underflow": (
        swap('"overflow"', '"underflow"'),
        "contact_types.service.sourcing",
        "'underflow', which needs the planner's calendar",
        "in_house, overflow, full or specialised",
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
for sourcing in ("full", "specialised"):
    BAD_FILES[f"{sourcing} that no vendor takes"] = (
        swap('"overflow"', f'"{sourcing}"').replace(
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


NUMBERS = {
    "aht = 240": "queues.service.aht",
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
}
ALL_NUMBERS = GOOD.replace(
    "aht = 240",
    "aht = 240\narrival_rate = 1\nwaiting_room = 1\nwait_cost_per_minute = 1\nabandonment_cost = 1",
).replace("capacity = 12", "capacity = 12\nexpected_wait = 1")


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("number", NUMBERS)
def test_no_number_is_nan_or_infinite_but_endless_patience(number: str, value: str) -> None:
    content = ALL_NUMBERS.replace(number, number[: number.rindex("=") + 1] + f" {value}", 1)
    if (number, value) == ("patience = 300", "inf"):
        assert load(content).queues["service"].patience == math.inf
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
    assert "a text in quotes of length" in error.expected


def test_a_number_to_drop_is_told() -> None:
    assert "log.drop" in refused(lambda: load(GOOD + "[log]\ndrop = [{ outcome = 3 }]\n")).where


@pytest.mark.parametrize("depth", [30, 100, 300, 500, 900, 1500])
@pytest.mark.parametrize("key", ["name", "unknown"])
def test_every_depth_is_refused_with_an_input_error(depth: int, key: str) -> None:
    for content in (f"{key} = {'[' * depth}{']' * depth}", f"{key} = {'{a=' * depth}1{'}' * depth}"):
        assert refused(lambda content=content: load(content)).where.startswith("center.toml: ")


def test_a_fraction_for_an_optional_count_is_told_in_words() -> None:
    assert refused(lambda: load(swap("capacity = 12", "capacity = 1.5"))).expected == "a whole number"


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
        "vendors.nord.contract.price_per_contact",
        "-1.0",
    ),
    "negative price in a tier": (
        lambda: one_queue(
            vendors={"nord": vendor(contract=Contract(tiers=(Tier(above=0, price_per_minute=-1.0),)))}
        ),
        "vendors.nord.contract.tiers[0].price_per_minute",
        "-1.0",
    ),
    "nan": (lambda: one_queue({"aht": math.nan}), "queues.service.aht", "nan"),
    "infinite": (
        lambda: one_queue({"wait_cost_per_minute": math.inf}),
        "queues.service.wait_cost_per_minute",
        "inf",
    ),
    "wrong type": (lambda: one_queue({"aht": "240"}), "queues.service.aht", "'240'"),
    "wrong sourcing": (
        lambda: one_queue(kind={"sourcing": "none"}),
        "contact_types.service.sourcing",
        "'none'",
    ),
    "wrong targets": (lambda: one_queue({"targets": Targets(asa=3)}), "queues.service.targets.asa", "3"),
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
        "data_rules.card.countries[0]",
        "3",
    ),
    "hours": (lambda: vendor(hours=("always",)), "hours", "'always'"),
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


def test_numbers_of_other_libraries_are_refused_with_their_place() -> None:
    import numpy as np

    complaint = refused(lambda: one_queue({"aht": np.float32(240)}))
    assert complaint.where == "queues.service"


@pytest.mark.parametrize("name", ["", "x" * 101])
def test_a_name_has_a_length(name: str) -> None:
    complaint = refused(
        lambda: load(f'[queues."{name}"]\naht = 60\n[contact_types.call]\nqueue = "{name}"\n')
    )
    assert "queues" in complaint.where
    assert "length" in complaint.expected
