"""The example for Asterisk with calls by SIP: they come from SIPp, and go to vendors whom SIPp plays."""

from __future__ import annotations

import asyncio

import pytest

from bporoute import Center, Router
from bporoute.telephony import Destinations
from bporoute.telephony.agi import FastAgi
from bporoute.telephony.ami import Feed, read_names
from helpers import asterisk_trunks as sip
from helpers.asterisk_engine import PJSIP, Asterisk, check_there
from helpers.asterisk_manager import until
from helpers.asterisk_trunks import Trunks
from helpers.places import EXAMPLES
from helpers.running import HANG

pytestmark = pytest.mark.engines
FOLDER = EXAMPLES / "asterisk"
CENTER = Center.load(FOLDER / "center.toml")
INCOMING = "[incoming]\nexten => 100,1,Goto(bporoute,service,1)\n"
RINGS_FOR = 3


@pytest.fixture
def trunks(tmp_path):
    check_there()
    with Trunks(tmp_path / "trunks") as made:
        yield made


@pytest.fixture
def router():
    made = Router(CENTER, "QueueLength(0)", compile=False)
    made.state["service"].update(agents=2, busy=2, waiting=1)
    return made


def with_asterisk(folder, trunks, router, talk, *, fed=None):
    """What comes of a talk with an Asterisk that has these trunks, asks this router and feeds another."""
    queues = (FOLDER / "queues.conf").read_text().replace("member => PJSIP/bob\n", "")
    files = {"manager.conf": (FOLDER / "manager.conf").read_text(), "queues.conf": queues}
    asterisk = Asterisk(folder, {**files, "pjsip.conf": trunks.config()}, PJSIP)

    async def all_of_it():
        agi = FastAgi(router, Destinations.load(FOLDER / "dial.toml", CENTER, "dial"))
        server = await agi.listen("127.0.0.1", 0)
        at = f"agi://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        dialplan = (FOLDER / "extensions.conf").read_text().replace("agi://127.0.0.1/", at)
        assert "},20)" in dialplan
        asterisk.write("extensions.conf", dialplan.replace("},20)", f"}},{RINGS_FOR})") + INCOMING)
        names = read_names(FOLDER / "names.toml")
        feed = Feed(
            fed or router, "127.0.0.1", asterisk.port, "bporoute", "change-me",
            queues=names.queues, trunks=names.trunks, every=1.0,
        )  # fmt: skip
        with asterisk.running():
            following = asyncio.create_task(feed.run()) if fed else None
            try:
                async with asyncio.timeout(HANG):
                    return await talk(agi, feed)
            finally:
                if following is not None:
                    following.cancel()
                    await asyncio.gather(following, return_exceptions=True)
                server.close()
                await agi.finish(10.0)

    return asyncio.run(all_of_it())


async def settled(agi, calls=1):
    await until(lambda: agi.counts.get("settle", 0) >= calls)


def ways_of(folder, trunks, router, caller, **vendors):
    """Calls once and waits until it is settled; what was asked, and whether the caller ended as planned."""
    for name, scenario in vendors.items():
        trunks.mute(name) if scenario is None else trunks.answer(name, scenario)

    async def talk(agi, _):
        calls = trunks.call(caller)
        await settled(agi)
        ended = await asyncio.to_thread(calls.finished)
        return agi.counts, ended["ok"]

    return with_asterisk(folder, trunks, router, talk)


def test_a_vendor_answers_and_the_caller_hangs_up(tmp_path, trunks, router):
    found = ways_of(tmp_path / "asterisk", trunks, router, sip.TALKS, baltic=sip.ANSWERS)
    assert found == ({"route": 1, "settle": 1}, 1)
    usage = router.usage("baltic")
    assert (usage.answered, usage.failed, usage.in_flight) == (1, 0, 0)
    assert 1.0 <= usage.handled <= 4.0
    assert usage.spent == pytest.approx(0.85 * usage.handled / 60)


def test_the_vendor_hangs_up_first(tmp_path, trunks, router):
    found = ways_of(tmp_path / "asterisk", trunks, router, sip.LISTENS, baltic=sip.HANGS_UP)
    assert found == ({"route": 1, "settle": 1}, 1)
    usage = router.usage("baltic")
    assert (usage.answered, usage.in_flight) == (1, 0)
    assert 1.0 <= usage.handled <= 4.0


@pytest.mark.parametrize(
    ("baltic", "why"),
    [
        (sip.refuses("480 Temporarily Unavailable"), "NOANSWER, cause 19"),
        (sip.refuses("486 Busy Here"), "BUSY, cause 17"),
        (sip.refuses("503 Service Unavailable"), "CONGESTION, cause 34"),
        (sip.refuses("603 Decline"), "CHANUNAVAIL, cause 21"),
        (sip.RINGS_ONLY, "NOANSWER, cause 0"),
    ],
    ids=["480", "486", "503", "603", "rings only"],
)
def test_a_vendor_that_does_not_take_it_is_left_for_the_next(tmp_path, trunks, router, baltic, why):
    ways = ways_of(tmp_path / "asterisk", trunks, router, sip.TALKS, baltic=baltic, manila=sip.ANSWERS)
    assert ways == ({"route": 1, "divert": 1, "settle": 1}, 1)
    first, second = router.usage("baltic"), router.usage("manila")
    assert (first.failed, first.answered, first.in_flight, first.spent) == (1, 0, 0, 0.0)
    assert (second.answered, second.in_flight) == (1, 0)
    assert why in str(router.status())


@pytest.mark.parametrize("what", ["404 Not Found", "484 Address Incomplete"])
def test_a_number_that_the_vendor_does_not_have_is_not_held_against_it(tmp_path, trunks, router, what):
    vendors = {"baltic": sip.refuses(what), "manila": sip.ANSWERS}
    ways = ways_of(tmp_path / "asterisk", trunks, router, sip.TALKS, **vendors)
    assert ways == ({"route": 1, "divert": 1, "settle": 1}, 1)
    usage = router.usage("baltic")
    assert (usage.failed, usage.in_flight, usage.spent) == (0, 0, 0.0)
    assert router.usage("manila").answered == 1


def test_a_vendor_of_whom_nothing_is_heard_is_left_for_the_next(tmp_path, trunks, router):
    vendors = {"baltic": None, "manila": sip.ANSWERS}
    ways = ways_of(tmp_path / "asterisk", trunks, router, sip.TALKS, **vendors)
    assert ways == ({"route": 1, "divert": 1, "settle": 1}, 1)
    assert (router.usage("baltic").failed, router.usage("baltic").in_flight) == (1, 0)
    assert router.usage("manila").answered == 1


def test_a_caller_who_hangs_up_first_has_abandoned(tmp_path, trunks, router):
    vendors = {"baltic": sip.RINGS_ONLY, "manila": sip.ANSWERS}
    ways = ways_of(tmp_path / "asterisk", trunks, router, sip.CANCELS, **vendors)
    assert ways == ({"route": 1, "settle": 1}, 1)
    usage = router.usage("baltic")
    assert (usage.abandoned, usage.failed, usage.in_flight) == (1, 0, 0)
    assert router.usage("manila").this_period == 0


def test_if_no_vendor_takes_it_an_agent_does(tmp_path, trunks, router):
    refuse = sip.refuses("503 Service Unavailable")
    vendors = {"baltic": refuse, "manila": refuse, "ann": sip.ANSWERS}
    ways = ways_of(tmp_path / "asterisk", trunks, router, sip.TALKS, **vendors)
    assert ways == ({"route": 1, "divert": 2, "settle": 1}, 1)
    assert router.usage("baltic").failed == router.usage("manila").failed == 1


def test_many_calls_are_each_settled_once(tmp_path, trunks, router):
    trunks.answer("baltic", sip.refuses("503 Service Unavailable"))
    trunks.answer("manila", sip.ANSWERS)

    async def talk(agi, _):
        calls = trunks.call(sip.TALKS, 40, 10)
        await settled(agi, 40)
        return agi.counts, (await asyncio.to_thread(calls.finished))["ok"]

    counts, ok = with_asterisk(tmp_path / "asterisk", trunks, router, talk)
    first, second = router.usage("baltic"), router.usage("manila")
    assert (counts["route"], counts["settle"], ok) == (40, 40, 40)
    assert counts["divert"] == first.failed
    assert second.answered == 40
    assert first.in_flight == second.in_flight == 0


def test_a_trunk_that_answers_no_question_is_down_and_comes_back(tmp_path, trunks):
    text = (FOLDER / "center.toml").read_text()
    whole = text.replace('queue = "service"\n', 'queue = "service"\nsourcing = "full"\n')
    assert whole != text
    (tmp_path / "center.toml").write_text(whole)
    router = Router(Center.load(tmp_path / "center.toml"), compile=False)
    baltic, manila = router.vendors["baltic"], router.vendors["manila"]
    there = trunks.answer("baltic", sip.ANSWERS)
    trunks.answer("manila", sip.ANSWERS)

    async def one_call(agi, number):
        calls = trunks.call(sip.TALKS)
        await settled(agi, number)
        return (await asyncio.to_thread(calls.finished))["ok"]

    async def talk(agi, feed):
        await until(lambda: bool(feed._trunks.up("baltic") and feed._trunks.up("manila")))
        assert baltic.state.up is manila.state.up is True
        there.process.kill()
        await until(lambda: baltic.state.up is False)
        assert await one_call(agi, 1) == 1
        assert (router.usage("baltic").this_period, router.usage("manila").answered) == (0, 1)
        trunks.answer("baltic", sip.ANSWERS)
        await until(lambda: baltic.state.up is True)
        assert await one_call(agi, 2) == 1
        return agi.counts

    asked = with_asterisk(tmp_path / "asterisk", trunks, router, talk, fed=router)
    assert asked == {"route": 2, "settle": 2}
    assert router.usage("baltic").answered == 1


def test_a_trunk_that_is_down_fails_at_once(tmp_path, trunks, router):
    there = trunks.answer("baltic", sip.ANSWERS)
    trunks.answer("manila", sip.ANSWERS)
    watching = Router(CENTER, compile=False)

    async def talk(agi, feed):
        await until(lambda: feed._trunks.up("baltic") is True)
        there.process.kill()
        await until(lambda: feed._trunks.up("baltic") is False)
        calls = trunks.call(sip.TALKS)
        await settled(agi)
        return agi.counts, (await asyncio.to_thread(calls.finished))["ok"]

    found = with_asterisk(tmp_path / "asterisk", trunks, router, talk, fed=watching)
    assert found == ({"route": 1, "divert": 1, "settle": 1}, 1)
    assert (router.usage("baltic").failed, router.usage("manila").answered) == (1, 1)
    assert "CHANUNAVAIL, cause 3" in str(router.status())
