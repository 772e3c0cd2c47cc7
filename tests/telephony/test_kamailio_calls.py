"""Calls through a real Kamailio with four workers, counted where they arrive."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from helpers.running import wait_until
from helpers.sip import BUSY, RINGS_ONLY, bench, calls, gives_up, needs_kamailio

pytestmark = [pytest.mark.engines, needs_kamailio]

CENTER = """
[queues.service]
aht = 240

[contact_types.service]
queue = "service"
sourcing = "full"

[contact_types.billing]
queue = "service"
sourcing = "in_house"

[vendors.baltic]
country = "EE"
timezone = "Europe/Tallinn"
contact_types = ["service"]

[vendors.baltic.contract]
price_per_contact = 1.2
price_per_minute = 0.6
"""
CAPPED = CENTER + "cap_per_period = 100\n"
TWO = (
    CENTER
    + """
[vendors.nord]
country = "SE"
timezone = "Europe/Stockholm"
contact_types = ["service"]

[vendors.nord.contract]
price_per_contact = 2.4
price_per_minute = 0.6
"""
)
CALLS, RATE = 1000, 100.0
ALL_OK = {"ok": CALLS, "failed": 0}


def _ends(callers) -> dict[str, int]:
    ended = callers.finished()
    return {"ok": ended["ok"], "failed": ended["failed"]}


def test_every_call_is_settled_once_by_its_bye_and_billed(tmp_path: Path) -> None:
    with bench(tmp_path, CENTER) as sip:
        sip.keep()
        sip.serve()
        baltic = sip.answer("baltic")
        assert _ends(sip.call(CALLS, RATE, calls())) == ALL_OK
        assert baltic.created == CALLS
        sip.stop()
        usage = sip.router().usage("baltic")
        assert (usage.answered, usage.abandoned, usage.failed) == (CALLS, 0, 0)
        assert (usage.this_period, usage.in_flight, usage.unknown) == (CALLS, 0, 0)
        assert 0.98 * CALLS < usage.handled < 1.5 * CALLS  # a second each
        assert usage.spent == pytest.approx(1.2 * CALLS + 0.6 * usage.handled / 60)


def test_a_cap_of_100_holds_over_a_reload_and_a_killed_worker(tmp_path: Path) -> None:
    with bench(tmp_path, CAPPED) as sip:
        sip.keep()
        sip.serve()
        baltic, _service = sip.answer("baltic"), sip.answer("service")
        callers = sip.call(CALLS, RATE, calls(200, user="[field0]"), *_every_fifth(tmp_path))
        assert wait_until(lambda: baltic.figure("TotalCallCreated") > 15)
        center = sip.files / "center.toml"
        center.write_text(center.read_text().replace("1.2", "1.3"))
        sip.told("app_python.reload")
        assert wait_until(lambda: baltic.figure("TotalCallCreated") > 40)
        assert "goes on by the files" in sip.said("kamailio")
        os.kill(sip.workers()[0], signal.SIGKILL)  # then Kamailio ends as a whole
        assert sip.kamailio is not None
        sip.kamailio.wait(60)
        sip.restart()
        ended = callers.finished()
        assert ended["ok"] + ended["failed"] == CALLS
        assert ended["failed"] <= 0.1 * CALLS  # those that were there when it ended
        sip.stop()
        assert 98 <= baltic.created <= 100
        assert sip.router().usage("baltic").this_period <= 100


def _every_fifth(folder: Path) -> tuple[str, ...]:
    """Every fifth caller wants what may go to a vendor."""
    numbers = folder / "numbers.csv"
    numbers.write_text("SEQUENTIAL\n100;\n200;\n200;\n200;\n200;\n")
    return "-inf", str(numbers)


def test_a_vendor_that_answers_503_is_tried_some_times_and_nobody_is_lost(tmp_path: Path) -> None:
    with bench(tmp_path, TWO) as sip:
        sip.keep()
        sip.serve()
        baltic, nord = sip.answer("baltic", BUSY), sip.answer("nord")
        assert _ends(sip.call(CALLS, RATE, calls(talks=200))) == ALL_OK
        assert nord.created == CALLS
        tried = baltic.created
        assert 1 <= tried <= 30
        sip.stop()
        router = sip.router()
        first, second = router.usage("baltic"), router.usage("nord")
        assert (first.failed, first.answered, first.spent, first.in_flight) == (tried, 0, 0.0, 0)
        assert (second.answered, second.this_period, second.in_flight) == (CALLS, CALLS, 0)


def test_no_call_is_lost_to_a_vendor_that_is_dead(tmp_path: Path) -> None:
    with bench(tmp_path, TWO) as sip:
        sip.keep()
        sip.serve(silence=1.0)
        sip.mute("baltic")
        nord = sip.answer("nord")
        assert _ends(sip.call(CALLS, RATE, calls(talks=200))) == ALL_OK
        assert nord.created == CALLS
        sip.stop()
        router = sip.router()
        assert (router.usage("baltic").in_flight, router.usage("nord").answered) == (0, CALLS)


def test_a_script_that_is_broken_at_a_reload_loses_nobody(tmp_path: Path) -> None:
    with bench(tmp_path, CENTER) as sip:
        sip.keep()
        sip.serve()
        baltic = sip.answer("baltic")
        callers = sip.call(500, RATE, calls(talks=200))
        assert wait_until(lambda: baltic.figure("TotalCallCreated") > 100)
        script = sip.files / "kamailio.py"
        good = script.read_text()
        script.write_text(good + "def broken(:\n")
        sip.told("app_python.reload")
        assert wait_until(lambda: baltic.figure("TotalCallCreated") > 300)
        assert "the script goes on as before: SyntaxError" in sip.said("kamailio")
        assert _ends(callers) == {"ok": 500, "failed": 0}
        script.write_text(good)
        sip.told("app_python.reload")
        assert _ends(sip.call(50, RATE, calls(talks=200))) == {"ok": 50, "failed": 0}
        sip.stop()
        usage = sip.router().usage("baltic")
        assert (usage.answered, usage.in_flight) == (550, 0)


def test_ten_seconds_without_a_keeper_lose_nobody_and_break_no_cap(tmp_path: Path) -> None:
    with bench(tmp_path, CAPPED) as sip:
        keeper = sip.keep()
        sip.serve()
        baltic, service = sip.answer("baltic"), sip.answer("service")
        callers = sip.call(CALLS, 50.0, calls(200, user="[field0]"), *_every_fifth(tmp_path))
        assert wait_until(lambda: baltic.figure("TotalCallCreated") > 10)
        keeper.send_signal(signal.SIGKILL)
        time.sleep(10.0)
        sip.keep()
        assert _ends(callers) == ALL_OK
        assert baltic.created + service.created == CALLS
        assert 98 <= baltic.created <= 100


def test_who_gives_up_is_settled_as_abandoned_and_sent_nowhere_else(tmp_path: Path) -> None:
    with bench(tmp_path, TWO) as sip:
        sip.keep()
        sip.serve()
        sip.answer("baltic", RINGS_ONLY)
        nord = sip.answer("nord")
        assert sip.call(20, 20.0, gives_up()).finished()["ok"] == 20
        assert nord.created == 0
        sip.stop()
        usage = sip.router().usage("baltic")
        assert (usage.abandoned, usage.answered, usage.failed, usage.in_flight) == (20, 0, 0, 0)


HOSTILE = 'Accept-Language: sv\xff\xfe";bpo=x\nX-Country: %s$ru;tag=\n'


def test_what_callers_send_changes_no_destination(tmp_path: Path) -> None:
    with bench(tmp_path, TWO) as sip:
        sip.keep()
        sip.serve()
        baltic = sip.answer("baltic")
        assert sip.call(20, 20.0, calls(talks=100, more=HOSTILE)).finished()["ok"] == 20
        assert baltic.created == 20
        sip.stop()
        assert sip.router().usage("baltic").answered == 20
