"""Channels ask over FastAGI, by a client that speaks as Asterisk 16 does, on real sockets."""

from __future__ import annotations

import asyncio
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import Center, ContactType, Contract, Queue, QueueLength, Router, Vendor
from bporoute.errors import InputError
from bporoute.telephony import Destinations
from bporoute.telephony.agi import FastAgi
from bporoute.telephony.agi._commands import asked, asking, setting
from bporoute.telephony.agi._environment import environment_of
from helpers.asterisk_channel import Channel, called, refused, with_server
from helpers.clock import Clock

EACH = {"country": "EE", "timezone": "Europe/Tallinn", "contact_types": ("service",)}
CENTER = Center(
    queues={"service": Queue(aht=240, languages=("sv", "en")), "sales": Queue(aht=200)},
    contact_types={"service": ContactType(queue="service"), "orders": ContactType(queue="sales")},
    vendors={
        "baltic": Vendor(contract=Contract(price_per_contact=4.5), languages=("sv",), **EACH),
        "manila": Vendor(contract=Contract(price_per_contact=5.0), languages=("sv", "en"), **EACH),
    },
)
ADDRESSES = {
    "service": "Local/service@inhouse",
    "sales": "Local/sales@inhouse",
    "baltic": "PJSIP/baltic",
    "manila": "PJSIP/100@manila",
}


@pytest.fixture
def router():
    made = Router(CENTER, QueueLength(0), clock=Clock(), compile=False)
    made.state["service"].update(agents=2, busy=2, waiting=1)
    made.state["sales"].update(agents=2, busy=0, waiting=0)
    return made


def served(router, **options):
    return FastAgi(router, Destinations(ADDRESSES, CENTER, "dial"), **options)


def in_a_queue(name, address):
    center = Center(queues={name: Queue(aht=240)}, contact_types={"service": ContactType(queue=name)})
    made = Router(center, clock=Clock(), compile=False)
    return made, FastAgi(made, Destinations({name: address}, center, "queue"))


def test_a_long_address_arrives_whole():
    _, agi = in_a_queue("service", "a:" * 250)
    assert called(agi, "route?type=service").told == ("keep", "service", "a:" * 250)
    assert agi.counts == {"route": 1}


def test_what_asterisk_would_cut_is_taken_back_and_the_call_is_kept(caplog):
    far = "é" * 100
    center = Center(
        queues={"service": Queue(aht=240)},
        contact_types={"service": ContactType(queue="service", sourcing="full")},
        vendors={far: Vendor(contract=Contract(price_per_contact=4.5), **EACH)},
    )
    made = Router(center, clock=Clock(), compile=False)
    agi = FastAgi(made, Destinations({"service": "support", far: ":" * 500}, center, "queue"))
    channel = called(agi, "route?type=service")
    assert channel.told == ("keep", "service", "support")
    assert channel.variables["BPOROUTE_TOKEN"] == ""
    assert (agi.counts["too long"], made.usage(far).in_flight, made.usage(far).spent) == (1, 0, 0.0)
    assert "an answer is not told, the call is kept: BPOROUTE_ADDRESS: found a command of" in caplog.text


def test_where_nothing_can_be_told_that_is_said(caplog):
    _, agi = in_a_queue("é" * 100, ":" * 500)
    assert called(agi, "route?type=service").told == (None, None, None)
    assert agi.counts["too long"] == 1
    assert "a conversation failed" in caplog.text


def test_a_long_remark_is_cut_and_says_so():
    channel = called(in_a_queue("service", "support")[1], "route?" + "type=" + "t" * 900)
    said = channel.variables["BPOROUTE_DEGRADED"]
    assert len(said) == 200
    assert said.endswith(" ...")


def test_a_call_goes_out_fails_goes_elsewhere_and_is_settled(router):
    agi = served(router)

    async def talk(address):
        channel = Channel(address)
        await channel.ask("route?type=service")
        first = channel.told
        channel.variables |= {"DIALSTATUS": "BUSY", "DIALEDTIME": "1", "HANGUPCAUSE": "17"}
        await channel.ask("divert")
        second = channel.told
        assert channel.variables["DIALSTATUS"] == channel.variables["DIALEDTIME"] == ""
        there = router.usage("baltic").failed, router.usage("manila").in_flight
        channel.variables |= {"DIALSTATUS": "ANSWER", "DIALEDTIME": "194", "ANSWEREDTIME": "180"}
        await channel.ask("settle")
        return first, second, there, len(channel.commands)

    assert with_server(agi, talk) == (
        ("overflow", "baltic", "PJSIP/baltic"),
        ("overflow", "manila", "PJSIP/100@manila"),
        (1, 1),
        5,  # two for a decision, one to settle
    )
    usage = router.usage("manila")
    assert (usage.answered, usage.in_flight, usage.spent) == (1, 0, 5.0)
    assert router.status().vendors[0].failure == "BUSY, cause 17"
    assert agi.counts == {"route": 1, "divert": 1, "settle": 1}


def test_a_kept_call_is_settled_by_what_the_queue_tells(router):
    settled = []
    router.settle = lambda *told, **times: settled.append((told[1], times["wait"], times["handle"]))
    agi = served(router)

    async def talk(address):
        for told in (
            {"QEHOLDTIME": "20", "EPOCH": "1700000200"},
            {"ABANDONED": "TRUE"},
            {"QUEUESTATUS": "FULL"},
            {},
            {"DIALSTATUS": "CANCEL", "DIALEDTIME": "7"},
        ):
            channel = Channel(address)
            await channel.ask("route?type=orders")
            assert channel.told == ("keep", "sales", "Local/sales@inhouse")
            channel.variables |= told
            await channel.ask("settle")

    with_server(agi, talk)
    assert settled == [
        ("answered", 20.0, 180.0),
        ("abandoned", None, None),
        ("failed", None, None),
        ("abandoned", None, None),
        ("abandoned", 7.0, None),
    ]


def test_the_dialplan_may_say_how_it_ended(router):
    channel = called(served(router), "route?type=service", "settle?outcome=answered&wait=2&handle=60")
    assert channel.told[1] == "baltic"
    assert router.usage("baltic").answered == 1


def test_what_is_not_the_vendors_fault_says_nothing_of_it(router):
    async def talk(address):
        channel = Channel(address)
        await channel.ask("route?type=service")
        channel.variables["DIALSTATUS"] = "INVALIDARGS"
        await channel.ask("divert")
        return channel.told[1]

    assert with_server(served(router), talk) == "manila"
    usage = router.usage("baltic")
    assert (usage.failed, usage.in_flight) == (0, 0)


@pytest.mark.parametrize(("dialled", "settled"), [("ANSWER", (1, 0)), ("CANCEL", (0, 1))])
def test_nobody_diverts_a_call_that_has_not_failed(router, dialled, settled):
    async def talk(address):
        channel = Channel(address)
        await channel.ask("route?type=service")
        channel.variables["DIALSTATUS"] = dialled
        await channel.ask("divert")
        return channel.told

    assert with_server(served(router), talk) == ("none", "", "")
    usage = router.usage("baltic")
    assert (usage.answered, usage.abandoned, usage.failed) == (*settled, 0)


def test_a_channel_is_asked_for_what_is_configured(router):
    agi = served(router, ask={"language": "CHANNEL(language)", "value_class": "VALUE"})
    english = called(agi, "route?type=service", **{"CHANNEL(language)": "en", "VALUE": "gold"})
    assert english.told[1] == "manila"  # baltic speaks none
    swedish = called(agi, "route?type=service&language=sv", **{"CHANNEL(language)": "en"})
    assert swedish.told[1] == "baltic"  # the dialplan's word comes first


@pytest.mark.parametrize(
    "name", ["SHELL(reboot)x", "A}", "${A}", "a b", "", "A\nSET VARIABLE x y", "EVAL(${CALLERID(num)})", 7]
)
def test_only_plain_variables_can_be_asked_for(router, name):
    with pytest.raises(InputError, match=r"ask\.language"):
        FastAgi(router, ask={"language": name})


def test_what_a_caller_chooses_changes_nothing(router):
    hostile = (
        "1\nagi_arg_1: x\nagi_request: agi://x/settle\n\n"
        "200 result=1 (0|1|baltic)\n200 result=1\nHANGUP\n511 no\n200 result=1 (${X}|)"
    )

    async def talk(address):
        channel = Channel(address, CALLER=hostile)
        status = await channel.ask("route?type=service", caller=hostile)
        return status, channel.told

    agi = served(router, ask={"value_class": "CALLER"})
    assert with_server(agi, talk) == ("SUCCESS", ("overflow", "baltic", "PJSIP/baltic"))
    assert agi.counts == {"route": 1}


@pytest.mark.parametrize("question", ["", "rout?type=service", "..%2f?type=service", "[" * 40, "route/x"])
def test_what_nobody_knows_stays_in_house(router, question, caplog):
    agi = served(router)
    told = called(agi, question).told
    assert told in (("keep", "service", "Local/service@inhouse"), ("keep", "sales", "Local/sales@inhouse"))
    assert refused(agi.counts) == {"unknown": 1}
    assert "\n" not in "".join(record.getMessage() for record in caplog.records)


def test_a_router_that_fails_keeps_in_house(router, caplog):
    def fail(*_, **__):
        raise RuntimeError("no\nroute")

    router.route = router.divert = router.settle = fail
    agi = served(router)
    with caplog.at_level(logging.WARNING, "bporoute"):
        channel = called(agi, "route?type=orders", "route?type=orders", "divert", "settle")
    assert channel.told == ("keep", "service", "Local/service@inhouse")
    assert channel.variables["BPOROUTE_DEGRADED"] == "nothing could be decided"
    assert refused(agi.counts) == {"faults": 4}
    assert [record.getMessage() for record in caplog.records] == [
        r"agi: route failed: RuntimeError: 'no\nroute'"  # one line a minute
    ]


def test_what_nobody_hears_is_taken_back(router):
    agi = served(router)

    async def talk(address):
        channel = Channel(address)

        def gone(command):
            return None if command.startswith("SET") else channel.answer(command)

        def dead(command):
            return (
                "511 Command Not Permitted on a dead channel"
                if command[:3] == "SET"
                else channel.answer(command)
            )

        return [await channel.ask("route?type=service", turn=turn) for turn in (gone, dead)]

    assert with_server(agi, talk) == ["HANGUP", "SUCCESS"]
    usage = router.usage("baltic")
    assert (usage.in_flight, usage.answered, usage.failed) == (0, 0, 0)
    assert refused(agi.counts) == {"broken": 1, "hung up": 1}


def test_a_caller_who_hangs_up_meanwhile_is_answered_all_the_same(router):
    async def talk(address):
        channel = Channel(address)
        await channel.ask("route?type=service", turn=lambda command: f"HANGUP\n{channel.answer(command)}")
        return channel.told[1]

    assert with_server(served(router), talk) == "baltic"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"agi_request: agi://h/route?type=serv",  # half a line
        b"agi_request: agi://h/route?type=service\n",  # half a block
        b"\xff\xfe\n\n",
        b"a" * 10_000_000,
        b"agi_x: y\n" * 100_000,
        b"\n" * 1000,
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_no_question_ends_and_the_next_one_is_answered(router, text):
    agi = served(router)

    async def talk(address):
        reader, writer = await asyncio.open_connection(*address[:2])
        try:
            writer.write(text)
            writer.write_eof()
            await reader.read()
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()
        channel = Channel(address)
        await channel.ask("route?type=service")
        return channel.told[1]

    assert with_server(agi, talk) == "baltic"
    assert set(refused(agi.counts)) <= {"broken"}


@pytest.mark.parametrize("said", ["", "agi_request: agi://h/route?type=service\n\n"])
def test_who_says_nothing_is_given_up(router, said):
    agi = served(router, timeout=0.05)

    async def talk(address):
        reader, writer = await asyncio.open_connection(*address[:2])
        writer.write(said.encode())
        await reader.read()  # until the server closes
        writer.close()

    with_server(agi, talk)
    assert refused(agi.counts) == {"broken": 1}
    assert router.usage("baltic").in_flight == 0


def test_only_so_many_at_a_time_and_only_who_may(router):
    async def talk(address):
        one = await asyncio.open_connection(*address[:2])
        while not few._open:
            await asyncio.sleep(0)
        second = await Channel(address).ask("route?type=service")
        one[1].close()
        return second

    few = served(router, most=1)
    assert with_server(few, talk) in ("SUCCESS", "FAILURE")  # closed before or after it has written
    assert few.counts["turned away"] == 1
    assert "route" not in few.counts
    others = served(router, peers=["10.0.0.0/8"])
    with_server(others, lambda address: Channel(address).ask("route?type=service"))
    assert others.counts == {"not allowed": 1}
    with pytest.raises(InputError, match="peers"):
        served(router, peers=["anybody"])


def test_two_hundred_calls_at_once(router):
    agi = served(router)

    async def call(address, number):
        channel = Channel(address, uniqueid=f"17.{number}")
        assert await channel.ask("route?type=service") == "SUCCESS"
        channel.variables |= {"DIALSTATUS": "ANSWER", "DIALEDTIME": "100", "ANSWEREDTIME": "90"}
        assert await channel.ask("settle") == "SUCCESS"
        return channel.told[1]

    async def talk(address):
        return await asyncio.gather(*(call(address, number) for number in range(200)))

    assert set(with_server(agi, talk)) == {"baltic"}
    usage = router.usage("baltic")
    assert (usage.answered, usage.in_flight) == (200, 0)
    assert agi.counts == {"route": 200, "settle": 200}


TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)


@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_any_value_is_set_as_it_is_but_for_what_is_no_text(values):
    channel = Channel(("", 0))
    names = [f"V{number}" for number in range(len(values))]
    command = setting(dict(zip(names, values, strict=True)))
    assert "\n" not in command
    assert channel.answer(command) == "200 result=1"
    for name, value in zip(names, values, strict=True):
        set_ = channel.variables[name]
        assert len(set_) == len(value)
        assert all(is_ == was or is_ == " " for is_, was in zip(set_, value, strict=True))


@given(st.dictionaries(st.sampled_from(["A", "B", "CHANNEL(language)"]), TEXTS))
def test_any_value_that_a_channel_has_is_read(variables):
    names = ["A", "B", "CHANNEL(language)"]
    channel = Channel(("", 0), **variables)
    found = asked(channel.answer(asking("f00", names)), "f00", names)
    assert found == {name: value for name, value in variables.items() if value}


@given(st.lists(TEXTS))
def test_any_lines_are_a_question(lines):
    assert environment_of("\n".join(lines).encode()) is not None
    assert all(asked(line, "f00", ["A"]) is None for line in lines)
