"""Names that the parts of a center call each other by."""

from __future__ import annotations

from collections.abc import Iterator

from bporoute._base.fields import did_you_mean
from bporoute.center._configured import Configured
from bporoute.center._contact import Sourcing
from bporoute.contracts._contract import Contract
from bporoute.errors import InputError

NO_VENDORS = ("in-house", "nobody")
"""What batches call the queues of a center, and nobody at all."""
_SOURCED_OUT = (Sourcing.FULL, Sourcing.SPECIALISED, Sourcing.UNDERFLOW)


def bad_references(center: Configured) -> Iterator[InputError]:
    """Every name that something refers to is there, and names nothing else."""
    types, queues = list(center.contact_types), list(center.queues)
    for name, vendor in center.vendors.items():
        if name in center.queues:
            yield InputError(f"vendors.{name}", "the name of a queue", "a name of its own")
        if name in NO_VENDORS:
            yield InputError(f"vendors.{name}", f"a name that batches have for {name!r}", "another name")
        for contact_type in vendor.contact_types:
            yield from _unknown(f"vendors.{name}.contact_types", contact_type, types)
        yield from _unknown_in_contract(f"vendors.{name}.contract", vendor.contract, center)
    named = {name for vendor in center.vendors.values() for name in vendor.contact_types}
    for name, kind in center.contact_types.items():
        yield from _unknown(f"contact_types.{name}.queue", kind.queue, queues)
        for data_class in kind.data:
            yield from _unknown(f"contact_types.{name}.data", data_class, list(center.data_rules))
        if name in named or not named <= set(types):
            continue
        if kind.sourcing in _SOURCED_OUT:
            yield InputError(
                f"contact_types.{name}.sourcing",
                f"{str(kind.sourcing)!r}, and no vendor takes {name!r}",
                f"a vendor with {name!r} among its contact_types, or another sourcing",
            )
        elif kind.hand_over:
            yield InputError(
                f"contact_types.{name}.hand_over",
                f"windows, and no vendor takes {name!r}",
                f"a vendor with {name!r} among its contact_types, or no windows",
            )
    for name, rule in center.data_rules.items():
        for listed in rule.vendors or ():
            yield from _unknown(f"data_rules.{name}.vendors", listed, list(center.vendors))
        if rule.kind in ("health", "domestic_only") and center.country is None:
            yield InputError("country", "none", f"the center's country, which data rule {name!r} needs")
    for theirs, ours in center.log.types.items():
        yield from _unknown(f"log.types.{theirs}", ours, types)
    if center.log.default_type:
        yield from _unknown("log.default_type", center.log.default_type, types)


def _unknown_in_contract(where: str, contract: Contract, center: Configured) -> Iterator[InputError]:
    """Contact types and channels that terms price are those of the center."""
    known = {
        "contact_types": list(center.contact_types),
        "channels": sorted({kind.channel for kind in center.contact_types.values()}),
    }
    for place, term in enumerate(contract.terms):
        for holder, path in ((term, ""), (getattr(term, "measure", None), ".measure")):
            for field, names in known.items():
                for name in getattr(holder, field, ()):
                    yield from _unknown(f"{where}.terms[{place}]{path}.{field}", name, names)


def _unknown(where: str, name: str, known: list[str]) -> Iterator[InputError]:
    if name not in known:
        yield InputError(where, repr(name), did_you_mean(name, known))
