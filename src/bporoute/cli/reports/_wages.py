"""What the agents of a plan are paid, in a sentence and as plain values."""

from __future__ import annotations

from typing import Any

from bporoute.planning._staffing_plan import Plan
from bporoute.planning._wages import Wages, wages_paid


def money_of(amount: float, currency: str) -> str:
    """An amount in whole units.

    >>> money_of(65_491.6, "EUR"), money_of(120.0, "")
    ('65,492 EUR', '120')
    """
    return f"{amount:,.0f} {currency}".rstrip()


def wages_by_queue(plan: Plan, wages: Wages) -> dict[str, float]:
    """Money that the scheduled agents of each queue are paid."""
    sums = dict.fromkeys(plan.volumes.queues, 0.0)
    for queue, money in zip(
        plan.volumes.queues, wages_paid(plan.volumes, plan.scheduled, wages), strict=True
    ):
        sums[queue] += float(money)
    return sums


def wages_line(plan: Plan, wages: Wages) -> str:
    """What they are paid in all, and at what wage."""
    total = sum(wages_by_queue(plan, wages).values())
    hours = float(plan.scheduled @ plan.volumes.seconds) / 3600.0
    premiums = [
        f"{100 * each.share:g} % more {_when(each.hours, [str(day) for day in sorted(each.days)])}"
        for each in wages.premiums
    ]
    rate = ", ".join([f"{wages.per_hour:g} {wages.currency}".rstrip() + " an hour", *premiums])
    return f"Wages: {money_of(total, wages.currency)} for {hours:,.0f} scheduled hours ({rate})."


def wages_row(plan: Plan, wages: Wages) -> dict[str, Any]:
    """The same as plain values."""
    queues = {queue: round(money, 2) for queue, money in wages_by_queue(plan, wages).items()}
    return {
        "per_hour": wages.per_hour,
        "currency": wages.currency,
        "total": round(sum(queues.values()), 2),
        "queues": queues,
    }


def _when(hours: tuple[str, ...], days: list[str]) -> str:
    return ", ".join([*hours, *days])
