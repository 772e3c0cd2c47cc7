"""The command that serves an Asterisk, run as a user does."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys

import pytest

from helpers.asterisk_channel import Channel
from helpers.places import EXAMPLES
from helpers.running import bporoute, finished, started

pytestmark = pytest.mark.engines
FOLDER = EXAMPLES / "asterisk"
CENTER, DIAL, NAMES = FOLDER / "center.toml", FOLDER / "dial.toml", FOLDER / "names.toml"
OTHERS = EXAMPLES / "kamailio" / "center.toml"
NAMED = f"{NAMES}: trunks.PJSIP/manila: found 'manila'"


def test_it_answers_until_it_is_told_to_end():
    command = [
        sys.executable,
        "-m",
        "bporoute",
        "agi",
        "--center",
        CENTER,
        "--destinations",
        DIAL,
        "--port",
        "0",
    ]
    with started(command) as process:
        listens = re.fullmatch(r"agi: listens at 127\.0\.0\.1:(\d+)\n", process.stdout.readline())
        channel = Channel(("127.0.0.1", int(listens[1])))
        for question in ("route?type=service", "settle?outcome=answered&handle=60"):
            assert asyncio.run(channel.ask(question)) == "SUCCESS"
        os.kill(process.pid, signal.SIGTERM)
        done = finished(process)
    assert channel.told == ("keep", "service", "Local/service@in-house")
    assert (done.returncode, done.stdout) == (0, "agi: ended; 1 route, 1 settle\n"), done.stderr


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--host", "0.0.0.0"), "--host"),
        (("--host", "203.0.113.7", "--peers", "10.0.0.0/8"), "--host"),
        (("--peers", "everybody"), "--peers"),
        (("--ask", "language=SHELL(id; id)"), "ask.language"),
        (("--ask", "language"), "--ask"),
        (("--ask", "langauge=CHANNEL(language)"), "expected 'language'"),
        (("--ami", "localhost"), "--ami"),
        (("--ami", "localhost:5038"), "--ami-secret-file"),
        (("--ami", "localhost:5038", "--ami-secret-file", "nowhere"), "nowhere: found No such file"),
        (("--ami-secret-file", DIAL), "--ami-secret-file: found no --ami"),
        (("--ami-names", NAMES), "--ami-names: found no --ami"),
        (
            ("--center", OTHERS, "--ami", "localhost:5038", "--ami-secret-file", 0o600, "--ami-names", NAMES),
            NAMED,
        ),
        (("--ami", "localhost:5038", "--ami-secret-file", 0o604), "everybody may read"),
        (("--destinations", CENTER), "center.toml"),
        (("--endings", DIAL), "dial.toml"),
        (("--store", "redis://localhost"), "--store"),
    ],
)
def test_a_mistake_is_one_line(options, complaint, tmp_path):
    """A number among the options stands for a file with a secret, of that mode."""
    secret = tmp_path / "secret"
    secret.write_text("change-me")
    for mode in (each for each in options if isinstance(each, int)):
        secret.chmod(mode)
    told = [secret if isinstance(each, int) else each for each in options]
    done = bporoute("agi", "--center", CENTER, "--port", "0", *told)
    assert (done.returncode, done.stdout) == (2, "")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("bporoute: ")
    assert complaint in last


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_is_none_is_refused(port):
    done = bporoute("agi", "--center", CENTER, "--port", port)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert "--port" in done.stderr
