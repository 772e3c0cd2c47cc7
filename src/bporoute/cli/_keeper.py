"""The command ``bporoute keeper``: keeps a shared ledger for processes in which no threads run."""

from __future__ import annotations

import logging
import signal
import time
from pathlib import Path
from typing import Annotated

import typer

from bporoute.center._center import Center
from bporoute.cli._live_router import ENDS
from bporoute.cli._options import CenterFile
from bporoute.cli._store_url import StoreFile, StoreUrl, store_url
from bporoute.policies._thresholds import QueueLength
from bporoute.routing._router import Router
from bporoute.routing.ledger._shared import SharedLedger

LOOK_EVERY = 0.2
"""Seconds between two looks at whether it is this process that keeps, and at whether it is to end."""
FOLLOW_EVERY = 1.0
"""Seconds between two looks at what contacts have come to."""


def keeper(
    path: Annotated[Path, typer.Argument(help="The folder of the ledger: `SharedLedger(PATH)`.")],
    center: CenterFile,
    store: StoreUrl = None,
    store_file: StoreFile = None,
) -> None:
    """Keep a ledger that processes share, on a host in whose processes no threads run.

    It writes the accounts to the disk each second, speaks with the store, and goes on until Ctrl-C or TERM,
    with exit code 0. Of several, one keeps and the others stand by; when that one ends, however it does,
    another takes over within 2 s. The processes open the ledger by ``SharedLedger(PATH, threads=False)``.

    Example: `bporoute keeper /var/lib/bporoute --center center.toml`
    """
    config = Center.load(center)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")  # on standard error
    ended: list[int] = []
    before = {each: signal.signal(each, lambda number, _: ended.append(number)) for each in ENDS}
    try:
        ledger = SharedLedger(path, store_url(store, store_file))
        router = Router(config, QueueLength(0), ledger=ledger, compile=False)
        router.keep()
        said, followed = "", 0.0
        while not ended:
            time.sleep(LOOK_EVERY)
            if (now := "kept" if ledger.keeps else "stands by") != said:
                said = now
                _tell(path, said)
            if time.monotonic() - followed >= FOLLOW_EVERY:
                followed = time.monotonic()
                router.status()  # takes notice of what has ended: else that would wait for ever
        ledger.close()
        _tell(path, "ended")
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _tell(path: Path, what: str) -> None:
    print(f"{path}: {what}", flush=True)
