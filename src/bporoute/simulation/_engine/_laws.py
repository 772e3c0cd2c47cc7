"""How long contacts of each type take in a run: as the list says that is replayed, else as assumed.

A live router that has seen enough contacts would price by that; a simulated one does from the start.
"""

from __future__ import annotations

import numpy as np

from bporoute.center._center import Center
from bporoute.durations._laws import Duration, Empirical
from bporoute.routing._handle_laws import ENOUGH
from bporoute.simulation._scenario import Scenario
from bporoute.workload._arrivals import Arrivals

POINTS = 500
"""Handle times that stand for all of a type, at evenly spaced ranks."""


def handle_laws(center: Center, arrivals: Arrivals, scenario: Scenario) -> dict[str, Duration]:
    """Contact type -> law of the handle times in-house."""
    laws = {name: scenario.handle_of(name, center) for name in center.contact_types}
    listed = arrivals.listed
    types = np.array([stream.contact.type for stream in arrivals.streams])
    for name in laws:
        if name in scenario.handle:
            continue
        times = listed.handle[np.isin(listed.stream, np.flatnonzero(types == name))]
        known = np.sort(times[np.isfinite(times)])
        if len(known) >= ENOUGH and known[-1] > 0.0:
            ranks = (np.arange(min(POINTS, len(known))) + 0.5) / min(POINTS, len(known))
            laws[name] = Empirical(tuple(known[(ranks * len(known)).astype(np.int64)].tolist()))
    return laws
