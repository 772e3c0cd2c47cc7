"""A linear program with whole numbers, built column by column and row by row, solved by HiGHS."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute.errors import InputError

INFEASIBLE = 2
"""What SciPy says when nothing meets the rows."""


class Solution(NamedTuple):
    """Values of the columns, what they cost, a bound from below, and of each row what one more unit costs.

    `prices` are there without whole numbers only.
    """

    values: Floats
    cost: float
    bound: float
    prices: Floats


class Program:
    """Minimise cost over columns within bounds, subject to rows: ``low <= a x <= high``.

    Examples
    --------
    >>> program = Program()
    >>> shifts = program.columns(np.array([3.0, 2.0]), whole=True)
    >>> _ = program.row(shifts, [2.0, 1.0], low=5.0)
    >>> program.solved().values.tolist(), program.solved().cost
    ([2.0, 1.0], 8.0)
    """

    def __init__(self) -> None:
        self._costs: list[Floats] = []
        self._low: list[Floats] = []
        self._high: list[Floats] = []
        self._whole: list[Floats] = []
        self._entries: list[tuple[Integers, Integers, Floats]] = []
        self._row_low: list[float] = []
        self._row_high: list[float] = []
        self.width = 0

    def columns(
        self, costs: Floats, *, low: float = 0.0, high: Floats | float = math.inf, whole: bool = False
    ) -> Integers:
        """Add columns of such costs within bounds; the numbers that they have."""
        size = len(costs)
        self._costs.append(np.asarray(costs, dtype=np.float64))
        self._low.append(np.full(size, low))
        self._high.append(np.broadcast_to(np.asarray(high, dtype=np.float64), (size,)))
        self._whole.append(np.full(size, float(whole)))
        self.width += size
        return np.arange(self.width - size, self.width)

    def column(self, cost: float, *, low: float = 0.0, high: float = math.inf, whole: bool = False) -> int:
        """Add one column; its number."""
        return int(self.columns(np.array([cost]), low=low, high=high, whole=whole)[0])

    def row(
        self,
        columns: Sequence[int] | Integers,
        factors: Sequence[float] | Floats,
        *,
        low: float = -math.inf,
        high: float = math.inf,
    ) -> int:
        """Add a row; its number."""
        number = len(self._row_low)
        places = np.asarray(columns, dtype=np.int64)
        self._entries.append((np.full(len(places), number), places, np.asarray(factors, dtype=np.float64)))
        self._row_low.append(low)
        self._row_high.append(high)
        return number

    def solved(self, *, whole: bool = True, gap: float = 1e-6, seconds: float = math.inf) -> Solution | None:
        """The cheapest values, whole where asked for, to a relative `gap`; None: nothing meets the rows.

        `whole` False: as if no column had to be. `seconds`: time after which the best so far counts.

        Raises
        ------
        InputError
            The time was over before anything was found.
        """
        from scipy.sparse import coo_array  # SciPy takes long to load

        costs, low, high, wholes = (
            np.concatenate(parts) for parts in (self._costs, self._low, self._high, self._whole)
        )
        rows, columns, factors = (np.concatenate(parts) for parts in zip(*self._entries, strict=True))
        shape = (len(self._row_low), self.width)
        matrix = coo_array((factors, (rows, columns)), shape=shape).tocsr()
        row_low, row_high = np.array(self._row_low), np.array(self._row_high)
        if whole and wholes.any():
            return self._milp(costs, matrix, (row_low, row_high), (low, high), wholes, gap, seconds)
        return self._lp(costs, matrix, (row_low, row_high), (low, high))

    def _milp(
        self,
        costs: Floats,
        matrix: Any,
        rows: tuple[Floats, Floats],
        bounds: tuple[Floats, Floats],
        wholes: Floats,
        gap: float,
        seconds: float,
    ) -> Solution | None:
        from scipy.optimize import Bounds, LinearConstraint, milp

        limits = {"mip_rel_gap": gap} | ({} if math.isinf(seconds) else {"time_limit": seconds})
        options: Any = limits  # SciPy has a type of its own for them
        found = milp(
            costs,
            integrality=wholes.astype(np.int64),
            bounds=Bounds(*bounds),
            constraints=LinearConstraint(matrix, *rows),
            options=options,
        )
        if found.x is None:
            if found.status == INFEASIBLE:
                return None
            raise InputError("time limit", f"{seconds:g} s, and nothing found", "more seconds")
        values = np.where(wholes > 0.0, np.round(found.x), found.x)
        return Solution(values, float(found.fun), float(found.mip_dual_bound), np.zeros(0))

    def _lp(
        self,
        costs: Floats,
        matrix: Any,
        rows: tuple[Floats, Floats],
        bounds: tuple[Floats, Floats],
    ) -> Solution | None:
        from scipy.optimize import linprog
        from scipy.sparse import vstack

        low, high = rows
        same = low == high
        at_most, at_least = (high < math.inf) & ~same, (low > -math.inf) & ~same
        over = vstack([matrix[at_most], -matrix[at_least]]) if (at_most | at_least).any() else None
        between: Any = np.column_stack(bounds)
        found = linprog(
            costs,
            A_ub=over,
            b_ub=None if over is None else np.concatenate([high[at_most], -low[at_least]]),
            A_eq=matrix[same] if same.any() else None,
            b_eq=low[same] if same.any() else None,
            bounds=between,
            method="highs",
        )
        if found.status == INFEASIBLE:
            return None
        if found.x is None:
            raise InputError("program", found.message, "one that HiGHS solves")
        prices = np.zeros(len(low))
        if same.any():
            prices[same] = found.eqlin.marginals
        if over is not None:
            most = int(at_most.sum())
            prices[at_most] += found.ineqlin.marginals[:most]
            prices[at_least] -= found.ineqlin.marginals[most:]
        value = float(costs @ found.x)
        return Solution(found.x, value, value, prices)
