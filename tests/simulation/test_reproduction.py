"""A replay shows what its log says of itself, comes near it, and says where it does not."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
import pytest
from msgspec.structs import replace
from rich.console import Console

from bporoute import (
    Arrivals,
    Center,
    ContactType,
    EmpiricalPatience,
    NeverOverflow,
    Queue,
    QueueLength,
    QueueModel,
    Scenario,
    ServedInTime,
    Weibull,
)
from bporoute.cli.reports._logged import logged_notes
from bporoute.cli.reports._replay import as_rows, comparison_table, footnotes, room_for_all
from bporoute.simulation._logged import logged_calls
from bporoute.simulation._replay import Replay, prepare_replay
from bporoute.simulation._reproduction import off_in_abandonment, off_in_service
from bporoute.workload._call_log import Call, read_calls
from bporoute.workload._schedule import Schedule, read_schedule
from helpers.places import BANK, BANK_AGENTS, BANK_CALLS
from helpers.queue_logs import queue_center, queue_log


def staffed(*steps: tuple[float, int]) -> Schedule:
    return Schedule({"desk": steps})


@pytest.mark.thorough
def test_the_replay_of_a_queue_with_its_own_agents_comes_out_as_its_log():
    """M/M/8+M, 180 s, patience 60 s, a call in 20 s, as a queue model has it: 22.6 % give up."""
    calls = queue_log(60_000, seed=3)
    exact = QueueModel(agents=8, arrival_rate=1 / 20, aht=180, patience=60)
    replay = prepare_replay(queue_center(), calls, staffed((0.0, 8)), seed=1)
    logged, found = replay.logged, replay.run(NeverOverflow())
    assert logged is not None
    assert logged.abandonment().value == pytest.approx(exact.abandonment, abs=0.006)
    assert found.abandonment().value == pytest.approx(logged.abandonment().value, abs=0.005)
    assert found.service_level().value == pytest.approx(logged.service_level().value, abs=0.008)
    assert found.handle_time().value == pytest.approx(logged.handle_time().value, rel=0.01)
    assert found.asa().value == pytest.approx(logged.asa().value, rel=0.03)
    assert not any(note.startswith("note:") for note in logged_notes(logged, [found]))


def told(calls: Sequence[Call], center: Center | None = None, schedule: Schedule | None = None):
    center = queue_center() if center is None else center
    edges = Arrivals.of_log(calls, center).edges
    return logged_calls(center, calls, staffed((0.0, 1)) if schedule is None else schedule, edges)


FOUR = (
    Call("a", "call", 100.0, wait=0.0, handle=30.0),
    Call("b", "call", 200.0, wait=25.0, handle=50.0),
    Call("c", "call", 2000.0, wait=10.0, abandoned=True),
    Call("d", "call", 90_000.0, wait=5.0),
)


@pytest.mark.parametrize(
    ("counting", "level"),
    [
        ("offered", 2 / 4),
        ("answered", 2 / 3),
        ("ignored", 2 / 3),
        ("credited", 3 / 4),
        ("short_excluded", 2 / 4),
    ],
)
def test_a_log_is_counted_as_its_target_says(counting, level):
    found = told(FOUR, queue_center(counting))
    assert found.service_level().value == pytest.approx(level)


def test_what_a_log_says_of_itself():
    found = told(FOUR)
    assert found.contacts() == 4
    assert found.abandonment().value == 1 / 4
    assert found.asa().value == pytest.approx((0 + 25 + 5) / 3)
    assert found.handle_time().value == pytest.approx(40.0)
    assert found.days == 2
    assert found.worst_half_hour() is None


def test_calls_whose_wait_is_unknown_count_where_it_does_not_matter():
    more = (Call("e", "call", 90_100.0, abandoned=True), Call("f", "call", 90_200.0, handle=70.0))
    found = told(FOUR + more)
    assert found.contacts() == 6
    assert found.service_level().value == 2 / 4
    assert found.abandonment().value == 2 / 6
    assert found.handle_time().value == 50.0


def test_who_gave_up_is_not_known_of_a_log_without_outcomes():
    calls = [replace(call, abandoned=False, ended=False) for call in FOUR]
    replay = prepare_replay(queue_center(), calls, staffed((0.0, 1)))
    results = [replay.run(NeverOverflow())]
    assert math.isnan(replay.logged.abandonment().value)
    assert math.isnan(off_in_abandonment(results[0], replay.logged).value)
    table = comparison_table(results, 120, replay.logged)
    (column,) = (each for each in table.columns if str(each.header).startswith("aban-"))
    assert next(column.cells).plain == "-"
    assert as_rows(results, replay.logged)[0]["abandonment"] is None
    notes = footnotes(results, replay.logged)
    assert sum("does not tell how calls ended" in note for note in notes) == 1
    told = prepare_replay(queue_center(), FOUR, staffed((0.0, 1)))
    assert not any("how calls ended" in note for note in footnotes(results, told.logged))


def test_a_log_that_tells_nothing_has_no_row():
    assert told([Call("a", "call", 0.0, handle=20.0)]) is None
    found = told([Call("a", "call", 0.0, abandoned=True)])
    assert math.isnan(found.service_level().value)
    assert found.abandonment().value == 1.0


def test_the_log_comes_first_in_table_and_json():
    replay = prepare_replay(queue_center(), FOUR, staffed((0.0, 1)))
    results = [replay.run(policy) for policy in (NeverOverflow(), QueueLength(2))]
    assert next(comparison_table(results, 120, replay.logged).columns[1].cells).plain == "as logged"
    assert next(comparison_table(results, 120).columns[1].cells).plain == "NeverOverflow()"
    first, *rows = as_rows(results, replay.logged)
    assert [first["policy"], *(row["policy"] for row in rows)] == [
        "as logged",
        "NeverOverflow()",
        "QueueLength(2)",
    ]
    assert first["service_level"] == 0.5
    assert first["abandonment"] == 0.25
    assert first["calls"] == 4
    assert first["handle_time"] == 40.0
    assert first["cost_per_contact"] is None
    assert set(rows[0]) <= set(first)
    assert len(as_rows(results)) == 2


def with_a_gap(calls: int) -> Replay:
    """A log of eight agents, of whom the schedule forgets to say anything in every other half hour."""
    steps = [(1800.0 * number, 8 * (number % 2)) for number in range(calls * 20 // 1800 + 2)]
    return prepare_replay(queue_center(), queue_log(calls, seed=5), staffed(*steps))


def test_agents_that_are_missing_are_named_as_the_cause():
    replay = with_a_gap(3000)
    found, logged = replay.run(NeverOverflow()), replay.logged
    alone = [call for call in replay.calls if not replay.schedule.agents_at("desk", call.arrival)]
    answered = [call for call in alone if not call.abandoned]
    assert logged.unattended == (len(alone), len(answered))
    assert len(answered) > 500
    (note,) = [note for note in footnotes([found], logged) if note.startswith("note:")]
    assert "NeverOverflow() does not reproduce the log" in note
    assert f"no agents for {len(alone):,} of 3,000 calls" in note
    assert f"{len(answered):,} of them as answered" in note
    other = logged_notes(logged, [replay.run(QueueLength(3))])
    assert any(f"no agents for {len(alone):,}" in note for note in other)
    assert as_rows([found], logged)[0]["answered_without_agents"] == len(answered)


def test_a_replay_with_other_agents_is_off_and_no_gap_is_blamed():
    replay = prepare_replay(queue_center(), queue_log(4000, seed=5), staffed((0.0, 11)))
    (note,) = [n for n in logged_notes(replay.logged, [replay.run(NeverOverflow())]) if n.startswith("note")]
    assert "the agents of the schedule are not those who answered" in note
    assert "no agents" not in note


def test_the_difference_rests_on_days_or_else_on_half_hours():
    week = prepare_replay(queue_center(), queue_log(30_000, seed=6), staffed((0.0, 8)))
    hours = prepare_replay(queue_center(), queue_log(2000, seed=6), staffed((0.0, 8)))
    for replay, units in ((week, 7), (hours, math.ceil(hours.calls[-1].arrival / 1800))):
        found = replay.run(NeverOverflow())
        service, lost = off_in_service(found, replay.logged), off_in_abandonment(found, replay.logged)
        assert service.count == lost.count == units
        level = found.service_level().value - replay.logged.service_level().value
        assert service.value == pytest.approx(level)
        given_up = np.mean([call.abandoned for call in replay.calls])
        assert lost.value == pytest.approx(found.abandonment().value - given_up)


@pytest.mark.skipif(not BANK_CALLS.exists(), reason="the real call log is not here")
def test_the_schedule_of_the_real_log_has_gaps():
    center = Center.load(BANK)
    log = read_calls(BANK_CALLS, center.log, center.timezone)
    schedule = read_schedule(BANK_AGENTS, center.log, center.timezone, tuple(center.queues))
    logged = prepare_replay(center, log.calls, schedule).logged
    assert logged.contacts() == 22_494
    assert logged.unattended == (1732, 1582)


@pytest.mark.parametrize("width", [80, 114])
def test_the_table_fits_beside_the_log(width):
    """The days of a longer log are told with each half hour; on 80 columns these are left out."""
    replay = prepare_replay(queue_center(), queue_log(600, seed=2), staffed((0.0, 8)))
    results = [replay.run(policy) for policy in (NeverOverflow(), ServedInTime(0.05, 20))]
    screen = Console(width=width, file=io.StringIO())
    screen.print(comparison_table(results, width, replay.logged))
    lines = screen.file.getvalue().splitlines()
    assert max(len(line.rstrip()) for line in lines) <= width
    assert ("half hour" in "".join(lines)) == (width >= room_for_all(replay.logged))
    assert not any("…" in line for line in lines)
    assert "as logged" in "".join(lines)


def test_patience_is_that_of_the_type_the_queue_or_the_whole_log():
    """`many` gave up often enough for a curve of their own, `few` have their queue's, `other` a law."""
    queues = {"desk": Queue(aht=60, patience=300), "back": Queue(aht=60, patience=300)}
    kinds = {"many": "desk", "few": "desk", "other": "back"}
    center = Center(
        queues=queues, contact_types={name: ContactType(queue=own) for name, own in kinds.items()}
    )

    def gave_up(kind: str, count: int, wait: float) -> list[Call]:
        return [Call("", kind, float(n), wait=wait + n % 7, abandoned=True) for n in range(count)]

    schedule = Schedule(dict.fromkeys(queues, ((0.0, 1),)))
    calls = gave_up("many", 150, 100.0) + gave_up("few", 40, 10.0) + gave_up("other", 40, 50.0)
    found = prepare_replay(center, tuple(calls), schedule).scenario.patience
    assert isinstance(found["many"], EmpiricalPatience)
    assert found["many"].survival(90) > 0.9
    assert isinstance(found["few"], EmpiricalPatience)
    assert found["few"].survival(90) == pytest.approx(150 / 190, abs=0.02)
    assert isinstance(found["other"], Weibull)
    few = prepare_replay(center, tuple(gave_up("many", 19, 100.0)), schedule).scenario.patience
    assert few == {}
    assumed = prepare_replay(center, tuple(calls), schedule, scenario=Scenario(patience={"many": 7.0}))
    assert assumed.scenario.patience == {**found, "many": 7.0}
