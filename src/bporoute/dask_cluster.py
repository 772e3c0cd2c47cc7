"""Jobs on a dask cluster, which may be other machines."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from bporoute.errors import InputError, shown
from bporoute.job_errors import WorkerLostError, noted

if TYPE_CHECKING:
    from distributed import Client

SECONDS_TO_ANSWER = 5.0
"""How long a scheduler may take to answer."""


def run_on_dask(
    function: Callable[[Any], Any], jobs: Sequence[Any], scheduler: Client | str
) -> Generator[tuple[int, Any]]:
    """Index and result of each job as they finish on the cluster; see `run_jobs`."""
    client = _client(scheduler)
    try:
        suspects = []
        with closing(_finished(client, function, jobs, range(len(jobs)))) as finished:
            for job, future in finished:
                if _lost_workers(future):
                    suspects.append(job)  # or it just was on the same workers as the job to blame
                else:
                    yield job, _result(future, job)
        for suspect in suspects:
            with closing(_finished(client, function, jobs, [suspect])) as finished:
                for job, future in finished:
                    if _lost_workers(future):
                        error = future.exception()
                        last = f"{error.last_worker.address} of the cluster"
                        raise WorkerLostError(job, error.allowed_failures + 1, last)
                    yield job, _result(future, job)
    finally:
        if client is not scheduler:
            client.close()


def check_scheduler(scheduler: object) -> None:
    """Whether jobs could be given to this scheduler, before anything is asked of it.

    Raises
    ------
    InputError
        If the extra is not installed, or it is neither a connected client nor an address.
    """
    try:
        from distributed import Client
    except ImportError as failure:
        raise InputError(
            "scheduler", f"no package 'distributed' ({failure})", "pip install 'bporoute[dask]'"
        ) from None
    connected = isinstance(scheduler, Client) and scheduler.status == "running" and not scheduler.asynchronous
    if not connected and not isinstance(scheduler, str):
        raise InputError(
            "scheduler",
            shown(scheduler),
            "a connected, synchronous dask.distributed.Client, or an address such as 'tcp://10.0.0.5:8786'",
        )


def _client(scheduler: Client | str) -> Any:
    from distributed import Client

    if not isinstance(scheduler, str):
        return scheduler
    try:
        return Client(scheduler, timeout=SECONDS_TO_ANSWER, set_as_default=False)  # type: ignore[no-untyped-call]  # dask
    except (OSError, ValueError) as failure:
        raise InputError(
            "scheduler",
            f"{shown(scheduler)} ({failure})",
            f"the address of a dask scheduler that answers within {SECONDS_TO_ANSWER:g} s",
        ) from None


def _finished(
    client: Any, function: Callable[[Any], Any], jobs: Sequence[Any], which: Sequence[int]
) -> Generator[tuple[int, Any]]:
    """Those jobs' futures as they finish; what is not finished is cancelled when nobody asks any more."""
    from distributed import as_completed

    futures = dict(
        zip(client.map(function, [jobs[job] for job in which], pure=False, retries=0), which, strict=True)
    )
    try:
        for future in as_completed(list(futures), loop=client.loop):  # type: ignore[no-untyped-call]  # dask
            yield futures.pop(future), future
    finally:
        if futures:
            with suppress(Exception):  # a scheduler that is gone has nothing to cancel
                client.cancel(list(futures))


def _lost_workers(future: Any) -> bool:
    from distributed import KilledWorker

    return future.status == "error" and isinstance(future.exception(), KilledWorker)


def _result(future: Any, job: int) -> Any:
    try:
        return future.result()
    except Exception as error:
        noted(error, job)
        raise
