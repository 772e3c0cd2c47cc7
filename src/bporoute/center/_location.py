"""Onshore, nearshore or offshore: how a vendor's place is classed, by a scheme that is named.

Definitions differ, so a center states its own. A scheme is a plain function of the client's place (the
center), the vendor's place and the terms of the scheme; `SCHEMES` lists them by name, and whoever needs
another puts it there before the center is loaded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Meta

from bporoute._base.checked import Checked
from bporoute._base.fields import Name, PositiveSeconds, did_you_mean
from bporoute._base.words import counted
from bporoute.center._adequacy import EU
from bporoute.errors import InputError, shown

Location = Literal["onshore", "nearshore", "offshore"]
ToldLocation = Literal["", "onshore", "nearshore", "offshore"]
"""Empty: not told."""
AllowedLocation = Annotated[str, Meta(pattern="^(onshore|nearshore|offshore)$")]

AS_TOLD = "as_told"
EARTH_RADIUS_KM = 6371.0
CLOCK_YEAR = 2026
"""The year whose clocks are compared."""


class Place(NamedTuple):
    """Where somebody is: country (ISO 3166 alpha-2) and IANA time zone."""

    country: str
    timezone: str


class LocationScheme(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a center classes its vendors' places.

    Attributes
    ----------
    by : str
        ``"as_told"``: as `Vendor.location` says of each. ``"country"``: the center's own country is
        onshore, all others offshore. ``"border"``: countries with a common land border are nearshore.
        ``"eu"``: with both inside the European Union, nearshore. ``"time_zone"``: nearshore within
        `nearshore_within_hours`. ``"distance"``: nearshore within `nearshore_within_km`. By all of
        them but the first, the center's own country is onshore and what is not nearshore is offshore.
    nearshore_within_hours : float or None
        Most hours between the two clocks, in winter and in summer of 2026; only for ``"time_zone"``.
    nearshore_within_km : float or None
        Most kilometres, along the earth, between the towns that the time zones are named after; only for
        ``"distance"``.

    Examples
    --------
    >>> scheme = LocationScheme(by="time_zone", nearshore_within_hours=2)
    >>> stockholm, manila = Place("SE", "Europe/Stockholm"), Place("PH", "Asia/Manila")
    >>> scheme.judge(stockholm, manila), str(scheme)
    ('offshore', 'time_zone (nearshore within 2 hours)')
    """

    by: Name = AS_TOLD
    nearshore_within_hours: PositiveSeconds | None = None
    nearshore_within_km: PositiveSeconds | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.by != AS_TOLD and self.by not in SCHEMES:
            raise InputError("by", shown(self.by), did_you_mean(str(self.by), [AS_TOLD, *SCHEMES]))
        for field, scheme in _TERMS.items():
            term = getattr(self, field)
            if term is None and self.by == scheme:
                raise InputError(field, "none", f"a number above 0, which scheme {scheme!r} needs")
            if term is not None and self.by in {AS_TOLD, *_BUILT_IN} - {scheme}:
                raise InputError(field, shown(term), f"nothing, as only scheme {scheme!r} uses it")

    def __str__(self) -> str:
        if self.nearshore_within_hours is not None:
            return f"{self.by} (nearshore within {counted(self.nearshore_within_hours, 'hour')})"
        if self.nearshore_within_km is not None:
            return f"{self.by} (nearshore within {self.nearshore_within_km:g} km)"
        return self.by

    def judge(self, client: Place, vendor: Place, told: ToldLocation = "") -> ToldLocation:
        """The class of a vendor's place for a client; empty only where nobody told it."""
        return told if self.by == AS_TOLD else SCHEMES[self.by](client, vendor, self)


Scheme = Callable[[Place, Place, LocationScheme], Location]


def same_country(client: Place, vendor: Place, terms: LocationScheme) -> Location:
    """Scheme ``"country"``: abroad is offshore."""
    return "onshore" if client.country == vendor.country else "offshore"


def neighbouring(client: Place, vendor: Place, terms: LocationScheme) -> Location:
    """Scheme ``"border"``: over a common land border is nearshore."""
    return _classed(client, vendor, share_a_border(client.country, vendor.country))


def within_the_eu(client: Place, vendor: Place, terms: LocationScheme) -> Location:
    """Scheme ``"eu"``: from one member of the European Union to another is nearshore."""
    return _classed(client, vendor, {client.country, vendor.country} <= EU)


def by_time_zone(client: Place, vendor: Place, terms: LocationScheme) -> Location:
    """Scheme ``"time_zone"``: few hours between the clocks is nearshore."""
    apart = hours_apart(client.timezone, vendor.timezone)
    return _classed(client, vendor, apart <= (terms.nearshore_within_hours or 0.0))


def by_distance(client: Place, vendor: Place, terms: LocationScheme) -> Location:
    """Scheme ``"distance"``: few kilometres between the zones' towns is nearshore."""
    apart = kilometres_apart(client.timezone, vendor.timezone)
    return _classed(client, vendor, apart <= (terms.nearshore_within_km or 0.0))


def _classed(client: Place, vendor: Place, near: bool) -> Location:
    return "onshore" if client.country == vendor.country else "nearshore" if near else "offshore"


@cache
def hours_apart(one: str, other: str) -> float:
    """Most hours between the clocks of two time zones in January and July, at most 12.

    >>> hours_apart("Europe/Stockholm", "Africa/Johannesburg")  # the same in summer, not in winter
    1.0
    """
    return max(_hours_apart(month, one, other) for month in (1, 7))


def _hours_apart(month: int, one: str, other: str) -> float:
    instant = datetime(CLOCK_YEAR, month, 1, 12, tzinfo=UTC)
    clocks = [instant.astimezone(ZoneInfo(name)).replace(tzinfo=UTC) for name in (one, other)]
    hours = abs(clocks[0] - clocks[1]).total_seconds() / 3600.0
    return min(hours, 24.0 - hours)


@cache
def kilometres_apart(one: str, other: str) -> float:
    """Great-circle distance between the towns that two time zones are named after, kilometres.

    Raises
    ------
    InputError
        A zone such as ``"UTC"`` is not named after a town.

    Examples
    --------
    >>> round(kilometres_apart("Europe/Stockholm", "Europe/Tallinn"), -1)
    380.0
    """
    (latitude, longitude), (latitude_2, longitude_2) = _town(one), _town(other)
    chord = (
        math.sin((latitude_2 - latitude) / 2) ** 2
        + math.cos(latitude) * math.cos(latitude_2) * math.sin((longitude_2 - longitude) / 2) ** 2
    )
    return 2.0 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))


def _town(zone: str) -> tuple[float, float]:
    """Latitude and longitude of a zone's town, radians."""
    town = _towns().get(zone)
    if town is None:
        raise InputError(
            "location_scheme",
            f"'distance', and the time zone {zone!r} is not that of a town",
            "time zones such as 'Europe/Berlin', or another scheme",
        )
    return town


@cache
def _towns() -> Mapping[str, tuple[float, float]]:
    """The towns of the IANA zones, from the table ``zone.tab`` that comes with them."""
    from importlib.resources import files  # it takes long to load, and few starts ask

    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {zone: _position(position) for _, position, zone, *_ in rows}


def _position(text: str) -> tuple[float, float]:
    """ISO 6709 degrees, minutes and perhaps seconds, such as ``+5920+01803``, in radians."""
    cut = max(text.rfind("+"), text.rfind("-"))
    return _angle(text[:cut], 2), _angle(text[cut:], 3)


def _angle(text: str, digits: int) -> float:
    degrees, minutes, seconds = text[1 : 1 + digits], text[1 + digits : 3 + digits], text[3 + digits :]
    size = int(degrees) + int(minutes) / 60 + int(seconds or 0) / 3600
    return math.radians(-size if text[0] == "-" else size)


_TERMS = {"nearshore_within_hours": "time_zone", "nearshore_within_km": "distance"}
SCHEMES: dict[str, Scheme] = {
    "country": same_country,
    "border": neighbouring,
    "eu": within_the_eu,
    "time_zone": by_time_zone,
    "distance": by_distance,
}
"""Name -> scheme."""
_BUILT_IN = frozenset(SCHEMES)


# Country -> neighbours later in the alphabet, so that every border stands here once (ISO 3166 alpha-2, and
# XK for Kosovo). A bridge or a tunnel is no border; an overseas part with a code of its own (GF) has
# its own borders.
_BORDERS = """
AD ES FR / AE OM SA / AF CN IR PK TJ TM UZ / AL GR ME MK XK / AM AZ GE IR TR / AO CD CG NA ZM
AR BO BR CL PY UY / AT CH CZ DE HU IT LI SI SK / AZ GE IR RU TR / BA HR ME RS / BD IN MM / BE DE FR LU NL
BF BJ CI GH ML NE TG / BG GR MK RO RS TR / BI CD RW TZ / BJ NE NG TG / BN MY / BO BR CL PE PY
BR CO GF GY PE PY SR UY VE / BT CN IN / BW NA ZA ZM ZW / BY LT LV PL RU UA / BZ GT MX / CA US
CD CF CG RW SS TZ UG ZM / CF CG CM SD SS TD / CG CM GA / CH DE FR IT LI / CI GH GN LR ML / CL PE
CM GA GQ NG TD / CN HK IN KG KP KZ LA MM MN MO NP PK RU TJ VN / CO EC PA PE VE / CR NI PA / CZ DE PL SK
DE DK FR LU NL PL / DJ ER ET SO / DO HT / DZ EH LY MA ML MR NE TN / EC PE / EE LV RU / EG IL LY PS SD
EH MA MR / ER ET SD / ES FR GI MA PT / ET KE SD SO SS / FI NO RU SE / FR IT LU MC / GA GQ / GB IE / GE RU TR
GF SR / GH TG / GM SN / GN GW LR ML SL SN / GR MK TR / GT HN MX SV / GW SN / GY SR VE / HN NI SV
HR HU ME RS SI / HU RO RS SI SK UA / ID MY PG TL / IL JO LB PS SY / IN MM NP PK / IQ IR JO KW SA SY TR
IR PK TM TR / IT SI SM VA / JO PS SA SY / KE SO SS TZ UG / KG KZ TJ UZ / KH LA TH VN / KP KR RU / KW SA
KZ RU TM UZ / LA MM TH VN / LB SY / LR SL / LS ZA / LT LV PL RU / LV RU / LY NE SD TD TN / MD RO UA
ME RS XK / MF SX / MK RS XK / ML MR NE SN / MM TH / MN RU / MR SN / MW MZ TZ ZM / MX US / MY TH
MZ SZ TZ ZA ZM ZW / NA ZA ZM / NE NG TD / NG TD / NO RU SE / OM SA YE / PL RU SK UA / QA SA / RO RS UA
RS XK / RU UA / RW TZ UG / SA YE / SD SS TD / SK UA / SS UG / SY TR / SZ ZA / TJ UZ / TM UZ / TZ UG ZM
ZA ZW / ZM ZW
"""
_ROWS = (row.split() for row in _BORDERS.strip().replace("\n", "/").split("/"))
_PAIRS = frozenset(frozenset((country, other)) for country, *others in _ROWS for other in others)


def share_a_border(one: str, other: str) -> bool:
    """Whether two different countries have a common land border.

    >>> share_a_border("SE", "NO"), share_a_border("SE", "DK"), share_a_border("US", "PH")
    (True, False, False)
    """
    return frozenset((one, other)) in _PAIRS
