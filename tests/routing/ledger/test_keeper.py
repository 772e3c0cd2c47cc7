"""Processes in which no threads run, and the one that keeps for them, run as a user does."""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from bporoute import InputError, Router, SharedLedger
from bporoute.routing.ledger import _layout
from bporoute.routing.ledger._locks import KEEPER, Locks
from helpers.hosting import sends
from helpers.running import bporoute, kill, started, wait_until
from helpers.servers import place_of
from helpers.sharing import BEGIN, CALL, LENGTH, center, clock

CAP = 60
CENTER = """
[queues.desk]
aht = 120

[contact_types.call]
queue = "desk"
sourcing = "full"

[vendors.nord]
country = "DE"
timezone = "Europe/Berlin"
contact_types = ["call"]

[vendors.nord.contract]
price_per_minute = 1.0
cap_per_day = 60
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "center.toml"
    path.write_text(CENTER)
    return path


def _worker(folder: Path, store: str | None = None, at=clock, **terms: object) -> Router:
    """A router of a process in which no threads run."""
    ledger = SharedLedger(folder, store, threads=False)
    return Router(center(**terms), "QueueLength(0)", ledger=ledger, clock=at, compile=False)


@contextmanager
def _keeper(folder: Path, file: Path, *options: str):
    """The command, once it has said how it begins."""
    command = [sys.executable, "-m", "bporoute", "keeper", str(folder), "--center", str(file), *options]
    with started(command) as process:
        yield process


def _says(process, what: str) -> bool:
    """Whether a keeper says so, sooner or later."""
    return any(line.rstrip().endswith(what) for line in process.stdout)


def _kept(folder: Path) -> float:
    """Answered contacts in the accounts."""
    file = folder / "accounts.json"
    return json.loads(file.read_text())["totals"][0]["answered"] if file.exists() else 0.0


def _sent(router: Router, contacts: int) -> int:
    return [router.route(CALL).destination for _ in range(contacts)].count("nord")


def test_it_keeps_what_processes_without_threads_tell(folder, file):
    worker = _worker(folder, cap_per_day=CAP)
    assert not sends(worker, within=0.1)
    with _keeper(folder, file) as keeper:
        assert _says(keeper, "kept")
        assert sends(worker)
        sent = 1 + _sent(worker, 9)
        worker.settle(worker.route(CALL), "answered", wait=0.0, handle=LENGTH)
        assert wait_until(lambda: _kept(folder) == 1.0)
        assert not [each.name for each in threading.enumerate() if each.name.startswith("bporoute")]
        assert sent + 1 + _sent(worker, 100) == CAP
    worker.ledger.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["TERM", "INT"])
def test_it_ends_in_order(folder, file, how):
    with _keeper(folder, file) as keeper:
        assert _says(keeper, "kept")
        keeper.send_signal(how)
        out, err = keeper.communicate(timeout=60)
        assert (keeper.returncode, err) == (0, "")
        assert out.endswith("ended\n")
    locks = Locks(folder / "locks")
    assert not locks.taken(KEEPER)
    locks.close()


def test_when_it_is_killed_another_one_takes_over_before_anybody_is_closed(folder, file):
    with _keeper(folder, file) as first:
        assert _says(first, "kept")
        with _keeper(folder, file) as second:
            assert _says(second, "stands by")
            worker = _worker(folder, cap_per_day=CAP)
            assert sends(worker)
            kill(first)
            assert _says(second, "kept")
            assert sends(worker)
            worker.settle(worker.route(CALL), "answered", wait=0.0, handle=LENGTH)
            assert wait_until(lambda: _kept(folder) == 1.0)
            worker.ledger.close()


def test_without_it_what_is_held_is_spent_then_caps_are_closed_and_it_says_so_once(folder, file, caplog):
    caplog.set_level(logging.INFO, "bporoute")
    worker = _worker(folder, cap_per_day=CAP)
    free = _worker(folder.with_name("free"))
    with _keeper(folder, file) as keeper:
        assert _says(keeper, "kept")
        assert sends(worker)
        sent = 1 + _sent(worker, 9)
        kill(keeper)
    assert wait_until(lambda: bool(worker.status().trouble))
    held = round(float(worker.ledger._slot.held[0, 1]))
    assert sent < held < CAP
    sent += _sent(worker, 100)
    assert sent == held
    decision = worker.route(CALL)
    assert (decision.destination, "nobody keeps" in decision.degraded) == ("desk", True)
    said = [record.getMessage() for record in caplog.records if "ledger" in record.getMessage()]
    assert [line for line in said if "nobody keeps" in line] == said[-1:]
    assert _sent(free, 5) == 5  # no cap: it goes on
    with _keeper(folder, file) as keeper:
        assert _says(keeper, "kept")
        assert sends(worker)
        assert wait_until(lambda: "nobody keeps" not in worker.preview(CALL).degraded)
        sent += 1
        assert sent + _sent(worker, 100) == CAP
        assert not worker.status().trouble
    worker.ledger.close()
    free.ledger.close()


def test_a_process_whose_threads_run_keeps_for_the_others_too(folder):
    worker = _worker(folder, cap_per_day=CAP)
    other = Router(
        center(cap_per_day=CAP), "QueueLength(0)", ledger=SharedLedger(folder), clock=clock, compile=False
    )
    assert not sends(worker, within=0.1)
    other.keep()
    assert sends(worker)
    assert wait_until(lambda: other.ledger.keeps)
    worker.ledger.close()
    other.ledger.close()


def test_outcomes_are_kept_though_nobody_is_there_and_whoever_comes_may_keep_at_once(folder, monkeypatch):
    monkeypatch.setattr(_layout, "OUTCOMES", 32)
    worker, reader = _worker(folder), _worker(folder)
    for _ in range(100):
        worker.settle(worker.route(CALL), "answered", wait=0.0, handle=60.0)
    assert reader.usage("nord").answered == 100
    locks = Locks(folder / "locks")
    assert locks.take(KEEPER)
    locks.close()
    worker.ledger.close()
    reader.ledger.close()


def test_it_speaks_with_the_store_for_processes_without_threads(folder, file, tmp_path):
    with place_of("redis", tmp_path) as place:
        worker = _worker(folder, place.url, at=time.time, cap_per_day=CAP)  # the keeper's day, too
        assert not sends(worker, within=0.1)
        with _keeper(folder, file, "--store", place.url) as keeper:
            assert _says(keeper, "kept")
            assert all(sends(worker) for _ in range(5))
        assert not [each.name for each in threading.enumerate() if each.name.startswith("bporoute")]
        worker.ledger.close()


def test_what_cannot_be_is_refused(folder, file, tmp_path):
    with pytest.raises(InputError, match="threads=True or threads=False"):
        SharedLedger(folder, threads=1)  # type: ignore[arg-type]
    other = tmp_path / "other.toml"
    other.write_text(CENTER.replace("nord", "syd"))
    worker = _worker(folder)
    done = bporoute("keeper", folder, "--center", other)
    worker.ledger.close()
    assert (done.returncode, "another path for another center" in done.stderr) == (2, True)
    helped = bporoute("keeper", "--help")
    assert "bporoute keeper /var/lib/bporoute --center center.toml" in " ".join(helped.stdout.split())


@pytest.mark.parametrize("told", ["answered", "judged", "kept"])
def test_processes_without_threads_write_accounts_in_time_whatever_they_tell(folder, told):
    one, other = (
        _worker(folder, at=lambda: BEGIN, **{"cap_per_day": 1} if told == "kept" else {}) for _ in "ab"
    )
    most = 0.0
    for _ in range(1100 if told == "judged" else 2100):
        decision = one.route(CALL)
        token = decision.token
        other.settle(token, "answered", wait=0.0, handle=LENGTH)
        if told == "judged":
            other.judge(token, resolved=True)
        most = max(most, other.ledger._not_kept)
    assert most <= _layout.OUTCOMES // 2
    assert other.ledger.told[0] > _layout.OUTCOMES // 2
    for each in (one, other):
        each.ledger.close()
