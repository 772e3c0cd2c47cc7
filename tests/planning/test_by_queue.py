"""Queues that are staffed for different things: targets, hours, and agents with several contacts in hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import numpy as np
import pytest

from bporoute import Center, ContactType, Queue
from bporoute.center._targets import Abandonment, Asa, Blocking, Occupancy, ServiceLevel, Targets
from bporoute.errors import InputError
from bporoute.planning import Assumptions, staffing_plan
from bporoute.planning._asked import Asked, assumptions_of
from bporoute.planning._chats import NODES, chat_agents
from bporoute.planning._opening import closed_notes, open_intervals
from bporoute.queueing._required_agents import gamma_factor
from bporoute.workload._volumes import Volumes
from helpers import naive_chat

USUAL = ServiceLevel(probability=0.8, within=20)
START = datetime(2026, 11, 23, 8)  # a Monday


def volumes_of(*rows):
    """(half hours after 8, queue, contacts, handle time)."""
    halves, queues, volume, aht = zip(*rows, strict=True)
    starts = tuple(START + timedelta(minutes=30 * half) for half in halves)
    return Volumes(starts, queues, np.array(volume, float), np.array(aht, float), np.full(len(rows), 1800.0))


def center_of(**queues):
    return Center(queues=queues, contact_types={name: ContactType(queue=name) for name in queues})


TWO = volumes_of((0, "sales", 90, 200), (0, "mail", 40, 300), (1, "sales", 120, 200), (1, "mail", 50, 300))


def test_each_queue_gets_what_it_would_get_alone():
    sales = Assumptions((USUAL,), patience=120.0, shrinkage=0.3, day_cv=0.1)
    mail = Assumptions((Asa(seconds=60),), patience=900.0, shrinkage=0.1, day_cv=0.1)
    plan = staffing_plan(TWO, msgspec.structs.replace(sales, queues={"mail": mail}))
    for queue, own in (("sales", sales), ("mail", mail)):
        mine = [place for place, name in enumerate(TWO.queues) if name == queue]
        alone = volumes_of(*((place // 2, queue, TWO.volume[place], TWO.aht[place]) for place in mine))
        expected = staffing_plan(alone, own)
        assert plan.required[mine].tolist() == expected.required.tolist()
        assert plan.scheduled[mine].tolist() == expected.scheduled.tolist()
        assert plan.service_level[mine].tolist() == expected.service_level.tolist()
        assert plan.asa[mine].tolist() == expected.asa.tolist()
    alone = [staffing_plan(TWO, own).prices for own in (sales, mail)]
    assert alone[0].in_the_mean != alone[1].in_the_mean
    assert plan.prices.in_the_mean == float(plan.required.sum() / 2)


def test_what_is_asked_of_one_goes_before_all_and_that_before_the_center():
    queue = Queue(
        aht=200,
        patience=180.0,
        waiting_room=30,
        shrinkage=0.2,
        concurrency=2,
        slowdown=(1.4,),
        targets=Targets(asa=Asa(seconds=40)),
    )
    center = center_of(sales=queue, mail=queue)
    one, every = Asked(targets=(USUAL,)), Asked(shrinkage=0.3, targets=(Abandonment(probability=0.04),))
    found = assumptions_of(every, {"sales": one}, center, day_cv=0.1, confidence=0.9)
    assert found.of("sales").targets == (USUAL,)
    assert found.of("mail").targets == (Abandonment(probability=0.04),)
    for name in ("sales", "mail"):
        own = found.of(name)
        assert (own.patience, own.waiting_room, own.shrinkage, own.at_once) == (180.0, 30, 0.3, (1.0, 1.4))
        assert (own.day_cv, own.confidence) == (0.1, 0.9)
    of_center = assumptions_of(Asked(), {}, center)
    assert of_center.of("mail").targets == (Asa(seconds=40),)
    assert of_center.of("mail").shrinkage == 0.2
    assert assumptions_of(Asked(), {}, None).of("mail").targets == (USUAL,)
    assert found.with_confidence(None).of("mail").confidence is None


def test_nobody_is_needed_while_a_queue_is_closed():
    hours = ("mon-fri 08:30-09:10",)
    center = center_of(sales=Queue(aht=200, hours=hours), mail=Queue(aht=200))
    volumes = volumes_of(*((half, name, 60, 200) for half in range(4) for name in ("sales", "mail")))
    taken = open_intervals(center, volumes)
    assert taken.tolist() == [False, True, True, True, True, True, False, True]
    plan = staffing_plan(volumes, assumptions_of(Asked(), {}, center), taken)
    assert ((plan.required > 0) == taken).all()
    assert ((plan.load > 0) == taken).all()
    (note,) = closed_notes(volumes, taken)
    assert note.startswith("sales: 120 contacts in 2 intervals while it is closed")
    holiday = msgspec.structs.replace(center.queues["sales"], holidays=(START.date(),))
    assert not open_intervals(center_of(sales=holiday, mail=Queue(aht=200)), volumes)[::2].any()
    mailbox = Queue(aht=200, hours=hours, accepts_when_closed=True)
    assert open_intervals(center_of(sales=mailbox, mail=Queue(aht=200)), volumes).all()


TIMES = (1.0, 1.3, 1.8)


def naive_level(agents, rate, patience, within):
    return naive_chat.model(agents, [200 * time for time in TIMES], rate, patience, 12, within)


@pytest.mark.parametrize("cv", [0.0, 0.4])
@pytest.mark.parametrize(
    "target",
    [
        USUAL,
        Asa(seconds=15),
        Abandonment(probability=0.04),
        Occupancy(probability=0.7),
    ],
)
def test_the_fewest_with_several_in_hand(target, cv):
    """By a dense chain of every number of chats, and the mean over the same rates."""
    rate, patience = 0.05, 150.0
    asked = Assumptions((target,), patience=patience, waiting_room=12, at_once=TIMES)
    (found,) = chat_agents(np.array([rate]), np.array([200.0]), np.array([cv]), asked).tolist()
    share = [(node + 0.5) / NODES for node in range(NODES)] if cv else [0.5]
    factors = np.array([gamma_factor(np.array([cv]), part)[0] for part in share])
    rates = rate * factors / factors.mean()

    def met(agents):
        rows = [naive_level(agents, each, patience, 20.0) for each in rates.tolist()]
        weights = rates / rates.sum()
        if isinstance(target, ServiceLevel):
            return sum(w * row["service_level"] for w, row in zip(weights, rows, strict=True)) >= 0.8
        if isinstance(target, Asa):
            answered = [
                w * (1 - row["abandonment"] - row["blocking"]) for w, row in zip(weights, rows, strict=True)
            ]
            waits = sum(a * row["asa"] for a, row in zip(answered, rows, strict=True))
            return waits / sum(answered) <= 15
        if isinstance(target, Abandonment):
            return (
                sum(w * (row["abandonment"] + row["blocking"]) for w, row in zip(weights, rows, strict=True))
                <= 0.04
            )
        return np.mean([row["occupancy"] for row in rows]) <= 0.7

    assert met(found)
    assert not met(found - 1)


def test_agents_with_several_in_hand_meet_a_limit_to_blocking():
    asked = Assumptions((Blocking(probability=0.02),), patience=60.0, waiting_room=2, at_once=(1.0, 1.2))
    plan = staffing_plan(volumes_of((0, "chat", 60, 300), (1, "chat", 80, 240)), asked)
    assert (plan.blocking <= 0.02).all()
    fewer = staffing_plan(
        volumes_of((0, "chat", 60, 300)), msgspec.structs.replace(asked, targets=(Blocking(probability=0.2),))
    )
    assert fewer.required[0] < plan.required[0]


def test_with_several_in_hand_a_share_of_days_and_another_counting():
    chats = Assumptions((USUAL,), patience=150.0, at_once=TIMES, day_cv=0.2)
    volumes = volumes_of((0, "chat", 100, 200))
    confident = staffing_plan(volumes, msgspec.structs.replace(chats, confidence=0.95))
    assert confident.required[0] > staffing_plan(volumes, chats).required[0]
    with pytest.raises(InputError, match="counts the offered"):
        Assumptions((ServiceLevel(probability=0.8, within=20, counting="answered"),), at_once=TIMES)
