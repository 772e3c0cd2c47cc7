"""Contacts of one kind and how many are expected when: what a planner says of queues, by contact type."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.clock import epoch_second
from bporoute._base.fields import did_you_mean
from bporoute._base.words import counted
from bporoute.center._center import Center
from bporoute.center._contact import Contact
from bporoute.errors import InputError, shown
from bporoute.workload._volumes import ONLY_QUEUE, Volumes

Split = Mapping[str, Mapping[str | Contact, float]]
"""Queue -> contact type, or a whole `Contact` of that type -> share; the shares of a queue add up to 1."""

Span = tuple[float, float, float]
"""Start, end (epoch seconds) and contacts expected between them."""


class Stream(msgspec.Struct, frozen=True, eq=False):
    """Contacts of one kind.

    Attributes
    ----------
    name : str
        Names its random numbers, too.
    contact : Contact
        What all of them are like.
    volumes : array
        How many each interval expects, beside those that are listed; at least 0.
    """

    name: str
    contact: Contact
    volumes: Floats


def stream_name(contact: Contact) -> str:
    """What tells a contact's stream from the others: all that it says, from its type on."""
    said = (contact.type, contact.language, contact.country, contact.value_class)
    return "/".join(word for word in (*said, *contact.data, *contact.skills) if word)


def spans_of(volumes: Volumes, center: Center, gaps_closed: bool) -> dict[str, list[Span]]:
    """What each queue expects between which seconds; checked."""
    zone = center.zone
    rows: dict[str, list[tuple[datetime, datetime, float]]] = {}
    lengths, counts = volumes.seconds.tolist(), volumes.volume.tolist()
    if not len(volumes.queues) == len(volumes.starts) == len(lengths) == len(counts):
        raise InputError("volumes", "columns of different lengths", "one value per interval in each")
    for start, queue, length, count in zip(volumes.starts, volumes.queues, lengths, counts, strict=True):
        where = f"{queue} at {start:%Y-%m-%d %H:%M}"
        if queue not in center.queues:
            if queue != ONLY_QUEUE or len(center.queues) > 1:
                raise InputError(f"{where}: queue", shown(queue), did_you_mean(queue, list(center.queues)))
            queue = next(iter(center.queues))
        if not 0 <= count < math.inf:
            raise InputError(f"{where}: volume", shown(count), "a number of contacts of at least 0")
        if not 0 < length <= 86_400:
            raise InputError(f"{where}: seconds", shown(length), "a length above 0 and of at most a day")
        rows.setdefault(queue, []).append((start, start + timedelta(seconds=length), count))
    if not rows:
        raise InputError("volumes", "no intervals", "at least one")

    spans: dict[str, list[Span]] = {}
    for queue, listed in rows.items():
        listed.sort(key=lambda row: (row[0], row[0].fold))
        twice = {start.replace(fold=0) for start, _, _ in listed if start.fold}
        for (start, end, _), (after, _, _) in pairwise(listed):
            where = f"{queue} at {after:%Y-%m-%d %H:%M}"
            if start in twice or after in twice:
                continue
            if after == start:
                raise InputError(where, "a second interval that starts then", "one per queue and start")
            if after < end:
                raise InputError(where, f"an interval before that ends at {end:%H:%M}", "no two that overlap")
            if after > end and after.date() == start.date() and not gaps_closed:
                found = f"no interval from {end:%H:%M} on"
                raise InputError(where, found, "intervals without a gap in the day, or gaps_closed=True")
        spans[queue] = []
        for start, end, count in listed:
            begin, finish = epoch_second(start, zone), epoch_second(end, zone)
            if start in twice:  # told for each pass of an hour that autumn repeats
                begin = start.replace(tzinfo=zone).timestamp()
                finish = begin + (end - start).total_seconds()
            if finish > begin:
                spans[queue].append((begin, finish, count))
            elif count:
                where = f"{queue} at {start:%Y-%m-%d %H:%M}"
                raise InputError(
                    where, f"{counted(count, 'contact')} while the clocks skip this time", "none"
                )
    return spans


def shares_of(center: Center, split: Split | None) -> dict[str, dict[Contact, float]]:
    """What the contacts of each queue are: as the user splits it, else its types alike."""
    types: dict[str, list[str]] = {name: [] for name in center.queues}
    for name, kind in center.contact_types.items():
        types[kind.queue].append(name)
    shares = {queue: {Contact(name): 1.0 / len(own) for name in own} for queue, own in types.items()}
    for queue, parts in (split or {}).items():
        if queue not in types:
            raise InputError("split", shown(queue), did_you_mean(queue, list(types)))
        shares[queue] = {}
        for part, share in parts.items():
            contact = part if isinstance(part, Contact) else Contact(part)
            if contact.type not in types[queue]:
                raise InputError(
                    f"split.{queue}", shown(contact.type), did_you_mean(contact.type, types[queue])
                )
            if not 0 <= share <= 1:
                raise InputError(f"split.{queue}.{stream_name(contact)}", shown(share), "a share from 0 to 1")
            shares[queue][contact] = share
        total = math.fsum(shares[queue].values())
        if abs(total - 1.0) > 1e-9:
            raise InputError(f"split.{queue}", f"a sum of {total:.12g}", "shares that add up to 1")
    return shares


def streams_of(
    spans: Mapping[str, Sequence[Span]],
    shares: Mapping[str, Mapping[Contact, float]],
    more_edges: Iterable[float],
) -> tuple[Floats, tuple[Stream, ...]]:
    """The intervals that are cut nowhere by a span of any queue, and the streams of the queues on them."""
    cuts = {second for listed in spans.values() for start, end, _ in listed for second in (start, end)}
    edges = np.array(sorted(cuts.union(more_edges)))
    widths = np.diff(edges)
    streams = []
    for queue, listed in spans.items():
        if not shares[queue]:
            raise InputError(f"queue {queue}", "no contact type that it serves", "one in the center")
        volumes = np.zeros(widths.size)
        for start, end, volume in listed:
            first, last = np.searchsorted(edges, (start, end))
            volumes[first:last] += volume * (widths[first:last] / (end - start))
        streams += [
            Stream(stream_name(contact), contact, volumes * share)
            for contact, share in shares[queue].items()
            if share
        ]
    return edges, tuple(streams)
