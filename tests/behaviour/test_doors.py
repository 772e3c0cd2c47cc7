"""The doors: every room says what it is for and lists its names; at the top each name stands once."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest

import bporoute
from helpers.running import run

ROOMS = sorted(bporoute._ROOMS - {"errors", "_kernels"})
HAVE_JARGON = {"contracts", "center", "durations", "queueing", "routing", "simulation", "telephony"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_is_for_and_lists_its_names(room):
    door = import_module(f"bporoute.{room}")
    purpose, rest = str(door.__doc__).split("\n", 1)
    assert len(purpose) < 100
    assert purpose.endswith(".")
    assert "Not here: " in rest
    assert ("\n    " in rest) == (room in HAVE_JARGON)  # a glossary
    assert door.__all__ == sorted(set(door.__all__))
    for name in door.__all__:
        assert getattr(door, name) is not None


def test_every_public_name_is_its_rooms():
    names = [name for listed in bporoute._NAMES.values() for name in listed.split()]
    assert len(names) == len(set(names))
    for room, listed in bporoute._NAMES.items():
        module = import_module(f"bporoute.{room}")
        for name in listed.split():
            assert getattr(bporoute, name) is getattr(module, name)
            assert room in ("errors", "_kernels") or name in module.__all__


def test_a_room_can_be_had_as_an_attribute_and_a_name_is_looked_up_once():
    code = """
import bporoute
assert "Contact" not in vars(bporoute)
assert bporoute.Contact is bporoute.center.Contact
assert vars(bporoute)["Contact"] is bporoute.Contact
assert bporoute.planning.staffing_plan
try:
    bporoute.contract
except AttributeError as failure:
    assert str(failure) == "module 'bporoute' has no attribute 'contract'"
else:
    raise SystemExit("no error")
"""
    done = run([sys.executable, "-c", code])
    assert (done.returncode, done.stderr) == (0, "")
