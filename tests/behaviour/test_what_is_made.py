"""Whatever a program makes is checked when it is made: every number of every door's structs."""

from __future__ import annotations

import importlib
import inspect
import math
from datetime import date, datetime
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from msgspec import Meta

from bporoute.center import (
    Abandonment,
    AdequacyDecision,
    Asa,
    Blocking,
    Center,
    ContactType,
    DataRule,
    HealthConfig,
    LocationScheme,
    LogFormat,
    Occupancy,
    QualityPrior,
    Queue,
    ServiceLevel,
    Targets,
    ValueClass,
    Vendor,
)
from bporoute.durations import (
    Constant,
    Empirical,
    EmpiricalPatience,
    ErlangPatience,
    Exponential,
    HyperexponentialPatience,
    LognormalPatience,
    WeibullPatience,
)
from bporoute.errors import InputError
from bporoute.estimates import HandleTimePrior, RatePrior, SharePrior
from bporoute.planning import Break, ShiftPattern
from bporoute.routing import Backlog, Case, Trough
from bporoute.simulation import Outage, Redial, Scenario, StateFeed

DOORS = (
    "center",
    "durations",
    "estimates",
    "planning",
    "policies",
    "queueing",
    "routing",
    "simulation",
    "workload",
)
NOON = datetime(2026, 7, 1, 12)
QUEUES, TYPES = {"call": Queue(aht=240)}, {"call": ContactType(queue="call")}

MADE: dict[type, dict[str, Any]] = {
    Abandonment: {"probability": 0.1},
    AdequacyDecision: {"country": "GB", "valid_from": date(2026, 1, 1)},
    Asa: {"seconds": 30},
    Blocking: {"probability": 0.1},
    Break: {"after": 3600, "length": 1800},
    Center: {"queues": QUEUES, "contact_types": TYPES},
    Constant: {"seconds": 3},
    ContactType: {"queue": "call"},
    DataRule: {},
    Empirical: {"times": (1.0, 2.0)},
    EmpiricalPatience: {"times": (0, 60), "shares": (1, 0.5)},
    ErlangPatience: {"mean": 60, "phases": 2},
    Exponential: {"mean": 60},
    HandleTimePrior: {"aht": 240},
    HealthConfig: {},
    HyperexponentialPatience: {"means": (10, 100), "shares": (0.5, 0.5)},
    LocationScheme: {"by": "distance", "nearshore_within_km": 500},
    LogFormat: {},
    LognormalPatience: {"mean": 60, "cv": 1},
    Occupancy: {"probability": 0.85},
    Outage: {"vendor": "nord", "start": NOON, "end": NOON},
    QualityPrior: {},
    Queue: {"aht": 240},
    RatePrior: {},
    Redial: {"share": 0.5},
    Scenario: {},
    ServiceLevel: {"probability": 0.8, "within": 20},
    SharePrior: {"share": 0.5},
    ShiftPattern: {"name": "early", "starts": ("06:00",), "length": 28800},
    StateFeed: {"every": 10.0},
    Targets: {},
    Trough: {"start": 0, "seconds": 60, "minutes": 5},
    ValueClass: {"keep_up_to": 1.0},
    Vendor: {
        "location": "onshore",
        "country": "ES",
        "timezone": "Europe/Madrid",
        "contact_types": ("call",),
        "capacity": 5,
        "contract": {},
    },
    WeibullPatience: {"mean": 60, "shape": 1},
}
WRITTEN_BY_THE_HOUSE = {Backlog, Case}
"""They are read back from a file, and then by `Backlog.check`."""


def wrong_values(kind: Any) -> list[Any]:
    """Numbers that a field's type does not allow; none for what is no number."""
    if get_origin(kind) is not Annotated:
        return [value for part in get_args(kind) for value in wrong_values(part)]
    of, *metas = get_args(kind)
    if of not in (int, float):
        return []
    limits = [meta for meta in metas if isinstance(meta, Meta)]
    wrong = [math.nan, "3", -math.inf]
    for meta in limits:
        wrong += [] if meta.ge is None else [meta.ge - 1]
        wrong += [] if meta.gt is None else [meta.gt, meta.gt - 1]
        wrong += [] if meta.le is None else [meta.le + 1, math.inf]
        wrong += [] if meta.lt is None else [meta.lt, meta.lt + 1]
    return wrong


def kinds(made: type) -> dict[str, Any]:
    return get_type_hints(made, include_extras=True)


PUBLIC = {
    value
    for door in DOORS
    for module in [importlib.import_module(f"bporoute.{door}")]
    for name in module.__all__
    for value in [getattr(module, name)]
    if inspect.isclass(value) and issubclass(value, msgspec.Struct)
}
RANGED = sorted((made for made in PUBLIC if any(map(wrong_values, kinds(made).values()))), key=str)


def test_every_struct_with_a_range_is_tried():
    assert len(RANGED) > 20
    assert not [made.__name__ for made in RANGED if made not in {*MADE, *WRITTEN_BY_THE_HOUSE}]


@pytest.mark.parametrize("made", [made for made in RANGED if made in MADE], ids=lambda made: made.__name__)
def test_a_number_out_of_its_range_is_refused(made):
    usual = MADE[made]
    made(**usual)
    for name, kind in kinds(made).items():
        # A range within a table or a tuple is tried as an entry of one.
        origin = get_origin(kind)
        inner = get_args(kind)[-1] if origin is dict else get_args(kind)[0] if origin is tuple else kind
        for wrong in wrong_values(inner):
            value = {"call": wrong} if origin is dict else wrong
            if origin is tuple:
                value = (*usual.get(name, ())[:-1], wrong)
            with pytest.raises(InputError) as refused:
                made(**{**usual, name: value})
            assert name in refused.value.where, (name, wrong)
            assert refused.value.found
            assert refused.value.expected


def test_a_percentage_is_told_what_it_would_be_as_a_share():
    for made, field in ((Abandonment, "probability"), (SharePrior, "share"), (Redial, "share")):
        with pytest.raises(InputError) as refused:
            made(**{field: 5})
        assert str(refused.value).endswith("at most 1: 0.05?")
