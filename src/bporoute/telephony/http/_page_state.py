"""What the page for people says first: whether anything is wrong, in words."""

from __future__ import annotations

from collections.abc import Sequence

from bporoute._base.markup import Markup, element
from bporoute._base.words import counted
from bporoute.routing._decision import Decision
from bporoute.routing._status import QueueStatus, Status, VendorStatus
from bporoute.telephony.http._page_words import aged, in_words, legible

MOST_TROUBLES = 12
"""Troubles that are listed before the tables, which have all of them."""


def troubles(status: Status, recent: Sequence[Decision]) -> list[str]:
    """Everything that decisions have to do without, or that is not as it should be."""
    told = [f"Router: {legible(status.trouble, 400)}."] if status.trouble else []
    for queue in status.queues:
        told += _of_queue(queue)
    for vendor in status.vendors:
        told += _of_vendor(vendor)
    if degraded := [each for each in recent if each.degraded]:
        said = legible(degraded[-1].degraded, 200)
        told.append(f"{len(degraded)} of the last {len(recent)} decisions are degraded; the latest: {said}.")
    return told


def _of_queue(queue: QueueStatus) -> list[str]:
    name, told = legible(queue.name), []
    if queue.feed == "never told":
        told.append(f"Queue {name}: nobody has told its state.")
    elif queue.feed != "fresh":
        told.append(f"Queue {name}: its state is {queue.feed}, told {aged(queue.age)}.")
    if queue.trouble:
        told.append(f"Queue {name}: {legible(queue.trouble, 200)}.")
    return told


def _of_vendor(vendor: VendorStatus) -> list[str]:
    name = legible(vendor.name)
    if vendor.out in ("up", "health"):
        return [f"Vendor {name}: {in_words(vendor.out)}."]
    if vendor.health != "healthy":
        return [f"Vendor {name}: {vendor.health}, admits {vendor.admitted:.0%} of its contacts."]
    return []


def state(status: Status, told: Sequence[str]) -> Markup:
    """Whether anything is wrong, and which `troubles` were told; colour says nothing that words do not."""
    shown = list(told[:MOST_TROUBLES])
    if len(told) > len(shown):
        shown.append(f"And {len(told) - len(shown)} more: see the tables.")
    wrong = element("ul", *(element("li", each) for each in shown)) if shown else Markup()
    return element(
        "section",
        element("h2", "Degraded" if told else "All well", id="state"),
        wrong,
        element("p", _summary(status)),
        class_="state degraded" if told else "state",
        aria_labelledby="state",
    )


def _summary(status: Status) -> str:
    queues, vendors = len(status.queues), len(status.vendors)
    open_queues = sum(not each.out for each in status.queues)
    open_vendors = sum(not each.out for each in status.vendors)
    capped = sum(bool(each.reached) for each in status.vendors)
    parts = [
        f"{open_queues} of {queues} queues and {open_vendors} of {vendors} vendors open",
        *([f"{capped} at a cap"] if capped else []),
        f"{counted(status.open_contacts, 'contact')} open",
        f"kernels: {legible(status.kernels)}",
        *([f"tokens refused: {sum(status.refused_tokens.values())}"] if status.refused_tokens else []),
    ]
    return "; ".join(parts) + "."
