"""Ctrl-C at any moment: one line, exit code 130, and nothing half-written; fault F4."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bporoute.cli._app import app
from bporoute.cli._command import Command, as_typed
from bporoute.errors import GatheredError, InputError
from bporoute.simulation._demo import demo_center_text
from helpers.files import CENTER
from helpers.running import bporoute, finished, started, wait_until

INTERRUPTED = (130, "bporoute: interrupted\n")
AT_AN_IMPORT = """
import os, signal, sys


class Interrupting:
    left = None

    def find_spec(self, name, path=None, target=None):
        if name == "bporoute.__main__":
            self.left = int(os.environ["INTERRUPT_AT"])
        elif self.left is not None:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGINT)
        return None


sys.meta_path.insert(0, Interrupting())
signal.signal(signal.SIGINT, signal.default_int_handler)
"""


@pytest.mark.thorough
@pytest.mark.parametrize("place", [1, 2, 3, 8, 40, 160, 400, 10_000])
def test_at_any_import_it_is_one_line(tmp_path: Path, place: int) -> None:
    (tmp_path / "sitecustomize.py").write_text(AT_AN_IMPORT)
    (tmp_path / "center.toml").write_text(CENTER)
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "INTERRUPT_AT": str(place)}
    done = bporoute("check", "center.toml", cwd=tmp_path, env=environment)
    assert (done.returncode, done.stderr) == ((0, "") if place == 10_000 else INTERRUPTED)


@pytest.mark.thorough
@pytest.mark.parametrize("command", ["replay", "demo"])
def test_a_replay_says_so_and_leaves_nothing(tmp_path: Path, command: str) -> None:
    arguments = ["demo", "--calls", "200000"]
    if command == "replay":
        rows = "".join(
            f"2026-11-23T{9 + n // 9000:02}:{n // 150 % 60:02}:{n // 3 % 50:02},call,400\n"
            for n in range(63_000)
        )
        (tmp_path / "calls.csv").write_text(f"arrival,type,handle\n{rows}")
        (tmp_path / "center.toml").write_text(CENTER)
        arguments = ["replay", "calls.csv", "--center", "center.toml"]
    script = [sys.executable, "-m", "bporoute", *arguments, "--decisions", "out.jsonl", "--plot", "day.png"]
    before = sorted(tmp_path.iterdir())
    with started(script, cwd=tmp_path) as process:
        assert wait_until(lambda: bool(list(tmp_path.glob(".out.jsonl.*"))) or process.poll() is not None)
        process.send_signal(signal.SIGINT)
        done = finished(process)
    assert (done.returncode, done.stderr) == INTERRUPTED
    assert sorted(tmp_path.iterdir()) == before


def test_every_command_says_so() -> None:
    assert len(app.registered_commands) >= 8
    assert {command.cls for command in app.registered_commands} == {Command}
    interrupted = typer.Typer()

    @interrupted.command(cls=Command)
    def work() -> None:
        raise KeyboardInterrupt

    done = CliRunner().invoke(interrupted)
    assert (done.exit_code, done.stderr) == INTERRUPTED


def complained(where: str, *declared: str) -> str:
    """Where an option's own command says that a complaint of `where` is."""
    made = typer.Typer()
    seen = []

    class Noting(Command):
        def invoke(self, ctx):
            seen.append(as_typed(InputError(where, "1", "2"), self.params).where)

    @made.command(cls=Noting)
    def work(days: int = typer.Option(1, *declared), log: str = typer.Argument("")) -> None:
        pass

    assert CliRunner().invoke(made).exit_code == 0
    return seen[0]


def test_a_complaint_names_the_option_as_it_is_typed() -> None:
    assert complained("days") == "--days"
    assert complained("days '3'") == "--days '3'"
    assert complained("days", "--first-days", "--dates") == "--first-days"
    assert complained("dates", "--first-days", "--dates") == "--first-days"
    assert complained("days.toml: vendors") == "days.toml: vendors"
    assert complained("log") == "log"  # an argument is typed without a name
    both = as_typed(GatheredError([InputError("days", "1", "2"), InputError("x", "3", "4")]), [])
    assert [each.where for each in both.complaints] == ["days", "x"]


WRONG = [
    ["simulate", "center.toml", "--days", 0],
    ["simulate", "center.toml", "--replications", 0],
    ["simulate", "center.toml", "--precision", -1],
    ["simulate", "center.toml", "--workers", 0],
    ["simulate", "center.toml", "--policy", "x"],
    ["explain", "center.toml", "--contact", "sales", "--policy", "x"],
    ["staff", "volumes.csv", "--patience", -1],
    ["staff", "volumes.csv", "--shrinkage", 2],
    ["audit", "out.jsonl", "--center", "center.toml", "--last", "x"],
    ["audit", "out.jsonl", "--center", "center.toml", "--after", "x"],
]


@pytest.mark.thorough
@pytest.mark.parametrize("arguments", WRONG, ids=lambda arguments: f"{arguments[0]} {arguments[-2]}")
def test_a_wrong_option_is_named_as_it_is_typed(tmp_path: Path, arguments: list[object]) -> None:
    (tmp_path / "center.toml").write_text(demo_center_text())
    (tmp_path / "volumes.csv").write_text("date,interval,queue,volume,aht\n2026-11-23,09:00,sales,10,200\n")
    (tmp_path / "out.jsonl").touch()
    done = bporoute(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"bporoute: {arguments[-2]}")
