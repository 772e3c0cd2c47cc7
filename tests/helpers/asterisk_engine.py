"""A real Asterisk, if there is one: installed, or in a folder made by debootstrap that a variable names."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpers.running import Process, finished, kill, run, started, wait_until

ROOT = "BPOROUTE_ASTERISK_ROOT"
"""Variable with the folder below which Asterisk is installed, such as one of ``debootstrap bullseye``."""
MODULES = (
    "res_timing_timerfd", "res_musiconhold", "res_speech", "res_agi", "res_clioriginate", "pbx_config",
    "app_dial", "app_queue", "app_stack", "app_verbose", "bridge_simple", "bridge_builtin_features",
    "bridge_holding", "codec_ulaw", "func_callerid", "func_channel", "func_logic", "func_strings",
    "func_timeout", "func_uri", "res_manager_devicestate",
)  # fmt: skip
PJSIP = (
    "res_pjproject", "res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb", "res_pjsip",
    "res_pjsip_session", "res_pjsip_pubsub", "chan_pjsip", "res_pjsip_sdp_rtp", "res_rtp_asterisk",
    "res_pjsip_endpoint_identifier_ip", "res_pjsip_caller_id", "res_pjsip_rfc3326", "codec_alaw",
)  # fmt: skip
"""What calls by SIP need, too."""
EMPTY = (
    "acl",
    "ccss",
    "cdr",
    "cel",
    "features",
    "indications",
    "musiconhold",
    "pjproject",
    "queuerules",
    "rtp",
    "stasis",
    "udptl",
)


def _root() -> Path | None:
    named = os.environ.get(ROOT)
    if named is not None:
        return Path(named)
    return Path("/") if shutil.which("asterisk") else None


def check_there() -> None:
    """Skip, by name, where there is none."""
    root = _root()
    if root is None or not (root / "usr/sbin/asterisk").exists():
        pytest.skip(f"no Asterisk is installed, and {ROOT} names no folder that has one")


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


class Asterisk:
    """One with its configuration in a folder of its own; Local channels alone, or `more` modules."""

    def __init__(self, folder: Path, files: Mapping[str, str], more: Sequence[str] = ()) -> None:
        root = _root()
        assert root is not None
        self.folder, self.port = folder, free_port()
        self._process: Process | None = None
        self._command = [str(root / "usr/sbin/asterisk")]
        if root != Path("/"):  # with its own libraries, and no need to be root
            libraries = [root / "usr/lib/x86_64-linux-gnu", root / "lib/x86_64-linux-gnu", root / "usr/lib"]
            loader = next((root / "usr/lib/x86_64-linux-gnu").glob("ld-*.so*"))
            self._command = [str(loader), "--library-path", ":".join(map(str, libraries)), *self._command]
        (folder / "var").mkdir(parents=True)
        places = dict.fromkeys(("varlib", "db", "key", "agi", "spool", "run", "log"), folder / "var")
        modules = next(iter(root.glob("usr/lib*/**/asterisk/modules")))
        places |= {"etc": folder, "mod": modules, "data": root / "usr/share/asterisk"}
        lines = [f"ast{name}dir => {path}" for name, path in places.items()]
        self.write("asterisk.conf", "[directories]\n" + "\n".join([*lines, "[options]", ""]))
        loads = [f"load = {name}.so" for name in (*MODULES, *more)]
        self.write("modules.conf", "[modules]\nautoload = no\n" + "\n".join(loads) + "\n")
        self.write("logger.conf", "[general]\n[logfiles]\nfull => notice,warning,error,verbose\n")
        for name in EMPTY:
            self.write(f"{name}.conf", "")
        for name, text in files.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text.replace("bindaddr =", f"port = {self.port}\nbindaddr ="))

    @contextmanager
    def running(self) -> Iterator[Asterisk]:
        with started([*self._command, "-f", "-v", "-C", self.folder / "asterisk.conf"]) as self._process:
            assert wait_until(lambda: "Asterisk Ready" in self.log), self.log
            yield self
            self._do("core stop now")
            finished(self._process)

    def die(self) -> None:
        """Gone, without a word."""
        assert self._process is not None
        kill(self._process)
        self._process.wait()

    @property
    def log(self) -> str:
        file = self.folder / "var/full"
        return file.read_text() if file.exists() else ""

    def said(self, start: str) -> list[str]:
        """What the dialplan has said by ``Verbose``, of lines that begin so."""
        lines = (line.partition("app_verbose.c: ")[2] for line in self.log.splitlines())
        return [line.removeprefix(start).strip() for line in lines if line.startswith(start)]

    def call(self, extension: str, caller: str = "caller") -> None:
        """A call comes in, from somebody who does what an extension of [callers] says."""
        self._do(f"channel originate Local/{caller}@callers/n extension {extension}@incoming")

    def reload(self) -> None:
        """Read the dialplan anew."""
        self._do("dialplan reload")

    def _do(self, line: str) -> None:
        done: subprocess.CompletedProcess[str] = run(
            [*self._command, "-C", self.folder / "asterisk.conf", "-rx", line]
        )
        assert "No such command" not in done.stdout, done.stdout
