"""How a center file may be written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from bporoute._base.complaints import Dialect
from bporoute.center._examples import EXAMPLES
from bporoute.center._targets import Targets, parse_target
from bporoute.contracts._term_kinds import ContractTerm
from bporoute.errors import InputError, shown

SECTIONS: Mapping[str, str] = {
    "Center": "the file itself, above all tables",
    "Queue": "[queues.NAME]",
    "Targets": "targets of [queues.NAME]",
    "ContactType": "[contact_types.NAME]",
    "ValueClass": "[value_classes.NAME]",
    "DataRule": "[data_rules.NAME]",
    "Vendor": "[vendors.NAME]",
    "QualityPrior": "quality of [vendors.NAME]",
    "Contract": "[vendors.NAME.contract]",
    "HealthConfig": "[health]",
    "LocationScheme": "[location_scheme]",
    "LogFormat": "[log]",
}
"""Class -> the table of the file that is read into it."""


def read_targets(raw: Any) -> Any:
    """The table that targets stand for that are typed as on the command line.

    >>> read_targets("80/20")
    {'service_level': {'probability': 0.8, 'within': 20.0, 'counting': 'offered', 'short': 5.0}}
    >>> sorted(read_targets(["asa 30", "abandonment 5%"]))
    ['abandonment', 'asa']
    """
    if isinstance(raw, dict):
        return {name: _aim(name, value) for name, value in raw.items()}
    texts = [raw] if isinstance(raw, str) else raw
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise InputError("targets", shown(raw), "a text such as '80/20', a list of such, or a table")
    table: dict[str, Any] = {}
    for target in (parse_target(text, of_file=True) for text in texts):
        name = _NAMES[type(target).__name__]
        if name in table:
            wanted = f"one each of {', '.join(_NAMES.values())}"
            raise InputError("targets", shown(raw), wanted)
        table[name] = msgspec.to_builtins(target)
    return table


_NAMES = {
    "ServiceLevel": "service_level",
    "Asa": "asa",
    "Abandonment": "abandonment",
    "Occupancy": "occupancy",
}


def _aim(name: str, value: Any) -> Any:
    if isinstance(value, str) and name in _NAMES.values():
        text = value if name == "service_level" else f"{name} {value}"
        return msgspec.to_builtins(parse_target(text, of_file=True))
    if name == "asa" and isinstance(value, int | float):
        return {"seconds": value}
    return value


CENTER_DIALECT = Dialect(
    examples=EXAMPLES,
    sections=SECTIONS,
    readers={Targets: read_targets},
    kinds={"Contract.terms": tuple[ContractTerm, ...]},
)
