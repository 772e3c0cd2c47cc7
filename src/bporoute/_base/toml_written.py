"""A struct as the TOML file that is read into an equal one, if wished with every key there is."""

from __future__ import annotations

import enum
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

import msgspec
import tomlkit

from bporoute._base.complaints import Dialect
from bporoute._base.kinds import bare, is_struct, tag_of
from bporoute._base.meanings import in_short, meanings, summary

_WIDTH = 100


def toml_of(whole: msgspec.Struct, dialect: Dialect, *, every_key: bool) -> str:
    """What is said in a struct that a `dialect` reads, as a file; what is as by default is left out.

    The dialect's sections in brackets are tables of their own, other structs stand on one line. With
    `every_key`, the first table of each class has the keys that it leaves out as comments, with meaning and
    example, and a table of which there is none stands there as a comment.
    """
    written = _Written(dialect, every_key)
    lines = [*written.table(type(whole), whole, ())]
    return "\n".join(lines).strip("\n") + "\n"


class _Written:
    def __init__(self, dialect: Dialect, every_key: bool) -> None:
        self._dialect = dialect
        self._every_key = every_key
        self._explained: set[Any] = set()

    def table(self, struct: Any, item: msgspec.Struct | None, path: tuple[str, ...]) -> Iterator[str]:
        """The lines of a table, None: of one that is not there; then those of the tables below it."""
        explain = self._every_key and struct not in self._explained
        self._explained.add(struct)
        below: list[str] = []
        told = ""
        for field in msgspec.structs.fields(struct):
            value = _default(field) if item is None else getattr(item, field.name)
            said = item is not None and value != _default(field)
            if section := self._section(field.type):
                below += self._tables(section, value, said, (*path, field.name))
                continue
            if explain and (meaning := meanings(struct).get(field.name, "")) != told:
                told = meaning  # fields that share a meaning have it above the first
                yield from _comment(meaning)
            if said:
                yield f"{_key(field.name)} = {_value(value)}"
            elif explain:
                yield from self._unsaid(f"{struct.__name__}.{field.name}", field.type)
        yield from below

    def _section(self, kind: Any) -> Any:
        """The class of which a field of this type holds tables; None: the field is a key."""
        plain = bare(kind)
        struct = bare(get_args(plain)[1]) if get_origin(plain) is dict else plain
        of_its_own = is_struct(struct) and self._dialect.sections.get(struct.__name__, "").startswith("[")
        return struct if of_its_own else None

    def _tables(self, section: Any, value: Any, said: bool, path: tuple[str, ...]) -> Iterator[str]:
        """The tables that a field holds, by name or one; where it holds none, if wished, an example."""
        tables = value if isinstance(value, Mapping) else {"": value} if said else {}
        for name, item in tables.items():
            place = (*path, name) if name else path
            yield from ("", f"[{'.'.join(map(_key, place))}]", *self.table(section, item, place))
        if self._every_key and section not in self._explained:
            place = (*path, "NAME") if isinstance(value, Mapping) else path
            yield from ("", *_comment(summary(section)), f"# [{'.'.join(place)}]")
            yield from self.table(section, None, place)

    def _unsaid(self, key: str, kind: Any) -> Iterator[str]:
        """A key that is as by default, as a comment, with what a table on its line may say."""
        name = key.partition(".")[2]
        yield f"# {name} = {self._dialect.examples[key]}"
        for part in _structs_of(self._dialect.kinds.get(key, kind)):
            examples = self._examples(part)
            if part.__struct_config__.tag_field:
                tag = f'{part.__struct_config__.tag_field} = "{tag_of(part)}"'
                inside = ", ".join([tag, *(f"{field} = {example}" for field, example in examples.items())])
                yield f"#     {{ {inside} }}  # {summary(part)}"
            else:
                for field, example in examples.items():
                    said = in_short(meanings(part).get(field, ""))
                    yield f"#     {name}: {field} = {example}  # {said}"

    def _examples(self, struct: Any) -> dict[str, str]:
        """Field -> an example, without what it says beside."""
        told = {
            field.name: self._dialect.examples.get(f"{struct.__name__}.{field.name}")
            for field in msgspec.structs.fields(struct)
        }
        return {name: text.partition("  #")[0] for name, text in told.items() if text is not None}


def _default(field: Any) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def _structs_of(kind: Any) -> Iterator[Any]:
    """The classes that a type names, without those that they are made of."""
    plain = bare(kind)
    if is_struct(plain):
        yield plain
    for part in get_args(plain):
        yield from _structs_of(part)


def _comment(text: str) -> Iterator[str]:
    return (f"# {line}" for line in textwrap.wrap(text, _WIDTH))


def _key(name: str) -> str:
    return tomlkit.key(name).as_string()


def _value(value: Any) -> str:
    """A value on one line; each table of a list has one of its own."""
    if isinstance(value, tuple | list) and value and isinstance(value[0], msgspec.Struct):
        return "".join(("[\n", *(f"  {_item(item).as_string()},\n" for item in value), "]"))
    return str(_item(value).as_string())


def _item(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        config = value.__struct_config__
        told = {config.tag_field: tag_of(type(value))} if config.tag_field else {}
        for field in msgspec.structs.fields(type(value)):
            if (inner := getattr(value, field.name)) != _default(field):
                told[field.name] = inner
        value = told
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        table.update({name: _item(inner) for name, inner in value.items()})
        return table
    if isinstance(value, tuple | list):
        array = tomlkit.array()
        array.extend(_item(inner) for inner in value)
        return array
    return tomlkit.item(value.value if isinstance(value, enum.Enum) else value)
