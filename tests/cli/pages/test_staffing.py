"""The page of a staffing plan, read as a browser and a screen reader read it."""

import re
from datetime import datetime, timedelta

import numpy as np
import pytest

from bporoute.cli.pages._page import encoded
from bporoute.cli.pages._staffing import staffing_page
from bporoute.planning import Assumptions, staffing_plan
from bporoute.planning._assumptions import USUAL
from bporoute.workload import Volumes
from helpers.pages import cells, read_page, texts

MONDAY = datetime(2026, 11, 30)


def volumes(queues=("sales",), days=1, minutes=30, first=8, last=18, volume=40.0, cv=None):
    starts, names = [], []
    for queue in queues:
        for day in range(days):
            for place in range(int((last - first) * 60 / minutes)):
                starts.append(MONDAY + timedelta(days=day, hours=first, minutes=minutes * place))
                names.append(queue)
    size = len(starts)
    many = np.full(size, volume)
    many[0] = 2 * volume
    scattered = None if cv is None else np.full(size, cv)
    return Volumes(
        tuple(starts), tuple(names), many, np.full(size, 240.0), np.full(size, 60.0 * minutes), scattered
    )


def page_of(told, **assumed):
    plan = staffing_plan(told, Assumptions((USUAL,), **assumed))
    return plan, read_page(encoded(staffing_page(plan, "volumes.csv", ("read volumes.csv: day-first",))))


def test_the_answer_comes_first_and_is_that_of_the_plan():
    plan, root = page_of(volumes(days=2), shrinkage=0.3)
    required = plan.required.sum() / 2
    scheduled = plan.scheduled.sum() / 2
    (lead,) = texts(root, ".//p[@class='lead']")
    assert lead == (
        f"30 November to 1 December 2026: 1,640 contacts need {required:,.0f} agent-hours, "
        f"{scheduled:,.0f} scheduled, to meet 80 % within 20 s (offered)."
    )
    first = texts(root, ".//ul[@class='answer']/li")[0]
    assert first == (
        f"sales needs most agents on Monday, 30 November at 08:00: {plan.required[0]} "
        f"({plan.scheduled[0]} scheduled)."
    )
    main = list(root.find("body/main"))
    kinds = [each.tag for each in main]
    assert kinds.index("figure") > kinds.index("p")
    assert kinds.index("div") > kinds.index("figure")
    assert kinds.index("section") > kinds.index("div")
    assert "read volumes.csv: day-first" in texts(root, ".//section/ul/li")


def test_every_cell_of_the_heat_map_is_drawn_once_in_the_shade_of_its_agents():
    plan, root = page_of(volumes(days=5))
    heat = root.find(".//svg")
    numbers = [int(each.text) for each in heat.iter("text") if "small" in each.get("class", "")]
    assert numbers == plan.required.tolist()
    drawn = sum(each.get("d").count("M") for each in heat.iter("path"))
    assert drawn == len(plan.required)
    assert f"the most, {plan.required.max()} agents, on Mon 30 Nov from 08:00" in heat[1].text


def test_tables_tell_totals_by_queue_and_day():
    plan, root = page_of(volumes(("sales", "service"), days=3))
    by_queue = cells(root, "Totals by queue")
    assert [row[0] for row in by_queue] == ["sales", "service"]
    by_day = cells(root, "Totals by day")
    assert len(by_day) == 6
    assert float(by_queue[0][2]) == sum(float(row[3]) for row in by_day if row[0] == "sales")
    assert float(by_queue[0][2]) == plan.required[: len(plan.required) // 2].sum() / 2


def test_a_forecast_has_its_band_and_the_price_of_being_uncertain():
    _, root = page_of(volumes(days=14, cv=0.1))
    assert any("uncertain" in line for line in texts(root, ".//ul[@class='answer']/li"))
    titles = texts(root, ".//svg/title")
    assert "sales: contacts by day" in titles
    band = [each for each in root.iter("path") if each.get("class") == "band"]
    assert len(band) == 1
    _, certain = page_of(volumes(days=14))
    assert "sales: contacts by day" not in texts(certain, ".//svg/title")


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "Q&A \"1\" 'x'", "\u202eevil\x01", "]]>", "=1+1"]
)
def test_names_are_texts(name):
    _, root = page_of(volumes((name, "b"), days=3, cv=0.1))
    shown = re.sub("[\u202e]", "", name).replace("\x01", "\ufffd")
    assert cells(root, "Totals by queue")[0][0] == shown
    assert any(title.startswith(shown) for title in texts(root, ".//svg/title"))


def test_a_month_of_quarter_hours_stays_small():
    told = volumes(("sales", "service", "back office"), days=31, minutes=15, first=0, last=24, cv=0.05)
    assert len(told.volume) == 8928
    plan = staffing_plan(told, Assumptions((USUAL,), shrinkage=0.3))
    content = encoded(staffing_page(plan, "volumes.csv"))
    read_page(content)
    assert len(content) < 600_000


def test_a_year_is_drawn_by_days_of_the_week():
    _, root = page_of(volumes(days=365, last=10))
    heat = root.find(".//svg")
    labels = [each.text for each in heat.iter("text")]
    assert "Sunday" in labels
    assert heat[0].text.endswith("mean by day of the week")


@pytest.mark.parametrize(
    "size", [{"volume": 0.0}, {"first": 8, "last": 9}, {"minutes": 7.5}, {"volume": 1e6, "last": 9}]
)
def test_odd_sizes_are_drawn(size):
    page_of(volumes(**size))


@pytest.mark.parametrize("rounding", ["fractional", "pooled"])
def test_agents_that_are_no_whole_ones_are_drawn(rounding):
    plan, root = page_of(volumes(days=2), shrinkage=0.3, rounding=rounding)
    heat = root.find(".//svg")
    numbers = [int(each.text) for each in heat.iter("text") if "small" in each.get("class", "")]
    assert numbers == [round(agents) for agents in plan.required.tolist()]
    assert float(cells(root, "Totals by queue")[0][2]) == pytest.approx(plan.required.sum() / 2, abs=0.06)
