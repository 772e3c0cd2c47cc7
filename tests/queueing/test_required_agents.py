"""`required_agents` and `max_arrival_rate`: exact minima, by looking at neighbours and by brute force."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bporoute import (
    Abandonment,
    Asa,
    Blocking,
    InputError,
    Occupancy,
    QueueModel,
    ServiceLevel,
    max_arrival_rate,
    required_agents,
)
from bporoute.center._targets import Targets
from bporoute.durations._laws import EmpiricalPatience, WeibullPatience
from bporoute.queueing._required_agents import scheduled_agents
from helpers import naive_queue as naive

INF = math.inf
CLOSE = 1e-12
COUNTINGS = ("offered", "ignored", "credited", "answered", "short_excluded", "short_credited")


def slack(target, agents, rate, aht, patience, room):
    """By how much a target is met; negative: missed."""
    if rate == 0.0:
        return 1.0
    queue = QueueModel(agents, rate, aht, patience, room)
    match target:
        case ServiceLevel():
            missed = queue.service_level(target.within, target.counting, short=target.short, complement=True)
            return (1.0 - target.probability) - missed
        case Asa():
            return 1.0 - queue.asa / target.seconds
        case Abandonment():
            return target.probability - (queue.abandonment + queue.blocking)
        case Blocking():
            return target.probability - queue.blocking
        case Occupancy():
            return target.probability - queue.occupancy if agents else -1.0


def met(targets, agents, *queue, close=0.0):
    rate, aht, patience, room = queue
    stable = rate * aht < agents or patience != INF or room < INF
    slacks = [slack(target, agents, *queue) for target in targets]
    return stable and all(not math.isnan(value) and value >= -close for value in slacks)


levels = st.builds(
    ServiceLevel, probability=st.floats(0.05, 0.99), within=st.floats(0.5, 120),
    counting=st.sampled_from(COUNTINGS),
    short=st.floats(1, 20),
)  # fmt: skip
aims = st.lists(
    st.one_of(
        levels, levels,
        st.builds(Asa, seconds=st.floats(1, 120)),
        st.builds(Abandonment, probability=st.floats(0.005, 0.5)),
        st.builds(Blocking, probability=st.floats(0.001, 0.5)),
        st.builds(Occupancy, probability=st.floats(0.3, 0.95)),
    ),
    min_size=1, max_size=3,
)  # fmt: skip
queues = {
    "load": st.floats(0.01, 400.0), "aht": st.floats(30, 900),
    "patience": st.one_of(st.just(INF), st.floats(5.0, 2000.0)),
    "room": st.one_of(st.just(INF), st.integers(0, 30)),
}  # fmt: skip


@given(targets=aims, **queues)
@example(targets=[ServiceLevel(probability=0.8, within=30)], load=380.0, aht=240.0, patience=120.0, room=INF)
@example(targets=[Occupancy(probability=0.9)], load=0.01, aht=240.0, patience=5.0, room=0)
def test_the_smallest_number_that_meets_all_targets(targets, load, aht, patience, room):
    """n meets them, n - 1 does not; so does the real solution, and nothing just below it."""
    queue = load / aht, aht, patience, room
    n = required_agents(*queue[:2], targets, patience, room)
    assert type(n) is int
    assert met(targets, n, *queue, close=1e-15)
    assert n == 0 or not met(targets, n - 1, *queue, close=-1e-15)
    real = required_agents(*queue[:2], targets, patience, room, real=True)
    assert n - 1 < real <= n or real == pytest.approx(n, rel=1e-12)
    if real > 1e-6:
        assert met(targets, real * (1.0 + 1e-9), *queue, close=1e-13)
        assert not met(targets, real * (1.0 - 1e-7), *queue, close=-1e-15)


@given(
    targets=aims,
    load=st.floats(0.1, 30.0),
    patience=st.sampled_from([INF, 20.0, 300.0]),
    room=st.sampled_from([INF, 0, 6]),
)
def test_brute_force(targets, load, patience, room):
    queue = load / 240.0, 240.0, patience, room
    n = next(n for n in range(10_000) if met(targets, n, *queue))
    assert required_agents(*queue[:2], targets, patience, room) == n


@pytest.mark.parametrize(
    ("patience", "room", "target", "holds"),
    [
        (INF, 6, ServiceLevel(probability=0.8, within=0.25),
        lambda q: q.service_level(0.25, "offered") >= 0.8),
        (0.5, INF, ServiceLevel(probability=0.7, within=0.125, counting="ignored"),
         lambda q: q.service_level(0.125, "ignored") >= 0.7),
        (2.0, INF, Abandonment(probability=0.05), lambda q: q.gone <= 0.05),
        (2.0, 1, Abandonment(probability=0.05), lambda q: q.gone + q.blocked <= 0.05),
        (INF, 1, Abandonment(probability=0.05), lambda q: q.blocked <= 0.05),
        (2.0, 5, Asa(seconds=0.05), lambda q: q.asa <= 0.05),
        (INF, 3, Blocking(probability=0.01), lambda q: q.blocked <= 0.01),
        (1.0, 3, Occupancy(probability=0.7), lambda q: q.occupancy <= 0.7),
    ],
)  # fmt: skip
@pytest.mark.parametrize("load", [0.7, 4.0, 9.5])
def test_brute_force_over_the_naive_twin(load, patience, room, target, holds):
    n = next(n for n in range(1, 60) if holds(naive.Queue(n, load, 1.0, patience, room, endless=60)))
    assert required_agents(load, 1, target, patience, room) == n


@given(
    targets=aims, n=st.floats(0.5, 300.0), aht=st.floats(30, 900),
    patience=st.one_of(st.just(INF), st.floats(5.0, 2000.0)), room=st.one_of(st.just(INF),
    st.integers(0, 30)),
)  # fmt: skip
def test_the_largest_rate_and_the_fewest_agents_are_inverse(targets, n, aht, patience, room):
    rate = max_arrival_rate(n, aht, targets, patience, room)
    assume(0.0 < rate < INF)
    assert met(targets, n, rate * (1.0 - 1e-9), aht, patience, room, close=1e-13)
    assert not met(targets, n, rate * (1.0 + 1e-7), aht, patience, room)
    assert required_agents(rate, aht, targets, patience, room, real=True) == pytest.approx(n, rel=1e-8)


@given(targets=aims, unit=st.sampled_from([1 / 60, 1 / 3600, 2.0**10]), **queues)
def test_any_unit_of_time(targets, unit, load, aht, patience, room):
    times = {"within", "short", "seconds"}
    scaled = []
    for target in targets:
        fields = {name: getattr(target, name) for name in target.__struct_fields__}
        scaled.append(type(target)(**{k: v * unit if k in times else v for k, v in fields.items()}))
    one = required_agents(load / aht, aht, targets, patience, room, real=True)
    other = required_agents(load / aht / unit, aht * unit, scaled, patience * unit, room, real=True)
    assert other == pytest.approx(one, rel=1e-9)


@given(targets=aims, load=st.floats(0.5, 100.0), patience=st.sampled_from([INF, 60.0]))
def test_more_contacts_need_more_agents(targets, load, patience):
    rates = np.array([load, 1.01 * load, 1.5 * load]) / 240.0
    real = required_agents(rates, 240, targets, patience, real=True)
    assert (np.diff(real) >= -1e-9).all()


def test_below_the_load():
    """The project's research table (kernels.md, section 3)."""
    level = ServiceLevel(probability=0.8, within=1 / 8)
    assert required_agents(950, 1, level, patience=0.5) == 802
    assert required_agents(950, 1, [level, Asa(seconds=1)], 0.5) == 802


def test_many_values_are_compiled_and_the_same():
    rates = np.linspace(0.0, 2.0, 3000)
    level = ServiceLevel(probability=0.8, within=20)
    many = required_agents(rates, 240, level, patience=180)
    assert many.dtype == np.int64
    assert many[::500].tolist() == [required_agents(rate, 240, level, patience=180) for rate in rates[::500]]
    assert (np.diff(many) >= 0).all()
    assert many[0] == 0


def test_shapes():
    level = ServiceLevel(probability=0.8, within=20)
    grid = required_agents([[0.05], [0.1]], [200, 240, 300], level)
    assert grid.shape == (2, 3)
    assert grid[1, 1] == 29
    assert required_agents([], 240, level).shape == (0,)
    assert required_agents(0.1, 240, level, patience=[INF, 180], waiting_room=[50, INF], real=True).shape == (
        2,
    )
    assert max_arrival_rate([], 240, level).shape == (0,)
    assert type(max_arrival_rate(29, 240, level)) is float


def test_targets_in_all_their_clothes():
    level, asa = ServiceLevel(probability=0.8, within=20), Asa(seconds=5)
    several = required_agents(0.1, 240, [level, asa])
    assert several == max(required_agents(0.1, 240, level), required_agents(0.1, 240, asa))
    assert required_agents(0.1, 240, Targets(service_level=level, asa=asa)) == several
    assert required_agents(0.1, 240, (aim for aim in (level, asa))) == several


@pytest.mark.parametrize(("shrinkage", "expected"), [(0, 29), (0.3, 42), (0.5, 58), (0.42, 50), (0.71, 100)])
def test_shrinkage(shrinkage, expected):
    """29 / 0.58 = 50 and 29 / 0.29 = 100, whatever the rounding of the quotient."""
    level = ServiceLevel(probability=0.8, within=20)
    assert required_agents(0.1, 240, level, shrinkage=shrinkage) == expected
    there = max_arrival_rate(expected * (1.0 - shrinkage), 240, level)
    assert max_arrival_rate(expected, 240, level, shrinkage=shrinkage) == there


@settings(max_examples=12)
@given(
    load=st.floats(0.5, 60.0),
    share=st.floats(0.3, 0.95),
    counting=st.sampled_from(COUNTINGS),
    real=st.booleans(),
)
def test_general_patience_that_is_exponential(load, share, counting, real):
    targets = [ServiceLevel(probability=share, within=20, counting=counting), Abandonment(probability=0.4)]
    general = required_agents(load / 240, 240, targets, WeibullPatience(mean=180.0, shape=1.0), real=real)
    plainly = required_agents(load / 240, 240, targets, 180, real=real)
    assert general == pytest.approx(plainly, rel=1e-8)


@pytest.mark.parametrize("shape", [0.5, 2.5])
def test_general_patience_is_the_exact_minimum(shape):
    patience = WeibullPatience(mean=180.0, shape=shape)
    targets = [ServiceLevel(probability=0.8, within=20), Asa(seconds=15), Abandonment(probability=0.08)]
    rates = np.array([0.0, 0.01, 0.1, 0.3])
    found = required_agents(rates, 240, targets, patience)
    assert found[0] == 0
    for rate, n in zip(rates[1:], found[1:], strict=True):
        assert met(targets, int(n), rate, 240, patience, INF, close=1e-13)
        assert not met(targets, int(n) - 1, rate, 240, patience, INF)


# --- edges and bad input --------------------------------------------------------------------------------


def test_edges():
    level = ServiceLevel(probability=0.8, within=20)
    assert required_agents(0, 240, level) == 0
    assert required_agents(0, 240, level, real=True) == 0.0
    assert max_arrival_rate(0, 240, level) == 0.0
    assert required_agents(0.1, 240, Abandonment(probability=1), patience=60) == 0
    assert max_arrival_rate(5, 240, Abandonment(probability=1), patience=60) == INF
    assert required_agents(0.1, 240, Abandonment(probability=0)) == 25  # nobody gives up, but n > a
    assert required_agents(1e6, 240, level) > 2.4e8
    assert required_agents(0.1, 240, Blocking(probability=0.01), waiting_room=0) == 35


def complaint(call, *arguments, **more):
    with pytest.raises(InputError) as caught:
        call(*arguments, **more)
    return caught.value


@pytest.mark.parametrize(
    ("target", "where", "found"),
    [
        (ServiceLevel(probability=1, within=20), "ServiceLevel.probability", "1"),
        (Asa(seconds=0), "Asa.seconds", "0"),
        (Abandonment(probability=0), "Abandonment.probability", "0"),
        (Blocking(probability=0), "Blocking.probability", "0"),
        (Occupancy(probability=0), "Occupancy.probability", "0"),
    ],
)
def test_targets_that_cannot_be_met(target, where, found):
    for call in (required_agents, max_arrival_rate):
        complained = complaint(call, 0.1, 240, target, 60, 5)
        assert complained.where == where
        assert complained.found.removesuffix(".0") == found.removesuffix(".0")
        assert complained.expected


@pytest.mark.parametrize("targets", [[], None, "80/20", 0.8, [Asa(seconds=5), 0.8], Targets(), ServiceLevel])
def test_what_is_no_target(targets):
    for call in (required_agents, max_arrival_rate):
        assert complaint(call, 0.1, 240, targets).where == "targets"


@pytest.mark.parametrize(
    ("name", "value", "where"),
    [
        ("arrival_rate", -1, "arrival_rate"), ("arrival_rate", [1, INF], "arrival_rate[1]"),
        ("aht", 0, "aht"),
        ("aht", "240", "aht"), ("patience", -1, "patience"), ("patience", [60, math.nan], "patience[1]"),
        ("waiting_room", 0.5, "waiting_room"), ("shrinkage", 1, "shrinkage"),
        ("shrinkage", [0, -0.1], "shrinkage[1]"),
        ("arrival_rate", None, "arrival_rate"), ("arrival_rate", True, "arrival_rate"),
    ],
)  # fmt: skip
def test_required_agents_refuses(name, value, where):
    arguments = {"arrival_rate": 0.1, "aht": 240, "targets": Asa(seconds=5), name: value}
    assert complaint(required_agents, **arguments).where == where


def test_max_arrival_rate_refuses():
    assert complaint(max_arrival_rate, [5, -1], 240, Asa(seconds=5)).where == "agents[1]"
    found = complaint(max_arrival_rate, 5, 240, Asa(seconds=5), WeibullPatience(mean=60.0, shape=2.0))
    assert found.where == "patience"
    assert complaint(required_agents, [1, 2], [1, 2, 3], Asa(seconds=5)).where == "shapes"
    assert (
        complaint(required_agents, 1, 240, Asa(seconds=5), WeibullPatience(mean=9.0, shape=2.0), 5).where
        == "waiting_room"
    )


# --- found by review ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shrinkage", [0.0, 0.1, 0.3, 1 / 3, 0.65, 0.9])
@pytest.mark.parametrize("required", [1, 7, 29, 1_234_567, 818_811_517, 10**12 + 1])
def test_scheduled_agents_are_the_fewest_of_whom_enough_are_there(required, shrinkage):
    there = 1 - Fraction(1.0 - (1.0 - shrinkage))
    scheduled = int(scheduled_agents(np.array([required]), shrinkage)[0])
    assert scheduled * there >= required * (1 - Fraction(1, 10**15))
    assert (scheduled - 1) * there < required


@pytest.mark.parametrize(("rate", "aht", "shrinkage"), [(1e300, 1, 0), (1e200, 1e200, 0), (1e14, 1, 0.999)])
def test_a_load_beyond_whole_numbers_is_refused(rate, aht, shrinkage):
    with pytest.raises(InputError, match=r"arrival_rate: found .* at most 1e"):
        required_agents(rate, aht, ServiceLevel(probability=0.8, within=0.1), 0.5, shrinkage=shrinkage)


def test_abandonment_of_zero_is_met_where_nobody_is_lost():
    assert required_agents(0.1, 240, Abandonment(probability=0)) == 25
    with pytest.raises(InputError, match=r"Abandonment.probability\[1\]: found 0.0"):
        required_agents(0.1, 240, Abandonment(probability=0), patience=[INF, 300])
    with pytest.raises(InputError, match=r"Abandonment.probability\[1\]: found 0.0"):
        required_agents(0.1, 240, Abandonment(probability=0), waiting_room=[INF, 0])


def test_who_is_turned_away_is_lost():
    """One room, two ways to lose a contact: 96.7 % were blocked where no agent was thought to be enough."""
    lost = Abandonment(probability=0.05)
    assert required_agents(1, 240, lost, patience=300, waiting_room=10) == 234
    twin = [naive.Queue(n, 240.0, 1.0, 1.25, 10) for n in (233, 234)]
    assert twin[0].gone + twin[0].blocked > 0.05 >= twin[1].gone + twin[1].blocked
    # Without patience, or without room, what is lost is what Erlang B blocks.
    without_room = required_agents(0.1, 240, Blocking(probability=0.05), waiting_room=0)
    assert required_agents(0.1, 240, lost, patience=0) == without_room == 30
    assert required_agents(0.1, 240, lost, patience=300, waiting_room=0) == without_room


def test_the_rate_up_to_which_few_are_lost():
    """The share that gives up falls again where a room is full; the share that is lost only rises."""
    target = Abandonment(probability=0.0585)
    rate = max_arrival_rate(10, 1, target, patience=1, waiting_room=2)
    rates = np.linspace(0, 40, 500)
    queue = QueueModel(10, rates, 1, 1, 2)
    assert ((queue.abandonment + queue.blocking <= 0.0585) == (rates <= rate)).all()
    assert (np.diff(queue.abandonment[rates > 20]) < 0).any()


def erlang_b(agents, load):
    """The textbook's recursion, in exact fractions."""
    blocked = Fraction(1)
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(agents, load):
    blocked = erlang_b(agents, load)
    return blocked / (1 - load / agents * (1 - blocked))


@pytest.mark.parametrize("load", [Fraction(1, 2), Fraction(7), Fraction(24), Fraction(97)])
@pytest.mark.parametrize("share", [Fraction(1, 2), Fraction(4, 5), Fraction(99, 100)])
def test_answered_at_once(load, share):
    """80 % within 0 s: an Erlang C below 20 %, or without patience an Erlang B."""
    target = ServiceLevel(probability=float(share), within=0)
    patient = next(n for n in range(math.floor(load) + 1, 500) if 1 - erlang_c(n, load) >= share)
    assert required_agents(float(load), 1, target) == patient
    hurried = next(n for n in range(500) if 1 - erlang_b(n, load) >= share)
    assert required_agents(float(load), 1, target, patience=0) == hurried
    assert required_agents(float(load), 1, target, waiting_room=0) == hurried


@pytest.mark.parametrize(
    ("target", "patience", "agents", "rate"),
    [
        (ServiceLevel(probability=0, within=20), INF, 25, 28 / 240),
        (ServiceLevel(probability=0, within=20), 60, 0, INF),
        (ServiceLevel(probability=0, within=20, counting="answered"), 60, 0, INF),
        (ServiceLevel(probability=0.8, within=INF), INF, 25, 28 / 240),
        (ServiceLevel(probability=1, within=INF), INF, 25, 28 / 240),
        (Asa(seconds=INF), INF, 25, 28 / 240),
        (Asa(seconds=INF), 60, 1, INF),
        (Asa(seconds=0), 0, 1, INF),
        (Occupancy(probability=1), INF, 25, 28 / 240),
        (Occupancy(probability=1), 60, 1, INF),
        (Abandonment(probability=1), 0, 0, INF),
    ],
)
def test_limits_that_are_legal(target, patience, agents, rate):
    """24 erlangs, and what 28 agents can take: whoever demands nothing needs no more than a stable queue."""
    assert required_agents(0.1, 240, target, patience=patience) == agents
    assert max_arrival_rate(28, 240, target, patience=patience) == pytest.approx(rate, rel=1e-12)


def test_served_at_all_is_all_but_the_lost():
    for room in (INF, 4):
        lost = required_agents(0.1, 240, Abandonment(probability=0.2), patience=60, waiting_room=room)
        served = ServiceLevel(probability=0.8, within=INF)
        assert required_agents(0.1, 240, served, patience=60, waiting_room=room) == lost


def test_all_served_at_once_where_nobody_waits():
    """Of those who are answered all are answered at once; of those who are offered never all."""
    all_of_them = ServiceLevel(probability=1, within=0, counting="answered")
    assert required_agents(0.1, 240, all_of_them, waiting_room=0) == 1
    for counting in COUNTINGS:
        if counting != "answered":
            target = ServiceLevel(probability=1, within=0, counting=counting)
            assert complaint(required_agents, 0.1, 240, target, waiting_room=0).where.startswith("Serv")


def test_who_never_gives_up_needs_agents_enough():
    patient = EmpiricalPatience(times=(0, 60), shares=(1, 1))
    assert required_agents(0.1, 240, Abandonment(probability=0.05), patience=patient) == 25


def test_numpy_numbers_in_targets():
    target = ServiceLevel(probability=np.float64(0.8), within=np.int64(20))
    assert required_agents(0.1, 240, target) == 29
    with pytest.raises(InputError, match="a target such as ServiceLevel"):
        required_agents(0.1, 240, "80/20")
