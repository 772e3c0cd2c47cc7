from __future__ import annotations

import math

import numpy as np
import pytest

from bporoute import Abandonment, Asa, Occupancy, ServiceLevel
from bporoute._kernels.simulation import columns
from bporoute.simulation._figures import served_totals
from bporoute.simulation._service import Service, ratio

COUNTINGS = {
    "offered": 860 / 1060,
    "ignored": 860 / 1040,
    "credited": 880 / 1060,
    "answered": 860 / 1000,
    "short_excluded": 860 / 1050,
    "short_credited": 870 / 1060,
}


def aim(counting: str, **terms) -> ServiceLevel:
    return ServiceLevel(probability=0.8, within=20, counting=counting, **terms)


def counted(wait: np.ndarray, abandoned: np.ndarray, target: ServiceLevel) -> tuple[float, float]:
    """Contacts served in time and those that count, from the totals that a simulation keeps."""
    tally = np.zeros(columns.TALLY_COLUMNS)
    in_time, short = wait <= target.within, wait <= target.short
    for column, those in (
        (columns.ANSWERED, ~abandoned),
        (columns.WITHIN, ~abandoned & in_time),
        (columns.ABANDONED, abandoned),
        (columns.ABANDONED_WITHIN, abandoned & in_time),
        (columns.ABANDONED_SHORT, abandoned & short),
    ):
        tally[column] = those.sum()
    good, base = served_totals(tally, target.counting)
    return float(good), float(base)


def service_level(wait: np.ndarray, abandoned: np.ndarray, target: ServiceLevel) -> float:
    """Counted as the target says."""
    return ratio(*counted(wait, abandoned, target))


def golden_case() -> tuple[np.ndarray, np.ndarray]:
    """1000 answered (860 in time), 60 abandoned (20 in time, of them 10 within 5 s)."""
    wait = np.repeat([20.0, 20.5, 5.0, 5.5, 90.0], [860, 140, 10, 10, 40])
    return wait, np.repeat([False, True], [1000, 60])


@pytest.mark.parametrize(("counting", "wanted"), COUNTINGS.items())
def test_golden_case(counting: str, wanted: float) -> None:
    assert service_level(*golden_case(), aim(counting)) == pytest.approx(wanted, abs=1e-15)


@pytest.mark.parametrize(
    ("counting", "percent"),
    [("offered", 81.13), ("ignored", 82.69), ("credited", 83.02), ("answered", 86.0)],
)
def test_golden_case_as_it_is_printed(counting: str, percent: float) -> None:
    assert round(100 * service_level(*golden_case(), aim(counting)), 2) == percent


def test_short_is_what_the_aim_says() -> None:
    assert counted(*golden_case(), aim("short_excluded", short=4.0)) == (860, 1060)
    assert counted(*golden_case(), aim("short_credited", short=4.0)) == (860, 1060)


def test_totals_add_up_where_percentages_do_not() -> None:
    wait, abandoned = golden_case()
    for counting in COUNTINGS:
        halves = [
            counted(wait[part], abandoned[part], aim(counting)) for part in (slice(300), slice(300, None))
        ]
        whole = counted(wait, abandoned, aim(counting))
        assert tuple(sum(half[side] for half in halves) for side in (0, 1)) == whole


@pytest.mark.parametrize(
    ("counting", "base"),
    [(counting, 2 if counting == "answered" else 5) for counting in COUNTINGS],
)
def test_who_is_turned_away_has_not_given_up_in_time(counting: str, base: int) -> None:
    """As in `QueueModel`: a room that is full must not make a service level good."""
    tally = np.zeros(columns.TALLY_COLUMNS)
    tally[[columns.ANSWERED_OUT, columns.WITHIN, columns.REJECTED]] = 2, 1, 3
    assert served_totals(tally, counting) == (1, base)


@pytest.mark.parametrize("counting", COUNTINGS)
def test_nothing_offered_is_nan(counting: str) -> None:
    assert math.isnan(service_level(np.array([]), np.array([], dtype=bool), aim(counting)))


def test_all_abandoned_in_time() -> None:
    wait, abandoned = np.array([3.0, 4.0]), np.array([True, True])
    levels = {counting: service_level(wait, abandoned, aim(counting)) for counting in COUNTINGS}
    assert levels["offered"] == 0.0
    assert levels["credited"] == levels["short_credited"] == 1.0
    assert all(math.isnan(levels[counting]) for counting in ("ignored", "answered", "short_excluded"))


def test_ratio_of_nothing_is_nan() -> None:
    assert math.isnan(ratio(0, 0))
    assert ratio(1, 4) == 0.25


MET = Service(service_level=0.8, asa=30.0, abandonment=0.05, occupancy=0.9)


@pytest.mark.parametrize(
    ("target", "missed"),
    [
        (ServiceLevel(probability=0.8, within=20), ServiceLevel(probability=0.81, within=20)),
        (Asa(seconds=30), Asa(seconds=29.9)),
        (Abandonment(probability=0.05), Abandonment(probability=0.049)),
        (Occupancy(probability=0.9), Occupancy(probability=0.89)),
    ],
)
def test_target_is_met_up_to_its_edge(target, missed) -> None:
    assert MET.meets(target)
    assert not MET.meets(missed)
    assert not Service(math.nan, math.nan, math.nan, math.nan).meets(target)
