"""Stores whose clients and servers are killed, frozen, set back: nothing is granted or counted twice."""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bporoute.routing.ledger._line import PATIENCE
from bporoute.routing.ledger._store import Ask, Mark, Outcome, Store, StoreAwayError
from helpers import store_clients
from helpers.a_host import DAY, AHost
from helpers.running import HANG, run_together, wait_until
from helpers.servers import File, Place, RedisServer, opened
from helpers.store_clients import WINDOW, noted

LEASE = 60.0
SLACK = 20.0
"""Seconds that a busy machine may add."""
KILLS = 12
SERVER_KILLED = (2, 7)
"""After so many of its clients."""

SERVERS = [pytest.param(kind, marks=pytest.mark.slow) for kind in ("postgresql", "redis")]
pytestmark = [
    pytest.mark.thorough,
    pytest.mark.parametrize("running_place", ["sqlite", *SERVERS], indirect=True),
]


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    store = opened(place, LEASE)
    yield store
    store.close()


@pytest.fixture(scope="module")
def processes() -> Any:
    """Starts processes that have imported what they need, so that they can be killed while they work."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["helpers.store_clients"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(store_clients.__file__).parents[1]))
        first = context.Process(target=print)
        first.start()
        first.join(HANG)
    return context


class Clients:
    """Processes that do one thing each, and do it again when they were killed."""

    def __init__(self, processes: Any, works: dict[str, tuple[Callable[..., None], tuple[Any, ...]]]) -> None:
        self._processes, self._works = processes, works
        self._running = {name: self._started(name) for name in works}
        self.names = list(works)
        self.killed = 0

    def _started(self, name: str) -> Any:
        work, arguments = self._works[name]
        process = self._processes.Process(target=work, args=arguments, daemon=True)
        process.start()
        return process

    def kill(self, name: str) -> None:
        process = self._running[name]
        if process.exitcode is None:
            process.kill()
            process.join(HANG)
            self.killed += process.exitcode == -signal.SIGKILL
            self._running[name] = self._started(name)

    def work(self) -> bool:
        for process in self._running.values():
            assert process.exitcode in (None, 0)
        return any(process.exitcode is None for process in self._running.values())

    def end(self) -> None:
        for process in self._running.values():
            process.join(HANG)
            assert process.exitcode == 0


def test_four_that_take_until_there_are_none_left_have_had_the_limit(
    place: Place, store: Store, processes: Any, tmp_path: Path
) -> None:
    files = [tmp_path / f"host{number}" for number in range(4)]
    works = {
        file.stem: (store_clients.take, (place.url, place.folder, file, 400, seed))
        for seed, file in enumerate(files)
    }
    Clients(processes, works).end()
    _held_is_granted(store, files, 400)


@pytest.mark.parametrize("seed", [1])
def test_clients_and_servers_that_are_killed_strand_nothing(
    place: Place, store: Store, processes: Any, tmp_path: Path, seed: int
) -> None:
    files = [tmp_path / f"host{number}" for number in range(3)]
    works = {
        file.stem: (store_clients.take, (place.url, place.folder, file, 300, seed * 10 + number))
        for number, file in enumerate(files)
    }
    clients = Clients(processes, works)
    _kill_at_random(clients, place, random.Random(seed))
    store.close()  # its server was another
    _held_is_granted(store, files, 300)


def _kill_at_random(clients: Clients, place: Place, chance: random.Random) -> None:
    while clients.work() and clients.killed < KILLS:
        time.sleep(chance.uniform(0.02, 0.2))
        clients.kill(chance.choice(clients.names))
        if clients.killed in SERVER_KILLED:
            place.kill()
            place.start()
    clients.end()
    assert clients.killed > 3


def _held_is_granted(store: Store, files: list[Path], limit: int) -> None:
    """One more takes what was given back last; then all have exactly what there was."""
    rest = AHost(store, "rest", at=time.time())
    left = rest.take(limit, limit, WINDOW, at=time.time() + store_clients.LEASE)
    listing = store.listing()
    assert left + sum(noted(file).held for file in files) == limit
    assert [(one.window, one.units) for one in listing.windows] == [(WINDOW, limit)]
    assert listing.trouble() == []


@pytest.mark.parametrize("seed", [3])
def test_an_outcome_that_all_hand_over_counts_once_whoever_is_killed(
    place: Place, store: Store, processes: Any, tmp_path: Path, seed: int
) -> None:
    files = [tmp_path / f"host{number}" for number in range(3)]
    works = {
        file.stem: (store_clients.settle, (place.url, place.folder, file, 1500, seed * 10 + number))
        for number, file in enumerate(files)
    }
    clients = Clients(processes, works)
    _kill_at_random(clients, place, random.Random(seed))
    store.close()
    counted = [token for file in files for token in noted(file).counted]
    assert sorted(counted) == sorted(f"token-{number}" for number in range(1500))
    assert sum(len(store.journal(file.stem, 0)) for file in files) == 1500


def test_after_a_restart_everything_is_there(place: Place, store: Store) -> None:
    a, b = AHost(store, "a"), AHost(store, "b")
    a.take(60)
    b.take(7)
    store.settle("a", [Outcome("x", 1.0, "{}")], 0)
    before, key = store.listing(), store.key()
    place.kill()
    place.start()
    assert wait_until(lambda: _answers(store))
    assert store.listing() == before
    assert store.key() == key
    assert store.known(["x"]) == {"x"}
    if isinstance(place, RedisServer):  # which cannot know what it has forgotten
        assert a.ask(Ask(DAY, 1, 100), at=5.0).standing == "declare"
        a.declare(6.0)
        assert a.mark.epoch == before.mark.epoch + 1
        assert a.ask(Ask(DAY, 1, 100), at=5.0 + LEASE - 0.1).standing == "learning"
        b.declare(7.0)
    assert [a.take(100, at=5.0 + LEASE), b.take(1, at=5.0 + LEASE)] == [33, 0]


def test_a_store_set_back_is_noticed_and_what_hosts_hold_is_known_again(place: Place, store: Store) -> None:
    a, b = AHost(store, "a"), AHost(store, "b")
    a.take(20)
    b.take(5)
    store.settle("a", [Outcome("x", 1.0, "{}")], 0)
    place.back_up()
    store.close()  # which may have been killed for that
    _learned(store, a, b, at=1000.0)
    a.take(40, at=2000.0)
    b.take(6, at=2000.0)
    (_, *after) = store.settle("a", [Outcome("y", 1.0, "{}")], 0)
    epoch = a.mark.epoch
    store.close()
    place.restore()
    assert a.ask(Ask(DAY, 100, 100), at=3000.0).standing == "declare"
    a.declare(3000.0)
    assert a.mark.epoch > epoch
    learning = a.ask(Ask(DAY, 100, 100), at=3000.0 + LEASE - 1.0)
    assert (learning.standing, learning.until) == ("learning", 3000.0 + LEASE)
    assert sum(moved.units for moved in learning.moved) == 0
    assert b.ask(Ask(DAY, -1, 100), at=3001.0).standing == "declare"
    assert b.declare(3001.0).mark == a.mark  # one epoch for all
    given = b.ask(Ask(DAY, -1, 100), Ask(WINDOW, 0, 100), at=3002.0)
    assert (given.standing, given.moved[0].units) == ("learning", -1)  # what is given back is taken
    assert [a.take(100, at=3000.0 + LEASE), b.take(100, at=3000.0 + LEASE)] == [30, 0]
    assert sum(a.held.values()) + sum(b.held.values()) == 100
    assert store.listing().trouble() == []
    assert [row.token for row in store.settle("a", [Outcome("z", 1.0, "{}")], after[-1].position)] == ["z"]


def _learned(store: Store, *known: AHost, at: float) -> None:
    """A server that was stopped to be copied may have a new epoch."""
    for host in known:
        if host.ask(at=at).standing == "declare":
            host.declare(at)


def test_a_store_that_was_emptied_is_noticed(place: Place, store: Store) -> None:
    a, b = AHost(store, "a"), AHost(store, "b")
    a.take(20)
    b.take(5)
    a.mark = b.mark = Mark(a.mark.store, 7)  # it has seen some
    store.close()
    place.clear()
    assert a.ask(Ask(DAY, 100, 100), at=10.0).standing == "declare"
    a.declare(10.0)
    b.declare(11.0)
    assert a.ask(Ask(DAY, 100, 100), at=69.0).standing == "learning"
    assert (a.take(100, at=71.0), store.listing().trouble()) == (75, [])


def test_a_store_that_is_away_says_so_at_once_and_is_back_at_once(place: Place, store: Store) -> None:
    if isinstance(place, File):
        pytest.skip("SQLite has no server that could be away")
    a = AHost(store)
    a.take(10)
    place.kill()
    begin = time.monotonic()
    for call in _calls(store):
        with pytest.raises(StoreAwayError) as away:
            call()
        assert away.value.reason.startswith(store.where)
    assert time.monotonic() - begin < SLACK
    place.start()
    assert _answers(store)


def test_a_store_that_hangs_is_given_up(place: Place, store: Store) -> None:
    AHost(store).take(10)
    place.freeze()
    try:
        for call in _calls(store)[:3]:
            begin = time.monotonic()
            with pytest.raises(StoreAwayError):
                call()
            assert time.monotonic() - begin < PATIENCE + SLACK
    finally:
        place.thaw()
    assert wait_until(lambda: _answers(store))
    assert store.listing().windows[0].units == 10


def _calls(store: Store) -> list[Callable[[], object]]:
    host = AHost.__new__(AHost)
    host.store, host.name, host.number, host.held, host.mark = store, "a", 1, {}, Mark()
    return [
        lambda: host.ask(Ask(DAY, 1, 100)),
        lambda: store.settle("a", [Outcome("x", 1.0, "{}")], 0),
        store.listing,
        lambda: host.declare(0.0),
        store.key,
        store.accounts,
        lambda: store.save([]),
        lambda: store.known(["x"]),
        lambda: store.journal("a", 0),
        lambda: store.free("seats", 0.0),
        lambda: store.forget(windows_before=0.0, outcomes_before=0.0),
    ]


def _answers(store: Store) -> bool:
    try:
        store.accounts()
    except StoreAwayError:
        return False
    return True


# A client of Redis that is interrupted while it connects leaves its socket to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupted_call_leaves_the_store_usable(place: Place, store: Store) -> None:
    """By a signal, anywhere in the call: it is done or not, and the next call does not notice."""
    a = AHost(store)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    interrupted = steps = 0
    until = time.monotonic() + 60.0
    try:
        while (steps < 40 or interrupted <= 5) and time.monotonic() < until:
            steps += 1
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0002 * (steps % 20 + 1))
                a.take(1, limit=10**6)
                signal.setitimer(signal.ITIMER_REAL, 0.0)
            except KeyboardInterrupt:
                interrupted += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    gc.collect()
    a.take(0, limit=10**6)  # what the last answer was
    assert interrupted > 5
    assert store.listing().trouble() == []
    assert store.listing().windows[0].units == a.held[DAY]


def test_threads_share_a_store(store: Store) -> None:
    hosts = [AHost(store, f"host{number}") for number in range(4)]
    run_together([lambda host=host: [host.take(1, limit=60) for _ in range(20)] for host in hosts])
    assert sum(sum(host.held.values()) for host in hosts) == 60
    assert store.listing().trouble() == []


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_makes_a_connection_of_its_own(store: Store) -> None:
    """Also one that is forked while another thread is in the middle of a call."""
    parent = AHost(store, "parent")
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            parent.take(1, limit=10**6)
            time.sleep(0.003)  # for SQLite lets nobody else in where there is no break

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    for number in range(5):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = 0 if AHost(store, f"child{number}").take(2, limit=10**6) == 2 else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    over.set()
    thread.join(HANG)
    listing = store.listing()
    assert listing.windows[0].units == parent.held[DAY] + 10
    assert listing.trouble() == []
