"""The README does what it shows."""

import contextlib
import io
import os
import re
import sys
from typing import get_args

import pytest

from bporoute import BilledContact, Center
from bporoute.contracts._term_kinds import ContractTerm
from bporoute.simulation._demo import demo_center_text
from helpers.places import EXAMPLES, ROOT
from helpers.running import run

pytestmark = pytest.mark.thorough

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
PYTHON = [text for kind, text in BLOCKS if kind == "python"]
OUTPUT = [text for kind, text in BLOCKS if kind == "text"]
TOML = [text for kind, text in BLOCKS if kind == "toml"]


interpreted_is_too_slow = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="300,000 interpreted decisions take too long"
)


@interpreted_is_too_slow
def test_the_demo_prints_the_table(tmp_path):
    demo = run([sys.executable, "-m", "bporoute", "demo"], cwd=tmp_path)
    assert demo.returncode == 0, demo.stderr
    printed = [line.rstrip() for line in demo.stdout.splitlines()]
    shown = OUTPUT[0].splitlines()
    assert len(shown) > 10
    assert [line for line in shown if line not in printed] == []


@pytest.mark.parametrize(("block", "output"), [(0, 1), (3, 7)], ids=["first", "how it decides"])
def test_the_examples_print_what_follows_them(block, output, tmp_path, monkeypatch):
    (tmp_path / "center.toml").write_text(demo_center_text())
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(PYTHON[block], "README", "exec"), {})
    assert printed.getvalue() == OUTPUT[output]


VENDOR = """
[queues.service]
aht = 240
[contact_types.service]
queue = "service"
[vendors.nord]
country = "EE"
timezone = "Europe/Tallinn"
contact_types = ["service"]
"""


def test_the_contract_can_be_read(tmp_path):
    (tmp_path / "center.toml").write_text(VENDOR + TOML[0])
    contract = Center.load(tmp_path / "center.toml").vendors["nord"].contract
    assert len(contract.terms) == 5
    minute = BilledContact(handle=61)  # billed as 90 s
    assert contract.marginal_price(contract.usage().add(minute, 60_000), minute) == pytest.approx(1.2)
    assert contract.marginal_price(contract.usage(), minute) == pytest.approx(0.0, abs=1e-9)


def test_every_kind_of_term_is_named():
    told = README.partition("**Contracts**")[2].partition("**Health.**")[0]
    kinds = {kind.__struct_config__.tag for kind in get_args(ContractTerm)}
    assert [kind for kind in sorted(kinds) if kind not in told] == []


def test_the_policy_of_ones_own_works():
    names: dict = {}
    exec(compile(PYTHON[4], "README", "exec"), names)
    from bporoute import Router
    from bporoute.simulation._demo import demo_center

    assert Router(demo_center(), names["keep_two_free"], compile=False).policy is names["keep_two_free"]


def test_the_mistake_is_answered_as_shown(tmp_path):
    (tmp_path / "center.toml").write_text(
        demo_center_text().replace('sourcing = "overflow"', 'sourcing = "overflw"', 1)
    )
    check = run([sys.executable, "-m", "bporoute", "check", "center.toml"], cwd=tmp_path)
    assert check.returncode == 2
    assert check.stderr == OUTPUT[2]


def test_the_queue_models_answer_as_shown():
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(PYTHON[2], "README", "exec"), {})
    assert printed.getvalue() == OUTPUT[6]


def test_the_staffing_table_is_the_one_shown(tmp_path):
    volumes = EXAMPLES / "volumes.csv"
    command = f"staff {volumes} --target 80/20 --patience 180 --shrinkage 0.3 --out plan.csv".split()
    staffed = run([sys.executable, "-m", "bporoute", *command], cwd=tmp_path)
    assert staffed.returncode == 0, staffed.stderr
    printed = [line.rstrip() for line in staffed.stdout.splitlines()]
    assert [line for line in OUTPUT[3].splitlines() if line not in printed] == []
    assert len((tmp_path / "plan.csv").read_text().splitlines()) == 1 + 244


@interpreted_is_too_slow
def test_the_simulation_prints_the_table_and_draws_it(tmp_path):
    (tmp_path / "center.toml").write_text(demo_center_text())
    command = next(
        line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines() if "simu" in line
    )
    simulated = run([sys.executable, "-m", *command.split()], cwd=tmp_path)
    assert simulated.returncode == 0, simulated.stderr
    printed = [line.rstrip() for line in simulated.stdout.splitlines()]
    shown = OUTPUT[4].splitlines()
    assert len(shown) > 10
    assert [line for line in shown if line not in printed] == []
    assert (tmp_path / "costs.png").read_bytes().startswith(b"\x89PNG")


@interpreted_is_too_slow
def test_the_simulation_from_python_prints_what_follows_it(tmp_path, monkeypatch):
    (tmp_path / "center.toml").write_text(demo_center_text())
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(PYTHON[1], "README", "exec"), {})
    assert printed.getvalue() == OUTPUT[5]


def test_every_command_of_the_shell_blocks_exists():
    commands = {
        line.split()[1]
        for kind, text in BLOCKS
        if kind == "sh"
        for line in text.splitlines()
        if "bporoute " in line
    }
    helped = run([sys.executable, "-m", "bporoute", "--help"]).stdout
    assert commands - {"install"} <= set(re.findall(r"\w+", helped))
