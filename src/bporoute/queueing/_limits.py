"""Which queues the formulas are solved for: how many agents, how much room, how much patience."""

from __future__ import annotations

from bporoute._base.ranges import Range

LARGEST_ROOM = 1_000_000
"""Contacts that may wait: each costs some nanoseconds."""
MOST_CONTACTS = 1_000_000
"""Contacts that a queue with a threshold may hold, those in service included: a rule has a value for each."""
MOST_FOLLOWED = 1e7
"""States of a queue, or agents of a team, that an overflow is followed through: more would take too long."""
MOST_ERLANGS = 1e15
"""Load that agents are sought for: floats still tell whole numbers apart up to it."""
LONGEST_PATIENCE = 1e100
"""Beyond it, but for inf, its product with a rate would leave the range of numbers."""
SHORTEST_PATIENCE = 1e-100
"""Below it nobody waits either, and squares of the rate of giving up would leave the range of numbers."""

AGENTS = Range(high=MOST_CONTACTS, below=False)
WHOLE_AGENTS = AGENTS._replace(whole=True)
PLACES = Range(high=LARGEST_ROOM, below=False, whole=True)
FOLLOWED = Range(high=MOST_FOLLOWED, below=False, whole=True)
