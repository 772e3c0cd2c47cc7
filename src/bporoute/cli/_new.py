"""The commands ``bporoute new`` and ``bporoute schema``: a first center file, what editors know of them."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin

import msgspec
import typer

from bporoute._base.fields import converted, did_you_mean
from bporoute._base.files import write_whole
from bporoute._base.kinds import bare
from bporoute._base.vocabulary import likely_country, zones_of
from bporoute.center._center import Center
from bporoute.center._contact import ContactType
from bporoute.center._dialect import CENTER_DIALECT
from bporoute.center._queue import Queue
from bporoute.center._vendor import Vendor
from bporoute.cli._asking import asked_plain, asked_queues, asked_vendors
from bporoute.cli._terminal import print_json
from bporoute.contracts._contract import Contract
from bporoute.contracts._term_kinds import KINDS
from bporoute.errors import InputError

Tables = dict[str, Any]

_WITH = {
    "take_or_pay": "TakeOrPay.volume",
    "multiplier": "Multiplier.hours",
    "ramp": "Contract.start",
    "trial": "Contract.start",
}
"""Kinds of terms that do nothing without one more key -> the one that they get."""


def new(
    center: Annotated[Path, typer.Argument(help="Where the center file goes; must not exist yet.")],
    queue: Annotated[
        list[str] | None,
        typer.Option(
            help="An in-house queue: its name, then keys, as 'service aht=3:08 targets=80/20'; repeat."
        ),
    ] = None,
    vendor: Annotated[
        list[str] | None,
        typer.Option(
            help="A vendor: its name, then keys of it and of its contract, as 'nord country=EE "
            "price_per_minute=0.85', terms by their kinds, as 'terms=take_or_pay,multiplier'; repeat."
        ),
    ] = None,
    contact_type: Annotated[
        list[str] | None,
        typer.Option(
            "--type", help="A contact type, as 'billing queue=service'. Default: one for each queue."
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What the center is called.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Its clock (IANA), as Europe/Stockholm.")] = None,
    currency: Annotated[str | None, typer.Option(help="Of all money, as EUR.")] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask for what is needed, one thing at a time.")] = False,
) -> None:
    """Write a first center file: the one described or asked for, else the example of the demo.

    One that is described has every key there is, what is not said as a comment with its meaning and an
    example. Terms that are named get example figures: put the agreed ones.

    Example: `bporoute new c.toml --queue 'service aht=3:08' --vendor 'nord country=EE price_per_minute=0.85'`
    """
    plain = {"name": name, "timezone": timezone, "currency": currency}
    given = {key: value for key, value in plain.items() if value is not None}
    if ask:
        given |= {key: value for key, value in asked_plain().items() if key not in given}
        queue, vendor = queue or [*asked_queues()], vendor or [*asked_vendors()]
    if queue or vendor or contact_type or given:
        text = first_center(queue or (), vendor or (), contact_type or (), given).to_toml(every_key=True)
    else:
        from bporoute.simulation._demo import demo_center_text

        text = demo_center_text()
    write_whole(center, text.encode(), "", replace=False)
    print(f"{center}: written. Next: bporoute check {center}")


def first_center(
    queues: Iterable[str], vendors: Iterable[str], contact_types: Iterable[str], plain: Tables
) -> Center:
    """The center of queues, vendors and contact types as they are described on a command line.

    Raises
    ------
    InputError
        If a description cannot be read, or the center of it would not be one; all complaints at once.

    >>> nord = "nord country=EE price_per_minute=0.85 terms=take_or_pay"
    >>> center = first_center(["service aht=3:08 languages=sv,en"], [nord], [], {})
    >>> center.queues["service"].languages, center.vendors["nord"].timezone
    (('sv', 'en'), 'Europe/Tallinn')
    """
    tables: Tables = dict(plain)
    tables["queues"] = _by_name(queues, "--queue", Queue)
    if not tables["queues"]:
        raise InputError("--queue", "none", "at least one, such as --queue 'service aht=3:08'")
    types = _by_name(contact_types, "--type", ContactType)
    tables["contact_types"] = types or {name: {"queue": name} for name in tables["queues"]}
    tables["vendors"] = {}
    for name, told in _by_name(vendors, "--vendor", Vendor, Contract).items():
        if "timezone" not in told and "country" in told:
            told["timezone"] = _zone_of(str(told["country"]), f"--vendor {name}")
        told.setdefault("contact_types", list(tables["contact_types"]))
        contract = {key: told.pop(key) for key in tuple(told) if key in _fields(Contract)}
        tables["vendors"][name] = {**told, "contract": contract}
    return converted(tables, Center, "", CENTER_DIALECT)


def _fields(struct: Any) -> dict[str, Any]:
    return {field.name: bare(field.type) for field in msgspec.structs.fields(struct)}


def _zone_of(country: str, where: str) -> str:
    """The time zone of a country that has just one."""
    zones = zones_of(country.upper())
    if not zones:
        likely = likely_country(country)
        expected = "a country that has a time zone, such as 'EE', or timezone=ZONE too"
        if likely and likely != country:
            expected = repr(likely)
        raise InputError(f"{where}: country", repr(country), expected)
    if len(zones) > 1:
        raise InputError(where, "no 'timezone'", f"timezone=ZONE, one of: {', '.join(zones)}")
    return zones[0]


def _by_name(texts: Iterable[str], option: str, *structs: Any) -> Tables:
    """What is described, each once."""
    tables: Tables = {}
    for text in texts:
        name, table = _described(text, option, *structs)
        if name in tables:
            raise InputError(f"{option} {name}", "it twice", "each name once")
        tables[name] = table
    return tables


def _described(text: str, option: str, *structs: Any) -> tuple[str, Tables]:
    """A name, and the keys that are said with it as ``key=value``."""
    known = {name: kind for struct in structs for name, kind in _fields(struct).items()}
    try:
        name, *told = shlex.split(text)
    except ValueError:
        raise InputError(option, repr(text), "a name, then keys as key=value") from None
    if "=" in name:
        raise InputError(option, repr(text), f"a name before {name!r}")
    table: Tables = {}
    for each in told:
        key, sign, value = each.partition("=")
        if not sign:
            expected = """key=value, in quotes where blanks are in it, such as patience="3 min\""""
            raise InputError(f"{option} {name}", repr(each), expected)
        if key not in known:
            raise InputError(f"{option} {name}", repr(each), did_you_mean(key, sorted(known)))
        table |= _terms(value, option) if key == "terms" else {key: _plain(value, known[key])}
    return name, table


def _plain(text: str, kind: Any) -> Any:
    """A value as it would stand in the file; a text needs no quotes, nor a list of texts its brackets."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text.split(",") if get_origin(kind) is tuple else text


def _terms(text: str, option: str) -> Tables:
    """What a contract says that has terms of some kinds, with example figures for what they need."""
    contract: Tables = {"terms": []}
    for kind in text.split(","):
        if kind not in KINDS:
            raise InputError(f"{option} terms", repr(kind), did_you_mean(kind, sorted(KINDS)))
        struct, more = KINDS[kind], _WITH.get(kind, "")
        term: Tables = {"kind": kind}
        for field in msgspec.structs.fields(struct):
            key = f"{struct.__name__}.{field.name}"
            if field.required or key == more:
                term[field.name] = _example(key)
        if more.startswith("Contract."):
            contract[more.removeprefix("Contract.")] = _example(more)
        contract["terms"].append(term)
    return contract


def _example(key: str) -> Any:
    return tomllib.loads(f"value = {CENTER_DIALECT.examples[key]}")["value"]


def schema(
    kind: Annotated[Literal["center", "scenario"], typer.Argument(help="Of which files.")] = "center",
    out: Annotated[Path | None, typer.Option(help="File to write it to, else it is printed.")] = None,
) -> None:
    """Print the JSON schema of center or scenario files, by which editors complete and explain their keys.

    In VS Code, with the extension Even Better TOML, it is used where the first line of a center file says
    ``#:schema ./center.schema.json``.

    Example: `bporoute schema center --out center.schema.json`
    """
    from bporoute.simulation._scenario import Scenario

    found = Center.json_schema() if kind == "center" else Scenario.json_schema()
    if out is None:
        print_json(found)
    else:
        write_whole(out, msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n", "--out")
        print(f"{out}: written. Put '#:schema ./{out.name}' on the first line of a {kind} file.")
