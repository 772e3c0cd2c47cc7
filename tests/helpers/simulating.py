"""A desk, its calls of some hours, and a short simulation of both."""

from __future__ import annotations

import numpy as np

import bporoute as bp
from bporoute.workload._arrivals import Arrivals


def center(**changes):
    desk = {
        "aht": 120.0,
        "patience": 200.0,
        "arrival_rate": 0.03,
        "waiting_room": 6,
        "wait_cost_per_minute": 1.0,
        "abandonment_cost": 5.0,
        "schedule": {"09:00": 3, "12:00": 0},
    }
    vendor = {"country": "EE", "timezone": "UTC", "contact_types": ("call",), "expected_wait": 5.0}
    return bp.Center(
        queues={"desk": bp.Queue(**{**desk, **changes})},
        contact_types={"call": bp.ContactType(queue="desk")},
        vendors={
            "nord": bp.Vendor(**vendor, contract=bp.Contract(price_per_contact=1.0, price_per_minute=0.5))
        },
    )


def hours(mean=60.0, count=3, **scatter):
    """Hours from nine on with so many calls expected in each."""
    start = 1795424400.0  # 09:00 UTC on that day
    edges = start + 3600.0 * np.arange(count + 1)
    stream = bp.Stream("calls", bp.Contact("call"), np.full(count, mean))
    return Arrivals(edges=edges, streams=(stream,), **scatter)


def simulate(*policies, **options):
    given = {"replications": 2, "seed": 5, **options}
    return bp.simulate(given.pop("center", center()), given.pop("arrivals", hours()), policies, **given)


def same(one, other):
    """Whether two simulations agree in every bit."""
    for ours, theirs in zip(one.policies, other.policies, strict=True):
        for run, twin in zip(ours.runs, theirs.runs, strict=True):
            for name in ("tally", "busy_seconds", "staffed_seconds", "outcomes", "money", "overflow"):
                if not np.array_equal(getattr(run, name), getattr(twin, name)):
                    return False
            if run.invoices != twin.invoices or run.seconds != twin.seconds:
                return False
    return True
