"""Write what the project answers to fixed questions into a folder, to be compared before and after a change.

    python scripts/write_answers.py before     # then change, then:
    python scripts/write_answers.py after
    diff -r before after

Only the command line and public names are used, so that the script runs on any version; nothing depends on
the time, the machine or the number of cores.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import random
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import bporoute as bp

SPEED = re.compile("decisions.per.second", re.IGNORECASE)
"""The lines that differ from run to run."""
ROOT = Path(__file__).resolve().parents[1]
MONDAY_8 = 1795417200.0
"""23 November 2026, 08:00 in Stockholm, epoch seconds."""
POLICIES = (
    "MarginalCost()",
    "ServedInTime(0.8, 20)",
    "Hysteresis(QueueLength(6), QueueLength(2), 30)",
    "Share({'baltic': 0.3, 'norrland': 0.1})",
    "Warm(MarginalCost(), {'norrland': 0.05})",
    "MeetTarget(0.8, 20)",
)

RICH = ROOT / "scripts" / "answers_center.toml"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["COLUMNS"] = "110"
    os.chdir(folder)
    command("demo.txt", "demo")
    command("demo.json", "demo", "--json", "--calls", "3000")
    Path("center.toml").unlink(missing_ok=True)
    command("new.txt", "new", "center.toml")
    command("check.txt", "check", "center.toml")
    write_calls("calls.csv", days=2, calls=3000)
    command("replay.txt", "replay", "calls.csv", "--center", "center.toml", "--decisions", "decisions.jsonl")
    command("replay.json", "replay", "calls.csv", "--center", "center.toml", "--json")
    command("audit.txt", "audit", "decisions.jsonl", "--center", "center.toml")
    shared = ("--replications", "2", "--workers", "1", "--json")
    volumes, scenario = str(ROOT / "examples" / "volumes.csv"), str(ROOT / "examples" / "scenario.toml")
    monday = ("--first-day", "2026-11-23")
    for name, more in {
        "simulate": monday,
        "simulate_scenario": (*monday, "--scenario", scenario),
        "simulate_volumes": ("--volumes", volumes, "--exact"),
    }.items():
        files = ("--paths", f"{name}_paths.csv", "--intervals", f"{name}_intervals.csv")
        command(f"{name}.json", "simulate", "center.toml", *shared, *files, *more)
    command("simulate_log.json", "simulate", "center.toml", "--log", "calls.csv", "--workers", "1", "--json",
            "--paths", "simulate_log_paths.csv", "--intervals", "simulate_log_intervals.csv")  # fmt: skip
    command("staff.txt", "staff", volumes, "--target", "80/20", "--patience", "180", "--shrinkage", "0.3",
            "--out", "plan.csv", "--all")  # fmt: skip
    command("staff.json", "staff", volumes, "--target", "asa 30", "--target", "occupancy 85%", "--json")
    question = ("--contact", "service,language=sv", "--state", "service:agents=42,busy=42,waiting=9")
    for policy in POLICIES:
        name = f"explain_{policy.partition('(')[0]}"
        asked = ("explain", "center.toml", *question, "--policy", policy, "--at", "2026-11-23T11:00")
        command(f"{name}.txt", *asked)
        command(f"{name}.json", *asked, "--json")
    bp.warmup()
    live("live_compiled.jsonl", str(RICH), None, 10_000, compile=True)
    live("live_interpreted.jsonl", str(RICH), None, 2_000, compile=False)
    for policy in POLICIES:
        live(f"live_{policy.partition('(')[0]}.jsonl", "center.toml", policy, 2_000, compile=True)
    many("many.json", str(RICH))


def command(file: str, *words: str) -> None:
    """Run `bporoute` with these words and write what it prints, and its exit code, into a file."""
    done = subprocess.run(
        [sys.executable, "-m", "bporoute", *words], capture_output=True, text=True, check=False
    )
    answer = "".join(line for line in done.stdout.splitlines(keepends=True) if not SPEED.search(line))
    Path(file).write_text(f"{answer}{done.stderr}exit code {done.returncode}\n")
    print(f"{file}: exit code {done.returncode}")


def write_calls(file: str, days: int, calls: int) -> None:
    """A log of generated calls, as a phone system might write it."""
    chance = random.Random(7)
    rows = []
    for day in range(days):
        for number in range(calls):
            at = datetime(2026, 11, 23 + day, 7) + timedelta(seconds=chance.triangular(0, 50_000, 12_000))
            kind = chance.choices(("service", "sales"), (0.7, 0.3))[0]
            gave_up = chance.random() < 0.06
            handle = "" if gave_up else f"{chance.lognormvariate(4.784, 0.953):.0f}"
            wait = chance.expovariate(1 / 25) * (chance.random() < 0.5)
            language = chance.choice(("sv", "sv", "en", ""))
            outcome = "abandoned" if gave_up else "answered"
            rows.append((at, kind, handle, f"{wait:.0f}", outcome, language, f"{day}-{number}"))
    rows.sort()
    with open(file, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("arrival", "type", "handle", "wait", "outcome", "language", "id"))
        writer.writerows((f"{at:%Y-%m-%d %H:%M:%S}", *rest) for at, *rest in rows)


def live(file: str, center: str, policy: str | None, contacts: int, *, compile: bool) -> None:
    """Decide a fixed stream and write each decision; what is sent out ends, fails, and is judged."""
    chance = random.Random(11)
    now = MONDAY_8
    loaded = bp.Center.load(center)
    router = bp.Router(loaded, policy, clock=lambda: now, chance=random.Random(3).random, compile=compile)
    types, data = [*loaded.contact_types, "unheard of"], [*loaded.data_rules, ""]
    open_decisions: list[bp.Decision] = []
    with open(file, "w") as out:
        for number in range(contacts):
            now += chance.expovariate(0.5) * (60.0 if number % 997 == 0 else 1.0)
            if number % 7 == 0:
                queue = chance.choice(list(loaded.queues))
                agents = chance.choice((12, 18, 18, 25))
                waiting = max(0, int(chance.gauss(0, 6)))
                busy = agents if waiting else chance.randint(agents // 2, agents)
                router.state[queue].update(agents=agents, busy=busy, waiting=waiting)
            if number % 211 == 0:
                vendor = chance.choice(list(loaded.vendors))
                router.vendors[vendor].update(up=chance.random() < 0.8, in_flight=chance.randint(0, 10))
            seen = chance.choice(data)
            contact = bp.Contact(
                chance.choice(types),
                language=chance.choice(("sv", "en", "sv-SE", "", "fi")),
                id=f"call-{number}",
                data=(seen,) if seen and chance.random() < 0.3 else (),
                value_class=chance.choice(("", "", "gold")),
            )
            snapshot = None
            if number % 13 == 0:
                snapshot = bp.Snapshot(
                    service=bp.QueueState(agents=20, busy=20, waiting=chance.choice((0, 3, math.nan)))
                )
            if number % 17 == 0:
                out.write(json.dumps(router.preview(contact, snapshot).to_dict()) + "\n")
            decision = router.route(contact, snapshot)
            out.write(json.dumps({**decision.to_dict(), "text": decision.explain()}) + "\n")
            open_decisions.append(decision)
            if len(open_decisions) > 20:
                ended = open_decisions.pop(chance.randrange(len(open_decisions)))
                outcome = chance.choices(("answered", "abandoned", "failed"), (0.88, 0.08, 0.04))[0]
                owed = router.settle(ended, outcome, chance.expovariate(0.05), chance.lognormvariate(5, 0.6))
                out.write(json.dumps([outcome, owed]) + "\n")
                if number % 5 == 0:
                    router.judge(ended, resolved=chance.random() < 0.8, satisfaction=chance.random())
        for vendor in loaded.vendors:
            usage = router.usage(vendor)
            out.write(f"{usage}\n{router.bill(vendor)}\n{router.invoice(vendor)}\n")


def many(file: str, center: str) -> None:
    """Decide a fixed batch."""
    chance = random.Random(13)
    router = bp.Router(bp.Center.load(center), clock=lambda: MONDAY_8)
    for queue in router.state.values():
        queue.update(agents=18, busy=12, waiting=0)
    kinds = [
        bp.Contact(kind, language=language)
        for kind in router.center.contact_types
        for language in ("sv", "en")
    ]
    numbers = [chance.randrange(len(kinds)) for _ in range(20_000)]
    at = [MONDAY_8 + 0.7 * number for number in range(20_000)]
    routed = router.route_many(numbers, at, like=kinds)
    money = routed.settle("answered", which=routed.destination > 0)
    report = {
        "destination": routed.destination.tolist(),
        "cost": [str(cost) for cost in routed.cost.tolist()],
        "counts": routed.counts(),
        "money": money,
        "at": datetime.fromtimestamp(MONDAY_8, UTC).isoformat(),
    }
    Path(file).write_text(json.dumps(report, indent=0))


if __name__ == "__main__":
    main()
