"""A batch of contacts, decided one after another without a Python object for each.

The kernel goes on until the tables are not ready for the next contact: its rule waits to be solved, the
calendar ends, a price or a cap is reached, its profile is not known, or the page is full. Then this module
does for that contact what `Router.route` would, and hands over again; so a batch ends where a loop would.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from bporoute import _kernels
from bporoute._base.arrays import Floats, Integers
from bporoute._base.at_once import write_at_once
from bporoute._kernels.compiling.records import Packed
from bporoute._kernels.routing import columns
from bporoute._kernels.routing import route_many as many
from bporoute._kernels.routing.records import Batch as BatchRecord
from bporoute._kernels.routing.records import Tables
from bporoute.errors import InputError
from bporoute.routing._contact_columns import Coded
from bporoute.routing._hard_rules import HARD_RULES
from bporoute.routing._routed import Filled, Piece
from bporoute.routing._tables._page import Page
from bporoute.routing._tables._profiles import Profile
from bporoute.routing._tables._tables import RoutingTables

AT_ONCE, AT_ONCE_INTERPRETED = 100_000, 1_000
"""Contacts after which other threads, and whoever wants to interrupt, get their turn."""

Progress = Callable[[int, int], object]
Draw = Callable[[object], float]


def moments(at: Any, contacts: int) -> Floats | None:
    """The times of so many contacts, epoch seconds; None stays None.

    >>> moments([0, 1.5, 1.5], 3)
    array([0. , 1.5, 1.5])
    """
    if at is None:
        return None
    try:
        times = np.array(at, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("at", f"a {type(at).__name__}", "times in epoch seconds") from None
    if times.shape != (contacts,):
        raise InputError("at", f"shape {times.shape}", f"{contacts} times, one for each contact")
    if not np.isfinite(times).all():
        place = int(np.flatnonzero(~np.isfinite(times))[0])
        raise InputError(f"at[{place}]", str(times[place]), "epoch seconds")
    if (earlier := np.flatnonzero(np.diff(times) < 0.0)).size:
        place = int(earlier[0]) + 1
        found = f"{times[place]:.15g} after {times[place - 1]:.15g}"
        raise InputError(f"at[{place}]", found, "times in order, none before the last")
    return times


class Batch:
    """Contacts on their way through the tables of a router.

    Parameters
    ----------
    coded : Coded
        The contacts.
    at : array or None
        When each is decided, epoch seconds; None: all when the batch begins.
    commit : bool
        Whether what is decided is reserved, too.
    draw : callable
        The number in [0, 1) that an id stands for.
    """

    def __init__(self, tables: RoutingTables, coded: Coded, at: Any, commit: bool, draw: Draw) -> None:
        self._tables = tables
        self._coded = coded
        self._commit = commit
        self._draw = draw
        self._drawn = False
        contacts, differing = len(coded.codes), len(coded.contacts)
        times = moments(at, contacts)
        self._timed = times is not None
        self._rows = {name: row for row, name in enumerate(tables.vendor_names, start=1)}
        self._luck: Floats = np.zeros(1)
        self._profiles: Integers = np.full(differing, -1, dtype=np.int64)
        self._met: Integers = np.zeros(differing, dtype=np.int64)
        self._page = Page(0, 0, 0)
        self._offset = 0
        self._scratch: Floats = np.empty((0, 0, columns.PAGE_COLUMNS))
        self._packed = Packed(BatchRecord)
        self.filled = Filled(
            like=coded.codes,
            at=np.empty(1) if times is None else times,
            destination=np.empty(contacts, dtype=np.int32),
            cost=np.empty(contacts),
            expected_wait=np.empty(contacts),
            belief=np.empty(contacts, dtype=np.int8),
            refused=np.zeros((len(tables.vendor_names) + 1, 1 + max(HARD_RULES)), dtype=np.int64),
            pieces=[],
            contacts=coded.contacts,
            profiles_met=[None] * differing,
        )

    def run(
        self,
        clock: Callable[[], float],
        progress: Progress | None,
        within: Callable[[], AbstractContextManager[None]],
    ) -> None:
        """Decide all; `within` is around everything that is counted, with the lock held."""
        contacts = len(self._coded.codes)
        kernel = _kernels.for_work(many.route_many_at, 2 * contacts)
        compiled = kernel if hasattr(kernel, "overloads") else None
        at_once = AT_ONCE_INTERPRETED if compiled is None else AT_ONCE
        done = 0
        if not self._timed:
            self.filled.at[0] = clock()
        while done < contacts:
            end = min(done + at_once, contacts)
            tables = self._tables
            with tables.ledger.lock, within():
                tables.take_up()
                while done < end:
                    self._prepare(done, end)
                    done = self._decide(compiled, done, end)
                    tables.vendors.spread_news()
                tables.pages.cut()
                tables.arrays.publish()
            if progress is not None:
                progress(done, contacts)
        self._note_barred(all_of_them=True)

    def _prepare(self, place: int, end: int) -> None:
        """Have everything ready for one contact, in the order in which `Router.route` does it."""
        tables, filled, number = self._tables, self.filled, int(self._coded.codes[place])
        now = float(filled.at[place if self._timed else 0])
        if not tables.arrays.since <= now < tables.arrays.until:
            tables.clock.follow(now)
            self._note_barred()
        profile = self._profile(number)
        row = tables.queues.rows[profile.queue]
        if not tables.queues.ready(row):
            tables.queues.load(row, profile)
        if tables.arrays.hashed and not self._drawn:
            self._drawn = True
            self._luck = np.fromiter(map(self._draw, self._coded.ids()), np.float64, len(filled.like))
        if self._commit:
            page = tables.page(True, now)
            if page is not self._page and self._profiles.min() >= 0:
                queues = {tables.profiles.listed[profile].queue for profile in self._profiles.tolist()}
                at = filled.at[place:] if self._timed else filled.at
                page = tables.lengthen(queues, at, end - place)
            line = page.used
            if page is not self._page or line - place != self._offset:
                self._page, self._offset = page, line - place
                filled.pieces.append(Piece(place, page.opened[line:], page.first + line))
        profiles, ways = tables.arrays.ways.shape[:2]
        if self._scratch.shape[:2] != (profiles, ways + 1):
            self._scratch = np.empty((profiles, ways + 1, columns.PAGE_COLUMNS))

    def _profile(self, number: int) -> Profile:
        known = int(self._profiles[number])
        if known >= 0:
            profiles = self._tables.profiles
            profiles.judge(known)
            self._tables.queues.touch_moved()
            if profiles.listed[known] is not self.filled.profiles_met[number]:
                self._note_barred()
            return profiles.listed[known]
        profile = self._tables.profile(self._coded.contacts[number])
        self._profiles[number] = profile.number
        self.filled.profiles_met[number] = profile
        return profile

    def _note_barred(self, *, all_of_them: bool = False) -> None:
        """Count what lasting rules bar the contacts so far from, before the rules judge anew."""
        met, refused, profiles_met = self._met, self.filled.refused, self.filled.profiles_met
        for number, profile in enumerate(profiles_met):
            if profile is None:
                continue
            now = self._tables.profiles.listed[profile.number]
            if all_of_them or now is not profile:
                for name, code in profile.barred.items():
                    refused[self._rows[name], code] += met[number]
                met[number] = 0
                profiles_met[number] = now

    def _decide(self, kernel: Callable[..., int] | None, start: int, end: int) -> int:
        """Run the kernel; the first contact that it leaves."""
        tables, filled, page = self._tables.arrays, self.filled, self._page
        batch = BatchRecord(
            filled.like, filled.at, self._luck, self._profiles, self._scratch, page.header, page.opened,
            filled.destination, filled.cost, filled.expected_wait, filled.belief, self._met,
            filled.refused,
        )  # fmt: skip
        used = page.used
        try:
            if kernel is None:
                done = self._interpreted(start, end, batch)
            else:
                done = kernel(start, end, tables.pack(), self._packed.keep(batch))
            self._note_times(start, done)
            return done
        except BaseException:
            self._note_times(start, start + page.used - used)  # what is counted stays so
            raise

    def _note_times(self, start: int, done: int) -> None:
        """Note when contacts were sent that have a line: their leases are counted from there."""
        if self._commit:
            lines = slice(start + self._offset, done + self._offset)
            self._page.at[lines] = self.filled.at[start:done] if self._timed else self.filled.at[0]

    def _interpreted(self, start: int, end: int, batch: BatchRecord) -> int:
        """The same without the compiled kernel; reserved whole or, if it is interrupted, not at all."""
        arrays = self._tables.arrays
        before, (ways, vendors, usage, queues, curves, shares) = arrays.usage.copy(), arrays.tables
        seen: Any = (slice(None), 0, columns.SEEN)
        copies = Tables(ways.copy(), vendors.copy(), before.copy(), queues.copy(), curves, shares.copy())
        noted = batch._replace(header=batch.header.copy(), opened=batch.opened.copy())
        with np.errstate(all="ignore"):  # interpreted, a clock or a wait at the end of numbers would warn
            done = many.route_many(start, end, copies, noted)
        write_at_once(
            (ways, seen, copies.ways[seen]),
            (vendors, ..., copies.vendors),
            (usage, ..., usage + (copies.usage - before)),
            (queues, ..., copies.queues),
            (shares, ..., copies.shares),
            (batch.opened, ..., noted.opened),
            (batch.header, ..., noted.header),
        )
        return done
