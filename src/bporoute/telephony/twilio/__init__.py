"""Twilio asks by webhooks: Voice calls and tasks of TaskRouter, each request with its signature checked.

webhook
    A request that Twilio makes to a URL of ours, and whose answer it acts on.
TwiML
    The XML that tells Twilio what to do with a call.
task, reservation
    What TaskRouter has somebody do, and its offer to one worker.

Not here: what a word of an engine means (`bporoute.telephony.Endings`).
"""

from bporoute.telephony.twilio._signature import signature_of, signed
from bporoute.telephony.twilio._tasks import Tasks
from bporoute.telephony.twilio._voice import Voice
from bporoute.telephony.twilio._webhooks import Reply, Webhooks

__all__ = ["Reply", "Tasks", "Voice", "Webhooks", "signature_of", "signed"]
