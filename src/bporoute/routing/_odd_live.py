"""What looks odd in what a router was told: legal, so it is decided by, but probably in another unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bporoute._base.remark import Remark
from bporoute.center._odd_loads import odd_rate
from bporoute.center._queue import Queue
from bporoute.center._usual import HANDLE_TIMES, THRESHOLDS, likely_unit, odd_number
from bporoute.estimates._belief import Belief, unit_of
from bporoute.routing._state import QueueState, VendorState

FAR_OFF = 4.0
"""Times that a handle time just now may be off the configured one."""


def odd_queues(
    queues: Mapping[str, Queue], states: Mapping[str, QueueState | None], seen: Mapping[str, float]
) -> Iterator[Remark]:
    """Remarks on what was told last of each queue, and on the mean handle times `seen`, seconds.

    >>> told = {"service": QueueState(agents=42, busy=42, arrival_rate=15.0)}
    >>> for remark in odd_queues({"service": Queue(aht=240)}, told, {"service": 3.9}):
    ...     print(remark.where, "|", remark.odd, "|", remark.likely)
    state.service.arrival_rate | that is 3,600 erlangs for 42 agents | 15 a minute would be 0.25, 60 erlangs
    settle of service | its aht is 240 s | is it told in minutes?
    """
    for name, queue in queues.items():
        state = states.get(name)
        if state is not None and state.distrust():
            state = None  # which every decision says
        told = None if state is None else state.aht
        aht = queue.aht
        if told is not None and not 1 / FAR_OFF <= told / queue.aht <= FAR_OFF:
            yield _far(f"state.{name}.aht", f"{told:.4g} s", told, queue.aht)
        elif told is not None:
            aht = told
        if state is not None and state.arrival_rate is not None and state.agents >= 1.0:
            agents = int(state.agents * queue.concurrency)
            yield from odd_rate(f"state.{name}.arrival_rate", state.arrival_rate, aht, agents)
        mean = seen.get(name, queue.aht)
        if not 1 / FAR_OFF <= mean / queue.aht <= FAR_OFF:
            # A mean of what was told and of what was expected before: the unit shows, the amount does not.
            unit = "minutes" if mean < queue.aht else "milliseconds"
            found = f"{mean:.4g} s on average"
            yield Remark(f"settle of {name}", found, f"its aht is {queue.aht:g} s", f"is it told in {unit}?")


def odd_times(beliefs: Mapping[str, Belief]) -> Iterator[Remark]:
    """Remarks on handle times that were not believed, by contact type or vendor."""
    for name, belief in beliefs.items():
        for side in (belief.short, belief.long):
            if side.refused:
                yield Remark(
                    f"settle of {name}",
                    f"{side.refused} handle times, the last of {side.last:.3g} s",
                    f"{side.expected:.0f} s are usual, so they change no estimate",
                    f"is it told in {unit_of(side)}?",
                )


def odd_vendors(states: Mapping[str, VendorState]) -> Iterator[Remark]:
    """Remarks on what was told last of each vendor."""
    for name, state in states.items():
        wait = state.expected_wait
        if wait is not None and (remark := odd_number(f"vendors.{name}.expected_wait", wait, THRESHOLDS)):
            yield remark


def late_states(late: Mapping[str, int]) -> Iterator[Remark]:
    """Remarks on updates that were dropped: how many came `late`, by where they were told.

    >>> print(*late_states({"state.service": 2, "vendors.nord": 0}))
    state.service: found 2 updates older than what was known; they were dropped; do two feeds tell of it?
    """
    for where, updates in late.items():
        if updates:
            found = f"{updates} update{'' if updates == 1 else 's'} older than what was known"
            yield Remark(where, found, "they were dropped", "do two feeds tell of it?")


def _far(where: str, found: str, mean: float, usual: float) -> Remark:
    in_range = HANDLE_TIMES._replace(low=usual / FAR_OFF, high=usual * FAR_OFF)
    return Remark(where, found, f"its aht is {usual:g} s", likely_unit(mean, in_range))
