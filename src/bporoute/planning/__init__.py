"""How many agents, how much to whom, on which days.

Not here: queue models for single numbers (`bporoute.queueing`).
"""

from bporoute.planning._assumptions import Assumptions
from bporoute.planning._given_agents import GivenAgents, GivenDay, given_agents
from bporoute.planning._requirement import Prices
from bporoute.planning._staffing_plan import Plan, staffing_plan

__all__ = [
    "Assumptions",
    "GivenAgents",
    "GivenDay",
    "Plan",
    "Prices",
    "given_agents",
    "staffing_plan",
]
