"""Arrivals of the simulation against inversion and their distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bporoute._kernels.simulation import agenda as agenda
from bporoute._kernels.simulation import arrivals as arriving
from bporoute._kernels.simulation import codes, columns
from bporoute._kernels.simulation import deadlines as deadlines
from bporoute._kernels.simulation import lines as lines
from bporoute.workload._random import stream_key
from helpers import naive_chance
from helpers.kernels import compiled

pytestmark = pytest.mark.kernels


def arrivals(kernel, key, edges, volumes, exact, start=None):
    """All arrivals of one stream."""
    streams = np.zeros((1, columns.STREAM_COLUMNS))
    streams[0, columns.PLACE] = -1 if exact else 0
    edges, volumes = np.array(edges, dtype=float), np.array([volumes], dtype=float)
    now, found = float(edges[0] if start is None else start), []
    with np.errstate(over="ignore"):
        while True:
            now = kernel(0, now, key, streams, edges, volumes, int(exact))
            if now == math.inf:
                return np.array(found)
            streams[0, columns.CONTACTS] += 1.0
            found.append(now)


def by_inversion(key, edges, volumes):
    """Naively: unit-rate arrivals, carried over to the clock on ready the expected number has come."""
    passed, number, found = 0.0, 0, []
    reached = np.concatenate([[0.0], np.cumsum(volumes)])
    while True:
        passed -= math.log1p(-naive_chance.uniform(key, number))
        if passed >= reached[-1]:
            return np.array(found)
        place = int(np.searchsorted(reached, passed, side="right")) - 1
        share = (passed - reached[place]) / (reached[place + 1] - reached[place])
        found.append(edges[place] + share * (edges[place + 1] - edges[place]))
        number += 1


@given(
    volumes=st.lists(st.one_of(st.just(0.0), st.floats(0.1, 30.0)), min_size=1, max_size=6),
    widths=st.lists(st.floats(1.0, 3600.0), min_size=6, max_size=6),
    seed=st.integers(0, 10**6),
)
def test_poisson_arrivals_are_the_inverse_of_what_is_expected(ready, volumes, widths, seed):
    key = stream_key(seed, "arrival")
    edges = np.cumsum([1000.0, *widths[: len(volumes)]])
    found = arrivals(ready(arriving.next_arrival), key, edges, volumes, exact=False)
    naive = by_inversion(int(key), edges, volumes)
    assert len(found) == len(naive)
    np.testing.assert_allclose(found, naive, rtol=0, atol=1e-6)


def test_poisson_arrivals_pass_kolmogorov_and_smirnov_and_the_counts_their_variance():
    kernel = compiled(arriving.next_arrival)
    if kernel is arriving.next_arrival:
        intervals, volume = 40, 25.0
    else:
        intervals, volume = 400, 100.0
    edges = np.arange(intervals + 1) * 900.0
    volumes = np.where(np.arange(intervals) % 4 == 3, 0.0, volume)
    found = arrivals(kernel, stream_key(3, "arrival"), edges, volumes, exact=False)
    counts = np.histogram(found, edges)[0]
    assert not counts[volumes == 0].any()
    open_time = np.interp(found, edges, np.concatenate([[0.0], np.cumsum(volumes)]))
    assert stats.kstest(np.diff(open_time), "expon").pvalue > 0.001
    busy = counts[volumes > 0]
    spread = ((busy - volume) ** 2).sum() / volume
    assert stats.chi2.ppf(0.0005, len(busy)) < spread < stats.chi2.ppf(0.9995, len(busy))


@given(
    volumes=st.lists(st.integers(0, 12), min_size=1, max_size=6),
    seed=st.integers(0, 10**6),
)
def test_exact_counts_are_kept_and_in_order(ready, volumes, seed):
    edges = 50.0 + np.arange(len(volumes) + 1) * 60.0
    found = arrivals(ready(arriving.next_arrival), stream_key(seed, "a"), edges, volumes, exact=True)
    assert (np.diff(found) >= 0).all()
    assert np.histogram(found, edges)[0].tolist() == volumes


def test_exact_arrivals_are_the_order_statistics_of_uniform_numbers():
    """The k-th of n has the beta distribution (k, n + 1 - k)."""
    kernel = compiled(arriving.next_arrival)
    days = 2000 if kernel is not arriving.next_arrival else 150
    found = arrivals(kernel, stream_key(4, "a"), np.arange(days + 1.0), np.full(days, 5.0), exact=True)
    within = found.reshape(days, 5) - np.arange(days)[:, None]
    for place in range(5):
        assert stats.kstest(within[:, place], stats.beta(place + 1, 5 - place).cdf).pvalue > 0.001


def test_the_earliest_of_streams_and_list_is_next(ready):
    choose = ready(arriving.choose_next)
    streams = np.zeros((3, columns.STREAM_COLUMNS))
    streams[:, columns.NEXT] = 7.0, 5.0, 5.0
    listed = np.zeros((1, columns.LISTED_COLUMNS))
    listed[0, columns.L_AT] = 5.0
    clock, marks = np.zeros(columns.CLOCK_WORDS), np.zeros(columns.MARK_WORDS, dtype=np.int64)
    choose(streams, listed, clock, marks)
    assert (clock[columns.NEXT_AT], marks[columns.NEXT_STREAM]) == (5.0, codes.LISTED)
    marks[columns.LISTED_AT] = 1
    choose(streams, listed, clock, marks)
    assert (clock[columns.NEXT_AT], marks[columns.NEXT_STREAM]) == (5.0, 1)
    streams[:, columns.NEXT] = math.inf
    choose(streams, listed, clock, marks)
    assert (clock[columns.NEXT_AT], marks[columns.NEXT_STREAM]) == (math.inf, codes.NOBODY)
