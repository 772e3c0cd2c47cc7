"""Whom the lasting rules bar from what, judged once for each thing that a rule looks at."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable
from datetime import date

import numpy as np

from bporoute._base.arrays import Integers
from bporoute.center._center import Center
from bporoute.routing._hard_rules import (
    HARD_RULE_CODES,
    PROFILE_RULES,
    HardRule,
    ProfileRule,
    Request,
    takes_type,
    turning_days,
)


class _Kept:
    """What a rule said of a request of a kind, for every vendor: its code, or 0 where it has no objection.

    `objects`: whether it has any, as hardly ever.
    """

    __slots__ = ("codes", "objects", "request")

    def __init__(self, request: Request, codes: Integers) -> None:
        self.request, self.codes, self.objects = request, codes, bool(codes.any())


class Verdicts:
    """The lasting rules' verdicts on every vendor of a center, each on its local day."""

    def __init__(self, center: Center) -> None:
        self._center = center
        self._vendors = tuple(center.vendors.values())
        self._takers: dict[str, list[int]] = {}
        for number, vendor in enumerate(self._vendors):
            for name in dict.fromkeys(vendor.contact_types):
                self._takers.setdefault(name, []).append(number)
        self._today = [date.min] * len(self._vendors)
        self._turns = [turning_days(vendor, center) for vendor in self._vendors]
        self._kept: list[dict[Hashable, _Kept]] = [{} for _ in PROFILE_RULES]

    def begin_day(self, vendor: int, today: date) -> bool:
        """Judge a vendor on its local day from now on; whether any verdict is another by that."""
        before, self._today[vendor] = self._today[vendor], today
        turns = self._turns[vendor]
        if bisect_right(turns, before) == bisect_right(turns, today):
            return False
        changed = False
        for rule, kept in zip(PROFILE_RULES, self._kept, strict=True):
            for each in kept.values():
                code = self._judged(rule, each.request, vendor)
                changed = changed or code != each.codes[vendor]
                each.codes[vendor] = code
                each.objects = each.objects or code != 0
        return changed

    def forget(self) -> None:
        """Judge everything anew when it is asked for."""
        self._kept = [{} for _ in PROFILE_RULES]

    def of(self, request: Request) -> Integers:
        """For every vendor the code of the first rule that bars it from such contacts, 0: none does."""
        barred = np.zeros(len(self._vendors), dtype=np.int64)
        for rule, kept in zip(reversed(PROFILE_RULES), reversed(self._kept), strict=True):
            looked_at = rule.looks_at(request)
            found = kept.get(looked_at)
            if found is None:
                found = kept[looked_at] = _Kept(request, self._all_judged(rule, request))
            if found.objects:
                np.copyto(barred, found.codes, where=found.codes > 0)
        return barred

    def _all_judged(self, rule: HardRule[ProfileRule], request: Request) -> Integers:
        """What a rule says of a request for every vendor."""
        if rule.judge is takes_type:  # vendors list hundreds of types: who takes one is looked up
            codes = np.full(len(self._vendors), HARD_RULE_CODES[rule.name], dtype=np.int64)
            codes[self._takers.get(request.type, [])] = 0
            return codes
        judged = [self._judged(rule, request, vendor) for vendor in range(len(self._vendors))]
        return np.array(judged, dtype=np.int64)

    def _judged(self, rule: HardRule[ProfileRule], request: Request, vendor: int) -> int:
        config = self._vendors[vendor]
        objection = rule.judge(request, config, self._center, self._today[vendor])
        return HARD_RULE_CODES[rule.name] if objection else 0
