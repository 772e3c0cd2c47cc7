"""Files that are written whole or not at all."""

import pytest

from bporoute._base.files import check_target_file, encoded_rows, write_whole
from bporoute.errors import InputError


def test_no_rows_make_an_empty_file():
    assert encoded_rows([], ".csv") == encoded_rows([], ".jsonl") == b""


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "plan.csv"
    path.write_bytes(b"before")
    write_whole(path, b"after", "--out")
    assert path.read_bytes() == b"after"
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match=r"--out .*taken: found .*; expected a file that can be written"):
        write_whole(tmp_path / "taken", b"after", "--out")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["plan.csv", "taken"]


def test_a_folder_that_cannot_be_written_to_is_told_before(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(InputError, match="a read-only folder"):
        check_target_file(tmp_path / "plan.csv", "--out", (".csv",))
