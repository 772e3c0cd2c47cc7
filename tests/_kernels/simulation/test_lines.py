"""The lines of a simulation against plain lists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute._kernels.simulation import agenda as agenda
from bporoute._kernels.simulation import columns
from bporoute._kernels.simulation import deadlines as deadlines
from bporoute._kernels.simulation import lines as lines

pytestmark = pytest.mark.kernels


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["join", "join", "leave", "serve"]),
            st.integers(0, 1),
            st.integers(0, columns.LEVELS - 1),
            st.integers(0, 4),
        ),
        max_size=50,
    )
)
def test_lines_are_served_as_plain_lists_are(ready, steps):
    enqueue, unlink, next_in_line = (
        ready(each) for each in (lines.enqueue, lines.unlink, lines.next_in_line)
    )
    teams = np.zeros((2, columns.TEAM_COLUMNS))
    heads = np.full((2, columns.LEVELS, 2), -1)
    contacts = np.zeros((60, columns.CONTACT_COLUMNS))
    links = np.full((60, columns.LINK_WORDS), -7)
    twin: list[list[list[tuple[int, int]]]] = [[[] for _ in range(columns.LEVELS)] for _ in range(2)]
    slot = 0
    for step, team, level, due in steps:
        everybody = [(at, member) for at, line in enumerate(twin[team]) for member in line]
        if step == "join":
            contacts[slot, columns.C_DUE] = due
            links[slot, columns.IN_LEVEL] = level
            enqueue(teams, team, slot, heads, contacts, links)
            twin[team][level].append((due, slot))
            if level == columns.BACK_OFFICE:
                twin[team][level].sort(key=lambda member: member[0])  # stable: equal due times as they came
            slot += 1
        elif step == "leave" and everybody:
            at, member = everybody[due % len(everybody)]
            unlink(teams, team, member[1], heads, links)
            twin[team][at].remove(member)
            assert links[member[1], columns.WAITS] == 0
        elif step == "serve":
            served = next_in_line(teams, team, heads)
            assert served == (everybody[0][1][1] if everybody else -1)
            if everybody:
                unlink(teams, team, served, heads, links)
                twin[team][everybody[0][0]].pop(0)
        for number, levels in enumerate(twin):
            assert teams[number, columns.WAITING] == sum(map(len, levels[: columns.CALLBACKS]))
            assert teams[number, columns.BACKLOG] == sum(map(len, levels[columns.CALLBACKS :]))
            for at, line in enumerate(levels):
                forwards, backwards = [], []
                place = heads[number, at, columns.FIRST]
                while place >= 0:
                    forwards.append(place)
                    place = links[place, columns.BEHIND]
                place = heads[number, at, columns.LAST]
                while place >= 0:
                    backwards.append(place)
                    place = links[place, columns.BEFORE]
                assert forwards == backwards[::-1] == [member for _, member in line]
