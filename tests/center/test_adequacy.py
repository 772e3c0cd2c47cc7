from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import AdequacyDecision
from bporoute.center._adequacy import DECISIONS, EEA, EU, US_CERTIFICATE, decisions_on

TODAY = date(2026, 11, 22)


def adequate(country: str, today: date, own: tuple[AdequacyDecision, ...] = ()) -> bool:
    return bool(decisions_on(country, today, own))


def test_the_economic_area() -> None:
    assert len(EU) == 27
    assert len(EEA) == 30
    assert {"NO", "IS", "LI"} == EEA - EU
    assert not {"GB", "CH", "EL", "UK"} & EEA


# first day, last day
KNOWN = {
    "BR": (date(2026, 1, 26), None),
    "CH": (date(2000, 7, 26), None),
    "GB": (date(2021, 6, 28), date(2031, 12, 27)),
    "JP": (date(2019, 1, 23), None),
    "KR": (date(2021, 12, 17), None),
    "US": (date(2023, 7, 10), None),
}


@pytest.mark.parametrize("country", KNOWN)
def test_decisions_hold_between_their_days(country: str) -> None:
    first, last = KNOWN[country]
    day = timedelta(days=1)
    assert [adequate(country, first - day), adequate(country, first)] == [False, True]
    if last is None:
        assert adequate(country, date.max)
    else:
        assert [adequate(country, last), adequate(country, last + day)] == [True, False]


def test_the_table() -> None:
    assert len({decision.country for decision in DECISIONS}) == len(DECISIONS) == 16
    assert not {decision.country for decision in DECISIONS} & EEA
    assert all(decision.source for decision in DECISIONS)
    assert [decision.country for decision in DECISIONS if decision.certificate] == ["US"]
    assert decisions_on("US", TODAY)[0].certificate == US_CERTIFICATE
    for country in ("IN", "PH", "ZA", "", "XX"):
        assert not adequate(country, TODAY)


def test_own_decisions_replace_those_on_their_country_only() -> None:
    ended = AdequacyDecision(country="CH", valid_from=date(2000, 7, 26), valid_until=date(2026, 6, 30))
    new = AdequacyDecision(country="KE", valid_from=date(2026, 7, 1))
    own = (ended, new)
    assert [adequate(country, TODAY, own) for country in ("CH", "KE", "GB")] == [False, True, True]
    assert adequate("CH", date(2026, 6, 30), own)
    assert not adequate("KE", date(2026, 6, 30), own)


days = st.dates()


@given(days, st.none() | days, days)
def test_a_decision_holds_from_its_first_to_its_last_day(first: date, last: date | None, today: date) -> None:
    if last is not None and last < first:
        first, last = last, first
    decision = AdequacyDecision(country="KE", valid_from=first, valid_until=last)
    assert decision.holds(today) == (first <= today <= (last or date.max))
