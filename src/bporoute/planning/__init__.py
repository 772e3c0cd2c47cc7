"""How many agents, how much to whom, on which days.

Not here: queue models for single numbers (`bporoute.queueing`).
"""

from bporoute.planning._assumptions import Assumptions
from bporoute.planning._given_agents import GivenAgents, GivenDay, given_agents
from bporoute.planning._handover import handover
from bporoute.planning._handover_plan import HandoverPlan, WeekOut
from bporoute.planning._requirement import Prices
from bporoute.planning._shifts import (
    Break,
    ShiftCounts,
    ShiftPattern,
    WorkedShifts,
    cheapest_shifts,
    read_shifts,
    worked_shifts,
)
from bporoute.planning._split_plan import plan
from bporoute.planning._split_program import Binding, Limits
from bporoute.planning._split_results import CostLine, PlannedShift, SplitPlan, VendorBill
from bporoute.planning._staffing_plan import Plan, staffing_plan
from bporoute.planning._wages import Premium, Wages, wages_paid

__all__ = [
    "Assumptions",
    "Binding",
    "Break",
    "CostLine",
    "GivenAgents",
    "GivenDay",
    "HandoverPlan",
    "Limits",
    "Plan",
    "PlannedShift",
    "Premium",
    "Prices",
    "ShiftCounts",
    "ShiftPattern",
    "SplitPlan",
    "VendorBill",
    "Wages",
    "WeekOut",
    "WorkedShifts",
    "cheapest_shifts",
    "given_agents",
    "handover",
    "plan",
    "read_shifts",
    "staffing_plan",
    "wages_paid",
    "worked_shifts",
]
