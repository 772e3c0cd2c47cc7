"""Jobs come to the same wherever they run; workers that die, refuse, or are interrupted."""

from __future__ import annotations

import builtins
import functools
import gc
import multiprocessing
import os
import signal
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import bporoute
from bporoute.errors import InputError
from bporoute.simulation._jobs._errors import WorkerLostError
from bporoute.simulation._jobs._executor import available_cores, run_jobs
from helpers import jobs
from helpers.running import Process, alive, finished, run, started, wait_until

pytestmark = [pytest.mark.thorough, pytest.mark.compiled]

posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    dask, distributed = pytest.importorskip("dask"), pytest.importorskip("distributed")
    # Else it gives up a worker that happens to be restarting 15 s after it died before.
    patient = dask.config.set({"distributed.deploy.lost-worker-timeout": "1 hour"})
    with (
        patient,
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
    ):
        yield cluster


@pytest.fixture(params=["here", "two processes", "dask by address", "dask client"])
def where(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    if request.param == "here":
        yield {"workers": 1}
    elif request.param == "two processes":
        yield {"workers": 2}
    else:
        cluster = request.getfixturevalue("cluster")
        if request.param == "dask by address":
            yield {"scheduler": cluster.scheduler_address}
        else:
            with cluster.get_client() as client:
                yield {"scheduler": client}


@pytest.fixture(params=["two processes", "dask by address"])
def elsewhere(request: pytest.FixtureRequest) -> dict[str, Any]:
    if request.param == "two processes":
        return {"workers": 2}
    return {"scheduler": request.getfixturevalue("cluster").scheduler_address}


def noted_processes(directory: Path) -> list[int]:
    return [int(path.name) for path in directory.iterdir() if path.name.isdigit()]


def test_the_results_are_the_same_wherever_they_come_from(where: dict[str, Any]) -> None:
    told: list[int] = []
    results = list(run_jobs(jobs.total, range(40), progress=told.append, **where))
    assert dict(results) == {seed: jobs.total(seed) for seed in range(40)}
    assert len(results) == 40
    assert told == list(range(1, 41))


def test_no_jobs_have_no_results(where: dict[str, Any]) -> None:
    assert list(run_jobs(jobs.total, [], **where)) == []


def test_a_partial_of_a_function_is_a_function() -> None:
    power = functools.partial(pow, 3)
    assert sorted(run_jobs(power, (2, 3), workers=2)) == [(0, 9), (1, 27)]


def test_a_job_that_kills_its_worker_once_is_tried_again(elsewhere: dict[str, Any], tmp_path: Path) -> None:
    listed = [(str(tmp_path / "flag") if seed == 4 else "", seed) for seed in range(12)]
    results = dict(run_jobs(jobs.kill_once, listed, **elsewhere))
    assert (tmp_path / "flag").exists()
    assert results == {seed: jobs.total(seed) for seed in range(12)}


def test_a_job_that_always_kills_its_worker_is_named(elsewhere: dict[str, Any]) -> None:
    results: list[tuple[int, int]] = []
    with pytest.raises(WorkerLostError, match=r"^job 3 ended the worker process .*, 4 times") as lost:
        results.extend(run_jobs(jobs.exit_at_three, range(8), **elsewhere))
    assert (lost.value.job, lost.value.times) == (3, 4)
    assert set(results) <= {(index, index) for index in range(8)}
    if "workers" in elsewhere:
        assert lost.value.how == "ended with exit code 9"
    assert bporoute.WorkerLostError is WorkerLostError


@pytest.mark.parametrize("lost", ["worker", "result"])
def test_a_job_on_dask_that_was_not_to_blame_is_run_again(
    cluster: Any, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bporoute.simulation._jobs import _dask as dask_cluster

    fetched, blamed = dask_cluster._result, []

    def unlucky_once(future: Any, job: int) -> Any:
        if job == 2 and not blamed:
            blamed.append(job)
            raise WorkerLostError(2, 4, "") if lost == "worker" else dask_cluster._ResultLostError("late")
        return fetched(future, job)

    monkeypatch.setattr(dask_cluster, "_result", unlucky_once)
    results = list(run_jobs(jobs.total, range(5), scheduler=cluster.scheduler_address))
    assert dict(results) == {seed: jobs.total(seed) for seed in range(5)}
    assert results[-1][0] == 2


def test_a_cluster_without_workers_is_told_if_it_had_some(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr("bporoute.simulation._jobs._dask.SECONDS_TO_ANSWER", 0.1)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as cluster,
        cluster.get_client() as client,
    ):
        results = run_jobs(jobs.total, range(3), scheduler=client)
        next(results)
        results.close()
        results = run_jobs(jobs.linger, [False, True], scheduler=client)
        try:
            assert next(results) == (0, False)
            cluster.scale(0)
            with pytest.raises(RuntimeError, match=r"lost all its workers, and had no new one for 1\.2 s"):
                next(results)
        finally:
            jobs.ENOUGH.set()


@pytest.mark.parametrize(
    ("function", "kind", "text"),
    [
        (jobs.refuse_at_three, ValueError, "three is refused"),
        (jobs.leave_at_three, SystemExit, "three leaves"),
    ],
)
def test_what_the_function_raises_arrives_with_its_job(
    function: Callable[[int], int], kind: type[BaseException], text: str
) -> None:
    for workers in (1, 2):
        with pytest.raises(kind, match=text) as raised:
            list(run_jobs(function, range(6), workers=workers))
        assert raised.value.__notes__[0] == "in job 3"
        assert len(raised.value.__notes__) == workers  # from another process with the traceback there
        assert workers == 1 or "in refuse_at_three" in raised.value.__notes__[1] or kind is SystemExit


def test_what_the_function_raises_on_dask_arrives_with_its_job(cluster: Any) -> None:
    with pytest.raises(ValueError, match="three is refused") as raised:
        list(run_jobs(jobs.refuse_at_three, range(6), scheduler=cluster.scheduler_address))
    assert raised.value.__notes__ == ["in job 3"]


def test_an_exception_that_cannot_be_sent_is_told_in_words() -> None:
    with pytest.raises(RuntimeError, match=r"jobs\.OddError: odd \d"):
        list(run_jobs(jobs.fail_oddly, range(2), workers=2))


def test_a_result_that_cannot_be_sent_is_an_error_of_its_job() -> None:
    with pytest.raises(Exception, match="pickle") as raised:
        list(run_jobs(jobs.unsendable, range(2), workers=2))
    assert raised.value.__notes__[0].startswith("in job ")


def test_what_cannot_be_sent_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"^function: found <function .*expected something that can be pickled"
    ):
        list(run_jobs(lambda job: job, range(2), workers=2))
    with pytest.raises(InputError, match=r"^jobs\[1\]: found "):
        list(run_jobs(jobs.total, [1, lambda: 2], workers=2))  # type: ignore[list-item]


def test_no_more_processes_than_jobs_and_a_new_one_for_none() -> None:
    names = {name for _, name in run_jobs(jobs.process_name, range(20), workers=2)}
    assert 1 <= len(names) <= 2
    assert all(name.startswith("bporoute-worker ") for name in names)
    assert dict(run_jobs(jobs.process_name, [0], workers=None))[0] == jobs.process_name(0)
    assert dict(run_jobs(jobs.process_name, [0], workers=2))[0] != jobs.process_name(0)


def test_jobs_of_jobs_run_in_the_worker() -> None:
    results = dict(run_jobs(jobs.jobs_of_jobs, [0, 10], workers=2))
    assert results[1] == [(0, jobs.total(10)), (1, jobs.total(11)), (2, jobs.total(12))]


@posix
def test_a_closed_iterator_ends_its_workers(tmp_path: Path) -> None:
    listed = [(str(tmp_path), number, 0.0 if number < 2 else jobs.LONG) for number in range(6)]
    results = run_jobs(jobs.sleep, listed, workers=2)
    assert {next(results)[1], next(results)[1]} == {0, 1}
    processes = noted_processes(tmp_path)
    assert processes
    begun = time.monotonic()
    results.close()
    assert time.monotonic() - begun < jobs.LONG
    assert not any(alive(process) for process in processes)
    assert not [child for child in multiprocessing.active_children() if child.name == "bporoute-worker"]
    gc.collect()


def test_an_iterator_never_begun_starts_nothing() -> None:
    results = run_jobs(jobs.total, range(4), workers=2)
    assert not [child for child in multiprocessing.active_children() if child.name == "bporoute-worker"]
    results.close()


def test_progress_that_fails_ends_the_run() -> None:
    def stop(finished: int) -> None:
        if finished == 2:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        list(run_jobs(jobs.total, range(10), workers=2, progress=stop))
    assert not [child for child in multiprocessing.active_children() if child.name == "bporoute-worker"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc")
def test_workers_hold_back_and_ignore_interrupts_from_their_first_moment() -> None:
    for _, masks in run_jobs(jobs.interrupts_seen, range(8), workers=2):
        held, ignored = (int(mask, 16) for mask in masks.split())
        assert held & ignored & 1 << signal.SIGINT - 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"workers": 0}, "workers: found 0; expected a whole number from 1"),
        ({"workers": True}, "workers: found True"),
        ({"workers": 2.0}, "workers: found 2.0"),
        (
            {"workers": 2, "scheduler": "tcp://127.0.0.1:9"},
            "workers: found 2; expected None with a scheduler",
        ),
        ({"scheduler": 8786}, "scheduler: found 8786; expected a connected, synchronous"),
        ({"scheduler": "nonsense://here"}, "scheduler: found 'nonsense://here'"),
    ],
)
def test_arguments_are_checked(arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError) as raised:
        list(run_jobs(jobs.total, range(3), **arguments))
    assert str(raised.value).startswith(complaint)
    with pytest.raises(InputError, match="function: found 3"):
        run_jobs(3, [])  # type: ignore[arg-type]


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("bporoute.simulation._jobs._dask.SECONDS_TO_ANSWER", 0.3)
    with pytest.raises(InputError, match=r"scheduler: found 'tcp://127.0.0.1:9'.*answers within 0.3 s"):
        list(run_jobs(jobs.total, range(3), scheduler="tcp://127.0.0.1:9"))


def test_dask_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_dask(name: str, *rest: Any) -> Any:
        if name.startswith("distributed"):
            raise ImportError("No module named 'distributed'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_dask)
    with pytest.raises(InputError, match=r"expected pip install 'bporoute\[dask\]'"):
        run_jobs(jobs.total, range(3), scheduler="tcp://127.0.0.1:9")


def test_cores_are_those_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {2, 5, 7}, raising=False)
    assert available_cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    assert available_cores() == os.cpu_count()


# --- what only a process of its own can show ---


def script(text: str, directory: Path) -> list[str]:
    path = directory / "script.py"
    path.write_text(textwrap.dedent(text))
    return [sys.executable, "-W", "error", str(path)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(jobs.__file__).parent), *sys.path])}


LOOP = """
    import sys
    from helpers import jobs
    from bporoute.simulation._jobs._executor import run_jobs

    if __name__ == "__main__":
        listed = [(sys.argv[1], number, 0.0 if number < 2 else jobs.LONG) for number in range(6)]
        {loop}
            print(result, flush=True)
"""
LOOPS = {
    "in the loop": "for _, result in run_jobs(jobs.sleep, listed, workers=2):",
    "kept by a name": "results = run_jobs(jobs.sleep, listed, workers=2)\n        for _, result in results:",
}


@contextmanager
def looping(loop: str, directory: Path) -> Iterator[tuple[Process, list[int]]]:
    """A script that has printed two results and works on jobs that take very long, and its workers."""
    noted = directory / "processes"
    noted.mkdir()
    command = [*script(LOOP.format(loop=LOOPS[loop]), directory), noted]
    with started(command, env=environment()) as process:
        assert process.stdout is not None
        first = {process.stdout.readline(), process.stdout.readline()}
        assert first == {"0\n", "1\n"}
        assert wait_until(lambda: len(noted_processes(noted)) == 2)
        yield process, noted_processes(noted)


@posix
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("to", ["the terminal's processes", "the parent"])
def test_an_interrupt_ends_everything_and_keeps_the_results(loop: str, to: str, tmp_path: Path) -> None:
    with looping(loop, tmp_path) as (process, workers):
        if to == "the parent":
            process.send_signal(signal.SIGINT)
        else:
            os.killpg(process.pid, signal.SIGINT)
        done = finished(process)
        assert not any(alive(worker) for worker in workers)
    assert done.returncode == -signal.SIGINT
    assert done.stderr.count("Traceback") == 1
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")
    assert "Exception ignored" not in done.stderr
    assert "ResourceWarning" not in done.stderr


@posix
def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    with looping("in the loop", tmp_path) as (process, workers):
        process.kill()
        finished(process)
        assert wait_until(lambda: not any(alive(worker) for worker in workers))


@posix
def test_an_iterator_left_open_does_not_hold_up_the_end(tmp_path: Path) -> None:
    noted = tmp_path / "processes"
    noted.mkdir()
    text = """
        import sys
        from helpers import jobs
        from bporoute.simulation._jobs._executor import run_jobs

        if __name__ == "__main__":
            listed = [(sys.argv[1], number, 0.0 if number < 2 else jobs.LONG) for number in range(6)]
            results = run_jobs(jobs.sleep, listed, workers=2)
            print(next(results)[1])
    """
    with started([*script(text, tmp_path), noted], env=environment()) as process:
        done = finished(process)
        assert (done.returncode, done.stdout in ("0\n", "1\n"), done.stderr) == (0, True, "")
        assert wait_until(lambda: not any(alive(worker) for worker in noted_processes(noted)))


def test_a_script_without_a_guard_is_told_so(tmp_path: Path) -> None:
    text = """
        from helpers import jobs
        from bporoute.simulation._jobs._executor import run_jobs
        print(sorted(run_jobs(jobs.total, range(4), workers=2)))
    """
    done = run(script(text, tmp_path), env=environment())
    assert done.returncode == 1
    assert done.stderr.count("Traceback") == 1
    assert (
        'the script\'s work under `if __name__ == "__main__":`, or workers=1' in done.stderr.splitlines()[-1]
    )


def test_a_script_that_cannot_be_imported_twice_is_told_so(tmp_path: Path) -> None:
    text = """
        from helpers import jobs
        from bporoute.simulation._jobs._executor import run_jobs
        if __name__ == "__main__":
            print(sorted(run_jobs(jobs.total, range(4), workers=2)))
        else:
            raise RuntimeError("not twice")
    """
    done = run(script(text, tmp_path), env=environment())
    assert done.returncode == 1
    assert "RuntimeError: not twice" in done.stderr
    assert "workers: found a process that was ended with exit code 1 before it had a job" in done.stderr


@pytest.mark.parametrize("named", ["-c", "-"])
def test_code_without_a_file_runs_all_the_same(named: str) -> None:
    text = textwrap.dedent("""
        import logging
        from helpers import jobs
        from bporoute.simulation._jobs._executor import run_jobs
        logging.basicConfig(level=logging.INFO)
        def own(job): return job + 1
        print(sorted(run_jobs(own, range(3), workers=2)))
        print(len({name for _, name in run_jobs(jobs.process_name, range(3), workers=2)}) >= 1)
    """)
    command = [sys.executable, "-W", "error"]
    arguments, given = (["-c", text], None) if named == "-c" else (["-"], text)
    done = run([*command, *arguments], input=given, env=environment())
    assert (done.returncode, done.stdout) == (0, "[(0, 1), (1, 2), (2, 3)]\nTrue\n")
    told = done.stderr.splitlines()
    assert all(
        line.startswith("INFO:bporoute.simulation._jobs._executor:jobs run in one process: the ")
        for line in told
    )
    assert len(told) == (1 if named == "-c" else 2)  # with "-" the main module has the name of a file


def test_a_script_that_is_gone_runs_in_one_process(tmp_path: Path) -> None:
    text = """
        import os
        from helpers import jobs
        from bporoute.simulation._jobs._executor import run_jobs
        os.remove(__file__)
        print(len({name for _, name in run_jobs(jobs.process_name, range(3), workers=2)}))
    """
    done = run(script(text, tmp_path), env=environment())
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")
