"""Kernels are plain Python functions with a Numba signature; this is where they are listed.

A signature is written with Numba's names of types, with those of `bporoute._kernels.compiling.arrays` and
with those of records (`bporoute._kernels.compiling.records`), as far as the kernel's module knows them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
Functions = dict[Callable[..., Any], Callable[..., Any]]

SIGNATURES: dict[Callable[..., Any], str] = {}
"""Every kernel and the one signature that it is compiled for."""


INLINED: set[Callable[..., Any]] = set()
"""Kernels whose callers take their code in: a call with several arrays costs as much as a little work."""


def kernel(signature: str, *, inline: bool = False) -> Callable[[Function], Function]:
    """Register a function under its Numba signature; the function itself stays plain Python."""

    def register(function: Function) -> Function:
        SIGNATURES[function] = signature
        if inline:
            INLINED.add(function)
        return function

    return register


def callees(function: Callable[..., Any]) -> list[Callable[..., Any]]:
    """The kernels that a kernel calls by name."""
    named = (function.__globals__.get(name) for name in function.__code__.co_names)
    return [found for found in named if callable(found) and found in SIGNATURES]


def index(number: int) -> int:
    """A number known not to be negative, to index an array by; it saves machine code a question."""
    return number
