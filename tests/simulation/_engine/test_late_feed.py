"""A feed that tells late, against a queue simulated by hand: who is sent out, contact by contact."""

from __future__ import annotations

import heapq
import itertools
import math
import os

import numpy as np
import pytest

from bporoute import Center, Contact, ContactType, Contract, Queue, QueueLength
from bporoute.simulation._engine._engine import Floor
from bporoute.simulation._scenario import Scenario, StateFeed
from bporoute.workload._arrivals import Arrivals, Listed
from bporoute.workload._schedule import Schedule
from bporoute.workload._streams import Stream
from helpers.strategies import vendor

pytestmark = pytest.mark.kernels

START = 1795392000.0  # midnight, UTC
HOURS = 2 if os.environ.get("NUMBA_DISABLE_JIT") == "1" else 40
AGENTS, FROM = 10, 2


def calls():
    """(second, handle time, patience): one in 20 s, 240 s, 120 s, each exponential."""
    chance = np.random.default_rng(11)
    times = np.cumsum(chance.exponential(20.0, HOURS * 180))
    times = times[times < HOURS * 3600.0 - 1.0]
    return [
        (float(at), float(handle), float(patience))
        for at, handle, patience in zip(
            times, chance.exponential(240.0, len(times)), chance.exponential(120.0, len(times)), strict=True
        )
    ]


def sent_by_hand(listed, feed, forgetful=False):
    """Numbers of the calls that go out while `FROM` or more are thought to wait.

    What is thought: as last told, and each call kept since the look that was told of. The `forgetful` one
    leaves out those kept between the look and the telling.
    """
    order = itertools.count()
    events = [(at, next(order), "call", number) for number, (at, _, _) in enumerate(listed)]
    events += [(k * feed.every, next(order), "look", None) for k in range(int(HOURS * 3600 // feed.every))]
    heapq.heapify(events)
    busy, line, told, kept, sent = 0, [], (0, 0), [], []

    def later(at, kind, what=None):
        heapq.heappush(events, (at, next(order), kind, what))

    while events:
        now, _, kind, what = heapq.heappop(events)
        if kind == "call":
            told_busy, told_waiting = told
            present = (AGENTS + told_waiting if told_waiting else min(told_busy, AGENTS)) + len(kept)
            if present >= AGENTS + FROM:
                sent.append(what)
                continue
            kept.append(now)
            if busy < AGENTS:
                busy += 1
                later(now + listed[what][1], "done")
            else:
                line.append(what)
                later(now + listed[what][2], "gives up", what)
        elif kind == "done" and line:
            later(now + listed[line.pop(0)][1], "done")
        elif kind == "done":
            busy -= 1
        elif kind == "gives up" and what in line:
            line.remove(what)
        elif kind == "look":
            later(now + feed.delay, "told", (busy, len(line), now))
        elif kind == "told":
            told = what[:2]
            kept = [] if forgetful else [at for at in kept if at > what[2]]
    return sent


@pytest.mark.parametrize("feed", [StateFeed(every=30.0, delay=20.0), StateFeed(every=10.0, delay=25.0)])
def test_whom_the_router_kept_after_the_look_is_not_forgotten(feed):
    center = Center(
        queues={"desk": Queue(aht=240.0, patience=120.0, waiting_room=100, stale_after=math.inf,
                              lost_after=math.inf)},
        contact_types={"call": ContactType(queue="desk")},
        vendors={"nord": vendor(country="SE", contact_types=("call",),
                                contract=Contract(price_per_contact=2.0))},
    )  # fmt: skip
    listed = calls()
    time, handle, patience = np.array(listed).T
    come = Arrivals(
        edges=START + np.arange(HOURS + 1) * 3600.0,
        streams=(Stream("call", Contact("call"), np.zeros(HOURS)),),
        exact=True,
        listed=Listed(START + time, np.zeros(len(time), dtype=int), handle, patience),
    )
    schedule = Schedule({"desk": ((START, AGENTS),)})
    floor = Floor(center, QueueLength(FROM), come, schedule, Scenario(feed=feed), seed=1, paths=True)
    for _ in floor.run():
        pass
    paths = floor.result().paths
    found = sorted(paths.number[paths.destination > 0].tolist())
    by_hand, forgetful = sent_by_hand(listed, feed), sent_by_hand(listed, feed, forgetful=True)
    assert found == by_hand
    assert len(by_hand) > 1.1 * len(forgetful)
