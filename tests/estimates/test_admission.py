"""A panel of vendors: who is out, who is admitted all the same, and why."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import HealthConfig
from bporoute.estimates._admission import Admission, admission, most_out
from bporoute.estimates._vendor_health import Stage, VendorHealth, failure_rate, probe_sent, tick
from helpers.clock import NOON

CONFIG = HealthConfig()
WELL = VendorHealth()


def ejected(rate: float = 0.5, seconds: float = 30.0) -> VendorHealth:
    return VendorHealth(
        Stage.EJECTED, NOON, NOON + seconds, seen=NOON, ejections=1, failures=100.0 * rate, outcomes=100.0
    )


PROBING = VendorHealth(Stage.PROBING, NOON, NOON, NOON, NOON, passed=2, ejections=1)
RAMPING = VendorHealth(Stage.RAMPING, NOON, NOON + 60.0, NOON, NOON, ejections=1)

stages = st.sampled_from([WELL, WELL, ejected(), ejected(0.9), ejected(0.1, 100.0), PROBING, RAMPING])
panels = st.lists(stages, max_size=12).map(tuple)
shares = st.floats(0.0, 1.0)
times = st.floats() | st.floats(-10.0, 150.0).map(lambda later: NOON + later)


def given_now(*panel: VendorHealth, later: float = 0.0, **changes) -> tuple[Admission, ...]:
    return admission(HealthConfig(**changes), panel, NOON + later)


def test_a_healthy_panel_gets_everything() -> None:
    assert given_now(WELL, WELL) == (Admission(1.0, False, math.inf, "healthy"),) * 2
    assert given_now() == ()


def test_an_ejected_vendor_gets_nothing_until_it_is_probed() -> None:
    out = given_now(ejected(), WELL, later=29.0)[0]
    assert (out.share, out.probe, out.until) == (0.0, False, NOON + 30.0)
    probe = given_now(ejected(), WELL, later=30.0)[0]
    assert (probe.share, probe.probe, probe.until) == (0.0, True, math.inf)
    assert probe.text == "failing: one contact at a time as a probe, 0 of 5 taken"


def test_one_probe_at_a_time() -> None:
    waiting = probe_sent(CONFIG, PROBING, NOON + 1.0)
    held, _ = given_now(waiting, WELL, later=30.9)
    assert (held.share, held.probe, held.until) == (0.0, False, NOON + 31.0)
    assert given_now(waiting, WELL, later=31.0)[0].probe


def test_the_ramp_is_a_line() -> None:
    grown = [given_now(RAMPING, WELL, later=later)[0].share for later in (0.0, 20.0, 40.0, 59.0, 60.0)]
    assert grown == pytest.approx([0.1, 0.4, 0.7, 0.985, 1.0])
    assert given_now(RAMPING, WELL, later=20.0)[0].text == "back for 20 s: 40% of its contacts"
    assert given_now(RAMPING, WELL)[0].until == NOON + 60.0


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.5, [0, 0, 1, 1, 2, 2, 3]), (0.0, [0, 0, 1, 1, 1, 1, 1]), (1.0, [0, 1, 2, 3, 4, 5, 6])],
)
def test_how_many_may_be_out(share: float, expected: list[int]) -> None:
    assert [most_out(HealthConfig(most_ejected=share), vendors) for vendors in range(7)] == expected


def test_a_share_that_is_no_binary_fraction_is_rounded_as_written() -> None:
    assert most_out(HealthConfig(most_ejected=0.29), 100) == 29


def test_the_worst_are_out_and_the_first_of_equals() -> None:
    panel = (ejected(0.4), ejected(0.9), ejected(0.4), WELL, WELL)
    allowed = given_now(*panel)
    assert [one.share for one in allowed] == [0.0, 0.0, 1.0, 1.0, 1.0]
    assert allowed[2].text.endswith("; admitted all the same: at most 2 of 5 vendors may be out")
    assert [one.share for one in given_now(*panel[::-1])] == [1.0, 1.0, 0.0, 0.0, 1.0]


def test_a_vendor_that_is_probed_is_out_too() -> None:
    assert [one.share for one in given_now(PROBING, ejected(), WELL)] == [1.0, 0.0, 1.0]


def test_if_nearly_all_would_be_out_all_are_admitted() -> None:
    # Three of four is not above 0.75, four of four is; whoever was ramping is not held back then either.
    assert [one.share for one in given_now(ejected(), ejected(), ejected(), WELL)] == [0.0, 0.0, 1.0, 1.0]
    allowed = given_now(ejected(), ejected(), PROBING, ejected())
    assert [(one.share, one.probe) for one in allowed] == [(1.0, False)] * 4
    assert allowed[0].text.endswith("; admitted all the same: 4 of 4 vendors would be out")
    assert given_now(*[ejected()] * 4, RAMPING)[4].share == 1.0
    assert given_now(ejected(), ejected())[0].share == 1.0


def test_one_of_two_is_no_panic_however_low_the_threshold() -> None:
    assert [one.share for one in given_now(ejected(), WELL, panic_above=0.1)] == [0.0, 1.0]


def test_a_sole_vendor_is_out_only_if_all_may_be() -> None:
    assert given_now(ejected())[0].share == 1.0
    assert given_now(ejected())[0].text.endswith("no vendor may be out")
    assert given_now(RAMPING)[0].share == 1.0
    assert given_now(ejected(), most_ejected=1.0)[0].share == 0.0


def test_shadow_reports_and_keeps_nobody_out() -> None:
    allowed = given_now(ejected(), PROBING, RAMPING, WELL, shadow=True)
    assert [(one.share, one.probe) for one in allowed] == [(1.0, False)] * 4
    assert allowed[0].text == "failing: out for another 30 s (ejection 1); not enforced in shadow mode"
    assert allowed[3].text == "healthy"


@given(panels, shares, shares, st.booleans(), times)
def test_never_more_out_than_stated(panel, most_ejected, panic_above, shadow, now) -> None:
    config = HealthConfig(most_ejected=most_ejected, panic_above=panic_above, shadow=shadow)
    allowed = admission(config, panel, now)
    assert len(allowed) == len(panel)
    assert all(0.0 <= one.share <= 1.0 for one in allowed)
    out = [place for place, one in enumerate(allowed) if one.share == 0.0]
    assert len(out) <= (0 if shadow else most_out(config, len(panel)))
    assert len(out) <= max(most_ejected * len(panel) + 1e-6, 1 if len(panel) > 1 else 0)
    assert all(allowed[place].share == 0.0 for place, one in enumerate(allowed) if one.probe)
    assert admission(config, panel, now) == allowed
    # Whoever would be out and is not, fails no more often than those who are.
    rates = [failure_rate(config, health, now) for health in panel]
    for place, health in enumerate(panel):
        spared = allowed[place].share == 1.0 and tick(config, health, now).stage in ("ejected", "probing")
        assert not spared or all(rates[place] <= rates[other] for other in out)


@given(panels, st.floats(0.0, 150.0))
def test_what_is_promised_until_a_time_holds_until_then(panel, later) -> None:
    now = NOON + later
    for one, again in zip(admission(CONFIG, panel, now), admission(CONFIG, panel, now + 0.5), strict=True):
        assert one.until > now
        if one.share in (0.0, 1.0) and all(
            other.until > now + 0.5 for other in admission(CONFIG, panel, now)
        ):
            assert (again.share, again.probe) == (one.share, one.probe)


@given(st.floats(0.0, 1e9))
def test_a_clock_set_back_keeps_nobody_out_for_longer_than_twice(back) -> None:
    # Even where what `tick` returns is not kept.
    now = NOON - back
    assert any(admission(CONFIG, (ejected(), WELL), now + wait)[0].probe for wait in (0.0, 30.0, 60.0))
