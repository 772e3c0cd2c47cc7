"""What the numbers stand for that a simulated floor and its kernel tell each other."""

from __future__ import annotations

from bporoute._kernels.compiling.numbering import Numbering

_status = Numbering("why the kernel has returned", first=-1)
GOES_ON = _status("it has not: nobody has to look")
TIME_UP = _status("time is up")
TABLES = _status("tables or rule are not ready")
PAGE_FULL = _status("the page is full")
PATHS_FULL = _status("the paths are full")
NO_ROOM = _status("the agenda or the slots are full")
OUTCOME = _status("a vendor failed or is on probation")
LOOK = _status("a look has to be begun by somebody")
RULES = _status("a look has to be ended by somebody: queues told, rules solved")

_fallback = Numbering("what becomes of a contact that nobody may take")
KEEP = _fallback("it waits in its queue")
REJECT = _fallback("it is turned away")
CALL_BACK = _fallback("it is called back")

_event = Numbering("what happens: ``subject << KIND_BITS | kind``, the subject a team or a slot")
FINISH = _event("an agent of a team is done")
GIVE_UP = _event("who waits in a slot has lost patience")
CALL_AGAIN = _event("and calls again")
LEAVE_VENDOR = _event("who is in a slot is done at a vendor")
CHAT_END = _event("a chat of a team ends")
TAKE_FEED = _event("a feed looks at a queue")
TELL_FEED = _event("and tells what it saw, which lies in a slot")
SHIP = _event("back office in a slot is shipped, or it will be late")
WAKE = _event("a team looks at its line")
ARRIVES = _event("a contact arrives")
KIND_BITS = 4
KIND_MASK = (1 << KIND_BITS) - 1

_counts = Numbering("what a measure counts")
NOTHING = _counts("nothing")
COUNT_OFFERED = _counts("contacts offered")
COUNT_ANSWERED = _counts("contacts answered")
COUNT_MINUTES = _counts("minutes of handling")
COUNT_FAILED = _counts("contacts failed")
COUNT_SHORTFALL = _counts("money missing to a minimum charge")

_rounded = Numbering("how a contact's charge is rounded")
NOT_ROUNDED = _rounded("not at all")
ROUNDED_HALF_EVEN = _rounded("to the nearest, a tie to the even one")
ROUNDED_HALF_UP = _rounded("to the nearest, a tie up")
ROUNDED_UP = _rounded("up")

_ended = Numbering("how a contact ended")
WAS_ANSWERED = _ended("answered")
WAS_ABANDONED = _ended("given up")
WAS_REJECTED = _ended("turned away")

LISTED = -2
"""In place of a stream: the next contact of the list."""
NOBODY = -1
STREAM_BITS = 20
"""noted[line]: who was decided on a line of the page, ``number << STREAM_BITS | stream``."""
