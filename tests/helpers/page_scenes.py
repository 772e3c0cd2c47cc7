"""Routers in the states that the page for people tells of, and what is hostile in contacts."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec

import bporoute as bp

AT = 1795428000.0
"""Monday 11:00 in Stockholm."""
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "\u202eevil\u202c\u2066abc\u200f",
    "a\r\nSet-Cookie: x=1",
    "\x00\x07\x1b[2Jx\x85",
    "&lt;script&gt;",
    "javascript:alert(1)",
    "\ud800\udfff",
    "]]></style><script>alert(2)</script>",
    "A" * 3_000_000,
    "\N{ARABIC LETTER AIN}" * 3,
)

Scene = tuple[bp.Router, list[bp.Decision], float]


def demo() -> bp.Center:
    return bp.Center.load(Path(bp.__file__).with_name("demo_center.toml"))


def alone() -> bp.Center:
    """A queue, and nobody to send to."""
    return bp.Center(
        queues={"service": bp.Queue(aht=240)}, contact_types={"service": bp.ContactType(queue="service")}
    )


def router(center: bp.Center, now: list[float]) -> bp.Router:
    return bp.Router(center, clock=lambda: now[0], compile=False)


def nothing_yet() -> Scene:
    return router(alone(), [AT]), [], AT


def well() -> Scene:
    live = router(demo(), [AT])
    live.state["service"].update(agents=42, busy=40, waiting=0)
    live.state["sales"].update(agents=20, busy=18, waiting=0)
    chance, recent = random.Random(1), []
    for number in range(60):
        kind = chance.choice(("service", "sales"))
        decision = live.route(bp.Contact(kind, language=chance.choice(("sv", "en")), id=f"call-{number}"))
        recent.append(decision)
        live.settle(decision, "answered", wait=3.0, handle=180.0)
    return live, recent, AT


def degraded() -> Scene:
    """A stale feed and one that never came, a vendor down, one ejected, one closed, one at a cap."""
    center, now = demo(), [AT]
    vendors = dict(center.vendors)
    committed = (bp.PerContact(price=2.0), bp.TakeOrPay(volume=20, price=2.0))
    vendors["baltic"] = msgspec.structs.replace(
        vendors["baltic"], contract=bp.Contract(terms=committed, cap_per_hour=12, cap_money_per_day=900.0)
    )
    minimum = (bp.PerMinute(price=0.9), bp.MinimumCommitment(amount=5000.0))
    vendors["night"] = msgspec.structs.replace(
        vendors["norrland"], hours=("daily 22:00-06:00",), contract=bp.Contract(terms=minimum)
    )
    live = router(msgspec.structs.replace(center, vendors=vendors), now)
    live.state["service"].update(agents=42, busy=42, waiting=9)
    live.vendors["norrland"].update(up=False)
    recent = []
    for number in range(230):
        now[0] += 0.4
        kind, language = ("sales", "sv") if number % 3 == 0 else ("service", "en" if number % 2 else "sv")
        decision = live.route(bp.Contact(kind, language=language, id=f"call-{number}"))
        recent.append(decision)
        if decision.destination == "manila":
            live.settle(decision, "failed")
        elif number % 2:
            live.settle(decision, "answered", wait=3.0, handle=180.0)
    return live, recent[-200:], now[0]


def hostile() -> Scene:
    """Everything that a caller can say is hostile."""
    live, recent, at = well()
    for text in HOSTILE:
        recent.append(live.route(bp.Contact(text, language=text, id=text, skills=(text,), data=(text,))))
        recent.append(live.route(bp.Contact("service", id=text)))
    live.state["service"].update(agents=42, busy=42, waiting=40)
    sent = live.route(bp.Contact("service", language="en", id="x"))
    live.divert(sent, failed=HOSTILE[0])
    recent.append(live.route(bp.Contact("service", language="en", id=b"\xff<b>")))
    return live, recent, at


SCENES = {make.__name__: make for make in (nothing_yet, well, degraded, hostile)}
