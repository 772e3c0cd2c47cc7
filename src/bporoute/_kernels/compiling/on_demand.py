"""Kernels that planners use: each is compiled when the work asked of it is worth the compiler."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from typing import Any, cast

from bporoute._base import fork_locks
from bporoute._kernels.compiling.compiler import compile_kernel
from bporoute._kernels.compiling.registry import Function, Functions

FREE_WORK = 20_000
"""Work that a kernel does interpreted, in units of about 30 us, before a compiler that takes seconds pays."""


class OnDemand:
    """Gives each kernel interpreted until the work it has done and is to do exceeds what is free."""

    def __init__(self) -> None:
        self._work: dict[Callable[..., Any], int] = {}
        self._compiled: Functions = {}
        self._working: Any = threading.RLock()

    def best(self, function: Function, work: int) -> Function:
        """The kernel that does so much more work soonest."""
        ready = self._compiled.get(function)
        if ready is None:
            done = self._work[function] = self._work.get(function, 0) + work
            if done <= FREE_WORK:
                return function
            ready = self._compile(function)
        return cast(Function, ready)

    def hold(self) -> None:
        """Wait until the kernel in hand is compiled and begin no other, until a fork is over."""
        fork_locks.hold(self._working)

    def go_on_in_child(self) -> None:
        """In a forked process: wait for no thread of its parent."""
        self._working = fork_locks.in_child(self._working)

    def _compile(self, function: Callable[..., Any]) -> Callable[..., Any]:
        with self._working:
            try:
                if function not in self._compiled:
                    self._compiled[function] = compile_kernel(function)
            except Exception as failure:
                self._compiled[function] = function
                warnings.warn(f"running interpreted, much slower: {failure}", RuntimeWarning, stacklevel=4)
            return self._compiled[function]
