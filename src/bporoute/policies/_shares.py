"""Policies that hand out fixed shares of the contacts, whatever the queue is like."""

from __future__ import annotations

import msgspec

from bporoute.errors import InputError, shown
from bporoute.policies._rule import Rule, check_number
from bporoute.policies._situation import Situation


class Share(msgspec.Struct, frozen=True):
    """Give each vendor its share of the contacts that it may take, exactly counted; keep the rest.

    `shares` gives each vendor's by its name, in [0, 1], at most 1 in all.

    What goes out in all is kept up: the part of a vendor that is down, full or has its caps used up goes to
    the others that have a share and may take the contact, in proportion to theirs. Where an agreement does
    not allow that, `Vendor.max_share` or a cap of the contract says so. A contact that no vendor with a
    share may take stays in-house.

    >>> Share({"nord": 0.1, "syd": 0.2}).shares["syd"]
    0.2
    """

    shares: dict[str, float]

    def __post_init__(self) -> None:
        check_shares("Share", self.shares)

    def __call__(self, situation: Situation) -> Rule:
        return Rule(shares=self.shares)


class HashShare(msgspec.Struct, frozen=True):
    """Give each vendor the contacts that a hash of their ids gives it; keep the rest.

    `shares` is as for `Share`.

    For trials: nothing is counted, so that an id always meets the same destination, on every machine, and
    who goes where depends on nothing but the id, the names of the vendors and who may take it. The shares
    come out within chance. By its id alone a contact goes out or stays; of the vendors with a share that
    may take it, the one goes first whose share divides the least exponential time, drawn from the id and
    the vendor's name (weighted rendezvous hashing). So the contacts of a vendor that may not take them go
    to the others, in proportion to their shares, and come back to it; no other contact moves. If none may
    take it, the contact stays in-house.

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
