"""Kamailio asks from its Python script (KEMI).

AVP
    A variable of Kamailio that belongs to one transaction: it is there in its reply and failure routes.
KSR
    The module by which Kamailio's scripts in Python reach the message at hand.
Record-Route
    The header by which a proxy stays in the way of a call; what it puts there comes back with the BYE.

Not here: what a word of an engine means (`bporoute.telephony.Endings`).
"""

from bporoute.telephony.kamailio._asked import read_contact
from bporoute.telephony.kamailio._loaded import load
from bporoute.telephony.kamailio._log import KamailioLog
from bporoute.telephony.kamailio._route import Route
from bporoute.telephony.kamailio._script import script

__all__ = ["KamailioLog", "Route", "load", "read_contact", "script"]
