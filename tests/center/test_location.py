from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import Center, ContactType, InputError, LocationScheme, Queue
from bporoute.center import _location as location
from bporoute.center._location import Place, hours_apart, kilometres_apart
from helpers.strategies import one_queue, vendor

STOCKHOLM = Place("SE", "Europe/Stockholm")
PLACES = {
    "Malmö": Place("SE", "Europe/Stockholm"),
    "Oslo": Place("NO", "Europe/Oslo"),
    "Copenhagen": Place("DK", "Europe/Copenhagen"),
    "Tallinn": Place("EE", "Europe/Tallinn"),
    "Lisbon": Place("PT", "Europe/Lisbon"),
    "Johannesburg": Place("ZA", "Africa/Johannesburg"),
    "Manila": Place("PH", "Asia/Manila"),
}
ON, NEAR, OFF = "onshore", "nearshore", "offshore"
# seen from Stockholm
EXPECTED = {
    LocationScheme(by="country"): (ON, OFF, OFF, OFF, OFF, OFF, OFF),
    LocationScheme(by="border"): (ON, NEAR, OFF, OFF, OFF, OFF, OFF),
    LocationScheme(by="eu"): (ON, OFF, NEAR, NEAR, NEAR, OFF, OFF),
    LocationScheme(by="time_zone", nearshore_within_hours=1): (ON, NEAR, NEAR, NEAR, NEAR, NEAR, OFF),
    LocationScheme(by="time_zone", nearshore_within_hours=0.5): (ON, NEAR, NEAR, OFF, OFF, OFF, OFF),
    LocationScheme(by="distance", nearshore_within_km=600): (ON, NEAR, NEAR, NEAR, OFF, OFF, OFF),
    LocationScheme(by="distance", nearshore_within_km=3500): (ON, NEAR, NEAR, NEAR, NEAR, OFF, OFF),
}


@pytest.mark.parametrize(("scheme", "classes"), EXPECTED.items(), ids=str)
def test_places_by_scheme(scheme: LocationScheme, classes: tuple[str, ...]) -> None:
    assert tuple(scheme.judge(STOCKHOLM, place) for place in PLACES.values()) == classes


@pytest.mark.parametrize("told", ["", ON, NEAR, OFF])
def test_as_told(told: str) -> None:
    assert LocationScheme().judge(STOCKHOLM, PLACES["Manila"], told) == told
    assert LocationScheme(by="country").judge(STOCKHOLM, PLACES["Manila"], told) == OFF


# great circles between the towns, as atlases round them
DISTANCES = [
    ("Europe/Stockholm", "Europe/Stockholm", 0.0),
    ("Europe/Berlin", "Europe/Paris", 878),
    ("America/New_York", "Europe/London", 5570),
    ("Australia/Sydney", "America/Santiago", 11340),
    ("Pacific/Auckland", "Europe/Madrid", 19590),
]


@pytest.mark.parametrize(("one", "other", "km"), DISTANCES)
def test_distances(one: str, other: str, km: float) -> None:
    assert kilometres_apart(one, other) == pytest.approx(km, rel=5e-3)
    assert kilometres_apart(other, one) == pytest.approx(kilometres_apart(one, other), rel=1e-12)


def test_hours_are_counted_around_the_clock_and_at_the_season_that_is_worse() -> None:
    assert hours_apart("Europe/Stockholm", "Europe/Berlin") == 0.0
    assert hours_apart("Europe/Stockholm", "Asia/Kolkata") == 4.5
    assert hours_apart("Pacific/Auckland", "Pacific/Honolulu") == 2.0  # 23 hours in January, 22 in July
    assert hours_apart("Europe/London", "America/Sao_Paulo") == 4.0  # 3 in January


zones = st.sampled_from(sorted(available_timezones()))


@given(zones, zones)
def test_hours_are_symmetric_and_at_most_half_a_day(one: str, other: str) -> None:
    assert 0.0 <= hours_apart(one, other) == hours_apart(other, one) <= 12.0
    assert hours_apart(one, one) == 0.0


@given(st.sampled_from(sorted(location._towns())))
def test_every_town_is_on_earth_and_in_a_zone(zone: str) -> None:
    assert ZoneInfo(zone)
    assert 0.0 <= kilometres_apart("Europe/Stockholm", zone) <= 20_016


@given(
    st.sampled_from(list(EXPECTED)),
    st.sampled_from(list(PLACES.values())),
    st.sampled_from(list(PLACES.values())),
)
def test_schemes_see_both_ways_alike(scheme: LocationScheme, one: Place, other: Place) -> None:
    assert scheme.judge(one, other) == scheme.judge(other, one)
    assert (scheme.judge(one, other) == ON) == (one.country == other.country)


def test_a_scheme_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def nordic(client: Place, house: Place, terms: LocationScheme) -> str:
        return NEAR if house.country in {"DK", "FI", "IS", "NO", "SE"} else OFF

    monkeypatch.setitem(location.SCHEMES, "nordic", nordic)
    told = {"nord": vendor(location="")}
    center = one_queue(location_scheme=LocationScheme(by="nordic"), country="SE", vendors=told)
    assert center.location_of(vendor(country="FI")) == NEAR
    assert str(center.location_scheme) == "nordic"


def test_a_told_class_may_agree_with_the_scheme_but_not_differ() -> None:
    def center(told: str) -> Center:
        return Center(
            queues={"service": Queue(aht=240)},
            contact_types={"service": ContactType(queue="service")},
            vendors={"nord": vendor(location=told)},
            country="SE",
            location_scheme=LocationScheme(by="eu"),
        )

    assert [center(told).location_of(center(told).vendors["nord"]) for told in ("", NEAR)] == [NEAR, NEAR]
    with pytest.raises(
        InputError, match="found 'offshore'; expected 'nearshore', as location scheme eu judges"
    ):
        center(OFF)
