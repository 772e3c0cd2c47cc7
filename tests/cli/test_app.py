"""The command line, run as a user does: real processes, real files, wrong inputs."""

import json
import sys

import pytest

from bporoute.simulation._demo import demo_center_text
from helpers.files import CENTER, LOG
from helpers.running import bporoute, run

pytestmark = pytest.mark.thorough


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "center.toml").write_text(CENTER)
    (tmp_path / "calls.csv").write_text(LOG)
    return tmp_path


def test_help_shows_an_example_of_every_command():
    for command in ("demo", "replay", "simulate", "check", "explain", "new"):
        run = bporoute(command, "--help")
        assert run.returncode == 0
        assert "Example:" in run.stdout


def test_replay_prints_one_table_and_marks_the_cheapest(folder):
    run = bporoute("replay", "calls.csv", "--center", "center.toml", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert sum(line.startswith(" *") for line in run.stdout.splitlines()) >= 1
    for name in (
        "NeverOverflow",
        "QueueLength",
        "ExpectedWait",
        "Share",
        "ServedInTime",
        "MarginalCost",
        "tuned",
    ):
        assert name in run.stdout
    assert run.stderr == ""


def test_replay_as_json_can_be_piped_and_writes_every_decision(folder):
    run = bporoute(
        "replay", "calls.csv", "--center", "center.toml", "--json", "--no-tune",
        "--policy", "QueueLength(1)", "--policy", "MarginalCost", "--decisions", "out.jsonl", cwd=folder,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    rows = json.loads(run.stdout)
    assert [row["policy"] for row in rows] == ["QueueLength(1)", "MarginalCost()"]
    assert sum(row["cheapest"] for row in rows) >= 1
    written = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    lines = [line for line in written if "kind" not in line]
    assert len(lines) == 2 * 60
    assert {line["policy"] for line in lines} == {"QueueLength(1)", "MarginalCost()"}
    for line in lines:
        named = [way["destination"] for way in line["ranked"]] + [
            out["destination"] for out in line["rejected"]
        ]
        assert sorted(named) == ["desk", "nord"]


def test_replay_draws_a_picture(folder):
    run = bporoute(
        "replay", "calls.csv", "--center", "center.toml", "--no-tune", "--plot", "day.png", cwd=folder
    )
    assert run.returncode == 0, run.stderr
    assert (folder / "day.png").read_bytes().startswith(b"\x89PNG")


def test_replay_takes_agents_columns_and_days_from_options(folder):
    (folder / "other.csv").write_text(LOG.replace("arrival,type", "start,kind"))
    (folder / "agents.csv").write_text("date,interval,agents\n2026-11-23,09:00,2\n")
    run = bporoute(
        "replay", "other.csv", "--center", "center.toml", "--agents", "agents.csv",
        "--columns", "arrival=start,type=kind", "--days", "2026-11-23..2026-11-24",
        "--policy", "NeverOverflow", "--no-tune", "--json", cwd=folder,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)[0]["calls"] == 60


BAD = {
    "a missing center": (["--center", "no.toml"], "no.toml: file: found No such file"),
    "a missing log": (["LOG=no.csv"], "no.csv: found No such file"),
    "an unknown policy": (["--policy", "QueueLenght(3)"], "'QueueLength'"),
    "a policy without its number": (["--policy", "QueueLength"], "QueueLength(n)"),
    "a policy that is code": (["--policy", "QueueLength(__import__('os'))"], "QueueLength(n)"),
    "shares above one": (["--policy", "Share({'nord': 1.5})"], "a share in [0, 1]"),
    "a day that is none": (["--days", "monday"], "a day like 2026-11-23"),
    "days without calls": (["--days", "2026-01-01"], "no calls on the chosen days"),
    "a mapping without equals": (["--columns", "arrival"], "OURS=THEIRS"),
    "a mapping of an unknown name": (["--columns", "arival=arrival"], "'arrival'"),
    "an unknown picture format": (["--plot", "day.gif"], ".png, .svg, .pdf"),
    "a picture in no folder": (["--plot", "no/day.png"], "a folder that exists"),
    "decisions into a folder": (["--decisions", "."], "the name of a file"),
    "decisions in no folder": (["--decisions", "no/out.jsonl"], "a file that can be written"),
    "a missing schedule": (["--agents", "no.csv"], "no.csv: found No such file"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_option_is_one_line_and_exit_code_2(folder, name):
    options, expected = BAD[name]
    log = next((option[4:] for option in options if option.startswith("LOG=")), "calls.csv")
    options = [option for option in options if not option.startswith("LOG=")]
    center = [] if "--center" in options else ["--center", "center.toml"]
    before = sorted(folder.iterdir())
    run = bporoute("replay", log, *center, *options, cwd=folder)
    assert run.returncode == 2
    assert expected in run.stderr
    assert run.stderr.count("\n") == 1
    assert run.stderr.startswith("bporoute: ")
    assert sorted(folder.iterdir()) == before


BAD_LOGS = {
    "empty": (b"", "an empty file"),
    "only a header": (b"arrival,type,handle\n", "only a header"),
    "missing column": (LOG.replace("arrival", "arival").encode(), "no column 'arrival'"),
    "a bad time": (LOG.encode() + b"yesterday,call,10\n", "yesterday"),
    "a negative handle time": (LOG.encode() + b"2026-11-23T10:00:00,call,-1\n", "-1"),
}


@pytest.mark.parametrize("name", BAD_LOGS)
def test_a_bad_log_is_one_line_and_exit_code_2_and_leaves_nothing(folder, name):
    content, expected = BAD_LOGS[name]
    (folder / "bad.csv").write_bytes(content)
    before = sorted(folder.iterdir())
    run = bporoute(
        "replay",
        "bad.csv",
        "--center",
        "center.toml",
        "--decisions",
        "out.jsonl",
        "--plot",
        "day.png",
        cwd=folder,
    )
    assert run.returncode == 2
    assert run.stderr.startswith("bporoute: bad.csv")
    assert expected in run.stderr
    assert run.stderr.count("\n") == 1
    assert sorted(folder.iterdir()) == before


def test_a_log_in_another_shape_is_read_and_what_was_taken_for_what_is_said(folder):
    mixed_up = LOG.replace("arrival", "Call Start").replace("\n", "\r") + "2026-11-23T08:00:00,call,10\r"
    (folder / "bad.csv").write_text(mixed_up, newline="")
    run = bporoute(
        "replay", "bad.csv", "--center", "center.toml", "--policy", "NeverOverflow", "--no-tune", cwd=folder
    )
    assert run.returncode == 0, run.stderr
    (line,) = (line for line in run.stdout.splitlines() if line.startswith("read bad.csv: "))
    assert "CR line ends" in line
    assert "1 row was out of order: sorted by arrival" in line
    assert "Call Start is arrival" in line


def test_new_writes_an_example_that_checks_and_never_overwrites(tmp_path):
    assert bporoute("new", "center.toml", cwd=tmp_path).returncode == 0
    assert (tmp_path / "center.toml").read_text() == demo_center_text()
    run = bporoute("check", "center.toml", cwd=tmp_path)
    assert run.returncode == 0
    assert "valid" in run.stdout
    again = bporoute("new", "center.toml", cwd=tmp_path)
    assert again.returncode == 2
    assert "File exists" in again.stderr


def test_check_as_json_and_with_notes(folder):
    text = CENTER.replace("wait_cost_per_minute = 1\nabandonment_cost = 5\n", "").replace(
        "patience = 300\n", ""
    )
    text += 'certificates = { "ISO 18295-1" = 2020-01-01 }\n'
    (folder / "odd.toml").write_text(
        text.replace("price_per_contact = 2", "price_per_contact = 0, end = 2021-01-01")
    )
    found = json.loads(bporoute("check", "odd.toml", "--json", cwd=folder).stdout)
    assert found["vendors"][0]["vendor"] == "nord"
    notes = "\n".join(found["warnings"])
    for word in ("keeps every contact", "endless", "expired", "ended"):
        assert word in notes
    (remark,) = found["remarks"]
    assert remark["where"] == "odd.toml: vendors.nord.contract"
    assert "costs nothing" in remark["odd"]
    strict = bporoute("check", "odd.toml", "--strict", cwd=folder)
    assert (strict.returncode, strict.stdout) == (1, "")
    for word in ("costs nothing", "keeps every contact", "endless", "expired", "ended"):
        assert word in strict.stderr
    both = bporoute("check", "odd.toml", "--strict", "--json", cwd=folder)
    assert both.returncode == 1
    assert json.loads(both.stdout) == found


def test_a_warning_alone_is_an_error_where_strict(folder):
    (folder / "endless.toml").write_text(CENTER.replace("patience = 300\n", ""))
    assert bporoute("check", "endless.toml", cwd=folder).returncode == 0
    strict = bporoute("check", "endless.toml", "--strict", "--json", cwd=folder)
    assert strict.returncode == 1
    assert json.loads(strict.stdout)["remarks"] == []
    assert "patience is endless" in "".join(json.loads(strict.stdout)["warnings"])


def test_a_replay_that_is_strict_says_what_is_odd_in_json_too(folder):
    (folder / "odd.toml").write_text(CENTER.replace("patience = 300", "patience = 5"))
    run = bporoute("replay", "calls.csv", "--center", "odd.toml", "--strict", "--json", cwd=folder)
    assert run.returncode == 1
    (remark,) = json.loads(run.stdout)["remarks"]
    assert remark["likely"] == "in minutes it would be 300 s"


def test_types_of_a_log_that_the_center_does_not_know_are_told_with_their_lines(folder):
    log = LOG.replace(",call,", ",caal,", 2).replace("09:19:40,call", "09:19:40,mail")
    (folder / "typo.csv").write_text(log)
    run = bporoute("replay", "typo.csv", "--center", "center.toml", cwd=folder)
    assert run.returncode == 2
    first, second = run.stderr.splitlines()
    assert first.startswith("bporoute: typo.csv line 2, column type: found 'caal' (2 rows); expected 'call'")
    assert second.startswith("bporoute: typo.csv line 61, column type: found 'mail' (1 row)")


def test_check_tells_the_totals_of_every_type_that_is_priced_apart(folder):
    kinds = '[contact_types.mail]\nqueue = "desk"\nchannel = "email"\n[vendors.nord]'
    text = CENTER.replace("[vendors.nord]", kinds).replace('["call"]', '["call", "mail"]')
    text = text.replace(
        "{ price_per_contact = 2 }",
        '{ terms = [{ kind = "per_contact", price = 2, channels = ["voice"] }, '
        '{ kind = "per_contact", price = 1, channels = ["email"] }] }',
    )
    (folder / "two.toml").write_text(text)
    printed = bporoute("check", "two.toml", cwd=folder).stdout
    assert "a month of call: 1,000 contacts 2,000.00 EUR" in printed
    assert "a month of mail: 1,000 contacts 1,000.00 EUR" in printed
    found = json.loads(bporoute("check", "two.toml", "--json", cwd=folder).stdout)
    assert found["vendors"][0]["cost_per_contact"] == {"call": 2.0, "mail": 1.0}
    assert found["contracts"]["nord"]["totals"]["mail"][2] == {"contacts": 20_000, "total": 20_000.0}
    one = bporoute("check", "center.toml", cwd=folder).stdout
    assert "a month of call: 1,000 contacts 2,000.00 EUR" in one


def test_check_refuses_a_typo_in_one_line(folder):
    (folder / "typo.toml").write_text(CENTER.replace("patience", "patiense"))
    run = bporoute("check", "typo.toml", cwd=folder)
    assert run.returncode == 2
    assert run.stdout == ""
    assert "queues.desk" in run.stderr
    assert "'patience'" in run.stderr
    assert "Traceback" not in run.stderr


def test_explain_answers_a_what_if(folder):
    arguments = ["explain", "center.toml", "--contact", "call", "--state", "desk:agents=1,busy=1,waiting=4"]
    run = bporoute(*arguments, "--policy", "QueueLength(2)", "--at", "2026-11-23T10:00", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("Monday, 23 November 2026 10:00 UTC\ncall: send to nord\n")
    decision = json.loads(bporoute(*arguments, "--state", "nord:up=false", "--json", cwd=folder).stdout)
    assert decision["action"] == "keep"
    assert decision["rejected"][0]["rule"] == "up"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--contact", "call,langage=sv"], "'language'"),
        (["--contact", "call", "--state", "desk"], "no colon"),
        (["--contact", "call", "--state", "dsk:agents=1"], "'desk'"),
        (["--contact", "call", "--state", "desk:agent=1"], "'agents'"),
        (["--contact", "call", "--state", "desk:agents=many"], "a number"),
        (["--contact", "call", "--state", "desk:"], "agents"),
        (["--contact", "call", "--at", "noon"], "2026-11-23T10:15"),
    ],
)
def test_explain_refuses_what_it_cannot_read(folder, options, expected):
    run = bporoute("explain", "center.toml", *options, cwd=folder)
    assert run.returncode == 2
    assert expected in run.stderr
    assert run.stderr.count("\n") == 1


def test_explain_of_an_impossible_state_is_degraded_not_refused(folder):
    run = bporoute("explain", "center.toml", "--contact", "call", "--state", "desk:agents=nan", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert "degraded" in run.stdout


def test_without_the_extra_one_line_says_how_to_get_it(tmp_path):
    for name in ("typer", "rich"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('not installed')\n")
    run = bporoute("demo", env={"PYTHONPATH": str(tmp_path), "PATH": ""})
    assert run.returncode == 2
    assert run.stderr == "bporoute: the command line needs an extra: pip install 'bporoute[cli]'\n"


def test_a_small_demo_runs():
    run = bporoute("demo", "--calls", "500", "--no-tune", "--json")
    assert run.returncode == 0, run.stderr
    assert len(json.loads(run.stdout)) == 6


def test_a_closed_pipe_is_not_an_error_message(tmp_path):
    script = f"{sys.executable} -m bporoute check center.toml | head -1"
    (tmp_path / "center.toml").write_text(demo_center_text())
    done = run(["bash", "-c", script], cwd=tmp_path)
    assert "Traceback" not in done.stderr


def test_a_new_center_in_a_folder_that_is_not_there_says_so(tmp_path):
    run = bporoute("new", "nowhere/center.toml", cwd=tmp_path)
    assert run.returncode == 2
    assert "expected a file that can be written" in run.stderr


def test_check_notes_a_queue_that_nothing_comes_to(folder):
    with (folder / "center.toml").open("a") as file:
        file.write("[queues.lonely]\naht = 60\npatience = 90\n")
    run = bporoute("check", "center.toml", cwd=folder)
    assert run.returncode == 0
    assert "queues.lonely: found no contact type" in run.stdout + run.stderr
