"""What Kamailio's script asks of the router, on a fake of Kamailio."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

import pytest

from bporoute import Center, Contact, InputError, Router
from bporoute.routing.ledger._shared import NO_SLOT
from bporoute.telephony import Destinations, Endings
from bporoute.telephony.kamailio import KamailioLog, Route, load, read_contact, script
from bporoute.telephony.kamailio import _loaded as loading
from helpers.fake_kamailio import FakeKamailio
from helpers.places import EXAMPLES

FILES = EXAMPLES / "kamailio"
AT = 1_795_428_000.0
HOSTILE = (
    None,
    "",
    "a\r\nRoute: <sip:evil>",
    '";bpo=x',
    "sip:evil@10.9.9.9;lr",
    "\udcff\udcfe",
    "$ru",
    "x" * 100_000,
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    SystemError("returned a result with an exception set"),
)


class Clock:
    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> float:
        return self.now


def _center() -> Center:
    return Center.load(FILES / "center.toml")


def _route(clock: Clock | None = None, **options) -> Route:
    center, clock = _center(), clock or Clock()
    router = Router(center, "QueueLength(0)", clock=clock, compile=False)
    return Route(
        router, Destinations.load(FILES / "destinations.toml", center, "sip"), clock=clock, **options
    )


def _call(dialled: object = "billing", **variables) -> FakeKamailio:
    return FakeKamailio({"$rU": dialled, **variables})


def test_the_script_of_the_example_is_25_lines() -> None:
    lines = (FILES / "kamailio.py").read_text().splitlines()
    assert len([line for line in lines if line.strip()]) <= 25


def test_a_call_is_sent_out_answered_and_settled_by_its_bye() -> None:
    clock = Clock()
    route, ksr = _route(clock), _call()
    assert route.invite(ksr)
    assert ksr.sent == [("sip:acme@127.0.0.1:5072", None)]
    assert ksr.timers == (0, 1000)
    clock.now += 4.0
    ksr.variables["$rs"] = 183
    assert route.reply(ksr)
    assert ksr.answered == {}
    ksr.variables["$rs"] = 200
    assert route.reply(ksr)
    clock.now += 1.0
    assert route.reply(ksr)  # the 200 once more
    clock.now += 59.0
    ksr.hangs_up()
    assert route.bye(ksr)
    assert route.bye(ksr)  # once more
    usage = route.router.usage("baltic")
    assert (usage.answered, usage.in_flight, usage.waited, usage.handled) == (1, 0, 4.0, 60.0)
    assert usage.spent == pytest.approx(0.62)
    assert (route.faults, ksr.answered) == (0, {})


def test_a_call_that_fails_goes_to_the_next_and_its_bye_settles_that_one() -> None:
    clock = Clock()
    route, ksr = _route(clock), _call()
    route.invite(ksr)
    ksr.fails(503)
    assert route.failure(ksr)
    assert ksr.sent[1] == ("sip:acme@127.0.0.1:5073", None)
    ksr.hangs_up()
    assert route.bye(ksr)
    first, second = route.router.usage("baltic"), route.router.usage("nord")
    assert (first.failed, first.in_flight, second.answered, second.unknown) == (1, 0, 1, 1)


def test_when_all_have_failed_the_caller_gets_the_reply() -> None:
    route, ksr = _route(), _call()
    route.invite(ksr)
    for _ in range(2):
        ksr.fails(486)
        assert route.failure(ksr)
    assert ksr.sent[-1][0] == "sip:service@127.0.0.1:5071"
    assert not route.failure(ksr)
    assert not route.failure(ksr)
    assert len(ksr.sent) == 3
    assert route.faults == 0


def test_who_gives_up_is_abandoned() -> None:
    route, ksr = _route(), _call()
    route.invite(ksr)
    ksr.canceled = 1
    ksr.fails(487)
    assert not route.failure(ksr)
    usage = route.router.usage("baltic")
    assert (usage.abandoned, usage.in_flight, len(ksr.sent)) == (1, 0, 1)


def test_where_kamailio_cannot_send_it_the_next_is_tried() -> None:
    route, ksr = _route(), _call()
    ksr.relays = [-1]
    assert route.invite(ksr)
    assert [where for where, _ in ksr.sent] == ["sip:acme@127.0.0.1:5072", "sip:acme@127.0.0.1:5073"]
    assert route.router.usage("baltic").in_flight == 0


def test_what_is_no_fault_of_the_vendors_says_nothing_of_its_health() -> None:
    route = _route()
    for _ in range(30):
        ksr = _call()
        route.invite(ksr)
        assert ksr.sent[0][0] == "sip:acme@127.0.0.1:5072"
        ksr.fails(404)
        assert route.failure(ksr)
    vendors = {vendor.name: vendor.out for vendor in route.router.status().vendors}
    assert vendors["baltic"] == ""


def test_an_error_that_kamailio_leaves_behind_sends_nobody_twice() -> None:
    route, ksr = _route(), _call()
    relay = ksr.tm.t_relay

    def leaves_an_error() -> int:
        relay()
        raise SystemError("<built-in function t_relay> returned a result with an exception set")

    ksr.tm.t_relay = leaves_an_error
    assert route.invite(ksr)
    assert (len(ksr.sent), route.faults, route.router.usage("baltic").in_flight) == (1, 1, 1)


def test_a_destination_without_an_address_is_passed_by() -> None:
    center = _center()
    told = {"service": "sip:service@10.0.0.5", "nord": "sip:acme@10.0.0.7"}
    route = Route(Router(center, "QueueLength(0)", clock=Clock(), compile=False), told, clock=Clock())
    ksr = _call()
    assert route.invite(ksr)
    assert ksr.sent == [("sip:acme@10.0.0.7", None)]


def test_an_address_without_a_user_is_where_the_request_goes_as_dialled() -> None:
    center = _center()
    told = {
        "service": "sip:service@10.0.0.5",
        "baltic": "sip:10.0.0.6;transport=tcp",
        "nord": "sip:x@10.0.0.7",
    }
    destinations = Destinations(told, center, "sip")
    route = Route(Router(center, "QueueLength(0)", clock=Clock(), compile=False), destinations)
    ksr = _call()
    route.invite(ksr)
    ksr.fails("503")
    route.failure(ksr)
    assert ksr.sent == [("sip:100@proxy", "sip:10.0.0.6;transport=tcp"), ("sip:x@10.0.0.7", None)]


def test_a_worker_begins_whatever_becomes_of_its_place_in_the_ledger(monkeypatch) -> None:
    route = _route()
    assert (route.child_init(-1), route.child_init(1), route.faults) == (0, 0, 0)
    tries = iter((NO_SLOT, NO_SLOT, "nobody keeps the shared ledger"))
    monkeypatch.setattr(route.router, "prepare", lambda: setattr(route.router.ledger, "trouble", next(tries)))
    assert (route.child_init(1), list(tries), route.faults) == (0, [], 0)
    assert (route.child_init(1), route.faults) == (0, 1)  # it fails, and the worker goes on


def test_the_same_request_once_more_is_decided_once() -> None:
    route, ksr = _route(), _call()
    route.invite(ksr)
    ksr.new = 0
    assert route.invite(ksr)
    assert (len(ksr.sent), route.router.usage("baltic").in_flight) == (1, 1)


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda value: repr(value)[:30])
def test_whatever_is_told_the_call_goes_where_the_configuration_says(hostile) -> None:
    contact = read_contact({"language": "$hdr(Accept-Language)", "skills": "$hdr(X-Skills)"})
    route = _route(contact=contact)
    addresses = set(route.destinations.values())
    named = {"$hdr(Accept-Language)": hostile, "$hdr(X-Skills)": hostile, "$ci": hostile}
    for dialled in (hostile, "billing"):
        ksr = _call(dialled, **named)
        assert route.invite(ksr)
        assert {where for where, _ in ksr.sent} <= addresses
        assert "evil" not in ksr.route
        ksr.fails(hostile)
        route.failure(ksr)
        ksr.variables["$hdr(Route)"] = hostile
        route.bye(ksr)
        ksr.variables["$avp(bporoute)"] = hostile
        route.failure(ksr)
        route.reply(ksr)
        assert {where for where, _ in ksr.sent} <= addresses


@pytest.mark.parametrize("made_up", ["A" * 72, "A" * 4096, "-" * 71, "", "é" * 72])
def test_a_token_that_somebody_made_up_settles_nothing(made_up: str) -> None:
    route, ksr = _route(), _call()
    route.invite(ksr)
    ksr.variables["$hdr(Route)"] = f"<sip:10.0.0.1;lr;bpo={made_up}>"
    route.bye(ksr)
    assert (route.router.usage("baltic").in_flight, route.faults) == (1, 0)


def test_what_fails_goes_in_house_and_is_counted_and_said_once(caplog) -> None:
    def broken(ksr: object) -> Contact:
        raise RuntimeError("no\r\ndatabase")

    route, ksr = _route(contact=broken), _call()
    with caplog.at_level(logging.WARNING, "bporoute"):
        for _ in range(3):
            assert route.invite(ksr)
    assert {where for where, _ in ksr.sent} == {"sip:service@127.0.0.1:5071"}
    assert route.faults == 3
    assert len(caplog.messages) == 1
    assert "RuntimeError" in caplog.text
    assert caplog.messages[0].isprintable()


def _fails(*told: object, **named: object) -> None:
    raise RuntimeError("no database")


def test_a_fault_after_a_call_was_sent_sends_nobody_twice(monkeypatch) -> None:
    route, ksr = _route(), _call()
    monkeypatch.setattr(route.router, "preview", _fails)
    assert route.invite(ksr)
    assert ([where for where, _ in ksr.sent], route.faults) == (["sip:acme@127.0.0.1:5072"], 1)
    ksr.hangs_up()
    assert route.bye(ksr)  # settled, whatever fails beside it
    assert route.router.usage("baltic").answered == 1


def test_a_vendor_that_a_call_never_reached_is_owed_nothing_for_it() -> None:
    route, ksr = _route(), _call()
    relay = ksr.tm.t_relay

    def breaks_once() -> int:
        ksr.tm.t_relay = relay
        raise RuntimeError("no memory")

    ksr.tm.t_relay = breaks_once
    assert route.invite(ksr)
    assert [where for where, _ in ksr.sent] == ["sip:service@127.0.0.1:5071"]
    ksr.hangs_up()
    route.bye(ksr)
    usage = route.router.usage("baltic")
    assert (usage.answered, usage.undelivered, usage.in_flight, usage.spent) == (0, 1, 0, 0.0)


def test_who_has_given_up_is_sent_nowhere_whatever_fails(monkeypatch) -> None:
    route, ksr = _route(), _call()
    route.invite(ksr)
    ksr.canceled = 1
    ksr.fails(487)
    monkeypatch.setattr(route.router, "settle", _fails)
    assert not route.failure(ksr)
    assert (len(ksr.sent), route.faults) == (1, 1)


def test_where_nothing_of_kamailio_works_nothing_is_raised() -> None:
    route = _route()
    for method in (route.invite, route.reply, route.failure, route.bye, route.cancel):
        assert method(object()) is False
    assert route.faults == 6  # a call that begins is tried in-house, too


def test_nobody_takes_it_and_the_center_turns_it_away(tmp_path: Path) -> None:
    text = (FILES / "center.toml").read_text()
    (tmp_path / "center.toml").write_text(f'fallback = "reject"\n{text}')
    center = Center.load(tmp_path / "center.toml")
    router = Router(center, clock=Clock(), compile=False)
    route = Route(router, Destinations.load(FILES / "destinations.toml", center, "sip"))
    ksr = _call("unheard of")
    assert not route.invite(ksr)
    assert ksr.sent == []


def test_numbers_and_variables_are_checked_where_they_are_told() -> None:
    with pytest.raises(InputError, match=r"fields.langage: .*language"):
        read_contact({"langage": "$hdr(X)"})
    with pytest.raises(InputError, match="a variable of Kamailio"):
        read_contact({"language": "X-Language"})
    with pytest.raises(InputError, match=r"fallback: .*'servise'.*service"):
        _route(fallback="servise")
    with pytest.raises(InputError, match=r"silence: found 0.0; expected seconds"):
        _route(silence=0.0)


def test_many_kinds_of_callers_take_no_more_room() -> None:
    read = read_contact({"language": "$hdr(X)"}, {"100": "service"})
    kinds = {read(_call("100", **{"$hdr(X)": f"x{number}"})).language for number in range(5000)}
    assert len(kinds) == 5000


def _files(folder: Path) -> Path:
    for name in ("center.toml", "destinations.toml"):
        (folder / name).write_text((FILES / name).read_text())
    return folder


@pytest.fixture
def nothing_loaded(monkeypatch):
    monkeypatch.setattr(loading, "_LOADED", {})
    monkeypatch.setattr(loading, "prepare", lambda router: None)
    monkeypatch.setattr(
        loading, "Router", partial(Router, compile=False)
    )  # for this process, and who is next
    logger = logging.getLogger("bporoute")
    handlers, level = list(logger.handlers), logger.level
    yield
    for loaded in loading._LOADED.values():
        loaded.router.ledger.close()
    logger.handlers[:] = handlers
    logger.setLevel(level)


def test_a_script_that_is_run_again_has_the_same_router_and_new_files(tmp_path: Path, nothing_loaded) -> None:
    files, ledger, ksr = _files(tmp_path), tmp_path / "ledger", _call()
    first = load(ksr, files, ledger=ledger, policy="QueueLength(0)")
    again = load(ksr, files, ledger=ledger, policy="QueueLength(0)", silence=2.0)
    assert again.router is first.router
    assert ksr.lines == []
    center = files / "center.toml"
    center.write_text(center.read_text().replace("0.62", "0.50"))
    addresses = files / "destinations.toml"
    addresses.write_text(addresses.read_text().replace("5073", "5074"))
    changed = load(ksr, files, ledger=ledger, policy="QueueLength(0)")
    assert changed.router.center.vendors["baltic"].contract.price_per_minute == 0.50
    assert changed.destinations["nord"].endswith(":5074")
    center.write_text("[queues")
    kept = load(ksr, files, ledger=ledger, policy="QueueLength(0)")
    assert (kept.router, kept.destinations) == (first.router, changed.destinations)
    assert "goes on by the files" in ksr.lines[0]
    assert "goes on as before" in ksr.lines[1]
    assert len(ksr.lines) == 2


def test_a_script_that_is_run_again_has_its_new_policy(tmp_path: Path, nothing_loaded) -> None:
    files, ledger, ksr = _files(tmp_path), tmp_path / "ledger", _call()
    route = load(ksr, files, ledger=ledger, policy="QueueLength(0)")
    load(ksr, files, ledger=ledger, policy="QueueLength(7)")
    assert str(route.router.policy) == "QueueLength(n=7.0)"
    load(ksr, files, ledger=ledger, policy="QueueLenght(3)")
    assert str(route.router.policy) == "QueueLength(n=7.0)"
    assert "goes on as before" in ksr.lines[-1]
    load(ksr, files, ledger=ledger)
    assert str(route.router.policy).startswith("MarginalCost(")


def test_a_file_that_is_written_while_it_is_read_is_read_again(
    tmp_path: Path, nothing_loaded, monkeypatch
) -> None:
    files, ledger, ksr = _files(tmp_path), tmp_path / "ledger", _call()
    center, of_file = files / "center.toml", Center.load

    def written_meanwhile(path: Path) -> Center:
        found = of_file(path)
        center.write_text(center.read_text().replace("0.62", "0.50"))
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Center, "load", written_meanwhile)
        route = load(ksr, files, ledger=ledger, policy="QueueLength(0)")
    load(ksr, files, ledger=ledger, policy="QueueLength(0)")
    assert route.router.center.vendors["baltic"].contract.price_per_minute == 0.50


def test_files_that_cannot_be_used_are_said_before_there_are_workers(tmp_path: Path, nothing_loaded) -> None:
    with pytest.raises(InputError, match=r"center\.toml"):
        load(_call(), tmp_path, ledger=tmp_path / "ledger")


SCRIPT = """
class Script:
    answer = {answer}

    def child_init(self, rank):
        return 0

    def ksr_request_route(self, msg):
        return self.answer


mod_init = Script
"""
BROKEN = {
    "syntax": ("def broken(:\n", "SyntaxError", "line 13"),
    "exception": ("\n1 / 0\n", "ZeroDivisionError", "(line 14)"),
    "end": ("raise SystemExit(3)\n", "SystemExit", "(line 13)"),
    "no beginning": ("del mod_init\n", "no mod_init", ""),
    "beginning fails": ("mod_init = lambda: {}['x']\n", "KeyError", "(line 13)"),
    "beginning with an argument": ("mod_init = Script.child_init\n", "TypeError", ""),
    "no route": ("del Script.ksr_request_route\n", "no ksr_request_route", ""),
    "no text": ("\0", "null bytes", ""),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_script_that_is_broken_when_it_is_loaded_anew_changes_nothing(
    name, tmp_path: Path, nothing_loaded
) -> None:
    more, what, where = BROKEN[name]
    file, ksr = tmp_path / "kamailio.py", _call()
    file.write_text(SCRIPT.format(answer=1))
    first = script(ksr, file)()
    file.write_text(SCRIPT.format(answer=2) + more)
    assert script(ksr, file)() is first
    (line,) = ksr.lines
    assert "goes on as before" in line
    assert what in line
    assert where in line
    assert line.count("\n") == 1
    file.unlink()
    assert script(ksr, file)() is first
    file.write_text(SCRIPT.format(answer=3))
    assert script(ksr, file)().ksr_request_route(None) == 3


def test_a_script_that_is_broken_at_first_is_an_error(tmp_path: Path, nothing_loaded) -> None:
    file = tmp_path / "kamailio.py"
    file.write_text("def broken(:\n")
    for _ in range(2):
        with pytest.raises(SyntaxError):
            script(_call(), file)


def test_lines_of_the_log_are_one_line_each() -> None:
    ksr = _call()
    record = logging.LogRecord("bporoute", logging.WARNING, "", 0, "a\nb: %s", ("c\r",), None)
    KamailioLog(ksr).handle(record)
    assert ksr.lines == ["bporoute: 'a\\nb: c\\r'\n"]


def test_another_reading_of_a_code_is_passed_on() -> None:
    route, ksr = _route(endings=Endings({"sip": {"480": "abandoned"}})), _call()
    route.invite(ksr)
    ksr.fails(480)
    assert not route.failure(ksr)
    assert route.router.usage("baltic").abandoned == 1
