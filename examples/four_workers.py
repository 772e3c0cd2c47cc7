"""Four processes, one cap of 100 contacts an hour, and one bill. It prints::

4000 contacts, 100 of them to baltic, as its cap allows
every worker knows: 100 sent, 100 answered, 380.00 owed
"""

import multiprocessing
import tempfile

import bporoute
from bporoute import Center, Contact, ContactType, Contract, Queue, Router, SharedLedger, Vendor

center = Center(
    queues={"service": Queue(aht=240)},
    contact_types={"service": ContactType(queue="service", sourcing="full")},
    vendors={
        "baltic": Vendor(
            country="EE",
            timezone="Europe/Tallinn",
            contact_types=("service",),
            contract=Contract(price_per_contact=3.8, cap_per_hour=100),
        ),
    },
)
NOON = 1_795_428_000.0


def work(router, sent, everybody, told):
    taken = 0
    for _ in range(1000):
        decision = router.route(Contact("service"))
        if decision.destination == "baltic":
            taken += 1
            router.settle(decision, "answered", wait=0.0, handle=200.0)
    sent.put(taken)
    everybody.wait()
    usage = router.usage("baltic")
    told.put(f"{usage.this_hour} sent, {usage.answered} answered, {usage.spent:.2f} owed")
    router.ledger.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:  # a service has one that stays, such as /var/lib/bporoute
        router = Router(center, "QueueLength(0)", ledger=SharedLedger(folder), clock=lambda: NOON)
        bporoute.prepare(router)
        forking = multiprocessing.get_context("fork")
        sent, everybody, told = forking.Queue(), forking.Barrier(4, timeout=60.0), forking.Queue()
        workers = [forking.Process(target=work, args=(router, sent, everybody, told)) for _ in range(4)]
        for worker in workers:
            worker.start()
        taken = sum(sent.get() for _ in workers)
        print(f"4000 contacts, {taken} of them to baltic, as its cap allows")
        print("every worker knows:", *{told.get() for _ in workers})
        for worker in workers:
            worker.join()
        router.ledger.close()
