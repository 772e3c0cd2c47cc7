"""Functions for the tests of the executor, in a module that other processes can import."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from bporoute import QueueLength, Rule, Situation


def total(seed: int) -> float:
    numbers = random.Random(seed)
    return sum(numbers.gauss(0.0, 1.0) for _ in range(100))


def kill_once(job: tuple[str, int]) -> float:
    """End the process the first time that there is a flag's name and no flag."""
    flag, seed = job
    if flag and not Path(flag).exists():
        Path(flag).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return total(seed)


def exit_at_three(job: int) -> int:
    if job == 3:
        time.sleep(0.5)  # dask does not replace a worker that dies before its nanny has seen it start
        os._exit(9)
    time.sleep(0.01)
    return job


def refuse_at_three(job: int) -> int:
    if job == 3:
        raise ValueError("three is refused")
    return job


def leave_at_three(job: int) -> int:
    if job == 3:
        raise SystemExit("three leaves")
    return job


class OddError(Exception):
    """It can be pickled, but not unpickled."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} {second}")


def fail_oddly(job: int) -> NoReturn:
    raise OddError("odd", str(job))


def unsendable(job: int) -> Any:
    return lambda: job


def process_name(job: int) -> str:
    import multiprocessing

    return f"{multiprocessing.current_process().name} {os.getpid()}"


def jobs_of_jobs(job: int) -> list[tuple[int, float]]:
    from bporoute.simulation._jobs._executor import run_jobs

    return list(run_jobs(total, range(job, job + 3), workers=2))


LONG = 1800.0
"""Seconds that a job takes which is not to be waited for."""


def sleep(job: tuple[str, int, float]) -> int:
    """Note the process, then take so many seconds."""
    directory, number, seconds = job
    Path(directory, str(os.getpid())).touch()
    time.sleep(seconds)
    return number


def interrupts_seen(job: int) -> str:
    """Masks of the signals that this process ignores or holds back."""
    status = Path("/proc/self/status").read_text()
    return " ".join(line.split()[1] for line in status.splitlines() if line.startswith(("SigBlk", "SigIgn")))


ENOUGH = threading.Event()


def linger(long: bool) -> bool:
    """Take until it is `ENOUGH`, in a thread of the test's own process, or no time."""
    if long:
        ENOUGH.wait()
    return long


FLAG = "BPOROUTE_TEST_FLAG"
"""Environment variable that names the file which a process leaves behind when it dies."""


def mortal_policy(situation: Situation) -> Rule:
    """`QueueLength(2)`, but the first process other than the test's own that asks dies of it."""
    flag = Path(os.environ[FLAG])
    if multiprocessing.parent_process() is not None and not flag.exists():
        flag.touch()
        os._exit(1)
    return QueueLength(2)(situation)
