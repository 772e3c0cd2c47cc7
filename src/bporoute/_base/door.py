"""A door whose files are loaded when the first of their names is used: a start should be quick."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def opened(door: str, behind: Mapping[str, str]) -> Callable[[str], Any]:
    """What a room's ``__getattr__`` is, for the room named `door`.

    `behind` has the files of the room, each with the names that are public of it.

    >>> find = opened("bporoute.durations", {"_laws": "Constant Empirical"})
    >>> find("Constant")
    <class 'bporoute.durations._laws.Constant'>
    >>> find("Gamma")
    Traceback (most recent call last):
    AttributeError: module 'bporoute.durations' has no attribute 'Gamma'
    """
    files = {name: file for file, names in behind.items() for name in names.split()}

    def find(name: str) -> Any:
        if name not in files:
            raise AttributeError(f"module {door!r} has no attribute {name!r}")
        value = getattr(import_module(f"{door}.{files[name]}"), name)
        setattr(sys.modules[door], name, value)
        return value

    return find
