"""How a router is: compiled or not and why, its feeds, who is out, what is reached, what waits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from bporoute import _kernels
from bporoute._kernels.routing import columns
from bporoute.routing._live import LiveQueue, LiveVendor
from bporoute.routing._reasons import RULE_NAMES
from bporoute.routing._standing_now import feeds, out, reached
from bporoute.routing._tables._queues import Row
from bporoute.routing._tables._tables import RoutingTables
from bporoute.routing._token import Refused

FEEDS = ("fresh", "stale", "lost")


class QueueStatus(msgspec.Struct, frozen=True):
    """How a queue is.

    Attributes
    ----------
    name : str
        The queue's.
    out : str
        Name of the rule that closes it now, as in `Reason`: its hours, a holiday; empty: it is open.
    feed : str
        What is believed of its live state: ``"fresh"``, ``"stale"`` (what is expected stands in its place),
        ``"lost"``, ``"not believed"`` (it cannot be) or ``"never told"``.
    age : float
        Seconds since who is busy and waiting was told last; nan: never.
    present : float
        Contacts there, busy and waiting, with those kept since; nan: not known.
    kept : float
        Contacts that the router kept since then and that are not settled.
    trouble : str
        What is wrong with its state or with the policy's rule for it; empty: nothing.
    """

    name: str
    feed: str
    out: str = ""
    age: float = math.nan
    present: float = math.nan
    kept: float = 0.0
    trouble: str = ""


class VendorStatus(msgspec.Struct, frozen=True):
    """How a vendor is.

    Attributes
    ----------
    name : str
        The vendor's.
    out : str
        Name of the rule that keeps every contact from it now, as in `Reason`: its hours, ``"up"``,
        ``"health"``; empty: it is open.
    health : str
        The stage of its health: ``"healthy"``, ``"ejected"``, ``"probing"`` or ``"ramping"``.
    admitted : float
        Share of its contacts that its health admits, in [0, 1].
    reached : str
        Name of a cap that it has reached; empty: none.
    in_flight : float
        Contacts there, as far as the router knows.
    age : float
        Seconds since its live state was told last; nan: never.
    failure : str
        What `Router.divert` was told last of why a contact failed there; empty: nothing.
    """

    name: str
    out: str = ""
    health: str = "healthy"
    admitted: float = 1.0
    reached: str = ""
    in_flight: float = 0.0
    age: float = math.nan
    failure: str = ""


class Status(msgspec.Struct, frozen=True):
    """How a router is at an instant; printed, it is a table.

    Attributes
    ----------
    at : float
        The instant, epoch seconds; nan: the clock tells nothing.
    compiled : bool
        Whether decisions are made by machine code.
    kernels : str
        The same in words: whether from the cache, and if not compiled, why.
    queues : tuple of QueueStatus
        In the order of the center.
    vendors : tuple of VendorStatus
        Likewise.
    kinds : int
        Kinds of contacts that have been met.
    pending : int
        Pieces of work that wait to be done beside decisions: prices, kinds to be judged anew.
    trouble : str
        What is wrong with the clock, with what was told of vendors, or with a shared ledger; empty: nothing.
    refused_tokens : dict of str to int
        Tokens told to the router that changed nothing, by the reason: ``"settled"`` (a second time, or its
        contact has ended), ``"expired"`` (older than the lease), ``"foreign"`` (of another ledger, or of one
        before a restart or a fork, or it names who is not known here), ``"forged"`` (not made with the
        ledger's key, or changed), ``"unreadable"`` (no token) and ``"busy"`` (another process was just ending
        the contact and did not go on, or this one has no slot in a shared ledger: nothing is lost if the
        outcome is told again; a decision's counts, too); and what was to be diverted a second time.

    Examples
    --------
    >>> vendor = VendorStatus("nord", out="health", health="ejected", admitted=0.0, in_flight=3.0)
    >>> print(Status(0.0, True, "compiled", (QueueStatus("service", "never told"),), (vendor,), 12, 0, ""))
    kernels: compiled
    3 open contacts, 12 kinds met, nothing pending
    queue    out  feed        age  present  kept
    service  -    never told    -        -     0
    vendor  out     health   admitted  reached  in flight  age
    nord    health  ejected      0.00  -                3    -
    """

    at: float
    compiled: bool
    kernels: str
    queues: tuple[QueueStatus, ...]
    vendors: tuple[VendorStatus, ...]
    kinds: int
    pending: int
    trouble: str
    refused_tokens: dict[str, int] = {}

    @property
    def open_contacts(self) -> int:
        """Contacts at vendors, and kept since the state of their queue was told, that are not settled."""
        kept = sum(queue.kept for queue in self.queues)
        return round(kept + sum(vendor.in_flight for vendor in self.vendors))

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values; what is not a finite number is None."""
        found: dict[str, Any] = {"open_contacts": self.open_contacts}
        for name, value in msgspec.structs.asdict(self).items():
            found[name] = [_fields(each) for each in value] if isinstance(value, tuple) else _plain(value)
        return found

    def __str__(self) -> str:
        pending = f"{self.pending} pending" if self.pending else "nothing pending"
        refused = ", ".join(f"{count} {reason}" for reason, count in self.refused_tokens.items())
        lines = [
            f"kernels: {self.kernels}",
            f"{self.open_contacts} open contacts, {self.kinds} kinds met, {pending}",
            *([f"trouble: {self.trouble}"] if self.trouble else []),
            *([f"tokens refused: {refused}"] if refused else []),
            *_table(
                ("queue", "out", "feed", "age", "present", "kept", ""),
                [
                    (
                        each.name,
                        each.out or "-",
                        each.feed,
                        _age(each.age),
                        _count(each.present),
                        _count(each.kept),
                        each.trouble,
                    )
                    for each in self.queues
                ],
                "<<<>>><",
            ),
            *_table(
                ("vendor", "out", "health", "admitted", "reached", "in flight", "age", ""),
                [
                    (
                        each.name,
                        each.out or "-",
                        each.health,
                        f"{each.admitted:.2f}",
                        each.reached or "-",
                        _count(each.in_flight),
                        _age(each.age),
                        f"last failure: {each.failure}" if each.failure else "",
                    )
                    for each in self.vendors
                ],
                "<<<><>><",
            ),
        ]
        return "\n".join(lines)


def status_of(
    tables: RoutingTables,
    queues: Mapping[str, LiveQueue],
    vendors: Mapping[str, LiveVendor],
    now: float,
    trouble: str,
    refused_tokens: Mapping[Refused, int],
    failures: Mapping[str, str],
) -> Status:
    """How the tables are at an instant up to which they are; the ledger's lock is held."""
    ready = _kernels.readiness()
    pending = tables.vendors.pricing.pending + len(list(tables.profiles.waiting))
    troubles = (trouble, tables.queues.troubles.text, tables.ledger.trouble)
    return Status(
        now,
        ready.state == "compiled",
        ready.text,
        tuple(_queues(tables, queues, now)),
        tuple(_vendors(tables, vendors, now, failures)),
        len(tables.profiles.known),
        pending,
        "; ".join(dict.fromkeys(filter(None, troubles))),
        {reason: refused_tokens[reason] for reason in sorted(refused_tokens)},
    )


def _queues(tables: RoutingTables, live: Mapping[str, LiveQueue], now: float) -> Iterable[QueueStatus]:
    table = tables.arrays.queues[:-1]
    ages = feeds(table, now).tolist()
    for row, name, numbers, age in zip(tables.queues.rows, live, table.tolist(), ages, strict=True):
        told = row.state is not None
        yield QueueStatus(
            name,
            _feed(row, age),
            _rule(numbers[columns.QUEUE_STATUS]),
            now - row.present_at if math.isfinite(row.present_at) else math.nan,
            numbers[columns.PRESENT] if told and not row.distrust else math.nan,
            _known(numbers[columns.KEPT_SINCE]),
            (row.distrust or row.basis.distrust) if told else "",
        )


def _feed(row: Row, age: int) -> str:
    if row.state is None:
        return "never told"
    return "not believed" if row.distrust else FEEDS[age]


def _vendors(
    tables: RoutingTables, live: Mapping[str, LiveVendor], now: float, failures: Mapping[str, str]
) -> Iterable[VendorStatus]:
    watch, names = tables.offers.watch, tables.vendor_names
    healths = watch.health  # first: it takes notice of what waits
    table, usage = tables.arrays.vendors[:-1], tables.arrays.sent
    shares = [admission.share for admission in watch.admissions]
    barred, caps = out(table, np.array(shares)).tolist(), reached(table, usage).tolist()
    for number, name in enumerate(names):
        code = int(table[number, columns.STATUS]) or barred[number]
        yield VendorStatus(
            name,
            _rule(code),
            str(healths[number].stage),
            shares[number],
            _rule(caps[number]),
            float(usage[number, columns.IN_FLIGHT]),
            now - live[name].told_at if math.isfinite(live[name].told_at) else math.nan,
            failures.get(name, ""),
        )


def _rule(code: float) -> str:
    return RULE_NAMES[int(code)] if code else ""


def _known(number: float) -> float:
    return number if number == number else 0.0


def _fields(part: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in msgspec.structs.asdict(part).items()}


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _age(seconds: float) -> str:
    return f"{seconds:.0f} s" if math.isfinite(seconds) else "-"


def _count(number: float) -> str:
    return f"{number:.0f}" if math.isfinite(number) else "-"


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]], aligned: str) -> list[str]:
    table = [heading, *rows]
    widths = [max(len(row[place]) for row in table) for place in range(len(heading))]
    return [
        "  ".join(
            f"{cell:{side}{width}}" for cell, side, width in zip(row, aligned, widths, strict=True)
        ).rstrip()
        for row in table
    ]
