"""Policies: the rules by which a contact is kept or sent out.

A policy is a function of a `Situation` that returns a `Rule`. The rule is an array, so that one kernel
executes every policy, live and in a replay. A policy of one's own takes a few lines:

>>> from bporoute import Rule, Situation
>>> def half_empty(situation: Situation) -> Rule:
...     "Keep as long as fewer contacts wait than half the agents."
...     return Rule.keep_while(situation.waiting < situation.agents / 2)

`Either`, `Both`, `Hysteresis`, `Released` and `Warm` wrap it as any other. A situation has neither a clock
nor the ages of the contacts in line, so there is no rule by the time of day or by the longest wait so far.
"""

from __future__ import annotations

import ast
import math
import re
from numbers import Real
from typing import Any, get_args, get_type_hints

import msgspec
import numpy as np

from bporoute._base.fields import MOST, did_you_mean
from bporoute.errors import InputError, shown
from bporoute.policies._composed import Both as Both
from bporoute.policies._composed import Either as Either
from bporoute.policies._composed import Hysteresis as Hysteresis
from bporoute.policies._composed import Released as Released
from bporoute.policies._composed import Warm as Warm
from bporoute.policies._composed import named_vendors as named_vendors
from bporoute.policies._meet_target import MeetTarget as MeetTarget
from bporoute.policies._rule import Policy as Policy
from bporoute.policies._rule import Rule as Rule
from bporoute.policies._rule import check_number
from bporoute.policies._shares import HashShare as HashShare
from bporoute.policies._shares import Share as Share
from bporoute.policies._situation import PeriodScore as PeriodScore
from bporoute.policies._situation import Situation as Situation


class NeverOverflow(msgspec.Struct, frozen=True):
    """Keep everything that the waiting room holds."""

    def __call__(self, situation: Situation) -> Rule:
        return Rule.keep_while(np.ones(len(situation.present), dtype=bool))


class QueueLength(msgspec.Struct, frozen=True):
    """Send out from `n` contacts waiting on; with 0, every contact that would have to wait."""

    n: float

    def __post_init__(self) -> None:
        check_number("QueueLength", "n", self.n, 0.0, np.inf)

    def __call__(self, situation: Situation) -> Rule:
        return Rule.keep_while(situation.waiting < self.n)


class QueuePerAgent(msgspec.Struct, frozen=True):
    """Send out from `n` contacts waiting for each agent at work on."""

    n: float

    def __post_init__(self) -> None:
        check_number("QueuePerAgent", "n", self.n, 0.0, np.inf)

    def __call__(self, situation: Situation) -> Rule:
        if situation.agents <= 0.0:
            return Rule.keep_while(situation.present < 0.0)
        # Divided rather than multiplied: 3 waiting for 30 agents are exactly the 0.1 that somebody writes.
        return Rule.keep_while(situation.waiting / situation.agents < self.n)


class OccupancyLimit(msgspec.Struct, frozen=True):
    """Send out from the moment on that `most` of the agents, a share in [0, 1], are busy.

    With 1, every contact that would have to wait; less keeps agents free for what cannot be sent out.
    """

    most: float

    def __post_init__(self) -> None:
        check_number("OccupancyLimit", "most", self.most, 0.0, 1.0)

    def __call__(self, situation: Situation) -> Rule:
        if situation.agents <= 0.0:
            return Rule.keep_while(situation.present < 0.0)
        return Rule.keep_while(np.minimum(situation.present / situation.agents, 1.0) < self.most)


class ExpectedWait(msgspec.Struct, frozen=True):
    """Send out when a contact that stays would wait for more than `seconds` on average."""

    seconds: float

    def __post_init__(self) -> None:
        check_number("ExpectedWait", "seconds", self.seconds, 0.0, np.inf)

    def __call__(self, situation: Situation) -> Rule:
        return Rule.keep_while(situation.expected_wait <= self.seconds)


class ServedInTime(msgspec.Struct, frozen=True):
    """Keep while a contact will be served `within` seconds with at least this `probability`."""

    probability: float
    within: float

    def __post_init__(self) -> None:
        check_number("ServedInTime", "probability", self.probability, 0.0, 1.0)
        check_number("ServedInTime", "within", self.within, 0.0, MOST)

    def __call__(self, situation: Situation) -> Rule:
        return Rule.keep_while(situation.served_in_time(self.within) >= self.probability)


class OwnCost(msgspec.Struct, frozen=True):
    """Send out where that is cheaper than `factor` times what the contact's own expected wait costs.

    With 1 it overlooks those who come after; a factor tuned by hand makes up for that.
    """

    factor: float

    def __post_init__(self) -> None:
        check_number("OwnCost", "factor", self.factor, 0.0, 1e6)

    def __call__(self, situation: Situation) -> Rule:
        second = self.factor * situation.cost_rate
        if second == 0.0:  # where waiting costs nothing, neither does an endless wait
            return Rule(keep_cost=np.zeros(len(situation.present)))
        with np.errstate(divide="ignore"):  # no wait at all, or no end of it
            until_served_or_gone = 1.0 / (1.0 / situation.expected_wait + 1.0 / situation.patience)
        return Rule(keep_cost=second * until_served_or_gone)


class MarginalCost(msgspec.Struct, frozen=True):
    """Send out where that is cheaper than what one more contact costs this queue: the exact optimum."""

    def __call__(self, situation: Situation) -> Rule:
        return Rule(keep_cost=situation.marginal_cost)


_Rules = NeverOverflow | QueueLength | QueuePerAgent | OccupancyLimit | ExpectedWait | ServedInTime | OwnCost
_BuiltIn = (
    _Rules | MarginalCost | MeetTarget | Share | HashShare | Either | Both | Hysteresis | Released | Warm
)
_BY_NAME: dict[str, type[_BuiltIn]] = {kind.__name__: kind for kind in get_args(_BuiltIn)}


def parse_policy(text: str) -> Policy:
    """A policy from its text: name and numbers, as a command line gives it, policies within policies too.

    Raises
    ------
    InputError
        If a name is unknown or what stands in the brackets does not fit.

    Examples
    --------
    >>> parse_policy("QueueLength(10)"), parse_policy("MarginalCost")
    (QueueLength(n=10.0), MarginalCost())
    >>> parse_policy("Share({'nord': 0.3})")
    Share(shares={'nord': 0.3})
    >>> parse_policy("Hysteresis(QueueLength(10), QueueLength(3), dwell=60)")
    Hysteresis(open=QueueLength(n=10.0), close=QueueLength(n=3.0), dwell=60.0, release=inf)
    """
    where = f"policy {text!r}"
    try:
        return _policy(ast.parse(text.strip(), mode="eval").body, where)
    except (SyntaxError, ValueError, TypeError, OverflowError, RecursionError, MemoryError) as failure:
        if isinstance(failure, InputError):
            raise
        kind = _kind(re.match(r"\s*(\w*)", text)[1], where)  # type: ignore[index]  # it always matches
        found = "no closing bracket" if text.count("(") > text.count(")") else shown(text)
        raise InputError(where, found, _signature(kind)) from None


def _policy(node: ast.expr, where: str) -> Policy:
    given: list[ast.expr] = []
    named: list[ast.keyword] = []
    match node:
        case ast.Name(id=name):
            pass
        case ast.Call(func=ast.Name(id=name), args=given, keywords=named):
            pass
        case _:
            raise InputError(where, shown(ast.unparse(node)), "a policy, such as QueueLength(10)")
    kind = _kind(name, where)
    fields = kind.__struct_fields__
    if len(given) > len(fields):
        raise InputError(where, ast.unparse(node), _signature(kind))
    values = dict(zip(fields, given, strict=False))
    for keyword in named:
        if keyword.arg not in fields:
            raise InputError(where, str(keyword.arg), did_you_mean(str(keyword.arg), list(fields)))
        if keyword.arg in values:
            raise InputError(where, f"{keyword.arg} twice", _signature(kind))
        values[keyword.arg] = keyword.value
    required = fields[: len(fields) - len(kind.__struct_defaults__)]
    if missing := [field for field in required if field not in values]:
        raise InputError(where, f"no {missing[0]}", _signature(kind))
    hints = get_type_hints(kind)
    arguments: dict[str, Any] = {
        field: _policy(value, f"{where}: {field}") if hints[field] == Policy else _plain(value, where, kind)
        for field, value in values.items()
    }
    try:
        return kind(**arguments)
    except InputError as complaint:
        raise complaint.under(f"{where}: ") from None


def _kind(name: str, where: str) -> type[_BuiltIn]:
    if name not in _BY_NAME:
        raise InputError(where, repr(name), did_you_mean(name, sorted(_BY_NAME)))
    return _BY_NAME[name]


def _plain(node: ast.expr, where: str, kind: type[_BuiltIn]) -> object:
    """A number (as float), text, or table of numbers; the policy checks which of them it is given."""
    if isinstance(node, ast.Name) and node.id == "inf":
        return math.inf
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError):
        raise InputError(where, shown(ast.unparse(node)), f"plain numbers as in {_signature(kind)}") from None
    if isinstance(value, dict):
        return {key: _number(entry) for key, entry in value.items()}
    return _number(value)


def _number(value: object) -> object:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _signature(kind: type[_BuiltIn]) -> str:
    """How a policy is written: its name and what goes into the brackets."""
    required = len(kind.__struct_fields__) - len(kind.__struct_defaults__)
    defaults = (f"{name}={_shown(value)}" for name, value in _defaults(kind).items())
    return f"{kind.__name__}({', '.join((*kind.__struct_fields__[:required], *defaults))})"


def _defaults(kind: type[msgspec.Struct]) -> dict[str, object]:
    values = kind.__struct_defaults__
    return dict(zip(kind.__struct_fields__[len(kind.__struct_fields__) - len(values) :], values, strict=True))


def policy_label(policy: object) -> str:
    """A policy in a few words.

    >>> policy_label(QueueLength(10.0)), policy_label(Share({"nord": 0.125, "syd": 0.125}))
    ('QueueLength(10)', 'Share(25 %, 2 vendors)')
    >>> policy_label(Hysteresis(QueueLength(10.0), QueueLength(3.0), dwell=60.0))
    'Hysteresis(QueueLength(10), QueueLength(3), dwell=60)'
    """
    if not isinstance(policy, msgspec.Struct):
        return str(getattr(policy, "__name__", policy))
    defaults = _defaults(type(policy))
    parts = []
    for field in policy.__struct_fields__:
        value = getattr(policy, field)
        if field not in defaults or defaults[field] is None:
            parts.append("" if value is None else _shown(value))
        elif _shown(value) != _shown(defaults[field]):
            parts.append(f"{field}={_shown(value)}")
    return f"{type(policy).__name__}({', '.join(filter(None, parts))})"


def _shown(value: object) -> str:
    if isinstance(value, dict) and all(isinstance(share, Real) for share in value.values()):
        return f"{100 * sum(value.values()):.4g} %, {len(value)} vendor{'' if len(value) == 1 else 's'}"
    if isinstance(value, float):
        return f"{value:g}"
    return policy_label(value) if callable(value) else repr(value)
