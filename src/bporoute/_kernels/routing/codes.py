"""What the numbers stand for that kernels and tables write into columns, and what a compiled call answers."""

from __future__ import annotations

from bporoute._kernels.compiling.numbering import Numbering

_reason = Numbering("why a destination is out; `bporoute.routing._reasons` gives each its name", first=1)
SOURCING = _reason("contacts of this type are sourced elsewhere")
DOWN = _reason("cannot be reached")
CAPACITY = _reason("has no room for one more contact at once")
CAP_HOUR = _reason("has had its contacts of this hour,")
CAP_DAY = _reason("of this day,")
CAP_PERIOD = _reason("of this period: in the order of the counted windows")
QUEUE_FULL = _reason("the waiting room is full")
BAD_CLOCK = _reason("its clock tells nothing")
TRIAL = _reason("on trial, and the contact is not drawn for it")
HEALTH = _reason("held back for its failures")
RAMP = _reason("comes back from failures, and this contact is not admitted")
VENDOR_SHARE = _reason("has its largest share of the day's contacts")
IN_HOUSE_SHARE = _reason("the house would get less than its least share")
CONCENTRATION = _reason("too much of what goes out would go to few")
EXPOSURE = _reason("the money that it may owe or be paid is used up")
CAP_MINUTES_HOUR = _reason("has had its minutes of this hour,")
CAP_MINUTES_DAY = _reason("of this day,")
CAP_MINUTES_PERIOD = _reason("of this period")
CAP_MONEY_HOUR = _reason("has had its money of this hour,")
CAP_MONEY_DAY = _reason("of this day,")
CAP_MONEY_PERIOD = _reason("of this period")
UNSTAFFED = _reason("nobody works in the queue")
LEFT_OUT = _reason("is left out for this one contact")

FIRST_HARD_RULE = _reason("a rule of `bporoute.routing._hard_rules`, from here on in the order of its table")

_mode = Numbering("sourcing modes of a contact type at this moment")
IN_HOUSE = _mode("nobody outside takes any")
OVERFLOW = _mode("whoever is better takes it")
FULL = _mode("vendors take all that they may")
SPECIALISED = _mode("the queue may take none")

_rule = Numbering("what a rule goes by")
BY_COST = _rule("by what keeping costs")
BY_SHARE = _rule("by shares that are counted")
BY_HASH = _rule("by shares that are drawn from the contacts' ids")

WARMED, REGULAR, RESERVE, OUTSIDE, LAST_RESORT = -1.0, 0.0, 1.0, 2.0, 3.0
"""Tiers, best first: due to be kept warm, usual, where nobody else may, without a share, the last resort."""

_belief = Numbering("how far the state of a queue is believed")
BELIEVED = _belief("it is")
EXPECTED = _belief("too old: what is expected stands in its place")
LOST = _belief("too old for that, too")
DISTRUSTED = _belief("never told, or not to be trusted")

HELD = 2
"""A ticket so valid is not refused for tables that are held, nor for what the next decision waits for."""
KEPT = -2.0
"""What a page says is open of a contact that was kept by row 0 of the queues; by row r that is r less."""
MOST_LINES = 256
"""Of a page."""
WAY_BITS = 16
"""The compiled call answers ``line << WAY_BITS | way + 1``,"""
WAY_MASK = (1 << WAY_BITS) - 1
NEWS = -(1 << 40)
"""and this more, so that it is negative, if a price or a cap was reached;"""
REFUSED = -1
"""or this, if tables, rule or page are not ready."""
