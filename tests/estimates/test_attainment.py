"""Attainment of a service level: hand-computed cases, oracles, bad input."""

from __future__ import annotations

import math

import pytest
from scipy import stats

from bporoute.center._targets import ServiceLevel
from bporoute.errors import InputError
from bporoute.estimates._attainment import Attainment

INF, NAN = math.inf, math.nan
EIGHTY_IN_TWENTY = ServiceLevel(probability=0.8, within=20)


@pytest.mark.parametrize(
    ("counting", "good", "base"),
    # Golden case of the metrics: 1000 answered, 860 of them in time; 60 abandoned, 20 of them within
    # the target, 10 of those within 5 s.
    [
        ("offered", 860, 1060),
        ("ignored", 860, 1040),
        ("credited", 880, 1060),
        ("answered", 860, 1000),
        ("short_excluded", 860, 1050),
        ("short_credited", 870, 1060),
    ],
)
def test_attainment_counts_as_the_metrics_do(counting, good, base):
    target = ServiceLevel(probability=0.8, within=20, counting=counting)
    attainment = Attainment.of(target, weight=1e-6, memory=INF)
    stream = [("answered", 10.0)] * 860 + [("answered", 30.0)] * 140
    stream += [("abandoned", 3.0)] * 10 + [("abandoned", 15.0)] * 10 + [("abandoned", 40.0)] * 40
    for outcome, wait in stream:
        attainment = attainment.step(outcome, wait)
    assert attainment.share.count == base
    assert attainment.share.mean == pytest.approx(good / base, rel=1e-6)


def test_a_failed_contact_is_not_answered_in_time():
    start = Attainment.of(EIGHTY_IN_TWENTY)
    assert start.step("failed", NAN).share.total == 0.0
    assert start.step("failed", NAN).share.count == 1.0
    answered = Attainment.of(ServiceLevel(probability=0.8, within=20, counting="answered"))
    assert answered.step("failed", 3.0) is answered


@pytest.mark.parametrize("wait", [NAN, -3.0])
def test_unknown_waits(wait):
    start = Attainment.of(EIGHTY_IN_TWENTY)
    assert start.step("answered", wait) is start
    assert start.step("abandoned", wait).share.count == 1.0  # offered: not answered, whenever it was
    ignored = Attainment.of(ServiceLevel(probability=0.8, within=20, counting="ignored"))
    assert ignored.step("abandoned", wait) is ignored


def test_the_limit_itself_is_in_time():
    start = Attainment.of(EIGHTY_IN_TWENTY)
    assert start.step("answered", 20.0).share.total == 1.0
    assert start.step("answered", math.nextafter(20.0, 30.0)).share.total == 0.0


def test_meeting_the_target():
    start = Attainment.of(EIGHTY_IN_TWENTY, weight=50)
    assert start.meets() == pytest.approx(stats.beta.sf(0.8, 40.5, 10.5))
    assert start.meets() == pytest.approx(0.5, abs=0.1)  # believed to be just met
    good, bad = start, start
    for _ in range(100):
        good, bad = good.step("answered", 5.0), bad.step("answered", 50.0)
    assert good.meets() > 0.99
    assert bad.meets() < 0.01
    assert Attainment.of(EIGHTY_IN_TWENTY, prior=0.95).meets() > 0.99


def test_unknown_outcomes_and_priors_are_refused():
    with pytest.raises(InputError, match="outcome"):
        Attainment.of(EIGHTY_IN_TWENTY).step("lost", 3.0)
    with pytest.raises(InputError, match="outcome"):
        Attainment.of(EIGHTY_IN_TWENTY).step(["answered"], 3.0)
    with pytest.raises(InputError, match="share"):
        Attainment.of(EIGHTY_IN_TWENTY, prior=1.5)
