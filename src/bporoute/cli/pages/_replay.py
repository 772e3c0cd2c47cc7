"""The page of a replay."""

from __future__ import annotations

from collections.abc import Sequence

from bporoute.cli.pages._comparison import comparison_page
from bporoute.cli.pages._page import Page
from bporoute.cli.reports._comparison import doubts
from bporoute.cli.reports._logged import logged_notes
from bporoute.cli.reports._replay import comparison_rows, days_of_calls, footnotes, label
from bporoute.simulation._comparison import dearer_replayed
from bporoute.simulation._logged import LoggedCalls
from bporoute.simulation._replayed import ReplayedPolicy
from bporoute.simulation._results import cheapest_of


def replay_page(
    results: Sequence[ReplayedPolicy], logged: LoggedCalls | None, decided: Sequence[str] = ()
) -> Page:
    """What became of the calls of a log under each policy; `decided` says how the log was read."""
    rows, best = comparison_rows(results, logged)
    return comparison_page(
        results,
        rows,
        best,
        days_of_calls(cheapest_of(results)),
        name=label,
        dearer=dearer_replayed,
        noun="calls",
        doubts=(*doubts(results), *([] if logged is None else logged_notes(logged, results)[1:])),
        notes=footnotes(results, logged),
        decided=decided,
    )
