"""What queues and trunks are called in Asterisk, as a file says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from bporoute._base.toml import read_tables
from bporoute._base.words import did_you_mean
from bporoute.errors import InputError, shown


class Names(NamedTuple):
    """Names in Asterisk.

    Attributes
    ----------
    queues : mapping of str to str, or None
        Queue in Asterisk -> queue of the center; None: they have the same names.
    trunks : mapping of str to str
        Device in Asterisk, such as ``"PJSIP/baltic"`` -> vendor.
    """

    queues: Mapping[str, str] | None
    trunks: Mapping[str, str]


def read_names(path: str | os.PathLike[str]) -> Names:
    """Read a TOML file with the tables ``[queues]`` and ``[trunks]``, each of them optional.

    Parameters
    ----------
    path : path
        The file.

    Raises
    ------
    InputError
        Naming the file, what stands there and what would be right.
    """
    try:
        tables = read_tables(Path(path), "a file of names in Asterisk")
        for found, table in tables.items():
            if found not in Names._fields:
                raise InputError(f"[{found}]", "no such table", did_you_mean(found, list(Names._fields)))
            if not isinstance(table, dict) or not all(isinstance(name, str) for name in table.values()):
                raise InputError(f"[{found}]", shown(table), 'names and names, such as support = "service"')
        return Names(tables.get("queues"), tables.get("trunks", {}))
    except InputError as complaint:
        raise complaint.under(f"{path}: ") from None
