"""TwiML: what Twilio is to do with a call, written so that no text can become anything else."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

import msgspec

from bporoute.errors import escaped
from bporoute.telephony._destinations import kind_of

KINDS = ("number", "sip", "queue")
"""What an address is in Twilio; a queue by its name, or by the id of a workflow (``WW...``)."""
HANG_UP = "<Hangup/>"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def response(verb: str) -> str:
    """A whole document.

    >>> response(HANG_UP)
    '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>'
    """
    return f"{_HEAD}<Response>{verb}</Response>"


def redirect(url: str) -> str:
    """Go on with another document.

    >>> redirect("https://route.example/later?a=1&b=2")
    '<Redirect method="POST">https://route.example/later?a=1&amp;b=2</Redirect>'
    """
    return f'<Redirect method="POST">{text(url)}</Redirect>'


def connect(
    address: str, action: str, timeout: int, caller_id: str = "", task: Mapping[str, str] | None = None
) -> str:
    """Call an address, or queue the call there; `action` is asked how that has ended.

    `timeout` is how long it may ring, seconds; `task` what TaskRouter is told of a call that it queues.

    >>> connect("+3726123456", "https://route.example/ended?token=x", 20)[-62:]
    'method="POST" timeout="20"><Number>+3726123456</Number></Dial>'
    >>> connect("service", "https://route.example/ended", 20)
    '<Enqueue action="https://route.example/ended" method="POST">service</Enqueue>'
    """
    kind, asked = kind_of(address, KINDS), f'action="{text(action)}" method="POST"'
    if kind in ("number", "sip"):
        caller = f' callerId="{text(caller_id)}"' if caller_id else ""
        noun = "Number" if kind == "number" else "Sip"
        return f'<Dial {asked} timeout="{timeout:d}"{caller}><{noun}>{text(address)}</{noun}></Dial>'
    if address.startswith("WW"):
        told = text(msgspec.json.encode(task or {}).decode())
        return f'<Enqueue workflowSid="{text(address)}" {asked}><Task>{told}</Task></Enqueue>'
    return f"<Enqueue {asked}>{text(address)}</Enqueue>"


def with_query(url: str, told: Mapping[str, str]) -> str:
    """A URL with more of a query.

    >>> with_query("https://route.example/ended?a=1", {"token": "x&y"})
    'https://route.example/ended?a=1&token=x%26y'
    """
    return f"{url}{'&' if '?' in url else '?'}{urlencode(told)}"


def text(value: str) -> str:
    r"""A text as it may stand in XML, within quotes, too.

    >>> text('<Dial a="b">'), text("a\r\nb")
    ('&lt;Dial a=&quot;b&quot;&gt;', 'a\\r\\nb')
    """
    return escape(escaped(value))
