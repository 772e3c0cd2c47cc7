"""A vendor fails and comes back: ejected, probed with single contacts, then given more and more. It prints::

 20 s  20 to baltic,  0 failed,  0 to norrland
 40 s   9 to baltic,  9 failed, 11 to norrland
baltic is held back: it failed too often lately
 60 s   1 to baltic,  0 failed, 19 to norrland
 80 s   0 to baltic,  1 failed, 20 to norrland
100 s   0 to baltic,  0 failed, 20 to norrland
120 s   0 to baltic,  0 failed, 20 to norrland
140 s   5 to baltic,  0 failed, 15 to norrland
160 s   7 to baltic,  0 failed, 13 to norrland
180 s  13 to baltic,  0 failed,  7 to norrland
200 s  18 to baltic,  0 failed,  2 to norrland
220 s  20 to baltic,  0 failed,  0 to norrland
240 s  20 to baltic,  0 failed,  0 to norrland
"""

from bporoute import Center, Contact, ContactType, Contract, HealthConfig, Queue, Router, Vendor

center = Center(
    queues={"service": Queue(aht=240)},
    contact_types={"service": ContactType(queue="service", sourcing="full")},
    vendors={
        "baltic": Vendor(
            country="EE", timezone="Europe/Tallinn", contact_types=("service",),
            contract=Contract(price_per_contact=3.8),
        ),
        "norrland": Vendor(
            country="SE", timezone="Europe/Stockholm", contact_types=("service",),
            contract=Contract(price_per_contact=5.2),
        ),
    },
    health=HealthConfig(back_off=30, probes=5, ramp=60),
)  # fmt: skip
START = 1795428000.0  # Monday 23 November 2026, 11:00 in Stockholm
now = START
router = Router(center, clock=lambda: now, chance=lambda: 0.0)

unsettled = []
went = {"to baltic": 0, "failed": 0, "to norrland": 0}
for second in range(1, 241):  # a contact each second; two seconds later it is known whether it was taken
    now = START + second
    router.state["service"].update(agents=10, busy=5)
    decision = router.route(Contact("service"))
    unsettled.append(decision)
    went[f"to {decision.destination}"] += 1
    if second > 2:
        early = unsettled.pop(0)
        failed = early.destination == "baltic" and 21 <= early.at - START <= 60  # baltic's line is down
        router.settle(early, "failed" if failed else "answered")
        went["failed"] += failed
    if second % 20 == 0:
        print(f"{second:3} s  " + ", ".join(f"{count:2} {what}" for what, count in went.items()))
        went = dict.fromkeys(went, 0)
    if second == 40:
        print(decision.rejected[0].destination, "is", decision.rejected[0].reason)
