"""A ledger that goes on for other vendors, once nobody uses it: what is counted is kept by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from bporoute.errors import InputError, shown
from bporoute.routing.ledger import _layout as layout
from bporoute.routing.ledger._accounts import VERSION, Account, Accounts, Sent, all_sent
from bporoute.routing.ledger._locks import FIRST_SLOT, Locks
from bporoute.routing.ledger._segment import Segment, boot_id, header_of

CENTER = ""
"""In place of a vendor's name: the row of the whole center."""
SentByName = Mapping[str, tuple[Sent, ...]]


def is_for_others(path: Path, vendors: tuple[str, ...], queues: tuple[str, ...]) -> bool:
    """Whether a segment counts for other vendors or queues than these."""
    header = header_of(path)
    same = sorted(header.vendors) == sorted(vendors) and sorted(header.queues) == sorted(queues)
    return header.version == layout.VERSION and not header.host and not same


def left_in(path: Path, locks: Locks) -> dict[str, tuple[Sent, ...]]:
    """What was sent by a segment's count, by name, if nobody uses it any more; the host's lock is held.

    Raises
    ------
    InputError
        If somebody does, or outcomes in it are in no accounts.
    """
    where, header = f"ledger {path}", header_of(path)
    segment = Segment(path, header.vendors, header.queues)
    used = int(segment.host["used"][0])
    theirs = f"one for the vendors {shown(header.vendors)} and the queues {shown(header.queues)}"
    if any(locks.taken(FIRST_SLOT + slot) for slot in range(used)):
        end = "end all processes first, then it counts on by name; or another path for another center"
        raise InputError(where, f"{theirs}, which processes use", end)
    if (segment.slots["told"][:used] > segment.host["kept"][0, :used]).any():
        first = "a process with that center to begin and `close` first, such as `bporoute keeper`"
        raise InputError(where, f"{theirs}, with outcomes that are in no accounts", first)
    return {name: tuple(rows) for name, rows in _by_name(header.vendors, all_sent(segment)).items()}


def counted_on(accounts: Accounts | None, vendors: tuple[str, ...], sent: SentByName) -> Accounts:
    """Accounts for these vendors, of those for others: who is gone stays in them, and may come back.

    What was `sent` by newer knowledge takes the place of what they say.
    """
    if accounts is None:
        accounts = Accounts(VERSION, "", (), (0.0,) * layout.SLOTS, (), (), (), ())
    known = dict(accounts.gone)
    rows = _by_name(accounts.vendors, accounts.sent)
    for place, name in enumerate(accounts.vendors):
        known[name] = Account(
            accounts.totals[place], accounts.bills[place], accounts.given[place], tuple(rows.get(name, ()))
        )
    for name in sent.keys() - {CENTER}:
        known[name] = msgspec.structs.replace(known.get(name, Account()), sent=sent[name])
    here = [known.pop(name, Account()) for name in vendors]
    of_center = sent.get(CENTER, tuple(rows.get(CENTER, ())))
    return Accounts(
        VERSION,
        boot_id(),
        vendors,
        (0.0,) * layout.SLOTS,
        tuple(each.totals for each in here),
        tuple(each.bills for each in here),
        tuple(each.given for each in here),
        tuple(
            msgspec.structs.replace(one, row=row)
            for row, those in enumerate((*(each.sent for each in here), of_center))
            for one in those
        ),
        settled=accounts.settled,
        gone={name: each for name, each in known.items() if each != Account()},
    )


def _by_name(vendors: tuple[str, ...], sent: Iterable[Sent]) -> dict[str, list[Sent]]:
    names, found = (*vendors, CENTER), dict[str, list[Sent]]()
    for each in sent:
        found.setdefault(names[each.row], []).append(msgspec.structs.replace(each, row=0))
    return found
