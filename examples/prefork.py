"""A service that forks its workers: compile and prepare once, before the fork. It prints::

parent: 6 kinds of contacts met, 0 pieces of work pending
worker 0: overflow baltic
worker 1: overflow baltic
"""

import logging
import multiprocessing

import bporoute
from bporoute import Center, Contact, ContactType, Contract, Queue, Router, Vendor

logging.basicConfig(level=logging.WARNING)  # vendors out and back, caps, stale states: one line each

center = Center(
    queues={"service": Queue(aht=240, languages=("sv", "en"))},
    contact_types={"service": ContactType(queue="service"), "sales": ContactType(queue="service")},
    vendors={
        "baltic": Vendor(
            country="EE",
            timezone="Europe/Tallinn",
            contact_types=("service",),
            languages=("sv",),
            contract=Contract(price_per_contact=3.8),
        ),
    },
)


def work(router, number, done):
    router.state["service"].update(agents=4, busy=4, waiting=30)  # what this worker hears from telephony
    decision = router.route(Contact("service", language="sv"))
    done.put(f"worker {number}: {decision.action} {decision.destination}")


if __name__ == "__main__":
    router = Router(center, policy="QueueLength(10)")
    bporoute.prepare(router)
    status = router.status()
    print(f"parent: {status.kinds} kinds of contacts met, {status.pending} pieces of work pending")
    forking = multiprocessing.get_context("fork")
    done = forking.Queue()
    workers = [forking.Process(target=work, args=(router, number, done)) for number in range(2)]
    for worker in workers:
        worker.start()
    print(*sorted(done.get() for _ in workers), sep="\n")
    for worker in workers:
        worker.join()
