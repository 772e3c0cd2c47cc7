"""What the agents of a plan are paid, in a sentence and as plain values."""

from __future__ import annotations

from typing import Any

from bporoute._base.arrays import Floats
from bporoute.planning._staffing_plan import Plan
from bporoute.planning._wages import Wages, wages_paid

Agents = Floats | None
"""Who is paid in each interval; None: the scheduled."""


def money_of(amount: float, currency: str) -> str:
    """An amount in whole units.

    >>> money_of(65_491.6, "EUR"), money_of(120.0, "")
    ('65,492 EUR', '120')
    """
    return f"{amount:,.0f} {currency}".rstrip()


def paid_agents(plan: Plan, there: Floats) -> Floats:
    """How many are paid so that as many are there as told, by the shrinkage of the plan."""
    paid: Floats = there / (1.0 - plan.shrinkage)
    return paid


def wages_by_queue(plan: Plan, wages: Wages, agents: Agents = None) -> dict[str, float]:
    """Money of each queue that the scheduled agents are paid, or other `agents`."""
    sums = dict.fromkeys(plan.volumes.queues, 0.0)
    paid = wages_paid(plan.volumes, plan.scheduled if agents is None else agents, wages)
    for queue, money in zip(plan.volumes.queues, paid, strict=True):
        sums[queue] += float(money)
    return sums


def wages_line(plan: Plan, wages: Wages, agents: Agents = None) -> str:
    """What they are paid in all, and at what wage."""
    total = sum(wages_by_queue(plan, wages, agents).values())
    hours = float((plan.scheduled if agents is None else agents) @ plan.volumes.seconds) / 3600.0
    told = "scheduled" if agents is None else "paid"
    premiums = [
        f"{100 * each.share:g} % more {_when(each.hours, [str(day) for day in sorted(each.days)])}"
        for each in wages.premiums
    ]
    rate = ", ".join([f"{wages.per_hour:g} {wages.currency}".rstrip() + " an hour", *premiums])
    return f"Wages: {money_of(total, wages.currency)} for {hours:,.0f} {told} hours ({rate})."


def wages_row(plan: Plan, wages: Wages, agents: Agents = None) -> dict[str, Any]:
    """The same as plain values."""
    queues = {queue: round(money, 2) for queue, money in wages_by_queue(plan, wages, agents).items()}
    return {
        "per_hour": wages.per_hour,
        "currency": wages.currency,
        "total": round(sum(queues.values()), 2),
        "queues": queues,
    }


def _when(hours: tuple[str, ...], days: list[str]) -> str:
    return ", ".join([*hours, *days])
