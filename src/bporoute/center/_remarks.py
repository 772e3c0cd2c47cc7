"""One look at a whole center for what is legal but probably not meant."""

from __future__ import annotations

from bporoute._base.remark import Remark
from bporoute.center._configured import Configured
from bporoute.center._odd_contracts import odd_contracts
from bporoute.center._odd_loads import odd_loads
from bporoute.center._odd_money import odd_money
from bporoute.center._odd_names import odd_names
from bporoute.center._odd_volumes import odd_volumes
from bporoute.center._usual import odd_numbers


def remarks(center: Configured) -> tuple[Remark, ...]:
    """Slips of units and names in a center, each place named once, in the order of a file."""
    found: dict[str, Remark] = {}
    for remark in (
        *odd_numbers(center, ""),
        *odd_loads(center),
        *odd_money(center),
        *odd_contracts(center),
        *odd_volumes(center),
        *odd_names(center),
    ):
        key = remark.where if remark.found[:1] not in "'\"" else f"{remark.where} {remark.found}"
        found.setdefault(key, remark)
    return tuple(found.values())
