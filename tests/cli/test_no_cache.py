"""A start by a user who has no home and may write nowhere: services work, and say what to set."""

from __future__ import annotations

import os
import signal
import sys
import urllib.request
from pathlib import Path

import pytest

from helpers.compiling import sources_that_keep_nothing
from helpers.places import EXAMPLES
from helpers.running import finished, started

pytestmark = [pytest.mark.engines, pytest.mark.compiled]
CENTER = EXAMPLES / "asterisk" / "center.toml"
LOADER = f"""
import sys
from types import SimpleNamespace
from bporoute.telephony.kamailio import load
say = lambda line: print(line, end="", file=sys.stderr, flush=True)
load(SimpleNamespace(warn=say, info=say), {str(EXAMPLES / "kamailio")!r}, ledger="ledger")
"""


@pytest.fixture
def nowhere(tmp_path: Path) -> dict[str, object]:
    """Where and with what to start: the sources where nothing can be kept, below a file no home."""
    sources = sources_that_keep_nothing(tmp_path / "source")
    packages = Path(pytest.__file__).parents[1]
    (tmp_path / "file").touch()
    (tmp_path / "here").mkdir()
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path / "file" / "home"),
        "PYTHONPATH": f"{sources}:{packages}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {"env": environment, "cwd": tmp_path / "here"}


def command(*arguments: object) -> list[object]:
    return [sys.executable, "-m", "bporoute", *arguments]


def until_said(stream, *parts: str) -> str:
    """The next line that has all the parts."""
    return next(line for line in stream if all(part in line for part in parts))


def test_http_answers_and_says_what_to_set(nowhere):
    with started(command("serve", "--center", CENTER, "--port", "0"), **nowhere) as process:
        at = until_said(process.stderr, "listening").split()[1].rstrip(":")
        until_said(process.stderr, "no folder", "set NUMBA_CACHE_DIR=")
        with urllib.request.urlopen(f"{at}/v1/route", data=b"type=service", timeout=30) as answer:
            assert b'"destination":"service"' in answer.read()
        os.kill(process.pid, signal.SIGTERM)
        done = finished(process)
    assert done.returncode == 0
    assert "NUMBA_CACHE_DIR=" not in done.stderr  # said once
    assert list(Path(str(nowhere["cwd"])).iterdir()) == []


def test_asterisk_is_answered_and_it_says_what_to_set(nowhere):
    with started(command("agi", "--center", CENTER, "--port", "0"), **nowhere) as process:
        assert process.stdout.readline().startswith("agi: listens at ")
        until_said(process.stderr, "no folder", "set NUMBA_CACHE_DIR=")
        os.kill(process.pid, signal.SIGTERM)
        assert finished(process).returncode == 0
    assert list(Path(str(nowhere["cwd"])).iterdir()) == []


def test_a_script_of_kamailio_loads_and_the_log_says_what_to_set(nowhere):
    with started([sys.executable, "-c", LOADER], **nowhere) as process:
        until_said(process.stderr, "no folder", "set NUMBA_CACHE_DIR=")
    assert [path.name for path in Path(str(nowhere["cwd"])).iterdir()] == ["ledger"]
