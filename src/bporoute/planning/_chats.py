"""Agents who serve several contacts at once: how many are needed, and what they give."""

from __future__ import annotations

import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute._base.search import least
from bporoute.center._targets import Abandonment, Asa, Blocking, Occupancy, QueueTarget, ServiceLevel
from bporoute.errors import InputError
from bporoute.planning._assumptions import Assumptions
from bporoute.queueing._chat import ChatModel
from bporoute.queueing._required_agents import gamma_factor

NODES = 15
"""Rates, equally probable, of which a mean over an uncertain one is taken."""
MOST_LOADS = 1024.0
"""How many times the load the agents may be."""


def chat_agents(rate: Floats, aht: Floats, cv: Floats, assumptions: Assumptions) -> Integers:
    """The fewest agents with several contacts in hand that meet all targets, in the mean over each rate.

    Examples
    --------
    >>> from bporoute.planning._assumptions import USUAL
    >>> chats = Assumptions((USUAL,), patience=120.0, at_once=(1.0, 1.25, 1.6))
    >>> chat_agents(np.array([0.1, 0.1]), np.full(2, 300.0), np.array([0.0, 0.3]), chats)
    array([16, 19])
    """
    required = np.zeros(len(rate), dtype=np.int64)
    share = (np.arange(NODES) + 0.5) / NODES
    for time in np.unique(aht):
        mine = np.flatnonzero(aht == time)
        factors = np.stack([gamma_factor(cv[mine], part) for part in share.tolist()])
        rates = factors * rate[mine] / np.where(cv[mine] > 0, factors.mean(axis=0), 1.0)
        load = np.maximum(rate[mine] * time, 1.0)

        def enough(agents: Floats, time: float = time, rates: Floats = rates) -> Flags:
            found = chats(assumptions, np.broadcast_to(agents, rates.shape), rates, time)
            met: Flags = np.isfinite(found.asa * rates).all(axis=0)
            for target in assumptions.targets:
                met &= _met(found, rates, agents, target)
            return met

        agents = least(enough, np.ceil(load / len(assumptions.at_once)), whole=True, most=MOST_LOADS)
        if np.isinf(agents).any():
            wanted = "; ".join(map(str, assumptions.targets))
            raise InputError("--target", wanted, "targets that some number of agents meets")
        required[mine] = agents
    return required


def chats(assumptions: Assumptions, agents: Floats | Integers, rates: Floats, aht: float) -> ChatModel:
    """The model of a queue whose agents have several contacts in hand."""
    times = tuple(aht * factor for factor in assumptions.at_once)
    patience, room = assumptions.patience, assumptions.waiting_room
    return ChatModel(agents, len(times), rates, times, patience, room)


def _met(found: ChatModel, rates: Floats, agents: Floats, target: QueueTarget) -> Flags:
    """Where a target is met in the mean over rows of rates, each contact of which counts alike."""
    offered = rates / rates.sum(axis=0)
    lost = found.abandonment + found.blocking
    match target:
        case ServiceLevel():
            met = (offered * found.service_level(target.within)).sum(axis=0) >= target.probability
        case Asa():
            answered = rates * (1.0 - lost)
            met = (answered * found.asa).sum(axis=0) <= target.seconds * answered.sum(axis=0)
        case Abandonment():
            met = (offered * lost).sum(axis=0) <= target.probability
        case Occupancy():
            met = (agents > 0) & (np.nan_to_num(found.occupancy).mean(axis=0) <= target.probability)
        case Blocking():
            met = (offered * found.blocking).sum(axis=0) <= target.probability
    flags: Flags = np.asarray(met)
    return flags
