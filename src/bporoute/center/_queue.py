"""An in-house team and what its waiting costs."""

from __future__ import annotations

from msgspec import field

from bporoute._base.checked import Checked
from bporoute._base.clock import HOUR_MINUTE
from bporoute._base.fields import (
    EndlessSeconds,
    HandleTime,
    Money,
    Name,
    Patience,
    People,
    Places,
    Probability,
    Rate,
)
from bporoute.center._targets import Targets
from bporoute.durations._laws import Distribution
from bporoute.errors import InputError, shown

LEAST_PATIENCE = 1e-9
"""Seconds: a rate of giving up is finite, though nobody may wait at all."""


class Queue(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An in-house queue: one pool of agents, first come first served.

    Attributes
    ----------
    aht : float
        Average handle time, seconds.
    handle_times : Distribution or None
        How handle times are spread around their mean, such as ``{distribution = "lognormal", mean = 240,
        cv = 1.1}``; prices that are not linear in the duration go by it until enough was seen. Only the
        spread counts, the mean is `aht`. None: exponential, as the queue models assume.
    patience : float
        Mean patience, seconds; inf: callers never give up, 0: nobody waits.
    arrival_rate : float
        Expected contacts per second of all types of the queue, used while the live state does not tell.
    waiting_room : int
        Most contacts that may wait; beyond, a contact is sent out or falls back.
    wait_cost_per_minute : float
        Money that a minute of a waiting customer is worth.
    abandonment_cost : float
        Money that an abandoned contact costs.
    unresolved_cost : float
        Money that a contact costs whose matter is not resolved.
    dissatisfied_cost : float
        Money that a contact costs whose customer is not satisfied.
    failed_cost : float
        Money that a contact costs beside its price if the vendor it was sent to fails to take it.
    resolution, satisfaction : float
        Shares, in [0, 1], of the in-house team's contacts that are resolved, and whose customers are
        satisfied.
    languages : tuple of str
        Languages that the team speaks; empty: every language.
    schedule : dict
        Local time ``"HH:MM"`` -> agents from then on, at most 100,000, for every day; only a replay uses it.
    targets : Targets
        What the queue aims at.
    stale_after, lost_after : float
        Age of the live state, seconds, from which on the expected state takes its place, and from which
        on nothing is known and the safe default holds; inf: never. `lost_after` is not below
        `stale_after`.
    """

    aht: HandleTime
    handle_times: Distribution | None = None
    patience: Patience = float("inf")
    arrival_rate: Rate = 0.0
    waiting_room: Places = 200
    wait_cost_per_minute: Money = 0.0
    abandonment_cost: Money = 0.0
    unresolved_cost: Money = 0.0
    dissatisfied_cost: Money = 0.0
    failed_cost: Money = 0.0
    resolution: Probability = 1.0
    satisfaction: Probability = 1.0
    languages: tuple[Name, ...] = ()
    schedule: dict[str, People] = field(default_factory=dict)
    targets: Targets = Targets()
    stale_after: EndlessSeconds = 30.0
    lost_after: EndlessSeconds = 300.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for clock in self.schedule:
            if not HOUR_MINUTE.fullmatch(clock):
                raise InputError("schedule", repr(clock), "times of day like '08:30'")
        if list(self.schedule) != sorted(self.schedule):
            raise InputError("schedule", shown(list(self.schedule)), "times of day in order")
        if self.lost_after < self.stale_after:
            raise InputError(
                "lost_after", shown(self.lost_after), f"at least stale_after, {self.stale_after:g}"
            )

    @property
    def abandonment_rate(self) -> float:
        """Rate at which one waiting contact gives up, 1/s."""
        return 1.0 / max(self.patience, LEAST_PATIENCE)

    @property
    def cost_rate(self) -> float:
        """Money per second of one waiting contact: its waiting, and its giving up at any moment."""
        return self.wait_cost_per_minute / 60.0 + self.abandonment_rate * self.abandonment_cost
