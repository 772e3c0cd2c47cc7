"""Files that are written whole or not at all."""

import errno
import os
import signal
import stat
import sys

import pytest

from bporoute._base.files import WholeFile, check_target_file, encoded_rows, write_whole
from bporoute.errors import InputError
from helpers.running import started


def test_no_rows_make_an_empty_file():
    assert encoded_rows([], ".csv") == encoded_rows([], ".jsonl") == b""


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "plan.csv"
    path.write_bytes(b"before")
    write_whole(path, b"after", "--out")
    assert path.read_bytes() == b"after"
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match=r"--out .*taken: found a folder; expected the name of a file"):
        write_whole(tmp_path / "taken", b"after", "--out")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["plan.csv", "taken"]


@pytest.mark.parametrize("name", ["reports", "reports.csv"])
def test_a_folder_is_told_before_whatever_its_name_ends_in(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match=f"--out .*{name}: found a folder; expected the name of a file"):
        check_target_file(tmp_path / name, "--out", (".csv",))


def test_a_folder_that_cannot_be_written_to_is_told_before(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(InputError, match="a read-only folder"):
        check_target_file(tmp_path / "plan.csv", "--out", (".csv",))


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_with_ids_is_its_owners_alone(tmp_path):
    before = os.umask(0o022)
    try:
        (tmp_path / "paths.csv").write_bytes(b"of a laxer time")
        write_whole(tmp_path / "paths.csv", b"call 7", "--paths", private=True)
        write_whole(tmp_path / "plan.csv", b"12 agents", "--out")
    finally:
        os.umask(before)
    assert (mode(tmp_path / "paths.csv"), mode(tmp_path / "plan.csv")) == (0o600, 0o644)


def test_a_file_with_ids_is_nobody_elses_while_it_is_written(tmp_path):
    with WholeFile(tmp_path / "paths.csv", "--paths", private=True) as file:
        file.write(b"call 7")
        (partial,) = tmp_path.iterdir()
        assert mode(partial) == 0o600


def test_a_file_is_on_the_disk_before_it_takes_its_place_and_its_name_after(tmp_path, monkeypatch):
    done = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(
        "os.fsync", lambda file: (done.append(stat.S_ISDIR(os.fstat(file).st_mode)), sync(file))
    )
    monkeypatch.setattr("os.replace", lambda *names: (done.append("replace"), replace(*names)))
    write_whole(tmp_path / "plan.csv", b"12 agents", "--out")
    assert done == [False, "replace", True]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_is_full_leaves_what_was_there(tmp_path, monkeypatch, call):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "plan.csv"
    path.write_bytes(b"before")
    monkeypatch.setattr(f"os.{call}", full)
    with pytest.raises(InputError, match="No space left"):
        write_whole(path, b"after", "--out")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("plan.csv", b"before")]


def test_an_older_file_is_kept_where_that_is_asked(tmp_path):
    path = tmp_path / "center.toml"
    write_whole(path, b"mine", "", replace=False)
    with pytest.raises(InputError, match=r"center.toml: found File exists; expected the name of a file that"):
        write_whole(path, b"yours", "", replace=False)
    late = WholeFile(tmp_path / "late.toml", "", replace=False)
    (tmp_path / "late.toml").write_bytes(b"quicker")
    with pytest.raises(InputError, match="File exists"), late:
        late.write(b"slower")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        "center.toml": b"mine",
        "late.toml": b"quicker",
    }


def test_where_the_disk_has_no_links_a_new_file_comes_about_all_the_same(tmp_path, monkeypatch):
    def none(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("os.link", none)
    write_whole(tmp_path / "center.toml", b"mine", "", replace=False)
    assert (tmp_path / "center.toml").read_bytes() == b"mine"


WRITES_ON = """
import sys, time
from pathlib import Path
from bporoute._base.files import WholeFile

with WholeFile(Path(sys.argv[1]), "--out") as file:
    file.write(b"half")
    print("ready", flush=True)
    time.sleep(600)
"""


def test_what_a_killed_run_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path):
    path = tmp_path / "plan.csv"
    others = (".other.csv.1.partial", ".plan.csv.x.partial", ".plan.csv.partial", "plan.csv.9.partial")
    for name in others:
        (tmp_path / name).touch()
    with started([sys.executable, "-c", WRITES_ON, str(path)]) as killed:
        assert killed.stdout.readline() == "ready\n"
        (left,) = tmp_path.glob(f".plan.csv.{killed.pid}.partial")
        write_whole(path, b"whole", "--out")
        assert left.exists()  # it is being written
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    write_whole(path, b"whole", "--out")
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(["plan.csv", *others])


def test_a_leftover_of_the_same_number_is_no_obstacle(tmp_path):
    # In a container every run may be process 1.
    (tmp_path / f".plan.csv.{os.getpid()}.partial").write_bytes(b"half of another time")
    write_whole(tmp_path / "plan.csv", b"whole", "--out")
    assert [file.name for file in tmp_path.iterdir()] == ["plan.csv"]


def test_a_half_written_file_is_not_taken_from_its_writer(tmp_path):
    path = tmp_path / "plan.csv"
    with WholeFile(path, "--out") as first:
        first.write(b"first")
        with pytest.raises(InputError, match="a file that is being written"):
            WholeFile(path, "--out")
    assert path.read_bytes() == b"first"
