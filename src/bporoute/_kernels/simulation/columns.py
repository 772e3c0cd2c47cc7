"""What the columns of a simulated floor hold: the agreement between the engine and its kernel.

Teams are the in-house queues in the order of the center, then its vendors. Times are seconds on the clock of
the run (epoch seconds unless the caller chose another zero).
"""

from __future__ import annotations

from bporoute._kernels.compiling.numbering import Numbering

_clock = Numbering("clock[.]")
NOW = _clock("now")
NEXT_AT = _clock("the next arrival")
FEED_EVERY = _clock("seconds between two feeds of the state, 0: always true")
FEED_DELAY = _clock("age of what a feed tells")
FEED_NOISE = _clock("relative standard deviation of the waiting that it tells")
OUTCOME_SENT = _clock("when the contact of the last outcome was sent")
FOLLOWS_AT = _clock("when what follows from the event at hand happens, inf: nothing does")
LOOKED_AT = _clock("the look at hand")
LOOK_STEP = _clock("seconds between two counts of the arrivals")
CLOCK_WORDS = _clock.count

_mark = Numbering("marks[.], whole numbers")
NEXT_STREAM = _mark("stream of the next arrival: NOBODY, or LISTED: the list")
LISTED_AT = _mark("position in the list")
EVENTS = _mark("entries of the agenda")
FREE = _mark("free slots")
PATHS = _mark("paths written")
DECIDED = _mark("contacts decided")
FEEDS = _mark("feeds so far")
WRITES_PATHS = _mark("1 if paths are written")
NOTES = _mark("1 if decisions are noted line by line")
WATCHES_HEALTH = _mark("1 if outcomes of vendors matter at once")
HASHES = _mark("1 if contacts need their luck")
BY_END = _mark("1 if a contact counts in the interval in which it ends")
EXACT = _mark("1 if counts are exact")
INTERVAL = _mark("the interval now")
OUTCOME_VENDOR = _mark("the vendor on probation whose contact has ended, or NOBODY")
DEADLINES = _mark("how many deadlines there are")
FOLLOWS = _mark("what follows from the event at hand")
NEWS = _mark("1 if somebody has to see what a vendor did")
LOOK = _mark("looks in between so far")
COUNTED = _mark("counts of the arrivals so far")
TELLS = _mark("1 if it has to begin with telling the queues")
TOLD_NEWS = _mark("1 once queues were told or rules solved, until somebody takes notice of it")
PROFILES = _mark("profiles of the routing tables")
MARK_WORDS = _mark.count

_stream = Numbering("streams[stream, .]")
PROFILE = _stream("profile")
QUEUE = _stream("queue")
LEVEL = _stream("level of its line")
HANDLE_LAW = _stream("law of its handle times")
PATIENCE_LAW = _stream("law of its patience")
REDIAL = _stream("probability to call again after giving up")
REDIAL_LAW = _stream("law of the time until then")
DUE_WITHIN = _stream("seconds within which back-office work must be done, 0: a live contact")
FALLBACK = _stream("what becomes of a contact that nobody may take")
SHIP_BEFORE = _stream("seconds before the due time at which it is shipped")
NEXT = _stream("its next arrival")
CONTACTS = _stream("contacts so far")
PLACE = _stream("interval that it is in")
LEFT = _stream("contacts of that still to come")
STREAM_COLUMNS = _stream.count

_key = Numbering("keys[stream, .]: what is drawn")
ARRIVAL = _key("arrivals")
HANDLE = _key("handle times")
PATIENCE = _key("patience")
VENDOR_WAIT = _key("waits at vendors")
REDIALS = _key("whether it calls again")
REDIAL_AFTER = _key("and when")
LUCK = _key("luck")
FAILS = _key("whether a vendor fails to take it")
KEYS = _key.count
FEED = 0
"""Of the last row, which is the floor's own: what a feed sees."""
ATTEMPT = 1 << 40
"""What each further attempt of a contact adds to the number that its chance is drawn by."""

_listed = Numbering("listed[contact, .]")
L_AT = _listed("arrival")
L_STREAM = _listed("stream")
L_HANDLE = _listed("seconds of handling, nan: drawn")
L_PATIENCE = _listed("seconds of patience, nan: drawn")
L_VENDOR_WAIT = _listed("wait at a vendor in multiples of its mean, nan: drawn")
L_LUCK = _listed("luck")
LISTED_COLUMNS = _listed.count

_team = Numbering("teams[team, .]")
AGENTS = _team("agents")
SLOTS = _team("contacts that one may handle at once")
BUSY = _team("contacts in hand")
WAITING = _team("live contacts waiting")
BACKLOG = _team("callbacks and back office waiting")
SINCE = _team("since when what is in hand has stood")
BUSY_AREA = _team("area under contacts in hand, seconds")
SHIFT_SINCE = _team("since when overtime is counted: agents have not come or gone since")
OVERTIME = _team("area since then under contacts in hand beyond what the agents there may have, seconds")
FINITE = _team("of a vendor: 1 if it is a team with a line")
FAILING = _team("of a vendor: probability that it fails to take a contact")
SLOWER = _team("of a vendor: factor of its handle times")
TEAM_WITHIN = _team("of a vendor: seconds within which an answer is in time")
TEAM_SHORT = _team("of a vendor: seconds up to which an abandonment is short")
LONGEST_FREE = _team("of a vendor: seconds up to which a contact may be free")
OWN_TIME = _team("of a chat team: its own time")
SPEED = _team("of a chat team: the speed of that")
CHAT_ENDS = _team("of a chat team: when its next chat ends")
CHATS = _team("of a chat team: chats on its list")
KEPT_BEFORE = _team("of a queue: contacts kept that are in what its feed told last")
REACH = _team("of a queue: contacts waiting for whom its rule is not solved yet")
TEAM_COLUMNS = _team.count

_line = Numbering("lines[team, level, .]: slots")
FIRST = _line("the first of the line, -1: none")
LAST = _line("the last")
LINE_WORDS = _line.count
LEVELS = 8
CALLBACKS, BACK_OFFICE = LEVELS - 2, LEVELS - 1

_contact = Numbering("contacts[slot, .]; what a feed tells is written likewise")
C_FIRST = _contact("first arrival")
C_AT = _contact("arrival of this attempt; when the feed looked")
C_INTERVAL = _contact("interval of that")
C_STREAM = _contact("stream")
C_NUMBER = _contact("number")
C_ATTEMPT = _contact("attempts before")
C_HANDLE = _contact("seconds of handling, nan: to be drawn; contacts in hand that the feed saw")
C_DUE = _contact("of back office: when it is due; contacts kept before the feed looked")
C_COST = _contact("decided cost")
C_TEAM = _contact("team that it is with")
C_WAIT = _contact("seconds of waiting; contacts waiting that the feed saw")
C_ABANDONS = _contact("1 if it gives up")
C_FACTOR = _contact("factor of its bill by its begin")
C_FAILED = _contact("vendor that failed to take it, + 1; 0: none")
C_PATIENCE = _contact("seconds of patience, nan: to be drawn")
C_VENDOR_WAIT = _contact("wait at a vendor in multiples of its mean, nan: to be drawn")
CONTACT_COLUMNS = _contact.count

_link = Numbering("links[slot, .], whole numbers")
BEFORE = _link("slot before it in its line, -1: none")
BEHIND = _link("slot behind it, -1: none")
IN_LEVEL = _link("level")
WAITS = _link("1 while it waits")
HEAP_PLACE = _link("place among the deadlines, -1: none")
LINK_WORDS = _link.count

_count = Numbering(
    "tally[interval, queue, .]: contacts, by the interval of their arrival (BY_END: of their end)"
)
OFFERED = _count("that arrived")
REDIALLED = _count("of these, that called again")
KEPT = _count("kept")
SENT = _count("sent out")
FORCED = _count("sent to a vendor while the waiting room was full")
REJECTED = _count("turned away")
CALLED_BACK = _count("promised a call back")
DELAYED = _count("that had to wait")
ANSWERED = _count("answered in house")
ANSWERED_OUT = _count("answered at a vendor")
WITHIN = _count("answered in time")
ABANDONED = _count("that gave up")
ABANDONED_WITHIN = _count("within the time of an answer")
ABANDONED_SHORT = _count("within that of a short abandonment")
WAIT_ANSWERED = _count("seconds that those answered waited")
WAIT_ABANDONED = _count("seconds that the others did")
HANDLED = _count("seconds of handling in house")
HANDLED_OUT = _count("seconds of handling at vendors")
FAILED = _count("that a vendor failed to take")
DEGRADED = _count("decided without a state to believe")
WORKED_OFF = _count("back office worked off in house")
WORKED_LATE = _count("of these, too late")
SHIPPED = _count("back office shipped")
TALLY_COLUMNS = _count.count

_look = Numbering("looks[queue, .]: what is told of it, and what its rule is solved from")
RATE_NOW = _look("contacts that arrive, 1/s, as counted or expected; nan: the router's own")
TOLD_RATE = _look("the same, as told last")
TOLD_ROOM = _look("contacts that its agents can have in hand, as told last; nan: nothing was")
ASKED = _look("the first profile that asks for it, -1: none")
ROOM = _look("its waiting room")
BLOCKED_COST = _look("money that a contact costs, at least, which finds that full and may not be sent out")
LOOK_COLUMNS = _look.count

_aim = Numbering("aims[queue, .]")
AIM_WITHIN = _aim("seconds within which an answer is in time")
AIM_SHORT = _aim("seconds up to which an abandonment is short")

_outcome = Numbering("outcomes[vendor, .]: since somebody last looked")
O_OFFERED = _outcome("contacts offered")
O_ANSWERED = _outcome("answered")
O_ABANDONED = _outcome("abandoned")
O_FAILED = _outcome("failed")
O_SHORT = _outcome("so short that they are free")
O_WAITED = _outcome("seconds that the answered ones waited")
O_HANDLED = _outcome("seconds that they were handled")
O_WITHIN = _outcome("answered in time")
O_ABANDONED_WITHIN = _outcome("abandoned within that time")
O_ABANDONED_SHORT = _outcome("abandoned within that of a short abandonment")
UNITS = _outcome.count
"""Then the units of each measure."""

_measure = Numbering("measures[vendor, measure, .]")
COUNTS = _measure("what it counts")
STEP = _measure("step, seconds")
FIRST_BLOCK = _measure("first block, seconds")
MINIMUM = _measure("minimum, seconds; of a shortfall: money")
INCLUDED = _measure("included, seconds")
FREE_UP_TO = _measure("free up to, seconds")
CHARGED_AT = _measure("price per unit that a minimum charge looks at")
PRICE = _measure("price that a charge is rounded by")
ROUNDED = _measure("how that charge is rounded")
PER_MONEY = _measure("units of money that it is rounded to, per one of money")
MEASURE_COLUMNS = _measure.count

_overflow = Numbering("overflow[queue, .]: of the contacts sent out, of ages t, at a rate mu")
DECAYED = _overflow("sum of e^(-mu t)")
DECAYED_TWICE = _overflow("sum of e^(-2 mu t)")
DECAYED_AT = _overflow("when that was")
AREA = _overflow("area under the first sum")
AREA_TWICE = _overflow("area under the second")
AREA_SQUARE = _overflow("area under the square of the first")
RATE = _overflow("mu, 1/s")
OVERFLOW_COLUMNS = _overflow.count

_path = Numbering("paths[line, .]: what became of a contact")
P_STREAM = _path("stream")
P_NUMBER = _path("number")
P_ATTEMPT = _path("attempts before")
P_FIRST = _path("first arrival")
P_AT = _path("arrival of this attempt")
P_DESTINATION = _path("0 in-house, v + 1 vendor v, -1 nobody")
P_WAIT = _path("seconds of waiting")
P_OUTCOME = _path("how it ended")
P_HANDLE = _path("seconds of handling")
P_COST = _path("decided cost")
P_FAILED = _path("vendor that failed to take it, + 1; 0: none")
P_ENDED = _path("when it was over")
PATH_COLUMNS = _path.count
