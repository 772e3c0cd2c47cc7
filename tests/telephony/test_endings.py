"""What engines' words mean, and how one changes it."""

import logging

import pytest

from bporoute import InputError
from bporoute.routing._outcome import OUTCOMES
from bporoute.telephony import Endings


@pytest.mark.parametrize(
    ("engine", "word", "outcome"),
    [
        ("sip", 200, "answered"),
        ("sip", "202", "answered"),
        ("sip", 487, "abandoned"),
        ("sip", "486 Busy Here", "failed"),
        ("sip", b"503", "failed"),
        ("sip", 599, "failed"),  # of its class
        ("sip", 404, "undelivered"),
        ("sip", 418, "undelivered"),
        ("sip", 301, "undelivered"),
        ("sip", 603, "failed"),
        ("sip", 608, "undelivered"),
        ("sip", "sip 503", None),
        ("sip", 100, None),  # nothing has ended
        ("q850", 16, "answered"),
        ("q850", "17", "failed"),
        ("q850", 1, "undelivered"),
        ("dialstatus", " noanswer ", "failed"),
        ("dialstatus", "CANCEL", "abandoned"),
        ("twilio", "Completed", "answered"),
        ("connect", "telecom_busy", "failed"),
        ("connect", "CUSTOMER_DISCONNECT", "answered"),
    ],
)
def test_a_word_means_an_outcome(engine, word, outcome):
    assert Endings().of(engine, word) == outcome


@pytest.mark.parametrize(
    "word", [None, "", "x" * 10_000_000, b"\xff\xfe", "\r\n", [], {"a": 1}, float("nan")]
)
def test_an_unknown_word_is_said_once_and_raises_nothing(word, caplog):
    caplog.set_level(logging.WARNING, "bporoute")
    endings = Endings()
    assert [endings.of("twilio", word) for _ in range(3)] == [None] * 3
    assert len(caplog.records) == 1
    assert len(caplog.text) < 300
    assert "\r" not in caplog.text


def test_what_is_said_is_bounded(caplog):
    caplog.set_level(logging.WARNING, "bporoute")
    endings = Endings()
    for word in range(3_000):
        endings.of("dialstatus", f"W{word}")
    assert len(caplog.records) == 1_000


def test_a_table_changes_what_words_mean(tmp_path):
    path = tmp_path / "endings.toml"
    path.write_text('[sip]\n480 = "undelivered"\n5xx = "undelivered"\n[dialstatus]\nbusy = "abandoned"\n')
    endings = Endings.load(path)
    assert endings.of("sip", 480) == endings.of("sip", 503) == "undelivered"
    assert endings.of("sip", 486) == "failed"
    assert endings.of("dialstatus", "BUSY") == "abandoned"
    assert endings.table["dialstatus"]["BUSY"] == "abandoned"
    assert Endings().of("dialstatus", "BUSY") == "failed"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[sipp]\n480 = "failed"\n', "sip"),
        ('[sip]\n480 = "fialed"\n', "failed"),
        ("sip = 3\n", "words and their outcomes"),
        ("[sip\n", "valid TOML"),
    ],
)
def test_a_wrong_table_is_one_error(tmp_path, text, said):
    path = tmp_path / "endings.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=said) as wrong:
        Endings.load(path)
    assert str(wrong.value).startswith(f"{path}: ")


def test_every_word_means_one_of_the_outcomes():
    assert {outcome for words in Endings().table.values() for outcome in words.values()} == set(OUTCOMES)
    assert all(f"{digit}xx" in Endings().table["sip"] for digit in range(2, 7))
