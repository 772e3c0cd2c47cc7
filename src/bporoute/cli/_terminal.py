"""What goes to the terminal: tables, remarks, JSON and a progress bar."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

PIPE_WIDTH = 130


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


def console() -> Console:
    """Standard output; a pipe or file gets lines wide enough for the tables."""
    screen = Console()
    return screen if screen.is_terminal else Console(width=PIPE_WIDTH)


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
