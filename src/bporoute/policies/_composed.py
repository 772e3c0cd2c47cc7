"""Policies made of policies: either, both, hysteresis, a release timer, a warm share."""

from __future__ import annotations

from numbers import Real
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.ranges import MOST
from bporoute.errors import InputError, shown
from bporoute.policies._rule import Policy, Rule, check_number
from bporoute.policies._shares import HashShare, Share, check_shares
from bporoute.policies._situation import Situation

SENDS_SOONER = ("probability", "factor")
"""Numbers of policies with which, as they rise, a policy sends sooner; with any other it keeps longer."""


class Either(msgspec.Struct, frozen=True):
    """Send a contact out where `a` or `b` would.

    Where both weigh costs, that one counts which asks more for a contact of mean handle time.

    Raises
    ------
    InputError
        If one of them does more than say what keeping costs: shares stand alone, and `Hysteresis`,
        `Released` and `Warm` go around `Either`.

    Examples
    --------
    >>> from bporoute import ExpectedWait, QueueLength
    >>> Either(QueueLength(10), ExpectedWait(60))
    Either(a=QueueLength(n=10), b=ExpectedWait(seconds=60))
    """

    a: Policy
    b: Policy

    def __post_init__(self) -> None:
        _check_plain("Either", self.a, self.b)

    def __call__(self, situation: Situation) -> Rule:
        a, b = (_keeping("Either", policy, situation) for policy in (self.a, self.b))
        cost, work = _dearer(a, b)
        return Rule(cost, work_cost=work)


class Both(msgspec.Struct, frozen=True):
    """Send a contact out only where `a` and `b` both would; it takes what `Either` takes.

    >>> from bporoute import MarginalCost, QueueLength
    >>> Both(QueueLength(5), MarginalCost())
    Both(a=QueueLength(n=5), b=MarginalCost())
    """

    a: Policy
    b: Policy

    def __post_init__(self) -> None:
        _check_plain("Both", self.a, self.b)

    def __call__(self, situation: Situation) -> Rule:
        a, b = (_keeping("Both", policy, situation) for policy in (self.a, self.b))
        return Rule(np.minimum(a.cost, b.cost), work_cost=np.where(a.cost <= b.cost, a.work, b.work))


class Hysteresis(msgspec.Struct, frozen=True):
    """Begin to send out by one policy, cease by another: open high, close low.

    While closed, a contact is sent out where `open` would send it; from then on where `open` or `close`
    would, until a contact is kept. So `close` only ever adds to what is sent: it is the one that sends
    sooner, such as at a shorter queue.

    Attributes
    ----------
    open, close : Policy
        As for `Either`.
    dwell : float
        Least seconds between beginning and ceasing, and between ceasing and beginning anew, whatever the
        two policies say.
    release : float
        Seconds after which sending ends by itself unless `open` begins it anew, at least 1 and `dwell`;
        inf: it never does.

    Raises
    ------
    InputError
        For numbers out of range, for two policies of one kind where `close` keeps longer than `open`, and
        for policies that `Either` would not take.

    Examples
    --------
    >>> from bporoute import QueueLength
    >>> Hysteresis(QueueLength(10), QueueLength(3), dwell=60)
    Hysteresis(open=QueueLength(n=10), close=QueueLength(n=3), dwell=60, release=inf)
    """

    open: Policy
    close: Policy
    dwell: float = 0.0
    release: float = np.inf

    def __post_init__(self) -> None:
        _check_plain("Hysteresis", self.open, self.close)
        check_number("Hysteresis", "dwell", self.dwell, 0.0, MOST)
        check_number("Hysteresis", "release", self.release, max(self.dwell, 1.0), np.inf)
        if _other_way_round(self.open, self.close):
            raise InputError(
                "Hysteresis",
                f"close = {shown(self.close)} with open = {shown(self.open)}",
                "a close that sends sooner than open",
            )

    def __call__(self, situation: Situation) -> Rule:
        begins = _keeping("Hysteresis", self.open, situation)
        goes_on = _dearer(begins, _keeping("Hysteresis", self.close, situation))
        return Rule(
            begins.cost,
            keep_cost_open=goes_on.cost,
            dwell=self.dwell,
            release=self.release,
            work_cost=begins.work,
            work_cost_open=goes_on.work,
        )


class Released(msgspec.Struct, frozen=True):
    """Once a policy sends out, go on for `seconds` whatever the queue is like; then it is asked again.

    The release timer of the trade. `policy` is as for `Either`; `Hysteresis` has a release of its own.

    >>> from bporoute import QueueLength
    >>> Released(QueueLength(10), seconds=120)
    Released(policy=QueueLength(n=10), seconds=120)
    """

    policy: Policy
    seconds: float

    def __post_init__(self) -> None:
        _check_plain("Released", self.policy)
        check_number("Released", "seconds", self.seconds, 1.0, MOST)

    def __call__(self, situation: Situation) -> Rule:
        begins, work = _keeping("Released", self.policy, situation)
        endless = np.full(len(begins), np.inf)
        return Rule(begins, keep_cost_open=endless, release=self.seconds, work_cost=work)


class Warm(msgspec.Struct, frozen=True):
    """Decide by a policy, but keep vendors in practice: each gets its share at least, whatever it costs.

    A vendor's warm share counts the contacts that it may take; it is met by those that the policy sends it
    as well. `shares` is as for `Share`; `policy` is any but `Share`, `HashShare` and `Warm` itself.

    >>> from bporoute import MarginalCost
    >>> Warm(MarginalCost(), {"nord": 0.02})
    Warm(policy=MarginalCost(), shares={'nord': 0.02})
    """

    policy: Policy
    shares: dict[str, float]

    def __post_init__(self) -> None:
        _check_policy("Warm", self.policy)
        if isinstance(self.policy, Share | HashShare | Warm):
            raise InputError("Warm", shown(self.policy), "a policy without shares of its own")
        check_shares("Warm", self.shares)

    def __call__(self, situation: Situation) -> Rule:
        rule = self.policy(situation)
        if rule.shares is not None or rule.warm is not None:
            raise InputError("Warm", shown(self.policy), "a policy without shares of its own")
        return msgspec.structs.replace(rule, warm=self.shares)


def named_vendors(policy: Policy) -> tuple[str, ...]:
    """The vendors that a policy of this package gives shares to, so that a router can check the names.

    >>> from bporoute import MarginalCost
    >>> named_vendors(Warm(MarginalCost(), {"nord": 0.02}))
    ('nord',)
    """
    return tuple(policy.shares) if isinstance(policy, Share | HashShare | Warm) else ()


def _check_policy(around: str, policy: object) -> None:
    if not callable(policy) or isinstance(policy, type):
        raise InputError(around, shown(policy), "a policy, such as QueueLength(10)")


def _check_plain(around: str, *policies: Policy) -> None:
    for policy in policies:
        _check_policy(around, policy)
        if isinstance(policy, Share | HashShare | Hysteresis | Released | Warm):
            raise _not_plain(around, policy)


def _not_plain(around: str, policy: Policy) -> InputError:
    return InputError(around, shown(policy), "a policy without shares, gate or timer of its own")


class _Keeping(NamedTuple):
    """What keeping costs, and costs more for each mean handle time more, for each number present."""

    cost: Floats
    work: Floats


def _dearer(a: _Keeping, b: _Keeping) -> _Keeping:
    """State by state the one that costs more, for a contact of mean handle time."""
    return _Keeping(np.maximum(a.cost, b.cost), np.where(a.cost >= b.cost, a.work, b.work))


def _keeping(around: str, policy: Policy, situation: Situation) -> _Keeping:
    """What keeping costs by a policy that does nothing else."""
    rule = policy(situation)
    gated = rule.keep_cost_open is not None or rule.dwell > 0.0 or rule.release < np.inf
    if rule.keep_cost is None or rule.shares is not None or rule.warm is not None or gated:
        raise _not_plain(around, policy)
    work = np.zeros(len(situation.present)) if rule.work_cost is None else np.asarray(rule.work_cost)
    return _Keeping(np.asarray(rule.keep_cost), work)


def _other_way_round(open: object, close: object) -> bool:
    """Whether two policies of one kind differ in numbers only, and `close` keeps longer by each."""
    if type(open) is not type(close) or not isinstance(open, msgspec.Struct):
        return False
    longer = sooner = False
    for field in open.__struct_fields__:
        begins, ends = getattr(open, field), getattr(close, field)
        if not (isinstance(begins, Real) and isinstance(ends, Real)):
            if not (isinstance(begins, str) and begins == ends):
                return False
        elif begins != ends:
            keeps_longer = (ends > begins) != (field in SENDS_SOONER)
            longer, sooner = longer or keeps_longer, sooner or not keeps_longer
    return longer and not sooner
