"""On which interval of a run what of the vendors' money falls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.simulation import columns
from bporoute.contracts._contract import Contract
from bporoute.simulation._engine._vendor_accounts import Bill, increment_of, invoice_of


def money_by_interval(
    outcomes: Floats, edges: Floats, contracts: Sequence[Contract], bills: Iterable[Sequence[Bill]]
) -> Floats:
    """What each vendor is owed for what it did, by the interval in which it did that; (intervals, vendors).

    `outcomes` (intervals, vendors, columns) are counted between the `edges`. What a contract period's bill
    asks for more than for nothing is shared out by what each interval's contacts would add to it last: by
    the price where that is the same for all. So no interval is dear because it came before or after the edge
    of a tier or a commitment that all contacts of the period have reached together.
    """
    money = np.zeros(outcomes.shape[:2])
    for vendor, (contract, told) in enumerate(zip(contracts, bills, strict=True)):
        if told:
            money[:, vendor] = _of_vendor(outcomes[:, vendor], edges, contract, told)
    return money


def _of_vendor(outcomes: Floats, edges: Floats, contract: Contract, bills: Sequence[Bill]) -> Floats:
    money = np.zeros(len(outcomes))
    starts = np.array([bill.start for bill in bills])
    period = np.clip(np.searchsorted(starts, edges[:-1], side="right") - 1, 0, None)
    for number, bill in enumerate(bills):
        mine = np.flatnonzero(period == number)
        owed = bill.invoice.total - bill.for_nothing
        if not len(mine) or not owed:
            continue
        counted = outcomes[mine]
        weights = (counted * _prices(contract, bill, counted.sum(axis=0))).sum(axis=1)
        if not weights.sum() or (weights < 0.0).any() != (weights <= 0.0).all():
            weights = outcomes[mine, columns.O_ANSWERED]
        if not weights.any():
            weights = np.ones(len(mine))
        money[mine] = owed * weights / weights.sum()
    return money


def _prices(contract: Contract, bill: Bill, counted: Floats) -> Floats:
    """What one more in each column of the outcomes would add to a bill; 0 where nothing is `counted`."""
    prices = np.zeros(len(counted))
    for column in np.flatnonzero(counted).tolist():
        more = [0.0] * len(counted)
        more[column] = 1.0
        usage = bill.usage.plus(increment_of(more, bill.usage))
        prices[column] = invoice_of(contract, usage, bill.share).total - bill.invoice.total
    return prices
