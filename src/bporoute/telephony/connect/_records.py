"""How a contact ended, as records and contact events tell it."""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from bporoute.telephony.connect._told import MARK, number, table, text

MOST_RECORDS = 10_000
"""Of one event; Kinesis hands over as many at most."""
_IN_HAND = ("AgentInteractionDuration", "CustomerHoldDuration", "AfterContactWorkDuration")


class Ended(NamedTuple):
    """A contact that has ended.

    Attributes
    ----------
    contact, token : str
        Amazon Connect's id of it, and the token that the flow kept as an attribute; may be empty.
    reason : str
        Why it was disconnected, in Amazon Connect's words.
    served : bool
        Whether an agent, or who it was handed to, has had it: who hangs up before that has given up.
    wait, handle : float or None
        Seconds; None: not known.
    """

    contact: str
    token: str
    reason: str
    served: bool
    wait: float | None
    handle: float | None


def is_report(event: object) -> bool:
    """Whether an event reports on contacts, and is no question of a flow."""
    found = table(event)
    return "Details" not in found and not {"Records", "detail", "DisconnectReason"}.isdisjoint(found)


def ended(event: object) -> Iterator[Ended]:
    """The contacts that an event says have ended: a batch of Kinesis, an event of EventBridge or a record.

    >>> record = {"ContactId": "c-1", "DisconnectReason": "CUSTOMER_DISCONNECT", "Queue": {"Duration": 12},
    ...           "Agent": None, "Attributes": {"bporoute_token": "AQID"}}
    >>> list(ended(record))
    [Ended(contact='c-1', token='AQID', reason='CUSTOMER_DISCONNECT', served=False, wait=12.0, handle=None)]
    """
    found = table(event)
    if "detail" in found:
        detail = table(found["detail"])
        if text(detail.get("eventType")) == "DISCONNECTED":
            yield _of_event(detail)
        return
    records: Any = found.get("Records")
    for record in records[:MOST_RECORDS] if isinstance(records, list) else [found]:
        told = table(record)
        read = _decoded(table(told["kinesis"]).get("data")) if "kinesis" in told else told
        if text(read.get("DisconnectReason")):
            yield _of_record(read)


def _decoded(data: object) -> Any:
    """A record as Kinesis hands it over: JSON in base64."""
    try:
        return table(msgspec.json.decode(binascii.a2b_base64(data if isinstance(data, str | bytes) else b"")))
    except (ValueError, RecursionError, msgspec.DecodeError):  # neither is
        return {}


def _of_record(record: Any) -> Ended:
    agent, outside = table(record.get("Agent")), table(record.get("ExternalThirdParty"))
    spent = number(outside.get("ExternalThirdPartyInteractionDuration"))
    if spent is None and agent:
        parts = [number(agent.get(part)) for part in _IN_HAND]
        spent = sum(part for part in parts if part is not None)
    return Ended(
        text(record.get("ContactId")),
        text(table(record.get("Attributes")).get(MARK + "token")),
        text(record.get("DisconnectReason")),
        bool(agent or outside or text(record.get("TransferCompletedTimestamp"))),
        number(table(record.get("Queue")).get("Duration")),
        spent,
    )


def _of_event(detail: Any) -> Ended:
    queue, agent = table(detail.get("queueInfo")), table(detail.get("agentInfo") or detail.get("AgentInfo"))
    came = text(agent.get("connectedToAgentTimestamp"))
    return Ended(
        text(detail.get("contactId")),
        text(table(detail.get("attributes")).get(MARK + "token")),
        text(detail.get("disconnectReason")),
        bool(came),
        _between(queue.get("enqueueTimestamp"), came),
        _between(came, detail.get("disconnectTimestamp")),
    )


def _between(first: object, last: object) -> float | None:
    """Seconds from one time to another; None if one of them is none, or the second comes first."""
    try:
        seconds = (datetime.fromisoformat(text(last)) - datetime.fromisoformat(text(first))).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return seconds if seconds >= 0.0 else None
