"""The page of given agents: shortages by a plain walk, and what is drawn and told of them."""

import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from bporoute.cli.pages._given import given_page, shortages
from bporoute.cli.pages._page import encoded
from bporoute.cli.reports._given import encoded as encoded_file
from bporoute.cli.reports._wages import paid_agents, wages_line
from bporoute.planning import Assumptions, Wages, given_agents, staffing_plan
from bporoute.planning._assumptions import USUAL
from bporoute.workload import Volumes, daily_schedule, read_volumes
from helpers.pages import cells, read_page, texts

pytestmark = pytest.mark.kernels

QUEUES = ("<sales>", "mail & more")


@pytest.fixture(scope="module", params=[0.0, 0.1], ids=["certain", "uncertain"])
def found(request):
    starts, queues, counts = [], [], []
    for queue in QUEUES:
        for day in range(2):
            for part in range(8):
                starts.append(datetime(2026, 11, 23 + day, 9) + timedelta(minutes=30 * part))
                queues.append(queue)
                counts.append(100.0 + 40.0 * (part in (2, 3, 4)) + 10.0 * day)
    size = len(starts)
    told = Volumes(
        tuple(starts), tuple(queues), np.array(counts), np.full(size, 180.0), np.full(size, 1800.0)
    )
    plan = staffing_plan(told, Assumptions((USUAL,), patience=120.0, shrinkage=0.2, day_cv=request.param))
    there = {QUEUES[0]: {"09:00": 14, "12:00": 20}, QUEUES[1]: {"09:00": 30}}
    first, last = datetime(2026, 11, 23).date(), datetime(2026, 11, 24).date()
    return given_agents(plan, daily_schedule(there, "UTC", first, last), ZoneInfo("UTC"))


def test_shortages_are_stretches_that_follow_each_other(found):
    stretches = shortages(found)
    short = np.maximum(-found.net, 0.0)
    assert sum(each.hours for each in stretches) == pytest.approx(short.sum() / 2)
    assert [each.hours for each in stretches] == sorted((each.hours for each in stretches), reverse=True)
    volumes = found.plan.volumes
    for each in stretches:
        inside = [
            place
            for place, start in enumerate(volumes.starts)
            if volumes.queues[place] == each.queue and each.start <= start < each.end
        ]
        assert (found.net[inside] < 0).all()
        assert -found.net[inside].min() == each.most
        assert len(inside) == (each.end - each.start) / timedelta(minutes=30)
    assert {each.queue for each in stretches} == {QUEUES[0]}


def test_the_page_says_where_and_by_how_many(found):
    wages = Wages(20.0, "EUR")
    root = read_page(encoded(given_page(found, "volumes.csv", (), wages)))
    (lead,) = texts(root, ".//p[@class='lead']")
    hours = found.agents.sum() / 2
    paid = 20 * hours / 0.8
    assert f"are there for {hours:,.0f} hours and cost {paid:,.0f} EUR, shrinkage included" in lead
    line = wages_line(found.plan, wages, paid_agents(found.plan, found.agents))
    assert line == f"Wages: {paid:,.0f} EUR for {hours / 0.8:,.0f} paid hours (20 EUR an hour)."
    worst = shortages(found)
    answer = texts(root, ".//ul[@class='answer']/li")
    assert f"{worst[0]}." in answer
    assert any("on 4 of 5 such days" in line for line in answer) == bool(np.isfinite(found.wholes[0].low))
    table = cells(root, "Too few agents")
    assert [row[0] for row in table] == [each.queue for each in worst]
    net = root.find(".//svg")
    numbers = [int(each.text) for each in net.iter("text") if "small" in each.get("class", "")]
    assert sorted(numbers) == sorted(np.round(found.net[:16]).astype(int).tolist())
    assert {each.get("class") for each in net.iter("path")} & {"short1", "short2", "short3"}


def test_a_workbook_of_given_agents_is_volumes_again(found, tmp_path):
    content = encoded_file(found, ".xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names == ["Assumptions", "Days", "Intervals"]
    assert len(book.get_sheet_by_name("Days").to_python()) == 1 + len(QUEUES) * 3
    path = tmp_path / "given.xlsx"
    path.write_bytes(content)
    assert read_volumes(path).volume == pytest.approx(found.plan.volumes.volume)
