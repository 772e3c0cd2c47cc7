from __future__ import annotations

import csv
import math
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import QueueState
from bporoute._base.ranges import MOST_AGENTS
from bporoute.center._log_format import LogFormat
from bporoute.errors import InputError
from bporoute.workload._schedule import Schedule, daily_schedule, read_schedule
from helpers.places import BANK_AGENTS

HEADER = "date,interval,agents\n"
STRICT = LogFormat()
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(
    content: str,
    queues: tuple[str, ...] = ("sales",),
    format: LogFormat = STRICT,
    timezone: str = "UTC",
) -> Schedule:
    Path("agents.csv").write_text(content, encoding="utf-8")
    return read_schedule("agents.csv", format, timezone, queues)


def listed(schedule: Schedule, queue: str = "sales") -> list[tuple[str, int]]:
    """The steps with readable times, in UTC."""
    return [
        (f"{datetime.fromtimestamp(start, UTC):%d %H:%M}", agents) for start, agents in schedule.steps(queue)
    ]


BAD_SCHEDULES = {
    "only a header": (HEADER, "agents.csv", "only a header", "one record"),
    "missing column": (
        "when,interval,agents\n1,2,3\n",
        "agents.csv line 1",
        "no column 'date'",
        "such a column, or date = NAME under [log] agents_columns in the center file, where NAME is",
    ),
    "too few fields": (HEADER + "2024-06-03,9\n", "agents.csv line 2", "2 fields", "3 fields"),
    "duplicate": (
        HEADER + "2024-06-03,09:00,3\n2024-06-03,18,3\n",
        "agents.csv line 3, column interval",
        "a second row for 2024-06-03 09:00:00 of sales",
        "one row per interval",
    ),
    "unknown queue": (
        "date,interval,agents,queue\n2024-06-03,9,3,sale\n",
        "agents.csv line 2, column queue",
        "'sale'",
        "'sales' (known: sales)",
    ),
    **{
        f"date {text}": (HEADER + f"{text},9,3\n", "agents.csv line 2, column date", repr(text), "2024-06-03")
        for text in ("", "2024-02-30", "32.06.2024", "9999-12-31", "1900-01-01")
    },
    **{
        f"interval {text}": (
            HEADER + f"2024-06-03,{text},3\n",
            "agents.csv line 2, column interval",
            repr(text),
            "09:30, or the number of its half hour, 0 to 47",
        )
        for text in ("", "48", "-1", "24:01", "09:60", "1.5", "²")
    },
    **{
        f"agents {text}": (
            HEADER + f"2024-06-03,9,{text}\n",
            "agents.csv line 2, column agents",
            repr(text),
            "from 0 to 100000",
        )
        for text in ("", "-1", "nan", "inf", "100000.5", "five")
    },
}


def test_all_queues_that_are_not_known_are_told():
    rows = "2024-06-03,9,3,sale\n2024-06-03,9,3,mail\n2024-06-03,10,3,sale\n"
    with pytest.raises(InputError) as caught:
        read("date,interval,agents,queue\n" + rows)
    assert [each.found for each in caught.value.complaints] == ["'sale' (2 rows)", "'mail' (1 row)"]


@pytest.mark.parametrize(("content", "where", "found", "expected"), BAD_SCHEDULES.values(), ids=BAD_SCHEDULES)
def test_a_bad_schedule_is_one_error_that_says_where_what_and_the_remedy(content, where, found, expected):
    with pytest.raises(InputError) as caught:
        read(content)
    assert caught.value.where == where
    assert found in caught.value.found
    assert expected in caught.value.expected


def test_several_queues_need_a_queue_column():
    with pytest.raises(InputError, match="no column 'queue'"):
        read(HEADER + "2024-06-03,9,3\n", queues=("sales", "support"))


def test_an_unknown_field_of_ours():
    with pytest.raises(InputError, match=r"^\[log\] agents_columns: found 'agent'; expected 'agents'"):
        read(HEADER + "2024-06-03,9,3\n", format=LogFormat(agents_columns={"agent": "N"}))


def test_intervals_last_until_the_next_and_gaps_have_no_agents():
    schedule = read(HEADER + "2024-06-03,10:00,7\n2024-06-03,09:00,5\n2024-06-03,09:15:00,6\n")
    assert listed(schedule) == [
        ("03 09:00", 5),
        ("03 09:15", 6),
        ("03 09:30", 0),
        ("03 10:00", 7),
        ("03 10:15", 0),
    ]


def test_a_lone_interval_is_half_an_hour_and_may_end_at_midnight():
    assert listed(read(HEADER + "2024-06-03,47,5\n")) == [("03 23:30", 5), ("04 00:00", 0)]


@pytest.mark.parametrize(("text", "agents"), [("0.5", 1), ("2.5", 3), ("2.49", 2), ("1e5", 100_000)])
def test_agents_are_rounded_half_up(text, agents):
    assert read(HEADER + f"2024-06-03,9,{text}\n").steps("sales")[0][1] == agents


def test_each_queue_has_its_own_steps_and_one_length_holds_for_all():
    schedule = read(
        "date,interval,agents,queue\n"
        "2024-06-03,09:00,5,sales\n2024-06-03,09:07,2,support\n2024-06-03,09:30,6,sales\n",
        queues=("sales", "support", "night"),
    )
    assert listed(schedule) == [("03 09:00", 5), ("03 09:30", 6), ("03 10:00", 0)]
    assert listed(schedule, "support") == [("03 09:07", 2), ("03 09:37", 0)]
    assert schedule.steps("night") == ()
    assert schedule.agents_at("night", 0.0) == 0
    with pytest.raises(KeyError):
        schedule.steps("day")


def test_what_was_taken_for_what_is_reported():
    text = ("\ufeff" + HEADER + "2024-06-03,9,3\n").replace("\n", "\r")
    assert read(text).taken == ("2 CR line ends taken for line ends",)


def half_hours(day: str) -> str:
    """A schedule of one day in which the number of agents is the number of the half hour."""
    return HEADER + "".join(f"{day},{index},{index}\n" for index in range(48))


def test_the_hour_that_spring_skips_has_no_agents_of_its_own():
    schedule = read(half_hours("2024-03-31"), timezone="Europe/Berlin")
    assert listed(schedule)[2:6] == [("31 00:00", 2), ("31 00:30", 3), ("31 01:00", 6), ("31 01:30", 7)]


def test_the_agents_stay_in_the_hour_that_autumn_repeats():
    schedule = read(half_hours("2024-10-27"), timezone="Europe/Berlin")
    assert listed(schedule)[4:7] == [("27 00:00", 4), ("27 00:30", 5), ("27 02:00", 6)]


@pytest.mark.parametrize(
    ("first", "last", "steps"),
    [
        (date(2024, 3, 30), date(2024, 3, 31), ["29 23:00", "30 07:00", "30 23:00", "31 06:00", "31 22:00"]),
        (
            date(2024, 10, 26),
            date(2024, 10, 27),
            ["25 22:00", "26 06:00", "26 22:00", "27 07:00", "27 23:00"],
        ),
    ],
)
def test_daily_steps_follow_the_local_clocks(first, last, steps):
    schedule = daily_schedule({"sales": {"08:00": 5}}, "Europe/Berlin", first, last)
    assert listed(schedule) == list(zip(steps, [0, 5, 0, 5, 0], strict=True))


def test_daily_steps_from_midnight_on_and_in_any_order():
    schedule = daily_schedule(
        {"sales": {"12:00": 3, "00:00": 2}, "closed": {}}, "UTC", date(2024, 6, 3), date(2024, 6, 3)
    )
    assert listed(schedule) == [("03 00:00", 2), ("03 12:00", 3), ("04 00:00", 0)]
    assert listed(schedule, "closed") == [("03 00:00", 0), ("04 00:00", 0)]


@pytest.mark.parametrize(
    ("steps", "where", "found"),
    [
        ({"8:00": 1}, "sales.8:00", "'8:00'"),
        ({"24:00": 1}, "sales.24:00", "'24:00'"),
        ({"08:00:00": 1}, "sales.08:00:00", "'08:00:00'"),
        ({"08:00": -1}, "sales.08:00", "-1"),
        ({"08:00": 100_001}, "sales.08:00", "100001"),
    ],
)
def test_bad_daily_steps(steps, where, found):
    with pytest.raises(InputError) as caught:
        daily_schedule({"sales": steps}, "UTC", date(2024, 6, 3), date(2024, 6, 3))
    assert (caught.value.where, caught.value.found) == (where, found)


@pytest.mark.parametrize("agents", [-1, 100_001, 150_000, math.nan])
def test_agents_that_no_decision_takes_are_refused_at_the_door(agents):
    with pytest.raises(InputError) as caught:
        Schedule({"sales": ((0.0, 5), (60.0, agents))})
    assert (caught.value.where, caught.value.found) == ("schedule.sales[1]", str(agents))
    assert caught.value.expected == "a number of agents from 0 to 100000"
    assert QueueState(agents=agents).distrust()


def test_the_most_agents_of_a_schedule_are_decided_with():
    (_, most), *_ = Schedule({"sales": ((0.0, MOST_AGENTS),)}).steps("sales")
    assert most == 100_000
    assert not QueueState(agents=most, busy=most).distrust()


def test_daily_schedule_with_days_in_the_wrong_order():
    with pytest.raises(InputError, match=r"^last: found 2024-06-02"):
        daily_schedule({}, "UTC", date(2024, 6, 3), date(2024, 6, 2))


@given(
    agents=st.dictionaries(st.integers(0, 95), st.integers(0, 100), min_size=1),
    day=st.sampled_from([date(2024, 6, 3), date(2024, 3, 31), date(2024, 10, 27)]),
)
def test_a_schedule_survives_the_way_through_a_file(tmp_path_factory, agents, day):
    path = tmp_path_factory.mktemp("schedule") / "agents.csv"
    quarter = timedelta(minutes=15)
    # Two quarters of the day after make the intervals quarters, whatever else is listed.
    starts = {datetime.combine(day, time()) + index * quarter: count for index, count in agents.items()}
    starts |= {datetime.combine(day, time(12)) + timedelta(days=1) + index * quarter: 0 for index in (0, 1)}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["date", "interval", "agents"])
        writer.writerows([f"{start:%Y-%m-%d}", f"{start:%H:%M}", count] for start, count in starts.items())
    schedule = read_schedule(path, LogFormat(), "Europe/Berlin", ("sales",))

    times = [start for start, _ in schedule.steps("sales")]
    assert times == sorted(set(times))
    for index in range(96):
        start = datetime.combine(day, time()) + index * quarter
        if not 2 <= start.hour < 3:  # the hour that the clocks skip or repeat on two of the days
            now = start.replace(tzinfo=BERLIN).timestamp() + 60
            assert schedule.agents_at("sales", now) == agents.get(index, 0)


@pytest.mark.skipif(not BANK_AGENTS.exists(), reason=f"no real schedule at {BANK_AGENTS}")
def test_the_schedule_of_a_real_bank():
    format = LogFormat(agents_columns={"date": "d", "interval": "k", "agents": "N"})
    schedule = read_schedule(BANK_AGENTS, format, "Asia/Jerusalem", ("bank",))
    assert listed(schedule, "bank")[:4] == [
        ("01 05:00", 2),
        ("01 05:30", 3),
        ("01 06:00", 6),
        ("01 06:30", 7),
    ]
    assert max(agents for _, agents in schedule.steps("bank")) < 20
