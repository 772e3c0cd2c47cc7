"""Where an engine sends a contact for each destination: from configuration, never from a caller."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bporoute._base.toml import read_tables
from bporoute._base.words import did_you_mean
from bporoute.center._center import Center
from bporoute.errors import InputError, shown


class _Kind(NamedTuple):
    """What an address may look like, and how that is said."""

    shape: re.Pattern[str]
    wanted: str


KINDS: Mapping[str, _Kind] = {
    "sip": _Kind(
        re.compile(r"(sips?|tel):[A-Za-z0-9!$%&'()*+,\-./:;=?@\[\]_~]{1,250}"),
        'a SIP URI without blanks and quotes, such as "sip:service@10.0.0.5:5060"',
    ),
    "dial": _Kind(
        re.compile(r"[A-Za-z0-9]{1,40}/[A-Za-z0-9!*+\-./:@_~#=;]{1,250}"),
        'a technology and a resource, without commas, & and quotes, such as "PJSIP/baltic"',
    ),
    "number": _Kind(re.compile(r"\+?[0-9]{3,15}"), "digits, with the country's code"),
    "queue": _Kind(
        re.compile(r"[A-Za-z0-9:/_\-.]{1,500}"), "a queue's id or ARN: letters, digits, : / _ - ."
    ),
}
"""Kind of address -> what one looks like. Nothing of them needs escaping where it is used."""


class Destinations(Mapping[str, str]):
    """Queue or vendor of a center -> its address in an engine.

    Parameters
    ----------
    addresses : mapping of str to str
        Name of a queue or vendor -> its address.
    center : Center
        Whose queues and vendors they are; each has to have one.
    kinds : {"sip", "dial", "number", "queue"}
        What the addresses are: SIP URIs, dial strings of Asterisk, telephone numbers, ids of queues. Of
        several kinds each address is one.

    Raises
    ------
    InputError
        At a name that the center has not, one that is missing, and an address of another kind.

    Examples
    --------
    >>> from bporoute import Center, ContactType, Queue
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)}, contact_types={"service": ContactType(queue="service")}
    ... )
    >>> Destinations({"service": "sip:service@10.0.0.5"}, center, "sip")["service"]
    'sip:service@10.0.0.5'
    >>> Destinations({"service": "PJSIP/a"}, center, "number")
    Traceback (most recent call last):
    bporoute.errors.InputError: number.service: found 'PJSIP/a'; expected digits, with the country's code
    """

    def __init__(self, addresses: Mapping[str, str], center: Center, *kinds: str) -> None:
        for kind in kinds:
            if kind not in KINDS:
                raise InputError("kind", shown(kind), did_you_mean(kind, list(KINDS)))
        where, wanted = "|".join(kinds), "; or ".join(KINDS[kind].wanted for kind in kinds)
        if not isinstance(addresses, Mapping):
            raise InputError(where, shown(addresses), "names and their addresses")
        names = [*center.queues, *center.vendors]
        for name, address in addresses.items():
            if name not in names:
                raise InputError(f"{where}.{name}", "a name the center has not", did_you_mean(name, names))
            if not kind_of(address, kinds):
                raise InputError(f"{where}.{name}", shown(address), wanted)
        if missing := [name for name in names if name not in addresses]:
            raise InputError(where, f"no address for {', '.join(missing)}", wanted)
        self.kinds = kinds
        self._addresses = dict(addresses)

    @staticmethod
    def load(path: str | os.PathLike[str], center: Center, *kinds: str) -> Destinations:
        """Read the tables of some `kinds` from the TOML file at `path`, such as ``[sip]`` of a `center`.

        In them stands a line for each queue and vendor, such as ``baltic = "sip:baltic@10.0.0.9"``.

        Raises
        ------
        InputError
            Naming the file, the destination, what stands there and what would be right.
        """
        try:
            tables = read_tables(Path(path), "a file of destinations")
            for found in tables:
                if found not in KINDS:
                    raise InputError(f"[{found}]", "no such kind", did_you_mean(found, list(KINDS)))
            return Destinations(_together(tables, kinds), center, *kinds)
        except InputError as complaint:
            raise complaint.under(f"{path}: ") from None

    def __getitem__(self, name: str) -> str:
        return self._addresses[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._addresses)

    def __len__(self) -> int:
        return len(self._addresses)

    def __repr__(self) -> str:
        return f"<Destinations {'|'.join(self.kinds)}: {', '.join(self._addresses)}>"


def kind_of(address: object, kinds: Sequence[str]) -> str:
    """The first of the kinds that an address is of; empty: none of them.

    >>> kinds = ("number", "queue")
    >>> kind_of("+3726123456", kinds), kind_of("WW0a", kinds), kind_of("two words", kinds)
    ('number', 'queue', '')
    """
    if not isinstance(address, str):
        return ""
    return next((kind for kind in kinds if KINDS[kind].shape.fullmatch(address)), "")


def _together(tables: Mapping[str, Any], kinds: Sequence[str]) -> Any:
    """What the tables of the kinds say, each name once."""
    known = [kind for kind in kinds if kind in KINDS]
    there = [kind for kind in known if kind in tables]
    if known and not there:
        kind = known[0]
        raise InputError(f"[{kind}]", "missing", f"a table [{kind}]: {KINDS[kind].wanted}")
    if len(there) == 1:
        return tables[there[0]]
    addresses: dict[str, Any] = {}
    for kind in there:
        if not isinstance(tables[kind], Mapping):
            raise InputError(kind, shown(tables[kind]), "names and their addresses")
        for name, address in tables[kind].items():
            if name in addresses:
                raise InputError(f"{kind}.{name}", "a second address", "one table for each name")
            if not kind_of(address, (kind,)):
                raise InputError(f"{kind}.{name}", shown(address), KINDS[kind].wanted)
            addresses[name] = address
    return addresses
