"""Replications that run elsewhere give the same bits: in processes, one of which dies, and on dask."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from bporoute import InputError
from helpers import jobs
from helpers.simulating import same, simulate

pytestmark = pytest.mark.thorough


def test_a_process_that_dies_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flag = tmp_path / "died"
    monkeypatch.setenv(jobs.FLAG, str(flag))
    expected = simulate(jobs.mortal_policy, workers=1)
    assert not flag.exists()
    assert same(expected, simulate(jobs.mortal_policy, workers=2))
    assert flag.exists()


def test_a_cluster_gives_the_bits_of_this_process() -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as cluster:
        there = simulate("QueueLength(2)", "MarginalCost()", scheduler=cluster.scheduler_address)
    assert same(simulate("QueueLength(2)", "MarginalCost()", workers=1), there)


def test_an_address_without_a_port_is_refused_without_a_trace(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match="scheduler"):
        simulate("QueueLength(2)", scheduler="nowhere")
    gc.collect()
    assert "Traceback" not in capfd.readouterr().err
