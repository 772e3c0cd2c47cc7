"""Policies: the rules by which a contact is kept or sent out.

A policy is a function of a `Situation` that returns a `Rule`. The rule is an array, so that one kernel
executes every policy, live and in a replay. A policy of one's own takes a few lines:

>>> from bporoute.policy import Rule, Situation
>>> def half_empty(situation: Situation) -> Rule:
...     "Keep as long as fewer contacts wait than half the agents."
...     return Rule.keep_while(situation.waiting < situation.agents / 2)
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import get_args

import msgspec
import numpy as np

from bporoute import _kernels
from bporoute.arrays import Flags, Floats
from bporoute.errors import InputError
from bporoute.fields import did_you_mean

MOST_RAISES = 30


class Situation(msgspec.Struct, frozen=True, dict=True, eq=False):
    """One queue as a policy sees it; time in seconds, money in the center's currency.

    Attributes
    ----------
    queue : str
        Its name.
    agents : float
        Agents at work.
    aht, patience : float
        Mean handle time and mean patience.
    waiting_room : int
        Most contacts that may wait.
    cost_rate : float
        Money per second of a waiting contact, abandonment included.
    abandonment_cost : float
        Money per abandoned contact.
    arrival_rates, prices : array
        Classes of contacts by the price of the cheapest vendor that may take them now: contacts per
        second, and money per contact (inf: nobody may).
    """

    queue: str
    agents: float
    aht: float
    patience: float
    waiting_room: int
    cost_rate: float
    abandonment_cost: float
    arrival_rates: Floats
    prices: Floats

    def classes(self) -> list[dict[str, float | None]]:
        """Arrival rates (1/s) and prices as plain values; no price where nobody may take the contacts."""
        pairs = zip(self.arrival_rates.tolist(), self.prices.tolist(), strict=True)
        return [{"arrival_rate": rate, "price": price if price < np.inf else None} for rate, price in pairs]

    @cached_property
    def present(self) -> Floats:
        """0, 1, .. N: the contacts (being served or waiting) that a new one may find."""
        return np.arange(float(np.ceil(self.agents)) + self.waiting_room + 1)

    @cached_property
    def waiting(self) -> Floats:
        """How many of those contacts wait; -1 where an agent is free, so that the new one need not wait."""
        return np.where(self.present < self.agents, -1.0, np.floor(self.present - self.agents))

    @cached_property
    def marginal_cost(self) -> Floats:
        """Money that one more contact costs, now and later, for each number present, by the exact rule."""
        curve = np.empty(len(self.present))
        stuck = len(curve) > 1 and np.isinf(self.prices).any()
        # A contact that finds the room full and may not be sent out costs as much as one that waits until
        # it gives up; without patience, at least as much as the last place in the room.
        blocked_cost = self.cost_rate * self.patience if self.patience < np.inf else self.abandonment_cost
        for _ in range(MOST_RAISES):
            with np.errstate(all="ignore"):
                _kernels.current().marginal_cost(
                    float(self.agents),
                    1.0 / self.aht,
                    1.0 / self.patience,
                    float(self.cost_rate),
                    float(blocked_cost),
                    self.arrival_rates,
                    self.prices,
                    np.empty(len(self.prices)),
                    curve,
                )
            if not stuck or curve[-2] <= blocked_cost * (1.0 + 1e-9):
                break
            blocked_cost = curve[-2]
        return curve

    @cached_property
    def expected_wait(self) -> Floats:
        """Mean wait, seconds, of a contact that stays, for each number present; those ahead may give up."""
        curve = np.empty(len(self.present))
        _kernels.current().expected_wait(float(self.agents), 1.0 / self.aht, 1.0 / self.patience, curve)
        return curve

    def served_in_time(self, within: float) -> Floats:
        """Probability to be served within `within` seconds, for each number present."""
        curve = np.empty(len(self.present))
        _kernels.current().served_in_time(
            float(self.agents), 1.0 / self.aht, 1.0 / self.patience, float(within), curve
        )
        return curve


class Rule(msgspec.Struct, frozen=True, eq=False):
    """What a policy answers: a cost of keeping for each number present, or shares.

    Attributes
    ----------
    keep_cost : array or None
        For 0, 1, .. N contacts present: what keeping one more costs, in the same money as the vendors.
        The contact is kept where that is not more than the cheapest vendor that may take it.
    shares : mapping or None
        Vendor -> share of the contacts, in [0, 1], at most 1 in all; the rest is kept.
    """

    keep_cost: Floats | None = None
    shares: Mapping[str, float] | None = None

    @staticmethod
    def keep_while(kept: Flags) -> Rule:
        """Keep where `kept` (one flag for each number present), send out elsewhere, whatever it costs."""
        return Rule(keep_cost=np.where(kept, -np.inf, np.inf))


Policy = Callable[[Situation], Rule]


def _check(policy: str, field: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        span = f"of at least {least:g}" if most == np.inf else f"from {least:g} to {most:g}"
        raise InputError(policy, f"{field} = {value:g}", f"{field} {span}")


class NeverOverflow(msgspec.Struct, frozen=True):
    """Keep everything that the waiting room holds."""

    def __call__(self, situation: Situation) -> Rule:
        """See `Policy`."""
        return Rule.keep_while(np.ones(len(situation.present), dtype=bool))


class QueueLength(msgspec.Struct, frozen=True):
    """Send out from `n` contacts waiting on; with 0, every contact that would have to wait."""

    n: float

    def __post_init__(self) -> None:
        _check("QueueLength", "n", self.n, 0.0, np.inf)

    def __call__(self, situation: Situation) -> Rule:
        """See `Policy`."""
        return Rule.keep_while(situation.waiting < self.n)


class ExpectedWait(msgspec.Struct, frozen=True):
    """Send out when a contact that stays would wait for more than `seconds` on average."""

    seconds: float

    def __post_init__(self) -> None:
        _check("ExpectedWait", "seconds", self.seconds, 0.0, np.inf)

    def __call__(self, situation: Situation) -> Rule:
        """See `Policy`."""
        return Rule.keep_while(situation.expected_wait <= self.seconds)


class ServedInTime(msgspec.Struct, frozen=True):
    """Keep while a contact will be served `within` seconds with at least this `probability`."""

    probability: float
    within: float

    def __post_init__(self) -> None:
        _check("ServedInTime", "probability", self.probability, 0.0, 1.0)
        _check("ServedInTime", "within", self.within, 0.0, 1e9)

    def __call__(self, situation: Situation) -> Rule:
        """See `Policy`."""
        return Rule.keep_while(situation.served_in_time(self.within) >= self.probability)


class Share(msgspec.Struct, frozen=True):
    """Give each vendor its share of the contacts that it may take, exactly counted; keep the rest."""

    shares: dict[str, float]

    def __post_init__(self) -> None:
        for vendor, share in self.shares.items():
            if not 0.0 <= share <= 1.0:
                raise InputError(f"Share of {vendor}", str(share), "a share in [0, 1]")
        if sum(self.shares.values()) > 1.0 + 1e-9:
            raise InputError("Share", f"{sum(self.shares.values()):g} in all", "at most 1 in all")

    def __call__(self, situation: Situation) -> Rule:
        """See `Policy`."""
        return Rule(shares=self.shares)


class OwnCost(msgspec.Struct, frozen=True):
    """Send out where that is cheaper than `factor` times what the contact's own expected wait costs.

    With 1 it overlooks those who come after; a factor tuned by hand makes up for that.
    """

    factor: float

    def __post_init__(self) -> None:
        _check("OwnCost", "factor", self.factor, 0.0, 1e6)

    def __call__(self, situation: Situation) -> Rule:
        """See `Policy`."""
        second = self.factor * situation.cost_rate
        if second == 0.0:  # where waiting costs nothing, neither does an endless wait
            return Rule(keep_cost=np.zeros(len(situation.present)))
        with np.errstate(divide="ignore"):  # no wait at all, or no end of it
            until_served_or_gone = 1.0 / (1.0 / situation.expected_wait + 1.0 / situation.patience)
        return Rule(keep_cost=second * until_served_or_gone)


class MarginalCost(msgspec.Struct, frozen=True):
    """Send out where that is cheaper than what one more contact costs this queue: the exact optimum."""

    def __call__(self, situation: Situation) -> Rule:
        """See `Policy`."""
        return Rule(keep_cost=situation.marginal_cost)


_BUILT_IN = NeverOverflow | QueueLength | ExpectedWait | ServedInTime | Share | OwnCost | MarginalCost
_BY_NAME: dict[str, type[_BUILT_IN]] = {kind.__name__: kind for kind in get_args(_BUILT_IN)}


def parse_policy(text: str) -> Policy:
    """A policy from its name and numbers, as a command line gives it.

    Raises
    ------
    InputError
        If the name is unknown or the numbers do not fit.

    Examples
    --------
    >>> parse_policy("QueueLength(10)"), parse_policy("MarginalCost")
    (QueueLength(n=10.0), MarginalCost())
    >>> parse_policy("Share({'nord': 0.3})")
    Share(shares={'nord': 0.3})
    """
    where = f"policy {text!r}"
    name, bracket, rest = text.strip().partition("(")
    if name not in _BY_NAME:
        raise InputError(where, repr(name), did_you_mean(name, sorted(_BY_NAME)))
    kind = _BY_NAME[name]
    example = f"{name}({', '.join(kind.__struct_fields__)})"
    if bracket and not rest.endswith(")"):
        raise InputError(where, "no closing bracket", f"{example}, with numbers")
    try:
        values = ast.literal_eval(f"({rest.removesuffix(')')},)" if rest.removesuffix(")").strip() else "()")
        fields = dict(zip(kind.__struct_fields__, values, strict=True))
        return msgspec.convert(fields, kind)
    except InputError as complaint:
        raise complaint.under(f"{where}: ") from None
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as failure:
        if isinstance(failure.__cause__, InputError):
            raise failure.__cause__.under(f"{where}: ") from None
        raise InputError(where, f"({rest}" if bracket else "no numbers", f"numbers like {example}") from None


def policy_label(policy: Policy) -> str:
    """A policy in a few words.

    >>> policy_label(QueueLength(10.0)), policy_label(Share({"nord": 0.125, "syd": 0.125}))
    ('QueueLength(10)', 'Share(25 %, 2 vendors)')
    """
    if isinstance(policy, Share):
        count = len(policy.shares)
        total = 100 * sum(policy.shares.values())
        return f"Share({total:.4g} %, {count} vendor{'' if count == 1 else 's'})"
    fields = getattr(policy, "__struct_fields__", None)
    if fields is None:
        return str(getattr(policy, "__name__", policy))
    return f"{type(policy).__name__}({', '.join(_number(getattr(policy, field)) for field in fields)})"


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
