"""Random centers with contacts that may come to them, and a policy: all of one world, from its seed alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import bporoute as bp
from bporoute.center import LocationScheme, ServiceLevel, Targets, ValueClass

ZONES = {
    "SE": "Europe/Stockholm",
    "EE": "Europe/Tallinn",
    "GB": "Europe/London",
    "PH": "Asia/Manila",
    "IN": "Asia/Kolkata",
    "US": "America/New_York",
    "AU": "Australia/Lord_Howe",
    "JP": "Asia/Tokyo",
}
LANGUAGES = ("sv", "en", "fi", "sv-FI", "EN")
SKILLS = ("billing", "cards", "claims")
CERTIFICATES = ("ISO 18295-1", "PCI DSS", "EU-US DPF")
CHANNELS = ("voice", "chat", "mail")
LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2")
HOURS = (
    "mon-fri 08:00-20:00",
    "daily 22:00-06:00",
    "sat 10:00-16:00",
    "daily 00:00-24:00",
    "fri-mon 07:30-12:15",
    "sun 23:00-01:30",
)
EDGES = (
    ("Europe/Stockholm", datetime(2026, 11, 23, 7, 58)),
    ("Europe/Stockholm", datetime(2026, 11, 30, 23, 50)),
    ("Europe/Stockholm", datetime(2026, 12, 31, 23, 50)),
    ("Europe/Stockholm", datetime(2026, 10, 25, 1, 40)),
    ("Europe/Stockholm", datetime(2026, 3, 29, 1, 40)),
    ("America/New_York", datetime(2026, 11, 1, 0, 50)),
    ("Australia/Lord_Howe", datetime(2026, 4, 5, 1, 20)),
    ("Asia/Kolkata", datetime(2026, 6, 30, 23, 55)),
)


class World(NamedTuple):
    """A center, its policy, and what comes to it.

    `plain` says whether the policy goes by costs alone, `odd` whether what cannot be is told, too, `backward`
    whether the clock may be set back. `contacts` are kinds of contacts, plain ones; `failing` holds each
    vendor's failure rate; `lease` is as of a router.
    """

    center: bp.Center
    policy: Any
    plain: bool
    contacts: tuple[bp.Contact, ...]
    start: float
    failing: dict[str, float]
    odd: bool
    backward: bool
    lease: float


class Chance(Random):
    """Where `tight` is below 1, lasting rules seldom bar anybody, so that all the others get their turn.

    Where certificates are `lapsing`, most types ask for one that every vendor holds or has held until lately.
    """

    tight = 1.0
    lapsing = False


def own_policy(situation: bp.Situation) -> bp.Rule:
    """Keep as long as fewer contacts wait than half the agents."""
    return bp.Rule.keep_while(situation.waiting < situation.agents / 2)


def failing_policy(situation: bp.Situation) -> bp.Rule:
    """One that breaks where many are at work."""
    if situation.agents > 6:
        raise ZeroDivisionError
    return bp.Rule.keep_while(situation.waiting < 3)


def made(seed: str) -> World:
    """The world of a seed."""
    chance = Chance(seed)
    chance.tight = chance.choice((1.0, 0.1))
    chance.lapsing = chance.tight < 1.0 and chance.random() < 0.5
    zone, wall = chance.choice(EDGES)
    start = wall.replace(tzinfo=ZoneInfo(zone)).timestamp() + chance.choice((0.0, 0.25, -3600.0))
    today = datetime.fromtimestamp(start, UTC).date()
    center = _center(chance, today)
    policy, plain = _policy(chance, tuple(center.vendors))
    unknown = () if chance.random() < 0.3 else ("unheard of",)
    contacts = tuple(_contact(chance, center, unknown) for _ in range(30))
    failing = {name: chance.choice((0.0, 0.02, 0.3, 0.95)) for name in center.vendors}
    lease = chance.choice((1e9, 1e9, 1e9, 900.0))
    return World(
        center, policy, plain, contacts, start, failing, chance.random() < 0.4, chance.random() < 0.4, lease
    )


def _some(chance: Chance, names: Any, most: int = 3, share: float = 0.5) -> tuple[Any, ...]:
    if chance.random() > share * chance.tight:
        return ()
    return tuple(chance.sample(list(names), min(chance.randint(1, most), len(names))))


def _held(chance: Chance) -> tuple[str, ...]:
    return CERTIFICATES if chance.lapsing else _some(chance, CERTIFICATES, 3, 0.6)


def _near(chance: Chance, today: date) -> date:
    return today + timedelta(days=chance.choice((-400, -2, -1, 0, 1, 2, 400)))


def _center(chance: Chance, today: date) -> bp.Center:
    queues = {f"q{number}": _queue(chance) for number in range(chance.randint(1, 3))}
    rules = {f"d{number}": _rule(chance, today) for number in range(chance.randint(0, 4))}
    names = [f"v{number}" for number in range(chance.randint(0, 5))]
    rules = {name: make(names) for name, make in rules.items()}
    types = {
        f"t{number}": _type(chance, list(queues), list(rules), bool(names))
        for number in range(chance.randint(1, 5))
    }
    vendors = {}
    for name in names:
        country = chance.choice(list(ZONES))
        fewest = 1 if chance.random() < chance.tight else len(types)
        takes = tuple(chance.sample(list(types), chance.randint(fewest, len(types))))
        vendors[name] = _vendor(chance, country, takes, types, today)
    taken = {kind for vendor in vendors.values() for kind in vendor.contact_types}
    for name, kind in list(types.items()):
        if name not in taken and kind.sourcing in ("full", "specialised", "underflow"):
            types[name] = bp.ContactType(queue=kind.queue, channel=kind.channel)
    scheme = chance.choice(
        (
            LocationScheme(),
            LocationScheme(by="country"),
            LocationScheme(by="eu"),
            LocationScheme(by="time_zone", nearshore_within_hours=2),
        )
    )
    if scheme.by == "as_told":
        vendors = {
            name: _changed(vendor, location=chance.choice(("", "onshore", "nearshore", "offshore")))
            for name, vendor in vendors.items()
        }
    crowd = chance.random() < 0.3
    home = chance.choice(("SE", "US", "GB"))
    return bp.Center(
        queues=queues,
        contact_types=types,
        vendors=vendors,
        data_rules=rules,
        value_classes={"gold": ValueClass(keep_up_to=chance.choice((0.0, 3.0, 1000.0)))},
        fallback=chance.choice(("keep", "reject", "callback")),
        timezone=ZONES[home],
        country=home,
        location_scheme=scheme,
        min_in_house_share=chance.choice((0.0, 0.3, 1.0)) if crowd else 0.0,
        max_concentration=chance.choice((1.0, 0.6)) if crowd and len(names) > 1 else 1.0,
        concentration_from=chance.choice((1, 20)),
        health=bp.HealthConfig(
            shadow=chance.random() < 0.3,
            most_ejected=chance.choice((0.5, 1.0)),
            back_off=chance.choice((1.0, 30.0)),
        ),
    )


def _queue(chance: Chance) -> bp.Queue:
    aht = chance.choice((60.0, 240.0))
    stale = chance.choice((30.0, 30.0, float("inf")))
    return bp.Queue(
        aht=aht,
        handle_times=chance.choice((None, bp.Lognormal(log_mean=5.0, log_sd=0.8))),
        patience=chance.choice((60.0, 300.0, float("inf"))),
        arrival_rate=chance.choice((0.0, 0.02, 0.2)),
        waiting_room=chance.choice((0, 4, 200)),
        wait_cost_per_minute=chance.choice((0.0, 0.5, 2.0)),
        abandonment_cost=chance.choice((0.0, 8.0)),
        unresolved_cost=chance.choice((0.0, 5.0)),
        failed_cost=chance.choice((0.0, 2.0)),
        resolution=chance.choice((1.0, 0.8)),
        languages=chance.choice(((), (), ("sv",), ("en", "SV"))) if chance.random() < chance.tight else (),
        targets=Targets(service_level=ServiceLevel(probability=0.8, within=20.0)),
        stale_after=stale,
        lost_after=max(stale, chance.choice((300.0, 60.0, float("inf")))),
    )


def _rule(chance: Chance, today: date) -> Callable[[list[str]], bp.DataRule]:
    kind = chance.choice(("places", "gdpr", "pci", "health", "domestic_only"))
    first = chance.choice((None, None, today - timedelta(days=1), today + timedelta(days=1)))
    last = None if first else chance.choice((None, today, today - timedelta(days=1)))
    places = chance.choice((("SE", "EE", "GB"), ())) if kind == "places" else None
    certificate = chance.choice(("", "", "ISO 18295-1"))
    listed = chance.random()

    def named(names: list[str]) -> bp.DataRule:
        vendors = tuple(names[: 1 + int(listed * len(names))]) if kind == "health" else None
        return bp.DataRule(
            kind=kind,
            countries=places,
            certificate=certificate,
            vendors=vendors,
            valid_from=first,
            valid_until=last,
        )

    return named


def _type(chance: Chance, queues: list[str], rules: list[str], sold: bool) -> bp.ContactType:
    modes = ("overflow", "overflow", "overflow", "in_house", "full", "specialised", "underflow")
    sourcing = chance.choice(modes) if sold else "overflow"
    return bp.ContactType(
        queue=chance.choice(queues),
        sourcing=sourcing,
        data=_some(chance, rules, 2, 0.2) if rules else (),
        certificates=_some(chance, CERTIFICATES, 1, 0.8 / chance.tight if chance.lapsing else 0.15),
        skills=_some(chance, SKILLS, 1, 0.15),
        language_level=chance.choice(("", "", "", "B1")),
        locations=_some(chance, ("onshore", "nearshore", "offshore"), 2, 0.2),
        hand_over=_some(chance, HOURS, 2, 1.0 / chance.tight) if sourcing == "underflow" else (),
        channel=chance.choice(CHANNELS),
        aht=chance.choice((None, None, 120.0, 600.0)),
    )


def _vendor(chance: Chance, country: str, takes: tuple[str, ...], types: Any, today: date) -> bp.Vendor:
    languages = _some(chance, LANGUAGES, 3, 0.4)
    leveled = languages or LANGUAGES
    return bp.Vendor(
        country=country,
        timezone=ZONES[country],
        contact_types=takes,
        contract=_contract(chance, takes, types, today),
        languages=languages,
        language_levels={name: chance.choice(LEVELS) for name in _some(chance, leveled, 2, 0.5)},
        skills=_some(chance, SKILLS, 3, 0.6),
        hours=_some(chance, HOURS, 2, 0.4 if chance.tight == 1.0 else 7.0),
        holidays=tuple({_near(chance, today) for _ in range(chance.choice((0, 0, 2)))}),
        capacity=chance.choice((None, None, 0, 1, 5) if chance.tight == 1.0 else (None, 2, 9)),
        agents=chance.choice((None, None, 3)),
        expected_wait=chance.choice((0.0, 15.0)),
        certificates={name: _near(chance, today) for name in _held(chance)},
        max_share=chance.choice((1.0, 1.0, 1.0, 0.25, 0.0)) if chance.random() < chance.tight else 1.0,
        max_exposure=chance.choice((None, None, None, 40.0)),
        prepaid=chance.choice((0.0, 10.0)),
        processing_agreement=chance.random() < 0.7,
        transfer=chance.choice(((), ("scc",))),
        transfer_assessed=chance.choice((None, _near(chance, today))),
        remote_access_countries=_some(chance, list(ZONES), 2, 0.2),
        payment_masked=chance.random() < 0.3,
        associate_agreement=chance.random() < 0.5,
        quality=chance.choice((None, bp.QualityPrior(resolution=0.7, handle_time_factor=1.2))),
    )


def _contract(chance: Chance, takes: tuple[str, ...], types: Any, today: date) -> bp.Contract:
    """Half of them simple enough for `prices`, the others of any terms."""
    caps: dict[str, Any] = {}
    if chance.random() < 0.5:
        for window, most in (("hour", 4), ("day", 12), ("period", 30)):
            if chance.random() < 0.5:
                caps[f"cap_per_{window}"] = chance.choice(
                    (0, 1, most) if chance.tight == 1.0 else (most, 3 * most)
                )
            if chance.random() < 0.1:
                caps[f"cap_minutes_per_{window}"] = float(most * 4)
            if chance.random() < 0.1:
                caps[f"cap_money_per_{window}"] = float(most * 3)
    caps["period"] = chance.choice(("month", "quarter", "year"))
    begun = chance.choice((None, None, None, today - timedelta(days=40), today + timedelta(days=1)))
    begun = begun if chance.random() < max(chance.tight, 0.4) else None
    caps["start"] = begun
    ends = chance.choice((None, None, today, today - timedelta(days=1)))
    caps["end"] = None if begun or chance.random() > chance.tight else ends
    prices = {"price_per_contact": chance.choice((0.5, 2.0, 4.0))}
    kind = chance.choice(takes)
    terms: list[Any] = []
    if chance.random() < 0.5:
        terms.append(bp.PerContact(price=1.25, contact_types=(kind,)))
    if chance.random() < 0.3:
        terms.append(bp.PerContact(price=0.75, channels=(types[kind].channel,)))
    if chance.random() < 0.5:
        return bp.Contract(**prices, terms=tuple(terms), **caps)
    prices["price_per_minute"] = chance.choice((0.0, 0.6))
    more: tuple[Any, ...] = (
        bp.Multiplier(
            factor=1.5, hours=("daily 22:00-06:00",), decided=chance.choice(("at_begin", "by_minute"))
        ),
        bp.Multiplier(factor=1.25, languages=("en",)),
        bp.PerMinute(price=0.4, step=60.0, first=30.0, free_up_to=5.0),
        bp.FixedFee(fee=100.0, included=20, overage_price=3.0),
        bp.VolumeTiers(
            tiers=(bp.VolumeBand(above=0, up_to=10, price=3.0), bp.VolumeBand(above=10, price=1.0)),
            mode=chance.choice(("incremental", "all_units")),
        ),
        bp.ResourceCharge(baseline=50, dead_band=0.1, additional_price=3.0, reduced_price=1.0),
        bp.CapacityOption(reserved=10, reservation_price=1.0, usage_price=1.0, over_price=4.0),
        bp.MinimumCharge(amount=1.0),
        bp.Currency(code="USD", rate=0.9),
        bp.Ramp(
            class_size=2,
            classes=3,
            every_weeks=1,
            training_weeks=5,
            extra_handle_time=0.5,
            start=today - timedelta(days=37),
        ),
        chance.choice(
            (
                bp.TakeOrPay(price=2.0, volume=40, share=0.9, carry_forward=0.5),
                bp.MinimumCommitment(amount=60.0),
            )
        ),
    )
    terms += chance.sample(more, chance.randint(0, 4))
    if begun and chance.random() < 0.5:
        terms.append(bp.Trial(months=chance.choice((1, 3)), share=chance.choice((0.1, 0.5))))
    try:
        return bp.Contract(**prices, terms=tuple(terms), **caps)
    except bp.InputError:  # two that do not go together
        return bp.Contract(**prices, **caps)


def _policy(chance: Chance, vendors: tuple[str, ...]) -> tuple[Any, bool]:
    """A policy, and whether it keeps or sends by costs, with no vendor kept warm."""
    shares = {name: chance.choice((0.0, 0.1, 0.2)) for name in vendors}
    number = float(chance.choice((0, 1, 3)))
    kinds: tuple[tuple[Any, bool], ...] = (
        (bp.MarginalCost(), True),
        (bp.MarginalCost(), True),
        (bp.NeverOverflow(), True),
        (bp.QueueLength(number), True),
        (bp.QueueLength(number), True),
        (bp.ExpectedWait(20.0), True),
        (bp.ServedInTime(0.8, 20.0), True),
        (bp.OwnCost(2.0), True),
        (bp.MeetTarget(), True),
        (bp.Share(shares), False),
        (bp.HashShare(shares), False),
        (bp.Hysteresis(bp.QueueLength(4.0), bp.QueueLength(1.0), 20.0), True),
        (bp.Released(bp.QueueLength(2.0), 30.0), True),
        (bp.Either(bp.QueueLength(2.0), bp.MarginalCost()), True),
        (bp.Both(bp.QueueLength(1.0), bp.MarginalCost()), True),
        (bp.Warm(bp.MarginalCost(), shares), False),
        (own_policy, True),
        (failing_policy, True),
    )
    return chance.choice(kinds)


def _contact(chance: Chance, center: bp.Center, unknown: tuple[str, ...]) -> bp.Contact:
    return bp.Contact(
        chance.choice((*center.contact_types, *unknown)),
        language=chance.choice(("", "", "sv", "en", "SV-fi", "sv-SE", "de", "en-US")),
        data=_some(chance, (*center.data_rules, "unruled"), 2, 0.15),
        country=chance.choice(("", "SE", "us", "DE")),
        value_class=chance.choice(("", "", "", "gold", "none")),
        skills=_some(chance, SKILLS, 2, 0.15),
    )


def _changed(vendor: bp.Vendor, **fields: Any) -> bp.Vendor:
    return bp.Vendor(**{**{name: getattr(vendor, name) for name in vendor.__struct_fields__}, **fields})
