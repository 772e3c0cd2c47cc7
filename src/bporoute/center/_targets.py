"""Targets, how a person types them (``80/20``, ``asa 30``, ``occupancy 85%``), and what a counting counts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

from bporoute._base.checked import Checked
from bporoute._base.fields import Limit, Probability, did_you_mean
from bporoute._base.ranges import MOST
from bporoute._base.spoken import seconds_of
from bporoute.errors import InputError

Counting = Literal["offered", "ignored", "credited", "answered", "short_excluded", "short_credited"]
"""How abandoned contacts count in a service level, see `ServiceLevel`."""


class ServiceLevel(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At least `probability` of the contacts answered within `within` seconds, counted as `counting` says.

    Attributes
    ----------
    probability : float
        Share of the contacts that count, in [0, 1].
    within : float
        Seconds, at least 0; 0: answered at once, inf: answered at all.
    counting : {"offered", "ignored", "credited", "answered", "short_excluded", "short_credited"}
        How abandoned contacts count. ``offered``: against the level. ``ignored``: left out if they gave up
        in time. ``credited``: for it if in time. ``answered``: all left out. ``short_excluded``: left out if
        short. ``short_credited``: for it if short. All others count against it, and so does whoever is
        turned away because no place is free, save where ``answered`` leaves all out.
    short : float
        Seconds up to which an abandonment is short, at least 0; only ``short_excluded`` and
        ``short_credited`` use it.

    Raises
    ------
    InputError
        If a number is outside its range; so with all targets.

    Examples
    --------
    >>> str(ServiceLevel(probability=0.8, within=20))
    '80 % within 20 s (offered)'
    """

    probability: Probability
    within: Limit
    counting: Counting = "offered"
    short: Limit = 5.0

    def __str__(self) -> str:
        return f"{100 * self.probability:g} % within {self.within:g} s ({self.counting})"


class Asa(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An average speed of answer (mean wait of the answered contacts) of at most so long.

    Attributes
    ----------
    seconds : float
        The most that it may be, at least 0.
    """

    seconds: Limit

    def __str__(self) -> str:
        return f"ASA of at most {self.seconds:g} s"


class Abandonment(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At most a share of the offered contacts abandoned or turned away.

    Attributes
    ----------
    probability : float
        The most that it may be, in [0, 1].
    """

    probability: Probability

    def __str__(self) -> str:
        return f"at most {100 * self.probability:g} % abandoned"


class Occupancy(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Agents busy for at most a share of their time.

    Attributes
    ----------
    probability : float
        The most that it may be, in [0, 1].
    """

    probability: Probability

    def __str__(self) -> str:
        return f"occupancy of at most {100 * self.probability:g} %"


class Blocking(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


class Targets(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


_NUMBER = r"(\d+(?:\.\d+)?)"
_DURATION = r"(\d+(?:\.\d+)?(?: ?(?:s|sec|seconds?|min|minutes?|h|hours?|d|days?))?)"
_SERVICE_LEVEL = rf"{_NUMBER} ?%? ?/ ?{_DURATION}(?: (\w+))?"
_PERCENT = rf"{_NUMBER} ?%"
_SHARES: dict[str, type[Abandonment] | type[Occupancy] | type[Blocking]] = {
    "abandonment": Abandonment,
    "occupancy": Occupancy,
    "blocking": Blocking,
}
_EXAMPLES = (
    "'80/20'",
    "'80/20 answered'",
    "'asa 30'",
    "'abandonment 5%'",
    "'occupancy 85%'",
    "'blocking 1%'",
)


def parse_target(text: str, *, of_file: bool = False) -> QueueTarget:
    """A target from its text, that of a center's queue if `of_file`: none of these limits blocking.

    ``80/20``: 80 % of the contacts within 20 seconds, with one of the countings of a service level behind
    it if abandoned contacts do not count as offered; ``asa 30``: 30 seconds; ``abandonment 5%``,
    ``occupancy 85%`` and ``blocking 1%``.

    Raises
    ------
    InputError
        Saying what was found and what would be right.

    Examples
    --------
    >>> str(parse_target("80/20 answered")), str(parse_target("abandonment 5%"))
    ('80 % within 20 s (answered)', 'at most 5 % abandoned')
    """
    where = f"--target {text!r}"
    written = " ".join(text.lower().split())
    if match := re.fullmatch(_SERVICE_LEVEL, written, re.ASCII):
        return _service_level(where, *match.groups())
    kind, _, amount = written.partition(" ")
    if kind == "asa":
        seconds = _seconds(amount)
        if not 0.0 <= seconds <= MOST:
            raise InputError(where, repr(amount), "seconds, such as 'asa 30', or 'asa 8 h'")
        return Asa(seconds=seconds)
    if kind == "blocking" and of_file:
        wanted = "a target of one of the kinds asa, abandonment, occupancy, or such as '80/20'"
        raise InputError(where, repr(text), f"{wanted}; `bporoute staff --target` alone plans by blocking")
    if kind in _SHARES:
        return _share(where, kind, amount)
    if kind.isalpha():
        known = ["asa", *(word for word in _SHARES if not of_file or word != "blocking")]
        raise InputError(where, repr(kind), did_you_mean(kind, known))
    *examples, last = _EXAMPLES[: -1 if of_file else None]
    raise InputError(where, repr(text), f"a target such as {', '.join(examples)} or {last}")


def _seconds(text: str) -> float:
    """Seconds that a text says, with a unit or not; nan: none."""
    said = seconds_of(text if not re.fullmatch(_NUMBER, text, re.ASCII) else f"{text} s")
    return math.nan if said is None else said


def _service_level(where: str, percent: str, length: str, counting: str | None) -> ServiceLevel:
    # A share would be read as a percentage a hundred times too small.
    if float(percent) != 0 and not 1 <= float(percent) <= 100:
        raise InputError(where, percent, "0 or a percentage from 1 to 100, such as 80 in '80/20'")
    seconds = _seconds(length)
    if not seconds <= MOST:
        raise InputError(where, length, f"seconds up to {MOST:g}, such as 20 in '80/20'")
    known: tuple[Counting, ...] = get_args(Counting)
    for name in known:
        if name == (counting or "offered"):
            return ServiceLevel(probability=float(percent) / 100, within=seconds, counting=name)
    raise InputError(where, repr(counting), did_you_mean(str(counting), list(known)))


def _share(where: str, kind: str, amount: str) -> QueueTarget:
    percent = re.fullmatch(_PERCENT, amount, re.ASCII)
    if not percent or not float(percent[1]) <= 100:
        expected = f"a percentage from 0 to 100 with its sign, such as '{kind} 5%'"
        raise InputError(where, repr(amount), expected)
    return _SHARES[kind](probability=float(percent[1]) / 100)


Part = Literal["offered", "answered", "answered_in_time", "abandoned_in_time", "abandoned_short"]
"""Some of the contacts; parts overlap.

In time is within the seconds of the target, short is up to its `ServiceLevel.short` seconds. Those who are
offered and neither answered nor abandoned have failed, or were turned away: nobody who met no free place
has given up in time.
"""

Weights = Mapping[Part, int]
"""What each part counts in a sum of parts; those that are not named do not count."""

COUNTINGS: dict[Counting, tuple[Weights, Weights]] = {
    "offered": ({"answered_in_time": 1}, {"offered": 1}),
    "ignored": ({"answered_in_time": 1}, {"offered": 1, "abandoned_in_time": -1}),
    "credited": ({"answered_in_time": 1, "abandoned_in_time": 1}, {"offered": 1}),
    "answered": ({"answered_in_time": 1}, {"answered": 1}),
    "short_excluded": ({"answered_in_time": 1}, {"offered": 1, "abandoned_short": -1}),
    "short_credited": ({"answered_in_time": 1, "abandoned_short": 1}, {"offered": 1}),
}
"""The contacts that are served in time, and those that count at all: their totals make the service level.

Offered: who abandons counts against; ignored: is left out if in time; credited: counts for if in time;
answered: is left out; short_excluded: is left out if short; short_credited: counts for if short ("short
abandons credited").
"""


def weighed(counting: Counting, part: Callable[[Part], Any]) -> tuple[Any, Any]:
    """The contacts served in time and those that count, from numbers, shares or arrays of the parts.

    `part` is asked only for what the counting needs.

    Examples
    --------
    Of 1,060 contacts 1,000 were answered, 860 in time; of the 60 others 20 gave up in time, 10 soon.

    >>> parts = dict(zip(get_args(Part), (1060, 1000, 860, 20, 10)))
    >>> for counting in COUNTINGS:
    ...     good, base = weighed(counting, parts.__getitem__)
    ...     print(f"{counting} {good} / {base} = {100 * good / base:.2f} %")
    offered 860 / 1060 = 81.13 %
    ignored 860 / 1040 = 82.69 %
    credited 880 / 1060 = 83.02 %
    answered 860 / 1000 = 86.00 %
    short_excluded 860 / 1050 = 81.90 %
    short_credited 870 / 1060 = 82.08 %
    """
    good, base = (
        sum(weight * part(name) for name, weight in weights.items()) for weights in COUNTINGS[counting]
    )
    return good, base
