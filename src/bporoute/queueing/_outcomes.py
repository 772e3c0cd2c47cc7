"""What happens to the contacts of queues, as rows of the kernels, and which queues these solve."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from bporoute._base.arrays import Flags, Floats, Together, refuse
from bporoute._base.ranges import Range
from bporoute._base.search import least
from bporoute._kernels import for_work
from bporoute._kernels.queueing import elementwise as batches
from bporoute._kernels.queueing import general_patience as general
from bporoute.durations._laws import Patience
from bporoute.queueing._limits import LARGEST_ROOM, LONGEST_PATIENCE, SHORTEST_PATIENCE
from bporoute.queueing._patience import encoded


def room_work(room: Floats) -> int:
    """The work of summing limited waiting rooms once, as `for_work` counts it."""
    return int(room[room < np.inf].sum()) // 50


def check_limits(given: Together, room: Floats, patience: Floats, *, limited: bool) -> None:
    """Refuse waiting rooms that are not whole, or too large to be summed, or where only inf is solved.

    And a patience so long that its product with a rate leaves the range of numbers.
    """
    wrong = (room != np.floor(room)) | ((room > LARGEST_ROOM) & (room < np.inf))
    refuse("waiting_room", room, wrong, given.shape, f"whole places, at most {LARGEST_ROOM:,}, or inf")
    endless = (patience > LONGEST_PATIENCE) & (patience < np.inf)
    refuse("patience", patience, endless, given.shape, f"at most {LONGEST_PATIENCE:g}, or inf")
    if not limited:
        only = "inf with a patience that is not exponential"
        refuse("waiting_room", room, room < np.inf, given.shape, only)


def outcome_rows(given: Together, distribution: Patience | None) -> Floats:
    """The columns of `batches.outcomes_of` for (agents, rate, aht, patience, room, within)."""
    size = len(given.flat[0])
    if distribution is None:
        kernel = for_work(batches.outcomes_of, 2 * size + room_work(given.flat[4]))
        return given.run(kernel, columns=batches.OUTCOMES)
    found = general_rows(given, distribution, given.flat[5])
    rows = np.zeros((size, batches.OUTCOMES))
    rows[:, batches.WAITS] = found[:, general.WAIT]
    rows[:, batches.ABANDONED] = found[:, general.ABANDONED]
    rows[:, batches.VIRTUAL_LATE] = found[:, general.OFFERED_EXCEEDS]
    rows[:, batches.SERVED_LATE] = found[:, general.SERVED_LATER]
    gone_late = found[:, general.WAIT_EXCEEDS] - found[:, general.SERVED_LATER]
    rows[:, batches.ABANDONED_LATE] = np.maximum(gone_late, 0.0)
    rows[:, batches.MEAN_WAIT] = found[:, general.MEAN_WAIT]
    rows[:, batches.ANSWERED] = found[:, general.SERVED_WITHIN] + found[:, general.SERVED_LATER]
    return rows


def general_rows(given: Together, distribution: Patience, within: object) -> Floats:
    """The columns of `general.general_patience` for (agents, rate, aht), with one patience for all."""
    kind, parameters = encoded(distribution)
    agents, rate, aht = given.flat[:3]
    rows = np.empty((len(agents), general.COLUMNS))
    kernel = for_work(general.general_patience_each, 100 * len(agents))
    with np.errstate(all="ignore"):  # interpreted, a kernel's way to inf or 0 would warn
        kernel(kind, parameters, agents, rate, aht, np.full(len(agents), within, dtype=np.float64), rows)
    return rows


def general_quantile(given: Together, distribution: Patience, virtual: bool) -> Floats:
    """The time by which the wanted share, last of the arguments, has stopped waiting.

    The tail falls with time.
    """
    *queue, wanted = given.flat
    column = general.OFFERED_EXCEEDS if virtual else general.WAIT_EXCEEDS

    def few(time: Floats) -> Flags:
        beyond: Floats = general_rows(Together(tuple(queue), given.shape), distribution, time)[:, column]
        return beyond <= 1.0 - wanted

    found = least(few, queue[2], whole=False)
    return np.where((wanted == 1.0) & (found > 0.0), np.inf, found)


PRESENT = Range(high=10.0 * LARGEST_ROOM, whole=True)


class WaitBehind(NamedTuple):
    """What awaits a contact that finds a known number of others.

    Attributes
    ----------
    answered : float or array
        Probability of being answered in the end.
    answered_within : float or array
        Probability of being answered within the time asked for.
    mean_wait : float or array
        Mean wait, until it is answered or gives up.
    asa : float or array
        Mean wait if it is answered; nan without agents.
    virtual_wait : float or array
        Mean wait if it never gives up; inf without agents.
    """

    answered: Any
    answered_within: Any
    mean_wait: Any
    asa: Any
    virtual_wait: Any


def wait_behind(given: Together) -> WaitBehind:
    """What awaits, from agents, arrival rates, handle times, patience, rooms, those present and the time."""
    agents, _, aht, patience, _, others, time = given.flat
    arguments = Together((agents, aht, np.maximum(patience, SHORTEST_PATIENCE), others, time), given.shape)
    kernel = for_work(batches.waits_behind, len(others) + int(others.sum()) // 50)
    stays, virtual, gone, answered, in_time = arguments.run(kernel, columns=batches.BEHIND).T
    return WaitBehind(*map(given.shaped, (stays, in_time, gone, answered, virtual)))
