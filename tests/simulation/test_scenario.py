"""What a simulation assumes: read from TOML, checked against the center."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from bporoute import Center, Constant, ContactType, Contract, Exponential, InputError, Queue, Vendor
from bporoute.simulation._scenario import Outage, Redial, Scenario, StateFeed, outage_second

CENTER = Center(
    queues={"desk": Queue(aht=120, patience=90), "chats": Queue(aht=60, patience=math.inf)},
    contact_types={"call": ContactType(queue="desk"), "chat": ContactType(queue="chats")},
    vendors={
        "nord": Vendor(
            country="EE",
            timezone="Europe/Tallinn",
            contact_types=("call",),
            contract=Contract(price_per_contact=1.0),
        )
    },
    timezone="Europe/Stockholm",
)
SUMMER, LATER = datetime(2026, 7, 1, 12), datetime(2026, 7, 1, 13)


def test_what_is_not_said_is_as_the_queue_says():
    scenario = Scenario(handle={"call": Constant(30.0)}, chat={"chats": (50.0, 70.0)})
    assert scenario.handle_of("call", CENTER) == Constant(30.0)
    assert scenario.handle_of("chat", CENTER) == 50.0
    assert Scenario().handle_of("chat", CENTER) == 60.0
    assert Scenario().patience_of("call", CENTER) == 90.0
    assert Scenario().endless("chat", CENTER)
    assert not Scenario(patience={"chat": Exponential(40.0)}).endless("chat", CENTER)
    assert Scenario(patience={"call": Constant(math.inf)}).endless("call", CENTER)


def test_times_without_an_offset_are_the_centers():
    assert outage_second(SUMMER, CENTER) == datetime(2026, 7, 1, 10, tzinfo=UTC).timestamp()
    told = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert outage_second(told, CENTER) == told.timestamp()


def test_a_file_says_it_all(tmp_path):
    path = tmp_path / "scenario.toml"
    path.write_text(
        """
        rate = "forecast"
        count_by = "end"
        priority = { call = 1 }
        redial = { call = { share = 0.4 } }
        chat = { chats = [60, 80] }
        feed = { every = 10, delay = 2, noise = 0.1 }
        outages = [{ vendor = "nord", start = 2026-07-01T12:00:00, end = 2026-07-01T13:00:00 }]
        [handle.call]
        distribution = "constant"
        seconds = 45
        """
    )
    assert Scenario.load(path, CENTER) == Scenario(
        rate="forecast",
        count_by="end",
        priority={"call": 1},
        redial={"call": Redial(share=0.4)},
        chat={"chats": (60.0, 80.0)},
        feed=StateFeed(every=10, delay=2, noise=0.1),
        outages=(Outage(vendor="nord", start=SUMMER, end=LATER),),
        handle={"call": Constant(45.0)},
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("rate_window = 1000", "rate_window.*multiple of rate_step"),
        ("feed = { delay = 2 }", "every.*above 0"),
        ("priority = { call = 6 }", "priority"),
        ("priority = { cal = 1 }", "priority.*call"),
        ("handle = { fax = 3.0 }", "handle.*fax"),
        ("redial = { call = { share = 1.5 } }", "share"),
        (
            "redial = { call = { share = 1, after = { distribution = 'constant', seconds = 0 } } }",
            "after.*above 0",
        ),
        ("chat = { desks = [60] }", "chat.*desk"),
        ("chat = { chats = [] }", "chat.chats.*1 to 100"),
        ("chat = { chats = [80, 60] }", "chat.chats.*do not fall"),
        (
            "outages = [{ vendor = 'nor', start = 2026-07-01T12:00:00, end = 2026-07-01T13:00:00 }]",
            r"outages\[0\].vendor.*nord",
        ),
        (
            "outages = [{ vendor = 'nord', start = 2026-07-01T12:00:00, end = 2026-07-01T12:00:00 }]",
            r"outages\[0\].end.*after the start",
        ),
        ("colour = 'red'", "colour"),
        ("rate = ", "TOML"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(tmp_path, text, complaint):
    path = tmp_path / "scenario.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=f"(?s)scenario.toml.*{complaint}"):
        Scenario.load(path, CENTER)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="a scenario file"):
        Scenario.load(tmp_path / "none.toml", CENTER)


BUILT = {
    "a priority": (lambda: Scenario(priority={"call": 9}), "priority.call.*9"),
    "a share": (lambda: Scenario(redial={"call": Redial(share=3)}), "Redial.share.*3"),
    "a feed": (lambda: Scenario(feed=StateFeed(every=-30)), "StateFeed.every.*-30"),
    "a rate": (lambda: Scenario(rate="guessed"), "rate.*measured"),
    "a step": (lambda: Scenario(rate_step=0), "rate_step.*0"),
    "a window": (lambda: Scenario(rate_window=-300), "rate_window.*-300"),
    "a duration": (lambda: Scenario(handle={"call": -5.0}), "handle.call.*-5"),
    "no end": (lambda: Scenario(handle={"call": Exponential(math.inf)}), "handle.call.*finite"),
}


@pytest.mark.parametrize(("build", "complaint"), BUILT.values(), ids=BUILT)
def test_ranges_hold_for_a_scenario_built_in_python(build, complaint):
    with pytest.raises(InputError, match=complaint):
        build().check(CENTER)


def test_a_file_is_read_as_a_center_file_is(tmp_path):
    path = tmp_path / "scenario.toml"
    path.write_text('rate = "forecast"\n', encoding="utf-8-sig")
    assert Scenario.load(path, CENTER).rate == "forecast"
    path.write_text("a = " + 100_000 * "[")
    with pytest.raises(InputError, match=r"scenario\.toml: file: .*too deeply"):
        Scenario.load(path, CENTER)
    path.write_text('rate = "guessed"\n')
    with pytest.raises(InputError, match=r"scenario\.toml: rate: found 'guessed'"):
        Scenario.load(path, CENTER)


def test_a_file_takes_texts_and_tells_all_its_mistakes_at_once(tmp_path):
    path = tmp_path / "scenario.toml"
    path.write_text('handle = { call = "3:08" }\nredial = { call = { share = "40 %", after = "10 min" } }\n')
    read = Scenario.load(path, CENTER)
    assert read.handle_of("call", CENTER) == 188.0
    assert read.redial["call"] == Redial(share=0.4, after=600.0)
    path.write_text(
        'handle = { cal = 240 }\nrate = "measurd"\nfeed = { evry = 10 }\nredial = { call = { share = 40 } }\n'
        'outages = [{ vendor = "nrd", start = 2026-07-01T12:00:00, end = 2026-07-01T11:00:00 }]\n'
    )
    with pytest.raises(InputError) as caught:
        Scenario.load(path, CENTER)
    told = [str(complaint).partition("scenario.toml: ")[2] for complaint in caught.value.complaints]
    assert [line.partition(":")[0] for line in told] == [
        "redial.call.share", "feed", "rate", "handle", "outages[0].vendor", "outages[0].end",
    ]  # fmt: skip
    for word in ("'measured'", "expected 'every'", "0.4?", "'call'", "'nord'", "after the start"):
        assert sum(word in line for line in told) == 1


def test_what_looks_odd_in_a_scenario():
    scenario = Scenario(
        handle={"call": 3.1},
        patience={"call": Exponential(5.0)},
        redial={"call": Redial(share=0.005, after=0.17)},
        chat={"chats": (1.2, 1.5)},
        feed=StateFeed(every=10_000.0, delay=2000.0),
        outages=(Outage(vendor="nord", start=SUMMER, end=LATER, told_after=0.5),),
    )
    assert {remark.where: bool(remark.likely) for remark in scenario.remarks()} == dict.fromkeys(
        (
            "handle.call",
            "patience.call",
            "chat.chats",
            "feed.every",
            "redial.call.share",
            "redial.call.after",
            "outages[0].told_after",
        ),
        True,
    )
    assert Scenario().remarks() == ()
