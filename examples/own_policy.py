"""A policy of one's own: keep a few agents free for sales, so send service calls out earlier."""

from bporoute import Contact, QueueState, Router, Rule, Situation, Snapshot
from bporoute.demo import demo_center

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
