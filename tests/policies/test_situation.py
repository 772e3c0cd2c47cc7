"""What policies are shown: the period's score and the chances of a contact that waits."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import InputError, PeriodScore, Situation
from helpers import naive

counts = st.floats(0, 1e6)


@given(st.floats(0, 1), counts, st.floats(0, 1), counts)
def test_the_rest_of_the_period_makes_up_for_the_start(probability, base, share, remaining) -> None:
    score = PeriodScore(good=base * share, base=base, remaining=remaining)
    needed = score.needed(probability)
    reached = score.good + needed * remaining
    aim = probability * (base + remaining)
    slack = 1e-9 * (base + remaining)
    assert 0.0 <= needed <= 1.0
    if needed == 1.0:
        assert reached <= aim + slack
    elif needed == 0.0:
        assert reached >= aim - slack
    elif remaining > 0.0:
        assert reached == pytest.approx(aim, abs=slack)


NEEDED = {
    (90, 100, 100): 0.7,
    (80, 100, 100): 0.8,
    (0, 0, 50): 0.8,
    (0, 0, 0): 0.8,
    (10, 100, 5): 1.0,
    (100, 100, 5): 0.0,
    (79, 100, 0): 1.0,
    (81, 100, 0): 0.0,
}


@pytest.mark.parametrize(("score", "needed"), NEEDED.items(), ids=str)
def test_needed_by_hand(score: tuple, needed: float) -> None:
    assert PeriodScore(*score).needed(0.8) == pytest.approx(needed, abs=1e-12)


@pytest.mark.parametrize(
    "score", [(-1, 1, 1), (math.nan, 1, 1), (1, math.inf, 1), (1, 1, -1), (2, 1, 1)], ids=str
)
def test_a_score_that_cannot_be(score: tuple) -> None:
    with pytest.raises(InputError, match=r"^PeriodScore: found "):
        PeriodScore(*score)


def situation(agents: float, patience: float = 120.0) -> Situation:
    return Situation(
        queue="service",
        agents=agents,
        aht=240.0,
        patience=patience,
        waiting_room=30,
        cost_rate=0.0,
        abandonment_cost=0.0,
        arrival_rates=np.array([0.01]),
        prices=np.array([4.0]),
    )


def test_giving_up_in_time_by_hand() -> None:
    seen = situation(1.0)
    # Next in line: served at 1/240 s, gives up at 1/120 s, whichever is first.
    both = 1 / 240 + 1 / 120
    by_then = 1 - math.exp(-60 * both)
    assert seen.abandoned_in_time(60)[:2] == pytest.approx([0.0, by_then * (1 / 120) / both], abs=1e-14)
    assert seen.served_in_time(60)[1] == pytest.approx(by_then * (1 / 240) / both)


@given(st.floats(0, 40), st.floats(0, 500))
def test_served_given_up_or_waiting_still(agents: float, within: float) -> None:
    seen = situation(agents)
    gone, served = seen.abandoned_in_time(within), seen.served_in_time(within)
    assert (gone >= 0.0).all()
    assert (gone + served <= 1.0 + 1e-12).all()
    assert (gone <= 1.0 - math.exp(-within / 120.0) + 1e-12).all()
    assert (np.diff(gone) >= -1e-12).all()
    assert not gone[seen.waiting < 0].any()


def test_who_never_gives_up_does_not() -> None:
    assert not situation(4, math.inf).abandoned_in_time(1e6).any()


@given(
    st.one_of(st.just(0), st.integers(1, 40)).map(float),
    st.one_of(st.just(math.inf), st.floats(1, 500)),
    st.one_of(st.just(0.0), st.floats(1e-3, 1)),
    st.floats(0.1, 8),
    st.booleans(),
)
def test_what_others_pay_is_the_rest_of_the_cost(agents, patience, cost_rate, work, stuck) -> None:
    seen = msgspec.structs.replace(
        situation(agents, patience),
        cost_rate=cost_rate,
        prices=np.array([4.0, math.inf if stuck else 9.0]),
        arrival_rates=np.array([0.01, 0.02]),
        works=np.array([1.0, work]),
    )
    curve, congestion = seen.marginal_cost, seen.congestion
    assert not np.isnan(curve).any()
    assert np.isfinite(congestion).all()
    mu, theta = 1 / seen.aht, 1 / patience
    for present in (0, len(curve) // 2, len(curve) - 2):
        if math.isfinite(curve[present]):
            own = cost_rate and cost_rate * naive.own_wait(present, agents, mu, theta)
            others = max(curve[present] - own, 0.0)
            assert congestion[present] == pytest.approx(others, rel=1e-9, abs=1e-9 * abs(curve[present]))


def test_a_full_room_costs_a_contact_of_more_work_no_less_than_a_place_in_it() -> None:
    """Else a room kept full would be worth having: blocked is what a contact costs that may not be sent."""
    seen = msgspec.structs.replace(
        situation(2.0, math.inf),
        waiting_room=5,
        cost_rate=0.01,
        prices=np.array([4.0, math.inf]),
        arrival_rates=np.array([0.004, 0.002]),
        works=np.array([0.5, 3.0]),
    )
    blocked = seen.marginal_cost[-2] + 2.0 * seen.congestion[-2]
    _, differences = naive.value_iteration(
        7, 2, 1 / 240, 0.0, 0.01, blocked, seen.arrival_rates, seen.prices, seen.works
    )
    assert seen.marginal_cost[:-1] == pytest.approx(differences, rel=1e-5)
