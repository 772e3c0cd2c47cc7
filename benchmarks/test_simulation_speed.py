"""Speed of the simulation beside a plain C program, ciw and simpy; run with `make bench`.

Nothing here fails for being slow. The systems and the contenders are those of `simulation_speed.py`, which
also prints the table of docs/simulation_speed.md and simulates a year (`--year`); contacts per second and
core are in `extra_info`.
"""

from __future__ import annotations

import statistics

import pytest
import simulation_speed as speed

from bporoute import warmup


@pytest.fixture(scope="module")
def program():
    compiled = speed.CompiledC()
    if compiled.missing:
        pytest.skip(compiled.missing)
    return compiled


def measure(benchmark, simulated, rounds=5):
    """Contacts per second by the contender's own clock: C and Python start, and peers collect, outside it."""
    warmup()
    found = []
    benchmark.pedantic(lambda: found.append(simulated()), rounds=rounds, warmup_rounds=1)
    rates = [each.rate for each in found[1:] or found]
    benchmark.extra_info.update(
        contacts_per_second=statistics.median(rates),
        best=max(rates),
        answered=found[-1].answered,
        state="warm",
    )
    assert 0.9 < found[-1].answered <= 1.0


def test_one_queue_with_patience(benchmark):
    measure(benchmark, speed.our_queue)


def test_one_queue_with_patience_in_c(benchmark, program):
    measure(benchmark, program)


def test_one_queue_with_patience_in_ciw(benchmark):
    pytest.importorskip("ciw")
    measure(benchmark, speed.ciw_queue, rounds=3)


def test_one_queue_with_patience_in_simpy(benchmark):
    pytest.importorskip("simpy")
    measure(benchmark, speed.simpy_queue, rounds=3)


def test_two_stations_with_overflow(benchmark):
    measure(benchmark, speed.our_overflow)


def test_two_stations_with_overflow_in_ciw(benchmark):
    pytest.importorskip("ciw")
    measure(benchmark, speed.ciw_overflow, rounds=3)


@pytest.mark.parametrize("factor", [1, speed.LARGER])
def test_two_queues_and_three_vendors_under_the_exact_rule(benchmark, factor):
    measure(benchmark, lambda: speed.our_center(factor), rounds=3)


def test_memory_does_not_grow_with_the_contacts(benchmark):
    """MiB at most, of processes of their own; the time is that of both."""
    pytest.importorskip("resource")
    found = benchmark.pedantic(lambda: [speed.peak_memory(each) for each in speed.PEAK_CONTACTS], rounds=1)
    small, large = found
    benchmark.extra_info.update(
        zip((f"MiB, {each:,} contacts" for each in speed.PEAK_CONTACTS), found, strict=True)
    )
    assert large < small + 50.0
