"""What hosts do with a store, as processes that may be killed anywhere and go on from their notes."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import msgspec

from bporoute.routing.ledger._open_store import open_store
from bporoute.routing.ledger._store import (
    Ask,
    Declaration,
    Mark,
    Outcome,
    Request,
    Store,
    StoreAwayError,
    Window,
)

WINDOW = Window("nord", "day", 1795428000.0)
LEASE = 0.3
PAUSE = 0.02
"""Seconds between two requests: however quick a machine is, there is time to be killed in."""


class Notes(msgspec.Struct):
    """What a host remembers. It is written after every answer, whole or not at all."""

    number: int = 0
    mark: Mark = Mark()
    held: int = 0
    done: int = 0
    upto: int = 0
    counted: list[str] = []
    over: bool = False


def noted(file: Path) -> Notes:
    return msgspec.json.decode(file.read_bytes(), type=Notes) if file.exists() else Notes()


def note(file: Path, notes: Notes) -> None:
    beside = file.with_suffix(".new")
    beside.write_bytes(msgspec.json.encode(notes))
    os.replace(beside, file)


def take(url: str | None, folder: Path, file: Path, limit: int, seed: int) -> None:
    """Take units of the window, and give some back, until there are none left."""
    store, notes, chance = open_store(url, folder, lease=LEASE), noted(file), random.Random(seed)
    while not notes.over:
        units = chance.randint(1, 7) if chance.random() < 0.8 else -min(notes.held, chance.randint(1, 5))
        time.sleep(PAUSE)
        try:
            _exchange(store, file, notes, units, limit)
        except StoreAwayError:
            time.sleep(0.02)
    store.close()


def _exchange(store: Store, file: Path, notes: Notes, units: int, limit: int) -> None:
    host, at = file.stem, time.time()
    request = Request(
        host=host, number=notes.number + 1, mark=notes.mark, at=at, asks=(Ask(WINDOW, units, limit),)
    )
    answer = store.exchange(request)
    if answer.standing == "declare":
        holds = (Ask(WINDOW, notes.held, limit),) if notes.held else ()
        notes.mark = store.declare(
            Declaration(host=host, number=notes.number, mark=notes.mark, at=at, holds=holds)
        ).mark
    elif answer.standing == "outdated":
        raise AssertionError(answer)
    else:
        notes.number = answer.number
        notes.held += sum(moved.units for moved in answer.moved)
        notes.over = answer.standing == "done" and units > 0 and answer.moved[0].units == 0
    note(file, notes)
    if answer.standing == "learning":
        time.sleep(0.05)


def settle(url: str | None, folder: Path, file: Path, contacts: int, seed: int) -> None:
    """Hand the outcomes of all contacts over, in an order of one's own, and count what is new."""
    store, notes = open_store(url, folder), noted(file)
    order = random.Random(seed).sample(range(contacts), contacts)
    while not notes.over:
        time.sleep(PAUSE)
        some = [Outcome(f"token-{number}", 1.0, "{}") for number in order[notes.done : notes.done + 17]]
        try:
            rows = store.settle(file.stem, some, notes.upto)
        except StoreAwayError:
            time.sleep(0.02)
            continue
        notes.counted += [row.token for row in rows]
        notes.upto = rows[-1].position if rows else notes.upto
        notes.done += len(some)
        notes.over = not some
        note(file, notes)
    store.close()
