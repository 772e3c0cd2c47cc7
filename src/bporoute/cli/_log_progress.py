"""How far logs of decisions are read, as a bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bporoute.cli._terminal import progress

STEP = 1 << 20
"""Bytes between two reports of progress."""


@contextmanager
def reading_logs(paths: Sequence[Path], what: str) -> Iterator[Callable[[int], None]]:
    """A bar that says `what` is done and how far; gives what is told the bytes of each line."""
    files = [file for path in paths for file in (path.glob("*.jsonl") if path.is_dir() else [path])]
    size = sum(file.stat().st_size for file in files if file.exists())
    with progress(max(size // STEP, 1)) as (describe, advance):
        describe(f"{what} (MB)")
        read = 0

        def told(length: int) -> None:
            nonlocal read
            read += length
            if read >= STEP:
                advance(read // STEP)
                read %= STEP

        yield told
