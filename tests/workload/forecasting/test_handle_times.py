"""Handle times of coming weeks: of a real bank, and where there is nothing to be found."""

from __future__ import annotations

import csv
from datetime import date, datetime, time, timedelta

import numpy as np
import pytest

from bporoute.workload._forecasting import _panel
from bporoute.workload._forecasting._forecast import forecast
from bporoute.workload._forecasting._handle_times import handle_times
from bporoute.workload._forecasting._origins import Origin
from bporoute.workload._volumes import Volumes
from helpers.places import BANK_AGENTS

LAST_DAYS = (date(1999, 2, 7), date(1999, 2, 14))
"""Up to which the history of a test goes; the three weeks there are begin on the 1st."""


def answered() -> Volumes:
    """Answered calls by half hour, Sunday to Thursday."""
    rows = {}
    with BANK_AGENTS.open() as lines:
        for row in csv.DictReader(lines):
            start = datetime.combine(date.fromisoformat(row["d"]), time()) + timedelta(
                hours=int(row["k"]) / 2
            )
            if start.weekday() not in (4, 5):
                rows[start] = (float(row["ans"]), float(row["svc"]))
    counts, work = np.array([rows[start] for start in sorted(rows)]).T
    with np.errstate(invalid="ignore", divide="ignore"):
        aht = np.where(counts > 0, work / counts, np.nan)
    size = len(rows)
    return Volumes(tuple(sorted(rows)), ("all",) * size, counts, aht, np.full(size, 1800.0))


@pytest.mark.skipif(not BANK_AGENTS.exists(), reason=f"no {BANK_AGENTS}")
def test_weeks_of_a_real_bank(monkeypatch: pytest.MonkeyPatch) -> None:
    """One or two weeks are too few for the public function; what it does with them is tried all the same."""
    monkeypatch.setattr(_panel, "LEAST_WEEKS", 2)
    panel = _panel.panel_of(answered(), "all", (), (), None)
    by_method = {"calendar": 0.0, "mean of six weeks": 0.0}
    for last in LAST_DAYS:
        known = last.toordinal()
        origin = Origin(known, np.flatnonzero((panel.days > known) & (panel.days <= known + 7)))
        found = handle_times(panel, [origin], [date(1999, 2, 21)], panel.counts[:1])
        assert found.method == min(found.errors, key=lambda name: found.errors[name])
        for name, error in found.errors.items():
            by_method[name] += error / len(LAST_DAYS)
        # A day has 1,300 answered calls of 165 s, log-normal with a standard deviation of .95.
        assert np.nansum(found.forecast * panel.counts[:1]) / panel.counts[0].sum() == pytest.approx(
            165, rel=0.1
        )
    # By half hour, of some 40 calls: a mean of those scatters by 15 %, whatever is foretold.
    assert by_method["calendar"] < by_method["mean of six weeks"] < 23


def noisy(weekday: float, seed: int) -> Volumes:
    """Twelve weeks of ten hours with 20 calls each, log-normal around 200 s, Mondays apart."""
    chance = np.random.default_rng(seed)
    days = [date(2026, 1, 5) + timedelta(days=step) for step in range(84)]
    starts = [
        datetime.combine(day, time(8 + part)) for day in days if day.weekday() < 5 for part in range(10)
    ]
    size = len(starts)
    calls = chance.lognormal(-0.45, 0.95, (size, 20)).mean(axis=1)
    monday = np.array([weekday if start.weekday() == 0 else 1.0 for start in starts])
    return Volumes(
        tuple(starts), ("desk",) * size, np.full(size, 20.0), 200.0 * calls * monday, np.full(size, 3600.0)
    )


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_no_day_of_the_week(seed: int) -> None:
    told = forecast(noisy(1.0, seed), weeks=1).volumes
    by_day = told.aht.reshape(5, 10).mean(axis=1)
    # A mean of one day of the week over twelve weeks has a standard error of 2 %.
    assert by_day == pytest.approx(np.full(5, by_day.mean()), rel=0.025)
    assert by_day.mean() == pytest.approx(200.0, rel=0.03)


def test_a_day_of_the_week_is_found_in_noise() -> None:
    by_day = [
        forecast(noisy(1.3, seed), weeks=1).volumes.aht.reshape(5, 10).mean(axis=1) for seed in range(5)
    ]
    # A ratio of one sample has a standard error of .03, a little of the 1.3 is left to chance.
    assert np.mean([each[0] / each[1:].mean() for each in by_day]) == pytest.approx(1.28, abs=0.05)


def test_few_contacts_have_the_mean_of_all() -> None:
    past = noisy(1.3, 5)
    few = Volumes(past.starts, past.queues, np.full(len(past.starts), 1.0), past.aht, past.seconds)
    told = forecast(few, weeks=1)
    assert told.queues["desk"].aht_method == "mean of six weeks"
    assert len(set(told.volumes.aht.tolist())) == 1
