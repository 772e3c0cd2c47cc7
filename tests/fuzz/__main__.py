"""Decide random contacts of random centers for a while, with every decision checked.

    make fuzz SECONDS=60 SEED=7          # or, with tests on the path: python -m fuzz --seconds 60 --seed 7
    python -m fuzz --world 7/31 --steps 2,5,9   # what a failure says, to see it again

It exits with 1 at the first decision that breaks a promise, at an exception, a hang or a crash, and says by
which steps of which world that comes about. Every decision that is routed or previewed alone is checked in
full, of a batch where each contact goes; usage is compared once in some 15 steps, and a tenth of the time
goes into playing worlds again interpreted.
"""

from __future__ import annotations

import argparse
import faulthandler
import mmap
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bporoute as bp
from fuzz.events import STEPS
from fuzz.runs import Failure, Totals, failing, play
from fuzz.twins import differing, digests

HANGS_AFTER = 30.0
"""Seconds that one step may take; the longest takes some tenths."""
TWINS = 0.1
"""Part of the time for worlds that are played again interpreted."""
PLACE = struct.Struct("<qq")


def main() -> int:
    parser = argparse.ArgumentParser(prog="fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--decisions", type=int, default=0, help="as many instead of so many seconds")
    parser.add_argument("--seed", type=int, default=None, help="none: one by the clock")
    parser.add_argument("--world", default="", help="play this one alone")
    parser.add_argument("--steps", default="", help="these of its steps, with commas between")
    parser.add_argument("--inside", default="", help=argparse.SUPPRESS)
    parser.add_argument("--digests", type=float, default=0.0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    seed = int(time.time()) if asked.seed is None else asked.seed
    if asked.digests:
        print("\n".join(digests(seed, asked.digests)))
        return 0
    if asked.world:
        steps = [int(step) for step in asked.steps.split(",")] if asked.steps else range(STEPS)
        bp.warmup()
        found = failing(asked.world, steps)
        print(f"step {found[1]}: {found[0]}" if found else "nothing is wrong")
        return 1 if found else 0
    if asked.inside:
        return inside(seed, asked.seconds, asked.decisions, asked.inside)
    return watch(seed, asked)


def watch(seed: int, asked: argparse.Namespace) -> int:
    """Play in a process of its own, which may hang or crash, and say where it was."""
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "place"
        place.write_bytes(PLACE.pack(-1, -1))
        words = [sys.executable, "-m", "fuzz", "--inside", str(place), "--seed", str(seed)]
        words += ["--seconds", str(asked.seconds), "--decisions", str(asked.decisions)]
        child = subprocess.Popen(words)
        try:
            last, since = (-1, -1), time.monotonic()
            while child.poll() is None:
                time.sleep(0.2)
                now = PLACE.unpack(place.read_bytes())
                if now != last or now[0] < 0:
                    last, since = now, time.monotonic()
                elif time.monotonic() - since > HANGS_AFTER:
                    print(f"hangs for {HANGS_AFTER:g} s at")
                    child.send_signal(signal.SIGABRT)  # which has it print where it is
                    child.wait()
            if child.returncode not in (0, 1):
                print(f"ended by {child.returncode}:", again(f"{seed}/{last[0]}", range(last[1] + 1)))
                return 1
            return child.returncode
        finally:
            child.kill()


def inside(seed: int, seconds: float, decisions: int, place: str) -> int:
    """Play until the time is over; what is being played stands in the file `place`."""
    faulthandler.enable()
    bp.warmup()
    with open(place, "r+b") as file, mmap.mmap(file.fileno(), PLACE.size) as shared:
        until = time.monotonic() + seconds * (1.0 - TWINS)

        def go_on(totals: Totals) -> bool:
            return totals.decisions < decisions if decisions else time.monotonic() < until

        totals = Totals()
        failure = play(seed, totals, go_on, lambda world, step: PLACE.pack_into(shared, 0, world, step))
        PLACE.pack_into(shared, 0, -1, -1)
        print("\n".join(totals.lines()))
        if failure is None:
            failure = twins(seed, min(seconds * TWINS / 2.0, 60.0))
    if failure is None:
        print("no promise was broken")
        return 0
    print(f"BROKEN {failure.what}\n{again(failure.seed, failure.steps)}")
    return 1


def twins(seed: int, seconds: float) -> Failure | None:
    """Play some worlds interpreted, too."""
    worlds, other = differing(seed, seconds)
    print(f"{worlds} of the worlds interpreted, too")
    if other is None:
        return None
    return Failure(f"{seed}/{other}", "interpreted it comes out otherwise", tuple(range(STEPS)))


def again(seed: str, steps: object) -> str:
    """How to see it again."""
    which = ",".join(map(str, steps)) if isinstance(steps, tuple | range) else ""
    path = os.path.relpath(Path(__file__).parents[1])
    return f"again: PYTHONPATH={path} python -m fuzz --world {seed} --steps {which}"


if __name__ == "__main__":
    sys.exit(main())
