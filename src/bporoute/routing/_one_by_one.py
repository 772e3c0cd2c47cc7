"""A batch whose contacts may have been decided before: each is asked about alone, as `Router.route` is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from bporoute.center._contact import Contact
from bporoute.errors import InputError
from bporoute.routing._contact_columns import Coded
from bporoute.routing._decision import Decision
from bporoute.routing._hard_rules import HARD_RULES
from bporoute.routing._outcome import Action
from bporoute.routing._routed import Filled
from bporoute.routing._tables._evidence import Evidence
from bporoute.routing._tables._tables import RoutingTables

AT_ONCE = 1_000
"""Contacts after which whoever wants to know is told how far it is."""
Progress = Callable[[int, int], object]


def one_by_one(
    coded: Coded,
    at: Any,
    tables: RoutingTables,
    decide: Callable[[Contact], Decision],
    progress: Progress | None,
) -> Filled:
    """What a batch finds whose contacts `decide` decides one after another, each now.

    Raises
    ------
    InputError
        If times are told: nobody can have asked about a contact before at a time that is made up.
    """
    if at is not None:
        raise InputError("at", "times", "None: with same_id_within each contact is decided when it is asked")
    contacts = len(coded.codes)
    rows = {name: row for row, name in enumerate(tables.vendor_names, start=1)}
    decisions: list[Decision] = []
    filled = Filled(
        like=coded.codes,
        at=np.full(1, np.nan),
        destination=np.empty(contacts, dtype=np.int32),
        cost=np.empty(contacts),
        expected_wait=np.empty(contacts),
        belief=np.empty(contacts, dtype=np.int8),
        refused=np.zeros((len(rows) + 1, 1 + max(HARD_RULES)), dtype=np.int64),
        pieces=[],
        contacts=coded.contacts,
        profiles_met=[],
        decisions=decisions,
    )
    for place, (code, told) in enumerate(zip(coded.codes.tolist(), coded.ids(), strict=True)):
        decision = decide(msgspec.structs.replace(coded.contacts[code], id=told))
        evidence = decision.evidence
        decisions.append(decision)
        filled.destination[place] = _taker(decision, rows)
        filled.cost[place], filled.expected_wait[place] = decision.cost, decision.expected_wait
        filled.belief[place] = evidence.belief_code
        _count_refusals(filled, evidence, rows)
        done = place + 1
        if progress is not None and (done % AT_ONCE == 0 or done == contacts):
            progress(done, contacts)
    return filled


def _taker(decision: Decision, rows: dict[str, int]) -> int:
    """Who takes a contact, as `Routed.destination` has it; -1, too, for a vendor of a later center."""
    if decision.evidence.chosen < 0:
        return -1
    return rows.get(str(decision.destination), -1) if decision.action == Action.OVERFLOW else 0


def _count_refusals(filled: Filled, evidence: Evidence, rows: dict[str, int]) -> None:
    for name, (code, _, _) in evidence.refusals.items():
        if name == evidence.queue or name in rows:
            filled.refused[rows.get(name, 0), code] += 1
