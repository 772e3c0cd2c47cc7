"""A Kamailio's script that goes on as it was where a reload finds it broken."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bporoute.errors import escaped

NEEDED = ("child_init", "ksr_request_route")
"""Methods without which Kamailio can do nothing with a script."""
Begin = Callable[[], Any]
_LAST: dict[Path, Begin] = {}
"""What begins the last script that could be run, by its path: it stays when Kamailio loads anew."""


def script(ksr: Any, path: str | os.PathLike[str]) -> Begin:
    """The ``mod_init`` of the script at `path`, or that of before if it cannot be run as it is now.

    For the file that Kamailio loads, which is never changed: Kamailio 5.6 ends at the next message where what
    it loads anew has an error. So the script is read, compiled, run and begun here, and only what has come so
    far is handed over; what has not changes nothing, and the log says in which line.

    Parameters
    ----------
    ksr : module
        Kamailio's, for its log.
    path : path
        The script, which has a ``mod_init``.

    Returns
    -------
    callable
        Gives the object whose methods Kamailio calls.

    Raises
    ------
    Exception
        The script's own, at the first time: then Kamailio does not start.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from types import SimpleNamespace
    >>> text = '''
    ... class Script:
    ...     def child_init(self, rank): return 0
    ...     def ksr_request_route(self, msg): return 1
    ... mod_init = Script
    ... '''
    >>> log = SimpleNamespace(warn=lambda line: print(line[:62]), info=print)
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "kamailio.py"
    ...     _ = file.write_text(text)
    ...     before = script(log, file)()
    ...     _ = file.write_text(text + "def broken(:")
    ...     script(log, file)() is before
    bporoute: kamailio: the script goes on as before: SyntaxError:
    True
    """
    place = Path(path).absolute()
    try:
        begun = _begun(place)
    except (Exception, SystemExit) as failure:
        if place not in _LAST:
            raise
        what = f"{type(failure).__name__}: {failure}{_line_of(failure, place)}"
        ksr.warn(f"bporoute: kamailio: the script goes on as before: {escaped(what)[:500]}\n")
    else:
        _LAST[place] = lambda: begun
    return _LAST[place]


def _begun(place: Path) -> Any:
    """What the script's ``mod_init`` gives, once it has all that Kamailio needs."""
    names: dict[str, Any] = {"__name__": place.stem, "__file__": str(place)}
    exec(compile(place.read_bytes(), str(place), "exec"), names)
    begin = names.get("mod_init")
    if not callable(begin):
        raise AttributeError("it has no mod_init")
    begun = begin()
    for name in NEEDED:
        if not callable(getattr(begun, name, None)):
            raise AttributeError(f"what mod_init gives has no {name}")
    return begun


def _line_of(failure: BaseException, place: Path) -> str:
    """Where in the script it came from, the innermost line; empty: nowhere, or the failure says so itself."""
    if isinstance(failure, SyntaxError):
        return ""
    frames = traceback.extract_tb(failure.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(place)]
    return f" (line {lines[-1]})" if lines else ""
