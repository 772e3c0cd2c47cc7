"""What a simulation assumes beside the center: how long things last, who calls again, what fails."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, field

from bporoute._base.checked import Checked
from bporoute._base.fields import Name, PositiveSeconds, Probability, Seconds, did_you_mean, examined
from bporoute._base.remark import Remark
from bporoute._base.schema import json_schema
from bporoute._base.toml import read_tables
from bporoute.center._center import Center
from bporoute.durations._laws import Constant, Distribution, Duration, mean_of
from bporoute.errors import InputError, gathered, shown
from bporoute.simulation._scenario_file import SCENARIO_DIALECT, odd_durations, odd_values

LOWEST_PRIORITY = 5
Priority = Annotated[int, Meta(ge=0, le=LOWEST_PRIORITY)]
"""0 is served first."""
CHATS_AT_ONCE = 100


class Redial(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who gives up calls again, perhaps.

    Attributes
    ----------
    share : float
        Probability, in [0, 1], that one who has given up calls again; a caller's further attempts likewise.
    after : Duration
        Seconds until then.
    """

    share: Probability
    after: Duration = 300.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.after, Distribution) and not self.after.mean > 0.0:
            raise InputError("after", shown(self.after), "seconds above 0: whoever calls again waits")


class Outage(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vendor fails for a while.

    Attributes
    ----------
    vendor : str
        Its name.
    start, end : datetime
        From when to when; local time of the center where no offset is given.
    failing : float
        Probability that it fails to take a contact meanwhile; the contact goes to the next in the ranking.
    told_after : float or None
        Seconds after which the router is told that the vendor is down, and after the end that it is up
        again; None: nobody tells, the router has to find out.
    """

    vendor: Name
    start: datetime
    end: datetime
    failing: Probability = 1.0
    told_after: Seconds | None = None


class StateFeed(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How well the router sees the queues.

    Attributes
    ----------
    every : float
        Seconds between two looks at who is busy and who waits; 0: it always knows.
    delay : float
        Seconds until it hears of a look.
    noise : float
        Relative standard deviation of the number waiting that it hears of.

    Notes
    -----
    Between two looks the router adds what it keeps, and nobody tells it of contacts that end.
    """

    every: Seconds = 0.0
    delay: Seconds = 0.0
    noise: Annotated[float, Meta(ge=0, le=1)] = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.every == 0.0 and (self.delay or self.noise):
            raise InputError("every", "0 with a delay or noise", "seconds between two looks, above 0")


class Scenario(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a simulation assumes beside the center. Contact types that are not named are as their queue says.

    Attributes
    ----------
    handle, patience : dict of str to Duration
        Contact type -> handle times and patience; else exponential with its own aht, or else that of its
        queue, and the patience of its queue. The router decides by the figures of the center in any case.
    priority : dict of str to int
        Contact type -> 0 (served first) to 5; else 0. Back-office types come after all others.
    redial : dict of str to Redial
        Contact type -> who calls again.
    chat : dict of str to tuple of float
        Queue -> mean seconds that a chat takes an agent with 1, 2, .. chats at once; as many as listed; else
        as the center says of its `Queue.concurrency`, by which the router decides in any case. Handle times
        drawn are those of a single chat.
    outages : tuple of Outage
        When vendors fail.
    feed : StateFeed
        How well the router sees the queues.
    rate : {"measured", "forecast"}
        Which arrival rate the router is told: the one counted over the last `rate_window` seconds, or the
        one expected for the interval.
    rate_window, rate_step : float
        Seconds over which the rate is counted, and between two counts of it.
    count_by : {"arrival", "end"}
        Whether a contact counts in the interval in which it arrives, or is answered or given up; offered it
        is where it arrives, and at vendors without a team it always counts there.

    Raises
    ------
    InputError
        If a field is outside its range.

    Examples
    --------
    >>> from bporoute import Lognormal
    >>> scenario = Scenario(
    ...     handle={"service": Lognormal(log_mean=4.784, log_sd=0.953)},
    ...     redial={"service": Redial(share=0.48, after=600.0)},
    ...     feed=StateFeed(every=10.0, delay=2.0),
    ... )
    >>> scenario.feed.every
    10.0
    """

    handle: dict[Name, Duration] = field(default_factory=dict)
    patience: dict[Name, Duration] = field(default_factory=dict)
    priority: dict[Name, Priority] = field(default_factory=dict)
    redial: dict[Name, Redial] = field(default_factory=dict)
    chat: dict[Name, tuple[PositiveSeconds, ...]] = field(default_factory=dict)
    outages: tuple[Outage, ...] = ()
    feed: StateFeed = StateFeed()
    rate: Literal["measured", "forecast"] = "measured"
    rate_window: PositiveSeconds = 1800.0
    rate_step: PositiveSeconds = 300.0
    count_by: Literal["arrival", "end"] = "arrival"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rate_step > 0 and self.rate_window % self.rate_step:
            raise InputError(
                "rate_window", f"{self.rate_window:g} s", f"a multiple of rate_step, {self.rate_step:g} s"
            )

    @classmethod
    def load(cls, path: str | Path, center: Center) -> Scenario:
        """Read a scenario from the TOML file at `path` and check it against a `center`.

        Raises
        ------
        InputError
            If the file cannot be read, or says something that cannot be.
        """
        try:
            tables = read_tables(path, "a scenario file")
            scenario, complaints = examined(tables, cls, "", SCENARIO_DIALECT)
            if scenario is not None:
                complaints += scenario._complaints(center)
            if scenario is None or complaints:
                raise gathered(complaints)
        except InputError as complaint:
            raise complaint.under(f"{path}: ") from None
        return scenario

    @staticmethod
    def json_schema() -> dict[str, Any]:
        """The JSON schema (draft 2020-12) of scenario files, for editors that complete and explain keys.

        >>> Scenario.json_schema()["$defs"]["Redial"]["properties"]["share"]["examples"]
        [0.5, '80 %']
        """
        return json_schema(Scenario, SCENARIO_DIALECT, "A scenario file of bporoute")

    def check(self, center: Center) -> None:
        """Complain of names that the `center` does not know, and of what cannot be.

        Raises
        ------
        InputError
            With the place, what stands there, and what would be right.
        """
        if complaints := [*self._complaints(center)]:
            raise gathered(complaints)

    def _complaints(self, center: Center) -> Iterator[InputError]:
        for name in ("handle", "patience", "priority", "redial"):
            yield from _unknown_names(name, getattr(self, name), center.contact_types)
        yield from _unknown_names("chat", self.chat, center.queues)
        for name, duration in self.handle.items():
            if not mean_of(duration) < math.inf:
                yield InputError(f"handle.{name}", "no end", "handle times with a finite mean")
        for place, outage in enumerate(self.outages):
            where = f"outages[{place}]"
            if outage.vendor not in center.vendors:
                known = did_you_mean(outage.vendor, list(center.vendors))
                yield InputError(f"{where}.vendor", repr(outage.vendor), known)
            if not outage_second(outage.start, center) < outage_second(outage.end, center):
                yield InputError(f"{where}.end", str(outage.end), f"a time after the start, {outage.start}")
        for queue, ahts in self.chat.items():
            if not 1 <= len(ahts) <= CHATS_AT_ONCE:
                expected = f"1 to {CHATS_AT_ONCE} handle times, with 1, 2, .. chats at once"
                yield InputError(f"chat.{queue}", shown(list(ahts)), expected)
            for chats in range(1, len(ahts)):
                if ahts[chats] < ahts[chats - 1]:
                    yield InputError(
                        f"chat.{queue}",
                        f"{ahts[chats]:g} s with {chats + 1} chats after {ahts[chats - 1]:g} s",
                        "handle times that do not fall: a chat beside more others takes no less long",
                    )

    def remarks(self) -> tuple[Remark, ...]:
        """What is legal but probably not meant: means, delays and shares that are not usual ones.

        >>> print(Scenario(handle={"service": 3.1}).remarks()[0])
        handle.service: found 3.1 s; usually it is from 15 s to 2 hours; in minutes it would be 186 s
        """
        values: dict[str, float | None] = {
            "feed.every": self.feed.every,
            "feed.delay": self.feed.delay,
            "rate_window": self.rate_window,
            "rate_step": self.rate_step,
        }
        for name, redial in self.redial.items():
            values |= {f"redial.{name}.share": redial.share, f"redial.{name}.after": mean_of(redial.after)}
        for place, outage in enumerate(self.outages):
            values[f"outages[{place}].told_after"] = outage.told_after
        return (
            *odd_durations(self.handle, "handle"),
            *odd_durations(self.patience, "patience"),
            *odd_durations({queue: ahts[0] for queue, ahts in self.chat.items() if ahts}, "chat"),
            *odd_values(values),
        )

    def chat_of(self, queue: str, center: Center) -> tuple[float, ...]:
        """Mean handle times, seconds, of a `queue` of `center` with 1, 2, .. chats at once; one: no chats."""
        config = center.queues[queue]
        return self.chat.get(queue, tuple(config.aht * slower for slower in config.at_once))

    def handle_of(self, contact_type: str, center: Center) -> Duration:
        """Handle times of a `contact_type` of `center`; of a chat, of one that has its agent for itself.

        A type that states its own aht takes a chat's agent as much longer, or shorter, than others do.
        """
        config = center.contact_types[contact_type]
        queue = center.queues[config.queue]
        default = queue.aht if config.aht is None else config.aht
        if config.queue in self.chat:
            alone = self.chat[config.queue][0]
            default = alone if config.aht is None else alone * config.aht / queue.aht
        return self.handle.get(contact_type, default)

    def patience_of(self, contact_type: str, center: Center) -> Duration:
        """Patience of a `contact_type` of `center`."""
        of_queue = center.queues[center.contact_types[contact_type].queue].patience
        return self.patience.get(contact_type, of_queue if of_queue > 0.0 else Constant(0.0))

    def endless(self, contact_type: str, center: Center) -> bool:
        """Whether contacts of a `contact_type` of `center` never give up."""
        patience = self.patience_of(contact_type, center)
        return (patience.mean if isinstance(patience, Distribution) else patience) == math.inf


def outage_second(moment: datetime, center: Center) -> float:
    """Epoch seconds of a time; local in the center's zone where it has no offset."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=center.zone)).timestamp()


def _unknown_names(
    field: str, given: Mapping[str, object], known: Mapping[str, object]
) -> Iterator[InputError]:
    for name in given:
        if name not in known:
            yield InputError(field, repr(name), did_you_mean(name, list(known)))
