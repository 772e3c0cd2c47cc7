"""From a URL to the store behind a shared ledger."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bporoute.errors import InputError, shown
from bporoute.routing.ledger._store import LEASE, StoreAwayError

if TYPE_CHECKING:
    from bporoute.routing.ledger._store import Store

FILE = "ledger.sqlite"
"""Name of SQLite's file in a ledger's folder."""
_KNOWN = "postgresql://user@host/database, redis://host:6379/0 (rediss:// with TLS, unix:///socket), or None"


def open_store(url: str | None, folder: Path, *, lease: float = LEASE) -> Store:
    """The store that a URL names; None: a file of SQLite in the ledger's own `folder`.

    A server that is away now is no error: each call says so. One that is there and cannot be trusted is.

    Parameters
    ----------
    url : str or None
        ``postgresql://user@host/database``, ``redis://host:6379/0``, ``rediss://`` (with TLS), ``unix://``
        (Redis by a socket); ``valkey://`` is ``redis://``.
    folder : Path
        Where the file of SQLite is or will be.
    lease : float
        For how long a new epoch grants nothing, in seconds, see `bporoute.routing.ledger._store`.

    Raises
    ------
    InputError
        If the URL names no store, its extra is not installed, or the store would lose what it has
        acknowledged.
    """
    store = _named(url, folder, lease)
    try:
        store.key()
    except StoreAwayError as away:
        if isinstance(away.__cause__, InputError):
            store.close()
            raise away.__cause__ from None
    return store


def _named(url: str | None, folder: Path, lease: float) -> Store:
    if url is None:
        from bporoute.routing.ledger._sqlite import sqlite_store

        return sqlite_store(folder / FILE, lease)
    scheme, separator, _ = url.partition("://")
    if scheme in ("postgresql", "postgres"):
        _check_extra("postgres", "psycopg")
        from bporoute.routing.ledger._postgres import postgres_store

        return postgres_store(url, lease)
    if scheme in ("redis", "rediss", "unix", "valkey", "valkeys"):
        _check_extra("redis", "redis")
        from bporoute.routing.ledger._redis import redis_store

        return redis_store(url.replace("valkey", "redis", 1) if scheme.startswith("valkey") else url, lease)
    raise InputError("store", shown(f"{scheme}://...") if separator else "no scheme://", _KNOWN)


def _check_extra(extra: str, module: str) -> None:
    if find_spec(module) is None:
        raise InputError("store", f"no {module}", f"pip install 'bporoute[{extra}]'")
