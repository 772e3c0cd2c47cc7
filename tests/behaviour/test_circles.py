"""No circle of files: whoever reads one file can read what it needs first, type-checking imports included."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import bporoute

PACKAGE = Path(bporoute.__file__).parent


def module(path: Path) -> str:
    parts = ("bporoute", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path, modules: set[str]) -> set[str]:
    """The package's own modules that a file names in an import statement, wherever that stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("bporoute"):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & modules - {"bporoute"}


def test_no_circle_of_files():
    files = {module(path): path for path in PACKAGE.rglob("*.py")}
    doors = {name for name, path in files.items() if path.name == "__init__.py"} - {"bporoute._kernels"}
    # A door only lists what is behind it.
    needed = {name: imported(path, set(files)) - doors for name, path in files.items() if name not in doors}
    try:
        tuple(TopologicalSorter(needed).static_order())
    except CycleError as circle:
        raise AssertionError(" -> ".join(circle.args[1])) from None
