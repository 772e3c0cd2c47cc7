"""Blocks of a Markdown page that a script writes: between two comments that name the block."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from pathlib import Path


def rewrite(page: Path, name: str, text: str) -> None:
    """Put a text into a block of a page; the rest of it stays as it is."""
    page.write_text(rewritten(page.read_text(encoding="utf-8"), name, text), encoding="utf-8")


def rewritten(page: str, name: str, text: str) -> str:
    """A page with another text in the block of this name, which it must have exactly once.

    >>> rewritten("before\\n<!-- begin a -->\\nold\\n<!-- end a -->\\nafter", "a", "new\\n")
    'before\\n<!-- begin a -->\\n\\nnew\\n\\n<!-- end a -->\\nafter'
    """
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    if page.count(begin) != 1 or page.count(end) != 1 or page.index(begin) > page.index(end):
        raise SystemExit(f"expected one line {begin.strip()!r}, and below it {end!r}")
    block = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    return block.sub(lambda _: f"{begin}\n{text.strip()}\n\n{end}", page)


def blocks(page: str) -> list[str]:
    """Names of the blocks of a page."""
    return re.findall(r"<!-- begin (.+?) -->", page)


def paragraphs(parts: Iterable[str | list[str]]) -> str:
    """Tables (lists of lines) as they are, paragraphs in lines of at most 110 letters."""
    return "\n\n".join(
        "\n".join(part) if isinstance(part, list) else textwrap.fill(" ".join(part.split()), 110)
        for part in parts
    )
