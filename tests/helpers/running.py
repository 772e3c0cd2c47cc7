"""Processes and threads that tests start: they end, and their pipes are closed, whatever a test does."""

from __future__ import annotations

import atexit
import functools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

Process = subprocess.Popen[str]
Done = subprocess.CompletedProcess[str]

HANG = 300.0
"""Seconds after which something hangs; all of it takes a few, and a busy machine some hundred."""


def run(command: Sequence[Any], *, input: str | None = None, **options: Any) -> Done:
    """Run a command to its end, however that is."""
    stdin = subprocess.DEVNULL if input is None else subprocess.PIPE
    with started(command, stdin=stdin, **options) as process:
        return finished(process, input)


def bporoute(*arguments: Any, **options: Any) -> Done:
    """Run the command line."""
    return run([sys.executable, "-m", "bporoute", *map(str, arguments)], **options)


@contextmanager
def started(command: Sequence[Any], **options: Any) -> Iterator[Process]:
    """A process in a session of its own, which is killed with all that it started."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with _interrupts_not_ignored():
        process = subprocess.Popen(command, text=True, start_new_session=True, **pipes, **options)
    note(process)
    with process:
        try:
            yield process
        finally:
            kill(process)
            note(process)


def finished(process: Process, input: str | None = None) -> Done:
    """What a process printed until it and all that it started had closed its pipes."""
    try:
        out, err = process.communicate(input, timeout=HANG)
    except subprocess.TimeoutExpired:
        kill(process)
        out, err = process.communicate()
        pytest.fail(f"{process.args} hangs, after it printed:\n{out}{err}")
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def kill(process: Process) -> None:
    """End a process of `started` at once, with all that it started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


WATCHDOG = """
import os, signal, sys

groups = set()
for line in sys.stdin:
    groups ^= {int(line)}
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
"""


@functools.cache
def _watchdog() -> Process:
    """A process that outlives this one, however that ends, and ends what is noted then."""
    command = [sys.executable, "-c", WATCHDOG]
    watchdog = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)
    atexit.register(watchdog.communicate)
    return watchdog


def note(process: Process) -> None:
    """Tell the watchdog that the process is there, or that it is not any more."""
    if hasattr(os, "killpg"):
        pipe = _watchdog().stdin
        assert pipe is not None
        pipe.write(f"{process.pid}\n")
        pipe.flush()


@contextmanager
def _interrupts_not_ignored() -> Iterator[None]:
    """Started in the background of a shell, a process ignores Ctrl-C, and so would all that it starts."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def alive(pid: int) -> bool:
    """Whether a process is there and is not just waiting to be noticed as dead."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    try:
        return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(done: Callable[[], bool]) -> bool:
    """Whether it came true before it has to be taken for never."""
    end = time.monotonic() + HANG
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def run_together(works: Sequence[Callable[[], object]]) -> None:
    """Run each in a thread of its own, all at once; one that hangs does not keep pytest from ending."""
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG)
    assert not any(thread.is_alive() for thread in threads)
