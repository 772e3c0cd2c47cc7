"""The kernels: plain Python at first, Numba's machine code once that is ready.

What a decision needs is `current`: the compiled kernels once a background thread has them, else the
interpreted ones. What a planner needs is `for_work`, compiled when the work is worth it.
Both kinds give the same answers; compiled is some hundred times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from bporoute._base.fork_locks import at_fork
from bporoute._base.slim import is_installed
from bporoute._kernels.compiling.compiler import Compiler, Kept, compile_kernel, kept_of
from bporoute._kernels.compiling.on_demand import OnDemand
from bporoute._kernels.compiling.readiness import Readiness
from bporoute._kernels.compiling.registry import Function, Functions
from bporoute._kernels.queueing import by_contacts_present
from bporoute._kernels.queueing.keep_costs import keep_costs, keep_costs_by_rates
from bporoute._kernels.routing.marginal_rule import solve_marginal_rule_at
from bporoute._kernels.routing.price_classes import price_classes
from bporoute._kernels.routing.route_one import call

if TYPE_CHECKING:
    from pathlib import Path


class Kernels(NamedTuple):
    """One set of kernels; each is documented where it is written."""

    price_classes: Callable[..., int]
    keep_costs: Callable[..., float]
    keep_costs_by_rates: Callable[..., float]
    expected_wait: Callable[..., None]
    expected_present: Callable[..., float]
    expected_present_by_rates: Callable[..., float]
    served_in_time: Callable[..., None]
    solve_marginal_rule_at: Callable[..., int] | None
    """A rule by addresses, and laid out; None interpreted: the policy does it."""
    call: Callable[[int, float, float, int], int] | None
    """The whole decision by addresses; None interpreted: `routing.choose` and `routing.reserve` do it."""


INTERPRETED = Kernels(
    price_classes,
    keep_costs,
    keep_costs_by_rates,
    by_contacts_present.expected_wait,
    by_contacts_present.expected_present,
    by_contacts_present.expected_present_by_rates,
    by_contacts_present.served_in_time,
    None,
    None,
)
WANTED = (*INTERPRETED[:-2], solve_marginal_rule_at, call)


def _collect(compiled: Functions) -> Kernels:
    by_address = compiled[call]
    # The entry point skips the dispatcher's look at the types; nobody but the routing tables calls it.
    overloads = getattr(by_address, "overloads", None)
    entry = next(iter(overloads.values())).entry_point if overloads else None
    return Kernels._make([*(compiled[function] for function in WANTED[:-1]), entry])


_compiler = Compiler(WANTED, _collect)
_on_demand = OnDemand()


def _before_fork() -> None:
    _compiler.hold()
    _on_demand.hold()


def _go_on_in_child() -> None:
    """A forked worker has no compiling thread: it starts its own with its first decision, see `current`."""
    global _compiler
    _on_demand.go_on_in_child()
    if not _compiler.compiled:
        _compiler = Compiler(WANTED, _collect, left_behind=_compiler.asked)


@cache
def _be_ready_for_forks() -> None:
    """Have no process fork in the middle of compiling; called before the first kernel is compiled.

    Two modules take a lock before a fork that compiling needs. Hooks run last in, first out, so that ours,
    registered after theirs, lets the kernel in hand be finished before they lock it out.
    """
    import concurrent.futures.thread  # noqa: F401 - for its fork hook
    import logging  # noqa: F401 - likewise

    at_fork(_before_fork, _go_on_in_child)


def current() -> Kernels:
    """The fastest kernels that are ready.

    A process that was forked while its parent was still to compile them begins to compile its own.
    """
    ready = _compiler.compiled
    if ready is not None:
        return ready
    if _compiler.left_behind:
        compile_in_background()
    return INTERPRETED


def readiness() -> Readiness:
    """How far the kernels of a decision are compiled, and why not."""
    return _compiler.readiness()


def compile_in_background() -> None:
    """Start compiling, once per process; return at once. Where no thread can be started, not yet."""
    if is_installed("numba"):
        _be_ready_for_forks()
    with suppress(RuntimeError):
        _compiler.start()


def for_work(function: Function, work: int) -> Function:
    """A kernel outside the call path: interpreted for little work, compiled for more.

    `work` is what the call is going to do, in units of about 30 us interpreted. The first call that needs
    the compiler waits for it: under a second with a warm disk cache, some seconds without.
    """
    _be_ready_for_forks()
    return _on_demand.best(function, work)


def compile_floor() -> None:
    """Compile the kernel of the simulation, so that other processes find it in the disk cache."""
    from bporoute._kernels.simulation.advance_at import advance_at

    for_work(advance_at, 1 << 40)


TO_FILL = len(WANTED) + 2
"""Kernels that `fill_cache` compiles."""


def fill_cache(folder: Path | None) -> Iterator[tuple[str, Kept | None]]:
    """Compile what routing and simulating need into a folder; None: where this process keeps kernels anyway.

    Gives the name of each kernel before it is compiled, and with what became of it once it is.
    """
    from bporoute._kernels.routing.route_many import route_many_at
    from bporoute._kernels.simulation.advance_at import advance_at

    if folder is not None:
        from bporoute._kernels.compiling.disk_cache import name_folder

        name_folder(folder)
    for function in (*WANTED, route_many_at, advance_at):
        yield function.__name__, None
        yield function.__name__, kept_of(compile_kernel(function))


def warmup() -> None:
    """Compile the kernels of a decision now, or wait until the background thread has; once is enough.

    Takes about half a second with a warm disk cache, some seconds without. Call it, or `bporoute.prepare`,
    before a process takes its first contact if no decision may run interpreted, and before it forks: children
    inherit what is compiled.

    Raises
    ------
    RuntimeError
        If the compiler failed or is not installed; decisions go on with the interpreted kernels.
    """
    _be_ready_for_forks()
    _compiler.wait()
