"""A log that a living process writes: whole chains over files, restarts, forks and full disks; faults E2."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import signal
import stat
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from bporoute import Contact, InputError, QueueLength, QueueState, Router, Rule, Snapshot
from bporoute.governance import LiveDecisionLog, audit_files
from bporoute.governance import _log_writer as log_writer
from helpers.clock import NOON
from helpers.running import alive, finished, run, run_together, started, wait_until
from helpers.strategies import BUSY, one_queue, vendor

CENTER = one_queue(vendors={"nord": vendor(capacity=9, expected_wait=20), "syd": vendor()})
KEY = b"k" * 32
FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


class Day:
    """A clock that is moved by hand."""

    now = NOON

    def __call__(self) -> float:
        return self.now


def decisions(count, policy=None, clock=lambda: NOON, first=0):
    router = Router(CENTER, policy or QueueLength(2), clock=clock, compile=False)
    contacts = (Contact("service", "sv", f"call {number}") for number in range(first, first + count))
    return [router.route(contact, Snapshot(service=BUSY)) for contact in contacts]


MADE = decisions(40)


def audited(folder, key=None, **options):
    return audit_files([folder], CENTER, key=key, **options)


def lines_of(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def kinds(path):
    return [line.get("kind") for line in lines_of(path)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "decisions.jsonl"


def test_what_is_handed_over_is_in_the_file_in_order(path) -> None:
    with LiveDecisionLog(path, key=KEY) as log:
        for decision in MADE:
            log.write(decision)
        log.settled(MADE[3], "answered", 2.0, 180.0, 4.5)
        log.settled(MADE[4], "failed")
        log.settled(MADE[4], "vanished")  # no outcome
        log.flush()
        status = log.status
        assert (status.waiting, status.written, status.dropped, status.trouble) == (0, 42, 0, "")
        assert audited(path, KEY, last=status.last).clean
    lines = lines_of(path)
    assert [line["id"] for line in lines[2:42]] == [decision.id for decision in MADE]
    answered, failed = lines[42:44]
    assert {**answered, "line": 0, "prev": "", "hash": "", "at": ""} == {
        "kind": "outcome", "at": "", "id": 4, "destination": MADE[3].destination, "outcome": "answered",
        "wait": 2.0, "handle": 180.0, "owed": 4.5, "line": 0, "prev": "", "hash": "",
    }  # fmt: skip
    assert (failed["outcome"], failed["wait"]) == ("failed", None)
    report = audited(path, KEY)
    assert report.clean
    assert report.lines == 40
    (seen,) = report.chain.logs
    assert (seen.ended, seen.outcomes, seen.dropped) == (True, 2, 0)
    assert [file.name for file in path.parent.iterdir()] == ["decisions.jsonl"]  # the lock is gone


def test_a_line_is_what_the_decision_said_when_it_was_made(path) -> None:
    clock = Day()
    router = Router(CENTER, QueueLength(2), clock=clock, compile=False)
    told = []
    with LiveDecisionLog(path) as log:
        for number in range(30):
            clock.now += 1.0
            router.state["service"].update(agents=4, busy=4, waiting=number % 5)
            decision = router.route(Contact("service", "sv", f"call {number}"))
            told.append(decision.to_dict())
            log.write(decision)
            router.settle(decision, "answered", 1.0, 100.0)
            clock.now += 40_000.0 * (number == 20)  # another day: vendors are judged anew
    chain = ("line", "prev", "hash")
    written = [
        {name: value for name, value in line.items() if name not in chain}
        for line in lines_of(path)
        if "kind" not in line
    ]
    assert written == json.loads(json.dumps(told))
    assert audited(path).clean


def test_only_its_owner_reads_it(path) -> None:
    path.touch(0o644)
    before = os.umask(0)
    try:
        with LiveDecisionLog(path, most_bytes=20_000) as log:
            for decision in MADE:
                log.write(decision)
            log.flush()
            assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    finally:
        os.umask(before)


def test_ids_are_hashed_or_left_out(path) -> None:
    with LiveDecisionLog(path, ids="none") as log:
        log.write(MADE[0])
    with LiveDecisionLog(path, ids="hashed", id_key=KEY) as log:
        log.write(MADE[1])
    assert b"call " not in path.read_bytes()
    assert audited(path).clean


def test_half_a_character_and_what_json_cannot_say_are_written(path) -> None:
    odd = Router(CENTER, QueueLength(2), clock=lambda: NOON, compile=False)
    with LiveDecisionLog(path) as log:
        for contact in (
            Contact("service", "s\ud800v", "call \udfff"),
            Contact("fax \ud800", "", "\x00\n\u2028"),
        ):
            log.write(odd.route(contact, Snapshot(service=BUSY)))
        log.settled(MADE[0], "answered", float("nan"), 10**400, "much")
    lines = lines_of(path)
    assert [line["contact"]["id"] for line in lines if "kind" not in line] == [
        "call \\udfff",
        "\\x00\\n\\u2028",
    ]
    assert (lines[-2]["wait"], lines[-2]["handle"], lines[-2]["owed"]) == (None, None, None)
    assert audited(path).chain.sound


# -- files, one after another --------------------------------------------------------------------


def test_a_full_file_is_put_away_and_the_chain_goes_on(path) -> None:
    with LiveDecisionLog(path, key=KEY, most_bytes=12_000) as log:
        for number, decision in enumerate(MADE):
            log.write(decision)
            if number % 8 == 7:
                log.flush()
        log.write(MADE[0])
    files = sorted(path.parent.glob("*.jsonl"))
    assert len(files) > 2
    assert files[0].name.endswith(".000000000000.jsonl")
    for file in files[:-1]:
        assert lines_of(file)[-1]["goes_on"] is True
    report = audited(path.parent, KEY)
    assert report.chain.sound
    assert report.lines == 41
    assert len(report.chain.logs) == 1
    report = audit_files(files[:-1], CENTER, key=KEY)
    assert report.chain.sound
    assert report.chain.notes == (
        f"Log {report.chain.logs[0].log} goes on in a file that is not among these.",
    )
    files[1].unlink()
    assert audited(path.parent, KEY).chain.counts == {"missing": 1}


def test_a_file_is_put_away_when_the_day_ends(path) -> None:
    clock = Day()
    with LiveDecisionLog(path, clock=clock) as log:
        log.write(MADE[0])
        log.flush()
        clock.now += 86_400.0
        log.flush()
        assert len(list(path.parent.glob("*.jsonl"))) == 1  # nothing has come since
        log.write(MADE[1])
        log.flush()
        assert len(list(path.parent.glob("*.jsonl"))) == 2
        assert [line["id"] for line in lines_of(path) if "id" in line] == [2]
    with LiveDecisionLog(path, clock=clock, by_day=False) as log:
        log.write(MADE[2])
        log.flush()
        clock.now += 86_400.0
        log.write(MADE[3])
    assert len(list(path.parent.glob("*.jsonl"))) == 2
    assert audited(path.parent).clean


def test_a_restart_goes_on_with_the_chain(path) -> None:
    for number in range(3):
        with LiveDecisionLog(path, key=KEY) as log:
            log.write(MADE[number])
    assert kinds(path) == ["header", "decides", None, "end"] * 3
    assert [line["line"] for line in lines_of(path)] == list(range(12))
    report = audited(path, KEY)
    assert report.clean
    assert len(report.chain.logs) == 1


def test_a_restart_after_the_last_file_was_put_away_goes_on_with_it(path) -> None:
    with LiveDecisionLog(path, most_bytes=1.0) as log:
        for decision in MADE[:3]:
            log.write(decision)
            log.flush()
    path.unlink()
    with LiveDecisionLog(path) as log:
        log.write(MADE[4])
    (seen,) = audited(path.parent).chain.logs
    assert lines_of(path)[0]["log"] == seen.log


TORN = {
    "in the middle": lambda content: content[:-90],
    "at its end": lambda content: content[:-1],
    "at its beginning": lambda content: content[: content[:-1].rindex(b"\n") + 2],
}


@pytest.mark.parametrize("cut", TORN.values(), ids=TORN)
def test_a_line_that_a_killed_writer_left_is_closed_and_told(path, cut) -> None:
    with LiveDecisionLog(path, key=KEY) as log:
        for decision in MADE[:3]:
            log.write(decision)
    path.write_bytes(cut(path.read_bytes()))
    whole = cut(b"12\n345\n") == b"12\n345"
    before = audited(path, KEY)
    assert before.chain.counts == ({} if whole else {"torn": 1})
    with LiveDecisionLog(path, key=KEY) as log:
        log.write(MADE[3])
    report = audited(path, KEY)
    assert report.clean
    assert report.lines == 4
    assert report.chain.logs[0].torn == (0 if whole else 1)
    # What was torn is as its writer said: something else there is none of it.
    if not whole:
        lines = path.read_bytes().splitlines(keepends=True)
        (torn,) = [number for number, line in enumerate(lines) if b'"hash"' not in line]
        lines[torn] = b"[" + lines[torn][1:]
        path.write_bytes(b"".join(lines))
        assert audited(path, KEY).chain.counts == {"altered": 1}


def test_a_writer_killed_within_its_first_line_has_begun_nothing(path) -> None:
    path.write_bytes(b'{"kind":"hea')
    with LiveDecisionLog(path) as log:
        log.write(MADE[0])
    assert kinds(path) == ["header", "decides", None, "end"]
    assert audited(path).clean


def test_a_writer_killed_within_the_first_line_of_a_later_file_is_followed(path) -> None:
    with LiveDecisionLog(path, most_bytes=1.0) as log:
        for decision in MADE[:3]:
            log.write(decision)
            log.flush()
    path.write_bytes(path.read_bytes()[:12])
    with LiveDecisionLog(path) as log:
        log.write(MADE[4])
    report = audited(path.parent)
    assert len(report.chain.logs) == 1
    assert report.clean


KILLED = """
import sys
from pathlib import Path
from bporoute import Contact, Router
from bporoute.governance import LiveDecisionLog
from bporoute.simulation import demo_center

router = Router(demo_center(), "QueueLength(8)", compile=False)
log = LiveDecisionLog(Path(sys.argv[1]), most_bytes=200_000)
number = 0
while True:
    log.write(router.route(Contact("sales", id=f"call {number}")))
    number += 1
    if number == 300:
        print("going", flush=True)
"""


@pytest.mark.thorough
def test_a_killed_process_leaves_a_log_that_its_successor_goes_on_with(path) -> None:
    from bporoute.simulation import demo_center

    def written() -> int:
        return sum(file.stat().st_size for file in path.parent.glob("decisions*.jsonl"))

    for _ in range(3):
        before = written()
        with started([sys.executable, "-c", KILLED, str(path)]) as writer:
            assert writer.stdout.readline() == "going\n"
            assert wait_until(lambda enough=before + 300_000: written() > enough)
            writer.send_signal(signal.SIGKILL)
            writer.wait()
            assert not alive(writer.pid)
    report = audit_files([path.parent], demo_center())
    # Of the last one, which nobody has gone on with: killed in a line, or as it had just begun a file.
    assert set(report.chain.counts) <= {"torn", "empty"}
    assert report.lines > 100
    assert report.different == report.unreadable == 0


# -- what may not be gone on with ----------------------------------------------------------------


def test_two_writers_do_not_have_one_file(path) -> None:
    with LiveDecisionLog(path) as log:
        log.write(MADE[0])
        with pytest.raises(InputError, match="a log that another writer has"):
            LiveDecisionLog(path)
        log.write(MADE[1])
    assert audited(path).clean


def test_a_log_by_another_key_is_not_gone_on_with(path) -> None:
    with LiveDecisionLog(path, key=KEY) as log:
        log.write(MADE[0])
    before = path.read_bytes()
    for key in (None, b"x" * 32):
        with pytest.raises(InputError, match="a log by another key, or by none"):
            LiveDecisionLog(path, key=key)
    assert path.read_bytes() == before


BAD = {
    "no log": (lambda content: b"arrival,type\n1,2\n", "no log of decisions"),
    "no first line": (lambda content: content[content.index(b"\n") + 1 :], "a log without its first line"),
    "a changed last line": (
        lambda content: content.replace(b"false,", b"true,"),
        "a last line that was altered",
    ),
}


@pytest.mark.parametrize(("change", "found"), BAD.values(), ids=BAD)
def test_what_is_no_log_is_not_gone_on_with(path, change, found) -> None:
    with LiveDecisionLog(path) as log:
        log.write(MADE[0])
    lines = path.read_bytes().splitlines(keepends=True)
    content = change(b"".join(lines)) if found != BAD["a changed last line"][1] else None
    if content is None:
        content = b"".join([*lines[:-1], change(lines[-1])])
    path.write_bytes(content)
    with pytest.raises(InputError, match=found):
        LiveDecisionLog(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"path": "decisions.log"}, "a name that ends in .jsonl"),
        ({"path": "nowhere/decisions.jsonl"}, "a file that can be written"),
        ({"memory": 0}, "bytes above 0"),
        ({"most_bytes": "much"}, "bytes above 0"),
        ({"sync_every": -1.0}, "seconds from 0 on"),
        ({"key": b"short"}, "16 to 65,536 bytes"),
        ({"ids": "hashed"}, "makes the hashes of ids"),
    ],
    ids=str,
)
def test_a_wrong_option_is_told_at_once(tmp_path, options, found) -> None:
    path = tmp_path / options.pop("path", "decisions.jsonl")
    with pytest.raises(InputError, match=found):
        LiveDecisionLog(path, **options)
    assert list(tmp_path.iterdir()) == []


# -- no room, no disk ----------------------------------------------------------------------------


def test_what_finds_no_room_is_dropped_counted_and_told_in_the_log(path, caplog) -> None:
    with LiveDecisionLog(path, memory=1.0) as log:
        with log._writing:  # the writer is kept from its work
            for _ in range(100):
                for decision in MADE:
                    log.write(decision)
                log.settled(MADE[0], "answered")
            lost = log.status.dropped
            assert 4100 - lost <= 64 + log_writer.BATCH
        log.flush()
        log.write(MADE[0])
    told = [line["dropped"] for line in lines_of(path) if line.get("kind") == "dropped"]
    assert sum(told) == lost
    report = audited(path)
    assert report.clean  # it is said, not hidden
    assert report.chain.logs[0].dropped == lost
    assert f"The log says that {lost:,} decisions or outcomes are not in it: there was no room." in (
        report.chain.notes
    )
    assert report.lines + report.chain.logs[0].outcomes == 4101 - lost
    assert [record.name for record in caplog.records] == ["bporoute"] * len(told)


@pytest.mark.parametrize("written", [0, 700])
def test_a_full_disk_costs_nothing_that_has_room(path, monkeypatch, written) -> None:
    write, full = os.write, [False]

    def writes(file, content):
        if not full[0]:
            return write(file, content)
        if written and full[0] == 1:
            full[0] = 2
            return write(file, bytes(content[:written]))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.write", writes)
    monkeypatch.setattr(log_writer, "RETRY", 0.0)
    with LiveDecisionLog(path, key=KEY) as log:
        for decision in MADE[:5]:
            log.write(decision)
        log.flush()
        full[0] = 1
        for decision in MADE[5:10]:
            log.write(decision)
        log.flush()
        assert log.status.trouble == "No space left on device"
        assert log.status.dropped == 0
        full[0] = False
        for decision in MADE[10:15]:
            log.write(decision)
        log.flush()
        assert log.status.trouble == ""
    report = audited(path, KEY)
    assert report.clean
    assert report.lines == 15


def test_a_file_that_somebody_took_away_is_followed_by_another(path) -> None:
    with LiveDecisionLog(path, sync_every=0.0) as log:
        log.write(MADE[0])
        log.flush()
        path.rename(path.with_name("kept.jsonl"))
        for decision in MADE[1:3]:  # the first may still go where the file is now
            log.write(decision)
            log.flush()
        assert path.exists()
    report = audited(path.parent)
    assert (report.lines, report.clean) == (3, True)


def test_a_policy_that_cannot_say_what_it_is_costs_its_decisions_alone(path) -> None:
    class Mute:
        def __call__(self, situation):
            return Rule.keep_while(situation.waiting < 2)

        def __str__(self):
            raise ZeroDivisionError

    mute = decisions(2, Mute())
    with LiveDecisionLog(path) as log:
        for decision in (MADE[0], *mute, MADE[1]):
            log.write(decision)
    assert [line["id"] for line in lines_of(path) if "contact" in line] == [1, 2]
    (lost,) = [line for line in lines_of(path) if line.get("kind") == "dropped"]
    assert (lost["dropped"], lost["why"]) == (2, "could not be told: ZeroDivisionError")
    assert log.status.trouble == "a line could not be told: ZeroDivisionError()"


def test_a_closed_log_takes_nothing_and_raises_nothing(path) -> None:
    log = LiveDecisionLog(path)
    log.write(MADE[0])
    log.close()
    log.close()
    log.write(MADE[1])
    log.settled(MADE[0], "answered")
    log.flush()
    assert (log.status.written, log.status.dropped) == (1, 2)
    assert kinds(path) == ["header", "decides", None, "end"]


def test_threads_hand_over_together(path) -> None:
    with LiveDecisionLog(path) as log:
        run_together([lambda: [log.write(decision) for decision in MADE] for _ in range(8)])
        assert log.status.dropped == 0
    assert sorted(line["id"] for line in lines_of(path) if "id" in line) == sorted(
        decision.id for decision in MADE * 8
    )
    assert audited(path).clean


# -- processes -----------------------------------------------------------------------------------


@FORKS
def test_a_forked_process_writes_a_log_of_its_own(path) -> None:
    with LiveDecisionLog(path, key=KEY) as log:
        with log._writing:  # as in the middle of its work
            for decision in MADE[:5]:
                log.write(decision)
            child = os.fork()
            if child == 0:
                try:
                    for decision in MADE[5:8]:
                        log.write(decision)
                    log.close()
                finally:
                    os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        log.write(MADE[8])
        with pytest.raises(InputError, match="another writer"):
            LiveDecisionLog(path, key=KEY)  # the lock is still the parent's
    assert [line["id"] for line in lines_of(path) if "id" in line] == [1, 2, 3, 4, 5, 9]
    theirs = path.with_name(f"decisions.{child}.jsonl")
    assert [line["id"] for line in lines_of(theirs) if "id" in line] == [6, 7, 8]
    report = audited(path.parent, KEY)
    assert report.clean
    assert len(report.chain.logs) == 2


@FORKS
def test_a_forked_process_that_decides_nothing_leaves_nothing(path) -> None:
    with LiveDecisionLog(path) as log:
        child = os.fork()
        if child == 0:
            log.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        log.write(MADE[0])
    assert [file.name for file in path.parent.iterdir()] == ["decisions.jsonl"]


def hand_over(log, count) -> None:
    for decision in decisions(count):
        log.write(decision)


@FORKS
@pytest.mark.thorough
def test_a_worker_that_ends_has_written_everything(path) -> None:
    with LiveDecisionLog(path) as log:
        log.write(MADE[0])
        worker = multiprocessing.get_context("fork").Process(target=hand_over, args=(log, 20))
        worker.start()
        worker.join()
    report = audited(path.parent)
    assert report.clean
    assert report.lines == 21
    assert all(seen.ended for seen in report.chain.logs)


@pytest.mark.thorough
def test_at_the_end_of_a_process_everything_is_written(path) -> None:
    script = KILLED.replace("while True:", "for _ in range(500):").replace("most_bytes=200_000", "ids='none'")
    done = run([sys.executable, "-c", script, str(path)])
    assert (done.returncode, done.stderr) == (0, "")
    assert kinds(path).count(None) == 500
    assert kinds(path)[-1] == "end"


@pytest.mark.thorough
def test_a_lock_ends_with_its_process(path) -> None:
    with started([sys.executable, "-c", KILLED, str(path)]) as writer:
        assert writer.stdout.readline() == "going\n"
        with pytest.raises(InputError, match="another writer"):
            LiveDecisionLog(path)
        writer.send_signal(signal.SIGKILL)
        finished(writer)
    LiveDecisionLog(path).close()


def fails() -> float:
    raise OSError("no clock")


@pytest.mark.parametrize("bad", [lambda: None, lambda: "12:00", lambda: float("nan"), fails])
def test_a_clock_that_fails_costs_nothing(path, bad) -> None:
    says = [lambda: NOON]
    with LiveDecisionLog(path, clock=lambda: says[0]()) as log:
        log.write(MADE[0])
        log.flush()
        says[0] = bad
        log.write(MADE[1])
        log.settled(MADE[1], "answered", 1.0, 60.0)
        log.flush()
        assert (log.status.written, log.status.trouble) == (3, "")
        says[0] = lambda: NOON
    assert [line["id"] for line in lines_of(path) if "contact" in line] == [1, 2]
    assert audited(path).clean


def test_a_log_begun_while_the_clock_failed_is_put_away_when_a_later_day_ends(path) -> None:
    says = [fails, lambda: NOON, lambda: NOON + 86_400.0]
    with LiveDecisionLog(path, clock=lambda: says[0]()) as log:
        for decision in MADE[:2]:
            log.write(decision)
            log.flush()
            says.pop(0)
        assert len(list(path.parent.glob("*.jsonl"))) == 1
        log.write(MADE[2])
        log.flush()
        assert len(list(path.parent.glob("*.jsonl"))) == 2
    assert audited(path.parent).clean


@pytest.mark.parametrize("first", [None, 5, {}, "d", [], MADE[0].to_dict()])
def test_what_is_no_decision_is_dropped_and_said_and_the_others_are_written(path, first) -> None:
    with LiveDecisionLog(path) as log:
        log.write(first)
        log.settled(first, "answered")
        log.write(MADE[0])
        log.write(first)
        log.settled(MADE[0], [])
        log.settled(MADE[0], b"answered")
        log.settled(MADE[0], "answered", np.float64(3.0), np.int64(180), np.float64(4.5))
        log.flush()
        assert (log.status.written, log.status.dropped) == (2, 3)
    (outcome,) = [line for line in lines_of(path) if line.get("kind") == "outcome"]
    assert (outcome["wait"], outcome["handle"], outcome["owed"]) == (3.0, 180, 4.5)
    assert audited(path).clean


@pytest.mark.parametrize("number", [np.float64, np.float32, np.int64, int])
def test_a_state_in_other_numbers_is_written(path, number) -> None:
    told = {"agents": 4, "busy": 4, "waiting": 9, "arrival_rate": 1, "aht": 190}
    told = {name: number(value) for name, value in told.items()}
    router = Router(CENTER, QueueLength(2), clock=lambda: NOON, compile=False)
    router.state["service"].update(**told)
    assert {type(value) for value in msgspec.structs.astuple(router.state["service"].state)} <= {int, float}
    made = [
        router.route(Contact("service", "sv"), snapshot)
        for snapshot in (None, Snapshot(service=QueueState(**told)))
    ]
    with LiveDecisionLog(path) as log:
        for decision in made:
            assert not decision.degraded
            assert decision.state == QueueState(4, 4, 9, 1, 190)
            log.write(decision)
    assert audited(path).clean
    assert audited(path).lines == 2


@pytest.mark.parametrize("keep", [True, False], ids=["idle", "while it writes"])
@pytest.mark.parametrize("what", ["deleted", "cut"])
def test_a_file_that_somebody_deletes_or_cuts_is_said_and_another_begun(path, what, keep, caplog) -> None:
    with LiveDecisionLog(path, sync_every=0.0) as log:
        for decision in MADE[:3]:
            log.write(decision)
        log.flush()
        if what == "deleted":
            path.unlink()
        else:
            os.truncate(path, 0)
        if not keep:
            log.write(MADE[3])
        log.write(MADE[4])
        log.flush()
        assert log.status.trouble == (f"somebody has {what} the file: what is missing up to line 4 is lost")
        assert path.exists()
    report = audited(path)
    assert report.lines == (1 if keep else 2)
    assert not report.clean
    assert f"somebody has {what} the file" in caplog.text


def test_a_log_that_is_deleted_last_leaves_a_file_that_says_so(path) -> None:
    with LiveDecisionLog(path) as log:
        log.write(MADE[0])
        log.flush()
        path.unlink()
    assert kinds(path) == ["header", "end"]
    assert not audited(path).clean


def test_an_interrupted_close_ends_the_log_all_the_same(path, monkeypatch) -> None:
    def interrupted(thread):
        raise KeyboardInterrupt

    log = LiveDecisionLog(path)
    for decision in MADE:
        log.write(decision)
    monkeypatch.setattr("threading.Thread.join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        log.close()
    monkeypatch.undo()
    assert wait_until(lambda: path.read_bytes().endswith(b"\n") and kinds(path)[-1] == "end")
    assert audited(path).clean
    assert audited(path).lines == len(MADE)


def test_where_no_thread_can_be_had_nothing_is_raised(path, monkeypatch) -> None:
    def none(thread):
        raise RuntimeError("can't start new thread")

    with LiveDecisionLog(path) as log:
        monkeypatch.setattr("threading.Thread.start", none)
        log.write(MADE[0])
        assert log.status.dropped == 1
        monkeypatch.undo()
        log.write(MADE[1])
    assert [line["id"] for line in lines_of(path) if "id" in line] == [2]
    assert audited(path).chain.logs[0].dropped == 1


def test_a_signals_handler_may_hand_over_in_the_middle_of_it(path) -> None:
    with LiveDecisionLog(path) as log, log._guard:  # as if it came within `write`
        log.write(MADE[0])
    assert audited(path).clean


def test_where_nobody_writes_the_folder_is_named(path: Path) -> None:
    with pytest.raises(InputError, match=r"no \.jsonl file"):
        audited(path.parent)
