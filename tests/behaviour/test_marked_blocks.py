"""The blocks that scripts write into README.md and docs/validation.md are there; nothing else is touched."""

from __future__ import annotations

import re

import pytest
from marked_blocks import blocks, paragraphs, rewrite, rewritten

from helpers.places import ROOT

PAGES = {
    "README.md": ["demo", "simulate"],
    "docs/validation.md": ["exact", "reproduction", "log"],
}


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_there_and_can_be_written(page):
    text = (ROOT / page).read_text()
    assert blocks(text) == PAGES[page]
    for name in PAGES[page]:
        found = rewritten(text, name, "NEW")
        before, after = found.split(f"<!-- begin {name} -->\n\nNEW\n\n<!-- end {name} -->")
        assert text.startswith(before)
        assert text.endswith(after)
        inside = text[len(before) : len(text) - len(after)]
        assert rewritten(found, name, re.sub(r"<!--.*?-->", "", inside)) == text


@pytest.mark.parametrize("text", ["", "<!-- begin a -->\n", "<!-- end a -->\n<!-- begin a -->\n"])
def test_a_page_without_the_block_is_refused(text, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(SystemExit, match="begin a"):
        rewrite(page, "a", "new")
    assert page.read_text() == text


def test_what_is_written_twice_is_refused_and_back_slashes_stay():
    once = "<!-- begin a -->\n<!-- end a -->"
    with pytest.raises(SystemExit, match="begin a"):
        rewritten(once + once, "a", "new")
    assert r"\1 \n" in rewritten(once, "a", r"\1 \n")


def test_tables_keep_their_lines_and_paragraphs_are_folded():
    assert paragraphs([["| a |", "| b |"], "one\n    two"]) == "| a |\n| b |\n\none two"
    assert max(len(line) for line in paragraphs(["word " * 100]).splitlines()) <= 110
