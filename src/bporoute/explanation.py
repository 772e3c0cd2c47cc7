"""A decision as text that a vendor manager understands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bporoute.policy import policy_label

if TYPE_CHECKING:
    from bporoute.decision import Decision, Way

_HEADLINES = {
    "keep": "keep in {destination}",
    "overflow": "send to {destination}",
    "defer": "defer",
    "callback": "promise a call back",
    "reject": "turn away",
}


def explanation(decision: Decision) -> str:
    """Headline, state and policy, then one line for every destination."""
    evidence = decision.evidence
    contact = decision.contact
    language = f" ({contact.language})" if contact.language else ""
    headline = _HEADLINES[decision.action].format(destination=decision.destination)
    lines = [f"{contact.type}{language}: {headline}", f"  {_situation(decision)}"]
    if decision.degraded:
        lines.append(f"  degraded: {decision.degraded}")
    if not evidence.order:
        lines.append(f"  nobody may take it, so the center's fallback holds: {evidence.center.fallback}")
    rows = [_way_cells(decision, place, way) for place, way in enumerate(decision.ways, start=1)]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    lines += [
        f"  {rank}. {name:<{widths[1]}}  {cost:>{widths[2]}}  {wait:>{widths[3]}}  {note}".rstrip()
        for rank, name, cost, wait, note in rows
    ]
    lines += [f"  -  {out.destination}: {out.reason}" for out in decision.rejected]
    return "\n".join(lines)


def _situation(decision: Decision) -> str:
    evidence = decision.evidence
    state = evidence.state
    told = (
        f"{state.agents:g} agents, {state.busy:g} busy, {state.waiting:g} waiting"
        if state is not None
        else "state unknown"
    )
    return f"{evidence.queue}: {told}; policy {policy_label(evidence.policy)}"


def _way_cells(decision: Decision, place: int, way: Way) -> tuple[str, str, str, str, str]:
    evidence = decision.evidence
    in_house = way.destination == evidence.queue
    name = f"{way.destination} (in-house)" if in_house else _vendor_name(decision, way.destination)
    cost = f"{way.cost:.2f} {evidence.center.currency}" if math.isfinite(way.cost) else "cost unknown"
    wait = f"wait {way.expected_wait:.0f} s" if math.isfinite(way.expected_wait) else "wait unknown"
    return str(place), name, cost, wait, _threshold(decision) if in_house else ""


def _vendor_name(decision: Decision, name: str) -> str:
    return f"{name} ({decision.evidence.center.vendors[name].location})"


def _threshold(decision: Decision) -> str:
    """From where on the in-house queue would send such a contact out."""
    state = decision.evidence.state
    sends_from = decision.sends_from
    if state is None or math.isnan(sends_from):
        return ""
    if sends_from == math.inf:
        return "kept however many wait"
    if sends_from == 0:
        return "never kept"
    if sends_from < state.agents:
        return f"kept while fewer than {sends_from:g} agents are busy"
    waiting = math.floor(sends_from - state.agents)
    if waiting == 0:
        return "kept only while an agent is free"
    return "kept while nobody waits" if waiting == 1 else f"kept while fewer than {waiting} wait"
