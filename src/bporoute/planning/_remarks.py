"""What looks odd in the assumptions of a staffing plan."""

from __future__ import annotations

from bporoute._base.remark import Remark
from bporoute.center._usual import PATIENCES, SHRINKAGES, odd_number, odd_numbers
from bporoute.planning._assumptions import Assumptions


def remarks(assumptions: Assumptions) -> tuple[Remark, ...]:
    """What is legal in the assumptions, but probably not meant; places are options of ``bporoute staff``.

    >>> from bporoute.planning._assumptions import USUAL
    >>> [remark.likely for remark in remarks(Assumptions((USUAL,), patience=3.0, shrinkage=0.003))]
    ['in minutes it would be 180 s', '0.3 would be 30 %']
    """
    found: dict[Remark, None] = {}
    for each in (assumptions, *assumptions.queues.values()):
        for remark in (
            odd_number("--patience", each.patience, PATIENCES),
            odd_number("--shrinkage", each.shrinkage, SHRINKAGES),
            *(odd for target in each.targets for odd in odd_numbers(target, f"--target {str(target)!r}")),
        ):
            if remark is not None:
                found[remark] = None
    return tuple(found)
