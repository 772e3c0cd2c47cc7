"""Compiling: in the background, in several threads, after a fork, and with every kind of broken cache.

Every case runs in processes of its own with a kernel cache of its own.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from pathlib import Path

import pytest

import bporoute
from helpers.compiling import (
    CHECK,
    FILES,
    SOURCE,
    WARM_UP,
    cached_files,
    finish,
    garbage,
    keep_nothing,
    quiet_fork,
    run,
    run_all,
    sources_that_keep_nothing,
    start,
)

pytestmark = pytest.mark.thorough

# --- what is imported when ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import bporoute", ("numpy", "numba", "scipy")),
        ("from bporoute import Center; Center.load({center!r})", ("numba", "scipy", "numpy")),
        ("from bporoute import _kernels; _kernels.current()", ("numba", "scipy")),
        ("import bporoute.queueing, bporoute.policies, bporoute.estimates", ("numba", "scipy")),
    ],
)
def test_what_is_not_needed_is_not_imported(code, absent, warm_cache):
    center = str(Path(bporoute.__file__).parent / "demo_center.toml")
    report = f"\nimport sys; print([name for name in {absent!r} if name in sys.modules])"
    assert run(code.format(center=center) + report, warm_cache).strip() == "[]"


# --- caches that do not work ----------------------------------------------------------------------------


def test_a_warm_cache_is_used_and_left_alone(warm_cache):
    before = {path: path.stat().st_mtime_ns for path in cached_files(warm_cache)}
    hits = "print(all(sum(k.stats.cache_hits.values()) == 1 for k in _kernels.current()[:-1]))"
    assert run(WARM_UP + hits, warm_cache).strip() == "True"
    assert {path: path.stat().st_mtime_ns for path in cached_files(warm_cache)} == before


CALLEE = """
from bporoute._kernels.compiling.registry import kernel

@kernel("f8(f8)")
def inner(number: float) -> float:
    return {factor} * number
"""
CALLER = """
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.deep.er.callee import inner

@kernel("f8(f8)")
def outer(number: float) -> float:
    return inner(number) + 1.0
"""
ASK = """
from bporoute._kernels.compiling.compiler import compile_kernel
from bporoute._kernels.deep.caller import outer
compiled = compile_kernel(outer)
print(compiled(10.0), sum(compiled.stats.cache_hits.values()))
"""


def test_a_kernel_changed_in_any_folder_is_compiled_anew(tmp_path):
    """The cache knows the content of every kernel's file, however deep it lies, and of what it calls."""
    source, cache = tmp_path / "source", tmp_path / "cache"
    shutil.copytree(SOURCE / "bporoute", source / "bporoute", ignore=shutil.ignore_patterns("__pycache__"))
    callee = source / "bporoute" / "_kernels" / "deep" / "er" / "callee.py"
    callee.parent.mkdir(parents=True)
    callee.write_text(CALLEE.format(factor="2.0"))
    (callee.parent.parent / "caller.py").write_text(CALLER)
    ask = {"source": source, "PYTHONDONTWRITEBYTECODE": "1"}
    assert run(ASK, cache, **ask).split() == ["21.0", "0"]
    assert run(ASK, cache, **ask).split() == ["21.0", "1"]
    callee.write_text(CALLEE.format(factor="3.0"))
    assert run(ASK, cache, **ask).split() == ["31.0", "0"]


DAMAGE = {
    "empty": (".nb[ic]", lambda data: b""),
    "truncated index": (".nbi", lambda data: data[: len(data) // 2]),
    "truncated code": (".nbc", lambda data: data[: len(data) // 2]),
    "garbage index": (".nbi", garbage),
    "garbage code": (".nbc", garbage),
}


def test_damaged_cache_files_are_survived(warm_cache, tmp_path):
    caches = []
    for name, (kind, damage) in DAMAGE.items():
        cache = tmp_path / name
        shutil.copytree(warm_cache, cache)
        damaged = [path for path in cache.rglob(f"*{kind}") if "_wait" in path.name or "served" in path.name]
        assert len(damaged) == (
            4 if name == "empty" else 2
        )  # the small kernels: the others take long to compile
        for path in damaged:
            path.write_bytes(damage(path.read_bytes()))
        caches.append(cache)
    run_all((WARM_UP, cache) for cache in caches)


@pytest.mark.compiled
def test_no_folder_can_be_written(tmp_path):
    """Not the named one, the one beside the source, the user's: below a file even root fails."""
    source = sources_that_keep_nothing(tmp_path / "source")
    blocked = tmp_path / "file"
    blocked.touch()
    home = {name: str(blocked / name) for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "IPYTHONDIR")}
    with (
        start(WARM_UP, blocked / "cache", source=source, PYTHONDONTWRITEBYTECODE="1", **home) as first,
        start(WARM_UP, blocked / "cache") as second,  # here the folder beside the source is left
    ):
        finish(first)
        finish(second)
    assert not cached_files(source)


def test_without_any_folder_nothing_is_read_or_written_where_a_process_runs(tmp_path, monkeypatch):
    """Who could write there would have code run."""
    source, blocked, here = tmp_path / "source", tmp_path / "file", tmp_path / "here"
    shutil.copytree(SOURCE / "bporoute", source / "bporoute", ignore=shutil.ignore_patterns("__pycache__"))
    callee = source / "bporoute" / "_kernels" / "deep" / "er" / "callee.py"
    callee.parent.mkdir(parents=True)
    callee.write_text(CALLEE.format(factor="2.0"))
    (callee.parent.parent / "caller.py").write_text(CALLER)
    keep_nothing(source)
    here.mkdir()
    blocked.touch()
    monkeypatch.chdir(here)
    home = {name: str(blocked / name) for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "IPYTHONDIR")}
    ask = {"source": source, "PYTHONDONTWRITEBYTECODE": "1", **home}
    assert run(ASK, here, **ask).split() == ["21.0", "0"]
    planted = {path: path.stat().st_mtime_ns for path in cached_files(here)}
    assert planted
    assert run(ASK, None, **ask | {"NUMBA_CACHE_DIR": None}).split() == ["21.0", "0"]
    assert {path: path.stat().st_mtime_ns for path in cached_files(here)} == planted


@pytest.mark.compiled
@pytest.mark.skipif(sys.platform == "win32", reason="no limits on the size of a file")
def test_the_disk_is_full(tmp_path):
    """Small kernels still fit, large ones do not; what the full disk left behind does no harm later."""
    full = """
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
    """
    run(textwrap.dedent(full) + WARM_UP, tmp_path, COVERAGE_PROCESS_CONFIG=None)  # its file would not fit
    assert 0 < len(cached_files(tmp_path)) < FILES
    run(WARM_UP, tmp_path)
    assert len(cached_files(tmp_path)) == FILES


# --- processes and threads ------------------------------------------------------------------------------


def test_without_jit(tmp_path):
    run(WARM_UP, tmp_path, NUMBA_DISABLE_JIT="1")
    assert not cached_files(tmp_path)


AT_EXIT = """
from bporoute import _kernels
_kernels.compile_in_background()
{then}
"""


def test_a_process_may_end_while_it_compiles(tmp_path):
    then = ["import time; time.sleep(0.2)", CHECK + "check()"]
    run_all((AT_EXIT.format(then=code), tmp_path / str(n)) for n, code in enumerate(then))


FORK = """
import os, time
from bporoute import _kernels
import bporoute
{before}
child = os.fork()
if child:
    _, status = os.waitpid(child, 0)
    bporoute.warmup()
    assert _kernels.current() is not _kernels.INTERPRETED
    raise SystemExit(os.waitstatus_to_exitcode(status))
# A thread takes the place in memory, and so the identity, of the lost one: no lock is entered by luck.
import threading
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.compiled
@pytest.mark.parametrize(
    ("before", "cold"),
    [
        ("", False),
        ("_kernels.compile_in_background()", False),
        ("_kernels.compile_in_background(); time.sleep(0.2)", False),
        ("_kernels.compile_in_background(); time.sleep(1.2)", True),
        ("bporoute.warmup()", False),
    ],
    ids=["before compiling", "at once", "importing", "compiling", "compiled"],
)
def test_a_forked_worker_compiles_for_itself(before, cold, warm_cache, tmp_path):
    cache = tmp_path if cold else warm_cache
    quiet_fork(FORK.format(before=before) + WARM_UP, cache)


@pytest.mark.compiled
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_worker_may_end_at_any_time(tmp_path):
    before = "_kernels.compile_in_background(); time.sleep(1.2)"
    then = "_kernels.compile_in_background()"  # then the worker leaves by the normal exit
    quiet_fork(FORK.format(before=before) + then, tmp_path)


def test_two_threads_warm_up(warm_cache):
    threads = """
    import threading
    import bporoute
    from bporoute import _kernels
    seen = []
    def work():
        bporoute.warmup()
        seen.append(_kernels.current())
    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
    assert len(seen) == 4 and _kernels.current() is not _kernels.INTERPRETED
    assert all(kernels is seen[0] for kernels in seen)
    assert sum(thread.name == "bporoute-warmup" for thread in threading.enumerate()) == 0
    """
    run(textwrap.dedent(threads) + CHECK + "check()", warm_cache)


def test_a_failing_compiler_leaves_the_interpreted_kernels(tmp_path):
    (tmp_path / "numba.py").write_text("raise ImportError('no numba here')\n")
    failing = """
    import bporoute
    try:
        bporoute.warmup()
    except RuntimeError as failure:
        assert "interpreted" in str(failure) and "no numba here" in str(failure.__cause__)
    else:
        raise SystemExit("no error")
    assert _kernels.current() is _kernels.INTERPRETED
    check()
    """
    path = os.pathsep.join([str(tmp_path), str(SOURCE)])
    run(CHECK + textwrap.dedent(failing), tmp_path / "cache", source=path)


def test_nothing_is_compiled_again(warm_cache):
    other_types = """
    kernels = _kernels.current()
    curve = np.empty(11)
    for number in (int, float, np.float64, np.float32, np.int64, np.int32, bool):
        kernels.expected_wait(number(1), number(1), number(1), curve)
        kernels.served_in_time(number(1), number(1), number(1), number(1), curve)
        kernels.keep_costs(*[number(1)] * 5, *np.ones((3, 2)), curve, np.empty(11))
    for kernel in kernels[:-1]:  # the last takes what the routing tables give it, and nothing else
        assert len(kernel.signatures) == 1, (kernel, kernel.signatures)
    """
    run(WARM_UP + textwrap.dedent(other_types), warm_cache)
