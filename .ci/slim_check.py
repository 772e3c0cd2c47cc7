"""Run by `make slim-check` with the built wheel and slim-requirements.txt alone: no Numba, no SciPy."""

import importlib.util
from pathlib import Path

import bporoute
from bporoute import Center, Contact, InputError, QueueState, Router, Snapshot, warmup
from bporoute.telephony.connect import handler

ROOM = Path(bporoute.__file__).parents[1]
MOST_MEGABYTES = 120
"""Far below the 250 that a function may have; pip and setuptools are not counted."""
LEFT_OUT = ("numba", "llvmlite", "scipy", "tomlkit", "narwhals")
MONDAY = 1795428000.0  # 23 November 2026, 11:00 in Stockholm
CALL = Contact("service", language="sv")
FULL = Snapshot(service=QueueState(agents=42, busy=42, waiting=9))
# Policy -> who takes a call where nine wait, who one where agents are free, and what the first costs: as by
# the full install.
POLICIES = {
    None: ("baltic", "service", 3.75),
    "NeverOverflow()": ("service", "service", 0.0),
    "QueueLength(8)": ("baltic", "service", 3.75),
    "ExpectedWait(30)": ("baltic", "service", 3.75),
    "ServedInTime(0.8, 20)": ("baltic", "service", 3.75),
    "MeetTarget()": ("baltic", "service", 3.75),
    "OwnCost(8)": ("baltic", "service", 3.75),
    "QueuePerAgent(0.1)": ("baltic", "service", 3.75),
    "OccupancyLimit(0.9)": ("baltic", "service", 3.75),
}


def megabytes() -> float:
    """What the install takes, pip and setuptools aside."""
    skipped = ("pip", "setuptools", "pkg_resources", "_distutils_hack", "distutils")
    places = [place for place in ROOM.iterdir() if not place.name.startswith(skipped)]
    files = [file for place in places for file in (place.rglob("*") if place.is_dir() else [place])]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def refused(what: object, *arguments: object) -> str:
    """What is said of something that needs more than is installed."""
    try:
        what(*arguments)  # type: ignore[operator]
    except (InputError, RuntimeError) as failure:
        return str(failure)
    raise AssertionError("it went without")


assert "site-packages" in bporoute.__file__, bporoute.__file__
assert not [name for name in LEFT_OUT if importlib.util.find_spec(name)]
size = megabytes()
assert size < MOST_MEGABYTES, size

center = Center.load(ROOM / "bporoute" / "demo_center.toml")
quiet = Snapshot(service=QueueState(agents=42, busy=20, waiting=0))
for policy, (sent, kept, owed) in POLICIES.items():
    router = Router(center, policy, clock=lambda: MONDAY)
    decision = router.route(CALL, FULL)
    assert decision.destination == sent, (policy, decision.explain())
    assert not decision.degraded, (policy, decision.degraded)
    assert router.route(CALL, quiet).destination == kept, policy
    paid = router.settle(decision.token, "answered", wait=3.2, handle=180.0)
    assert abs(paid - owed) < 1e-9, (policy, paid)
    status = router.status()
    assert not status.compiled
    assert status.kernels == "interpreted: Numba is not installed: pip install numba", status.kernels

answer = handler(Router(center, clock=lambda: MONDAY), dict.fromkeys((*center.queues, *center.vendors), "q"))(
    {
        "Details": {
            "ContactData": {"ContactId": "c-1", "LanguageCode": "sv-SE"},
            "Parameters": {"type": "service", "agents": "42", "available": "0", "waiting": "9"},
        }
    }
)
assert answer["destination"] == "baltic", answer

counting = Router(center, "MeetTarget(0.8, 20, 'ignored')", clock=lambda: MONDAY).route(CALL, FULL)
assert "pip install scipy" in counting.degraded, (
    counting.degraded
)  # who gives up in time is counted with SciPy
assert refused(warmup) == "Numba is not installed: pip install numba; decisions stay interpreted"
assert "pip install scipy" in refused(router.estimates)
assert "pip install tomlkit" in refused(center.to_toml)
print(f"slim: {size:.0f} MB, {len(POLICIES)} policies decided")
