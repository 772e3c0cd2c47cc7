"""The words of phone systems for how a contact ended, as the outcomes that `Router.settle` knows."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from bporoute._base.logger import WARNING, say
from bporoute._base.toml import read_tables
from bporoute._base.words import did_you_mean
from bporoute.errors import InputError, askable, shown
from bporoute.routing._outcome import OUTCOMES, Outcome


def _meaning(**words: str) -> dict[str, Outcome]:
    """Word -> outcome, of the words that mean each outcome."""
    return {word: outcome for outcome in OUTCOMES for word in words.get(outcome, "").split()}


ENDINGS: Mapping[str, Mapping[str, Outcome]] = MappingProxyType(
    {
        # RFC 3261, section 21. Of a code that is not here the class decides (section 8.1.3.2). What we asked
        # for was wrong, or our own trunk was: 401 and 407 a password, 404 and 484 a number, 488 a codec.
        "sip": _meaning(
            answered="2xx",
            abandoned="487",
            failed="408 480 486 491 5xx 600 603 607",
            undelivered="3xx 4xx 501 505 513 6xx",
        ),
        # ITU-T Q.850, as in HANGUPCAUSE and the Reason header (RFC 3326). Undelivered: no route, numbers that
        # nobody has, formats and services that were ours to choose. 16 also ends calls that nobody answered:
        # where the engine says more, ask by that.
        "q850": _meaning(
            answered="16",
            failed="17 18 19 20 21 27 31 34 38 41 42 44 47 58 63 127",
            undelivered=(
                "1 2 3 5 6 22 23 26 28 29 43 50 57 65 66 69 70 79 81 88 95 96 97 98 99 100 101 102 111"
            ),
        ),
        # DIALSTATUS of Asterisk's Dial.
        "dialstatus": _meaning(
            answered="ANSWER",
            abandoned="CANCEL",
            failed="BUSY NOANSWER CONGESTION CHANUNAVAIL DONTCALL TORTURE",
            undelivered="INVALIDARGS",
        ),
        # QUEUESTATUS of Asterisk's Queue.
        "queuestatus": _meaning(
            answered="CONTINUE",
            abandoned="TIMEOUT WITHDRAW",
            failed="FULL JOINEMPTY LEAVEEMPTY JOINUNAVAIL LEAVEUNAVAIL",
        ),
        # DialCallStatus of Twilio's <Dial>, QueueResult of its <Enqueue>.
        "twilio": _meaning(
            answered="completed answered bridged bridging-in-process redirected redirected-from-bridged",
            abandoned="canceled hangup",
            failed="busy no-answer failed leave queue-full error system-error",
        ),
        # DisconnectReason of Amazon Connect's contact records.
        "connect": _meaning(
            answered="CUSTOMER_DISCONNECT AGENT_DISCONNECT THIRD_PARTY_DISCONNECT AGENT_COMPLETED",
            abandoned="TELECOM_ORIGINATOR_CANCEL CUSTOMER_NEVER_ARRIVED",
            failed=(
                "TELECOM_PROBLEM TELECOM_BUSY TELECOM_UNANSWERED TELECOM_TIMEOUT EXPIRED "
                "OUTBOUND_DESTINATION_ENDPOINT_ERROR"
            ),
            undelivered=(
                "TELECOM_NUMBER_INVALID TELECOM_POTENTIAL_BLOCKING OUTBOUND_RESOURCE_ERROR "
                "OUTBOUND_ATTEMPT_FAILED OUTBOUND_PREVIEW_DISCARDED CONTACT_FLOW_DISCONNECT API BARGED OTHER "
                "DISCARDED"
            ),
        ),
    }
)
"""Engine -> its word -> the outcome."""
_CODE = re.compile(r"\s*([1-6]\d\d)\b")
MOST_UNKNOWN = 1_000
"""Unknown words that are remembered, so that each is said once."""


class Endings:
    """What each word of an engine means; where nothing else is said, what `table` has.

    Parameters
    ----------
    changes : mapping of str to mapping of str to str
        Engine (``sip``, ``q850``, ``dialstatus``, ``queuestatus``, ``twilio``, ``connect``) -> its word ->
        an outcome: ``answered``, ``abandoned``, ``failed`` (the vendor's fault) or ``undelivered`` (not the
        vendor's fault: it counts like one that failed, and says nothing of the vendor's health).

    Attributes
    ----------
    table : mapping
        All of it, as read.

    Raises
    ------
    InputError
        At an engine or an outcome that there is none of.

    Examples
    --------
    >>> endings = Endings({"sip": {"480": "undelivered"}})
    >>> endings.of("sip", 480), endings.of("sip", "503 Service Unavailable"), endings.of("dialstatus", "BUSY")
    ('undelivered', 'failed', 'failed')
    >>> endings.of("twilio", "teleported") is None  # and one line in the log, once
    True
    """

    def __init__(self, changes: Mapping[str, Mapping[str, str]] | None = None) -> None:
        table = {engine: dict(words) for engine, words in ENDINGS.items()}
        for engine, words in (changes or {}).items():
            if engine not in table:
                raise InputError(shown(engine), "no such engine", did_you_mean(engine, list(table)))
            if not isinstance(words, Mapping):
                raise InputError(engine, shown(words), 'words and their outcomes, as {"480": "undelivered"}')
            for word, outcome in words.items():
                if outcome not in OUTCOMES:
                    raise InputError(
                        f"{engine}.{word}", shown(outcome), did_you_mean(outcome, list(OUTCOMES))
                    )
                table[engine][_spelled(engine, str(word))] = outcome
        self.table: Mapping[str, Mapping[str, Outcome]] = MappingProxyType(table)
        self._unknown: set[tuple[str, str]] = set()

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Endings:
        """Read what is changed from the TOML file at `path`: a table for each engine, such as ``[sip]``.

        Raises
        ------
        InputError
            Naming the file, the word, what stands there and what would be right.
        """
        try:
            return Endings(read_tables(Path(path), "a file of endings"))
        except InputError as complaint:
            raise complaint.under(f"{path}: ") from None

    def of(self, engine: str, word: object) -> Outcome | None:
        """The outcome that an engine's word means; never raises.

        None if nobody knows the word: then it is said in the log, once.

        Parameters
        ----------
        engine : {"sip", "q850", "dialstatus", "queuestatus", "twilio", "connect"}
            Whose word it is.
        word : object
            The word, of any quality: ``503``, ``"503 Service Unavailable"``, ``b"NOANSWER"``.
        """
        words = self.table.get(engine, {})
        told = _text(word)
        known = _spelled(engine, told)
        outcome = words.get(known)
        if outcome is None and engine == "sip" and len(known) == 3:
            outcome = words.get(f"{known[0]}xx")
        seen = self._unknown
        if outcome is None and (engine, known) not in seen and len(seen) < MOST_UNKNOWN:
            seen.add((engine, known))
            say([(WARNING, f"{engine}: unknown ending {shown(told)}: not settled by it")])
        return outcome


def _text(word: object) -> str:
    if isinstance(word, bytes):
        return word.decode("utf-8", "replace")
    return str(askable(word))


def _spelled(engine: str, word: str) -> str:
    """The word as the table has it: 503 of "503 Service Unavailable", names in the engine's case."""
    if engine == "sip":
        code = _CODE.match(word)
        return code.group(1) if code else word.strip().lower()
    if engine in ("dialstatus", "queuestatus", "connect"):
        return word.strip().upper()
    return word.strip().lower()
