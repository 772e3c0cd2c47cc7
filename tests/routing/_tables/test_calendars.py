"""Pages of vendors' calendars that are worked out before they begin."""

from __future__ import annotations

import msgspec

from bporoute.routing._tables._calendars import Calendars
from bporoute.simulation import demo_center

MONDAY = 1_795_388_400.0
"""2026-11-23 in Stockholm."""


def calendars() -> Calendars:
    vendors = tuple(demo_center().vendors.values())
    more = msgspec.structs.replace(vendors[0], timezone="Asia/Kolkata")
    made = Calendars((*vendors, more), [True] * (len(vendors) + 1))
    assert len(list(made.turn(MONDAY, all_of_them=False))) == len(vendors) + 1
    return made


def test_as_many_are_worked_out_as_are_asked_for():
    one_by_one, at_once = calendars(), calendars()
    assert [one_by_one.prepare(1) for _ in range(5)] == [True, True, True, False, False]
    assert at_once.prepare(100) is False
    assert calendars().prepare(3) is True
    assert calendars().prepare(4) is False


def test_the_pages_are_the_same_whenever_they_were_worked_out():
    prepared, unprepared = calendars(), calendars()
    prepared.prepare(100)
    at = prepared.until
    assert at == unprepared.until > MONDAY
    told = [list(each.turn(at, all_of_them=False)) for each in (prepared, unprepared)]
    assert told[0] == told[1]
    assert told[0]
