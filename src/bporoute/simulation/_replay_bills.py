"""What each contact of a simulated floor cost at its vendor, billed one after another as the router would."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.clock import windows
from bporoute.center._center import Center
from bporoute.contracts._measure import BilledContact
from bporoute.contracts._usage import PeriodUsage
from bporoute.simulation._engine._run import Paths
from bporoute.workload._streams import Stream


def path_bills(center: Center, streams: Sequence[Stream], paths: Paths) -> Floats:
    """Money that each contact added to what its vendor was owed, in the order of the paths; 0 if kept.

    Vendors with prices and tiers alone are paid by the number of contacts sent before, those with terms by
    what a contact adds to the invoice of its period as it stands when the contact ends, see
    `routing._pricing`.
    """
    money = np.zeros(len(paths.wait))
    for number, vendor in enumerate(center.vendors.values(), start=1):
        contract = vendor.contract
        usages: dict[float, PeriodUsage] = {}
        for place in np.flatnonzero(paths.destination == number):
            answered = bool(paths.answered[place])
            handle = float(paths.handle[place])
            if not contract.terms:
                money[place] = contract.price(handle, int(paths.sent_before[place])) if answered else 0.0
                continue
            period = windows(float(paths.ended[place]), vendor.zone, contract.period).period
            contact = BilledContact(
                handle=handle if answered else 0.0,
                wait=float(paths.wait[place]),
                answered=answered,
                local=datetime.fromtimestamp(float(paths.arrival[place]), vendor.zone),
                language=streams[paths.stream[place]].contact.language,
            )
            usage = usages.get(period) or contract.usage()
            money[place] = contract.marginal_price(usage, contact)
            usages[period] = usage.add(contact)
    return money
