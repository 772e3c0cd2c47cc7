"""Contacts that were sent out and never settled are there until their lease ends, whatever the clock does."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from bporoute._kernels.routing import columns
from bporoute.routing._tables._leases import Leases
from bporoute.routing._tables._page import Page

instants = st.one_of(st.floats(0.0, 100.0), st.sampled_from((math.nan, math.inf, -math.inf)))


def full_page(sent) -> Page:
    """A page of contacts: when each was decided, and the vendor (-1: kept)."""
    page = Page(len(sent), 1, 1)
    for at, vendor in sent:
        line = page.used
        page.header[columns.HEADER_USED] = line + 1
        page.at[line] = at
        page.opened[line] = vendor + 1.0
    return page


def ended(leases: Leases, page: Page, now: float) -> list[int]:
    """Vendors whose contacts have been there for too long; each is marked as gone."""
    vendors = []
    for opened, lines in leases.end(page, now):
        vendors += [int(taker) - 1 for taker in opened[lines]]
        opened[lines] = 0.0
    return vendors


@given(
    steps=st.lists(
        st.tuples(
            st.lists(st.tuples(instants, st.integers(-1, 2)), min_size=1, max_size=4),
            instants,
            st.lists(st.integers(0, 3), max_size=2),
        ),
        max_size=12,
    ),
    lease=st.sampled_from((0.0, 5.0, 30.0, math.inf)),
)
def test_every_lease_ends_when_it_should(steps, lease) -> None:
    """Against a list of all contacts, each of which is looked at every time."""
    leases, out = Leases(lease), []
    for sent, now, settled in steps:
        page = full_page(sent)
        leases.add(page, now)
        out += [[at if math.isfinite(at) else now, page, line] for line, (at, _) in enumerate(sent)]
        for line in settled:
            page.opened[min(line, page.lines - 1)] = 0.0
        over = []
        for at, of, line in out if math.isfinite(now) else []:
            if of.opened[line] > 0.0 and now - at > lease:
                over.append(int(of.opened[line]) - 1)
        before = leases.until(now)
        assert sorted(ended(leases, Page(1, 1, 1), now)) == sorted(over)
        assert not over or before <= now
        assert not ended(leases, Page(1, 1, 1), now)


def test_the_page_in_hand_is_looked_at_too() -> None:
    """Its contacts are not noted as full yet, and end all the same."""
    page = Page(4, 1, 1)
    page.header[columns.HEADER_USED] = 1
    page.at[0] = 10.0
    page.opened[0] = 3.0
    leases = Leases(5.0)
    assert ended(leases, page, 15.0) == []
    assert ended(leases, page, 15.5) == [2]
    assert page.opened[0] == 0.0


def test_a_page_of_a_batch_has_no_room_for_evidence() -> None:
    page = Page(512, 3, 7, evidence=False)
    assert page.lines == 512
    assert page.numbers.shape == (0, 4, columns.PAGE_COLUMNS)
    assert not page.full
