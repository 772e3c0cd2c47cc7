"""Route one contact and read the reasons: what an integrator needs. It prints::

service (sv): send to baltic
  service: 42 agents, 42 busy, 9 waiting; policy MarginalCost()
  1. baltic (nearshore)  4.05 EUR  wait 15 s  price 3.87 + waiting 0.18
  2. service (in-house)  4.31 EUR  wait 42 s  kept while fewer than 4 wait
  3. norrland (onshore)  6.20 EUR   wait 5 s  price 6.17 + waiting 0.03
  service: waiting 0.94 + later contacts 3.38
  -  manila: speaks en, not sv
service (sv): keep in service
  service: 42 agents, 40 busy, 0 waiting; policy MarginalCost()
  1. service (in-house)  3.07 EUR   wait 0 s  kept while fewer than 4 wait
  2. baltic (nearshore)  4.05 EUR  wait 15 s  price 3.87 + waiting 0.18
  3. norrland (onshore)  6.20 EUR   wait 5 s  price 6.17 + waiting 0.03
  service: its cost is all for later contacts, who wait longer
  -  manila: speaks en, not sv
owed to baltic: 3.75 EUR
"""

from bporoute import Contact, QueueState, Router, Snapshot
from bporoute.simulation._demo import demo_center

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
