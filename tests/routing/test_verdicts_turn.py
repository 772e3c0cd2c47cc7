"""A day that turns verdicts turns them for whoever decides: one by one, in batches, in simulations."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    MarginalCost,
    Queue,
    QueueLength,
    Router,
    Sourcing,
    Vendor,
    simulate,
)
from bporoute.policies import Policy
from bporoute.simulation import usual_arrivals

LAST_DAY = date(2026, 11, 23)
MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC).timestamp()


def center(*, sourcing: Sourcing = Sourcing.FULL, valid_until: date = LAST_DAY) -> Center:
    """A vendor whose certificate expires, and a dearer one whose does not; cards need it."""
    return Center(
        queues={
            "desk": Queue(
                aht=60.0,
                patience=300.0,
                wait_cost_per_minute=1.0,
                abandonment_cost=5.0,
                arrival_rate=0.02,
                schedule={"00:00": 2},
            )
        },
        contact_types={
            "card": ContactType(queue="desk", sourcing=sourcing, certificates=("PCI-DSS",)),
            "plain": ContactType(queue="desk", sourcing=sourcing),
        },
        vendors={
            name: Vendor(
                country="EE",
                timezone="UTC",
                contact_types=("card", "plain"),
                certificates={"PCI-DSS": expires},
                contract=Contract(price_per_contact=price),
            )
            for name, price, expires in (("v", 3.0, valid_until), ("w", 5.0, date(2029, 1, 1)))
        },
    )


def router(now: list[float], policy: Policy | None = None, **different: Sourcing) -> Router:
    return Router(center(**different), policy or QueueLength(0), clock=lambda: now[0], compile=False)


@pytest.mark.parametrize("commit", [True, False])
def test_within_a_batch(commit: bool) -> None:
    at = MIDNIGHT + 20.0 * np.arange(-5, 5)
    now = [float(at[0])]
    contacts = [Contact("card" if place % 2 else "plain") for place in range(len(at))]
    routed = router(now).route_many(contacts, at, commit=commit)
    alone, one_by_one = [], router(now)
    for now[0], contact in zip(at.tolist(), contacts, strict=True):
        decision = one_by_one.route(contact) if commit else one_by_one.preview(contact)
        alone.append(decision.destination)
    assert alone == ["v"] * 5 + ["w", "v", "w", "v", "w"]
    assert [routed.names[place] for place in routed.destination.tolist()] == alone


def test_a_rule_goes_by_the_verdicts_of_its_day() -> None:
    """What contacts of another type cost since midnight is in the rule before one of them comes again."""
    now = [MIDNIGHT - 30.0]
    live = router(now, MarginalCost(), sourcing=Sourcing.OVERFLOW)
    live.state["desk"].update(agents=2, busy=2, waiting=1)
    seen = []
    for name in ("card", "plain", "plain", "plain"):
        live.route(Contact(name))
    for now[0] in (MIDNIGHT - 1.0, MIDNIGHT + 1.0, MIDNIGHT + 2.0):
        rule = live.preview(Contact("plain")).evidence.basis.solved
        assert rule is not None
        seen.append(sorted(set(rule.situation.prices.tolist())))
    assert (seen[0], seen[-1]) == ([3.0], [3.0, 5.0])


def test_in_a_simulation() -> None:
    """Two days after the certificate of the only vendor that a contact may go to has expired."""
    first = LAST_DAY - timedelta(days=1)
    sent = []
    for valid_until in (LAST_DAY, date(2029, 1, 1)):
        place = center(valid_until=valid_until)
        del place.vendors["w"]
        arrivals = usual_arrivals(place, first, days=3)
        found = simulate(place, arrivals, policy=QueueLength(0))
        sent.append(found.policies[0].overflow_share().value)
    assert 0.0 < sent[0] < sent[1]
