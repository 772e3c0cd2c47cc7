"""Run by `make wheel-check` with the built wheel and its core dependencies only."""

import subprocess
import sys
from pathlib import Path

import bporoute
from bporoute import Action, Contact, QueueState, Router, Snapshot, warmup
from bporoute.simulation._demo import demo_center

assert "site-packages" in bporoute.__file__, bporoute.__file__
assert (Path(bporoute.__file__).parent / "py.typed").exists()

warmup()
router = Router(demo_center(), clock=lambda: 1795428000.0)  # Monday, 23 November 2026, 11:00 in Stockholm
state = Snapshot(service=QueueState(agents=42, busy=42, waiting=9))
decision = router.route(Contact("service", language="sv"), state)
assert decision.action is Action.OVERFLOW, decision.explain()
print(decision.explain())

command = Path(sys.executable).parent / "bporoute"
run = subprocess.run([command], capture_output=True, text=True, check=False)
assert run.returncode == 2, run
assert run.stderr == "bporoute: the command line needs an extra: pip install 'bporoute[cli]'\n", run.stderr
print("wheel: 1 contact routed")
