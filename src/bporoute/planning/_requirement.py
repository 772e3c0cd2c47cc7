"""Agents of each interval for volumes that are a forecast, and what its uncertainty costs."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute.center._targets import Asa
from bporoute.errors import InputError
from bporoute.planning._assumptions import Assumptions
from bporoute.planning._carried_load import Carried
from bporoute.planning._chats import chat_agents
from bporoute.planning._rounding import hundredths, pooled
from bporoute.queueing._required_agents import gamma_factor, required_agents
from bporoute.workload._volumes import Volumes

USUAL_CONFIDENCE = 0.9


class Prices(msgspec.Struct, frozen=True):
    """Agent-hours that the targets need, by how the uncertainty of a forecast is taken.

    Attributes
    ----------
    as_forecast : float
        If every volume comes as it is forecast.
    in_the_mean : float
        To meet the targets in the mean over what may come.
    confident : float
        To meet them on a share of the days.
    confidence : float
        That share.
    """

    as_forecast: float
    in_the_mean: float
    confident: float
    confidence: float

    def more(self, hours: float) -> float:
        """The share by which some of the hours are more than as forecast.

        >>> round(Prices(200.0, 205.0, 214.0, 0.9).more(205.0), 9)
        0.025
        """
        return hours / self.as_forecast - 1.0 if self.as_forecast else math.nan


def scatter(volumes: Volumes, assumptions: Assumptions) -> tuple[Floats, Floats]:
    """The coefficients of variation of each interval: of its whole day, and of the interval by itself.

    >>> from datetime import datetime
    >>> from bporoute.planning._assumptions import USUAL
    >>> nine = datetime(2026, 11, 23, 9)
    >>> volumes = Volumes((nine,), ("sales",), np.array([99.0]), np.array([180.0]), np.array([1800.0]))
    >>> scatter(volumes, Assumptions((USUAL,), day_cv=0.06))
    (array([0.06]), array([0.]))
    """
    size = len(volumes.volume)
    day = _told(assumptions.day_cv, volumes.day_cv, size)
    return day, _told(assumptions.interval_cv, volumes.interval_cv, size)


def _told(wanted: float | None, of_file: Floats | None, size: int) -> Floats:
    if wanted is not None or of_file is None:
        return np.full(size, wanted or 0.0)
    return of_file


def both(day: Floats, alone: Floats) -> Floats:
    """The coefficient of variation of the product of two factors of mean 1.

    >>> both(np.array([0.06]), np.array([0.08])).round(4)
    array([0.1001])
    """
    together: Floats = np.sqrt((1.0 + day**2) * (1.0 + alone**2) - 1.0)
    return together


def _mean_wait_may_be_endless(assumptions: Assumptions) -> Asa | None:
    """The target that no mean over uncertain volumes can meet, as nobody gives up and all may wait."""
    if assumptions.patience < math.inf or assumptions.waiting_room < math.inf:
        return None
    return next((target for target in assumptions.targets if isinstance(target, Asa)), None)


def groups(volumes: Volumes, assumptions: Assumptions, busy: Flags) -> Iterator[tuple[Assumptions, Integers]]:
    """The places of the busy intervals, queues for which the same is assumed together."""
    alike: dict[str, list[int]] = {}
    for place in np.flatnonzero(busy).tolist():
        queue = volumes.queues[place]
        alike.setdefault(queue if queue in assumptions.queues else "", []).append(place)
    for queue, places in alike.items():
        yield assumptions.of(queue), np.array(places)


def requirement(
    volumes: Volumes, assumptions: Assumptions, load: Carried, *, certain: bool = False
) -> Integers | Floats:
    """Agents of each interval for a load as the assumptions say, or as if the forecast were `certain`.

    With a confidence the day is as large as that share of days does not exceed, and the targets hold in the
    mean over what each interval does by itself; where there is no such mean, each interval has the
    confidence.
    """
    day, alone = scatter(volumes, assumptions)
    required, fewest = np.zeros(len(day)), np.zeros(len(day))
    for of_queue, mine in groups(volumes, assumptions, load.mean > 0.0):
        cvs = (np.zeros(len(mine)), np.zeros(len(mine))) if certain else (day[mine], alone[mine])
        required[mine] = _required(Carried(*(part[mine] for part in load)), volumes.aht[mine], *cvs, of_queue)
        endless = of_queue.patience == of_queue.waiting_room == math.inf
        served = load.mean[mine] / len(of_queue.at_once) * of_queue.at_once[-1]
        fewest[mine] = np.floor(served) + 1.0 if endless else 1.0
    if assumptions.rounding == "fractional":
        return hundredths(required)
    if assumptions.rounding == "pooled":
        return pooled(required, np.where(required > 0.0, fewest, 0.0), volumes)
    return required.astype(np.int64)


def _required(
    load: Carried, aht: Floats, day: Floats, alone: Floats, assumptions: Assumptions
) -> Floats | Integers:
    """The agents of intervals that one queue, or alike ones, have.

    A load that changes within the interval is one more that scatters: the targets hold in the mean over it.
    """
    rate, confidence = load.mean / aht, assumptions.confidence
    asa = _mean_wait_may_be_endless(assumptions)
    if asa is not None:
        rate, cv = load.most / aht, both(day, alone)
    elif confidence is None:
        cv = both(both(day, alone), load.cv)
    else:
        rate, cv, confidence = rate * gamma_factor(day, confidence), both(alone, load.cv), None
    if asa is not None and confidence is None and (cv > 0.0).any():
        found = "callers who wait for ever, on days with more load than agents"
        raise InputError(f"--target {asa}", found, "--patience SECONDS or --confidence 90%")
    if len(assumptions.at_once) > 1:
        if confidence is not None:
            rate, cv = rate * gamma_factor(cv, confidence), np.zeros_like(cv)
        return chat_agents(rate, aht, cv, assumptions)
    required: Integers | Floats = required_agents(
        rate,
        aht,
        assumptions.targets,
        patience=assumptions.patience,
        waiting_room=assumptions.waiting_room,
        rate_cv=cv,
        confidence=confidence,
        real=assumptions.rounding != "whole",
    )
    return required


def prices(volumes: Volumes, assumptions: Assumptions, load: Carried) -> Prices | None:
    """What the uncertainty of the volumes costs either way; None: they are certain."""
    busy = load.mean > 0.0
    if not (both(*scatter(volumes, assumptions))[busy] > 0.0).any():
        return None
    share = assumptions.confidence or USUAL_CONFIDENCE

    def hours(confidence: float | None, *, certain: bool = False) -> float:
        taken = assumptions.with_confidence(confidence)
        return float(requirement(volumes, taken, load, certain=certain) @ volumes.seconds / 3600.0)

    endless = any(_mean_wait_may_be_endless(each) for each, _ in groups(volumes, assumptions, busy))
    in_the_mean = math.nan if endless else hours(None)
    return Prices(hours(None, certain=True), in_the_mean, hours(share), share)
