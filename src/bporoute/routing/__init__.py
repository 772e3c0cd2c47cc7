"""The live router: state in, decision out, outcome settled.

snapshot, live state
    What the caller tells of queues and vendors, with a contact or beside it.
routing tables
    Center, policy and state as the arrays that the decision kernel works on.
profile
    Contacts that are alike to every rule: a row of the tables.
way
    A destination of a profile: way 0 is the in-house queue, the others are vendors.
rule
    What a policy has answered for a queue; solved anew when its state changes enough.
page, line
    Where the kernel notes the evidence of decisions; a line for each.
evidence
    A line of a page, read by name.
lease
    How long a contact that nobody settles counts as being at its vendor.
ledger
    What was sent and is owed; the only state that must survive.

Not here: why a rule keeps or sends (`bporoute.policies`), prices (`bporoute.contracts`).
"""

from typing import TYPE_CHECKING

from bporoute._base.door import opened

if TYPE_CHECKING:
    from bporoute.routing._bounds import Bound, VendorBounds
    from bporoute.routing._decision import Decision
    from bporoute.routing._estimates import Estimated, Estimates
    from bporoute.routing._live import LiveQueue, LiveVendor
    from bporoute.routing._outcome import Action, Reason, Rejection, Way
    from bporoute.routing._outcomes_told import OddReports
    from bporoute.routing._prepare import prepare
    from bporoute.routing._routed import Excluded, Routed
    from bporoute.routing._router import Router
    from bporoute.routing._state import QueueState, Snapshot, VendorState
    from bporoute.routing._status import QueueStatus, Status, VendorStatus
    from bporoute.routing._tables._evidence import Evidence
    from bporoute.routing.back_office._back_office import BackOffice
    from bporoute.routing.back_office._backlog import Backlog, Case, Trough
    from bporoute.routing.back_office._deferral import Deferral
    from bporoute.routing.back_office._shipment import Held
    from bporoute.routing.ledger._memory import Ledger, Usage
    from bporoute.routing.ledger._shared import SharedLedger
else:
    __getattr__ = opened(
        __name__,
        {
            "_bounds": "Bound VendorBounds",
            "_decision": "Decision",
            "_estimates": "Estimated Estimates",
            "_live": "LiveQueue LiveVendor",
            "_outcome": "Action Reason Rejection Way",
            "_outcomes_told": "OddReports",
            "_prepare": "prepare",
            "_routed": "Excluded Routed",
            "_router": "Router",
            "_state": "QueueState Snapshot VendorState",
            "_status": "QueueStatus Status VendorStatus",
            "_tables._evidence": "Evidence",
            "back_office._back_office": "BackOffice",
            "back_office._backlog": "Backlog Case Trough",
            "back_office._deferral": "Deferral",
            "back_office._shipment": "Held",
            "ledger._memory": "Ledger Usage",
            "ledger._shared": "SharedLedger",
        },
    )

__all__ = [
    "Action",
    "BackOffice",
    "Backlog",
    "Bound",
    "Case",
    "Decision",
    "Deferral",
    "Estimated",
    "Estimates",
    "Evidence",
    "Excluded",
    "Held",
    "Ledger",
    "LiveQueue",
    "LiveVendor",
    "OddReports",
    "QueueState",
    "QueueStatus",
    "Reason",
    "Rejection",
    "Routed",
    "Router",
    "SharedLedger",
    "Snapshot",
    "Status",
    "Trough",
    "Usage",
    "VendorBounds",
    "VendorState",
    "VendorStatus",
    "Way",
    "prepare",
]
