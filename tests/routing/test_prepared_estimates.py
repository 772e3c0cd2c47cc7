"""Once prepared, nothing more is loaded where somebody asks what was learned."""

from __future__ import annotations

import os
import sys

from helpers.places import EXAMPLES
from helpers.running import run

CODE = f"""
import sys
from bporoute import Center, Router, prepare
router = Router(Center.load({str(EXAMPLES / "asterisk" / "center.toml")!r}), compile=False)
prepare(router)
before = set(sys.modules)
router.estimates()
print(sorted(set(sys.modules) - before))
"""


def test_estimates_load_nothing_in_the_path_of_calls():
    done = run([sys.executable, "-c", CODE], env={**os.environ, "NUMBA_DISABLE_JIT": "1"})
    assert (done.stdout, done.stderr) == ("[]\n", "")
