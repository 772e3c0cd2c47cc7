"""The command ``bporoute warmup``: compiled kernels put on disk at install time, for processes to come."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from bporoute import _kernels
from bporoute.cli._options import AsJson
from bporoute.cli._terminal import print_json, progress
from bporoute.errors import InputError


def warmup(
    cache: Annotated[
        Path | None,
        typer.Option(help="Folder for the compiled kernels. Default: where this user's processes keep them."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Compile the kernels into a cache, so that processes to come start in half a second.

    Processes that set NUMBA_CACHE_DIR to the folder use it, also where they may only read it. It holds for
    this version, this Python, the folder that it is installed in, and this kind of processor: run it where
    the container image is built, and there and later set NUMBA_CPU_NAME=generic if the machines differ.
    Exit code 1 if the cache cannot keep them.

    Example: `bporoute warmup --cache /opt/bporoute-cache`
    """
    if cache is not None:
        cache = cache.absolute()
        _check_writable(cache)
    rows = _fill(cache)
    kept_all = all(row["kept"] for row in rows)
    if json:
        print_json({"cache": None if cache is None else str(cache), "kept": kept_all, "kernels": rows})
    else:
        width = max(len(row["kernel"]) for row in rows)
        for row in rows:
            what = "was there" if row["found"] else "compiled"
            print(f"{row['kernel']:{width}} {row['seconds']:6.1f} s  {what}")
        for trouble in dict.fromkeys(row["trouble"] for row in rows if row["trouble"]):
            print(f"note: {trouble}")
        if cache is not None and kept_all:
            print(f"{cache}: filled. Next: NUMBA_CACHE_DIR={cache} for every process that routes")
    if not kept_all:
        raise typer.Exit(1)


def _fill(cache: Path | None) -> list[dict[str, Any]]:
    """What became of each kernel, with a bar meanwhile."""
    rows: list[dict[str, Any]] = []
    with progress(_kernels.TO_FILL) as (describe, advance):
        began = time.perf_counter()
        for name, kept in _kernels.fill_cache(cache):
            describe(name)
            if kept is not None:
                seconds = round(time.perf_counter() - began, 3)
                rows.append({"kernel": name, "seconds": seconds, **kept._asdict()})
                advance(1)
                began = time.perf_counter()
    return rows


def _check_writable(cache: Path) -> None:
    try:
        cache.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=cache).close()
    except OSError as failure:
        raise InputError("--cache", repr(str(cache)), f"a folder to write to ({failure.strerror})") from None
