"""What the outcomes of its contacts say of each vendor: its health, its quality, its service level.

Mutable, like the ledger: the router tells it every outcome and asks what follows for the tables.
"""

from __future__ import annotations

import math

from bporoute._base.arrays import Floats
from bporoute._kernels.routing import columns
from bporoute.center._center import Center
from bporoute.center._health import HealthConfig
from bporoute.center._quality_prior import QualityPrior
from bporoute.center._queue import Queue
from bporoute.center._targets import ServiceLevel
from bporoute.estimates._admission import Admission, admission
from bporoute.estimates._attainment import Attainment
from bporoute.estimates._quality import Quality, quality_cost
from bporoute.estimates._vendor_health import Stage, VendorHealth, failure_rate, probe_sent, step, tick
from bporoute.routing._outcome import Settled

REPRICE_EVERY = 32
"""Outcomes of a vendor after which its quality is valued anew."""
LOOK_AGAIN = 1.0
"""Seconds between two looks at vendors on their way back."""
WORTH_SOLVING = 0.02
"""Change of a failure rate from which on the rules of the queues are solved anew."""
SERVICE_LEVEL = "service level"
"""By which name a contract's service-level money asks for the share answered in time."""


class VendorWatch:
    """Health, quality and service level of every vendor of a center.

    Attributes
    ----------
    health : list of VendorHealth
    quality : list of Quality
    attainment : list of Attainment
        How many of its contacts a vendor answers in time, by the service level that its queue aims at.
    admissions : tuple of Admission
        What each vendor may be given now.
    until : float
        Epoch seconds at which the admissions are to be looked at again.
    aim : ServiceLevel
        What the attainment is measured by.
    """

    def __init__(self, center: Center, aim: ServiceLevel) -> None:
        self._config: HealthConfig = center.health
        self.aim = aim
        self._queues = center.queues
        self.health = [VendorHealth() for _ in center.vendors]
        self.quality = [Quality.of(vendor.quality or QualityPrior()) for vendor in center.vendors.values()]
        self._stated = tuple(vendor.quality is not None for vendor in center.vendors.values())
        self._measured = list(self._stated)
        self.attainment = [Attainment.of(aim) for _ in center.vendors]
        self.admissions: tuple[Admission, ...] = admission(self._config, tuple(self.health), math.nan)
        self.until = math.inf
        self._outcomes = [0] * len(self.health)
        self._solved_for = [0.0] * len(self.health)

    def told(
        self, vendor: int, ended: Settled, now: float, luck: float, in_house_aht: float, table: Floats
    ) -> bool:
        """Take notice of an outcome; whether the vendor's admission or quality should be looked at anew."""
        before = self._probed(vendor, ended.sent, table)
        after = self.health[vendor] = step(self._config, before, ended.outcome, now, luck, ended.sent)
        self.attainment[vendor] = self.attainment[vendor].step(ended.outcome, ended.wait)
        if ended.outcome == "answered":
            self.judge(vendor, handle=ended.told, in_house_aht=in_house_aht)
        self._outcomes[vendor] += 1
        unwell = before.stage != Stage.HEALTHY or after.stage != Stage.HEALTHY
        return unwell or self._outcomes[vendor] % REPRICE_EVERY == 0

    def attain(self, vendor: int, good: float, base: float) -> None:
        """Count contacts in time, of those that count, for a vendor's service level."""
        self.attainment[vendor] = self.attainment[vendor].steps(good, base)

    def took(self, vendor: int, contacts: int, now: float) -> None:
        """Take notice of contacts that a vendor has taken, where nothing but its health may rest on them."""
        for _ in range(contacts):
            self.health[vendor] = step(self._config, self.health[vendor], "answered", now, 0.0)
        self._outcomes[vendor] += contacts

    def judge(
        self,
        vendor: int,
        *,
        resolved: bool | None = None,
        satisfaction: float = math.nan,
        handle: float = math.nan,
        in_house_aht: float = math.nan,
    ) -> None:
        """Take notice of how well a contact was served, see `Quality.step`."""
        if resolved is not None or satisfaction == satisfaction:
            self._measured[vendor] = True
        self.quality[vendor] = self.quality[vendor].step(
            resolved=resolved, satisfaction=satisfaction, handle=handle, in_house_aht=in_house_aht
        )

    def admit(self, now: float, table: Floats) -> set[int]:
        """Write what each vendor may be given into the table of vendors; those whose prices change by it."""
        if not math.isfinite(now):
            return set()
        for vendor in range(len(self.health)):
            self.health[vendor] = tick(self._config, self._probed(vendor, now, table), now)
        old = self.admissions
        self.admissions = admission(self._config, tuple(self.health), now)
        changed = set()
        for vendor, admitted in enumerate(self.admissions):
            table[vendor, columns.ADMITTED] = 1.0 if admitted.probe else admitted.share
            table[vendor, columns.PROBE] = 1.0 if admitted.probe else 0.0
            rate = failure_rate(self._config, self.health[vendor], now)
            table[vendor, columns.FAILURE] = rate if self._outcomes[vendor] else 0.0
            out = (old[vendor].share == 0.0) != (admitted.share == 0.0)
            if out or abs(rate - self._solved_for[vendor]) > WORTH_SOLVING:
                self._solved_for[vendor] = rate
                changed.add(vendor)
        unwell = any(admitted.share < 1.0 for admitted in self.admissions)
        self.until = now + LOOK_AGAIN if unwell else math.inf
        return changed

    def _probed(self, vendor: int, now: float, table: Floats) -> VendorHealth:
        """A vendor's health, told of the probe that the kernel has sent since anybody looked."""
        if self.admissions[vendor].probe and table[vendor, columns.PROBE] == 0.0:
            table[vendor, columns.PROBE] = math.nan  # told once
            return probe_sent(self._config, self.health[vendor], now)
        return self.health[vendor]

    def results(self, vendor: int) -> dict[str, float]:
        """Expected results of a vendor's measures at the end of the period, as contracts name them.

        Quality that neither the center states nor anybody has reported is left out: it counts as on target.
        """
        quality, results = self.quality[vendor], {SERVICE_LEVEL: self.attainment[vendor].share.mean}
        for name, share in (("resolution", quality.resolution), ("satisfaction", quality.satisfaction)):
            if self._stated[vendor] or share.count > 0.0:
                results[name] = share.mean
        return results

    def quality_money(self, vendor: int, queue: Queue) -> float:
        """What a queue's contact costs more because this vendor serves it; 0 while nothing is known."""
        if not self._measured[vendor] or not (queue.unresolved_cost or queue.dissatisfied_cost):
            return 0.0
        own = Quality.of(QualityPrior(resolution=queue.resolution, satisfaction=queue.satisfaction))
        return quality_cost(self.quality[vendor], own, queue.unresolved_cost, queue.dissatisfied_cost)

    def failure(self, vendor: int) -> float:
        """Probability that a vendor fails to take a contact, as last looked at."""
        return self._solved_for[vendor]

    def handle_time_factor(self, vendor: int) -> float:
        """Handle time of this vendor over that of the in-house team."""
        return self.quality[vendor].handle_time_factor.mean
