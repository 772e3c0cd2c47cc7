"""What is legal but odd in a log is said."""

import math

import pytest

from bporoute import Center, ContactType, InputError, Queue
from bporoute.governance._decision_log import DecisionLog
from bporoute.workload._call_log import Call, CallLog
from bporoute.workload._remarks import remarks
from bporoute.workload._schedule import Schedule

CENTER = Center(
    queues={"desk": Queue(aht=100, languages=("sv",))}, contact_types={"call": ContactType(queue="desk")}
)
STAFFED = Schedule({"desk": ((0.0, 3),)})


def said(*calls, schedule=STAFFED, answered_as=()):
    return " | ".join(remarks(CENTER, CallLog(calls, (), 0, answered_as), schedule))


def call(**changes):
    return Call(
        **{"id": "1", "type": "call", "arrival": 10.0, "language": "sv-SE", "handle": 90.0, **changes}
    )


def test_an_ordinary_log_needs_no_remark():
    assert said(call(abandoned=True, handle=math.nan), call(), answered_as=("AGENT",)) == ""


def test_unknown_languages_are_named():
    assert "DE" in said(call(language="DE"))


def test_outcomes_that_may_mean_something_else_are_named():
    assert "LOST" in said(call(), answered_as=("LOST", "OK"))


def test_handle_times_that_cannot_be_seconds_are_told():
    assert "90,000 s" in said(call(handle=90_000.0))
    assert "exponential" in said(call(handle=math.nan))


def test_a_queue_without_agents_is_told():
    assert "no agents" in said(call(), schedule=Schedule({"desk": ((100.0, 3),)}))


def test_many_words_are_cut():
    assert "and 5 more" in said(*(call(language=f"x{chr(97 + number)}") for number in range(15)))


def test_a_disk_that_is_full_leaves_no_decisions(tmp_path):
    class Full:
        def write(self, _):
            raise OSError(28, "No space left on device")

        def close(self):
            raise OSError(28, "No space left on device")

    class Blank:
        def to_dict(self):
            return {}

    path = tmp_path / "out.jsonl"
    log = DecisionLog(path)
    log._file.close()
    log._file = Full()
    with pytest.raises(InputError, match="No space left"), log:
        log.write(Blank())
    assert list(tmp_path.iterdir()) == []
