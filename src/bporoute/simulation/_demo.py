"""A day that the project makes itself: an example center and calls drawn from measured figures.

Shape of the day and spread of its rate: a large North American bank, 2003 (peak half hour at 10:00 with
5.25 % of the day; rate CV 7 % after Poisson noise). Handle times and patience: a bank's call log of 1999
(lognormal, log-mean 4.784, log-sd .953; Weibull, shape .89, scale 395 s).
"""

from __future__ import annotations

from datetime import date, datetime, time
from importlib.resources import as_file, files

import numpy as np

from bporoute.center._center import Center
from bporoute.durations._laws import Lognormal, Weibull
from bporoute.simulation._replay import Replay
from bporoute.simulation._scenario import Scenario
from bporoute.workload._arrivals import Arrivals
from bporoute.workload._call_log import Call
from bporoute.workload._day_shape import MEASURED_DAY
from bporoute.workload._schedule import daily_schedule

DAY = date(2026, 11, 23)
CALLS = 13_000
SEED = 20261123
HANDLE = Lognormal(log_mean=4.784, log_sd=0.953)
PATIENCE = Weibull(shape=0.89, scale=395.0)
RATE_CV = 0.07
SHARE_OF_TYPE = {"service": 0.69, "sales": 0.31}
SHARE_OF_LANGUAGE = {"sv": 0.8, "en": 0.2}


def demo_center_text() -> str:
    """The packaged example center file."""
    return (files("bporoute") / "demo_center.toml").read_text(encoding="utf-8")


def demo_center() -> Center:
    """The packaged example center: two queues, a nearshore, an offshore and an onshore vendor."""
    with as_file(files("bporoute") / "demo_center.toml") as path:
        return Center.load(path)


def demo_calls(calls: int = CALLS, seed: int = SEED) -> tuple[Call, ...]:
    """Exactly so many calls of one day, in order; the same for the same seed.

    >>> day = demo_calls(calls=1000)
    >>> len(day), day == demo_calls(calls=1000)
    (1000, True)
    """
    chance = np.random.default_rng(seed)
    opening = datetime.combine(DAY, time(7), demo_center().zone).timestamp()
    # A gamma-mixed rate gives the half hours their spread beyond Poisson.
    shape = np.array(MEASURED_DAY.weights)
    rates = shape * chance.gamma(1 / RATE_CV**2, RATE_CV**2, size=shape.size)
    half_hours = chance.choice(shape.size, size=calls, p=rates / rates.sum())
    arrivals = np.sort(opening + 1800.0 * (half_hours + chance.random(calls))).round(1)
    types = chance.choice(list(SHARE_OF_TYPE), size=calls, p=list(SHARE_OF_TYPE.values()))
    languages = chance.choice(list(SHARE_OF_LANGUAGE), size=calls, p=list(SHARE_OF_LANGUAGE.values()))
    handles = np.exp(HANDLE.log_mean + HANDLE.log_sd * chance.standard_normal(calls)).round(1)
    return tuple(
        Call(
            id=f"demo-{number + 1}",
            type=str(types[number]),
            arrival=float(arrivals[number]),
            language=str(languages[number]),
            handle=float(handles[number]),
        )
        for number in range(calls)
    )


def demo_replay(calls: int = CALLS, seed: int = SEED) -> Replay:
    """The example center and its day, ready to be run under any policy; agents in proportion to `calls`.

    `seed` is that of the calls and of what is drawn for them.
    """
    center = demo_center()
    day = demo_calls(calls, seed)
    agents = {
        name: {clock: round(count * calls / CALLS) for clock, count in queue.schedule.items()}
        for name, queue in center.queues.items()
    }
    schedule = daily_schedule(agents, center.timezone, DAY, DAY)
    types = center.contact_types
    scenario = Scenario(handle=dict.fromkeys(types, HANDLE), patience=dict.fromkeys(types, PATIENCE))
    return Replay(center, day, Arrivals.of_log(day, center), schedule, scenario, seed)
