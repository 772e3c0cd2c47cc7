"""SIPp on the loopback at both ends of an Asterisk's trunks: who calls, and vendors who answer, or do not."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path

from helpers.places import EXAMPLES
from helpers.running import Process, started, wait_until
from helpers.sip import Sipp, free_port, is_taken

TRUNKS = ("baltic", "manila", "ann")
SDP = """\
v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
"""
WITH_SDP = f"Content-Type: application/sdp\nContent-Length: [len]\n\n{SDP}"
WITHOUT = "Content-Length: 0\n\n"
REQUEST = """\
{method} {uri} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:caller@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:100@[remote_ip]:[remote_port]>{to}
Call-ID: [call_id]
CSeq: {number} {method}
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
{body}"""
REPLY = """\
SIP/2.0 {what}
[last_Via:]
[last_From:]
[last_To:]{tag}
[last_Call-ID:]
{number}
Contact: <sip:[local_ip]:[local_port]>
{body}"""
TAG, LAST = ";tag=[pid]v[call_number]", "[last_CSeq:]"


def _send(text: str, again: str = "") -> str:
    return f"<send{again}><![CDATA[\n{text}]]></send>\n"


def _request(method: str, number: int, *, uri: str = "[next_url]", to: str = "[peer_tag_param]") -> str:
    body = WITH_SDP if method == "INVITE" else WITHOUT
    text = REQUEST.format(method=method, number=number, uri=uri, to=to, body=body)
    return _send(text, "" if method == "ACK" else ' retrans="500"')


def _reply(what: str, *, number: str = LAST, again: str = "") -> str:
    body = WITH_SDP if what == "200 OK" and again else WITHOUT
    return _send(REPLY.format(what=what, tag=TAG, number=number, body=body), again)


def _scenario(*steps: str) -> str:
    end = '<timewait milliseconds="1000"/>\n</scenario>\n'
    return "".join(('<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario>\n', *steps, end))


DIALLED = "sip:100@[remote_ip]:[remote_port]"
ON_THE_WAY = "".join(f'<recv response="{code}" optional="true"/>\n' for code in (100, 180, 183))
INVITES = _request("INVITE", 1, uri=DIALLED, to="") + ON_THE_WAY
ANSWERED = '<recv response="200" rrs="true"/>\n' + _request("ACK", 1)
TAKES = '<recv request="INVITE"/>\n' + _reply("180 Ringing") + _reply("200 OK", again=' retrans="500"')
TAKES += '<recv request="ACK"/>\n'
HUNG_UP = '<recv request="BYE"/>\n' + _reply("200 OK").replace(TAG, "")


def pause(milliseconds: int) -> str:
    return f'<pause milliseconds="{milliseconds}"/>\n'


TALKS = _scenario(INVITES, ANSWERED, pause(1500), _request("BYE", 2), '<recv response="200"/>\n')
"""A caller who is answered, talks and hangs up."""
LISTENS = _scenario(INVITES, ANSWERED, HUNG_UP)
"""A caller who waits until the other end hangs up."""
CANCELS = _scenario(
    _request("INVITE", 1, uri=DIALLED, to=""),
    '<recv response="100"/>\n<recv response="180"/>\n',
    pause(500),
    _request("CANCEL", 1, uri=DIALLED, to="").replace("branch=[branch]", "branch=[branch-4]"),
    '<recv response="200"/>\n<recv response="487"/>\n',
    _request("ACK", 1, uri=DIALLED).replace("branch=[branch]", "branch=[branch-7]"),
)
"""A caller who hangs up while it rings."""
ANSWERS = _scenario(TAKES, HUNG_UP)
NOTES = """<recv request="INVITE"><action>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="1"/>
<ereg regexp=".*" search_in="hdr" header="To:" assign_to="2"/>
<ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="3"/>
</action></recv>
<Reference variables="1,2,3"/>
"""
ENDS = f"""\
BYE sip:asterisk@[local_ip] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [$2]{TAG}
To: [$1]
Call-ID: [call_id]
CSeq: 1 BYE
Max-Forwards: 70
{WITHOUT}"""
HANGS_UP = _scenario(
    TAKES.replace('<recv request="INVITE"/>\n', NOTES), pause(1500), _send(ENDS), '<recv response="200"/>\n'
)
RINGS_ONLY = _scenario(
    NOTES,
    _reply("180 Ringing"),
    '<recv request="CANCEL"/>\n',
    _reply("200 OK"),
    _reply("487 Request Terminated", number="CSeq: [$3]"),
    '<recv request="ACK"/>\n',
)
"""A vendor at whom it rings until the caller, or Asterisk, gives up."""


def refuses(what: str) -> str:
    """A vendor who answers every call so."""
    return _scenario('<recv request="INVITE"/>\n', _reply(what), '<recv request="ACK"/>\n')


class Trunks:
    """The ports of an Asterisk's trunks, and who is there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._stack = folder, ExitStack()
        self.port, self.ports = free_port(), {name: free_port() for name in ("carrier", *TRUNKS)}
        self._number = 0
        folder.mkdir(parents=True)

    def __enter__(self) -> Trunks:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def config(self) -> str:
        """The trunks of the example, at these ports, asked every second whether they are there."""
        text = (EXAMPLES / "asterisk" / "pjsip.conf").read_text()
        for theirs, ours in (
            ("0.0.0.0:5060", f"127.0.0.1:{self.port}"),
            ("10.0.0.2:5060", f"127.0.0.1:{self.ports['carrier']}"),
            ("10.0.1.1:5060", f"127.0.0.1:{self.ports['baltic']}"),
            ("10.0.1.2:5060", f"127.0.0.1:{self.ports['manila']}"),
            ("10.0.0.2", "127.0.0.1"),
            ("qualify_frequency = 15", "qualify_frequency = 1"),
            ("qualify_timeout = 3", "qualify_timeout = 1"),
        ):
            assert theirs in text
            text = text.replace(theirs, ours)
        agent = "[ann]\ntype = endpoint\ncontext = nowhere\naors = ann\nallow = !all,ulaw\n"
        return f"{text}\n{agent}[ann]\ntype = aor\ncontact = sip:ann@127.0.0.1:{self.ports['ann']}\n"

    def answer(self, name: str, scenario: str) -> Sipp:
        """Have somebody be at a trunk from now on, who answers OPTIONS, too."""
        sipp = self._sipp(name, scenario, "-p", self.ports[name], "-aa")
        assert wait_until(lambda: is_taken(self.ports[name]) or sipp.process.poll() is not None)
        assert sipp.process.poll() is None
        return sipp

    def mute(self, name: str) -> None:
        """Have nobody answer at a trunk: what is sent there is lost."""
        udp = self._stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", self.ports[name]))

    def call(self, scenario: str, calls: int = 1, rate: int = 1) -> Sipp:
        """Have so many call, so many a second."""
        limits = ("-m", calls, "-r", rate, "-timeout_error", "-timeout", "60")
        return self._sipp("carrier", scenario, "-p", self.ports["carrier"], *limits, f"127.0.0.1:{self.port}")

    def _sipp(self, name: str, scenario: str, *options: object) -> Sipp:
        self._number += 1
        at = self.folder / f"{self._number}-{name}"
        at.with_suffix(".xml").write_text(scenario)
        figures, errors = at.with_suffix(".csv"), at.with_suffix(".errors")
        log = ["-trace_stat", "-stf", figures, "-fd", "1", "-trace_err", "-error_file", errors]
        ends = ["-i", "127.0.0.1", "-mi", "127.0.0.1", "-mp", free_port()]
        command = ["sipp", "-sf", at.with_suffix(".xml"), "-nostdin", *ends, *log, *options]
        quiet = ["sh", "-c", 'out=$1; shift; exec "$@" >"$out" 2>&1', "sh", at.with_suffix(".log")]
        process: Process = self._stack.enter_context(started([*map(str, [*quiet, *command])]))
        return Sipp(process, figures, errors)
