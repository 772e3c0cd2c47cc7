"""What the columns of the routing tables hold: the one agreement between the tables and their kernels.

Destinations of a contact are the *ways* of its profile: way 0 is the in-house queue, the others are the
vendors that no lasting rule bars, in the order of the center.
"""

from __future__ import annotations

from bporoute._kernels.compiling.numbering import Numbering

_in_house = Numbering("ways[profile, 0, .]")
BARRED = _in_house("rule that bars the in-house queue, 0: none")
MODE = _in_house("sourcing mode")
VENDORS = _in_house("how many vendors follow")
PROTECTION = _in_house("money more than the cheapest vendor for which such a contact is still kept")
QUEUE = _in_house("number of the queue")
SEEN = _in_house("contacts routed lately")
AHT_MULTIPLE = _in_house("mean handle time of such a contact: so many times the queue's")
AHT_SECONDS = _in_house("and so many seconds more")

JUDGED = _in_house("0 while the lasting rules are to judge anew which vendors follow")

_way = Numbering("ways[profile, way > 0, .]")
VENDOR = _way("number of the vendor")
PRICE = _way("money that the contract asks for one more contact")
EXTRA = _way("other money that such a contact costs there: quality, service level")
WAY_COLUMNS = max(_in_house.count, _way.count)

_vendor = Numbering("vendors[vendor, .]")
STATUS = _vendor("reason code of its calendar, 0: open")
UP = _vendor("1 if up")
MOST_AT_ONCE = _vendor("most contacts at once")
VENDOR_WAIT = _vendor("mean wait while an agent is free, seconds")
TEAM = _vendor("agents of its team, 0: unknown")
TEAM_AHT = _vendor("their mean handle time, seconds")
FAILURE = _vendor("probability that it fails to take a contact")
ADMITTED = _vendor("share of its contacts that its health admits")
ADMISSION = _vendor("what that share has added up to")
PROBE = _vendor("1 if only one contact is admitted")
MOST_SHARE = _vendor("share of the center's contacts that it may get")
LEFT_TO_SPEND = _vendor("contacts that may be there at once, by money and minutes left")
SPENDING_LIMIT = _vendor("reason code of the limit that this comes from")
FIRST_CAP = _vendor("caps of the counted windows, contacts", 3)
PRICE_UNTIL = _vendor("contacts of its period from which on its price is another")
REACHED = _vendor("1 once a price or a cap has been reached")
TRIAL_SHARE = _vendor("share of the contacts, by their luck, that a trial lets it have")
VENDOR_COLUMNS = _vendor.count

_center = Numbering("vendors[-1, .]: the center")
MOST_OUT = _center("share of its contacts that may go out")
MOST_CONCENTRATION = _center("largest sum of the squared shares of its vendors")
CONCENTRATION_FROM = _center("contacts sent out in a day from which on that holds")
TABLES_READY = _center("0 while somebody writes the tables")
SINCE = _center("instant from which on their calendar holds, epoch seconds")
UNTIL = _center("instant until which it does")

_used = Numbering("usage[vendor, .]: contacts sent")
THIS_HOUR = _used("in the current hour of its clock")
TODAY = _used("in the current day of its clock")
THIS_PERIOD = _used("in the current contract period of its clock")
CENTER_DAY = _used("in the center's day")
WINDOWS = _used.count
IN_FLIGHT = _used("there now")
USAGE_COLUMNS = _used.count

_all_used = Numbering("usage[-1, .]: the center's day")
ALL_ROUTED = _all_used("contacts routed")
ALL_SENT = _all_used("contacts sent out")
ALL_SQUARES = _all_used("sum of the squares of the vendors' counts")

_queue = Numbering("queues[row, .]")
DISTRUST = _queue("0 if the state can be trusted")
RULE = _queue("what the rule goes by")
PRESENT = _queue("contacts present, busy and waiting, with those kept since the state was told")
LAST = _queue("last state of the curves")
COST_RATE = _queue("cost of a waiting second, abandonment included")
ABANDONMENT_RATE = _queue("abandonment rate, 1/s")
FAILED_COST = _queue("money that a contact costs which a vendor fails to take")
EXPECTED_PRESENT = _queue("contacts present that are expected")
STALE_AFTER = _queue("age from which on the state is expected only, seconds")
LOST_AFTER = _queue("age from which on it is lost, seconds")
GATED = _queue("1 if the rule opens higher than it closes")
GATE = _queue("1 while its gate is open")
MOVED_AT = _queue("when that was last moved, epoch seconds")
DWELL = _queue("least seconds between two moves")
RELEASE = _queue("seconds after which it closes by itself")
TOLD = _queue("what was told, as on the state row of a page: from the agents to the mean handle time", 5)
TOLD_AT = _queue("when they were there who were told as busy and waiting, epoch seconds")
KEPT_SINCE = _queue("contacts kept since")
ROUTED = _queue("contacts routed so far")
RULE_AHT = _queue("mean handle time that its rule was solved for, seconds; 0: none was")
QUEUE_READY = _queue("0 while the rule waits to be solved or somebody writes the row")
QUEUE_COLUMNS = _queue.count

_curve = Numbering("curves[row, ., contacts present]")
KEEP_COST = _curve("what keeping one more counts in the rule")
KEEP_COST_OPEN = _curve("the same while its gate is open")
MARGINAL_COST = _curve("what keeping one more costs")
EXPECTED_WAIT = _curve("mean wait of a contact that stays, seconds")
KEEP_WORK = _curve("what KEEP_COST has more for each mean handle time more")
KEEP_WORK_OPEN = _curve("what KEEP_COST_OPEN has")
MARGINAL_WORK = _curve("what MARGINAL_COST has")
CURVES = _curve.count

_share = Numbering("shares[row, destination, .]; destination 0 is in-house and v + 1 vendor v")
SHARE = _share("its share")
SEED = _share("what stands for the vendor in hashes, a whole number below 2^53")
WARM = _share("its warm share")
CREDIT = _share("what its shares have added up to, in the row of its queue")
SHARE_COLUMNS = _share.count

_note = Numbering("page[line, way, .]")
REASON = _note("why it is out, 0: it is not")
OBSERVED = _note("what was found, in house the contacts present")
LIMIT = _note("what is allowed, in house the last state")
WAY_PRICE = _note("what the contract asks")
WAY_EXTRA = _note("other money")
COST = _note("what the contact costs there")
WAIT = _note("mean wait there, seconds")
TIER = _note("tier: ways are ranked by it,")
KEY = _note("then by this")
NOTED_LIVE = _note("of a vendor, its columns from UP to ADMISSION", ADMISSION + 1 - UP)
NOTED_LEFT_TO_SPEND = _note("its LEFT_TO_SPEND")
NOTED_SPENDING_LIMIT = _note("its SPENDING_LIMIT")
NOTED_USAGE = _note("its row of usage", USAGE_COLUMNS)
NOTED_CREDIT = _note("the credit of its share; of way 0 that of the queue")
NOTED_EXTRA = _note("its EXTRA")
WEIGHED_AT = NOTED_USAGE + THIS_PERIOD
"""Where the same line is used again and again: the vendor's counts for which it holds, nan if for none."""

_state = Numbering("page[line, -1, .]: the state, and what else the decision saw")
STATE_AGENTS = _state("agents told")
STATE_BUSY = _state("contacts in hand")
STATE_WAITING = _state("contacts waiting")
STATE_RATE = _state("contacts that arrive, 1/s")
_state("mean handle time, seconds")
STATE_TOLD_AT = _state("when they were there, epoch seconds")
STATE_KEPT_SINCE = _state("contacts kept since")
TOLD_BUSY, TOLD_WAITING = TOLD + STATE_BUSY, TOLD + STATE_WAITING
STATE_PRESENT = _state("contacts present")
AT = _state("the moment of the decision, epoch seconds")
BELIEF = _state("how far the state was believed")
CHOSEN = _state("the way chosen, -1: none")
UNSETTLED = _state("1 until the contact is settled")
STATE_GATE = _state("1 while the gate was open")
NOTED_LUCK = _state("the contact's luck")
NOTED_CENTER = _state("the center's day", _all_used.count)
NOTED_GATE = _state("the gate before")
NOTED_AGE = _state("age of the state, seconds")
NOTED_GATE_AGE = _state("seconds since the gate was moved")
STATE_WORK = _state("mean handle time of such a contact, in multiples of the queue's")
NOTED_ORDER = _state("ways that may take it, best first: way + 1 as octal digits; 0: none, or more than fit")
EARNING = _state("0 if no way earns a credit or an admission by the contact")
PAGE_COLUMNS = max(_note.count, _state.count)

_header = Numbering("header[.] of a page, whole numbers")
HEADER_LINES = _header("how many lines there are")
HEADER_USED = _header("lines used")
HEADER_COMMIT = _header("1 if what is decided is reserved too")
