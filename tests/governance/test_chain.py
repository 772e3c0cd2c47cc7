"""What an audit finds wrong with the lines of a log, whatever they say; faults E1."""

from __future__ import annotations

import copy
import hashlib
import hmac
import itertools
import json
import re
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import Contact, InputError, MarginalCost, QueueLength, Router, Snapshot, audit
from bporoute.cli._audit import chain_remarks, remarks
from bporoute.governance import DecisionLog, audit_files
from bporoute.governance._numbers import Numbers
from helpers.clock import NOON
from helpers.files import CENTER, LOG
from helpers.running import bporoute
from helpers.strategies import BUSY, one_queue, vendor

KEY, OTHER_KEY = b"k" * 32, b"x" * 32
CENTER_OF_TWO = one_queue(vendors={"nord": vendor(capacity=9, expected_wait=20), "syd": vendor()})
DECISIONS = 9
FIRST = 2
"""Line of the first decision; before it stand the header, and what decides."""


def log_of(folder, key=None, center=CENTER_OF_TWO, policies=("MarginalCost",), contacts=DECISIONS, **options):
    """The lines of a log of as many decisions by each policy, a second apart."""
    path = folder / "made.jsonl"
    with DecisionLog(path, key=key, **options) as log:
        for policy in policies:
            now = [NOON]
            router = Router(center, policy, clock=lambda now=now: now[0], compile=False)
            for number in range(contacts):
                now[0] += 1.0
                log.write(router.route(Contact("service", "sv", f"call {number}"), Snapshot(service=BUSY)))
    lines = path.read_bytes().splitlines(keepends=True)
    path.unlink()
    return lines


@pytest.fixture(params=[None, KEY], ids=["plain", "keyed"])
def key(request):
    return request.param


@pytest.fixture
def lines(tmp_path, key):
    return log_of(tmp_path, key)


def found(lines, key=None, center=CENTER_OF_TWO, **options):
    """Kind -> how many, after what an audit says."""
    report = audit(lines, center, key=key, **options)
    assert report.clean == (not report.chain.counts and not report.different + report.unreadable > 0)
    return report.chain.counts


def places(lines, key=None):
    return [(problem.kind, problem.line) for problem in audit(lines, CENTER_OF_TWO, key=key).chain.first]


def said(lines, **options):
    """What the command would print."""
    report = audit(lines, CENTER_OF_TWO, **options)
    return "\n".join((*chain_remarks(report.chain), *remarks(report)))


def test_a_log_as_it_was_written_is_clean(lines, key) -> None:
    report = audit(lines, CENTER_OF_TWO, key=key)
    assert report.clean
    assert report.chain.sound
    assert report.lines == DECISIONS
    (log,) = report.chain.logs
    assert (log.keyed, log.checked, log.ended) == (key is not None, True, True)
    assert log.first.startswith("0:")
    assert log.last.startswith(f"{len(lines) - 1}:")
    assert found(b"".join(lines).decode().splitlines(), key) == {}  # text without line ends, too


def test_the_chain_is_what_it_is_said_to_be(lines, key) -> None:
    # The twin: nothing of ours but the lines.
    before = "0" * 64
    for number, line in enumerate(lines):
        told = json.loads(line)
        assert (told["line"], told["prev"]) == (number, before)
        body = re.fullmatch(rb'(.*),"hash":"[0-9a-f]{64}"\}\n', line).group(1)
        hashed = hashlib.sha256(body) if key is None else hmac.new(key, body, hashlib.sha256)
        assert told["hash"] == hashed.hexdigest()
        before = told["hash"]


def test_the_first_lines_say_what_the_log_is(lines, key) -> None:
    header, decides, *_, end = map(json.loads, lines)
    assert (header["kind"], header["format"], header["keyed"], header["ids"]) == (
        "header",
        1,
        key is not None,
        "plain",
    )
    assert decides["kind"] == "decides"
    assert decides["center_version"] == CENTER_OF_TWO.version
    assert decides["policy_version"] == json.loads(lines[FIRST])["policy_version"]
    assert (end["kind"], end["goes_on"]) == ("end", False)


# -- tampering ---------------------------------------------------------------------------------


@pytest.mark.parametrize("place", range(DECISIONS + 2))
def test_a_dropped_line_is_missing(lines, key, place) -> None:
    counts = found(lines[:place] + lines[place + 1 :], key)
    assert counts["missing"] == 1
    text = said(lines[:place] + lines[place + 1 :], key=key)
    assert f"line {place} missing" in text


def test_several_dropped_lines_are_told_as_one_gap(lines, key) -> None:
    assert found(lines[:4] + lines[7:], key) == {"missing": 1}
    assert "lines 4 to 6 missing" in said(lines[:4] + lines[7:], key=key)


def test_a_doubled_line_is_told(lines, key) -> None:
    doubled = [*lines[:5], lines[4], *lines[5:]]
    assert found(doubled, key) == {"doubled": 1}
    assert places(doubled, key) == [("doubled", 6)]
    assert found([*lines[:7], lines[3], *lines[7:]], key) == {"doubled": 1}


def test_swapped_lines_are_told(lines, key) -> None:
    swapped = [*lines[:4], lines[5], lines[4], *lines[6:]]
    assert found(swapped, key) == {"moved": 1}
    assert places(swapped, key) == [("moved", 6)]
    assert "line 4 stands behind line 5" in said(swapped, key=key)


def later(line: bytes, hours: float) -> bytes:
    told = json.loads(line)
    moved = datetime.fromisoformat(told["at"]) + timedelta(hours=hours)
    return line.replace(told["at"].encode(), moved.isoformat().encode())


def test_times_moved_by_ten_hours_are_told(lines, key) -> None:
    moved = [*lines[:FIRST], *(later(line, 10.0) for line in lines[FIRST:-1]), lines[-1]]
    assert found(moved, key) == {"altered": DECISIONS}
    assert f"line {FIRST} is not as it was written" in said(moved, key=key)


def test_zeroed_counters_are_told(lines, key) -> None:
    def zeroed(line: bytes) -> bytes:
        return re.sub(rb'"(this_hour|today|this_period|center_day|routed|sent)":[0-9.]+', rb'"\1":0.0', line)

    changed = [line for line in lines if zeroed(line) != line]
    assert len(changed) > 5
    assert found(list(map(zeroed, lines)), key) == {"altered": len(changed)}


@pytest.mark.parametrize("field", ["hash", "prev", "line"])
def test_a_changed_link_is_told(lines, key, field) -> None:
    old = json.loads(lines[5])[field]
    new = old[::-1] if isinstance(old, str) else 9
    changed = lines[5].replace(
        f'"{field}":{json.dumps(old)}'.encode(), f'"{field}":{json.dumps(new)}'.encode()
    )
    assert changed != lines[5]
    assert "altered" in found([*lines[:5], changed, *lines[6:]], key)


def test_nothing_at_all_and_no_decision_are_not_fine(lines, key) -> None:
    assert found([], key) == {"empty": 1}
    header_only = audit(lines[:2], CENTER_OF_TWO, key=key)
    assert (header_only.clean, header_only.lines, header_only.chain.counts) == (False, 0, {})
    assert "0 decisions: nothing is shown by that." in said(lines[:2], key=key)


def test_another_center_is_told(tmp_path, key) -> None:
    other = msgspec.structs.replace(CENTER_OF_TWO, name="another")
    report = audit(log_of(tmp_path, key, other), CENTER_OF_TWO, key=key)
    assert report.other_centers == {other.version: DECISIONS}
    assert (report.same, report.clean) == (DECISIONS, False)


def test_another_policy_is_told(tmp_path, key) -> None:
    lines = log_of(tmp_path, key, policies=("MarginalCost", "QueueLength(2)"), contacts=3)
    assert found(lines, key) == {}
    assert found(lines, key, only=["MarginalCost", "QueueLength(2)"]) == {}
    assert found(lines, key, only=["MarginalCost"]) == {"strange": 3}
    assert "decided by QueueLength(2), which was not asked for" in said(lines, key=key, only=["MarginalCost"])


def test_a_policy_that_is_not_announced_is_told(tmp_path, key) -> None:
    """Somebody who has the key, or needs none, and takes the announcement out."""
    lines = log_of(tmp_path, key, policies=("MarginalCost", "QueueLength(2)"), contacts=3)
    kept = [line for line in lines if not (b'"decides"' in line and b"QueueLength" in line)]
    assert found(rechained(kept, key), key) == {"strange": 3}


def rechained(lines, key=None, start=0):
    """The lines with new numbers and hashes, as somebody makes them who may."""
    before, made = "0" * 64, []
    for number, line in enumerate(lines, start):
        told = {
            name: value for name, value in json.loads(line).items() if name not in ("line", "prev", "hash")
        }
        body = (
            json.dumps(told, separators=(",", ":"), ensure_ascii=False)[:-1]
            + f',"line":{number},"prev":"{before}"'
        )
        mac = hashlib.sha256(body.encode()) if key is None else hmac.new(key, body.encode(), "sha256")
        before = mac.hexdigest()
        made.append(f'{body},"hash":"{before}"}}\n'.encode())
    return made


def test_without_a_key_anybody_can_write_all_anew_and_that_is_said(tmp_path) -> None:
    lines = log_of(tmp_path)
    forged = rechained([*lines[:4], *lines[6:]])
    report = audit(forged, CENTER_OF_TWO)
    assert report.clean
    assert any("without a key anybody can" in text for text in report.chain.unproven)
    kept = audit(lines[:-3], CENTER_OF_TWO).chain.logs[0].last  # what somebody noted before
    assert found(lines, last=kept) == {}
    assert found(forged, last=kept) == {"altered": 1}


def test_with_a_key_nobody_else_can(tmp_path) -> None:
    lines = log_of(tmp_path, KEY)
    forged = rechained([*lines[:4], *lines[6:]], OTHER_KEY)
    assert found(forged, KEY)["altered"] == len(forged)
    assert found(rechained(lines), KEY)["altered"] == len(lines)
    assert not any("without a key" in text for text in audit(lines, CENTER_OF_TWO, key=KEY).chain.unproven)


def test_a_wrong_key_a_missing_one_and_one_too_many_are_told(tmp_path) -> None:
    keyed, plain = log_of(tmp_path, KEY), log_of(tmp_path)
    assert found(keyed, OTHER_KEY) == {"key": 1}
    assert "made with another key" in said(keyed, key=OTHER_KEY)
    assert found(keyed) == {"key": 1}
    assert audit(keyed, CENTER_OF_TWO).chain.logs[0].checked is False
    assert found(plain, KEY) == {"key": 1}
    assert found([*keyed[:4], *keyed[5:]], None) == {"key": 1, "missing": 1}  # numbers are seen without it


def test_a_cut_off_end_is_told_where_that_can_be(lines, key) -> None:
    whole = audit(lines, CENTER_OF_TWO, key=key).chain.logs[0]
    cut = lines[:-3]
    report = audit(cut, CENTER_OF_TWO, key=key)
    assert report.clean
    assert not report.chain.logs[0].ended
    assert any("cut off the end" in text for text in report.chain.unproven)
    assert found(cut, key, last=whole.last) == {"missing": 1}
    assert f"line {len(lines) - 1} was to be there: cut off behind line" in said(
        cut, key=key, last=whole.last
    )
    assert found(lines, key, last=whole.last) == {}
    assert not any("cut off" in text for text in audit(lines, CENTER_OF_TWO, key=key).chain.unproven)


def test_lines_that_are_put_away_are_not_missing_if_they_are_named(lines, key) -> None:
    early, late = lines[:5], lines[5:]
    before = audit(early, CENTER_OF_TWO, key=key).chain.logs[0].last
    counts = found(late, key)
    assert counts["missing"] == 1
    report = audit(late, CENTER_OF_TWO, key=key, after=before)
    assert "missing" not in report.chain.counts
    forged = f"{before[:-1]}{'0' if before[-1] != '0' else '1'}"
    assert audit(late, CENTER_OF_TWO, key=key, after=forged).chain.counts["altered"] == 1


def test_a_line_of_another_log_is_told(tmp_path) -> None:
    ours, theirs = log_of(tmp_path), log_of(tmp_path, contacts=4)
    assert found([*ours[:5], theirs[5], *ours[6:]]) == {"altered": 2}  # on either side of it
    assert found([*ours, theirs[4]]) == {"doubled": 1}
    assert found([*ours[:5], *theirs[5:]]) == {"altered": 1}
    assert "does not follow line 4 as it stands" in said([*ours[:5], *theirs[5:]])


def test_a_line_without_a_number_in_a_chain_is_told(lines, key) -> None:
    plain = json.dumps({name: value for name, value in json.loads(lines[4]).items() if name != "hash"}) + "\n"
    assert found([*lines[:5], plain.encode(), *lines[5:]], key) == {"altered": 1}
    assert found([*lines[:5], b"once upon a time\n", *lines[5:]], key) == {"altered": 1}


def test_a_torn_last_line_is_told(lines, key) -> None:
    torn = [*lines[:5], lines[5][:-200]]
    report = audit(torn, CENTER_OF_TWO, key=key)
    assert report.chain.counts == {"torn": 1}
    assert report.chain.first[0].line == 6


def test_lines_that_are_not_chained_are_not_fine_unless_that_is_asked(tmp_path) -> None:
    plain = [
        json.dumps(
            {name: value for name, value in json.loads(line).items() if name not in ("line", "prev", "hash")}
        )
        for line in log_of(tmp_path)[FIRST:-1]
    ]
    assert found(plain) == {"unchained": 1}
    report = audit(plain, CENTER_OF_TWO, chained=False)
    assert report.clean
    assert len(report.chain.unproven) == 1
    options = {"chained": False}
    assert found([*plain[:3], *plain[5:]], **options) == {"missing": 1}
    assert found([*plain[:3], plain[2], *plain[3:]], **options) == {"doubled": 1}
    assert found([*plain[:3], plain[4], plain[3], *plain[5:]], **options) == {"moved": 2}  # its time, too


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return log_of(tmp_path_factory.mktemp("made"), KEY)


@given(data=st.data())
def test_any_change_of_any_byte_is_told(data, made) -> None:
    lines = copy.copy(made)
    which = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.integers(0, len(lines[which]) - 2))
    byte = data.draw(st.integers(32, 126).filter(lambda other: other != made[which][place]))
    lines[which] = lines[which][:place] + bytes([byte]) + lines[which][place + 1 :]
    assert not audit(lines, CENTER_OF_TWO, key=KEY).clean


@given(st.lists(st.integers(0, 40), max_size=60))
def test_numbers_are_seen_as_a_set_sees_them(numbers) -> None:
    seen, told, highest = set(), Numbers(-1), -1
    for number in numbers:
        expected = (
            ("next" if number == highest + 1 else "after a gap")
            if number > highest
            else ("again" if number in seen else "late")
        )
        assert told.see(number) == expected
        seen.add(number)
        highest = max(highest, number)
    gaps = [number for first, last in told.gaps for number in range(first, last + 1)]
    assert gaps == sorted(set(range(highest + 1)) - seen)
    assert told.left_out == len(gaps)


# -- several files, and the command ------------------------------------------------------------


def in_files(folder, lines, *cuts, name="log"):
    """The lines in files, named against their order."""
    edges = [0, *cuts, len(lines)]
    for number, (first, last) in enumerate(itertools.pairwise(edges)):
        (folder / f"{name}{9 - number}.jsonl").write_bytes(b"".join(lines[first:last]))


def test_files_of_one_log_are_one_chain_in_any_order(tmp_path, lines, key) -> None:
    in_files(tmp_path, lines, 4, 8)
    report = audit_files([tmp_path], CENTER_OF_TWO, key=key)
    assert report.clean
    assert [file[-10:] for file in report.chain.logs[0].files] == ["log9.jsonl", "log8.jsonl", "log7.jsonl"]
    named = [tmp_path / f"log{number}.jsonl" for number in (8, 7, 9)]
    assert audit_files([*named, named[0]], CENTER_OF_TWO, key=key).clean  # named twice, read once
    report = audit_files([named[2], named[1]], CENTER_OF_TWO, key=key)
    assert report.chain.counts == {"missing": 1}
    assert "lines 4 to 7 missing" in report.chain.first[0].text


def test_a_folder_may_hold_several_logs(tmp_path, key) -> None:
    one, two = log_of(tmp_path, key), log_of(tmp_path, key)
    in_files(tmp_path, one, name="one")
    in_files(tmp_path, two, name="two")
    report = audit_files([tmp_path], CENTER_OF_TWO, key=key)
    assert report.clean
    assert report.lines == 2 * DECISIONS
    assert len(report.chain.logs) == 2
    with pytest.raises(InputError, match="--last: found 2 logs"):
        audit_files([tmp_path], CENTER_OF_TWO, key=key, last=report.chain.logs[0].last)


def test_an_empty_file_among_others_is_told(tmp_path, lines, key) -> None:
    in_files(tmp_path, lines)
    (tmp_path / "empty.jsonl").touch()
    assert audit_files([tmp_path], CENTER_OF_TWO, key=key).chain.counts == {"empty": 1}


@pytest.mark.parametrize("text", ["7", "7:abc", ":", "x:" + "0" * 64, "-1:" + "0" * 64, "7:" + "g" * 64])
def test_an_anchor_that_is_none_is_refused(text) -> None:
    with pytest.raises(InputError, match="NUMBER:HASH"):
        audit([], CENTER_OF_TWO, last=text)


@pytest.mark.parametrize("key", [b"", b"short", "k" * 32, b"k" * 70_000])
def test_a_key_that_is_none_is_refused(tmp_path, key) -> None:
    with pytest.raises(InputError, match="16 to 65,536 bytes"):
        DecisionLog(tmp_path / "log.jsonl", key=key)
    with pytest.raises(InputError, match="16 to 65,536 bytes"):
        audit([], CENTER_OF_TWO, key=key)


def test_ids_are_hashed_or_left_out_and_the_audit_knows(tmp_path) -> None:
    for policy in (MarginalCost(), "HashShare({'nord': 0.5})", QueueLength(2)):
        for ids, id_key in (("hashed", OTHER_KEY), ("none", None)):
            lines = log_of(tmp_path, KEY, policies=(policy,), ids=ids, id_key=id_key)
            assert b"call " not in b"".join(lines)
            assert found(lines, KEY) == {}
            told = [json.loads(line)["contact"]["id"] for line in lines[FIRST:-1]]
            assert len(set(told)) == (DECISIONS if ids == "hashed" else 1)
    assert told[0] == ""
    again = log_of(tmp_path, ids="hashed", id_key=OTHER_KEY)
    assert (
        json.loads(again[FIRST])["contact"]["id"] == hmac.new(OTHER_KEY, b"call 0", "sha256").hexdigest()[:32]
    )
    for options in ({"ids": "hashed"}, {"ids": "none", "id_key": KEY}, {"ids": "secret"}):
        with pytest.raises(InputError):
            DecisionLog(tmp_path / "log.jsonl", **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.thorough
def test_the_command_finds_what_is_wrong_and_exits_1(tmp_path) -> None:
    (tmp_path / "center.toml").write_text(CENTER)
    (tmp_path / "calls.csv").write_text(LOG)
    (tmp_path / "key").write_bytes(KEY + b"\n")
    for name in ("out.jsonl", "again.jsonl"):
        run = bporoute(
            "replay", "calls.csv", "--center", "center.toml", "--no-tune", "--policy", "QueueLength(1)",
            "--decisions", name, "--key-file", "key", cwd=tmp_path,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "again.jsonl").read_bytes()
    assert (tmp_path / "out.jsonl").stat().st_mode & 0o777 == 0o600
    center = ("--center", "center.toml")
    run = bporoute("audit", "out.jsonl", *center, "--key-file", "key", cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert "Not proven: what somebody did who has the key." in run.stdout
    last = re.search(r"last line (\d+:[0-9a-f]{64})", run.stdout).group(1)
    lines = (tmp_path / "out.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "late.jsonl").write_bytes(b"".join(lines[30:]))
    (tmp_path / "early.jsonl").write_bytes(b"".join([*lines[:9], *lines[10:29]]))
    run = bporoute("audit", "late.jsonl", "early.jsonl", *center, "--key-file", "key", "--json", cwd=tmp_path)
    assert (run.returncode, run.stderr) == (1, "")
    assert json.loads(run.stdout)["chain"]["counts"] == {"missing": 2}
    (tmp_path / "early.jsonl").write_bytes(b"".join(lines[:30]))
    options = ("early.jsonl", "late.jsonl", *center, "--key-file", "key")
    assert bporoute("audit", *options, "--last", last, cwd=tmp_path).returncode == 0
    run = bporoute("audit", *options, "--policy", "MarginalCost", cwd=tmp_path)
    assert run.returncode == 1
    assert "Wrong with the lines: strange 60" in run.stdout
    (tmp_path / "empty.jsonl").touch()
    run = bporoute("audit", "empty.jsonl", *center, cwd=tmp_path)
    assert run.returncode == 1
    assert "empty.jsonl: no lines" in run.stdout
    run = bporoute("replay", "calls.csv", *center, "--key-file", "key", cwd=tmp_path)
    assert (run.returncode, run.stderr) == (
        2,
        "bporoute: --key-file: found it without --decisions; expected --decisions too\n",
    )
    run = bporoute("audit", "out.jsonl", *center, "--key-file", "no", cwd=tmp_path)
    assert (run.returncode, "--key-file no: found No such file" in run.stderr) == (2, True)
