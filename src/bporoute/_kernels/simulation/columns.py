"""What the columns of a simulated floor hold: the agreement between the engine and its kernel.

Teams are the in-house queues in the order of the center, then its vendors. Times are seconds on the clock of
the run (epoch seconds unless the caller chose another zero).
"""

from __future__ import annotations

# clock[.]: now, the next arrival, seconds between two feeds of the state (0: always true), age of what a feed
# tells, relative standard deviation of the waiting that it tells, when the contact of the last outcome was
# sent.
NOW, NEXT_AT, FEED_EVERY, FEED_DELAY, FEED_NOISE, OUTCOME_SENT = range(6)
CLOCK_WORDS = 6

# marks[.]: stream of the next arrival (-1: none, LISTED: the list), position in the list, entries of the
# agenda, free slots, paths written, contacts decided, feeds so far; then flags: 1 if paths are written, if
# decisions are noted line by line, if outcomes of vendors matter at once, if contacts need their luck, if a
# contact counts in the interval in which it ends, if counts are exact; the interval now, the vendor on
# probation whose contact has ended (-1: none), and how many deadlines there are.
NEXT_STREAM, LISTED_AT, EVENTS, FREE, PATHS, DECIDED, FEEDS = range(7)
WRITES_PATHS, NOTES, WATCHES_HEALTH, HASHES, BY_END, EXACT, INTERVAL, OUTCOME_VENDOR = range(7, 15)
DEADLINES = 15
MARK_WORDS = 16
LISTED = -2
NOBODY = -1

# Why the kernel has returned: time is up; tables or rule are not ready; the page, the paths, the agenda or
# the slots are full; a vendor failed or is on probation.
TIME_UP, TABLES, PAGE_FULL, PATHS_FULL, NO_ROOM, OUTCOME = range(6)

# streams[stream, .]: profile, queue, level of its line, laws of its handle times and its patience,
# probability to call again after giving up, law of the time until then, seconds within which back-office work
# must be done (0: a live contact), what the fallback is, seconds before the due time at which it is shipped.
PROFILE, QUEUE, LEVEL, HANDLE_LAW, PATIENCE_LAW, REDIAL, REDIAL_LAW, DUE_WITHIN, FALLBACK, SHIP_BEFORE = (
    range(10)
)
# Then where it is: next arrival, contacts so far, interval, contacts of it still to come.
NEXT, CONTACTS, PLACE, LEFT = range(10, 14)
STREAM_COLUMNS = 14
KEEP, REJECT, CALL_BACK = range(3)

# keys[stream, .]: what each kind of chance is drawn by. One more row is the floor's own: FEED in place of
# all.
ARRIVAL, HANDLE, PATIENCE, VENDOR_WAIT, REDIALS, REDIAL_AFTER, LUCK, FAILS = range(8)
KEYS = 8
FEED = 0
ATTEMPT = 1 << 40
"""What each further attempt of a contact adds to the number that its chance is drawn by."""

# listed[contact, .]: arrival, stream, seconds of handling and of patience (nan: drawn), wait at a vendor in
# multiples of its mean (nan: drawn), luck.
L_AT, L_STREAM, L_HANDLE, L_PATIENCE, L_VENDOR_WAIT, L_LUCK = range(6)
LISTED_COLUMNS = 6

# teams[team, .]: agents, contacts that one may handle at once, contacts in hand, live contacts waiting,
# callbacks and back office waiting, since when what is in hand has stood, area under contacts in hand
# (seconds); of a vendor also: 1 if it is a team with a line, probability that it fails to take a contact,
# factor of its handle times, seconds within which an answer is in time, of a short abandonment and up to
# which a contact may be free; of a chat team: its own time, the speed of that, when its next chat ends, chats
# on its list.
AGENTS, SLOTS, BUSY, WAITING, BACKLOG, SINCE, BUSY_AREA = range(7)
FINITE, FAILING, SLOWER, TEAM_WITHIN, TEAM_SHORT, LONGEST_FREE = range(7, 13)
OWN_TIME, SPEED, CHAT_ENDS, CHATS = range(13, 17)
TEAM_COLUMNS = 17

# lines[team, level, .]: first and last slot of the line.
FIRST, LAST = range(2)
LEVELS = 8
CALLBACKS, BACK_OFFICE = LEVELS - 2, LEVELS - 1

# contacts[slot, .]: first arrival, arrival of this attempt, interval, stream, number, attempt, seconds of
# handling, when it is due, decided cost, team that it is with, contacts sent to the vendor before, wait,
# whether it abandons, factor of its bill, vendor that failed. What a feed tells is written likewise: team,
# when, in hand (C_HANDLE) and waiting (C_WAIT).
C_FIRST, C_AT, C_INTERVAL, C_STREAM, C_NUMBER, C_ATTEMPT, C_HANDLE, C_DUE = range(8)
C_COST, C_TEAM, C_SENT_BEFORE, C_WAIT, C_ABANDONS, C_FACTOR, C_FAILED = range(8, 15)
CONTACT_COLUMNS = 15
# links[slot, .]: before and behind it in its line, level, 1 while it waits, place among the deadlines.
BEFORE, BEHIND, IN_LEVEL, WAITS, HEAP_PLACE = range(5)
LINK_WORDS = 5

# Events: ``subject << KIND_BITS | kind``, the subject a team or a slot.
FINISH, GIVE_UP, CALL_AGAIN, LEAVE_VENDOR, CHAT_END, TAKE_FEED, TELL_FEED, SHIP, WAKE, ARRIVES = range(10)
KIND_BITS = 4
KIND_MASK = (1 << KIND_BITS) - 1
# noted[line]: who was decided on a line of the page, ``number << STREAM_BITS | stream``.
STREAM_BITS = 20

# tally[interval, queue, .]: contacts of its types, by the interval of their arrival (BY_END: of their end).
(
    OFFERED, REDIALLED, KEPT, SENT, FORCED, REJECTED, CALLED_BACK, DELAYED, ANSWERED, ANSWERED_OUT, WITHIN,
    ABANDONED, ABANDONED_WITHIN, ABANDONED_SHORT, WAIT_ANSWERED, WAIT_ABANDONED, HANDLED, HANDLED_OUT, FAILED,
    DEGRADED, WORKED_OFF, WORKED_LATE, SHIPPED,
) = range(23)  # fmt: skip
TALLY_COLUMNS = 23
# aims[queue, .]: seconds within which an answer is in time, and up to which an abandonment is short.
AIM_WITHIN, AIM_SHORT = range(2)

# outcomes[vendor, .]: since somebody last looked: contacts offered, answered, abandoned, failed and short,
# and seconds that the answered ones waited and were handled, answered in time, abandoned within that time and
# within the time of a short abandonment; then units of each measure.
O_OFFERED, O_ANSWERED, O_ABANDONED, O_FAILED, O_SHORT, O_WAITED, O_HANDLED = range(7)
O_WITHIN, O_ABANDONED_WITHIN, O_ABANDONED_SHORT = range(7, 10)
UNITS = 10
# measures[vendor, measure, .]: what it counts, step, minimum, free up to (seconds).
COUNTS, STEP, MINIMUM, FREE_UP_TO = range(4)
NOTHING, COUNT_OFFERED, COUNT_ANSWERED, COUNT_MINUTES = range(4)

# overflow[queue, .]: of the contacts sent out: sums of e^(-mu t) and e^(-2 mu t) over their ages t, when that
# was, areas under both and under the square of the first, and since when, mu (1/s).
DECAYED, DECAYED_TWICE, DECAYED_AT, AREA, AREA_TWICE, AREA_SQUARE, RATE = range(7)
OVERFLOW_COLUMNS = 7

# paths[line, .]: what became of a contact.
(
    P_STREAM, P_NUMBER, P_ATTEMPT, P_FIRST, P_AT, P_DESTINATION, P_WAIT, P_OUTCOME, P_HANDLE, P_COST,
    P_SENT_BEFORE, P_FAILED, P_ENDED,
) = range(13)  # fmt: skip
PATH_COLUMNS = 13
WAS_ANSWERED, WAS_ABANDONED, WAS_REJECTED = range(3)

ARRAYS = (
    "ways f8 3", "vendors f8 2", "usage f8 2", "queues f8 2", "curves f8 3", "shares f8 3", "page f8 3",
    "header i8 1", "laws f8 2", "points f8 1", "streams f8 2", "keys u8 2", "edges f8 1", "volumes f8 2",
    "listed f8 2", "aims f8 2", "measures f8 3", "factors f8 2", "chat_aht f8 2", "clock f8 1", "marks i8 1",
    "teams f8 2", "lines i8 3", "times f8 1", "events i8 1", "contacts f8 2", "links i8 2", "free i8 1",
    "dues f8 1", "waiting i8 1",
    "chat_times f8 2", "chat_events i8 1", "noted i8 1", "tally f8 3", "outcomes f8 2", "overflow f8 2",
    "paths f8 2",
)  # fmt: skip
"""What `advance.advance` works on, in this order: name, type and dimensions."""
SHAPES = {"1": "[::1]", "2": "[:,::1]", "3": "[:,:,::1]"}
TYPES = tuple(kind + SHAPES[dimensions] for _, kind, dimensions in map(str.split, ARRAYS))
"""The same as Numba's types."""
RECORD_WORDS = 4
"""Of each array, in the record of `advance_at.advance_at`: address, and size by dimension."""
