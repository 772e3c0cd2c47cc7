"""Jobs in processes of their own on this machine: spawned, replaced when they die, ended with the run.

Not `concurrent.futures`: its pool is broken as a whole by one dead process without telling which job it had,
cannot end what is running before Python 3.14, and waits for it when the interpreter exits.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from bporoute.errors import InputError, shown
from bporoute.simulation._jobs._errors import RETRIES, WorkerLostError, noted

NAME = "bporoute-worker"
UNGUARDED = 78
"""Exit code of a worker whose main module would start workers while it is imported."""
SECONDS_TO_END = 5.0
"""How long an idle worker may take to end by itself."""

_MAIN = "__main__"
_STARTED = b"started"

MOST_ON_WINDOWS = 60
"""Processes that one may wait for at once there; `multiprocessing.connection.wait` takes 63 handles."""


def run_in_processes(
    function: Callable[[Any], Any], jobs: Sequence[Any], workers: int
) -> Generator[tuple[int, Any]]:
    """Index and result of each job as they finish, from so many processes; see `_executor.run_jobs`."""
    if sys.platform == "win32":
        workers = min(workers, MOST_ON_WINDOWS)
    code = pickled(function, "function")
    to_do = deque(range(len(jobs)))
    lost: Counter[int | None] = Counter()  # None: workers that ended before they had a job
    pool: list[_Worker] = []
    arrived: list[tuple[int, bytes]] = []
    left = len(jobs)
    any_started = False
    try:
        while left:
            if len(pool) < min(workers, left - len(arrived)):
                with interrupts_held():
                    while len(pool) < min(workers, left - len(arrived)):
                        pool.append(_Worker())
            for worker in pool:
                if to_do and worker.started and worker.job is None:
                    job = to_do.popleft()
                    worker.give(job, code, _pickled_job(jobs, job))
            for job, reply in arrived:  # the workers are at work again before the consumer is
                left -= 1
                yield job, _opened(reply, job)
            arrived = []
            for worker in _ready(pool) if left else ():
                message = worker.received()
                if message is None:
                    pool.remove(worker)
                    how = _ending(worker.ended(at_once=False))
                    if not any_started:
                        raise _cannot_start(how)
                    lost[worker.job] += 1
                    if lost[worker.job] > RETRIES:
                        raise _cannot_start(how) if worker.job is None else _lost(worker.job, how)
                    if worker.job is not None:
                        to_do.appendleft(worker.job)
                elif worker.started:
                    assert worker.job is not None
                    arrived.append((worker.job, message))
                    worker.job = None
                else:
                    worker.started = any_started = True
    finally:
        with interrupts_held():
            _end(pool, at_once=left > 0)


class _Worker:
    """A process, the connection to it, and the job it has."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")  # fork copies locks that other threads hold
        self.connection, theirs = context.Pipe()
        with theirs:
            # A daemon is ended when this process exits, whatever became of the run.
            self.process = context.Process(target=serve, args=(theirs,), name=NAME, daemon=True)
            self.process.start()
        self.started = False
        self.knows_function = False
        self.job: int | None = None

    def give(self, job: int, code: bytes, payload: bytes) -> None:
        """Have the job run; a worker that is dead by now is found out by `received`."""
        self.job = job
        with suppress(OSError):
            if not self.knows_function:
                self.connection.send_bytes(code)
                self.knows_function = True
            self.connection.send_bytes(payload)

    def received(self) -> bytes | None:
        """What the worker says; None: it is dead."""
        try:
            return self.connection.recv_bytes()
        except (EOFError, OSError):
            return None

    def ended(self, *, at_once: bool) -> int | None:
        """End the process and wait until it has; its exit code."""
        self.connection.close()  # upon which it ends by itself when it is idle
        if not at_once:
            self.process.join(SECONDS_TO_END)
        self.process.kill()
        self.process.join()
        code = self.process.exitcode
        self.process.close()
        return code


def _ready(pool: list[_Worker]) -> list[_Worker]:
    """The workers that have something to say or are dead, once there are any."""
    owners: dict[Any, _Worker] = {worker.connection: worker for worker in pool}
    return [owners[connection] for connection in wait(list(owners))]


def _end(pool: list[_Worker], *, at_once: bool) -> None:
    for worker in pool:
        worker.connection.close()
        if at_once:
            worker.process.kill()
    for worker in pool:
        worker.ended(at_once=at_once)


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Ctrl-C waits until here is done; processes started here never see it, not even while they start."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing.resource_tracker import ensure_running

    ensure_running()  # else the first start would, and let interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def serve(connection: Connection) -> None:
    """A worker's life: it says that it has started, gets the function, then a job at a time."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):  # the parent wants no more
        connection.send_bytes(_STARTED)
        code, function = connection.recv_bytes(), None
        while True:
            payload = connection.recv_bytes()
            try:
                if function is None:
                    function = pickle.loads(code)
                reply = pickle.dumps((True, function(pickle.loads(payload)), ""))
            except BaseException as error:  # whatever it is, it is raised where the results are wanted
                reply = _failure(error)
            connection.send_bytes(reply)


def _end_with_parent() -> None:
    """Do not work on for nobody when the parent was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _failure(error: BaseException) -> bytes:
    """The reply that carries an exception, or its text where it cannot be carried."""
    trace = "".join(traceback.format_exception(error))
    try:
        reply = pickle.dumps((False, error, trace))
        pickle.loads(reply)  # exceptions with arguments of their own often fail only here
    except Exception:
        text = "".join(traceback.format_exception_only(error)).strip()
        reply = pickle.dumps((False, RuntimeError(text), trace))
    return reply


def _opened(reply: bytes, job: int) -> Any:
    done, value, trace = pickle.loads(reply)
    if not done:
        raise noted(value, job, trace)
    return value


def pickled(value: Any, name: str) -> bytes:
    """The value as bytes.

    Raises
    ------
    InputError
        If it cannot be sent to another process.
    """
    try:
        return pickle.dumps(value)
    except Exception as failure:
        raise InputError(
            name, f"{shown(value)} ({failure})", "something that can be pickled, such as a module's function"
        ) from failure


def _pickled_job(jobs: Sequence[Any], job: int) -> bytes:
    return pickled(jobs[job], f"jobs[{job}]")


def why_not_here(function: Callable[[Any], Any], jobs: Sequence[Any]) -> str:
    """Why worker processes could not run these jobs whatever is tried; empty: they can.

    A spawned process imports the main module if that is a file. Without one (a prompt, a notebook, standard
    input) what is defined there cannot be had elsewhere.
    """
    if multiprocessing.current_process().daemon:
        return "this is a worker process itself"
    main = sys.modules[_MAIN]
    if getattr(getattr(main, "__spec__", None), "name", None) is not None:
        return ""
    path = getattr(main, "__file__", None)
    if path is not None:
        return "" if os.path.exists(path) else f"the main module {path!r} is not there to be imported"
    name = _MAIN.encode()
    if name in pickled(function, "function") or any(
        name in _pickled_job(jobs, job) for job in range(len(jobs))
    ):
        return "the function or the jobs are defined at a prompt"
    return ""


def check_guarded() -> None:
    """Refuse to start processes from a process that is itself just starting: each would start more.

    Raises
    ------
    InputError
        With what to write instead.
    """
    process = multiprocessing.current_process()
    if not getattr(process, "_inheriting", False):  # set, as the standard library does, during that import
        return
    if process.name == NAME:
        raise SystemExit(UNGUARDED)  # quietly: the parent tells it once
    raise _unguarded()


def _unguarded() -> InputError:
    return InputError(
        "main module",
        "jobs started while it is imported, as every worker process does first",
        'the script\'s work under `if __name__ == "__main__":`, or workers=1',
    )


def _cannot_start(how: str) -> InputError:
    if how == _ending(UNGUARDED):
        return _unguarded()
    return InputError(
        "workers",
        f"a process that was {how} before it had a job",
        "a main module that can be imported (its traceback is above), or workers=1",
    )


def _lost(job: int, how: str) -> WorkerLostError:
    return WorkerLostError(job, RETRIES + 1, how)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"killed by signal {-code}"
    return f"ended with exit code {code}"
