"""Counts of the simulation against what bills, the ledger and integrals say."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from bporoute._kernels.routing import columns as routing_columns
from bporoute._kernels.simulation import agenda as agenda
from bporoute._kernels.simulation import codes, columns
from bporoute._kernels.simulation import counting as accounts
from bporoute._kernels.simulation import deadlines as deadlines
from bporoute._kernels.simulation import lines as lines
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._measure import Measure
from bporoute.contracts._rounding import Rounding
from bporoute.contracts._shortfall import Shortfall
from bporoute.routing.ledger._memory import Ledger
from bporoute.simulation._engine._arrays import COUNTS, fill_measure, fill_shortfall

pytestmark = pytest.mark.kernels


SECONDS = st.one_of(st.sampled_from([0.0, 5.0, 30.0, 60.0, 60.0 + 1e-9, 61.0]), st.floats(0, 4000))


@st.composite
def measures(draw):
    counts = draw(st.sampled_from(sorted(COUNTS)))
    minutes = counts.endswith("minutes")
    return Measure(
        counts=counts,
        step=draw(st.sampled_from([None, 1.0, 6.0, 30.0, 60.0])) if minutes else None,
        first=draw(st.sampled_from([0.0, 30.0])) if minutes else 0.0,
        minimum=draw(st.sampled_from([0.0, 20.0, 90.0])) if minutes else 0.0,
        included=draw(st.sampled_from([0.0, 45.0])) if minutes else 0.0,
        free_up_to=draw(st.sampled_from([0.0, 5.0, 30.0])),
        contact_types=draw(st.sampled_from([(), ("sales",), ("service",)])),
        rounding=draw(st.none() | st.builds(Rounding, decimals=st.integers(0, 3), mode=MODES)),
        price=draw(st.sampled_from([0.0, 0.0333, 1.25])),
    )


MODES = st.sampled_from(("half_even", "half_up", "up"))
WINDOWS = np.array([-1e6, 1.0, 1_000.0, 1.5, 1_500.0, 1.0, np.inf, np.inf])
"""Minutes count for half as much again from second 1,000 to 1,500; contacts are sent at 950."""


@given(
    rules=st.lists(measures(), min_size=1, max_size=3),
    least=st.sampled_from([None, 0.5, 3.0]),
    told=st.lists(st.tuples(st.booleans(), SECONDS, SECONDS), max_size=6),
    factor=st.sampled_from([1.0, 1.25]),
    by_minute=st.booleans(),
)
def test_bills_count_as_measures_do(ready, rules, least, told, factor, by_minute):
    bill = ready(accounts.bill)
    rules = list(dict.fromkeys(rules))
    if least is not None:
        rules.append(Shortfall(least=least, parts=tuple((0.7, rule) for rule in rules)))
    table = np.zeros((len(rules), columns.MEASURE_COLUMNS))
    fits = np.zeros(len(rules))
    for place, rule in enumerate(rules):
        if isinstance(rule, Shortfall):
            fill_shortfall(table, place, rule, tuple(rules))
        else:
            fill_measure(table[place], rule)
            part = 0.7 if rule.counts == "resolved" else 1.0
            fits[place] = part * rule.fits(BilledContact(contact_type="sales"))
    team = np.zeros(columns.TEAM_COLUMNS)
    team[columns.TEAM_WITHIN], team[columns.TEAM_SHORT] = 20.0, 5.0
    longest = max(rule.free_up_to for rule in rules)
    team[columns.LONGEST_FREE] = longest
    row = np.zeros(columns.UNITS + len(rules))
    windows = WINDOWS if by_minute else np.array([np.inf])

    def factors(wait):
        """After its answer, of a contact that has waited so long since it was sent."""
        starts = ((0.0, factor), (50.0, 1.5 * factor), (550.0, factor))
        return tuple((start - wait, each) for start, each in starts) if by_minute else ((0.0, factor),)

    contacts = []
    for gave_up, wait, handle in told:
        bill(row, table, fits, windows, team, gave_up, wait, handle, factor, 950.0)
        contacts.append(
            BilledContact(answered=not gave_up, wait=wait, handle=handle, contact_type="sales", resolved=0.7)
        )
    answered = [contact for contact in contacts if contact.answered]
    lost = [contact for contact in contacts if not contact.answered]
    for place, rule in enumerate(rules):
        units = math.fsum(rule.units(contact, factors(contact.wait)) for contact in contacts)
        assert row[columns.UNITS + place] == pytest.approx(units, rel=1e-12, abs=1e-12)
    short = [
        contact
        for contact in contacts
        if 0 < longest >= (contact.handle if contact.answered else contact.wait)
    ]
    assert row[columns.O_SHORT] == len(short)
    assert (row[columns.O_ANSWERED], row[columns.O_ABANDONED]) == (len(answered), len(lost))
    assert row[columns.O_WAITED] == pytest.approx(sum(contact.wait for contact in answered))
    assert row[columns.O_HANDLED] == pytest.approx(sum(contact.handle for contact in answered))
    assert row[columns.O_WITHIN] == sum(contact.wait <= 20 for contact in answered)
    assert row[columns.O_ABANDONED_WITHIN] == sum(contact.wait <= 20 for contact in lost)
    assert row[columns.O_ABANDONED_SHORT] == sum(contact.wait <= 5 for contact in lost)


@given(sent=st.lists(st.integers(0, 2), min_size=1, max_size=12), back=st.integers(0, 11))
def test_counts_are_given_back_as_the_ledger_does(ready, sent, back):
    count_sent = ready(accounts.count_sent)
    usage = np.zeros((4, routing_columns.USAGE_COLUMNS))
    for vendor in sent:
        count_sent(vendor, usage, 1.0)
    ledger = Ledger()
    ledger.open_for(("a", "b", "c"))
    for vendor in range(4):
        ledger.enter(vendor, (0.0,) * routing_columns.WINDOWS)
    for vendor in sent:  # as `reserve` counts
        row, center = ledger.counters[vendor], ledger.counters[-1]
        center[routing_columns.ALL_SQUARES] += 2.0 * row[routing_columns.CENTER_DAY] + 1.0
        center[routing_columns.ALL_SENT] += 1.0
        row[: routing_columns.WINDOWS + 1] += 1.0
    np.testing.assert_array_equal(usage, ledger.counters)
    by_vendor = np.bincount(sent, minlength=3)
    assert usage[-1, routing_columns.ALL_SQUARES] == (by_vendor**2).sum()
    vendor = sent[back % len(sent)]
    count_sent(vendor, usage, -1.0)
    ledger.take_back(vendor, (0.0,) * routing_columns.WINDOWS).apply()
    ledger.counters[vendor, routing_columns.IN_FLIGHT] -= 1.0
    np.testing.assert_array_equal(usage, ledger.counters)


@given(
    ways=st.lists(
        st.tuples(st.booleans(), st.sampled_from([0.0, 1.0, 2.0]), st.sampled_from([-1.0, 0.5, 3.0])),
        min_size=1,
        max_size=7,
    )
)
def test_who_comes_next_is_next_when_sorted(ready, ways):
    next_best = ready(accounts.next_best)
    page = np.zeros((1, len(ways) + 1, routing_columns.PAGE_COLUMNS))
    for way, (out, tier, key) in enumerate(ways):
        page[0, way, [routing_columns.REASON, routing_columns.TIER, routing_columns.KEY]] = (
            float(out),
            tier,
            key,
        )
    ranked = sorted((tier, key, way) for way, (out, tier, key) in enumerate(ways) if not out)
    order = [way for _, _, way in ranked]
    for way, after in zip(order, [*order, -1][1:], strict=True):
        assert next_best(way, len(ways) - 1, page, 0) == after


# Whole microseconds: SciPy warns of an interval of next to no width.
@given(gaps=st.lists(st.floats(0.0, 500.0).map(lambda gap: round(gap, 6)), min_size=1, max_size=12))
def test_the_moments_of_the_overflow_are_those_of_an_integral(ready, gaps):
    note = ready(accounts.note_overflow)
    rate, sent = 1 / 240.0, np.cumsum(gaps)
    flow = np.zeros(columns.OVERFLOW_COLUMNS)
    flow[columns.RATE] = rate
    for at in sent.tolist():
        note(flow, at)

    def decayed(at, times):
        return np.exp(-times * rate * (at - sent[sent <= at])).sum()

    def area(of):
        pieces = [0.0, *sorted(set(sent.tolist()))]
        return sum(integrate.quad(of, begin, end, epsabs=1e-9)[0] for begin, end in pairwise(pieces))

    assert flow[columns.AREA] == pytest.approx(area(lambda at: decayed(at, 1)), rel=1e-7, abs=1e-6)
    assert flow[columns.AREA_TWICE] == pytest.approx(area(lambda at: decayed(at, 2)), rel=1e-7, abs=1e-6)
    assert flow[columns.AREA_SQUARE] == pytest.approx(
        area(lambda at: decayed(at, 1) ** 2), rel=1e-7, abs=1e-6
    )
    assert flow[columns.DECAYED] == pytest.approx(decayed(sent[-1], 1))
    assert flow[columns.DECAYED_TWICE] == pytest.approx(decayed(sent[-1], 2))


def test_abandonments_count_by_their_aims(ready):
    count = ready(accounts.count_abandoned)
    counted, aim = np.zeros(columns.TALLY_COLUMNS), np.array([20.0, 5.0])
    for wait in (0.0, 5.0, 5.1, 20.0, 21.0):
        count(counted, aim, wait)
    expected = np.zeros(columns.TALLY_COLUMNS)
    expected[columns.ABANDONED], expected[columns.WAIT_ABANDONED] = 5, 51.1
    expected[columns.ABANDONED_WITHIN], expected[columns.ABANDONED_SHORT] = 4, 2
    np.testing.assert_allclose(counted, expected)


def test_a_path_says_what_its_slot_does(ready):
    write = ready(accounts.write_path)
    slot, paths = np.zeros(columns.CONTACT_COLUMNS), np.zeros((3, columns.PATH_COLUMNS))
    marks = np.zeros(columns.MARK_WORDS, dtype=np.int64)
    marks[columns.PATHS] = 1
    slot[[columns.C_STREAM, columns.C_NUMBER, columns.C_ATTEMPT]] = 2.0, 17.0, 1.0
    slot[[columns.C_FIRST, columns.C_AT]] = 100.0, 130.0
    slot[[columns.C_COST, columns.C_FAILED]] = 4.5, 2.0
    write(paths, marks, slot, 2.0, 8.0, codes.WAS_ANSWERED, 60.0, 198.0)
    assert marks[columns.PATHS] == 2
    assert paths[1].tolist() == [2, 17, 1, 100, 130, 2, 8, codes.WAS_ANSWERED, 60, 4.5, 2, 198]
    assert not paths[[0, 2]].any()


def test_a_contact_that_is_answered_counts_where_it_is(ready):
    count = ready(accounts.count_answered)
    counted, aim = np.zeros(columns.TALLY_COLUMNS), np.array([20.0, 5.0])
    for wait, out in ((0.0, False), (20.0, True), (20.1, False)):
        count(counted, aim, out, wait)
    answered = counted[[columns.ANSWERED, columns.ANSWERED_OUT, columns.WITHIN, columns.WAIT_ANSWERED]]
    assert answered.tolist() == [2, 1, 2, 40.1]
    assert counted.sum() == answered.sum()
