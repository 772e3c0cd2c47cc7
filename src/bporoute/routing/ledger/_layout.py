"""What stands where in the memory that the processes of a host share: the host's part, and a slot for each.

A slot has one writer, whoever holds its lock; the host's part is written with the host's lock held, but for
the word. Everything is eight bytes wide, so that no reader ever sees half of a number.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bporoute._kernels.routing import columns
from bporoute.routing.ledger._given import WINDOWS_KEPT

VERSION = 4
"""Of all that this module says; a segment of another one is refused."""
SLOTS = 64
"""Processes that may count at the same time."""
OUTCOMES = 4_096
"""Outcomes of a slot that are there for the others to read; older ones are overwritten."""
LIMITED = 3
"""Windows that may have a cap: hour, day and contract period."""
OPEN_PLACES = 16_384
"""Contacts of a slot that tokens were given for and that have not ended."""
COUNT_BITS = 41
"""Of a decision's number, the slot of whoever decided stands above so many."""
NO_SLOT = (1 << 48 - COUNT_BITS) - 1
"""In place of a slot: decided by somebody who had none."""
NUMBER, AT, OPENED, CLAIM = range(4)
"""Of an open contact: the decision's number (0: the place is free), when it was made, whose the contact is
(the vendor's place + 1; of a kept one less than 0), and by which outcome of which slot it ends."""
GRANTED_KEPT = 3
"""Windows of each kind of which it is known what the store has granted."""
WINDOWS = columns.WINDOWS

_told = (
    "number", "vendor", "queue", "type", "language", "outcome", "sent", "at", "wait", "handle", "billed",
    "price", "period", "odd", "luck", "place",
)  # fmt: skip
OUTCOME = np.dtype([(name, np.float64) for name in _told])
"""How a contact ended; see `bporoute.routing.ledger._outcome_log`."""


QUEUE_FIELDS, VENDOR_FIELDS = 5, 4
"""Of what is told of a queue and of a vendor."""


def granted_record(vendors: int) -> np.dtype[Any]:
    """What the store has granted a host, by vendor, cap (the last one is the capacity) and window.

    ``number`` is that of the last request which was answered, ``store`` and ``epoch`` say by whom. Of what is
    ``granted``, units that are ``returning`` are being given back.
    """
    windows = vendors, LIMITED + 1, GRANTED_KEPT
    return np.dtype(
        [
            ("number", np.float64),
            ("epoch", np.float64),
            ("store", "S32"),
            ("start", np.float64, windows),
            ("granted", np.float64, windows),
            ("returning", np.float64, windows),
        ]
    )


def host_record(vendors: int, queues: int) -> np.dtype[Any]:
    """The part that all slots share.

    Of it ``word`` is another number than before whenever there is news, ``used`` says how many slots ever
    were used, ``workers`` how many were held when somebody counted, ``kept`` how many outcomes of each slot
    are in the accounts on the disk, ``wanted`` whether somebody had to do without a vendor's units;
    ``kept_at`` is when whoever keeps the accounts looked last, seconds since the machine
    started. From ``board`` to ``vendors`` see `bporoute.routing.ledger._board`.

    The rest is for a ledger of several hosts. By which limits processes go is ``asked``; of ``book`` one of
    the two holds, by ``turn``, see `bporoute.routing.ledger._granted`; ``seen`` is when the store was,
    ``tells`` how often all were told to look. The ``hosts`` are so many (inf: not known yet), and when their
    parts were reckoned this one had sent ``sent_before``. What the others have sent is ``elsewhere``, by
    window, what is there of it ``there_elsewhere``; that was read ``read_elsewhere`` times.
    """
    return np.dtype(
        [
            ("word", np.float64),
            ("used", np.float64),
            ("workers", np.float64),
            ("kept", np.float64, SLOTS),
            ("kept_at", np.float64),
            ("wanted", np.float64, vendors),
            ("board", np.float64),
            ("queues", np.float64, (queues, 3, QUEUE_FIELDS)),
            ("vendors", np.float64, (vendors, 3, VENDOR_FIELDS)),
            ("asked", np.float64, (vendors, LIMITED + 1)),
            ("asked_start", np.float64, (vendors, LIMITED + 1)),
            ("turn", np.float64),
            ("book", granted_record(vendors), 2),
            ("seen", np.float64),
            ("tells", np.float64),
            ("hosts", np.float64),
            ("sent_before", np.float64, vendors),
            ("elsewhere_start", np.float64, (vendors + 1, WINDOWS, GRANTED_KEPT)),
            ("elsewhere", np.float64, (vendors + 1, WINDOWS, GRANTED_KEPT)),
            ("there_elsewhere", np.float64, vendors + 1),
            ("read_elsewhere", np.float64),
        ]
    )


def slot_record(vendors: int) -> np.dtype[Any]:
    """A slot.

    Where a row is a vendor's, the last one is the center's. Contacts that a slot has sent are ``usage`` less
    ``others``: the kernel raises the first, which says how many all have sent, as far as was heard. Units of
    a cap that a slot was granted in the current window are ``held``, those of the vendor's capacity
    ``seats`` (-inf: none were asked for). Of minutes and money, ``purse`` is how many contacts it may have
    sent since it began, which are ``before`` and those of the period. ``past`` are the windows that it left.
    Contacts at a vendor that other slots have sent, and whose end this one has told, are ``ended``, by slot.
    Those that a token was given for are ``open``, see `bporoute.routing.ledger._open_shared`.
    """
    rows = vendors + 1
    most = rows * columns.USAGE_COLUMNS * 2 + rows * WINDOWS * 4
    return np.dtype(
        [
            ("usage", np.float64, (rows, columns.USAGE_COLUMNS)),
            ("others", np.float64, (rows, columns.USAGE_COLUMNS)),
            ("start", np.float64, (rows, WINDOWS)),
            ("held", np.float64, (rows, WINDOWS)),
            ("seats", np.float64, rows),
            ("purse", np.float64, rows),
            ("before", np.float64, rows),
            ("adopted", np.float64, rows),
            ("adopted_at", np.float64),
            ("decisions", np.float64),
            ("told", np.float64),
            ("words", np.float64),
            ("past_start", np.float64, (rows, WINDOWS, WINDOWS_KEPT)),
            ("past_sent", np.float64, (rows, WINDOWS, WINDOWS_KEPT)),
            ("redo", np.float64),
            ("redo_at", np.int64, most),
            ("redo_value", np.float64, most),
            ("ended", np.float64, (SLOTS, rows)),
            ("open", np.float64, (OPEN_PLACES, 4)),
            ("outcomes", OUTCOME, OUTCOMES),
        ]
    )


def slot_of(number: int) -> int:
    """The slot of whoever has made a decision, by its number."""
    return number >> COUNT_BITS


def clear(host: Any, slots: Any) -> None:
    """Have all be as if nobody ever used it; the rest of a new segment is 0."""
    for field in ("queues", "vendors"):
        host[field][..., 0, :], host[field][..., 1, :] = np.nan, -np.inf  # value and instant
    for field in ("asked", "asked_start", "elsewhere_start"):
        host[field] = np.nan
    host["book"]["start"], host["seen"], host["hosts"] = np.nan, -np.inf, np.inf
    host["kept_at"] = -np.inf
    for field in ("start", "past_start"):
        slots[field] = np.nan
    for field in ("held", "seats"):
        slots[field] = -np.inf
    slots["adopted_at"] = np.nan


def place(record: np.dtype[Any], field: str) -> int:
    """Where a field begins in a record, in numbers of eight bytes."""
    fields: Any = record.fields
    return int(fields[field][1]) // 8
