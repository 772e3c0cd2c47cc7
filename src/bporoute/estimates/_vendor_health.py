"""Whether a vendor takes the contacts that it is given: found failing, left alone, probed, let back in.

One vendor's health is a frozen value. `step` takes it past an outcome, `probe_sent` past a probe, `tick`
past time; `bporoute.estimates._admission` says what a panel of vendors may be given. Clock and randomness are
arguments. The router keeps what these functions return, and settles every contact as soon as its outcome
is known.

::

    healthy ──detector──► ejected ──back-off over──► probing ──all probes passed──► ramping ──► healthy
                             ▲ ▲                        │                              │
                             │ └──────a probe fails─────┘                              │
                             └─────────────────────────detector────────────────────────┘
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from bporoute.center._health import HealthConfig

MOST_DOUBLINGS = 60
"""More doublings of a back-off change nothing: every ceiling is below."""


class Stage(StrEnum):
    """Where a vendor stands between healthy and failing."""

    HEALTHY = "healthy"
    EJECTED = "ejected"
    PROBING = "probing"
    RAMPING = "ramping"


class VendorHealth(msgspec.Struct, frozen=True, gc=False):
    """What is known of one vendor's health. All times in epoch seconds by the caller's clock.

    Attributes
    ----------
    stage : Stage
        Where it stands.
    since, until : float
        When the stage began, and what it waits for: the end of the back-off (ejected), of the wait for
        the probe that is out (probing), of the ramp (ramping), the moment at which earlier ejections
        are forgotten (healthy).
    readmitted : float
        When it was last let out of an ejection: contacts given before tell of the old trouble.
    seen : float
        The latest time told.
    evidence : float
        The detector's sum, nats.
    volume : int
        Outcomes since that sum was last 0.
    passed : int
        Probes taken in this probing.
    ejections : int
        Ejections, until forgotten; each doubles the next back-off.
    detections : int
        Times that the detector has fired, never forgotten; failed probes do not count.
    failures, outcomes : float
        Failures and outcomes that the estimate remembers, faded.
    """

    stage: Stage = Stage.HEALTHY
    since: float = 0.0
    until: float = 0.0
    readmitted: float = 0.0
    seen: float = 0.0
    evidence: float = 0.0
    volume: int = 0
    passed: int = 0
    ejections: int = 0
    detections: int = 0
    failures: float = 0.0
    outcomes: float = 0.0


def step(
    config: HealthConfig,
    health: VendorHealth,
    outcome: str,
    now: float,
    luck: float,
    sent: float = math.nan,
) -> VendorHealth:
    r"""A vendor's health after one more outcome.

    Page's cumulative sum of log likelihood ratios, :math:`S \leftarrow \max(0, S + x)` with
    :math:`x = \log(p_1/p_0)` for a failure and :math:`x = \log((1-p_1)/(1-p_0))` for a success, ejects
    at :math:`S \ge h`; p0 is `HealthConfig.acceptable`, p1 ``failing``, h ``threshold`` (E. S. Page,
    Continuous inspection schemes, Biometrika 41, 1954).

    Parameters
    ----------
    config : HealthConfig
        When a vendor counts as failing.
    health : VendorHealth
        Its health before.
    outcome : {"answered", "abandoned", "failed"}
        Only "failed" is a failure. A customer who gave up waiting had reached the vendor's line:
        "abandoned" says something of its staffing, not of its health, and counts as a success.
    now : float
        Epoch seconds; nan or infinite: no time has passed. A clock that is set back by d counts as d
        seconds passed.
    luck : float
        Uniform on [0, 1), stretches the back-off; anything else counts as 0.
    sent : float
        When the contact was given to the vendor, epoch seconds; nan: now. Outcomes of contacts given
        before the end of the last ejection enter the failure rate, but neither the detector nor the
        probes.

    Returns
    -------
    VendorHealth
        Its health at `now`.

    Examples
    --------
    >>> health = VendorHealth()
    >>> for second in range(7):
    ...     health = step(HealthConfig(), health, "failed", 1000.0 + second, luck=0.0)
    >>> str(health.stage), health.until - health.seen
    ('ejected', 30.0)
    """
    now = _told(health, now)
    health = tick(config, health, now)
    failed = outcome == "failed"
    kept = _kept(config, health, now) * (1.0 - 1.0 / config.memory_contacts)
    evidence, volume, passed, until = health.evidence, health.volume, health.passed, health.until
    ejected = detected = False
    if health.stage is Stage.EJECTED or sent < health.readmitted:
        pass
    elif health.stage is Stage.PROBING:
        ejected = failed
        passed, until = passed + 1, now
    else:
        low, high = config.acceptable, config.failing
        evidence += math.log(high / low if failed else (1.0 - high) / (1.0 - low))
        volume += 1
        if evidence <= 0.0:
            evidence, volume = 0.0, 0
        ejected = detected = evidence >= config.threshold and volume >= config.minimum_volume
    health = VendorHealth(
        health.stage,
        health.since,
        until,
        health.readmitted,
        now,
        evidence,
        volume,
        passed,
        health.ejections,
        health.detections + detected,
        health.failures * kept + failed,
        health.outcomes * kept + 1.0,
    )
    if ejected:
        return _ejected(config, health, luck)
    if passed >= config.probes:
        return _ramping(config, health)
    return health


def taken(
    config: HealthConfig, health: VendorHealth, contacts: Sequence[tuple[float, float]]
) -> VendorHealth:
    """A vendor's health after outcomes that are no failures, as `step` for one after the other.

    `contacts` are their ``(now, sent)``. Where nothing is pending, as nearly always, this is much quicker.
    """
    against = math.log((1.0 - config.failing) / (1.0 - config.acceptable))
    kept_each, memory = 1.0 - 1.0 / config.memory_contacts, config.memory_seconds
    plain = health.stage is Stage.HEALTHY and not health.ejections
    seen, evidence, volume = health.seen, health.evidence, health.volume
    failures, outcomes = health.failures, health.outcomes
    place = 0
    while plain and place < len(contacts):
        now, sent = contacts[place]
        if not math.isfinite(now):
            now = seen
        if now < seen or evidence >= config.threshold:
            break
        kept = (math.exp(-(now - seen) / memory) if now != seen else 1.0) * kept_each
        if not sent < health.readmitted:
            evidence, volume = evidence + against, volume + 1
            if evidence <= 0.0:
                evidence, volume = 0.0, 0
        failures, outcomes, seen = failures * kept, outcomes * kept + 1.0, now
        place += 1
    if place:
        health = VendorHealth(
            health.stage,
            health.since,
            health.until,
            health.readmitted,
            seen,
            evidence,
            volume,
            health.passed,
            health.ejections,
            health.detections,
            failures,
            outcomes,
        )
    for now, sent in contacts[place:]:
        health = step(config, health, "answered", now, 0.0, sent)
    return health


def probe_sent(config: HealthConfig, health: VendorHealth, now: float) -> VendorHealth:
    """A vendor's health after a contact went to it as a probe; unchanged if it is not being probed.

    Call it whenever a contact is given to a vendor whose `_admission.Admission.probe` was true: until the
    outcome, or `HealthConfig.probe_timeout`, no second probe goes out.
    """
    health = tick(config, health, now)
    if health.stage is not Stage.PROBING:
        return health
    return msgspec.structs.replace(health, until=health.seen + config.probe_timeout)


def tick(config: HealthConfig, health: VendorHealth, now: float) -> VendorHealth:
    """A vendor's health at a later time without news; `now` as for `step`.

    Stages end at their own times, however seldom this is called.

    >>> out = VendorHealth(stage=Stage.EJECTED, since=1000.0, until=1030.0, seen=1000.0)
    >>> [str(tick(HealthConfig(), out, now).stage) for now in (1029.0, 1030.0, 9999.0)]
    ['ejected', 'probing', 'probing']
    """
    now = _told(health, now)
    if health.stage is Stage.HEALTHY and not health.ejections and now >= health.seen:
        return health  # nothing is pending
    replace = msgspec.structs.replace
    health = _at(config, health, now)
    if health.stage is Stage.EJECTED and now >= health.until:
        return replace(health, stage=Stage.PROBING, since=health.until, readmitted=health.until)
    if health.stage is Stage.RAMPING and now >= health.until:
        forgotten = health.until + config.forget_after
        health = replace(health, stage=Stage.HEALTHY, since=health.until, until=forgotten)
    if health.stage is Stage.HEALTHY and now >= health.until:
        health = replace(health, ejections=0)
    return health


def failure_rate(config: HealthConfig, health: VendorHealth, now: float) -> float:
    """Probability that the vendor fails a contact: the estimate that an expected cost may rest on.

    ``(prior_weight * prior_failure_rate + failures) / (prior_weight + outcomes)``, the mean of a Beta
    distribution over failures and outcomes that fade with time and with further outcomes. It counts
    whatever was settled, in every stage; passing all probes clears it, since what came before tells of
    an outage that is over.

    >>> health = step(HealthConfig(), VendorHealth(), "failed", 1000.0, luck=0.0)
    >>> [round(failure_rate(HealthConfig(), health, now), 4) for now in (1000.0, 4600.0)]
    [0.0667, 0.0266]
    """
    kept = _kept(config, health, _told(health, now))
    failures = config.prior_weight * config.prior_failure_rate + health.failures * kept
    return failures / (config.prior_weight + health.outcomes * kept)


def _told(health: VendorHealth, now: float) -> float:
    """The time told; the latest one again if it is none."""
    return now if math.isfinite(now) else health.seen


def _kept(config: HealthConfig, health: VendorHealth, now: float) -> float:
    """Weight that older outcomes keep until `now`."""
    return math.exp(-abs(now - health.seen) / config.memory_seconds) if now != health.seen else 1.0


def _at(config: HealthConfig, health: VendorHealth, now: float) -> VendorHealth:
    """The same stage at `now`. A clock set back moves all times with it; its jump counts as time passed."""
    if now == health.seen:
        return health
    kept = _kept(config, health, now)
    since, until, readmitted = health.since, health.until, health.readmitted
    back = health.seen - now
    if back > 0.0:
        since, until, readmitted = (
            now - (health.seen - moment) - back for moment in (since, until, readmitted)
        )
    return msgspec.structs.replace(
        health,
        since=since,
        until=until,
        readmitted=readmitted,
        seen=now,
        failures=health.failures * kept,
        outcomes=health.outcomes * kept,
    )


def _ejected(config: HealthConfig, health: VendorHealth, luck: float) -> VendorHealth:
    span = config.back_off * 2.0 ** min(health.ejections, MOST_DOUBLINGS)
    stretch = 1.0 + config.jitter * (luck if 0.0 <= luck < 1.0 else 0.0)
    return msgspec.structs.replace(
        health,
        stage=Stage.EJECTED,
        since=health.seen,
        until=health.seen + min(span, config.back_off_ceiling) * stretch,
        evidence=0.0,
        volume=0,
        passed=0,
        ejections=health.ejections + 1,
    )


def _ramping(config: HealthConfig, health: VendorHealth) -> VendorHealth:
    return msgspec.structs.replace(
        health,
        stage=Stage.RAMPING,
        since=health.seen,
        until=health.seen + config.ramp,
        passed=0,
        failures=0.0,
        outcomes=0.0,
    )
