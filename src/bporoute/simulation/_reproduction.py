"""How far a replay is off the log that it replays."""

from __future__ import annotations

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.estimates._confidence import Estimate, paired_ratio
from bporoute.simulation._engine._run import count_of
from bporoute.simulation._figures import by_day, days_of, lost_contacts, served_by_queue
from bporoute.simulation._logged import LoggedCalls
from bporoute.simulation._replayed import ReplayedPolicy


def off_in_service(replayed: ReplayedPolicy, logged: LoggedCalls) -> Estimate:
    """Service level of a replay minus that of its log, in [-1, 1]; nan where the log tells no waits.

    The interval rests on the days if 5 or more had calls, else on the half hours that had calls.
    """
    ours, theirs = (
        [side.sum(axis=1) for side in served_by_queue(tally, replayed.center)]
        for tally in (replayed.runs[0].tally, logged.tally)
    )
    return _paired(replayed, *ours, *theirs)


def off_in_abandonment(replayed: ReplayedPolicy, logged: LoggedCalls) -> Estimate:
    """Share of calls given up in a replay minus that of its log; nan where the log tells no outcomes.

    The interval likewise.
    """
    tally = replayed.runs[0].tally
    lost, offered = lost_contacts(tally).sum(axis=1), count_of(tally, "offered").sum(axis=1)
    return _paired(replayed, lost, offered, logged.lost.sum(axis=1), logged.ended.sum(axis=1))


def _paired(
    replayed: ReplayedPolicy, parts: Floats, wholes: Floats, log_parts: Floats, log_wholes: Floats
) -> Estimate:
    """Difference of two ratios of totals, given by half hour."""
    run = replayed.runs[0]
    totals = np.stack([parts, wholes, log_parts, log_wholes], axis=1)
    if replayed.rests_on_days:
        units = by_day(totals, days_of(run.edges, replayed.center))
    else:
        units = totals[count_of(run.tally, "offered").any(axis=1)]
    return paired_ratio(units[:, 0], units[:, 1], units[:, 2], units[:, 3])
