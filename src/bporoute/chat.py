"""Chats: agents who serve several contacts at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bporoute import _kernels
from bporoute._kernels import chat as kernels
from bporoute._kernels.patience import EXPONENTIAL
from bporoute.arrays import Floats
from bporoute.broadcast import NOT_NEGATIVE, OR_INFINITE, POSITIVE, Range, numbers, together
from bporoute.errors import InputError, shown
from bporoute.patience import Patience, encoded

MOST_AGENTS = 1_000_000
MOST_SLOTS = 100
MOST_PLACES = 1_000_000


class ChatModel:
    """Agents with a few slots each, who take chats one beside another: exact stationary results.

    A chat goes to an agent with the fewest and stays evenly spread; it waits if every slot of every agent is
    taken. Arrivals are Poisson and handle times exponential, with a mean that depends on how many chats the
    agent has. `agents` and `arrival_rate` broadcast; the rest holds for all. Any consistent unit of time
    works (seconds by default). Time and memory grow with the slots, and with a finite waiting room.

    Parameters
    ----------
    agents : array_like
        Agents, whole numbers from 1 to 1,000,000.
    slots : int
        Chats that one agent may have at once, 1 to 100.
    arrival_rate : array_like
        Chats per unit of time, >= 0.
    aht : sequence of float
        Mean time that one chat takes an agent with 1, 2, .. `slots` chats in all, each > 0.
    patience : float or Patience
        Mean patience while waiting, exponential; inf: nobody gives up. With unlimited room also one of the
        distributions of `bporoute.patience`.
    waiting_room : float
        Most chats that may wait, a whole number, or inf.

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
        self._load = together(
            agents=(agents, Range(low=1, high=MOST_AGENTS, below=False)),
            arrival_rate=(arrival_rate, NOT_NEGATIVE),
        )
        _check_whole("agents", self._load.flat[0])
        _check_whole("slots", numbers("slots", slots, Range(low=1, high=MOST_SLOTS, below=False)))
        self._aht = np.ascontiguousarray(numbers("aht", aht, POSITIVE))
        if self._aht.shape != (slots,):
            raise InputError("aht", shown(aht), f"{slots} handle times, one for each number of chats")
        self._kind, self._parameters = encoded(patience)
        room = numbers("waiting_room", waiting_room, OR_INFINITE)
        if room < np.inf:
            _check_whole("waiting_room", numbers("waiting_room", room, Range(high=MOST_PLACES, below=False)))
            if self._kind != EXPONENTIAL:
                raise InputError("waiting_room", f"{room:g}", "inf, unless the patience is a number")
        self._slots = slots
        self._room = float(room)

    @property
    def wait_probability(self) -> Any:
        """Share of the offered chats that wait."""
        return self._column(kernels.WAIT)

    @property
    def abandonment(self) -> Any:
        """Share of the offered chats that give up."""
        return self._column(kernels.ABANDONED)

    @property
    def blocking(self) -> Any:
        """Share of the offered chats that find the waiting room full."""
        return self._column(kernels.BLOCKED)

    @property
    def mean_wait(self) -> Any:
        """Mean wait of the chats that are not blocked, whether answered or not."""
        return self._column(kernels.MEAN_WAIT)

    @property
    def asa(self) -> Any:
        """Mean wait of the answered chats (average speed of answer)."""
        return self._column(kernels.ANSWERED_WAIT)

    @property
    def queue_length(self) -> Any:
        """Mean number of chats that wait."""
        rate = self._load.flat[1]
        entering = rate * (1.0 - self._results.T[kernels.BLOCKED])
        wait = self._results.T[kernels.MEAN_WAIT]
        return self._load.shaped(np.multiply(entering, wait, out=np.zeros_like(wait), where=rate > 0.0))

    @property
    def occupancy(self) -> Any:
        """Share of all slots that are taken."""
        return self._per_agent(kernels.SLOTS_BUSY, self._slots)

    @property
    def busy_agents(self) -> Any:
        """Share of the agents who have at least one chat."""
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
        return asked.shaped(np.ascontiguousarray(self._run(*asked.flat).T[kernels.SERVED_WITHIN]))

    @cached_property
    def _results(self) -> Floats:
        agents, rate = self._load.flat
        return self._run(agents, rate, np.zeros_like(agents))

    def _run(self, agents: Floats, rate: Floats, within: Floats) -> Floats:
        out = np.empty((len(agents), kernels.COLUMNS))
        room = 0.0 if self._room == np.inf else self._room
        states = float(agents.sum()) * self._slots + (room + 1.0) * len(agents)
        run = _kernels.for_work(kernels.chat_each, int(states))
        run(self._aht, self._kind, self._parameters, self._room, agents, rate, within, out)
        return out

    def _column(self, column: int) -> Any:
        return self._load.shaped(np.ascontiguousarray(self._results.T[column]))

    def _per_agent(self, column: int, each: int) -> Any:
        return self._load.shaped(self._results.T[column] / (self._load.flat[0] * each))


def _check_whole(name: str, values: Floats) -> None:
    wrong = np.atleast_1d(values != np.floor(values))
    if wrong.any():
        found = float(np.atleast_1d(values)[np.argmax(wrong)])
        raise InputError(name, repr(found), "whole numbers" if values.ndim else "a whole number")
