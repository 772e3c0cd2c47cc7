"""What a slim install leaves out: whoever asks for it is told what to install."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec

from bporoute.errors import InputError


@cache
def is_installed(package: str) -> bool:
    """Whether a package can be imported, without doing so.

    >>> is_installed("msgspec"), is_installed("no_such_package")
    (True, False)
    """
    return find_spec(package) is not None


@contextmanager
def needed(package: str) -> Iterator[None]:
    """Import a package within that a slim install does not have; `InputError` if it is not there.

    >>> with needed("no_such_package"):
    ...     import no_such_package
    Traceback (most recent call last):
    bporoute.errors.InputError: no_such_package: found nothing installed; expected pip install no_such_package
    """
    try:
        yield
    except ModuleNotFoundError as failure:
        if (failure.name or "").partition(".")[0] != package:
            raise
        raise InputError(package, "nothing installed", f"pip install {package}") from None
