"""How many agents, how much to whom, on which days.

Not here: queue models for single numbers (`bporoute.queueing`).
"""

from bporoute.planning._staffing_plan import Assumptions, Plan, staffing_plan

__all__ = [
    "Assumptions",
    "Plan",
    "staffing_plan",
]
