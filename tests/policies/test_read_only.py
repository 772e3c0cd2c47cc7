"""A policy that writes into what it is handed has failed: nothing that decisions rest on is changed by it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    Queue,
    QueueState,
    Router,
    Rule,
    Situation,
    Snapshot,
    Vendor,
    _kernels,
)

ARRAYS = (
    "arrival_rates", "prices", "works", "each_work", "present", "waiting", "departures", "marginal_cost",
    "congestion", "expected_wait",
)  # fmt: skip


def router(policy: Callable[[Situation], Rule], concurrency: int) -> Router:
    more = {"concurrency": concurrency, "slowdown": (1.2,)} if concurrency > 1 else {}
    center = Center(
        queues={"service": Queue(aht=240, arrival_rate=0.05, **more)},
        contact_types={"service": ContactType(queue="service")},
        vendors={
            "nord": Vendor(
                country="EE",
                timezone="Europe/Tallinn",
                contact_types=("service",),
                contract=Contract(price_per_contact=4.5),
            )
        },
    )
    return Router(center, policy, clock=lambda: 1795428000.0, compile=False)


@pytest.fixture(params=["interpreted", "compiled"], autouse=True)
def _(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "interpreted":
        monkeypatch.setattr(_kernels, "current", lambda: _kernels.INTERPRETED)
    else:
        request.getfixturevalue("compiled_kernels")


@pytest.mark.parametrize("name", ARRAYS)
def test_writing_into_the_situation_is_a_failure_that_is_said(name: str) -> None:
    def policy(situation: Situation) -> Rule:
        getattr(situation, name)[:] *= 0.0
        return Rule(keep_cost=np.zeros(len(situation.present)))

    live = router(policy, 1)
    for waiting in (3, 4):
        decision = live.route(
            Contact("service"), Snapshot(service=QueueState(agents=4, busy=4, waiting=waiting))
        )
        assert decision.destination == "service"
        assert "read-only" in decision.degraded


@pytest.mark.parametrize("concurrency", [1, 2])
@pytest.mark.parametrize(
    "curve",
    [
        lambda situation: situation.marginal_cost,
        lambda situation: np.broadcast_to(3.0, situation.present.shape),
        lambda situation: np.full(2 * len(situation.present), 3.0)[::2],
    ],
    ids=["its own", "read-only", "every second"],
)
def test_a_curve_need_not_be_writable_or_in_one_piece(
    curve: Callable[[Situation], np.ndarray], concurrency: int
) -> None:
    live = router(lambda situation: Rule(keep_cost=curve(situation)), concurrency)
    state = Snapshot(service=QueueState(agents=4, busy=4 * concurrency, waiting=3))
    decision = live.route(Contact("service"), state)
    assert not decision.degraded
    assert set(decision.ranked) == {"service", "nord"}
