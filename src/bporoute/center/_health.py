"""When a vendor counts as failing, and how it comes back: what a center configures of it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from bporoute._base.checked import Checked
from bporoute._base.fields import Count, OpenProbability, PositiveSeconds, Probability, Seconds, Weight
from bporoute._base.ranges import MOST
from bporoute.errors import InputError

Evidence = Annotated[float, Meta(gt=0, le=1e6)]
FiniteMemory = Annotated[float, Meta(ge=1, le=MOST)]
Probes = Annotated[int, Meta(ge=1, le=1000)]
PositiveShare = Annotated[float, Meta(gt=0, le=1)]


class HealthConfig(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a vendor counts as failing, and how it comes back.

    Attributes
    ----------
    acceptable, failing : float
        Failure rates that the detector tells apart, both inside (0, 1), `failing` the higher. A lasting
        failure rate in between is in the end found too, but late.
    threshold : float
        Evidence at which a vendor is ejected, in nats of log likelihood ratio, above 0. Higher is slower
        and has fewer false alarms; ``ceil(threshold / log(failing / acceptable))`` failures in a row
        suffice.
    minimum_volume : int
        Fewest outcomes that the evidence must consist of before it ejects.
    shadow : bool
        Detect and report, but keep nobody out.
    back_off, back_off_ceiling : float
        Seconds that the first ejection lasts, doubled at each further one, and the most that it becomes,
        before jitter.
    jitter : float
        An ejection is longer by a random share, from 0 up to this.
    probes : int
        Contacts, one at a time, that must all be taken before a vendor counts as back.
    probe_timeout : float
        Seconds after which the next probe may go out although the last one's outcome is not known.
    ramp : float
        Seconds from the last probe until a vendor gets everything again.
    ramp_start : float
        Share of its contacts at the start of the ramp, above 0; from there it grows linearly to 1.
    forget_after : float
        Seconds of health, from the end of the ramp, after which earlier ejections no longer lengthen
        the next.
    most_ejected : float
        Largest share of the vendors that may be out at once, rounded down; of two or more at least one, a
        sole one only with 1.
    panic_above : float
        If more than this share would be out, all are admitted. Then the fault is more likely ours.
    prior_failure_rate, prior_weight : float
        Failure rate expected of a vendor of which nothing is known, and the number of outcomes that this
        expectation weighs as much as.
    memory_contacts, memory_seconds : float
        An outcome's weight in the estimated failure rate falls to 1/e within about this many further
        outcomes, and within this many seconds.

    Raises
    ------
    InputError
        If `failing` is not above `acceptable`, or the ceiling is below the first back-off.

    Examples
    --------
    >>> HealthConfig(probes=3).back_off_ceiling
    120.0
    """

    acceptable: OpenProbability = 0.1
    failing: OpenProbability = 0.4
    threshold: Evidence = 9.0
    minimum_volume: Count = 5
    shadow: bool = False
    back_off: PositiveSeconds = 30.0
    back_off_ceiling: PositiveSeconds = 120.0
    jitter: Probability = 0.2
    probes: Probes = 5
    probe_timeout: PositiveSeconds = 30.0
    ramp: Seconds = 60.0
    ramp_start: PositiveShare = 0.1
    forget_after: Seconds = 600.0
    most_ejected: Probability = 0.5
    panic_above: Probability = 0.75
    prior_failure_rate: Probability = 0.02
    prior_weight: Weight = 20.0
    memory_contacts: FiniteMemory = 200.0
    memory_seconds: PositiveSeconds = 1800.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.failing > self.acceptable:
            raise InputError("failing", str(self.failing), f"more than acceptable, {self.acceptable}")
        if not self.back_off_ceiling >= self.back_off:
            raise InputError(
                "back_off_ceiling", str(self.back_off_ceiling), f"at least back_off, {self.back_off}"
            )
