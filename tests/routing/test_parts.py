"""What a programmer gets wrong is one clear error when it is made."""

from __future__ import annotations

import copy
import math
import pickle
from pathlib import Path

import pytest

from bporoute import (
    Center,
    Contact,
    ContactType,
    InputError,
    Ledger,
    MarginalCost,
    Queue,
    QueueLength,
    Router,
    Shadow,
    simulate,
)
from helpers.clock import NOON

CENTER = Center(queues={"service": Queue(aht=240)}, contact_types={"service": ContactType(queue="service")})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("center.toml",), "center: found 'center.toml'; expected a Center: Center.load('center.toml')"),
        ((Path("center.toml"),), "expected a Center: Center.load('center.toml')"),
        ((None,), "center: found None; expected a Center"),
        ((Center,), "expected a Center"),
        (
            (CENTER, MarginalCost),
            "policy: found the class MarginalCost; expected one made of it: MarginalCost()",
        ),
        (
            (CENTER, QueueLength),
            "policy: found the class QueueLength; expected one made of it: QueueLength(n)",
        ),
        ((CENTER, 5), "policy: found 5; expected a policy, such as QueueLength(10), or its text"),
        ((CENTER, ["QueueLength(3)"]), "policy: found ['QueueLength(3)']; expected a policy"),
        ((CENTER, "QueueLegnth(3)"), "expected 'QueueLength'"),
    ],
)
def test_center_and_policy(arguments: tuple, message: str) -> None:
    with pytest.raises(InputError) as complaint:
        Router(*arguments, compile=False)
    assert message in str(complaint.value)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("clock", 5), ("clock", None), ("clock", "now"), ("chance", 0.5), ("ledger", "x"), ("ledger", Ledger),
        ("ledger", {}), ("lease", -1.0), ("lease", math.nan), ("lease", "4 h"), ("lease", None),
        ("lease", True),
    ],
)  # fmt: skip
def test_the_rest(name: str, given: object) -> None:
    with pytest.raises(InputError) as complaint:
        Router(CENTER, compile=False, **{name: given})
    assert complaint.value.where == name
    assert complaint.value.found == (repr(given))


def test_whoever_takes_a_center_or_a_policy_refuses_likewise() -> None:
    with pytest.raises(InputError, match=r"Center.load\('center.toml'\)"):
        simulate("center.toml")
    with pytest.raises(InputError, match="the class MarginalCost"):
        simulate(CENTER, policy=[MarginalCost])
    with pytest.raises(InputError, match="the class MarginalCost"):
        Shadow(Router(CENTER, compile=False), MarginalCost)


def test_a_ledger_of_ones_own_has_its_methods() -> None:
    class Own(Ledger):
        """One that is kept elsewhere, say."""

    router = Router(CENTER, ledger=Own(), clock=lambda: NOON, compile=False)
    assert router.route(Contact("service")).destination == "service"


def test_a_name_that_does_not_exist_is_said_with_the_one_that_was_meant() -> None:
    router = Router(CENTER, compile=False)
    for error in (InputError, KeyError):
        with pytest.raises(error) as complaint:
            router.state["servise"]
        assert str(complaint.value) == "state: found 'servise'; expected 'service' (known: service)"
    with pytest.raises(InputError, match=r"vendors: found 'nord'; expected one of: none"):
        router.vendors["nord"]
    assert router.state.get("servise") is None
    assert "servise" not in router.state
    assert dict(router.state) == {"service": router.state["service"]}
    for again in (copy.copy, lambda error: pickle.loads(pickle.dumps(error))):
        assert str(again(complaint.value)) == str(complaint.value)
