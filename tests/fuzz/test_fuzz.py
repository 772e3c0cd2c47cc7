"""The fuzzer finds nothing in what is right, and what is planted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from bporoute.center._vendor import Vendor
from bporoute.routing import _hard_rules, _live
from bporoute.routing._tables._offers import Offers
from bporoute.routing.ledger._memory import Ledger
from bporoute.routing.ledger._take_back import TakeBack
from fuzz import runs, twins
from fuzz.events import STEPS, Game


def test_nothing_is_wrong_in_some_worlds() -> None:
    decisions, rules = 0, set()
    for world in range(12):
        game = Game(f"7/{world}")
        game.play(range(STEPS // 2))
        decisions += game.decisions
        rules |= game.checks.seen
    assert decisions > 2000
    assert {"contact_type", "data_rule", "language", "capacity", "up", "waiting_room", "sourcing"} <= rules


def test_a_world_is_what_its_seed_makes_it() -> None:
    games = [Game(f"7/{world}") for world in (3, 3, 4)]
    for game in games:
        game.play(range(30))
    one, again, other = (game.digest for game in games)
    assert one == again != other


@pytest.mark.thorough
def test_worlds_come_out_alike_interpreted() -> None:
    assert twins.differing(7, 1.0)[1] is None


def a_minute_longer(spans: Any, local: Any) -> bool:
    minute = local.hour * 60 + local.minute
    return not spans or any(
        span.day == local.weekday() and span.start <= minute <= span.end for span in spans
    )


def never_late(told: Any, fields: Any, known: Any, at: float, now: float) -> tuple[dict[str, Any], bool]:
    return {name: told[name] for name in fields if told[name] is not ...}, False


def no_expiry(vendor: Vendor, certificate: str, today: Any) -> str:
    return "" if certificate in vendor.certificates else "not held"


def first_type(attributes: Callable[..., Any]) -> Callable[..., Any]:
    """Price every contact of a vendor as the first type that it takes."""

    def changed(self: Any, vendor: int, request: Any, *rest: Any) -> Any:
        return attributes(
            self, vendor, msgspec.structs.replace(request, type=self._vendors[vendor].contact_types[0]), *rest
        )

    return changed


PLANTED: dict[str, tuple[Any, str, Any]] = {
    "closed, and open for a minute more": (_hard_rules, "is_open", a_minute_longer),
    "a failed contact's place is not given back": (Ledger, "take_back", lambda *_: TakeBack()),
    "late news are taken": (_live, "_in_order", never_late),
    "certificates never expire": (Vendor, "certificate_gap", no_expiry),
    "the price of another type": (Offers, "billed", first_type(Offers.billed)),
}


@pytest.mark.slow
@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED.keys())
def test_what_is_planted_is_found(planted: tuple[Any, str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*planted)
    monkeypatch.setattr(runs, "SHORTEN_FOR", 2.0)
    totals = runs.Totals()
    failure = runs.play(11, totals, lambda totals: totals.worlds < 80, lambda world, step: None)
    assert failure is not None
    assert runs.failing(failure.seed, failure.steps) is not None  # and its steps show it again
    monkeypatch.undo()
    assert runs.failing(failure.seed, failure.steps) is None
