"""How many agents meet the targets, and how many contacts some agents can take."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers, Together, number, refuse, together
from bporoute._base.ranges import INSIDE, NOT_NEGATIVE, OR_INFINITE, POSITIVE, SHARE_BELOW_ONE, Range
from bporoute._base.search import least
from bporoute._base.slim import needed
from bporoute._kernels import for_work
from bporoute._kernels.queueing import aims as asked
from bporoute._kernels.queueing import elementwise as batches
from bporoute._kernels.queueing import inverse as solving
from bporoute._kernels.queueing.uncertain_rate import LEAST_CV
from bporoute.center._targets import Abandonment, Asa, Blocking, Occupancy, QueueTarget, ServiceLevel, Targets
from bporoute.durations._laws import Patience
from bporoute.errors import InputError, shown
from bporoute.queueing._limits import MOST_ERLANGS
from bporoute.queueing._outcomes import check_limits, room_work
from bporoute.queueing._queue_model import COUNTING_CODES, SHORT_COUNTINGS, QueueModel

MOST_LOAD = f"a load / (1 - shrinkage) of at most {MOST_ERLANGS:g} erlangs"
ROUNDING = 4e-16
RATE_CV = Range(high=2.0, below=False)
CERTAIN = "above 0: some impatient callers give up, and a limited room is full at times"
MISSED = "below 1: some contacts wait longer, give up or find no place"

_KINDS = {
    ServiceLevel: asked.SERVICE_LEVEL,
    Asa: asked.ASA,
    Abandonment: asked.ABANDONMENT,
    Occupancy: asked.OCCUPANCY,
    Blocking: asked.BLOCKING,
}


def required_agents(
    arrival_rate: object,
    aht: object,
    targets: QueueTarget | Targets | Iterable[QueueTarget],
    patience: object = math.inf,
    waiting_room: object = math.inf,
    shrinkage: object = 0,
    *,
    rate_cv: object = 0,
    confidence: float | None = None,
    real: bool = False,
) -> Any:
    """The smallest number of agents that meets every target at once.

    Exact minima, also below the load where impatient callers make that right. Any one unit of time works
    for rates, times and targets alike (seconds by default). A rate that is a forecast is not known exactly:
    then the targets hold in the mean over what it may be, or with a confidence.

    Parameters
    ----------
    arrival_rate : float or array
        Contacts offered per unit of time, at least 0. 0 needs nobody.
    aht : float or array
        Mean handle time, above 0.
    targets : ServiceLevel, Asa, Abandonment, Occupancy, Blocking, Targets, or several of the former
        All are met. Without patience and with an unlimited waiting room, the agents exceed the load too.
        Behind a limited one whoever is turned away counts in an `Abandonment` as one who gives up, and
        against a `ServiceLevel`, save where that counts the answered alone.
    patience : float, array or a distribution
        As in `QueueModel`. A distribution takes some tenths of a millisecond for each value.
    waiting_room : float or array
        Contacts that may wait, whole; inf: no limit.
    shrinkage : float or array
        Share of paid time not available for contacts, from 0 to below 1: the result is
        required / (1 - shrinkage), the agents to schedule.
    rate_cv : float or array
        Coefficient of variation, from 0 to 2, of the gamma law of what the rate turns out to be around
        `arrival_rate`; 0: it is known. It needs an exponential patience, and an `Asa` one that is not
        endless or a limited waiting room: of a queue that may grow without bound the wait has no mean.
    confidence : float, optional
        Between 0 and 1: each target is met with this probability, by whatever rate then comes. Default: each
        is met in the mean, as counted over many times the same: contacts in time over contacts that count,
        busy over all time of the agents.
    real : bool
        Return the real-valued solution instead of the smallest whole number.

    Returns
    -------
    int or array of int; float or array of float if `real`
        In the shape that the arguments broadcast to. A target that demands nothing, such as a service level
        of 0, needs nobody, or with callers who never give up and all may wait just more than the load.

    Raises
    ------
    InputError
        A number out of its range, a target that no number of agents meets, shapes that do not broadcast.

    Notes
    -----
    The measures improve with each agent, so a bracketing search finds the minimum, in about five
    evaluations of the model. The mean over the rate is integrated by Gauss-Legendre rules over the logarithm
    of its factor. With a confidence the rate is that quantile of the gamma law, as more contacts never wait
    less.

    Examples
    --------
    >>> from bporoute import Abandonment, Asa, Occupancy, ServiceLevel
    >>> required_agents(0.1, 240, ServiceLevel(probability=0.8, within=20))
    29
    >>> required_agents([0.05, 0.1, 0.2], 240, [Asa(seconds=10), Occupancy(probability=0.85)], patience=180)
    array([14, 28, 56])
    >>> required_agents(950, 1, ServiceLevel(probability=0.8, within=1 / 8), patience=0.5)  # below the load
    802
    >>> required_agents(1, 240, Abandonment(probability=0.05), patience=300, waiting_room=10)
    234

    A forecast that is off by some 7 %: 80/20 in the mean, and 9 times of 10.

    >>> level = ServiceLevel(probability=0.8, within=20)
    >>> [required_agents(1.3, 240, level, 180, rate_cv=cv) for cv in (0, 0.07)]
    [298, 307]
    >>> required_agents(1.3, 240, level, 180, rate_cv=0.07, confidence=0.9)
    325
    """
    several = targets_of(targets)
    aims = _aims(several)
    given = together(
        arrival_rate=(arrival_rate, NOT_NEGATIVE),
        aht=(aht, POSITIVE),
        patience=(1.0 if isinstance(patience, Patience) else patience, OR_INFINITE),
        waiting_room=(waiting_room, OR_INFINITE),
        shrinkage=(shrinkage, SHARE_BELOW_ONE),
        rate_cv=(rate_cv, RATE_CV),
    )
    rate, time, mean_patience, room, shrunk, cv = given.flat
    check_limits(given, room, mean_patience, limited=not isinstance(patience, Patience))
    if confidence is not None:
        rate, cv = rate * gamma_factor(cv, number("confidence", confidence, INSIDE)), np.zeros_like(cv)
    refuse("arrival_rate", rate, rate > MOST_ERLANGS * (1.0 - shrunk) / time, given.shape, MOST_LOAD)
    _check_reachable(several, given, rate * time, mean_patience, room)
    _check_means(several, given, cv, patience, room)
    if isinstance(patience, Patience):
        found = _with_general_patience(rate, time, patience, several, real)
    else:
        work = 15 * len(rate) + 20 * room_work(room) + 300 * int((cv > 0.0).sum())
        kernel = for_work(batches.agents_in_the_mean_of, work)
        found = Together((rate, time, mean_patience, room, cv), given.shape).run(kernel, not real, aims)
    if np.isinf(found).any():
        raise InputError("targets", "; ".join(map(str, several)), "targets that some number of agents meets")
    if real:
        return given.shaped(found / (1.0 - shrunk))
    whole = scheduled_agents(found, shrunk)
    return int(whole[0]) if given.shape == () else whole.reshape(given.shape)


def gamma_factor(cv: Floats, share: float | Floats) -> Floats:
    """What a gamma-distributed factor of mean 1 and this variation does not exceed with a probability.

    >>> gamma_factor(np.array([0.0, 0.05, 1.0]), 0.9)
    array([1.        , 1.06458902, 2.30258509])
    """
    with needed("scipy"):
        from scipy.special import gammaincinv

    scatters = cv > LEAST_CV
    shape = 1.0 / np.square(np.where(scatters, cv, 1.0))
    return np.where(scatters, gammaincinv(shape, share) / shape, 1.0)


def scheduled_agents(required: Floats | Integers, shrinkage: Floats | float) -> Integers:
    """Required / (1 - shrinkage) rounded up to whole agents: the fewest of whom enough are there.

    Examples
    --------
    >>> scheduled_agents(np.array([7.0, 7.0, 8.0]), np.array([0.0, 0.3, 0.3]))
    array([ 7, 10, 12])
    """
    there = 1.0 - shrinkage
    scheduled = np.ceil(required / there)
    # 7 / 0.7 is a rounding above 10
    one_less_is_enough = (scheduled - 1.0) * there >= required * (1.0 - ROUNDING)
    whole: Integers = (scheduled - one_less_is_enough).astype(np.int64)
    return whole


def max_arrival_rate(
    agents: object,
    aht: object,
    targets: QueueTarget | Targets | Iterable[QueueTarget],
    patience: object = math.inf,
    waiting_room: object = math.inf,
    shrinkage: object = 0,
) -> Any:
    """The arrival rate up to which agents meet every target: the inverse of `required_agents`.

    Parameters
    ----------
    agents : float or array
        Agents scheduled, any real number of at least 0; ``agents * (1 - shrinkage)`` of them are there.
    aht, targets, patience, waiting_room, shrinkage
        As in `required_agents`; the patience exponential.

    Returns
    -------
    float or array
        Contacts per unit of time: every lower rate meets the targets too. 0 where none does, inf where the
        search finds no rate that does not.

    Raises
    ------
    InputError
        A number out of its range; shapes that do not broadcast.

    Examples
    --------
    >>> from bporoute import ServiceLevel
    >>> rate = max_arrival_rate(29, 240, ServiceLevel(probability=0.8, within=20))
    >>> round(rate, 6), round(QueueModel(29, rate, 240).service_level(20), 9)
    (0.102161, 0.8)
    """
    if isinstance(patience, Patience):
        raise InputError("patience", shown(patience), "a number: the mean of an exponential patience")
    several = targets_of(targets)
    aims = _aims(several)
    given = together(
        agents=(agents, NOT_NEGATIVE),
        aht=(aht, POSITIVE),
        patience=(patience, OR_INFINITE),
        waiting_room=(waiting_room, OR_INFINITE),
        shrinkage=(shrinkage, SHARE_BELOW_ONE),
    )
    scheduled, time, mean_patience, room, shrunk = given.flat
    check_limits(given, room, mean_patience, limited=True)
    there = scheduled * (1.0 - shrunk)
    _check_reachable(several, given, there, mean_patience, room)
    found = np.empty(len(there))
    kernel = for_work(batches.solutions, 40 * len(there) + 60 * room_work(room))
    kernel(there, there, time, mean_patience, room, solving.RATE, False, aims, found)
    return given.shaped(found)


def targets_of(targets: QueueTarget | Targets | Iterable[QueueTarget]) -> tuple[QueueTarget, ...]:
    """One or several targets as a tuple.

    Raises
    ------
    InputError
        If there is none, or something that is not a target.
    """
    if isinstance(targets, str):
        raise InputError(
            "targets", shown(targets), "a target such as ServiceLevel(probability=0.8, within=20)"
        )
    if isinstance(targets, Targets):
        several: tuple[Any, ...] = targets.given()
    elif isinstance(targets, Iterable):
        several = tuple(targets)
    else:
        several = (targets,)
    if not several:
        raise InputError("targets", shown(targets), "at least one target")
    for target in several:
        if type(target) not in _KINDS:
            names = ", ".join(kind.__name__ for kind in _KINDS)
            raise InputError("targets", shown(target), f"one or several of {names}")
    return several


def _aims(several: tuple[QueueTarget, ...]) -> Floats:
    """Targets as the rows that the kernels read."""
    aims = np.zeros((1, len(several), asked.AIM_COLUMNS))
    for row, target in zip(aims[0], several, strict=True):
        row[asked.KIND] = _KINDS[type(target)]
        match target:
            case ServiceLevel():
                row[asked.LIMIT] = target.probability
                row[asked.WITHIN] = target.within
                row[asked.COUNTING] = COUNTING_CODES[target.counting]
                row[asked.SHORT] = target.short
            case Asa():
                row[asked.LIMIT] = target.seconds
            case _:
                row[asked.LIMIT] = target.probability
    return aims


def _check_reachable(
    several: tuple[QueueTarget, ...], given: Together, load: Floats, patience: Floats, room: Floats
) -> None:
    """Refuse a target whose contrary is certain, however few contacts come to however many agents."""
    waits = (patience > 0.0) & (room > 0.0)
    gives_up = (patience < np.inf) & (room > 0.0)
    blocks = room < np.inf
    for target in several:
        limit, name = 0.0, "probability"
        match target:
            case ServiceLevel(probability=1.0):
                limit, wrong, why = 1.0, _certain_misses(target, waits, gives_up, blocks), MISSED
            case Asa(seconds=0.0):
                name, wrong, why = "seconds", waits, "above 0: some contacts wait"
            case Abandonment(probability=0.0):
                wrong, why = gives_up | blocks, CERTAIN
            case Blocking(probability=0.0):
                wrong, why = blocks, CERTAIN
            case Occupancy(probability=0.0):
                wrong, why = load > 0.0, "above 0: who serves contacts is busy"
            case _:
                continue
        refuse(f"{type(target).__name__}.{name}", np.full_like(room, limit), wrong, given.shape, why)


def _check_means(
    several: tuple[QueueTarget, ...], given: Together, cv: Floats, patience: object, room: Floats
) -> None:
    """Refuse a mean over the rate that is not computed, or that there is not."""
    if isinstance(patience, Patience):
        only = "0, or a confidence, with a patience that is not exponential"
        refuse("rate_cv", cv, cv > 0.0, given.shape, only)
    elif any(isinstance(target, Asa) and target.seconds < math.inf for target in several):
        endless = (given.flat[2] == np.inf) & (room == np.inf)
        only = "0, a confidence, a patience or a waiting room: a wait that may be endless has no mean"
        refuse("rate_cv", cv, (cv > 0.0) & endless, given.shape, only)


def _certain_misses(target: ServiceLevel, waits: Flags, gives_up: Flags, blocks: Flags) -> Flags:
    """Where some contacts count against the level, whatever the agents."""
    served_late = waits & (target.within < math.inf)
    if target.counting == "answered":
        return served_late
    by_short = target.counting in SHORT_COUNTINGS
    forgiven = target.short if by_short else -1.0 if target.counting == "offered" else target.within
    # Those of no patience give up at once, which any second forgives.
    gone_late = gives_up & (waits if forgiven >= 0.0 else True) & (forgiven < math.inf)
    return served_late | gone_late | blocks


def _with_general_patience(
    rate: Floats, aht: Floats, patience: Patience, targets: tuple[QueueTarget, ...], real: bool
) -> Floats:
    """The search for all values side by side."""

    def enough(agents: Floats) -> Flags:
        queue = QueueModel(agents, rate, aht, patience)
        met: Flags = np.isfinite(queue.asa)  # where some never give up, a queue may grow without bound
        for target in targets:
            match target:
                case ServiceLevel():
                    level = queue.service_level(target.within, target.counting, short=target.short)
                    met &= (level >= target.probability) | (target.probability == 0.0)
                case Asa():
                    met &= queue.asa <= target.seconds
                case Abandonment():
                    met &= queue.abandonment <= target.probability
                case Occupancy():
                    met &= queue.occupancy <= target.probability
                case Blocking():
                    pass  # the waiting room has no limit
        return met

    idle = rate == 0
    start = np.maximum(np.ceil(rate * aht), 1.0)
    return least(lambda agents: enough(agents) | idle, start, whole=not real)
