"""How long contacts of each type take in a run: as the list says that is replayed, else as assumed.

A live router that has seen enough contacts would price by that; a simulated one does from the start.
"""

from __future__ import annotations

import numpy as np

from bporoute.center._center import Center
from bporoute.durations._laws import Duration, Empirical
from bporoute.routing._handle_laws import ENOUGH, grouped
from bporoute.simulation._scenario import Scenario
from bporoute.workload._arrivals import Arrivals

POINTS = 500
"""Handle times that stand for those of a list."""


def handle_laws(center: Center, arrivals: Arrivals, scenario: Scenario) -> dict[str, Duration]:
    """Contact type -> law of the handle times in-house."""
    laws = {name: scenario.handle_of(name, center) for name in center.contact_types}
    listed = arrivals.listed
    types = np.array([stream.contact.type for stream in arrivals.streams])
    for name in laws:
        if name in scenario.handle:
            continue
        times = listed.handle[np.isin(listed.stream, np.flatnonzero(types == name))]
        known = times[np.isfinite(times)]
        if len(known) >= ENOUGH and known.max() > 0.0:
            laws[name] = Empirical(grouped(known.tolist(), POINTS))
    return laws
