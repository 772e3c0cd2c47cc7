"""Without Numba and SciPy a router decides, and says what else needs installing; a start is quick."""

from __future__ import annotations

import sys
from pathlib import Path

import bporoute
from helpers.running import run

CENTER = str(Path(bporoute.__file__).parent / "demo_center.toml")
HIDE = """
import importlib.abc, sys
class Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in ("numba", "scipy", "tomlkit", "narwhals"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "numba" else found(name, *more)
"""
DECIDE = f"""
from bporoute import Center, Contact, QueueState, Router, Snapshot
router = Router(Center.load({CENTER!r}), clock=lambda: 1795428000.0COMPILE)
state = Snapshot(service=QueueState(agents=42, busy=42, waiting=9))
decision = router.route(Contact("service", language="sv"), state)
"""


def printed(code: str) -> list[str]:
    done = run([sys.executable, "-c", code])
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_without_numba_and_scipy_a_router_decides_and_says_what_to_install() -> None:
    code = f"""{HIDE}
import logging
said = []
class Listening(logging.Handler):
    def emit(self, record):
        said.append(record.getMessage())
logging.getLogger("bporoute").addHandler(Listening())
logging.getLogger("bporoute").setLevel(logging.INFO)
{DECIDE.replace("COMPILE", "")}
print(decision.destination, router.settle(decision.token, "answered", wait=3.2, handle=180.0))
print(router.status().compiled, router.status().kernels)
import bporoute
for what in (bporoute.warmup, router.estimates, router.center.to_toml, lambda: bporoute.prepare(router)):
    try:
        what()
    except (bporoute.InputError, RuntimeError) as failure:
        print(failure)
print(*said, sep="\\n")
"""
    missing = "Numba is not installed: pip install numba"
    assert printed(code) == [
        "baltic 3.75",
        f"False interpreted: {missing}",
        f"{missing}; decisions stay interpreted",
        "scipy: found nothing installed; expected pip install scipy",
        "tomlkit: found nothing installed; expected pip install tomlkit",
        f"{missing}; decisions stay interpreted",
        f"decisions stay interpreted, much slower; interpreted: {missing}",
    ]


def test_a_first_decision_loads_nothing_that_it_does_not_need() -> None:
    absent = (
        "numba",
        "scipy",
        "narwhals",
        "numpy.polynomial",
        "bporoute.queueing",
        "bporoute.routing.ledger._shared",
        "bporoute.routing.ledger._segment",
        "bporoute.routing.back_office",
        "bporoute.routing._status",
        "bporoute.center._remarks",
        "bporoute.estimates._confidence",
    )
    code = DECIDE.replace("COMPILE", ", compile=False")
    code += f"import sys\nprint([name for name in {absent!r} if name in sys.modules], decision.destination)"
    assert printed(code) == ["[] baltic"]
