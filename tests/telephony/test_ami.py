"""What a manager interface tells becomes live state, by one that speaks as Asterisk 16 does."""

from __future__ import annotations

import asyncio
import logging
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import Center, ContactType, Contract, Queue, QueueLength, QueueState, Router, Vendor
from bporoute.errors import InputError
from bporoute.telephony.ami import Feed, read_names
from bporoute.telephony.ami._lines import LONGEST, Messages, action
from bporoute.telephony.ami._queues import NOT_KNOWN, Figures, QueueBook
from bporoute.telephony.ami._trunks import Trunks
from helpers.asterisk_manager import Manager, fed, joined, left, member, text, until
from helpers.clock import Clock

CENTER = Center(
    queues={"service": Queue(aht=240), "sales": Queue(aht=200)},
    contact_types={"service": ContactType(queue="service"), "orders": ContactType(queue="sales")},
    vendors={
        "baltic": Vendor(
            country="EE",
            timezone="Europe/Tallinn",
            contact_types=("service",),
            contract=Contract(price_per_contact=4),
        )
    },
)
QUEUES = {"support": "service", "support-night": "service", "shop": "sales"}
ANN, BOB, CAT = "PJSIP/ann", "PJSIP/bob", "PJSIP/cat"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def router(clock):
    return Router(CENTER, QueueLength(0), clock=clock, compile=False)


@pytest.fixture
def manager():
    made = Manager()
    made.queues = {
        "support": (0, {ANN: (1, 0), BOB: (2, 0), CAT: (1, 1)}),
        "shop": (2, {BOB: (2, 0), "PJSIP/dan": (5, 0)}),
        "elsewhere": (7, {}),
    }
    return made


def state(router, queue="service"):
    return router.state[queue].state


BYTES = st.lists(
    st.one_of(st.binary(max_size=40), st.sampled_from([b"\r\n\r\n", b"Event: Join\r\nA: 1", b"\r"]))
)


@given(BYTES, st.lists(st.integers(0, 200)), st.sampled_from([(), ("Join",)]))
def test_any_bytes_in_any_pieces_are_the_same_messages(parts, cuts, wanted):
    stream = b"".join(parts)
    whole, pieces = Messages(wanted), Messages(wanted)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    found = [each for start, end in pairwise(edges) for each in pieces.read(stream[start:end])]
    assert found == whole.read(stream)


@pytest.mark.parametrize("size", [LONGEST - 2, LONGEST - 1, LONGEST, LONGEST + 1, 10_000_000])
@pytest.mark.parametrize("piece", [1 << 30, 4096, LONGEST + 3])
def test_a_message_that_is_too_long_is_left_out(size, piece):
    stream = b"A: " + b"x" * (size - 3) + b"\r\n\r\nEvent: Join\r\n\r\n"
    messages = Messages()
    found = [
        each
        for start in range(0, len(stream), piece)
        for each in messages.read(stream[start : start + piece])
    ]
    assert found[-1] == {"Event": "Join"}
    assert (len(found), messages.overlong) == ((2, 0) if size <= LONGEST else (1, 1))


FIELDS = ["Event", "Queue", "Count", "Status", "Interface", "Calls"]
VALUES = ["support", "shop", "-1", "2", "6", "", "x" * 50, "1e9", "٣"]
NAMED = ["Params", "Member", "StatusComplete", "CallerJoin", "MemberRemoved", "MemberStatus"]
ANY = st.dictionaries(
    st.sampled_from(FIELDS), st.sampled_from([*VALUES, *(f"Queue{each}" for each in NAMED)])
)


@given(st.lists(ANY))
def test_any_messages_are_taken(messages):
    book = QueueBook(QUEUES)
    trunks = Trunks({"PJSIP/baltic": "baltic"})
    for at, message in enumerate(messages):
        if message.get("Event", "").startswith("Queue"):
            book.take(message, float(at))
        trunks.take(message)
    for queue in ("service", "sales", "nobody"):
        agents, busy, waiting = book.figures(queue)
        assert agents is None or (0 <= busy <= agents and waiting >= 0)


def test_nothing_that_is_asked_has_an_end_of_a_line_in_it():
    with pytest.raises(InputError, match="Username"):
        action("Login", {"Username": "a\r\nAction: Originate"})


def book_of(*events):
    book, messages = QueueBook({"support": "service"}), Messages()
    for at, message in enumerate(messages.read(b"".join(events))):
        book.take(message, float(at))
    return book


def test_who_rings_for_a_caller_counts_once():
    listed = [text(Event="QueueParams", Queue="support", Calls=0)]
    listed += [
        text(Event="QueueMember", Queue="support", Location=each, Status=1, Paused=0) for each in (ANN, BOB)
    ]
    listed += [text(Event="QueueStatusComplete")]
    ring_all = [joined("support", 1), member("support", ANN, 6), member("support", BOB, 6)]
    assert book_of(*listed, *ring_all).figures("service") == Figures(2, 1, 0)
    assert book_of(*listed, *ring_all, joined("support", 4)).figures("service") == Figures(2, 2, 2)
    assert book_of(*listed, joined("support", 1)).figures("service") == Figures(2, 0, 1)
    assert book_of(*listed, member("support", ANN, 1, paused=1, event="Pause")).figures("service") == Figures(
        1, 0, 0
    )
    assert book_of(*listed, member("support", ANN, 1, event="Removed")).figures("service") == Figures(1, 0, 0)
    assert book_of(*listed, member("support", CAT, 8, event="Added")).figures("service") == Figures(3, 1, 0)
    assert book_of(*listed, member("support", ANN, 5)).figures("service") == Figures(1, 0, 0)


def test_what_is_older_than_what_is_known_is_dropped():
    book = QueueBook({"support": "service"})
    book.take({"Event": "QueueParams", "Queue": "support", "Calls": "3"}, 10.0)
    book.take({"Event": "QueueStatusComplete"}, 11.0)
    assert book.take({"Event": "QueueCallerLeave", "Queue": "support", "Count": "9"}, 9.0) == ()
    assert (book.figures("service").waiting, book.late) == (3, 1)
    book.take({"Event": "QueueCallerLeave", "Queue": "support", "Count": "2"}, 10.5)
    assert (book.figures("service").waiting, book.late) == (2, 1)


def test_what_happens_while_a_snapshot_is_listed_counts():
    book = QueueBook({"support": "service", "shop": "sales"})
    book.begin()
    book.take({"Event": "QueueParams", "Queue": "support", "Calls": "0"}, 0.0)
    book.take({"Event": "QueueCallerJoin", "Queue": "support", "Count": "1"}, 1.0)
    book.take({"Event": "QueueCallerJoin", "Queue": "shop", "Count": "1"}, 1.0)  # its line is to come
    book.take({"Event": "QueueParams", "Queue": "shop", "Calls": "1"}, 0.0)
    assert book.take({"Event": "QueueStatusComplete"}, 2.0) == ("service", "sales")
    assert book.figures("service").waiting == book.figures("sales").waiting == 1
    book.begin()
    book.take({"Event": "QueueStatusComplete"}, 3.0)
    assert book.figures("service") == NOT_KNOWN  # Asterisk has no such queue any more
    book.take({"Event": "QueueCallerJoin", "Queue": "shop", "Count": "1"}, 4.0)
    assert book.incomplete


def test_the_snapshot_comes_first_then_every_change(router, manager):
    async def talk(feed):
        await until(lambda: feed.connected)
        first = state(router), state(router, "sales")
        await manager.send(joined("support", 1), member("support", ANN, 6), joined("shop", 3), pieces=7)
        await until(lambda: state(router, "sales").waiting == 3)
        ringing = state(router)
        await manager.send(
            left("support", 0), member("support", ANN, 2), member("support", CAT, 1, event="Pause")
        )
        await until(lambda: state(router).agents == 3)
        return first, ringing, state(router)

    first, ringing, last = fed(router, manager, talk, queues=QUEUES)
    assert first == (QueueState(2, 1, 0), QueueState(1, 1, 2))
    assert ringing == QueueState(2, 2, 0)
    assert last == QueueState(3, 2, 0)
    named = [asked["Action"] for asked in manager.asked]
    assert named[:5] == ["Challenge", "Login", "Ping", "Events", "Filter"]
    assert named.count("QueueStatus") == 1
    assert manager.asked[3]["EventMask"] == "agent"
    assert "s3cret" not in str(manager.asked)


def test_nothing_is_lost_by_a_lost_connection(router, manager, caplog):
    async def talk(feed):
        await until(lambda: feed.connected)
        await manager.stop()
        await until(lambda: not feed.connected)
        away = state(router)
        manager.queues["support"] = 5, {ANN: (2, 0)}  # nobody heard of it
        await manager.start()
        await until(lambda: feed.connected)
        back = state(router)
        await manager.send(*(joined("support", count) for count in range(6, 2006)))
        await until(lambda: state(router).waiting == 2005)
        return away, back, feed.counts

    with caplog.at_level(logging.INFO, "bporoute"):
        away, back, counts = fed(router, manager, talk, queues=QUEUES)
    assert (away, back) == (QueueState(2, 1, 0), QueueState(1, 1, 5))
    assert (counts["connections"], counts["late"]) == (2, 0)
    lines = [record.getMessage() for record in caplog.records if "no connection" not in record.getMessage()]
    assert lines[0] == "ami: connected"
    assert [line for line in lines if "lost" in line] == ["ami: connection lost: 'Asterisk closed it'"]


def test_clocks_that_differ_are_told_apart(router, manager, clock):
    manager.clock = lambda: clock.now - 3600.0  # an hour behind

    async def talk(feed):
        await until(lambda: feed.connected)
        clock.now += 10.0
        at = clock.now - 3600.0
        await manager.send(joined("support", 4, Timestamp=at - 2.0), joined("support", 9, Timestamp=at - 3.0))
        await until(lambda: feed.counts["late"] == 1)
        return state(router).waiting, router.status().queues[0].age

    assert fed(router, manager, talk, queues=QUEUES) == (4, 2.0)


def test_a_quiet_queue_does_not_grow_stale(router, manager, clock):
    async def talk(feed):
        await until(lambda: feed.connected)
        clock.now += 100.0
        await until(lambda: router.status().queues[0].age == 0.0)
        return router.status().queues[0].feed

    assert fed(router, manager, talk, queues=QUEUES, every=0.02) == "fresh"
    assert any(asked["Action"] == "Ping" for asked in manager.asked[10:])


def test_a_queue_that_is_gone_is_not_known_any_more(router, manager):
    async def talk(feed):
        await until(lambda: feed.connected)
        del manager.queues["shop"]
        await until(lambda: router.status().queues[1].feed == "not believed")
        manager.queues["shop"] = 0, {}
        await manager.send(joined("shop", 1))  # of a queue that no snapshot has: it asks for one
        await until(lambda: state(router, "sales").agents == 0)

    fed(router, manager, talk, queues=QUEUES, every=0.02)
    assert router.status().queues[1].feed == "fresh"


@pytest.mark.parametrize("secret", ["wrong", "S3cret"])
def test_a_wrong_secret_is_said_once(router, manager, secret, caplog):
    async def talk(feed):
        await until(lambda: sum(asked["Action"] == "Login" for asked in manager.asked) == 2)
        return feed.connected, state(router)

    assert fed(router, manager, talk, queues=QUEUES, secret=secret) == (False, None)
    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["ami: no connection: 'login: Authentication failed'"]


def test_nobody_there_is_said_once_and_tried_again(router, manager, caplog):
    async def talk(feed):
        await manager.stop()
        while not caplog.records:
            await asyncio.sleep(0.002)
        await manager.start()
        await until(lambda: feed.connected)

    fed(router, manager, talk, queues=QUEUES)
    assert state(router) == QueueState(2, 1, 0)


def test_trunks_open_and_close_vendors(router, manager):
    trunks = {"PJSIP/baltic": "baltic", "PJSIP/baltic2": "baltic"}
    manager.extra = [text(Event="DeviceStateChange", Device="PJSIP/baltic", State="UNAVAILABLE")]

    async def talk(feed):
        vendor, seen = router.vendors["baltic"], []

        async def becomes(up, *events):
            await manager.send(*events)
            await until(lambda: vendor.state.up is up)
            seen.append(router.status().vendors[0].out)

        await until(lambda: feed.connected)
        await becomes(False)
        await becomes(True, text(Event="DeviceStateChange", Device="PJSIP/baltic2", State="NOT_INUSE"))
        await becomes(False, text(Event="PeerStatus", Peer="PJSIP/baltic2", PeerStatus="Unreachable"))
        await becomes(True, text(Event="PeerStatus", Peer="PJSIP/baltic", PeerStatus="Reachable"))
        await becomes(False, text(Event="DeviceStateChange", Device="PJSIP/baltic", State="INVALID"))
        await manager.stop()
        await until(lambda: not feed.connected)
        return seen, vendor.state.up

    seen, away = fed(router, manager, talk, queues=QUEUES, trunks=trunks)
    assert seen[::2] == ["up", "up", "up"]
    assert away is True  # as the center says
    masks = [asked["EventMask"] for asked in manager.asked if asked["Action"] == "Events"]
    assert masks[0] == "agent,system,call"


def test_one_address_of_a_trunk_that_is_gone_closes_nobody():
    trunks = Trunks({"PJSIP/baltic": "baltic"})
    trunks.take({"Event": "DeviceStateChange", "Device": "PJSIP/baltic", "State": "NOT_INUSE"})
    gone = {"Event": "ContactStatus", "EndpointName": "baltic", "URI": "sip:10.0.0.9"}
    assert trunks.take({**gone, "ContactStatus": "Unreachable"}) == ()
    assert trunks.up("baltic") is True


def test_a_vendor_that_the_center_has_no_more_is_no_reason_to_end(router):
    feed = Feed(router, "10.0.0.5", 5038, "u", "s", queues=QUEUES, trunks={"PJSIP/baltic": "baltic"})
    router.replace(msgspec.structs.replace(CENTER, vendors={}))
    feed._take([{"Event": "DeviceStateChange", "Device": "PJSIP/baltic", "State": "UNAVAILABLE"}])
    feed._lose()
    assert feed.counts["events"] == 1


def test_garbage_between_events_does_no_harm(router, manager):
    garbage = [
        b"\xff\x00\r\n\r\n",
        b"x" * 200_000 + b"\r\n\r\n",
        b": \r\n: :\r\n\r\n",
        b"\r\n" * 9,
        joined("support", -4),
    ]

    async def talk(feed):
        await until(lambda: feed.connected)
        await manager.send(
            *garbage, joined("support\r\nCount: 7", 1), joined("nobody", 1), joined("support", 3)
        )
        await until(lambda: state(router).waiting == 3)
        return feed.counts["overlong"]

    assert fed(router, manager, talk, queues=QUEUES) == 1


def test_what_is_misspelled_is_refused(router, tmp_path):
    with pytest.raises(InputError, match=r"queues\.support: found 'servce'"):
        Feed(router, "h", 1, "u", "s", queues={"support": "servce"})
    with pytest.raises(InputError, match="trunks"):
        Feed(router, "h", 1, "u", "s", trunks={"PJSIP/x": "nobody"})
    with pytest.raises(InputError, match="secret"):
        Feed(router, "h", 1, "u", "a\nb")
    file = tmp_path / "names.toml"
    for content in ('[queue]\na = "service"', "queues = 1", "[queues]\na = 1", "[queues"):
        file.write_text(content)
        with pytest.raises(InputError, match=r"names\.toml"):
            read_names(file)
    file.write_text('[queues]\nsupport = "service"\n[trunks]\n"PJSIP/baltic" = "baltic"\n')
    assert read_names(file) == ({"support": "service"}, {"PJSIP/baltic": "baltic"})
