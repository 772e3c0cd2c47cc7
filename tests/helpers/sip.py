"""A Kamailio with bporoute in it, a keeper, and SIPp that calls and answers, all on the loopback."""

from __future__ import annotations

import csv
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

import bporoute
from bporoute import Center, Router, SharedLedger
from helpers.places import EXAMPLES
from helpers.running import HANG, Process, started, wait_until

MODULES = Path("/usr/lib").glob("*/kamailio/modules/app_python3.so")


def missing() -> str:
    """What is not installed of what these tests need; empty: nothing."""
    for command in ("kamailio", "kamcmd", "sipp"):
        if shutil.which(command) is None:
            return f"{command} is not installed"
    module = next(iter(MODULES), None)
    if module is None:
        return "Kamailio's module app_python3 is not installed"
    linked = subprocess.run(["ldd", module], capture_output=True, text=True, check=True).stdout
    found = re.search(r"libpython(\d+\.\d+)", linked)
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    theirs = found.group(1) if found else "none"
    return "" if theirs == ours else f"Kamailio's Python is {theirs}, that of the tests {ours}"


MISSING = missing()
needs_kamailio = pytest.mark.skipif(bool(MISSING), reason=MISSING or "all is installed")


def free_port() -> int:
    """A port of the loopback that nobody uses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        port: int = udp.getsockname()[1]
        return port


def is_taken(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        try:
            udp.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


HEADERS = """\
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:caller@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:{user}@[remote_ip]:[remote_port]>{to}
Call-ID: [call_id]
CSeq: {number} {method}
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Length: 0

"""
ANSWER = """\
SIP/2.0 {what}
[last_Via:]
[last_From:]
[last_To:]{tag}
[last_Call-ID:]
[last_CSeq:]
[last_Record-Route:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

"""


def _send(text: str, retrans: str = "") -> str:
    return f"<send{retrans}><![CDATA[\n{text}]]></send>\n"


def _request(method: str, number: int, uri: str, to: str = "", user: str = "100") -> str:
    head = f"{method} {uri} SIP/2.0\n"
    return head + HEADERS.format(method=method, number=number, to=to, user=user)


def _scenario(*steps: str) -> str:
    end = '<timewait milliseconds="4000"/>\n</scenario>\n'  # who asks again is answered again
    return "".join(('<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario>\n', *steps, end))


AGAIN = ' retrans="500"'
DIALLED = "sip:{}@[remote_ip]:[remote_port]"
TO = "[peer_tag_param]"
TAG = ";tag=[pid]v[call_number]"


def calls(talks: int = 1000, more: str = "", user: str = "100") -> str:
    """A caller who dials a user, is answered, talks for so many milliseconds and hangs up."""
    text = (EXAMPLES / "kamailio" / "caller.xml").read_text().replace("[service]", user)
    changed = text.replace('"1000"', f'"{talks}"').replace(
        "Max-Forwards: 70\n", f"Max-Forwards: 70\n{more}", 1
    )
    assert f'milliseconds="{talks}"' in changed
    return changed


def gives_up(waits: int = 300, user: str = "100") -> str:
    """A caller who hangs up while it rings."""
    dialled = DIALLED.format(user)
    cancel = _request("CANCEL", 1, dialled).replace("branch=[branch]", "branch=[branch-4]")
    return _scenario(
        _send(_request("INVITE", 1, dialled), AGAIN),
        '<recv response="100" optional="true"/>\n<recv response="180"/>\n',
        f'<pause milliseconds="{waits}"/>\n',
        _send(cancel, AGAIN),
        '<recv response="200"/>\n<recv response="487"/>\n',
        _send(_request("ACK", 1, dialled, TO).replace("branch=[branch]", "branch=[branch-7]")),
    )


RINGING = _send(ANSWER.format(what="180 Ringing", tag=TAG))
ANSWERS = (EXAMPLES / "kamailio" / "vendor.xml").read_text()
"""It does not ring before: several workers may pass on two replies in another order than they came."""
BUSY = _scenario(
    '<recv request="INVITE"/>\n',
    _send(ANSWER.format(what="503 Service Unavailable", tag=TAG)),
    '<recv request="ACK"/>\n',
)
RINGS_ONLY = _scenario(
    '<recv request="INVITE"/>\n',
    RINGING,
    '<recv request="CANCEL"/>\n',
    _send(ANSWER.format(what="200 OK", tag=TAG)),
    _send(ANSWER.format(what="487 Request Terminated", tag=TAG).replace("[last_CSeq:]", "CSeq: 1 INVITE")),
    '<recv request="ACK"/>\n',
)


class Sipp:
    """A SIPp: who calls, or who answers."""

    def __init__(self, process: Process, figures: Path, errors: Path) -> None:
        self.process, self._figures, self._errors = process, figures, errors

    def figure(self, name: str) -> int:
        """A figure of its statistics, such as ``"TotalCallCreated"``, as of a second ago."""
        if not self._figures.exists():
            return 0
        rows = list(csv.DictReader(self._figures.read_text().splitlines(), delimiter=";"))
        return int(rows[-1].get(name) or 0) if rows else 0

    @property
    def created(self) -> int:
        """Calls that there were, once their number does not change any more."""
        last = -1
        while (now := self.figure("TotalCallCreated")) != last:
            last = now
            time.sleep(2.1)
        return now

    def finished(self) -> dict[str, int]:
        """How its calls have ended, once all have."""
        self.process.wait(HANG)
        names = ("SuccessfulCall(C)", "FailedCall(C)", "Retransmissions(C)")
        return dict(zip(("ok", "failed", "again"), map(self.figure, names), strict=True))


class Bench:
    """A folder with a center and a ledger, and what runs there: a keeper, a Kamailio, SIPps."""

    def __init__(self, folder: Path, stack: ExitStack, center: str, names: Sequence[str]) -> None:
        self.folder, self._stack = folder, stack
        self.port, self.ports = free_port(), {name: free_port() for name in names}
        self.files = folder / "etc"
        self.files.mkdir()
        self.ledger = folder / "ledger"
        (self.files / "center.toml").write_text(center)
        lines = [f'{name} = "sip:{name}@127.0.0.1:{port}"\n' for name, port in self.ports.items()]
        (self.files / "destinations.toml").write_text("[sip]\n" + "".join(lines))
        self._number = 0
        self.kamailio: Process | None = None

    def keep(self) -> Process:
        """Start a keeper, and wait until it keeps."""
        command = [sys.executable, "-m", "bporoute", "keeper", self.ledger]
        process = self._started([*command, "--center", self.files / "center.toml"], "keeper")
        assert wait_until(lambda: "kept" in self.said("keeper"))
        return process

    def serve(self, script: str = "", children: int = 4, silence: float = 10.0) -> None:
        """Start the Kamailio of the example, with these files and ports, and wait until it answers.

        On a busy machine a vendor that is there may be silent for seconds.
        """
        places = {
            '"/etc/bporoute"': f'"{self.files}"',
            '"/var/lib/bporoute"': f'"{self.ledger}"',
        }
        text = script or (EXAMPLES / "kamailio" / "kamailio.py").read_text()
        for ours, here in places.items():
            text = text.replace(ours, here)
        text = text.replace("contact=contact)", f"contact=contact, silence={silence})")
        (self.files / "kamailio.py").write_text(text)
        loader = (EXAMPLES / "kamailio" / "loader.py").read_text()
        (self.files / "loader.py").write_text(loader.replace("/etc/bporoute", str(self.files)))
        config = (EXAMPLES / "kamailio" / "kamailio.cfg").read_text()
        control = f'modparam("ctl", "binrpc", "unix:{self.folder}/ctl")\n'
        places = {
            "/etc/bporoute/loader.py": str(self.files / "loader.py"),
            "127.0.0.1:5060": f"127.0.0.1:{self.port}",
            "children=4": f"children={children}",
            'modparam("app_python3"': control + 'modparam("app_python3"',
        }
        for ours, here in places.items():
            assert ours in config
            config = config.replace(ours, here)
        (self.files / "kamailio.cfg").write_text(config)
        self.restart()

    def restart(self) -> None:
        """Start it anew as a service manager would; it answers when this is done."""
        (self.folder / "ctl").unlink(missing_ok=True)
        command = ["kamailio", "-f", self.files / "kamailio.cfg", "-DD", "-E", "-w", self.folder]
        self.kamailio = self._started([*command, "-m", "128"], "kamailio")
        assert wait_until(self._answers), self.said("kamailio")

    def _answers(self) -> bool:
        assert self.kamailio is not None
        assert self.kamailio.poll() is None, self.said("kamailio")
        return self.told("core.uptime") != ""

    def stop(self) -> None:
        """End Kamailio as a service manager does."""
        assert self.kamailio is not None
        self.kamailio.send_signal(signal.SIGTERM)
        self.kamailio.wait(HANG)

    def told(self, *command: str) -> str:
        """What Kamailio says to a command of ``kamcmd``; empty: nothing."""
        if not (self.folder / "ctl").exists():
            return ""
        asked = ["kamcmd", "-s", f"unix:{self.folder}/ctl", *command]
        return subprocess.run(asked, capture_output=True, text=True, timeout=HANG, check=False).stdout

    def workers(self) -> list[int]:
        """The processes that take calls."""
        listed = re.findall(r"(\d+)\s+(.*)", self.told("core.ps"))
        return [int(pid) for pid, what in listed if what.startswith("udp receiver")]

    def answer(self, name: str, scenario: str = ANSWERS) -> Sipp:
        """Have somebody answer at a destination, from now on."""
        sipp = self._sipp(name, scenario, "-p", str(self.ports[name]))
        assert wait_until(lambda: is_taken(self.ports[name]))
        return sipp

    def mute(self, name: str) -> None:
        """Have nobody answer at a destination: what is sent there is lost."""
        udp = self._stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", self.ports[name]))

    def call(self, calls: int, rate: float, scenario: str, *options: str) -> Sipp:
        """Have so many call, so many a second."""
        limits = ["-m", str(calls), "-r", str(rate), "-l", str(calls), "-timeout_error", "-timeout", "120"]
        whom = ["-p", str(free_port()), *options, f"127.0.0.1:{self.port}"]
        return self._sipp("callers", scenario, *limits, *whom)

    def _sipp(self, name: str, scenario: str, *options: str) -> Sipp:
        self._number += 1
        at = self.folder / f"{self._number}-{name}"
        at.with_suffix(".xml").write_text(scenario, encoding="latin-1")  # as ISO-8859-1 says
        figures, errors = at.with_suffix(".csv"), at.with_suffix(".errors")
        log = ["-trace_stat", "-stf", figures, "-fd", "1", "-trace_err", "-error_file", errors]
        command = ["sipp", "-sf", at.with_suffix(".xml"), "-i", "127.0.0.1", "-nostdin", *log, *options]
        return Sipp(self._started(command, at.name), figures, errors)

    def _started(self, command: Sequence[object], name: str) -> Process:
        """A process whose output goes to a file: nobody reads it while it runs."""
        quiet = ["sh", "-c", 'out=$1; shift; exec "$@" >"$out" 2>&1', "sh", self.folder / f"{name}.log"]
        sources = Path(bporoute.__file__).parents[1]
        packages = Path(pytest.__file__).parents[1]
        environment = {**os.environ, "PYTHONPATH": f"{sources}:{packages}"}
        environment.pop("NUMBA_DISABLE_JIT", None)
        return self._stack.enter_context(started([*quiet, *command], env=environment))

    def said(self, name: str) -> str:
        """What a process has printed so far."""
        file = self.folder / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def router(self) -> Router:
        """A router on the same ledger, to look at what was counted."""
        ledger = SharedLedger(self.ledger, threads=False)
        self._stack.callback(ledger.close)
        return Router(Center.load(self.files / "center.toml"), "QueueLength(0)", ledger=ledger, compile=False)


@contextmanager
def bench(folder: Path, center: str) -> Iterator[Bench]:
    """A bench for a center; all that it starts has ended afterwards."""
    told = Center.load(_written(folder / "told.toml", center))
    with ExitStack() as stack:
        yield Bench(folder, stack, center, [*told.queues, *told.vendors])


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path
