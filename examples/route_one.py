"""Route one contact and read the reasons: the eight lines that an integrator needs."""

from bporoute import Contact, QueueState, Router, Snapshot
from bporoute.demo import demo_center

MONDAY_11_00 = 1795428000.0  # 23 November 2026 in Stockholm; a live router reads the system's clock

router = Router(demo_center(), clock=lambda: MONDAY_11_00)

# Either the state comes with the question ...
state = Snapshot(service=QueueState(agents=42, busy=42, waiting=9))
decision = router.route(Contact("service", language="sv"), state)
print(decision.explain())

# ... or the router keeps it, fed by the telephony system's events.
router.state["service"].update(agents=42, busy=40, waiting=0)
print(router.route(Contact("service", language="sv")).explain())

# The outcome closes the vendor's reservation and is priced by its contract.
owed = router.settle(decision, "answered", wait=3.2, handle=180.0)
print(f"owed to {decision.destination}: {owed:.2f} {router.center.currency}")
