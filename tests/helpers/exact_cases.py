"""Systems whose long-run figures are known exactly, as centers that
`bporoute.simulation._engine._engine.Floor` can simulate.

The unit of time is a second in all of them; a handle time lasts one, or a few. What is exact comes from the
package's own formulas; where somebody has computed it apart from this code, the case says where.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute import (
    Center,
    ChatModel,
    Contact,
    ContactType,
    Contract,
    MarginalCost,
    NeverOverflow,
    OverflowStream,
    QualityPrior,
    Queue,
    QueueModel,
    Vendor,
    erlang_b,
    optimal_overflow,
    total_arrival_rate,
    warmup,
)
from bporoute._kernels.simulation import columns
from bporoute.center._targets import ServiceLevel, Targets
from bporoute.durations._laws import ErlangPatience, LognormalPatience, WeibullPatience
from bporoute.estimates._confidence import Estimate, of_replications
from bporoute.estimates._sequential_test import SequentialTest
from bporoute.policies._rule import Policy
from bporoute.simulation._engine._engine import Floor
from bporoute.simulation._engine._run import FloorRun
from bporoute.simulation._figures import costs
from bporoute.simulation._scenario import Redial, Scenario
from bporoute.workload._arrivals import Arrivals
from bporoute.workload._schedule import Schedule
from bporoute.workload._streams import Stream

WITHIN = 0.125
"""Seconds within which an answer is in time."""
MEMORYLESS = "mpmath, 60 digits"
"""Published values: exact.json of the project's research, computed apart from this code."""
TABLE = "research table"
"""Published values: the project's kernels.md, computed apart from this code."""
BIASES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Shares of an exact value; without one, a test takes some 16.3 variances of a batch over their square."""
PILOT = 50
"""Batches that the weights of the inputs come from."""
SELDOM = 1e8
"""Seconds between two looks at the arrival rate, which does not change."""

Totals = tuple[np.ndarray, np.ndarray]
"""For each interval: a total, and what it is a part of."""


class Figure(NamedTuple):
    """A long-run figure: the ratio of two totals, its exact value, and who else has computed that.

    `main`: with 100 million contacts, its test is one for a bias of .1 %.
    """

    name: str
    exact: float
    totals: Callable[[FloorRun, Center], Totals]
    published: str = ""
    main: bool = False


class Case(NamedTuple):
    """A system, its figures, and what it takes to see them.

    `warm_up` seconds are left out at the beginning, and as many at the end. `whole`: the figures are those
    of whole runs, one for each. `look_every`: seconds between two looks of the router at what has come.
    """

    model: str
    system: str
    center: Center
    rates: dict[str, float]
    agents: int
    figures: tuple[Figure, ...]
    service_rate: float = 1.0
    policy: Policy = NeverOverflow()
    scenario: Scenario = Scenario()
    warm_up: float = 300.0
    whole: bool = False
    look_every: float = SELDOM

    @property
    def rate(self) -> float:
        """Contacts per second, first attempts."""
        return sum(self.rates.values())

    @property
    def inputs(self) -> tuple[Figure, Figure]:
        """What was put in and comes out again: the arrival rate, the mean handle time.

        Chance in these two makes most of the chance in the figures.
        """
        aht = self.scenario.chat["q"][0] if self.scenario.chat else 1.0 / self.service_rate
        return (
            Figure("arrival rate", self.rate, first_attempts, main=True),
            Figure("mean handle time", aht, handle_times, main=True),
        )


# --- figures --------------------------------------------------------------------------------------------


def share(*counted: int) -> Callable[[FloorRun, Center], Totals]:
    """Of the contacts offered: the sum of these columns of the tally."""

    def totals(run: FloorRun, center: Center) -> Totals:
        tally = run.tally[:, 0]
        return tally[:, list(counted)].sum(axis=1), tally[:, columns.OFFERED]

    return totals


def speed_of_answer(run: FloorRun, center: Center) -> Totals:
    return run.tally[:, 0, columns.WAIT_ANSWERED], run.tally[:, 0, columns.ANSWERED]


def of_sent(run: FloorRun, center: Center) -> Totals:
    """Of those that found the queue full, the share that the vendor had no place for."""
    turned_away = run.tally[:, 0, columns.REJECTED]
    return turned_away, turned_away + run.tally[:, 0, columns.SENT]


def occupancy(run: FloorRun, center: Center) -> Totals:
    return run.busy_seconds[:, 0], run.staffed_seconds[:, 0]


def cost_rate(run: FloorRun, center: Center) -> Totals:
    return costs(run, center), np.diff(run.edges)


def arrival_rate(run: FloorRun, center: Center) -> Totals:
    return run.tally[:, 0, columns.OFFERED], np.diff(run.edges)


def first_attempts(run: FloorRun, center: Center) -> Totals:
    tally = run.tally[:, 0]
    return tally[:, columns.OFFERED] - tally[:, columns.REDIALLED], np.diff(run.edges)


def handle_times(run: FloorRun, center: Center) -> Totals:
    return run.tally[:, 0, columns.HANDLED], run.tally[:, 0, columns.ANSWERED]


def overflow_rate(run: FloorRun, center: Center) -> Totals:
    return of_sent(run, center)[1], np.diff(run.edges)


def moment(which: int) -> Callable[[FloorRun, Center], Totals]:
    """Mean (0) or variance (1) of what overflows, or their ratio (2): one value of a whole run."""

    def totals(run: FloorRun, center: Center) -> Totals:
        return np.array([run.overflow_moments(0)[which]]), np.ones(1)

    return totals


abandonment = share(columns.ABANDONED)
blocking = share(columns.REJECTED)
in_time = share(columns.WITHIN)
waits = share(columns.DELAYED)
mean_wait = share(columns.WAIT_ANSWERED, columns.WAIT_ABANDONED)
sent_out = share(columns.SENT)


# --- systems --------------------------------------------------------------------------------------------


def one_queue(*types: str, vendors: dict[str, Vendor] | None = None, room: int = 100_000, **queue) -> Center:
    """A center of one queue whose contacts are turned away where nobody may take them."""
    aim = ServiceLevel(probability=0.8, within=WITHIN)
    return Center(
        queues={"q": Queue(waiting_room=room, targets=Targets(service_level=aim), **queue)},
        contact_types={name: ContactType(queue="q") for name in types or ("call",)},
        vendors=vendors or {},
        fallback="reject",
    )


def vendor(*types: str, price: float = 1.0, **more) -> Vendor:
    """A vendor who answers at once."""
    contract = Contract(price_per_contact=price)
    return Vendor(country="EE", timezone="UTC", contact_types=types or ("call",), contract=contract, **more)


def loss(agents: int, load: float, published: str) -> Case:
    figures = (Figure("P(blocked)", erlang_b(agents, load), blocking, published, main=True),)
    system = f"n = {agents}, a = {load:g}"
    return Case("Erlang B, M/M/n/n", system, one_queue(aht=1.0, room=0), {"call": load}, agents, figures)


def waiting(
    model: str,
    agents: int,
    load: float,
    patience: object = math.inf,
    room: float = math.inf,
    published: str = "",
    said: str = "",
    main: str = "",
) -> Case:
    """Erlang C and A, a limited waiting room, patience of any distribution."""
    exact = QueueModel(agents, load, 1.0, patience, room)
    plain = patience if isinstance(patience, int | float) else 1.0
    scenario = Scenario() if patience is plain else Scenario(patience={"call": patience})
    center = one_queue(aht=1.0, patience=plain, room=100_000 if room == math.inf else int(room))
    figures = [
        Figure("P(wait)", exact.wait_probability, waits),
        Figure("mean wait", exact.mean_wait, mean_wait),
        Figure(f"answered within {WITHIN:g}", exact.service_level(WITHIN), in_time),
        Figure("occupancy", exact.occupancy, occupancy),
    ]
    if patience != math.inf:
        figures.insert(1, Figure("P(abandon)", exact.abandonment, abandonment))
    if room < math.inf:
        figures.insert(0, Figure("P(blocked)", exact.blocking, blocking))
    figures = [each._replace(published=published, main=each.name in main.split(", ")) for each in figures]
    system = f"n = {agents}, a = {load:g}"
    system += f", patience {said or f'{patience:g}'}" if patience != math.inf else ""
    system += f", {room:g} places" if room < math.inf else ""
    return Case(model, system, center, {"call": load}, agents, tuple(figures), scenario=scenario)


def overflow(agents: int, load: float, published: str) -> Case:
    """Kosten: the loss system's overflow, in an endless group."""
    exact = OverflowStream(agents, load, 1.0).moments(1.0)
    names = ("mean of the overflow", "variance of the overflow", "peakedness")
    figures = tuple(
        Figure(name, value, moment(which), published, main=which == 0)
        for which, (name, value) in enumerate(zip(names, exact, strict=True))
    )
    center = one_queue(aht=1.0, room=0, vendors={"v": vendor()})
    system = f"n = {agents}, a = {load:g}"
    return Case("overflow (Kosten)", system, center, {"call": load}, agents, figures, warm_up=0.0, whole=True)


def pool(
    agents: int, load: float, patience: float, room: int, places: int, speed: float, published: str
) -> Case:
    """What one queue cannot hold goes to a vendor with so many places: GI/M/m/m."""
    stream = OverflowStream(agents, load, 1.0, patience, room)
    prior = QualityPrior(handle_time_factor=1.0 / speed)
    vendors = {"v": vendor(capacity=places, quality=prior)}
    center = one_queue(aht=1.0, patience=patience, room=room, vendors=vendors)
    figures = (
        Figure("P(vendor full)", stream.pool_blocking(places, 1.0 / speed), of_sent, published),
        Figure("overflow, contacts/s", stream.rate, overflow_rate),
    )
    system = f"n = {agents}, a = {load:g}, {room} places" + (f", patience {patience:g}" if room else "")
    system += f"; vendor m = {places}, rate {speed:g}"
    return Case("vendor blocking, GI/M/m/m", system, center, {"call": load}, agents, figures)


def redials(agents: int, first: float, patience: float, again: float) -> Case:
    """Who gives up calls again, much later."""
    total = total_arrival_rate(agents, first, 1.0, patience, again)
    exact = QueueModel(agents, total, 1.0, patience)
    figures = (
        Figure("contacts/s, all attempts", total, arrival_rate, main=True),
        Figure("P(abandon)", exact.abandonment, abandonment),
        Figure("P(wait)", exact.wait_probability, waits),
    )
    scenario = Scenario(redial={"call": Redial(share=again, after=200.0)})
    center = one_queue(aht=1.0, patience=patience)
    system = (
        f"n = {agents}, a = {first:g} first calls, patience {patience:g}, {again:.0%} of the lost call again"
    )
    return Case(
        "redials", system, center, {"call": first}, agents, figures, scenario=scenario, warm_up=4000.0
    )


def chat() -> Case:
    ahts = (8.0, 10.0, 13.0)
    exact = ChatModel(10, 3, 2.1, ahts, 2.0, 100)
    figures = (
        Figure("P(wait)", exact.wait_probability, waits, TABLE),
        Figure("P(abandon)", exact.abandonment, abandonment, TABLE),
        Figure("mean wait", exact.mean_wait, mean_wait, TABLE),
        Figure(f"answered within {WITHIN:g}", exact.service_level(WITHIN), in_time, main=True),
    )
    center = one_queue(aht=8.0, patience=2.0, room=100)
    system = "n = 10, 3 chats each, AHT 8, 10, 13, lambda = 2.1, patience 2, 100 places"
    scenario = Scenario(chat={"q": ahts})
    return Case("chat", system, center, {"call": 2.1}, 10, figures, scenario=scenario, warm_up=2000.0)


def optimum(rates: dict[str, float], prices: dict[str, float], said: str) -> Case:
    """S1 of the research table under the exact rule, a price for each contact type."""
    costly = {"wait_cost": 0.15, "abandonment_cost": 8.0}
    one = len(rates) == 1
    given = (
        (sum(rates.values()), next(iter(prices.values())))
        if one
        else (tuple(rates.values()), tuple(prices.values()))
    )
    best = optimal_overflow(50, given[0], 5.0, 10.0 / 3.0, 100, overflow_price=given[1], **costly)
    figures = (
        Figure("cost per second", best.cost_rate, cost_rate, TABLE),
        Figure("share sent out", best.overflow_share, sent_out),
        Figure("P(abandon)", best.abandonment, abandonment),
    )
    center = one_queue(
        *rates,
        vendors={f"vendor of {name}": vendor(name, price=price) for name, price in prices.items()},
        aht=5.0,
        patience=10.0 / 3.0,
        room=100,
        wait_cost_per_minute=60.0 * costly["wait_cost"],
        abandonment_cost=costly["abandonment_cost"],
    )
    return Case(
        "MarginalCost",
        said,
        center,
        rates,
        50,
        figures,
        service_rate=0.2,
        policy=MarginalCost(),
        warm_up=5000.0,
        look_every=1000.0,
    )


def cases() -> tuple[Case, ...]:
    """All of them."""
    late = f"answered within {WITHIN:g}"
    heavy = 30.0
    return (
        loss(10, 10.0, TABLE),
        waiting("Erlang C, M/M/n", 3, 2.0, published=MEMORYLESS, main=f"P(wait), {late}, occupancy"),
        waiting("Erlang C, M/M/n", 24, 20.0, published=MEMORYLESS, main="occupancy"),
        waiting("Erlang A, M/M/n+M", 24, 20.0, 0.5, published=MEMORYLESS, main=f"{late}, occupancy"),
        waiting("Erlang A, M/M/n+M", 24, 30.0, 1.0, published=MEMORYLESS, main="P(wait), P(abandon)"),
        waiting("Erlang A, M/M/n+M", 100, 100.0, 1.0, published=MEMORYLESS, main="occupancy"),
        waiting("M/M/n/n+K", 24, 30.0, room=16, published=MEMORYLESS, main="P(blocked), P(wait), occupancy"),
        waiting("M/M/n/n+K+M", 24, 20.0, 1.0, 6, published=MEMORYLESS, main=late),
        *(
            waiting("M/M/n+G", 24, heavy, patience, said=said, main="P(wait), P(abandon)")
            for said, patience in (
                ("lognormal, mean 1, CV 1.5", LognormalPatience(mean=1.0, cv=1.5)),
                ("Weibull, mean 1, shape .7", WeibullPatience(mean=1.0, shape=0.7)),
                ("Erlang-2, mean 1", ErlangPatience(mean=1.0, phases=2)),
            )
        ),
        overflow(10, 10.0, TABLE),
        pool(10, 10.0, math.inf, 0, 5, 1.0, TABLE),
        pool(10, 11.0, 2.0, 5, 4, 0.8, TABLE),
        pool(20, 24.0, 1.0, 10, 6, 1.2, TABLE),
        redials(52, 50.0, 0.4, 0.5),
        chat(),
        optimum({"call": 10.4}, {"call": 6.0}, "S1: n = 50, 100 places, one price, 6"),
        optimum({"dear": 6.4, "cheap": 4.0}, {"dear": 9.0, "cheap": 4.5}, "S1 with two prices, 9 and 4.5"),
    )


# --- simulation -----------------------------------------------------------------------------------------


def simulated(case: Case, batch: float, batches: int, *, seed: int, replication: int = 0) -> list[Totals]:
    """One run of so many batches of so many contacts: totals of figures and inputs, by batch."""
    warmup()
    length = batch / case.rate
    edges = case.warm_up + length * np.arange(batches + 1)
    if case.warm_up:
        edges = np.concatenate([[0.0], edges, [edges[-1] + case.warm_up]])
    streams = [Stream(name, Contact(name), rate * np.diff(edges)) for name, rate in case.rates.items()]
    run = Floor(
        case.center,
        case.policy,
        Arrivals(edges=edges, streams=tuple(streams)),
        Schedule({"q": ((0.0, case.agents),)}),
        msgspec.structs.replace(
            case.scenario, rate="forecast", rate_step=case.look_every, rate_window=case.look_every
        ),
        seed=seed,
        replication=replication,
    )
    for _ in run.run():
        pass
    found = run.result()
    assert not found.trouble, found.trouble
    kept = slice(1, -1) if case.warm_up else slice(None)
    return [
        (part[kept], whole[kept])
        for part, whole in (each.totals(found, case.center) for each in (*case.figures, *case.inputs))
    ]


def excesses(case: Case, batch: float, batches: int, *, seed: int) -> np.ndarray:
    """Figures, then inputs, of batches of so many contacts, less their exact values, as shares of these.

    A batch's part is less the exact ratio times its whole, over the mean whole: without bias the mean of that
    is 0, however short the batch. Shape (batches, figures and inputs).
    """
    each = 1 if case.whole else min(batches, 20)
    runs = [simulated(case, batch, each, seed=seed, replication=k) for k in range(-(-batches // each))]
    misses = []
    for place, figure in enumerate((*case.figures, *case.inputs)):
        part, whole = (np.concatenate([run[place][side] for run in runs]) for side in (0, 1))
        misses.append((part - figure.exact * whole) / (figure.exact * whole.mean()))
    return np.stack(misses, axis=1)


def weights(pilot: np.ndarray) -> np.ndarray:
    """By how much chance in the two inputs moves each figure: least squares, shape (2, figures)."""
    figures, inputs = pilot[:, :-2], pilot[:, -2:]
    return np.linalg.lstsq(inputs - inputs.mean(axis=0), figures - figures.mean(axis=0), rcond=None)[0]


def controlled(sample: np.ndarray, weighed: np.ndarray) -> np.ndarray:
    """Excesses of the figures without what chance in the inputs does to them; those of the inputs behind.

    Control variates: their means are known. With weights from other contacts no bias comes in, as long as
    the inputs themselves have none (A. M. Law, Simulation Modeling and Analysis, 5th ed. 2015, sec. 11.4).
    """
    return np.concatenate([sample[:, :-2] - sample[:, -2:] @ weighed, sample[:, -2:]], axis=1)


class Judged(NamedTuple):
    """A figure's simulated value with its interval, and the test for a bias of `bias`, as a share of it."""

    figure: Figure
    found: Estimate
    bias: float
    test: SequentialTest
    contacts: float


def judged(
    case: Case, contacts: float, batch: float, *, seed: int, level: float = 0.99, controls: bool = True
) -> list[Judged]:
    """Simulate a case and judge its figures, then its inputs.

    Each is tested for the smallest of the biases `BIASES` that the pilot says these contacts can tell from
    none. Without `controls`, what chance does to the inputs stays in the figures, and so does their bias.
    """
    pilot = excesses(case, batch, PILOT, seed=seed)
    weighed = weights(pilot) if controls else np.zeros((2, len(case.figures)))
    sample = controlled(excesses(case, batch, round(contacts / batch), seed=seed + 1), weighed)
    rows = []
    figures = (*case.figures, *case.inputs)
    for figure, early, values in zip(figures, controlled(pilot, weighed).T, sample.T, strict=True):
        enough = (bias for bias in BIASES if 16.3 * early.var() * batch <= 0.7 * contacts * bias**2)
        bias = next(enough, BIASES[-1])
        around = of_replications(values, level)
        low, value, high = (figure.exact * (1.0 + each) for each in (around.low, around.value, around.high))
        test = SequentialTest(exact=1.0, bias=bias).after(1.0 + values)
        rows.append(
            Judged(figure, Estimate(value, low, high, level, len(values)), bias, test, test.count * batch)
        )
    return rows


def longer(case: Case, factor: float) -> Case:
    """The same system with handle times that are longer than anybody knows, to see whether that is found."""
    handle = dict.fromkeys(case.rates, factor / case.service_rate)
    return case._replace(scenario=msgspec.structs.replace(case.scenario, handle=handle))
