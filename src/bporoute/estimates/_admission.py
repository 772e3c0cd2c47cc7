"""What each vendor of a panel may be given now, by its health and by how many others fail."""

from __future__ import annotations

import math
from collections.abc import Container

import msgspec

from bporoute.center._health import HealthConfig
from bporoute.estimates._vendor_health import Stage, VendorHealth, failure_rate, tick

OUT = (Stage.EJECTED, Stage.PROBING)
ROUNDING = 1e-9
"""0.29 of 100 vendors are 29, although 0.29 * 100 is a little less."""


class Admission(msgspec.Struct, frozen=True, gc=False):
    """What one vendor may be given.

    Attributes
    ----------
    share : float
        Share of the contacts meant for it that it may get, in [0, 1]: 0 out, 1 everything.
    probe : bool
        Whether one contact may go to it all the same, as a probe; then tell
        `bporoute.estimates._vendor_health.probe_sent`.
    until : float
        Epoch seconds at which this changes without news; inf: only an outcome changes it. During a ramp
        the share grows all the time, and this is its end.
    text : str
        Why, for people.
    """

    share: float
    probe: bool
    until: float
    text: str


HEALTHY = Admission(1.0, False, math.inf, "healthy")


def most_out(config: HealthConfig, vendors: int) -> int:
    """Most vendors that may be out at once: ``most_ejected`` of them, rounded down.

    Of two or more at least one. A sole vendor may be out only if ``most_ejected`` is 1; otherwise its
    failure rate, which makes it dear, is all that speaks against it.

    >>> [most_out(HealthConfig(), vendors) for vendors in (0, 1, 2, 3, 4, 9)]
    [0, 0, 1, 1, 2, 4]
    """
    return max(math.floor(config.most_ejected * vendors + ROUNDING), 1 if vendors > 1 else 0)


def admission(config: HealthConfig, panel: tuple[VendorHealth, ...], now: float) -> tuple[Admission, ...]:
    """What each vendor may be given at `now`, in the order of `panel`.

    A vendor is out while it is ejected or probed. At most `most_out` are: those with the highest
    `failure_rate` now, the first of the panel where rates are equal. The others go on
    getting everything, and their outcomes count as probes. If more than `most_out` and more than
    ``panic_above`` of the panel would be out, or in shadow mode, or where nobody may be out, everybody gets
    everything.

    Parameters
    ----------
    config : HealthConfig
        How many may be out.
    panel : tuple of VendorHealth
        All vendors of the center, in its order.
    now : float
        Epoch seconds, as for `_vendor_health.step`.

    Examples
    --------
    >>> out = VendorHealth(stage=Stage.EJECTED, since=1000.0, until=1030.0, seen=1000.0, ejections=1)
    >>> first, second = admission(HealthConfig(), (out, VendorHealth()), 1010.0)
    >>> first
    Admission(share=0.0, probe=False, until=1030.0, text='failing: out for another 20 s (ejection 1)')
    >>> second.share
    1.0
    """
    ailing = {
        place: tick(config, health, now)
        for place, health in enumerate(panel)
        if health.stage is not Stage.HEALTHY
    }
    if not ailing:
        return (HEALTHY,) * len(panel)
    out = [place for place, health in ailing.items() if health.stage in OUT]
    most = most_out(config, len(panel))
    spared: Container[int] = ailing
    why = ""
    if config.shadow:
        why = "not enforced in shadow mode"
    elif not most:
        why = "admitted all the same: no vendor may be out"
    elif len(out) > max(most, config.panic_above * len(panel) + ROUNDING):
        why = f"admitted all the same: {len(out)} of {len(panel)} vendors would be out"
    elif len(out) > most:
        spared = sorted(out, key=lambda place: (-failure_rate(config, ailing[place], now), place))[most:]
        why = f"admitted all the same: at most {most} of {len(panel)} vendors may be out"
    allowed = [HEALTHY] * len(panel)
    for place, health in ailing.items():
        allowed[place] = _one(config, health, why if place in spared else "")
    return tuple(allowed)


def _one(config: HealthConfig, health: VendorHealth, overruled: str) -> Admission:
    """What a vendor may be given by its own health, or everything if that is overruled, and why."""
    if health.stage is Stage.HEALTHY:
        return HEALTHY
    share, probe, until = 0.0, False, health.until
    if health.stage is Stage.EJECTED:
        text = f"failing: out for another {until - health.seen:.0f} s (ejection {health.ejections})"
    elif health.stage is Stage.PROBING:
        probe = health.seen >= until
        until = math.inf if probe else until
        text = f"failing: one contact at a time as a probe, {health.passed} of {config.probes} taken"
    else:
        done = (health.seen - health.since) / (until - health.since)
        share = min(config.ramp_start + (1.0 - config.ramp_start) * done, 1.0)
        text = f"back for {health.seen - health.since:.0f} s: {share:.0%} of its contacts"
    if overruled:
        return Admission(1.0, False, until, f"{text}; {overruled}")
    return Admission(share, probe, until, text)
