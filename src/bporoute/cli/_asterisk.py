"""What the command ``bporoute agi`` runs: a FastAGI server and a feed, until a signal ends both."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from bporoute._base.files import private_text
from bporoute.cli._live_router import ENDS
from bporoute.errors import InputError
from bporoute.routing._router import Router
from bporoute.telephony import agi, ami

SECRET = "BPOROUTE_AMI_SECRET"
"""The variable that holds the secret of the manager interface where no file does."""
PATIENCE = 5.0
"""Seconds that open conversations have to come to their end."""


def serve(server: agi.FastAgi, feed: ami.Feed | None, host: str, port: int) -> None:
    """Answer at an address, fed by Asterisk, until this process is told to end.

    Raises
    ------
    InputError
        If nobody can listen there.
    """
    asyncio.run(_serving(server, feed, host, port))


async def _serving(server: agi.FastAgi, feed: ami.Feed | None, host: str, port: int) -> None:
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for each in ENDS:
        loop.add_signal_handler(each, ended.set)
    try:
        listening = await server.listen(host, port)
    except OSError as failure:
        raise InputError(
            "host", f"{host}:{port}: {failure.strerror or failure}", "an address to listen at"
        ) from None
    told = None if feed is None else asyncio.create_task(feed.run())
    at = listening.sockets[0].getsockname()
    print(f"agi: listens at {at[0]}:{at[1]}", flush=True)
    await ended.wait()
    listening.close()
    await server.finish(PATIENCE)
    if told is not None:
        told.cancel()
        await asyncio.gather(told, return_exceptions=True)


def feed_of(router: Router, place: str, user: str, secret: Path | None, names: Path | None) -> ami.Feed:
    """The feed of the options of the command.

    Raises
    ------
    InputError
        At a place, a file or a name that cannot be used, and where there is no secret.
    """
    host, colon, port = place.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) < 65_536):
        raise InputError("ami", repr(place), "HOST:PORT, such as 127.0.0.1:5038")
    told = ami.Names(None, {}) if names is None else ami.read_names(names)
    text, where = _secret(secret), "" if names is None else f"{names}: "
    try:
        return ami.Feed(
            router, host.strip("[]"), int(port), user, text, queues=told.queues, trunks=told.trunks
        )
    except InputError as complaint:
        raise complaint.under(where) from None


def _secret(path: Path | None) -> str:
    """Never on the command line, where everybody on the host reads it."""
    text = os.environ.get(SECRET, "") if path is None else private_text(path, "a file that has the secret")
    if not text.strip():
        raise InputError("ami_secret_file", "no secret", f"a file with it, or the variable {SECRET}")
    return text.strip()
