"""Amazon Connect asks by a Lambda function, and its records tell how contacts ended.

flow
    What Amazon Connect does with a contact, block by block; a block that calls a function is given its answer
    as ``$.External``, and hands it ``Parameters``.
record, contact event
    What Amazon Connect writes of a contact once it has ended, to Kinesis; and what it tells on the way, to
    EventBridge.

Not here: what a word of an engine means (`bporoute.telephony.Endings`).
"""

from bporoute.telephony.connect._handler import Handler, handler

__all__ = ["Handler", "handler"]
