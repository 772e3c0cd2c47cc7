"""Jobs on a dask cluster, which may be other machines."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from bporoute.errors import InputError, shown
from bporoute.simulation._jobs._errors import WorkerLostError, noted

if TYPE_CHECKING:
    from distributed import Client

SECONDS_TO_ANSWER = 5.0
"""How long a scheduler may take to answer."""
SECONDS_TO_ARRIVE = 30.0
"""How long a result may take from the cluster."""
POLLS_WITHOUT_WORKERS = 12
"""So many times `SECONDS_TO_ANSWER` a cluster that had workers may be without: they restart, or it grows."""


def run_on_dask(
    function: Callable[[Any], Any], jobs: Sequence[Any], scheduler: Client | str
) -> Generator[tuple[int, Any]]:
    """Index and result of each job as they finish on the cluster; see `_executor.run_jobs`."""
    client = _client(scheduler)
    suspects: list[int] = []  # to blame, or just on the same workers as the job to blame
    try:
        with closing(_finished(client, function, jobs, range(len(jobs)))) as finished:
            for job, future in finished:
                try:
                    result = _result(future, job)
                except (WorkerLostError, _ResultLostError):
                    suspects.append(job)
                else:
                    yield job, result
        for suspect in suspects:
            with closing(_finished(client, function, jobs, [suspect])) as finished:
                for job, future in finished:
                    yield job, _result(future, job)
    finally:
        if client is not scheduler:
            client.close()


class _ResultLostError(TimeoutError):
    """A job was done, and its result did not arrive: the worker that had it died, or the network is slow."""


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
    from distributed.comm.addressing import get_address_host_port

    if not isinstance(scheduler, str):
        return scheduler
    try:
        get_address_host_port(scheduler)  # a client told a wrong address complains once more when collected
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
    submitted = client.map(function, [jobs[job] for job in which], pure=False, retries=0)
    futures = dict(zip(submitted, which, strict=True))
    done: SimpleQueue[Any] = SimpleQueue()
    try:
        while submitted:
            submitted.pop().add_done_callback(done.put)  # a future kept here keeps its result there
        had_workers, polls_without = False, 0
        while futures:
            try:
                future = done.get(timeout=SECONDS_TO_ANSWER)
            except Empty:
                there = bool(client.nthreads())
                had_workers, polls_without = had_workers or there, 0 if there else polls_without + 1
                if had_workers and polls_without > POLLS_WITHOUT_WORKERS:
                    raise _workers_gone() from None
            else:
                had_workers, polls_without = True, 0
                yield futures.pop(future), future
    finally:
        if futures:
            with suppress(Exception):  # a scheduler that is gone has nothing to cancel
                client.cancel(list(futures))


def _result(future: Any, job: int) -> Any:
    from distributed import KilledWorker

    try:
        if future.status == "error":
            raise future.exception()
        try:
            return future.result(timeout=SECONDS_TO_ARRIVE)
        except TimeoutError:
            if future.status == "error":  # it was run again, as its worker died before the result was fetched
                raise
            raise _ResultLostError(f"no result within {SECONDS_TO_ARRIVE:g} s of its end") from None
    except KilledWorker as error:
        last = f"{error.last_worker.address} of the cluster"
        raise WorkerLostError(job, error.allowed_failures + 1, last) from None
    except BaseException as error:
        noted(error, job)
        raise


def _workers_gone() -> RuntimeError:
    seconds = POLLS_WITHOUT_WORKERS * SECONDS_TO_ANSWER
    return RuntimeError(f"the dask cluster has lost all its workers, and had no new one for {seconds:g} s")
