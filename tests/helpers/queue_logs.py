"""Logs of one queue whose agents serve in order of arrival, by a plain loop that shares no code with ours."""

from __future__ import annotations

import heapq

import numpy as np

from bporoute import Center, ContactType, Queue, ServiceLevel, Targets
from bporoute.center._targets import Counting
from bporoute.workload._call_log import Call

AGENTS, GAP, AHT, PATIENCE = 8, 20.0, 180.0, 60.0
"""M/M/8+M: agents, and seconds between calls, of handling and of patience."""


def queue_center(counting: Counting = "offered") -> Center:
    """The center of such a queue, without vendors; 80 % within 20 s."""
    aim = ServiceLevel(probability=0.8, within=20, counting=counting)
    queue = Queue(
        aht=AHT,
        patience=PATIENCE,
        wait_cost_per_minute=1,
        abandonment_cost=5,
        targets=Targets(service_level=aim),
    )
    return Center(queues={"desk": queue}, contact_types={"call": ContactType(queue="desk")})


def queue_log(calls: int, seed: int) -> tuple[Call, ...]:
    """What such a queue would write: the wait of every call, the handle time of those that were answered."""
    chance = np.random.default_rng(seed)
    at = np.cumsum(chance.exponential(GAP, calls)).tolist()
    handle, patient = chance.exponential(AHT, calls).tolist(), chance.exponential(PATIENCE, calls).tolist()
    free = [0.0] * AGENTS
    log = []
    for number in range(calls):
        wait = max(free[0] - at[number], 0.0)
        if wait > patient[number]:
            log.append(Call(str(number), "call", at[number], wait=patient[number], abandoned=True))
        else:
            heapq.heapreplace(free, at[number] + wait + handle[number])
            log.append(Call(str(number), "call", at[number], wait=wait, handle=handle[number]))
    return tuple(log)
