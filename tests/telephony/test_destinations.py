"""Addresses are configured, checked, and nothing else gets into an engine."""

import pytest

from bporoute import Center, ContactType, Contract, InputError, Queue, Vendor
from bporoute.telephony import Destinations

CENTER = Center(
    queues={"service": Queue(aht=240)},
    contact_types={"service": ContactType(queue="service")},
    vendors={
        "baltic": Vendor(
            country="EE",
            timezone="Europe/Tallinn",
            contact_types=("service",),
            contract=Contract(price_per_contact=3.8),
        )
    },
)
GOOD = {
    "sip": "sip:baltic@10.0.0.9:5060;transport=tcp",
    "dial": "PJSIP/+3726123456@baltic",
    "number": "+3726123456",
    "queue": "arn:aws:connect:eu-west-1:123456789012:instance/0a1b/queue/2c3d",
}


@pytest.mark.parametrize("kind", GOOD)
def test_an_address_of_each_kind(kind):
    destinations = Destinations({"service": GOOD[kind], "baltic": GOOD[kind]}, CENTER, kind)
    assert dict(destinations) == {"service": GOOD[kind], "baltic": GOOD[kind]}
    assert destinations.get("nobody") is None
    assert repr(destinations) == f"<Destinations {kind}: service, baltic>"


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize(
    "more", ["\r\nTo: x", "\n", "\x00", '"', " x", "<", ">", "é", "|x", "`id`", "\\"], ids=ascii
)
def test_what_would_need_escaping_is_refused(kind, more):
    for address in (GOOD[kind] + more, more + GOOD[kind]):
        with pytest.raises(InputError, match=kind):
            Destinations({"service": GOOD[kind], "baltic": address}, CENTER, kind)


@pytest.mark.parametrize("more", [",60,tT", "&PJSIP/other", "^x", "${EXTEN}", "$[1+1]", "(x)", "'"])
def test_a_dial_string_has_no_separators(more):
    with pytest.raises(InputError, match="without commas"):
        Destinations({"service": "PJSIP/a", "baltic": "PJSIP/b" + more}, CENTER, "dial")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[sip]\nservice = "sip:a@b"\nbaltc = "sip:c@d"\n', "baltic"),
        ('[sip]\nservice = "sip:a@b"\n', "no address for baltic"),
        ('[sip]\nservice = "sip:a@b"\nbaltic = 3\n', "a SIP URI"),
        ('[dial]\nservice = "PJSIP/a"\nbaltic = "PJSIP/b"\n', r"\[sip\]: found missing"),
        ('[spi]\nservice = "sip:a@b"\n', "sip"),
        ("sip = 3\n", "names and their addresses"),
    ],
)
def test_a_wrong_file_is_one_error(tmp_path, text, said):
    path = tmp_path / "destinations.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=said) as wrong:
        Destinations.load(path, CENTER, "sip")
    assert str(wrong.value).startswith(f"{path}: ")


def test_a_file_has_a_table_for_each_engine(tmp_path):
    path = tmp_path / "destinations.toml"
    path.write_text(
        '[sip]\nservice = "sip:a@b"\nbaltic = "sip:c@d"\n[number]\nservice = "112"\nbaltic = "+4611223344"\n'
    )
    assert Destinations.load(path, CENTER, "sip")["baltic"] == "sip:c@d"
    assert Destinations.load(path, CENTER, "number")["baltic"] == "+4611223344"
    with pytest.raises(InputError, match="sip"):
        Destinations.load(path, CENTER, "spi")


def test_addresses_of_several_kinds(tmp_path):
    given = {"service": "q-1", "baltic": "+3726123456"}
    assert dict(Destinations(given, CENTER, "number", "queue")) == given
    with pytest.raises(InputError, match=r"number\|queue.baltic"):
        Destinations({**given, "baltic": "two words"}, CENTER, "number", "queue")
    path = tmp_path / "destinations.toml"
    path.write_text('[number]\nbaltic = "+3726123456"\n[queue]\nservice = "q-1"\n')
    assert dict(Destinations.load(path, CENTER, "number", "queue")) == given
    path.write_text('[number]\nbaltic = "q-1"\n[queue]\nservice = "q-1"\n')  # a queue among the numbers
    with pytest.raises(InputError, match=r"number\.baltic"):
        Destinations.load(path, CENTER, "number", "queue")
    path.write_text('[number]\nbaltic = "112"\n[queue]\nservice = "q-1"\nbaltic = "q-2"\n')
    with pytest.raises(InputError, match="a second address"):
        Destinations.load(path, CENTER, "number", "queue")
