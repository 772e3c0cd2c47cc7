"""What an editor knows of a file by its JSON schema: what is right passes, slips do not."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings

from bporoute import Center, Scenario
from bporoute.simulation._demo import demo_center_text
from helpers.strategies import centers

CENTER = jsonschema.Draft202012Validator(Center.json_schema())
SCENARIO = jsonschema.Draft202012Validator(Scenario.json_schema())


def as_json(text: str) -> Any:
    """A file as an editor hands it to a validator: dates and times are texts."""
    return msgspec.json.decode(msgspec.json.encode(tomllib.loads(text)))


def complaints(validator: Any, text: str) -> list[str]:
    return [error.message for error in validator.iter_errors(as_json(text))]


@pytest.mark.parametrize("validator", [CENTER, SCENARIO])
def test_it_is_a_schema(validator: Any) -> None:
    validator.check_schema(validator.schema)


def test_the_demo_passes() -> None:
    assert complaints(CENTER, demo_center_text()) == []


@settings(deadline=None)
@given(center=centers())
def test_what_is_written_passes(center: Center) -> None:
    assert complaints(CENTER, center.to_toml()) == []


QUEUE = "[queues.service]\n{}\n[contact_types.service]\nqueue = 'service'\n"


@pytest.mark.parametrize(
    "said",
    ["aht = 240", "aht = '3:08'", "aht = 240\ntargets = '80/20'", "aht = 240\nresolution = '80 %'"],
)
def test_what_the_reader_takes_passes(said: str, tmp_path: Path) -> None:
    (tmp_path / "center.toml").write_text(QUEUE.format(said))
    Center.load(tmp_path / "center.toml")
    assert complaints(CENTER, QUEUE.format(said)) == []


@pytest.mark.parametrize(
    ("said", "about"),
    [
        ("aht = 240\npatients = 3", "patients"),
        ("patience = 3", "aht"),
        ("aht = -1", "-1"),
        ("aht = 240\nresolution = 1.5", "1.5"),
        ("aht = 240\nlanguages = 'sv'", "sv"),
    ],
)
def test_slips_are_marked(said: str, about: str) -> None:
    (complaint, *_) = complaints(CENTER, QUEUE.format(said))
    assert about in complaint


def test_every_key_is_explained() -> None:
    def unexplained(part: Any) -> list[str]:
        if isinstance(part, list):
            return [name for each in part for name in unexplained(each)]
        if not isinstance(part, dict):
            return []
        here = [
            name
            for name, said in part.get("properties", {}).items()
            if not said.get("description") and "const" not in said and "enum" not in said
        ]
        return here + [name for each in part.values() for name in unexplained(each)]

    assert unexplained(CENTER.schema) == []
    assert unexplained(SCENARIO.schema) == []
