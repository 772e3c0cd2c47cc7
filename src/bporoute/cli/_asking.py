"""Questions at the terminal for a first center; each answer is checked before the next question."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import typer

from bporoute._base.clock import time_zone
from bporoute._base.fields import converted, did_you_mean
from bporoute._base.vocabulary import zones_of
from bporoute.center._center import Center
from bporoute.center._dialect import CENTER_DIALECT
from bporoute.center._queue import Queue
from bporoute.center._vendor import Vendor
from bporoute.contracts._contract import Contract
from bporoute.contracts._term_kinds import KINDS
from bporoute.errors import InputError

Check = Callable[[str], object]
_PAID = ("price_per_minute", "price_per_contact", *KINDS)


def asked_plain() -> dict[str, str]:
    """What stands above all tables."""
    return {
        "name": _answer("What is the center called?", "center", _takes(Center, "name")),
        "timezone": _answer("Its time zone (IANA)", "Europe/Stockholm", time_zone),
        "currency": _answer("Its currency", "EUR", _takes(Center, "currency")),
    }


def asked_queues() -> Iterator[str]:
    """Queues, as options of ``bporoute new`` describe them."""
    for name in _names("Its in-house queues, separated by commas", "service"):
        aht = _answer(f"{name}: mean handle time, in seconds or as 3:08", "4:00", _takes(Queue, "aht"))
        patience = _answer(f"{name}: mean time until a caller gives up", "5:00", _takes(Queue, "patience"))
        targets = _answer(f"{name}: what it aims at", "80/20", _takes(Queue, "targets"))
        yield shlex.join((name, f"aht={aht}", f"patience={patience}", f"targets={targets}"))


def asked_vendors() -> Iterator[str]:
    """Vendors, likewise; terms that are named get example figures."""
    for name in _names("Vendors, separated by commas, or none", "nord"):
        country = _answer(f"{name}: country, two letters", "EE", _takes(Vendor, "country"))
        told = [name, f"country={country}"]
        if len(zones := zones_of(country)) != 1:
            told.append(f"timezone={_answer(f'{name}: its time zone', (*zones, '')[0], time_zone)}")
        paid = _answer(f"{name}: what is paid for, {', '.join(_PAID)}", _PAID[0], _one_of(_PAID))
        if paid in KINDS:
            told.append(f"terms={paid}")
        else:
            told.append(f"{paid}={_answer(f'{name}: {paid}', '1.00', _takes(Contract, paid))}")
        yield shlex.join(told)


def _answer(question: str, default: str, check: Check) -> str:
    """The first answer that `check` lets pass."""
    while True:
        text: str = typer.prompt(question, default=default or None)
        try:
            check(text)
        except InputError as complaint:
            print(f"found {complaint.found}; expected {complaint.expected}", file=sys.stderr)
            continue
        return text


def _names(question: str, default: str) -> list[str]:
    text = _answer(question, default, str)
    names = [name.strip() for name in text.split(",")]
    return [name for name in names if name and name != "none"]


def _takes(struct: Any, name: str) -> Check:
    """Whether a text is a value of a field of a struct, as it would stand in the file."""
    kinds = {field.name: field.type for field in msgspec.structs.fields(struct)}

    def check(text: str) -> object:
        try:
            return converted(float(text), kinds[name], name, CENTER_DIALECT)
        except ValueError:
            return converted(text, kinds[name], name, CENTER_DIALECT)

    return check


def _one_of(words: tuple[str, ...]) -> Check:
    def check(text: str) -> None:
        if text not in words:
            raise InputError("answer", repr(text), did_you_mean(text, list(words)))

    return check
