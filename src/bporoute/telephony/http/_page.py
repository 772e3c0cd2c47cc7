"""The page for people: how queues and vendors are now, and why the last contacts went where they went."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from urllib.parse import urlencode

from bporoute import __version__
from bporoute._base.markup import Markup, element
from bporoute.center._center import Center
from bporoute.errors import InputError
from bporoute.routing._decision import Decision
from bporoute.routing._router import Router
from bporoute.routing._status import Status
from bporoute.telephony.http._page_decisions import LONGEST_SEARCH, MOST_LISTED, found, listed, without_id
from bporoute.telephony.http._page_state import state, troubles
from bporoute.telephony.http._page_style import PAGE_STYLE
from bporoute.telephony.http._page_tables import (
    QUEUE_HEADINGS,
    VENDOR_HEADINGS,
    queue_rows,
    table,
    vendor_row,
)
from bporoute.telephony.http._page_words import legible, on_the_clock

REFRESH = 10
"""Seconds after which a browser asks for the page again."""
_ALLOWED = base64.b64encode(hashlib.sha256(PAGE_STYLE.encode()).digest()).decode()
PAGE_HEADERS: tuple[tuple[str, str], ...] = (
    ("content-type", "text/html; charset=utf-8"),
    (
        "content-security-policy",
        f"default-src 'none'; style-src 'sha256-{_ALLOWED}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
)
"""What goes with every page: nothing is loaded, run, framed, sniffed, kept or told to other sites."""


def page_headers(paused: bool = False) -> list[tuple[bytes, bytes]]:
    """The headers of the page, as ASGI sends them; unless `paused`, it is asked for again by itself.

    >>> page_headers()[-1], (b"refresh", b"10") in page_headers(paused=True)
    ((b'refresh', b'10'), False)
    """
    told = PAGE_HEADERS if paused else (*PAGE_HEADERS, ("refresh", str(REFRESH)))
    return [(name.encode(), value.encode()) for name, value in told]


def page(
    router: Router,
    recent: Iterable[Decision],
    now: float,
    find: str = "",
    *,
    paused: bool = False,
    hide_ids: bool = False,
) -> str:
    """The page as one text, see `page_parts`.

    Examples
    --------
    >>> from bporoute import Center, Contact, ContactType, Queue, Router
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)}, contact_types={"service": ContactType(queue="service")}
    ... )
    >>> router = Router(center, compile=False)
    >>> html = page(router, [router.route(Contact("service", id="<call 1>"))], 1795428000.0)
    >>> html[:15], "&lt;call 1&gt;" in html, "Queue service: nobody has told its state." in html
    ('<!DOCTYPE html>', True, True)
    """
    return "".join(page_parts(router, recent, now, find, paused=paused, hide_ids=hide_ids))


def page_parts(
    router: Router,
    recent: Iterable[Decision],
    now: float,
    find: str = "",
    *,
    paused: bool = False,
    hide_ids: bool = False,
) -> Iterator[str]:
    """The page piece by piece, each made in about a millisecond: between two, a server may decide contacts.

    The router's lock is held for the state of all, and then for one vendor at a time.

    Parameters
    ----------
    router : Router
        Of which it tells; nothing is changed or counted by it.
    recent : iterable of Decision
        The last decisions, the newest last.
    now : float
        When it is made, epoch seconds.
    find : str
        Of the decisions, only those on contacts whose id holds this are listed; of any quality.
    paused : bool
        Whether it is not to refresh itself, see `page_headers`.
    hide_ids : bool
        Whether the ids of contacts, which are personal data, are not shown. Then a search finds who has the
        very id only.
    """
    told = list(recent)
    looked_at = [without_id(each) for each in told] if hide_ids else told
    status = router.status()
    wrong = troubles(status, looked_at)
    center = router.center
    find = find[:LONGEST_SEARCH].strip()
    yield f'<!DOCTYPE html>\n<html lang="en">{_head(bool(wrong))}<body>'
    yield _header(router, now, find, paused)
    yield "<main>"
    yield state(status, wrong)
    yield from _section("queues", "Queues")
    rows = queue_rows(center, status.queues, router.state)
    yield from _joined(table("In-house queues now", QUEUE_HEADINGS, rows))
    yield "</section>"
    yield from _section("vendors", "Vendors")
    if status.vendors:
        rows = _vendor_rows(router, center, status)
        yield from _joined(table("Vendors now", VENDOR_HEADINGS, rows))
    else:
        yield element("p", "None.")
    yield "</section>"
    yield from _section("decisions", "Last decisions")
    yield _search(find, paused)
    matching = found(told, find, hide_ids)
    yield element("p", _counted(len(matching), len(told), find, hide_ids))
    yield from _joined(
        listed(matching, center.zone, opened=bool(find), hidden=hide_ids, paused=paused), at_once=1
    )
    yield "</section></main>"
    yield element(
        "footer", element("p", f"bporoute {__version__}. This page only shows; it changes nothing.")
    )
    yield "</body></html>\n"


def _head(degraded: bool) -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{'Degraded' if degraded else 'All well'}: bporoute"),
        element("style", Markup(PAGE_STYLE)),
    )


def _header(router: Router, now: float, find: str, paused: bool) -> Markup:
    name = legible(router.center.name) or "Routing"
    at = on_the_clock(now, router.center.zone, "%Y-%m-%d %H:%M:%S %Z")
    asked = {"find": find, "pause": "" if paused else "1"}
    other = urlencode({key: value for key, value in asked.items() if value}, errors="replace")
    refreshing = "It does not refresh itself. " if paused else f"It refreshes itself every {REFRESH} s. "
    control = element(
        "a", "Refresh by itself" if paused else "Stop refreshing", href=f"?{other}", class_="control"
    )
    links = [element("a", text, href=f"#{text.lower()}") for text in ("Queues", "Vendors", "Decisions")]
    return element(
        "header",
        element("h1", name),
        element("p", f"As of {at}. {refreshing}", control),
        element("nav", *links, aria_label="On this page"),
    )


def _section(name: str, heading: str) -> Iterator[Markup]:
    yield Markup(f'<section aria-labelledby="{name}">')
    yield element("h2", heading, id=name)


def _vendor_rows(router: Router, center: Center, status: Status) -> Iterator[Markup]:
    for each in status.vendors:
        with suppress(InputError):  # a vendor that is gone since, and no bill names it any more
            yield vendor_row(center, each, router.bounds(each.name))


def _search(find: str, paused: bool) -> Markup:
    label = element("label", "Contact id", for_="find")
    told = element("input", type="search", id="find", name="find", value=find, maxlength=LONGEST_SEARCH)
    kept = element("input", type="hidden", name="pause", value="1") if paused else Markup()
    button = element("button", "Find", type="submit")
    return element("form", element("div", label, told), kept, button, method="get", role="search")


def _counted(matching: int, kept: int, find: str, hidden: bool) -> str:
    most = f"; the newest {MOST_LISTED} are listed" if matching > MOST_LISTED else ""
    if find:
        holds = "is" if hidden else "holds"
        return f"{matching} of the last {kept} are on a contact whose id {holds} {legible(find)}{most}."
    return f"{kept} are kept{most}."


def _joined(parts: Iterator[Markup], at_once: int = 3) -> Iterator[str]:
    """Several parts in one."""
    while some := list(islice(parts, at_once)):
        yield "".join(some)
