"""The contact that a SIP request is: what a proxy can tell of a call, as `Contact.of` reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bporoute._base.words import did_you_mean
from bporoute.center._contact import Contact
from bporoute.errors import InputError, shown

Reader = Callable[[Any], Contact]
FIELDS = ("type", "language", "id", "data", "country", "value_class", "skills")
CALL_ID, DIALLED = "$ci", "$rU"
MOST_KNOWN = 4_096
"""Kinds of contacts whose texts are read once; then it is begun anew."""


def read_contact(fields: Mapping[str, str] | None = None, numbers: Mapping[str, str] | None = None) -> Reader:
    """A function that makes the contact of a request, for `Route`.

    Parameters
    ----------
    fields : mapping of str to str
        Field of a `Contact` -> Kamailio's name of the variable that has it, such as
        ``{"language": "$hdr(X-Language)"}``. Whatever stands there may be missing or hostile. The type is
        what was dialled (``$rU``) and the id the Call-ID (``$ci``) unless others are named.
    numbers : mapping of str to str or None
        What the type's variable says -> the contact type, such as ``{"+46812345": "service"}``; what is
        not in there is taken as it is.

    Raises
    ------
    InputError
        At a field that a contact has not, or a variable that does not begin with ``$``.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> said = {"$rU": "+46812345", "$hdr(X-Language)": "sv_SE", "$ci": "1@pbx"}
    >>> ksr = SimpleNamespace(pv=SimpleNamespace(get=said.get))
    >>> read = read_contact({"language": "$hdr(X-Language)"}, {"+46812345": "service"})
    >>> contact = read(ksr)
    >>> contact.type, contact.language, contact.id
    ('service', 'sv-SE', '1@pbx')
    """
    variables = {"type": DIALLED, "id": CALL_ID, **(fields or {})}
    for field, variable in variables.items():
        if field not in FIELDS:
            raise InputError(f"fields.{field}", "no field of a contact", did_you_mean(field, list(FIELDS)))
        if not isinstance(variable, str) or not variable.startswith("$"):
            raise InputError(f"fields.{field}", shown(variable), 'a variable of Kamailio, such as "$rU"')
    types = dict(numbers or {})
    id_from, names = variables.pop("id"), tuple(variables)
    where = tuple(variables.values())
    known: dict[tuple[object, ...], Contact] = {}

    def read(ksr: Any) -> Contact:
        said = tuple([_told(ksr, variable) for variable in where])
        like = known.get(said)
        if like is None:
            told = dict(zip(names, said, strict=True))
            like = Contact.of({**told, "type": types.get(told["type"], told["type"])})
            if len(known) >= MOST_KNOWN:  # a caller may send another text with every call
                known.clear()
            known[said] = like
        return Contact(
            like.type,
            like.language,
            _told(ksr, id_from) or "",
            like.data,
            like.country,
            like.value_class,
            None,
            like.skills,
            like.unread,
        )

    return read


def _told(ksr: Any, variable: str) -> Any:
    """What a variable says; None where it says nothing, or what is no text in UTF-8."""
    try:
        return ksr.pv.get(variable)
    except (UnicodeDecodeError, SystemError):
        return None
