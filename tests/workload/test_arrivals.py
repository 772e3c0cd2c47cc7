"""What arrives when: every source, every error, and the scatter that a replication meets."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from itertools import pairwise

import arrival_cv
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from bporoute import Center, Contact, ContactType, Queue
from bporoute.errors import InputError
from bporoute.workload._arrivals import DAY_CV, INTERVAL_CV, Arrivals, Listed
from bporoute.workload._call_log import Call
from bporoute.workload._day_shape import MEASURED_DAY, DayShape
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._streams import Stream
from bporoute.workload._volumes import Volumes, read_volumes

MONDAY = date(2026, 11, 23)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
"""Days of 23 and of 25 hours in Stockholm."""


def center(**queues):
    queues = queues or {"desk": 0.25, "sales": 0.1}
    return Center(
        queues={name: Queue(aht=240, arrival_rate=rate) for name, rate in queues.items()},
        contact_types={
            "call": ContactType(queue="desk"),
            "mail": ContactType(queue="desk"),
            "order": ContactType(queue=list(queues)[-1]),
        },
        timezone="Europe/Stockholm",
    )


def planned(*rows, minutes=30.0):
    """Rows (queue, start, contacts)."""
    return Volumes(
        starts=tuple(datetime.fromisoformat(start) for _, start, _ in rows),
        queues=tuple(queue for queue, _, _ in rows),
        volume=np.array([float(count) for _, _, count in rows]),
        aht=np.full(len(rows), 240.0),
        seconds=np.full(len(rows), minutes * 60.0),
    )


def stockholm(text):
    return datetime.fromisoformat(text).astimezone(center().zone).timestamp()


def built(volumes, **more):
    volumes = np.asarray(volumes, dtype=float)
    streams = tuple(Stream(f"{place}", Contact("call"), own) for place, own in enumerate(volumes))
    edges = 1800.0 * np.arange(volumes.shape[1] + 1)
    return Arrivals(edges=edges, streams=streams, **more)


# --- what a replication meets ---------------------------------------------------------------------------


def test_a_replication_is_the_same_again_and_unlike_the_others():
    arrivals = built(np.full((2, 6), 50.0), day_cv=0.1, interval_cv=0.2)
    first = arrivals.realised(1, 0)
    assert (arrivals.realised(1, 0) == first).all()
    assert (arrivals.realised(1, 1) != first).all()
    assert (arrivals.realised(2, 0) != first).all()
    assert (first[0] != first[1]).all()


def test_a_stream_does_not_feel_the_others():
    arrivals = built(np.full((3, 6), 50.0), day_cv=0.1, interval_cv=0.2)
    fewer = Arrivals(edges=arrivals.edges, streams=arrivals.streams[1:], day_cv=0.1, interval_cv=0.2)
    assert (fewer.realised(1, 0) == arrivals.realised(1, 0)[1:]).all()


def test_realising_changes_nothing():
    arrivals = built([[10.5, 20.0]], day_cv=0.5)
    arrivals.realised(1, 0)
    assert arrivals.streams[0].volumes.tolist() == [10.5, 20.0]
    exact = built([[10.5, 20.0]], exact=True)
    exact.realised(1, 0)
    assert exact.streams[0].volumes.tolist() == [10.5, 20.0]


def test_without_scatter_the_means_stay():
    assert built([[3.5, 0.0, 7.0]]).realised(1, 0).tolist() == [[3.5, 0.0, 7.0]]


def test_a_day_has_one_factor_for_all_streams():
    volumes = np.full((2, 4 * 48), 10.0)
    factors = built(volumes, day_cv=0.3).realised(5, 0) / volumes
    by_day = factors.reshape(2, 4, 48)
    assert np.ptp(by_day, axis=(0, 2)).max() < 1e-12
    assert len(set(by_day[0, :, 0].tolist())) == 4


def test_days_are_those_of_the_zone():
    volumes = np.full((1, 48), 10.0)  # from midnight UTC on: in Tokyo it is nine o'clock
    factors = built(volumes, day_cv=0.3, timezone="Asia/Tokyo").realised(5, 0)[0]
    assert np.flatnonzero(np.diff(factors)).tolist() == [29]


def test_factors_are_gamma_with_mean_one():
    arrivals = built(np.ones((1, 48)), interval_cv=0.3)
    factors = np.concatenate([arrivals.realised(1, number)[0] for number in range(100)])
    assert stats.kstest(factors, stats.gamma(1 / 0.09, scale=0.09).cdf).pvalue > 1e-3
    days = built(np.ones((1, 1)), day_cv=0.3)
    factors = np.array([days.realised(1, number)[0, 0] for number in range(2000)])
    assert stats.kstest(factors, stats.gamma(1 / 0.09, scale=0.09).cdf).pvalue > 1e-3


def test_the_measurement_finds_what_was_put_in():
    """The script behind the defaults, on counts that this very model made."""
    days = 400
    arrivals = built(
        np.tile(np.linspace(100, 900, 48), days)[None, :], day_cv=DAY_CV, interval_cv=INTERVAL_CV
    )
    means = arrivals.realised(7, 0)
    counts = np.random.default_rng(3).poisson(means).reshape(days, 48).astype(float)
    r, m = arrival_cv.residuals(counts, np.arange(days) % 5, drift=False)
    day_cv, interval_cv, _ = arrival_cv.components(r, m)
    assert day_cv == pytest.approx(DAY_CV, rel=4 / math.sqrt(2 * days))
    assert interval_cv == pytest.approx(INTERVAL_CV, rel=0.1)
    assert math.hypot(DAY_CV, INTERVAL_CV) == pytest.approx(0.07, abs=0.005)


@given(volumes=st.lists(st.floats(0, 1000), min_size=1, max_size=30), seed=st.integers(0, 2**64))
def test_exact_fractions_stay_within_one_contact(volumes, seed):
    counts = built([volumes], exact=True).realised(seed, 0)[0]
    assert (counts == np.floor(counts)).all()
    assert (counts >= 0).all()
    assert np.abs(np.cumsum(counts) - np.cumsum(volumes)).max() < 1 + 1e-6


@given(volumes=st.lists(st.integers(0, 10**6), min_size=1, max_size=30))
def test_exact_whole_counts_are_exact(volumes):
    assert built([volumes], exact=True).realised(1, 0)[0].tolist() == volumes


def test_exact_fractions_are_right_on_average():
    arrivals = built([[0.25, 1.5, 0.25]], exact=True)
    counts = np.array([arrivals.realised(1, number)[0] for number in range(2000)])
    assert counts.mean(axis=0) == pytest.approx([0.25, 1.5, 0.25], abs=0.05)


# --- what arrivals can be -------------------------------------------------------------------------------

NAMES = Stream("a", Contact("call"), np.ones(1))
EDGES = np.array([0.0, 1800.0])


def listed(time=(10.0, 20.0), stream=(0, 0), handle=(1.0, math.nan), patience=(math.nan, math.nan)):
    return Listed(np.array(time), np.array(stream), np.array(handle), np.array(patience))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"edges": np.array([0.0])}, "edges: found [0.0]"),
        ({"edges": np.array([0.0, 0.0])}, "edges: found [0.0, 0.0]"),
        ({"edges": np.array([0.0, math.nan])}, "edges: found [0.0, nan]"),
        ({"edges": np.array([[0.0, 1.0]])}, "edges: found"),
        ({"streams": (NAMES, NAMES)}, "stream a: found a second stream of this name"),
        ({"streams": (Stream("a", Contact("call"), np.ones(2)),)}, "volumes of shape (2,)"),
        ({"streams": (Stream("a", Contact("call"), np.array([-1.0])),)}, "stream a: volumes[0]: found -1.0"),
        ({"streams": (Stream("a", Contact("call"), np.array([math.nan])),)}, "volumes[0]: found nan"),
        ({"streams": (Stream("a", Contact("call"), np.array([math.inf])),)}, "volumes[0]: found inf"),
        ({"day_cv": -0.1}, "day_cv: found -0.1"),
        ({"interval_cv": math.nan}, "interval_cv: found nan"),
        ({"interval_cv": 11}, "interval_cv: found 11"),
        ({"exact": True, "day_cv": 0.1}, "day_cv: found 0.1; expected 0 beside exact volumes"),
        ({"timezone": "Mars"}, "timezone: found 'Mars'"),
        ({"listed": listed(time=(20.0, 10.0))}, "listed.time"),
        ({"listed": listed(time=(20.0, 1900.0))}, "listed.time"),
        ({"listed": listed(time=(20.0, math.nan))}, "listed.time"),
        ({"listed": listed(stream=(0, 1))}, "listed.stream: found 0 to 1; expected places of 1 streams"),
        ({"listed": listed(stream=(-1, 0))}, "listed.stream: found -1 to 0"),
        ({"listed": listed(handle=(-1.0, 3.0))}, "listed.handle: found -1.0"),
        ({"listed": listed(patience=(3.0, -2.0))}, "listed.patience: found -2.0"),
        ({"listed": listed(handle=(1.0,))}, "listed: found arrays of different lengths"),
    ],
)
def test_what_cannot_be(change, complaint):
    with pytest.raises(InputError) as caught:
        Arrivals(**({"edges": EDGES, "streams": (NAMES,)} | change))
    assert complaint in str(caught.value)


def test_listed_contacts_come_beside_the_volumes():
    arrivals = Arrivals(edges=EDGES, streams=(NAMES,), listed=listed())
    assert arrivals.expected == 3.0
    assert arrivals.realised(1, 0).tolist() == [[1.0]]


# --- from a log -----------------------------------------------------------------------------------------


def test_a_log_comes_as_it_is():
    calls = (
        Call("2", "order", stockholm("2026-11-24T00:30+01:00"), handle=77.0, wait=5.0),
        Call("1", "call", stockholm("2026-11-23T09:00+01:00"), language="sv", wait=9.0, abandoned=True),
        Call("3", "order", stockholm("2026-11-24T23:59+01:00")),
    )
    arrivals = Arrivals.of_log(calls, center())
    assert [stream.name for stream in arrivals.streams] == ["call/sv", "order"]
    assert arrivals.streams[0].contact == Contact("call", "sv")
    assert arrivals.listed.stream.tolist() == [0, 1, 1]
    assert arrivals.listed.time.tolist() == sorted(call.arrival for call in calls)
    assert arrivals.listed.handle.tolist() == pytest.approx([math.nan, 77.0, math.nan], nan_ok=True)
    assert np.isnan(arrivals.listed.patience).all()
    midnight = stockholm("2026-11-23T00:00+01:00")
    assert arrivals.edges.tolist() == [midnight + 1800.0 * number for number in range(2 * 48 + 1)]
    assert arrivals.realised(1, 0).tolist() == [[0] * 96] * 2


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (
            Call("7", "calls", 0.0),
            "call 7: type: found 'calls' (1 call); expected 'call' (known: call, mail, order)",
        ),
        (Call("7", "call", math.nan), "call 7: arrival: found nan"),
        (Call("7", "call", 0.0, handle=-1.0), "call 7: handle: found -1.0"),
        (Call("7", "call", 0.0, handle=math.inf), "call 7: handle: found inf"),
    ],
)
def test_a_log_that_cannot_be(call, complaint):
    with pytest.raises(InputError) as caught:
        Arrivals.of_log((call,), center())
    assert complaint in str(caught.value)


def test_an_empty_log():
    with pytest.raises(InputError, match="no calls"):
        Arrivals.of_log((), center())


# --- from a planner file --------------------------------------------------------------------------------

TWO = planned(("desk", "2026-11-23T09:00", 80), ("desk", "2026-11-23T09:30", 95))


def test_counts_are_split_evenly_over_the_types_of_a_queue():
    arrivals = Arrivals.of_counts(TWO, center())
    assert {stream.name: stream.volumes.tolist() for stream in arrivals.streams} == {
        "call": [40.0, 47.5],
        "mail": [40.0, 47.5],
    }
    assert arrivals.exact
    assert arrivals.edges.tolist() == [
        stockholm(f"2026-11-23T{clock}+01:00") for clock in ("09:00", "09:30", "10:00")
    ]  # fmt: skip


def test_counts_are_split_as_told():
    split = {"desk": {"call": 0.75, Contact("call", "en"): 0.25, "mail": 0.0}}
    arrivals = Arrivals.of_counts(TWO, center(), split=split)
    assert {stream.name: stream.volumes.tolist() for stream in arrivals.streams} == {
        "call": [60.0, 71.25],
        "call/en": [20.0, 23.75],
    }
    assert arrivals.streams[1].contact.language == "en"


def test_a_forecast_scatters():
    arrivals = Arrivals.of_forecast(TWO, center())
    assert (arrivals.exact, arrivals.day_cv, arrivals.interval_cv) == (False, DAY_CV, INTERVAL_CV)
    assert arrivals.timezone == "Europe/Stockholm"
    poisson = Arrivals.of_forecast(TWO, center(), day_cv=0.0, interval_cv=0.0)
    assert poisson.realised(1, 0).tolist() == [[40.0, 47.5], [40.0, 47.5]]


def test_a_night_is_no_gap():
    volumes = planned(("desk", "2026-11-24T09:00", 4), ("desk", "2026-11-23T20:30", 2))  # in any order
    arrivals = Arrivals.of_counts(volumes, center(), split={"desk": {"call": 1.0}})
    assert arrivals.streams[0].volumes.tolist() == [2.0, 0.0, 4.0]
    assert np.diff(arrivals.edges).tolist() == [1800.0, 12 * 3600.0, 1800.0]


def test_queues_with_intervals_of_their_own():
    mixed = Volumes(
        starts=tuple(datetime(2026, 11, 23, 9, minute) for minute in (0, 0, 15)),
        queues=("desk", "sales", "sales"),
        volume=np.array([7.0, 3.0, 2.0]),
        aht=np.full(3, 240.0),
        seconds=np.array([1800.0, 900.0, 900.0]),
    )
    arrivals = Arrivals.of_counts(mixed, center(), split={"desk": {"call": 1.0}})
    assert [stream.volumes.tolist() for stream in arrivals.streams] == [[3.5, 3.5], [3.0, 2.0]]
    assert arrivals.realised(1, 0).sum(axis=1).tolist() == [7.0, 5.0]


def test_the_hour_that_autumn_repeats_is_longer():
    rows = [("desk", f"{AUTUMN}T0{hour}:00", 6) for hour in (1, 2, 3)]
    arrivals = Arrivals.of_counts(planned(*rows, minutes=60), center())
    assert np.diff(arrivals.edges).tolist() == [3600.0, 7200.0, 3600.0]


def test_the_hour_that_spring_skips():
    rows = [("desk", f"{SPRING}T0{hour}:00", 6 if hour != 2 else 0) for hour in (1, 2, 3)]
    arrivals = Arrivals.of_counts(planned(*rows, minutes=60), center())
    assert np.diff(arrivals.edges).tolist() == [3600.0, 3600.0]
    with pytest.raises(InputError, match="desk at 2026-03-29 02:00: found 6 contacts while the clocks skip"):
        Arrivals.of_counts(planned(("desk", f"{SPRING}T02:00", 6), minutes=60), center())


def test_a_file_without_queues(tmp_path):
    path = tmp_path / "volumes.csv"
    path.write_text("date,interval,volume,aht\n2026-11-23,09:00,80,240\n2026-11-23,09:15,95.5,240\n")
    arrivals = Arrivals.of_counts(read_volumes(path), center(desk=0.1))
    assert [stream.name for stream in arrivals.streams] == ["call", "mail", "order"]
    assert arrivals.expected == pytest.approx(175.5)
    with pytest.raises(InputError, match="all at 2026-11-23 09:00: queue: found 'all'"):
        Arrivals.of_counts(read_volumes(path), center())


def test_gaps_can_be_closed():
    gap = planned(("desk", "2026-11-23T09:00", 1), ("desk", "2026-11-23T11:00", 1))
    arrivals = Arrivals.of_counts(gap, center(), gaps_closed=True)
    assert arrivals.streams[0].volumes.tolist() == [0.5, 0.0, 0.5]


NINE = "2026-11-23T09:00"


@pytest.mark.parametrize(
    ("rows", "more", "complaint"),
    [
        ([], {}, "volumes: found no intervals"),
        (
            [("desks", NINE, 1)],
            {},
            "09:00: queue: found 'desks'; expected 'desk' (known: desk, sales)",
        ),
        ([("desk", NINE, -1)], {}, "desk at 2026-11-23 09:00: volume: found -1.0"),
        ([("desk", NINE, math.nan)], {}, "volume: found nan"),
        ([("desk", NINE, math.inf)], {}, "volume: found inf"),
        ([("desk", NINE, 1)] * 2, {}, "09:00: found a second interval that starts then"),
        (
            [("desk", NINE, 1), ("desk", "2026-11-23T09:15", 1)],
            {},
            "desk at 2026-11-23 09:15: found an interval before that ends at 09:30",
        ),
        (
            [("desk", NINE, 1), ("desk", "2026-11-23T10:00", 1)],
            {},
            "desk at 2026-11-23 10:00: found no interval from 09:30 on",
        ),
        (
            [("desk", NINE, 1)],
            {"split": {"desks": {}}},
            "split: found 'desks'; expected 'desk'",
        ),
        ([("desk", NINE, 1)], {"split": {"desk": {"order": 1.0}}}, "split.desk: found 'order'"),
        (
            [("desk", NINE, 1)],
            {"split": {"desk": {"call": 0.5}}},
            "split.desk: found a sum of 0.5",
        ),
        (
            [("desk", NINE, 1)],
            {"split": {"desk": {"call": 1.5, "mail": -0.5}}},
            "split.desk.call: found 1.5",
        ),
    ],
)
def test_a_planner_file_that_cannot_be(rows, more, complaint):
    with pytest.raises(InputError) as caught:
        Arrivals.of_counts(planned(*rows), center(), **more)
    assert complaint in str(caught.value)


def test_volumes_built_wrongly_in_python():
    short = Volumes(TWO.starts, TWO.queues, TWO.volume, TWO.aht, np.array([1800.0]))
    with pytest.raises(InputError, match="columns of different lengths"):
        Arrivals.of_counts(short, center())
    endless = Volumes(TWO.starts, TWO.queues, TWO.volume, TWO.aht, np.array([1800.0, math.inf]))
    with pytest.raises(InputError, match="desk at 2026-11-23 09:30: seconds: found inf"):
        Arrivals.of_counts(endless, center())


def test_a_queue_without_contact_types():
    idle = Center(queues={"desk": Queue(aht=240), "idle": Queue(aht=240)},
                  contact_types={"call": ContactType(queue="desk")})  # fmt: skip
    with pytest.raises(InputError, match="queue idle: found no contact type"):
        Arrivals.of_counts(planned(("idle", "2026-11-23T09:00", 1)), idle)


# --- generated ------------------------------------------------------------------------------------------


def test_a_generated_day_has_the_rate_and_the_shape():
    arrivals = Arrivals.generated(center(), MONDAY)
    assert [stream.name for stream in arrivals.streams] == ["call", "mail", "order"]
    assert arrivals.expected == pytest.approx(0.35 * 14 * 3600)
    order = arrivals.streams[2].volumes
    assert order.size == 30  # 28 half hours, and before and after them
    assert order[0] == order[-1] == 0
    assert arrivals.edges[order.argmax()] == stockholm("2026-11-23T10:00+01:00")
    assert order[1:-1] / order.sum() == pytest.approx(
        np.array(MEASURED_DAY.weights) / sum(MEASURED_DAY.weights)
    )
    assert (arrivals.edges[0], arrivals.edges[-1]) == (
        stockholm("2026-11-23T00:00+01:00"),
        stockholm("2026-11-24T00:00+01:00"),
    )


def test_closed_days_are_empty():
    arrivals = Arrivals.generated(center(), MONDAY, 7, closed=("sat", "sun"), scale=2.0)
    assert arrivals.expected == pytest.approx(2 * 0.35 * 5 * 14 * 3600)
    assert arrivals.edges[-1] - arrivals.edges[0] == 7 * 86_400
    saturday = stockholm("2026-11-28T00:00+01:00")
    after = arrivals.edges[:-1] >= saturday
    assert not arrivals.streams[0].volumes[after].any()


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (MONDAY, 24), (AUTUMN, 25)])
def test_days_of_any_length(day, hours):
    arrivals = Arrivals.generated(center(), day, shape=DayShape(weights=(1.0,), minutes=24 * 60))
    assert np.diff(arrivals.edges).tolist() == [hours * 3600.0]
    assert arrivals.expected == pytest.approx(0.35 * hours * 3600)
    half_hours = Arrivals.generated(center(), day, shape=DayShape(weights=(1.0,) * 48))
    assert half_hours.expected == pytest.approx(0.35 * hours * 3600)
    assert (np.diff(half_hours.edges) > 0).all()
    local = [datetime.fromtimestamp(edge, center().zone) for edge in half_hours.edges]
    assert all(after.replace(tzinfo=None) > before.replace(tzinfo=None) for before, after in pairwise(local))


def test_a_queue_without_a_rate_gets_nothing():
    arrivals = Arrivals.generated(center(desk=0.2, sales=0.0), MONDAY)
    assert [stream.name for stream in arrivals.streams] == ["call", "mail"]


def test_whom_a_generated_day_is_split_over():
    arrivals = Arrivals.generated(
        center(), MONDAY, split={"desk": {Contact("call", language): 0.5 for language in ("sv", "en")}}
    )
    assert [stream.name for stream in arrivals.streams] == ["call/sv", "call/en", "order"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"days": 0}, "days: found 0"),
        ({"days": 2.0}, "days: found 2.0"),
        ({"scale": 0.0}, "scale: found 0.0"),
        ({"scale": math.nan}, "scale: found nan"),
        ({"closed": ("sunday",)}, "closed: found 'sunday'; expected 'sun'"),
        ({"closed": ("mon",)}, "closed: found ('mon',); expected a day from 2026-11-23 on that is open"),
        ({"center": center(desk=0.0)}, "center: found no queue with an arrival_rate"),
        ({"day_cv": -1.0}, "day_cv: found -1.0"),
    ],
)
def test_what_cannot_be_generated(arguments, complaint):
    with pytest.raises(InputError) as caught:
        Arrivals.generated(**({"center": center(), "first_day": MONDAY} | arguments))
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("build", "complaint"),
    [
        (lambda: DayShape(weights=(1.0,), opens="7:00"), "opens: found '7:00'"),
        (lambda: DayShape(weights=(1.0,), minutes=0), "minutes: found 0"),
        (lambda: DayShape(weights=()), "weights: found ()"),
        (lambda: DayShape(weights=(1.0, -1.0)), "weights[1]: found -1.0"),
        (lambda: DayShape(weights=(math.nan,)), "weights[0]: found nan"),
        (lambda: DayShape(weights=("1",)), "weights[0]: found '1'"),
        (lambda: DayShape(weights=(0.0, 0.0)), "weights: found only zeros"),
        (
            lambda: DayShape(weights=(1.0,) * 2, opens="23:30"),
            "2 intervals of 30 minutes from 23:30 on",
        ),
    ],
)
def test_shapes_that_cannot_be(build, complaint):
    with pytest.raises(InputError) as caught:
        build()
    assert complaint in str(caught.value)


@example(day=date(2011, 12, 29), zone="Pacific/Apia")
@given(day=st.dates(date(1990, 1, 1), date(2035, 1, 1)), zone=st.sampled_from(["UTC", "America/Sao_Paulo",
       "Australia/Lord_Howe", "Pacific/Apia", "Europe/London"]))  # fmt: skip
def test_any_day_anywhere(day, zone):
    """Also where midnight is skipped, an offset changes by half an hour, or a whole day never was."""
    somewhere = Center(
        queues={"desk": Queue(aht=240, arrival_rate=0.5)},
        contact_types={"call": ContactType(queue="desk")},
        timezone=zone,
    )
    arrivals = Arrivals.generated(somewhere, day, 3, shape=DayShape(weights=(1.0,) * 48))
    seconds = arrivals.edges[-1] - arrivals.edges[0]
    assert arrivals.expected == pytest.approx(0.5 * seconds)
    assert abs(seconds - 3 * 86_400) <= 86_400
    first = datetime.fromtimestamp(arrivals.edges[0], somewhere.zone)
    assert first.date() in (day, day + timedelta(days=1))


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        (["2026-10-25T01:00", "2026-10-25T02:00", "2026-10-25T02:00", "2026-10-25T03:00"], [0, 1, 2, 3, 4]),
        (["2026-10-25T01:00", "2026-10-25T02:00", "2026-10-25T03:00"], [0, 1, 3, 4]),
    ],
)
def test_the_hour_that_autumn_repeats_is_one_interval_or_two_as_the_file_has_it(starts, expected):
    center = Center(
        queues={"desk": Queue(aht=240)},
        timezone="Europe/Berlin",
        contact_types={"call": ContactType(queue="desk")},
    )
    frame = {"start": starts, "volume": [60.0] * len(starts), "aht": [240.0] * len(starts)}
    volumes = read_volumes(frame, format=FileFormat(timezone="Europe/Berlin"))
    arrivals = Arrivals.of_counts(volumes, center)
    assert ((arrivals.edges - arrivals.edges[0]) / 3600).tolist() == expected
    assert arrivals.expected == 60.0 * len(starts)
