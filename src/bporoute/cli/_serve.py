"""The command ``bporoute serve``: answers over HTTP where contacts go."""

from __future__ import annotations

import logging
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bporoute.cli._live_router import ENDS, LedgerFolder, LivePolicy, live_router
from bporoute.cli._options import CenterFile
from bporoute.cli._store_url import StoreFile, StoreUrl
from bporoute.errors import InputError, shown
from bporoute.routing._prepare import prepare
from bporoute.telephony._destinations import Destinations
from bporoute.telephony._endings import Endings

if TYPE_CHECKING:
    import socket

LOGGER = logging.getLogger("bporoute")


def serve(
    center: CenterFile,
    policy: LivePolicy = "MarginalCost()",
    ledger: LedgerFolder = None,
    store: StoreUrl = None,
    store_file: StoreFile = None,
    destinations: Annotated[
        Path | None,
        typer.Option(help="Addresses of queues and vendors (TOML). Default: answers have their names alone."),
    ] = None,
    kind: Annotated[
        str, typer.Option(help="Which table of the addresses: sip, dial, number or queue.")
    ] = "sip",
    endings: Annotated[
        Path | None,
        typer.Option(help="What words of engines mean, where that is not as usual (TOML)."),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at; 0: any.", min=0, max=65_535)] = 8080,
    uds: Annotated[
        Path | None, typer.Option(help="Unix socket to listen at instead, for this user and its group.")
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(help="Tokens that may ask, one a line. Default: the variable BPOROUTE_TOKEN, or none."),
    ] = None,
    hide_ids: Annotated[
        bool, typer.Option("--hide-ids", help="Show no ids of contacts on the page for people.")
    ] = False,
    workers: Annotated[int, typer.Option(help="Processes; more than one need --ledger.", min=1, max=32)] = 1,
) -> None:
    """Answer over HTTP where contacts go: POST /v1/route, /v1/divert, /v1/settle, /v1/state, /v1/preview.

    GET / is a page for people; /v1/health, /metrics (Prometheus), /openapi.json. Beyond this host it
    listens only with a token. It goes on until Ctrl-C or TERM, answers what has begun, and ends with exit
    code 0. Log lines are on standard error. Needs the extra serve.

    Example: `bporoute serve --center center.toml --ledger /var/lib/bporoute --destinations destinations.toml`
    """
    try:
        from bporoute.telephony._loopback import is_loopback
        from bporoute.telephony.http import _serving as serving
        from bporoute.telephony.http._app import app
        from bporoute.telephony.http._guard import tokens_of
    except ImportError as failure:
        if failure.name not in ("uvicorn", "h11"):
            raise
        raise InputError("serve", "no uvicorn", "pip install 'bporoute[serve]'") from None
    tokens = tokens_of(token_file, os.environ)
    if uds is None and not tokens and not is_loopback(host):
        raise InputError("host", f"{shown(host)} without a token", "--token-file FILE, or BPOROUTE_TOKEN")
    if workers > 1 and ledger is None:
        raise InputError("workers", f"{workers} that share no ledger", "--ledger PATH, or one worker")
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")  # on standard error
    logging.getLogger("uvicorn").setLevel(logging.ERROR)  # not a line for each broken request
    router = live_router(
        center, policy, ledger, store, store_file, same_id_within=0.0
    )  # the app answers again
    addresses = None if destinations is None else Destinations.load(destinations, router.center, kind)
    words = None if endings is None else Endings.load(endings)
    served = app(router, addresses, tokens=tokens, endings=words, hide_ids=hide_ids, workers=workers)
    ended: list[int] = []
    before = {each: signal.signal(each, lambda number, _: ended.append(number)) for each in ENDS}
    try:
        listener = serving.listening(host, port, uds)
        place = None if uds is None else serving.place_of(uds)
        try:
            if workers > 1:
                prepare(router)
                serving.settle_down()
                LOGGER.info("%s: listening, %d workers", _named(listener), workers)
                serving.serve_forked(served, listener, workers, lambda: bool(ended))
            else:
                router.prepare()
                served.keep()
                serving.settle_down()
                LOGGER.info("%s: listening", _named(listener))
                serving.serve(served, listener, lambda: not ended)
        finally:
            listener.close()
            if uds is not None and place == serving.place_of(uds):  # else somebody else listens there now
                uds.unlink(missing_ok=True)
            served.close()
            LOGGER.info("ended")
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _named(listener: socket.socket) -> str:
    """Where it listens, as one asks it."""
    told = listener.getsockname()
    if isinstance(told, str):
        return f"unix:{told}"
    host = f"[{told[0]}]" if ":" in told[0] else told[0]
    return f"http://{host}:{told[1]}"
