"""An in-house team and what its waiting costs."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta, field

from bporoute._base.checked import Checked
from bporoute._base.clock import OpenSpan, opening_hours
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
    ShareBelowOne,
)
from bporoute.center._schedule import parsed
from bporoute.center._targets import Targets
from bporoute.durations._laws import Distribution
from bporoute.errors import InputError, shown

Concurrency = Annotated[int, Meta(ge=1, le=100)]
Slowdown = Annotated[float, Meta(ge=1, le=100)]
LEAST_PATIENCE = 1e-9
"""Seconds: a rate of giving up is finite, though nobody may wait at all."""


class Queue(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An in-house queue: one pool of agents, first come first served.

    Attributes
    ----------
    aht : float
        Average handle time, seconds; of a queue with `concurrency`, of a contact that has its agent for
        itself.
    concurrency : int
        Contacts that one agent may have in hand at once, 1 to 100: chats. They go to an agent with the
        fewest and stay evenly spread.
    slowdown : tuple of float
        How many times as long a contact takes an agent who has two of them in hand, then three, and so on up
        to `concurrency`; at least 1 and not falling. `MarginalCost` is exact where each contact more helps
        an agent no more than the one before.
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
    hours : tuple of str
        Opening hours on the center's clock, such as ``"mon-fri 08:00-20:00"``; empty: always open. Closed, it
        keeps no contact: vendors take it, or the center's fallback holds. Who waits then is served as long
        as somebody works.
    holidays : tuple of date
        Local days on which it is closed from midnight to midnight, whatever its hours say.
    schedule : dict
        Local time ``"HH:MM"`` -> agents from then on, at most 100,000, for every day; ``"mon-fri HH:MM"`` for
        days of the week, ``"2026-12-24 HH:MM"`` for one day; what is said of a date counts for it alone, and
        of a weekday before what is said of every day. From midnight to the first time there is nobody, nor
        on holidays that it does not name. It is what a simulation runs with, and what is known of the agents
        where the live state tells nothing.
    shrinkage : float
        Share of the paid time in which an agent is not there to serve, in [0, 1): `bporoute staff --center`
        says by it how many to pay. The agents of a `schedule` are those who are there.
    accepts_when_closed : bool
        Whether it is a place to keep contacts while it is closed or nobody works there, until it opens:
        mail, cases.
    targets : Targets
        What the queue aims at.
    stale_after, lost_after : float
        Age of the live state, seconds, from which on the expected state takes its place, and from which
        on nothing is known and the safe default holds; inf: never. `lost_after` is not below
        `stale_after`.
    """

    aht: HandleTime
    concurrency: Concurrency = 1
    slowdown: tuple[Slowdown, ...] = ()
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
    hours: tuple[Name, ...] = ()
    holidays: tuple[date, ...] = ()
    schedule: dict[str, People] = field(default_factory=dict)
    shrinkage: ShareBelowOne = 0.0
    accepts_when_closed: bool = False
    targets: Targets = Targets()
    stale_after: EndlessSeconds = 30.0
    lost_after: EndlessSeconds = 300.0

    def __post_init__(self) -> None:
        super().__post_init__()
        opening_hours(tuple(self.hours))
        parsed(tuple(self.schedule.items()))
        if len(self.slowdown) != self.concurrency - 1:
            raise InputError(
                "slowdown",
                f"{len(self.slowdown)} factors, with a concurrency of {self.concurrency}",
                f"{self.concurrency - 1}: how many times as long one takes beside 1, 2, .. others",
            )
        if list(self.slowdown) != sorted(self.slowdown):
            expected = "factors that do not fall: a contact beside more others takes no less long"
            raise InputError("slowdown", shown(list(self.slowdown)), expected)
        if self.lost_after < self.stale_after:
            raise InputError(
                "lost_after", shown(self.lost_after), f"at least stale_after, {self.stale_after:g}"
            )

    @property
    def at_once(self) -> tuple[float, ...]:
        """How many times `aht` a contact takes an agent who has 1, 2, .. of them in hand.

        >>> Queue(aht=200, concurrency=3, slowdown=(1.3, 1.7)).at_once
        (1.0, 1.3, 1.7)
        """
        return (1.0, *self.slowdown)

    @property
    def spans(self) -> tuple[OpenSpan, ...]:
        """The opening hours, parsed; they follow the center's clock."""
        return opening_hours(tuple(self.hours))

    @property
    def abandonment_rate(self) -> float:
        """Rate at which one waiting contact gives up, 1/s."""
        return 1.0 / max(self.patience, LEAST_PATIENCE)

    @property
    def cost_rate(self) -> float:
        """Money per second of one waiting contact: its waiting, and its giving up at any moment."""
        return self.wait_cost_per_minute / 60.0 + self.abandonment_rate * self.abandonment_cost
