"""What deciding costs inside Kamailio, beside a script that sends all calls to one address.

    python benchmarks/kamailio_calls.py [--calls 3000] [--rates 300 600 1000]

Needs Kamailio with app_python3, and SIPp; all on the loopback, for some two minutes. Run it on a quiet
machine: SIPp and Kamailio share its cores. It prints tables of calls that succeeded at a rate, of times in
the workers, and of how long a start takes.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from helpers.places import EXAMPLES
from helpers.running import wait_until
from helpers.sip import ANSWERS, Bench, bench, calls

MOST = 20_000
"""Times that a worker notes of each kind."""
KINDS = ("empty", "route", "invite", "reply", "bye")
NOTING = f"""
import os, time
import numpy as np

KINDS, MOST = {KINDS!r}, {MOST}
notes, counts = {{}}, {{}}


def begin(folder):
    where = f"{{folder}}/times-{{os.getpid()}}"
    for number, kind in enumerate(KINDS):
        notes[kind] = np.memmap(f"{{where}}-{{kind}}", "u4", "w+", shape=MOST)
        counts[kind] = 0


def noted(kind, method):
    clock = time.perf_counter_ns

    def timed(*arguments):
        before = clock()
        found = method(*arguments)
        after = clock()
        at = counts[kind]
        if at < MOST:
            notes[kind][at] = max(after - before, 1)
            counts[kind] = at + 1
        return found

    return timed
"""
BEGUN = """
    def child_init(self, rank):
        done = route.child_init(rank)
        if rank > 0:
            begin("{folder}")
            for name in ("invite", "reply", "bye"):
                setattr(route, name, noted(name, getattr(route, name)))
            nothing = noted("empty", lambda: None)
            decide = noted("route", route.router.route)
            route.router.route = lambda contact: (nothing(), decide(contact))[1]
            open(f"{folder}/ready-{{os.getpid()}}", "w").write(str(time.time()))
        return done
"""
EMPTY = """
import KSR


class Script:
    def child_init(self, rank):
        if rank > 0:
            begin("{folder}")
            self.invite = noted("invite", self.invite)
        return 0

    def invite(self):
        KSR.rr.record_route()
        KSR.pv.sets("$ru", "sip:acme@127.0.0.1:{port}")
        KSR.tm.t_relay()

    def ksr_request_route(self, msg):
        if KSR.is_CANCEL():
            if KSR.tm.t_check_trans() > 0:
                KSR.tm.t_relay()
        elif KSR.siputils.has_totag() > 0:
            if KSR.rr.loose_route() > 0:
                KSR.tm.t_relay()
        elif KSR.is_INVITE():
            self.invite()
        return 1


mod_init = Script
"""


def script(folder: Path) -> str:
    """The script of the example, with notes of how long each part takes."""
    text = (EXAMPLES / "kamailio" / "kamailio.py").read_text()
    begins = "\n    def child_init(self, rank):\n        return route.child_init(rank)\n"
    assert begins in text
    return NOTING + text.replace(begins, BEGUN.format(folder=folder))


def percentiles(folder: Path, name: str) -> None:
    """Print how long each part took in the workers."""
    print(
        f"\n{'in workers, ' + name:20} {'times':>7} {'p50 us':>8} {'p90 us':>8} {'p99 us':>8} {'mean us':>8}"
    )
    for kind in KINDS:
        files = folder.glob(f"times-*-{kind}")
        times = np.concatenate([np.fromfile(file, "u4") for file in files]) / 1e3
        times = times[times > 0]
        if len(times):
            shown = (*np.percentile(times, (50, 90, 99)), times.mean())
            print(f"{kind:20} {len(times):7} " + " ".join(f"{each:8.1f}" for each in shown))


def feed(sip: Bench, ended: threading.Event) -> None:
    """Tell the queue's state five times a second, as a feed of the phone system does."""
    router, luck = sip.router(), np.random.default_rng(1)
    while not ended.wait(0.2):
        busy = int(luck.integers(30, 41))
        waiting = int(luck.integers(0, 6)) if busy == 40 else 0
        router.state["service"].update(agents=40, busy=busy, waiting=waiting)
    router.ledger.close()


def private(pid: int) -> float:
    """Memory that is private to a process, MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private")) / 1e3


def spent(pid: int) -> float:
    """Seconds of processor that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def at_rates(sip: Bench, count: int, rates: list[float], dialled: str) -> list[str]:
    found = []
    for rate in rates:
        limit = max(count, int(rate * 4))
        ended = sip.call(limit, rate, calls(500, user=dialled), "-nd").finished()
        found.append(f"{ended['ok']}/{limit} ok, {ended['again']} again")
    return found


def measure(count: int, rates: list[float], workers: int) -> None:
    center = (EXAMPLES / "kamailio" / "center.toml").read_text()
    results = {}
    for name in ("empty", "bporoute", "empty", "bporoute"):
        with tempfile.TemporaryDirectory() as folder, bench(Path(folder), center) as sip:
            for destination in sip.ports:
                sip.answer(destination, ANSWERS)
            sip.keep()
            ended = threading.Event()
            feeding = threading.Thread(target=feed, args=(sip, ended))
            feeding.start()
            if name == "empty":
                sip.serve(NOTING + EMPTY.format(port=sip.ports["baltic"], folder=folder), workers)
            else:
                sip.serve(script(Path(folder)), workers)
            before = sum(map(spent, sip.workers()))
            results.setdefault(name, []).append(at_rates(sip, count, rates, "100"))
            processor = sum(map(spent, sip.workers())) - before
            sent = sum(max(count, int(rate * 4)) for rate in rates)
            memory = [private(pid) for pid in sip.workers()]
            ended.set()
            feeding.join()
            percentiles(Path(folder), name)
            print(f"processor time of the workers, us a call: {processor / sent * 1e6:.0f}")
            print("private memory of the workers, MB:", " ".join(f"{each:.1f}" for each in memory))
            sip.stop()
    print(f"\n{workers} workers; two rounds, one after the other")
    for number, rate in enumerate(rates):
        for name, rounds in results.items():
            print(f"{rate:6.0f}/s  {name:9} " + "   ".join(found[number] for found in rounds))


def ready(times: int) -> None:
    """Seconds from the start until the last of four workers is ready."""
    center = (EXAMPLES / "kamailio" / "center.toml").read_text()
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder), center) as sip:
        sip.keep()
        for _ in range(times):
            began = time.time()
            sip.serve(script(Path(folder)), 4)
            wait_until(lambda: len(list(Path(folder).glob("ready-*"))) == 4)
            last = max(float(file.read_text()) for file in Path(folder).glob("ready-*"))
            memory = [private(pid) for pid in sip.workers()]
            shown = " ".join(f"{each:.1f}" for each in memory)
            print(f"four workers ready after {last - began:.1f} s; private memory {shown} MB")
            sip.stop()
            for file in [*Path(folder).glob("ready-*"), *Path(folder).glob("times-*")]:
                file.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=3000)
    parser.add_argument("--rates", type=float, nargs="+", default=[300.0, 600.0, 1000.0])
    parser.add_argument("--workers", type=int, default=2)
    told = parser.parse_args()
    ready(3)
    measure(told.calls, told.rates, told.workers)


if __name__ == "__main__":
    main()
