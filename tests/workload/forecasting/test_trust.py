"""How settings are averaged, and how wide the bands are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bporoute.workload._forecasting._bands import SHARES, band_of, law_shares, share_of_law
from bporoute.workload._forecasting._origins import trust

ERRORS = arrays(np.float64, st.tuples(st.integers(1, 8), st.integers(1, 6)), elements=st.floats(0, 1e6))


@given(ERRORS)
def test_trust_is_shared_out_and_the_best_has_most(errors: np.ndarray) -> None:
    of_all, of_others = trust(errors)
    assert of_all.sum() == pytest.approx(1.0)
    assert of_others.sum(axis=1) == pytest.approx(np.ones(len(errors)))
    assert (of_all >= 0).all()
    assert of_all[errors.sum(axis=0).argmin()] == of_all.max()


def test_trust_is_the_likelihood_of_weekly_errors() -> None:
    errors = np.array([[3.0, 5.0, 4.0], [2.0, 1.0, 9.0], [4.0, 4.0, 4.0]])
    likelihood = [(3 + 2 + 4) ** -3.0, (5 + 1 + 4) ** -3.0, (4 + 9 + 4) ** -3.0]
    assert trust(errors)[0] == pytest.approx(np.array(likelihood) / sum(likelihood))
    without_first = [6**-2.0, 5**-2.0, 13**-2.0]
    assert trust(errors)[1][0] == pytest.approx(np.array(without_first) / sum(without_first))


def test_without_any_test_all_settings_count_alike() -> None:
    assert trust(np.empty((0, 4)))[0].tolist() == [0.25] * 4
    assert trust(np.array([[1.0, 3.0]]))[1].tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_bands_hold_their_share_where_days_have_long_tails(share: float) -> None:
    """Nine quiet days to a wild one: the law of their variance holds too much in its middle, not the band."""
    chance = np.random.default_rng(4)

    def drawn(days: int) -> np.ndarray:
        cv = np.where(chance.random((days, 1)) < 0.1, 0.2, 0.03)
        return chance.poisson(2000.0 * chance.gamma(1 / cv**2, cv**2))[:, :1] * np.ones((1, 4))

    expected = np.full((3000, 4), 2000.0)
    cv = float(np.sqrt(0.1 * 0.2**2 + 0.9 * 0.03**2))
    held = law_shares(expected, drawn(3000), np.ones(3000), cv, 0.0)
    came = drawn(3000)
    inside = {}
    for name, used in (("law", share), ("band", share_of_law(share, held))):
        low, high = band_of(expected, np.full_like(expected, cv), np.zeros_like(expected), used)
        inside[name] = ((came >= low) & (came <= high)).mean()
    assert inside["band"] == pytest.approx(share, abs=0.02)
    assert inside["law"] > share + 0.04 or share == 0.95


def test_of_the_law_itself_a_share_is_a_share() -> None:
    chance = np.random.default_rng(5)
    expected = np.full((4000, 3), 30_000.0)
    came = chance.poisson(expected * chance.gamma(1 / 0.06**2, 0.06**2, expected.shape))
    assert law_shares(expected, came, np.ones(4000), 0.0, 0.06) == pytest.approx(SHARES, abs=0.02)


def test_a_day_counts_as_much_as_it_is_told_to() -> None:
    expected = np.full((20, 3), 1000.0)
    came = np.where(np.arange(20)[:, None] < 10, 1000.0, 1400.0) * np.ones((1, 3))
    quiet, wild = np.repeat([2.0, 0.0], 10), np.repeat([0.0, 2.0], 10)
    assert max(law_shares(expected, came, quiet, 0.05, 0.05)[:-1]) < 0.2
    assert min(law_shares(expected, came, wild, 0.05, 0.05)[1:]) > 0.7
