"""The decision kernel against its naive twin, and what must hold for every routing table."""

from __future__ import annotations

import copy
import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from bporoute._kernels import decision as codes

INF = float("inf")
MODES = {"in_house": 0, "overflow": 1, "full": 2, "specialised": 3}
PROFILES = ROWS = QUEUES = 2


# Whole numbers and quarters: sums and products are exact in float64, a quotient is rounded once, so the
# twin's fractions and the kernel's floats agree to the last bit.
quarters = st.integers(0, 200).map(lambda n: n / 4)
small = st.integers(0, 6)
cap = st.one_of(small, st.just(INF))


@st.composite
def scenes(draw, mode=None, by_share=None, all_open=False):
    count = draw(st.integers(0, 6))
    cuts = sorted(draw(st.lists(st.integers(0, 16), min_size=count, max_size=count)))
    shares = [Fraction(high - low, 16) for low, high in itertools.pairwise([0, *cuts])]
    credit = st.integers(-32, 32).map(lambda n: Fraction(n, 16))
    last = draw(st.integers(0, 8))
    costs = st.lists(quarters, min_size=last + 1, max_size=last + 1)
    kept_or_sent = st.lists(st.sampled_from([-INF, INF]), min_size=last + 1, max_size=last + 1)
    reason = st.just("") if all_open else st.sampled_from(["", "", "", *naive.REASONS[1:5]])
    status = st.just("") if all_open else st.sampled_from(["", "", "", "term", "closed"])
    vendors = [
        {
            "barred": draw(reason),
            "price": draw(quarters),
            "status": draw(status),
            "up": all_open or draw(st.integers(0, 4)) > 0,
            "most": INF if all_open else draw(cap),
            "wait": draw(st.integers(0, 100)),
            "caps": [INF if all_open else draw(cap) for _ in range(3)],
            "sent": [draw(small) for _ in range(3)],
            "there": draw(small),
            "share": share,
            "credit": draw(credit),
        }
        for share in shares
    ]
    return {
        "mode": mode or draw(st.sampled_from(sorted(MODES))),
        "vendors": vendors,
        "house": {
            "barred": draw(reason),
            "trusted": draw(st.integers(0, 4)) > 0,
            "present": draw(st.integers(0, 10)),
            "last": last,
            "cost_rate": draw(quarters),
            "theta": draw(st.integers(0, 64)) / 64,
            "keep": draw(st.one_of(costs, kept_or_sent)),
            "marginal": draw(costs),
            "waits": draw(costs),
            "by_share": draw(st.booleans()) if by_share is None else by_share,
            "credit": draw(credit),
        },
    }  # fmt: skip


class Tables:
    """The arrays of a scene, laid out as bporoute._kernels.decision says; what is not read is poisoned."""

    def __init__(self, scene, profile=0, row=0, queue=0):
        house, vendors = scene["house"], scene["vendors"]
        count = len(vendors)
        self.profile, self.row, self.queue = profile, row, queue
        self.profiles = np.full((PROFILES, 2), -(10**9))
        self.profiles[profile] = queue, MODES[scene["mode"]]
        self.ways = np.full((PROFILES, count + 1, 2), np.nan)
        self.ways[profile, 0, 0] = naive.REASONS.index(house["barred"])
        self.vendors = np.full((count, codes.VENDOR_COLUMNS), np.nan)
        self.usage = np.full((count, codes.USAGE_COLUMNS), np.nan)
        self.queues = np.full((ROWS, codes.QUEUE_COLUMNS), np.nan)
        self.curves = np.full((ROWS, codes.CURVES, house["last"] + 1 + 3), np.nan)
        self.shares = np.full((max(ROWS, QUEUES), count + 1, 2), np.nan)
        for v, vendor in enumerate(vendors):
            self.ways[profile, v + 1] = naive.REASONS.index(vendor["barred"]), vendor["price"]
            status = naive.REASONS.index(vendor["status"])
            self.vendors[v] = status, vendor["up"], vendor["most"], vendor["wait"], *vendor["caps"]
            self.usage[v] = *vendor["sent"], vendor["there"]
            self.shares[row, v + 1, codes.SHARE] = vendor["share"]
            self.shares[queue, v + 1, codes.CREDIT] = vendor["credit"]
        self.shares[queue, 0, codes.CREDIT] = float(house["credit"])
        self.queues[row] = (
            not house["trusted"], house["by_share"], house["present"], house["last"],
            house["cost_rate"], house["theta"],
        )  # fmt: skip
        for curve, name in enumerate(("keep", "marginal", "waits")):
            self.curves[row, curve, : house["last"] + 1] = house[name]
        self.evidence = np.full((count + 1, codes.EVIDENCE_COLUMNS), -777.0)
        self.order = np.full(count + 1, -777)

    def decide(self, kernels, commit):
        ranked = kernels.decide(
            self.profile, self.row, self.profiles, self.ways, self.vendors, self.usage, self.queues,
            self.curves, self.shares, self.evidence, self.order, commit,
        )  # fmt: skip
        return [int(destination) for destination in self.order[:ranked]]

    def inputs(self):
        names = ("profiles", "ways", "vendors", "usage", "queues", "curves", "shares")
        return {name: getattr(self, name).copy() for name in names}


indices = st.integers(0, 1)


@settings(max_examples=120)
@given(
    scene=scenes(),
    profile=indices,
    row=indices,
    queue=indices,
    contacts=st.integers(1, 5),
    commit=st.booleans(),
)
def test_it_decides_like_the_naive_twin(kernels, scene, profile, row, queue, contacts, commit):
    tables = Tables(scene, profile, row, queue)
    for _ in range(contacts):
        ranking = tables.decide(kernels, commit)
        naive_ranking, notes = naive.decide(scene, commit)
        assert ranking == naive_ranking
        for name, note in enumerate(notes):
            row_found = tables.evidence[name].tolist()
            wanted = [naive.REASONS.index(note["reason"])]
            wanted += [float(note[column]) for column in ("observed", "limit", "cost", "wait", "tier", "key")]
            assert row_found == pytest.approx(wanted, rel=0, abs=0, nan_ok=True), name
        after = Tables(scene, profile, row, queue).inputs()
        for name, array in tables.inputs().items():
            np.testing.assert_array_equal(array, after[name], err_msg=name)


@given(scene=scenes(), profile=indices, row=indices, queue=indices)
def test_every_destination_is_ranked_or_has_a_reason_once(kernels, scene, profile, row, queue):
    tables = Tables(scene, profile, row, queue)
    ranking = tables.decide(kernels, False)
    out = [name for name, row in enumerate(tables.evidence) if row[codes.REASON] != 0]
    assert sorted(ranking + out) == list(range(len(scene["vendors"]) + 1))
    places = [(*tables.evidence[name, [codes.TIER, codes.KEY]], name) for name in ranking]
    assert places == sorted(places)
    assert (tables.order[len(ranking) :] == -777).all()


@given(scene=scenes(), profile=indices, row=indices, queue=indices)
def test_without_commit_nothing_but_the_answer_changes(kernels, scene, profile, row, queue):
    tables = Tables(scene, profile, row, queue)
    before = tables.inputs()
    first = tables.decide(kernels, False), tables.evidence.copy()
    for name, array in tables.inputs().items():
        np.testing.assert_array_equal(array, before[name], err_msg=name)
    assert tables.decide(kernels, False) == first[0]
    np.testing.assert_array_equal(tables.evidence, first[1])


@given(scene=scenes(), contacts=st.integers(1, 30))
def test_no_cap_is_ever_exceeded(kernels, scene, contacts):
    tables = Tables(scene)
    usage = tables.usage.copy()
    limits = tables.vendors[
        :, [codes.FIRST_CAP, codes.FIRST_CAP + 1, codes.FIRST_CAP + 2, codes.MOST_AT_ONCE]
    ]
    for _ in range(contacts):
        ranking = tables.decide(kernels, True)
        for name in set(ranking) - {0}:  # whoever is offered could take it: a failover is no breach either
            vendor = name - 1
            was = tables.usage[vendor] - (ranking[0] == name)
            assert (was + 1 <= limits[vendor]).all()
        for vendor in range(len(usage)):
            grown = tables.usage[vendor] - usage[vendor]
            assert set(grown) == {float(ranking[:1] == [vendor + 1])}
        usage = tables.usage.copy()


@given(scene=scenes(), contacts=st.integers(0, 10))
def test_a_cap_refuses_just_when_it_is_reached(kernels, scene, contacts):
    """The explanation is true: with one contact less in the window the same refusal is not given."""
    tables = Tables(scene)
    for _ in range(contacts):
        tables.decide(kernels, True)
    tables.decide(kernels, False)
    for name, evidence in enumerate(tables.evidence.copy()):
        if name > 0 and evidence[codes.REASON] >= codes.CAPACITY:
            assert evidence[codes.OBSERVED] >= evidence[codes.LIMIT]
            column = (
                codes.IN_FLIGHT
                if evidence[codes.REASON] == codes.CAPACITY
                else int(evidence[codes.REASON]) - codes.CAP_HOUR
            )
            kept = tables.usage[name - 1, column]
            tables.usage[name - 1, column] = evidence[codes.LIMIT] - 1
            tables.decide(kernels, False)
            assert tables.evidence[name, codes.REASON] != evidence[codes.REASON]
            tables.usage[name - 1, column] = kept


def test_a_vendor_is_paid_for_those_who_stay(kernels):
    """By quadrature: how many stay through an exponential wait, and how long everybody waits."""
    scene = minimal(1, by_share=False)
    scene["house"] |= {"theta": 1 / 300, "cost_rate": 0.02}
    scene["vendors"][0] |= {"price": 6.0, "wait": 60}
    tables = Tables(scene)
    tables.decide(kernels, False)
    times = np.linspace(0, 60 * 60, 2_000_001)
    leaving = 1 / 300
    waited = np.exp(-times * (leaving + 1 / 60))  # P(still waiting at t)
    mean_waited = np.trapezoid(waited, times)
    stay = mean_waited / 60
    assert tables.evidence[1, codes.COST] == pytest.approx(6.0 * stay + 0.02 * mean_waited, rel=1e-6)


# --- shares ---------------------------------------------------------------------------------------------


def minimal(count, by_share=True, shares=(), mode="overflow"):
    vendor = {
        "barred": "", "price": 1, "status": "", "up": True, "most": INF, "wait": 0, "caps": [INF] * 3,
        "sent": [0] * 3, "there": 0, "share": 0.0, "credit": 0.0,
    }  # fmt: skip
    vendors = [copy.deepcopy(vendor) | {"share": share} for share in shares or [0.0] * count]
    house = {
        "barred": "", "trusted": True, "present": 0, "last": 9, "cost_rate": 0, "theta": 0.0,
        "keep": [0.0] * 10,
        "marginal": [0.0] * 10, "waits": [0.0] * 10, "by_share": by_share, "credit": 0.0,
    }  # fmt: skip
    return {"mode": mode, "vendors": vendors, "house": house}


@st.composite
def share_lists(draw, whole=False):
    """Shares of 1 to 6 vendors; the house keeps the rest, or nothing if `whole`."""
    weights = draw(st.lists(st.integers(1, 1000), min_size=1 if whole else 2, max_size=6 if whole else 7))
    shares = [weight / sum(weights) for weight in weights]
    return shares if whole else shares[:-1]


class Account:
    """What every destination was owed and what it got."""

    def __init__(self, shares):
        self.shares = shares
        self.owed = np.zeros(len(shares) + 1)
        self.got = np.zeros(len(shares) + 1)

    def contact(self, tables, kernels):
        self.owed += [1 - sum(self.shares), *self.shares]
        self.got[tables.decide(kernels, True)[0]] += 1

    @property
    def behind(self):
        return self.owed - self.got


@settings(max_examples=30)
@given(shares=share_lists(), contacts=st.integers(1, 300))
def test_counts_stay_within_the_greedy_bound_of_their_shares(kernels, shares, contacts):
    """Whoever is picked has at least the mean credit 1/m, so is ahead by at most 1 - 1/m; and the mean of the
    k largest credits never exceeds 1/(k+1) + .. + 1/m, so nobody is behind by more than 1/2 + .. + 1/m.
    """
    tables = Tables(minimal(0, shares=shares))
    account = Account(shares)
    m = len(shares) + 1
    for _ in range(contacts):
        account.contact(tables, kernels)
        assert account.behind.max() <= sum(1 / j for j in range(2, m + 1)) + 1e-9
        assert account.behind.min() >= -(1 - 1 / m) - 1e-9
    assert account.got.sum() == contacts


@settings(max_examples=30)
@given(shares=share_lists(whole=True), contacts=st.integers(1, 200))
def test_shares_that_add_up_to_one_leave_nothing_in_house(kernels, shares, contacts):
    tables = Tables(minimal(0, shares=shares))
    account = Account(shares)
    for _ in range(contacts):
        account.contact(tables, kernels)
        assert account.got[0] == 0
        assert np.abs(account.behind).max() <= max(1.0, sum(1 / j for j in range(2, len(shares) + 1))) + 1e-9


@settings(max_examples=60)
@given(
    shares=share_lists(),
    phases=st.lists(st.tuples(st.integers(0, 127), st.integers(1, 60)), min_size=1, max_size=6),
)
def test_who_was_closed_neither_claims_nor_loses_anything(kernels, shares, phases):
    """With m destinations, closed in whatever way, the credits are an exchange among those that are open:
    the sum of the k largest stays below k (m - k) / 2, so what is owed and got differ by at most (m - 1) / 2,
    and a vendor that comes back gets no more than its share and m - 1 contacts, however long it was away.
    The house is closed while its waiting room is full; then the vendors share what there is.
    """
    tables = Tables(minimal(0, shares=shares))
    m = len(shares) + 1
    for bits, contacts in phases:
        is_open = np.array([bits >> bit & 1 for bit in range(m)], dtype=bool)  # the house first
        tables.vendors[:, codes.UP] = is_open[1:]
        tables.queues[0, codes.PRESENT] = 0 if is_open[0] else tables.queues[0, codes.LAST]
        before = tables.shares[0, :, codes.CREDIT].copy()
        got = np.zeros(m)
        for _ in range(contacts):
            for destination in tables.decide(kernels, True)[:1]:
                got[destination] += 1
            credits = tables.shares[0, :, codes.CREDIT]
            assert np.abs(credits).max() <= (m - 1) / 2 + 1e-9
            assert credits.sum() == pytest.approx(0, abs=1e-9)
        assert (credits[~is_open] == before[~is_open]).all()
        assert (got[~is_open] == 0).all()
        if is_open[0]:  # then a contact is worth 1, and the house stands in for the closed vendors
            due = np.array([0.0, *shares]) * is_open * contacts
            due[0] = contacts - due.sum()
            assert (np.abs(got - due) <= m - 1 + 1e-9).all()


def test_a_full_house_makes_no_vendor_pay_later(kernels):
    """100 contacts meet a full queue; afterwards the vendor has 30 % of the next 100 again, not nothing."""
    tables = Tables(minimal(0, shares=[0.3]))
    tables.queues[0, codes.PRESENT] = tables.queues[0, codes.LAST]
    assert [tables.decide(kernels, True)[0] for _ in range(100)] == [1] * 100
    tables.queues[0, codes.PRESENT] = 0
    assert sum(tables.decide(kernels, True)[0] for _ in range(100)) == 30


def test_a_vendor_that_was_closed_gets_no_burst(kernels):
    tables = Tables(minimal(0, shares=[0.4, 0.1]))
    tables.vendors[0, codes.UP] = 0
    for _ in range(1000):
        assert tables.decide(kernels, True)[0] != 1
    tables.vendors[0, codes.UP] = 1
    first = [tables.decide(kernels, True)[0] for _ in range(10)]
    assert first.count(1) in (4, 5)
    assert not any(a == b == 1 for a, b in itertools.pairwise(first))


@pytest.mark.parametrize("mode", ["full", "specialised"])
def test_vendors_alone_share_in_proportion(kernels, mode):
    """Shares .3 and .2 without the house: three to two, exactly, in every five contacts."""
    tables = Tables(minimal(0, shares=[0.3, 0.2], mode=mode))
    taken = [tables.decide(kernels, True)[0] for _ in range(500)]
    for start in range(0, 500, 5):
        assert sorted(taken[start : start + 5]) == [1, 1, 1, 2, 2]
    assert tables.shares[0, :, codes.CREDIT] == pytest.approx(0, abs=1e-12)


@given(scene=scenes(by_share=True))
def test_a_vendor_without_a_share_is_the_last_resort(kernels, scene):
    tables = Tables(scene)
    before = tables.shares.copy()
    ranking = tables.decide(kernels, True)
    shareless = {v for v, vendor in enumerate(scene["vendors"], start=1) if vendor["share"] == 0}
    places = [name in shareless for name in ranking]
    if not scene["house"]["trusted"]:  # nothing is counted while the house comes first anyhow
        np.testing.assert_array_equal(tables.shares, before)
        return
    assert places == sorted(places)
    if ranking and ranking[0] in shareless:
        np.testing.assert_array_equal(tables.shares, before)
