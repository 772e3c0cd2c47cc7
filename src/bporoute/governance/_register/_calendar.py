r"""A register as a calendar (RFC 5545): an all-day event for each last day, with alarms before it.

Lines end with CRLF and are folded after 75 octets, never within a character; in texts backslash, semicolon,
comma and line break are escaped. An event keeps its UID when its day moves, so that a calendar moves it too;
only locks of forecasts, of which there is one for each period, have the day in it. Of what has one name, such
as two dates, the second and later ones are numbered by day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from bporoute import __version__
from bporoute._base.digest import blake2b
from bporoute.governance._register._register import WARNINGS, Register, RegisterEntry

MOST_OCTETS = 75
WHAT = {
    "certificate": "{name} of {vendor} ends",
    "contract": "Contract of {vendor} ends",
    "adequacy": "Adequacy decision on {name} ends",
    "data_rule": "Data rule {name} ends",
    "trial": "Trial of {vendor} ends",
    "notice": "Last day of notice to {vendor}",
    "forecast_lock": "Forecast for {vendor} is locked",
    "assessment": "Transfer assessment of {vendor} is due",
    "date": "{name} ends",
}


def register_calendar(register: Register) -> bytes:
    r"""The events of a `register`, as a file that calendars import.

    Examples
    --------
    >>> from datetime import date
    >>> from bporoute.governance import Register, RegisterEntry
    >>> entry = RegisterEntry(kind="contract", name="contract", vendor="nord", day=date(2027, 6, 30),
    ...                       days_left=200, state="later")
    >>> text = register_calendar(Register("Sol", date(2026, 12, 12), (entry,))).decode()
    >>> [line for line in text.split("\r\n") if line.startswith(("DTSTART", "SUMMARY"))]
    ['DTSTART;VALUE=DATE:20270630', 'SUMMARY:Contract of nord ends']
    """
    seen: Counter[tuple[str, ...]] = Counter()
    events: list[str] = []
    for entry in register.entries:
        if entry.day is not None:
            own = _names(register, entry)
            seen[own] += 1
            events += _event(register, entry, entry.day, _uid(own, seen[own]))
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//bporoute//register {__version__}//EN",
        "CALSCALE:GREGORIAN",
        *events,
        "END:VCALENDAR",
    ]
    return "".join(f"{folded(line)}\r\n" for line in lines).encode()


def summary_of(entry: RegisterEntry) -> str:
    """What happens on the day of an entry, in a few words."""
    told = WHAT[entry.kind].format(name=entry.name, vendor=entry.vendor)
    return f"{told} ({entry.vendor})" if entry.kind == "date" and entry.vendor else told


def description_of(entry: RegisterEntry) -> str:
    """What breaks then, and what else matters.

    >>> entry = RegisterEntry(kind="contract", name="contract", vendor="nord", state="later",
    ...                       lost=(("nord", "sales"),), stranded=("sales",))
    >>> description_of(entry)
    'no vendor left for sales'
    """
    stranded = [f"no vendor left for {', '.join(entry.stranded)}"] if entry.stranded else []
    lost: dict[str, list[str]] = {}
    for vendor, what in entry.lost:
        if what not in entry.stranded:
            lost.setdefault(vendor, []).append(what)
    less = [f"{vendor} takes no {', '.join(types)}" for vendor, types in lost.items()]
    return "; ".join([*stranded, *less, *([entry.note] if entry.note else [])])


def _event(register: Register, entry: RegisterEntry, day: date, uid: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{uid}"
    yield f"DTSTAMP:{register.at:%Y%m%d}T000000Z"
    yield f"DTSTART;VALUE=DATE:{day:%Y%m%d}"
    yield f"SUMMARY:{escaped(summary_of(entry))}"
    if told := description_of(entry):
        yield f"DESCRIPTION:{escaped(told)}"
    yield "TRANSP:TRANSPARENT"
    for days in reversed(WARNINGS):
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{escaped(f'{summary_of(entry)} in {days} days')}"
        yield f"TRIGGER:-P{days}D"
        yield "END:VALARM"
    yield "END:VEVENT"


def _names(register: Register, entry: RegisterEntry) -> tuple[str, ...]:
    """What an entry is called by, whatever its day."""
    own = register.name, entry.kind, entry.vendor, entry.name
    return (*own, str(entry.day)) if entry.kind == "forecast_lock" else own


def _uid(names: tuple[str, ...], number: int) -> str:
    """The UID of the first entry, or of a later one, of all that are called so."""
    own = names if number == 1 else (*names, "", str(number))
    return f"{blake2b(chr(0).join(own).encode(), digest_size=16).hexdigest()}@bporoute"


def escaped(text: str) -> str:
    r"""A text as the value of a property.

    >>> escaped("a, b; c\\d\ne")
    'a\\, b\\; c\\\\d\\ne'
    """
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def folded(line: str) -> str:
    r"""A line in pieces of at most 75 octets, all but the first begun by a space that counts among them.

    >>> [len(piece.encode()) for piece in folded("SUMMARY:" + "é" * 80).split("\r\n")]
    [74, 75, 21]
    """
    pieces, piece, size = [], "", 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > MOST_OCTETS:
            pieces.append(piece)
            piece, size = " ", 1
        piece += sign
        size += octets
    return "\r\n".join([*pieces, piece])
