"""Forecasts of histories whose truth is known; what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from bporoute.errors import InputError
from bporoute.workload._forecasting._forecast import Forecast, forecast
from bporoute.workload._volumes import Volumes

SHAPE = 40.0 + 20.0 * np.sin(np.linspace(0.0, np.pi, 20))
WEEK = (1.2, 1.0, 0.95, 0.9, 1.05)
MONDAY = date(2026, 1, 5)


def history(
    days: int = 120,
    *,
    factor: Callable[[date], float] = lambda day: 1.0,
    seed: int = 1,
    cv: float = 0.05,
    open_on: int = 5,
    closed: tuple[date, ...] = (),
    queue: str = "desk",
) -> Volumes:
    """Half hours from 8 to 18, Poisson around a known mean with a factor of the day."""
    chance = np.random.default_rng(seed)
    starts, counts = [], []
    for step in range(days):
        day = MONDAY + timedelta(days=step)
        if day.weekday() >= open_on or day in closed:
            continue
        scatter = chance.gamma(1 / cv**2, cv**2) if cv else 1.0
        starts += [datetime(day.year, day.month, day.day, 8) + timedelta(minutes=30 * k) for k in range(20)]
        counts += chance.poisson(mean_of(day) * factor(day) * scatter).tolist()
    size = len(starts)
    return Volumes(
        tuple(starts), (queue,) * size, np.array(counts, float), np.full(size, 240.0), np.full(size, 1800.0)
    )


def mean_of(day: date) -> np.ndarray:
    return SHAPE * WEEK[day.weekday() % 5]


def test_the_mean_is_met() -> None:
    found, true = 0.0, 0.0
    for seed in range(8):
        told = forecast(history(seed=seed, days=168), weeks=2)
        found += told.volumes.volume.sum()
        true += sum(mean_of(day).sum() for day in sorted({start.date() for start in told.volumes.starts}))
    assert found == pytest.approx(true, rel=0.01)


def test_a_planted_effect_is_found() -> None:
    def first_open(day: date) -> float:
        return 1.2 if day.day <= 3 and all(
            (day - timedelta(days=k)).month != day.month or (day - timedelta(days=k)).weekday() >= 5
            for k in range(1, day.day + 1)
        ) else 1.0  # fmt: skip

    found = [
        forecast(history(days=182, factor=first_open, cv=0.03, seed=seed), weeks=1).queues["desk"].effects
        for seed in range(6)
    ]
    # Six of them, one worth of doubt: a little is left to chance.
    assert np.mean([each["first open day of the month"] for each in found]) == pytest.approx(1.2, abs=0.06)
    assert np.mean([each["second open day of the month"] for each in found]) == pytest.approx(1.0, abs=0.03)


def test_a_named_event_is_learned_and_foretold() -> None:
    campaign = {MONDAY + timedelta(days=step) for step in (16, 44, 72, 100, 121)}
    past = history(factor=lambda day: 1.5 if day in campaign else 1.0)
    with_it, without = forecast(past, weeks=1, events={"campaign": campaign}), forecast(past, weeks=1)
    assert with_it.queues["desk"].effects["campaign"] == pytest.approx(1.5, abs=0.15)
    day = MONDAY + timedelta(days=121)
    assert total(with_it, day) > 1.2 * total(without, day)


def total(told: Forecast, day: date) -> float:
    mine = [place for place, start in enumerate(told.volumes.starts) if start.date() == day]
    return float(told.volumes.volume[mine].sum())


def test_the_scatter_is_found_and_the_band_holds() -> None:
    told = forecast(history(days=180, cv=0.08), weeks=1)
    assert told.queues["desk"].day_cv == pytest.approx(0.08, abs=0.025)
    assert (told.low < told.volumes.volume).all()
    assert (told.volumes.volume < told.high).all()
    wider = told.band(0.95)
    assert (wider[0] <= told.low).all()
    assert (wider[1] >= told.high).all()


@pytest.mark.parametrize(("month", "day", "rows"), [(3, 29, 46), (10, 25, 50)])
def test_nights_when_clocks_are_changed(month: int, day: int, rows: int) -> None:
    night = date(2026, month, day)
    first = night - timedelta(days=60)
    starts = [
        datetime(first.year, first.month, first.day) + timedelta(minutes=30 * k) for k in range(48 * 56)
    ]
    size = len(starts)
    past = Volumes(
        tuple(starts), ("all",) * size, np.full(size, 20.0), np.full(size, 300.0), np.full(size, 1800.0)
    )
    told = forecast(past, weeks=1, timezone="Europe/Berlin").volumes
    mine = [place for place, start in enumerate(told.starts) if start.date() == night]
    assert len(mine) == rows
    assert told.volume[mine].sum() == pytest.approx(20.0 * rows, rel=0.01)
    assert sum(told.starts[place].fold for place in mine) == (2 if rows == 50 else 0)
    assert len([start for start in told.starts if start.date() == night - timedelta(days=1)]) == 48


def test_handle_times_keep_their_day_of_the_week_and_hour() -> None:
    past = history(days=120)
    aht = np.array([200.0 + 40.0 * (start.weekday() == 0) + 5.0 * start.hour for start in past.starts])
    told = forecast(Volumes(past.starts, past.queues, past.volume, aht, past.seconds), weeks=1)
    expected = [200.0 + 40.0 * (start.weekday() == 0) + 5.0 * start.hour for start in told.volumes.starts]
    assert told.queues["desk"].aht_method == "calendar"
    assert told.volumes.aht == pytest.approx(expected, rel=0.02)


def test_a_function_of_ones_own_is_asked_and_measured() -> None:
    def own(past: Volumes, starts: tuple[datetime, ...]) -> np.ndarray:
        assert max(past.starts) < min(starts)
        return np.full(len(starts), past.volume.mean())

    told = forecast(history(), weeks=1, method=own)
    assert told.queues["desk"].method == "own"
    assert told.queues["desk"].backtest["own"].interval > told.queues["desk"].backtest["calendar"].interval
    assert len(set(told.volumes.volume.tolist())) == 1
    with pytest.raises(InputError, match="method: found an answer of shape"):
        forecast(history(), weeks=1, method=lambda past, starts: [1.0])


def test_a_method_that_expects_nobody_is_taken_at_its_word():
    told = forecast(history(), weeks=1, method=lambda past, starts: np.zeros(len(starts)))
    (one,) = told.queues.values()
    assert (one.day_cv, one.interval_cv) == (0.0, 0.0)
    assert told.volumes.volume.sum() == told.high.sum() == 0.0


def test_the_better_rule_is_used() -> None:
    """A level that jumps up and down by the week: last week is no worse than any other."""
    told = forecast(history(days=150, cv=0.0, factor=lambda day: 1.0 + day.toordinal() / 1e3 % 1.0), weeks=1)
    tested = told.queues["desk"].backtest
    assert told.queues["desk"].method == min(tested, key=lambda name: tested[name].interval)


def test_closed_days_are_asked_for_and_left_out() -> None:
    free = MONDAY + timedelta(days=30)
    past = history(closed=(free,))
    with pytest.raises(InputError, match=rf"no contacts on Wed {free}.*--closed {free}"):
        forecast(past, weeks=1)
    for country in (None, "DE"):
        with pytest.raises(InputError) as refused:
            forecast(past, weeks=1, holidays=country)
        assert ("--holidays COUNTRY" in str(refused.value)) == (country is None)  # told, it explains no more
    coming = MONDAY + timedelta(days=120)
    told = forecast(past, weeks=1, closed=[free, coming])
    assert told.closed == (coming,)
    assert coming not in {start.date() for start in told.volumes.starts}


def test_holidays_are_closed_as_they_were() -> None:
    pytest.importorskip("holidays")
    free = date(2026, 1, 19)  # Martin Luther King
    told = forecast(history(days=40, closed=(free,)), weeks=1, holidays="US")
    assert date(2026, 2, 16) in told.closed
    worked = forecast(history(days=40), weeks=1, holidays="US")
    assert worked.closed == ()
    with pytest.raises(InputError, match="holidays: found 'Utopia'"):
        forecast(history(), holidays="Utopia")


def test_several_queues_and_lengths() -> None:
    one, two = history(), history(seed=2, queue="sales")
    both = Volumes(
        one.starts + two.starts,
        one.queues + two.queues,
        *(np.concatenate([getattr(one, name), getattr(two, name)]) for name in ("volume", "aht", "seconds")),
    )
    told = forecast(both, weeks=1, minutes=60)
    assert list(told.queues) == ["desk", "sales"]
    assert set(told.volumes.seconds.tolist()) == {3600.0}
    assert told.volumes.volume.sum() == pytest.approx(forecast(both, weeks=1).volumes.volume.sum(), rel=0.01)
    with pytest.raises(InputError, match="minutes: found 45 minutes"):
        forecast(both, minutes=45)


def test_what_is_odd_is_noted() -> None:
    past = history(days=120)
    zero = past.volume.copy()
    zero[105] = 0.0
    told = forecast(Volumes(past.starts, past.queues, zero, past.aht, past.seconds), weeks=1)
    assert any("no contacts at all in 1 open interval" in note for note in told.notes)
    jump = MONDAY + timedelta(days=107)
    told = forecast(history(days=120, factor=lambda day: 1.5 if day >= jump else 1.0), weeks=1)
    assert any("the last 14 days have +" in note for note in told.notes)


@pytest.mark.parametrize(
    ("days", "options", "complaint"),
    [
        (14, {}, "found 12 days of history.*expected at least 21 days"),
        (60, {"weeks": 0}, "weeks: found 0; expected a whole number from 1"),
        (60, {"lead": -1}, "lead: found -1; expected a whole number from 0"),
        (60, {"timezone": "Europe/Berlim"}, "timezone: found"),
    ],
)
def test_what_cannot_be_used_is_refused(days: int, options: dict[str, object], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        forecast(history(days), **options)


def test_two_weeks_decide_for_no_plain_rule() -> None:
    """The last days twice as many as before: last week is far ahead, but tested on too few weeks."""
    jump = MONDAY + timedelta(days=14)
    short = forecast(history(days=35, cv=0.0, factor=lambda day: 1.0 + (day >= jump)), weeks=1)
    assert short.queues["desk"].weeks < 4
    assert (
        short.queues["desk"].backtest["last week"].interval
        < short.queues["desk"].backtest["calendar"].interval
    )
    assert short.queues["desk"].method == "calendar"


def test_what_a_picture_needs_is_kept() -> None:
    pytest.importorskip("holidays")
    past = history(days=50)
    sale, free = MONDAY + timedelta(days=8), MONDAY + timedelta(days=52)
    told = forecast(past, weeks=1, holidays="US", closed=[free], events={"sale": [sale]})
    assert told.history is past
    assert told.special[sale] == ("sale",)
    assert told.special[free] == ("closed",)
    assert told.special[date(2026, 2, 16)] == ("Washington's Birthday",)
    assert list(told.special) == sorted(told.special)
