"""Files without a header that phone systems write: what their columns are called."""

from __future__ import annotations

from collections.abc import Sequence

from bporoute.workload._reading._moments import read_moments
from bporoute.workload._reading._sheet import Cell, text_of

EVENTS = frozenset(
    [
        "ENTERQUEUE",
        "CONNECT",
        "ABANDON",
        "COMPLETECALLER",
        "COMPLETEAGENT",
        "RINGNOANSWER",
        "RINGCANCELED",
        "EXITWITHTIMEOUT",
        "EXITWITHKEY",
        "EXITEMPTY",
        "TRANSFER",
        "BLINDTRANSFER",
        "ATTENDEDTRANSFER",
        "QUEUESTART",
        "CONFIGRELOAD",
        "ADDMEMBER",
        "REMOVEMEMBER",
        "PAUSE",
        "UNPAUSE",
        "PAUSEALL",
        "UNPAUSEALL",
        "PAUSEREASON",
        "AGENTLOGIN",
        "AGENTLOGOFF",
        "AGENTCALLBACKLOGIN",
        "AGENTCALLBACKLOGOFF",
        "DID",
        "AGENTDUMP",
        "SYSCOMPAT",
        "MEMBERPENALTY",
    ]
)
QUEUE_LOG = ("time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5")
_ASTERISK = [
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "uniqueid",
    "userfield",
    "linkedid",
    "peeraccount",
    "sequence",
]
_FREESWITCH = [
    "caller_id_name",
    "caller_id_number",
    "destination_number",
    "context",
    "start_stamp",
    "answer_stamp",
    "end_stamp",
    "duration",
    "billsec",
    "hangup_cause",
    "uuid",
    "bleg_uuid",
    "accountcode",
    "read_codec",
    "write_codec",
    "sip_hangup_disposition",
    "ani",
]
_DISPOSITIONS = frozenset(["ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION", "CANCEL"])


def header_of(rows: Sequence[Sequence[Cell]], kind: str) -> tuple[tuple[str, ...], str] | None:
    """The names of the columns of a file that has none, and what it was taken for; None: it has a header.

    >>> header_of([["1716800000", "1.1", "sales", "NONE", "ENTERQUEUE", "", "555", "1"]], "calls")[1]
    'a queue event log without a header'
    """
    if kind not in ("calls", "events") or not rows:
        return None
    first = list(map(text_of, rows[0]))
    width = max(map(len, rows))
    if len(first) > 4 and first[4] in EVENTS:
        names = QUEUE_LOG + tuple(f"data{number}" for number in range(6, width))
        return names[: max(width, 5)], "a queue event log without a header"
    if (
        16 <= len(first) <= len(_ASTERISK)
        and first[14] in _DISPOSITIONS
        and _are_moments(first[9], first[11])
    ):
        return tuple(_ASTERISK[: len(first)]), "an Asterisk CDR without a header"
    if 13 <= len(first) <= len(_FREESWITCH) and _are_moments(first[4], first[6]) and first[9].isupper():
        return tuple(_FREESWITCH[: len(first)]), "a FreeSWITCH CDR without a header"
    return None


def _are_moments(*texts: str) -> bool:
    read = read_moments(texts, said="year-first")
    return bool(read.timed.all()) and not read.bad
