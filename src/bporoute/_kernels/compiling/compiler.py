"""Compiles kernels: one by one, or a set of them in a thread of its own."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any, Generic, TypeVar, cast

from bporoute._kernels.compiling.registry import INLINED, Functions, callees

All = TypeVar("All")


class Compiler(Generic[All]):
    """Compiles the wanted kernels once and makes a set of them.

    Between two kernels the thread can be held, so that a process forks only while no lock of Numba or
    of the import system is taken: a child would wait for it for ever.
    """

    def __init__(self, wanted: Iterable[Callable[..., Any]], collect: Callable[[Functions], All]) -> None:
        self.compiled: All | None = None
        """What `collect` makes of the compiled kernels, once every one is ready."""
        self._wanted = tuple(wanted)
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
            for function in self._wanted:
                with self._turnstile:  # whoever holds it goes first
                    self._working.acquire()
                try:
                    if self._stop:
                        return
                    compiled[function] = compile_kernel(function)
                finally:
                    self._working.release()
            self.compiled = self._collect(compiled)
        except Exception as failure:  # the interpreted kernels go on; `wait` tells
            self._failure = failure


def compile_kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile one kernel for its signature, cached on disk where that works.

    The kernels that it calls are compiled into it, not for themselves. An unwritable, full or damaged cache
    folder costs the cache, not the kernel. Where Numba is switched off, the kernel itself.
    """
    import numba

    options: Any = numba.config
    if options.DISABLE_JIT:
        return function
    from bporoute._kernels.compiling.machine import signature

    try:
        dispatcher = numba.njit(error_model="numpy")(_with_compiled_callees(function))
        _cache_by_content(dispatcher)
        dispatcher.compile(signature(function))
        dispatcher.disable_compile()
    except Exception:
        dispatcher = numba.njit(signature(function), error_model="numpy")(_with_compiled_callees(function))
    return dispatcher


def _with_compiled_callees(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its callees replaced by what Numba compiles when it meets them."""
    from bporoute._kernels.compiling.machine import given

    names = {callee.__name__: _inner(callee) for callee in callees(function)} | given(function)
    twin = FunctionType(function.__code__, {**function.__globals__, **names}, function.__name__)
    twin.__qualname__ = function.__qualname__
    return twin


@cache
def _inner(function: Callable[..., Any]) -> Callable[..., Any]:
    import numba

    # No entry from Python: nobody calls it from there, and it takes half of the time.
    options: Any = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    options["forceinline"] = function in INLINED
    inner = numba.njit(error_model="numpy", **options)
    return cast(Callable[..., Any], inner(_with_compiled_callees(function)))


@cache
def _fingerprint() -> str:
    """Of the source of all kernels and their tables."""
    import hashlib

    sources = sorted(Path(__file__).parents[1].rglob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def _cache_by_content(dispatcher: Any) -> None:
    """Cache on disk under the content of all kernels.

    Numba's own key knows the time stamp of the one file a kernel stands in: it would keep a callee from
    another file after that has changed.
    """
    from numba.core.caching import FunctionCache

    base: Any = FunctionCache

    class ContentCache(base):  # type: ignore[misc]  # Numba ships no types: its base is Any
        def _index_key(self, *arguments: Any) -> Any:
            return (*super()._index_key(*arguments), _fingerprint())

    dispatcher._cache = ContentCache(dispatcher.py_func)
