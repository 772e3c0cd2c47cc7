"""The rest of a day: of days whose law is known, of a real bank; what is refused."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute.errors import InputError
from bporoute.workload._forecasting._reforecast import reforecast
from bporoute.workload._forecasting._scatter import scatter_of, update_weights
from bporoute.workload._forecasting._so_far import read_so_far
from bporoute.workload._volumes import Volumes

DAY = date(2026, 3, 2)
EIGHT = datetime(2026, 3, 2, 8)
MEANS = np.array([60.0, 100.0, 120.0, 100.0, 80.0, 8.0])


def expected(
    queues: tuple[str, ...] = ("desk",),
    days: int = 1,
    weight: tuple[float, ...] = (0.2, 0.4, 0.6, 0.7, 0.8, 0.9),
) -> Volumes:
    """Half hours from 8 to 11."""
    parts = [(queue, day, part) for queue in queues for day in range(days) for part in range(6)]
    size = len(parts)
    return Volumes(
        tuple(EIGHT + timedelta(days=day, minutes=30 * part) for _, day, part in parts),
        tuple(queue for queue, _, _ in parts),
        np.array([MEANS[part] for _, _, part in parts]),
        np.full(size, 240.0),
        np.full(size, 1800.0),
        np.full(size, 0.06),
        np.full(size, 0.04),
        np.array([weight[part] for _, _, part in parts]),
    )


def came(counts: list[float], minutes: int = 30, queue: str = "desk", first: datetime = EIGHT) -> Volumes:
    size = len(counts)
    return Volumes(
        tuple(first + timedelta(minutes=minutes * part) for part in range(size)),
        (queue,) * size,
        np.array(counts, float),
        np.full(size, 240.0),
        np.full(size, 60.0 * minutes),
    )


def test_the_rest_takes_a_share_of_the_surprise_over() -> None:
    found = reforecast(expected(), came([66, 110]))
    one = found.queues["desk"]
    assert (one.came, one.expected, one.weight) == (176.0, 160.0, 0.4)
    assert found.until == datetime(2026, 3, 2, 9)
    assert found.volumes.starts[0] == datetime(2026, 3, 2, 9)
    assert found.volumes.volume == pytest.approx(MEANS[2:] * (1 + 0.4 * 0.1))
    assert one.rest == pytest.approx(found.volumes.volume.sum())
    assert one.before == MEANS[2:].sum()
    assert one.low < one.rest < one.high
    assert found.volumes.day_cv == pytest.approx(one.day_cv)
    assert one.day_cv < 0.06
    assert found.volumes.update_weight is None


def test_how_it_is_cut_does_not_matter() -> None:
    whole = reforecast(expected(), came([66, 110]))
    for other in (came([30, 36, 50, 60], minutes=15), came([66, 110, 55])):
        found = reforecast(expected(), other, until=datetime(2026, 3, 2, 9, 20))
        assert found.volumes.volume == pytest.approx(whole.volumes.volume)
        assert found.queues["desk"].low == whole.queues["desk"].low


def log_of(arrivals: list[datetime]) -> dict[str, list[object]]:
    return {
        "id": [str(call) for call in range(len(arrivals))],
        "arrival": [f"{arrival:%Y-%m-%d %H:%M:%S}" for arrival in arrivals],
        "handle": [200] * len(arrivals),
    }


def test_calls_are_counted() -> None:
    log = log_of([EIGHT + timedelta(seconds=30 * call) for call in range(60)])
    found = reforecast(expected(), read_so_far(log, expected(), whole=True))
    assert found.queues["desk"].came == 60.0
    assert found.volumes.volume == pytest.approx(MEANS[1:])


def test_a_log_that_was_written_within_an_interval_says_nothing_of_that() -> None:
    """As many as expected until 8:37: 60 of 60 by 8:30, and 7 of some 25 that half past eight has by then."""
    log = log_of([EIGHT + timedelta(seconds=30 * call) for call in range(75)])
    known = read_so_far(log, expected())
    found = reforecast(expected(), known)
    assert found.until == EIGHT + timedelta(minutes=30)
    assert found.queues["desk"].came == 60.0
    assert "calls from 08:30 on left out" in known.notes[0]
    by_hand = reforecast(expected(), read_so_far(log, expected(), whole=True), until=found.until)
    assert by_hand.volumes.volume.tolist() == found.volumes.volume.tolist()
    with pytest.raises(InputError, match="calls of one interval alone, from 08:00 on"):
        read_so_far(log_of([EIGHT, EIGHT + timedelta(minutes=7)]), expected())


@given(
    st.lists(st.floats(0, 400), min_size=1, max_size=5),
    st.lists(st.floats(0, 1), min_size=6, max_size=6),
)
def test_the_rest_lies_between_the_forecast_and_the_ratio(counts: list[float], weights: list[float]) -> None:
    found = reforecast(expected(weight=tuple(weights)), came(counts))
    factor = found.volumes.volume / MEANS[len(counts) :]
    ratio = sum(counts) / MEANS[: len(counts)].sum()
    assert (factor >= min(1.0, ratio) - 1e-9).all()
    assert (factor <= max(1.0, ratio) + 1e-9).all()
    cv = found.queues["desk"].day_cv
    assert 0.0 < cv <= 0.06
    assert (found.low <= found.high).all()


def test_more_so_far_is_more_to_come() -> None:
    rests = [reforecast(expected(), came([60, count])).queues["desk"].rest for count in (80, 100, 120)]
    assert rests == sorted(rests)
    assert rests[0] < rests[1] < rests[2]


def test_each_queue_has_its_own_surprise() -> None:
    told = expected(("desk", "sales", "later"), days=2)
    one, two = came([90, 150]), came([60, 100], queue="sales")
    both = Volumes(
        one.starts + two.starts,
        one.queues + two.queues,
        *(np.concatenate([getattr(one, name), getattr(two, name)]) for name in ("volume", "aht", "seconds")),
    )
    found = reforecast(told, both)
    assert {start.date() for start in found.volumes.starts} == {DAY}
    by_queue = {
        queue: found.volumes.volume[[name == queue for name in found.volumes.queues]]
        for queue in ("desk", "sales", "later")
    }
    assert by_queue["desk"] == pytest.approx(1.2 * MEANS[2:])
    assert by_queue["sales"] == pytest.approx(MEANS[2:])
    assert by_queue["later"] == pytest.approx(MEANS[2:])
    assert "later: nothing of today, so its rest is as forecast" in found.notes


def test_an_hour_that_autumn_repeats_is_two() -> None:
    starts = [datetime(2026, 10, 25, hour) for hour in range(6)]
    starts.insert(3, datetime(2026, 10, 25, 2, fold=1))
    told = Volumes(
        tuple(starts),
        ("all",) * 7,
        np.full(7, 50.0),
        *(np.full(7, each) for each in (240.0, 3600, 0.1, 0, 0.5)),
    )
    known = Volumes(
        tuple(starts[:4]), ("all",) * 4, np.array([50.0, 50, 60, 80]), np.full(4, 240.0), np.full(4, 3600.0)
    )
    found = reforecast(told, known)
    assert found.queues["all"].came == 240.0
    assert found.volumes.starts == tuple(starts[4:])
    assert found.volumes.volume == pytest.approx(np.full(3, 55.0))


def test_what_is_odd_is_noted() -> None:
    late = reforecast(expected(), came([0, 100]))
    assert "desk: no contacts at all in 1 interval; was the line down?" in late.notes
    more = came([66, 110])
    strange = Volumes(
        (*more.starts, EIGHT, EIGHT - timedelta(hours=1)),
        (*more.queues, "chat", "desk"),
        np.append(more.volume, [5.0, 7.0]),
        np.full(4, 240.0),
        np.full(4, 1800.0),
    )
    told = reforecast(expected(), strange).notes
    assert "'chat' is not in the forecast, left out" in told
    assert "desk: 7 contacts at times without a forecast left out" in told
    quiet = expected()
    quiet.volume[1] = 3.0
    gap = came([60])
    with_gap = reforecast(quiet, gap, until=datetime(2026, 3, 2, 9))
    assert "desk: 1 interval without a row taken for no contacts" in with_gap.notes


@pytest.mark.parametrize(
    ("so_far", "until", "complaint"),
    [
        (
            came([60.0], first=EIGHT + timedelta(days=1)),
            None,
            "so far: day: found 2026-03-03.*a day of the f",
        ),
        (came([60.0] * 40), None, "so far: found rows of 2 days"),
        (came([60.0], minutes=15), None, "so far: found no interval .* is over by 08:15"),
        (came([60.0] * 6), None, "so far: found by 11:00 the day is over"),
        (came([60.0], queue="dask"), None, "so far: queue: found 'dask'.*desk"),
        (came([60.0], first=EIGHT + timedelta(hours=1)), None, "desk at 08:00: found no row, where 60 cont"),
        (came([60.0, 100.0]), datetime(2026, 3, 2, 10), "desk at 09:00: found no row, where 120 contacts"),
        (came([30.0], 15), datetime(2026, 3, 2, 9), "desk at 08:00: found only a part of the interval"),
        (came([160.0], minutes=60), None, "desk at 08:00: found an interval of 60 minutes, beyond 08:30"),
        (came([60.0]), datetime(2026, 3, 1, 9), "until: found 2026-03-01 09:00"),
        (came([60.0]), datetime(2026, 3, 2, 9, tzinfo=UTC), "until: found .*without an offset"),
    ],
)
def test_what_cannot_be_used_is_refused(so_far: Volumes, until: datetime | None, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        reforecast(expected(), so_far, until=until)


def test_a_file_without_weights_is_refused() -> None:
    bare = Volumes(*(getattr(expected(), name) for name in ("starts", "queues", "volume", "aht", "seconds")))
    with pytest.raises(InputError, match="forecast: found no columns day_cv"):
        reforecast(bare, came([60.0]))


def test_of_the_law_itself_the_scatter_that_is_told_is_left() -> None:
    """Weights learned from some days of a gamma-Poisson law, tried on others."""
    chance = np.random.default_rng(7)
    mean = 400.0 + 200.0 * np.sin(np.linspace(0.0, math.pi, 20))
    day, interval = 0.08, 0.05

    def drawn(days: int) -> np.ndarray:
        rate = mean * chance.gamma(1 / day**2, day**2, (days, 1))
        return chance.poisson(rate * chance.gamma(1 / interval**2, interval**2, (days, 20)))

    past, each = np.tile(mean, (300, 1)), np.ones(300)
    counts = drawn(300)
    day_cv, interval_cv = scatter_of(past, counts, each)
    starts = tuple(EIGHT + timedelta(minutes=30 * part) for part in range(20))
    told = Volumes(
        starts,
        ("all",) * 20,
        mean,
        np.full(20, 240.0),
        np.full(20, 1800.0),
        np.full(20, day_cv),
        np.full(20, interval_cv),
        update_weights(past, counts, each, day_cv, interval_cv),
    )
    inside, off, before, left = [], [], [], 0.0
    for today in drawn(400):
        found = reforecast(told, came(today[:6].tolist(), queue="all"))
        one = found.queues["all"]
        rest = today[6:].sum()
        inside.append(one.low <= rest <= one.high)
        off.append(rest / one.rest - 1)
        before.append(rest / one.before - 1)
        left = one.day_cv
    assert np.mean(inside) == pytest.approx(0.8, abs=0.06)
    # Beside the day's factor there is what 14 intervals do by themselves.
    own = math.hypot(0.05 / math.sqrt(14), 1 / math.sqrt(mean[6:].sum()))
    assert np.std(off) == pytest.approx(math.hypot(left, own), rel=0.1)
    assert np.std(off) < 0.5 * np.std(before)
