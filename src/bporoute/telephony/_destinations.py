"""Where an engine sends a contact for each destination: from configuration, never from a caller."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

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
    kind : {"sip", "dial", "number", "queue"}
        What the addresses are: SIP URIs, dial strings of Asterisk, telephone numbers, ids of queues.

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

    def __init__(self, addresses: Mapping[str, str], center: Center, kind: str) -> None:
        if kind not in KINDS:
            raise InputError("kind", shown(kind), did_you_mean(kind, list(KINDS)))
        if not isinstance(addresses, Mapping):
            raise InputError(kind, shown(addresses), "names and their addresses")
        names = [*center.queues, *center.vendors]
        for name, address in addresses.items():
            if name not in names:
                raise InputError(f"{kind}.{name}", "a name the center has not", did_you_mean(name, names))
            if not isinstance(address, str) or not KINDS[kind].shape.fullmatch(address):
                raise InputError(f"{kind}.{name}", shown(address), KINDS[kind].wanted)
        if missing := [name for name in names if name not in addresses]:
            raise InputError(kind, f"no address for {', '.join(missing)}", KINDS[kind].wanted)
        self.kind = kind
        self._addresses = dict(addresses)

    @staticmethod
    def load(path: str | os.PathLike[str], center: Center, kind: str) -> Destinations:
        """Read the table of a `kind` from the TOML file at `path`, such as ``[sip]`` of a `center`.

        In it stands a line for each queue and vendor, such as ``baltic = "sip:baltic@10.0.0.9"``.

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
            if kind in KINDS and kind not in tables:
                raise InputError(f"[{kind}]", "missing", f"a table [{kind}]: {KINDS[kind].wanted}")
            return Destinations(tables.get(kind, {}), center, kind)
        except InputError as complaint:
            raise complaint.under(f"{path}: ") from None

    def __getitem__(self, name: str) -> str:
        return self._addresses[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._addresses)

    def __len__(self) -> int:
        return len(self._addresses)

    def __repr__(self) -> str:
        return f"<Destinations {self.kind}: {', '.join(self._addresses)}>"
