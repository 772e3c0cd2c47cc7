"""The tables of the page for people: queues, and vendors with what binds them as bars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bporoute._base.markup import Markup, element, joined
from bporoute.center._center import Center
from bporoute.routing._bounds import Bound, VendorBounds
from bporoute.routing._live import LiveQueue
from bporoute.routing._status import QueueStatus, VendorStatus
from bporoute.telephony.http._page_words import aged, amount, in_words, legible, money

QUEUE_HEADINGS = ("Queue", "Open", "Feed", "Agents", "Busy", "Waiting", "Hours")
VENDOR_HEADINGS = ("Vendor", "Open", "Health", "In flight", "Caps and commitments", "Next contact", "Hours")
MOST_PRICES = 6
"""Prices of a vendor that are shown."""
_NAMES = {
    "take_or_pay": "take or pay, this period",
    "minimum_commitment": "minimum, this period",
    "max_exposure": "exposure",
    "capacity": "capacity",
}


def table(caption: str, headings: Sequence[str], rows: Iterator[Markup]) -> Iterator[Markup]:
    """A table, row by row; roles are told, as where it is shown without columns they would be lost."""
    heads = joined(element("th", name, scope="col", role="columnheader") for name in headings)
    head = element("thead", element("tr", heads, role="row"), role="rowgroup")
    yield Markup(f'<table role="table">{element("caption", caption)}{head}<tbody role="rowgroup">')
    yield from rows
    yield Markup("</tbody></table>")


def queue_rows(
    center: Center, queues: Sequence[QueueStatus], live: Mapping[str, LiveQueue]
) -> Iterator[Markup]:
    """A row for each queue that is in the center still."""
    for status in queues:
        config, told = center.queues.get(status.name), live.get(status.name)
        if config is None or told is None:
            continue
        state = told.state
        known = (None, None, None) if state is None else (state.agents, state.busy, state.waiting)
        agents, busy, waiting = map(amount, known)
        kept = f"and {status.kept:.0f} kept since" if status.kept > 0.0 else ""
        yield _row(
            QUEUE_HEADINGS,
            status.name,
            _open(status.out),
            (_feed(status),),
            (_line(agents),),
            (_line(busy), *([_line(kept, "faint")] if kept else [])),
            (_line(waiting),),
            (_line(_hours(config.hours), "faint"),),
        )


def vendor_row(center: Center, status: VendorStatus, bound: VendorBounds) -> Markup:
    """The row of a vendor; empty if the center has it no more."""
    config = center.vendors.get(status.name)
    if config is None:
        return Markup()
    health = [_line(status.health, "" if status.health == "healthy" else "bad")]
    if status.admitted < 1.0:
        health.append(_line(f"admits {status.admitted:.0%} of its contacts"))
    if status.failure:
        health.append(_line(f"last failure: {legible(status.failure)}", "faint"))
    prices = [f"{name}: {money(price, center.currency)}" for name, price in bound.prices.items()]
    more = len(prices) - MOST_PRICES
    shown = [*prices[:MOST_PRICES], *([f"and {more} more"] if more > 0 else [])]
    limits = joined(_limit(each, each.name == status.reached) for each in bound.bounds)
    return _row(
        VENDOR_HEADINGS,
        status.name,
        _open(status.out),
        health,
        (_line(amount(status.in_flight)),),
        (limits or _line("none", "faint"),),
        (element("ul", *(element("li", each) for each in shown)),),
        (_line(_hours(config.hours), "faint"),),
    )


def _row(headings: Sequence[str], name: str, *cells: Sequence[Markup]) -> Markup:
    columns = [
        element("td", *cell, role="cell", data_label=heading)
        for heading, cell in zip(headings[1:], cells, strict=True)
    ]
    return element("tr", element("th", legible(name), scope="row", role="rowheader"), *columns, role="row")


def _line(text: str, kind: str = "") -> Markup:
    return element("div", text, class_=kind) if kind else element("div", text)


def _open(out: str) -> tuple[Markup, ...]:
    if not out:
        return (_line("open"),)
    failing = out in ("up", "health", "clock")
    return _line("out" if failing else "closed", "bad" if failing else ""), _line(in_words(out), "faint")


def _feed(status: QueueStatus) -> Markup:
    if status.feed == "fresh":
        return _line(f"fresh, {aged(status.age)}")
    age = f", {aged(status.age)}" if status.feed != "never told" else ""
    return _line(f"{status.feed}{age}", "bad")


def _hours(hours: Sequence[str]) -> str:
    return "; ".join(hours) or "always"


def _limit(bound: Bound, reached: bool) -> Markup:
    """A limit or commitment in words, and the same as a bar, which says nothing that the words do not."""
    share = bound.share
    unit = "" if bound.unit == "contacts" else f" {bound.unit}"
    name = _NAMES.get(bound.name) or bound.name.replace("_", " ")
    text = f"{name}: {amount(bound.used)} of {amount(bound.limit)}{unit}"
    kind, told = "part", Markup()
    if bound.committed:
        kind = "met" if share >= 1.0 else "part"
        told = element("span", " met" if share >= 1.0 else f" {share:.0%}")
    elif reached or share >= 1.0:
        kind, told = "full", element("span", " reached", class_="bad")
    bar = element(
        "svg",
        element("rect", class_="track", width=100, height=5),
        element("rect", class_=kind, width=round(100.0 * share, 1), height=5),
        class_="bar",
        viewBox="0 0 100 5",
        preserveAspectRatio="none",
        aria_hidden="true",
    )
    return element("div", text, told, bar)
