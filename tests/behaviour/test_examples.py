"""Every example runs, is short, and prints what it says it prints."""

import ast
import doctest
import os
import sys
import textwrap
from pathlib import Path

import pytest

from helpers.places import EXAMPLES
from helpers.running import run

pytestmark = pytest.mark.thorough

SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.py"))
PROMISE = "It prints::\n"


def printed(name: str, folder: Path) -> str:
    done = run([sys.executable, "-W", "error", EXAMPLES / name], cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def docstring(name: str) -> str:
    return ast.get_docstring(ast.parse((EXAMPLES / name).read_text()), clean=False) or ""


def promised(name: str) -> str:
    """What an example says that it prints; empty if it does not say."""
    return textwrap.dedent(docstring(name).partition(PROMISE)[2]).lstrip("\n")


def test_there_is_one_for_everything_that_a_newcomer_asks_for() -> None:
    assert set(SCRIPTS) >= {
        "back_office.py",
        "commitment_paced.py",
        "data_rules.py",
        "full_outsourcing.py",
        "own_policy.py",
        "route_one.py",
        "simulate_policies.py",
        "specialised_split.py",
        "vendor_fails.py",
    }


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_is_short(name: str) -> None:
    assert len((EXAMPLES / name).read_text().splitlines()) < 60


@pytest.mark.parametrize("name", [name for name in SCRIPTS if PROMISE in docstring(name)])
def test_it_prints_what_it_promises(name: str, tmp_path: Path) -> None:
    if name == "simulate_policies.py" and os.environ.get("NUMBA_DISABLE_JIT") == "1":
        pytest.skip("400,000 interpreted contacts take too long")
    found = printed(name, tmp_path)
    assert doctest.OutputChecker().check_output(promised(name), found, doctest.ELLIPSIS), found


def test_back_office_leaves_nothing_late(tmp_path: Path) -> None:
    lines = printed("back_office.py", tmp_path).splitlines()
    assert lines[0] == "claim: defer to the backlog of service"
    assert lines[-2].endswith(" 0 left")
    assert lines[-1] == "late: []"


def test_the_vendor_is_out_and_comes_back() -> None:
    """The promise itself tells the story: all, none but probes, a growing part, all."""
    rows = [line for line in promised("vendor_fails.py").splitlines() if " s  " in line]
    taken = [int(row.split()[2]) for row in rows]
    assert taken[0] == taken[-1] == 20
    assert min(taken) <= 1
    assert taken[6:] == sorted(taken[6:])


def test_the_commitment_is_free_until_it_is_met() -> None:
    rows = [line.split() for line in promised("commitment_paced.py").splitlines()[1:6]]
    for _, _, sent, plan, price, _ in rows:
        assert (float(price) > 1.0) == (int(sent) > int(plan))
