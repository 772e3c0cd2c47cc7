"""Every back-ticked name in docstrings and documents exists.

In a docstring single back-ticks hold a name and double ones code; the name must be one that can be looked up
from there:

- a parameter of the function (of a module: of one of its functions), a field, attribute or method of the
  class around it, a name of its module (also one imported for types only) or one of Python's;
- a name of the packages that the module lies in, which for `bporoute` and its rooms are the public ones;
- behind one of these, or by its import path, a dotted name; an attribute of a parameter is not looked up;
- a file of the repository, from its root; or a command of ours, which help texts set like that.

Of any other text of the package (code in double back-ticks, help of a command, an error) the import paths and
the commands that it names are looked up, and the attributes that it names of our classes.

In Markdown single back-ticks hold code of any kind. What is looked up there are import paths of `bporoute`,
files in folders (from the root, or from the package), and names of ours where they look like nothing else:
with a capital letter, or called. README and CHANGELOG name what is public, docs/ anything.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import bporoute
from bporoute.cli._app import app

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").exists())
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
PACKAGE = ROOT / "src" / "bporoute"
MODULES = sorted(PACKAGE.rglob("*.py"))

TICKED = re.compile(r"`([^`]+)`")
CODE = re.compile(r"^```.*?^```|``.+?``|:math:`[^`]+`", re.DOTALL | re.MULTILINE)
DOTTED = re.compile(r"[A-Za-z_]\w*(\.\w+)*")
IMPORT_PATH = re.compile(r"\bbporoute(?:\.\w+)+")
FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)+\.[a-z]+")
CAPITAL = re.compile(r"([A-Z]\w*[a-z]\w*(?:\.\w+)*)")
CALLED = re.compile(r"(\w+(?:\.\w+)*)\([^()]*\)")

COMMAND = re.compile(r"(?<![\w./-])bporoute ([a-z][a-z-]+)")
OF_A_CLASS = re.compile(r"``([A-Z]\w+\.\w+)")

ROOMS = [import_module(f"bporoute.{name}") for name in sorted(bporoute._ROOMS - {"errors", "_kernels"})]
LATER = object()
"""The value of a name that has none before the program runs."""

Scope = dict[str, Any]


def test_names_in_docstrings_exist() -> None:
    dead = []
    for path in MODULES:
        module = _module(path)
        tree = ast.parse(path.read_text())
        scope = {**vars(builtins), **_imports(tree), **vars(import_module(module))}
        for line, text, visible in _docstrings(tree, scope):
            dead += [f"{path}:{line}: {name}" for name in _ticked(text) if not _exists(name, module, visible)]
    assert dead == []


def test_names_in_documents_exist() -> None:
    dead = []
    public = {name: getattr(room, name) for room in (bporoute, *ROOMS) for name in room.__all__}
    ours = {name: value for path in MODULES for name, value in vars(import_module(_module(path))).items()}
    for path in DOCUMENTS:
        known = public if path.parent == ROOT else ours | public
        for ticked in _ticked(path.read_text()):
            named = CAPITAL.fullmatch(ticked) or CALLED.fullmatch(ticked)
            if (
                not all(map(_can_be_imported, IMPORT_PATH.findall(ticked)))
                or (FILE.fullmatch(ticked) and not any((root / ticked).exists() for root in (ROOT, PACKAGE)))
                or (named and not _is_known(named[1].removeprefix("bporoute."), known))
            ):
                dead.append(f"{path}: {ticked}")
    assert dead == []


def test_what_any_text_of_the_package_points_to_exists() -> None:
    dead = []
    ours = {name: value for path in MODULES for name, value in vars(import_module(_module(path))).items()}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                dead += [f"{path}:{node.lineno}: {name}" for name in _pointing_nowhere(node.value, ours)]
    assert dead == []


def test_what_a_text_may_point_to() -> None:
    text = """See bporoute.metrics.service_level and ``Router.stats``, or run `bporoute simulat center.toml`.

    See bporoute.simulation.simulate, ``Router.state``, ``Contact.of`` and run bporoute simulate center.toml.
    >>> from bporoute import Router
    """
    ours = {"Router": bporoute.Router, "Contact": bporoute.Contact}
    assert list(_pointing_nowhere(text, ours)) == [
        "bporoute.metrics.service_level",
        "Router.stats",
        "bporoute simulat",
    ]


@pytest.mark.parametrize(
    ("name", "exists"),
    [
        ("situation", True),  # of one of the module's functions, passed as the scope
        ("Situation.served_so_far", True),
        ("Situation.served_at_all", False),
        ("MeetTarget", True),
        ("queueing.largest_threshold", True),
        ("bporoute.simulation.COLUMNS", True),
        ("bporoute.simulation.ROWS", False),
        ("metrics.service_level", False),
        ("functools.partial", True),
        ("Largest.threshold", False),
        ("service_level", False),
        ("docs/accuracy.md", True),
        ("docs/precision.md", False),
        ("bporoute demo --plot day.png", True),
        ("two words", False),
    ],
)
def test_what_a_docstring_of_a_policy_may_name(name: str, exists: bool) -> None:
    module = import_module("bporoute.policies._thresholds")
    assert _exists(name, module.__name__, {**vars(module), "situation": LATER}) == exists


def _pointing_nowhere(text: str, ours: Scope) -> Iterator[str]:
    """What a text names and does not exist: import paths, attributes of our classes, commands."""
    yield from (path for path in IMPORT_PATH.findall(text) if not _can_be_imported(path))
    for name in OF_A_CLASS.findall(text):
        owner, _, attribute = name.partition(".")
        value = ours.get(owner)
        if inspect.isclass(value) and attribute not in _members(value) | _set_by(value):
            yield name
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}
    commands |= {group.typer_instance.info.name for group in app.registered_groups}
    if not COMMAND.fullmatch(text):  # that is what a thread is called
        yield from (f"bporoute {name}" for name in COMMAND.findall(text) if name not in commands | {"import"})


def _set_by(kind: type) -> Scope:
    """What the initialiser of a class sets."""
    code = getattr(vars(kind).get("__init__"), "__code__", None)
    return dict.fromkeys(code.co_names if code else (), LATER)


def _module(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def _ticked(text: str) -> list[str]:
    return [" ".join(ticked.split()) for ticked in TICKED.findall(CODE.sub("", text))]


def _docstrings(
    node: ast.Module | ast.ClassDef | ast.FunctionDef, scope: Scope
) -> Iterator[tuple[int, str, Scope]]:
    """Line, text and what is in scope of each docstring in a module, those below fields included."""
    own = scope | dict.fromkeys(_parameters(node), LATER)
    if isinstance(node, ast.ClassDef):
        own |= dict.fromkeys(_set_on_self(node), LATER) | _members(scope.get(node.name))
    for statement in node.body:
        match statement:
            case ast.Expr(value=ast.Constant(value=str() as text)):
                yield statement.lineno, text, own
            case ast.ClassDef() | ast.FunctionDef():
                yield from _docstrings(statement, scope if isinstance(node, ast.Module) else own)


def _parameters(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> list[str]:
    """Those of a function, of the initialiser of a class, of any function of a module."""
    if isinstance(node, ast.FunctionDef):
        return [part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)]
    functions = (part for part in node.body if isinstance(part, ast.FunctionDef))
    chosen = (part for part in functions if isinstance(node, ast.Module) or part.name == "__init__")
    return [name for function in chosen for name in _parameters(function)]


def _set_on_self(node: ast.ClassDef) -> Iterator[str]:
    for part in ast.walk(node):
        match part:
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                yield name


def _imports(tree: ast.Module) -> Scope:
    """What a module imports from others of ours, those included that it imports for types only."""
    return {
        alias.asname or alias.name: getattr(import_module(part.module or ""), alias.name, LATER)
        for part in ast.walk(tree)
        if isinstance(part, ast.ImportFrom) and (part.module or "").startswith("bporoute")
        for alias in part.names
    }


def _members(value: object) -> Scope:
    """Attributes of a value, those too that a class only announces."""
    announced = [name for kind in getattr(value, "__mro__", ()) for name in inspect.get_annotations(kind)]
    return {name: getattr(value, name, LATER) for name in (*announced, *dir(value))}


def _exists(name: str, module: str, scope: Scope) -> bool:
    if not DOTTED.fullmatch(name):
        return name.startswith("bporoute ") or (bool(FILE.fullmatch(name)) and (ROOT / name).exists())
    parts = name.split(".")
    if parts[0] in scope and _has(scope[parts[0]], parts[1:]):
        return True
    paths = [f"{module.rsplit('.', levels)[0]}.{name}" for levels in range(module.count(".") + 1)]
    return any(map(_can_be_imported, [*paths, name] if len(parts) > 1 or name == "bporoute" else paths))


def _has(value: object, parts: list[str]) -> bool:
    """Whether a value has the attribute at the end of a path."""
    for part in parts:
        members = _members(value)
        if part not in members and not hasattr(value, part):
            return False
        value = getattr(value, part, LATER)
    return True


def _can_be_imported(path: str) -> bool:
    """Whether the first parts of a dotted path are a module that has the rest."""
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        try:
            module = import_module(".".join(parts[:length]))
        except ImportError:
            continue
        return _has(module, parts[length:])
    return False


def _is_known(name: str, known: Scope) -> bool:
    """Whether a name is among these, with its attributes, or is itself an attribute of one of them."""
    head, *rest = name.split(".")
    if head in known:
        return _has(known[head], rest)
    return not rest and any(head in _members(value) for value in known.values())
