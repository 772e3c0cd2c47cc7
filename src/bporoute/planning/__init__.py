"""How many agents, how much to whom, on which days.

Not here: queue models for single numbers (`bporoute.queueing`).
"""

from bporoute.planning._assumptions import Assumptions
from bporoute.planning._given_agents import GivenAgents, GivenDay, given_agents
from bporoute.planning._handover import handover
from bporoute.planning._handover_plan import HandoverPlan, WeekOut
from bporoute.planning._requirement import Prices
from bporoute.planning._staffing_plan import Plan, staffing_plan
from bporoute.planning._wages import Premium, Wages, wages_paid

__all__ = [
    "Assumptions",
    "GivenAgents",
    "GivenDay",
    "HandoverPlan",
    "Plan",
    "Premium",
    "Prices",
    "Wages",
    "WeekOut",
    "given_agents",
    "handover",
    "staffing_plan",
    "wages_paid",
]
