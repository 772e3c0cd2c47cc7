"""Phone systems ask the router: each engine has a door of its own.

engine
    What carries the contact: Kamailio, Asterisk, a cloud contact center, anything that speaks HTTP.
ending
    An engine's word for how a contact ended, such as 486 or ``NOANSWER``; the router knows four outcomes.
address
    Where an engine sends a contact for a destination: a SIP URI, a dial string, a number, a queue's id.

The doors are `kamailio`, `agi`, `ami`, `http`, `connect` and `twilio`, each imported by itself; none of them
is imported by another room but the command line.

Not here: who gets a contact and why (`bporoute.routing`).
"""

from bporoute.telephony._answer import Answer, answer_of
from bporoute.telephony._destinations import Destinations
from bporoute.telephony._endings import Endings

__all__ = ["Answer", "Destinations", "Endings", "answer_of"]
