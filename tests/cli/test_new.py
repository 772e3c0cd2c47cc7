"""``bporoute new`` and ``bporoute schema``, run as a user does."""

import json
import tomllib

import pytest

from bporoute import Center, InputError
from bporoute.cli._new import first_center
from bporoute.contracts._term_kinds import KINDS
from helpers.running import bporoute


@pytest.mark.thorough
def test_one_that_is_described_checks_and_has_every_key(tmp_path):
    vendors = (
        "--vendor",
        "nord country=EE price_per_minute=0.85",
        "--vendor",
        "syd country=ZA terms=take_or_pay",
    )
    queues = ("--queue", "service aht=3:08 targets=80/20 languages=sv,en", "--queue", "sales aht=240")
    run = bporoute("new", "c.toml", *queues, *vendors, "--currency", "SEK", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    center = Center.load(tmp_path / "c.toml")
    assert center.currency == "SEK"
    assert [*center.contact_types] == ["service", "sales"]
    assert center.queues["service"].languages == ("sv", "en")
    assert center.queues["service"].aht == 188.0
    assert center.vendors["nord"].timezone == "Europe/Tallinn"
    assert center.vendors["nord"].contract.price_per_minute == 0.85
    assert center.vendors["syd"].contract.terms[0].volume
    assert "# patience = " in (tmp_path / "c.toml").read_text()
    run = bporoute("check", "c.toml", cwd=tmp_path)
    assert run.returncode == 0, run.stderr


@pytest.mark.thorough
def test_one_that_is_asked_for(tmp_path):
    answers = ["Acme", "Europe/Nowhere", "Europe/Helsinki", "EUR", "service, sales"]
    answers += ["3:08", "5:00", "80/20", "4:00", "never", "inf", "80/20"]
    answers += ["nord", "EE", "price_per_minute", "0.85"]
    run = bporoute("new", "c.toml", "--ask", cwd=tmp_path, input="\n".join(answers) + "\n")
    assert run.returncode == 0, run.stderr
    center = Center.load(tmp_path / "c.toml")
    assert (center.name, center.timezone) == ("Acme", "Europe/Helsinki")
    assert center.queues["sales"].patience == float("inf")
    assert center.vendors["nord"].contract.price_per_minute == 0.85
    assert "Europe/Nowhere" in run.stderr
    assert "never" in run.stderr


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_terms_that_are_named_get_figures_that_do(kind):
    center = first_center(["service aht=240"], [f"nord country=EE price_per_contact=4 terms={kind}"], [], {})
    (term,) = center.vendors["nord"].contract.terms
    assert isinstance(term, KINDS[kind])


@pytest.mark.parametrize(
    ("queues", "vendors", "said"),
    [
        (["service ath=240"], [], "--queue service: found 'ath=240'; expected 'aht'"),
        (["aht=240"], [], "expected a name before 'aht=240'"),
        (["service 'aht"], [], "expected a name, then keys as key=value"),
        (["service aht=soon"], [], "queues.service.aht: found 'soon'"),
        (["service aht=240"], ["nord country=US price_per_minute=1"], "--vendor nord: found no 'timezone'"),
        (["service aht=240"], ["nord country=EE terms=take_or_play"], "'take_or_pay'"),
        (["service aht=240"], ["nord country=EE price_per_minute=-1"], "price_per_minute"),
        (["service aht=3 hours"], [], "--queue service: found 'hours'; expected key=value, in quotes"),
        (["service aht=240", "service aht=300"], [], "--queue service: found it twice"),
        (["service aht=240"], ["nord country=EE", "nord country=SE"], "--vendor nord: found it twice"),
        ([], ["nord country=EE price_per_minute=1"], "--queue: found none; expected at least one"),
        (["service aht=240"], ["nord country=XX"], "--vendor nord: country: found 'XX'; expected a country"),
        (["service aht=240"], ["nord country=Estonia"], "country: found 'Estonia'; expected 'EE'"),
    ],
)
def test_slips_are_said(queues, vendors, said):
    with pytest.raises(InputError) as refused:
        first_center(queues, vendors, [], {})
    assert said in str(refused.value)


@pytest.mark.thorough
def test_the_schema_is_printed_or_written(tmp_path):
    printed = bporoute("schema", "center", cwd=tmp_path)
    assert json.loads(printed.stdout) == Center.json_schema()
    run = bporoute("schema", "scenario", "--out", "s.json", cwd=tmp_path)
    assert run.returncode == 0
    assert "#:schema ./s.json" in run.stdout
    assert json.loads((tmp_path / "s.json").read_text())["title"] == "A scenario file of bporoute"


@pytest.mark.thorough
def test_the_first_line_that_names_the_schema_is_a_comment(tmp_path):
    assert bporoute("new", "c.toml", "--queue", "service aht=240", cwd=tmp_path).returncode == 0
    text = "#:schema ./center.schema.json\n" + (tmp_path / "c.toml").read_text()
    assert tomllib.loads(text)["queues"]["service"]["aht"] == 240
