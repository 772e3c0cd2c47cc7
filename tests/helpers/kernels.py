"""Kernels whose machine code a test wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bporoute import _kernels


def compiled(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Its machine code, as if there were work enough to be worth compiling; where Numba is off, itself."""
    return _kernels.for_work(kernel, 10**9)
