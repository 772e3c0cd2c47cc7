"""Run independent jobs in this process, in processes on this machine or on a dask cluster, all the same."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from bporoute.errors import InputError, shown
from bporoute.simulation._jobs._dask import check_scheduler, run_on_dask
from bporoute.simulation._jobs._errors import noted
from bporoute.simulation._jobs._processes import check_guarded, run_in_processes, why_not_here

if TYPE_CHECKING:
    from distributed import Client

Job = TypeVar("Job")
Result = TypeVar("Result")

MOST_WORKERS = 10_000


def run_jobs(
    function: Callable[[Job], Result],
    jobs: Iterable[Job],
    *,
    workers: int | None = None,
    scheduler: Client | str | None = None,
    progress: Callable[[int], object] | None = None,
) -> Generator[tuple[int, Result]]:
    """Run ``function(job)`` for every job; who runs them changes the order of the results and nothing else.

    Parameters
    ----------
    function : callable
        Pure: its result depends on the job alone, with the seed of any randomness in the job. For other
        processes it is a function of a module, or a `functools.partial` of one.
    jobs : iterable
        Any values that can be pickled. A job should take 10 ms or more: to hand one to another process takes
        some tenths of a millisecond, to start a process about as long as to import what it needs.
    workers : int or None
        1: in this process. None: as many processes as this one may use cores, or in this one if that is one.
        Never more than there are jobs.
    scheduler : distributed.Client, str or None
        A dask cluster that runs the jobs instead, as a connected client or by address, to which this connects
        for as long as it takes. It needs ``pip install 'bporoute[dask]'``, and `bporoute` on the cluster.
        Results are fetched one after another, some 5 ms each: with many workers, jobs of seconds.
    progress : callable or None
        Called with the number of jobs finished, each time before that job's result is given out.

    Yields
    ------
    tuple of int and result
        Index of the job, and its result, as the jobs finish. A consumer that takes longer for a result than
        workers for a job keeps them waiting, so that results do not pile up.

    Raises
    ------
    InputError
        At the call: if an argument is not as it should be, dask is not installed, or the call is not guarded
        (see below). From the iterator: if a job cannot be pickled, a scheduler does not answer within 5
        seconds, or workers do not start.
    WorkerLostError
        If a job ended its worker process and then those of 3 retries as well. On dask that is the scheduler's
        setting ``allowed-failures``, 3 too; there a job that may just have shared a worker with the one to
        blame is tried again alone, after all others, before it is blamed.
    RuntimeError
        If a dask cluster lost all its workers and got no new one for a minute.
    Exception
        What the function itself raises, at once, with a note that says in which job. It is not tried again.

    Notes
    -----
    When the iterator is closed, dropped or interrupted (Ctrl-C), its worker processes are killed at once, as
    pure functions have nothing to clean up. A cluster's workers are not ours to kill: the jobs that run there
    end, and their results are thrown away.

    Processes are spawned, not forked, so each imports the script that was started. Such a script must do its
    work under ``if __name__ == "__main__":``, or it would start over in every process; without, this raises
    InputError. Functions and jobs defined at a prompt, in a notebook or in a script on standard input cannot
    be imported: they run in this process, and so do jobs of jobs. That is logged as information by the logger
    ``bporoute.simulation._jobs._executor``.

    Examples
    --------
    >>> import math
    >>> sorted(run_jobs(math.factorial, [3, 5, 4], workers=1))
    [(0, 6), (1, 120), (2, 24)]
    """
    if not callable(function):
        raise InputError("function", shown(function), "a function of one job")
    listed = list(jobs)
    if scheduler is not None:
        if workers is not None:
            raise InputError("workers", shown(workers), "None with a scheduler, which has its own")
        check_scheduler(scheduler)
        return _told(run_on_dask(function, listed, scheduler), progress)
    processes = _checked(workers) if workers is not None else min(available_cores(), len(listed))
    if processes > 1 and listed:
        check_guarded()
        if reason := why_not_here(function, listed):
            logging.getLogger(__name__).info("jobs run in one process: %s", reason)
        else:
            return _told(run_in_processes(function, listed, processes), progress)
    return _told(_run_here(function, listed), progress)


def available_cores() -> int:
    """Cores that this process may run on.

    >>> available_cores() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _checked(workers: int) -> int:
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= MOST_WORKERS:
        raise InputError("workers", shown(workers), f"a whole number from 1 to {MOST_WORKERS}, or None")
    return workers


def _run_here(function: Callable[[Job], Result], jobs: Sequence[Job]) -> Generator[tuple[int, Result]]:
    for index, job in enumerate(jobs):
        try:
            result = function(job)
        except BaseException as error:
            noted(error, index)
            raise
        yield index, result


def _told(
    results: Generator[tuple[int, Result]], progress: Callable[[int], object] | None
) -> Generator[tuple[int, Result]]:
    """The results, each one told to `progress` first."""
    with closing(results):
        for finished, result in enumerate(results, start=1):
            if progress is not None:
                progress(finished)
            yield result
