"""Amazon Connect: events as its documentation shows them, with invented values; no real cloud was asked."""

from __future__ import annotations

import base64
import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import Center, ContactType, Contract, Queue, Router, Vendor
from bporoute.errors import InputError
from bporoute.telephony.connect import Handler, handler

ADDRESSES = {
    "service": "arn:aws:connect:eu-north-1:111122223333:instance/i-1/queue/q-1",
    "nord": "+3726123456",
    "syd": "+302101234567",
}
BUSY = {"agents": "42", "available": "0", "waiting": "9"}
KEYS = {"action", "destination", "address", "kind", "token", "degraded"}


def router() -> Router:
    each = {"country": "EE", "timezone": "Europe/Tallinn", "contact_types": ("service",)}
    center = Center(
        queues={"service": Queue(aht=240)},
        contact_types={"service": ContactType(queue="service")},
        vendors={
            "nord": Vendor(contract=Contract(price_per_contact=4.5), **each),
            "syd": Vendor(contract=Contract(price_per_contact=5.0), **each),
        },
    )
    return Router(center, policy="QueueLength(8)", compile=False)


def of_flow(contact: str = "c-1", **parameters: str) -> dict[str, Any]:
    """What a flow hands to a function, every key that the documentation shows."""
    return {
        "Details": {
            "ContactData": {
                "Attributes": {},
                "AwsRegion": "eu-north-1",
                "Channel": "VOICE",
                "ContactId": contact,
                "CustomerEndpoint": {"Address": "+46700000001", "Type": "TELEPHONE_NUMBER"},
                "CustomerId": None,
                "Description": None,
                "InitialContactId": contact,
                "InitiationMethod": "INBOUND",
                "InstanceARN": "arn:aws:connect:eu-north-1:111122223333:instance/i-1",
                "LanguageCode": "sv-SE",
                "MediaStreams": {"Customer": {"Audio": None}},
                "Name": None,
                "PreviousContactId": contact,
                "Queue": None,
                "References": {},
                "SystemEndpoint": {"Address": "+46800000002", "Type": "TELEPHONE_NUMBER"},
            },
            "Parameters": {"type": "service", **parameters},
        },
        "Name": "ContactFlowEvent",
    }


def record(contact: str, token: str, **told: Any) -> dict[str, Any]:
    """A contact record, as far as it matters."""
    return {
        "AWSAccountId": "111122223333",
        "Agent": None,
        "Attributes": {"bporoute_token": token} if token else {},
        "Channel": "VOICE",
        "ContactId": contact,
        "DisconnectReason": "CUSTOMER_DISCONNECT",
        "Queue": {"Name": "service", "Duration": 12, "EnqueueTimestamp": "2026-11-23T10:00:00Z"},
        **told,
    }


def of_kinesis(*records: Any) -> dict[str, Any]:
    """A batch, as Kinesis hands it to a function."""
    told = [base64.b64encode(json.dumps(each, default=repr).encode()).decode() for each in records]
    return {"Records": [{"eventSource": "aws:kinesis", "kinesis": {"data": data}} for data in told]}


def event_of(contact: str, **detail: Any) -> dict[str, Any]:
    """A contact event, as EventBridge hands it to a function."""
    detail = {"eventType": "DISCONNECTED", "contactId": contact, "channel": "VOICE", **detail}
    return {"version": "0", "detail-type": "Amazon Connect Contact Event", "detail": detail}


def test_a_flow_is_told_where_the_call_goes_in_flat_texts() -> None:
    answer = handler(router(), ADDRESSES)(of_flow(**BUSY), None)
    assert set(answer) == KEYS
    assert all(type(value) is str for value in answer.values())
    assert (answer["action"], answer["destination"], answer["address"], answer["kind"]) == (
        "overflow", "nord", "+3726123456", "number",
    )  # fmt: skip
    assert len(answer["token"]) == 72


def test_a_call_that_is_kept_goes_to_the_queue_of_our_own() -> None:
    answer = handler(router(), ADDRESSES)(of_flow(agents="42", busy="30", waiting="0"))
    assert (answer["action"], answer["address"], answer["kind"]) == ("keep", ADDRESSES["service"], "queue")
    assert answer["degraded"] == ""


def test_without_metrics_the_state_in_the_router_counts_and_if_there_is_none_the_call_stays() -> None:
    asked = router()
    connect = handler(asked, ADDRESSES)
    answer = connect(of_flow("c-1"))
    assert answer["action"] == "keep"
    assert answer["degraded"]
    asked.state["service"].update(agents=42, busy=42, waiting=9)
    assert connect(of_flow("c-2"))["action"] == "overflow"


def test_an_event_that_comes_again_gets_the_same_answer_and_counts_once() -> None:
    asked = router()
    connect = handler(asked, ADDRESSES)
    first = connect(of_flow(**BUSY))
    assert connect(of_flow(**BUSY)) == first
    assert asked.usage("nord").in_flight == 1
    assert connect(of_flow("c-2", **BUSY))["token"] != first["token"]
    failed = of_flow(do="divert", token=first["token"], ended="TELECOM_BUSY", **BUSY)
    second = connect(failed)
    assert second["destination"] == "syd"
    assert connect(failed) == second
    assert asked.usage("syd").in_flight == 1


def test_a_preview_counts_nothing() -> None:
    asked = router()
    assert handler(asked, ADDRESSES)(of_flow(do="preview", **BUSY))["destination"] == "nord"
    assert asked.usage("nord").this_period == 0


def test_a_vendor_that_fails_is_left_and_nobody_left_is_an_answer() -> None:
    asked = router()
    connect = handler(asked, ADDRESSES, again_within=0.0)
    token = connect(of_flow(**BUSY))["token"]
    seen = []
    while token:
        answer = connect(of_flow(do="divert", token=token, **BUSY))
        seen.append((answer["action"], answer["destination"]))
        token = answer["token"]
    assert seen == [("overflow", "syd"), ("keep", "service"), ("none", "")]
    assert asked.usage("nord").failed == asked.usage("syd").failed == 1


def test_what_was_not_the_vendors_fault_is_not_held_against_it() -> None:
    asked = router()
    connect = handler(asked, ADDRESSES)
    token = connect(of_flow(**BUSY))["token"]
    told = of_flow(do="divert", token=token, ended="TELECOM_NUMBER_INVALID", **BUSY)
    assert connect(told)["destination"] == "syd"
    assert (asked.usage("nord").failed, asked.usage("nord").in_flight) == (0, 0)


def test_a_flow_settles() -> None:
    asked = router()
    connect = handler(asked, ADDRESSES)
    token = connect(of_flow(**BUSY))["token"]
    told = of_flow(do="settle", token=token, ended="answered", wait="3.2", handle="180")
    assert connect(told) == {"action": "settled", "owed": "4.500000", "refused": ""}
    assert (asked.usage("nord").answered, asked.usage("nord").handled) == (1, 180.0)


@pytest.mark.parametrize(
    ("token", "ended", "refused"),
    [
        ("", "answered", "no token: there is nothing to settle"),
        ("x" * 72, "answered", "unreadable"),
        ("of another", "answered", "foreign"),
        ("of another", "TELEPORTED", "unknown ending, see the log"),
        ("settled", "abandoned", "settled"),
    ],
)
def test_what_settles_nothing_says_why(token: str, ended: str, refused: str) -> None:
    asked = router()
    connect = handler(asked, ADDRESSES, again_within=0.0)
    tokens = {
        "of another": handler(router(), ADDRESSES)(of_flow(**BUSY))["token"],
        "settled": connect(of_flow(**BUSY))["token"],
    }
    connect(of_flow(do="settle", token=tokens["settled"], ended="answered"))
    told = connect(of_flow(do="settle", token=tokens.get(token, token), ended=ended))
    assert (told["action"], told["refused"]) == ("none", refused)
    assert float(told["owed"] or 0.0) == 0.0
    assert (asked.usage("nord").answered, asked.usage("nord").spent) == (1, 4.5)


def test_a_flow_that_diverts_by_a_foreign_token_is_told_so() -> None:
    token = handler(router(), ADDRESSES)(of_flow(**BUSY))["token"]
    told = handler(router(), ADDRESSES)(of_flow(do="divert", token=token, ended="failed"))
    assert (told["action"], told["degraded"]) == ("none", "token refused: foreign")


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        ({"Agent": {"AgentInteractionDuration": 170, "CustomerHoldDuration": 10}}, (1, 0, 180.0)),
        ({"ExternalThirdParty": {"ExternalThirdPartyInteractionDuration": 95}}, (1, 0, 95.0)),
        ({"TransferCompletedTimestamp": "2026-11-23T10:00:12Z"}, (1, 0, 0.0)),
        ({}, (0, 1, 0.0)),  # hung up in the queue
        ({"DisconnectReason": "TELECOM_ORIGINATOR_CANCEL"}, (0, 1, 0.0)),
    ],
)
def test_records_settle_once(told: dict[str, Any], counted: tuple[int, int, float]) -> None:
    asked = router()
    connect = handler(asked, ADDRESSES)
    token = connect(of_flow(**BUSY))["token"]
    batch = of_kinesis(record("c-1", token, **told), record("c-9", ""), {"odd": 1})
    assert connect(batch) == {"action": "settled", "contacts": "1"}
    assert connect(batch) == {"action": "settled", "contacts": "0"}  # delivered at least once
    usage = asked.usage("nord")
    assert (usage.answered, usage.abandoned, usage.handled) == counted
    assert usage.in_flight == 0


def test_a_contact_event_settles_by_the_contact_that_was_decided_here() -> None:
    asked = router()
    connect = handler(asked, ADDRESSES)
    connect(of_flow("c-1", **BUSY))
    queued = {"queueArn": "q-1", "enqueueTimestamp": "2026-11-23T10:00:00.000Z"}
    agent = {"connectedToAgentTimestamp": "2026-11-23T10:00:09.000Z"}
    at = {"disconnectTimestamp": "2026-11-23T10:03:09.000Z", "queueInfo": queued, "agentInfo": agent}
    assert connect(event_of("c-1", eventType="QUEUED", **at))["contacts"] == "0"
    told = event_of("c-1", disconnectReason="AGENT_DISCONNECT", **at)
    assert connect(told)["contacts"] == "1"
    usage = asked.usage("nord")
    assert (usage.answered, usage.waited, usage.handled) == (1, 9.0, 180.0)


def test_a_token_kept_as_an_attribute_is_found_there() -> None:
    asked = router()
    connect = handler(asked, ADDRESSES)
    token = connect(of_flow(**BUSY))["token"]
    later = of_flow(do="divert", ended="failed", **BUSY)
    later["Details"]["ContactData"]["Attributes"] = {"bporoute_token": token, "bporoute_language": "en"}
    assert connect(later)["destination"] == "syd"


def test_nothing_that_a_customer_told_comes_back() -> None:
    connect = handler(router(), ADDRESSES)
    evil = "x\r\nSet-Cookie: a=b;<Dial>'\"&\u202e"
    event = of_flow(evil, type=evil, language=evil, do=evil, token=evil, ended=evil, wait=evil)
    for do in ("route", "preview", "divert", "settle", evil):
        event["Details"]["Parameters"]["do"] = do
        answer = connect(event)
        said = answer.pop("degraded", "")  # quotes what could not be used, on one line
        assert not {"\r", "\n", "\u202e"}.intersection(said)
        assert not {"\r", "\n", "<", "'"}.intersection("".join(answer.values()))
        assert answer.get("address", "") in ("", *ADDRESSES.values())
    assert connect.faults == 0


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PLACES = st.sampled_from(["ContactId", "Attributes", "LanguageCode", "Queue", "Channel"])
PARTS = st.sampled_from(["do", "type", "token", "ended", "wait", "handle", "agents", "waiting", "busy"])
CONNECT = handler(router(), ADDRESSES)


@given(
    ANYTHING,
    st.dictionaries(PLACES, ANYTHING),
    st.dictionaries(PARTS, ANYTHING),
    st.sampled_from(["Details", "detail", "Records", "DisconnectReason"]),
)
def test_whatever_comes_a_flat_map_goes_back(event: Any, data: Any, given: Any, key: str) -> None:
    for told in (event, {key: event}, {"Details": {"ContactData": data, "Parameters": given}}):
        answer = CONNECT(told, None)
        assert all(type(text) is str for pair in answer.items() for text in pair)
    assert CONNECT(of_kinesis(event, data))["action"] == "settled"


def test_a_fault_keeps_the_call_in_house_and_is_said_and_counted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    connect = handler(router(), ADDRESSES)

    def broken(*_: object) -> None:
        raise OSError("the number +46700000001\nis not to be said\n")

    monkeypatch.setattr(connect.router, "route", broken)
    with caplog.at_level(logging.WARNING, "bporoute"):
        answer = connect(of_flow(**BUSY))
    assert (answer["action"], answer["address"], answer["degraded"]) == ("keep", "", "a fault, see the log")
    assert connect.faults == 1
    (line,) = caplog.messages
    assert line.startswith("connect: an event was not answered: OSError")
    assert "\n" not in line


def test_an_unknown_reason_settles_nothing_and_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    asked = router()
    connect = handler(asked, ADDRESSES)
    token = connect(of_flow(**BUSY))["token"]
    with caplog.at_level(logging.WARNING, "bporoute"):
        for _ in range(2):
            assert connect(record("c-1", token, DisconnectReason="TELEPORTED"))["contacts"] == "0"
    assert len(caplog.messages) == 1
    assert asked.usage("nord").in_flight == 1


@pytest.mark.parametrize(
    ("addresses", "where"),
    [
        ({**ADDRESSES, "nord": "baltic;ext=1"}, "number|queue.nord"),
        ({**ADDRESSES, "west": "+3726123456"}, "number|queue.west"),
        ({"service": "q-1", "nord": "+3726123456"}, "number|queue"),
        (["service"], "number|queue"),
    ],
)
def test_destinations_are_checked_when_the_function_begins(addresses: Any, where: str) -> None:
    with pytest.raises(InputError) as wrong:
        handler(router(), addresses)
    assert wrong.value.where == where


def test_a_function_needs_a_router() -> None:
    with pytest.raises(InputError):
        Handler(None, ADDRESSES)  # type: ignore[arg-type]
