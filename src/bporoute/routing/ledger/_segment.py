"""The file that the processes of a host share, mapped into the memory of each of them.

It holds what is counted since the machine started. It is made whole, at its full size, so that no disk that
fills up later can fail anybody who writes to it; and it is looked at before it is used, not while it is.
"""

from __future__ import annotations

import mmap
import os
import secrets
import sys
import zlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from bporoute._base.files import PRIVATE
from bporoute.errors import InputError, shown
from bporoute.routing._token import EPOCH_BITS
from bporoute.routing.ledger import _layout as layout

MAGIC = b"bporoute"
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
PAGE = 4096


class Header(msgspec.Struct, frozen=True):
    """What stands at the beginning of the file.

    Attributes
    ----------
    version : int
        Of the layout.
    boot : str
        Which start of the machine it belongs to: what was not yet on the disk when that ended is lost.
    vendors, queues : tuple of str
        Whom it counts for, in this order.
    host : str
        A name that it was given where a store grants what may be sent; empty: no store does.
    order : str
        Of the bytes of a number.
    epoch : int
        Of the tokens of what is open in it.
    """

    version: int
    boot: str
    vendors: tuple[str, ...]
    queues: tuple[str, ...]
    host: str = ""
    order: str = sys.byteorder
    epoch: int = 0


def boot_id() -> str:
    """Which start of the machine this is."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""


class Segment:
    """The mapped file: what all share, and the slots.

    Parameters
    ----------
    path : Path
        The file.
    vendors, queues : tuple of str
        Whom it is to count for, in any order.
    by_store : bool
        Whether a store grants what may be sent.

    Attributes
    ----------
    vendors, queues : tuple of str
        Whom it counts for, by their places.
    name : str
        Of the host, see `Header`; so is the next.
    epoch : int
        Of its tokens.
    host : structured array, (1,)
        See `bporoute.routing.ledger._layout.host_record`.
    slots : structured array, (slots,)
        See `bporoute.routing.ledger._layout.slot_record`.
    record : dtype
        Of a slot.

    Raises
    ------
    InputError
        If there is none, or one of another version or center, or one that is damaged.
    """

    def __init__(
        self, path: Path, vendors: tuple[str, ...], queues: tuple[str, ...], by_store: bool = False
    ) -> None:
        where = f"ledger {path}"
        header, begin = _read(path)
        self.name, self.epoch = header.host, header.epoch
        self.vendors, self.queues = header.vendors, header.queues
        if header.version != layout.VERSION:
            raise InputError(
                where,
                f"one of layout {header.version}",
                f"layout {layout.VERSION}: end all processes that use it, remove it, and start anew",
            )
        for kind, there, here in (("vendors", header.vendors, vendors), ("queues", header.queues, queues)):
            if sorted(there) != sorted(here):
                raise InputError(
                    where,
                    f"one for the {kind} {shown(there)}",
                    f"one for {shown(here)}: another path for another center",
                )
        if bool(header.host) != by_store:
            found = "one whose caps a store grants" if header.host else "one without a store"
            raise InputError(where, found, "the same in all processes: another path, or begin anew")
        host, self.record = layout.host_record(len(vendors), len(queues)), layout.slot_record(len(vendors))
        size = begin + host.itemsize + layout.SLOTS * self.record.itemsize
        try:
            with path.open("r+b", buffering=0) as file:
                if os.fstat(file.fileno()).st_size != size:
                    raise _damaged(path, f"{os.fstat(file.fileno()).st_size} bytes instead of {size}")
                self._map = mmap.mmap(file.fileno(), size)
        except OSError as failure:
            raise InputError(where, failure.strerror or str(failure), _WRITABLE) from None
        self._slots_at = begin + host.itemsize
        self.host: Any = np.ndarray(1, host, self._map, begin)
        self.slots: Any = np.ndarray(layout.SLOTS, self.record, self._map, begin + host.itemsize)

    def has(self, slot: int, place: int, count: int, number: bytes) -> bool:
        """Whether the eight bytes of a number may be among so many from a place on, see `flat`.

        It takes a twentieth of what looking at an array does; once in a while they are of two numbers.
        """
        begin = self._slots_at + slot * self.record.itemsize + 8 * place
        return self._map.find(number, begin, begin + 8 * count) >= 0

    def flat(self, slot: int) -> Any:
        """All numbers of a slot, one after another."""
        begin = self._map.size() - (layout.SLOTS - slot) * self.record.itemsize
        return np.ndarray(self.record.itemsize // 8, np.float64, self._map, begin)


_WRITABLE = "a file that this user may read and write"


def header_of(path: Path) -> Header:
    """What stands at the beginning of a segment.

    Raises
    ------
    InputError
        If there is none, or a damaged one.
    """
    return _read(path)[0]


def usable(path: Path) -> bool:
    """Whether a segment is there that belongs to this start of the machine.

    Raises
    ------
    InputError
        If it is damaged.
    """
    return path.exists() and _read(path)[0].boot == boot_id()


def make(path: Path, vendors: tuple[str, ...], queues: tuple[str, ...], host: str = "") -> None:
    """Make a segment in which nothing is counted, whole or not at all; whatever was there is replaced.

    The host's lock is held: half of one that is there has been left by somebody who was killed.

    Raises
    ------
    InputError
        If there is no room for it, or nothing may be written there.
    """
    epoch = secrets.randbits(EPOCH_BITS)
    text = msgspec.json.encode(Header(layout.VERSION, boot_id(), vendors, queues, host, epoch=epoch))
    head = MAGIC + len(text).to_bytes(4, "little") + zlib.crc32(text).to_bytes(4, "little") + text
    begin = -(-len(head) // PAGE) * PAGE
    ours, record = layout.host_record(len(vendors), len(queues)), layout.slot_record(len(vendors))
    size = begin + ours.itemsize + layout.SLOTS * record.itemsize
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        for left in path.parent.glob(f".{path.name}.*.partial"):
            left.unlink()
        file = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE)
        try:
            os.posix_fallocate(file, 0, size)
            os.write(file, head)
            with mmap.mmap(file, size) as mapped:
                shared = np.ndarray(1, ours, mapped, begin)
                slots = np.ndarray(layout.SLOTS, record, mapped, begin + ours.itemsize)
                layout.clear(shared, slots)
                del shared, slots
        finally:
            os.close(file)
        os.replace(partial, path)
    except OSError as failure:
        raise InputError(
            f"ledger {path}", failure.strerror or str(failure), f"a folder with {size >> 20} MiB to write to"
        ) from None
    finally:
        partial.unlink(missing_ok=True)


def _read(path: Path) -> tuple[Header, int]:
    """The header of a segment, and where what is counted begins."""
    try:
        with path.open("rb") as file:
            head = file.read(len(MAGIC) + 8)
            length, checksum = (int.from_bytes(head[place : place + 4], "little") for place in (8, 12))
            text = file.read(min(length, 1 << 24))
    except OSError as failure:
        raise InputError(f"ledger {path}", failure.strerror or str(failure), _WRITABLE) from None
    if head[: len(MAGIC)] != MAGIC or len(text) != length or zlib.crc32(text) != checksum:
        raise _damaged(path, "its first bytes are not as they were written")
    try:
        header = msgspec.json.decode(text, type=Header)
    except msgspec.DecodeError:
        raise _damaged(path, "its header is of nobody") from None
    if header.order != sys.byteorder:
        raise _damaged(path, f"numbers of a {header.order}-endian machine")
    return header, -(-(len(head) + length) // PAGE) * PAGE


def _damaged(path: Path, how: str) -> InputError:
    return InputError(f"ledger {path}", f"a damaged segment: {how}", "remove it when no process uses it")
