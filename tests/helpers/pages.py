"""Reads a page as strictly as anything does, and says what is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

LOADS = {"src", "href", "srcset", "action", "data", "poster", "background"}
MOST_BYTES = 1_000_000


def read_page(page: bytes | Path) -> Element:
    """The root of a page, after all that must hold of every page was checked."""
    content = page.read_bytes() if isinstance(page, Path) else page
    assert len(content) < MOST_BYTES
    doctype, _, text = content.decode().partition("\n")
    assert doctype == "<!DOCTYPE html>"
    root = ElementTree.fromstring(text)  # well-formed, to the letter
    assert root.get("lang") == "en"
    for each in root.iter():
        assert each.tag not in {"script", "link", "img", "iframe", "object", "embed", "base", "use", "image"}
        for name, value in each.attrib.items():
            assert not name.startswith("on")
            assert name not in LOADS
            assert "url(" not in value
            assert "nan" not in value
            assert "inf" not in value.split()
    style = root.find("head/style").text
    assert not re.search(r"@import|url\(|https?:", style)
    defined = set(re.findall(r"(--[\w-]+):", style))
    assert set(re.findall(r"var\((--[\w-]+)\)", style)) <= defined
    classes = set(re.findall(r"\.([a-z][\w-]*)", style)) | {"answer", "number"}
    assert {name for each in root.iter() for name in (each.get("class") or "").split()} <= classes
    assert len(root.findall(".//h1")) == 1
    _check_pictures(root)
    _check_tables(root)
    return root


def _check_pictures(root: Element) -> None:
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    for drawing in root.iter("svg"):
        title, described = drawing[0], drawing[1]
        assert (title.tag, described.tag) == ("title", "desc")
        assert drawing.get("role") == "img"
        assert drawing.get("aria-labelledby") == title.get("id")
        assert drawing.get("aria-describedby") == described.get("id")
        assert title.text
        assert described.text
        _, _, width, height = map(float, drawing.get("viewBox").split())
        for each in drawing.iter():
            for name in ("x", "x1", "x2", "cx"):
                assert 0 <= float(each.get(name, 0)) <= width
            for name in ("y", "y1", "y2", "cy"):
                assert 0 <= float(each.get(name, 0)) <= height


def _check_tables(root: Element) -> None:
    for table in root.iter("table"):
        assert table.find("caption").text
        headings = table.findall("thead/tr/th")
        assert all(heading.get("scope") == "col" for heading in headings)
        for row in table.findall("tbody/tr"):
            assert len(row) == len(headings)
            assert row[0].tag == "th"
            assert row[0].get("scope") == "row"


def texts(root: Element, path: str) -> list[str]:
    """The texts of the elements at a path."""
    return ["".join(each.itertext()) for each in root.findall(path)]


def cells(root: Element, caption: str) -> list[list[str]]:
    """The rows of the table with a caption."""
    table = next(table for table in root.iter("table") if table.find("caption").text == caption)
    return [["".join(cell.itertext()) for cell in row] for row in table.findall("tbody/tr")]
