"""The OpenAPI document and the running app say the same: asked by schemathesis, over real connections."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest

from bporoute import Center, ContactType, Contract, Queue, Router, Vendor
from bporoute.telephony.http import app
from helpers.asgi import served

schemathesis = pytest.importorskip("schemathesis")

OPERATIONS = 7
NEEDS_NAMES = ("/v1/settle", "/v1/state")
"""Calls that are refused for what no schema says: names that nobody has, an outcome told neither way."""
ALWAYS = (schemathesis.checks.positive_data_acceptance,)
FEW = hypothesis.settings(max_examples=15, deadline=None, derandomize=True, database=None)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    router = Router(
        Center(
            queues={"service": Queue(aht=240)},
            contact_types={"service": ContactType(queue="service")},
            vendors={
                "nord": Vendor(
                    country="EE",
                    timezone="Europe/Tallinn",
                    contact_types=("service",),
                    contract=Contract(price_per_contact=4.5),
                )
            },
        ),
        "QueueLength(0)",
        same_id_within=600,
        compile=False,
    )
    with served(app(router)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.engines
def test_what_the_document_says_is_so(address):
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    operations = [each.ok() for each in schema.get_all_operations()]
    assert len(operations) == OPERATIONS
    seen = set()
    for operation in operations:

        @FEW
        @hypothesis.given(case=operation.as_strategy())
        def holds(case):
            refused = ALWAYS if case.operation.path in NEEDS_NAMES else ()
            reply = case.call_and_validate(excluded_checks=refused)
            assert reply.status_code < 500
            seen.add((case.operation.path, reply.status_code))

        holds()
    answered = {path for path, status in seen if status == 200}
    assert answered >= {"/v1/route", "/v1/preview", "/v1/divert", "/v1/health", "/metrics"}
    assert 422 in {status for _, status in seen}
