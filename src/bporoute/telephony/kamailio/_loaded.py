"""The route of a Kamailio's script, from files; a reload of the script keeps all that the workers know."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import msgspec

from bporoute._base.logger import INFO, WARNING, logger, say
from bporoute.center._center import Center
from bporoute.errors import InputError
from bporoute.policies._thresholds import MarginalCost
from bporoute.routing._prepare import prepare
from bporoute.routing._router import Router
from bporoute.routing.ledger._shared import SharedLedger
from bporoute.telephony._destinations import Destinations
from bporoute.telephony.kamailio._log import KamailioLog
from bporoute.telephony.kamailio._route import Route

Place = str | os.PathLike[str]
CENTER, DESTINATIONS = "center.toml", "destinations.toml"


class _Loaded(msgspec.Struct):
    """What the process has loaded: it stays when Kamailio runs the script anew."""

    router: Router
    destinations: Destinations
    told: tuple[str | None, ...]


_LOADED: dict[Path, _Loaded] = {}
"""By the folder of the ledger."""


def load(
    ksr: Any,
    folder: Place,
    *,
    ledger: Place,
    policy: str | None = None,
    **options: Any,
) -> Route:
    """Load what a Kamailio's script routes by, and have it ready; call it where the script begins.

    There it runs once, before Kamailio forks its workers, which inherit all. After ``kamcmd
    app_python.reload`` each worker runs the script again, with its next message: then the router stays, with
    all that it knows and counts, and goes on by the files and the policy as they are then, see
    `Router.replace`. What cannot be used changes nothing then, and the log says so.

    Parameters
    ----------
    ksr : module
        Kamailio's, into whose log go the lines of the logger ``bporoute``.
    folder : path
        Where ``center.toml`` is and ``destinations.toml``, which has the SIP URIs in a table ``[sip]``.
    ledger : path
        The folder of the `SharedLedger`, for which ``bporoute keeper`` runs.
    policy : str or None
        Such as ``"QueueLength(10)"``; None: `MarginalCost`.
    options
        Those of `Route`: ``contact``, ``endings``, ``fallback``, ``silence``, ``ringing``, ``clock``.

    Returns
    -------
    Route
        A new one, as the options say.

    Raises
    ------
    InputError
        Before there are workers: if a file or the ledger cannot be used. Then Kamailio does not start.
    """
    if not any(isinstance(handler, KamailioLog) for handler in logger().handlers):
        logger().addHandler(KamailioLog(ksr))
        logger().setLevel(logging.INFO)
    files, place = Path(folder), Path(ledger).absolute()
    loaded = _LOADED.get(place)
    if loaded is not None:
        _follow(loaded, files, policy)
    else:
        told, center, destinations = _read(files, policy)
        router = Router(center, policy, ledger=SharedLedger(place, threads=False))
        try:
            prepare(router)
        except RuntimeError as failure:  # it decides interpreted
            say([(WARNING, f"kamailio: {failure}")])
        loaded = _LOADED[place] = _Loaded(router, destinations, told)
    return Route(loaded.router, loaded.destinations, **options)


def _read(folder: Path, policy: str | None) -> tuple[tuple[str | None, ...], Center, Destinations]:
    """What is told, as it is and as it is meant."""
    told = _told(folder, policy)  # first: what is written meanwhile is seen by the next reload
    center = Center.load(folder / CENTER)
    return told, center, Destinations.load(folder / DESTINATIONS, center, "sip")


def _told(folder: Path, policy: str | None) -> tuple[str | None, ...]:
    return (policy, *(_text(folder / name) for name in (CENTER, DESTINATIONS)))


def _text(path: Path) -> str | None:
    """What a file says; None: it cannot be read, as who loads it says."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return None


def _follow(loaded: _Loaded, folder: Path, policy: str | None) -> None:
    """Go on by the files and the policy as they are now, if they have changed and can be used."""
    try:
        if _told(folder, policy) == loaded.told:
            return
        told, center, destinations = _read(folder, policy)
        loaded.router.replace(center, MarginalCost() if policy is None else policy)
    except (InputError, OSError) as complaint:
        say([(WARNING, f"kamailio: goes on as before: {complaint}")])
        return
    loaded.destinations, loaded.told = destinations, told
    say([(INFO, f"kamailio: goes on by the files of {folder}")])
