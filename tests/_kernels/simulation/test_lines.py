"""The lines of a simulation against plain lists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute._kernels.simulation import agenda as agenda
from bporoute._kernels.simulation import columns as floor
from bporoute._kernels.simulation import deadlines as deadlines
from bporoute._kernels.simulation import lines as lines

pytestmark = pytest.mark.kernels


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["join", "join", "leave", "serve"]),
            st.integers(0, 1),
            st.integers(0, floor.LEVELS - 1),
            st.integers(0, 4),
        ),
        max_size=50,
    )
)
def test_lines_are_served_as_plain_lists_are(ready, steps):
    enqueue, unlink, next_in_line = (
        ready(each) for each in (lines.enqueue, lines.unlink, lines.next_in_line)
    )
    teams = np.zeros((2, floor.TEAM_COLUMNS))
    heads = np.full((2, floor.LEVELS, 2), -1)
    contacts = np.zeros((60, floor.CONTACT_COLUMNS))
    links = np.full((60, floor.LINK_WORDS), -7)
    twin: list[list[list[tuple[int, int]]]] = [[[] for _ in range(floor.LEVELS)] for _ in range(2)]
    slot = 0
    for step, team, level, due in steps:
        everybody = [(at, member) for at, line in enumerate(twin[team]) for member in line]
        if step == "join":
            contacts[slot, floor.C_DUE] = due
            links[slot, floor.IN_LEVEL] = level
            enqueue(teams, team, slot, heads, contacts, links)
            twin[team][level].append((due, slot))
            if level == floor.BACK_OFFICE:
                twin[team][level].sort(key=lambda member: member[0])  # stable: equal due times as they came
            slot += 1
        elif step == "leave" and everybody:
            at, member = everybody[due % len(everybody)]
            unlink(teams, team, member[1], heads, links)
            twin[team][at].remove(member)
            assert links[member[1], floor.WAITS] == 0
        elif step == "serve":
            served = next_in_line(teams, team, heads)
            assert served == (everybody[0][1][1] if everybody else -1)
            if everybody:
                unlink(teams, team, served, heads, links)
                twin[team][everybody[0][0]].pop(0)
        for number, levels in enumerate(twin):
            assert teams[number, floor.WAITING] == sum(map(len, levels[: floor.CALLBACKS]))
            assert teams[number, floor.BACKLOG] == sum(map(len, levels[floor.CALLBACKS :]))
            for at, line in enumerate(levels):
                forwards, backwards = [], []
                place = heads[number, at, floor.FIRST]
                while place >= 0:
                    forwards.append(place)
                    place = links[place, floor.BEHIND]
                place = heads[number, at, floor.LAST]
                while place >= 0:
                    backwards.append(place)
                    place = links[place, floor.BEFORE]
                assert forwards == backwards[::-1] == [member for _, member in line]
