"""A matrix: rows and columns with names, a cell the darker the more of its row is in it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bporoute._base.markup import Markup, joined
from bporoute.cli.pages._drawing import CHARACTER, GAP, RIGHT, TOP, WIDTH, box, left_of, path, shortened, text
from bporoute.cli.pages._heat_map import shade_of
from bporoute.cli.pages._page import Picture
from bporoute.cli.pages._style import SHADES

ROW, HEAD = 30.0, 26.0
NAME = 34
"""Characters of a row's name that have room."""


def matrix(
    title: str,
    description: str,
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float]],
) -> Picture:
    """Amounts by rows and columns, each with its number and its share of the row; nan: no cell."""
    left = left_of([shortened(name, NAME) for name in rows])
    wide = (WIDTH - RIGHT - left) / len(columns)
    room = max(int(wide / CHARACTER), 2)
    shapes: dict[str, list[str]] = {}
    words: list[Markup] = [
        text(left + wide * (place + 0.5), TOP + HEAD - GAP, shortened(name, room), "middle faint")
        for place, name in enumerate(columns)
    ]
    for number, (name, amounts) in enumerate(zip(rows, values, strict=True)):
        top = TOP + HEAD + ROW * number
        words.append(text(left - GAP, top + ROW / 2 + 4, shortened(name, NAME), "end"))
        total = math.fsum(amount for amount in amounts if not math.isnan(amount))
        for place, amount in enumerate(amounts):
            if math.isnan(amount):
                continue
            share = amount / total if total else 0.0
            kind = shade_of(share, 1.0)
            shapes.setdefault(kind, []).append(box(left + wide * place, top, wide - 1.0, ROW - 1.0))
            told = f"{amount:,.0f} ({100 * share:.0f} %)"
            if len(told) > room:
                told = f"{amount:,.0f}"
            words.append(text(left + wide * (place + 0.5), top + ROW / 2 + 4, told, f"middle on-{kind}"))
    drawn = joined([*(path(boxes, kind) for kind, boxes in sorted(shapes.items())), *words])
    legend = (("shade0", "nothing"), (f"shade{SHADES - 1}", "all of the row"))
    return Picture(title, description, WIDTH, TOP + HEAD + ROW * len(rows) + TOP, drawn, legend)
