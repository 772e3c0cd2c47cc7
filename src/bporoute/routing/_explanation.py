"""A decision as text that a vendor manager understands."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping

from bporoute._kernels.routing import codes
from bporoute.center._contact import Contact
from bporoute.errors import shown
from bporoute.policies._text import policy_label
from bporoute.routing import _hard_rules as rules
from bporoute.routing._handle_laws import assumed
from bporoute.routing._near_names import nobody_has
from bporoute.routing._outcome import Action, Way
from bporoute.routing._reasons import rejections
from bporoute.routing._record import finite
from bporoute.routing._standing import standing
from bporoute.routing._tables._evidence import Evidence

_HEADLINES = {
    "keep": "keep in {destination}",
    "overflow": "send to {destination}",
    "defer": "defer",
    "callback": "promise a call back",
    "reject": "turn away",
}
WIDTH = 99
LEAST_SHOWN = 0.005
"""Money below which a part of a cost reads as 0.00."""
_FULL = {codes.CAPACITY, codes.RAMP}
_OUT = {codes.DOWN, codes.HEALTH, *(rules.HARD_RULE_CODES[rule.name] for rule in rules.CALENDAR_RULES)}
"""Why a vendor is out: what passes within minutes, so that rules reckon with it, and what does not."""
LEAST_WORK = 0.005
"""Share of the mean handle time below which a contact reads as taking 1.00 times it."""


def explanation(contact: Contact, action: Action, destination: str | None, evidence: Evidence) -> str:
    """Headline, state and policy, then one line for every destination, the best first, the barred last."""
    language = f" ({contact.language})" if contact.language else ""
    headline = _HEADLINES[action].format(destination=destination)
    lines = [f"{contact.type or 'no type'}{language}: {headline}", f"  {_situation(evidence)}"]
    if work := _work(evidence):
        lines.append(f"  {work}")
    if degraded := evidence.degraded:
        lines.append(f"  degraded: {degraded}")
    if evidence.arrived < evidence.at:
        lines.append(f"  came {evidence.at - evidence.arrived:.0f} s before: this is not its first decision")
    why = standing(contact, evidence)
    rows = [_way_cells(evidence, place, way, why) for place, way in enumerate(evidence.ways, start=1)]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    lines += [
        f"  {rank}. {name:<{widths[1]}}  {cost:>{widths[2]}}  {wait:>{widths[3]}}  {note}".rstrip()
        for rank, name, cost, wait, note in rows
    ]
    lines += _in_house_cost(evidence)
    lines += _assumptions(contact, evidence)
    center = evidence.basis.center
    codes_out = {code for code, *_ in evidence.refusals.values()}
    lines += [f"  {said}" for said in nobody_has(codes_out, rules.requested(contact, center), center)]
    lines += [f"  -  {out.destination}: {out.reason}" for out in rejections(contact, evidence)]
    return "\n".join([lines[0], *(part for line in lines[1:] for part in _wrapped(line))])


def _assumptions(contact: Contact, evidence: Evidence) -> list[str]:
    """By what handle times prices are expectations, where they depend on more than the mean."""
    basis = evidence.basis
    vendors = [way.destination for way in evidence.ways if way.destination in basis.center.vendors]
    said = {name: assumed(basis.center, basis.handle_times, name, contact.type) for name in vendors}
    return [f"  {name}: its price expects {words}" for name, words in said.items() if words]


def _wrapped(line: str) -> list[str]:
    """A line of at most `WIDTH` columns, as far as its words allow; what follows is indented."""
    if len(line) <= WIDTH:
        return [line]
    return textwrap.wrap(
        line,
        WIDTH,
        subsequent_indent="     ",
        expand_tabs=False,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _situation(evidence: Evidence) -> str:
    return f"{evidence.queue}: {_told(evidence)}; policy {policy_label(evidence.basis.policy)}"


def _told(evidence: Evidence) -> str:
    """What was told of the queue, how old that is if it is stale, and what the decision made of it."""
    state = evidence.state
    if state is None:
        return "state unknown"
    queue = evidence.basis.center.queues[evidence.queue]
    names = ("agents", "busy", "waiting") if queue.concurrency == 1 else ("agents", "in hand", "waiting")
    values = (_number(value) for value in (state.agents, state.busy, state.waiting))
    told = ", ".join(f"{value} {name}" for value, name in zip(values, names, strict=True))
    age = evidence.age
    if math.isnan(age):  # it could not be used
        return told
    if age > queue.lost_after:
        return f"{told} {age:.0f} s ago"
    if age > queue.stale_after:
        return f"{told} {age:.0f} s ago, {evidence.present:.3g} present expected"
    kept = evidence.kept_since
    return f"{told}, {kept:g} kept since" if kept > 0.0 else told


def _work(evidence: Evidence) -> str:
    """How much longer or shorter than others such a contact takes; empty if it does not, or nobody asked."""
    solved, work = evidence.basis.solved, evidence.work
    if solved is None or abs(work - 1.0) < LEAST_WORK:
        return ""
    aht = solved.situation.aht
    return f"work: {work * aht:.0f} s on average, {work:.2f} times the queue's {aht:.0f} s"


def _number(value: object) -> str:
    return shown(value) if finite(value) is None else f"{value:g}"


def _in_house_cost(evidence: Evidence) -> list[str]:
    """What keeping costs beside the contact's own wait, and where later contacts are reckoned to go."""
    own, later = evidence.in_house_parts
    if evidence.queue not in evidence.ranked or not LEAST_SHOWN <= later < math.inf:
        return []
    parts = "its cost is all for later contacts, who wait longer"
    if own >= LEAST_SHOWN:
        parts = f"waiting {own:.2f} + later contacts {later:.2f}"
    refused = {name: code for name, (code, *_) in evidence.refusals.items() if name != evidence.queue}
    full, out = ([name for name, code in refused.items() if code in those] for those in (_FULL, _OUT))
    rooms = [f"{' and '.join(full)} will have room for them again"] if full else []
    rooms += [f"none of them may go to {' or '.join(out)}"] if out else []
    return [f"  {evidence.queue}: {'; '.join([parts, *rooms])}"]


def _way_cells(
    evidence: Evidence, place: int, way: Way, why: Mapping[str, str]
) -> tuple[str, str, str, str, str]:
    in_house = way.destination == evidence.queue
    name = f"{way.destination} (in-house)" if in_house else _vendor_name(evidence, way.destination)
    cost = f"{way.cost:.2f} {evidence.basis.center.currency}" if math.isfinite(way.cost) else "cost unknown"
    wait = f"wait {way.expected_wait:.0f} s" if math.isfinite(way.expected_wait) else "wait unknown"
    parts = "" if in_house else _parts(way)
    return str(place), name, cost, wait, "; ".join(filter(None, (parts, why.get(way.destination))))


def _parts(way: Way) -> str:
    """What a vendor's cost consists of; empty if that is one thing alone."""
    rest = way.cost - way.price - way.extra
    if not math.isfinite(rest):
        return ""
    # A contact that gives up is not paid, which may be worth more than its waiting.
    parts = (
        ("price", way.price),
        ("quality and risk", way.extra),
        ("waiting" if rest > 0.0 else "given up", rest),
    )
    told = [(name, money) for name, money in parts if abs(money) >= LEAST_SHOWN]
    if len(told) < 2:
        return ""
    text = "".join(f" {'-' if money < 0.0 else '+'} {name} {abs(money):.2f}" for name, money in told)
    return text.removeprefix(" + ").lstrip()


def _vendor_name(evidence: Evidence, name: str) -> str:
    center = evidence.basis.center
    location = center.location_of(center.vendors[name])
    return f"{name} ({location})" if location else name
