"""What goes to the terminal: tables, remarks, JSON and a progress bar."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from rich.console import Console, ConsoleOptions
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

PIPE_WIDTH, WIDEST = 130, 10_000
"""Characters of a line where nobody says how many there are, and that a table may have."""


@contextlib.contextmanager
def progress(total: int) -> Iterator[tuple[Callable[[str], None], Callable[[int], None]]]:
    """A bar on standard error, if that is a terminal; gives what sets its text and what moves it."""
    screen = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield (
            lambda text: bar.update(task, description=text),
            lambda steps: bar.advance(task, steps),
        )


class Screen(Console):
    """Where no table loses a digit or a column: the lines of one that is too wide go on below."""

    def print(self, *objects: Any, **options: Any) -> None:
        """As any console prints, but no word of a table is broken."""
        for each in objects:
            if isinstance(each, Table) and Measurement.get(self, self._unlimited, each).maximum > self.width:
                for column in each.columns:
                    column.min_width, column.no_wrap = self._longest_word(column), False
                needed = Measurement.get(self, self._unlimited, each).minimum
                screen = self if needed <= self.width else Console(width=needed, file=self.file)
                Console.print(screen, each, crop=False)
            else:
                super().print(each, **options)

    @property
    def _unlimited(self) -> ConsoleOptions:
        return self.options.update(max_width=WIDEST)

    def _longest_word(self, column: Column) -> int:
        cells = (column.header, *column.cells)
        return max(Measurement.get(self, self._unlimited, cell).minimum for cell in cells)


def console() -> Console:
    """Standard output; a pipe or file gets lines wide enough for the tables."""
    screen = Screen()
    return screen if screen.is_terminal else Screen(width=PIPE_WIDTH)


def say(line: str, json: bool) -> None:
    """A remark for people; it must not get into JSON."""
    print(line, file=sys.stderr if json else sys.stdout)


def print_json(value: Any) -> None:
    """Plain values as indented JSON on standard output."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


@contextlib.contextmanager
def unheard() -> Iterator[None]:
    """Keep what a library in C prints off standard output: HiGHS lets a line slip now and then."""
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    try:
        yield
    finally:
        with contextlib.suppress(OSError, AttributeError, TypeError):  # where C's library cannot be asked
            ctypes.CDLL(None).fflush(None)
        os.dup2(kept, 1)
        os.close(kept)
