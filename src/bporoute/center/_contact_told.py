"""A contact as it can be decided: whatever was told as one, with what could not be used of it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from bporoute.center._contact import Contact
from bporoute.center._told_texts import (
    MOST_TEXT,
    MOST_TEXTS,
    due_told,
    id_told,
    text_told,
    texts_told,
)
from bporoute.errors import askable, shown

Kind = tuple[str, str, tuple[str, ...], str, str, tuple[str, ...]]
"""What contacts have in common that are alike to every rule, in the order of the fields of a `Contact`."""


def kind_of(contact: Contact) -> Kind:
    """What a contact is like."""
    return (
        contact.type,
        contact.language,
        contact.data,
        contact.country,
        contact.value_class,
        contact.skills,
    )


def with_kind_read(contact: object) -> Contact:
    """A contact whose kind consists of plain texts: the same one if it does already.

    What cannot be used is added to `Contact.unread`; id and due time stay as they are.

    >>> with_kind_read(Contact("service", language=None, data="payment"))
    Contact(type='service', language='', id='', data=('payment',), country='', value_class='', due=None, \
skills=(), unread=())
    >>> with_kind_read({"type": "service"}).unread
    ("contact is {'type': 'service'}, not a Contact; Contact.of makes one of a mapping",)
    """
    contact = askable(contact)
    if not isinstance(contact, Contact):
        hint = "; Contact.of makes one of a mapping" if isinstance(contact, Mapping) else ""
        found = shown(contact)
        return Contact(found, unread=(f"contact is {found}, not a Contact{hint}",))
    if _is_plain(contact):
        return contact
    odd: list[str] = []
    before = texts_told("unread", contact.unread, []) if type(contact.unread) is tuple else ()
    read = msgspec.structs.replace(
        contact,
        type=text_told("type", contact.type, odd),
        language=text_told("language", contact.language, odd),
        data=texts_told("data", contact.data, odd),
        country=text_told("country", contact.country, odd),
        value_class=text_told("value_class", contact.value_class, odd),
        skills=texts_told("skills", contact.skills, odd),
        unread=(*before, *odd),
    )
    # Only texts are compared: what else there may be can raise.
    same = all(map(_is_exact, kind_of(contact))) and kind_of(read) == kind_of(contact)
    return contact if same and _is_exact(contact.unread) and read.unread == contact.unread else read


def as_told(contact: object) -> Contact:
    """A contact all of whose fields are what they should be: the same one if they are already.

    >>> as_told(Contact("service", id=b"x", due="soon")).unread
    ("contact.id is b'x', not a text", "contact.due is 'soon', not epoch seconds")
    """
    read = with_kind_read(contact)
    odd: list[str] = []
    told, due = id_told(read.id, odd), due_told(read.due, odd)
    if type(read.id) is str and told == read.id and type(read.due) in (int, float, type(None)) and not odd:
        return read
    return msgspec.structs.replace(read, id=told, due=due, unread=(*read.unread, *odd))


def _is_plain(contact: Contact) -> bool:
    """Whether a contact's kind can certainly be taken as it is: quick, as most decisions ask for it."""
    first, language, country, value_class = (
        contact.type,
        contact.language,
        contact.country,
        contact.value_class,
    )
    data, skills, unread = contact.data, contact.skills, contact.unread
    texts = type(first) is type(language) is type(country) is type(value_class) is str
    if not (texts and type(data) is type(skills) is type(unread) is tuple) or unread:
        return False
    text = first + language + country + value_class
    if data or skills:
        several = data + skills
        if len(several) > MOST_TEXTS or not all(type(one) is str for one in several):
            return False
        text += "".join(several)
    return len(text) <= MOST_TEXT and text.isprintable()


def _is_exact(value: object) -> bool:
    return type(value) is str or (type(value) is tuple and all(type(item) is str for item in value))
