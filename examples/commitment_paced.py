"""A commitment is paced: contacts cost nothing while the month falls short of it, full price beyond.

The vendor is paid for 900 contacts of the month, sent or not. So the router prices a contact by how likely
the month is to end above that number. It prints::

    day  calls  sent so far  plan so far  the next one costs
      6     20           62          180            0.00 EUR
     12     20          122          360            0.00 EUR
     18    100          424          540            0.00 EUR
     24    100          721          720            3.08 EUR
     30    100          924          900            4.50 EUR
            924.00 x      4.5000 =       4,158.00  contacts handled
              0.00 x      4.5000 =           0.00  contacts handled missing to 900
    total                               4,158.00
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import bporoute as bp

TALLINN = ZoneInfo("Europe/Tallinn")
terms = (bp.PerContact(price=4.5), bp.TakeOrPay(volume=1000, share=0.9, price=4.5))
center = bp.Center(
    queues={"service": bp.Queue(aht=240, patience=300, arrival_rate=0.12, abandonment_cost=8)},
    contact_types={"service": bp.ContactType(queue="service")},
    vendors={
        "nord": bp.Vendor(
            country="EE",
            timezone="Europe/Tallinn",
            contact_types=("service",),
            contract=bp.Contract(terms=terms),
        ),
    },
)
now = 0.0
router = bp.Router(center, clock=lambda: now)
sent = 0

print("day  calls  sent so far  plan so far  the next one costs")
for day in range(1, 31):
    now = datetime(2026, 11, day, 12, tzinfo=TALLINN).timestamp()
    calls = 20 if day <= 12 else 100  # twelve quiet days, then busy ones
    for number in range(calls):  # every second one finds agents free, the others up to nine in line
        waiting = number % 20 // 2 if number % 2 else 0
        state = bp.QueueState(agents=30, busy=30 if number % 2 else 28, waiting=waiting)
        decision = router.route(bp.Contact("service"), bp.Snapshot(service=state))
        sent += decision.destination == "nord"
        router.settle(decision, "answered", handle=240)
    price = next(way.price for way in decision.ways if way.destination == "nord")
    if day % 6 == 0:
        print(f"{day:3}  {calls:5}  {sent:11}  {30 * day:11}  {price:14.2f} EUR")
print(router.invoice("nord"))
