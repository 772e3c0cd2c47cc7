"""The parts of the simulated floor's kernel against naive twins: heap, lines, arrivals, bills, counts."""

from __future__ import annotations

import heapq
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

import naive_chance
import naive_chat
from bporoute._kernels.routing import columns as codes
from bporoute._kernels.simulation import agenda as agenda
from bporoute._kernels.simulation import agents as in_hand
from bporoute._kernels.simulation import arrivals as arriving
from bporoute._kernels.simulation import columns as floor
from bporoute._kernels.simulation import counting as accounts
from bporoute._kernels.simulation import deadlines as deadlines
from bporoute._kernels.simulation import lines as lines
from bporoute.contracts._measure import BilledContact, Measure
from bporoute.routing.ledger._memory import Ledger
from bporoute.simulation._engine._arrays import COUNTS
from bporoute.workload._random import stream_key
from helpers.kernels import compiled

pytestmark = pytest.mark.kernels


# -- the agenda ------------------------------------------------------------------------------------

STEPS = st.lists(st.tuples(st.sampled_from(["push", "drop", "replace"]), st.integers(0, 9)), max_size=60)


@given(steps=STEPS)
def test_the_agenda_gives_times_in_the_order_of_heapq(ready, steps):
    push, drop, replace = (ready(each) for each in (agenda.push, agenda.drop_first, agenda.replace_first))
    times, events, size = np.full(64, np.nan), np.full(64, -1), 0
    twin: list[float] = []
    expected: dict[float, list[int]] = {}

    def first():
        """What lies on top must be one of the entries of the earliest time, and is gone from now on."""
        assert times[0] == twin[0]
        at = heapq.heappop(twin)
        expected[at].remove(events[0])

    for number, (step, at) in enumerate(steps):
        replaced = size > 0 and step == "replace"
        if step == "drop":
            if size:
                first()
                size = drop(times, events, size)
                assert size == len(twin)
            continue
        if replaced:
            first()
            replace(times, events, size, float(at), number)
        else:
            size = push(times, events, size, float(at), number)
        heapq.heappush(twin, float(at))
        expected.setdefault(float(at), []).append(number)
        assert size == len(twin)
    while size:
        first()
        size = drop(times, events, size)
    assert not any(expected.values())
    assert np.isnan(times[64 - 4 :]).all()  # never touched beyond what was pushed


def test_a_long_agenda_sorts(ready):
    push, drop = ready(agenda.push), ready(agenda.drop_first)
    given_times = np.random.default_rng(5).exponential(size=500)
    times, events, size = np.empty(500), np.empty(500, dtype=np.int64), 0
    for number, at in enumerate(given_times):
        size = push(times, events, size, at, number)
    out = []
    while size:
        out.append((times[0], events[0]))
        size = drop(times, events, size)
    assert [at for at, _ in out] == sorted(given_times)
    assert [number for _, number in out] == np.argsort(given_times).tolist()


# -- the deadlines ---------------------------------------------------------------------------------


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["enter", "enter", "leave", "first"]), st.integers(0, 9)), max_size=60
    )
)
def test_contacts_leave_the_deadlines_at_any_moment(ready, steps):
    enter, leave = ready(deadlines.enter), ready(deadlines.leave)
    dues, waiting, size = np.full(64, np.nan), np.full(64, -1), 0
    links = np.full((64, floor.LINK_WORDS), -1)
    twin: dict[int, float] = {}
    for slot, (step, number) in enumerate(steps):
        if step == "enter":
            size = enter(dues, waiting, links, size, float(number), slot)
            twin[slot] = float(number)
        elif twin:
            gone = sorted(twin)[number % len(twin)] if step == "leave" else int(waiting[0])
            size = leave(dues, waiting, links, size, gone)
            del twin[gone]
            assert links[gone, floor.HEAP_PLACE] == -1
        assert size == len(twin)
        assert {int(waiting[place]): dues[place] for place in range(size)} == twin
        assert all(waiting[links[each, floor.HEAP_PLACE]] == each for each in twin)
        if twin:
            assert dues[0] == min(twin.values())


# -- the lines -------------------------------------------------------------------------------------


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["join", "join", "leave", "serve"]),
            st.integers(0, 1),
            st.integers(0, floor.LEVELS - 1),
            st.integers(0, 4),
        ),
        max_size=50,
    )
)
def test_lines_are_served_as_plain_lists_are(ready, steps):
    enqueue, unlink, next_in_line = (
        ready(each) for each in (lines.enqueue, lines.unlink, lines.next_in_line)
    )
    teams = np.zeros((2, floor.TEAM_COLUMNS))
    heads = np.full((2, floor.LEVELS, 2), -1)
    contacts = np.zeros((60, floor.CONTACT_COLUMNS))
    links = np.full((60, floor.LINK_WORDS), -7)
    twin: list[list[list[tuple[int, int]]]] = [[[] for _ in range(floor.LEVELS)] for _ in range(2)]
    slot = 0
    for step, team, level, due in steps:
        everybody = [(at, member) for at, line in enumerate(twin[team]) for member in line]
        if step == "join":
            contacts[slot, floor.C_DUE] = due
            links[slot, floor.IN_LEVEL] = level
            enqueue(teams, team, slot, heads, contacts, links)
            twin[team][level].append((due, slot))
            if level == floor.BACK_OFFICE:
                twin[team][level].sort(key=lambda member: member[0])  # stable: equal due times as they came
            slot += 1
        elif step == "leave" and everybody:
            at, member = everybody[due % len(everybody)]
            unlink(teams, team, member[1], heads, links)
            twin[team][at].remove(member)
            assert links[member[1], floor.WAITS] == 0
        elif step == "serve":
            served = next_in_line(teams, team, heads)
            assert served == (everybody[0][1][1] if everybody else -1)
            if everybody:
                unlink(teams, team, served, heads, links)
                twin[team][everybody[0][0]].pop(0)
        for number, levels in enumerate(twin):
            assert teams[number, floor.WAITING] == sum(map(len, levels[: floor.CALLBACKS]))
            assert teams[number, floor.BACKLOG] == sum(map(len, levels[floor.CALLBACKS :]))
            for at, line in enumerate(levels):
                forwards, backwards = [], []
                place = heads[number, at, floor.FIRST]
                while place >= 0:
                    forwards.append(place)
                    place = links[place, floor.BEHIND]
                place = heads[number, at, floor.LAST]
                while place >= 0:
                    backwards.append(place)
                    place = links[place, floor.BEFORE]
                assert forwards == backwards[::-1] == [member for _, member in line]


# -- what is in hand -------------------------------------------------------------------------------


@given(
    agents=st.integers(1, 6),
    ahts=st.lists(st.floats(1, 1000), min_size=1, max_size=5),
    chats=st.integers(1, 30),
)
def test_chats_get_on_as_the_chat_model_says(ready, agents, ahts, chats):
    speed = ready(in_hand.chat_speed)
    chats = min(chats, agents * len(ahts))
    found = speed(float(agents), np.array(ahts), chats)
    # Each of c chats ends at rate d_c / c, one alone would at rate 1 / aht_1.
    assert found == pytest.approx(naive_chat.ending_rate(chats, agents, ahts) / chats * ahts[0], rel=1e-12)


def test_whoever_has_left_stays_with_the_chats_in_hand(ready):
    speed = ready(in_hand.chat_speed)
    ahts = np.array([100.0, 150.0])
    assert speed(0.0, ahts, 3) == speed(2.0, ahts, 3)
    assert speed(1.0, ahts, 4) == pytest.approx(2 / 150 * 100 / 2)


def test_areas_add_up_contacts_in_hand_over_time(ready):
    take_up, pass_own = ready(in_hand.take_up), ready(in_hand.pass_own_time)
    teams = np.zeros((1, floor.TEAM_COLUMNS))
    for now, change in ((1.0, 1.0), (3.0, 1.0), (7.0, -1.0), (9.0, -1.0)):
        teams[0, floor.SPEED] = teams[0, floor.BUSY]
        pass_own(teams, 0, now)
        take_up(teams, 0, now, change)
    assert teams[0, floor.BUSY_AREA] == 1 * 2 + 2 * 4 + 1 * 2 == teams[0, floor.OWN_TIME]
    assert teams[0, floor.BUSY] == 0


# -- arrivals --------------------------------------------------------------------------------------


def arrivals(kernel, key, edges, volumes, exact, start=None):
    """All arrivals of one stream."""
    streams = np.zeros((1, floor.STREAM_COLUMNS))
    streams[0, floor.PLACE] = -1 if exact else 0
    edges, volumes = np.array(edges, dtype=float), np.array([volumes], dtype=float)
    now, found = float(edges[0] if start is None else start), []
    with np.errstate(over="ignore"):
        while True:
            now = kernel(0, now, key, streams, edges, volumes, int(exact))
            if now == math.inf:
                return np.array(found)
            streams[0, floor.CONTACTS] += 1.0
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
    streams = np.zeros((3, floor.STREAM_COLUMNS))
    streams[:, floor.NEXT] = 7.0, 5.0, 5.0
    listed = np.zeros((1, floor.LISTED_COLUMNS))
    listed[0, floor.L_AT] = 5.0
    clock, marks = np.zeros(floor.CLOCK_WORDS), np.zeros(floor.MARK_WORDS, dtype=np.int64)
    choose(streams, listed, clock, marks)
    assert (clock[floor.NEXT_AT], marks[floor.NEXT_STREAM]) == (5.0, floor.LISTED)
    marks[floor.LISTED_AT] = 1
    choose(streams, listed, clock, marks)
    assert (clock[floor.NEXT_AT], marks[floor.NEXT_STREAM]) == (5.0, 1)
    streams[:, floor.NEXT] = math.inf
    choose(streams, listed, clock, marks)
    assert (clock[floor.NEXT_AT], marks[floor.NEXT_STREAM]) == (math.inf, floor.NOBODY)


# -- bills -----------------------------------------------------------------------------------------

SECONDS = st.one_of(st.sampled_from([0.0, 5.0, 30.0, 60.0, 60.0 + 1e-9, 61.0]), st.floats(0, 4000))


@st.composite
def measures(draw):
    counts = draw(st.sampled_from(sorted(COUNTS)))
    minutes = counts.endswith("minutes")
    return Measure(
        counts=counts,
        step=draw(st.sampled_from([None, 1.0, 6.0, 30.0, 60.0])) if minutes else None,
        minimum=draw(st.sampled_from([0.0, 20.0, 90.0])) if minutes else 0.0,
        free_up_to=draw(st.sampled_from([0.0, 5.0, 30.0])),
    )


@given(
    rules=st.lists(measures(), min_size=1, max_size=3),
    told=st.lists(st.tuples(st.booleans(), SECONDS, SECONDS), max_size=6),
    factor=st.sampled_from([1.0, 1.25]),
)
def test_bills_count_as_measures_do(ready, rules, told, factor):
    bill = ready(accounts.bill)
    table = np.array(
        [[COUNTS[rule.counts], rule.step or 0.0, rule.minimum, rule.free_up_to] for rule in rules]
    )
    team = np.zeros(floor.TEAM_COLUMNS)
    team[floor.TEAM_WITHIN], team[floor.TEAM_SHORT] = 20.0, 5.0
    longest = max(rule.free_up_to for rule in rules)
    team[floor.LONGEST_FREE] = longest
    row = np.zeros(floor.UNITS + len(rules))
    contacts = []
    for gave_up, wait, handle in told:
        bill(row, table, team, gave_up, wait, handle, factor)
        contacts.append(BilledContact(answered=not gave_up, wait=wait, handle=handle))
    answered = [contact for contact in contacts if contact.answered]
    lost = [contact for contact in contacts if not contact.answered]
    for place, rule in enumerate(rules):
        units = math.fsum(factor * rule.units(contact) for contact in contacts)
        assert row[floor.UNITS + place] == pytest.approx(units, rel=1e-12, abs=1e-12)
    short = [
        contact
        for contact in contacts
        if 0 < longest >= (contact.handle if contact.answered else contact.wait)
    ]
    assert row[floor.O_SHORT] == len(short)
    assert (row[floor.O_ANSWERED], row[floor.O_ABANDONED]) == (len(answered), len(lost))
    assert row[floor.O_WAITED] == pytest.approx(sum(contact.wait for contact in answered))
    assert row[floor.O_HANDLED] == pytest.approx(sum(contact.handle for contact in answered))
    assert row[floor.O_WITHIN] == sum(contact.wait <= 20 for contact in answered)
    assert row[floor.O_ABANDONED_WITHIN] == sum(contact.wait <= 20 for contact in lost)
    assert row[floor.O_ABANDONED_SHORT] == sum(contact.wait <= 5 for contact in lost)


@given(sent=st.lists(st.integers(0, 2), min_size=1, max_size=12), back=st.integers(0, 11))
def test_counts_are_given_back_as_the_ledger_does(ready, sent, back):
    count_sent = ready(accounts.count_sent)
    usage = np.zeros((4, codes.USAGE_COLUMNS))
    for vendor in sent:
        count_sent(vendor, usage, 1.0)
    ledger = Ledger()
    ledger.open_for(("a", "b", "c"))
    for vendor in range(4):
        ledger.enter(vendor, (0.0,) * codes.WINDOWS)
    for vendor in sent:  # as `reserve` counts
        row, center = ledger.counters[vendor], ledger.counters[-1]
        center[codes.ALL_SQUARES] += 2.0 * row[codes.CENTER_DAY] + 1.0
        center[codes.ALL_SENT] += 1.0
        row[: codes.WINDOWS + 1] += 1.0
    np.testing.assert_array_equal(usage, ledger.counters)
    by_vendor = np.bincount(sent, minlength=3)
    assert usage[-1, codes.ALL_SQUARES] == (by_vendor**2).sum()
    vendor = sent[back % len(sent)]
    count_sent(vendor, usage, -1.0)
    ledger.give_back(vendor, 1.0)
    ledger.leave(vendor)
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
    page = np.zeros((1, len(ways) + 1, codes.PAGE_COLUMNS))
    for way, (out, tier, key) in enumerate(ways):
        page[0, way, [codes.REASON, codes.TIER, codes.KEY]] = float(out), tier, key
    ranked = sorted((tier, key, way) for way, (out, tier, key) in enumerate(ways) if not out)
    order = [way for _, _, way in ranked]
    for way, after in zip(order, [*order, -1][1:], strict=True):
        assert next_best(way, len(ways) - 1, page, 0) == after


# -- overflow, abandonment, paths --------------------------------------------------------------------


@given(gaps=st.lists(st.floats(0.0, 500.0), min_size=1, max_size=12))
def test_the_moments_of_the_overflow_are_those_of_an_integral(ready, gaps):
    note = ready(accounts.note_overflow)
    rate, sent = 1 / 240.0, np.cumsum(gaps)
    flow = np.zeros(floor.OVERFLOW_COLUMNS)
    flow[floor.RATE] = rate
    for at in sent.tolist():
        note(flow, at)

    def decayed(at, times):
        return np.exp(-times * rate * (at - sent[sent <= at])).sum()

    def area(of):
        pieces = [0.0, *sorted(set(sent.tolist()))]
        return sum(integrate.quad(of, begin, end, epsabs=1e-9)[0] for begin, end in pairwise(pieces))

    assert flow[floor.AREA] == pytest.approx(area(lambda at: decayed(at, 1)), rel=1e-7, abs=1e-6)
    assert flow[floor.AREA_TWICE] == pytest.approx(area(lambda at: decayed(at, 2)), rel=1e-7, abs=1e-6)
    assert flow[floor.AREA_SQUARE] == pytest.approx(area(lambda at: decayed(at, 1) ** 2), rel=1e-7, abs=1e-6)
    assert flow[floor.DECAYED] == pytest.approx(decayed(sent[-1], 1))
    assert flow[floor.DECAYED_TWICE] == pytest.approx(decayed(sent[-1], 2))


def test_abandonments_count_by_their_aims(ready):
    count = ready(accounts.count_abandoned)
    counted, aim = np.zeros(floor.TALLY_COLUMNS), np.array([20.0, 5.0])
    for wait in (0.0, 5.0, 5.1, 20.0, 21.0):
        count(counted, aim, wait)
    expected = np.zeros(floor.TALLY_COLUMNS)
    expected[floor.ABANDONED], expected[floor.WAIT_ABANDONED] = 5, 51.1
    expected[floor.ABANDONED_WITHIN], expected[floor.ABANDONED_SHORT] = 4, 2
    np.testing.assert_allclose(counted, expected)


def test_a_path_says_what_its_slot_does(ready):
    fill, write = ready(accounts.fill_slot), ready(accounts.write_path)
    slot, paths = np.zeros(floor.CONTACT_COLUMNS), np.zeros((3, floor.PATH_COLUMNS))
    marks = np.zeros(floor.MARK_WORDS, dtype=np.int64)
    marks[floor.PATHS] = 1
    fill(slot, 2.0, 17.0, 1.0, 100.0, 130.0, 60.0, 4.5, 3.0, 7.0, 1.25, 2.0)
    write(paths, marks, slot, 2.0, 8.0, floor.WAS_ANSWERED, 60.0, 198.0)
    assert marks[floor.PATHS] == 2
    assert paths[1].tolist() == [2, 17, 1, 100, 130, 2, 8, floor.WAS_ANSWERED, 60, 4.5, 7, 2, 198]
    assert slot[floor.C_FACTOR] == 1.25
    assert slot[floor.C_TEAM] == 3
    assert not paths[[0, 2]].any()
