"""``bporoute staff``, run as a planner does: real processes, real files, wrong inputs."""

import csv
import json
import sys

import pytest

from helpers.places import EXAMPLES
from helpers.running import bporoute, run

pytestmark = pytest.mark.thorough

EXAMPLE = EXAMPLES / "volumes.csv"
VOLUMES = """date,interval,queue,volume,aht
2026-11-23,09:00,sales,100,180
2026-11-23,09:30,sales,120,180
2026-11-23,09:00,chat,0,
2026-11-23,09:30,chat,30.5,600
"""


def staff(*arguments, cwd, **options):
    return bporoute("staff", *arguments, cwd=cwd, **options)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "volumes.csv").write_text(VOLUMES)
    return tmp_path


def test_help_shows_an_example(tmp_path):
    run = staff("--help", cwd=tmp_path)
    assert run.returncode == 0
    assert "Example:" in run.stdout


def test_a_short_file_is_shown_whole(folder):
    run = staff("volumes.csv", "--shrinkage", "0.3", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    lines = [line.split() for line in run.stdout.splitlines()]
    assert ["sales", "Mon", "23", "Nov", "09:00", "100", "180", "10.0", "14", "20"] in [
        line[:10] for line in lines
    ]
    assert ["chat", "Mon", "23", "Nov", "09:00", "0", "-", "0.0", "0", "0", "-", "-", "-"] in lines
    assert "Shown: 4 intervals of 30 minutes, 2026-11-23." in run.stdout
    assert "--all" not in run.stdout


def test_a_long_file_is_shown_in_short_and_says_how_to_get_the_rest(folder):
    run = staff(EXAMPLE, "--target", "80/20", "--patience", "180", "--shrinkage", "0.3", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert len(run.stdout.splitlines()) < 40
    assert "Shown: 6 of 244 intervals" in run.stdout
    assert "--all or --out" in run.stdout
    everything = staff(EXAMPLE, "--all", cwd=folder)
    assert sum(" Nov  " in line for line in everything.stdout.splitlines()) == 244 + 11


def test_the_plan_as_csv_as_json_and_on_standard_output_is_one(folder):
    options = ["volumes.csv", "--patience", "180", "--shrinkage", "0.3"]
    run = staff(*options, "--out", "plan.csv", "--plot", "heat.png", "--json", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert run.stderr.splitlines() == ["plan: plan.csv", "picture: heat.png"]
    printed = json.loads(run.stdout)
    assert printed.pop("remarks") == []
    assert staff(*options, "--out", "plan.json", cwd=folder).returncode == 0
    assert json.loads((folder / "plan.json").read_text()) == printed
    with (folder / "plan.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [
        {name: "" if value is None else str(value) for name, value in row.items()}
        for row in printed["intervals"]
    ] == rows
    assert [row["volume"] for row in rows] == ["100.0", "120.0", "0.0", "30.5"]
    assert rows[2]["service_level"] == ""
    assert printed["targets"] == ["80 % within 20 s (offered)"]
    assert printed["patience"] == 180
    assert [total["queue"] for total in printed["totals"]] == ["sales", "chat"]
    assert (folder / "heat.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in folder.iterdir()) == [
        "heat.png",
        "plan.csv",
        "plan.json",
        "volumes.csv",
    ]


def test_a_plan_can_be_staffed_again(folder):
    assert staff("volumes.csv", "--out", "plan.csv", cwd=folder).returncode == 0
    assert staff("plan.csv", "--out", "again.csv", cwd=folder).returncode == 0
    assert (folder / "again.csv").read_text() == (folder / "plan.csv").read_text()


def test_other_columns_targets_and_lengths_from_options(folder):
    (folder / "other.csv").write_text("day;interval;offered;aht\n2026-11-23;09:00;50;180\n")
    run = staff(
        "other.csv", "--columns", "date=day,volume=offered", "--read", "delimiter=;", "--interval", "15",
        "--target", "80/20", "--target", "occupancy 60%", "--waiting-room", "30", "--json", cwd=folder,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    printed = json.loads(run.stdout)
    assert printed["waiting_room"] == 30
    (row,) = printed["intervals"]
    assert row["queue"] == "all"
    assert row["load"] == 10.0
    assert row["required"] == 17  # ten erlangs at most 60 % busy


def test_a_forecast_is_staffed_for_its_uncertainty(folder):
    scattered = VOLUMES.replace("aht\n", "aht,day_cv,interval_cv\n").replace("180\n", "180,0.2,0.1\n")
    scattered = scattered.replace("0,\n", "0,,0.2,0.1\n").replace("600\n", "600,0.2,0.1\n")
    (folder / "forecast.csv").write_text(scattered)
    by_options = staff("volumes.csv", "--day-cv", "20 %", "--interval-cv", "0.1", "--json", cwd=folder)
    assert by_options.returncode == 0, by_options.stderr
    of_file = staff("forecast.csv", "--json", cwd=folder)
    assert of_file.returncode == 0, of_file.stderr
    found = json.loads(of_file.stdout)
    assert found == json.loads(by_options.stdout)
    hours = found["required_hours"]
    assert hours["as_forecast"] < hours["in_the_mean"] < hours["confident"]
    run = staff("forecast.csv", "--confidence", "90%", cwd=folder)
    assert "on 90 % of days" in run.stdout
    assert "Price of the uncertain forecast: +" in run.stdout


BAD = {
    "a scatter that cannot be": (["--day-cv", "3"], "--day-cv: found 3.0"),
    "a scatter that is no number": (["--interval-cv", "some"], "such as 0.06, or a text such as '6 %'"),
    "a confidence of all days": (["--confidence", "100%"], "--confidence: found 1.0"),
    "a mean wait that may be endless": (["--target", "asa 20", "--day-cv", "0.1"], "--confidence 90%"),
    "a missing file": (["FILE=no.csv"], "no.csv: found No such file"),
    "an unknown column name": (["--columns", "volumes=n"], "'volume'"),
    "a missing column": (["--columns", "volume=n"], "--columns volume=NAME"),
    "a mapping without equals": (["--columns", "volume"], "OURS=THEIRS"),
    "a delimiter that is none": (["--read", "delimiter=x"], "one of , ; | tab"),
    "a target that is none": (["--target", "fast"], "asa, abandonment, occupancy, blocking"),
    "a target that needs patience": (["--target", "abandonment 5%"], "--patience SECONDS"),
    "a target that needs a waiting room": (["--target", "blocking 5%"], "--waiting-room PLACES"),
    "negative patience": (["--patience", "-1"], "--patience: found -1.0"),
    "everybody away": (["--shrinkage", "1"], "--shrinkage: found 1.0"),
    "a percentage as shrinkage": (["--shrinkage", "30"], "below 1: 0.3?"),
    "more than all, with its sign": (
        ["--shrinkage", "130 %"],
        "found '130 %'; expected a percentage below 100",
    ),
    "more than all days": (["--confidence", "190%"], "found '190%'; expected a percentage below 100 %"),
    "a queue that is not there": (["--target", "sale=80/20"], "'sales' (known: sales, chat)"),
    "a patience of a queue that is not there": (["--patience", "x=9"], "--patience x=9: found the queue 'x'"),
    "two shrinkages of a queue": (
        ["--shrinkage", "chat=1%", "--shrinkage", "chat=2%"],
        "--shrinkage of chat",
    ),
    "a center that is none": (["--center", "no.toml"], "no.toml: file: found No such file"),
    "agents that are none": (["--agents", "no.csv"], "no.csv: found No such file"),
    "agents without a column": (["--agents", "volumes.csv"], "'agents'"),
    "a patience that is none": (["--patience", "long"], "--patience: found 'long'"),
    "a shrinkage that is none": (["--shrinkage", "some"], "or a text such as '30 %'"),
    "an unknown ending": (["--out", "plan.txt"], ".csv, .json, .xlsx"),
    "a plan into a folder": (["--out", "folder.csv"], "the name of a file"),
    "a plan in no folder": (["--out", "no/plan.csv"], "a folder that exists"),
    "a plan over its volumes": (["--out", "volumes.csv"], "another name"),
    "a picture of an unknown format": (["--plot", "heat.gif"], ".png, .svg, .pdf"),
    "intervals longer than their distance": (["--interval", "60"], "intervals of 60 minutes"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_option_is_one_line_and_exit_code_2_and_leaves_nothing(folder, name):
    options, expected = BAD[name]
    (folder / "folder.csv").mkdir()
    file = next((option[5:] for option in options if option.startswith("FILE=")), "volumes.csv")
    options = [option for option in options if not option.startswith("FILE=")]
    before = sorted(folder.iterdir())
    run = staff(file, "--json", *options, cwd=folder)
    assert run.returncode == 2
    assert run.stdout == ""
    assert expected in run.stderr
    assert run.stderr.count("\n") == 1
    assert run.stderr.startswith("bporoute: ")
    assert sorted(folder.iterdir()) == before


def test_a_file_of_another_kind_is_told(folder):
    (folder / "center.toml").write_text("[queues.desk]\n")
    run = staff("center.toml", cwd=folder)
    assert run.returncode == 2
    assert "center.toml: found a .toml file; expected a CSV file" in run.stderr


CENTER = """
timezone = "Europe/Berlin"
[queues.sales]
aht = 200
patience = 180
shrinkage = 0.25
hours = ["mon-fri 09:30-20:00"]
targets = "90/10"
[queues.chat]
aht = 600
patience = 240
concurrency = 3
slowdown = [1.3, 1.7]
targets = { service_level = "80/30", abandonment = "5 %" }
[contact_types.sales]
queue = "sales"
[contact_types.chat]
queue = "chat"
"""


def test_a_center_says_what_each_queue_is_staffed_for_and_options_go_before_it(folder):
    (folder / "center.toml").write_text(CENTER)
    run = staff("volumes.csv", "--center", "center.toml", "--json", cwd=folder)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["queues"]["sales"]["targets"] == ["90 % within 10 s (offered)"]
    assert found["queues"]["chat"]["at_once"] == [1.0, 1.3, 1.7]
    sales, chat = found["intervals"][:2], found["intervals"][2:]
    assert "sales: 100 contacts in 1 interval while it is closed" in run.stderr
    assert (sales[0]["required"], sales[0]["service_level"]) == (0, None)
    assert sales[1]["service_level"] >= 0.9
    assert sales[1]["scheduled"] == -(-sales[1]["required"] * 4 // 3)
    assert chat[1]["required"] < chat[1]["load"] < 3 * chat[1]["required"]
    options = ["--target", "sales=50/60", "--shrinkage", "0.5", "--patience", "chat=1 min", "--json"]
    told = json.loads(staff("volumes.csv", "--center", "center.toml", *options, cwd=folder).stdout)
    assert told["queues"]["sales"]["targets"] == ["50 % within 60 s (offered)"]
    assert told["queues"]["chat"]["targets"] == found["queues"]["chat"]["targets"]
    assert [told["queues"][name]["shrinkage"] for name in ("sales", "chat")] == [0.5, 0.5]
    assert [told["queues"][name]["patience"] for name in ("sales", "chat")] == [180, 60]
    printed = staff("volumes.csv", "--center", "center.toml", cwd=folder).stdout
    assert "Required for chat: the fewest agents with 80 % within 30 s (offered); at most 5 %" in printed


def test_a_file_without_queues_is_about_the_only_one_of_a_center(folder):
    (folder / "one.toml").write_text(
        CENTER.replace("[queues.chat]", "[vendors_none]").split("[vendors_none]")[0]
        + '[contact_types.sales]\nqueue = "sales"\n'
    )
    (folder / "plain.csv").write_text(
        "date,interval,volume,aht\n2026-11-23,10:00,50,180\n2026-11-23,10:30,9,180\n"
    )
    run = staff("plain.csv", "--center", "one.toml", "--json", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert [row["queue"] for row in json.loads(run.stdout)["intervals"]] == ["sales", "sales"]


AGENTS = """date,interval,queue,agents
2026-11-23,09:00,sales,11
2026-11-23,09:15,sales,13
2026-11-23,09:30,sales,14
2026-11-23,09:45,sales,14
2026-11-23,09:00,chat,0
2026-11-23,09:30,chat,16
2026-11-23,09:45,chat,16
"""


def test_given_agents_are_told_by_what_they_yield_and_where_they_are_too_few(folder):
    (folder / "agents.csv").write_text(AGENTS)
    options = ["volumes.csv", "--patience", "180", "--agents", "agents.csv"]
    run = staff(*options, "--json", "--out", "given.csv", cwd=folder)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    rows = found["intervals"]
    required = [
        row["required"] for row in json.loads(staff(*options[:3], "--json", cwd=folder).stdout)["intervals"]
    ]
    assert [row["agents"] for row in rows] == [12.0, 14.0, 0.0, 16.0]
    assert [row["net"] for row in rows] == [
        has - needs for has, needs in zip([12, 14, 0, 16], required, strict=True)
    ]
    assert rows[2]["given_service_level"] is None
    assert rows[3]["given_service_level"] > 0.8
    assert rows[0]["given_low"] is None
    sales = next(day for day in found["days"] if day["queue"] == "sales" and day["date"])
    assert sales["short_hours"] == sum(-min(row["net"], 0) for row in rows[:2]) / 2
    assert sales["hours"] == 13.0
    with (folder / "given.csv").open(newline="") as file:
        written = list(csv.DictReader(file))
    assert [float(row["agents"]) for row in written] == [12.0, 14.0, 0.0, 16.0]
    printed = staff(*options, "--day-cv", "0.1", cwd=folder).stdout
    assert "Too few agents in" in printed
    assert "From, to: the service level of four of five days" in printed
    again = staff(*options[:3], "--agents", "given.csv", "--json", cwd=folder)
    assert [row["agents"] for row in json.loads(again.stdout)["intervals"]] == [12.0, 14.0, 0.0, 16.0]


def test_where_nobody_is_missing_no_interval_is_called_short(folder):
    times = [f"2026-11-{day},{hour:02}:00" for day in range(10, 25) for hour in range(8, 20)]
    (folder / "long.csv").write_text("date,interval,volume,aht\n" + "".join(f"{at},9,240\n" for at in times))
    for agents, title in (
        (9, "The intervals with the least to spare"),
        (1, "The intervals that are short of"),
    ):
        (folder / "many.csv").write_text(
            "date,interval,agents\n" + "".join(f"{at},{agents}\n" for at in times)
        )
        run = staff("long.csv", "--patience", "180", "--agents", "many.csv", cwd=folder)
        assert run.returncode == 0, run.stderr
        assert title in run.stdout
        assert ("Nowhere too few agents" in run.stdout) == (agents == 9)


def test_a_column_of_shrinkage_is_that_of_its_intervals_unless_an_option_says_another(folder):
    lines = VOLUMES.replace("aht\n", "aht,shrinkage\n").splitlines()
    shares = ["", ",30%", ",10%", ",20%", ","]
    (folder / "volumes.csv").write_text("\n".join(map("".join, zip(lines, shares, strict=True))))
    options = ["volumes.csv", "--patience", "180", "--json"]
    rows = json.loads(staff(*options, cwd=folder).stdout)["intervals"]
    assert [row["scheduled"] for row in rows] == [
        -(-row["required"] * 10 // (10 - tenths)) for row, tenths in zip(rows, (3, 1, 2, 0), strict=True)
    ]
    assert [row["shrinkage"] for row in rows] == [0.3, 0.1, 0.2, None]
    told = json.loads(staff(*options, "--shrinkage", "sales=50%", cwd=folder).stdout)["intervals"]
    assert [row["scheduled"] for row in told[:2]] == [2 * row["required"] for row in told[:2]]
    assert [row["shrinkage"] for row in told] == [None, None, 0.2, None]
    everywhere = json.loads(staff(*options, "--shrinkage", "0", cwd=folder).stdout)["intervals"]
    assert [row["scheduled"] for row in everywhere] == [row["required"] for row in everywhere]


def test_agents_in_hundredths_or_pooled_over_the_day(folder):
    options = [EXAMPLE, "--patience", "180", "--shrinkage", "0.3", "--json"]
    whole, parts, pooled = (
        json.loads(staff(*options, *how, cwd=folder).stdout) for how in ([], ["--fractional"], ["--pooled"])
    )
    hours = [sum(total["required_hours"] for total in found["totals"]) for found in (whole, parts, pooled)]
    assert hours[1] <= hours[2] < hours[0]
    assert any(row["required"] % 1 for row in parts["intervals"])
    assert all(row["required"] == int(row["required"]) for row in pooled["intervals"])
    both = staff(*options, "--fractional", "--pooled", cwd=folder)
    assert (both.returncode, "one of the two" in both.stderr) == (2, True)
    printed = staff(EXAMPLE, "--fractional", cwd=folder).stdout
    assert "in hundredths" in printed


def test_a_plan_is_volumes_and_agents_of_a_simulation_as_it_stands(folder):
    """With its scatter: the plan of a forecast is simulated as the forecast is."""
    (folder / "center.toml").write_text(CENTER)
    scattered = VOLUMES.replace("aht\n", "aht,day_cv,interval_cv\n").replace("180\n", "180,0.2,0.1\n")
    scattered = scattered.replace("0,\n", "0,,0.2,0.1\n").replace("600\n", "600,0.2,0.1\n")
    (folder / "forecast.csv").write_text(scattered)
    assert staff("forecast.csv", "--center", "center.toml", "--out", "plan.csv", cwd=folder).returncode == 0
    found = [
        bporoute(
            "simulate", "center.toml", "--volumes", volumes, "--agents", "plan.csv", "--gaps-closed",
            "--policy", "NeverOverflow", "--replications", "3", "--json", cwd=folder,
        )
        for volumes in ("forecast.csv", "plan.csv")
    ]  # fmt: skip
    assert [run.returncode for run in found] == [0, 0], found[1].stderr
    assert json.loads(found[0].stdout)["policies"] == json.loads(found[1].stdout)["policies"]


def test_units_may_be_typed(folder):
    typed, plain = (
        staff("volumes.csv", "--json", "--patience", patience, "--shrinkage", away, cwd=folder).stdout
        for patience, away in (("3 min", "30 %"), ("180", "0.3"))
    )
    assert json.loads(typed) == json.loads(plain)


def test_notes_keep_out_of_json(folder):
    with (folder / "volumes.csv").open("a") as file:
        file.write("2026-11-23,13:00,sales,10,180\n")
    run = staff("volumes.csv", "--json", cwd=folder)
    assert json.loads(run.stdout)["totals"]
    assert run.stderr.startswith("note: sales: every interval is taken for 30 minutes")
    assert staff("volumes.csv", cwd=folder).stdout.startswith("note: sales")


def test_the_package_loads_none_of_it(tmp_path):
    script = (
        "import sys, bporoute; print([name for name in sys.modules if 'staff' in name or 'volumes' in name])"
    )
    done = run([sys.executable, "-c", script])
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_command_starts_without_what_only_some_of_them_need():
    heavy = "{'scipy.stats', 'scipy.optimize', 'matplotlib', 'pandas', 'holidays', 'xlsxwriter'}"
    done = run([sys.executable, "-c", f"import sys, bporoute.cli._app; print({heavy} & {{*sys.modules}})"])
    assert (done.stdout, done.stderr) == ("set()\n", "")


ODD = {
    "patience in minutes": (["--patience", "3"], "in minutes it would be 180 s"),
    "a target in minutes": (["--target", "80/0.33"], "in minutes it would be 19.8 s"),
    "a target in milliseconds": (["--target", "80/20000"], "in milliseconds it would be 20 s"),
    "an answer in minutes": (["--target", "asa 0.5"], "in minutes it would be 30 s"),
    "occupancy in a percent of ten": (["--target", "occupancy 8.5%"], "0.85 would be 85 %"),
    "shrinkage in a percent of a percent": (["--shrinkage", "0.003"], "0.3 would be 30 %"),
    "a shorter interval": (["--interval", "15"], "--interval 30, or none?"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_options_are_said_and_with_strict_an_error(folder, name):
    options, likely = ODD[name]
    run = staff("volumes.csv", *options, "--json", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert likely in run.stderr
    (remark,) = json.loads(run.stdout)["remarks"]
    assert likely == remark["likely"]
    strict = staff("volumes.csv", *options, "--strict", cwd=folder)
    assert (strict.returncode, strict.stdout) == (1, "")
    assert likely in strict.stderr
