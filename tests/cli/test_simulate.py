"""``bporoute simulate``, run as a planner does: real processes, real files, wrong inputs, Ctrl-C."""

import csv
import json
import signal
import sys

import pytest

from bporoute.simulation import COLUMNS
from helpers import noting_progress
from helpers.running import bporoute, finished, started, wait_until

pytestmark = pytest.mark.thorough

CENTER = """
currency = "SEK"
[queues.desk]
aht = 60
patience = 300
arrival_rate = 0.02
wait_cost_per_minute = 1
abandonment_cost = 5
schedule = { "07:00" = 1, "21:00" = 0 }
targets = { service_level = { probability = 0.8, within = 20 } }
[contact_types.call]
queue = "desk"
[vendors.nord]
country = "EE"
timezone = "UTC"
contact_types = ["call"]
contract = { price_per_contact = 2 }
"""
VOLUMES = "date,interval,volume,aht\n2026-11-23,09:00,20,60\n2026-11-23,09:30,24,60\n2026-11-23,10:00,31,60\n"
GAP = "date,interval,volume,aht\n2026-11-23,09:00,20,60\n2026-11-23,09:30,24,60\n2026-11-23,11:00,9,60\n"
LOG = "arrival,type,handle,language\n" + "".join(
    f"2026-11-23T09:{second // 60:02d}:{second % 60:02d},call,{50 + second % 7},sv\n"
    for second in range(0, 1200, 20)
)
SCENARIO = """
[redial]
call = { share = 1.0, after = 120 }
[[outages]]
vendor = "nord"
start = 2026-11-23T09:00:00
end = 2026-11-23T12:00:00
"""
TWO = ("--policy", "QueueLength(1)", "--policy", "NeverOverflow")
DAY = ("--first-day", "2026-11-23")


def simulate(*arguments, cwd, **options):
    return bporoute("simulate", *arguments, cwd=cwd, **options)


def interrupted(contacts, *arguments, cwd):
    """What becomes of Ctrl-C once so many contacts are simulated."""
    noted = cwd / "so_many"
    script = [sys.executable, noting_progress.__file__, noted, contacts, "simulate", *arguments]
    with started([str(word) for word in script], cwd=cwd) as process:
        assert wait_until(lambda: noted.exists() or process.poll() is not None)
        process.send_signal(signal.SIGINT)
        return finished(process)


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def folder(tmp_path):
    files = {
        "center.toml": CENTER,
        "nobody.toml": CENTER.replace('"07:00" = 1, ', "").replace(
            'queue = "desk"\n', 'queue = "desk"\nsourcing = "in_house"\n'
        ),
        "volumes.csv": VOLUMES,
        "gap.csv": GAP,
        "negative.csv": VOLUMES.replace(",24,", ",-24,"),
        "nan.csv": VOLUMES.replace(",24,", ",nan,"),
        "minutes.csv": VOLUMES.replace(",60\n", ",240\n"),
        "calls.csv": LOG,
        "scenario.toml": SCENARIO,
        "unknown.toml": SCENARIO.replace('"nord"', '"nrod"'),
        "agents.csv": "date,interval,agents\n2026-11-23,09:00,4\n2026-11-23,09:30,4\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_help_shows_an_example(tmp_path):
    run = simulate("--help", cwd=tmp_path)
    assert run.returncode == 0
    assert "Example:" in run.stdout


def test_the_six_usual_policies_in_one_table(folder):
    run = simulate("center.toml", *DAY, "--replications", 2, cwd=folder)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    table, _, notes = run.stdout.partition("Service level: ")
    for name in ("NeverOverflow", "QueueLength", "ExpectedWait", "Share", "ServedInTime", "MarginalCost"):
        assert table.count(name) == 1
    assert sum(line.startswith(" *") for line in table.splitlines()) == 1
    assert "SEK per" in table
    assert "2 replications of 1 day, seed 1; every policy met the same ones" in notes


def test_json_the_picture_and_the_files_are_of_one_simulation(folder):
    run = simulate(
        "center.toml", *DAY, *TWO, "--days", 2, "--replications", 3, "--json", "--plot", "costs.png",
        "--intervals", "intervals.csv", "--paths", "paths.jsonl", "--workers", 1, cwd=folder,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stderr.splitlines() == [
        "picture: costs.png",
        "intervals: intervals.csv",
        "paths: paths.jsonl",
    ]
    printed = json.loads(run.stdout)
    assert (printed["days"], printed["replications"], printed["interrupted"]) == (2, 3, False)
    assert [row["policy"] for row in printed["policies"]] == ["QueueLength(1)", "NeverOverflow()"]
    assert (folder / "costs.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "paths.jsonl").stat().st_mode & 0o777 == 0o600  # with the ids of contacts
    intervals = rows_of(folder / "intervals.csv")
    assert set(COLUMNS) < set(intervals[0])
    lines = [json.loads(line) for line in (folder / "paths.jsonl").read_text().splitlines()]
    for row in printed["policies"]:
        mine = [each for each in intervals if each["policy"] == row["policy"]]
        assert {each["replication"] for each in mine} == {"0", "1", "2"}
        assert sum(float(each["offered"]) for each in mine) == row["contacts"]
        ended = [each for each in lines if each["policy"] == row["policy"]]
        assert len(ended) == row["contacts"]
        sent = sum(float(each["overflow_out"]) for each in mine)
        assert sum(each["destination"] == "nord" for each in ended) == sent
        assert {each["outcome"] for each in ended} <= {"answered", "abandoned", "rejected"}
        assert {each["type"] for each in ended} == {"call"}
        answered = sum(each["outcome"] == "answered" for each in ended)
        assert answered == sum(float(each["answered"]) + float(each["answered_out"]) for each in mine)
    assert all(
        line["wait"] >= 0 and line["arrival"].startswith(("2026-11-23T", "2026-11-24T")) for line in lines
    )


def test_two_processes_print_what_one_prints(folder):
    one, two = (
        simulate("center.toml", *DAY, *TWO, "--replications", 4, "--workers", workers, "--json", cwd=folder)
        for workers in (1, 2)
    )
    assert one.returncode == two.returncode == 0, one.stderr + two.stderr
    assert one.stdout == two.stdout


def test_of_a_long_forecast_only_the_days_that_are_asked_for_are_run(folder):
    days = [VOLUMES.replace("2026-11-23", f"2026-11-{day}").partition("\n")[2] for day in (23, 24, 25, 26)]
    (folder / "long.csv").write_text("date,interval,volume,aht\n" + "".join(days))
    (folder / "two.csv").write_text("date,interval,volume,aht\n" + "".join(days[1:3]))
    options = (*TWO, "--replications", 2, "--json")
    chosen = ("--first-day", "2026-11-24", "--days", "2")
    some = simulate("center.toml", "--volumes", "long.csv", *chosen, *options, cwd=folder)
    two = simulate("center.toml", "--volumes", "two.csv", *options, cwd=folder)
    whole = simulate("center.toml", "--volumes", "long.csv", *options, cwd=folder)
    assert some.returncode == two.returncode == whole.returncode == 0, some.stderr + two.stderr
    of_some, of_two, of_whole = (json.loads(run.stdout)["policies"] for run in (some, two, whole))
    assert of_some == of_two != of_whole


def test_exact_volumes_are_what_comes_and_a_forecast_scatters(folder):
    options = ("center.toml", "--volumes", "volumes.csv", *TWO, "--replications", 3, "--json")
    exact = json.loads(simulate(*options, "--exact", cwd=folder).stdout)
    assert [row["contacts"] for row in exact["policies"]] == [3 * 75, 3 * 75]
    forecast = json.loads(simulate(*options, cwd=folder).stdout)
    assert len({row["contacts"] for row in forecast["policies"]}) == 1
    assert forecast["policies"][0]["contacts"] != 3 * 75


def test_gaps_are_closed_where_that_is_said(folder):
    run = simulate(
        "center.toml",
        "--volumes",
        "gap.csv",
        "--gaps-closed",
        "--exact",
        *TWO,
        "--replications",
        2,
        cwd=folder,
    )
    assert run.returncode == 0, run.stderr
    assert "106 contacts" in run.stdout


def test_handle_times_of_a_planner_file_that_are_not_used_are_told(folder):
    run = simulate("center.toml", "--volumes", "minutes.csv", *TWO, "--replications", 1, cwd=folder)
    assert (
        "note: queue desk: a mean handle time of 240 s in the file; simulated with the center's" in run.stdout
    )
    assert "One day tells no interval" in run.stdout
    assert "±" not in run.stdout.partition("Service level")[0]


def test_what_looks_odd_is_said_once_and_with_strict_an_error(folder):
    text = (folder / "center.toml").read_text()
    (folder / "odd.toml").write_text(text.replace("patience = 300", "patience = 5"))
    run = simulate("odd.toml", *TWO, "--replications", 1, "--json", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert run.stderr.count("odd.toml: queues.desk.patience: found 5 s") == 1
    assert "odd.toml: queues.desk.patience" in [
        remark["where"] for remark in json.loads(run.stdout)["remarks"]
    ]
    strict = simulate("odd.toml", *TWO, "--strict", cwd=folder)
    assert (strict.returncode, strict.stdout) == (1, "")
    assert "in minutes it would be 300 s" in strict.stderr


def test_a_precision_in_percent_is_odd(folder):
    strict = simulate("center.toml", *TWO, "--precision", 1, "--strict", cwd=folder)
    assert strict.returncode == 1
    assert "--precision: found 1; that is 100 % of a cost; 1 % would be 0.01" in strict.stderr


def test_queues_of_a_planner_file_that_the_center_does_not_know_are_told_at_once(folder):
    rows = "".join(f"2026-11-23,{9 + n}:00,{name},5,60\n" for n, name in enumerate(["desc", "mail", "desc"]))
    (folder / "typo.csv").write_text("date,interval,queue,volume,aht\n" + rows.replace(",9:", ",09:"))
    run = simulate("center.toml", "--volumes", "typo.csv", cwd=folder)
    assert run.returncode == 2
    first, second = run.stderr.splitlines()
    assert "typo.csv line 2, column queue: found 'desc' (2 rows); expected 'desk' (known: desk)" in first
    assert "typo.csv line 3, column queue: found 'mail' (1 row)" in second


def test_a_log_is_simulated_as_it_was(folder):
    run = simulate(
        "center.toml", "--log", "calls.csv", "--agents", "agents.csv", *TWO, "--replications", 2,
        "--paths", "paths.csv", cwd=folder,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "Counted: 120 contacts, 2 replications of 1 day" in run.stdout
    assert "Every replication has the same calls" in run.stdout
    paths = rows_of(folder / "paths.csv")
    assert len(paths) == 2 * 2 * 60
    assert {row["language"] for row in paths} == {"sv"}
    arrivals = {row["arrival"] for row in paths}
    assert len(arrivals) == 60
    assert "2026-11-23T09:19:40+00:00" in arrivals


def test_a_scenario_adds_redials_and_an_outage(folder):
    run = simulate(
        "center.toml", "--volumes", "volumes.csv", "--exact", "--scenario", "scenario.toml", *TWO,
        "--replications", 2, "--json", "--intervals", "intervals.jsonl", cwd=folder,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    rows = [json.loads(line) for line in (folder / "intervals.jsonl").read_text().splitlines()]
    assert sum(row["redialled"] for row in rows) > 0
    use = json.loads(run.stdout)["policies"][0]["vendors"]["nord"]
    assert use["failed"] > 0
    assert use["answered"] == 0


def test_a_frontier_runs_each_policy_once_and_is_drawn(folder):
    run = simulate(
        "center.toml", "--volumes", "volumes.csv", *TWO, "--frontier", "QueueLength({0..3})",
        "--replications", 2, "--plot", "frontier.svg", "--json", cwd=folder,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert [row["policy"] for row in json.loads(run.stdout)["policies"]] == [
        "QueueLength(1)",
        "NeverOverflow()",
        "QueueLength(0)",
        "QueueLength(2)",
        "QueueLength(3)",
    ]
    assert "<!-- QueueLength({0..3}) by its number" in (folder / "frontier.svg").read_text()


def test_a_precision_is_reached(folder):
    run = simulate(
        "center.toml", *DAY, "--policy", "NeverOverflow", "--precision", "30 %", "--json", cwd=folder
    )
    assert run.returncode == 0, run.stderr
    printed = json.loads(run.stdout)
    cost = printed["policies"][0]["cost_per_contact"]
    assert 5 <= printed["replications"] < 1000
    assert (cost["high"] - cost["low"]) / 2 <= 0.3 * cost["value"]


BAD = {
    "a missing center": (["CENTER=no.toml"], "no.toml: file: found No such file"),
    "an unknown policy": (["--policy", "QueueLenght(3)"], "'QueueLength'"),
    "a vendor that is not there": (["--policy", "Share({'nrod': 0.5})"], "'nord'"),
    "a center that is a log": (["CENTER=calls.csv"], "found a .csv file; expected a center file in TOML"),
    "no days": (["--days", "0"], "--days: found 0"),
    "too many days": (["--days", "100000000"], "--days: found 100000000"),
    "a day that is none": (["--first-day", "monday"], "a day like 2026-11-23"),
    "a day at the end of time": (["--first-day", "9999-12-31"], "a day from 1900 to 2199"),
    "no replications": (["--replications", "0"], "--replications: found 0"),
    "a precision in percent, beyond all": (
        ["--precision", "150 %"],
        "--precision: found '150 %'; expected a percentage below 100 %",
    ),
    "a precision without its sign": (
        ["--precision", "5"],
        "--precision: found 5; expected a share of at least",
    ),
    "no precision": (["--precision", "0"], "--precision: found 0.0"),
    "no workers": (["--workers", "0"], "--workers: found 0"),
    "a gap": (["--volumes", "gap.csv"], "no interval from 10:00 on; expected intervals without a gap"),
    "a gap, and what to do": (["--volumes", "gap.csv"], "--gaps-closed"),
    "a negative volume": (["--volumes", "negative.csv"], "negative.csv line 3, column volume: found '-24'"),
    "a volume that is none": (["--volumes", "nan.csv"], "nan.csv line 3, column volume: found 'nan'"),
    "missing volumes": (["--volumes", "no.csv"], "no.csv: found No such file"),
    "days from which on?": (
        ["--volumes", "volumes.csv", "--days", "2"],
        "--days: found it without --first-day",
    ),
    "days that the volumes do not have": (
        ["--volumes", "volumes.csv", "--first-day", "2026-12-01", "--days", "7"],
        "volumes.csv: found no row of the chosen days (2026-12-01..2026-12-07); expected days from",
    ),
    "volumes and a log": (["--volumes", "volumes.csv", "--log", "calls.csv"], "beside --log calls.csv"),
    "exactly nothing": (["--exact"], "--exact: found it without --volumes"),
    "a missing log": (["--log", "no.csv"], "no.csv: found No such file"),
    "a day without calls": (["--log", "calls.csv", "--first-day", "2026-01-01"], "no calls on the chosen"),
    "days of a log from nowhere": (["--log", "calls.csv", "--days", "2"], "--first-day too"),
    "a missing scenario": (["--scenario", "no.toml"], "no.toml: file: found No such file"),
    "a scenario of others": (["--scenario", "unknown.toml"], "outages[0].vendor: found 'nrod'"),
    "a queue that nobody serves": (["CENTER=nobody.toml"], "no agent at any time and no vendor"),
    "a frontier without a number": (["--frontier", "QueueLength(3)"], "no number left open"),
    "a frontier of something else": (["--frontier", "QueueLength({a..b})"], "found '{a..b}'"),
    "a picture of an unknown format": (["--plot", "costs.gif"], ".png, .svg, .pdf"),
    "a picture in no folder": (["--plot", "no/costs.png"], "a folder that exists"),
    "intervals of an unknown format": (["--intervals", "rows.xlsx"], ".csv, .jsonl"),
    "paths into a folder": (["--paths", "folder.csv"], "the name of a file"),
    "agents that are not there": (["--agents", "no.csv"], "no.csv: found No such file"),
    "a cluster that does not answer": (["--scheduler", "tcp://127.0.0.1:9"], "scheduler: found"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_option_is_one_line_and_exit_code_2_and_leaves_nothing(folder, name):
    options, expected = BAD[name]
    (folder / "folder.csv").mkdir()
    center = next((option[7:] for option in options if option.startswith("CENTER=")), "center.toml")
    options = [option for option in options if not option.startswith("CENTER=")]
    before = sorted(folder.iterdir())
    run = simulate(center, "--json", *options, cwd=folder)
    assert run.returncode == 2
    assert run.stdout == ""
    assert expected in run.stderr
    complaints = [line for line in run.stderr.splitlines() if not line.startswith("note: ")]
    assert len(complaints) == 1
    assert complaints[0].startswith("bporoute: ")
    assert "; expected " in complaints[0]
    assert sorted(folder.iterdir()) == before


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another thing there")
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_prints_what_is_finished(folder, workers):
    endless = (*DAY, *TWO, "--replications", 100_000, "--workers", workers, "--intervals", "rows.csv")
    done = interrupted(10_000, "center.toml", *endless, cwd=folder)  # a replication has 1,000
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert "Interrupted: the table holds the" in done.stdout
    assert "QueueLength(1)" in done.stdout
    assert rows_of(folder / "rows.csv")


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another thing there")
def test_ctrl_c_before_anything_is_finished_says_so(folder):
    done = interrupted(1, "center.toml", "--days", 3000, *TWO, "--workers", 1, cwd=folder)
    assert done.returncode == 130
    assert done.stdout == ""
    assert "interrupted before every policy" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_results_do_not_go_to_one_file(folder):
    run = simulate("center.toml", *DAY, "--intervals", "a.csv", "--paths", "a.csv", cwd=folder)
    assert run.returncode == 2
    assert "--paths a.csv: found the file of --intervals" in run.stderr


def test_a_precision_that_was_not_reached_is_told(folder):
    asked = ("--precision", "0.0001", "--replications", "2", "--policy", "NeverOverflow")
    run = simulate("center.toml", *DAY, *asked, cwd=folder)
    assert run.returncode == 0
    assert "after 2 replications its cost is known to" in run.stdout + run.stderr
