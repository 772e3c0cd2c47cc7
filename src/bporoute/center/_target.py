"""Measurable aims of a queue: service level, speed of answer, abandonment, occupancy, blocking."""

from __future__ import annotations

from typing import Literal

import msgspec

from bporoute._base.fields import OpenProbability, PositiveSeconds, Probability

Counting = Literal["offered", "ignored", "credited", "answered", "short_excluded"]
"""How abandoned contacts count in a service level, see `ServiceLevel`."""


class ServiceLevel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At least `probability` of the contacts answered within `within` seconds, counted as `counting` says.

    Attributes
    ----------
    probability : float
        Share of the contacts that count, inside (0, 1).
    within : float
        Seconds, above 0.
    counting : {"offered", "ignored", "credited", "answered", "short_excluded"}
        How abandoned contacts count. ``offered``: against the level. ``ignored``: left out if they gave up
        in time. ``credited``: for it if in time. ``answered``: all left out. ``short_excluded``: left out if
        short. All others count against it.
    short : float
        Seconds up to which an abandonment is short, above 0; only ``short_excluded`` uses it.

    Examples
    --------
    >>> str(ServiceLevel(probability=0.8, within=20))
    '80 % within 20 s (offered)'
    """

    probability: OpenProbability
    within: PositiveSeconds
    counting: Counting = "offered"
    short: PositiveSeconds = 5.0

    def __str__(self) -> str:
        return f"{100 * self.probability:g} % within {self.within:g} s ({self.counting})"


class Asa(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An average speed of answer (mean wait of the answered contacts) of at most `seconds`."""

    seconds: PositiveSeconds

    def __str__(self) -> str:
        return f"ASA of at most {self.seconds:g} s"


class Abandonment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At most the share `probability`, in [0, 1], of the offered contacts abandoned."""

    probability: Probability

    def __str__(self) -> str:
        return f"at most {100 * self.probability:g} % abandoned"


class Occupancy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Agents busy for at most the share `probability`, inside (0, 1), of their time."""

    probability: OpenProbability

    def __str__(self) -> str:
        return f"occupancy of at most {100 * self.probability:g} %"


class Blocking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At most the share `probability`, in [0, 1], of the offered contacts turned away: no place is free."""

    probability: Probability

    def __str__(self) -> str:
        return f"at most {100 * self.probability:g} % blocked"


Target = ServiceLevel | Asa | Abandonment | Occupancy
"""What a log of contacts can be judged by; who is blocked is in no log."""


QueueTarget = Target | Blocking
"""What a queue can be staffed for."""

DEFAULT_AIM = ServiceLevel(probability=0.8, within=20)
"""What is measured by where no service level is aimed at."""


class Targets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The aims of one queue; each is optional, all that are given hold at once.

    Attributes
    ----------
    service_level : ServiceLevel or None
        Share of the contacts answered in time.
    asa : Asa or None
        Average speed of answer.
    abandonment : Abandonment or None
        Share of the contacts that give up.
    occupancy : Occupancy or None
        Share of the agents' time that is busy.
    """

    service_level: ServiceLevel | None = None
    asa: Asa | None = None
    abandonment: Abandonment | None = None
    occupancy: Occupancy | None = None

    def given(self) -> tuple[Target, ...]:
        """The targets that are set.

        >>> Targets(asa=Asa(seconds=30)).given()
        (Asa(seconds=30),)
        """
        aims = (self.service_level, self.asa, self.abandonment, self.occupancy)
        return tuple(aim for aim in aims if aim is not None)
