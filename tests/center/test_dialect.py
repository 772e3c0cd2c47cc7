"""A center file as people write it: all mistakes at once, with meaning and example; texts for numbers."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from bporoute import Abandonment, Asa, Center, ContactType, InputError, Queue, ServiceLevel, Targets
from bporoute._base.complaints import Looked
from bporoute.center._dialect import CENTER_DIALECT, SECTIONS
from bporoute.contracts._term_kinds import ContractTerm
from bporoute.simulation._demo import demo_center_text

SLIPS = """
currency = "EUR"
fallback = "kep"
[queues.service]
aht = "00:03:08"
patience = "soon"
arival_rate = 0.25
resolution = 80
schedule = { "8:00" = 5 }
targets = "80/20"
[queues.sales]
aht = -3
targets = ["80/20 answered", "asa 30"]
[contact_types.service]
queue = "servce"
data = ["personal"]
[contact_types.sales]
queue = "sales"
sourcing = "overflw"
[vendor.manila]
country = "PH"
[vendors.nord]
country = "Sweden"
timezone = "Stockholm"
contact_types = ["service", "sels"]
hours = ["mo-fr 8-20"]
aht = 240
language_levels = { sv = "fluent" }
[vendors.nord.contract]
price_per_hour = 25
price_per_minute = "0.85"
terms = [
  { kind = "per_minit", price = 1 },
  { kind = "per_hour", price = -3 },
  { kind = "take_or_pay", share = 90, price = 3 },
]
"""
TOLD = {
    "file": "'vendor'; expected 'vendors'",
    "fallback": "'keep'",
    "queues.service": "'arival_rate'; expected 'arrival_rate'",
    "queues.service.patience": "such as patience = 345",
    "queues.service.resolution": "0.8?",
    "queues.service.schedule": "'08:30'",
    "queues.sales.aht": 'seconds; such as aht = 188.7  # or "3:08"',
    "contact_types.service.queue": "'service'",
    "contact_types.service.data": "'personal'",
    "contact_types.sales.sourcing": "'overflow'",
    "vendors.nord.country": "'SE'",
    "vendors.nord.timezone": "'Europe/Stockholm'",
    "vendors.nord.contact_types": "'sales'",
    "vendors.nord.hours": "'mon-fri 08:00-20:00'",
    "vendors.nord": "'aht' under [queues.NAME]",
    "vendors.nord.language_levels.sv": "C1",
    "vendors.nord.contract": "kind = 'per_hour'",
    "vendors.nord.contract.price_per_minute": "a number",
    "vendors.nord.contract.terms[0].kind": "'per_minute'",
    "vendors.nord.contract.terms[1].price": "at least 0",
    "vendors.nord.contract.terms[1]": "hours = \"logged\"",
    "vendors.nord.contract.terms[2].share": "0.9?",
}  # fmt: skip


def load(folder: Path, text: str) -> Center:
    path = folder / "center.toml"
    path.write_text(text)
    return Center.load(path)


def refused(folder: Path, text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        load(folder, text)
    return caught.value


def test_everything_is_told_at_once(tmp_path):
    error = refused(tmp_path, SLIPS)
    told = {complaint.where.rpartition(": ")[2]: str(complaint) for complaint in error.complaints}
    assert set(told) == set(TOLD)
    assert {where: TOLD[where] in told[where] for where in TOLD} == dict.fromkeys(TOLD, True)
    assert str(error).splitlines() == [str(complaint) for complaint in error.complaints]


def test_no_regular_expression_is_shown(tmp_path):
    text = SLIPS.replace("[queues.sales]", '[queues."a\\u0007b"]')
    text += 'transfer = ["trust"]\nremote_access_countries = ["in"]\n'
    said = str(refused(tmp_path, text))
    assert not re.search(r"\[\^|\(\w+\|\w+\)|\$'|regex|\\x", said.replace("'a\\x07b'", ""))


def test_texts_are_taken_as_on_the_command_line(tmp_path):
    trial = 'terms = [{ kind = "trial", months = 3, share = "10 %" }]\nstart = 2026-01-01\ncap_per_day'
    targets = 'targets = ["80/20 answered", "abandonment 5%"]'
    text = re.sub(r"targets = \{ service.*\}", targets, demo_center_text())
    for old, new in (
        ("aht = 188.7 ", 'aht = "3:08" '),
        ("patience = 345", 'patience = "6 min"'),
        ("expected_wait = 15", 'expected_wait = "15 s"'),
        ("cap_per_day", trial),
    ):
        text = text.replace(old, new)
    center = load(tmp_path, text)
    service = center.queues["service"]
    assert (service.aht, service.patience) == (188.0, 360.0)
    assert service.targets.service_level == ServiceLevel(probability=0.8, within=20, counting="answered")
    assert service.targets.abandonment == Abandonment(probability=0.05)
    assert center.vendors["baltic"].expected_wait == 15.0
    assert center.vendors["baltic"].contract.terms[0].share == 0.1


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"80/20"', {"service_level": ServiceLevel(probability=0.8, within=20)}),
        ('{ service_level = "80/20", asa = 30 }', {"asa": Asa(seconds=30)}),
        ('{ abandonment = "5%" }', {"abandonment": Abandonment(probability=0.05)}),
    ],
)
def test_targets_as_texts(tmp_path, written, meant):
    text = re.sub(r"targets = \{ service.*\}", f"targets = {written}", demo_center_text())
    targets = load(tmp_path, text).queues["sales"].targets
    assert {name: getattr(targets, name) for name in meant} == meant


@pytest.mark.parametrize("written", ['"80"', '["80/20", "90/30"]', "80", '"blocking 1%"', "[80, 20]"])
def test_targets_that_cannot_be_read(tmp_path, written):
    text = re.sub(r"targets = \{ service.*\}", f"targets = {written}", demo_center_text(), count=1)
    (complaint,) = refused(tmp_path, text).complaints
    assert complaint.where.endswith("queues.service.targets")


@pytest.mark.parametrize("written", ['"blocking 1%"', '"bloking 1%"', '"80"'])
def test_a_target_that_no_center_has_is_not_offered(tmp_path, written):
    text = re.sub(r"targets = \{ service.*\}", f"targets = {written}", demo_center_text(), count=1)
    (complaint,) = refused(tmp_path, text).complaints
    assert "blocking" not in complaint.expected.partition(";")[0]


def test_texts_are_for_files_alone():
    with pytest.raises(InputError, match="expected a number"):
        Center(queues={"desk": Queue(aht="3:08")}, contact_types={"call": ContactType(queue="desk")})


def _structs(kind: Any, seen: dict[str, Any]) -> dict[str, Any]:
    """Every struct that a center file is read into, by name."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__name__ not in seen:
        seen[kind.__name__] = kind
        for field in msgspec.structs.fields(kind):
            _structs(field.type, seen)
    for part in get_args(kind):
        _structs(part, seen)
    return seen


STRUCTS = _structs(Center, _structs(ContractTerm, {}))
ALL = {f"{name}.{field.name}": (struct, field) for name, struct in STRUCTS.items()
       for field in msgspec.structs.fields(struct)}  # fmt: skip


@pytest.mark.parametrize("key", sorted(CENTER_DIALECT.examples))
def test_an_example_is_one(key):
    struct, field = ALL[key]
    value = tomllib.loads(f"value = {CENTER_DIALECT.examples[key]}")["value"]
    kind = CENTER_DIALECT.kinds.get(key, field.type)
    if struct is Targets:  # which reads texts for its fields
        value, kind = {field.name: value}, Targets
    looked = Looked(value, kind, key, CENTER_DIALECT)
    assert looked.complaints == []
    assert field.name in (struct.__doc__ or "") or struct.__name__ == "VolumeBand"


def test_the_keys_of_every_section_have_an_example():
    keys = {f"{name}.{field.name}" for name in SECTIONS for field in msgspec.structs.fields(STRUCTS[name])}
    tuning = {key for key in keys if key.startswith(("HealthConfig.", "LogFormat."))}
    assert keys - tuning - set(CENTER_DIALECT.examples) == set()


def test_more_than_all_is_complained_of_as_it_was_written(tmp_path):
    path = tmp_path / "center.toml"
    path.write_text(
        '[queues.desk]\naht = 240\nresolution = "190 %"\n[contact_types.desk]\nqueue = "desk"\n[vendors]\n'
    )
    with pytest.raises(
        InputError, match=r"resolution: found '190 %'; expected a percentage of at most 100 %"
    ):
        Center.load(path)
