"""Compiles kernels: one by one, or a set of them in a thread of its own."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache
from types import FunctionType
from typing import Any, Generic, NamedTuple, TypeVar, cast

from bporoute._base import fork_locks
from bporoute._base.logger import INFO, WARNING, say
from bporoute._base.slim import is_installed, needed
from bporoute._kernels.compiling.readiness import Readiness
from bporoute._kernels.compiling.registry import INLINED, Functions, callees

All = TypeVar("All")
FORKED_EARLY = (
    "this process was forked before the kernels were compiled: it compiles them itself, decisions run "
    "interpreted until then; call bporoute.prepare() before forking"
)
MISSING = "Numba is not installed: pip install numba"
NOT_KEPT = (
    "decisions run interpreted until the kernels are compiled, some seconds: the cache {folder} does not "
    "have them for this machine and version; bporoute warmup --cache fills one"
)
NOT_KEPT_ANYWHERE = (
    "decisions run interpreted until the kernels are compiled, some seconds at every start: no folder to "
    "keep them in can be written; set NUMBA_CACHE_DIR=FOLDER, which bporoute warmup --cache FOLDER fills"
)


class Compiler(Generic[All]):
    """Compiles the wanted kernels once and makes a set of them.

    Between two kernels the thread can be held, so that a process forks only while no lock of Numba or
    of the import system is taken: a child would wait for it for ever.

    `left_behind` is whether this process was forked from one that was to compile and had not finished.
    """

    def __init__(
        self,
        wanted: Iterable[Callable[..., Any]],
        collect: Callable[[Functions], All],
        *,
        left_behind: bool = False,
    ) -> None:
        self.compiled: All | None = None
        """What `collect` makes of the compiled kernels, once every one is ready."""
        self._wanted = tuple(wanted)
        self._collect = collect
        self.left_behind = left_behind
        """Whether nobody compiles here although somebody asked for it before the fork."""
        self._forked = left_behind
        self._failure: BaseException | None = None
        self._done = self._cached = 0
        self._trouble = ""
        self._missing: str | None = None
        self._unsaid: list[tuple[int, str]] = []
        self._stop = self._absent = False
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._turnstile = threading.RLock()
        self._working = threading.RLock()

    @property
    def asked(self) -> bool:
        """Whether anybody wants compiled kernels."""
        return self._thread is not None or self._forked

    def start(self) -> threading.Thread | None:
        """Begin, unless that is done already; None: there is no compiler."""
        if not is_installed("numba"):
            if not self._absent:
                self._absent = True
                self._say_how_it_ended(0.0)
            return None
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="bporoute-warmup", daemon=True)
                # At exit LLVM must not be torn down while it works: finish the kernel in hand, then stop.
                atexit.register(self._finish)
                thread.start()
                self._thread = thread
            self.left_behind = False
            return self._thread

    def readiness(self) -> Readiness:
        """How far it is."""
        wanted = len(self._wanted)
        if self._absent:
            return Readiness("not installed", 0, wanted, 0, MISSING)
        if self._failure is not None:
            failure = f"{type(self._failure).__name__}: {self._failure}"
            return Readiness("failed", self._done, wanted, self._cached, failure)
        if self.compiled is not None:
            state = "switched off" if _switched_off() else "compiled"
        else:
            state = "compiling" if self.asked else "not asked"
        return Readiness(state, self._done, wanted, self._cached, self._trouble)

    def wait(self) -> None:
        """Return when all is compiled.

        Raises
        ------
        RuntimeError
            If a kernel could not be compiled.
        """
        thread = self.start()
        if thread is None:
            raise RuntimeError(f"{MISSING}; decisions stay interpreted")
        thread.join()
        if self._failure is not None:
            raise RuntimeError("the kernels could not be compiled; decisions stay interpreted") from (
                self._failure
            )

    def hold(self) -> None:
        """Wait until the kernel in hand is compiled and begin no other, until a fork is over."""
        fork_locks.hold(self._turnstile)
        fork_locks.hold(self._working)

    def _finish(self) -> None:
        self._stop = True
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        began = time.perf_counter()
        if self._forked:
            say([(WARNING, FORKED_EARLY)])
        try:
            compiled: Functions = {}
            for function in self._wanted:
                with self._turnstile:  # whoever holds it goes first
                    self._working.acquire()
                try:
                    if self._stop:
                        return
                    compiled[function] = dispatcher = compile_kernel(function, self._missed)
                finally:
                    self._working.release()
                kept = kept_of(dispatcher)
                self._done, self._cached = self._done + 1, self._cached + kept.found
                self._trouble = self._trouble or kept.trouble
                say(self._unsaid)
                self._unsaid.clear()
            self.compiled = self._collect(compiled)
        except Exception as failure:  # the interpreted kernels go on; `wait` tells
            self._failure = failure
        self._say_how_it_ended(time.perf_counter() - began)

    def _missed(self, folder: str) -> None:
        """Note where a kernel is not kept; it is said once no lock is held."""
        if self._missing is None:
            self._missing = folder
            line = NOT_KEPT.format(folder=folder) if folder else NOT_KEPT_ANYWHERE
            self._unsaid.append((WARNING, line))

    def _say_how_it_ended(self, seconds: float) -> None:
        ready = self.readiness()
        if ready.state != "compiled":
            level = WARNING if ready.state == "failed" else INFO  # else somebody wants it so
            say([(level, f"decisions stay interpreted, much slower; {ready.text}")])
            return
        say([(INFO, f"kernels ready after {seconds:.1f} s: {ready.text}")])
        if ready.trouble:
            say([(WARNING, f"the cache of compiled kernels: {ready.trouble}")])


class Kept(NamedTuple):
    """What the cache did for a kernel."""

    found: bool
    """Whether it was there."""
    kept: bool
    """Whether it is there now, where it was to be kept."""
    trouble: str
    """What is wrong, or was; empty: nothing."""


def compile_kernel(
    function: Callable[..., Any], missed: Callable[[str], None] = lambda folder: None
) -> Callable[..., Any]:
    """Compile one kernel for its signature, cached on disk where that works.

    The kernels that it calls are compiled into it, not for themselves. An unwritable, full or damaged cache
    folder costs the cache, not the kernel: `kept_of` tells. Where Numba is switched off, the kernel itself.
    `missed` is called with the folder, if it is not there, before it is compiled; empty: there is none.
    """
    with needed("numba"):
        import numba

    if _switched_off():
        return function

    from bporoute._kernels.compiling.machine import signature

    try:
        from bporoute._kernels.compiling.disk_cache import ContentCache

        dispatcher: Any = numba.njit(error_model="numpy")(_with_compiled_callees(function))
        dispatcher._cache = ContentCache(dispatcher.py_func, missed)
        dispatcher.compile(signature(function))
        dispatcher.disable_compile()
    except Exception:
        dispatcher = numba.njit(signature(function), error_model="numpy")(_with_compiled_callees(function))
    return cast(Callable[..., Any], dispatcher)


def kept_of(compiled: Callable[..., Any]) -> Kept:
    """What the cache did for a kernel that `compile_kernel` gave."""
    if _switched_off():
        return Kept(found=False, kept=False, trouble="NUMBA_DISABLE_JIT is set")
    cache = getattr(compiled, "_cache", None)
    found, kept = getattr(cache, "found", False), getattr(cache, "kept", False)
    return Kept(found, kept, getattr(cache, "trouble", ""))


def _switched_off() -> bool:
    import numba

    options: Any = numba.config
    return bool(options.DISABLE_JIT)


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
