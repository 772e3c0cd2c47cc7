"""The lines of the Asterisk Gateway Interface: commands with their texts quoted, and what answers them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from bporoute._base.words import did_you_mean
from bporoute.center._contact import Contact
from bporoute.errors import InputError, shown

FIELDS = [field for field in Contact.__struct_fields__ if field != "unread"]
HUNG_UP = "HANGUP"
"""The line that Asterisk sends when the caller has gone while somebody is asked."""
_READABLE = re.compile(r"[A-Za-z0-9_]{1,80}(\([A-Za-z0-9_,\-]{0,80}\))?")
_ASKED = re.compile(r"200 result=1 \(([A-Za-z0-9_]+)\|(.*)\)")
_UNPLAIN = re.compile(r"([^A-Za-z0-9_])")
_BROKEN = re.compile(r"[^ -~\u00a0-\ud7ff\ue000-\uffff]")
LONGEST = 2_000
"""Characters of a command: Asterisk reads 2,047 bytes of a line, and takes the rest for another one."""
MOST_REMARK = 200
"""Characters of a text that people read, at most."""


def check_readable(names: Mapping[str, str]) -> None:
    """Refuse variables or functions of a dialplan that cannot be asked for, and fields that are none.

    >>> check_readable({"language": "CHANNEL(language)"})
    >>> check_readable({"language": "SHELL(rm -r /)"})
    Traceback (most recent call last):
    bporoute.errors.InputError: ask.language: found 'SHELL(rm -r /)'; expected a variable or function of the \
dialplan, such as CHANNEL(language)
    """
    for field, name in names.items():
        if Contact.of({field: "x"}) == Contact.of({}):  # nothing reads it
            raise InputError(f"ask.{field}", "no field of a contact", did_you_mean(field, FIELDS))
        if not isinstance(name, str) or not _READABLE.fullmatch(name):
            wanted = "a variable or function of the dialplan, such as CHANNEL(language)"
            raise InputError(f"ask.{field}", shown(name), wanted)


def asking(mark: str, names: Sequence[str]) -> str:
    """The command that asks for several variables at once; `mark` is what its answer is known by.

    Each value comes encoded as in a URL, since a caller may have chosen it: a line's end in it, a
    parenthesis or a faked answer stay within the value.

    >>> asking("f3", ["DIALSTATUS", "CHANNEL(language)"])
    'GET FULL VARIABLE f3|${URIENCODE(${DIALSTATUS})}|${URIENCODE(${CHANNEL(language)})}'
    """
    return "GET FULL VARIABLE " + "|".join([mark, *(f"${{URIENCODE(${{{name}}})}}" for name in names)])


def asked(line: str, mark: str, names: Sequence[str]) -> dict[str, str] | None:
    """What `asking` was answered, without what is empty; None: the line is no answer to it.

    >>> asked("200 result=1 (f3|NOANSWER|)", "f3", ["DIALSTATUS", "CHANNEL(language)"])
    {'DIALSTATUS': 'NOANSWER'}
    >>> asked("200 result=1 (f4|NOANSWER|)", "f3", ["DIALSTATUS", "CHANNEL(language)"]) is None
    True
    """
    found = _ASKED.fullmatch(line)
    if found is None or found[1] != mark:
        return None
    values = found[2].split("|") if names else []
    if len(values) != len(names):
        return {}
    return {name: unquote(value) for name, value in zip(names, values, strict=True) if value}


def remark(text: str) -> str:
    """A text that people read, cut if it is long, and then said to be.

    >>> remark("no state of the queue"), len(remark("x" * 1_000)), remark("x" * 1_000)[-5:]
    ('no state of the queue', 200, 'x ...')
    """
    return text if len(text) <= MOST_REMARK else f"{text[: MOST_REMARK - 4]} ..."


def setting(values: Mapping[str, str]) -> str:
    r"""The command that sets several variables at once, of names that need no quoting.

    Nothing of a value is left out: one that is cut would name somebody else.

    Raises
    ------
    InputError
        If Asterisk would not read so long a line whole.

    >>> print(setting({"BPOROUTE_ACTION": "keep", "BPOROUTE_DESTINATION": 'a, "b"\r\nx'}))
    SET VARIABLE "ARRAY(BPOROUTE_ACTION,BPOROUTE_DESTINATION)" "keep,a\\,\\ \\\"b\\\"\\ \\ x"
    """
    escaped = ",".join(_escaped(value) for value in values.values())
    command = f'SET VARIABLE "ARRAY({",".join(values)})" {quoted(escaped)}'
    if (size := len(command.encode())) > LONGEST:
        name = max(values, key=lambda each: len(values[each]))
        raise InputError(name, f"a command of {size} bytes", f"at most {LONGEST}: Asterisk reads no more")
    return command


def _escaped(value: str) -> str:
    """A value as one between commas, on one line."""
    return value and _UNPLAIN.sub(r"\\\1", _BROKEN.sub(" ", value))


def quoted(text: str) -> str:
    r"""A text as an argument of a command.

    >>> print(quoted('say "hi"\\'))
    "say \"hi\"\\"
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def is_done(line: str) -> bool:
    """Whether an answer says that the command was done.

    >>> is_done("200 result=1"), is_done("511 Command Not Permitted on a dead channel or intercept routine")
    (True, False)
    """
    return line.startswith("200 result=") and not line.startswith("200 result=-1")
