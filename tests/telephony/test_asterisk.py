"""The example for Asterisk, run by a real one, with Local channels in place of telephones."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from urllib.parse import unquote

import pytest

from bporoute import Center, ContactType, Queue, QueueLength, QueueState, Router
from bporoute.telephony import Destinations
from bporoute.telephony.agi import FastAgi
from bporoute.telephony.ami import Feed
from helpers.asterisk_engine import Asterisk, check_there
from helpers.asterisk_manager import until
from helpers.places import EXAMPLES
from helpers.running import finished, started, wait_until

pytestmark = pytest.mark.engines
FOLDER = EXAMPLES / "asterisk"
FILES = {name: (FOLDER / name).read_text() for name in ("extensions.conf", "queues.conf", "manager.conf")}
CENTER = Center.load(FOLDER / "center.toml")
INJECTED = (
    "1%0aagi_arg_1: x%0aagi_request: agi://x/settle%0a%0a"
    "200 result=1 (0|1|2)%0a200 result=1%0aHANGUP%0a511 no%0a520 End of proper usage."
)
OURS = r"""
[incoming]
exten => 100,1,Goto(bporoute,service,1)
exten => 200,1,Set(CALLERID(num)=${URIDECODE(INJECTED)})
 same => n,Set(CALLERID(name)=${URIDECODE(INJECTED)})
 same => n,Goto(bporoute,service,1)
exten => 300,1,AGI(agi://127.0.0.1/unheard-of?type=service)
 same => n,Verbose(1,SAYS ${AGISTATUS} ${BPOROUTE_ACTION} ${URIENCODE(${BPOROUTE_DESTINATION})})
 same => n,Hangup()

[callers]
exten => patient,1,Answer()
 same => n,Wait(30)
exten => hasty,1,Answer()
 same => n,Wait(1)
 same => n,Hangup()

[away]
exten => busy,1,Hangup(17)
exten => ok,1,Verbose(1,TAKES the call)
 same => n,Answer()
 same => n,Wait(2)
 same => n,Hangup()
exten => rings,1,Ringing()
 same => n,Wait(20)
"""

LONG = """
[incoming]
exten => 100,1,AGI(agi://127.0.0.1:PORT/route?type=service)
 same => n,Set(NAME=${URIENCODE(${BPOROUTE_DESTINATION})})
 same => n,Verbose(1,SAYS ${AGISTATUS} ${BPOROUTE_ADDRESS} ${BPOROUTE_TOKEN} ${NAME})
 same => n,Hangup()

[callers]
exten => hasty,1,Answer()
 same => n,Wait(1)
"""


@pytest.fixture
def asterisk(tmp_path):
    check_there()
    agents = FILES["queues.conf"].replace("PJSIP/ann", "Local/ok@away").replace("member => PJSIP/bob\n", "")
    return Asterisk(tmp_path / "asterisk", {**FILES, "queues.conf": agents})


@pytest.fixture
def router():
    made = Router(CENTER, QueueLength(0), compile=False)
    made.state["service"].update(agents=2, busy=2, waiting=1)
    return made


def dialplan(asterisk, port):
    text = FILES["extensions.conf"] + OURS.replace("INJECTED", INJECTED)
    asterisk.write("extensions.conf", text.replace("agi://127.0.0.1/", f"agi://127.0.0.1:{port}/"))


def with_asterisk(asterisk, router, talk, *, fed=False, **addresses):
    """What comes of a talk with an Asterisk that asks this router."""

    async def all_of_it():
        names = {"service": "Local/service@in-house", "baltic": "Local/busy@away", "manila": "Local/ok@away"}
        agi = FastAgi(router, Destinations(names | addresses, router.center, "dial"))
        server = await agi.listen("127.0.0.1", 0)
        dialplan(asterisk, server.sockets[0].getsockname()[1])
        feed = Feed(
            router, "127.0.0.1", asterisk.port, "bporoute", "change-me", queues={"support": "service"}
        )
        following = asyncio.create_task(feed.run()) if fed else None
        with asterisk.running():
            try:
                return await talk(agi, feed)
            finally:
                if following is not None:
                    following.cancel()
                    await asyncio.gather(following, return_exceptions=True)
                server.close()
                await agi.finish(10.0)

    return asyncio.run(all_of_it())


async def calls(asterisk, agi, extension, caller, **counted):
    """Place a call, and wait until as much has been asked."""
    await asyncio.to_thread(asterisk.call, extension, caller)
    await until(lambda: all(agi.counts.get(name, 0) >= count for name, count in counted.items()))


def test_a_vendor_is_busy_the_next_one_answers_and_the_call_is_settled(asterisk, router):
    async def talk(agi, _):
        await calls(asterisk, agi, 100, "patient", settle=1)
        return agi.counts

    assert with_asterisk(asterisk, router, talk) == {"route": 1, "divert": 1, "settle": 1}
    baltic, manila = router.usage("baltic"), router.usage("manila")
    assert (baltic.failed, baltic.in_flight, manila.answered, manila.in_flight) == (1, 0, 1, 0)
    assert 0.0 < manila.spent < 0.2  # two or three seconds
    assert "BUSY, cause 17" in str(router.status())


def test_a_caller_who_hangs_up_while_a_vendor_rings_has_abandoned(asterisk, router):
    async def talk(agi, _):
        await calls(asterisk, agi, 100, "hasty", settle=1)

    with_asterisk(asterisk, router, talk, baltic="Local/rings@away")
    usage = router.usage("baltic")
    assert (usage.abandoned, usage.failed, usage.in_flight) == (1, 0, 0)


def test_what_a_caller_chooses_changes_nothing(asterisk, router):
    async def talk(agi, _):
        await calls(asterisk, agi, 200, "patient", settle=1)
        return agi.counts

    assert with_asterisk(asterisk, router, talk) == {"route": 1, "divert": 1, "settle": 1}
    assert router.usage("manila").answered == 1


def test_any_name_arrives_as_it_is(asterisk):
    odd = 'a, "b" \\c (d [e ${EXTEN} ; $[1+1] Zoë'
    center = Center(queues={odd: Queue(aht=240)}, contact_types={"service": ContactType(queue=odd)})
    router = Router(center, compile=False)

    async def all_of_it():
        agi = FastAgi(router)
        server = await agi.listen("127.0.0.1", 0)
        dialplan(asterisk, server.sockets[0].getsockname()[1])
        with asterisk.running():
            await asyncio.to_thread(asterisk.call, 300, "hasty")
            await until(lambda: bool(asterisk.said("SAYS")))
        server.close()
        await agi.finish(10.0)
        return asterisk.said("SAYS")

    status, action, name = asyncio.run(all_of_it())[0].split(" ")
    assert (status, action, unquote(name)) == ("SUCCESS", "keep", odd)


def test_as_long_an_answer_as_is_told_arrives_whole(asterisk):
    """Just short of what Asterisk reads of a line."""
    name, address = "é" * 100, "a:" * 250
    center = Center(queues={name: Queue(aht=240)}, contact_types={"service": ContactType(queue=name)})
    router = Router(center, compile=False)

    async def all_of_it():
        agi = FastAgi(router, Destinations({name: address}, center, "queue"))
        server = await agi.listen("127.0.0.1", 0)
        at = server.sockets[0].getsockname()[1]
        asterisk.write("extensions.conf", LONG.replace("PORT", str(at)))
        with asterisk.running():
            await asyncio.to_thread(asterisk.call, 100, "hasty")
            await until(lambda: bool(asterisk.said("SAYS")))
        server.close()
        await agi.finish(10.0)
        return asterisk.said("SAYS")[0].split(" ")

    status, told, token, name_told = asyncio.run(all_of_it())
    assert (status, told, len(token), unquote(name_told)) == ("SUCCESS", address, 72, name)


def test_the_queue_is_followed_and_a_kept_call_is_settled_by_it(asterisk, router):
    settled, seen = [], []
    settle = router.settle

    def noting(token, outcome, **times):
        settled.append((outcome, times["wait"], times["handle"]))
        return settle(token, outcome, **times)

    router.settle = noting
    service = router.state["service"]

    async def talk(agi, feed):
        await until(lambda: feed.connected)
        seen.append(service.state)
        await asyncio.to_thread(asterisk.call, 100, "patient")
        for busy in (1, 0):
            await until(lambda busy=busy: service.state.busy == busy)
            seen.append(service.state)
        await until(lambda: bool(settled))
        return agi.counts, feed.counts["late"]

    assert with_asterisk(asterisk, router, talk, fed=True) == ({"route": 1, "settle": 1}, 0)
    assert seen == [QueueState(1, 0, 0), QueueState(1, 1, 0), QueueState(1, 0, 0)]
    ((outcome, wait, handle),) = settled
    assert outcome == "answered"
    assert wait in (0.0, 1.0, 2.0)
    assert handle >= 1.0


def test_an_asterisk_that_dies_is_followed_again(asterisk, router):
    async def all_of_it():
        feed = Feed(
            router, "127.0.0.1", asterisk.port, "bporoute", "change-me", queues={"support": "service"}
        )
        following = asyncio.create_task(feed.run())
        dialplan(asterisk, 1)
        for connections in (1, 2):
            with asterisk.running():
                await until(
                    lambda number=connections: feed.connected and feed.counts["connections"] == number
                )
                asterisk.die()
                await until(lambda: not feed.connected)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)

    asyncio.run(all_of_it())
    assert router.state["service"].state == QueueState(1, 0, 0)


def test_without_a_server_a_call_waits_in_its_queue(asterisk):
    dialplan(asterisk, 1)  # where nobody listens
    with asterisk.running():
        asterisk.call(100, "patient")
        assert wait_until(lambda: bool(asterisk.said("TAKES")))
    assert "Connection refused" in asterisk.log


@pytest.mark.parametrize("answers", [0, 1])
def test_a_server_that_turns_channels_away_sends_nobody_round(asterisk, router, answers):
    async def all_of_it():
        async def answer(reader, writer):
            if len(turned_away) < answers:
                await agi.answer(reader, writer)
            writer.close()
            turned_away.append(writer)

        turned_away = []
        destinations = {
            "service": "Local/service@in-house",
            "baltic": "Local/busy@away",
            "manila": "Local/ok@away",
        }
        agi = FastAgi(router, Destinations(destinations, CENTER, "dial"))
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        dialplan(asterisk, server.sockets[0].getsockname()[1])
        with asterisk.running():
            await asyncio.to_thread(asterisk.call, 100, "patient")
            await until(lambda: bool(asterisk.said("TAKES")))
            await until(lambda: len(turned_away) == answers + 2)  # and once at the end
            server.close()

    asyncio.run(all_of_it())
    assert router.usage("baltic").in_flight == answers


def test_a_server_that_hangs_keeps_nobody_waiting(asterisk):
    async def all_of_it():
        async def hang(reader, writer):
            while await reader.read(1 << 16):
                pass
            writer.close()

        server = await asyncio.start_server(hang, "127.0.0.1", 0)
        dialplan(asterisk, server.sockets[0].getsockname()[1])
        with asterisk.running():
            await asyncio.to_thread(asterisk.call, 100, "patient")
            await until(lambda: bool(asterisk.said("TAKES")))
            server.close()
            asterisk.die()  # at the end it asks again, and would wait

    asyncio.run(all_of_it())


def test_trunks_are_followed(asterisk, router):
    asterisk.write("manager.conf", FILES["manager.conf"].replace("reporting", "reporting,system"))

    async def all_of_it():
        trunks = {"Local/ok@away": "baltic", "Local/nowhere@void": "manila"}
        told = {"queues": {"support": "service"}, "trunks": trunks, "every": 0.2}
        feed = Feed(router, "127.0.0.1", asterisk.port, "bporoute", "change-me", **told)
        following = asyncio.create_task(feed.run())
        dialplan(asterisk, 1)
        with asterisk.running():
            await until(lambda: feed.connected)
            await asyncio.to_thread(asterisk.call, 100, "patient")  # which is when their states are looked at
            await until(lambda: router.state["service"].state.busy == 1)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)

    asyncio.run(all_of_it())
    assert router.vendors["baltic"].state.up is True


def test_the_command_as_the_page_has_it(asterisk, tmp_path):
    (tmp_path / "secret").write_text("change-me\n")
    (tmp_path / "secret").chmod(0o600)
    (tmp_path / "dial.toml").write_text(
        (FOLDER / "dial.toml")
        .read_text()
        .replace("PJSIP/baltic", "Local/busy@away")
        .replace("PJSIP/100@manila", "Local/ok@away")
    )
    command = [
        sys.executable, "-m", "bporoute", "agi", "--center", FOLDER / "center.toml", "--port", "0",
        "--policy", "QueueLength(0)",
        "--destinations", tmp_path / "dial.toml", "--ledger", tmp_path / "ledger",
        "--ami", f"127.0.0.1:{asterisk.port}", "--ami-secret-file", tmp_path / "secret",
        "--ami-names", FOLDER / "names.toml",
    ]  # fmt: skip
    dialplan(asterisk, 1)
    with asterisk.running(), started(command) as process:
        listens = re.fullmatch(r"agi: listens at 127\.0\.0\.1:(\d+)\n", process.stdout.readline())
        assert any(line == "INFO ami: connected\n" for line in process.stderr)
        dialplan(asterisk, int(listens[1]))
        asterisk.reload()
        asterisk.call(100, "patient")
        assert wait_until(lambda: bool(asterisk.said("TAKES")))
        os.kill(process.pid, signal.SIGTERM)
        done = finished(process)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("agi: ended; 1 route")
