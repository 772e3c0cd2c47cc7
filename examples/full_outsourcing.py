"""Full outsourcing: vendors take every contact, the in-house team is the fallback. It prints::

11:00, all open         overflow baltic
baltic full             overflow norrland
neither can be reached  keep service
18:30, norrland closed  overflow baltic
20:30, both closed      keep service
20:30, in-house full    callback
baltic failed, now norrland, at last service
"""

import bporoute as bp

MONDAY_11_00 = 1795428000.0  # 23 November 2026 in Stockholm; a live router reads the system's clock

center = bp.Center(
    queues={"service": bp.Queue(aht=240, wait_cost_per_minute=0.3, waiting_room=20)},
    contact_types={"service": bp.ContactType(queue="service", sourcing="full")},
    vendors={
        "baltic": bp.Vendor(
            country="EE", timezone="Europe/Tallinn", contact_types=("service",), capacity=30,
            contract=bp.Contract(price_per_contact=3.8), hours=("daily 08:00-20:00",), expected_wait=15,
        ),
        "norrland": bp.Vendor(
            country="SE", timezone="Europe/Stockholm", contact_types=("service",),
            contract=bp.Contract(price_per_contact=5.2), hours=("daily 08:00-18:00",), expected_wait=5,
        ),
    },
    fallback="callback",
)  # fmt: skip
now = MONDAY_11_00
router = bp.Router(center, clock=lambda: now)
free = bp.QueueState(agents=6, busy=2)


def show(when: str, **vendors: bp.VendorState) -> None:
    decision = router.preview(bp.Contact("service"), bp.Snapshot(service=free, **vendors))
    print(f"{when:22}  {decision.action} {decision.destination or ''}".rstrip())


show("11:00, all open")
show("baltic full", baltic=bp.VendorState(in_flight=30))
show("neither can be reached", baltic=bp.VendorState(up=False), norrland=bp.VendorState(up=False))
now += 7.5 * 3600
show("18:30, norrland closed")
now += 2 * 3600
show("20:30, both closed")
free = bp.QueueState(agents=0, waiting=20)
show("20:30, in-house full")

# A vendor that is asked and does not answer: the contact goes on to the next that may take it now.
now, state = MONDAY_11_00, bp.Snapshot(service=bp.QueueState(agents=6, busy=2))
first = router.route(bp.Contact("service"), state)
second = router.divert(first, "no answer", state)
last = router.divert(second.token, "503", state)  # its token does as well
print(f"{first.destination} failed, now {second.destination}, at last {last.destination}")
