"""Processes killed at random points, by the script that does so as often as one likes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from helpers.running import HANG

SCRIPT = Path(__file__).parents[3] / "scripts" / "kill_shared.py"
PARTS = {"workers": (), "keepers": ("--keepers", "2"), "store": ("--store", "postgresql")}


@pytest.mark.compiled  # decides interpreted anyway
@pytest.mark.thorough
@pytest.mark.parametrize("part", ["workers", "keepers", pytest.param("store", marks=pytest.mark.slow)])
def test_nothing_is_above_a_cap_lost_or_doubled_whoever_is_killed(tmp_path, part):
    if part == "store" and not [*Path("/usr/lib/postgresql").glob("*/bin/postgres")]:
        pytest.skip("no postgres here")
    command = [sys.executable, SCRIPT, "--kills", "80", "--seed", "1", "--folder", tmp_path, *PARTS[part]]
    run = subprocess.run(command, capture_output=True, text=True, timeout=10.0 * HANG)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "over-commit 0, lost 0, doubled 0" in run.stdout
