"""Compiled or not, and why: caches that may only be read, forks at any time, and what is said of them."""

from __future__ import annotations

import json
import os
import shutil
import textwrap

import pytest

from bporoute import _kernels
from bporoute._kernels.compiling.readiness import Readiness
from helpers.compiling import SOURCE, WARM_UP, cached_files, garbage, quiet_fork, run
from helpers.running import bporoute

pytestmark = pytest.mark.thorough

ALL = len(_kernels.WANTED)
SMALL = """
from bporoute._kernels.compiling.compiler import compile_kernel, kept_of
from bporoute._kernels.queueing.by_contacts_present import expected_wait
def kept():
    return kept_of(compile_kernel(expected_wait))
"""
READ_ONLY = """
import os, tempfile
temporary = tempfile.TemporaryFile
def refused(*arguments, dir=None, **options):
    if {everywhere} or str(dir).startswith(os.environ["NUMBA_CACHE_DIR"]):
        raise PermissionError(13, "Permission denied", dir)
    return temporary(*arguments, dir=dir, **options)
tempfile.TemporaryFile = refused
"""
"""How folders answer that may be read and not written, to whoever tries; root could."""
LISTEN = """
import logging
lines = []
class Listener(logging.Handler):
    def emit(self, record):
        lines.append((record.levelname, record.getMessage()))
logging.getLogger("bporoute").addHandler(Listener())
logging.getLogger("bporoute").setLevel(logging.INFO)
"""


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_cache_that_may_only_be_read_is_used(everywhere, warm_cache):
    code = READ_ONLY.format(everywhere=everywhere) + WARM_UP + "print(_kernels.readiness())"
    assert run(code, warm_cache).strip() == str(Readiness("compiled", ALL, ALL, ALL, ""))


def test_what_a_read_only_cache_lacks_is_kept_elsewhere_and_said(tmp_path):
    (cache := tmp_path / "empty").mkdir()
    code = READ_ONLY.format(everywhere=False) + SMALL + "found, there, trouble = kept()\n"
    code += "print(found, there); print(trouble); print(kept().found)"
    shutil.copytree(SOURCE, source := tmp_path / "source", ignore=shutil.ignore_patterns("__pycache__"))
    told = run(code, cache, source=source).splitlines()
    assert told[0] == "False False"
    assert told[1].startswith(f"{cache} cannot be written: kept in {source}")
    assert told[2] == "True"
    assert cached_files(cache) == []


def test_where_nothing_can_be_written_each_start_compiles_and_says_so(tmp_path):
    (cache := tmp_path / "empty").mkdir()
    code = READ_ONLY.format(everywhere=True) + SMALL + "print(kept())"
    trouble = f"{cache} cannot be written: Permission denied"
    assert run(code, cache).strip() == f"Kept(found=False, kept=False, trouble={trouble!r})"


@pytest.mark.parametrize("kind", [".nbi", ".nbc"])
def test_a_damaged_cache_is_mended(kind, tmp_path):
    ask = SMALL + "print(*kept()[:2])"
    assert run(ask, tmp_path).split() == ["False", "True"]
    (damaged,) = [path for path in cached_files(tmp_path) if path.suffix == kind]
    damaged.write_bytes(garbage(damaged.read_bytes()))
    found, kept, trouble = run(SMALL + "print(*kept(), sep='\\n')", tmp_path).splitlines()
    assert (found, kept) == ("False", "True")
    assert trouble.endswith("was damaged: UnpicklingError")
    assert run(SMALL + "print(*kept())", tmp_path).split() == ["True", "True"]


@pytest.mark.compiled
def test_what_is_said_of_an_empty_and_of_a_full_cache(warm_cache, tmp_path):
    code = LISTEN + WARM_UP + "print(*[' '.join(line) for line in lines], sep='\\n')"
    (ready,) = run(code, warm_cache).splitlines()
    assert ready.startswith("INFO kernels ready after ")
    assert ready.endswith(f"compiled, {ALL} of {ALL} kernels from the cache")
    warned, ready = run(code, tmp_path).splitlines()
    assert warned.startswith("WARNING decisions run interpreted until the kernels are compiled")
    assert str(tmp_path) in warned
    assert ready.endswith(f"compiled, 0 of {ALL} kernels from the cache")


def test_without_jit_and_without_numba_decisions_stay_interpreted_and_say_so(tmp_path):
    warm = LISTEN + "import bporoute\nfrom bporoute import _kernels\nfrom contextlib import suppress\n"
    warm += (
        "assert _kernels.readiness().state == 'not asked'\nwith suppress(RuntimeError): bporoute.warmup()\n"
    )
    warm += "print(*[' '.join(line) for line in lines], sep='\\n'); print(_kernels.readiness().text)"
    said, text = run(warm, tmp_path, NUMBA_DISABLE_JIT="1").splitlines()
    assert text == "interpreted: NUMBA_DISABLE_JIT is set"
    assert said == f"INFO decisions stay interpreted, much slower; {text}"
    (tmp_path / "numba.py").write_text("raise ImportError('no numba here')\n")
    said, text = run(warm, tmp_path, source=os.pathsep.join([str(tmp_path), str(SOURCE)])).splitlines()
    assert text == "interpreted: compiling failed: ImportError: no numba here"
    assert said == f"WARNING decisions stay interpreted, much slower; {text}"


ROUTER = """
import os, sys, time
from importlib.resources import files
import bporoute
from bporoute import Center, Contact, Router, _kernels
center = Center.load(str(files("bporoute") / "demo_center.toml"))
router = Router(center)
contact = Contact(next(iter(center.contact_types)))
"""
FORK = """
child = os.fork()
if child:
    _, status = os.waitpid(child, 0)
    raise SystemExit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_child_forked_too_early_compiles_with_its_first_decision_and_says_so(warm_cache):
    child = """
    assert not router.status().compiled
    assert router.status().kernels.startswith("interpreted: still compiling")
    router.route(contact)
    until = time.monotonic() + 600.0
    while not router.status().compiled:
        assert time.monotonic() < until, "interpreted for ever"
        time.sleep(0.01)
    assert router.status().kernels.startswith("compiled")
    assert lines[0][0] == "WARNING" and "forked before the kernels were compiled" in lines[0][1], lines
    router.route(contact)
    assert router._call is not None
    """
    quiet_fork(ROUTER + LISTEN + FORK + textwrap.dedent(child), warm_cache)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.parametrize("then", ["router.route(contact)", "pass"])
def test_what_nobody_asked_to_compile_is_not_compiled_by_a_child(then, warm_cache):
    child = f"""
    {then}
    assert router.status().kernels.startswith("interpreted: nobody asked"), router.status().kernels
    assert not lines and "numba" not in sys.modules
    """
    code = ROUTER.replace("Router(center)", "Router(center, compile=False)") + LISTEN + FORK
    quiet_fork(code + textwrap.dedent(child), warm_cache)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_child_of_a_prepared_parent_has_everything(warm_cache):
    child = """
    import threading
    known = len(router._desk.works.known)
    status = router.status()
    assert status.compiled and status.pending == 0, status
    router.preview(contact)
    assert len(router._desk.works.known) == known
    assert threading.active_count() == 1 and not lines
    from pathlib import Path
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    private = sum(int(line.split()[1]) for line in lines if line.startswith("Private"))
    assert private < 30_000, f"{private} kB of its own"
    """
    prepared = ROUTER + "bporoute.prepare(router)\n" + LISTEN + FORK
    if not os.path.exists("/proc/self/smaps_rollup"):
        pytest.skip("nobody tells what memory is a process's own")
    quiet_fork(prepared + textwrap.dedent(child), warm_cache)


@pytest.mark.compiled
def test_the_command_fills_a_folder_that_processes_then_use(warm_cache, tmp_path):
    """With a cache that has most already; the two others are compiled."""
    cache = tmp_path / "cache"
    shutil.copytree(warm_cache, cache)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "not this")}
    environment.pop("NUMBA_DISABLE_JIT", None)
    done = bporoute("warmup", "--cache", cache, "--json", env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert (told["cache"], told["kept"]) == (str(cache), True)
    assert [row["found"] for row in told["kernels"]] == [True] * ALL + [False] * 2
    assert len(cached_files(cache)) == 2 * _kernels.TO_FILL
    assert not (tmp_path / "not this").exists()
    done = bporoute("warmup", "--cache", cache, env=environment)
    assert done.stdout.count("was there") == _kernels.TO_FILL
    assert f"NUMBA_CACHE_DIR={cache} " in done.stdout


def test_the_command_says_where_it_cannot_write_and_what_is_switched_off(tmp_path):
    (tmp_path / "file").touch()
    done = bporoute("warmup", "--cache", tmp_path / "file" / "cache")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("bporoute: --cache: found '")
    assert done.stderr.endswith("expected a folder to write to (Not a directory)\n")
    done = bporoute("warmup", env=os.environ | {"NUMBA_DISABLE_JIT": "1"})
    assert done.returncode == 1
    assert "note: NUMBA_DISABLE_JIT is set" in done.stdout
