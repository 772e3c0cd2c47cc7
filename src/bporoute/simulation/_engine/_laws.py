"""How long contacts of each type take in a run: as the list says that is replayed, else as assumed.

A live router that has seen enough contacts would price by that; a simulated one does from the start.
"""

from __future__ import annotations

import numpy as np

from bporoute._base.ranges import LEAST_AHT
from bporoute.durations._laws import Empirical
from bporoute.routing._handle_laws import ENOUGH, grouped
from bporoute.routing._tables._tables import RoutingTables
from bporoute.simulation._scenario import Scenario
from bporoute.workload._arrivals import Arrivals

POINTS = 500
"""Handle times that stand for those of a list."""


def tell_handle_times(tables: RoutingTables, arrivals: Arrivals, scenario: Scenario) -> None:
    """Have the tables price by the handle times of a run: spread as assumed, or as the list says.

    Means are the center's, as a scenario may be of other times than the router believes in; but those of a
    list it would have learned, type by type.
    """
    center = tables.center
    watches = dict(zip(center.queues, tables.queues.watches, strict=True))
    listed = arrivals.listed
    types = np.array([stream.contact.type for stream in arrivals.streams])
    for name, kind in center.contact_types.items():
        law = scenario.handle_of(name, center)
        times = listed.handle[np.isin(listed.stream, np.flatnonzero(types == name))]
        known = times[np.isfinite(times)]
        if name not in scenario.handle and len(known) >= ENOUGH and known.max() > 0.0:
            law = Empirical(grouped(known.tolist(), POINTS))
            watches[kind.queue].know(name, max(law.mean, LEAST_AHT))
        tables.offers.laws.tell(name, law)
