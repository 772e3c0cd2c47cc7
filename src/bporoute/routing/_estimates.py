"""What a router has learned, as somebody asks: every estimate with its interval, and what was refused."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from bporoute.center._health import HealthConfig
from bporoute.estimates._belief import Belief, unit_of
from bporoute.estimates._vendor_health import VendorHealth, failure_rate
from bporoute.routing._tables._queue_watch import QueueWatch
from bporoute.routing._tables._vendor_watch import Known


class Estimated(msgspec.Struct, frozen=True):
    """One figure that a router has learned.

    Attributes
    ----------
    of : str
        Queue, contact type or vendor.
    what : str
        Which figure: ``"arrival rate"`` (contacts per second), ``"handle time"`` (seconds), ``"handle time
        factor"`` (multiples of the in-house mean), ``"resolution"``, ``"satisfaction"``, ``"in time"``,
        ``"failure rate"`` (shares).
    value : float
        The mean that is believed; nan: nothing is known.
    low, high : float
        Its interval; nan where there is none.
    seen : float
        Contacts that what was seen is worth, older ones less.
    refused : int
        Reports that were not believed, so that they do not count.
    note : str
        What is to be said of it: in which unit refused times may have been told, how a vendor is.
    """

    of: str
    what: str
    value: float
    low: float = math.nan
    high: float = math.nan
    seen: float = math.nan
    refused: int = 0
    note: str = ""


class Estimates(msgspec.Struct, frozen=True):
    """All that a router has learned; printed, it is a table.

    Attributes
    ----------
    figures : tuple of Estimated
        Of the queues, their contact types, then the vendors.
    probability : float
        Of the intervals.

    Examples
    --------
    >>> print(Estimates((Estimated("service", "handle time", 187.25, 170.1, 204.0, 31.0),), 0.9))
    of       what             value  90 % interval  seen  refused
    service  handle time      187.2  170.1 to 204     31        0
    """

    figures: tuple[Estimated, ...]
    probability: float

    def of(self, name: str) -> dict[str, Estimated]:
        """The figures of the queue, contact type or vendor of this `name`, by what they are."""
        return {figure.what: figure for figure in self.figures if figure.of == name}

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values; what is not a finite number is None."""
        return {
            "probability": self.probability,
            "figures": [
                {name: _plain(value) for name, value in msgspec.structs.asdict(figure).items()}
                for figure in self.figures
            ],
        }

    def __str__(self) -> str:
        heading = (
            "of",
            "what",
            "value",
            f"{self.probability:.0%} interval".replace("%", " %"),
            "seen",
            "refused",
            "",
        )
        rows = [heading, *(_row(figure) for figure in self.figures)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(heading))]
        widths[1], widths[2] = max(widths[1], 13), max(widths[2], 7)
        return "\n".join(
            "  ".join(
                cell.rjust(width) if place in (2, 4, 5) else cell.ljust(width)
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        )


def queue_estimates(
    queues: Mapping[str, QueueWatch], types: Mapping[str, str], probability: float
) -> Iterator[Estimated]:
    """What is known of queues, and of contact types by the names of their queues."""
    for name, watch in queues.items():
        rate = watch.rate
        low, high = rate.interval(probability)
        yield Estimated(name, "arrival rate", rate.expected, low, high, rate.shape)
        low, high = watch.handle.interval(probability)
        yield Estimated(name, "handle time", watch.handle.mean, low, high, watch.handle.count)
    for name, queue in types.items():
        watch = queues[queue]
        known, belief = watch.handles.get(name, watch.handle), watch.beliefs.get(name, Belief())
        low, high = known.interval(probability)
        mean = watch.handle_of(name).beside(watch.aht)
        yield Estimated(
            name, "handle time", mean, low, high, known.count, belief.refused, refused_in_words(belief)
        )


def vendor_estimates(
    vendors: Mapping[str, Known], config: HealthConfig, now: float, probability: float
) -> Iterator[Estimated]:
    """What is known of vendors at an instant, epoch seconds."""
    for name, known in vendors.items():
        factor, belief = known.quality.handle_time_factor, known.belief
        low, high = factor.interval(probability)
        said = refused_in_words(belief)
        yield Estimated(
            name, "handle time factor", factor.mean, low, high, factor.count, belief.refused, said
        )
        shares = (
            ("resolution", known.quality.resolution),
            ("satisfaction", known.quality.satisfaction),
            ("in time", known.attainment.share),
        )
        for what, share in shares:
            low, high = share.interval(probability)
            yield Estimated(name, what, share.mean, low, high, share.count)
        yield _health(name, known.health, config, now)


def _health(name: str, health: VendorHealth, config: HealthConfig, now: float) -> Estimated:
    return Estimated(
        name,
        "failure rate",
        failure_rate(config, health, now),
        seen=health.outcomes,
        note=str(health.stage),
    )


def refused_in_words(belief: Belief) -> str:
    """Which handle times were not believed, and why; empty if all were.

    >>> belief = Belief()
    >>> for _ in range(9):
    ...     belief, _ = belief.step(3.1, 189.0)
    >>> refused_in_words(belief)
    '9, the last of 3.1 s, where 189 s are usual: told in minutes?'
    """
    said = [
        f"{side.refused}, the last of {side.last:.3g} s, where {side.expected:.0f} s are usual: "
        f"told in {unit_of(side)}?"
        for side in (belief.short, belief.long)
        if side.refused
    ]
    return "; ".join(said)


def _row(figure: Estimated) -> tuple[str, ...]:
    interval = "" if math.isnan(figure.low) else f"{figure.low:.4g} to {figure.high:.4g}"
    seen = "" if math.isnan(figure.seen) else f"{figure.seen:.0f}"
    return figure.of, figure.what, f"{figure.value:.4g}", interval, seen, str(figure.refused), figure.note


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
