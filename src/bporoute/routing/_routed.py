"""Where a batch of contacts goes: one array for each thing to know, instead of an object for each contact."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute.center._contact import Contact
from bporoute.center._references import NO_VENDORS
from bporoute.errors import InputError, shown
from bporoute.routing._contact_columns import Codes
from bporoute.routing._decision import Decision
from bporoute.routing._outcome import OUTCOMES, Action
from bporoute.routing._reasons import RULE_NAMES
from bporoute.routing._tables._evidence import Basis, Evidence
from bporoute.routing._tables._page import Page
from bporoute.routing._tables._profiles import Profile

IN_HOUSE, NOBODY = NO_VENDORS

Settle = Callable[[Decision, Any, float, float], float]


class Piece(NamedTuple):
    """Contacts of a batch, from `start` on, that follow one another on a page.

    `opened` holds vendor + 1 of each while it is sent out and not settled; `first` is the number of the first
    decision.
    """

    start: int
    opened: Floats
    first: int


class Filled(NamedTuple):
    """What a batch finds, see `Routed`; `profiles_met` holds the profile of each of `contacts` met so far.

    Of a batch whose contacts were decided one by one there are no pieces, but the `decisions`.
    """

    like: Codes
    at: Floats
    destination: Codes
    cost: Floats
    expected_wait: Floats
    belief: npt.NDArray[np.int8]
    refused: Integers
    pieces: list[Piece]
    contacts: tuple[Contact, ...]
    profiles_met: list[Profile | None]
    decisions: Sequence[Decision] = ()


class Excluded(NamedTuple):
    """How many contacts of a batch a rule kept away from a destination."""

    destination: str
    rule: str
    contacts: int


class Routed:
    """Where the contacts of a batch go. The arrays cannot be written to.

    What each decision rests on is not kept: that would be a kilobyte for each. To see one explained,
    `Router.preview` the contact alone, or route it alone where it matters. `Router.route_many` makes it, of
    what its batch has `filled`, the `basis` on which that was decided, and a way to `settle` a decision.

    Attributes
    ----------
    destination : array of int
        0: in-house, n: the n-th vendor of the center, -1: nobody may take it (the center's fallback);
        `names` has the words.
    cost : array
        Money that this is expected to cost, see `Way.cost`; nan if nobody takes it or the state is unknown.
    expected_wait : array
        Mean wait there of a contact that stays, seconds; nan likewise.
    belief : array of int
        How far the state of the queue was believed: 0 as told, 1 too old (the expected one instead),
        2 much too old, 3 unknown or impossible.
    like : array of int
        Which of `contacts` each is like.
    contacts : tuple of Contact
        One of each that differs.
    names : tuple of str
        ``names[destination]`` for every destination, -1 included: ``"in-house"``, the vendors, ``"nobody"``.
    """

    __slots__ = (
        "_basis",
        "_filled",
        "_settle",
        "_settling",
        "_unsettled",
        "belief",
        "contacts",
        "cost",
        "destination",
        "expected_wait",
        "like",
        "names",
    )

    def __init__(self, filled: Filled, basis: Basis, settle: Settle) -> None:
        self.destination = filled.destination
        self.cost = filled.cost
        self.expected_wait = filled.expected_wait
        self.belief = filled.belief
        self.like = filled.like
        for array in (self.destination, self.cost, self.expected_wait, self.belief, self.like):
            array.setflags(write=False)
        self.contacts = filled.contacts
        self.names = (IN_HOUSE, *basis.center.vendors, NOBODY)
        self._filled = filled
        self._basis = basis
        self._settle = settle
        self._settling: tuple[int, Any] = (-1, None)
        somewhere = -1 if basis.center.fallback == "keep" else 0
        reserved = filled.pieces or any(decision.id for decision in filled.decisions)
        lowest = somewhere if reserved else len(self.names)
        self._unsettled: Flags = self.destination >= lowest

    def __len__(self) -> int:
        return len(self.destination)

    def __repr__(self) -> str:
        found = ", ".join(f"{name} {count}" for name, count in self.counts().items() if count)
        return f"<Routed {len(self)}: {found or 'no contacts'}>"

    @property
    def destinations(self) -> npt.NDArray[np.object_]:
        """The queue or vendor that takes each contact, as `Decision.destination`; made at every look."""
        words = np.empty((len(self.contacts), len(self.names)), dtype=object)
        for row, profile in zip(words, self._filled.profiles_met, strict=True):
            if profile is not None:
                row[:] = [profile.outcomes[0][1], profile.outcomes[1][1], *self.names[1:-1]]
        found: npt.NDArray[np.object_] = words[self.like, self.destination + 1]
        return found

    @property
    def ids(self) -> Integers:
        """Number of each decision in the ledger, as `Decision.id`; 0 if nothing was reserved."""
        starts = [piece.start for piece in self._filled.pieces]
        ends = [*starts[1:], len(self)]
        found = np.zeros(len(self), dtype=np.int64)
        for piece, end in zip(self._filled.pieces, ends, strict=False):
            found[piece.start : end] = np.arange(piece.first, piece.first + end - piece.start)
        return found

    def counts(self) -> dict[str, int]:
        """Contacts for each of `names`."""
        counted = np.bincount(self.destination + 1, minlength=len(self.names)).tolist()
        return dict(zip(self.names, [*counted[1:], counted[0]], strict=True))

    def reasons(self) -> tuple[Excluded, ...]:
        """Which rules kept how many contacts away from where, most first; see `Decision.rejected`."""
        refused = self._filled.refused
        found = [
            Excluded(self.names[destination], RULE_NAMES[code], int(refused[destination, code]))
            for destination, code in np.argwhere(refused).tolist()
        ]
        return tuple(sorted(found, key=lambda excluded: -excluded.contacts))

    def settle(
        self,
        outcome: str | Sequence[str],
        which: Any = None,
        wait: float | Floats | None = None,
        handle: float | Floats | None = None,
    ) -> float:
        """Report how contacts of the batch ended: `Router.settle` for each, in this order.

        Takes some microseconds each.

        Parameters
        ----------
        outcome : str or sequence of str
            "answered", "abandoned", "failed" or "undelivered", of all or of each.
        which : array of int, array of bool, or None
            Places of the contacts in the batch, or a mask over it; None: the whole batch. Settling one a
            second time changes nothing.
        wait, handle : float, array or None
            Seconds waited and handled, of all or of each; None or nan: unknown.

        Returns
        -------
        float
            Money that the vendors are owed for them.

        Raises
        ------
        InputError
            If an outcome is none of the four, or there is not one number for each contact.
        """
        places = self._places(which)
        columns = [
            _each(name, given, len(places))
            for name, given in (("outcome", outcome), ("wait", wait), ("handle", handle))
        ]
        if bad := set(columns[0]).difference(OUTCOMES):
            raise InputError("outcome", shown(min(map(str, bad))), ", ".join(OUTCOMES))
        money = 0.0
        for place, *told in zip(places, *columns, strict=True):
            if self._unsettled[place]:
                if self._settling[0] != place:  # else it was interrupted, and may have counted
                    self._settling = place, self._decision(place)
                money += self._settle(self._settling[1], *told)
                self._unsettled[place] = False
        return money

    def _places(self, which: Any) -> list[int]:
        if which is None:
            return list(range(len(self)))
        asked = np.asarray(which)
        if asked.dtype == bool and asked.shape == (len(self),):
            asked = np.flatnonzero(asked)
        if asked.ndim != 1 or (asked.size and asked.dtype.kind not in "iu"):
            raise InputError(
                "which", shown(which), f"places in the batch, or {len(self)} times true or false"
            )
        if asked.size and not (asked.min() >= 0 and asked.max() < len(self)):
            raise InputError("which", shown(which), f"places in [0, {len(self)})")
        return [int(place) for place in asked]

    def _decision(self, place: int) -> Decision:
        """What `Router.settle` needs to know of a decision, and no more than that."""
        filled = self._filled
        if filled.decisions:
            return filled.decisions[place]
        profile = filled.profiles_met[self.like[place]]
        assert profile is not None
        piece = filled.pieces[bisect_right(filled.pieces, place, key=lambda piece: piece.start) - 1]
        line = place - piece.start
        page = Page.to_settle(
            piece.first + line,
            float(filled.at[place if len(filled.at) > 1 else 0]),
            piece.opened[line : line + 1],
        )
        taker = int(self.destination[place])
        name = self.names[taker] if taker > 0 else profile.outcomes[1][1]
        action = Action.OVERFLOW if taker > 0 else Action.KEEP
        contact = self.contacts[self.like[place]]
        return Decision(contact, action, name, Evidence(page, 0, profile, self._basis))


def _each(name: str, given: Any, places: int) -> list[Any]:
    """One value for each contact."""
    if isinstance(given, str) or np.ndim(given) == 0:
        return [given] * places
    values: list[Any] = given.tolist() if isinstance(given, np.ndarray) else list(given)
    if len(values) != places:
        raise InputError(name, f"{len(values)} values", f"one, or {places}, one for each contact")
    return values
