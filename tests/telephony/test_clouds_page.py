"""What docs/clouds.md has to paste runs as it stands there."""

from __future__ import annotations

import re
import shutil
import threading
import tomllib
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

import bporoute
from bporoute.telephony.twilio import signature_of

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").exists())
PAGE = (ROOT / "docs" / "clouds.md").read_text("utf-8")
PUBLIC = "https://route.example/twilio"


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def pasted(begins: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of a block of the page, run in a folder with the demo's center."""
    shutil.copy(Path(bporoute.__file__).parent / "demo_center.toml", folder / "center.toml")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "not-a-secret")
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if begins in block)
    # As in a slim install; compiling is another test's.
    code = code.replace(
        "same_id_within=600)", "same_id_within=600, compile=False, clock=lambda: 1795428000.0)"
    )
    names: dict[str, Any] = {"__name__": "pasted"}
    exec(code, names)
    return names


def test_the_function_of_amazon_connect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = pasted("lambda_handler", tmp_path, monkeypatch)["lambda_handler"]
    flow = {"type": "service", "agents": "42", "available": "0", "waiting": "9"}
    data = {"ContactId": "c-1", "LanguageCode": "sv-SE", "Queue": None}
    answer = ask({"Details": {"ContactData": data, "Parameters": flow}, "Name": "ContactFlowEvent"}, None)
    assert (answer["destination"], answer["address"], answer["kind"]) == ("baltic", "+3726123456", "number")
    data["Attributes"] = {"bporoute_token": answer["token"]}
    failed = {**flow, "do": "divert", "ended": "failed"}
    again = ask({"Details": {"ContactData": data, "Parameters": failed}}, None)
    assert again["destination"] == "service"
    record = {
        "ContactId": "c-1",
        "DisconnectReason": "CUSTOMER_DISCONNECT",
        "Agent": {"AgentInteractionDuration": 9},
        "Attributes": {"bporoute_token": again["token"]},
        "Queue": {"Duration": 3},
    }
    assert ask(record, None) == {"action": "settled", "contacts": "1"}


def test_the_server_for_twilio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = pasted("make_server", tmp_path, monkeypatch)
    names["router"].state["service"].update(agents=42, busy=42, waiting=9)
    server = make_server("127.0.0.1", 0, names["application"], handler_class=Quiet)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:

        def asked(path: str, form: dict[str, str], secret: str = "not-a-secret") -> tuple[int, str]:
            connection = HTTPConnection("127.0.0.1", server.server_port, timeout=60)
            headers = {
                "X-Twilio-Signature": signature_of(secret, PUBLIC + path, form),
                "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            }
            connection.request("POST", f"/twilio{path}", urlencode(form), headers)
            reply = connection.getresponse()
            said = reply.status, reply.read().decode()
            connection.close()
            return said

        call = {"CallSid": "CA01", "From": "+46700000001", "FromCountry": "SE", "To": "+46800000002"}
        status, twiml = asked("/voice?type=service&language=sv", call)
        assert (status, "<Number>+3726123456</Number>" in twiml) == (200, True)
        (token,) = re.findall(r"token=([\w-]{72})", twiml)
        assert asked(f"/ended?token={token}", {**call, "DialCallStatus": "busy"})[1].count("<Enqueue") == 1
        assert asked("/voice?type=service", {**call, "CallSid": "CA02"}, "another") == (403, "refused")
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def test_the_slim_install_is_what_the_project_needs_without_numba_and_scipy() -> None:
    asked = re.findall(r"pip install (?:--target package )?('numpy.*)", PAGE)
    wanted = [
        line for line in (ROOT / "slim-requirements.txt").read_text("utf-8").split("\n") if line[:1].isalpha()
    ]
    assert [re.findall(r"'([^']+)'", line) for line in asked] == [wanted, wanted]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(wanted) <= set(project["dependencies"])
