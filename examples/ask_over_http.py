"""A phone system asks `bporoute serve` over HTTP, and keeps calls in-house when nobody answers. It prints::

call-1: to sip:nord@10.0.1.1
call-1: 503, so to sip:syd@10.0.1.2
call-1: ended, 5.00 EUR owed
call-2: to sip:service@10.0.0.5, in-house, as nobody answers
"""

import json
import re
import subprocess
import sys
import tempfile
from http.client import HTTPConnection, HTTPException
from pathlib import Path

VENDOR = 'country = "EE"\ntimezone = "Europe/Tallinn"\ncontact_types = ["service"]\ncontract'
CENTER = f"""
queues.service.aht = 240
contact_types.service = {{ queue = "service", sourcing = "full" }}
[vendors.nord]
{VENDOR}.price_per_contact = 4.5
[vendors.syd]
{VENDOR}.price_per_contact = 5.0
"""
IN_HOUSE = "sip:service@10.0.0.5"
DESTINATIONS = f'sip = {{ service = "{IN_HOUSE}", nord = "sip:nord@10.0.1.1", syd = "sip:syd@10.0.1.2" }}'


def ask(port: int, call: str, **told: object) -> dict:
    """What the server answers, or that the call stays here: no trouble of the server is one of the caller."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10.0)  # in the path of calls .5 is enough
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", f"/v1/{call}", json.dumps(told), headers)
        return json.load(connection.getresponse())
    except (OSError, HTTPException, ValueError):
        return {"address": IN_HOUSE, "token": ""}
    finally:
        connection.close()


with tempfile.TemporaryDirectory() as folder:
    center, destinations = Path(folder, "center.toml"), Path(folder, "destinations.toml")
    center.write_text(CENTER)
    destinations.write_text(DESTINATIONS)
    options = ["--center", center, "--destinations", destinations, "--port", "0"]
    command = [sys.executable, "-m", "bporoute", "serve", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        port = int(re.search(r":(\d+): listening", server.stderr.readline())[1])
        first = ask(port, "route", type="service", id="call-1")
        print("call-1: to", first["address"])
        second = ask(port, "divert", token=first["token"], engine="sip", ending=503)
        print("call-1: 503, so to", second["address"])
        ended = ask(port, "settle", token=second["token"], outcome="answered", handle=180)
        print(f"call-1: ended, {ended['owed']:.2f} {ended['currency']} owed")
        server.terminate()
    print(f"call-2: to {ask(port, 'route', type='service')['address']}, in-house, as nobody answers")
