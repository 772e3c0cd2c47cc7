"""Kernels are plain Python functions with a Numba signature; this is where they are listed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

Function = TypeVar("Function", bound=Callable[..., Any])


class Registered(NamedTuple):
    """A kernel and the one signature that it is compiled for."""

    function: Callable[..., Any]
    signature: str


REGISTERED: list[Registered] = []


def kernel(signature: str) -> Callable[[Function], Function]:
    """Register a function under its Numba signature; the function itself stays plain Python."""

    def register(function: Function) -> Function:
        REGISTERED.append(Registered(function, signature))
        return function

    return register
