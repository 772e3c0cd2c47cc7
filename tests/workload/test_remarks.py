"""What is legal but odd in a log is said."""

import math
from datetime import datetime

import numpy as np
import pytest
from msgspec.structs import replace

from bporoute import Center, ContactType, Queue
from bporoute.workload._call_log import Call, CallLog, read_calls
from bporoute.workload._remarks import remarks, taken_outcomes, volume_remarks
from bporoute.workload._schedule import Schedule, read_schedule
from bporoute.workload._volumes import Volumes
from helpers.places import BANK, BANK_AGENTS, BANK_CALLS

CENTER = Center(
    queues={"desk": Queue(aht=100, languages=("sv",))}, contact_types={"call": ContactType(queue="desk")}
)
STAFFED = Schedule({"desk": ((0.0, 3),)})


def said(*calls, schedule=STAFFED, answered_as=(), abandoned_as=(), legs=0):
    log = CallLog(calls, 0, answered_as, abandoned_as, legs)
    return " | ".join(map(str, remarks(CENTER, log, schedule)))


def call(**changes):
    return Call(
        **{"id": "1", "type": "call", "arrival": 10.0, "language": "sv-SE", "handle": 90.0, **changes}
    )


def test_an_ordinary_log_needs_no_remark():
    assert said(call(abandoned=True, handle=math.nan), call(), answered_as=("AGENT",)) == ""


def test_unknown_languages_are_named():
    assert "DE" in said(call(language="DE"))


def test_outcomes_that_may_mean_something_else_are_named():
    assert "LOST; taken for answered" in said(call(), answered_as=("LOST", "OK"))
    assert "voicemail; no usual word" in said(call(), answered_as=("voicemail", "OK"))
    assert "no call was abandoned" in said(*many(), answered_as=("OK",))


def test_what_outcomes_were_taken_for_is_told():
    log = CallLog((call(),), 0, ("AGENT", "OK"), ("HANG",))
    assert taken_outcomes(log) == "outcomes: AGENT, OK as answered; HANG as abandoned"
    assert taken_outcomes(CallLog((call(),))) == ""


def test_rows_that_share_an_id_are_counted():
    assert "4 rows with an id that another row has" in said(call(), legs=4)


def many(**changes):
    """Calls of a queue of three agents, one in a minute."""
    return [call(**{"id": str(place), "arrival": 60.0 * place, **changes}) for place in range(60)]


def test_waits_that_cannot_be_seconds_are_told():
    assert said(*many(wait=20.0)) == ""
    assert "in milliseconds it would be 20 s" in said(*many(wait=20_000.0))
    assert "in minutes it would be 60 s" in said(*many(wait=1.0, abandoned=True, handle=math.nan))


def test_work_that_is_not_that_of_the_agents_is_told():
    assert "erlangs at the busiest time" in said(*many(), schedule=Schedule({"desk": ((0.0, 60),)}))
    assert "arrival_rate" in str(remarks(per_minute(), CallLog(tuple(many())), STAFFED))


def per_minute():
    queue = Queue(aht=100, languages=("sv",), arrival_rate=1.0)
    return Center(queues={"desk": queue}, contact_types=CENTER.contact_types)


def test_a_planner_file_beside_the_agents():
    start = datetime(2026, 11, 23, 9)
    figures = [np.array([number]) for number in (900.0, 240.0, 1800.0)]
    read = Volumes((start,), ("desk",), *figures)
    assert "120 erlangs" in str(volume_remarks(CENTER, read, STAFFED)[0])
    assert volume_remarks(CENTER, read, Schedule({"desk": ((0.0, 100),)})) == []


def test_handle_times_that_cannot_be_seconds_are_told():
    assert "90,000 s" in said(call(handle=90_000.0))
    assert "exponential" in said(call(handle=math.nan))


def test_a_queue_without_agents_is_told():
    assert "no agents" in said(call(), schedule=Schedule({"desk": ((100.0, 3),)}))


def test_many_words_are_cut():
    assert "and 5 more" in said(*(call(language=f"x{chr(97 + number)}") for number in range(15)))


@pytest.mark.skipif(not BANK_CALLS.exists(), reason="the real log is not here")
def test_a_real_log_needs_no_remark():
    center = Center.load(BANK)
    log = read_calls(BANK_CALLS, center.log, center.timezone)
    schedule = read_schedule(BANK_AGENTS, center.log, center.timezone, tuple(center.queues))
    assert remarks(center, log, schedule) == []
    assert (log.legs, log.abandoned_as, log.answered_as) == (0, ("HANG",), ("AGENT",))


@pytest.mark.skipif(not BANK_CALLS.exists(), reason="the real log is not here")
@pytest.mark.parametrize(("column", "factor"), [("handle", 1 / 60), ("handle", 1000), ("wait", 1000)])
def test_a_real_log_in_another_unit_is_told(column, factor):
    center = Center.load(BANK)
    log = read_calls(BANK_CALLS, center.log, center.timezone)
    calls = tuple(replace(call, **{column: factor * getattr(call, column)}) for call in log.calls)
    schedule = read_schedule(BANK_AGENTS, center.log, center.timezone, tuple(center.queues))
    said = " | ".join(map(str, remarks(center, replace(log, calls=calls), schedule)))
    assert ("in minutes" if factor < 1 else "in milliseconds") in said
