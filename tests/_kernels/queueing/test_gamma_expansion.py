"""The polynomials of the expansion are what the script makes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bporoute._kernels.queueing import erlang as erlang
from bporoute._kernels.queueing import gamma_expansion as expansion
from helpers.places import ROOT
from helpers.running import run

pytestmark = pytest.mark.kernels


@pytest.mark.thorough
def test_the_script_reproduces_the_polynomials():
    script = ROOT / "scripts" / "make_expansion.py"
    if not script.exists():
        pytest.skip("the script is in the repository only")
    made = run([sys.executable, script])
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == Path(expansion.__file__).read_text()
