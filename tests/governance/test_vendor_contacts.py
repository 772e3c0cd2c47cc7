"""Contacts of vendors, read from files of many shapes."""

import numpy as np
import pytest

from bporoute import Center, ContactType, Contract, Queue, Vendor
from bporoute.errors import InputError
from bporoute.governance import read_vendor_contacts
from bporoute.governance._vendor_contacts import IN_HOUSE
from bporoute.workload import FileFormat

CONTRACT = Contract(price_per_contact=4.5)


def _vendor() -> Vendor:
    return Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",), contract=CONTRACT)


CENTER = Center(
    queues={"service": Queue(aht=240)},
    contact_types={"service": ContactType(queue="service")},
    vendors={"nord": _vendor(), "Süd & Co": _vendor()},
    timezone="Europe/Berlin",
)
ROWS = {
    "id": ["a", "b", "c", "d"],
    "vendor": ["nord", "Nord", "", "SÜD & CO"],
    "type": ["service"] * 4,
    "start": ["2026-11-02 09:00", "2026-11-02 09:01", "2026-11-02 09:02", "2026-11-02 09:03"],
    "wait": [4, 70, 9, 1],
    "outcome": ["answered", "abandoned", "answered", "failed"],
    "handle": [250, "", 240, ""],
    "resolved": ["yes", "", "0", ""],
    "csat": [5, "", 3.5, ""],
    "token": ["t1", "t2", "", "t4"],
    "caller": ["+461", "+462", "+461", ""],
    "lang": ["sv", "sv", "en", ""],
}


def _rows(**changed):
    return {**ROWS, **changed}


def test_all_columns_are_read():
    read = read_vendor_contacts(ROWS, CENTER)
    assert len(read) == 4
    assert read.vendors == ["nord", "nord", IN_HOUSE, "Süd & Co"]
    assert read.outcomes == ["answered", "abandoned", "answered", "failed"]
    assert read.starts[0] == 1793606400.0  # 09:00 in Berlin's winter
    np.testing.assert_array_equal(read.handles, [250, np.nan, 240, np.nan])
    np.testing.assert_array_equal(read.resolved, [1, np.nan, 0, np.nan])
    np.testing.assert_array_equal(read.satisfaction, [5, np.nan, 3.5, np.nan])
    assert (read.tokens[0], read.customers[2], read.languages[2]) == ("t1", "+461", "en")
    assert not read.remarks
    assert not read.bad


def test_a_vendor_nobody_knows_is_named_and_the_rest_is_done():
    read = read_vendor_contacts(_rows(vendor=["nord", "nort", "nort", "Süd & Co"]), CENTER)
    assert read.ids == ["a", "d"]
    assert read.unknown == {"nort": 2}
    assert "'nord'" in read.remarks[0]
    assert "2 rows" in read.remarks[0]


def test_a_vendor_that_was_renamed_has_its_name_of_today():
    read = read_vendor_contacts(
        _rows(vendor=["nord", "nordfone", "", ""]), CENTER, aliases={"nordfone": "nord"}
    )
    assert read.vendors == ["nord", "nord", IN_HOUSE, IN_HOUSE]


def test_no_vendor_that_is_known_is_an_error():
    with pytest.raises(InputError, match=r"'nord' \(known"):
        read_vendor_contacts(_rows(vendor=["nort"] * 4), CENTER)
    without = {name: column for name, column in ROWS.items() if name != "vendor"}
    with pytest.raises(InputError, match="vendor"):
        read_vendor_contacts(without, CENTER)
    assert read_vendor_contacts(without, CENTER, vendor="nord").vendors == ["nord"] * 4


def test_an_id_counts_once_for_a_vendor():
    read = read_vendor_contacts(_rows(id=["a", "a", "a", "a"]), CENTER)
    assert read.vendors == ["nord", IN_HOUSE, "Süd & Co"]  # diverted: one id at several
    assert read.repeated == ("a",)
    same = {name: [*column[:1], *column] for name, column in ROWS.items()}
    assert read_vendor_contacts(same, CENTER).repeated == ()
    assert len(read_vendor_contacts(same, CENTER)) == 4


def test_an_id_that_comes_again_more_than_a_day_later_is_of_another_contact():
    def kept(*starts):
        size = len(starts)
        rows = {"id": ["7"] * size, "vendor": ["nord"] * size, "type": ["service"] * size, "start": starts}
        rows |= {"wait": [4] * size, "outcome": ["answered"] * size, "handle": [250] * size}
        read = read_vendor_contacts(rows, CENTER)
        first = read.starts.min()
        return [round((start - first) / 3600.0, 3) for start in read.starts], read.repeated

    assert kept("2026-10-30 10:00", "2026-11-03 10:00") == ([0.0, 96.0], ())
    assert kept("2026-11-03 10:00", "2026-11-04 10:00") == ([0.0], ("7",))  # a day, to the second
    assert kept("2026-11-03 10:00", "2026-11-04 10:00:01") == ([0.0, 24.0], ())
    assert kept("2026-11-04 10:00:01", "2026-11-03 10:00") == ([24.0, 0.0], ())
    # each beside the nearest that counts, and rows that are the same count once whenever they come
    again = ("2026-11-03 23:00", "2026-11-04 22:00", "2026-11-05 21:00", "2026-11-03 23:00")
    assert kept(*again) == ([0.0, 46.0], ("7",))
    assert kept(*["2026-11-03 10:00", "2026-11-06 10:00"] * 3) == ([0.0, 72.0], ())


def test_a_word_that_says_neither_yes_nor_no_is_a_bad_row():
    odd = _rows(resolved=["yes", "perhaps", "no", ""])
    with pytest.raises(InputError, match="yes or no"):
        read_vendor_contacts(odd, CENTER)
    read = read_vendor_contacts(odd, CENTER, format=FileFormat(skip_bad=0.5))
    assert read.ids == ["a", "c", "d"]
    assert read.bad[0].found == "'perhaps'"
