"""What the columns of the routing tables hold: the one agreement between the tables and their kernels.

Destinations of a kind of contact are its *ways*: way 0 is the in-house queue, the others are the vendors
that no lasting rule bars, in the order of the center.
"""

from __future__ import annotations

# Why a destination is out; `bporoute.routing._reasons` gives each code its name.
CONTACT_TYPE, LANGUAGE, DATA, CERTIFICATE, SOURCING, TERM, CLOSED, DOWN, CAPACITY = range(1, 10)
CAP_HOUR, CAP_DAY, CAP_PERIOD, QUEUE_FULL, BAD_CLOCK = range(10, 15)
SKILL, LOCATION, HOLIDAY, TRIAL, HEALTH, RAMP, VENDOR_SHARE, IN_HOUSE_SHARE = range(15, 23)
CONCENTRATION, EXPOSURE = range(23, 25)

# Sourcing modes of a contact type at this moment.
IN_HOUSE, OVERFLOW, FULL, SPECIALISED = range(4)

# ways[profile, 0, .]: rule that bars the in-house queue (0: none), sourcing mode, how many vendors follow,
# money more than the cheapest vendor for which such a contact is still kept, number of the queue, contacts
# routed lately.
BARRED, MODE, VENDORS, PROTECTION, QUEUE, SEEN = range(6)
# ways[profile, way, .] for the others: number of the vendor, money that the contract asks for one more
# contact, other money that such a contact costs there (quality, service level).
VENDOR, PRICE, EXTRA = range(3)
WAY_COLUMNS = 6

# vendors[vendor, .]: reason code of its calendar (0: open), 1 if up, most contacts at once, mean wait while
# an agent is free (seconds), agents of its team (0: unknown), their mean handle time (seconds), probability
# that it fails to take a contact, share of its contacts that its health admits, what that share has added up
# to, 1 if only one contact is admitted, share of the center's contacts that it may get, contacts that the
# money it may owe or be paid still buys, the caps of the counted windows (contacts), the contacts of its
# period from which on its price is another, 1 once a price or a cap has been reached, and the share of the
# contacts, by their luck, that a trial lets it have.
STATUS, UP, MOST_AT_ONCE, VENDOR_WAIT, TEAM, TEAM_AHT, FAILURE, ADMITTED, ADMISSION, PROBE = range(10)
MOST_SHARE, LEFT_TO_SPEND, FIRST_CAP = range(10, 13)
PRICE_UNTIL, REACHED, TRIAL_SHARE = 15, 16, 17
VENDOR_COLUMNS = 18
# The last row is the center: share of its contacts that may go out, largest sum of the squared shares of
# its vendors, and from how many contacts sent out in a day on that holds.
# Then 0 while somebody writes the tables, and the instants between which their calendar holds.
MOST_OUT, MOST_CONCENTRATION, CONCENTRATION_FROM, TABLES_READY, SINCE, UNTIL = range(6)

# usage[vendor, .]: contacts sent in the current hour, day and period of its clock and in the center's day,
# then contacts there now.
WINDOWS = 4
CENTER_DAY, IN_FLIGHT = 3, 4
USAGE_COLUMNS = 5
# The last row is the center's day: contacts routed, sent out, sum of the squares of the vendors' counts.
ALL_ROUTED, ALL_SENT, ALL_SQUARES = range(3)

# queues[row, .]: 0 if the state can be trusted, kind of rule, contacts present (busy + waiting) with those
# kept since, last state of the curves, cost of a waiting second (abandonment included), abandonment rate
# (1/s), money that a contact costs which a vendor fails to take, contacts present that are expected, ages
# (seconds) from which the state is expected only and lost.
DISTRUST, RULE, PRESENT, LAST, COST_RATE, ABANDONMENT_RATE, FAILED_COST, EXPECTED_PRESENT = range(8)
STALE_AFTER, LOST_AFTER = 8, 9
# The gate of a rule that opens higher than it closes: 1 if the rule has one, 1 while it is open, when it
# was last moved (epoch seconds), least seconds between two moves, seconds after which it closes by itself.
GATED, GATE, MOVED_AT, DWELL, RELEASE = range(10, 15)
# What was told, in the order of a page's state: agents, busy, waiting, arrival rate (1/s), mean handle time
# (seconds), when (epoch seconds), contacts kept since.
TOLD = 15
TOLD_AT, KEPT_SINCE = 20, 21
# Contacts routed so far, and 0 while the rule waits to be solved or somebody writes the row.
ROUTED, QUEUE_READY = 22, 23
QUEUE_COLUMNS = 24
BY_COST, BY_SHARE, BY_HASH = range(3)

# curves[row, ., contacts present]: what keeping one more counts in the rule, and while its gate is open;
# what it costs; mean wait of a contact that stays.
KEEP_COST, KEEP_COST_OPEN, MARGINAL_COST, EXPECTED_WAIT = range(4)
CURVES = 4

# shares[row, destination, .] with destination 0 in-house and v + 1 vendor v: its share, where its slice of
# [0, 1) begins, its warm share; the credits are those of row = queue.
SHARE, SLICE, WARM, CREDIT = range(4)
SHARE_COLUMNS = 4

# page[line, way, .].
REASON, OBSERVED, LIMIT, WAY_PRICE, WAY_EXTRA, COST, WAIT, TIER, KEY = range(9)
# Tiers, best first.
WARMED, REGULAR, RESERVE, OUTSIDE, LAST_RESORT = -1.0, 0.0, 1.0, 2.0, 3.0
# page[line, -1, .]: what was told (see TOLD), then contacts present, the moment of the decision (epoch
# seconds), how far the state was believed, the way chosen (-1: none), what the vendor had been sent in its
# period before, 1 until the contact is settled, 1 while the gate was open.
STATE_AGENTS, STATE_BUSY, STATE_WAITING, STATE_RATE, STATE_AHT, STATE_TOLD_AT, STATE_KEPT_SINCE = range(7)
STATE_PRESENT, AT, BELIEF, CHOSEN, SENT_BEFORE, UNSETTLED, STATE_GATE = range(7, 14)
# And what else the decision saw, for whoever makes it again. Of a vendor: its columns from UP to ADMISSION,
# LEFT_TO_SPEND, its row of usage, the credit of its share (way 0: the queue's), its EXTRA. Of the rest:
# the contact's luck, the center's day, the gate before, ages of state and gate (seconds). Then 0 if no way
# earns a credit or an admission by the contact.
NOTED_LIVE, NOTED_LEFT_TO_SPEND, NOTED_USAGE, NOTED_CREDIT, NOTED_EXTRA = 9, 17, 18, 23, 24
NOTED_LUCK, NOTED_CENTER, NOTED_GATE, NOTED_AGE, NOTED_GATE_AGE = 14, 15, 18, 19, 20
EARNING = 21
PAGE_COLUMNS = 25
WEIGHED_AT = NOTED_USAGE + WINDOWS - 2
BELIEVED, EXPECTED, LOST, DISTRUSTED = range(4)

# Records of whole numbers that the compiled call reads. A ticket stands for a kind of contact: address of the
# frame, profile, row, 1 while it is valid.
FRAME, PROFILE, ROW, VALID = range(4)
TICKET_WORDS = 4
# A frame: address and size of ways (2), vendors (and usage), queues (and curves, shares).
FRAME_WORDS = 11
# A page's header: address of its numbers, address of what is not settled, lines, rows on a line, lines used,
# 1 if what is decided is reserved too, address of when each was.
HEADER_NUMBERS, HEADER_OPEN, HEADER_LINES, HEADER_ROWS, HEADER_USED, HEADER_COMMIT = range(6)
HEADER_AT = 6
HEADER_WORDS = 7
MOST_LINES = 256
WAY_BITS = 16
"""The compiled call answers ``line << WAY_BITS | way + 1``."""
WAY_MASK = (1 << WAY_BITS) - 1
NEWS = 1 << 40
