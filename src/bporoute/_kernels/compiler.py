"""Compiles the registered kernels in a thread of their own, one after the other."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from types import FunctionType
from typing import Any, Generic, TypeVar

from bporoute._kernels.registry import REGISTERED

Functions = dict[str, Callable[..., Any]]
All = TypeVar("All")


class Compiler(Generic[All]):
    """Compiles all kernels once and makes a set of them.

    Between two kernels the thread can be held, so that a process forks only while no lock of Numba or
    of the import system is taken: a child would wait for it for ever.
    """

    def __init__(self, collect: Callable[[Functions], All]) -> None:
        self.compiled: All | None = None
        """What `collect` makes of the kernels by name, once every one is ready."""
        self._collect = collect
        self._failure: BaseException | None = None
        self._stop = False
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._turnstile = threading.Lock()
        self._working = threading.Lock()

    def start(self) -> threading.Thread:
        """Begin, unless that is done already."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="bporoute-warmup", daemon=True)
                # At exit LLVM must not be torn down while it works: finish the kernel in hand, then stop.
                atexit.register(self._finish)
                self._thread.start()
            return self._thread

    def wait(self) -> None:
        """Return when all is compiled.

        Raises
        ------
        RuntimeError
            If a kernel could not be compiled.
        """
        self.start().join()
        if self._failure is not None:
            raise RuntimeError("the kernels could not be compiled; decisions stay interpreted") from (
                self._failure
            )

    def hold(self) -> None:
        """Wait until the kernel in hand is compiled and begin no other."""
        self._turnstile.acquire()
        self._working.acquire()

    def go_on(self) -> None:
        """End `hold`."""
        self._working.release()
        self._turnstile.release()

    def _finish(self) -> None:
        self._stop = True
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            compiled: Functions = {}
            for function, signature in REGISTERED:
                with self._turnstile:  # whoever holds it goes first
                    self._working.acquire()
                try:
                    if self._stop:
                        return
                    compiled[function.__name__] = compile_kernel(function, signature, compiled)
                finally:
                    self._working.release()
            self.compiled = self._collect(compiled)
        except Exception as failure:  # the interpreted kernels go on; `wait` tells
            self._failure = failure


def compile_kernel(function: Callable[..., Any], signature: str, callees: Functions) -> Callable[..., Any]:
    """Compile one kernel for its signature, cached on disk where that works.

    `callees` are the compiled kernels that it may call by name. An unwritable, full or damaged cache
    folder costs the cache, not the kernel.
    """
    import numba

    twin = FunctionType(function.__code__, {**function.__globals__, **callees}, function.__name__)
    twin.__qualname__ = function.__qualname__
    try:
        return numba.njit(signature, error_model="numpy", cache=True)(twin)
    except Exception:
        return numba.njit(signature, error_model="numpy")(twin)
