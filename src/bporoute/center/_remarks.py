"""One look at a whole center for what is legal but probably not meant."""

from __future__ import annotations

from bporoute._base.remark import Remark
from bporoute.center._configured import Configured
from bporoute.center._kinds_of_work import usual_elsewhere
from bporoute.center._odd_contracts import odd_contracts
from bporoute.center._odd_loads import odd_loads
from bporoute.center._odd_money import odd_money
from bporoute.center._odd_names import odd_names
from bporoute.center._odd_volumes import odd_volumes
from bporoute.center._usual import odd_numbers


def remarks(center: Configured) -> tuple[Remark, ...]:
    """Slips of units and names in a center, each slip named once, in the order of a file.

    What is odd only beside something that is odd itself is no slip of its own.
    """
    found: dict[str, Remark] = {}
    for remark in (
        *odd_numbers(center, "", usual_elsewhere(center)),
        *odd_loads(center),
        *odd_money(center),
        *odd_contracts(center),
        *odd_volumes(center),
        *odd_names(center),
    ):
        if any(_within(told.where, path) for told in found.values() for path in remark.beside):
            continue
        key = remark.where if remark.found[:1] not in "'\"" else f"{remark.where} {remark.found}"
        found.setdefault(key, remark)
    return tuple(found.values())


def _within(where: str, path: str) -> bool:
    """Whether a place is that of a key path, or in it."""
    return where == path or where.startswith((f"{path}.", f"{path}["))
