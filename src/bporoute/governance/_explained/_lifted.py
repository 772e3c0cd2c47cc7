"""One rule lifted for one vendor, so that a decision is made again as if it were not there."""

from __future__ import annotations

import math

from bporoute._kernels.routing import codes, columns
from bporoute.center._center import Center
from bporoute.governance._redecision import Change, Logged
from bporoute.routing._hard_rules import CALENDAR_RULES, HARD_RULE_CODES
from bporoute.routing._reasons import RULE_NAMES
from bporoute.routing._tables._bench import Bench
from bporoute.routing._tables._profiles import Profile

_CALENDAR = {HARD_RULE_CODES[rule.name]: rule for rule in CALENDAR_RULES}
_BY_STATUS = (codes.BAD_CLOCK, codes.LEFT_OUT, *_CALENDAR)
_OF_SPENDING = range(codes.EXPOSURE, codes.CAP_MONEY_PERIOD + 1)
"""Limits of minutes and of money, whose least room is one number of a vendor, `columns.LEFT_TO_SPEND`."""
_OF_THE_VENDOR: dict[int, tuple[int, float]] = {
    **dict.fromkeys(_BY_STATUS, (columns.STATUS, 0.0)),
    codes.DOWN: (columns.UP, 1.0),
    codes.HEALTH: (columns.ADMITTED, 1.0),
    codes.RAMP: (columns.ADMITTED, 1.0),
    codes.CAPACITY: (columns.MOST_AT_ONCE, math.inf),
    codes.CAP_HOUR: (columns.FIRST_CAP, math.inf),
    codes.CAP_DAY: (columns.FIRST_CAP + 1, math.inf),
    codes.CAP_PERIOD: (columns.FIRST_CAP + 2, math.inf),
    **dict.fromkeys(_OF_SPENDING, (columns.LEFT_TO_SPEND, math.inf)),
    codes.VENDOR_SHARE: (columns.MOST_SHARE, math.inf),
    codes.TRIAL: (columns.TRIAL_SHARE, math.inf),
}
"""Code of a rule -> the column of a vendor that it goes by, and what lifts it there."""
_OF_THE_CENTER = {codes.IN_HOUSE_SHARE: columns.MOST_OUT, codes.CONCENTRATION: columns.MOST_CONCENTRATION}
"""Code of a rule -> the column of the center that it goes by; 1 lifts it for all vendors."""
_CODES = {name: code for code, name in RULE_NAMES.items()}


def lifting(center: Center, logged: Logged, vendor: str, rule: str) -> Change | None:
    """What lifts a rule, by its name, for a vendor of a line; None: the line does not tell what then is.

    That is so of a lasting rule, which no column goes by, and of one of several limits of minutes and money
    that `center` sets the vendor: the line has what the tightest of them leaves, and not the others.

    The share that has to stay in-house and the largest concentration are lifted for all vendors; so is that
    contacts of a type are not sourced out at all. Whoever is lifted may be barred by the next rule.
    """
    code = _CODES.get(rule)
    if code is None or (code not in _OF_THE_VENDOR and code not in (*_OF_THE_CENTER, codes.SOURCING)):
        return None
    if one_of_several_limits(center, vendor, rule):
        return None

    def lift(bench: Bench, profile: Profile) -> None:
        if code == codes.SOURCING:
            bench.ways[0, 0, columns.MODE] = codes.OVERFLOW
        elif code in _OF_THE_CENTER:
            bench.vendors[-1, _OF_THE_CENTER[code]] = 1.0
        elif vendor in profile.destinations:
            column, free = _OF_THE_VENDOR[code]
            if code in _BY_STATUS:  # one number for all of them, the first that bars
                free = float(_barred_still(center, logged, vendor, code))
            number = int(bench.ways[0, profile.destinations.index(vendor), columns.VENDOR])
            bench.vendors[number, column] = free

    return lift


def _barred_still(center: Center, logged: Logged, vendor: str, lifted: int) -> int:
    """Code of the next rule of the calendar that bars a vendor; 0: none."""
    house = center.vendors.get(vendor)
    if house is None or lifted == codes.BAD_CLOCK:
        return 0
    if logged.at is None:
        return codes.BAD_CLOCK
    local = logged.at.astimezone(house.zone)
    others = ((code, rule) for code, rule in _CALENDAR.items() if code != lifted)
    return next((code for code, rule in others if rule.judge(house, local)), 0)


def one_of_several_limits(center: Center, vendor: str, rule: str) -> bool:
    """Whether a rule is a limit of minutes or money of a vendor that has another one too."""
    names = {RULE_NAMES[code] for code in _OF_SPENDING}
    house = center.vendors.get(vendor)
    if rule not in names or house is None:
        return False
    others = names - {rule}
    return any(getattr(house, name, getattr(house.contract, name, None)) is not None for name in others)
