"""What looks odd in the assumptions of a staffing plan."""

from __future__ import annotations

from bporoute._base.remark import Remark
from bporoute.center._usual import PATIENCES, SHARE, Usual, odd_number, odd_numbers
from bporoute.planning._assumptions import Assumptions

SHRINKAGES = Usual(0.02, 0.6, SHARE)


def remarks(assumptions: Assumptions) -> tuple[Remark, ...]:
    """What is legal in the assumptions, but probably not meant; places are options of ``bporoute staff``.

    >>> from bporoute.planning._assumptions import USUAL
    >>> [remark.likely for remark in remarks(Assumptions((USUAL,), patience=3.0, shrinkage=0.003))]
    ['in minutes it would be 180 s', '0.3 would be 30 %']
    """
    found = [
        odd_number("--patience", assumptions.patience, PATIENCES),
        odd_number("--shrinkage", assumptions.shrinkage, SHRINKAGES),
    ]
    for target in assumptions.targets:
        found += odd_numbers(target, f"--target {str(target)!r}")
    return tuple(remark for remark in found if remark is not None)
