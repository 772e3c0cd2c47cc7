"""What agents have in hand: how chats get on, and the areas under it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute._kernels.simulation import agenda as agenda
from bporoute._kernels.simulation import agents as in_hand
from bporoute._kernels.simulation import columns
from bporoute._kernels.simulation import deadlines as deadlines
from bporoute._kernels.simulation import lines as lines
from helpers import naive_chat

pytestmark = pytest.mark.kernels


@given(
    agents=st.integers(1, 6),
    ahts=st.lists(st.floats(1, 1000), min_size=1, max_size=5),
    chats=st.integers(1, 30),
)
def test_chats_get_on_as_the_chat_model_says(ready, agents, ahts, chats):
    speed = ready(in_hand.chat_speed)
    chats = min(chats, agents * len(ahts))
    found = speed(float(agents), np.array(ahts), chats)
    # Each of c chats ends at rate d_c / c, one alone would at rate 1 / aht_1.
    assert found == pytest.approx(naive_chat.ending_rate(chats, agents, ahts) / chats * ahts[0], rel=1e-12)


def test_whoever_has_left_stays_with_the_chats_in_hand(ready):
    speed = ready(in_hand.chat_speed)
    ahts = np.array([100.0, 150.0])
    assert speed(0.0, ahts, 3) == speed(2.0, ahts, 3)
    assert speed(1.0, ahts, 4) == pytest.approx(2 / 150 * 100 / 2)


def test_areas_add_up_contacts_in_hand_over_time(ready):
    take_up, pass_own = ready(in_hand.take_up), ready(in_hand.pass_own_time)
    teams = np.zeros((1, columns.TEAM_COLUMNS))
    for now, change in ((1.0, 1.0), (3.0, 1.0), (7.0, -1.0), (9.0, -1.0)):
        teams[0, columns.SPEED] = teams[0, columns.BUSY]
        pass_own(teams, 0, now)
        take_up(teams, 0, now, change)
    assert teams[0, columns.BUSY_AREA] == 1 * 2 + 2 * 4 + 1 * 2 == teams[0, columns.OWN_TIME]
    assert teams[0, columns.BUSY] == 0
