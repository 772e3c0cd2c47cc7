"""The kernels: plain Python at first, Numba's machine code once a background thread has compiled it.

`current()` is what everybody calls: the compiled kernels if they are ready, else the interpreted ones.
Both give the same answers; compiled is some hundred times faster.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

from bporoute._kernels import decision, queueing
from bporoute._kernels.registry import REGISTERED


class Kernels(NamedTuple):
    """One set of kernels; each is documented where it is written."""

    decide: Callable[..., int]
    marginal_cost: Callable[..., float]
    expected_wait: Callable[..., None]
    served_in_time: Callable[..., None]


INTERPRETED = Kernels(
    decision.decide, queueing.marginal_cost, queueing.expected_wait, queueing.served_in_time
)


class _Compiler:
    """Compiles all kernels once per process, in the background or while the caller waits."""

    def __init__(self) -> None:
        self.ready: Kernels | None = None
        self._failure: BaseException | None = None
        self._stop = False
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def start(self) -> threading.Thread:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="bporoute-warmup", daemon=True)
                # At exit LLVM must not be torn down while it works: finish the kernel in hand, then stop.
                atexit.register(self._finish)
                self._thread.start()
            return self._thread

    def wait(self) -> None:
        self.start().join()
        if self._failure is not None:
            raise RuntimeError("the kernels could not be compiled; decisions stay interpreted") from (
                self._failure
            )

    def _finish(self) -> None:
        self._stop = True
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            compiled: dict[str, Callable[..., Any]] = {}
            for function, signature in REGISTERED:
                if self._stop:
                    return
                compiled[function.__name__] = compile_kernel(function, signature, compiled)
            self.ready = Kernels(**{name: compiled[name] for name in Kernels._fields})
        except Exception as failure:  # the interpreted kernels go on; warmup() tells
            self._failure = failure


def compile_kernel(
    function: Callable[..., Any], signature: str, callees: dict[str, Callable[..., Any]]
) -> Callable[..., Any]:
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


_compiler = _Compiler()


def _forget_thread_after_fork() -> None:
    """A forked worker has no compiling thread: let it start its own unless the work is already done."""
    global _compiler
    if _compiler.ready is None:
        _compiler = _Compiler()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_forget_thread_after_fork)


def current() -> Kernels:
    """The fastest kernels that are ready."""
    return _compiler.ready or INTERPRETED


def is_compiled() -> bool:
    """Whether the compiled kernels are in use."""
    return _compiler.ready is not None


def compile_in_background() -> None:
    """Start compiling, once per process; return at once."""
    _compiler.start()


def warmup() -> None:
    """Compile all kernels now, or wait until the background thread has; later calls return at once.

    Takes about half a second with a warm disk cache, some seconds without. Call it before a process
    takes its first contact if no decision may run interpreted.

    Raises
    ------
    RuntimeError
        If the compiler failed; decisions go on with the interpreted kernels.
    """
    _compiler.wait()
