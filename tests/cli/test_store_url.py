"""Where the store is told, and who reads its password."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from bporoute.cli._store_url import store_url
from bporoute.errors import InputError
from helpers.places import EXAMPLES
from helpers.running import bporoute, finished, started, wait_until

CENTER = EXAMPLES / "asterisk" / "center.toml"
URL = "redis://:s3cret@127.0.0.1:1/0"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "store"
    path.write_text(f"{URL}\n")
    path.chmod(0o600)
    return path


def test_an_option_comes_before_the_environment(file):
    told = {"BPOROUTE_STORE": " redis://elsewhere\n"}
    assert store_url(None, None, told) == "redis://elsewhere"
    assert store_url("redis://here", None, told) == "redis://here"
    assert store_url(None, file, told) == URL
    assert store_url(None, None, {"BPOROUTE_STORE": " "}) is None


def test_two_at_once_are_refused(file):
    with pytest.raises(InputError, match="store_file: found --store as well"):
        store_url(URL, file, {})


@pytest.mark.parametrize(
    ("mode", "text", "why"), [(0o604, URL, "everybody may read"), (0o600, " \n", "nothing")]
)
def test_a_file_that_will_not_do(file, mode, text, why):
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(InputError, match=why) as found:
        store_url(None, file, {})
    assert "s3cret" not in str(found.value)


@pytest.mark.parametrize(
    ("url", "said"), [(URL, True), ("postgresql://db/b?password=x", True), ("redis://h", False)]
)
def test_a_password_on_the_command_line_is_said(url, said, caplog):
    assert store_url(url, None, {}) == url
    assert ("everybody on this host reads its password" in caplog.text) is said
    assert "s3cret" not in caplog.text


@pytest.mark.engines
@pytest.mark.parametrize(("service", "by"), [("serve", "file"), ("agi", "environment"), ("keeper", "file")])
def test_nobody_else_reads_it(service, by, file, tmp_path, monkeypatch):
    """Not in the list of processes, not in the log, though the store is away."""
    monkeypatch.setenv("BPOROUTE_STORE", URL if by == "environment" else "")
    place = [tmp_path / "ledger"] if service == "keeper" else ["--ledger", tmp_path / "ledger", "--port", "0"]
    more = ["--store-file", file] if by == "file" else []
    with started(
        [
            sys.executable,
            "-m",
            "bporoute",
            service,
            *map(str, place),
            "--center",
            str(CENTER),
            *map(str, more),
        ]
    ) as process:
        assert wait_until(lambda: (tmp_path / "ledger").exists() and any((tmp_path / "ledger").iterdir()))
        listed = Path(f"/proc/{process.pid}/cmdline").read_text()
        os.kill(process.pid, signal.SIGTERM)
        done = finished(process)
    assert service in listed
    assert "s3cret" not in listed + done.stdout + done.stderr


def test_the_environment_needs_a_ledger_too(monkeypatch):
    monkeypatch.setenv("BPOROUTE_STORE", URL)
    done = bporoute("serve", "--center", CENTER)
    assert done.returncode == 2
    assert "a store without a ledger" in done.stderr
    assert "s3cret" not in done.stderr
