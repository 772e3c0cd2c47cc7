"""Policies that hand out fixed shares of the contacts, whatever the queue is like."""

from __future__ import annotations

import msgspec

from bporoute.errors import InputError, shown
from bporoute.policies._rule import Rule, check_number
from bporoute.policies._situation import Situation


class Share(msgspec.Struct, frozen=True):
    """Give each vendor its share of the contacts that it may take, exactly counted; keep the rest.

    `shares` gives each vendor's by its name, in [0, 1], at most 1 in all.

    >>> Share({"nord": 0.1, "syd": 0.2}).shares["syd"]
    0.2
    """

    shares: dict[str, float]

    def __post_init__(self) -> None:
        check_shares("Share", self.shares)

    def __call__(self, situation: Situation) -> Rule:
        return Rule(shares=self.shares)


class HashShare(msgspec.Struct, frozen=True):
    """Give each vendor the contacts whose id's hash falls in its share; keep the rest.

    `shares` is as for `Share`.

    For trials: nothing is counted, so that an id always meets the same destination, on every machine, and
    who goes where depends on nothing but the id. The shares come out within chance. A contact whose vendor
    may not take it goes to another that may.

    >>> HashShare({"nord": 0.1})
    HashShare(shares={'nord': 0.1})
    """

    shares: dict[str, float]

    def __post_init__(self) -> None:
        check_shares("HashShare", self.shares)

    def __call__(self, situation: Situation) -> Rule:
        return Rule(shares=self.shares, by_hash=True)


def check_shares(policy: str, shares: object) -> None:
    """Refuse shares of vendors that are none, are not in [0, 1], or are more than 1 in all."""
    if not isinstance(shares, dict):
        raise InputError(policy, shown(shares), "shares like {'nord': 0.3}")
    for vendor, share in shares.items():
        if not isinstance(vendor, str):
            raise InputError(policy, shown(vendor), "the name of a vendor, in quotes")
        try:
            check_number(policy, f"share of {vendor}", share, 0.0, 1.0)
        except InputError:
            raise InputError(f"{policy} of {vendor}", shown(share), "a share in [0, 1]") from None
    if sum(shares.values()) > 1.0 + 1e-9:
        raise InputError(policy, f"{sum(shares.values()):g} in all", "at most 1 in all")
