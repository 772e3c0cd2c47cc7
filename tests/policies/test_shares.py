"""Shares by count and by hash: what is allowed, and that a hash share is the share it says."""

from __future__ import annotations

import hashlib
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import HashShare, InputError, Share, Situation
from bporoute._kernels.routing import codes, columns
from bporoute.policies._solved import Solved
from bporoute.routing._tables._queue_rules import install

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


def slices(policy: HashShare) -> np.ndarray:
    """Where the slice of [0, 1) of the queue and of each vendor begins, as the kernel reads it."""
    states = len(SITUATION.present)
    queue, curves = np.zeros(columns.QUEUE_COLUMNS), np.zeros((columns.CURVES, states))
    shares = np.zeros((len(VENDORS) + 1, columns.SHARE_COLUMNS))
    install(Solved(SITUATION, policy(SITUATION)), VENDORS, queue, curves, shares)
    assert queue[columns.RULE] == codes.BY_HASH
    return shares[:, [columns.SLICE, columns.SHARE]]


def luck(name: str) -> float:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big") / 2.0**64


def taker(table: np.ndarray, name: str) -> str:
    at = luck(name)
    for vendor, (begins, share) in zip(VENDORS, table[1:], strict=True):
        if begins <= at < begins + share:
            return vendor
    assert at >= table[0, 0] - 1e-12
    return "service"


def test_hash_shares_come_out_within_chance_and_stay() -> None:
    policy = HashShare({"ost": 0.25, "nord": 0.1})
    ids = [f"call {number}" for number in range(20_000)]
    first = [taker(slices(policy), name) for name in ids[:100]]
    table = slices(policy)
    takers = [taker(table, name) for name in ids]
    assert takers[:100] == first
    counts = Counter(takers)
    for name, share in {"ost": 0.25, "nord": 0.1, "syd": 0.0, "service": 0.65}.items():
        assert abs(counts[name] - share * len(ids)) <= 5 * math.sqrt(len(ids) * share * (1 - share))


@given(st.dictionaries(st.sampled_from(VENDORS), st.floats(0, 1 / 3)))
def test_slices_lie_side_by_side(shares: dict[str, float]) -> None:
    table = slices(HashShare(shares))
    ends = table[1:, 0] + table[1:, 1]
    assert table[1, 0] == pytest.approx(0.0, abs=1e-15)
    assert ends[:-1] == pytest.approx(table[2:, 0], abs=1e-15)
    assert ends[-1] == pytest.approx(table[0, 0], abs=1e-15)


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
