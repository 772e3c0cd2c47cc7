"""What a wait at the vendor does to a price: those who give up, and minutes that begin at the answer."""

from __future__ import annotations

import math
from datetime import datetime
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from scipy.integrate import quad

import bporoute as bp
from bporoute._base.clock import MINUTES_PER_DAY
from bporoute.contracts._waiting import APPROACH, answered, given_up

NIGHT = bp.Multiplier(factor=1.5, hours=("daily 22:00-06:00",), decided="by_minute")
EARLY = bp.Multiplier(factor=1.5, hours=("mon 00:10-00:20",), decided="by_minute")
PER_MINUTE = bp.PerMinute(price=0.6)


@pytest.mark.parametrize("mean", [3.0, 40.0, 700.0])
def test_those_who_give_up_are_billed_as_by_integration(mean):
    terms = (
        bp.PerContact(price=1.5, counts="offered", free_up_to=20),
        bp.PerContact(price=0.4, counts="offered", free_up_to=5),
        bp.PerContact(price=0.1, counts="offered"),
        PER_MINUTE,
    )
    contract = bp.Contract(terms=terms)

    def bill(wait: float) -> float:
        return contract.charge(contract.usage(), bp.BilledContact(answered=False, wait=wait))

    kinds = given_up(bp.BilledContact(handle=bp.Exponential(90.0)), contract.usage().measures, mean)
    expected = math.fsum(share * bill(kind.wait) for share, kind in kinds)
    pieces = [(0.0, 5.0), (5.0, 20.0), (20.0, 20.0 + 60.0 * mean)]
    wanted = sum(
        quad(lambda wait: bill(wait) * math.exp(-wait / mean) / mean, *piece, epsabs=1e-13)[0]
        for piece in pieces
    )
    assert math.fsum(share for share, _ in kinds) == pytest.approx(1.0, rel=1e-15)
    assert expected == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("law", [bp.Exponential(240.0), bp.Erlang(mean=90.0, phases=3)])
@pytest.mark.parametrize("mean", [5.0, 60.0, 200.0])
@pytest.mark.parametrize("minute", [0, 20, 25, 28, 29])
def test_those_who_are_answered_are_billed_as_by_integration(minute, mean, law):
    """One with the mean wait was up to a tenth off near the edge of a window."""
    lunch = bp.Multiplier(factor=2, hours=("daily 12:30-12:45",), decided="by_minute")
    contract = bp.Contract(terms=(PER_MINUTE, bp.MinimumCharge(amount=1.0), lunch))
    contact = bp.BilledContact(handle=law, local=datetime(2026, 11, 24, 12, minute, 30))

    def bill(wait: float) -> float:
        return contract.marginal_price(contract.usage(), msgspec.structs.replace(contact, wait=wait))

    kinds = answered(contact, contract.multipliers, mean)
    expected = math.fsum(share * bill(kind.wait) for share, kind in kinds)
    edges = [0.0, 60.0 * (30 - minute) - 30.0, 60.0 * (45 - minute) - 30.0]
    edges.append(edges[-1] + 40.0 * mean)
    wanted = sum(
        quad(lambda wait: bill(wait) * math.exp(-wait / mean) / mean, *piece, epsabs=1e-7)[0]
        for piece in pairwise(edges)
    )
    assert math.fsum(share for share, _ in kinds) == pytest.approx(1.0, abs=1e-8)
    assert expected == pytest.approx(wanted, rel=3.2e-3)


@pytest.mark.parametrize(
    ("terms", "moves", "bills"),
    [
        ((PER_MINUTE,), False, False),
        ((PER_MINUTE, NIGHT), True, False),
        ((bp.PerContact(price=2.0, counts="offered"),), False, True),
        ((bp.PerContact(price=2.0, counts="answered"), bp.MinimumCharge(amount=3.0)), False, False),
        ((PER_MINUTE, bp.Multiplier(factor=1.5, hours=("daily 22:00-06:00",))), False, False),
    ],
)
def test_which_contracts_go_by_the_wait(terms, moves, bills):
    contract = bp.Contract(terms=terms)
    assert (contract.moves_by_minute, contract.bills_abandoned) == (moves, bills)


def test_minutes_by_the_clock_depend_on_the_spread_of_handle_times():
    """One law had the price of any other of its mean."""
    assert bp.Contract(terms=(PER_MINUTE, NIGHT)).depends_on_spread
    assert not bp.Contract(terms=(bp.PerContact(price=2.0), NIGHT)).depends_on_spread
    assert not bp.Contract(terms=(PER_MINUTE, bp.Multiplier(factor=2, languages=("en",)))).depends_on_spread


@pytest.mark.parametrize("multiplier", [NIGHT, EARLY])
def test_a_price_holds_between_the_edges_of_the_spans(multiplier):
    """Every minute before an edge is one of them, the day before and the week before too."""
    spans = bp.Contract(terms=(PER_MINUTE, multiplier)).multiplier_spans
    edges = {MINUTES_PER_DAY * span.day + edge for span in spans for edge in (span.start, span.end)}
    open_hours = set(bp.Contract(terms=(PER_MINUTE, _at_begin(multiplier))).multiplier_spans)
    assert open_hours < set(spans)
    for span in open_hours:
        for edge in (span.start, span.end):
            before = MINUTES_PER_DAY * span.day + edge - np.arange(APPROACH + 1)
            week = 7 * MINUTES_PER_DAY
            assert {int(minute) % week for minute in before} <= {minute % week for minute in edges}
    assert all(0 <= span.day < 7 and 0 <= span.start < span.end <= MINUTES_PER_DAY for span in spans)


def _at_begin(multiplier: bp.Multiplier) -> bp.Multiplier:
    return bp.Multiplier(factor=multiplier.factor, hours=multiplier.hours)
