"""Requests a second that `bporoute serve` decides, beside the same server answering a constant; by wrk.

    python benchmarks/http_server.py [--rounds 5] [--seconds 4] [--connections 4]

Both run behind uvicorn with the settings of the command, one process each, in rounds that take turns; printed
are medians: of the rates, of the times within which half the requests were answered, of the ratios of each
round, and of the processor's time a request takes in the server. Contacts are of four kinds, each with an id
of its own, told as JSON or as a form; every answer has a token. wrk has to be installed.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import bporoute
from bporoute import Center, Router
from bporoute.telephony.http import app
from bporoute.telephony.http._serving import listening, serve, settle_down

CONSTANT = (
    b'{"action":"overflow","destination":"nord","address":"sip:nord@10.0.1.1","token":"'
    + b"A" * 72
    + (
        b'","degraded":"","ranked":["nord","syd","service"],"cost":4.31,"expected_wait":15.0,"repeated":false,'
        b'"explain":""}'
    )
)
JSON = """
local count = 0
local languages = {"sv", "en", "fi", "no"}
request = function()
  count = count + 1
  local body = string.format('{"type":"service","language":"%s","id":"%s-%d"}',
    languages[count % 4 + 1], id, count)
  return wrk.format("POST", "/v1/route", {["Content-Type"] = "application/json"}, body)
end
"""
FORM = """
local count = 0
local languages = {"sv", "en", "fi", "no"}
request = function()
  count = count + 1
  local body = string.format('type=service&language=%s&id=%s-%d', languages[count % 4 + 1], id, count)
  return wrk.format("POST", "/v1/route", {["Content-Type"] = "application/x-www-form-urlencoded"}, body)
end
"""
KINDS = {"constant": JSON, "decided, JSON": JSON, "decided, form": FORM}
MONDAY = 1_795_428_000.0
"""11:00 in Stockholm, when the example's vendors are open."""


async def constant(scope: dict, receive, send) -> None:
    """The same answer to whatever is asked, once it is there."""
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(CONSTANT))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": CONSTANT})


def server(kind: str, center: str, ready: str) -> None:
    """Serve one of the kinds until TERM."""
    signal.signal(signal.SIGTERM, lambda *_: None)
    began = time.monotonic()
    router = Router(
        Center.load(center),
        clock=lambda: MONDAY + time.monotonic() - began,
    )
    bporoute.prepare(router)
    router.state["service"].update(agents=42, busy=42, waiting=9)
    addresses = {name: f"sip:{name}@10.0.0.5" for name in (*router.center.queues, *router.center.vendors)}
    listener = listening("127.0.0.1", 0)
    Path(ready).write_text(str(listener.getsockname()[1]))
    settle_down()
    used = time.process_time()
    serve(constant if kind == "constant" else app(router, addresses), listener)
    Path(ready).with_name("used").write_text(str(time.process_time() - used))


class Round(NamedTuple):
    """Of one kind: requests a second, milliseconds of half of them, failed ones, microseconds of CPU."""

    rate: float
    p50: float
    failed: int
    used: float


def measured(kind: str, folder: Path, seconds: int, connections: int) -> Round:
    """One round."""
    ready, script = folder / "port", folder / "ask.lua"
    ready.unlink(missing_ok=True)
    script.write_text(KINDS[kind])
    command = [sys.executable, __file__, "--serve", kind, str(folder / "center.toml"), str(ready)]
    process = subprocess.Popen(command)
    try:
        while not (ready.exists() and ready.read_text()):
            time.sleep(0.05)
        address = f"http://127.0.0.1:{ready.read_text()}"
        common = ["wrk", "-t", "1", "-c", str(connections), "--latency", "-s", str(script)]
        warm = subprocess.run(
            [*common, "-d", "1", address], check=True, capture_output=True, text=True
        ).stdout
        # Another id for each request, also after the warm ones.
        script.write_text(KINDS[kind].replace("%s-%d", "%s--%d"))
        timed = [*common, "-d", str(seconds), address]
        text = subprocess.run(timed, check=True, capture_output=True, text=True).stdout
    finally:
        process.terminate()
        process.wait()
    count = sum(int(re.search(r"(\d+) requests in", each)[1]) for each in (warm, text))
    rate = float(re.search(r"Requests/sec: +([\d.]+)", text)[1])
    value, unit = re.search(r" 50% +([\d.]+)(us|ms|s)", text).groups()
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    p50 = float(value) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[unit]
    used = 1e6 * float((folder / "used").read_text()) / count
    return Round(rate, p50, int(failed[1]) if failed else 0, used)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--serve", nargs=3)
    told = parser.parse_args()
    if told.serve:
        server(*told.serve)
        return
    found: dict[str, list[Round]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(
            [sys.executable, "-m", "bporoute", "new", str(folder / "center.toml")],
            check=True,
            capture_output=True,
        )
        for _ in range(told.rounds):
            for kind, rounds in found.items():
                rounds.append(measured(kind, folder, told.seconds, told.connections))
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python", end=" ")
    print(f"{platform.python_version()}; {told.rounds} x {told.seconds} s, {told.connections} connections")
    print(f"{'':16}{'requests/s':>11}{'p50 ms':>8}{'failed':>8}{'ratio':>7}{'CPU us':>8}{'ratio':>7}")
    constant = found["constant"]
    for kind, rounds in found.items():
        rates = statistics.median(
            each.rate / other.rate for each, other in zip(rounds, constant, strict=True)
        )
        used = statistics.median(other.used / each.used for each, other in zip(rounds, constant, strict=True))
        print(
            f"{kind:16}{statistics.median(each.rate for each in rounds):11,.0f}"
            f"{statistics.median(each.p50 for each in rounds):8.2f}{sum(each.failed for each in rounds):8}"
            f"{rates:7.2f}{statistics.median(each.used for each in rounds):8.0f}{used:7.2f}"
        )


if __name__ == "__main__":
    main()
