"""What is prepaid and not yet delivered: the money that goes with a vendor that fails."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import numpy as np

from bporoute.simulation._results import SimulatedPolicy


class Prepayment(NamedTuple):
    """What would be lost of a prepayment.

    Attributes
    ----------
    vendor : str
        Who was paid ahead.
    prepaid : float
        Money, since the ledger began.
    delivered : float
        Of it worked off before the period, at the contract's price; nan: nobody told.
    at_start, at_end : float
        Money that is prepaid and not delivered when the period begins, and ends; where nobody told what was
        delivered before, at most.
    until : datetime or None
        When it is used up, on the center's clock; None: not within the period.
    """

    vendor: str
    prepaid: float
    delivered: float
    at_start: float
    at_end: float
    until: datetime | None


def prepayments(found: SimulatedPolicy, delivered: Mapping[str, float]) -> tuple[Prepayment, ...]:
    """Of each vendor that was paid ahead: what is open of it, while all vendors work.

    Prepaid less delivered, at the contract's price: the contacts of the simulation, on average over the
    replications, in the order in which they end. Fees and commitments are no delivery.

    Parameters
    ----------
    found : SimulatedPolicy
        The period.
    delivered : mapping
        Vendor -> money that it had delivered before.
    """
    edges, zone = found.runs[0].edges, found.center.zone
    rows = []
    for number, (name, vendor) in enumerate(found.center.vendors.items()):
        if vendor.prepaid <= 0.0:
            continue
        before = delivered.get(name, math.nan)
        at_start = max(vendor.prepaid - (0.0 if math.isnan(before) else before), 0.0)
        worked = np.mean([run.money[:, number] for run in found.runs], axis=0).cumsum()
        used_up = np.flatnonzero(np.concatenate([[0.0], worked]) >= at_start)
        until = float(edges[used_up[0]]) if len(used_up) else None
        rows.append(
            Prepayment(
                name,
                vendor.prepaid,
                before,
                at_start,
                max(at_start - float(worked[-1]), 0.0),
                None if until is None else datetime.fromtimestamp(until, zone),
            )
        )
    return tuple(rows)
