"""A center written as a file is the center that is read from it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings

from bporoute import Center, ContactType, Queue
from bporoute.simulation._demo import demo_center_text
from helpers.strategies import centers

COMMENTED = re.compile(r"^# [a-z_]+ = ")


def read(text: str, folder: Path) -> Center:
    path = folder / "center.toml"
    path.write_text(text)
    return Center.load(path)


def _demo(tmp_path: Path) -> Center:
    return read(demo_center_text(), tmp_path)


@pytest.mark.parametrize("every_key", [False, True])
def test_the_demo_is_read_as_it_was(tmp_path: Path, every_key: bool) -> None:
    center = _demo(tmp_path)
    assert read(center.to_toml(every_key=every_key), tmp_path) == center


@settings(deadline=None)
@given(center=centers())
def test_any_center_is_read_as_it_was(center: Center, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("written")
    for every_key in (False, True):
        assert read(center.to_toml(every_key=every_key), folder) == center


def test_names_that_need_quotes_get_them(tmp_path: Path) -> None:
    odd = 'a "b".c\\ä'
    center = Center(queues={odd: Queue(aht=60.0)}, contact_types={odd: ContactType(queue=odd)})
    assert read(center.to_toml(), tmp_path) == center


def test_what_is_as_by_default_is_left_out() -> None:
    center = Center(queues={"q": Queue(aht=60.0)}, contact_types={"t": ContactType(queue="q")})
    assert center.to_toml() == '[queues.q]\naht = 60.0\n\n[contact_types.t]\nqueue = "q"\n'


def test_every_key_of_a_queue_is_there_and_can_be_taken_as_it_is(tmp_path: Path) -> None:
    center = Center(queues={"q": Queue(aht=60.0)}, contact_types={"t": ContactType(queue="q")})
    lines = center.to_toml(every_key=True).splitlines()
    begin, end = lines.index("[queues.q]"), lines.index("[contact_types.t]")
    keys = [line for line in lines[begin:end] if COMMENTED.match(line)]
    assert {line[2:].split(" = ")[0] for line in keys} == {*Queue.__struct_fields__} - {"aht"}
    taken = [line[2:] if line in keys else line for line in lines[begin:end]]
    queue = read("\n".join([*taken, *lines[:begin], *lines[end:]]), tmp_path).queues["q"]
    plain = Queue(aht=60.0)
    same = [name for name in Queue.__struct_fields__ if getattr(queue, name) == getattr(plain, name)]
    assert same == ["aht"]
