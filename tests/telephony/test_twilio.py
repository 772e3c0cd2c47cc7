"""Twilio: requests as its documentation shows them, with invented values; no real cloud was asked."""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import Center, ContactType, Contract, Queue, Router, Vendor
from bporoute.errors import InputError
from bporoute.telephony import Endings
from bporoute.telephony.twilio import Tasks, Voice, Webhooks, signature_of, signed

SECRET = "not-a-secret"
HERE = "https://route.example/twilio"
ADDRESSES = {"service": "own", "nord": "+3726123456", "syd": "sip:calls@syd.example"}
QUERY = {"type": "service", "language": "sv"}


def router(fallback: str = "keep") -> Router:
    each = {"country": "EE", "timezone": "Europe/Tallinn", "contact_types": ("service",)}
    center = Center(
        queues={"service": Queue(aht=240)},
        contact_types={"service": ContactType(queue="service")},
        vendors={
            "nord": Vendor(contract=Contract(price_per_contact=4.5), languages=("sv", "en"), **each),
            "syd": Vendor(contract=Contract(price_per_contact=5.0), languages=("sv",), **each),
        },
        fallback=fallback,
    )
    asked = Router(center, policy="QueueLength(8)", compile=False)
    asked.state["service"].update(agents=42, busy=42, waiting=9)
    return asked


def voice(asked: Router | None = None, **options: Any) -> Voice:
    return Voice(asked or router(), ADDRESSES, f"{HERE}/ended", **options)


def call(sid: str = "CA00000000000000000000000000000001", **told: str) -> dict[str, str]:
    """The fields of a request for a call, as they are documented."""
    return {
        "AccountSid": "AC00000000000000000000000000000001",
        "ApiVersion": "2010-04-01",
        "CallSid": sid,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "From": "+46700000001",
        "FromCountry": "SE",
        "To": "+46800000002",
        **told,
    }


def verb(twiml: str) -> ElementTree.Element:
    """The one verb of a document."""
    (found,) = ElementTree.fromstring(twiml)
    return found


def token_of(twiml: str) -> str:
    """The token in the URL that is asked next."""
    return parse_qs(urlsplit(verb(twiml).attrib["action"]).query)["token"][0]


def test_a_call_is_sent_to_the_number_that_is_configured() -> None:
    said = verb(voice(timeout=15, caller_id="+46800000002").decide(call(), QUERY))
    assert (said.tag, said.attrib["timeout"], said.attrib["callerId"]) == ("Dial", "15", "+46800000002")
    (number,) = said
    assert (number.tag, number.text) == ("Number", "+3726123456")
    action = urlsplit(said.attrib["action"])
    assert f"{action.scheme}://{action.netloc}{action.path}" == f"{HERE}/ended"


def test_a_call_that_is_kept_joins_the_queue_of_our_own() -> None:
    asked = router()
    asked.state["service"].update(busy=30, waiting=0)
    said = verb(voice(asked).decide(call(), QUERY))
    assert (said.tag, said.text) == ("Enqueue", "own")


def test_a_workflow_of_taskrouter_is_told_what_was_decided() -> None:
    asked = router()
    asked.state["service"].update(busy=30, waiting=0)
    addresses = {**ADDRESSES, "service": "WW00000000000000000000000000000001"}
    said = verb(Voice(asked, addresses, f"{HERE}/ended").decide(call(), QUERY))
    assert said.attrib["workflowSid"] == addresses["service"]
    (task,) = said
    told = json.loads(task.text or "")
    assert told["bporoute_destination"] == "service"
    assert len(told["bporoute_token"]) == 72


def test_who_has_answered_is_paid_once() -> None:
    asked = router()
    twilio = voice(asked)
    token = token_of(twilio.decide(call(), QUERY))
    ended = call(CallStatus="in-progress", DialCallStatus="completed", DialCallDuration="180")
    for _ in range(2):
        assert verb(twilio.ended(ended, {"token": token})).tag == "Hangup"
    usage = asked.usage("nord")
    assert (usage.answered, usage.handled, usage.spent, usage.in_flight) == (1, 180.0, 4.5, 0)


def test_who_gives_up_while_it_rings_has_given_up() -> None:
    asked = router()
    twilio = voice(asked)
    token = token_of(twilio.decide(call(), QUERY))
    twilio.ended(call(DialCallStatus="canceled", DialCallDuration="0"), {"token": token})
    assert asked.usage("nord").abandoned == 1


def test_a_vendor_that_fails_is_left_and_a_request_that_comes_again_diverts_once() -> None:
    asked = router()
    twilio = voice(asked)
    token = token_of(twilio.decide(call(), QUERY))
    busy = call(DialCallStatus="busy")
    second = twilio.ended(busy, {"token": token})
    assert verb(second)[0].text == "sip:calls@syd.example"
    assert twilio.ended(busy, {"token": token}) == second
    assert (asked.usage("nord").failed, asked.usage("syd").in_flight) == (1, 1)
    third = twilio.ended(call(DialCallStatus="no-answer"), {"token": token_of(second)})
    assert (verb(third).tag, verb(third).text) == ("Enqueue", "own")
    assert asked.status().open_contacts == 1


def test_what_was_not_the_vendors_fault_is_not_held_against_it() -> None:
    asked = router()
    twilio = voice(asked, endings=Endings({"twilio": {"failed": "undelivered"}}))
    token = token_of(twilio.decide(call(), QUERY))
    assert verb(twilio.ended(call(DialCallStatus="failed"), {"token": token}))[0].text == ADDRESSES["syd"]
    assert (asked.usage("nord").failed, asked.usage("nord").in_flight) == (0, 0)


def test_if_nobody_is_left_the_call_joins_the_queue_and_is_not_settled_again() -> None:
    asked = router()
    twilio = voice(asked)
    said = twilio.decide(call(), QUERY)
    for status in ("busy", "no-answer", "failed"):
        said = twilio.ended(call(DialCallStatus=status), {"token": token_of(said)})
    assert (verb(said).tag, verb(said).text) == ("Enqueue", "own")
    assert parse_qs(urlsplit(verb(said).attrib["action"]).query) == {}  # no token
    assert verb(twilio.ended(call(QueueResult="bridged"), {})).tag == "Hangup"


def test_a_call_that_comes_again_is_decided_once() -> None:
    asked = router()
    twilio = voice(asked)
    assert twilio.decide(call(), QUERY) == twilio.decide(call(), QUERY)
    assert asked.usage("nord").in_flight == 1
    assert twilio.decide(call("CA2"), QUERY) != twilio.decide(call(), QUERY)


@pytest.mark.parametrize(
    ("result", "counted"), [("bridged", (1, 0)), ("hangup", (0, 1)), ("teleported", (0, 0))]
)
def test_what_became_of_a_queued_call(result: str, counted: tuple[int, int]) -> None:
    asked = router()
    twilio = Voice(asked, {**ADDRESSES, "nord": "nord-queue"}, f"{HERE}/ended")
    token = token_of(twilio.decide(call(), QUERY))
    twilio.ended(call(QueueResult=result, QueueTime="12"), {"token": token})
    usage = asked.usage("nord")
    assert (usage.answered, usage.abandoned) == counted


def test_who_is_turned_away_or_called_back_gets_a_document_of_ones_own() -> None:
    asked = router("reject")
    odd = {"type": "no such type"}
    assert verb(voice(asked).decide(call(), odd)).tag == "Reject"
    later = "https://route.example/later?a=1&b=2"
    said = verb(voice(asked, instead={"reject": later}).decide(call(), odd))
    assert (said.tag, said.text) == ("Redirect", later)


def test_a_fault_keeps_the_call_in_house_and_is_said_and_counted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    twilio = voice()

    def broken(*_: object) -> None:
        raise OSError("gone\n")

    monkeypatch.setattr(twilio.router, "route", broken)
    with caplog.at_level(logging.WARNING, "bporoute"):
        said = verb(twilio.decide(call(), QUERY))
    assert (said.tag, said.text, twilio.faults) == ("Enqueue", "own", 1)
    assert "\n" not in caplog.messages[0]


@pytest.mark.parametrize(
    ("body", "url", "signature"),
    [
        # The examples of Twilio's documentation and of its own library's tests, whose secret is 12345.
        (
            {
                "CallSid": "CA1234567890ABCDE",
                "Caller": "+14158675309",
                "Digits": "1234",
                "From": "+14158675309",
                "To": "+18005551212",
            },
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        ),
        (
            b'{"property": "value", "boolean": true}',
            "https://mycompany.com/myapp.php?foo=1&bar=2"
            "&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
            "a9nBmqA0ju/hNViExpshrM61xv4=",
        ),
    ],
)
def test_signatures_are_those_that_twilio_makes(body: Any, url: str, signature: str) -> None:
    form, raw = ({}, body) if isinstance(body, bytes) else (body, None)
    assert signature_of("12345", url, form) == signature
    assert signed("12345", url, form, signature, raw)
    assert signed("12345", url.replace(".com/", ".com:443/"), form, signature, raw)
    assert not signed("12346", url, form, signature, raw)
    assert not signed("12345", f"{url}1", form, signature, raw)
    assert not signed("12345", url, {**form, "Digits": "1"}, signature, raw)
    assert not signed("12345", url, form, "", raw)
    assert not signed("", url, form, signature, raw)
    if raw is not None:
        assert not signed("12345", url, form, signature, raw + b" ")


def test_several_values_of_a_field_are_signed_each_once() -> None:
    once = signature_of(SECRET, HERE, {"a": ["2", "1", "2"]})
    assert once == signature_of(SECRET, HERE, {"a": ["1", "2"]})
    assert signed(SECRET, f"{HERE}:8443/x", {}, signature_of(SECRET, f"{HERE}:8443/x", {}))


@given(st.text(), st.text(), st.dictionaries(st.text(), st.text()), st.text() | st.binary(), st.binary())
def test_whatever_is_told_as_a_signature_nothing_raises(
    secret: str, url: str, form: dict[str, str], signature: str | bytes, body: bytes
) -> None:
    assert not signed(secret, url, form, signature)
    assert not signed(secret, url, form, signature, body)


def webhooks(asked: Router | None = None) -> Webhooks:
    asked = asked or router()
    tasks = Tasks(asked, {**ADDRESSES, "service": "WQ01"}, f"{HERE}/send")
    return Webhooks(SECRET, voice(asked), tasks)


def headers(url: str, form: dict[str, str], **more: str) -> dict[str, str]:
    return {"X-TWILIO-Signature": signature_of(SECRET, url, form), **more}


def test_a_request_finds_its_answer_by_its_path() -> None:
    hooks = webhooks()
    url, form = f"{HERE}/voice?type=service&language=sv", call()
    reply = hooks.answer(url, headers(url, form), urlencode(form).encode())
    assert (reply.status, reply.content_type) == (200, "text/xml; charset=utf-8")
    url, ended = f"{HERE}/ended?token={token_of(reply.body)}", call(DialCallStatus="busy")
    reply = hooks.answer(url, headers(url, ended), urlencode(ended).encode())
    assert verb(reply.body)[0].text == "sip:calls@syd.example"
    url = f"{HERE}/send?to=nord&token=x"
    assert verb(hooks.answer(url, headers(url, {}), b"").body)[0].text == "+3726123456"
    url = f"{HERE}/send?to=%2B4690000000&token=x"  # no name of a destination
    assert verb(hooks.answer(url, headers(url, {}), b"").body).text == "own"
    url = f"{HERE}/nowhere"
    assert hooks.answer(url, headers(url, {}), b"").status == 404
    assert Webhooks(SECRET, voice()).answer(f"{HERE}/event", headers(f"{HERE}/event", {}), b"").status == 404


def test_what_is_not_signed_is_refused_and_counts_nothing(caplog: pytest.LogCaptureFixture) -> None:
    asked = router()
    hooks = webhooks(asked)
    url, form = f"{HERE}/voice?type=service&language=sv", call()
    body = urlencode(form).encode()
    good = headers(url, form)
    with caplog.at_level(logging.WARNING, "bporoute"):
        assert hooks.answer(url, {}, body).status == 403
        assert hooks.answer(f"{url}&data=none", good, body).status == 403
        assert hooks.answer(url, good, body + b"&From=%2B1").status == 403
    assert hooks.refused == 3
    assert len(caplog.messages) == 1  # whoever asks a thousand times a second fills no disk
    assert asked.usage("nord").this_period == 0
    assert not any("46700000001" in line for line in caplog.messages)
    assert hooks.answer(url, good, b"x" * 70_000).status == 413
    assert hooks.answer(url, good, b"&".join([b"a=1"] * 1_000)).status == 400
    assert hooks.answer("https://[::1/voice", good, b"").status == 400
    json_url = f"{HERE}/event?bodySHA256=00"
    told = {**headers(json_url, {}), "Content-Type": "application/json"}
    assert hooks.answer(json_url, told, b"{}").status == 403


def test_nothing_that_a_caller_sends_becomes_markup_or_an_address() -> None:
    evil = "\"'><Dial>+4690000000</Dial>\r\nX: y;&\u202e"
    twilio = voice()
    for said in (
        twilio.decide(call(evil, FromCountry=evil, SipHeader_X=evil), {"type": evil, "language": evil}),
        twilio.decide(call(From=evil), {**QUERY, "id": evil}),
        twilio.ended(call(DialCallStatus=evil), {"token": evil}),
        twilio.ended(call(DialCallStatus="busy"), {"token": evil}),
        twilio.send({"to": evil, "token": evil}),
    ):
        verb(said)
        assert not {"\r", "\n", "\u202e"}.intersection(said)
        assert "<Dial>" not in said
        assert "+4690000000<" not in said
    assert twilio.faults == 0


TEXTS = st.dictionaries(
    st.sampled_from(["CallSid", "DialCallStatus", "QueueResult", "QueueTime", "DialCallDuration", "token"]),
    st.text(max_size=30) | st.sampled_from(["busy", "completed", "bridged"]),
)
TWILIO = voice()


@given(TEXTS, TEXTS, st.binary(max_size=50))
def test_whatever_comes_there_is_an_answer(form: dict[str, str], query: dict[str, str], body: bytes) -> None:
    for said in (TWILIO.decide(form, query), TWILIO.ended(form, query), TWILIO.send(query)):
        verb(said)
    assert HOOKS.answer(body.decode("latin-1"), {}, body).status in (400, 403)


HOOKS = webhooks()


def offer(queue: str = "WQ01", task: str = "WT01", **attributes: Any) -> dict[str, str]:
    """What an assignment callback brings, as it is documented."""
    return {
        "AccountSid": "AC00000000000000000000000000000001",
        "ReservationSid": "WR01",
        "TaskAge": "12",
        "TaskAttributes": json.dumps(attributes),
        "TaskQueueSid": queue,
        "TaskSid": task,
        "WorkerAttributes": '{"contact_uri": "client:anna"}',
        "WorkerSid": "WK01",
    }


def test_a_task_goes_to_the_queue_of_who_was_decided_on() -> None:
    asked = router()
    queues = {"service": "WQ01", "nord": "WQ02", "syd": "WQ03"}
    tasks = Tasks(asked, queues, f"{HERE}/send")
    assert tasks.assignment(offer("WQ01", type="service", language="sv")) == {"instruction": "reject"}
    assert tasks.assignment(offer("WQ02", type="service", language="sv")) == {"instruction": "dequeue"}
    assert asked.usage("nord").in_flight == 1  # decided once
    assert tasks.event({**offer(), "EventType": "reservation.created"}) is False
    assert tasks.event({**offer(), "EventType": "task.completed"}) is True
    assert (asked.usage("nord").answered, asked.usage("nord").in_flight) == (1, 0)


def test_the_call_of_a_task_is_sent_to_a_vendor_outside() -> None:
    asked = router()
    tasks = Tasks(asked, {**ADDRESSES, "service": "WQ01"}, f"{HERE}/send?a=1")
    told = tasks.assignment(offer(type="service", language="sv", call_sid="CA01"))
    assert (told["instruction"], told["call_sid"], told["accept"]) == ("redirect", "CA01", True)
    query = parse_qs(urlsplit(told["url"]).query)
    assert (query["to"], len(query["token"][0])) == (["nord"], 72)


def test_a_task_that_was_decided_before_is_not_decided_again() -> None:
    asked = router()
    tasks = Tasks(asked, {"service": "WQ01", "nord": "WQ02", "syd": "WQ03"}, f"{HERE}/send")
    token = asked.route(bp_contact()).token
    before = {"bporoute_destination": "nord", "bporoute_token": token}
    assert tasks.assignment(offer("WQ02", **before)) == {"instruction": "dequeue"}
    assert tasks.event({**offer(**before), "EventType": "task.canceled"}) is True
    assert (asked.usage("nord").this_period, asked.usage("nord").abandoned) == (1, 1)


def bp_contact() -> Any:
    from bporoute import Contact

    return Contact("service", language="sv")


@given(st.text() | st.just('{"type": 1}') | st.just("[1]") | st.just("[" * 5_000), st.text())
def test_whatever_a_task_says_there_is_an_instruction(attributes: str, sid: str) -> None:
    tasks = HOOKS._tasks
    assert tasks is not None
    form = {"TaskAttributes": attributes, "TaskSid": sid, "EventType": "task.completed"}
    assert tasks.assignment(form)["instruction"] in ("dequeue", "reject", "redirect")
    assert tasks.event(form) in (True, False)
    assert tasks.faults == 0


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"timeout": 1}, "timeout"),
        ({"instead": {"reject": "javascript:x"}}, "reject"),
        ({"instead": {"keep": HERE}}, "instead"),
        ({"otherwise": "nowhere"}, "otherwise"),
    ],
)
def test_what_is_configured_is_checked(options: Any, where: str) -> None:
    with pytest.raises(InputError) as wrong:
        voice(**options)
    assert wrong.value.where == where


def test_parts_are_checked() -> None:
    for make in (
        lambda: Voice(None, ADDRESSES, HERE),  # type: ignore[arg-type]
        lambda: Voice(router(), ADDRESSES, "ended"),
        lambda: Voice(router(), {**ADDRESSES, "nord": "<x>"}, HERE),
        lambda: Tasks(None, ADDRESSES, HERE),  # type: ignore[arg-type]
        lambda: Tasks(router(), ADDRESSES, "send"),
        lambda: Webhooks("", voice()),
    ):
        with pytest.raises(InputError):
            make()
