"""Kill processes that share a ledger, thousands of times at random points, and count what came of it.

    python scripts/kill_shared.py [--kills 10000] [--seed 1] [--workers 2] [--keepers 0] [--store redis]
                                  [--folder FOLDER]

Workers send contacts out, end them by tokens of each other (answered, abandoned, failed, undelivered;
settled or diverted), and change over to other centers meanwhile; they, and the keepers if there are any, are
killed by ``kill -9`` one by one or all at once, and so is the store. Every so many kills the hour ends. Then
all are killed, one more sends what is left below the caps and ends what is open, and all is compared with
what the workers wrote down: exit code 1 if any contact was sent above a cap, any outcome lost or doubled, or
anybody stuck. With keepers no worker has threads.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import mmap
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from bporoute import (  # noqa: E402
    Center,
    Contact,
    ContactType,
    Contract,
    Decision,
    HealthConfig,
    InputError,
    Queue,
    Router,
    SharedLedger,
    Vendor,
)
from bporoute.routing.ledger._view import look  # noqa: E402
from helpers.servers import Place, RedisServer, place_of  # noqa: E402 - it lives with the tests

BEGIN = 1_795_428_000.0
HOUR = 3600.0
KILLS_AN_HOUR = 40
CALL = Contact("call")
CAPS = {"nord": (120, 160), "syd": (60, 80), "ost": (20, 30)}
"""Of the centers that the processes change between: contacts an hour, or of the last vendor places."""
PLACES = "ost"
WORDS = {0: "divert failed", 1: "divert undelivered", 2: "failed", 3: "undelivered", 4: "abandoned"}
"""How contacts of the first vendor end, of `KINDS` that are equally likely; all others are answered."""
KINDS = 40
OUTCOMES = "answered", "abandoned", "failed", "undelivered"
HANG = 60.0
"""Seconds after which a process is stuck that has done nothing, on the busiest machine."""
LINE = 128 + 1 + 4 + 1 + 12 + 1
"""Bytes of a contact in the file of those that were sent: token, vendor, hour."""
DRAINED = 50
"""Contacts in a row that are kept when nothing is left below a cap."""


def center(variant: int, *, bad: bool = False) -> Center:
    """One of two centers which differ in caps, order and types; a bad one is refused."""
    vendors = {
        name: Vendor(
            country="DE",
            timezone="Europe/Berlin",
            contact_types=("call",),
            capacity=caps[variant] if name == PLACES else None,
            contract=Contract(
                price_per_minute=1.0 + place,
                period="year",
                cap_per_hour=None if name == PLACES else caps[variant],
            ),
        )
        for place, (name, caps) in enumerate(CAPS.items())
    }
    if bad:
        vendors["west"] = vendors["nord"]
    if variant:
        vendors = dict(reversed(vendors.items()))
    types = {"call": ContactType(queue="desk", sourcing="full")}
    if variant:
        types = {"mail": ContactType(queue="desk"), **types}
    return Center(
        queues={"desk": Queue(aht=120.0 + 60.0 * variant)},
        contact_types=types,
        vendors=vendors,
        health=HealthConfig(),
    )


def ends(token: str, vendor: str) -> str:
    """How a contact ends: the same, whoever ends it."""
    kind = zlib.crc32(token.encode()) % KINDS
    return WORDS.get(kind, "answered") if vendor == "nord" else "answered"


def length(token: str) -> float:
    """How many seconds it is handled."""
    return 60.0 * (1 + zlib.crc32(token.encode(), 1) % 4)


class Sent(NamedTuple):
    """A contact that was sent, as its process wrote it down."""

    token: str
    vendor: str
    hour: int


class Truth:
    """What processes have written down, each line whole, whoever is killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sent, self._ended, self._errors = (
            os.open(folder / name, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC)
            for name in ("sent", "ended", "errors")
        )

    def clear(self) -> None:
        for file in (self._sent, self._ended):
            os.ftruncate(file, 0)

    def send(self, decision: Decision) -> None:
        token = decision.token
        text = f"{token:128} {decision.destination:4} {int(decision.arrived // HOUR):12}\n"
        os.write(self._sent, text.encode())

    def end(self, token: str) -> None:
        os.write(self._ended, f"{token:128}\n".encode())

    def fail(self, what: str) -> None:
        os.write(self._errors, f"{what}\n".encode())

    def count(self) -> int:
        return os.fstat(self._sent).st_size // LINE

    def one(self, number: int) -> Sent:
        return _sent(os.pread(self._sent, LINE, number * LINE).decode())

    def sent(self) -> list[Sent]:
        text = os.pread(self._sent, LINE * self.count(), 0).decode()
        return [_sent(line) for line in text.splitlines()]

    def ended(self) -> list[str]:
        return (self._folder / "ended").read_text().split()

    def errors(self) -> str:
        return (self._folder / "errors").read_text()


def _sent(line: str) -> Sent:
    token, vendor, hour = line.split()
    return Sent(token, vendor, int(hour))


class Common:
    """What all processes look at: the time, and how far each has come."""

    def __init__(self, folder: Path, truth: Truth, url: str | None, seed: int) -> None:
        self.folder, self.truth, self.url, self.seed = folder, truth, url, seed
        self._shared = mmap.mmap(-1, 8 * 64)
        self.hours = np.ndarray(1, np.float64, self._shared)
        self.beats = np.ndarray(63, np.float64, self._shared, 8)
        self._since = time.monotonic()

    def clock(self) -> float:
        return float(BEGIN + self.hours[0] * HOUR + (time.monotonic() - self._since) % 3000.0)

    def hour(self) -> int:
        return int((BEGIN + self.hours[0] * HOUR) // HOUR)

    def router(self, variant: int, *, threads: bool) -> Router:
        ledger = SharedLedger(self.folder / "ledger", self.url, threads=threads)
        return Router(center(variant), "QueueLength(0)", ledger=ledger, clock=self.clock, compile=False)


# --- what processes do ------------------------------------------------------------------------------------


def work(common: Common, number: int, seed: int, threads: bool) -> None:
    """Send, end and change over until killed."""
    chance, truth = random.Random(seed), common.truth
    router = common.router(chance.randrange(2), threads=threads)
    while True:
        common.beats[number] += 1
        acts = chance.random()
        if acts < 0.05:
            router.replace(center(chance.randrange(2)))
        elif acts < 0.06:
            with contextlib.suppress(InputError):
                router.replace(center(0, bad=True))
                truth.fail("a bad center was taken")
        elif acts < 0.07:
            router.status()
        elif acts < 0.08:
            router.vendors["nord"].update(expected_wait=chance.uniform(0.0, 5.0))
        elif acts < 0.09:
            router.ledger.rest()
        decision = router.route(CALL)
        if decision.destination in CAPS:
            truth.send(decision)
        for _ in range(2):
            if known := truth.count():
                end(router, truth, truth.one(max(known - 1 - int(chance.expovariate(0.02)), 0)))
        time.sleep(0.001 if decision.destination in CAPS else 0.004)


def end(router: Router, truth: Truth, sent: Sent, *, diverts: bool = True) -> bool:
    """End a contact of anybody's; whether that was done now."""
    words = ends(sent.token, sent.vendor).split()
    before = router._tokens.refused.copy()
    if words[0] == "divert" and diverts:
        second = router.divert(sent.token, failed="503", outcome=words[1])
        if done := router._tokens.refused == before:
            truth.end(sent.token)
        if second is not None and second.destination in CAPS:
            truth.send(second)
    else:
        router.settle(sent.token, words[-1], wait=0.0, handle=length(sent.token))
        if done := router._tokens.refused == before:
            truth.end(sent.token)
    return done


def keep(common: Common, number: int, seed: int, threads: bool) -> None:
    """As `bporoute keeper`, until killed."""
    router = common.router(seed % 2, threads=True)
    router.keep()
    while True:
        common.beats[number] += 1
        router.status()
        time.sleep(0.02)


class Found(msgspec.Struct):
    """What one more process finds when all others were killed."""

    usage: dict[str, dict[str, float]]
    bills: dict[str, float]
    hours: dict[str, int]
    open_places: int
    refused: dict[str, int]
    problems: tuple[str, ...]


def find(common: Common, to: Path) -> None:
    """Send what is left below the caps, then end what is open."""
    router, truth = common.router(1, threads=True), common.truth
    router.keep()
    kept, patience = 0, 0.0 if common.url is None else 0.05
    while kept < DRAINED:
        decision = router.route(CALL, exclude=(PLACES,))
        kept = kept + 1 if decision.destination not in CAPS else 0
        if kept:
            time.sleep(patience or 0.001)
        else:
            truth.send(decision)
    hours = {name: router.usage(name).this_hour for name in CAPS}
    there = {sent.token for sent in truth.sent() if sent.vendor == PLACES}
    open_places = 0
    for sent in {each.token: each for each in truth.sent()}.values():
        open_places += end(router, truth, sent, diverts=False) and sent.token in there
    problems = look(common.folder / "ledger").problems
    usage = {name: msgspec.to_builtins(router.usage(name)) for name in CAPS}
    bills = {name: router.bill(name).handle_seconds for name in CAPS}
    found = Found(usage, bills, hours, open_places, dict(router._tokens.refused), problems)
    router.ledger.close()
    to.write_bytes(msgspec.json.encode(found))


def wait(common: Common, to: Path) -> None:
    """See how many contacts of those that were killed are there when their leases have ended."""
    router = common.router(1, threads=True)
    for _ in range(6):
        common.hours[0] += 2
        router.settle(router.route(CALL), "answered", wait=0.0, handle=60.0)
    there = sum(router.usage(name).in_flight for name in CAPS)
    router.ledger.close()
    to.write_text(str(there))


# --- what is done to them ---------------------------------------------------------------------------------


class Crowd:
    """Processes that are started anew when they were killed."""

    def __init__(self, common: Common, workers: int, keepers: int, chance: random.Random) -> None:
        self._common, self._chance, self.kills = common, chance, Counter[str]()
        self._works = [work] * workers + [keep] * keepers
        self._threads = not keepers
        self._running: list[Any] = [None] * len(self._works)
        self._context = multiprocessing.get_context("fork")

    def start(self) -> None:
        for number, process in enumerate(self._running):
            if process is None:
                self._running[number] = self._started(number)

    def _started(self, number: int) -> Any:
        return self.run(self._works[number], number, self._chance.randrange(1 << 30), self._threads)

    def run(self, what: Callable[..., None], *arguments: object) -> Any:
        process = self._context.Process(target=_noted, args=(self._common, what, *arguments), daemon=True)
        process.start()
        return process

    def kill(self, number: int) -> None:
        process = self._running[number]
        process.kill()
        process.join(HANG)
        self._running[number] = None
        if process.exitcode == -signal.SIGKILL:
            self.kills["keeper" if self._works[number] is keep else "worker"] += 1
        else:
            self._common.truth.fail(f"ended by itself: {process.exitcode}")

    def kill_one(self) -> None:
        self.kill(self._chance.randrange(len(self._running)))
        self.start()

    def kill_all(self) -> None:
        for number in range(len(self._running)):
            self.kill(number)

    def all_go_on(self) -> bool:
        beats, until = self._common.beats[: len(self._running)].copy(), time.monotonic() + HANG
        while time.monotonic() < until:
            if (self._common.beats[: len(self._running)] >= beats + 2).all():
                return True
            time.sleep(0.005)
        return False


def _noted(common: Common, what: Callable[..., None], *arguments: object) -> None:
    try:
        what(common, *arguments)
    except BaseException:
        common.truth.fail(traceback.format_exc())
        os._exit(1)


class Balance:
    """What should have come of it all, and what did not."""

    def __init__(self, *, epochs: bool = False) -> None:
        self._epochs = epochs
        """Whether a store that was killed grants nothing for a lease, as Redis does."""
        self.wrong: list[str] = []
        self.counts = Counter[str]()
        self.over = self.lost = self.doubled = self.stranded = 0
        self._ended = {name: Counter[str]() for name in CAPS}
        self._seconds = dict.fromkeys(CAPS, 0.0)

    def close(self, truth: Truth, found: Found, hour: int) -> None:
        """At the end of an hour."""
        sent = {each.token: each for each in truth.sent()}
        noted = Counter(truth.ended())
        self.counts["sent"] += len(sent)
        self.counts["ended and noted"] += len(noted)
        again = sum(noted.values()) - len(noted)
        self.note("doubled", again, "outcomes were acknowledged twice")
        in_hours = Counter[tuple[str, int]]()
        for token, each in sent.items():
            outcome = ends(token, each.vendor).split()[-1]
            self._ended[each.vendor][outcome] += 1
            self._seconds[each.vendor] += length(token) if outcome == "answered" else 0.0
            in_hours[each.vendor, each.hour] += outcome in ("answered", "abandoned")
        for (name, at), count in in_hours.items():
            if name != PLACES:
                self.note("over", count - max(CAPS[name]), f"sent to {name} in hour {at}: {count}")
        self.note("over", found.open_places - max(CAPS[PLACES]), f"at {PLACES}")
        for name, caps in CAPS.items():
            usage = found.usage[name]
            if name != PLACES:
                self.note("over", found.hours[name] - max(caps), f"counted at {name}")
                self.note("stranded", max(caps) - found.hours[name], f"units of {name} in hour {hour}")
            for outcome in OUTCOMES:
                right, there = self._ended[name][outcome], int(usage[outcome])
                self.note("lost", right - there, f"{outcome} of {name}: {there}, not {right}")
                self.note("doubled", there - right, f"{outcome} of {name}: {there}, not {right}")
            price = 1.0 + list(CAPS).index(name)
            for what, is_so in (("spent", usage["spent"]), ("billed", found.bills[name] / 60.0 * price)):
                if not math.isclose(is_so, self._seconds[name] / 60.0 * price, rel_tol=1e-9, abs_tol=1e-6):
                    right_is = self._seconds[name] / 60.0 * price
                    self.wrong.append(f"hour {hour}: {what} for {name}: {is_so}, not {right_is}")
        self.wrong += [f"hour {hour}: verify: {problem}" for problem in found.problems]
        if odd := {reason: n for reason, n in found.refused.items() if reason != "settled"}:
            self.wrong.append(f"hour {hour}: tokens of it refused: {odd}")

    def note(self, kind: str, count: float, words: str) -> None:
        if count > 0:
            setattr(self, kind, getattr(self, kind) + count)
        if count > 0 and not (kind == "stranded" and self._epochs):
            self.wrong.append(f"{kind} {count}: {words}")


def hours(common: Common, crowd: Crowd, place: Place | None, kills: int, seed: int) -> Iterator[Balance]:
    """Kill until there were so many kills; what the balance is after each hour."""
    chance, truth = random.Random(seed), common.truth
    epochs = isinstance(place, RedisServer)
    balance = Balance(epochs=epochs)
    while sum(crowd.kills.values()) < kills and not (balance.wrong or truth.errors()):
        crowd.start()
        for _ in range(KILLS_AN_HOUR):
            time.sleep(0.001 * 200.0 ** chance.random())
            if chance.random() < 0.05:
                crowd.kill_all()
                crowd.start()
            else:
                crowd.kill_one()
            if place is not None and chance.random() < (0.003 if epochs else 0.02):
                place.kill()
                crowd.kills["store"] += 1
                time.sleep(chance.uniform(0.0, 0.5))
                place.start()
        if not crowd.all_go_on():
            balance.wrong.append("somebody is stuck")
        turned = chance.random() < 0.5
        if turned:  # while they work
            common.hours[0] += 1
            time.sleep(chance.uniform(0.0, 0.05))
        crowd.kill_all()
        to = common.folder / "found"
        finder = crowd.run(find, to)
        finder.join(10.0 * HANG)
        if finder.exitcode != 0:
            balance.wrong.append(f"nobody can begin any more: {finder.exitcode}")
            finder.kill()
        else:
            balance.close(truth, msgspec.json.decode(to.read_bytes(), type=Found), common.hour())
            to.unlink()
            if not balance.wrong:
                truth.clear()
        if not turned or chance.random() < 0.9:
            common.hours[0] += 1
        yield balance
    if not (balance.wrong or truth.errors()):
        waiting = crowd.run(wait, common.folder / "there")
        waiting.join(HANG)
        there = int((common.folder / "there").read_text()) if waiting.exitcode == 0 else math.inf
        balance.note("stranded", there, "places of those that were killed, after their lease")
        yield balance


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keepers", type=int, default=0)
    parser.add_argument("--store", choices=["redis", "postgresql"])
    parser.add_argument("--folder", type=Path, help="where it all is; it stays there")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="kill-shared-"))
    folder.mkdir(parents=True, exist_ok=True)
    began, said, balance = time.monotonic(), 0.0, Balance()
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(place_of(asked.store, folder)) if asked.store else None
        truth = Truth(folder)
        common = Common(folder, truth, place.url if place else None, asked.seed)
        crowd = Crowd(common, asked.workers, asked.keepers, random.Random(asked.seed))
        stack.callback(lambda: [each.kill() for each in multiprocessing.active_children()])
        for balance in hours(common, crowd, place, asked.kills, asked.seed + 1):
            if time.monotonic() > said + 10.0 or balance.wrong:
                said = time.monotonic()
                print(f"{said - began:6.0f} s  {_line(crowd, balance)}", flush=True)
        print(_line(crowd, balance))
        failures = [*balance.wrong, *([truth.errors()] if truth.errors() else [])]
    for failure in failures:
        print(failure)
    if asked.folder is None and not failures:
        shutil.rmtree(folder)
    elif failures:
        print(f"all of it is in {folder}")
    return 1 if failures else 0


def _line(crowd: Crowd, balance: Balance) -> str:
    killed = ", ".join(f"{count:,} {name}" for name, count in sorted(crowd.kills.items()))
    return (
        f"{sum(crowd.kills.values()):,} kills ({killed}); {balance.counts['sent']:,} sent, over-commit "
        f"{balance.over}, lost {balance.lost}, doubled {balance.doubled}, units stranded {balance.stranded}"
    )


if __name__ == "__main__":
    sys.exit(main())
