"""What the calls over HTTP answer, to whom, and that nothing that anybody sends is an error of the server."""

from __future__ import annotations

import base64
import itertools
import json
import logging
from typing import get_args

import pytest

from bporoute import Center, ContactType, Contract, InputError, Queue, Router, Vendor
from bporoute.telephony import Endings
from bporoute.telephony.http import _calls as calls_module
from bporoute.telephony.http import app
from bporoute.telephony.http._bodies import Engine
from helpers.asgi import ask
from helpers.clock import NOON

ADDRESSES = {"service": "sip:service@10.0.0.5", "nord": "sip:nord@10.0.1.1", "syd": "sip:syd@10.0.1.2"}
TOKEN = "0123456789abcdef0123456789abcdef"
POSTS = ("/v1/route", "/v1/divert", "/v1/settle", "/v1/state", "/v1/preview")
HOSTILE = (
    "\r\nSet-Cookie: a=b",
    "a\x00b",
    '"; drop table calls; --',
    "<script>alert(1)</script>",
    "${jndi:ldap://x}",
    "%0d%0aX: y",
    "‮gnirts",
    "é" * 5_000,
    "PJSIP/x&Local/y,,",
    "\x1b[2J",
)


def center(**terms: object) -> Center:
    each = {"country": "EE", "timezone": "Europe/Tallinn", "contact_types": ("service",)}
    return Center(
        queues={"service": Queue(aht=240)},
        contact_types={"service": ContactType(queue="service")},
        vendors={
            "nord": Vendor(contract=Contract(price_per_contact=4.5, **terms), **each),
            "syd": Vendor(contract=Contract(price_per_contact=5.0), **each),
        },
    )


def router(**terms: object) -> Router:
    """One at which time goes on, and that sends out whatever comes once its queue is told to be busy."""
    ticks = itertools.count()
    return Router(
        center(**terms),
        "QueueLength(0)",
        clock=lambda: NOON + 0.001 * next(ticks),
        same_id_within=600,
        compile=False,
    )


@pytest.fixture
def routed() -> Router:
    return router()


@pytest.fixture
def served(routed):
    found = app(routed, ADDRESSES)
    ask(found, "/v1/state", {"queues": {"service": {"agents": 2, "busy": 2, "waiting": 1}}})
    return found


# --- the way of a contact -----------------------------------------------------------------------------


def test_a_contact_is_decided_diverted_and_settled(served, routed):
    first = ask(served, "/v1/route", {"type": "service", "id": "call-1"})
    assert first.status == 200
    assert (first.json["action"], first.json["destination"]) == ("overflow", "nord")
    assert first.json["address"] == ADDRESSES["nord"]
    assert first.json["ranked"] == ["nord", "syd", "service"]
    second = ask(served, "/v1/divert", {"token": first.json["token"], "engine": "sip", "ending": 503})
    assert second.json["destination"] == "syd"
    assert routed.usage("nord").failed == 1
    assert routed.status().vendors[0].failure == "sip 503"
    told = {"token": second.json["token"], "outcome": "answered", "wait": 3, "handle": 180}
    assert ask(served, "/v1/settle", told).json == {
        "settled": True,
        "owed": 5.0,
        "currency": "EUR",
        "refused": "",
    }
    assert routed.usage("syd").answered == 1


def test_a_form_a_query_and_json_ask_the_same(served, routed):
    for told, headers, query in (
        (b"type=service&language=sv&skills=a,b", {}, ""),
        (b"type=service&language=sv&skills=a,b", {"content-type": "application/x-www-form-urlencoded"}, ""),
        (b"", {}, "?type=service&language=sv&skills=a%2Cb"),
        (b'{"type": "service", "language": "sv"}', {"content-type": "application/json"}, "?skills=a,b"),
        (b' {"type": "service", "language": "sv", "skills": ["a", "b"]}', {}, ""),
        (
            b'{"type": "service", "language": "sv_", "skills": "a;b"}',
            {"content-type": "application/a+json"},
            "",
        ),
    ):
        assert ask(served, f"/v1/route{query}", told, headers=headers).status == 200
        contact = served.recent[-1].contact
        assert (contact.type, contact.language[:2], contact.skills) == ("service", "sv", ("a", "b"))


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ("?format=text", "", "text/plain; charset=utf-8"),
        ("?format=form", "", "application/x-www-form-urlencoded"),
        ("", "text/plain", "text/plain; charset=utf-8"),
        ("", "text/html, application/x-www-form-urlencoded;q=0.9", "application/x-www-form-urlencoded"),
        ("?format=json", "text/plain", "application/json"),
        ("?format=tsv", "", "application/json"),
        ("", "*/*", "application/json"),
    ],
)
def test_the_answer_comes_as_it_can_be_read(served, query, accept, kind):
    reply = ask(served, f"/v1/route{query}", b"type=service", headers={"accept": accept})
    assert reply.headers["content-type"] == kind
    if kind.startswith("text"):
        assert reply.text.splitlines()[:3] == [
            "action=overflow",
            "destination=nord",
            "address=sip:nord@10.0.1.1",
        ]
    elif "urlencoded" in kind:
        assert reply.text.startswith("action=overflow&destination=nord&address=sip%3Anord%4010.0.1.1&token=")


def test_a_preview_says_why_and_counts_nothing(served, routed):
    reply = ask(served, "/v1/preview", {"type": "service", "exclude": ["nord"]})
    assert reply.json["destination"] == "syd"
    assert [each["rule"] for each in reply.json["rejected"]] == ["exclude"]
    assert "send to syd" in reply.json["explain"]
    assert routed.usage("syd").in_flight == 0
    assert reply.json["token"] == ""


def test_who_is_left_out_does_not_get_the_contact(served):
    for told in (
        {"type": "service", "exclude": "nord, syd"},
        {"type": "service", "exclude": ["nord", "syd"]},
    ):
        assert ask(served, "/v1/route", told).json["destination"] == "service"


def test_only_who_asks_for_words_gets_them(served):
    assert ask(served, "/v1/route", {"type": "service"}).json["explain"] == ""
    assert "send to nord" in ask(served, "/v1/route?explain=1", b"type=service").json["explain"]


def test_an_answered_call_is_settled_by_a_word_of_its_engine(served, routed):
    token = ask(served, "/v1/route", b"type=service").json["token"]
    unknown = ask(served, "/v1/settle", {"token": token, "engine": "dialstatus", "ending": "VANISHED"})
    assert (unknown.status, unknown.json["settled"]) == (200, False)
    assert unknown.json["refused"] == "unknown ending 'VANISHED'"
    assert ask(served, "/v1/settle", {"token": token, "engine": "dialstatus", "ending": "ANSWER"}).json[
        "settled"
    ]
    assert routed.usage("nord").answered == 1


def test_every_engine_whose_words_are_known_may_tell_them():
    assert set(get_args(get_args(Engine)[0])) == set(Endings().table)


def test_a_call_that_was_answered_is_not_sent_on(served, routed):
    token = ask(served, "/v1/route", b"type=service").json["token"]
    reply = ask(served, "/v1/divert", {"token": token, "engine": "dialstatus", "ending": "CANCEL"})
    assert (reply.json["action"], reply.json["degraded"]) == ("none", "not diverted: it was abandoned")
    assert routed.usage("nord").abandoned == 1


def test_what_never_got_there_does_not_count_against_the_vendor(served, routed):
    for told in ({"ending": 404}, {"outcome": "undelivered", "failed": "our trunk"}):
        token = ask(served, "/v1/route", {"type": "service", "id": str(told)}).json["token"]
        assert ask(served, "/v1/divert", {"token": token, **told}).json["destination"] == "syd"
        assert served.recent[-1].contact.id == str(told)  # a token does not have it
    assert (routed.usage("nord").failed, routed.usage("nord").in_flight) == (0, 0)


def test_nobody_is_left(served):
    token = ask(served, "/v1/route", b"type=service").json["token"]
    for left in ("syd", "service"):
        reply = ask(served, "/v1/divert", {"token": token, "failed": "503"})
        assert reply.json["destination"] == left
        token = reply.json["token"]
    reply = ask(served, "/v1/divert", {"token": token, "failed": "503"})
    assert (reply.json["action"], reply.json["degraded"]) == ("none", "nobody else may take it")


# --- asked again --------------------------------------------------------------------------------------


def test_the_same_contact_is_counted_once(served, routed):
    told = {"type": "service", "id": "call-1"}
    first, second = ask(served, "/v1/route", told).json, ask(served, "/v1/route", told).json
    assert (first.pop("repeated"), second.pop("repeated")) == (False, True)
    assert first == second
    assert routed.usage("nord").in_flight == 1
    assert len(served.recent) == 1


def test_a_contact_asked_about_again_is_where_it_went_in_the_end(served, routed):
    told = {"type": "service", "id": "call-1"}
    first = ask(served, "/v1/route", told).json
    second = ask(served, "/v1/divert", {"token": first["token"], "failed": "503"}).json
    assert ask(served, "/v1/route", told).json == {**second, "repeated": True}
    assert ask(served, "/v1/route", {**told, "language": "sv"}).json["repeated"] is False  # another contact
    assert routed.usage("syd").in_flight == 1


def test_a_key_gets_the_answer_of_before(served, routed):
    headers = {"idempotency-key": '"8e03978e-40d5"'}
    first = ask(served, "/v1/route", b"type=service", headers=headers)
    second = ask(served, "/v1/route?format=json&type=service", headers=headers)
    assert "idempotent-replayed" not in first.headers
    assert (second.headers["idempotent-replayed"], second.json) == ("true", first.json)
    assert routed.usage("nord").in_flight == 1
    other = ask(served, "/v1/route", b"type=service&language=sv", headers=headers)
    assert (other.status, other.json["where"]) == (409, "Idempotency-Key")
    elsewhere = ask(
        served, "/v1/settle", {"token": first.json["token"], "outcome": "answered"}, headers=headers
    )
    assert elsewhere.json["settled"]


@pytest.mark.parametrize("key", ["", "a" * 256, "a\tb", "é"])
def test_a_key_that_is_none_is_refused(served, key):
    reply = ask(served, "/v1/route", b"type=service", headers={"idempotency-key": key})
    assert (reply.status, reply.json["where"]) == (422, "Idempotency-Key")


def test_a_webhook_that_is_replayed_changes_nothing(served, routed):
    first = ask(served, "/v1/route", b"type=service").json["token"]
    diverted = [ask(served, "/v1/divert", {"token": first, "failed": "503"}).json for _ in range(3)]
    assert diverted[0]["destination"] == "syd"
    assert diverted[0] == diverted[1] == diverted[2]
    told = {"token": diverted[0]["token"], "outcome": "answered", "handle": 60}
    ended = [ask(served, "/v1/settle", told).json for _ in range(3)]
    assert [each["settled"] for each in ended] == [True, False, False]
    assert ended[1]["refused"] == "settled"
    assert (routed.usage("nord").failed, routed.usage("syd").answered, routed.usage("syd").spent) == (
        1,
        1,
        5.0,
    )


# --- state --------------------------------------------------------------------------------------------


def test_state_is_told_by_json_and_by_a_form(served, routed):
    told = {"queues": {"service": {"agents": 9, "waiting": None}}, "vendors": {"nord": {"up": False}}}
    assert ask(served, "/v1/state", {**told, "at": NOON + 50}).json == {
        "told": ["service", "nord"],
        "unknown": [],
    }
    assert routed.state["service"].state.agents == 9
    assert not routed.vendors["nord"].state.up
    assert ask(served, "/v1/state", b"queue=service&agents=7&busy=3.0&waiting=0").status == 200
    assert (routed.state["service"].state.agents, routed.state["service"].state.busy) == (7, 3)
    assert ask(served, "/v1/state?vendor=nord&up=1&in_flight=2").json["told"] == ["nord"]
    assert routed.vendors["nord"].state.up


@pytest.mark.parametrize("told", [b"", {}, {"at": NOON}, b"agents=4&busy=2"])
def test_state_of_nobody_is_a_slip(served, routed, told):
    before = routed.state["service"].state
    reply = ask(served, "/v1/state", told)
    assert (reply.status, reply.json["where"]) == (422, "body")
    assert routed.state["service"].state == before


@pytest.mark.parametrize(
    ("word", "up"), [("yes", True), ("On", True), ("no", False), ("OFF", False), ("0", False)]
)
def test_a_form_says_up_in_the_words_that_people_use(served, routed, word, up):
    routed.vendors["nord"].update(up=not up)
    assert ask(served, "/v1/state", f"vendor=nord&up={word}".encode()).status == 200
    assert routed.vendors["nord"].state.up is up
    assert ask(served, "/v1/state", {"vendor": "nord", "up": "yes"}).status == 422


def test_state_of_names_that_nobody_has_is_said_and_the_others_are_told(served, routed, caplog):
    told = {"queues": {"servise": {"agents": 1}, "service": {"agents": 5}}, "vendors": {"ost": {"up": True}}}
    with caplog.at_level(logging.WARNING, "bporoute"):
        for _ in range(3):
            reply = ask(served, "/v1/state", told)
    assert (reply.status, reply.json) == (422, {"told": ["service"], "unknown": ["servise", "ost"]})
    assert routed.state["service"].state.agents == 5
    assert [record.getMessage() for record in caplog.records] == [
        "http: state of queue 'servise', a name that nobody has",
        "http: state of vendor 'ost', a name that nobody has",
    ]
    assert "bporoute_unknown_names_total 6" in ask(served, "/metrics", method="GET").text


def test_state_that_cannot_be_is_no_error_and_is_said_by_decisions(served):
    assert ask(served, "/v1/state", b"queue=service&agents=-4&busy=nan").status == 200
    reply = ask(served, "/v1/route", b"type=service")
    assert "agents is -4" in reply.json["degraded"]


@pytest.mark.parametrize(
    ("call", "told", "where"),
    [
        ("state", {"queues": {"service": {"agnets": 4}}}, "queues.service.agnets"),
        ("state", {"queues": {"service": {"agents": "four"}}}, "queues.service.agents"),
        ("state", {"queues": {"service": {"agents": 4}, "sales": [1]}}, "queues.sales"),
        ("state", {"queue": "service", "agnets": 4}, "queues.service.agnets"),
        ("state", {"queue": "service", "up": True}, "queues.service.up"),
        ("state", {"vendor": "nord", "up": "down"}, "vendors.nord.up"),
        ("state", {"queues": []}, "queues"),
        ("state", {"queue": {"a": 1}}, "queue"),
        ("settle", {"token": "x"}, "outcome"),
        ("settle", {"token": "x", "outcome": "gone"}, "outcome"),
        ("settle", {"token": "x", "outcome": "answered", "handle": "long"}, "handle"),
        ("settle", {"token": 7, "outcome": "answered"}, "token"),
        ("settle", {"outcome": "answered"}, "token"),
        ("settle", {"token": "x", "outcom": "answered"}, "outcom"),
        ("settle", {"token": "x", "engine": "fax", "ending": "1"}, "engine"),
        ("settle", {"token": "x" * 5_000, "outcome": "answered"}, "token"),
        ("divert", {"failed": "503"}, "token"),
        ("divert", {"token": "x", "contact": "call-1"}, "contact"),
    ],
)
def test_a_slip_of_a_programmer_is_one_clear_complaint(served, call, told, where):
    reply = ask(served, f"/v1/{call}", told)
    assert (reply.status, reply.json["where"]) == (422, where)
    assert reply.json["error"].startswith(f"{where}: found {reply.json['found']}; expected ")


@pytest.mark.parametrize(
    ("call", "told", "where", "found", "expected"),
    [
        ("settle", b"token=x&engine=sipp&ending=1", "engine", "'sipp'", "'sip' (known: sip, q850, "),
        ("divert", b"token=x&outcome=answered", "outcome", "'answered'", "one of: failed, undelivered"),
        (
            "settle",
            b"token=x&outcome=answered&wait=1e400",
            "wait",
            "'1e400'",
            "a number that is not as large",
        ),
        (
            "state",
            b"queue=service&wating=3",
            "queues.service.wating",
            "a field that ",
            "one of: agents, busy",
        ),
        ("state", b"queue=service&waiting=3,5", "queues.service.waiting", "'3,5'", "a number"),
        ("state", b"queue=service&vendor=nord&up=gone", "vendors.nord.up", "'gone'", "true or false"),
    ],
)
def test_a_complaint_has_what_was_told_and_what_would_be_right(served, call, told, where, found, expected):
    complaint = ask(served, f"/v1/{call}", told).json
    assert complaint["where"] == where
    assert complaint["found"].startswith(found)
    assert complaint["expected"].startswith(expected)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json", ""])
def test_json_is_read_whatever_kind_its_sender_says_it_is(served, routed, kind):
    """As curl, which says of whatever it sends that it were a form; some put a byte order mark before it."""
    for before in (b"", b"\xef\xbb\xbf", b"\n "):
        told = before + b'{"queues": {"service": {"agents": 7}}}'
        assert ask(served, "/v1/state", told, headers={"content-type": kind}).json["told"] == ["service"]
    assert routed.state["service"].state.agents == 7


def test_of_a_type_that_the_center_does_not_have_the_answer_says_so(served):
    said = "nobody may take it, so the center's fallback holds: keep"
    for told, why in (
        (b"type=Servise", "the center has no contact type 'Servise': did you mean 'service'?"),
        (b"type=fax", "the center has no contact type 'fax'"),
        (b"typ=service", "the contact has no type"),
    ):
        for call in ("route", "preview"):
            answer = ask(served, f"/v1/{call}", told).json
            assert answer["degraded"] == f"{why}; {said}"
    assert ask(served, "/v1/route", b"type=service").json["degraded"] == ""


def test_one_contact_is_one_on_the_page(served):
    for said in ("0 contacts open", "1 contact open", "2 contacts open"):
        assert said in ask(served, "/", method="GET").text
        ask(served, "/v1/route", b"type=service")


def test_without_a_token_nothing_is_diverted(served):
    reply = ask(served, "/v1/divert", {"token": "", "failed": "busy"})
    assert reply.json["degraded"] == "no token: there is nothing to divert"


# --- bad input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", POSTS)
@pytest.mark.parametrize(
    ("told", "status"),
    [
        (b'{"type": "serv', 400),
        (b'["service"]', 400),
        (b'"service"', 400),
        (b"{" * 5_000, 400),
        (b"[" * 60_000, 400),
        (b'{"type": "\\ud800"}', 400),
        (b'{"type": "\xff\xfe"}', 400),
        (b'{"due": 1e999}', 400),
        (b"&".join(b"a%d=1" % number for number in range(500)), 400),
        (b"x" * 65_537, 413),
    ],
)
def test_a_body_that_cannot_be_read(served, call, told, status):
    reply = ask(served, call, told)
    assert (reply.status, set(reply.json)) == (status, {"error", "where", "found", "expected"})


@pytest.mark.parametrize("call", POSTS)
def test_a_body_of_another_kind(served, call):
    reply = ask(served, call, b"--x", headers={"content-type": "multipart/form-data; boundary=x"})
    assert reply.status == 415


@pytest.mark.parametrize("form", ["json", "text", "form"])
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_answered_and_stay_where_they_are(served, caplog, text, form):
    fields = ("type", "language", "id", "country", "value_class", "data", "skills", "due", "exclude")
    with caplog.at_level(logging.INFO, "bporoute"):
        replies = [
            ask(served, f"/v1/route?format={form}", {"type": "service", field: text}) for field in fields
        ]
        replies += [
            ask(served, f"/v1/divert?format={form}", {"token": text[:4_000], "failed": text[:1_000]}),
            ask(served, f"/v1/settle?format={form}", {"token": text[:4_000], "outcome": "answered"}),
            ask(served, f"/v1/settle?format={form}", {"token": "x", "ending": text}),
            ask(served, f"/v1/state?format={form}", {"queues": {text: {"agents": 1}}}),
            ask(served, f"/v1/preview?format={form}", {"type": text, "id": text}),
            ask(served, f"/v1/settle?format={form}", {"token": "x", text: 1}),
            ask(served, f"/v1/{text.encode().hex()}?format={form}"),
        ]
    assert {reply.status for reply in replies} <= {200, 404, 422}
    for reply in replies[: len(fields)]:
        assert reply.status == 200
        if form == "text":
            names = [line.partition("=")[0] for line in reply.text.splitlines()]
            assert names == [
                "action", "destination", "address", "token", "degraded",
                "ranked", "cost", "expected_wait", "repeated", "explain",
            ]  # fmt: skip
    for reply in replies:
        assert set(reply.headers) <= {
            "content-type", "content-length", "cache-control", "x-content-type-options",
        }  # fmt: skip
        assert not any(bad in reply.text for bad in "\x00\x1b\r‮") or form == "json"
    for record in caplog.records:
        assert record.getMessage().isprintable()


@pytest.mark.parametrize("value", [None, True, 7, 1.5, [], {}, ["a", None], {"a": {"b": [1]}}, "", "null"])
def test_whatever_a_contact_is_made_of_it_is_decided(served, value):
    for field in ("type", "language", "id", "country", "value_class", "data", "skills", "due", "exclude"):
        reply = ask(served, "/v1/route", {"type": "service", field: value})
        assert (reply.status, bool(reply.json["destination"])) == (200, True)


def test_a_fault_in_the_program_keeps_the_contact_in_house(served, routed, monkeypatch, caplog):
    monkeypatch.setattr(routed, "route", lambda contact: 1 / 0)
    monkeypatch.setattr(routed, "status", lambda: 1 / 0)
    reply = ask(served, "/v1/route", {"type": "service"})
    assert (reply.status, reply.json["action"], reply.json["address"]) == (200, "keep", ADDRESSES["service"])
    assert reply.json["degraded"] == "a fault in the program: ZeroDivisionError; not counted"
    assert "route failed: ZeroDivisionError" in caplog.text
    assert ask(served, "/v1/health", method="GET").status == 503


def test_a_clock_that_fails_is_no_reason_not_to_answer():
    def clock() -> float:
        raise OSError

    failing = app(Router(center(), clock=clock, compile=False))
    assert "clock" in ask(failing, "/v1/route", {"type": "service"}).json["degraded"]


# --- who may ask --------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", POSTS)
def test_without_the_token_nobody_is_answered(routed, call):
    guarded = app(routed, tokens=["another-token-of-somebody", TOKEN])
    for told in (
        "",
        "Bearer",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Basic {TOKEN}",
        f"bearer{TOKEN}",
        "Bearer \x00",
    ):
        reply = ask(guarded, call, b"type=service", headers={"authorization": told})
        assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer")
    assert not routed.usage("nord").this_period
    good = {"authorization": f"bearer  {TOKEN}"}
    assert ask(guarded, "/v1/route", b"type=service", headers=good, client=("10.0.0.7", 1)).status == 200


def test_a_browser_may_read_with_the_token_as_a_password_and_change_nothing(routed):
    guarded = app(routed, tokens=[TOKEN])
    basic = {"authorization": "Basic " + base64.b64encode(f"me:{TOKEN}".encode()).decode()}
    assert ask(guarded, "/metrics", method="GET", headers=basic).status == 200
    assert ask(guarded, "/v1/route", b"type=service", headers=basic).status == 401
    for told in ("Basic ?", "Basic " + base64.b64encode(b"me").decode()):
        assert ask(guarded, "/metrics", method="GET", headers={"authorization": told}).status == 401


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        (("127.0.0.1", 1), {}, 200),
        (("::1", 1), {"host": "[::1]:8080"}, 200),
        (("127.0.0.1", 1), {"host": "localhost"}, 200),
        (None, {"host": "anything"}, 200),  # a unix socket
        (("10.0.0.7", 1), {}, 403),
        (("127.0.0.1", 1), {"host": "evil.example"}, 403),  # a name that was made to lead here
        (("127.0.0.1", 1), {"origin": "https://evil.example"}, 403),  # a page in a browser of this host
    ],
)
def test_without_any_token_this_host_alone_may_ask(routed, client, headers, status):
    assert ask(app(routed), "/v1/route", b"type=service", headers=headers, client=client).status == status


def test_who_is_refused_is_said_once_a_minute(routed, caplog):
    guarded = app(routed, tokens=[TOKEN])
    for _ in range(5):
        ask(guarded, "/v1/route", b"type=service", headers={"authorization": "Bearer guess\x1b[2J"})
    assert len(caplog.records) == 1
    assert 'call="route",status="401"} 5' in "\n".join(guarded.metrics.lines())


@pytest.mark.parametrize("token", ["short", "x" * 513, "with blanks in it and more", "é" * 20, ""])
def test_a_token_that_is_none_is_refused(routed, token):
    with pytest.raises(InputError, match="token") as refused:
        app(routed, tokens=[token])
    assert token == "" or token not in str(refused.value)


# --- what else there is -------------------------------------------------------------------------------


def test_health_is_told_in_short_to_whom_nobody_knows(served, routed):
    assert ask(served, "/v1/health", method="GET").json == {
        "ok": True,
        "compiled": routed.status().compiled,  # other tests of this process may have compiled
        "trouble": [],
        "open_contacts": 0,
    }
    routed.vendors["nord"].update(up=False)
    reply = ask(served, "/v1/health", method="GET").json
    assert (reply["ok"], reply["trouble"]) == (False, ["vendor nord: out: up"])
    guarded = app(routed, tokens=[TOKEN])
    assert ask(guarded, "/v1/health", method="GET").json == {**reply, "trouble": []}


def test_metrics_are_what_prometheus_reads(routed):
    served = app(routed, ADDRESSES)
    ask(served, "/v1/route", b"type=service")
    ask(served, "/v1/state", b"queue=service&agents=2&busy=2&waiting=1")
    first = ask(served, "/v1/route", b"type=service").json["token"]
    second = ask(served, "/v1/divert", {"token": first, "failed": "503"}).json["token"]
    for _ in range(2):
        ask(served, "/v1/settle", {"token": second, "outcome": "answered", "handle": 60})
    reply = ask(served, "/metrics", method="GET")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = reply.text.splitlines()
    told = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    for name, value in {
        'bporoute_decisions_total{action="keep",reason="ranked"}': "1",
        'bporoute_decisions_total{action="overflow",reason="ranked"}': "1",
        'bporoute_decisions_total{action="overflow",reason="diverted"}': "1",
        "bporoute_degraded_total": "1",
        'bporoute_settled_total{outcome="answered"}': "1",
        'bporoute_settled_total{outcome="failed"}': "1",
        'bporoute_refused_tokens_total{reason="settled"}': "1",
        'bporoute_request_seconds_count{call="settle"}': "2",
        'bporoute_request_seconds_bucket{call="settle",le="+Inf"}': "2",
        'bporoute_queue_feed_fresh{queue="service"}': "1",
        'bporoute_vendor_ended_total{vendor="syd",outcome="answered"}': "1",
        'bporoute_vendor_spent{vendor="syd"}': "5",
    }.items():
        assert told[name] == value, name
    names = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(names) == len(set(names))
    assert len(told) == sum(not line.startswith("#") for line in lines)


def test_caps_are_among_the_metrics():
    served = app(router(cap_per_hour=1))
    ask(served, "/v1/state", b"queue=service&agents=2&busy=2&waiting=1")
    ask(served, "/v1/route", b"type=service")
    text = ask(served, "/metrics", method="GET").text
    assert 'bporoute_vendor_limit{vendor="nord",limit="cap_per_hour",unit="contacts"} 1\n' in text
    assert 'bporoute_vendor_used{vendor="nord",limit="cap_per_hour",unit="contacts"} 1\n' in text
    assert 'bporoute_vendor_price{vendor="syd",type="service"} 5\n' in text
    assert 'bporoute_vendor_sent{vendor="nord",window="hour"} 1\n' in text
    assert 'bporoute_vendor_cap_reached{vendor="nord",cap="cap_per_hour"} 1\n' in text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/route", 405),
        ("DELETE", "/v1/health", 405),
        ("POST", "/metrics", 405),
        ("GET", "/v2/route", 404),
        ("POST", "/", 405),
        ("HEAD", "/v1/health", 200),
        ("OPTIONS", "/v1/route", 405),
    ],
)
def test_other_methods_and_paths(served, method, path, status):
    reply = ask(served, path, method=method)
    assert reply.status == status
    assert ("allow" in reply.headers) == (status == 405)
    assert (reply.body == b"") == (method == "HEAD")


def test_only_so_many_decisions_are_kept_for_the_page(served):
    for number in range(calls_module.MOST_RECENT + 10):
        ask(served, "/v1/route", {"type": "service", "id": f"call-{number}"})
    assert len(served.recent) == calls_module.MOST_RECENT
    assert served.recent[-1].contact.id == f"call-{calls_module.MOST_RECENT + 9}"


def test_the_page_is_served_with_a_strict_policy_to_who_knows_the_token(routed):
    guarded = app(routed, tokens=[TOKEN])
    refused = ask(guarded, "/", method="GET")
    assert (refused.status, refused.headers["www-authenticate"]) == (401, 'Basic realm="bporoute"')
    bearer = {"authorization": f"Bearer {TOKEN}"}
    ask(guarded, "/v1/route", {"type": "service", "id": "<script>4711"}, headers=bearer)
    basic = {"authorization": "Basic " + base64.b64encode(f":{TOKEN}".encode()).decode()}
    for query in ("", "?find=4711", "?find=%3Cscript%3E&pause=1", "?find=%ff%00"):
        reply = ask(guarded, f"/{query}", method="GET", headers=basic)
        assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert reply.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
        assert int(reply.headers["content-length"]) == len(reply.body)
        assert "<script" not in reply.text
        assert ("refresh" in reply.headers) == ("pause" not in query)
    assert "&lt;script&gt;4711" in ask(guarded, "/", method="GET", headers=basic).text


def test_the_page_shows_no_ids_where_they_are_hidden(routed):
    hiding = app(routed, hide_ids=True)
    ask(hiding, "/v1/route", {"type": "service", "id": "call-4711"})
    assert "call-4711" not in ask(hiding, "/", method="GET").text


def test_what_a_word_means_can_be_changed(routed):
    served = app(routed, endings=Endings({"sip": {"480": "answered"}}))
    token = ask(served, "/v1/route", b"type=service").json["token"]
    assert ask(served, "/v1/settle", {"token": token, "ending": 480}).json["settled"]


def test_the_document_names_every_call(served):
    document = json.loads(ask(served, "/openapi.json", method="GET").body)
    assert set(document["paths"]) == {*POSTS, "/v1/health", "/metrics"}
    schemas = document["components"]["schemas"]
    asked = document["paths"]["/v1/settle"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schemas[asked["$ref"].rpartition("/")[2]]["required"] == ["token"]


@pytest.mark.parametrize(
    ("server", "status"),
    [(None, 200), (("/run/bporoute.sock", None), 200), (("0.0.0.0", 8080), 403)],
    ids=repr,
)
def test_who_has_gone_before_anybody_looked_does_not_count_as_this_host(routed, server, status):
    told = {"host": "elsewhere.example"}
    assert (
        ask(app(routed), "/v1/route", b"type=service", headers=told, client=None, server=server).status
        == status
    )


def test_what_is_kept_of_a_request_is_short_however_long_that_was(routed):
    asked = app(routed)
    long = {
        "type": "service",
        "exclude": ["nord", *("x" * 100 for _ in range(500))],
        "explain": ["x" * 9_000],
    }
    first = ask(asked, "/v1/route", {**long, "id": "call-1"})
    again = ask(asked, "/v1/route", {**long, "id": "call-1"})
    ask(asked, "/v1/route", long, headers={"idempotency-key": "k1"})
    assert (first.json["repeated"], again.json["repeated"]) == (False, True)
    other = ask(asked, "/v1/route", {**long, "id": "call-1", "exclude": ["syd"]})
    assert other.json["repeated"] is False
    assert len(first.json["degraded"]) < 2_000
    assert sum(len(repr(kept.asked)) for kept in asked._again._kept.values()) < 1_000
