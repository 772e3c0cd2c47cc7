"""One rule lifted for one vendor, so that a decision is made again as if it were not there."""

from __future__ import annotations

import math

from bporoute._kernels.routing import codes, columns
from bporoute.governance._redecision import Change
from bporoute.routing._hard_rules import CALENDAR_RULES, HARD_RULE_CODES
from bporoute.routing._reasons import RULE_NAMES
from bporoute.routing._tables._bench import Bench
from bporoute.routing._tables._profiles import Profile

_BY_STATUS = (codes.BAD_CLOCK, codes.LEFT_OUT, *(HARD_RULE_CODES[rule.name] for rule in CALENDAR_RULES))
_OF_THE_VENDOR: dict[int, tuple[int, float]] = {
    **dict.fromkeys(_BY_STATUS, (columns.STATUS, 0.0)),
    codes.DOWN: (columns.UP, 1.0),
    codes.HEALTH: (columns.ADMITTED, 1.0),
    codes.RAMP: (columns.ADMITTED, 1.0),
    codes.CAPACITY: (columns.MOST_AT_ONCE, math.inf),
    codes.CAP_HOUR: (columns.FIRST_CAP, math.inf),
    codes.CAP_DAY: (columns.FIRST_CAP + 1, math.inf),
    codes.CAP_PERIOD: (columns.FIRST_CAP + 2, math.inf),
    **dict.fromkeys(range(codes.EXPOSURE, codes.CAP_MONEY_PERIOD + 1), (columns.LEFT_TO_SPEND, math.inf)),
    codes.VENDOR_SHARE: (columns.MOST_SHARE, math.inf),
    codes.TRIAL: (columns.TRIAL_SHARE, math.inf),
}
"""Code of a rule -> the column of a vendor that it goes by, and what lifts it there."""
_OF_THE_CENTER = {codes.IN_HOUSE_SHARE: columns.MOST_OUT, codes.CONCENTRATION: columns.MOST_CONCENTRATION}
"""Code of a rule -> the column of the center that it goes by; 1 lifts it for all vendors."""
_CODES = {name: code for code, name in RULE_NAMES.items()}


def lifting(vendor: str, rule: str) -> Change | None:
    """What lifts a rule, by its name, for a vendor; None for a lasting rule, which no column goes by.

    The share that has to stay in-house and the largest concentration are lifted for all vendors; so is that
    contacts of a type are not sourced out at all. Whoever is lifted may be barred by the next rule.
    """
    code = _CODES.get(rule)
    if code is None or (code not in _OF_THE_VENDOR and code not in (*_OF_THE_CENTER, codes.SOURCING)):
        return None

    def lift(bench: Bench, profile: Profile) -> None:
        if code == codes.SOURCING:
            bench.ways[0, 0, columns.MODE] = codes.OVERFLOW
        elif code in _OF_THE_CENTER:
            bench.vendors[-1, _OF_THE_CENTER[code]] = 1.0
        elif vendor in profile.destinations:
            column, free = _OF_THE_VENDOR[code]
            number = int(bench.ways[0, profile.destinations.index(vendor), columns.VENDOR])
            bench.vendors[number, column] = free

    return lift
