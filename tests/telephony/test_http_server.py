"""The command ``bporoute serve``: slow, broken and hostile connections, its end, several workers."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bporoute import Center, ContactType, Contract, InputError, Queue, Router, Vendor
from bporoute.cli._serve import serve
from bporoute.telephony.http import app
from bporoute.telephony.http._connections import TimedProtocol
from helpers.asgi import served, talk
from helpers.running import Process, started, wait_until

TOKEN = "0123456789abcdef0123456789abcdef"
CENTER = """
[queues.desk]
aht = 120

[contact_types.call]
queue = "desk"
sourcing = "full"

[vendors.nord]
country = "DE"
timezone = "Europe/Berlin"
contact_types = ["call"]

[vendors.nord.contract]
price_per_contact = 1.0
cap_per_day = 40
"""
DESTINATIONS = """
[sip]
desk = "sip:desk@10.0.0.5"
nord = "sip:nord@10.0.1.1"
"""


def router() -> Router:
    return Router(
        Center(
            queues={"desk": Queue(aht=120)},
            contact_types={"call": ContactType(queue="desk", sourcing="full")},
            vendors={
                "nord": Vendor(
                    country="DE",
                    timezone="Europe/Berlin",
                    contact_types=("call",),
                    contract=Contract(price_per_contact=1.0),
                )
            },
        ),
        "QueueLength(0)",
        compile=False,
    )


@pytest.fixture
def files(tmp_path) -> Path:
    (tmp_path / "center.toml").write_text(CENTER)
    (tmp_path / "destinations.toml").write_text(DESTINATIONS)
    token = tmp_path / "tokens"
    token.write_text(f"# of the PBX\n{TOKEN}\n")
    token.chmod(0o600)
    return tmp_path


@contextmanager
def serving(files: Path, *options: object, **environment: str) -> Iterator[tuple[Process, str]]:
    """The command, and where it says that it listens."""
    command = [
        sys.executable, "-m", "bporoute", "serve", "--center", files / "center.toml",
        "--policy", "QueueLength(0)", "--destinations", files / "destinations.toml", "--port", "0", *options,
    ]  # fmt: skip
    with started(list(map(str, command)), env={**os.environ, **environment}) as process:
        assert process.stderr is not None
        said = []
        while not (found := re.search(r"(http://\S+|unix:\S+): listening", said[-1] if said else "")):
            line = process.stderr.readline()
            assert line, said
            said.append(line)
        yield process, found[1]


class _Unix(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.host)


def post(where: str, call: str, told: Any, token: str = "") -> tuple[int, Any]:
    """One call over a connection of its own."""
    if where.startswith("unix:"):
        connection: http.client.HTTPConnection = _Unix(where[5:])
    else:
        connection = http.client.HTTPConnection(where.removeprefix("http://"))
    try:
        headers = {"content-type": "application/json", "host": "localhost"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        connection.request("GET" if told is None else "POST", call, json.dumps(told), headers)
        reply = connection.getresponse()
        body = reply.read()
        return reply.status, json.loads(body) if reply.headers["content-type"].endswith(
            "json"
        ) else body.decode()
    finally:
        connection.close()


# --- connections --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TimedProtocol, "whole_within", 0.6)
        with served(app(router(), body_within=0.3)) as found:
            yield found


HEAD = b"POST /v1/route HTTP/1.1\r\nhost: 127.0.0.1\r\n"


@pytest.mark.parametrize(
    ("told", "begins"),
    [
        (b"", b""),  # nothing at all
        (b"POST /v1/route HT", b""),  # half a request
        (HEAD, b""),
        (HEAD + b"content-length: 100\r\n\r\n", b""),
        (HEAD + b"content-length: 100\r\n\r\ntype=call", b"HTTP/1.1 408 "),  # half a body
        (HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\ntype=", b"HTTP/1.1 408 "),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"HTTP/1.1 400 "),  # TLS
        (HEAD + b"content-length: 1\r\ncontent-length: 2\r\n\r\nxx", b"HTTP/1.1 400 "),
        (HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n", b"HTTP/1.1 400 "),
        (HEAD + b"x: " + b"y" * 1_000_000 + b"\r\n\r\n", b"HTTP/1.1 400 "),
        (HEAD + b"content-length: 10000000\r\n\r\n" + b"x" * 10_000_000, b"HTTP/1.1 413 "),
        (
            HEAD + b"transfer-encoding: chunked\r\n\r\n" + (b"4000\r\n" + b"x" * 0x4000 + b"\r\n") * 600,
            b"HTTP/1.1 413 ",
        ),
    ],
)
def test_a_connection_that_is_slow_or_broken_ends(port, told, begins):
    found = talk(port, told)
    assert found.startswith(begins)
    assert bool(begins) or found == b""


def test_a_head_that_trickles_is_cut_and_others_are_answered_meanwhile(port):
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.settimeout(0.01)
        cut = False
        for byte in _bytes(HEAD + b"x: " + b"y" * 10_000):
            try:
                slow.sendall(byte)
                cut = slow.recv(1) == b""
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                cut = True
            if cut:
                break
        assert cut
        assert talk(port, HEAD + b"content-length: 9\r\nconnection: close\r\n\r\ntype=call").startswith(
            b"HTTP/1.1 200 "
        )


def _bytes(told: bytes) -> Iterator[bytes]:
    """Its bytes, one by one."""
    return (told[place : place + 1] for place in range(len(told)))


def test_requests_one_after_another_on_a_connection_are_answered(port):
    one = HEAD + b"content-length: 9\r\n\r\ntype=call"
    last = HEAD + b"content-length: 9\r\nconnection: close\r\n\r\ntype=call"
    assert talk(port, one * 5 + last).count(b"HTTP/1.1 200 ") == 6


# --- the command --------------------------------------------------------------------------------------


@pytest.mark.engines
def test_it_answers_with_a_token_and_ends_in_order(files):
    with serving(files, "--token-file", files / "tokens", "--ledger", files / "ledger") as (process, where):
        assert post(where, "/v1/route", {"type": "call"})[0] == 401
        status, told = post(where, "/v1/route", {"type": "call", "id": "a"}, TOKEN)
        assert (status, told["destination"], told["address"]) == (200, "nord", "sip:nord@10.0.1.1")
        again = post(where, "/v1/route", {"type": "call", "id": "a"}, TOKEN)[1]
        assert (again["token"], again["repeated"]) == (told["token"], True)
        metrics = post(where, "/metrics", None, TOKEN)[1]
        assert 'bporoute_granted{vendor="nord",window="day"} ' in metrics
        assert wait_until(lambda: "bporoute_ledger_kept 1\n" in post(where, "/metrics", None, TOKEN)[1])
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate()
        assert (process.returncode, out, "INFO ended" in err.splitlines()) == (0, "", True)
    with serving(files, "--ledger", files / "ledger", BPOROUTE_TOKEN=TOKEN) as (_, where):
        answer = {"token": told["token"], "outcome": "answered", "handle": 60}
        assert post(where, "/v1/settle", answer, TOKEN)[1]["owed"] == 1.0  # what it knew, it knows


@pytest.mark.engines
def test_a_unix_socket_is_private_and_is_gone_at_the_end(files):
    path = files / "route.sock"
    for end in (signal.SIGKILL, signal.SIGINT):  # after the first, the path is left
        with serving(files, "--uds", path) as (process, where):
            assert path.stat().st_mode & 0o777 == 0o660
            assert post(where, "/v1/route", {"type": "call"})[0] == 200
            process.send_signal(end)
            process.wait()
    assert not path.exists()


@pytest.mark.engines
def test_a_unix_socket_of_somebody_else_who_listens_there_now_is_left_alone(files):
    path = files / "route.sock"
    with serving(files, "--uds", path) as (process, _):
        path.unlink()
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(path))
            process.send_signal(signal.SIGTERM)
            process.wait()
            assert path.exists()


@pytest.mark.engines
def test_workers_share_caps_and_counters_and_are_started_again(files):
    with serving(files, "--workers", 2, "--ledger", files / "ledger") as (process, where):
        sent, killed = 0, False
        for number in range(120):
            try:
                told = post(where, "/v1/route", {"type": "call", "id": f"call-{number}"})[1]
            except (ConnectionError, http.client.HTTPException):
                assert killed
                continue
            sent += told["destination"] == "nord"
            if number == 30:
                worker = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
                os.kill(worker, signal.SIGKILL)
                killed = True
        assert sent in (39, 40)
        assert wait_until(lambda: _counted(where) >= 119)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate()
        assert process.returncode == 0
        assert "ended (-9): started again" in err


@pytest.mark.engines
def test_workers_know_what_the_others_have_answered(files):
    """Each request comes by a connection of its own, to whichever worker takes it."""
    with serving(files, "--workers", 3, "--ledger", files / "ledger") as (_, where):
        first = [post(where, "/v1/route", {"type": "call", "id": "call-1"})[1] for _ in range(30)]
        assert {each["token"] for each in first} == {first[0]["token"]}
        assert [each["repeated"] for each in first].count(False) == 1
        second = [post(where, "/v1/divert", {"token": first[0]["token"]})[1] for _ in range(20)]
        assert {each["token"] for each in second} == {second[0]["token"]}
        assert second[0]["token"] != first[0]["token"]
        again = [post(where, "/v1/route", {"type": "call", "id": "call-1"})[1] for _ in range(20)]
        assert {each["token"] for each in again} == {second[0]["token"]}
        assert wait_until(lambda: _counted(where) == 2)
        metrics = post(where, "/metrics", None)[1]
        assert 'bporoute_vendor_ended_total{vendor="nord",outcome="failed"} 1\n' in metrics
        assert 'bporoute_vendor_in_flight{vendor="nord"} 0\n' in metrics


def _counted(where: str) -> int:
    metrics = post(where, "/metrics", None)[1]
    return sum(int(each) for each in re.findall(r"bporoute_decisions_total\{[^}]*\} (\d+)", metrics))


@pytest.mark.engines
def test_a_request_that_has_begun_is_answered_before_the_end(files):
    with serving(files) as (process, where):
        host, port = where.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(HEAD + b"content-length: 9\r\n\r\ntype")
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            connection.sendall(b"=call")
            assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
        process.wait()
        assert process.returncode == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"host": "0.0.0.0"}, "host: found '0.0.0.0' without a token; expected --token-file FILE"),
        ({"workers": 2}, "workers: found 2 that share no ledger"),
        ({"store": "redis://x"}, "store: found a store without a ledger"),
        ({"token_file": Path("none")}, "No such file or directory"),
        ({"token_file": Path("open")}, "a file that everybody may read or write"),
        ({"token_file": Path("empty")}, "found no token"),
        ({"kind": "fax"}, "kind: found 'fax'"),
        ({"uds": Path("/nowhere/x")}, "uds: found /nowhere/x: No such file or directory"),
        ({"host": "192.0.2.1", "token_file": Path("tokens")}, "host: found 192.0.2.1:"),
        ({"policy": "Longest(3)"}, "Longest"),
    ],
)
def test_what_it_cannot_begin_with_is_one_clear_line(files, monkeypatch, options, said):
    monkeypatch.delenv("BPOROUTE_TOKEN", raising=False)
    monkeypatch.setattr("logging.basicConfig", lambda **_: None)
    for name, text, mode in (("open", TOKEN, 0o644), ("empty", "\n# none\n", 0o600)):
        (files / name).write_text(text)
        (files / name).chmod(mode)
    monkeypatch.chdir(files)
    given = {"port": 0, "destinations": Path("destinations.toml"), **options}
    with pytest.raises(InputError) as refused:
        serve(Path("center.toml"), **given)
    assert said in str(refused.value)
    assert TOKEN not in str(refused.value)


def test_without_uvicorn_it_says_what_to_install(files, monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "bporoute.telephony.http._serving", raising=False)
    monkeypatch.delattr("bporoute.telephony.http._serving", raising=False)
    with pytest.raises(InputError, match=r"pip install 'bporoute\[serve\]'"):
        serve(files / "center.toml")
