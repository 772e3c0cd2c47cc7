"""Wages against a sum by the minute, and the options that tell them."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute.cli._wages import parse_wages
from bporoute.cli.pages._page import encoded
from bporoute.cli.pages._staffing import staffing_page
from bporoute.cli.reports._wages import wages_line, wages_row
from bporoute.errors import InputError
from bporoute.planning import Assumptions, Premium, Wages, staffing_plan, wages_paid
from bporoute.planning._assumptions import USUAL
from bporoute.workload import Volumes
from helpers.pages import cells, read_page, texts

CHRISTMAS = date(2026, 12, 25)  # a Friday
NIGHT = Premium(0.25, hours=("daily 22:00-06:00",))
SUNDAY = Premium(0.5, hours=("sun 00:00-24:00",))
HOLIDAY = Premium(1.0, days=frozenset({CHRISTMAS}))


def volumes(starts, minutes):
    size = len(starts)
    return Volumes(
        tuple(starts), ("a",) * size, np.full(size, 40.0), np.full(size, 240.0), np.full(size, 60.0 * minutes)
    )


@given(
    st.datetimes(datetime(2026, 12, 20), datetime(2026, 12, 31)).map(lambda at: at.replace(second=0)),
    st.sampled_from([15, 30, 60, 90]),
    st.integers(0, 50),
)
def test_every_minute_is_paid_by_its_own_premiums(start, minutes, agents):
    wages = Wages(30.0, "EUR", (NIGHT, SUNDAY, HOLIDAY))
    money = 0.0
    for minute in range(minutes):
        at = start + timedelta(minutes=minute)
        more = (
            0.25 * (at.hour >= 22 or at.hour < 6) + 0.5 * (at.weekday() == 6) + 1.0 * (at.date() == CHRISTMAS)
        )
        money += agents * 30.0 * (1.0 + more) / 60.0
    (found,) = wages_paid(volumes([start], minutes), [agents], wages)
    assert found == pytest.approx(money)


def test_a_plan_says_its_money_everywhere():
    told = volumes([datetime(2026, 12, 24, 21), datetime(2026, 12, 24, 22), datetime(2026, 12, 25, 9)], 60)
    plan = staffing_plan(told, Assumptions((USUAL,), shrinkage=0.3))
    wages = Wages(30.0, "EUR", (NIGHT, HOLIDAY))
    first, second, third = plan.scheduled.tolist()
    total = 30.0 * (first + 1.25 * second + 2.0 * third)
    assert wages_row(plan, wages)["total"] == pytest.approx(total)
    assert wages_line(plan, wages) == (
        f"Wages: {total:,.0f} EUR for {plan.scheduled.sum():,} scheduled hours (30 EUR an hour, "
        "25 % more daily 22:00-06:00, 100 % more 2026-12-25)."
    )
    root = read_page(encoded(staffing_page(plan, "volumes.csv", (), wages)))
    (lead,) = texts(root, ".//p[@class='lead']")
    assert lead.startswith(f"24 to 25 December 2026: staffing costs {total:,.0f} EUR; 120 contacts need")
    assert cells(root, "Totals by queue")[0][-1] == f"{total:,.0f}"


def test_wages_from_options():
    found = parse_wages("28,50 €", ["daily 22:00-06:00=25%", "2026-12-25=100 %"], "SEK")
    assert found == Wages(28.5, "EUR", (NIGHT, HOLIDAY))
    assert parse_wages("28", None, "SEK") == Wages(28.0, "SEK")
    assert parse_wages(None, None, "SEK") is None


@pytest.mark.parametrize(
    ("wage", "premiums", "where"),
    [
        (None, ["sun 00:00-24:00=50%"], "--premium"),
        ("much", None, "--wage"),
        ("28 tulips", None, "--wage"),
        ("0 EUR", None, "--wage"),
        ("28 EUR", ["sun 00:00-24:00"], "--premium"),
        ("28 EUR", ["sun 00:00-24:00=0.5"], "--premium"),
        ("28 EUR", ["at night=25%"], "--premium hours"),
        ("28 EUR", ["sun 00:00-24:00=5000%"], "--premium share"),
    ],
)
def test_what_cannot_be_is_refused(wage, premiums, where):
    with pytest.raises(InputError) as complaint:
        parse_wages(wage, premiums, "EUR")
    assert complaint.value.where == where


def test_a_premium_of_nothing_is_refused():
    with pytest.raises(InputError, match="neither hours nor days"):
        Premium(0.25)
