"""How fast contacts are simulated, beside a plain C program, ciw and simpy; print the table in Markdown.

    python benchmarks/simulation_speed.py [--rounds 7] [--year] [--write]

Everybody simulates the same systems in the same run, warm, in rounds that take turns; ciw and simpy get fewer
contacts. The C program is heap_simulation.c, compiled with `cc -O3`. Who is not installed is left out. --year
adds 12 million contacts on 250 days under the six usual policies in two processes; --write writes the table
to docs/simulation_speed.md.
"""

from __future__ import annotations

import argparse
import atexit
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

import bporoute
from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    MarginalCost,
    NeverOverflow,
    Queue,
    QueueLength,
    Vendor,
)
from bporoute._kernels.simulation import columns
from bporoute.policies._rule import Policy
from bporoute.policies._text import policy_label
from bporoute.policies._usual import usual_policies
from bporoute.routing._tables._clock import Clock
from bporoute.routing._tables._queues import QueueRows
from bporoute.simulation._demo import demo_center
from bporoute.simulation._engine._arrays import FloorArrays
from bporoute.simulation._engine._engine import Floor
from bporoute.simulation._engine._vendor_accounts import VendorAccounts
from bporoute.simulation._scenario import Scenario
from bporoute.simulation._simulate import configured_schedule, simulate, usual_arrivals
from bporoute.workload._arrivals import DAY_CV, INTERVAL_CV, Arrivals
from bporoute.workload._schedule import Schedule
from bporoute.workload._streams import Stream

ROOT = Path(__file__).resolve().parents[1]
C_PROGRAM = Path(__file__).with_name("heap_simulation.c")
PAGE = ROOT / "docs" / "simulation_speed.md"
AGENTS, LOAD, PATIENCE = 100, 95.0, 1.0
"""One queue, in handle times."""
HERE, THERE, BOTH_LOAD = 50, 15, 55.0
"""Agents of two stations, the second for what the first has nobody free for, and the load in erlangs."""
CONTACTS = 1_000_000
SLOW_CONTACTS = 20_000
"""Of ciw and simpy."""
YEAR_CONTACTS, YEAR_DAYS, YEAR_PROCESSES = 12_000_000, 250, 2
PEAK_CONTACTS = (1_000_000, 10_000_000)
SELDOM = 1e8

OURS, C = "bporoute", "C, heap"
QUEUE = "one queue with patience, 100 agents"
OVERFLOW = "two stations, the second takes what overflows"
CENTER = "two queues, three vendors, MarginalCost"
LARGE = "the same, twenty times as large"
DAYS = "its own days, MarginalCost"
DAYS_BY_TEAM = "its own days, QueueLength(10)"
MONDAY, DAYS_RUN = date(2026, 11, 23), 28
PARTS = {
    "events": (FloorArrays, "advance"),
    "calendar": (Clock, "follow"),
    "rules": (QueueRows, "load"),
    "bills": (VendorAccounts, "bill"),
}
"""Where the time of a year goes: what is timed of it."""
PARTS_DAYS = 28
LARGER = 20


class Timed(NamedTuple):
    """Contacts simulated, seconds that took, share of them answered: to see that all do the same.

    Seconds are the processor's, so that what runs beside counts little; only of a year they are the clock's.
    """

    contacts: int
    seconds: float
    answered: float

    @property
    def rate(self) -> float:
        return self.contacts / self.seconds


# --- the systems ----------------------------------------------------------------------------------------


def floor_of(
    center: Center,
    policy: Policy,
    rates: dict[Contact, float],
    agents: dict[str, float],
    contacts: int,
    intervals: int = 20,
    start: float = 0.0,
    **scenario: Any,
) -> Floor:
    """A floor with so many contacts at constant rates, ready to be run."""
    length = contacts / sum(rates.values())
    edges = start + np.linspace(0.0, length, intervals + 1)
    streams = tuple(
        Stream(f"{contact.type}/{contact.language}", contact, np.full(intervals, rate * length / intervals))
        for contact, rate in rates.items()
    )
    schedule = Schedule({name: ((start, count),) for name, count in agents.items()})
    return Floor(
        center,
        policy,
        Arrivals(edges=edges, streams=streams, timezone=center.timezone),
        schedule,
        Scenario(rate="forecast", **scenario),
        seed=1,
    )


def ran(made: Floor) -> Timed:
    """Run a floor; what is timed is what a planner waits for, without the making of the arrays."""
    started = time.process_time()
    for _ in made.run():
        pass
    seconds = time.process_time() - started
    tally = made.result().tally.sum(axis=(0, 1))
    offered = float(tally[columns.OFFERED])
    return Timed(
        int(offered), seconds, float(tally[columns.ANSWERED] + tally[columns.ANSWERED_OUT]) / offered
    )


def our_queue(contacts: int = CONTACTS) -> Timed:
    center = Center(
        queues={"q": Queue(aht=1.0, patience=PATIENCE, waiting_room=10_000)},
        contact_types={"call": ContactType(queue="q")},
    )
    seldom = {"rate_step": SELDOM, "rate_window": SELDOM}
    return ran(floor_of(center, NeverOverflow(), {Contact("call"): LOAD}, {"q": AGENTS}, contacts, **seldom))


def our_overflow(contacts: int = CONTACTS) -> Timed:
    team = Vendor(
        country="EE",
        timezone="UTC",
        contact_types=("call",),
        agents=THERE,
        contract=Contract(price_per_contact=1.0),
    )
    center = Center(
        queues={"q": Queue(aht=1.0, waiting_room=10_000)},
        contact_types={"call": ContactType(queue="q")},
        vendors={"v": team},
    )
    seldom = {"rate_step": SELDOM, "rate_window": SELDOM}
    return ran(
        floor_of(center, QueueLength(0), {Contact("call"): BOTH_LOAD}, {"q": HERE}, contacts, **seldom)
    )


def our_center(factor: int = 1, contacts: int = CONTACTS) -> Timed:
    """The demo center around the clock: data rules, hours, caps, capacity, languages, tiers."""
    center = larger(demo_center(), factor)
    rates = {
        Contact(name, language): share * queue.arrival_rate
        for name, queue in center.queues.items()
        for language, share in (("sv", 0.8), ("en", 0.2))
    }
    agents = {"service": 44 * factor, "sales": 21 * factor}
    monday = 1_795_388_400.0  # 2026-11-23 in Stockholm
    return ran(floor_of(center, MarginalCost(), rates, agents, contacts, start=monday))


def our_days(policy: Policy) -> Timed:
    """The demo center on its own days: open hours, arrivals by time of day, rates measured."""
    center = demo_center()
    arrivals = usual_arrivals(center, MONDAY, DAYS_RUN)
    schedule = configured_schedule(center, *arrivals.edges[[0, -1]].tolist())
    return ran(Floor(center, policy, arrivals, schedule, Scenario(), seed=1))


def larger(center: Center, factor: float) -> Center:
    """So many times the contacts, agents, vendors' places and caps."""
    return msgspec.structs.replace(
        center,
        queues={name: _larger_queue(queue, factor) for name, queue in center.queues.items()},
        vendors={name: _larger_vendor(vendor, factor) for name, vendor in center.vendors.items()},
    )


def _larger_queue(queue: Queue, factor: float) -> Queue:
    agents = {clock: round(count * factor) for clock, count in queue.schedule.items()}
    return msgspec.structs.replace(queue, arrival_rate=queue.arrival_rate * factor, schedule=agents)


def _larger_vendor(vendor: Vendor, factor: float) -> Vendor:
    caps = {name: getattr(vendor.contract, name) for name in ("cap_per_day", "cap_per_hour")}
    more = {name: round(cap * factor) for name, cap in caps.items() if cap is not None}
    contract = msgspec.structs.replace(vendor.contract, **more)
    return msgspec.structs.replace(vendor, capacity=round((vendor.capacity or 0) * factor), contract=contract)


# --- the others -----------------------------------------------------------------------------------------


class CompiledC:
    """The C program; `ready` says why it cannot be had, or nothing."""

    def __init__(self) -> None:
        folder = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        self._program = Path(folder) / "heap_simulation"
        compiler = shutil.which("cc")
        self.missing = "" if compiler else "there is no C compiler (cc)"
        if compiler:
            command = [compiler, "-O3", "-o", str(self._program), str(C_PROGRAM), "-lm"]
            built = subprocess.run(command, capture_output=True, text=True, check=False)
            self.missing = "" if built.returncode == 0 else f"cc -O3 failed: {built.stderr.strip()[:200]}"

    def __call__(self, contacts: int = CONTACTS) -> Timed:
        given = [AGENTS, LOAD, 1.0, PATIENCE, contacts, 1]
        before = children_seconds()
        told = subprocess.run(
            [str(self._program), *map(str, given)], capture_output=True, text=True, check=True
        ).stdout.split()
        seconds = children_seconds() - before
        return Timed(int(told[0]), seconds or float(told[4]), int(told[1]) / int(told[0]))


def children_seconds() -> float:
    """Of the processor, in processes that have ended; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0.0
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def ciw_queue(contacts: int = SLOW_CONTACTS) -> Timed:
    import ciw

    exponential = ciw.dists.Exponential
    network = ciw.create_network(
        arrival_distributions=[exponential(LOAD)],
        service_distributions=[exponential(1.0)],
        reneging_time_distributions=[exponential(1.0 / PATIENCE)],
        number_of_servers=[AGENTS],
    )
    return _ciw(network, contacts / LOAD)


def ciw_overflow(contacts: int = SLOW_CONTACTS) -> Timed:
    """Whom nobody is free for leaves the first line at once, for the second."""
    import ciw

    class ToTheSecond(ciw.routing.Leave):  # type: ignore[misc]  # ciw has no types
        def next_node_for_jockeying(self, ind: Any) -> Any:
            return self.simulation.nodes[2]

    exponential = ciw.dists.Exponential
    network = ciw.create_network(
        arrival_distributions=[exponential(BOTH_LOAD), None],
        service_distributions=[exponential(1.0), exponential(1.0)],
        reneging_time_distributions=[ciw.dists.Deterministic(0.0), None],
        number_of_servers=[HERE, THERE],
        routing=ciw.routing.NetworkRouting(routers=[ToTheSecond(), ciw.routing.Leave()]),
    )
    return _ciw(network, contacts / BOTH_LOAD)


def _ciw(network: Any, seconds: float) -> Timed:
    import ciw

    ciw.seed(1)
    simulation = ciw.Simulation(network)
    started = time.process_time()
    simulation.simulate_until_max_time(seconds)
    took = time.process_time() - started
    records = simulation.get_all_records()
    served = sum(record.record_type == "service" for record in records)
    came = len({record.id_number for record in records})
    return Timed(came, took, served / came)


def simpy_queue(contacts: int = SLOW_CONTACTS) -> Timed:
    import simpy

    chance, served = random.Random(1), 0
    environment = simpy.Environment()
    agents = simpy.Resource(environment, AGENTS)

    def contact() -> Any:
        nonlocal served
        with agents.request() as free:
            if not free.triggered:
                yield free | environment.timeout(chance.expovariate(1.0 / PATIENCE))
            if free.triggered:
                served += 1
                yield environment.timeout(chance.expovariate(1.0))

    def source() -> Any:
        for _ in range(contacts):
            yield environment.timeout(chance.expovariate(LOAD))
            environment.process(contact())

    environment.process(source())
    started = time.process_time()
    environment.run()
    return Timed(contacts, time.process_time() - started, served / contacts)


Contender = Callable[[], Timed]


def contenders() -> dict[str, dict[str, Contender]]:
    """What is simulated, and by whom; who is not installed is left out."""
    bporoute.warmup()
    systems: dict[str, dict[str, Contender]] = {
        QUEUE: {OURS: our_queue},
        OVERFLOW: {OURS: our_overflow},
        CENTER: {OURS: our_center},
        LARGE: {OURS: partial(our_center, LARGER)},
        DAYS: {OURS: partial(our_days, MarginalCost())},
        DAYS_BY_TEAM: {OURS: partial(our_days, QueueLength(10))},
    }
    program = CompiledC()
    if not program.missing:
        systems[QUEUE][C] = program
    if find_spec("ciw"):
        systems[QUEUE]["ciw"], systems[OVERFLOW]["ciw"] = ciw_queue, ciw_overflow
    if find_spec("simpy"):
        systems[QUEUE]["simpy"] = simpy_queue
    return systems


# --- what is measured -----------------------------------------------------------------------------------


def in_turns(systems: dict[str, dict[str, Contender]], rounds: int) -> dict[tuple[str, str], list[Timed]]:
    """So many rounds of everything, after one that is thrown away."""
    found: dict[tuple[str, str], list[Timed]] = {}
    for number in range(rounds + 1):
        for system, who in systems.items():
            for name, simulated in who.items():
                timed = simulated()
                if number:
                    found.setdefault((system, name), []).append(timed)
    return found


def peak_memory(contacts: int) -> float:
    """Largest resident set, MiB, of a process that simulates so many contacts of one queue and no more."""
    code = (
        "import resource, simulation_speed as speed, bporoute; bporoute.warmup(); "
        f"speed.our_queue({contacts}); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    paths = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    told = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": paths},
    ).stdout
    return int(told) / (1 << (20 if sys.platform == "darwin" else 10))


def year_of(contacts: int, days: int) -> tuple[Center, Arrivals, Schedule]:
    """The demo center, made large enough, on so many weekdays: its arrivals and agents."""
    center = demo_center()
    monday, calendar_days = date(2026, 1, 5), days // 5 * 7
    plain = Arrivals.generated(center, monday, calendar_days, closed=("sat", "sun"))
    center = larger(center, contacts / plain.expected)
    arrivals = Arrivals.generated(
        center, monday, calendar_days, closed=("sat", "sun"), day_cv=DAY_CV, interval_cv=INTERVAL_CV
    )
    return center, arrivals, configured_schedule(center, *arrivals.edges[[0, -1]].tolist())


def year(contacts: int = YEAR_CONTACTS, days: int = YEAR_DAYS, processes: int = YEAR_PROCESSES) -> Timed:
    """A year under the six usual policies."""
    center, arrivals, schedule = year_of(contacts, days)
    started = time.perf_counter()
    policies = usual_policies(center)
    found = simulate(center, arrivals, policies, schedule=schedule, workers=processes)
    seconds = time.perf_counter() - started
    offered = sum(each.contacts() for each in found.policies)
    lost = sum(each.abandonment().value for each in found.policies) / len(found.policies)
    return Timed(offered, seconds, 1.0 - lost)


def parts_of_a_year(policy: Policy) -> dict[str, float]:
    """Processor seconds of a year under one policy, by what they are spent on; measured on some weeks."""
    days = PARTS_DAYS // 7 * 5
    center, arrivals, schedule = year_of(YEAR_CONTACTS * days // YEAR_DAYS, days)

    def floor() -> Floor:
        return Floor(center, policy, arrivals, schedule, Scenario(), seed=1)

    ran(floor())
    with timed(PARTS) as spent:
        in_all = ran(floor()).seconds
    spent["the rest"] = in_all - sum(spent.values())
    return {part: seconds * YEAR_DAYS / days for part, seconds in spent.items()}


@contextmanager
def timed(parts: dict[str, tuple[type, str]]) -> Iterator[dict[str, float]]:
    """Processor seconds spent in some methods, by their names; none of them calls another."""
    spent = dict.fromkeys(parts, 0.0)

    def watched(part: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            started = time.process_time()
            try:
                return method(*given, **named)
            finally:
                spent[part] += time.process_time() - started

        return call

    methods = {part: getattr(kind, name) for part, (kind, name) in parts.items()}
    for part, (kind, name) in parts.items():
        setattr(kind, name, watched(part, methods[part]))
    try:
        yield spent
    finally:
        for part, (kind, name) in parts.items():
            setattr(kind, name, methods[part])


# --- the table ------------------------------------------------------------------------------------------


def table(found: dict[tuple[str, str], list[Timed]]) -> list[str]:
    lines = [
        "| system | by | contacts/s, median | best | times as long as bporoute |",
        "| --- | --- | --- | --- | --- |",
    ]
    shown = ""
    for (system, name), times in found.items():
        median = statistics.median(each.rate for each in times)
        ours = statistics.median(each.rate for each in found[system, OURS])
        ratio = "" if name == OURS else f"{ours / median:.{2 if ours < 10 * median else 0}f}"
        best = max(each.rate for each in times)
        label = system if system != shown else ""
        lines.append(f"| {label} | {name} | {median:,.0f} | {best:,.0f} | {ratio} |")
        shown = system
    return lines


def machine() -> str:
    """The processor's name, as far as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def versions() -> str:
    named = [f"Python {platform.python_version()}"]
    named += [f"{name} {version(name)}" for name in ("numpy", "numba", "ciw", "simpy") if find_spec(name)]
    if compiler := shutil.which("cc"):
        told = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False).stdout
        named.append(told.splitlines()[0] if told else "cc")
    return ", ".join(named)


def paragraph(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 110)


def page(rounds: int, with_year: bool) -> str:
    load = os.getloadavg()[0]
    found = in_turns(contenders(), rounds)
    small, large = (peak_memory(contacts) for contacts in PEAK_CONTACTS)
    blocks = [
        "# Speed of the simulation",
        paragraph(
            f"""Written by `python benchmarks/simulation_speed.py --rounds {rounds}{" --year" * with_year}
            --write` on {machine()}, {os.cpu_count()} cores, {platform.system()}; {versions()}. Other
            programs ran beside: load average {load:.1f} at the beginning, {os.getloadavg()[0]:.1f} at the
            end. One thread each, seconds of the processor, warm, {rounds} rounds in which everybody takes
            turns, {CONTACTS:,} contacts a round ({SLOW_CONTACTS:,} for ciw and simpy)."""
        ),
        "\n".join(table(found)),
        paragraph(
            f"""*One queue*: M/M/n+M, n = {AGENTS}, {LOAD:g} erlangs, mean patience one handle time. The C
            program (`cc -O3`) knows this one system and nothing else: one heap, one ring, no record of a
            contact, no router. Here every contact goes through the router's kernel. *Two stations*:
            {BOTH_LOAD:g} erlangs, {HERE} agents, and a team of {THERE} with a line of its own for whom
            nobody is free. *Two queues*: the center of `bporoute demo` around the clock, with data rules,
            certificates, hours, caps, capacities, languages and tiers, the rule solved anew as rates
            change. *Its own days*: {DAYS_RUN} of them, with open hours and arrivals by time of day, looked
            at every five minutes, when the measured rates change."""
        ),
        paragraph(
            f"""Memory does not depend on the number of contacts: a process that simulates
            {PEAK_CONTACTS[0]:,} of them holds {small:.0f} MiB at most, with {PEAK_CONTACTS[1]:,} it holds
            {large:.0f} MiB, compiler and libraries included."""
        ),
    ]
    if with_year:
        before = children_seconds()
        took = year()
        worked = children_seconds() - before
        blocks.append(
            paragraph(
                f"""A year: {YEAR_CONTACTS:,} contacts on {YEAR_DAYS} days under the six usual policies, as
                scattered as measured, rates measured as the router measures them: {took.contacts:,}
                contacts in {took.seconds:.0f} s with {YEAR_PROCESSES} processes, their start included; the
                processors worked {worked:.0f} s."""
            )
        )
        blocks += where_it_goes()
    return "\n\n".join(blocks) + "\n"


def where_it_goes() -> list[str]:
    """Where the time of a year goes, in Markdown."""
    found = {policy_label(policy): parts_of_a_year(policy) for policy in (QueueLength(10), MarginalCost())}
    names = [*PARTS, "the rest"]
    lines = [f"| a year under | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
    for label, spent in found.items():
        lines.append(f"| {label} | {' | '.join(f'{spent[name]:.1f} s' for name in names)} |")
    return [
        paragraph(
            """Where the processor's seconds of one policy's year go. *Events*: the kernel, from contact to
            contact. *Calendar*: vendors' clocks, prices, health, estimates of the rates. *Rules*: solved anew
            where something changed that their policy looks at, as far as anybody waits: by `QueueLength` only
            when agents come or go, by `MarginalCost` for both queues every five minutes, nearly always in the
            kernel, among the events. *Bills*: every half hour. Nights and closed days are one step each."""
        ),
        "\n".join(lines),
    ]


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--rounds", type=int, default=7)
    words.add_argument("--year", action="store_true")
    words.add_argument("--write", action="store_true")
    given = words.parse_args()
    text = page(given.rounds, given.year)
    print(text)
    if given.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
