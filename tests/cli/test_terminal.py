"""Tables on terminals of any width."""

import io

import pytest
from rich.table import Table

from bporoute.cli._terminal import Screen

HEADINGS = ("vendor", "contacts", "cost", "bonus or malus")


def shown(width, *, no_wrap):
    screen = Screen(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    table = Table(box=None)
    for heading in HEADINGS:
        table.add_column(heading, justify="right", no_wrap=no_wrap, overflow="fold")
    table.add_row("nord and sons", "1,234,567", "4,432,143.12", "-57.49")
    screen.print(table)
    screen.print("a line")
    assert screen.width == width
    return screen.file.getvalue()


@pytest.mark.parametrize("no_wrap", [True, False])
@pytest.mark.parametrize("width", [12, 30, 45, 200])
def test_no_figure_is_cut_however_narrow_the_terminal_is(width, no_wrap):
    written = shown(width, no_wrap=no_wrap)
    for figure in ("1,234,567", "4,432,143.12", "-57.49", "malus", "vendor"):
        assert figure in written, written
    assert written.endswith("a line\n")


def test_a_table_that_fits_is_as_it_was():
    assert max(map(len, shown(200, no_wrap=True).splitlines())) < 60
