"""The decision kernel against its naive twin, and what must hold for every routing table."""

from __future__ import annotations

import copy
import itertools
import math
from fractions import Fraction
from functools import partial
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute import Rule, Situation, _kernels
from bporoute._kernels.compiling.arrays import Book
from bporoute._kernels.compiling.compiler import compile_kernel
from bporoute._kernels.compiling.records import Packed, unpacked
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing import codes, columns, route_one
from bporoute._kernels.routing.choose import choose
from bporoute._kernels.routing.evidence import note_inputs
from bporoute._kernels.routing.price_classes import price_classes
from bporoute._kernels.routing.records import Tables as RoutingTables
from bporoute._kernels.routing.records import Ticket
from bporoute._kernels.routing.reserve import reserve
from bporoute._kernels.routing.shares import rank_by_hash
from bporoute._kernels.routing.splitmix import mixed
from bporoute.policies._solved import Solved
from bporoute.routing._hard_rules import HARD_RULE_CODES
from bporoute.routing._tables._page import Page
from bporoute.routing._tables._queue_rules import install
from helpers import naive

pytestmark = pytest.mark.kernels

INF = float("inf")
PROFILES, QUEUES, ROWS = 2, 2, 3  # the last row is nobody's own
MODES = {
    "in_house": codes.IN_HOUSE,
    "overflow": codes.OVERFLOW,
    "full": codes.FULL,
    "specialised": codes.SPECIALISED,
}
REASONS = {
    "": 0,
    "language": HARD_RULE_CODES["language"],
    "data": HARD_RULE_CODES["data_rule"],
    "sourcing": codes.SOURCING,
    "term": HARD_RULE_CODES["term"],
    "closed": HARD_RULE_CODES["opening_hours"],
    "holiday": HARD_RULE_CODES["holiday"],
    "down": codes.DOWN,
    "health": codes.HEALTH,
    "ramp": codes.RAMP,
    "capacity": codes.CAPACITY,
    "cap hour": codes.CAP_HOUR,
    "cap day": codes.CAP_DAY,
    "cap period": codes.CAP_PERIOD,
    "exposure": codes.EXPOSURE,
    "in-house share": codes.IN_HOUSE_SHARE,
    "vendor share": codes.VENDOR_SHARE,
    "concentration": codes.CONCENTRATION,
    "trial": codes.TRIAL,
    "queue full": codes.QUEUE_FULL,
    "unstaffed": codes.UNSTAFFED,
}
RULES = {"cost": codes.BY_COST, "share": codes.BY_SHARE, "hash": codes.BY_HASH}
TIERS = {
    "warm": codes.WARMED,
    "regular": codes.REGULAR,
    "reserve": codes.RESERVE,
    "outside": codes.OUTSIDE,
    "last resort": codes.LAST_RESORT,
}
BELIEFS = {
    "believed": codes.BELIEVED,
    "expected": codes.EXPECTED,
    "lost": codes.LOST,
    "distrusted": codes.DISTRUSTED,
}


@kernel("i8(i8,i8,f8,f8,i8,Book,i8)")
def decide_at(profile: int, row: int, now: float, luck: float, tables_at: int, page: Book, line: int) -> int:
    return choose(0, profile, row, now, luck, unpacked(RoutingTables, tables_at), page, line)


@kernel("void(i8,i8,i8,Book,i8)")
def reserve_at(profile: int, row: int, tables_at: int, page: Book, line: int) -> None:
    reserve(profile, row, unpacked(RoutingTables, tables_at), page, line)


class Deciding(NamedTuple):
    """The three kernels; compiled, the first two take the tables by their address."""

    decide: object
    reserve: object
    price_classes: object


ON_ARRAYS = Deciding(partial(choose, 0), reserve, price_classes)


@pytest.fixture(scope="session", params=["interpreted", "compiled"])
def deciding(request):
    if request.param == "interpreted":
        return ON_ARRAYS
    return Deciding(*(compile_kernel(each) for each in (decide_at, reserve_at, price_classes)))


# --- scenes ---------------------------------------------------------------------------------------------

# Whole numbers and dyadic fractions: sums and products are exact in float64, a quotient is rounded once, so
# the twin's fractions and the kernel's floats agree to the last bit.
quarters = st.integers(0, 200).map(lambda n: n / 4)
small = st.integers(0, 6)
cap = st.one_of(small, st.just(INF))
sixteenths = st.integers(0, 16).map(lambda n: Fraction(n, 16))
seldom = st.sampled_from([False, False, False, True])
mostly = st.sampled_from([True, True, True, True, False])
NOW, LUCK = 1000, Fraction(3, 8)

open_vendors = {
    "status": st.just(""),
    "up": st.just(True),
    "most": st.just(INF),
    "wait": st.integers(0, 100),
    "team": st.sampled_from([0, 1, 2, 4]),
    "team_aht": st.integers(0, 400),
    "failure": st.sampled_from([0, Fraction(1, 8), Fraction(1, 2), 1]),
    "admitted": st.just(1),
    "admission": st.just(0),
    "probe": st.just(False),
    "most_share": st.just(1),
    "left": st.just(INF),
    "caps": st.just([INF] * 3),
    "price_until": st.sampled_from([INF, 3, 7]),
    "reached": st.just(False),
    "trial": st.just(1),
    "sent": st.lists(small, min_size=3, max_size=3),
    "today": small,
    "there": small,
    "credit": st.integers(-32, 32).map(lambda n: Fraction(n, 16)),
    "seed": st.integers(0, 2**53 - 1),
}
some_vendors = open_vendors | {
    "status": st.sampled_from(["", "", "", "", "term", "closed", "holiday"]),
    "up": mostly,
    "most": st.sampled_from([0, 4, INF, INF, INF]),
    "admitted": st.sampled_from([1, 1, 1, 0, Fraction(1, 4), Fraction(5, 8)]),
    "admission": st.sampled_from([0, Fraction(1, 4), Fraction(3, 8), Fraction(3, 4), 1]),
    "probe": seldom,
    "most_share": st.sampled_from([1, 1, 1, Fraction(1, 2), Fraction(1, 8)]),
    "left": st.sampled_from([INF, INF, 9.5, 1, 0.75, -2]),
    "trial": st.sampled_from([1, 1, 1, 1, Fraction(1, 2), Fraction(1, 8)]),
    "caps": st.lists(st.sampled_from([0, 3, 6, 9, INF, INF, INF]), min_size=3, max_size=3),
}
centers = st.fixed_dictionaries(
    {
        "most_out": st.sampled_from([1, 1, Fraction(3, 4), Fraction(1, 4), 0]),
        "most_concentration": st.sampled_from([1, 1, Fraction(1, 2), Fraction(1, 4)]),
        "concentration_from": st.integers(0, 20),
        "falls_back_in": st.booleans(),
    }
)
offers = st.fixed_dictionaries({"price": quarters, "extra": st.integers(-20, 60).map(lambda n: n / 4)})

# As the queue's, of a type that was seen beside others, and of one that states its own.
handles = st.sampled_from([(1, 0), (1, 0), (0.5, 96), (0, 192), (0, 512), (0, 32)])


@st.composite
def scenes(draw, mode=None, rule=None, all_open=False, most=5):
    """What one contact meets; `all_open`: whatever could refuse it does not."""
    count = draw(st.integers(0, most))
    cuts = sorted(draw(st.lists(st.integers(0, 16), min_size=count, max_size=count)))
    rule = rule or draw(st.sampled_from(sorted(RULES)))
    gated = rule == "cost" and draw(st.booleans())
    vendors = []
    for low, high in itertools.pairwise([0, *cuts]):
        vendor = draw(st.fixed_dictionaries(open_vendors if all_open else some_vendors))
        warm = draw(st.sampled_from([0, Fraction(1, 16), Fraction(1, 2)])) if rule == "cost" else 0
        vendors.append(vendor | {"share": Fraction(high - low, 16), "warm": warm})
    able = [number for number in range(count) if all_open or draw(mostly)]
    last = draw(st.integers(0, 8))
    costs = st.lists(quarters, min_size=last + 1, max_size=last + 1)
    kept_or_sent = st.lists(st.sampled_from([-INF, INF]), min_size=last + 1, max_size=last + 1)
    keep = st.one_of(costs, costs, kept_or_sent)
    more = st.lists(st.integers(-8, 80).map(lambda n: n / 8), min_size=last + 1, max_size=last + 1)
    all_may = {"most_out": 1, "most_concentration": 1, "concentration_from": 0, "falls_back_in": True}
    center = all_may if all_open else draw(centers)
    return {
        "mode": mode or draw(st.sampled_from(sorted(MODES))),
        "barred": "" if all_open else draw(st.sampled_from(["", "", "", "language", "data"])),
        "protection": draw(st.sampled_from([0, 0, 2.5, 40])),
        "seen": draw(small),
        "handle": draw(handles),
        "offers": [{"vendor": number} | draw(offers) for number in able],
        "vendors": vendors,
        "center": center
        | {
            "routed": sum(vendor["today"] for vendor in vendors) + draw(st.integers(0, 30)),
            "reached": False,
        },
        "queue": {
            "trusted": all_open or draw(mostly),
            "rule": rule,
            "present": draw(st.integers(0, 10)),
            "last": last,
            "cost_rate": draw(quarters),
            "theta": draw(st.integers(0, 64)) / 64,
            "failed_cost": draw(quarters),
            "expected": draw(st.integers(0, 10)),
            "told_at": NOW - draw(st.integers(-3, 40)),
            "stale_after": draw(st.sampled_from([0, 20, INF])),
            "lost_after": draw(st.sampled_from([INF, INF, 30])),
            "gated": gated,
            "gate": gated and draw(st.booleans()),
            "moved_at": NOW - draw(st.one_of(st.integers(-5, 90), st.just(INF))) if gated else -INF,
            "dwell": draw(st.sampled_from([0, 10, 60])) if gated else 0,
            "release": draw(st.sampled_from([INF, 50])) if gated else INF,
            "keep": draw(keep),
            "keep_open": draw(keep),
            "marginal": draw(costs),
            "waits": draw(costs),
            "rule_aht": draw(st.sampled_from([0, 128, 256, 256])),
            "keep_work": draw(more),
            "keep_work_open": draw(more),
            "marginal_work": draw(more),
            "told": [7 if all_open else draw(st.sampled_from([7, 7, 7, 0])), 5, 2, 0.25, 240, draw(small)],
            "status": "" if all_open else draw(st.sampled_from(["", "", "", "closed", "holiday"])),
            "needs_agents": draw(st.booleans()),
            "scheduled": 5 if all_open else draw(st.sampled_from([math.nan, math.nan, 5, 0])),
            "routed": draw(small),
            "credit": Fraction(draw(st.integers(-32, 32)), 16),
        },
    }


def minimal(count, shares=(), **scene):
    """`count` equal vendors that take everything, or one for each share."""
    vendor = {
        "status": "", "up": True, "most": INF, "wait": 0, "team": 0, "team_aht": 0, "failure": 0,
        "admitted": 1, "admission": 0, "probe": False, "most_share": 1, "left": INF,
        "caps": [INF] * 3, "sent": [0] * 3, "today": 0, "there": 0, "share": 0.0, "warm": 0, "credit": 0,
        "seed": 0, "price_until": INF, "reached": False, "trial": 1,
    }  # fmt: skip
    vendors = [copy.deepcopy(vendor) | {"share": share} for share in shares or [0.0] * count]
    queue = {
        "trusted": True, "rule": "share" if shares else "cost", "present": 0, "last": 9, "cost_rate": 0,
        "theta": 0, "failed_cost": 0, "expected": 0, "told_at": NOW, "stale_after": INF, "lost_after": INF,
        "gated": False, "gate": False, "moved_at": -INF, "dwell": 0, "release": INF, "keep": [0.0] * 10,
        "keep_open": [0.0] * 10, "marginal": [0.0] * 10, "waits": [0.0] * 10, "told": [0] * 6, "routed": 0,
        "credit": 0, "rule_aht": 256, "keep_work": [0.0] * 10, "keep_work_open": [0.0] * 10,
        "marginal_work": [0.0] * 10, "status": "", "needs_agents": False, "scheduled": math.nan,
    }  # fmt: skip
    return {
        "mode": "overflow",
        "barred": "",
        "protection": 0,
        "seen": 0,
        "handle": (1, 0),
        "offers": [{"vendor": number, "price": 1, "extra": 0} for number in range(len(vendors))],
        "vendors": vendors,
        "center": {
            "most_out": 1,
            "most_concentration": 1,
            "concentration_from": 0,
            "falls_back_in": False,
            "routed": 0,
            "reached": False,
        },
        "queue": queue,
        **scene,
    }


SHIFT = 4
"""What stands for a queue on pages, less its row."""


class Tables:
    """The arrays of a scene, laid out as `_kernels.routing.columns` says; what is not read is poisoned."""

    def __init__(self, scene, profile=0, row=0, queue=0, lines=1):
        house, vendors, center = scene["queue"], scene["vendors"], scene["center"]
        count, able = len(vendors), len(scene["offers"])
        self.profile, self.row, self.queue = profile, row, queue
        self.ways = np.full((PROFILES, count + 2, columns.WAY_COLUMNS), np.nan)
        self.vendors = np.full((count + 1, columns.VENDOR_COLUMNS), np.nan)
        self.places = range(count, 0, -1)  # in the ledger, whose first vendor is none of these
        self.usage = np.full((count + 2, columns.USAGE_COLUMNS), np.nan)
        self.vendors[:-1, columns.USAGE_SHIFT] = np.array(self.places) - np.arange(count)
        self.queues = np.full((ROWS, columns.QUEUE_COLUMNS), np.nan)
        self.queues[:, columns.PAGE_SHIFT] = SHIFT
        self.curves = np.full((ROWS, columns.CURVES, house["last"] + 1 + 3), np.nan)
        self.shares = np.full((ROWS, count + 1, columns.SHARE_COLUMNS), np.nan)
        self.page = Page(lines, self.ways.shape[1], 1)
        self.page.numbers[:] = np.nan
        self.ways[profile, 0] = (
            REASONS[scene["barred"]], MODES[scene["mode"]], able, scene["protection"], queue, scene["seen"],
            *scene["handle"], True,
        )  # fmt: skip
        for way, offer in enumerate(scene["offers"], start=1):
            self.ways[profile, way, :3] = offer["vendor"], offer["price"], offer["extra"]
            self._vendor(offer["vendor"], vendors[offer["vendor"]])
        counts = [vendor["today"] for vendor in vendors]
        self.vendors[-1, :3] = [
            float(center[name]) for name in ("most_out", "most_concentration", "concentration_from")
        ]
        self.vendors[-1, columns.FALLS_BACK_IN] = center["falls_back_in"]
        self.vendors[-1, columns.UNTIL] = -INF if center["reached"] else np.nan
        self.usage[-1, :3] = center["routed"], sum(counts), sum(count**2 for count in counts)
        self.queues[queue, columns.ROUTED] = house["routed"]
        self.queues[row, : columns.TOLD] = (
            not house["trusted"], RULES[house["rule"]], house["present"], house["last"], house["cost_rate"],
            house["theta"], house["failed_cost"], house["expected"], house["stale_after"],
            house["lost_after"], house["gated"], house["gate"], house["moved_at"], house["dwell"],
            house["release"],
        )  # fmt: skip
        # Nobody looks at what was told of a queue that cannot be trusted.
        told = [*house["told"][:-1], house["told_at"], house["told"][-1]]
        self.queues[row, columns.TOLD : columns.KEPT_SINCE + 1] = told if house["trusted"] else np.nan
        self.queues[row, columns.RULE_AHT] = house["rule_aht"]
        self.queues[row, [columns.QUEUE_STATUS, columns.NEEDS_AGENTS, columns.SCHEDULED]] = (
            REASONS[house["status"]], house["needs_agents"], house["scheduled"],
        )  # fmt: skip
        unread = [np.nan] * (house["last"] + 1)
        self.curves[row, :, : house["last"] + 1] = [
            house["keep"], house["keep_open"] if house["gated"] else unread,
            house["marginal"], house["waits"],
            house["keep_work"], house["keep_work_open"] if house["gated"] else unread,
            house["marginal_work"],
        ]  # fmt: skip
        for v, vendor in enumerate(vendors):
            self.shares[row, v + 1, :3] = float(vendor["share"]), vendor["seed"], float(vendor["warm"])
            self.shares[queue, v + 1, columns.CREDIT] = float(vendor["credit"])
        self.shares[queue, 0, columns.CREDIT] = float(house["credit"])

    def _vendor(self, number, vendor):
        self.vendors[number, : columns.REACHED] = [
            REASONS[vendor["status"]], vendor["up"], vendor["most"], vendor["wait"], vendor["team"],
            vendor["team_aht"], vendor["failure"], vendor["admitted"], vendor["admission"], vendor["probe"],
            vendor["most_share"], vendor["left"], codes.EXPOSURE, *vendor["caps"], vendor["price_until"],
        ]  # fmt: skip
        self.vendors[number, columns.REACHED] = 1.0 if vendor["reached"] else np.nan
        self.vendors[number, columns.TRIAL_SHARE] = vendor["trial"]
        self.usage[self.places[number]] = *vendor["sent"], vendor["today"], vendor["there"]

    @property
    def arrays(self):
        return RoutingTables(self.ways, self.vendors, self.usage, self.queues, self.curves, self.shares)

    def decide(self, deciding, now=NOW, luck=LUCK, line=0):
        profile, row, luck, page = self.profile, self.row, float(luck), self.page.numbers
        with np.errstate(over="ignore"):  # interpreted, hashes wrap around
            chosen = deciding.decide(profile, row, float(now), luck, self.handed(deciding), page, line)
        note_inputs(profile, row, luck, self.arrays, page, line)
        return chosen

    def reserve(self, deciding, line=0):
        deciding.reserve(self.profile, self.row, self.handed(deciding), self.page.numbers, line)

    def handed(self, deciding):
        """What the kernels take for the tables."""
        if deciding is ON_ARRAYS:
            return self.arrays
        self.packed = Packed(RoutingTables)
        return self.packed.keep(self.arrays)

    def route(self, deciding, now=NOW, luck=LUCK, line=0):
        chosen = self.decide(deciding, now, luck, line)
        self.reserve(deciding, line)
        return chosen

    def inputs(self):
        return {
            name: getattr(self, name) for name in ("ways", "vendors", "usage", "queues", "curves", "shares")
        }

    def copy_of_inputs(self):
        return {name: array.copy() for name, array in self.inputs().items()}

    @property
    def evidence(self):
        """What line 0 says of each way that the contact has."""
        return self.page.numbers[0, : int(self.ways[self.profile, 0, columns.VENDORS]) + 1]

    @property
    def state(self):
        return self.page.numbers[0, -1]

    @property
    def gate(self):
        """Whether it is open, and when it was moved."""
        return bool(self.queues[self.row, columns.GATE]), self.queues[self.row, columns.MOVED_AT]


def assert_same(found, wanted):
    for name, array in found.items():
        np.testing.assert_array_equal(array, wanted[name], err_msg=name)


places = st.tuples(st.integers(0, PROFILES - 1), st.integers(0, ROWS - 1), st.integers(0, QUEUES - 1))
lucks = st.integers(0, 31).map(lambda n: Fraction(n, 32))


# --- as the naive twin ----------------------------------------------------------------------------------


def numbers_of(note):
    return [
        REASONS[note["reason"]], note["observed"], note["limit"], note["price"], note["extra"], note["cost"],
        note["wait"], TIERS[note["tier"]], note["key"],
    ]  # fmt: skip


def numbers_of_state(state):
    return [
        *state["told"][:-1], NOW, state["told"][-1], state["present"], state["at"], BELIEFS[state["belief"]],
        state["chosen"], state["unsettled"], state["gate"],
    ]  # fmt: skip


@settings(max_examples=100)
@given(scene=scenes(), place=places, contacts=st.integers(1, 4), luck=lucks, pause=st.integers(-2, 9))
def test_it_decides_and_reserves_like_the_naive_twin(deciding, scene, place, contacts, luck, pause):
    tables = Tables(scene, *place)
    for number in range(contacts):
        now = NOW + pause * number
        ranking, notes, state = naive.decide(scene, now, luck)
        chosen = tables.decide(deciding, now, luck)
        assert chosen == state["chosen"]
        assert_same(tables.inputs(), Tables(scene, *place).inputs())
        for way, note in enumerate(notes):
            found = tables.evidence[way, : columns.KEY + 1].tolist()
            wanted = [float(number) for number in numbers_of(note)]
            # 1 - sent / routed is rounded twice
            assert found[1:3] == pytest.approx(wanted[1:3], rel=0, abs=1e-15), way
            assert found[:1] + found[3:] == pytest.approx(
                wanted[:1] + wanted[3:], rel=0, abs=0, nan_ok=True
            ), way
        assert (
            sorted(ranking, key=lambda way: (*tables.evidence[way, [columns.TIER, columns.KEY]], way))
            == ranking
        )

        naive.reserve(scene, notes, state)
        tables.reserve(deciding)
        assert_same(tables.inputs(), Tables(scene, *place).inputs())
        wanted = [float(number) for number in numbers_of_state(state)]
        wanted[columns.STATE_TOLD_AT] = scene["queue"]["told_at"]
        found = tables.state[: columns.STATE_GATE + 1].tolist()
        if not scene["queue"]["trusted"]:
            wanted[: columns.STATE_PRESENT] = [np.nan] * columns.STATE_PRESENT
        assert found == pytest.approx(wanted, rel=0, abs=0, nan_ok=True)
        assert tables.state[columns.STATE_WORK] == state["work"]
        assert tables.state[columns.STATE_MODE] == MODES[state["mode"]]


# --- what holds for every table -------------------------------------------------------------------------


def rank_of(tables, way):
    """How many ways come before this one."""
    order = [(*row[[columns.TIER, columns.KEY]], name) for name, row in enumerate(tables.evidence)]
    return sum(other < order[way] for other in order)


@given(scene=scenes(), place=places, luck=lucks)
def test_the_way_chosen_is_open_and_nothing_open_is_better(deciding, scene, place, luck):
    tables = Tables(scene, *place)
    chosen = tables.decide(deciding, luck=luck)
    able = [way for way, row in enumerate(tables.evidence) if row[columns.REASON] == 0]
    assert chosen == tables.state[columns.CHOSEN]
    if chosen < 0:
        assert able == []
    else:
        assert chosen in able
        assert all(rank_of(tables, chosen) <= rank_of(tables, way) for way in able)


@given(scene=scenes(), place=places, line=st.integers(0, 2))
def test_deciding_changes_nothing_but_its_line(deciding, scene, place, line):
    tables = Tables(scene, *place, lines=3)
    before, page = tables.copy_of_inputs(), tables.page.numbers.copy()
    header = tables.page.header.copy()
    first = tables.decide(deciding, line=line)
    assert_same(tables.inputs(), before)
    written = tables.page.numbers.copy()
    assert tables.decide(deciding, line=line) == first
    np.testing.assert_array_equal(tables.page.numbers, written)
    beyond = len(scene["offers"]) + 1
    written[line, :beyond], written[line, -1] = page[line, :beyond], page[line, -1]
    np.testing.assert_array_equal(written, page)
    assert not tables.page.opened.any()
    np.testing.assert_array_equal(tables.page.header, header)


@given(scene=scenes(), way=st.integers(0, 4), cheaper=st.integers(1, 400).map(lambda n: n / 8), luck=lucks)
def test_a_lower_price_never_ranks_lower(deciding, scene, way, cheaper, luck):
    if not scene["offers"]:
        return
    way %= len(scene["offers"])
    tables = Tables(scene)
    tables.decide(deciding, luck=luck)
    before = rank_of(tables, way + 1)
    scene["offers"][way]["price"] -= cheaper
    tables = Tables(scene)
    tables.decide(deciding, luck=luck)
    assert rank_of(tables, way + 1) <= before


@given(scene=scenes(most=4), contacts=st.integers(1, 20), luck=lucks)
def test_no_limit_is_ever_exceeded(deciding, scene, contacts, luck):
    tables = Tables(scene)
    counts = [vendor["today"] for vendor in scene["vendors"]]
    routed = scene["center"]["routed"]
    for _ in range(contacts):
        before = tables.usage.copy()
        chosen = tables.route(deciding, luck=luck)
        routed += 1
        if chosen <= 0:
            np.testing.assert_array_equal(tables.usage[:-1], before[:-1])
            continue
        vendor = scene["offers"][chosen - 1]["vendor"]
        terms, used = tables.vendors[vendor], tables.usage[tables.places[vendor]]
        counts[vendor] += 1
        before[tables.places[vendor]] += 1
        np.testing.assert_array_equal(tables.usage[:-1], before[:-1])  # and nobody else's
        assert (used[: columns.CENTER_DAY] <= terms[columns.FIRST_CAP : columns.PRICE_UNTIL]).all()
        at_cap = (used[: columns.CENTER_DAY] == terms[columns.FIRST_CAP : columns.PRICE_UNTIL]).any()
        at_price = used[columns.CENTER_DAY - 1] >= terms[columns.PRICE_UNTIL]
        assert terms[columns.REACHED] == 1 or not (at_cap or at_price)
        assert used[columns.IN_FLIGHT] <= terms[columns.MOST_AT_ONCE]
        assert terms[columns.LEFT_TO_SPEND] >= used[columns.IN_FLIGHT]
        assert counts[vendor] <= terms[columns.MOST_SHARE] * routed
        sent, center = sum(counts), scene["center"]
        assert sent <= center["most_out"] * routed or scene["mode"] == "specialised"
        if center["most_concentration"] < 1 and sent >= center["concentration_from"]:
            concentration = sum((count / sent) ** 2 for count in counts)
            assert concentration <= center["most_concentration"] or counts[vendor] * len(counts) <= sent


@given(scene=scenes(), contacts=st.integers(0, 30))
def test_the_totals_of_the_center_are_a_recount(deciding, scene, contacts):
    tables = Tables(scene)
    counts = np.array([vendor["today"] for vendor in scene["vendors"]], dtype=float)
    for _ in range(contacts):
        chosen = tables.route(deciding)
        if chosen > 0:
            counts[scene["offers"][chosen - 1]["vendor"]] += 1
    wanted = scene["center"]["routed"] + contacts, counts.sum(), (counts**2).sum()
    assert tuple(tables.usage[-1, : columns.ALL_SQUARES + 1]) == wanted
    for offer in scene["offers"]:
        assert tables.usage[tables.places[offer["vendor"]], columns.CENTER_DAY] == counts[offer["vendor"]]


@given(scene=scenes(), contacts=st.integers(0, 10))
def test_a_cap_refuses_just_when_it_is_reached(deciding, scene, contacts):
    """The explanation is true: with one contact less in the window the same refusal is not given."""
    tables = Tables(scene)
    for _ in range(contacts):
        tables.route(deciding)
    tables.decide(deciding)
    counted = {codes.CAPACITY: columns.IN_FLIGHT} | {codes.CAP_HOUR + window: window for window in range(3)}
    for way, note in enumerate(tables.evidence.copy()):
        if way > 0 and note[columns.REASON] in counted:
            assert note[columns.OBSERVED] >= note[columns.LIMIT]
            cell = tables.places[scene["offers"][way - 1]["vendor"]], counted[note[columns.REASON]]
            kept = tables.usage[cell]
            tables.usage[cell] = note[columns.LIMIT] - 1
            tables.decide(deciding)
            assert tables.evidence[way, columns.REASON] != note[columns.REASON]
            tables.usage[cell] = kept


def test_reasons_come_in_their_order(deciding):
    """Everything speaks against the vendor; lifted one by one, each reason shows those that follow."""
    scene = minimal(2, mode="in_house")
    vendor, center = scene["vendors"][0], scene["center"]
    vendor |= {
        "status": "holiday", "up": False, "admitted": 0, "most": 3, "there": 3, "caps": [4, 5, 6],
        "sent": [4, 5, 6], "trial": 0.25, "left": 3.5, "most_share": Fraction(1, 4), "today": 9,
    }  # fmt: skip
    center |= {"most_out": Fraction(1, 2), "most_concentration": Fraction(1, 2), "routed": 15}
    steps = [
        ("sourcing", 0, 0, scene, {"mode": "overflow"}),
        ("holiday", 0, 0, vendor, {"status": ""}),
        ("down", 0, 0, vendor, {"up": True}),
        ("health", 0, 0, vendor, {"admitted": 0.25, "admission": 0.5}),
        ("ramp", 0.5, 0.25, vendor, {"admission": 0.75}),
        ("capacity", 3, 3, vendor, {"most": 4}),
        ("cap hour", 4, 4, vendor, {"caps": [5, 5, 6]}),
        ("cap day", 5, 5, vendor, {"caps": [5, 6, 6]}),
        ("cap period", 6, 6, vendor, {"caps": [5, 6, 7]}),
        ("exposure", 0.5, 1, vendor, {"left": 4}),
        ("in-house share", 1 - 10 / 16, 0.5, center, {"most_out": 0.75}),
        ("vendor share", 10 / 16, 0.25, vendor, {"most_share": 0.75}),
        ("concentration", 1, 0.5, scene["vendors"][1], {"today": 10}),  # (10^2 + 10^2) / 20^2 is no more
        ("in-house share", 1 - 20 / 16, 0.25, center, {"routed": 39}),
        ("trial", LUCK, 0.25, vendor, {"trial": 0.5}),
        ("", 0, 0, vendor, {}),
    ]
    for reason, observed, limit, place, lifted in steps:
        tables = Tables(scene)
        tables.decide(deciding)
        assert tuple(tables.evidence[1, :3]) == (REASONS[reason], observed, limit)
        place |= lifted


def test_a_vendor_with_an_equal_share_or_less_adds_nothing_to_the_concentration(deciding):
    """Two of 3 and 1 of 1 are too concentrated at 0.5; the smaller one may have contacts all the same."""
    scene = minimal(2)
    scene["center"] |= {"most_concentration": 0.5, "routed": 4}
    scene["vendors"][0]["today"], scene["vendors"][1]["today"] = 3, 0
    tables = Tables(scene)
    tables.decide(deciding)
    assert list(tables.evidence[1:, columns.REASON]) == [codes.CONCENTRATION, 0]
    assert tables.evidence[1, columns.OBSERVED] == 1
    scene["center"]["concentration_from"] = 5
    tables = Tables(scene)
    tables.decide(deciding)
    assert list(tables.evidence[1:, columns.REASON]) == [0, 0]


@pytest.mark.parametrize("mode", ["overflow", "full", "specialised"])
def test_the_least_share_in_house_binds_unless_the_house_cannot_take_them(deciding, mode):
    scene = minimal(1, mode=mode)
    scene["queue"]["keep"] = [INF] * 10
    scene["center"]["most_out"] = 0.25
    tables = Tables(scene)
    taken = [tables.route(deciding) for _ in range(8)]
    assert taken == ([1] * 8 if mode == "specialised" else [0, 0, 0, 1] * 2)


def test_a_trial_takes_the_contacts_that_are_drawn_for_it(deciding):
    scene = minimal(2)
    scene["queue"]["keep"] = [INF] * 10
    scene["vendors"][0]["trial"] = 0.25
    tables = Tables(scene)
    assert [tables.decide(deciding, luck=n / 8) for n in range(8)] == [1] * 2 + [2] * 6


@given(scene=scenes(), place=places, luck=lucks)
def test_a_line_notes_what_the_decision_saw(deciding, scene, place, luck):
    tables = Tables(scene, *place)
    tables.decide(deciding, luck=luck)
    for way, offer in enumerate(scene["offers"], start=1):
        terms, used = tables.vendors[offer["vendor"]], tables.usage[tables.places[offer["vendor"]]]
        note = tables.evidence[way]
        np.testing.assert_array_equal(
            note[columns.NOTED_LIVE : columns.NOTED_LEFT_TO_SPEND], terms[columns.UP : columns.ADMISSION + 1]
        )
        assert note[columns.NOTED_LEFT_TO_SPEND] == terms[columns.LEFT_TO_SPEND]
        np.testing.assert_array_equal(note[columns.NOTED_USAGE : columns.NOTED_CREDIT], used)
        assert note[columns.NOTED_CREDIT] == scene["vendors"][offer["vendor"]]["credit"]
        assert note[columns.NOTED_EXTRA] == offer["extra"]
    assert tables.evidence[0, columns.NOTED_CREDIT] == scene["queue"]["credit"]
    house = tables.queues[tables.row]
    seen = [luck, *tables.usage[-1, : columns.ALL_SQUARES + 1], house[columns.GATE]]
    seen += [NOW - house[columns.TOLD_AT], NOW - house[columns.MOVED_AT]]
    noted = tables.state[columns.NOTED_LUCK : columns.NOTED_GATE_AGE + 1]
    np.testing.assert_array_equal(noted, np.array(seen, dtype=float))


# --- what a vendor costs --------------------------------------------------------------------------------


def test_a_vendor_is_paid_for_those_who_stay(deciding):
    """By quadrature: how many stay through an exponential wait, and how long everybody waits."""
    scene = minimal(1)
    scene["queue"] |= {"theta": 1 / 300, "cost_rate": 0.02}
    scene["offers"][0]["price"] = 6.0
    scene["vendors"][0]["wait"] = 60
    tables = Tables(scene)
    tables.decide(deciding)
    times = np.linspace(0, 60 * 60, 500_001)
    leaving = 1 / 300
    waited = np.exp(-times * (leaving + 1 / 60))  # P(still waiting at t)
    mean_waited = np.trapezoid(waited, times)
    stay = mean_waited / 60
    assert tables.evidence[1, columns.COST] == pytest.approx(6.0 * stay + 0.02 * mean_waited, rel=1e-6)


@pytest.mark.parametrize(
    ("team", "there", "wait"), [(4, 3, 15), (4, 4, 65), (4, 6, 165), (1, 0, 15), (1, 1, 215), (0, 50, 15)]
)
def test_a_busy_team_of_known_size_ends_a_contact_every_aht_by_its_agents(deciding, team, there, wait):
    scene = minimal(1)
    scene["vendors"][0] |= {"wait": 15, "team": team, "team_aht": 200, "there": there}
    scene["queue"]["cost_rate"] = 0.5
    tables = Tables(scene)
    tables.decide(deciding)
    assert tables.evidence[1, columns.WAIT] == wait
    assert tables.evidence[1, columns.COST] == 1 + wait / 2


def test_what_a_contact_costs_besides_its_price(deciding):
    """6 + 1.5 for quality, one in eight not taken at 12 each; the note keeps the price apart."""
    scene = minimal(1)
    scene["offers"][0] |= {"price": 6, "extra": 1.5}
    scene["vendors"][0]["failure"] = 0.125
    scene["queue"]["failed_cost"] = 12
    tables = Tables(scene)
    tables.decide(deciding)
    assert tuple(tables.evidence[1, [columns.WAY_PRICE, columns.WAY_EXTRA, columns.COST]]) == (6, 3, 9)


def test_partial_failure_makes_a_vendor_dearer_before_it_is_out(deciding):
    scene = minimal(2)
    scene["queue"] |= {"failed_cost": 10, "keep": [INF] * 10}
    scene["offers"][1]["price"] = 2
    assert Tables(scene).route(deciding) == 1
    scene["vendors"][0]["failure"] = 0.125
    assert Tables(scene).route(deciding) == 2


# --- shares by count ------------------------------------------------------------------------------------


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

    def contact(self, tables, deciding):
        self.owed += [1 - sum(self.shares), *self.shares]
        self.got[route_afresh(tables, deciding)] += 1

    @property
    def behind(self):
        return self.owed - self.got


def route_afresh(tables, deciding):
    """Route a contact; whoever is kept leaves at once."""
    present = tables.queues[tables.row, columns.PRESENT]
    chosen = tables.route(deciding)
    tables.queues[tables.row, columns.PRESENT] = present
    return chosen


@settings(max_examples=30)
@given(shares=share_lists(), contacts=st.integers(1, 200))
def test_counts_stay_within_the_greedy_bound_of_their_shares(deciding, shares, contacts):
    """Whoever is picked has at least the mean credit 1/m, so is ahead by at most 1 - 1/m; and the mean of the
    k largest credits never exceeds 1/(k+1) + .. + 1/m, so nobody is behind by more than 1/2 + .. + 1/m.
    """
    tables = Tables(minimal(0, shares=shares))
    account = Account(shares)
    m = len(shares) + 1
    for _ in range(contacts):
        account.contact(tables, deciding)
        assert account.behind.max() <= sum(1 / j for j in range(2, m + 1)) + 1e-9
        assert account.behind.min() >= -(1 - 1 / m) - 1e-9
    assert account.got.sum() == contacts


@settings(max_examples=30)
@given(shares=share_lists(whole=True), contacts=st.integers(1, 150))
def test_shares_that_add_up_to_one_leave_nothing_in_house(deciding, shares, contacts):
    tables = Tables(minimal(0, shares=shares))
    account = Account(shares)
    for _ in range(contacts):
        account.contact(tables, deciding)
        assert account.got[0] == 0
        assert np.abs(account.behind).max() <= max(1.0, sum(1 / j for j in range(2, len(shares) + 1))) + 1e-9


@settings(max_examples=40)
@given(
    shares=share_lists(),
    phases=st.lists(st.tuples(st.integers(0, 127), st.integers(1, 50)), min_size=1, max_size=5),
)
def test_who_was_closed_neither_claims_nor_loses_anything(deciding, shares, phases):
    """With m destinations, closed in whatever way, the credits are an exchange among those that are open:
    the sum of the k largest stays below k (m - k) / 2, so what is owed and got differ by at most (m - 1) / 2,
    and a vendor that comes back gets no more than its share and m - 1 contacts, however long it was away.
    What goes out in all is kept up by those that are open.
    The house is closed while its waiting room is full; then the vendors share what there is.
    """
    tables = Tables(minimal(0, shares=shares))
    m = len(shares) + 1
    for bits, contacts in phases:
        is_open = np.array([bits >> bit & 1 for bit in range(m)], dtype=bool)  # the house first
        tables.vendors[:-1, columns.UP] = is_open[1:]
        tables.queues[0, columns.PRESENT] = 0 if is_open[0] else tables.queues[0, columns.LAST]
        before = tables.shares[0, :, columns.CREDIT].copy()
        got = np.zeros(m)
        for _ in range(contacts):
            chosen = route_afresh(tables, deciding)
            if chosen >= 0:
                got[chosen] += 1
            credits = tables.shares[0, :, columns.CREDIT]
            assert np.abs(credits).max() <= (m - 1) / 2 + 1e-9
            assert credits.sum() == pytest.approx(0, abs=1e-9)
        assert (credits[~is_open] == before[~is_open]).all()
        assert (got[~is_open] == 0).all()
        if is_open[0]:  # then a contact is worth 1, and the open vendors stand in for the closed ones
            due = np.array([0.0, *shares]) * is_open
            due *= contacts * sum(shares) / (due.sum() or math.inf)
            due[0] = contacts - due.sum()
            assert (np.abs(got - due) <= m - 1 + 1e-9).all()


def test_a_full_house_makes_no_vendor_pay_later(deciding):
    """100 contacts meet a full queue; afterwards the vendor has 30 % of the next 100 again, not nothing."""
    tables = Tables(minimal(0, shares=[0.3]))
    tables.queues[0, columns.PRESENT] = tables.queues[0, columns.LAST]
    assert [tables.route(deciding) for _ in range(100)] == [1] * 100
    tables.queues[0, columns.PRESENT] = 0
    assert sum(route_afresh(tables, deciding) for _ in range(100)) == 30


def test_a_vendor_that_was_closed_gets_no_burst(deciding):
    tables = Tables(minimal(0, shares=[0.4, 0.1]))
    tables.vendors[0, columns.UP] = 0
    for _ in range(1000):
        assert route_afresh(tables, deciding) != 1
    tables.vendors[0, columns.UP] = 1
    first = [route_afresh(tables, deciding) for _ in range(10)]
    assert first.count(1) in (4, 5)
    assert not any(a == b == 1 for a, b in itertools.pairwise(first))


@pytest.mark.parametrize("mode", ["full", "specialised"])
def test_vendors_alone_share_in_proportion(deciding, mode):
    """Shares .3 and .2 without the house: three to two, exactly, in every five contacts."""
    tables = Tables(minimal(0, shares=[0.3, 0.2], mode=mode))
    taken = [tables.route(deciding) for _ in range(500)]
    for start in range(0, 500, 5):
        assert sorted(taken[start : start + 5]) == [1, 1, 1, 2, 2]
    assert tables.shares[0, :, columns.CREDIT] == pytest.approx(0, abs=1e-12)


@given(scene=scenes(rule="share"))
def test_a_vendor_without_a_share_is_the_last_resort(deciding, scene):
    tables = Tables(scene)
    before = tables.shares.copy()
    chosen = tables.route(deciding)
    if tables.state[columns.BELIEF] in (codes.LOST, codes.DISTRUSTED):
        np.testing.assert_array_equal(tables.shares, before)  # nothing is counted while nobody sees
        return
    vendors = scene["vendors"]
    if chosen > 0 and vendors[scene["offers"][chosen - 1]["vendor"]]["share"] == 0:
        np.testing.assert_array_equal(tables.shares, before)
        for way, offer in enumerate(scene["offers"], start=1):
            assert tables.evidence[way, columns.REASON] != 0 or vendors[offer["vendor"]]["share"] == 0
        assert tables.evidence[0, columns.REASON] != 0 or scene["mode"] == "full"


@given(scene=scenes(mode="full"), luck=lucks)
def test_contacts_for_vendors_come_home_only_if_no_vendor_takes_them(deciding, scene, luck):
    if scene["queue"]["rule"] == "hash":  # a trial by hash: what is drawn for nobody stays in-house
        return
    tables = Tables(scene)
    if tables.route(deciding, luck=luck) == 0:
        assert (tables.evidence[1:, columns.REASON] != 0).all()


# --- shares by hash -------------------------------------------------------------------------------------


def install_rule(tables, rule, vendors):
    """Write a policy's rule into the row, with 10 agents and the room for 5 more."""
    situation = Situation(
        queue="hotline", agents=10.0, aht=300.0, patience=180.0, waiting_room=5, cost_rate=0.02,
        abandonment_cost=5.0, arrival_rates=np.array([0.03]), prices=np.array([4.0]),
    )  # fmt: skip
    tables.curves = np.zeros((ROWS, columns.CURVES, 16))
    row = tables.row
    install(Solved(situation, rule), vendors, tables.queues[row], tables.curves[row], tables.shares[row])


def by_hash(shares, names="abc", **scene):
    tables = Tables(minimal(len(names), **scene))
    install_rule(tables, Rule(shares=shares, by_hash=True), tuple(names))
    return tables


def takers(tables, deciding, many=400):
    return [tables.decide(deciding, luck=(n + 0.5) / many) for n in range(many)]


def test_hash_shares_come_out_within_chance_and_what_goes_out_exactly(deciding):
    tables = by_hash({"c": 0.125, "a": 0.25})
    many = 4000
    counts = np.bincount(takers(tables, deciding, many), minlength=4) / many
    assert counts[0] == 0.625  # by the luck itself
    assert counts[2] == 0
    for way, share in ((1, 0.25), (3, 0.125)):
        part = share / 0.375
        assert abs(counts[way] - share) <= 4 * 0.375 * math.sqrt(part * (1 - part) / (0.375 * many))


@given(
    shares=st.lists(st.integers(1, 9), min_size=2, max_size=5).map(lambda parts: [n / 50 for n in parts]),
    bits=st.integers(1, 31),
    other=st.integers(0, 31),
)
def test_only_contacts_of_those_that_come_or_go_move(deciding, shares, bits, other):
    """With two sets of vendors that may take it, a contact that both have a taker for stays with the same
    one if that is in both; whoever stays in-house stays there, unless nobody with a share is left."""
    names = "abcde"[: len(shares)]
    tables = by_hash(dict(zip(names, shares, strict=True)), names)
    found = []
    for up in (bits, other):
        tables.vendors[:-1, columns.UP] = [up >> bit & 1 for bit in range(len(names))]
        found.append((tables.vendors[:-1, columns.UP].copy(), takers(tables, deciding, 100)))
    (first_up, first), (second_up, second) = found
    for one, two in zip(first, second, strict=True):
        if one == two:
            continue
        stays = one > 0 and second_up[one - 1], two > 0 and first_up[two - 1]
        assert not all(stays)
        if one == 0:
            assert not first_up.any()
        elif two == 0:
            assert not second_up.any()
        else:
            assert not second_up[one - 1] or not first_up[two - 1]
    if first_up.any():
        assert sum(taker > 0 for taker in first) == sum((n + 0.5) / 100 < sum(shares) for n in range(100))


def test_the_contacts_of_a_closed_vendor_are_spread_by_the_other_shares(deciding):
    """All of one vendor's load went to its neighbour once: kamailio, issue 2361."""
    tables = by_hash({"a": 0.3, "b": 0.2, "c": 0.1, "d": 0.1}, "abcd")
    before = takers(tables, deciding, 4000)
    tables.vendors[0, columns.UP] = 0
    after = takers(tables, deciding, 4000)
    moved = [two for one, two in zip(before, after, strict=True) if one != two]
    assert len(moved) == before.count(1)
    for way, part in ((2, 0.5), (3, 0.25), (4, 0.25)):
        assert abs(moved.count(way) - part * len(moved)) <= 4 * math.sqrt(part * (1 - part) * len(moved))


def test_what_is_drawn_to_stay_goes_out_by_share_where_the_house_is_full(deciding):
    tables = by_hash({"c": 0.125, "a": 0.25})
    tables.queues[0, columns.PRESENT] = tables.queues[0, columns.LAST]
    tables.ways[0, 2, columns.PRICE] = 0.5
    ways = takers(tables, deciding)
    assert set(ways) == {1, 3}  # not the cheapest, which has no share
    tables.vendors[[0, 2], columns.UP] = 0
    assert set(takers(tables, deciding)) == {2}


def test_a_vendor_that_may_never_take_a_contact_has_no_part_that_others_make_up_for(deciding):
    tables = by_hash({"a": 0.25, "b": 0.5})
    tables.ways[0, 0, columns.VENDORS] = 1  # `b` is no way of such a contact
    assert takers(tables, deciding).count(1) == 100


@pytest.mark.parametrize("mode", ["full", "specialised"])
def test_without_the_house_all_go_by_their_hash_shares(deciding, mode):
    tables = by_hash({"a": 0.125, "b": 0.25}, "ab", mode=mode)
    ways = takers(tables, deciding, 2000)
    assert abs(ways.count(2) - 2000 * 2 / 3) <= 4 * math.sqrt(2000 * 2 / 9)
    assert 0 not in ways


def test_a_hash_share_counts_nothing(deciding):
    tables = by_hash({"a": 0.5, "b": 0.5}, "ab")
    before = tables.shares.copy()
    lucks = (0.1, 0.1, 0.49, 0.5, 0.999)
    assert [tables.route(deciding, luck=luck) for luck in lucks] == [
        tables.decide(deciding, luck=luck) for luck in lucks
    ]
    np.testing.assert_array_equal(tables.shares, before)


@pytest.mark.parametrize(
    ("key", "numbers", "outputs"),
    [  # as published with the reference code of Vigna, and on Rosetta Code
        (0, (1, 2, 3), (0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F)),
        (
            1234567,
            (1, 2, 3, 4, 5),
            (
                6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431,
                16408922859458223821,
            ),
        ),
    ],
)  # fmt: skip
def test_splitmix_gives_its_published_outputs(key, numbers, outputs):
    with np.errstate(over="ignore"):
        assert tuple(int(mixed(np.uint64(key), number)) for number in numbers) == outputs


@given(
    luck=st.integers(0, 2**53 - 1).map(lambda n: Fraction(n, 2**53)),
    seed=st.integers(0, 2**53 - 1),
    share=st.sampled_from([Fraction(1, 2**60), Fraction(1, 8), Fraction(1)]),
)
def test_a_hash_rank_is_its_naive_twin(luck, seed, share):
    with np.errstate(over="ignore"):
        found = rank_by_hash(float(luck), float(seed), float(share))
    assert found == naive.hash_rank(luck, {"seed": seed, "share": share})
    assert 0 < found < math.inf


# --- warm shares ----------------------------------------------------------------------------------------


def warm(share, vendors=1, **queue):
    """Vendors that are never the cheapest, the first with a warm share."""
    scene = minimal(vendors)
    scene["vendors"][0]["warm"] = share
    scene["queue"] |= queue
    return Tables(scene)


@pytest.mark.parametrize("every", [1, 2, 3, 4, 6, 7, 10, 16, 50])
def test_a_warm_share_is_one_contact_whenever_it_has_added_up(deciding, every):
    tables = warm(1 / every)
    taken = [route_afresh(tables, deciding) for _ in range(3 * every)]
    assert taken == ([0] * (every - 1) + [1]) * 3


@given(
    share=st.integers(1, 31).map(lambda n: n / 32),
    is_open=st.lists(st.booleans(), max_size=150),
    keep=st.sampled_from([0.0, INF]),
)
def test_at_least_every_so_many_contacts_that_it_may_take_keep_a_vendor_warm(deciding, share, is_open, keep):
    """A dearer rival takes what is left, so that the house is not the only one who could."""
    tables = warm(share, 2, keep=[keep] * 10)
    tables.ways[0, 1, columns.PRICE] = 50.0
    since = 0
    for up in is_open:
        tables.vendors[0, columns.UP] = up
        chosen = route_afresh(tables, deciding)
        since = 0 if chosen == 1 else since + up
        assert since < math.ceil(1 / share)
        assert chosen != 1 or (tables.evidence[1, columns.TIER] == codes.WARMED and up)


def test_a_warm_share_is_no_reserve_of_contacts(deciding):
    """Closed for long, or chosen anyhow: there is never more than one contact to be made up for."""
    tables = warm(0.25)
    tables.vendors[0, columns.UP] = 0
    for _ in range(50):
        assert route_afresh(tables, deciding) == 0
    tables.vendors[0, columns.UP] = 1
    assert [route_afresh(tables, deciding) for _ in range(8)] == [0, 0, 0, 1] * 2
    tables.queues[0, columns.PRESENT] = tables.queues[0, columns.LAST]
    assert [tables.route(deciding) for _ in range(7)] == [1] * 7
    tables.queues[0, columns.PRESENT] = 0
    assert [route_afresh(tables, deciding) for _ in range(4)] == [0, 0, 0, 1]


def test_nobody_is_warmed_blindly(deciding):
    tables = warm(1.0, lost_after=5, told_at=NOW - 6)
    assert tables.route(deciding) == 0
    assert tables.shares[0, 1, columns.CREDIT] == 0


# --- gates ----------------------------------------------------------------------------------------------


def gated(opens=6, closes=3, vendors=1, **queue):
    """Sends from `opens` contacts present on, then until fewer than `closes` are."""
    scene = minimal(vendors)
    scene["queue"] |= {
        "gated": True,
        "keep": [0.0] * opens + [INF] * (10 - opens),
        "keep_open": [0.0] * closes + [INF] * (10 - closes),
        **queue,
    }
    return Tables(scene)


def at(tables, deciding, present, now=NOW):
    """Where a contact goes that finds so many."""
    tables.queues[tables.row, columns.PRESENT] = present
    return tables.route(deciding, now)


def test_a_gate_opens_high_and_closes_low(deciding):
    tables = gated()
    going_up = [at(tables, deciding, present) for present in range(8)]
    going_down = [at(tables, deciding, present) for present in reversed(range(8))]
    again = [at(tables, deciding, present) for present in range(8)]
    assert going_up == again == [0] * 6 + [1] * 2
    assert going_down == [1] * 5 + [0] * 3


def test_a_gate_says_when_it_was_moved(deciding):
    tables = gated()
    assert tables.gate == (False, -INF)
    at(tables, deciding, 5, NOW)
    assert tables.gate == (False, -INF)
    assert tables.state[columns.STATE_GATE] == 0
    at(tables, deciding, 6, NOW + 7)
    assert tables.gate == (True, NOW + 7)
    at(tables, deciding, 3, NOW + 8)
    assert tables.gate == (True, NOW + 7)
    at(tables, deciding, 2, NOW + 9)
    assert tables.gate == (False, NOW + 9)
    assert tables.state[columns.STATE_GATE] == 0


def test_a_gate_stays_for_its_dwell(deciding):
    tables = gated(dwell=60)
    assert at(tables, deciding, 6) == 1
    assert at(tables, deciding, 0, NOW + 59) == 1
    assert at(tables, deciding, 0, NOW + 60) == 0
    assert at(tables, deciding, 8, NOW + 119) == 0
    assert at(tables, deciding, 9, NOW + 119) == 1  # the room is full: nobody has a choice
    assert tables.gate == (False, NOW + 60)
    assert at(tables, deciding, 8, NOW + 120) == 1
    assert tables.gate == (True, NOW + 120)


def test_a_clock_that_steps_back_does_not_hold_a_gate(deciding):
    tables = gated(dwell=60)
    at(tables, deciding, 6)
    assert at(tables, deciding, 0, NOW - 1) == 0


def test_a_gate_closes_by_itself(deciding):
    tables = gated(closes=0, release=300)
    assert at(tables, deciding, 6) == 1
    assert at(tables, deciding, 0, NOW + 299) == 1
    assert at(tables, deciding, 0, NOW + 300) == 0
    assert tables.gate == (False, NOW + 300)


def test_a_gate_that_has_closed_by_itself_begins_anew(deciding):
    tables = gated(release=300)
    at(tables, deciding, 6)
    assert at(tables, deciding, 6, NOW + 300) == 1
    assert at(tables, deciding, 4, NOW + 301) == 1  # open again, and closes low
    assert tables.gate == (True, NOW + 300)


def test_a_warm_contact_does_not_move_a_gate(deciding):
    tables = gated()
    tables.shares[0, 1, columns.WARM] = 1.0
    assert at(tables, deciding, 1) == 1
    assert tables.gate == (False, -INF)


@pytest.mark.parametrize("gate", [False, True])
@pytest.mark.parametrize("present", [0, 8])
@pytest.mark.parametrize(
    ("mode", "barred", "up", "full"),
    [
        ("overflow", "", False, False),
        ("overflow", "", True, True),
        ("overflow", "data", True, False),
        ("in_house", "", True, False),
        ("full", "", True, False),
        ("specialised", "", True, False),
    ],
)
def test_a_gate_does_not_move_where_there_is_no_choice(deciding, gate, present, mode, barred, up, full):
    tables = gated(gate=gate, moved_at=0)
    tables.ways[0, 0, [columns.BARRED, columns.MODE]] = REASONS[barred], MODES[mode]
    tables.vendors[0, columns.UP] = up
    at(tables, deciding, 9 if full else present)
    assert tables.gate == (gate, 0)


@given(
    contacts=st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 9), st.booleans(), st.sampled_from(list(MODES))),
        max_size=40,
    ),
    dwell=st.sampled_from([0, 30, 60]),
    closes=st.integers(0, 6),
)
def test_a_gate_moves_by_choice_and_never_twice_within_its_dwell(deciding, contacts, dwell, closes):
    tables = gated(closes=closes, dwell=dwell)
    now, moves = NOW, [-INF]
    for pause, present, up, mode in contacts:
        now += pause
        tables.vendors[0, columns.UP] = up
        tables.ways[0, 0, columns.MODE] = MODES[mode]
        before = tables.gate
        chosen = at(tables, deciding, present, now)
        is_open, moved_at = tables.gate
        if (is_open, moved_at) != before:
            assert up
            assert mode == "overflow"
            assert present < 9
            assert (is_open, moved_at) == (chosen > 0, now)
            assert now - moves[-1] >= dwell
            moves.append(now)


def test_deciding_alone_moves_no_gate(deciding):
    tables = gated()
    tables.queues[0, columns.PRESENT] = 7
    assert tables.decide(deciding) == 1
    assert tables.state[columns.STATE_GATE] == 1
    assert tables.gate == (False, -INF)


# --- protection, staleness, own keeps -------------------------------------------------------------------


def test_a_protected_contact_is_kept_up_to_its_amount(deciding):
    """A vendor asks 1; keeping costs 4, which is 3 more."""
    for protection, kept in ((0, False), (2.75, False), (3, True), (10, True)):
        scene = minimal(1, protection=protection)
        scene["queue"] |= {"keep": [4.0] * 10, "marginal": [4.0] * 10}
        tables = Tables(scene)
        assert (tables.route(deciding) == 0) == kept
        assert tables.evidence[0, columns.COST] == 4  # the cost is no other


def test_protection_does_not_keep_what_the_house_may_not_have(deciding):
    for change in ({"barred": "data"}, {"mode": "specialised"}, {"mode": "full"}):
        scene = minimal(1, protection=1000, **change)
        assert Tables(scene).route(deciding) == 1


def told_long_ago(age, **queue):
    scene = minimal(1)
    scene["queue"] |= {
        "told_at": NOW - age, "stale_after": 60, "lost_after": 300, "present": 0, "expected": 7,
        "keep": [0.0] * 5 + [INF] * 5, "marginal": [float(n) for n in range(10)], **queue,
    }  # fmt: skip
    return scene


@pytest.mark.parametrize(
    ("age", "belief", "present", "chosen"),
    [
        (-50, "believed", 0, 0),
        (0, "believed", 0, 0),
        (60, "believed", 0, 0),
        (61, "expected", 7, 1),
        (300, "expected", 7, 1),
        (301, "lost", 0, 0),
    ],
)
def test_an_old_state_is_believed_less_and_less(deciding, age, belief, present, chosen):
    tables = Tables(told_long_ago(age))
    assert tables.route(deciding) == chosen
    assert tuple(tables.state[[columns.BELIEF, columns.STATE_PRESENT]]) == (BELIEFS[belief], present)
    assert tables.evidence[0, columns.OBSERVED] == present
    cost, wait, key = tables.evidence[0, [columns.COST, columns.WAIT, columns.KEY]]
    if belief == "lost":
        assert math.isnan(cost)
        assert math.isnan(wait)
        assert key == -INF
    else:
        assert cost == present


@pytest.mark.parametrize("change", [{"told_at": NOW - 301}, {"trusted": False}])
@pytest.mark.parametrize("rule", ["cost", "share", "hash"])
def test_a_queue_that_nobody_sees_keeps_its_contacts_if_it_may(deciding, change, rule):
    scene = told_long_ago(0, rule=rule, present=9, gated=True, gate=True, moved_at=NOW, dwell=60)
    scene["queue"] |= change
    scene["vendors"][0]["share"] = 1
    for mode, barred, chosen in (
        ("overflow", "", 0), ("in_house", "", 0), ("full", "", 1), ("specialised", "", 1),
        ("overflow", "data", 1),
    ):  # fmt: skip
        tables = Tables(scene | {"mode": mode, "barred": barred})
        assert tables.route(deciding) == chosen
        assert tables.gate == (True, NOW)


def test_a_contact_kept_is_present_for_the_next(deciding):
    """Between two states the queue fills up by the contacts that the kernel itself has put there."""
    tables = Tables(told_long_ago(0))
    assert [tables.route(deciding) for _ in range(8)] == [0] * 5 + [1] * 3
    assert tables.queues[0, columns.PRESENT] == 5
    assert tables.queues[0, columns.KEPT_SINCE] == 5
    assert tables.usage[tables.places[0], columns.IN_FLIGHT] == 3
    assert tables.state[columns.STATE_KEPT_SINCE] == 5  # as the decision found it


def test_a_borrowed_row_fills_up_and_the_queue_counts_the_contacts(deciding):
    tables = Tables(told_long_ago(0), row=2, queue=1)
    assert [tables.route(deciding) for _ in range(7)] == [0] * 5 + [1] * 2
    assert tables.queues[2, columns.PRESENT] == 5
    assert tables.queues[1, columns.ROUTED] == 7
    assert tables.ways[0, 0, columns.SEEN] == 7


# --- health ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "share",
    [
        0.5,
        0.25,
        0.125,
        1 / 3,
        0.1,
        0.3,
        0.7,
        0.9,
    ],
)
def test_a_vendor_on_its_ramp_gets_its_share(deciding, share):
    scene = minimal(1)
    scene["vendors"][0]["admitted"] = share
    scene["queue"]["keep"] = [INF] * 10
    tables = Tables(scene)
    taken = 0
    for contact in range(1, 201):
        taken += route_afresh(tables, deciding)
        assert abs(taken - share * contact) <= 1 + 1e-9
        assert tables.evidence[1, columns.REASON] in (0, codes.RAMP)


@given(share=st.integers(1, 31).map(lambda n: n / 32), wanted=st.lists(st.booleans(), max_size=120))
def test_a_ramp_never_admits_more_than_its_share_and_one(deciding, share, wanted):
    """Whether the contacts would go there or not: what was not used is no burst later."""
    scene = minimal(1)
    scene["vendors"][0]["admitted"] = share
    tables = Tables(scene)
    taken = [0]
    for out in wanted:
        tables.curves[0, columns.KEEP_COST] = INF if out else -INF
        taken.append(taken[-1] + route_afresh(tables, deciding))
        for start in range(len(taken)):
            assert taken[-1] - taken[start] <= share * (len(taken) - 1 - start) + 1


def test_a_probe_is_one_contact(deciding):
    scene = minimal(1)
    scene["vendors"][0]["probe"] = True
    scene["queue"]["keep"] = [INF] * 10
    tables = Tables(scene)
    assert [route_afresh(tables, deciding) for _ in range(20)] == [1] + [0] * 19
    assert tables.evidence[1, columns.REASON] == codes.HEALTH
    assert tuple(tables.vendors[0, [columns.PROBE, columns.ADMITTED]]) == (0, 0)


def test_what_is_left_to_spend_ends(deciding):
    scene = minimal(1)
    scene["vendors"][0]["left"] = 3.5
    scene["queue"]["keep"] = [INF] * 10
    tables = Tables(scene)
    assert [route_afresh(tables, deciding) for _ in range(5)] == [1, 1, 1, 0, 0]
    assert tuple(tables.evidence[1, :3]) == (codes.EXPOSURE, 0.5, 1)


# --- classes by price -----------------------------------------------------------------------------------


@st.composite
def kinds_of_contact(draw):
    """One to four kinds of contact of a queue, with the same vendors."""
    first = draw(scenes())
    kinds = [first]
    for _ in range(draw(st.integers(0, 3))):
        other = draw(scenes(all_open=True, most=0))
        numbers = [number for number in range(len(first["vendors"])) if draw(mostly)]
        own = [{"vendor": number} | draw(offers) for number in numbers]
        kept = ("vendors", "center", "queue")
        kinds.append(
            other
            | {name: first[name] for name in kept}
            | {"offers": draw(st.sampled_from([own, first["offers"]]))}
        )
    return kinds


@given(kinds=kinds_of_contact(), asked=st.integers(0, 3), rate=st.integers(1, 64), unseen=st.booleans())
def test_price_classes_are_the_naive_ones(deciding, kinds, asked, rate, unseen):
    asked %= len(kinds)
    if unseen:
        for kind in kinds:
            kind["seen"] = 0
    everybody = kinds[0] | {
        "offers": [{"vendor": n, "price": 0, "extra": 0} for n in range(len(kinds[0]["vendors"]))]
    }
    tables = Tables(everybody, row=1, queue=1)
    each = [Tables(kind, row=1, queue=1) for kind in kinds]
    stranger = np.full_like(each[0].ways[:1], np.nan)  # another queue's
    ways = np.concatenate([stranger, *(table.ways[:1] for table in each)])
    rates, prices, works = np.full((3, len(ways)), np.nan)
    before = tables.copy_of_inputs()
    count = deciding.price_classes(
        asked + 1, 1, np.arange(1, len(ways)), float(rate), float(kinds[0]["queue"]["rule_aht"]), ways,
        tables.vendors, tables.usage, tables.queues, rates, prices, works,
    )  # fmt: skip
    wanted = naive.price_classes(kinds, asked, rate)
    found = np.column_stack([prices[:count], works[:count], rates[:count]])
    wanted = [[*kind, float(rate)] for kind, rate in wanted.items()]
    # A quotient and a sum are rounded twice here, and once by the twin.
    assert found == pytest.approx(np.array(wanted), rel=1e-14)
    assert len(set(zip(prices[:count], works[:count], strict=True))) == count
    assert np.isnan(rates[count:]).all()
    assert np.isnan(prices[count:]).all()
    assert_same(tables.inputs(), before)
    assert count > 1 or prices[0] != INF or rates[0] <= rate


def test_works_that_are_alike_are_one_class(deciding):
    """As estimates of one handle time are, however many types there are; its work is their mean."""
    queue = minimal(1)["queue"] | {"rule_aht": 200}
    kinds = [
        minimal(1, seen=seen, handle=(0, aht), queue=queue) for seen, aht in ((1, 200), (3, 202), (2, 220))
    ]
    each = [Tables(kind) for kind in kinds]
    ways = np.concatenate([table.ways[:1] for table in each])
    rates, prices, works = np.empty((3, 3))
    count = deciding.price_classes(
        0,
        0,
        np.arange(3),
        6.0,
        200.0,
        ways,
        each[0].vendors,
        each[0].usage,
        each[0].queues,
        rates,
        prices,
        works,
    )
    assert (count, rates[:2].tolist(), prices[:2].tolist()) == (2, [4.0, 2.0], [1.0, 1.0])
    assert works[:2] == pytest.approx([(200 + 3 * 202) / 4 / 200, 1.1], rel=1e-14)


def test_a_vendor_that_is_full_for_the_moment_still_makes_a_price(deciding):
    """Capacity and ramp pass within minutes; a cap, an ejection or a closed door does not."""
    for change, price in (
        ({"most": 0}, 1.0), ({"admitted": 0.25}, 1.0), ({"admitted": 0}, INF), ({"caps": [0, 9, 9]}, INF),
        ({"status": "closed"}, INF), ({"up": False}, INF), ({"left": 0}, INF),
        ({"there": 5, "team": 2, "team_aht": 90}, 1.0),
    ):  # fmt: skip
        scene = minimal(1, seen=4)
        scene["vendors"][0] |= change
        scene["queue"]["cost_rate"] = 1
        tables = Tables(scene)
        rates, prices, works = np.empty((3, 2))
        count = deciding.price_classes(
            0, 0, np.arange(1), 0.5, 240.0, tables.ways, tables.vendors, tables.usage, tables.queues, rates,
            prices, works,
        )  # fmt: skip
        assert (count, rates[0], prices[0], works[0]) == (1, 0.5, price, 1.0)


# --- the call by addresses ------------------------------------------------------------------------------


class Addresses:
    """What `bporoute._kernels.routing.route_one` is handed for some tables."""

    def __init__(self, tables):
        self.tables = tables
        tables.vendors[-1, [columns.TABLES_READY, columns.SINCE, columns.UNTIL]] = 1, NOW - 1000, NOW + 1000
        tables.queues[tables.row, columns.QUEUE_READY] = 1
        self.packed, self.ticket = Packed(RoutingTables), Packed(Ticket)
        self.valid = 1

    def call(self, call, now=NOW, luck=LUCK):
        tables = self.tables
        ticket = Ticket(self.packed.keep(tables.arrays), tables.profile, tables.row, self.valid)
        with np.errstate(over="ignore"):  # interpreted, what is meant to wrap around would warn
            return call(self.ticket.keep(ticket), float(now), float(luck), tables.page.address)


@pytest.fixture(scope="session", params=["interpreted", "compiled"])
def call(request, compiled_kernels):
    if request.param == "interpreted":
        return route_one.call
    if compiled_kernels.call is None:
        pytest.skip("nothing is compiled here")
    return compiled_kernels.call


@given(
    scene=scenes(), place=places, luck=lucks, contacts=st.integers(1, 6), pause=st.integers(-3, 9),
    commit=st.booleans(),
)  # fmt: skip
def test_the_call_by_addresses_does_what_the_arrays_do(call, scene, place, luck, contacts, pause, commit):
    plain, compiled = (Addresses(Tables(scene, *place, lines=contacts)) for _ in range(2))
    compiled.tables.page.header[columns.HEADER_COMMIT] = commit
    for line in range(contacts):
        now = NOW + pause * line
        chosen = plain.tables.decide(ON_ARRAYS, now, luck, line)
        if commit:
            plain.tables.reserve(ON_ARRAYS, line)
            stays = chosen == 0 or (chosen < 0 and scene["center"]["falls_back_in"])
            kept = codes.KEPT - plain.tables.row - SHIFT if stays else 0
            places, vendor = plain.tables.places, kept
            if chosen > 0:
                vendor = places[scene["offers"][chosen - 1]["vendor"]] + 1
            assert compiled.tables.page.opened[line] == 0
        reached = plain.tables.vendors[-1, columns.UNTIL] == -INF  # a cap or a tier: first the tables follow
        news = codes.NEWS if reached else 0
        assert compiled.call(call, now, luck) == (line << codes.WAY_BITS) + chosen + 1 + news
        assert compiled.tables.page.opened[line] == (vendor if commit else 0)
        assert compiled.tables.page.header[columns.HEADER_USED] == line + 1
        numbers = plain.tables.page.numbers, compiled.tables.page.numbers
        np.testing.assert_array_equal(*numbers)
        known = ~np.isnan(numbers[0])
        np.testing.assert_array_equal(*(array.view(np.int64)[known] for array in numbers))  # 0.0 is not -0.0
        assert_same(compiled.tables.inputs(), plain.tables.inputs())
        if reached:
            assert compiled.call(call, now) == -1
            plain.tables.vendors[-1, columns.UNTIL] = compiled.tables.vendors[-1, columns.UNTIL] = NOW + 1000
    assert compiled.tables.page.full
    assert compiled.call(call) == -1


@pytest.mark.parametrize(
    "refused", ["ticket", "profile", "tables", "queue", "early", "late", "nan", "page full", "page narrow"]
)
def test_the_call_refuses_tables_that_are_not_ready(call, refused):
    tables = Tables(minimal(2))
    known = Addresses(tables)
    now = {"early": NOW - 1001, "late": NOW + 1000, "nan": math.nan}.get(refused, NOW)
    if refused == "ticket":
        known.valid = 0
    if refused == "profile":
        tables.ways[tables.profile, 0, columns.JUDGED] = 0
    elif refused == "tables":
        tables.vendors[-1, columns.TABLES_READY] = 0
    elif refused == "queue":
        tables.queues[0, columns.QUEUE_READY] = 0
    elif refused == "page full":
        tables.page.header[columns.HEADER_USED] += 1
    elif refused == "page narrow":
        tables.page = Page(1, tables.ways.shape[1] - 1, 1)
        tables.page.numbers[:] = np.nan
    before, used = tables.copy_of_inputs(), tables.page.header.copy()
    assert known.call(call, now) == -1
    assert_same(tables.inputs(), before)
    np.testing.assert_array_equal(tables.page.header, used)
    assert np.isnan(tables.page.numbers).all()


@pytest.mark.parametrize("waits", ["tables", "queue", "late"])
def test_whoever_holds_the_tables_is_not_refused_for_what_the_next_decision_waits_for(call, waits):
    tables = Tables(minimal(2))
    known = Addresses(tables)
    known.valid = codes.HELD
    if waits == "tables":
        tables.vendors[-1, columns.TABLES_READY] = 0
    elif waits == "queue":
        tables.queues[0, columns.QUEUE_READY] = 0
    assert known.call(call, NOW + 1000 if waits == "late" else NOW) != codes.REFUSED
    assert known.call(call, NOW - 1001) == known.call(call, math.nan) == -1


def test_the_call_decides_where_it_is_not_refused(call):
    known = Addresses(Tables(minimal(2)))
    assert known.call(call, NOW - 1000) == 1
    assert known.tables.page.full


@pytest.mark.parametrize(
    ("change", "sent"),
    [({"caps": [INF, 5, INF]}, 5), ({"price_until": 3}, 3), ({"caps": [2, INF, 9]}, 2), ({}, None)],
)
def test_whoever_reaches_a_cap_or_another_price_has_the_tables_follow(deciding, change, sent):
    scene = minimal(2)
    scene["vendors"][0] |= change
    scene["queue"]["keep"] = [INF] * 10
    tables = Tables(scene)
    tables.vendors[-1, columns.UNTIL] = NOW + 60
    for contact in range(1, 7):
        tables.usage[tables.places[0], columns.IN_FLIGHT] = 0
        assert tables.route(deciding) == 1
        if contact == sent:
            assert tables.vendors[0, columns.REACHED] == 1
            assert tables.vendors[-1, columns.UNTIL] == -INF
            return
        assert tables.vendors[-1, columns.UNTIL] == NOW + 60
        assert math.isnan(tables.vendors[0, columns.REACHED])


def test_interpreted_there_is_no_call():
    assert _kernels.INTERPRETED.call is None
