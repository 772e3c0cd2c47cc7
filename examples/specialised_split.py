"""A specialised split: sales belongs to vendors, complaints stay in-house, service overflows. It prints::

sales     overflow sellers
complaint keep care
service   overflow helpers
sales (en): promise a call back
  care: 26 agents, 26 busy, 8 waiting; policy MarginalCost()
  degraded: nobody may take it, so the center's fallback holds: callback
  -  care: contacts of this type are sourced specialised
  -  sellers: closed at Mon 19:00 Europe/Stockholm; open mon-fri 08:00-18:00
  -  helpers: lacks upselling; its skills: nothing
"""

from bporoute import Center, Contact, ContactType, Contract, Queue, QueueState, Router, Snapshot, Vendor

MONDAY_11_00 = 1795428000.0  # 23 November 2026 in Stockholm; a live router reads the system's clock

center = Center(
    queues={"care": Queue(aht=240, patience=300, arrival_rate=0.1, abandonment_cost=8)},
    contact_types={
        "sales": ContactType(queue="care", sourcing="specialised", skills=("upselling",)),
        "complaint": ContactType(queue="care", sourcing="in_house"),
        "service": ContactType(queue="care", sourcing="overflow"),
    },
    vendors={
        "sellers": Vendor(
            country="SE", timezone="Europe/Stockholm", contact_types=("sales",), skills=("upselling",),
            contract=Contract(price_per_contact=7.5), hours=("mon-fri 08:00-18:00",),
        ),
        "helpers": Vendor(
            country="EE", timezone="Europe/Tallinn", contact_types=("sales", "service"),
            languages=("en",), contract=Contract(price_per_contact=3.5),
        ),
    },
    fallback="callback",
)  # fmt: skip
now = MONDAY_11_00
router = Router(center, clock=lambda: now)
busy = Snapshot(care=QueueState(agents=26, busy=26, waiting=8))

for contact_type in ("sales", "complaint", "service"):
    decision = router.preview(Contact(contact_type, language="en"), busy)
    print(f"{contact_type:9} {decision.action} {decision.destination}")
now += 8 * 3600  # 19:00: whoever may sell has gone home
print(router.preview(Contact("sales", language="en"), busy).explain())
