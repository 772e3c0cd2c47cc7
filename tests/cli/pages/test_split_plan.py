"""The page of a split plan, read as a browser and a screen reader read it."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from bporoute import Center, ContactType, Contract, Queue, Vendor
from bporoute.cli.pages._page import encoded
from bporoute.cli.pages._split_plan import split_plan_page
from bporoute.planning import Limits, Wages, plan
from bporoute.workload import Volumes
from helpers.pages import cells, read_page, texts

MONDAY = datetime(2026, 12, 7, 9)


def center(vendors=2):
    desk = Queue(aht=300, patience=200, waiting_room=100, wait_cost_per_minute=0.15, abandonment_cost=8)
    return Center(
        queues={"desk": desk},
        contact_types={"desk": ContactType(queue="desk")},
        vendors={
            f"vendor <{number}>": Vendor(
                country="EE",
                timezone="UTC",
                contact_types=("desk",),
                contract=Contract(price_per_contact=3.0 + number, cap_per_day=40),
            )
            for number in range(vendors)
        },
        currency="EUR",
    )


def volumes(days=1):
    starts = [MONDAY + timedelta(days=day, hours=hour) for day in range(days) for hour in range(3)]
    size = len(starts)
    many = np.tile([60.0, 90.0, 30.0], days)
    return Volumes(tuple(starts), ("desk",) * size, many, np.full(size, 300.0), np.full(size, 3600.0))


def page_of(days=1, vendors=2, others=None, **limits):
    found = plan(center(vendors), volumes(days), wages=Wages(24.0), limits=Limits(**limits))
    return found, read_page(
        encoded(split_plan_page(found, others or {}, 1e-3, "volumes.csv", ("day-first",)))
    )


def test_money_comes_first_and_what_it_is_held_against():
    found, root = page_of(others={"all in-house": 1000.0, "all out": None})
    (lead,) = texts(root, ".//p[@class='lead']")
    assert lead.startswith(
        f"Monday, 7 December 2026: 180 contacts cost {found.cost:,.0f} EUR; own agents answer"
    )
    said = texts(root, ".//ul[@class='answer']/li")
    assert said[0].startswith(f"All in-house costs 1,000 EUR: the plan saves {1000.0 - found.cost:,.0f} (")
    assert said[1] == "All out cannot be done: contacts would have nowhere to go."
    assert said[2].startswith("vendor <0> gets 40 contacts from 2026-12-01 on")


def test_tables_add_up_to_the_plan():
    found, root = page_of(days=2)
    costs = cells(root, "What it costs")
    assert sum(float(row[2].replace(",", "")) for row in costs) == pytest.approx(found.cost, abs=0.05)
    vendors = cells(root, "Vendors by contract period")
    assert sum(float(row[2]) for row in vendors) == pytest.approx(found.sent.sum(), abs=0.2)
    binds = cells(root, "What binds, and what one more unit of it is worth")
    assert ["contacts a day", "vendor <0>", "2"] in [row[:3] for row in binds]


@pytest.mark.parametrize(("days", "what"), [(1, "time of day"), (3, "day")])
def test_pictures_say_who_answers_when(days, what):
    _, root = page_of(days=days)
    titles = texts(root, ".//svg/title")
    assert titles == [
        "What it costs, EUR",
        f"Who answers, contacts by {what}",
        "desk: own agents by day and time of day",
    ]


def test_of_many_vendors_those_that_get_least_share_a_colour():
    _, root = page_of(vendors=6, most_agents={"desk": 0})
    assert "vendor <5>" in "".join(texts(root, ".//th"))
    assert "other vendors" in "".join(root.itertext())
