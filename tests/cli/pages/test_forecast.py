"""The page of a forecast, and the figures by day that it and the picture share."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from bporoute.cli.pages._forecast import forecast_page
from bporoute.cli.pages._page import encoded
from bporoute.cli.reports._daily import counts_by_day, daily
from bporoute.workload import Volumes, forecast
from helpers.pages import cells, read_page, texts

SALE = "sale <b> & more"


@pytest.fixture(scope="module")
def history():
    chance = np.random.default_rng(4)
    starts, queues, counts = [], [], []
    for queue, many in (("sales", 60), ("<i>mail</i>", 20)):
        for day in range(70):
            start = datetime(2026, 9, 7, 8) + timedelta(days=day)
            if start.weekday() < 5:
                for part in range(12):
                    starts.append(start + timedelta(minutes=30 * part))
                    queues.append(queue)
                    counts.append(chance.poisson(many))
    size = len(starts)
    return Volumes(
        tuple(starts), tuple(queues), np.array(counts, float), np.full(size, 200.0), np.full(size, 1800.0)
    )


@pytest.fixture(scope="module")
def found(history):
    return forecast(
        history, weeks=2, events={SALE: [date(2026, 10, 14), date(2027, 1, 1)]}, closed=[date(2026, 11, 26)]
    )


@pytest.fixture(scope="module")
def root(found):
    return read_page(encoded(forecast_page(found, "history.csv", ("note: a & b",))))


def test_the_answer_is_the_sum_of_what_is_expected(found, root):
    (lead,) = texts(root, ".//p[@class='lead']")
    assert lead.startswith(
        f"16 to 27 November 2026: {found.volumes.volume.sum():,.0f} contacts are expected, most days within"
    )
    lines = texts(root, ".//ul[@class='answer']/li")
    assert lines[-1] == "Special days: Thursday, 26 November (closed)."
    error = found.queues["sales"].backtest[found.queues["sales"].method]
    assert f"a day was off by {error.day:.1f} %" in "".join(lines)


def test_history_forecast_band_and_special_days_are_drawn(root):
    drawing = root.find(".//svg")
    kinds = [each.get("class") for each in drawing.iter("path")]
    assert kinds == ["band", "ink-line", "first-line"]
    assert sum(each.tag == "circle" for each in drawing.iter()) == 2
    assert [each.text for each in drawing.iter("text") if each.get("transform")] == [SALE, "closed"]
    assert SALE in drawing[1].text
    assert "January" not in drawing[1].text


def test_tables_tell_each_day_and_how_each_method_did(found, root):
    by_day = cells(root, "Contacts by day")
    assert [row[0] for row in by_day] == ["sales"] * 9 + ["<i>mail</i>"] * 9
    assert all(float(low) < float(mid) < float(high) for _, _, mid, low, high in by_day)
    caption = "Error of each method on weeks of the history (the one that is used is set off)"
    assert len(cells(root, caption)) == 6
    marked = [row for row in root.iter("tr") if row.get("class") == "marked"]
    assert [row[1].text for row in marked] == [one.method for one in found.queues.values()]


def test_four_of_five_days_lie_in_the_band_of_a_day():
    chance = np.random.default_rng(7)
    days, parts, day_cv, interval_cv = 2000, 20, 0.08, 0.1
    starts = [datetime(2026, 1, 1, hour) for hour in range(parts)]
    told = Volumes(
        tuple(starts), ("a",) * parts, np.full(parts, 30.0), np.full(parts, 200.0), np.full(parts, 3600.0)
    )
    band = daily(told, "a", np.full(parts, day_cv), np.full(parts, interval_cv))
    shared = chance.gamma(1 / day_cv**2, day_cv**2, (days, 1))
    alone = chance.gamma(1 / interval_cv**2, interval_cv**2, (days, parts))
    came = chance.poisson(30.0 * shared * alone).sum(axis=1)
    inside = ((came >= band.low) & (came <= band.high)).mean()
    assert inside == pytest.approx(0.8, abs=0.03)


def test_days_of_a_queue_are_summed(history):
    of_day = counts_by_day(history, "sales")
    assert len(of_day) == 50
    mine = [place for place, queue in enumerate(history.queues) if queue == "sales"]
    assert sum(of_day.values()) == history.volume[mine].sum()
    assert [*of_day] == sorted(of_day)
