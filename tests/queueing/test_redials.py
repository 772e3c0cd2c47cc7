"""Redials against exact values, the fixed point by mpmath, and invariants."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bporoute._kernels.queueing.redials import served_rate, total_rates
from bporoute.errors import InputError
from bporoute.queueing._redials import total_arrival_rate
from helpers.kernels import compiled

pytestmark = pytest.mark.kernels

INF = math.inf


@pytest.fixture(scope="session")
def served(ready):
    return ready(served_rate)


def solve(*arguments):
    """Interpreted and compiled, which must agree."""
    vectors = [np.array([value], dtype=float) for value in arguments]
    results = []
    for fill in (total_rates, compiled(total_rates)):
        out = np.empty(1)
        fill(*vectors, out)
        results.append(float(out[0]))
    assert results[0] == pytest.approx(results[1], rel=1e-13)
    return results[0]


def test_published_case():
    """The project's research table (kernels.md, section 1), computed apart from this code."""
    assert solve(52, 10, 5, 2, 0.5, 0.05) == pytest.approx(11.0514666802012, rel=1e-14)


@pytest.mark.parametrize(
    ("agents", "load", "recall", "total"),
    [
        (24, 20, 0.5, 20.85193115902849532603976),
        (20, 20, 0.75, 25.67844107621101850942492),
        (110, 100, 0.5, 101.7208362033982421501552),
        (1000, 1000, 0.5, 1019.081966750542196845209),
    ],
)
def test_extended_erlang_b(agents, load, recall, total):
    """Exact values of the project's table (exact.json), 60 digits by mpmath."""
    assert solve(agents, load, 1, 0, recall, 0) == pytest.approx(total, rel=1e-14)


def lost_share(agents, rate, aht, patience):
    """P(Ab) of Erlang A, for whole agents, from the sums of its states."""
    n, lam, mu, theta = mp.mpf(agents), mp.mpf(rate), 1 / mp.mpf(aht), 1 / mp.mpf(patience)
    free = mp.fsum(mp.ff(n, k) * (mu / lam) ** k for k in range(1, agents + 1))
    x, y = n * mu / theta, lam / theta
    palm = mp.hyp1f1(1, x + 1, y)
    return palm / (palm + free) * (1 - x / y + x / y / palm)


@pytest.mark.parametrize("agents", [1, 12, 150])
@pytest.mark.parametrize("load", [0.3, 0.95, 1.0, 1.7])
@pytest.mark.parametrize("patience", [0.2, 1.0, 30.0])
def test_served_rate_is_erlang_as(served, agents, load, patience):
    rate = agents * load / 2
    with mp.workdps(40):
        expected = float(rate * (1 - lost_share(agents, rate, 2.0, patience)))
    assert served(float(agents), rate, 2.0, patience) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("after_lost", [0.0, 0.4, 0.9, 1.0])
@pytest.mark.parametrize("after_service", [0.0, 0.3])
@pytest.mark.parametrize("first", [2.0, 5.9, 9.0])
def test_fixed_point_by_mpmath(after_lost, after_service, first):
    agents, aht, patience = 12, 2.0, 1.5
    if after_lost == 1.0 and first >= (1 - after_service) * 6:
        with pytest.raises(InputError):
            total_arrival_rate(agents, first, aht, patience, after_lost, after_service)
        return
    with mp.workdps(25):

        def lacking(rate):
            lost = lost_share(agents, rate, aht, patience)
            return rate - first - after_lost * lost * rate - after_service * (1 - lost) * rate

        expected = mp.findroot(
            lacking, (first, 10_000), solver="bisect", tol=1e-20, maxsteps=100, verify=False
        )
    found = total_arrival_rate(agents, first, aht, patience, after_lost, after_service)
    assert found == pytest.approx(float(expected), rel=1e-12)


agents = st.one_of(st.integers(0, 300).map(float), st.floats(0, 300))
shares = st.floats(0, 0.99)
patiences = st.one_of(st.just(0.0), st.floats(1e-3, 1e3), st.just(INF))


@given(
    agents=agents, first=st.one_of(st.just(0.0), st.floats(1e-6, 500)), patience=patiences,
    after_lost=shares, after_service=shares, more=st.floats(1.0, 2.0),
)  # fmt: skip
def test_the_rate_solves_its_equation_and_rises(agents, first, patience, after_lost, after_service, more):
    found = solve(agents, first, 1, patience, after_lost, after_service)
    assert math.isfinite(found)
    served = served_rate(agents, found, 1.0, patience)
    again = after_lost * (found - served) + after_service * served
    assert first + again == pytest.approx(found, rel=1e-9, abs=1e-300)
    assert solve(agents, first * more, 1, patience, after_lost, after_service) >= found * (1 - 1e-12)
    least, most = sorted([1 - after_lost, 1 - after_service])
    assert first / most * (1 - 1e-12) <= found <= first / least * (1 + 1e-12)


@given(agents=st.floats(1, 300), spare=st.floats(0.01, 0.9), patience=st.floats(0.01, 100))
def test_those_who_never_give_up_trying_are_served(agents, spare, patience):
    first = agents * (1 - spare)
    found = solve(agents, first, 1, patience, 1, 0)
    assume(found < 1e6)
    assert served_rate(agents, found, 1.0, patience) == pytest.approx(first, rel=1e-9)


def test_without_redials_or_loss():
    assert total_arrival_rate(10, 9, 1, 2, 0) == 9
    assert total_arrival_rate(10, 9, 1, INF, 0.9, 0.5) == pytest.approx(18)
    assert total_arrival_rate(0, 9, 1, 2, 0.5) == pytest.approx(18)
    assert total_arrival_rate(0, 0, 1, 2, 1.0) == 0
    assert total_arrival_rate([8, 10], [[9.0], [10], [11]], 1, 2, 0.5).shape == (3, 2)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((10, 9, 1, 2, 0.5, 1.0), "redial_after_service: found 1.0"),
        ((10, 9, 1, 2, 1.5), "redial_after_abandonment: found 1.5"),
        ((10, 9, 1, -1, 0.5), "patience: found -1.0"),
        ((10, 10, 1, 2, 1), "redial_after_abandonment: found 1.0, at a first arrival rate of 10"),
        (([[10, 20]], [[15, 15]], 1, 2, [[1, 1]]), "redial_after_abandonment[0, 0]: found 1.0"),
        ((10, [[5], [9.5]], 1, 2, 1, [0, 0.1]), "a first arrival rate below 9, which"),
    ],
)
def test_what_cannot_be(arguments, complaint):
    with pytest.raises(InputError) as caught:
        total_arrival_rate(*arguments)
    assert complaint in str(caught.value)
