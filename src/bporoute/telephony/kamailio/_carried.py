"""What goes with a call through Kamailio: its token, when it was sent where it is, when it was answered.

For the transaction a variable has it (an AVP), for the dialog a parameter of the Record-Route header, which
comes back with the BYE to whichever worker gets that; it may come back through the caller's phone, so that
nothing but a token, which is authenticated, goes there. When a call was answered stands in a hash table of
Kamailio, which all its workers share and a reload leaves alone.
"""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

CALL = "$avp(bporoute)"
PARAMETER = "bpo"
"""Of Record-Route; bpo2, bpo3 and so on where the call was sent next: a header may not repeat a name."""
TABLE = "bporoute"
"""Of Kamailio's module ``htable``: token -> when its call was answered, and seconds that it waited."""
_TOKEN = re.compile(rf";{PARAMETER}\d{{0,3}}=([A-Za-z0-9_-]{{72,4096}})(?![A-Za-z0-9_-])")


class Carried(NamedTuple):
    """What stands in the variable of a transaction.

    Attributes
    ----------
    token : str
        Of the decision that sent the call where it is; empty: there is nothing to settle.
    since : float
        When that was, epoch seconds.
    sent : int
        How often it was sent somewhere.
    kept : bool
        Whether it was sent in-house.
    """

    token: str
    since: float
    sent: int
    kept: bool


NOTHING = Carried("", math.nan, 0, False)


def carry(ksr: Any, call: Carried) -> None:
    """Have the transaction and, once it is sent, the dialog carry this."""
    ksr.pv.sets(CALL, f"{call.token} {call.since:.3f} {call.sent} {call.kept:d}")
    if call.sent > 1:
        ksr.rr.add_rr_param(f";{PARAMETER}{call.sent}={call.token}")
    else:
        ksr.rr.record_route_params(f";{PARAMETER}={call.token}")


def carried(ksr: Any) -> Carried:
    """What the transaction carries; `NOTHING` if it does not."""
    text = ksr.pv.get(CALL)
    if not text:
        return NOTHING
    token, since, sent, kept = text.split(" ")
    return Carried(token, float(since), int(sent), kept == "1")


def drop(ksr: Any) -> None:
    """Have the transaction carry nothing from now on: its call is settled."""
    ksr.pv.sets(CALL, "")


def returned(ksr: Any) -> str:
    """The token that has come back in the Route header of a request within a dialog; empty: none.

    >>> from types import SimpleNamespace
    >>> route = f"<sip:10.0.0.1;lr;bpo={'A' * 72};bpo2={'B' * 96}>, <sip:10.0.0.2;lr>"
    >>> returned(SimpleNamespace(pv=SimpleNamespace(get=lambda name: route))) == "B" * 96
    True
    """
    found = _TOKEN.findall(ksr.pv.get("$hdr(Route)") or "")
    return found[-1] if found else ""


def note_answer(ksr: Any, call: Carried, now: float) -> None:
    """Note when a call was answered, and how long it waited; the first answer counts."""
    table = getattr(ksr, "htable", None)
    if table is not None and not table.sht_get(TABLE, call.token):
        table.sht_sets(TABLE, call.token, f"{now:.3f} {max(now - call.since, 0.0):.3f}")


def take_answer(ksr: Any, token: str, now: float) -> tuple[float | None, float | None]:
    """Seconds that a call waited, and that it was handled until now; None where nobody noted it."""
    table = getattr(ksr, "htable", None)
    if table is None or not (noted := table.sht_get(TABLE, token)):
        return None, None
    table.sht_rm(TABLE, token)
    at, wait = noted.split(" ")
    return float(wait), max(now - float(at), 0.0)
