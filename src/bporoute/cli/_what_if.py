"""A contact and a state as a person types them: ``service,language=sv``, ``service:agents=42,waiting=9``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from bporoute._base.fields import did_you_mean
from bporoute.center._center import Center
from bporoute.center._contact import Contact
from bporoute.errors import InputError, shown
from bporoute.routing._state import QueueState, Snapshot, VendorState

_EXAMPLES = {True: "agents=42,busy=42,waiting=9", False: "up=true,in_flight=3"}


def parse_contact(text: str) -> Contact:
    """A contact from ``TYPE[,language=..][,id=..][,data=a+b][,country=..][,value_class=..][,skills=a+b]``.

    >>> parse_contact("service,language=sv,data=health+payment").data
    ('health', 'payment')
    """
    kind, *rest = text.split(",")
    names = ("language", "id", "data", "country", "value_class", "skills")
    fields = _fields(f"--contact {text!r}", rest, names)
    data, skills = (
        tuple(fields.pop(name).split("+")) if name in fields else () for name in ("data", "skills")
    )
    return Contact(
        kind.strip(),
        fields.get("language", ""),
        fields.get("id", ""),
        data,
        fields.get("country", ""),
        fields.get("value_class", ""),
        skills=skills,
    )


def parse_states(texts: Sequence[str], center: Center) -> Snapshot:
    """A snapshot from texts like ``QUEUE:agents=42,busy=42,waiting=9`` and ``VENDOR:up=false``.

    >>> from bporoute.simulation import demo_center
    >>> parse_states(["baltic:up=false"], demo_center())
    Snapshot(baltic=VendorState(up=False, in_flight=None, capacity=None, expected_wait=None))
    """
    states: dict[str, QueueState | VendorState] = {}
    for text in texts:
        where = f"--state {text!r}"
        name, colon, rest = text.partition(":")
        if name not in (*center.queues, *center.vendors):
            raise InputError(where, repr(name), did_you_mean(name, [*center.queues, *center.vendors]))
        if not colon:
            raise InputError(where, "no colon", f"fields, such as {name}:{_EXAMPLES[name in center.queues]}")
        kind: type[QueueState | VendorState] = QueueState if name in center.queues else VendorState
        fields = _fields(where, [part for part in rest.split(",") if part], kind.__struct_fields__)
        if kind is QueueState and "agents" not in fields:
            raise InputError(where, "no agents", f"at least the agents, such as {name}:{_EXAMPLES[True]}")
        values = {field: _value(where, field, value) for field, value in fields.items()}
        states[name] = msgspec.convert(values, kind)
    return Snapshot(**states)


def parse_moment(text: str, zone: ZoneInfo) -> float:
    """Epoch seconds of an ISO 8601 time; without an offset it is local in `zone`."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError):
        raise InputError("--at", repr(text), "a time like 2026-11-23T10:15") from None


def _value(where: str, field: str, text: str) -> float | bool:
    if field == "up":
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        raise InputError(where, f"up={text}", "up=true or up=false")
    try:
        return float(text)
    except ValueError:
        raise InputError(where, f"{field}={text}", "a number") from None


def _fields(where: str, parts: Sequence[str], known: tuple[str, ...]) -> dict[str, str]:
    fields = {}
    for part in parts:
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if name not in known or not equals:
            raise InputError(where, shown(part), f"field=value, with field {did_you_mean(name, list(known))}")
        fields[name] = value
    return fields
