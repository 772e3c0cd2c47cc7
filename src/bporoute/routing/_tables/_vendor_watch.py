"""What the outcomes of its contacts say of each vendor: its health, its quality, its service level.

Mutable, like the ledger: the router tells it every outcome and asks what follows for the tables.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.routing import columns
from bporoute.center._center import Center
from bporoute.center._health import HealthConfig
from bporoute.center._quality_prior import QualityPrior
from bporoute.center._queue import Queue
from bporoute.center._targets import ServiceLevel
from bporoute.estimates._admission import HEALTHY, Admission, admission
from bporoute.estimates._attainment import Attainment
from bporoute.estimates._belief import Belief
from bporoute.estimates._handle_time import LONGEST_HANDLE_TIME
from bporoute.estimates._quality import Quality, quality_cost
from bporoute.estimates._vendor_health import (
    Stage,
    VendorHealth,
    failure_rate,
    probe_sent,
    step,
    taken,
    tick,
)
from bporoute.routing._handle_laws import HandleLaws
from bporoute.routing._outcome import Outcome

REPRICE_EVERY = 32
"""Outcomes of a vendor after which its quality is valued anew."""
LOOK_AGAIN = 1.0
"""Seconds between two looks at vendors on their way back."""
WORTH_SOLVING = 0.02
"""Change of a failure rate from which on the rules of the queues are solved anew."""
SERVICE_LEVEL = "service level"
"""By which name a contract's service-level money asks for the share answered in time."""
BELIEF = Belief()


class Heard(msgspec.Struct, frozen=True, gc=False):
    """An outcome that a vendor's estimates are to take notice of.

    `told` are seconds handled that estimates may learn from, `in_house_aht` is the mean of such a contact
    in-house; nan: unknown. A failing vendor's back-off is scattered by `luck` in [0, 1).
    """

    outcome: Outcome
    wait: float
    told: float
    sent: float
    now: float
    luck: float
    contact_type: str
    in_house_aht: float


class Known(msgspec.Struct, frozen=True, gc=False):
    """All that is known of a vendor by its outcomes: one value, so that it is replaced at once.

    `outcomes` of them were taken notice of; `measured`: whether anybody has judged its quality.
    """

    health: VendorHealth
    quality: Quality
    attainment: Attainment
    measured: bool
    outcomes: int = 0
    belief: Belief = BELIEF


class VendorWatch:
    """Health, quality and service level of every vendor of a center.

    Outcomes of a vendor that is well wait to be taken notice of until somebody asks: in their order, each
    with its own time, so that it comes to the same.

    Attributes
    ----------
    waiting : list of list of Heard
        Outcomes of each vendor that nobody has asked about yet.
    admissions : tuple of Admission
        What each vendor may be given now.
    until : float
        Epoch seconds at which the admissions are to be looked at again.
    aim : ServiceLevel
        What the attainment is measured by.
    """

    def __init__(self, center: Center, aim: ServiceLevel, laws: HandleLaws, table: Floats) -> None:
        self._config: HealthConfig = center.health
        self.aim = aim
        self._laws, self._table = laws, table
        vendors = center.vendors.values()
        self._stated = tuple(vendor.quality is not None for vendor in vendors)
        self.known = [
            Known(
                VendorHealth(),
                Quality.of(vendor.quality or QualityPrior()),
                Attainment.of(aim),
                vendor.quality is not None,
            )
            for vendor in vendors
        ]
        self._unheard = tuple(self.known)
        """What is known of each before any outcome."""
        self._factors_of: tuple[Known, ...] = ()
        """What was known when the `_factors` were."""
        self._factors: Floats = np.zeros(0)
        self.waiting: list[list[Heard]] = [[] for _ in vendors]
        healths = tuple(known.health for known in self.known)
        self.admissions: tuple[Admission, ...] = admission(self._config, healths, math.nan)
        self.until = math.inf
        self._solved_for = [0.0] * len(self.known)
        self._unheard_admitted = [False] * len(self.known)
        """Of whom it is written that no outcome is known."""

    def every(self) -> list[Known]:
        """What is known of each vendor, with all that waits."""
        return [self._up_to_date(vendor) for vendor in range(len(self.known))]

    def take_over(self, before: VendorWatch, numbers: Sequence[tuple[int, int]]) -> None:
        """Know of vendors what another watch knows, by pairs of their numbers there and here.

        What nobody has learned of one is as the center says.
        """
        admissions = list(self.admissions)
        for theirs, mine in numbers:
            known, unheard = before.known[theirs], before._unheard[theirs]
            quality = self._unheard[mine].quality if known.quality == unheard.quality else known.quality
            share = known.attainment.share
            self.known[mine] = msgspec.structs.replace(
                known,
                quality=quality,
                attainment=Attainment(self.aim, share) if before.aim == self.aim else Attainment.of(self.aim),
                measured=self._unheard[mine].measured or known.measured,
            )
            self.waiting[mine] = before.waiting[theirs].copy()
            admissions[mine] = before.admissions[theirs]
            self._solved_for[mine] = before._solved_for[theirs]
        self.admissions, self.until = tuple(admissions), before.until

    @property
    def health(self) -> list[VendorHealth]:
        """Of each vendor."""
        return [known.health for known in self.every()]

    @property
    def quality(self) -> list[Quality]:
        """Of each vendor."""
        return [known.quality for known in self.every()]

    @property
    def attainment(self) -> list[Attainment]:
        """How many of its contacts each vendor answers in time, by the service level of `aim`."""
        return [known.attainment for known in self.every()]

    @property
    def beliefs(self) -> list[Belief]:
        """Which handle times of each vendor are believed."""
        return [known.belief for known in self.every()]

    def calls_for_a_look(self, vendor: int, heard: Heard) -> bool:
        """Whether a vendor's admission and price should be looked at once this outcome waits too."""
        if heard.outcome == "failed" or not self.is_well(vendor):
            before = self._up_to_date(vendor)
            after = self._after(vendor, before, [heard])[0]
            if before.health.stage is not Stage.HEALTHY or after.health.stage is not Stage.HEALTHY:
                return True
        return self.calls_for_prices(vendor, 1)

    def is_well(self, vendor: int) -> bool:
        """Whether contacts more that a vendor has taken change nothing of what it may be given."""
        waiting = self.waiting[vendor]
        if (
            waiting and waiting[-1].outcome == "failed"
        ):  # before that nothing failed: this was asked meanwhile
            self._up_to_date(vendor)
        health = self.known[vendor].health
        return not (
            health.stage is not Stage.HEALTHY
            or health.evidence >= self._config.threshold  # a success more may be the volume that it lacked
            or self.admissions[vendor].probe
        )

    def heard_until(self, vendor: int) -> float:
        """When the last outcome of a vendor was told that is known or waits, epoch seconds."""
        return max([self.known[vendor].health.seen, *(heard.now for heard in self.waiting[vendor][-1:])])

    def calls_for_prices(self, vendor: int, outcomes: int) -> bool:
        """Whether a vendor's price should be looked at once so many outcomes more wait."""
        before = self.known[vendor].outcomes + len(self.waiting[vendor])
        return before // REPRICE_EVERY != (before + outcomes) // REPRICE_EVERY

    def _up_to_date(self, vendor: int) -> Known:
        """What is known of a vendor, once all that waits is taken notice of."""
        if waiting := self.waiting[vendor]:
            known, handles = self._after(vendor, self.known[vendor], waiting)
            handles = (*self._laws.waiting[vendor], *handles)
            probe = self._table[vendor, columns.PROBE]
            if self._was_probed(vendor):
                probe = math.nan  # told once
            every, laws, table, at = self.waiting, self._laws.waiting, self._table, columns.PROBE
            # On one line: whatever is interrupted, no outcome counts twice or not at all.
            self.known[vendor], every[vendor], laws[vendor], table[vendor, at] = known, [], handles, probe
        return self.known[vendor]

    def _after(
        self, vendor: int, known: Known, waiting: list[Heard]
    ) -> tuple[Known, tuple[tuple[str, float], ...]]:
        """What is known after outcomes more; and the handle times that are believed, by contact type."""
        config, health, belief = self._config, known.health, known.belief
        if self._was_probed(vendor):
            health = probe_sent(config, health, waiting[0].sent)
        passed = len(waiting)
        waiting = [heard for heard in waiting if heard.outcome != "undelivered"]
        taken_until = 0
        for place, heard in enumerate(waiting):
            if heard.outcome == "failed":
                health = taken(config, health, [(each.now, each.sent) for each in waiting[taken_until:place]])
                health = step(config, health, "failed", heard.now, heard.luck, heard.sent)
                taken_until = place + 1
        health = taken(config, health, [(each.now, each.sent) for each in waiting[taken_until:]])
        in_time = [known.attainment.counted(heard.outcome, heard.wait) for heard in waiting]
        attained = known.attainment.share.through([one for one in in_time if one is not None])
        factor = known.quality.handle_time_factor
        handles: list[tuple[str, float]] = []
        for heard in waiting:
            told, usual = heard.told, heard.in_house_aht
            if not 0.0 <= told <= LONGEST_HANDLE_TIME:
                continue
            if not 0.0 < usual < math.inf:
                handles.append((heard.contact_type, told))
                continue
            belief, believed = belief.step(told, usual * factor.mean)
            factor = factor.through([handle / usual for handle in believed])
            handles += [(heard.contact_type, handle) for handle in believed]
        quality = msgspec.structs.replace(known.quality, handle_time_factor=factor)
        after = Known(
            health,
            quality,
            Attainment(known.attainment.target, attained),
            known.measured,
            known.outcomes + passed,
            belief,
        )
        return after, tuple(handles)

    def attain(self, vendor: int, good: float, base: float) -> None:
        """Count contacts in time, of those that count, for a vendor's service level."""
        known = self._up_to_date(vendor)
        self.known[vendor] = msgspec.structs.replace(known, attainment=known.attainment.steps(good, base))

    def took(self, vendor: int, contacts: int, now: float) -> None:
        """Take notice of contacts that a vendor has taken, where nothing but its health may rest on them."""
        known = self._up_to_date(vendor)
        self.known[vendor] = msgspec.structs.replace(
            known,
            health=taken(self._config, known.health, [(now, math.nan)] * contacts),
            outcomes=known.outcomes + contacts,
        )

    def judged(self, vendor: int, *, resolved: bool | None, satisfaction: float) -> Known:
        """What will be known of a vendor with how well it served a contact more, see `Quality.step`."""
        known = self._up_to_date(vendor)
        return msgspec.structs.replace(
            known,
            quality=known.quality.step(resolved=resolved, satisfaction=satisfaction),
            measured=known.measured or resolved is not None or satisfaction == satisfaction,
        )

    def admit(self, now: float, table: Floats, moved: Callable[..., None], vendors: Sequence[int]) -> None:
        """Write what vendors may be given into the table of vendors: these, and all that are not well.

        First `moved` is told those whose prices change by it.
        """
        if not math.isfinite(now):
            return
        old = self.admissions
        unwell = [
            vendor
            for vendor, known in enumerate(self.known)
            if known.health.stage is not Stage.HEALTHY or old[vendor] is not HEALTHY
        ]
        written = self._unheard_admitted
        if not unwell and all(written[vendor] and self._is_unheard(vendor) for vendor in vendors):
            self.until = math.inf  # whatever the time, they are given everything
            return
        for vendor in (*vendors, *unwell):
            known = self._up_to_date(vendor)
            health, probe = known.health, table[vendor, columns.PROBE]
            if self._was_probed(vendor):
                health, probe = probe_sent(self._config, health, now), math.nan  # told once
            health = tick(self._config, health, now)
            if health is not known.health:
                known, at = msgspec.structs.replace(known, health=health), columns.PROBE
                self.known[vendor], table[vendor, at] = known, probe
        solved_for = self._solved_for.copy()
        healths = [known.health for known in self.known]
        admissions = admission(self._config, tuple(healths), now)
        changed = set()
        others = (vendor for vendor, admitted in enumerate(admissions) if admitted is not HEALTHY)
        concerned = list(dict.fromkeys((*vendors, *unwell, *others)))
        told = np.ix_(concerned, [columns.ADMITTED, columns.PROBE, columns.FAILURE])
        found = table[told]
        for row, vendor in enumerate(concerned):
            admitted, rate = admissions[vendor], failure_rate(self._config, healths[vendor], now)
            found[row] = (
                1.0 if admitted.probe else admitted.share,
                1.0 if admitted.probe else 0.0,
                rate if self.known[vendor].outcomes else 0.0,
            )
            out = (old[vendor].share == 0.0) != (admitted.share == 0.0)
            if out or abs(rate - solved_for[vendor]) > WORTH_SOLVING:
                solved_for[vendor] = rate
                changed.add(vendor)
        moved(*changed)
        held_off = any(admissions[vendor].share < 1.0 for vendor in concerned)
        self.until = now + LOOK_AGAIN if held_off else math.inf
        # On one line: a probe that is admitted is in the table, or it would count as sent.
        self.admissions, self._solved_for, table[told] = admissions, solved_for, found
        for vendor in vendors:
            self._unheard_admitted[vendor] = self._is_unheard(vendor)

    def _is_unheard(self, vendor: int) -> bool:
        """Whether nothing has been heard of a vendor's health."""
        return not self.waiting[vendor] and self.known[vendor].health is self._unheard[vendor].health

    def _was_probed(self, vendor: int) -> bool:
        """Whether the kernel has sent a probe since anybody looked."""
        return self.admissions[vendor].probe and bool(self._table[vendor, columns.PROBE] == 0.0)

    def results(self, vendor: int) -> dict[str, float]:
        """Expected results of a vendor's measures at the end of the period, as contracts name them.

        Quality that neither the center states nor anybody has reported is left out: it counts as on target.
        """
        known = self._up_to_date(vendor)
        quality, results = known.quality, {SERVICE_LEVEL: known.attainment.share.mean}
        for name, share in (("resolution", quality.resolution), ("satisfaction", quality.satisfaction)):
            if self._stated[vendor] or share.count > 0.0:
                results[name] = share.mean
        return results

    def quality_money(self, vendor: int, queue: Queue) -> float:
        """What a queue's contact costs more because this vendor serves it; 0 while nothing is known."""
        if not self.known[vendor].measured or not (queue.unresolved_cost or queue.dissatisfied_cost):
            return 0.0
        own = Quality.of(QualityPrior(resolution=queue.resolution, satisfaction=queue.satisfaction))
        return quality_cost(
            self._up_to_date(vendor).quality, own, queue.unresolved_cost, queue.dissatisfied_cost
        )

    def failure(self, vendor: int) -> float:
        """Probability that a vendor fails to take a contact, as last looked at."""
        return self._solved_for[vendor]

    def handle_time_factor(self, vendor: int) -> float:
        """Handle time of this vendor over that of the in-house team."""
        return self._up_to_date(vendor).quality.handle_time_factor.mean

    def handle_time_factors(self) -> Floats:
        """The same of every vendor."""
        for vendor, waiting in enumerate(self.waiting):
            if waiting:
                self._up_to_date(vendor)
        known = tuple(self.known)
        if known != self._factors_of:
            factors = [each.quality.handle_time_factor.mean for each in known]
            self._factors_of, self._factors = known, np.array(factors)
        return self._factors

    def measured(self) -> list[int]:
        """The vendors whose quality somebody has judged."""
        return [vendor for vendor, known in enumerate(self.known) if known.measured]
