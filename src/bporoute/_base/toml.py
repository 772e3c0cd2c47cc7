"""A TOML file as tables, or where it is wrong."""

from __future__ import annotations

import os
import re
import tomllib
from typing import Any

from bporoute.errors import InputError

MOST_BYTES = 1 << 20
_OTHERS = (".csv", ".json", ".jsonl", ".yaml", ".yml", ".xlsx")
_QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
_DEEP_KEY = re.compile(r"(?<![\w-])(?:[\w-]+[ \t]*\.[ \t]*){32}")


def read_tables(path: str | os.PathLike[str], what: str) -> dict[str, Any]:
    """The tables of a TOML file that is to be `what`, or an `InputError` that begins with the place in it."""
    try:
        with open(os.fspath(path), "rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise InputError("file", f"more than {MOST_BYTES} bytes", f"at most {MOST_BYTES} bytes")
        text = content.decode("utf-8-sig")
        if _DEEP_KEY.search(_QUOTED.sub("q", text)):  # tomllib takes time in the square of the depth
            raise RecursionError
        return tomllib.loads(text)
    except OSError as failure:
        raise InputError("file", failure.strerror or str(failure), f"{what} that can be read") from None
    except UnicodeDecodeError as failure:
        raise InputError(
            f"byte {failure.start}", "a byte that is not UTF-8", "a TOML file in UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as failure:
        ending = os.path.splitext(path)[1].lower()
        if ending in _OTHERS:
            raise InputError("file", f"a {ending} file", f"{what} in TOML (.toml)") from None
        message, _, place = str(failure).partition(" (at ")
        raise InputError(place.rstrip(")") or "file", message, "valid TOML") from None
    except InputError:
        raise
    except ValueError as failure:  # a file name that no system takes
        raise InputError("file", str(failure), f"{what} that can be read") from None
    except RecursionError:
        raise InputError("file", "tables or lists nested too deeply", "at most some dozen levels") from None
