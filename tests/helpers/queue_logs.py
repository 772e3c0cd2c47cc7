"""Logs of one queue whose agents serve in order of arrival, by a plain loop that shares no code with ours."""

from __future__ import annotations

import heapq

import numpy as np

from bporoute.workload._call_log import Call


def queue_log(
    calls: int, seed: int, *, agents: int = 8, gap: float = 20.0, aht: float = 180.0, patience: float = 60.0
) -> tuple[Call, ...]:
    """What M/M/n+M would write: the wait of every call, and the handle time of those that were answered."""
    chance = np.random.default_rng(seed)
    at = np.cumsum(chance.exponential(gap, calls)).tolist()
    handle, patient = chance.exponential(aht, calls).tolist(), chance.exponential(patience, calls).tolist()
    free = [0.0] * agents
    log = []
    for number in range(calls):
        wait = max(free[0] - at[number], 0.0)
        if wait > patient[number]:
            log.append(Call(str(number), "call", at[number], wait=patient[number], abandoned=True))
        else:
            heapq.heapreplace(free, at[number] + wait + handle[number])
            log.append(Call(str(number), "call", at[number], wait=wait, handle=handle[number]))
    return tuple(log)
