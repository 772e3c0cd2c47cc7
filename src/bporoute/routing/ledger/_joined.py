"""How a process joins a shared ledger: the folder, its key, the segment and a slot, or why it cannot be."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Any, NamedTuple

from bporoute._base.files import PRIVATE
from bporoute.errors import InputError, shown
from bporoute.routing._token import RANDOM_KEY, Seal, seal_of
from bporoute.routing.ledger._accounts import Accounts, load, save
from bporoute.routing.ledger._counted_on import SentByName, counted_on, is_for_others, left_in
from bporoute.routing.ledger._elsewhere import left_by
from bporoute.routing.ledger._granted import Granted
from bporoute.routing.ledger._locks import Locks
from bporoute.routing.ledger._open_shared import SharedContacts
from bporoute.routing.ledger._pools import Pools
from bporoute.routing.ledger._segment import Segment, make, usable
from bporoute.routing.ledger._slot import Slot


class Joined(NamedTuple):
    """What a process has of a shared ledger from then on.

    Attributes
    ----------
    seal : Seal
        By which tokens of the folder are made and read.
    locks, segment, slot, pools
        Its own locks, the memory that is shared, and its place there.
    granted : Granted or None
        What a store has granted the host; None: there is no store.
    accounts : Accounts or None
        What processes of before have left.
    """

    seal: Seal
    locks: Locks
    segment: Segment
    slot: Slot
    pools: Pools
    granted: Granted | None
    accounts: Accounts | None


class Whom(NamedTuple):
    """Whom a ledger is to count for, in any order, and whether a store grants what may be sent."""

    vendors: tuple[str, ...]
    queues: tuple[str, ...]
    by_store: bool


def join(folder: Path, whom: Whom, patience: float, contacts: SharedContacts, own_lock: Any) -> Joined:
    """Take a slot of the ledger in a folder, made if there is none; what is open is kept by `contacts`.

    The lock of the host is waited for so many seconds; `own_lock` is the ledger's.

    Raises
    ------
    InputError
        If that cannot be.
    """
    where = f"ledger {folder}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        mode = folder.stat().st_mode
        if mode & stat.S_IWOTH:  # whoever writes there can put a key of his own in the place of ours
            found = f"a folder that everybody may write to, mode {stat.S_IMODE(mode):o}"
            raise InputError(where, found, f"one that others may not: chmod o-w {folder}")
        locks = Locks(folder / "locks")
    except OSError as failure:
        raise InputError(where, failure.strerror or str(failure), "a folder to write to") from None
    try:
        with locks.holding(patience) as held:
            if not held:
                raise InputError(
                    where, "a process that holds its lock and does not go on", "one that runs, or none"
                )
            return _joined(folder, whom, locks, contacts, own_lock)
    except OSError as failure:
        contacts.leave()
        locks.close()
        raise InputError(where, failure.strerror or str(failure), "a folder to write to") from None
    except BaseException:
        contacts.leave()
        locks.close()
        raise


def _joined(folder: Path, whom: Whom, locks: Locks, contacts: SharedContacts, own_lock: Any) -> Joined:
    """The same with the host's lock held."""
    path, file = folder / "segment", folder / "accounts.json"
    accounts, anew = load(file, whom.vendors if whom.by_store else None), not usable(path)
    sent: SentByName = {}
    names = whom.vendors if accounts is None else accounts.vendors
    if not (anew or whom.by_store) and (
        is_for_others(path, whom.vendors, whom.queues) or is_for_others(path, names, whom.queues)
    ):
        sent, anew = left_in(path, locks), True
    if anew and (sent or (accounts is not None and sorted(accounts.vendors) != sorted(whom.vendors))):
        accounts = counted_on(accounts, whom.vendors, sent)
        save(file, accounts)  # first: whoever is killed before the segment is made begins once more
    vendors = whom.vendors if accounts is None else accounts.vendors
    if anew and whom.by_store and accounts is not None:  # they are those of a host that is no more
        os.replace(file, left_by(folder, accounts))
        accounts = None
    key = _key(folder / "key")
    if anew:
        make(path, vendors, whom.queues, secrets.token_hex(8) if whom.by_store else "")
    segment = Segment(path, *whom)
    if accounts is not None and accounts.vendors != segment.vendors:
        found = f"accounts for {shown(accounts.vendors)}"
        raise InputError(f"ledger {folder}", found, f"for {shown(segment.vendors)}: those of this folder")
    slot = Slot(segment, locks)
    granted = Granted(segment) if whom.by_store else None
    pools = Pools(segment, locks, slot, granted)
    pools.mend()
    contacts.begin(segment, locks, slot, own_lock)
    if anew and accounts is not None:
        slot.recall((each.row, each.window, each.start, each.sent) for each in accounts.sent)
    return Joined(seal_of(key, segment.epoch), locks, segment, slot, pools, granted, accounts)


def _key(path: Path) -> bytes:
    """What tokens of a folder are authenticated by, made if there is none; the host's lock is held."""
    if not path.exists():
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        partial.unlink(missing_ok=True)
        file = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE)
        try:
            os.write(file, secrets.token_bytes(RANDOM_KEY))
            os.fsync(file)
        finally:
            os.close(file)
        os.replace(partial, path)
    key = path.read_bytes()
    if len(key) != RANDOM_KEY:
        raise InputError(f"ledger {path}", f"{len(key)} bytes", f"a key of {RANDOM_KEY}, or no file")
    return key
