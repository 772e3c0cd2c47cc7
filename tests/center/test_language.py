from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bporoute.center._language import LEVELS, level_of, reaches, speaks, spoken_forms

tags = st.sampled_from(("sv", "sv-SE", "SV-fi", "en", "en-GB", "zh-Hant-TW", "å"))
levels = st.sampled_from(("", *LEVELS))


@given(levels, levels, levels)
def test_levels_are_ordered(one: str, other: str, third: str) -> None:
    if reaches(one, other) and reaches(other, third):
        assert reaches(one, third)
    assert reaches(one, "")
    assert reaches(one, one)
    assert not reaches("", other) or not other
    if one and other:
        assert reaches(one, other) or reaches(other, one)


def test_whoever_speaks_a_language_understands_its_regions_but_not_the_other_way_round() -> None:
    assert speaks("sv-SE", ("SV",))
    assert not speaks("sv", ("sv-SE",))
    assert not speaks("sv", ())
    assert speaks("", ())


@given(tags, st.dictionaries(tags, st.sampled_from(LEVELS)))
def test_a_level_is_stated_for_the_tag_or_for_its_language(language: str, stated: dict[str, str]) -> None:
    known = {tag.lower(): level for tag, level in stated.items()}
    exact, general = spoken_forms(language)
    assert level_of(language, stated) == known.get(exact, known.get(general, ""))
    assert bool(level_of(language, stated)) <= speaks(language, tuple(stated))
