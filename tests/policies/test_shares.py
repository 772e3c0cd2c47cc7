"""Shares by count and by hash: what is allowed, and how they are laid out for the kernel."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import HashShare, InputError, Share, Situation
from bporoute._kernels.routing import codes, columns
from bporoute.policies._solved import Solved
from bporoute.routing._tables._queue_rules import install, seed_of

VENDORS = ("nord", "syd", "ost")
SITUATION = Situation(
    queue="service",
    agents=4,
    aht=240.0,
    patience=120.0,
    waiting_room=6,
    cost_rate=0.05,
    abandonment_cost=4.0,
    arrival_rates=np.array([0.02]),
    prices=np.array([4.5]),
)


def installed(policy: Share | HashShare, vendors: tuple[str, ...] = VENDORS) -> np.ndarray:
    """The shares, and what stands for each vendor in hashes, as the kernel reads them."""
    states = len(SITUATION.present)
    queue, curves = np.zeros(columns.QUEUE_COLUMNS), np.zeros((columns.CURVES, states))
    shares = np.zeros((len(vendors) + 1, columns.SHARE_COLUMNS))
    install(Solved(SITUATION, policy(SITUATION)), vendors, queue, curves, shares)
    assert queue[columns.RULE] == (codes.BY_HASH if isinstance(policy, HashShare) else codes.BY_SHARE)
    return shares[1:, [columns.SHARE, columns.SEED]]


def test_each_vendor_has_its_share_and_a_number_of_its_own_wherever_it_stands() -> None:
    policy = HashShare({"ost": 0.25, "nord": 0.1})
    first, second = installed(policy), installed(policy, VENDORS[::-1])
    assert first.tolist() == second[::-1].tolist()
    assert first[:, 0].tolist() == [0.1, 0.0, 0.25]
    for name, seed in zip(VENDORS, first[:, 1], strict=True):
        assert seed == int(hashlib.blake2b(name.encode(), digest_size=8).hexdigest(), 16) // 2**11


@given(st.lists(st.text(max_size=20), unique=True, max_size=20))
def test_vendors_with_any_names_have_seeds_of_their_own(names: list[str]) -> None:
    seeds = [seed_of(name) for name in names]
    encoded = {name.encode("utf-8", "replace") for name in names}  # a lone surrogate reads as "?"
    assert len(set(seeds)) == len(encoded)
    assert all(0 <= seed < 2**53 and seed == int(seed) for seed in seeds)


def test_one_counts_and_the_other_does_not() -> None:
    counted, hashed = Share({"nord": 0.3})(SITUATION), HashShare({"nord": 0.3})(SITUATION)
    assert counted.shares == hashed.shares == {"nord": 0.3}
    assert (counted.by_hash, hashed.by_hash) == (False, True)


@pytest.mark.parametrize("kind", [Share, HashShare])
@pytest.mark.parametrize(
    ("shares", "found"),
    [
        ({"nord": 1.5}, "1.5"),
        ({"nord": -0.1}, "-0.1"),
        ({"nord": math.nan}, "nan"),
        ({"nord": True}, "True"),
        ({"nord": "half"}, "'half'"),
        ({"nord": 0.6, "syd": 0.6}, "1.2 in all"),
        ({3: 0.5}, "3"),
        (["nord"], "['nord']"),
        (None, "None"),
    ],
    ids=str,
)
def test_shares_that_cannot_be(kind, shares, found: str) -> None:
    with pytest.raises(InputError) as refused:
        kind(shares)
    assert refused.value.found == found
    assert refused.value.where.startswith(kind.__name__)
