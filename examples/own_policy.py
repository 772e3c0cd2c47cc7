"""A policy of one's own: keep a few agents free, so send contacts out earlier. It prints::

39 of 42 busy: keep service
40 of 42 busy: overflow manila
41 of 42 busy: overflow manila
service (en): send to manila
  service: 42 agents, 41 busy, 0 waiting; policy keep_two_free
  1. manila (offshore)   2.16 EUR  wait 25 s  price 1.73 + waiting 0.43
  2. baltic (nearshore)  4.05 EUR  wait 15 s  price 3.87 + waiting 0.18
  3. norrland (onshore)  6.20 EUR   wait 5 s  price 6.17 + waiting 0.03
  4. service (in-house)  1.91 EUR   wait 0 s  kept while fewer than 40 agents are busy
  service: its cost is all for later contacts, who wait longer
"""

from bporoute import Contact, QueueState, Router, Rule, Situation, Snapshot
from bporoute.simulation._demo import demo_center

MONDAY_11_00 = 1795428000.0  # 23 November 2026 in Stockholm


def keep_two_free(situation: Situation) -> Rule:
    """Send a contact out as soon as it would leave fewer than two agents free."""
    return Rule.keep_while(situation.present < situation.agents - 2)


router = Router(demo_center(), policy=keep_two_free, clock=lambda: MONDAY_11_00)
for busy in (39, 40, 41):
    state = Snapshot(service=QueueState(agents=42, busy=busy))
    decision = router.preview(Contact("service", language="en"), state)
    print(f"{busy} of 42 busy: {decision.action} {decision.destination}")
print(decision.explain())
