"""Another center takes the place of a router's: made ready beside it, then all that goes on is handed over.

What is kept is kept by name: what is known, told and counted of every queue, vendor and contact type. What
takes long (tables, profiles, prices, rules) is done piece by piece while others go on deciding; the rest is
copied with all decisions kept off, which takes less than a millisecond in a usual center.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from itertools import islice

import msgspec
import numpy as np

from bporoute._kernels.routing import columns
from bporoute.center._center import Center
from bporoute.center._contact import Contact, ContactType, Sourcing
from bporoute.center._location import LocationScheme
from bporoute.center._log_format import LogFormat
from bporoute.policies._rule import Policy
from bporoute.policies._thresholds import MarginalCost
from bporoute.routing._hard_rules import Request
from bporoute.routing._ready import MOST_READY
from bporoute.routing._tables._profiles import Profile
from bporoute.routing._tables._tables import RoutingTables
from bporoute.routing._works import Works

AT_A_TIME = 4
"""Kinds of contacts that are met before other threads have their turn."""
BY_NAME = {"queues", "contact_types", "vendors"}
"""Fields of a center that are compared name by name."""


class Succession:
    """What decides next, after `works`: by another center and policy, made ready as of an instant.

    Nothing of what decides now is changed by it, and nothing is counted elsewhere.

    Parameters
    ----------
    works : Works
        What decides now.
    center, policy : Center, Policy
        What is to decide next.
    now : float
        Epoch seconds.
    at_once : float
        As in `RoutingTables`.
    """

    def __init__(self, works: Works, center: Center, policy: Policy, now: float, at_once: float) -> None:
        before = works.tables
        tables = RoutingTables(center, policy, before.ledger, before.lease, at_once=at_once, after=before)
        tables.clock.counts = False
        self._before, self._tables, self._works = before, tables, works
        self._made = Works(tables, _former(works, tables, at_once))
        self._queues = _pairs(before.queue_numbers, tables.queue_numbers)
        self._vendors = _pairs(before.vendor_numbers, tables.vendor_numbers)
        old, same = before.center, _rest(before.center) == _rest(center)
        unchanged = {name for name, queue in center.queues.items() if old.queues.get(name) == queue}
        types = center.contact_types.items()
        unchanged &= {
            name
            for name in unchanged
            if _types_of(old, name) == {kind: each for kind, each in types if each.queue == name}
        }
        self._alike = [
            (theirs, mine)
            for theirs, mine in self._vendors
            if same and _is_alike(tables.vendor_names[mine], old, center, unchanged)
        ]
        self._unchanged = {pair for pair in self._queues if tables.queue_names[pair[1]] in unchanged}
        all_alike = len(self._alike) == len(old.vendors) == len(center.vendors)
        first = next(iter(old.queues)) == next(iter(center.queues))  # it has the contacts of unknown types
        as_before = same and all_alike and first and before.policy == policy
        self._ruled = self._unchanged if as_before else set()
        self._rows: dict[int, int] = {}
        self._make_ready(now)

    def hand_over(self, now: float) -> Works:
        """What decides from now on, with all that goes on as of an instant; the ledger's lock is held.

        Compiled decisions are kept off what has decided until now.
        """
        before, tables, made = self._before, self._tables, self._made
        before.follow(now)
        before.vendors.spread_news()
        before.ledger.rest()  # what is held was granted by the limits of before
        before.arrays.hold()
        tables.take_up()
        self._hand_over()
        for theirs, mine in self._ruled:
            tables.queues.take_over_rule(before.queues, theirs, mine)
        for row in tables.queues.rows:
            self._load(row.number)
        if made.former is not None:
            for older in filter(None, (self._works.former, before)):
                _hand_over_vendors(older, made.former)
        made.news.take_over(self._works.news, self._vendors, self._queues)
        tables.clock.take_over(before.clock)
        tables.vendors.measure_all()
        tables.arrays.publish()
        return made

    def _make_ready(self, now: float) -> None:
        """Do beforehand what takes long: meet the contacts met so far, price them, have rules solved."""
        before, tables, lock = self._before, self._tables, self._before.ledger.lock
        with lock:
            self._hand_over()
            tables.follow(now)
        met = list(before.profiles.met)
        for first in range(0, len(met), AT_A_TIME):
            with lock:
                tables.take_up()
                for row in range(first, min(first + AT_A_TIME, len(met))):
                    self._rows[row] = tables.meet(_contact_of(*met[row]))
                tables.arrays.publish()
            _pause()
        kinds = iter(list(before.profiles.known)[:MOST_READY])
        while some := list(islice(kinds, AT_A_TIME)):
            with lock:
                tables.take_up()
                for contact_type, language, data, country, value_class, skills in some:
                    tables.profile(
                        Contact(contact_type, language, "", data, country, value_class, None, skills)
                    )
                tables.arrays.publish()
            _pause()
        with lock:
            tables.take_up()
            self._hand_over()
            tables.arrays.publish()
        waiting = True
        while waiting:
            _pause()
            with lock:
                tables.take_up()
                waiting = tables.vendors.pricing.tend()
                tables.arrays.publish()
        for number in range(len(tables.queue_names)):
            with lock:
                tables.take_up()
                self._load(number)
                tables.arrays.publish()
            _pause()

    def _hand_over(self) -> None:
        """Have everything known, told and counted that is kept by name, but for rules."""
        before, tables = self._before, self._tables
        for number, name in enumerate(tables.queue_names):
            if before.offers.knows(name):
                tables.queues.watches[number].take_over(before.offers.watch_of(name))
        if self._works.former is not None:
            _hand_over_vendors(self._works.former, tables)
        _hand_over_vendors(before, tables)
        tables.offers.take_over(before.offers, self._alike)
        prices, profiles = tables.profiles.prices, tables.profiles
        prices.take_over(before.profiles.prices, self._alike, dict(self._unchanged))
        tables.vendors.take_over(before.vendors, self._vendors, self._alike)
        profiles.write_all_prices()
        profiles.weigh_all()
        tables.queues.take_over(before.queues, self._queues, self._profiles())
        theirs, mine = list(self._rows), list(self._rows.values())
        profiles.see(np.array(mine, dtype=np.int64), before.profiles, np.array(theirs, dtype=np.int64))
        self._hand_over_shares()

    def _profiles(self) -> Mapping[int, Profile]:
        """What stands for a profile, by its row there."""
        listed = self._tables.profiles.listed
        return {theirs: listed[mine] for theirs, mine in self._rows.items()}

    def _hand_over_shares(self) -> None:
        """What shares have added up to; where the rule is handed over, they are, too."""
        there, here = self._before.arrays.shares, self._tables.arrays.shares
        theirs, mine = np.array([(-1, -1), *self._vendors], dtype=np.int64).T + 1  # in-house first
        for pair in self._queues:
            what = slice(None) if pair in self._ruled else columns.CREDIT
            here[pair[1], mine, what] = there[pair[0], theirs, what]

    def _load(self, number: int) -> None:
        """Have a queue's rule solved that was told of, unless it is handed over or is solved."""
        queues = self._tables.queues
        row = queues.rows[number]
        if any(mine == number for _, mine in self._ruled):
            return
        if row.profile is None:
            listed = self._tables.profiles.listed
            row.profile = next((profile for profile in listed if profile.queue == number), None)
        if row.profile is not None and row.state is not None:
            queues.load(row, row.profile)


def _pause() -> None:
    """Other threads have their turn."""
    time.sleep(0.0)


def _pairs(there: Mapping[str, int], here: Mapping[str, int]) -> list[tuple[int, int]]:
    """Numbers there and here of what both have."""
    return [(there[name], number) for name, number in here.items() if name in there]


def _rest(center: Center) -> dict[str, object]:
    """What is configured beside queues, contact types and vendors."""
    return {field: getattr(center, field) for field in center.__struct_fields__ if field not in BY_NAME}


def _types_of(center: Center, queue: str) -> dict[str, object]:
    return {name: each for name, each in center.contact_types.items() if each.queue == queue}


def _is_alike(vendor: str, old: Center, center: Center, unchanged: set[str]) -> bool:
    """Whether a vendor's contacts cost what they did: its terms, and the queues of its types."""
    config = center.vendors[vendor]
    queues = {center.contact_types[name].queue for name in config.contact_types}
    return old.vendors[vendor] == config and queues <= unchanged


def _contact_of(request: Request, value_class: str) -> Contact:
    """A contact that asks for the same."""
    kind = request.contact_type
    data, skills = (kind.data, kind.skills) if kind else ((), ())
    return Contact(
        request.type,
        language=request.language,
        data=tuple(each for each in request.data if each not in data),
        country=request.country,
        value_class=value_class,
        skills=tuple(each for each in request.skills if each not in skills),
    )


def _hand_over_vendors(before: RoutingTables, tables: RoutingTables) -> None:
    """What outcomes have told of the vendors that both have."""
    pairs = _pairs(before.vendor_numbers, tables.vendor_numbers)
    tables.offers.watch.take_over(before.offers.watch, pairs)
    tables.offers.laws.take_over(before.offers.laws, pairs)


def _former(works: Works, tables: RoutingTables, at_once: float) -> RoutingTables | None:
    """Tables of the vendors that are gone, in a center of all that they served; None if there are none."""
    known = [each.center for each in (works.former, works.tables) if each is not None]  # the last counts
    vendors = {name: vendor for center in known for name, vendor in center.vendors.items()}
    gone = {name: vendor for name, vendor in vendors.items() if name not in tables.vendor_numbers}
    if not gone:
        return None
    center = msgspec.structs.replace(
        known[-1],
        queues={name: queue for center in known for name, queue in center.queues.items()},
        contact_types={
            name: _billed_only(kind) for center in known for name, kind in center.contact_types.items()
        },
        vendors=gone,
        # Nothing is sent there, so nobody asks who may; and names of those who stayed are not known here.
        data_rules={},
        location_scheme=LocationScheme(),
        log=LogFormat(),
        max_concentration=1.0,
        timezone=tables.center.timezone,
    )
    made = RoutingTables(center, MarginalCost(), tables.ledger, math.inf, at_once=at_once)
    made.offers.remember(tables.offers, in_their_place=True)
    return made


def _billed_only(kind: ContactType) -> ContactType:
    """A contact type as far as bills of it go, whoever takes it."""
    return msgspec.structs.replace(kind, sourcing=Sourcing.OVERFLOW, data=(), hand_over=())
