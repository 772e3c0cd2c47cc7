"""Chats: agents who serve several contacts at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bporoute import _kernels
from bporoute._base.arrays import Floats, number, numbers, together
from bporoute._base.ranges import NOT_NEGATIVE, OR_INFINITE, POSITIVE, Range
from bporoute._kernels.queueing import chat as kernels
from bporoute._kernels.queueing.patience import EXPONENTIAL
from bporoute.durations._laws import Patience
from bporoute.errors import InputError, shown
from bporoute.queueing._limits import PLACES, WHOLE_AGENTS
from bporoute.queueing._patience import encoded
from bporoute.queueing._queue_model import QueueModel

SLOTS = Range(low=1, high=100, below=False, whole=True)


class ChatModel:
    """Agents with a few slots each, who take chats one beside another: exact stationary results.

    A chat goes to an agent with the fewest and stays evenly spread; it waits if every slot of every agent is
    taken. Arrivals are Poisson and handle times exponential, with a mean that depends on how many chats the
    agent has. `agents` and `arrival_rate` broadcast; the rest holds for all. Any consistent unit of time
    works (seconds by default). Time and memory grow with the slots, and with a finite waiting room.

    Parameters
    ----------
    agents : array_like
        Agents, whole numbers up to 1,000,000.
    slots : int
        Chats that one agent may have at once, 1 to 100.
    arrival_rate : array_like
        Chats per unit of time, >= 0.
    aht : sequence of float
        Mean time that one chat takes an agent with 1, 2, .. `slots` chats in all, each > 0.
    patience : float or Patience
        Mean time until a waiting chat gives up, exponential; inf: nobody gives up, 0: nobody waits. With
        unlimited room also a distribution, such as `WeibullPatience`.
    waiting_room : float
        Most chats that may wait, a whole number up to 1,000,000, or inf.

    Raises
    ------
    InputError
        If an argument is out of range.

    Notes
    -----
    Without a limit on the room and with more chats than the slots can serve and too few that give up, the
    queue grows for ever: wait probability 1, waits inf, service level 0.

    Examples
    --------
    >>> model = ChatModel(agents=10, slots=3, arrival_rate=2.1, aht=(8, 10, 13), patience=2)
    >>> round(model.wait_probability, 9), round(model.mean_wait, 9)
    (0.117382804, 0.07226138)
    >>> round(model.service_level(within=0.5), 4)
    0.9233
    >>> round(model.occupancy, 3), round(model.busy_share, 3)
    (0.75, 0.999)
    """

    def __init__(
        self,
        agents: ArrayLike,
        slots: int,
        arrival_rate: ArrayLike,
        aht: Sequence[float],
        patience: Patience | float = np.inf,
        waiting_room: float = np.inf,
    ) -> None:
        self._load = together(agents=(agents, WHOLE_AGENTS), arrival_rate=(arrival_rate, NOT_NEGATIVE))
        self._slots = int(number("slots", slots, SLOTS))
        self._aht = np.ascontiguousarray(numbers("aht", aht, POSITIVE))
        if self._aht.shape != (self._slots,):
            raise InputError("aht", shown(aht), f"{slots} handle times, one for each number of chats")
        self._patience = patience
        self._kind, self._parameters = encoded(patience)
        self._room = number("waiting_room", waiting_room, OR_INFINITE)
        if self._room < np.inf:
            number("waiting_room", waiting_room, PLACES)
            if self._kind != EXPONENTIAL:
                raise InputError("waiting_room", f"{self._room:g}", "inf, unless the patience is a number")

    @property
    def wait_probability(self) -> Any:
        """Share of the offered chats that wait."""
        return self._share(kernels.WAIT)

    @property
    def abandonment(self) -> Any:
        """Share of the offered chats that give up."""
        return self._share(kernels.ABANDONED)

    @property
    def blocking(self) -> Any:
        """Share of the offered chats that find the waiting room full."""
        return self._share(kernels.BLOCKED)

    @property
    def mean_wait(self) -> Any:
        """Mean wait of all offered chats: answered, given up, and 0 for blocked ones."""
        return self._load.shaped(self._offered_wait())

    @property
    def asa(self) -> Any:
        """Mean wait of the answered chats (average speed of answer); nan where nobody is answered."""
        return self._load.shaped(np.ascontiguousarray(self._results.T[kernels.ANSWERED_WAIT]))

    @property
    def queue_length(self) -> Any:
        """Mean number of chats that wait."""
        rate, wait = self._load.flat[1], self._offered_wait()
        return self._load.shaped(np.multiply(rate, wait, out=np.zeros_like(wait), where=rate > 0.0))

    @property
    def occupancy(self) -> Any:
        """Share of all slots that are taken: how near the agents are to taking no more; nan without."""
        return self._per_agent(kernels.SLOTS_BUSY, self._slots)

    @property
    def busy_share(self) -> Any:
        """Share of the agents who have at least one chat: of the time paid, what is worked; nan without."""
        return self._per_agent(kernels.AGENTS_BUSY, 1)

    def service_level(self, within: ArrayLike) -> Any:
        """Share of the offered chats whose service starts within `within` >= 0 after they arrive.

        Exact; to an absolute 1e-12 with a finite waiting room. `within` broadcasts with the rest.

        Raises
        ------
        InputError
            If `within` is out of range or does not fit.
        """
        agents, rate = (values.reshape(self._load.shape) for values in self._load.flat)
        asked = together(
            agents=(agents, NOT_NEGATIVE), arrival_rate=(rate, NOT_NEGATIVE), within=(within, NOT_NEGATIVE)
        )
        return asked.shares(self._run(*asked.flat).T[kernels.SERVED_WITHIN])

    def _offered_wait(self) -> Floats:
        entering, wait = 1.0 - self._results.T[kernels.BLOCKED], self._results.T[kernels.MEAN_WAIT]
        offered: Floats = np.multiply(entering, wait, out=np.zeros_like(wait), where=entering > 0.0)
        return offered

    @cached_property
    def _results(self) -> Floats:
        agents, rate = self._load.flat
        return self._run(agents, rate, np.zeros_like(agents))

    def _run(self, agents: Floats, rate: Floats, within: Floats) -> Floats:
        out = np.empty((len(agents), kernels.COLUMNS))
        room = 0.0 if self._room == np.inf else self._room
        states = float(agents.sum()) * self._slots + (room + 1.0) * len(agents)
        run = _kernels.for_work(kernels.chat_each, int(states))
        run(self._aht, self._kind, self._parameters, self._room, np.maximum(agents, 1.0), rate, within, out)
        nobody = agents == 0.0
        if nobody.any():
            out[nobody] = self._without_agents(rate[nobody], within[nobody])
        return out

    def _without_agents(self, rate: Floats, within: Floats) -> Floats:
        """Rows of results for queues in which nobody serves, whatever a chat takes."""
        queue = QueueModel(0, rate, self._aht[0], self._patience, self._room)
        out = np.zeros((len(rate), kernels.COLUMNS))
        out[:, kernels.WAIT], out[:, kernels.ABANDONED] = queue.wait_probability, queue.abandonment
        out[:, kernels.BLOCKED], out[:, kernels.ANSWERED_WAIT] = queue.blocking, queue.asa
        entering = 1.0 - queue.blocking
        np.divide(queue.mean_wait, entering, out=out[:, kernels.MEAN_WAIT], where=entering > 0.0)
        out[:, kernels.SERVED_WITHIN] = queue.service_level(within)
        return out

    def _share(self, column: int) -> Any:
        return self._load.shares(self._results.T[column])

    def _per_agent(self, column: int, each: int) -> Any:
        slots = self._load.flat[0] * each
        busy = np.divide(self._results.T[column], slots, out=np.full_like(slots, np.nan), where=slots > 0.0)
        return self._load.shares(busy)
