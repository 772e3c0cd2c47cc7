"""Queues in equilibrium: Erlang A, B, C and between, overflow traffic, required agents.

Arguments are ``(agents, load)`` in this order, numbers or arrays, in any one unit of time; the formulas and
their sources stand in the kernels (folder ``_kernels/queueing``), which mirror the files here by name.

offered load
    Arrival rate times mean handle time, erlangs.
overflow
    What a queue sends out; its traffic comes in bunches (peakedness above 1).
threshold
    The number of contacts present from which on a contact is sent out.

Not here: rules that decide a contact (`bporoute.policies`), plans by interval (`bporoute.planning`).
"""

from bporoute.queueing._changing_queue import ChangingQueue, changing_queue
from bporoute.queueing._chat import ChatModel
from bporoute.queueing._erlang import erlang_b, erlang_b_load, erlang_c
from bporoute.queueing._interrupted import InterruptedPoisson, interrupted_poisson
from bporoute.queueing._least_overflow import largest_threshold
from bporoute.queueing._mgn import mgn_mean_wait
from bporoute.queueing._moments import Moments
from bporoute.queueing._optimal_overflow import Overflow, optimal_overflow, overflow_table
from bporoute.queueing._outcomes import WaitBehind
from bporoute.queueing._overflow_stream import OverflowStream, PoolWait
from bporoute.queueing._pooling import (
    EquivalentRandom,
    combined_blocking,
    equivalent_random,
    required_combined_pool,
)
from bporoute.queueing._queue_model import QueueModel
from bporoute.queueing._redials import total_arrival_rate
from bporoute.queueing._required_agents import max_arrival_rate, required_agents
from bporoute.queueing._team_overflow import TeamOverflow, overflow_to_team

__all__ = [
    "ChangingQueue",
    "ChatModel",
    "EquivalentRandom",
    "InterruptedPoisson",
    "Moments",
    "Overflow",
    "OverflowStream",
    "PoolWait",
    "QueueModel",
    "TeamOverflow",
    "WaitBehind",
    "changing_queue",
    "combined_blocking",
    "equivalent_random",
    "erlang_b",
    "erlang_b_load",
    "erlang_c",
    "interrupted_poisson",
    "largest_threshold",
    "max_arrival_rate",
    "mgn_mean_wait",
    "optimal_overflow",
    "overflow_table",
    "overflow_to_team",
    "required_agents",
    "required_combined_pool",
    "total_arrival_rate",
]
