"""The router that a command decides live calls with, of the options that such commands share."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer

from bporoute.center._center import Center
from bporoute.cli._store_url import store_url
from bporoute.errors import InputError
from bporoute.routing._router import Router
from bporoute.routing.ledger._shared import SharedLedger

ENDS = (signal.SIGINT, signal.SIGTERM)
"""What ends a command that goes on until it is told to."""
SAME_ID_WITHIN = 600.0
"""Seconds within which whoever asks again about the same contact gets the same answer, counted once."""

LivePolicy = Annotated[str, typer.Option("--policy", help="Policy that decides.")]
LedgerFolder = Annotated[
    Path | None,
    typer.Option(
        "--ledger",
        help="Folder of a ledger that outlives the process and that others share: `SharedLedger(PATH)`. "
        "Default: what is sent and owed is counted in memory and forgotten at the end.",
    ),
]


def live_router(
    center: Path,
    policy: str,
    ledger: Path | None = None,
    store: str | None = None,
    store_file: Path | None = None,
    same_id_within: float = SAME_ID_WITHIN,
) -> Router:
    """A router of the options of a command; the kernels compile in the background.

    `same_id_within` is 0 where somebody else sees to those who ask again.

    Raises
    ------
    InputError
        If the center, the policy, the folder or the store cannot be used.
    """
    url = store_url(store, store_file)
    if url is not None and ledger is None:
        raise InputError(
            "store", "a store without a ledger", "the folder of this host's ledger, too: --ledger PATH"
        )
    config = Center.load(center)
    shared = None if ledger is None else SharedLedger(ledger, url)
    return Router(config, policy, ledger=shared, same_id_within=same_id_within)
