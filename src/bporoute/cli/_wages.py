"""Options of ``bporoute staff`` that tell what agents are paid."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated

import typer

from bporoute._base.spoken import share_of
from bporoute._base.vocabulary import odd_currency
from bporoute.errors import InputError
from bporoute.planning._wages import WAGE, Premium, Wages

Wage = Annotated[
    str | None,
    typer.Option("--wage", help="What a scheduled hour costs, such as '28 EUR': the plan says money, too."),
]
Premiums = Annotated[
    list[str] | None,
    typer.Option(
        "--premium",
        help="Paid beyond --wage: 'daily 22:00-06:00=25%', 'sun 00:00-24:00=50%', '2026-12-25=100%'; repeat.",
    ),
]
_MONEY = re.compile(r"(\d+(?:[.,]\d{1,4})?)\s*([^\d\s.,]*)")


def parse_wages(wage: str | None, premiums: Sequence[str] | None, currency: str) -> Wages | None:
    """What the options say; `currency` is that of the center, where the wage names none.

    >>> parse_wages("28,50 euro", ["daily 22:00-06:00=25%"], "").per_hour
    28.5
    >>> parse_wages("28", None, "SEK").currency
    'SEK'
    """
    if wage is None:
        if premiums:
            raise InputError("--premium", "it without --wage", "--wage too")
        return None
    match = _MONEY.fullmatch(wage.strip())
    if match is None:
        raise InputError("--wage", repr(wage), "an amount and a currency, such as '28 EUR'")
    amount, word = match.groups()
    meant = odd_currency(word) if word else currency
    if meant == "" and word:
        raise InputError("--wage", repr(wage), "an amount and the code of a currency, such as '28 EUR'")
    told = word if meant is None else meant
    per_hour = float(amount.replace(",", "."))
    WAGE.check("--wage", per_hour)
    return Wages(per_hour, told, tuple(map(_premium, premiums or ())))


def _premium(text: str) -> Premium:
    when, equals, share = text.rpartition("=")
    if not equals:
        raise InputError("--premium", repr(text), "WHEN=SHARE, such as 'daily 22:00-06:00=25%'")
    more = share_of(share)
    if more is None:
        raise InputError("--premium", repr(text), "a percentage after the =, such as 25%")
    try:
        hours: tuple[str, ...] = ()
        days = frozenset({date.fromisoformat(when.strip())})
    except ValueError:
        hours, days = (when.strip(),), frozenset()
    try:
        return Premium(more, hours, days)
    except InputError as failure:
        raise failure.under("--premium ") from None
