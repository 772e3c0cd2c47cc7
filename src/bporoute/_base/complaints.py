"""Everything that is wrong with tables and lists, told at once, with places and what would be right."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from types import UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin

import msgspec

from bporoute._base.kinds import bare, choices_of, is_struct, tag_of, tags_of, title_of
from bporoute._base.meanings import in_short, meanings
from bporoute._base.near import close_matches
from bporoute._base.spoken import seconds_of, share_of
from bporoute._base.words import IN_SECONDS, SHARE, did_you_mean, in_words, nearest
from bporoute.errors import InputError, shown


class Dialect(NamedTuple):
    """What a kind of file says beside plain values, and what its complaints can teach.

    Attributes
    ----------
    examples : dict
        Class and field, as ``"Queue.aht"`` -> an example of its value, as TOML.
    sections : dict
        Class -> how the table is called that is read into it.
    readers : dict
        Class -> what makes its table of a text or list that stands there instead.
    kinds : dict
        Class and field -> what it holds, where the class itself takes anything.
    """

    examples: Mapping[str, str] = {}
    sections: Mapping[str, str] = {}
    readers: Mapping[Any, Callable[[Any], Any]] = {}
    kinds: Mapping[str, Any] = {}


class _Gone:
    """In place of what cannot be used, not even mended."""


_GONE = _Gone()
Field = tuple[Any, str]
"""A class and the name of one of its fields."""


class Looked:
    """A walk through `raw`, tables and lists as TOML gives them, that are to be a value of a `kind`.

    Without a `dialect` nothing but plain values is taken.

    Attributes
    ----------
    complaints : list of InputError
        What is wrong, in the order of the walk.
    mended : object
        What `raw` is without that: texts are read, what is wrong is left out.
    """

    def __init__(self, raw: Any, kind: Any, where: str, dialect: Dialect | None) -> None:
        self.complaints: list[InputError] = []
        self._dialect = dialect or Dialect()
        self._spoken = dialect is not None
        self._stand_ins: set[str] = set()
        self._lost = 0
        self.mended = self._value(raw, kind, where, None)

    def _bad(self, where: str, found: str, expected: str) -> _Gone:
        """Complain, but not of what only stands in for something wrong."""
        if where not in self._stand_ins:
            self.complaints.append(InputError(where or "file", found, expected))
        return _GONE

    def _value(self, raw: Any, kind: Any, where: str, field: Field | None) -> Any:
        plain = bare(kind)
        if get_origin(plain) in (Union, UnionType):
            return self._one_of(raw, plain, where, field)
        if is_struct(plain):
            return self._table(raw, plain, where)
        if get_origin(plain) is dict:
            return self._entries(raw, plain, where, field)
        if get_origin(plain) in (tuple, list) and isinstance(raw, list | tuple):
            read = [
                self._value(item, get_args(plain)[0], f"{where}[{place}]", field)
                for place, item in enumerate(raw)
            ]
            return [item for item in read if item is not _GONE]
        return self._leaf(raw, kind, where, field)

    def _one_of(self, raw: Any, kind: Any, where: str, field: Field | None) -> Any:
        others = [part for part in get_args(kind) if part is not type(None)]
        tagged = {tag_of(part): part for part in map(bare, others) if is_struct(part)}
        if raw is None and len(others) < len(get_args(kind)):
            return None
        if len(others) == 1:
            return self._value(raw, others[0], where, field)
        if not tagged or not (isinstance(raw, dict) or len(tagged) == len(others)):
            return self._leaf(raw, kind, where, field)
        name = str(next(iter(tagged.values())).__struct_config__.tag_field)
        if not isinstance(raw, dict):
            return self._bad(where, shown(raw), f"a table with {name} and what belongs to it")
        if name not in raw:
            return self._bad(where, f"no {name!r}", f"one of: {', '.join(tagged)}")
        if raw[name] not in tagged:
            return self._bad(f"{where}.{name}", shown(raw[name]), did_you_mean(str(raw[name]), list(tagged)))
        return self._table(raw, tagged[raw[name]], where)

    def _entries(self, raw: Any, kind: Any, where: str, field: Field | None) -> Any:
        if not isinstance(raw, dict):
            return self._bad(where, shown(raw), self._taught("a table", field))
        names, values = get_args(kind)
        entries = {}
        for name, value in raw.items():
            good = self._leaf(name, names, f"{where} {shown(name)}".lstrip(), None) is not _GONE
            read = self._value(value, values, f"{where}.{name}".lstrip("."), field)
            if good and read is not _GONE:
                entries[name] = read
            else:
                self._lost += is_struct(bare(values))
        return entries

    def _table(self, raw: Any, struct: Any, where: str) -> Any:
        if self._spoken and struct in self._dialect.readers:
            try:
                raw = self._dialect.readers[struct](raw)
            except InputError as complaint:
                return self._bad(where, complaint.found, complaint.expected)
        if not isinstance(raw, dict):
            return self._bad(where, shown(raw), "a table")
        fields = {field.name: field for field in msgspec.structs.fields(struct)}
        tag = struct.__struct_config__.tag_field
        table = {tag: raw[tag]} if tag in raw else {}
        lost, given = self._lost, dict(raw)
        for name in raw:
            if name not in fields and name != tag:
                meant = nearest(str(name), sorted(fields))
                expected = self._meant(str(name), struct, sorted(fields))
                self._bad(where, f"an unknown key {shown(name)}", expected)
                given.setdefault(meant, raw[name])
        for name, field in fields.items():
            place, key = f"{where}.{name}".lstrip("."), (struct, name)
            value: Any = _GONE
            if name in given:
                wanted = self._dialect.kinds.get(_dotted(key), field.type) if self._spoken else field.type
                value = self._value(given[name], wanted, place, key)
            elif field.required:
                self._bad(where, f"no {name!r}", self._taught(f"a value for {name!r}", key))
            if value is _GONE and field.required:
                value = self._stand_in(place, key)
            if value is not _GONE:
                table[name] = value
        return table if self._lost > lost else self._whole(table, struct, where)

    def _stand_in(self, place: str, key: Field) -> Any:
        """The example in place of what is missing or wrong, so that the rest can be looked at."""
        self._stand_ins.add(place)
        example = self._dialect.examples.get(_dotted(key))
        if example is None:
            self._lost += 1
            return _GONE
        return tomllib.loads(f"value = {example}")["value"]

    def _whole(self, table: dict[str, Any], struct: Any, where: str) -> Any:
        """The table, if its fields go together; else without those that do not."""
        fields = {field.name: field for field in msgspec.structs.fields(struct)}
        while True:
            try:
                msgspec.convert(table, struct)
                return table
            except msgspec.ValidationError as failure:
                cause, text = failure.__cause__, str(failure)
            told = cause.complaints if isinstance(cause, InputError) else ()
            if not told:
                self._bad(where, shown(table), in_words(text, table, ""))
            for each in told:
                first = re.split(r"[.\[]", each.where)[0]
                inner = f"{where}.{each.where}".lstrip(".")
                entries = first in fields and get_origin(bare(fields[first].type)) is dict
                if self._complained_of(inner if entries else f"{where}.{first}".lstrip(".")):
                    continue
                # What is not there may be missed only because something else is wrong.
                if first in table or not self._complained_of(where):
                    known = first == each.where
                    expected = self._taught(each.expected, (struct, first)) if known else each.expected
                    self._bad(inner, each.found, expected)
            culprit = re.split(r"[.\[]", told[0].where)[0] if where and len(told) == 1 else ""
            place = f"{where}.{culprit}".lstrip(".")
            if culprit not in table or place in self._stand_ins:
                self._lost += 1
                return _GONE
            del table[culprit]
            if fields[culprit].required and (value := self._stand_in(place, (struct, culprit))) is not _GONE:
                table[culprit] = value
            elif fields[culprit].required:
                return _GONE

    def _complained_of(self, where: str) -> bool:
        return any(complaint.where.startswith(where) for complaint in self.complaints)

    def _leaf(self, raw: Any, kind: Any, where: str, field: Field | None) -> Any:
        title, written = title_of(kind), raw
        if self._spoken and isinstance(raw, str) and title in (IN_SECONDS, SHARE):
            read = seconds_of(raw) if title == IN_SECONDS else share_of(raw)
            raw = raw if read is None else read
        try:
            msgspec.convert(raw, kind)
            return raw
        except msgspec.ValidationError as failure:
            cause, text = failure.__cause__, str(failure)
        if isinstance(cause, InputError):
            for told in cause.complaints:
                self._bad(f"{where}.{told.where}".lstrip("."), told.found, told.expected)
            return _GONE
        if title == SHARE and isinstance(written, str) and written != raw and raw > 1.0:
            return self._bad(where, shown(written), self._taught("a percentage of at most 100 %", field))
        choices = choices_of(kind)
        expected = did_you_mean(str(raw), choices) if choices else in_words(text, raw, title)
        return self._bad(where, shown(raw), self._taught(expected, field))

    def _taught(self, expected: str, field: Field | None) -> str:
        """What would be right, with the meaning of the key and an example of its value."""
        example = self._dialect.examples.get(_dotted(field)) if field else None
        if field is None or example is None:
            return expected
        meaning = in_short(meanings(field[0]).get(field[1], ""))
        return f"{expected} ({meaning and f'{meaning}; '}such as {field[1]} = {example})"

    def _meant(self, name: str, struct: Any, known: list[str]) -> str:
        """The key that an unknown one probably stands for, in its table or where it belongs."""
        terms = sorted(tags_of(self._dialect.kinds.get(f"{struct.__name__}.terms")))
        term = next((kind for kind in terms if kind in name or name in kind), "")
        near = close_matches(name, known, n=1, cutoff=0.9 if term else 0.6)
        if near:
            return did_you_mean(name, known)
        listed = f"known here: {', '.join(known)}"
        owners = [key.partition(".")[0] for key in self._dialect.examples if key.endswith(f".{name}")]
        if owners := [owner for owner in owners if owner in self._dialect.sections]:
            return (
                f"{name!r} under {' or '.join(self._dialect.sections[owner] for owner in owners)}; {listed}"
            )
        if term := term or nearest(name, terms):
            return f"a term among terms, {{ kind = {term!r}, ... }}; {listed}"
        return did_you_mean(name, known)


def _dotted(field: Field) -> str:
    return f"{field[0].__name__}.{field[1]}"
