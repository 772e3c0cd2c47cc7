"""Back-office work: claims wait for a quiet hour, and leave for a vendor when that would come too late."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bporoute import BackOffice, Center, Contact, ContactType, Contract, Queue, Router, Trough, Vendor

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUR = 3600.0
now = datetime(2026, 11, 23, 9, 0, tzinfo=STOCKHOLM).timestamp()  # a live router reads the system's clock

center = Center(
    queues={"service": Queue(aht=600)},
    contact_types={
        "call": ContactType(queue="service"),
        "claim": ContactType(queue="service", due_within=8 * HOUR),
    },
    vendors={
        "nord": Vendor(
            country="EE", timezone="Europe/Tallinn", contact_types=("claim",), hours=("mon-fri 08:00-18:00",),
            contract=Contract(price_per_contact=4.5), turnaround=2 * HOUR,
        ),
    },
    timezone="Europe/Stockholm",
)  # fmt: skip
router = Router(center, clock=lambda: now)
back_office = BackOffice(router, batch=10, every=HOUR)

# At nine come 40 claims; one of them touches health data, which no rule lets any vendor see.
for number in range(40):
    data = ("health",) if number == 39 else ()
    deferral = back_office.take(Contact("claim", id=f"claim {number}", data=data))
print(deferral.explain())

# The forecast leaves 90 agent minutes before noon and 120 after it: enough for 21 claims of ten minutes.
noon = now + 3 * HOUR
back_office.plan(
    "service",
    [Trough(start=now, seconds=3 * HOUR, minutes=90), Trough(start=noon, seconds=5 * HOUR, minutes=120)],
)
for hour in range(9, 18):
    sent = back_office.ship()
    router.state["service"].update(agents=20, busy=20 if hour in (10, 14) else 17)
    done = back_office.fill("service", idle_agents=3)
    left = len(back_office.backlog("service").cases)
    print(f"{hour:2}:00  {len(sent):2} to the vendor, {len(done)} to idle agents, {left:2} left")
    now += HOUR

print(f"late: {[case.contact.id for case in back_office.late()]}")
