"""One's own records of contacts as a vendor's contract bills them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.words import counted
from bporoute.center._center import Center
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._contract import Contract
from bporoute.governance._vendor_contacts import VendorContacts


def billed_contacts(
    records: VendorContacts, rows: Sequence[int], lengths: Floats, center: Center, vendor: str
) -> list[BilledContact]:
    """Contacts of some rows as a vendor bills them; `lengths` are their handle times, all told."""
    config = center.vendors[vendor]
    zone = config.zone if config.contract.multipliers else None
    kinds = center.contact_types
    channels = {name: kind.channel for name, kind in kinds.items()}
    found = []
    for row in rows:
        outcome, talk, resolved = records.outcomes[row], float(records.talks[row]), records.resolved[row]
        wait = float(records.waits[row])
        name = records.contact_types[row]
        found.append(
            BilledContact(
                handle=float(lengths[row]) if outcome == "answered" else 0.0,
                talk=talk if talk == talk else None,
                wait=wait if wait == wait else 0.0,
                answered=outcome == "answered",
                handled=outcome == "answered",
                failed=outcome == "failed",
                resolved=float(resolved) if resolved == resolved else 1.0,
                local=None if zone is None else datetime.fromtimestamp(float(records.starts[row]), zone),
                language=records.languages[row],
                contact_type=name,
                channel=channels.get(name, ""),
            )
        )
    return found


def unknown_remarks(
    records: VendorContacts, rows: Sequence[int], contract: Contract, taken_as: str
) -> list[str]:
    """What records leave open of what a contract bills, as sentences; `taken_as`: what a length is then."""
    found = []
    measures = contract.usage().measures
    answered = [row for row in rows if records.outcomes[row] == "answered"]
    by_length = "handle_time" in contract.looks_at or any(measure.in_minutes for measure in measures)
    lengthless = int(np.isnan(records.handles[answered]).sum()) if answered else 0
    if by_length and lengthless:
        found.append(
            f"{counted(lengthless, 'answered contact has', 'answered contacts have')} no handle time "
            f"in our records: taken as {taken_as}"
        )
    by_result = any(getattr(measure, "counts", "") == "resolved" for measure in measures)
    unknown = int(np.isnan(records.resolved[answered]).sum()) if answered else 0
    if by_result and unknown:
        told = counted(unknown, "answered contact is", "answered contacts are")
        found.append(f"of {told} not known whether it was resolved: taken as resolved")
    return found
