"""The page of policies that were compared, in a simulation or on the calls of a log."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar

import numpy as np

from bporoute.cli.pages._bars import Bar, Part, columns, lying
from bporoute.cli.pages._curves import Axis, Curve, curves
from bporoute.cli.pages._page import Page, Picture, Table
from bporoute.cli.reports._by_clock import levels_by_clock, step_of, who_took
from bporoute.cli.reports._cells import percent, rounded
from bporoute.cli.reports._comparison import MARK, POLICY
from bporoute.cli.reports._policy_words import policy_words
from bporoute.cli.reports._savings import few_of, saving_lines
from bporoute.cli.reports._spans import clock_text, span_of
from bporoute.estimates._confidence import Estimate
from bporoute.simulation._results import SimulatedPolicy, cheapest_of

Found = TypeVar("Found", bound=SimulatedPolicy)

LINES = ("first", "second", "third", "ink")
"""Colours of the lines beside that of the cheapest."""
VENDORS = ("second", "third", "rest", "band", "ink")
"""Colours of vendors, over and over."""
LEVELS = (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)


def comparison_page(
    results: Sequence[Found],
    rows: Sequence[Mapping[str, str]],
    best: Sequence[bool],
    days: Sequence[date],
    *,
    name: Callable[[Found], str],
    dearer: Callable[[Found, Found], Estimate],
    noun: str,
    doubts: Sequence[str],
    notes: Sequence[str],
    decided: Sequence[str],
) -> Page:
    """What each policy costs and how it serves: what is saved first, then by time of day, then tables.

    Parameters
    ----------
    results : sequence of SimulatedPolicy
        At least one.
    rows, best : sequence
        The table of the command: cells by heading, and which of them cost least.
    days : sequence of date
        Local days that were run.
    name : function
        Gives the code name of a policy.
    dearer : function
        Says by what share the first costs more than the second, with its interval.
    noun : str
        What is routed, such as calls.
    doubts : sequence of str
        Why some of the numbers are not what they seem.
    notes : sequence of str
        What the numbers mean and rest on.
    decided : sequence of str
        What was said when files were read.
    """
    cheapest = cheapest_of(results)
    lead, *more = saving_lines(results, dearer, name)
    beside = [doubt.removeprefix("note: ") for doubt in doubts]
    return Page(
        title=f"{cheapest.center.name}, {span_of(days)}: policies compared",
        answer=(lead, *more, *beside, *_answer(cheapest, name(cheapest), noun)),
        pictures=(
            _costs(results, cheapest, name),
            _levels(results, cheapest, name),
            _took(cheapest, name, noun),
        ),
        tables=tuple(_tables(results, cheapest, rows, best, name)),
        assumptions=tuple(note for note in notes if note not in (lead, *more, *doubts)),
        decided=tuple(decided),
    )


def _answer(cheapest: SimulatedPolicy, name: str, noun: str) -> Iterator[str]:
    yield f"{name} {policy_words(cheapest.policy)}."
    use = {vendor: used for vendor, used in cheapest.vendor_use().items() if used["sent"]}
    out = f"{percent(cheapest.overflow_share().value)} % of the {noun} go to vendors"
    shares = ", ".join(
        f"{vendor} {used['sent']:,.0f} for {used['owed']:,.0f}" for vendor, used in use.items()
    )
    told = f" ({shares} {cheapest.center.currency})" if use else ""
    yield f"{out}{told}; {percent(cheapest.service_level().value)} % are answered in time, wherever."
    missed = [
        f"{queue} {target}"
        for queue in cheapest.center.queues
        if cheapest.contacts(queue)
        for target, met in cheapest.verdicts(queue)
        if not met
    ]
    if missed:
        yield f"Targets that it misses: {'; '.join(missed)}."


def _costs(results: Sequence[Found], cheapest: Found, name: Callable[[Found], str]) -> Picture:
    bars = []
    for each in results:
        cost = each.cost_per_contact()
        margin = f" ± {cost.half_width:.3f}" if math.isfinite(cost.half_width) else ""
        kind = "best" if each is cheapest else "rest"
        bars.append(Bar(name(each), cost.value, cost.half_width, f"{cost.value:.3f}{margin}", kind))
    currency = cheapest.center.currency
    described = f"The least under {name(cheapest)}: {cheapest.cost_per_contact().value:.3f} {currency}."
    return lying(f"What a contact costs, {currency}, wages left out", described, bars)


def _levels(results: Sequence[Found], cheapest: Found, name: Callable[[Found], str]) -> Picture:
    """Service level by time of day of a few policies."""
    step = step_of(cheapest)
    few = few_of(results)
    kinds = iter(LINES)
    lines = []
    lowest = []
    for each in few:
        hours, level = levels_by_clock(each, step)
        kind = "best" if each is cheapest else next(kinds)
        lines.append(Curve(kind, name(each), (hours + step / 2).tolist(), level.tolist()))
        if np.isfinite(level).any():
            place = int(np.nanargmin(level))
            lowest.append(f"{name(each)} {level[place]:.0f} % at {clock_text(hours[place])}")
    places = [place for line in lines for place in line.places]
    first, last = math.floor(min(places)), math.ceil(max(places))
    every = max(math.ceil((last - first) / 14), 1)
    labels = tuple((float(hour), f"{hour:02d}:00") for hour in range(first, last + 1, every))
    targets = sorted({100 * aim.probability for aim in cheapest.center.aims.values()})
    return curves(
        "Service level by time of day, % (line across: target)",
        f"The lowest: {'; '.join(lowest)}.",
        lines,
        Axis(float(first), float(last), labels),
        ticks=LEVELS,
        targets=targets,
    )


def _took(cheapest: Found, name: Callable[[Found], str], noun: str) -> Picture:
    """Who took the contacts by time of day, each vendor by itself."""
    step = step_of(cheapest)
    took = who_took(cheapest, step, cheapest.days * len(cheapest.runs))
    parts = [Part("first", "kept in-house", took.kept.tolist())]
    for number, (vendor, count) in enumerate(took.sent.items()):
        parts.append(Part(VENDORS[number % len(VENDORS)], f"sent to {vendor}", count.tolist()))
    out = sum(took.sent.values(), np.zeros(len(took.hours)))
    most = int(out.argmax())
    described = (
        f"The most go out at {clock_text(took.hours[most])}: {out[most]:,.0f}, {took.kept[most]:,.0f} stay."
    )
    title = f"Who took the {noun} of a day by time of day, under {name(cheapest)}"
    return columns(title, described, [clock_text(hour) for hour in took.hours.tolist()], parts)


def _tables(
    results: Sequence[Found],
    cheapest: Found,
    rows: Sequence[Mapping[str, str]],
    best: Sequence[bool],
    name: Callable[[Found], str],
) -> Iterator[Table]:
    headings = [heading for heading in rows[0] if heading != MARK]
    headings.sort(key=lambda heading: heading != POLICY)
    yield Table(
        "Policies, the cheapest set off",
        tuple(heading.replace("-\n", "").replace("\n", " ") for heading in headings),
        [tuple(row[heading] for heading in headings) for row in rows],
        marked=frozenset(place for place, is_best in enumerate(best) if is_best),
    )
    told = [(name(each), policy_words(each.policy)) for each in results]
    yield Table("What the policies do", ("policy", "in words"), told, texts=2)
    queues = [
        (
            queue,
            f"{cheapest.contacts(queue):,}",
            percent(cheapest.service_level(queue).value),
            percent(cheapest.abandonment(queue).value),
            rounded(cheapest.asa(queue).value, 1),
            percent(cheapest.occupancy(queue).value),
            percent(cheapest.overflow_share(queue).value),
        )
        for queue in cheapest.center.queues
    ]
    served = ("queue", "contacts", "service level %", "abandoned %", "ASA s", "occupancy %", "sent out %")
    yield Table(f"Queues under {name(cheapest)}", served, queues)
    use = [
        (vendor, f"{used['sent']:,.0f}", f"{used['failed']:,.0f}", f"{used['owed']:,.0f}")
        for vendor, used in cheapest.vendor_use().items()
    ]
    if use:
        owed = f"owed {cheapest.center.currency}"
        yield Table(f"Vendors under {name(cheapest)}", ("vendor", "sent", "failed", owed), use)
