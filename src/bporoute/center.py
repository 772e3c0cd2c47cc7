"""A company's center: queues, vendors, contact types and rules, checked once and frozen."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal, get_type_hints
from zoneinfo import ZoneInfo

import msgspec

from bporoute.contact import ContactType, DataRule, Sourcing
from bporoute.errors import InputError
from bporoute.fields import Name, converted, did_you_mean
from bporoute.local_time import time_zone
from bporoute.log_format import LogFormat
from bporoute.queue import Queue
from bporoute.vendor import Vendor

MOST_BYTES = 1 << 20
_QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
_DEEP_KEY = re.compile(r"(?<![\w-])(?:[\w-]+[ \t]*\.[ \t]*){32}")


class Center(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything about one company that a routing decision rests on.

    Attributes
    ----------
    queues : dict of str to Queue
        In-house queues by name.
    contact_types : dict of str to ContactType
        Kinds of contact by name.
    vendors : dict of str to Vendor
        Vendors by name; their order breaks ties.
    data_rules : dict of str to DataRule
        Data class -> where it may be handled. A class without a rule never leaves the house.
    fallback : {"keep", "reject", "callback"}
        What happens to a contact that nobody may take: it joins its queue all the same (the first one
        if its type is unknown), is turned away, or is promised a call back.
    name, currency, timezone : str
        For people; the zone (IANA) is the center's own clock, used for schedules and call logs.
    log : LogFormat
        How the center's call logs are written.

    Examples
    --------
    >>> from bporoute import Center, Contract, ContactType, Queue, Vendor
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)},
    ...     contact_types={"service": ContactType(queue="service")},
    ...     vendors={"nord": Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
    ...                             contract=Contract(price_per_contact=4.5))},
    ... )
    >>> center.vendors["nord"].contract.price(handle=240)
    4.5
    """

    queues: dict[Name, Queue]
    contact_types: dict[Name, ContactType]
    vendors: dict[Name, Vendor] = {}
    data_rules: dict[Name, DataRule] = {}
    fallback: Literal["keep", "reject", "callback"] = "keep"
    name: str = "center"
    currency: str = "EUR"
    timezone: Name = "UTC"
    log: LogFormat = LogFormat()

    def __post_init__(self) -> None:
        time_zone(self.timezone)
        _check(self)

    @property
    def zone(self) -> ZoneInfo:
        """The center's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def languages(self) -> frozenset[str]:
        """Every language that some queue or vendor names, in lower case."""
        spoken = [queue.languages for queue in self.queues.values()]
        spoken += [vendor.languages for vendor in self.vendors.values()]
        return frozenset(language.lower() for languages in spoken for language in languages)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Center:
        """Read and check a center file (TOML, at most 1 MiB).

        Raises
        ------
        InputError
            Naming the file and the line or key path, what stands there and what would be right.
        """
        try:
            return converted(_read(Path(path)), Center, "")
        except InputError as complaint:
            raise complaint.under(f"{path}: ") from None

    def to_dict(self) -> dict[str, Any]:
        """The center as plain tables; None where nothing is set."""
        tables: dict[str, Any] = msgspec.to_builtins(self)
        return tables


def _read(path: Path) -> dict[str, Any]:
    """The tables of a TOML file, or an InputError whose `where` is the place in the file."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise InputError("file", f"more than {MOST_BYTES} bytes", f"at most {MOST_BYTES} bytes")
        text = content.decode("utf-8-sig")
        if _DEEP_KEY.search(_QUOTED.sub("q", text)):  # tomllib takes time in the square of the depth
            raise RecursionError
        return tomllib.loads(text)
    except OSError as failure:
        raise InputError("file", failure.strerror or str(failure), "a center file that can be read") from None
    except UnicodeDecodeError as failure:
        raise InputError(
            f"byte {failure.start}", "a byte that is not UTF-8", "a TOML file in UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as failure:
        message, _, place = str(failure).partition(" (at ")
        raise InputError(place.rstrip(")") or "file", message, "valid TOML") from None
    except InputError:
        raise
    except ValueError as failure:  # a file name that no system takes
        raise InputError("file", str(failure), "a center file that can be read") from None
    except RecursionError:
        raise InputError("file", "tables or lists nested too deeply", "at most some dozen levels") from None


def _check(center: Center) -> None:
    """Raise InputError at the first thing that no field shows alone: names, references, overlaps."""
    for section in ("queues", "contact_types", "vendors", "data_rules"):
        for name, item in getattr(center, section).items():
            converted(name, Name, f"{section} {name!r}")
            _check_ranges(item, f"{section}.{name}")
    for field in ("name", "currency", "fallback"):
        converted(getattr(center, field), get_type_hints(Center, include_extras=True)[field], field)
    _check_ranges(center.log, "log")
    if not center.queues:
        raise InputError("queues", "none", "at least one table [queues.NAME]")
    if not center.contact_types:
        raise InputError("contact_types", "none", "at least one table [contact_types.NAME]")
    for name in center.vendors:
        if name in center.queues:
            raise InputError(f"vendors.{name}", "the name of a queue", "a name of its own")
    for name, kind in center.contact_types.items():
        _check_reference(f"contact_types.{name}.queue", kind.queue, list(center.queues))
        for data_class in kind.data:
            _check_reference(f"contact_types.{name}.data", data_class, list(center.data_rules))
        taken = any(name in vendor.contact_types for vendor in center.vendors.values())
        if kind.sourcing in (Sourcing.FULL, Sourcing.SPECIALISED) and not taken:
            raise InputError(
                f"contact_types.{name}.sourcing",
                f"{str(kind.sourcing)!r}, and no vendor takes {name!r}",
                f"a vendor with {name!r} among its contact_types, or another sourcing",
            )
    for name, vendor in center.vendors.items():
        for contact_type in vendor.contact_types:
            _check_reference(f"vendors.{name}.contact_types", contact_type, list(center.contact_types))


def _check_ranges(item: Any, where: str) -> None:
    """Check the fields of a struct that may have been built in Python, where they meet no ranges."""
    try:
        plain = msgspec.to_builtins(item)
    except TypeError as failure:
        raise InputError(where, str(failure), "Python's own numbers, texts, lists and tables") from None
    converted(plain, type(item), where)


def _check_reference(where: str, name: str, known: list[str]) -> None:
    if name not in known:
        raise InputError(where, repr(name), did_you_mean(name, known))
