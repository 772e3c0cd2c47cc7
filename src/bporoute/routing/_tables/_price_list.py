"""The price list: what one more contact costs at each vendor, once for all contacts that cost the same there.

A contract looks at little of a contact: perhaps at its type, for the handle time, and at its language, for
a surcharge. Profiles that differ in nothing that a vendor's price depends on share one offer of it.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute.center._center import Center
from bporoute.contracts._contract import Contract
from bporoute.durations._laws import mean_of
from bporoute.routing._hard_rules import Request
from bporoute.routing._tables._offers import Offers

WORTH_SOLVING = 0.002
"""Relative change of a price from which on rules are solved anew."""
ROOM = 64
"""Offers that there is room for to begin with."""


class Offer(msgspec.Struct, gc=False, eq=False):
    """A vendor's price for contacts that are alike to it.

    `number` is its row of the list's money, `request` and `queue` one of the contacts that it is for, and
    `minutes` how long they are expected to take; `told` is the money by which rules were last solved.
    """

    vendor: int
    number: int
    queue: int
    request: Request
    minutes: float = 0.0
    told: float = 0.0


class _LooksAt(NamedTuple):
    """What of a contact a vendor's price depends on."""

    queue: bool
    type: bool
    language: bool
    channel: bool

    def key(self, queue: int, request: Request) -> tuple[object, ...]:
        """The same for contacts of one price."""
        kind = request.contact_type
        return (
            queue if self.queue else -1,
            request.type if self.type else "",
            request.language if self.language else "",
            kind.channel if self.channel and kind else "",
        )


class PriceList:
    """The offers of every vendor of a center, for the profiles met so far.

    Attributes
    ----------
    money : array, (offers, 2)
        Money that the contract asks for one more contact, and other money that it costs there.
    unpriced : list of Offer
        New ones; until it is their turn, they have the price of another offer of their vendor, for contacts
        of the same type if there is one.
    unheard_of : list of Offer
        The first of each vendor: there is no other price that they could have, so they cannot wait.
    """

    def __init__(self, center: Center, offers: Offers) -> None:
        self._offers = offers
        self._queues = tuple(center.queues)
        valued = any(each.unresolved_cost or each.dissatisfied_cost for each in center.queues.values())
        self._looks = [_looks_at(each.contract, valued) for each in center.vendors.values()]
        self._kinds_of_looks = set(self._looks)
        self._any = _LooksAt(*(any(each[part] for each in self._looks) for part in range(4)))
        self._alike: dict[object, Integers] = {}
        self._of: list[dict[object, Offer]] = [{} for _ in self._looks]
        self._by_type: list[dict[str, Offer]] = [{} for _ in self._looks]
        self._count = 0
        self.unpriced: list[Offer] = []
        self.unheard_of: list[Offer] = []
        self.money: Floats = np.zeros((ROOM, 2))

    def offers(self, queue: int, request: Request) -> Integers:
        """Numbers of the offers of all vendors for a queue's contacts; new ones are `unpriced`."""
        key = self._any.key(queue, request)
        known = self._alike.get(key)
        if known is None:
            keys = {looks: looks.key(queue, request) for looks in self._kinds_of_looks}
            found = [
                self._of[vendor].get(keys[looks]) or self._made(vendor, keys[looks], queue, request)
                for vendor, looks in enumerate(self._looks)
            ]
            known = self._alike[key] = np.array([each.number for each in found], dtype=np.int64)
        return known

    def of(self, vendor: int) -> list[Offer]:
        """The offers of a vendor, in the order in which they were made."""
        return list(self._of[vendor].values())

    def priced(self, offer: Offer) -> tuple[float, float] | None:
        """What contacts of an offer cost now, as `money` holds it; None: as before. See `take`."""
        contact = self._offers.expected(offer.vendor, self._queues[offer.queue], offer.request)
        money = self._offers.prices(offer.vendor, self._queues[offer.queue], contact)
        offer.minutes = mean_of(contact.handle) / 60.0
        return None if money == tuple(self.money[offer.number].tolist()) else money

    def matters(self, offer: Offer, money: tuple[float, float]) -> bool:
        """Whether that is another price than the one by which rules were last solved."""
        return abs(sum(money) - offer.told) > WORTH_SOLVING * abs(offer.told)

    def take(self, offer: Offer, money: tuple[float, float], *, solved: bool) -> None:
        """Have an offer cost this, where whatever follows from it is done; `solved`: rules, too."""
        self.money[offer.number], offer.told = money, sum(money) if solved else offer.told

    def _made(self, vendor: int, key: object, queue: int, request: Request) -> Offer:
        if self._count == len(self.money):
            self.money = np.concatenate([self.money, np.zeros_like(self.money)])
        made = Offer(vendor, self._count, queue, request)
        like = self._by_type[vendor].get(request.type) or next(iter(self._of[vendor].values()), made)
        self.money[made.number] = self.money[like.number]
        self._count += 1
        self._of[vendor][key] = self._by_type[vendor][request.type] = made
        (self.unheard_of if like is made else self.unpriced).append(made)
        return made


def _looks_at(contract: Contract, valued: bool) -> _LooksAt:
    """What of a contact its price or its minutes depend on.

    `valued`: on what its queue gives for quality, too.
    """
    looks_at = contract.looks_at
    return _LooksAt(
        queue=valued or contract.bills_abandoned or contract.moves_by_minute,
        type=bool(looks_at & {"handle_time", "type"}) or _is_capped_in_minutes(contract),
        language="language" in looks_at,
        channel="channel" in looks_at,
    )


def _is_capped_in_minutes(contract: Contract) -> bool:
    caps = (contract.cap_minutes_per_hour, contract.cap_minutes_per_day, contract.cap_minutes_per_period)
    return any(cap is not None for cap in caps)
