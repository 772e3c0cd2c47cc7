"""`required_agents` for a rate that is not known exactly: in the mean over it, and with a confidence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gamma

from bporoute import Abandonment, Asa, InputError, Occupancy, QueueModel, ServiceLevel, required_agents
from bporoute.durations._laws import WeibullPatience
from helpers import naive_queue as naive

INF = math.inf
USUAL = ServiceLevel(probability=0.8, within=20)
NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)


def level_in_the_mean(agents, rate, aht, patience, target, cv):
    """By 400 nodes over SciPy's density of the factor, cut where all agents are just busy."""
    low, high = gamma.ppf([1e-9, 1 - 1e-9], 1 / cv**2, scale=cv**2)
    enough = min(max(agents / (rate * aht), low), high)
    in_time = of_all = 0.0
    for start, end in ((low, enough), (enough, high)):
        factor = (start + end) / 2 + (end - start) / 2 * NODES
        density = (end - start) * WEIGHTS * gamma.pdf(factor, 1 / cv**2, scale=cv**2) * factor
        queue = QueueModel(agents, rate * factor, aht, patience)
        level = queue.service_level(target.within, target.counting)
        level = np.where((patience == INF) & (queue.load >= agents), 0.0, level)
        base = 1.0 - queue.abandonment if target.counting == "answered" else 1.0
        in_time += (density * base * level).sum()
        of_all += (density * base).sum()
    return in_time / of_all


@pytest.mark.compiled
def test_the_same_minima_as_by_quadrature():
    chance = np.random.default_rng(7)
    differ = 0
    for _ in range(300):
        load, aht = math.exp(chance.uniform(-0.7, 7.6)), chance.uniform(60, 900)
        cv, patience = chance.uniform(0.01, 0.4), chance.choice([INF, chance.uniform(20, 1500)])
        target = ServiceLevel(
            probability=float(chance.choice([0.5, 0.8, 0.95])), within=float(chance.choice([5, 20, 60])),
            counting=str(chance.choice(["offered", "credited", "answered"])),
        )  # fmt: skip
        question = load / aht, aht, patience, target, cv
        n = required_agents(load / aht, aht, target, patience, rate_cv=cv)
        least = math.floor(load) + 1 if patience == INF else 1  # of nobody nothing is answered
        met = level_in_the_mean(n, *question) >= target.probability
        one_less = n > least and level_in_the_mean(n - 1, *question) >= target.probability
        differ += not met or one_less
        assert level_in_the_mean(n + 1, *question) >= target.probability
        assert n - 2 < least or level_in_the_mean(n - 2, *question) < target.probability
    assert differ <= 3


@pytest.mark.parametrize("patience", [0.5, 2.0])
@pytest.mark.parametrize(
    ("target", "part"),
    [
        (ServiceLevel(probability=0.8, within=0.2), lambda q: (q.served_within(0.2), 1.0)),
        (ServiceLevel(probability=0.8, within=0.2, counting="ignored"),
         lambda q: (q.served_within(0.2), 1.0 - q.gone_within(0.2))),
        (Abandonment(probability=0.05), lambda q: (1.0 - q.gone, 1.0)),
        (Asa(seconds=0.05), lambda q: (-q.asa * q.served, q.served)),
        (Occupancy(probability=0.7), lambda q: (-q.occupancy * q.n / q.rate, q.n / q.rate)),
    ],
)  # fmt: skip
def test_the_naive_twin_at_the_middles_of_equal_slices(target, part, patience):
    """100 queues of 100 equally likely rates, each solved as a linear system, counted together."""
    load, cv = 4.0, 0.3
    factors = gamma.ppf((np.arange(100) + 0.5) / 100, 1 / cv**2, scale=cv**2)
    limit = 0.95 if isinstance(target, Abandonment) else getattr(target, "probability", None)
    if isinstance(target, Asa | Occupancy):
        limit = -(target.seconds if isinstance(target, Asa) else target.probability)

    def met(n):
        sums = np.zeros(2)
        for factor in factors:
            sums += factor * np.array(part(naive.Queue(n, load * factor, 1.0, patience, INF, endless=40)))
        return sums[0] / sums[1] >= limit

    n = required_agents(load, 1, target, patience, rate_cv=cv)
    assert met(n)
    assert not met(n - 1)


@given(
    load=st.floats(0.1, 400.0), patience=st.sampled_from([INF, 60.0, 300.0]), real=st.booleans(),
    share=st.floats(0.3, 0.95),
)  # fmt: skip
def test_a_rate_that_is_known_and_one_that_nearly_is(load, patience, real, share):
    target = ServiceLevel(probability=share, within=20)
    plainly = required_agents(load / 240, 240, target, patience, real=real)
    assert required_agents(load / 240, 240, target, patience, rate_cv=0, real=real) == plainly
    assert required_agents(load / 240, 240, target, patience, rate_cv=0, confidence=0.9, real=real) == plainly
    if real:
        nearly = required_agents(load / 240, 240, target, patience, rate_cv=1e-5, real=True)
        assert nearly == pytest.approx(plainly, rel=1e-5, abs=1e-6)


@given(
    load=st.floats(0.5, 2000.0), patience=st.sampled_from([INF, 60.0, 300.0]), share=st.floats(0.5, 0.95),
    first=st.floats(0.0, 2.0), second=st.floats(0.0, 2.0),
)  # fmt: skip
def test_more_scatter_needs_no_fewer_agents(load, patience, share, first, second):
    target = ServiceLevel(probability=share, within=20)
    less, more = sorted((min(first, 0.5), min(second, 0.5)))
    agents = required_agents(load / 240, 240, target, patience, rate_cv=[less, more])
    assert agents[0] <= agents[1] + (patience != INF)


@given(load=st.floats(0.5, 400.0), cv=st.floats(0.01, 0.5), confidence=st.floats(0.05, 0.95))
def test_the_confidence_is_the_probability_of_meeting_the_target(load, cv, confidence):
    """At the rate that the law exceeds with the rest of the probability the target is just met."""
    n = required_agents(load / 240, 240, USUAL, 180, rate_cv=cv, confidence=confidence)
    worst = gamma.ppf(confidence, 1 / cv**2, scale=cv**2) * load / 240
    assert QueueModel(n, worst, 240, 180).service_level(20) >= 0.8 - 1e-9
    assert n == 0 or QueueModel(n - 1, worst, 240, 180).service_level(20) < 0.8 + 1e-9


def test_general_patience_knows_a_confidence():
    exponential = WeibullPatience(mean=180.0, shape=1.0)
    general = required_agents(0.3, 240, USUAL, exponential, rate_cv=0.1, confidence=0.9)
    assert general == required_agents(0.3, 240, USUAL, 180, rate_cv=0.1, confidence=0.9)


def test_arrays_and_shrinkage():
    found = required_agents([[0.1], [1.3]], 240, USUAL, 180, 0.0 + INF, 0.3, rate_cv=[0, 0.07, 0.2])
    assert found.shape == (2, 3)
    plain = required_agents(1.3, 240, USUAL, 180, shrinkage=0.3)
    assert found[1, 0] == plain < found[1, 1] < found[1, 2]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"rate_cv": -0.1}, "rate_cv"), ({"rate_cv": [0.1, 2.5]}, "rate_cv[1]"),
        ({"rate_cv": math.nan}, "rate_cv"), ({"rate_cv": 0.1, "confidence": 0.0}, "confidence"),
        ({"rate_cv": 0.1, "confidence": 1}, "confidence"), ({"confidence": "90%"}, "confidence"),
        ({"rate_cv": 0.1, "targets": Asa(seconds=5)}, "rate_cv"),
        ({"rate_cv": 0.1, "patience": WeibullPatience(mean=60.0, shape=2.0)}, "rate_cv"),
    ],
)  # fmt: skip
def test_what_is_refused(change, where):
    with pytest.raises(InputError) as caught:
        required_agents(**{"arrival_rate": 0.1, "aht": 240, "targets": USUAL, **change})
    assert caught.value.where == where
