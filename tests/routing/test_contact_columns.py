"""Contacts are read alike however they come, and refused with the place where something is wrong."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import Contact, InputError
from bporoute.center._contact_told import with_kind_read
from bporoute.routing._contact_columns import coded

SERVICE = Contact("service")
WANTED = [
    Contact("service", "sv", "a", country="SE", value_class="gold"),
    Contact("sales"),
    Contact("service", "sv", "b", country="SE", value_class="gold", data=("card",), skills=("x", "y")),
    Contact("service", "en", "c"),
]
COLUMNS = {
    name: [getattr(contact, name) for contact in WANTED]
    for name in ("type", "language", "id", "data", "country", "value_class", "skills")
}


class Polarish:
    """A frame whose columns only know `to_list`."""

    class Column:
        def __init__(self, cells):
            self.cells = cells

        def to_list(self):
            return self.cells

    columns = tuple(COLUMNS)

    def __getitem__(self, name):
        return self.Column(COLUMNS[name])


class Arrowish(Polarish):
    columns = ("no", "names")
    column_names = tuple(COLUMNS)


def read(contacts, like=None):
    found = coded(contacts, like)
    return [
        Contact(
            kind.type, kind.language, name, kind.data, kind.country, kind.value_class, kind.due, kind.skills
        )
        for kind, name in zip((found.contacts[code] for code in found.codes), found.ids(), strict=True)
    ]


@pytest.mark.parametrize(
    "given_as",
    [
        WANTED,
        tuple(WANTED),
        COLUMNS,
        {**COLUMNS, "data": [list(cell) for cell in COLUMNS["data"]]},
        {
            name: np.array(cells, dtype=object)
            for name, cells in COLUMNS.items()
            if name not in ("data", "skills")
        }
        | {name: COLUMNS[name] for name in ("data", "skills")},
        Polarish(),
        Arrowish(),
    ],
    ids=["list", "tuple", "mapping", "lists in cells", "arrays", "polars", "arrow"],
)
def test_reads_contacts(given_as):
    assert read(given_as) == WANTED


def test_reads_a_structured_array():
    rows = np.array([("service", "sv"), ("sales", "")], dtype=[("type", "U8"), ("language", "U2")])
    assert read(rows) == [Contact("service", "sv"), Contact("sales")]


class Categories:
    """A column that is numbered already, as pandas numbers it."""

    def __init__(self, words, numbers):
        self.cat = SimpleNamespace(
            categories=np.array(words, dtype=object), codes=np.array(numbers, dtype=np.int8)
        )


def test_numbers_of_categories_are_taken_over():
    columns = {
        "type": Categories(["unused", "service", 7, "sales"], [1, 3, 1]),
        "language": Categories(["sv"], [0, -1, 0]),
    }
    assert read(columns) == [Contact("service", "sv"), Contact("sales"), Contact("service", "sv")]


def test_missing_cells_are_empty():
    columns = {"type": ["service"] * 4, "language": ["sv", None, math.nan, ""], "data": [None, ("x",)] * 2}
    assert [contact.language for contact in read(columns)] == ["sv", "", "", ""]
    assert [contact.data for contact in read(columns)] == [(), ("x",)] * 2


def test_reads_pandas():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(COLUMNS).assign(wait=3.0)
    assert read(frame) == WANTED
    assert read(frame.astype(dict.fromkeys(("type", "language", "country"), "category"))) == WANTED
    frame.loc[0, "language"] = pandas.NA
    assert read(frame)[0].language == ""
    assert read(frame.iloc[2:]) == WANTED[2:]


def test_a_text_where_texts_belong_is_one_of_them():
    assert [contact.data for contact in read({"type": ["a", "b"], "data": ["card", ""]})] == [("card",), ()]


def test_ids_of_any_kind_are_texts():
    assert [contact.id for contact in read({"type": ["a", "a", "a"], "id": [7, None, "x"]})] == ["7", "", "x"]


@given(
    st.lists(
        st.builds(
            Contact,
            type=st.text(max_size=2),
            language=st.sampled_from(("", "sv", "en")),
            country=st.text(max_size=1),
            skills=st.lists(st.text(max_size=1), max_size=2).map(tuple),
        ),
        max_size=30,
    )
)
def test_columns_and_contacts_read_alike(wanted):
    columns = {
        name: [getattr(contact, name) for contact in wanted]
        for name in ("type", "language", "country", "skills")
    }
    assert read(wanted) == list(map(with_kind_read, wanted)) == read(columns)
    assert len(set(wanted)) == (len(set(map(tuple, zip(*columns.values(), strict=True)))) if wanted else 0)


def test_many_combinations_are_sorted_not_tabled(monkeypatch):
    monkeypatch.setattr("bporoute.routing._numbered_cells.MOST_DENSE", 3)
    assert read(COLUMNS) == WANTED


@pytest.mark.parametrize(
    ("given_as", "like", "where"),
    [
        ("service", None, "contacts"),
        (7, None, "contacts"),
        ([SERVICE, "sales"], None, "contacts[1]"),
        ({"language": ["sv"]}, None, "contacts"),
        ({}, None, "contacts"),
        ({"type": "service"}, None, "contacts: type"),
        ({"type": ["service", None]}, None, "contacts[1].type"),
        ({"type": ["service", 7]}, None, "contacts[1].type"),
        ({"type": ["service"], "language": [7]}, None, "contacts[0].language"),
        ({"type": ["service"], "data": [5]}, None, "contacts[0].data"),
        ({"type": ["service"], "skills": [("x", 1)]}, None, "contacts[0].skills"),
        ({"type": ["service"], "language": ["sv", "en"]}, None, "contacts: language"),
        ({"type": ["service"], "id": []}, None, "contacts: id"),
        (
            {"type": SimpleNamespace(cat=SimpleNamespace(categories=np.array(["a"]), codes=[0, -1]))},
            None,
            "contacts[1].type",
        ),
        (np.array([0, 1]), None, "contacts"),
        (np.array([0, 2]), [SERVICE, SERVICE], "contacts[1]"),
        (np.array([0, -1]), [SERVICE], "contacts[1]"),
        (np.array([0.0, 1.0]), [SERVICE, SERVICE], "contacts"),
        (np.zeros((2, 2), dtype=int), [SERVICE], "contacts"),
        (np.array([0]), ["service"], "like[0]"),
        ([SERVICE], [SERVICE], "contacts"),
    ],
)
def test_refuses_contacts(given_as, like, where):
    with pytest.raises(InputError) as complaint:
        coded(given_as, like)
    assert complaint.value.where == where
