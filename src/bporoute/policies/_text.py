"""A policy as text: read from a command line, shown in a few words, written so that it can be made again."""

from __future__ import annotations

import ast
import math
import re
from functools import lru_cache
from numbers import Real
from typing import Any, get_args, get_type_hints

import msgspec

from bporoute._base.fields import did_you_mean
from bporoute._base.words import counted
from bporoute.errors import InputError, shown
from bporoute.policies._composed import Both, Either, Hysteresis, Released, Warm
from bporoute.policies._meet_target import MeetTarget
from bporoute.policies._rule import Policy
from bporoute.policies._shares import HashShare, Share
from bporoute.policies._thresholds import (
    ExpectedWait,
    MarginalCost,
    NeverOverflow,
    OccupancyLimit,
    OwnCost,
    QueueLength,
    QueuePerAgent,
    ServedInTime,
)

_Numbered = NeverOverflow | QueueLength | QueuePerAgent | OccupancyLimit | ExpectedWait | ServedInTime
_BuiltIn = (
    _Numbered
    | OwnCost
    | MarginalCost
    | MeetTarget
    | Share
    | HashShare
    | Either
    | Both
    | Hysteresis
    | Released
    | Warm
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


def policy_of(given: Policy | str) -> Policy:
    """A policy as it is or from its text, refused if it is none.

    >>> policy_of("QueueLength(10)"), policy_of(MarginalCost())
    (QueueLength(n=10.0), MarginalCost())
    >>> policy_of(QueueLength)
    Traceback (most recent call last):
    bporoute.errors.InputError: policy: found the class QueueLength; expected one made of it: QueueLength(n)
    """
    if isinstance(given, str):
        return parse_policy(given)
    if isinstance(given, type):
        made = _signature(given) if given in _BY_NAME.values() else f"{given.__name__}(..)"
        raise InputError("policy", f"the class {given.__name__}", f"one made of it: {made}")
    if not callable(given):
        raise InputError("policy", shown(given), "a policy, such as QueueLength(10), or its text")
    return given


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
        return f"{100 * sum(value.values()):.4g} %, {counted(len(value), 'vendor')}"
    if isinstance(value, float):
        return f"{value:g}"
    return policy_label(value) if callable(value) else repr(value)


def policy_text(policy: Policy) -> str | None:
    """The text from which `parse_policy` makes an equal policy; None if there is none.

    A policy of one's own has none: its name says nothing of what it does.

    Examples
    --------
    >>> from bporoute import QueueLength, Share
    >>> policy_text(QueueLength(8)), policy_text(Share({"nord": 0.3}))
    ('QueueLength(8.0)', "Share({'nord': 0.3})")
    >>> policy_text(lambda situation: None) is None
    True
    """
    if not hasattr(policy, "__struct_fields__"):
        return None
    same = _parsed(_literal(policy))
    return _literal(same) if same == policy else None  # equal policies have equal texts: 8 becomes 8.0


def _literal(value: object) -> str:
    fields = getattr(value, "__struct_fields__", None)
    if fields is not None:
        return f"{type(value).__name__}({', '.join(_literal(getattr(value, field)) for field in fields)})"
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0.0 else "-inf"
    return repr(value)


@lru_cache(maxsize=256)
def _parsed(text: str) -> Policy | None:
    try:
        return parse_policy(text)
    except InputError:
        return None
