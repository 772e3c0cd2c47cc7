"""Pages of scorecards: whatever is not told leaves no hole, and what is drawn is what is said."""

import pytest

from bporoute.center import ServiceLevel
from bporoute.cli.pages._page import encoded
from bporoute.cli.pages._scorecard import scorecard_page
from bporoute.governance import scorecard
from helpers.pages import read_page

AIM = ServiceLevel(probability=0.8, within=20)
MONTHS = [f"2025-{month:02}" for month in range(1, 13)]
COUNTS = [800, 790, 620, 760, 830, 815, 790, 805, 780, 822, 500, 480]


def rows(**changed):
    return {
        "month": MONTHS * 2,
        "vendor": ["nord"] * 12 + ["sud & <co>"] * 12,
        "offered": [1000] * 24,
        "abandoned": [60] * 24,
        "answered": [940] * 24,
        "answered_within_20s": [*COUNTS, *COUNTS[::-1]],
        **changed,
    }


def page_of(source, **how):
    return read_page(encoded(scorecard_page(scorecard(source, **how))))


def test_a_line_for_each_vendor_and_a_point_in_the_funnel():
    root = page_of(rows(), target=AIM)
    multiples, funnel = root.findall(".//svg")
    lines = [each for each in multiples.iter("path") if each.get("class") == "first-line"]
    assert len(lines) == 2
    assert all(each.get("d").count("L") == 11 for each in lines)
    card = scorecard(rows(), target=AIM)
    missed = sum(period.verdict == "missed" for each in card.vendors for period in each.periods)
    assert len([each for each in multiples.iter("circle") if each.get("class") == "few"]) == missed > 0
    assert len(list(funnel.iter("circle"))) == 2
    assert "sud & <co>" in "".join(root.itertext())


def test_gaps_stay_gaps():
    gone = rows()
    kept = [place for place in range(24) if place not in (4, 5)]
    root = page_of({name: [values[place] for place in kept] for name, values in gone.items()}, target=AIM)
    _, nord = [each for each in root.iter("path") if each.get("class") == "first-line"]
    assert (nord.get("d").count("M"), nord.get("d").count("L")) == (2, 8)


@pytest.mark.parametrize(
    ("changed", "how"),
    [
        ({}, {}),
        ({}, {"target": AIM, "by": "all"}),
        ({"answered": [0] * 24, "answered_within_20s": [0] * 24}, {"target": AIM}),
        ({"answered_within_20s": [None] * 24}, {"target": AIM}),
        ({"offered": [3] * 24, "answered": [2] * 24, "answered_within_20s": [1] * 24}, {"target": AIM}),
        ({"answered_within_20s": [940] * 24}, {"target": ServiceLevel(probability=1.0, within=20)}),
    ],
    ids=["no target", "no periods", "nothing answered", "no level", "few", "all in time"],
)
def test_what_is_not_told_leaves_a_page(changed, how):
    root = page_of(rows(**changed), **how)
    text = "".join(root.itertext())
    assert "nan" not in text.replace("nance", "")
    assert "inf" not in text.replace("information", "")
