"""Every key of a center or scenario file has an example, and the example is what the key takes."""

from __future__ import annotations

import tomllib

import msgspec
import pytest

from bporoute import Center
from bporoute._base.complaints import Looked
from bporoute._base.meanings import meanings
from bporoute._base.schema import structs_of
from bporoute.center._dialect import CENTER_DIALECT
from bporoute.simulation._scenario import Scenario
from bporoute.simulation._scenario_file import SCENARIO_DIALECT

KINDS = {
    "center": ((Center, *CENTER_DIALECT.kinds.values()), CENTER_DIALECT),
    "scenario": ((Scenario,), SCENARIO_DIALECT),
}
KEYS = [
    (name, struct, field)
    for name, (kinds, _) in KINDS.items()
    for struct in dict.fromkeys(each for kind in kinds for each in structs_of(kind))
    for field in msgspec.structs.fields(struct)
]


@pytest.mark.parametrize(("file", "struct", "field"), KEYS, ids=lambda part: getattr(part, "__name__", None))
def test_every_key_has_a_meaning_and_an_example_that_it_takes(file, struct, field) -> None:
    dialect = KINDS[file][1]
    key = f"{struct.__name__}.{field.name}"
    assert meanings(struct)[field.name]
    value = tomllib.loads(f"value = {dialect.examples[key]}")["value"]
    if struct in dialect.readers:
        value = dialect.readers[struct]({field.name: value})[field.name]
    looked = Looked(value, dialect.kinds.get(key, field.type), field.name, dialect)
    assert not looked.complaints


def test_no_example_is_of_a_key_that_is_not_there() -> None:
    known = {f"{struct.__name__}.{field.name}" for _, struct, field in KEYS}
    assert {key for _, dialect in KINDS.values() for key in dialect.examples} <= known
