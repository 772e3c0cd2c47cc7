"""Speed of `route_many`; run with `make bench`. The time stands for 100 000 contacts: 1 ms is 10 ns for each.

Nothing here fails for being slow. "settled rule": previews, where no rule is solved on the way; "routed"
solves the rule of the queue anew whenever single decisions would.
"""

import numpy as np
import pandas as pd
import pytest

from bporoute import Center, Contact, ContactType, Contract, Queue, Router, Vendor, warmup
from bporoute.routing._contact_columns import coded

MONDAY_11_00 = 1795428000.0
CONTACTS = 100_000
KINDS = [Contact("service", "en"), Contact("service", "sv")]
NUMBERS = np.random.default_rng(1).integers(0, 2, CONTACTS)


def _router(vendors, **limits):
    warmup()
    center = Center(
        queues={"service": Queue(aht=240.0, arrival_rate=0.2)},
        contact_types={"service": ContactType(queue="service")},
        vendors={
            f"vendor {number}": Vendor(
                country="EE",
                timezone="UTC",
                contact_types=("service",),
                languages=("en", "sv"),
                contract=Contract(price_per_contact=4.0 + 0.1 * number),
            )
            for number in range(vendors)
        },
        **limits,
    )
    router = Router(center, clock=lambda: MONDAY_11_00, compile=False)
    router.state["service"].update(agents=50, busy=48)
    router.route_many(NUMBERS, like=KINDS)  # compiles, and has the mix known
    return router


@pytest.mark.parametrize("commit", [False, True], ids=["settled rule", "routed"])
@pytest.mark.parametrize("vendors", [1, 8])
def test_coded_contacts(benchmark, vendors, commit):
    router = _router(vendors)
    benchmark(router.route_many, NUMBERS, like=KINDS, commit=commit)


def test_coded_contacts_where_shares_of_the_day_are_limited(benchmark):
    router = _router(8, min_in_house_share=0.2, max_concentration=0.25)
    benchmark(router.route_many, NUMBERS, like=KINDS)


def test_coded_contacts_over_an_hour(benchmark):
    router = _router(8)
    at = MONDAY_11_00 + np.linspace(0.0, 3600.0, CONTACTS)
    benchmark(router.route_many, NUMBERS, at, like=KINDS)


FRAME = pd.DataFrame(
    {"type": "service", "language": np.array(["en", "sv"])[NUMBERS], "id": np.arange(CONTACTS)}
)
LANGUAGES = FRAME["language"].tolist()
COLUMNS = {
    "contacts, the same objects": [KINDS[number] for number in NUMBERS],
    "contacts, each made anew": [Contact("service", language) for language in LANGUAGES],
    "contacts, each with an id": [
        Contact("service", language, str(number)) for number, language in enumerate(LANGUAGES)
    ],
    "lists": {"type": ["service"] * CONTACTS, "language": LANGUAGES},
    "arrays of objects": {
        "type": np.full(CONTACTS, "service", dtype=object),
        "language": np.array(LANGUAGES, dtype=object),
    },
    "arrays of texts": {"type": np.full(CONTACTS, "service"), "language": np.array(LANGUAGES)},
    "frame": FRAME,
    "categories": FRAME.astype({"type": "category", "language": "category"}),
}


@pytest.mark.parametrize("columns", COLUMNS)
def test_reading(benchmark, columns):
    benchmark(coded, COLUMNS[columns], None)


@pytest.mark.parametrize("columns", COLUMNS)
def test_read_and_routed(benchmark, columns):
    benchmark(_router(8).route_many, COLUMNS[columns])
