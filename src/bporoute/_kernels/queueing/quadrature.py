"""Gauss-Legendre quadrature on 16 nodes, and how well they resolve an integrand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial import legendre

from bporoute._kernels.compiling.registry import kernel

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats

POINTS = 16
SMOOTH = 1e-7
"""Last of 16 Legendre coefficients, as a share of the integral, that make a Gauss rule exact to 1e-14."""


def _tables() -> tuple[Floats, Floats, Floats, Floats]:
    """Gauss-Legendre nodes, weights, integrals of the j-th value up to each node, last coefficients."""
    nodes, weights = legendre.leggauss(POINTS)
    terms = legendre.legvander(nodes, POINTS)
    antiderivatives = np.column_stack([nodes + 1.0, terms[:, 2:] - terms[:, :-2]])
    integrals = weights[:, None] / 2.0 * (terms[:, :-1] @ antiderivatives.T)
    last = weights * (terms[:, -3:-1] * (POINTS - np.array([1.5, 0.5]))).T
    return nodes, weights, integrals, last


NODES, WEIGHTS, INTEGRALS, LAST = _tables()


@kernel("f8(f8[::1])")
def unresolved(values: Floats) -> float:
    """The last two Legendre coefficients of what has these values at the nodes."""
    even = 0.0
    odd = 0.0
    for j in range(POINTS):
        even += LAST[0, j] * values[j]
        odd += LAST[1, j] * values[j]
    return abs(even) + abs(odd)
