"""A contact out of texts of any quality: what can be read is, what cannot is said, nothing raises."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import Message

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute import Contact
from bporoute.center._contact_told import as_told


@pytest.mark.parametrize(
    ("told", "language"),
    [
        ("sv", "sv"), ("SV", "sv"), ("sv_SE", "sv-SE"), ("sv-se", "sv-SE"), ("sv_SE.UTF-8", "sv-SE"),
        ("sv_FI.ISO-8859-1@euro", "sv-FI"), ("  sv ", "sv"), (b"sv", "sv"), (bytearray(b"sv_SE"), "sv-SE"),
        ("Swedish", "sv"), ("svenska", "sv"), ("swe", "sv"), ("norsk", "no"), ("fil", "fil"), ("yue", "yue"),
        ("zh_hant_tw", "zh-Hant-TW"), ("es-419", "es-419"), ("", ""), (None, ""), (math.nan, ""),
        ("null", ""),
        ("*", ""), ("C", ""), ("POSIX", ""), ("sv-SE,sv;q=0.9,en;q=0.8", "sv-SE"), ("en;q=0.5, sv", "sv"),
        ("en;q=0.2, da;q=0.7,sv;q=0.7", "da"), ("en; q=0.3 , *;q=0.1", "en"), ("*, en;q=0.5", ""),
        ("en;q=x, sv;q=0.5", "sv"), ("de;q=0", ""), (["", None, "sv"], "sv"), (["sv", "en"], "sv"),
        ("sv\x00", "sv"), ("français", "fr"),
    ],
)  # fmt: skip
def test_languages(told: object, language: str) -> None:
    for key in ("language", "Language", "X-Contact-Language", "Accept-Language", b"LANG", "contact language"):
        contact = Contact.of({"type": "service", key: told})
        assert (contact.language, contact.unread) == (language, ())


@pytest.mark.parametrize("told", ["swedsh", "dk", "xx yy", "s", "12", "sv!", "tlhIngan Hol"])
def test_what_is_no_language_stays_and_is_said(told: str) -> None:
    contact = Contact.of({"language": told})
    assert contact.language == told
    assert contact.unread == (f"contact.language is {told!r}, no language such as 'sv' or 'sv-SE'",)


@pytest.mark.parametrize(
    ("told", "country"),
    [
        ("SE", "SE"), ("se", "SE"), (" Sweden", "SE"), ("Sverige", "SE"), ("UK", "GB"), ("swe", "SE"),
        (b"DE", "DE"), ("", ""), (None, ""), ("n/a", ""), ("NA", "NA"), (["SE"], "SE"), ("Österreich", "AT"),
        ("Österreich".encode("latin-1"), "AT"), ("Österreich".encode("utf-16"), "AT"),
    ],
)  # fmt: skip
def test_countries(told: object, country: str) -> None:
    contact = Contact.of({"X-Country": told})
    assert (contact.country, contact.unread) == (country, ())


@pytest.mark.parametrize("told", ["Atlantis", "Swedn", "EN", 46, {"code": "SE"}, "SEE"])
def test_what_is_no_country_is_unknown_and_said(told: object) -> None:
    contact = Contact.of({"country": told})
    assert contact.country == ""
    assert "no country such as 'SE'" in contact.unread[0]


@pytest.mark.parametrize(
    ("told", "texts"),
    [
        ("payment, health", ("payment", "health")), ("payment;health;", ("payment", "health")),
        ("payment", ("payment",)), (["payment", b"health", "", None], ("payment", "health")), ("", ()),
        (("payment",), ("payment",)), (b"payment,health", ("payment", "health")), (None, ()), ([], ()),
        ('["payment", "health"]', ("payment", "health")), (np.array(["payment"]), ("payment",)),
        ("tier 2 support", ("tier 2 support",)),
    ],
)  # fmt: skip
def test_several_texts(told: object, texts: tuple[str, ...]) -> None:
    for field in ("data", "skills"):
        contact = Contact.of({field: told})
        assert (getattr(contact, field), contact.unread) == (texts, ())


def test_data_that_cannot_be_read_are_a_class_that_nobody_knows() -> None:
    contact = Contact.of({"data": {"payment": True}})
    assert contact.data == ("{'payment': True}",)
    assert contact.unread == ("contact.data is {'payment': True}, not texts",)


@pytest.mark.parametrize(
    ("told", "due"),
    [
        (1795428000, 1795428000.0), (1795428000.5, 1795428000.5), ("1795428000", 1795428000.0), (None, None),
        ("2026-11-23T11:00:00+01:00", 1795428000.0), ("2026-11-23T10:00:00Z", 1795428000.0), ("", None),
        (datetime(2026, 11, 23, 10, tzinfo=UTC), 1795428000.0), (b"1795428000", 1795428000.0),
        (math.nan, None),
    ],
)  # fmt: skip
def test_due_times(told: object, due: float | None) -> None:
    contact = Contact.of({"due": told})
    assert (contact.due, contact.unread) == (due, ())


@pytest.mark.parametrize(
    "told", ["tomorrow", "2026-11-23T11:00:00", "inf", "nan?", {}, datetime(2026, 11, 23)]
)
def test_due_times_that_nobody_can_tell_are_said(told: object) -> None:
    contact = Contact.of({"due": told})
    assert contact.due is None
    assert contact.unread[0].startswith("contact.due is ")


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ("call-1", "call-1"), (7, "7"), (7.0, "7"), (b"caf\xe9", "café"), (b"caf\xc3\xa9", "café"),
        (None, ""),
        (b"s\x00e\x00", "se"), ("se".encode("utf-16-be"), "se"), (b"\xef\xbb\xbfse", "se"),
        (memoryview(b"se"), "se"), (" a\tb ", "a\\tb"), ("\udc80", "\\udc80"),
    ],
)  # fmt: skip
def test_single_texts(told: object, text: str) -> None:
    for field, key in (("id", "Call-ID"), ("type", "X_CONTACT_TYPE"), ("value_class", "Value-Class")):
        contact = Contact.of({key: told})
        assert (getattr(contact, field), contact.unread) == (text, ())


def test_the_first_key_that_tells_something_counts() -> None:
    told = {"Accept-Language": "en", "type": "service", "language": "", "X-Contact-Language": "sv"}
    assert Contact.of(told).language == "sv"
    assert Contact.of({"locale": "fi_FI", "lang": None}).language == "fi-FI"
    assert Contact.of({"language": "sv", "LANGUAGE": "en"}).language == "sv"


def test_header_maps_of_several_makes() -> None:
    message = Message()
    message["X-Contact-Type"] = "service"
    message["Accept-Language"] = "sv"
    pairs = [(b"x-contact-type", b"service"), (b"accept-language", b"sv"), (b"user-agent", b"\xff")]
    for told in (message, pairs, iter(pairs), {"type": ["service"], "language": ["sv"]}):
        assert Contact.of(told) == Contact("service", "sv")


@pytest.mark.parametrize("told", [None, 5, "service", b"x", [1, 2], ["ab", "cde"], object()])
def test_what_is_no_mapping_is_said(told: object) -> None:
    contact = Contact.of(told)
    assert contact.type == ""
    assert "not a mapping" in contact.unread[0]


class Hostile(Mapping):
    """A mapping that fails wherever it is asked."""

    def __getitem__(self, key: object) -> object:
        raise RuntimeError

    def __len__(self) -> int:
        raise RuntimeError

    def __iter__(self):
        raise RuntimeError


def test_a_mapping_that_fails_is_said() -> None:
    assert "RuntimeError" in Contact.of(Hostile()).unread[0]


def test_much_is_not_read_for_ever() -> None:
    many = {f"key {number}": "x" for number in range(100_000)} | {"type": "service"}
    assert Contact.of(many).type == ""
    assert len(Contact.of({"type": "x" * 10**7, "data": "a," * 10**6}).type) == 200
    assert len(Contact.of({"data": ["a"] * 10**6}).data) == 50


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.binary(max_size=12)
    | st.sampled_from([object(), Hostile(), np.arange(3), 10**400, "sv;q=;,", "en-", "-", "_", ",;", 4j])
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
)
keys = st.sampled_from(
    ["type", "Language", "accept-language", "id", "data", "country", "due", "skills", b"x-lang"]
)


@settings(max_examples=400)
@given(st.dictionaries(keys | st.text(max_size=4) | st.binary(max_size=4), values) | values)
def test_nothing_raises_and_what_comes_is_a_plain_contact(told: object) -> None:
    contact = Contact.of(told)
    assert as_told(contact) is contact
    assert all(isinstance(text, str) for text in contact.unread)
