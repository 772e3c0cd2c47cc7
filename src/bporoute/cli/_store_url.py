"""Where the store of several hosts is, told so that nobody else on the host reads its password."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from bporoute._base.files import private_text
from bporoute._base.logger import WARNING, say
from bporoute.errors import InputError

VARIABLE = "BPOROUTE_STORE"
"""The variable that holds the URL where no option does."""

StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store",
        help=f"URL of the store that several hosts share, if it has no password. Default: the variable "
        f"{VARIABLE}, or none.",
    ),
]
StoreFile = Annotated[
    Path | None,
    typer.Option("--store-file", help="File with that URL, password and all, which not everybody may read."),
]


def store_url(url: str | None, file: Path | None, environment: Mapping[str, str] = os.environ) -> str | None:
    """The URL of the store: of the option, the file or the environment, in this order; None: there is none.

    A password on the command line is taken, and the log says who reads it there.

    Raises
    ------
    InputError
        If both options are given, or the file is empty, open to everybody, or cannot be read.

    Examples
    --------
    >>> store_url(None, None, {"BPOROUTE_STORE": "redis://:s3cret@10.0.0.4:6379/0"})
    'redis://:s3cret@10.0.0.4:6379/0'
    >>> store_url(None, None, {}) is None
    True
    """
    if url is not None and file is not None:
        raise InputError("store_file", "--store as well", "one of the two")
    if file is not None:
        wanted = "a file with the URL of the store"
        if not (told := private_text(file, wanted).strip()):
            raise InputError("store_file", "nothing in it", wanted)
        return told
    if url is None:
        return environment.get(VARIABLE, "").strip() or None
    if _has_password(url):
        line = f"--store: everybody on this host reads its password there: --store-file FILE, or {VARIABLE}"
        say([(WARNING, line)])
    return url


def _has_password(url: str) -> bool:
    """Whether a URL tells a password, in its front part or its query.

    >>> _has_password("redis://:s3cret@10.0.0.4"), _has_password("postgresql://db/b?password=s3cret")
    (True, True)
    >>> _has_password("postgresql://bporoute@db/bporoute"), _has_password("redis://[")
    (False, False)
    """
    try:
        parts = urlsplit(url)
        return bool(parts.password) or "password=" in parts.query.lower()
    except ValueError:  # which whoever opens it says
        return False
