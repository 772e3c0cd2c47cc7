"""Contracts, contacts and situations of every kind, drawn for properties."""

from __future__ import annotations

from datetime import date, datetime

from hypothesis import strategies as st

from bporoute import (
    BilledContact,
    CapacityOption,
    Contract,
    Currency,
    FixedFee,
    ForecastLock,
    GainShare,
    Indexation,
    IndexStep,
    Measure,
    MinimumCharge,
    MinimumCommitment,
    Multiplier,
    PerContact,
    PerFte,
    PerHour,
    PerMinute,
    PerResolution,
    ResourceCharge,
    Rounding,
    ServiceCredits,
    SlaMeasure,
    TakeOrPay,
    Tier,
    VolumeBand,
    VolumeTiers,
)

PRICES = st.floats(0, 20)
SMALL = st.integers(0, 12)
ROUNDINGS = st.builds(
    Rounding, decimals=st.integers(0, 2), mode=st.sampled_from(("half_even", "half_up", "up"))
)
MEASURES = st.builds(
    Measure,
    counts=st.sampled_from(("offered", "answered", "handled", "resolved")),
    free_up_to=st.sampled_from((0, 20)),
) | st.builds(
    Measure,
    counts=st.sampled_from(("handle_minutes", "talk_minutes")),
    step=st.sampled_from((None, 6, 30, 60)),
    first=st.sampled_from((0, 20)),
    minimum=st.sampled_from((0, 30)),
    included=st.sampled_from((0, 120)),
)


@st.composite
def volume_tiers(draw):
    edges = sorted(draw(st.sets(st.integers(1, 15), max_size=3)))
    bands = tuple(
        VolumeBand(above=above, up_to=up_to, price=draw(PRICES))
        for above, up_to in zip([0, *edges], [*edges, None], strict=True)
    )
    mode = draw(st.sampled_from(("incremental", "all_units")))
    return VolumeTiers(tiers=bands, mode=mode, measure=draw(MEASURES))


CHARGES = st.one_of(
    st.builds(
        PerContact,
        price=PRICES,
        counts=st.sampled_from(("offered", "answered", "handled", "failed")),
        free_up_to=st.sampled_from((0, 20)),
        contact_types=st.sampled_from(((), ("sales",))),
        rounding=st.none() | ROUNDINGS,
    ),
    st.builds(
        PerMinute,
        price=PRICES,
        counts=st.sampled_from(("handle_minutes", "talk_minutes")),
        step=st.sampled_from((None, 60)),
        first=st.sampled_from((0, 30)),
        included=st.sampled_from((0, 90)),
        channels=st.sampled_from(((), ("voice",))),
        rounding=st.none() | ROUNDINGS,
    ),
    st.builds(PerHour, price=PRICES, hours=st.just("paid")),
    st.builds(PerFte, price_per_month=PRICES),
    st.builds(PerResolution, price=PRICES, no_repeat_within_days=st.just(7)),
    st.builds(FixedFee, fee=PRICES, included=SMALL, overage_price=PRICES, measure=MEASURES),
    volume_tiers(),
    st.builds(
        ResourceCharge,
        baseline=SMALL,
        dead_band=st.floats(0, 0.5),
        additional_price=PRICES,
        reduced_price=PRICES,
        measure=MEASURES,
    ),
    st.builds(
        CapacityOption,
        reserved=SMALL,
        reservation_price=PRICES,
        usage_price=PRICES,
        over_price=PRICES,
        measure=MEASURES,
    ),
)
COMMITMENTS = st.builds(
    TakeOrPay,
    price=PRICES,
    volume=st.none() | SMALL,
    share=st.floats(0, 1),
    carry_forward=st.sampled_from((0.0, 0.5, 1.0)),
    measure=MEASURES,
) | st.builds(MinimumCommitment, amount=st.floats(0, 300), carry_forward=st.sampled_from((0.0, 1.0)))
CREDITS = st.builds(
    ServiceCredits,
    measures=st.just(
        (
            SlaMeasure(name="level", weight=0.75, floor=0.7, target=0.8, stretch=0.9),
            SlaMeasure(name="asa", weight=0.25, floor=60, target=30, better="lower"),
        )
    ),
    at_risk=st.floats(0.1, 0.5),
    bonus=st.floats(0, 0.2),
    earn_back=st.floats(0, 1),
)
LOCKS = st.builds(
    ForecastLock,
    low=st.just(0.9),
    high=st.just(1.1),
    granularity=st.sampled_from(("interval", "month")),
    share_inside=st.just(0.8),
)
MULTIPLIERS = st.builds(
    Multiplier, factor=st.floats(0.5, 2), hours=st.just(("daily 22:00-06:00",))
) | st.builds(
    Multiplier,
    factor=st.floats(0.5, 2),
    languages=st.sampled_from(((), ("sv",))),
    channels=st.just(("voice",)),
)
WHOLE_BILL = (
    st.builds(MinimumCharge, amount=PRICES),
    st.builds(GainShare, baseline=PRICES, share=st.floats(0, 1), measure=MEASURES),
    st.builds(Indexation, steps=st.just((IndexStep(start=date(2026, 7, 1), factor=1.5),))),
    st.builds(Currency, code=st.just("PLN"), rate=st.just(0.25), high=st.sampled_from((None, 0.26))),
)
CONTACTS = st.builds(
    BilledContact,
    handle=st.integers(0, 400).map(float),
    talk=st.none() | st.integers(0, 300).map(float),
    wait=st.integers(0, 40).map(float),
    answered=st.sampled_from((True, True, False)),
    handled=st.sampled_from((True, True, False)),
    failed=st.sampled_from((False, False, False, True)),
    contact_type=st.sampled_from(("sales", "service")),
    channel=st.sampled_from(("", "voice")),
    resolved=st.sampled_from((0.0, 0.75, 1.0)),
    local=st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
    language=st.sampled_from(("", "sv", "et")),
)


def by_volume(term) -> bool:
    """Whether a term's prices depend on the volume, beside which no minimum charge is possible."""
    return isinstance(term, VolumeTiers | ResourceCharge | CapacityOption) or (
        isinstance(term, FixedFee) and term.overage_price > 0
    )


def maybe(strategy):
    return st.none() | strategy


@st.composite
def contracts(draw):
    one_each = [draw(maybe(each)) for each in (COMMITMENTS, CREDITS, LOCKS, *WHOLE_BILL)]
    terms = draw(st.lists(CHARGES, max_size=3)) + draw(st.lists(MULTIPLIERS, max_size=2))
    terms += [term for term in one_each if term is not None]
    edges = sorted(draw(st.sets(st.integers(1, 10), max_size=2)))
    tiers = tuple(
        Tier(above=above, up_to=up_to, price_per_contact=draw(PRICES), price_per_minute=draw(PRICES))
        for above, up_to in zip([0, *edges], [*edges, None], strict=True)
    )
    prices = draw(
        st.sampled_from(({"tiers": tiers}, {"price_per_contact": 1.5, "price_per_minute": 0.3}, {}))
    )
    if "tiers" in prices or any(by_volume(term) for term in terms):
        terms = [term for term in terms if not isinstance(term, MinimumCharge)]
    return Contract(
        terms=tuple(terms),
        period=draw(st.sampled_from(("month", "quarter"))),
        tiers_by=draw(st.sampled_from(("contacts", "minutes"))),
        **prices,
    )


SITUATIONS = st.fixed_dictionaries(
    {
        "hours": st.just({"paid": 7.0}),
        "fte": st.floats(0, 3),
        "sla": st.dictionaries(st.sampled_from(("level", "asa")), st.floats(0, 1)),
        "locked_volume": st.integers(0, 20).map(float),
        "share_inside": st.none() | st.floats(0, 1),
        "balance": st.floats(0, 100),
        "earlier_credits": st.floats(0, 100),
        "begin": st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 1)),
        "exchange_rate": st.none() | st.floats(0.1, 0.5),
    }
)
