"""What is read of a decision quickly is what its ways say."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute import Contact, Router
from helpers.clock import Clock
from helpers.strategies import centers, snapshots

CONTACTS = [Contact("service"), Contact("sales", language="et"), Contact("card", country="SE"), Contact("?")]


@given(data=st.data())
@settings(max_examples=30, deadline=None)
@pytest.mark.usefixtures("either_kernels")
def test_ranking_cost_and_wait_are_those_of_the_ways(data: st.DataObject) -> None:
    center = data.draw(centers())
    live = Router(center, clock=Clock(), compile=False)
    for contact in CONTACTS:
        decision = live.route(contact, data.draw(snapshots()))
        ways = decision.ways
        assert decision.ranked == tuple(way.destination for way in ways)
        assert decision.second == next((way.destination for way in ways[1:]), None)
        for found, wanted in (
            (decision.cost, next((way.cost for way in ways), math.nan)),
            (decision.expected_wait, next((way.expected_wait for way in ways), math.nan)),
        ):
            assert found == wanted or (math.isnan(found) and math.isnan(wanted))
