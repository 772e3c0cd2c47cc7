"""Contacts that are asked about again: whoever retries gets the decision of before, which counts once."""

from __future__ import annotations

from collections.abc import Mapping

from bporoute._base.digest import blake2b
from bporoute._base.ranges import OR_INFINITE
from bporoute.center._contact import Contact
from bporoute.center._contact_told import Kind, kind_of
from bporoute.center._told_texts import id_told
from bporoute.routing._decision import Decision

MOST_KEPT = 65_536
"""Decisions that are kept, with what they rest on: some 200 bytes for each vendor."""
ID_BYTES = 16
Key = tuple[bytes, Kind]


class Repeats:
    """The decisions on contacts with an id, kept for some time; the ledger's lock is held.

    Parameters
    ----------
    within : float
        Seconds for which a decision is kept.
    most : int
        How many are kept at most: the oldest go first.

    Raises
    ------
    InputError
        If the seconds are none.
    """

    def __init__(self, within: float, most: int = MOST_KEPT) -> None:
        OR_INFINITE.check("same_id_within", within)
        self._within, self._most = within, most
        self._kept: dict[Key, Decision] = {}
        self._keys: dict[int, Key] = {}
        """By the number of the decision."""

    def __len__(self) -> int:
        return len(self._kept)

    def known(self, contact: Contact, now: float, left_out: Mapping[str, str]) -> Decision | None:
        """The decision of before on a contact that is asked about at an instant (epoch seconds).

        None if there is none, or if it goes to somebody who is to be left out.
        """
        kept = self._kept.get(_key(contact)) if self._kept else None
        if kept is None or kept.at < now - self._within or kept.destination in left_out:
            return None
        return kept

    def keep(self, contact: Contact, decision: Decision) -> None:
        """Keep the decision on a contact, in place of the one of before; only if the contact has an id."""
        if contact.id in ("", None):
            return
        self._keep(_key(contact), decision)

    def go_on(self, number: int, decision: Decision | None) -> None:
        """A contact, where decision `number` is kept of it, goes elsewhere; None: nobody has taken it."""
        key = self._keys.get(number)
        if key is None or key not in self._kept:
            return
        self._drop(key)
        if decision is not None:
            self._keep(key, decision)

    def forget(self, contact: Contact) -> None:
        """Have the contact be decided anew when it is asked about again."""
        self._drop(_key(contact))

    def _keep(self, key: Key, decision: Decision) -> None:
        self._drop(key)
        self._kept[key], self._keys[decision.id] = decision, key
        while self._is_over(decision.at):
            self._drop(next(iter(self._kept)))

    def _is_over(self, now: float) -> bool:
        """Whether the oldest decision is to go."""
        return len(self._kept) > self._most or next(iter(self._kept.values())).at < now - self._within

    def _drop(self, key: Key) -> None:
        decision = self._kept.pop(key, None)
        if decision is not None:
            self._keys.pop(decision.id, None)


def _key(contact: Contact) -> Key:
    """What a contact is asked about by: its id, however long, and all that rules look at."""
    text = contact.id if type(contact.id) is str else id_told(contact.id, [])
    return blake2b(text.encode("utf-8", "replace"), digest_size=ID_BYTES).digest(), kind_of(contact)
