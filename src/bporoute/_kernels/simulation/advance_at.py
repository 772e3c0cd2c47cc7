"""The compiled way onto the simulated floor: every array by its address, as in `routing.route_one`."""

from __future__ import annotations

from bporoute._kernels.compiling.records import unpacked
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing.records import Tables
from bporoute._kernels.simulation.looking import advance_and_look
from bporoute._kernels.simulation.records import Engine


@kernel("i8(f8,i8,i8)")
def advance_at(until: float, tables_at: int, engine_at: int) -> int:
    """`advance_and_look` by addresses.

    An array that owns its memory is counted in and out with every row of it.
    """
    return advance_and_look(until, unpacked(Tables, tables_at), unpacked(Engine, engine_at))
