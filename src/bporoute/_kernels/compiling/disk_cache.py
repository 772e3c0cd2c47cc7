"""Compiled kernels on disk: found by content, also where the folder may only be read; damage is mended.

Only whoever compiles imports this, for it loads Numba.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numba.core.caching

_numba: Any = numba  # which ships no types
_caching: Any = _numba.core.caching


@cache
def fingerprint() -> str:
    """Of the source of all kernels and their tables."""
    sources = sorted(Path(__file__).parents[1].rglob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def named_folder() -> str:
    """The folder that ``NUMBA_CACHE_DIR`` names; empty: none."""
    return str(_numba.config.CACHE_DIR)


def name_folder(folder: Path) -> None:
    """Keep what this process compiles from now on in a folder, whatever the environment says."""
    _numba.config.CACHE_DIR = str(folder)


NOWHERE = "no folder can be written: set NUMBA_CACHE_DIR"
"""Why nothing is kept where there is neither a named folder nor one of the user's."""


class _Nowhere(_caching.UserProvidedCacheLocator):  # type: ignore[misc]  # Numba ships no types
    """Where no folder can be written: what stands in the named one is read all the same."""

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        return cls(py_func, py_file)


class _Places(_caching.CompileResultCacheImpl):  # type: ignore[misc]  # Numba ships no types
    _locator_classes = (*_caching.CompileResultCacheImpl._locator_classes, _Nowhere)


class ContentCache(_caching.FunctionCache):  # type: ignore[misc]  # Numba ships no types
    """Keeps a kernel under the content of all kernels, and says what it could not do instead of failing.

    Numba's own key knows the one file that a kernel stands in: it would keep a callee from another file after
    that has changed; and Numba leaves a folder alone that it may read and not write.

    Parameters
    ----------
    py_func : function
        The kernel.
    missed : callable
        Called with where was looked, if the kernel is not there, before it is compiled.

    Attributes
    ----------
    found : bool
        Whether the kernel was there.
    kept : bool
        Whether it is there now.
    trouble : str
        Why it cannot be kept or could not be read; empty: all is well.
    """

    _impl_class = _Places

    def __init__(self, py_func: Any, missed: Callable[[str], None]) -> None:
        super().__init__(py_func)
        self._missed = missed
        self._nowhere = not named_folder() and isinstance(self._impl.locator, _Nowhere)
        """Whether there is no place at all: its path would be one in whatever folder this process runs."""
        self.found = self.kept = False
        self.trouble = ""
        named = named_folder()
        self._read_only: Any = None
        """The named folder, where what is compiled is kept elsewhere because that cannot be written."""
        if named and not Path(self.cache_path).is_relative_to(named):
            stamp = self._impl.locator.get_source_stamp()
            path = _Nowhere(py_func, py_func.__code__.co_filename).get_cache_path()
            self._read_only = _caching.IndexDataCacheFile(path, self._impl.filename_base, stamp)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled kernel if it is kept and can be read."""
        target_context.refresh()
        if self._nowhere:
            self.trouble = NOWHERE
            self._missed("")
            return None
        key = self._index_key(sig, target_context.codegen())
        for place in (self._read_only, self._cache_file):
            if place is None:
                continue
            try:
                kept = place.load(key)
                if kept is not None:
                    found = self._impl.rebuild(target_context, kept)
                    self.found = self.kept = True
                    return found
            except OSError as failure:
                self.trouble = f"{place._cache_path} cannot be read: {failure.strerror or failure}"
            except Exception as failure:  # whatever unpickling garbage raises
                self.trouble = f"{place._index_path} was damaged: {type(failure).__name__}"
                with contextlib.suppress(OSError):
                    place.flush()  # or it would be damaged for ever
        self._missed(named_folder() or self.cache_path)
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a compiled kernel if that can be."""
        if self._nowhere:
            return
        named = named_folder()
        try:
            super().save_overload(sig, data)
        except Exception as failure:
            told = getattr(failure, "strerror", None) or failure
            self.trouble = f"{named or self.cache_path} cannot be written: {told}"
        else:
            self.kept = self._read_only is None
            if not self.kept:
                self.trouble = f"{named} cannot be written: kept in {self.cache_path}"

    def _index_key(self, *arguments: Any) -> Any:
        return (*super()._index_key(*arguments), fingerprint())
