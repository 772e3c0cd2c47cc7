"""Call records with tokens, in the shapes that phone systems write."""

import pytest

from bporoute import InputError
from bporoute.cli._ended_calls import read_ended_calls
from bporoute.cli._options import format_of
from bporoute.cli._remarks import Teller
from bporoute.routing._reconcile import CallRecord


def read(path, **said):
    format = format_of(said.get("columns"), said.get("read"), said.get("skip_bad"))
    return read_ended_calls(path, format, Teller(strict=False, json=True))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("token,end\nx,answered\n", "no column 'outcome'"),
        ("token,outcome\nx,answred\n", "line 2, column outcome: found 'answred'; expected 'answered'"),
        ("token;outcome;wait\nx;answered;soon\n", "line 2, column wait: found 'soon'; expected seconds"),
        ("token,outcome,handle\nx,answered,-1\n", "line 2, column handle: found '-1'; expected seconds"),
    ],
)
def test_call_records_that_cannot_be_are_refused_with_their_line(tmp_path, text, said):
    file = tmp_path / "cdr.csv"
    file.write_text(text)
    with pytest.raises(InputError) as raised:
        read(file)
    assert said in str(raised.value)


def test_call_records_are_read_by_their_columns(tmp_path):
    file = tmp_path / "cdr.csv"
    file.write_text(
        "id;Outcome;Token;handle\n1;Answered;abc;90.5\n2;failed;;\n3;abandoned;def;\n", "utf-8-sig"
    )
    assert read(file) == [
        CallRecord(2, "abc", "answered", None, 90.5),
        CallRecord(4, "def", "abandoned", None, None),
    ]


def test_marks_that_some_take_for_the_end_of_a_line_end_none(tmp_path):
    file = tmp_path / "cdr.csv"
    rows = (
        "token,note,outcome",
        "abc,asked\u2028twice,answered",
        'def,"two\nlines",failed',
        "ghi,x\x0cy,failed",
    )
    file.write_bytes("\r\n".join(rows).encode())
    assert [(each.token, each.outcome) for each in read(file)] == [
        ("abc", "answered"),
        ("def", "failed"),
        ("ghi", "failed"),
    ]


def test_other_names_times_and_bad_rows(tmp_path, capsys):
    file = tmp_path / "cdr.csv"
    file.write_text(
        "Their Mark;Disposition;Wait Time;Handle Time\nabc;ANSWERED;0:12;2:05\ndef;UNDELIVERED;;\ng;gone;;\n"
    )
    assert read(file, columns=["token=Their Mark"], read=["durations=m:ss"], skip_bad="50 %") == [
        CallRecord(2, "abc", "answered", 12.0, 125.0),
        CallRecord(3, "def", "undelivered", None, None),
    ]
    assert "left out" in capsys.readouterr().err
