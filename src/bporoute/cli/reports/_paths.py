"""What became of every contact of a simulation, as rows with names."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bporoute.cli.reports._cells import known
from bporoute.policies._text import policy_label
from bporoute.simulation._engine._run import Paths
from bporoute.simulation._results import SimulatedPolicy, Simulation


def path_rows(found: Simulation) -> Iterator[dict[str, Any]]:
    """Rows of plain values, by policy and replication, in the order in which the contacts ended.

    ``number`` is that of the contact in its stream (of a log: its line among the calls), from 0 on;
    ``attempt`` how often the caller had called before; times are ISO 8601 with the offset of the center's
    zone, waits and handle times seconds. ``outcome`` is answered, abandoned or rejected; ``failed`` names a
    vendor that failed to take it before.
    """
    for each in found.policies:
        for replication, run in enumerate(each.runs):
            if run.paths is not None:
                yield from _rows(found, each, replication, run.paths)


def _rows(
    found: Simulation, each: SimulatedPolicy, replication: int, paths: Paths
) -> Iterator[dict[str, Any]]:
    center, policy = found.center, policy_label(each.policy)
    contacts = [stream.contact for stream in found.arrivals.streams]
    vendors = ("", *center.vendors)

    def clock(second: float) -> str | None:
        return None if math.isnan(second) else datetime.fromtimestamp(second, center.zone).isoformat()

    for place, stream in enumerate(paths.stream.tolist()):
        contact = contacts[stream]
        queue = center.contact_types[contact.type].queue
        destination = int(paths.destination[place])
        answered, rejected = bool(paths.answered[place]), bool(paths.rejected[place])
        yield {
            "policy": policy,
            "replication": replication,
            "type": contact.type,
            "language": contact.language or None,
            "number": int(paths.number[place]),
            "attempt": int(paths.attempt[place]),
            "first_arrival": clock(float(paths.first[place])),
            "arrival": clock(float(paths.arrival[place])),
            "queue": queue,
            "destination": (queue if destination == 0 else vendors[destination])
            if destination >= 0
            else None,
            "outcome": "answered" if answered else "rejected" if rejected else "abandoned",
            "wait": known(float(paths.wait[place])),
            "handle": known(float(paths.handle[place])) if answered else None,
            "expected_cost": known(float(paths.expected_cost[place])),
            "failed": vendors[int(paths.failed[place])] or None,
            "ended": clock(float(paths.ended[place])),
        }
