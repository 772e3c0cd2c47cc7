"""A page: the answer first, then pictures, tables, and what all of that rests on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from bporoute import __version__
from bporoute._base.files import write_whole
from bporoute._base.markup import Markup, element, joined
from bporoute.cli.pages._style import STYLE

NOTHING_FROM_ELSEWHERE = "default-src 'none'; style-src 'unsafe-inline'"
"""What a browser may load: nothing, and run: no script."""


LONG = 24
"""Characters of a cell from which on it may have several lines."""


class Picture(msgspec.Struct, frozen=True):
    """A drawing with its words.

    Attributes
    ----------
    title : str
        What it shows, above it.
    description : str
        What is to be seen on it, for somebody who hears it.
    width, height : float
        Of the drawing, in its own units.
    drawn : Markup
        What is inside the ``svg``.
    legend : tuple of (str, str)
        Class of a patch of colour, and what it means.
    """

    title: str
    description: str
    width: float
    height: float
    drawn: Markup
    legend: tuple[tuple[str, str], ...] = ()


class Table(msgspec.Struct, frozen=True):
    """Rows of texts.

    Attributes
    ----------
    caption : str
        What stands in it.
    headings : tuple of str
        Of the columns.
    rows : sequence of sequence of str
        The first cell of a row names it.
    texts : int
        How many columns from the left are texts; the others are numbers.
    marked : frozenset of int
        Rows that are set off.
    """

    caption: str
    headings: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    texts: int = 1
    marked: frozenset[int] = frozenset()


class Page(msgspec.Struct, frozen=True):
    """What a command found, for somebody who was not there.

    Attributes
    ----------
    title : str
        Of what it tells.
    answer : tuple of str
        Sentences, the most important first.
    pictures : tuple of Picture
        After the answer.
    tables : tuple of Table
        After the pictures.
    assumptions : tuple of str
        What the numbers mean and rest on.
    decided : tuple of str
        What was taken for what in the files, and what was odd in them.
    """

    title: str
    answer: tuple[str, ...]
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    assumptions: tuple[str, ...] = ()
    decided: tuple[str, ...] = ()


def encoded(page: Page) -> bytes:
    """The page as a file."""
    lead, *more = page.answer
    parts = [
        element("h1", page.title),
        element("p", lead, class_="lead"),
        _listed(more, "answer"),
        *(_figure(picture, number) for number, picture in enumerate(page.pictures, start=1)),
        *map(_table, page.tables),
        _section("What this rests on", page.assumptions),
        _section("What was read, and how", page.decided),
        element("footer", element("p", f"Made by bporoute {__version__}.")),
    ]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=NOTHING_FROM_ELSEWHERE),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", page.title),
        element("style", Markup(STYLE)),
    )
    html = element("html", head, element("body", element("main", *parts)), lang="en")
    return f"<!DOCTYPE html>\n{html}\n".encode()


def write_page(page: Page, path: Path, *, private: bool = False) -> None:
    """Write what ``--report`` asks for, whole or not at all; `private`: for nobody else, as it has ids."""
    write_whole(path, encoded(page), "--report", private=private)


def _section(title: str, lines: Sequence[str]) -> Markup:
    return element("section", element("h2", title), _listed(lines, "notes")) if lines else Markup()


def _listed(lines: Sequence[str], kind: str) -> Markup:
    return element("ul", *(element("li", line) for line in lines), class_=kind) if lines else Markup()


def _figure(picture: Picture, number: int) -> Markup:
    title, described = f"picture-{number}", f"picture-{number}-described"
    drawing = element(
        "svg",
        element("title", picture.title, id=title),
        element("desc", picture.description, id=described),
        picture.drawn,
        viewBox=f"0 0 {picture.width:g} {picture.height:g}",
        role="img",
        aria_labelledby=title,
        aria_describedby=described,
    )
    key = [element("li", element("span", class_=f"patch {kind}"), text) for kind, text in picture.legend]
    return element(
        "figure",
        element("figcaption", picture.title),
        element("ul", *key, class_="key", aria_hidden="true") if key else Markup(),
        element("div", drawing, class_="wide"),
    )


def _table(table: Table) -> Markup:
    kinds = [
        ("text" if place < table.texts else "number")
        + (" long" if any(len(row[place]) > LONG for row in table.rows) else "")
        for place in range(len(table.headings))
    ]
    head = element(
        "tr",
        *(
            element("th", heading, scope="col", class_=kind)
            for heading, kind in zip(table.headings, kinds, strict=True)
        ),
    )
    rows = []
    for place, row in enumerate(table.rows):
        first, *others = row
        cells = [
            element("td", cell) if kind == "number" else element("td", cell, class_=kind)
            for cell, kind in zip(others, kinds[1:], strict=True)
        ]
        marked = {"class_": "marked"} if place in table.marked else {}
        rows.append(element("tr", element("th", first, scope="row", class_=kinds[0]), *cells, **marked))
    whole = element(
        "table", element("caption", table.caption), element("thead", head), element("tbody", joined(rows))
    )
    return element("div", whole, class_="wide")
