"""The command ``bporoute agi``: Asterisk asks where calls go, and tells how its queues are."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from bporoute.cli._live_router import LedgerFolder, LivePolicy, live_router
from bporoute.cli._options import CenterFile, parse_mapping
from bporoute.cli._store_url import StoreFile, StoreUrl
from bporoute.errors import InputError
from bporoute.routing.ledger._shared import SharedLedger


def agi_server(
    center: CenterFile,
    destinations: Annotated[
        Path | None,
        typer.Option(
            help="File with a table [dial]: queue or vendor = what Asterisk dials.", show_default=False
        ),
    ] = None,
    policy: LivePolicy = "MarginalCost()",
    ledger: LedgerFolder = None,
    store: StoreUrl = None,
    store_file: StoreFile = None,
    host: Annotated[str, typer.Option(help="Address of this host to listen at.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            help="Port to listen at; 0: any that is free. Default: FastAGI's, 4573.", min=0, max=65_535
        ),
    ] = None,
    peers: Annotated[
        list[str] | None,
        typer.Option(
            help="Network of Asterisks that may ask, such as 10.0.0.0/24; repeat. Default: this host."
        ),
    ] = None,
    ask: Annotated[
        list[str] | None,
        typer.Option(help="FIELD=VARIABLE of the channel, such as language=CHANNEL(language); repeat."),
    ] = None,
    endings: Annotated[
        Path | None,
        typer.Option(help="File with a table [dialstatus] of what is changed.", show_default=False),
    ] = None,
    ami_at: Annotated[
        str | None, typer.Option("--ami", help="HOST:PORT of the manager interface that tells of the queues.")
    ] = None,
    ami_user: Annotated[str, typer.Option(help="Account in manager.conf.")] = "bporoute",
    ami_secret_file: Annotated[
        Path | None, typer.Option(help="File with its secret. Default: the variable BPOROUTE_AMI_SECRET.")
    ] = None,
    ami_names: Annotated[
        Path | None,
        typer.Option(help='File with [queues] support = "service" and [trunks] "PJSIP/baltic" = "baltic".'),
    ] = None,
) -> None:
    """Answer the channels of an Asterisk (FastAGI), fed by its queue events (AMI).

    It goes on until Ctrl-C or TERM, lets open conversations end, and ends with exit code 0.

    Example: `bporoute agi --center center.toml --destinations dial.toml --ledger /var/lib/bporoute
    --ami 127.0.0.1:5038 --ami-secret-file /etc/bporoute/ami`
    """
    from bporoute.cli import _asterisk
    from bporoute.telephony import Destinations, Endings, agi
    from bporoute.telephony._loopback import is_loopback

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")  # on standard error
    if not peers and not is_loopback(host):
        raise InputError(
            "host", repr(host), "who may ask there, as FastAGI knows no password: --peers NETWORK"
        )
    if ami_at is None:
        for option, given in (("ami_secret_file", ami_secret_file), ("ami_names", ami_names)):
            if given is not None:
                raise InputError(option, "no --ami", "where the manager interface is: --ami HOST:PORT")
    router = live_router(center, policy, ledger, store, store_file)
    table = None if destinations is None else Destinations.load(destinations, router.center, "dial")
    server = agi.FastAgi(
        router,
        table,
        None if endings is None else Endings.load(endings),
        ask=parse_mapping(ask or [], "--ask", "language=CHANNEL(language)"),
        peers=peers or agi.LOOPBACK,
    )
    feed = None if ami_at is None else _asterisk.feed_of(router, ami_at, ami_user, ami_secret_file, ami_names)
    try:
        router.prepare()
        _asterisk.serve(server, feed, host, agi.PORT if port is None else port)
    finally:
        if isinstance(router.ledger, SharedLedger):
            router.ledger.close()
    counted = ", ".join(f"{count} {name}" for name, count in server.counts.items())
    print(f"agi: ended; {counted or 'nobody asked'}")
