"""The page of a simulation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bporoute.cli.pages._comparison import comparison_page
from bporoute.cli.pages._page import Page
from bporoute.cli.reports._comparison import doubts
from bporoute.cli.reports._simulation import comparison_rows, footnotes
from bporoute.policies._text import policy_label
from bporoute.simulation._comparison import dearer
from bporoute.simulation._results import SimulatedPolicy, Simulation


def simulation_page(found: Simulation, decided: Sequence[str] = ()) -> Page:
    """What became of drawn days under each policy; `decided` says how files were read."""
    rows, best = comparison_rows(found)
    edges, zone = found.cheapest.runs[0].edges, found.center.zone
    days = sorted({datetime.fromtimestamp(start, zone).date() for start in edges[:-1].tolist()})
    return comparison_page(
        found.policies,
        rows,
        best,
        days,
        name=_name,
        dearer=dearer,
        noun="contacts",
        doubts=doubts(found.policies),
        notes=footnotes(found),
        decided=decided,
    )


def _name(each: SimulatedPolicy) -> str:
    return policy_label(each.policy)
