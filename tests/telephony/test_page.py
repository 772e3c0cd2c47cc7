"""The page for people: well-formed, true, of any contact harmless, and readable without colours."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import msgspec
import pytest

import bporoute as bp
from bporoute.telephony.http._page import PAGE_HEADERS, REFRESH, page, page_headers, page_parts
from bporoute.telephony.http._page_decisions import MOST_LISTED
from bporoute.telephony.http._page_style import PAGE_STYLE
from helpers.page_scenes import AT, HOSTILE, SCENES, Scene, alone, demo, router
from helpers.pages import cells, texts


def read(html: str) -> Element:
    """The root of the page, after all that must hold of every one was checked."""
    doctype, _, text = html.partition("\n")
    assert doctype == "<!DOCTYPE html>"
    root = ElementTree.fromstring(text)  # well-formed, to the letter
    assert root.get("lang") == "en"
    tags = {each.tag for each in root.iter()}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "use", "image", "video"}
    for each in root.iter():
        for name, value in each.attrib.items():
            assert not name.startswith("on")
            assert name not in {"style", "src", "action", "formaction", "target"}
            assert name != "href" or value[0] in "#?"
    assert len(root.findall(".//h1")) == 1
    assert {"header", "main", "nav", "footer", "form"} <= tags
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    for each in root.iter():
        for name in ("aria-labelledby", "for"):
            assert each.get(name) is None or each.get(name) in ids
    for link in root.iter("a"):
        assert link.get("href")[0] == "?" or link.get("href")[1:] in ids
    for table in root.iter("table"):
        assert table.find("caption").text
        headings = table.findall("thead/tr/th")
        assert all(heading.get("scope") == "col" for heading in headings)
        for row in table.findall("tbody/tr"):
            assert row[0].get("scope") == "row"
            assert [each.get("data-label") for each in row[1:]] == [each.text for each in headings[1:]]
    for bar in root.iter("svg"):  # what it shows stands in words beside it
        assert bar.get("aria-hidden") == "true"
        assert 0.0 <= float(bar[1].get("width")) <= 100.0
    classes = set(re.findall(r"\.([a-z][\w-]*)", PAGE_STYLE))
    assert {name for each in root.iter() for name in (each.get("class") or "").split()} <= classes
    return root


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def state_of(root: Element) -> str:
    (section,) = (each for each in root.iter("section") if each.get("aria-labelledby") == "state")
    return " ".join(" ".join(section.itertext()).split())


def summaries(root: Element) -> list[str]:
    return [words(each) for each in root.iter("summary")]


@pytest.fixture(scope="module")
def scenes() -> dict[str, Scene]:
    return {name: make() for name, make in SCENES.items()}


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("hide_ids", [False, True])
@pytest.mark.parametrize("paused", [False, True])
def test_every_page_is_well_formed_and_can_be_read_aloud(scenes, scene, hide_ids, paused):
    read(page(*scenes[scene], paused=paused, hide_ids=hide_ids))


def test_what_is_well_says_so(scenes):
    root = read(page(*scenes["well"]))
    assert root.find("head/title").text == "All well: bporoute"
    assert state_of(root).startswith("All well 2 of 2 queues and 3 of 3 vendors open; ")
    assert cells(root, "In-house queues now")[1] == [
        "sales", "open", "fresh, 0 s ago", "20", "18", "0", "always",
    ]  # fmt: skip
    assert "bad" not in {each.get("class") for each in root.iter()}


def test_what_is_wrong_is_said_in_words_and_in_red(scenes):
    root = read(page(*scenes["degraded"]))
    assert root.find("head/title").text == "Degraded: bporoute"
    said = state_of(root)
    assert said.startswith("Degraded ")
    for trouble in (
        "Queue service: its state is stale, told 92 s ago.",
        "Queue sales: nobody has told its state.",
        "Vendor manila: held back: it failed too often.",
        "Vendor norrland: cannot be reached.",
        "of the last 200 decisions are degraded; the latest: ",
        "1 at a cap",
    ):
        assert trouble in said
    rows = {row[0]: row for row in cells(root, "Vendors now")}
    assert rows["night"][1] == "closedoutside its hours"
    assert rows["norrland"][1] == "outcannot be reached"
    assert rows["manila"][2].startswith("ejectedadmits 0%")
    assert "cap per hour: 12 of 12 reached" in rows["baltic"][4]
    assert "take or pay, this period: " in rows["baltic"][4]
    assert "minimum, this period: 0 of 5,000 EUR 0%" in rows["night"][4]
    red = {words(each) for each in root.iter() if each.get("class") == "bad"}
    assert {"stale, 92 s ago", "never told", "out", "ejected", "reached", ", degraded"} <= red


def test_a_router_that_knows_nothing_has_a_page(scenes):
    root = read(page(*scenes["nothing_yet"]))
    assert "Queue service: nobody has told its state." in state_of(root)
    assert [words(each) for each in root.iter("p") if words(each) == "None."] == ["None.", "None."]
    assert cells(root, "In-house queues now")[0][3:6] == ["unknown"] * 3


def test_numbers_are_those_of_the_router(scenes):
    live, recent, at = scenes["degraded"]
    rows = {row[0]: row for row in cells(read(page(live, recent, at)), "Vendors now")}
    for status in live.status().vendors:
        row, bounds = rows[status.name], live.bounds(status.name)
        assert row[3] == f"{status.in_flight:.0f}"
        for name, price in bounds.prices.items():
            assert f"{name}: {price:,.2f}\N{NO-BREAK SPACE}EUR" in row[5]
        for bound in bounds.bounds:
            assert f": {bound.used:,.0f} of {bound.limit:,.0f}" in row[4] or bound.used != round(bound.used)


def test_a_commitment_that_is_met_and_a_bar_beyond_its_limit():
    center = demo()
    terms = (bp.PerContact(price=0.1), bp.TakeOrPay(volume=2, price=0.1))
    vendors = {"baltic": msgspec.structs.replace(center.vendors["baltic"], contract=bp.Contract(terms=terms))}
    live = router(msgspec.structs.replace(center, vendors=vendors), [AT])
    live.state["service"].update(agents=4, busy=4, waiting=40)
    for _ in range(3):
        live.settle(live.route(bp.Contact("service", language="sv")), "answered", handle=100.0)
    live.vendors["baltic"].update(in_flight=50)
    (row,) = cells(read(page(live, [], AT)), "Vendors now")
    assert row[4] == "capacity: 50 of 30 reachedtake or pay, this period: 3 of 2 met"


def test_hostile_contacts_are_read_as_texts(scenes):
    html = page(*scenes["hostile"])
    root = read(html)
    assert len(html) < 200_000
    shown = summaries(root)
    for text in HOSTILE[:1] + HOSTILE[7:8]:
        assert any(f" {text}, service: " in each for each in shown)
    assert any(r" a\r\nSet-Cookie: x=1, service: " in each for each in shown)
    assert any(r" \u202eevil\u202c\u2066abc\u200f, service: " in each for each in shown)
    assert any(" AAAA" in each and "…, service: " in each for each in shown)
    unprintable = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
    assert not unprintable.search(html)
    assert f"last failure: {HOSTILE[0]}" in words(root)


@pytest.mark.parametrize("find", HOSTILE)
def test_a_hostile_search_is_a_text(scenes, find):
    root = read(page(*scenes["hostile"], find, paused=True))
    (field,) = (each for each in root.iter("input") if each.get("name") == "find")
    assert len(field.get("value")) <= 200
    control = root.find(".//header//a[@class='control']")
    assert re.fullmatch(r"\?[\w.%&=+*~-]*", control.get("href"))


def test_names_of_the_center_are_texts_too():
    name = "<i>&\"'"
    center = msgspec.structs.replace(
        alone(),
        name=name,
        queues={name: bp.Queue(aht=240)},
        contact_types={"service": bp.ContactType(queue=name)},
    )
    root = read(page(router(center, [AT]), [], AT))
    assert words(root.find(".//h1")) == name
    assert cells(root, "In-house queues now")[0][0] == name


def test_a_search_finds_ids_and_opens_what_it_finds(scenes):
    live, recent, at = scenes["well"]
    root = read(page(live, recent, at, "call-59"))
    assert len(summaries(root)) == 1
    assert root.find(".//details").get("open") == "open"
    explained = recent[-1].explain()
    assert words(root.find(".//pre")) == " ".join(explained.split())
    assert "1 of the last 60 are on a contact whose id holds call-59." in words(root)
    many = read(page(live, recent, at, "call-1"))
    (alone, *_) = (each for each in many.iter("a") if each.text == "This contact alone")
    assert alone.get("href") == "?find=call-19"
    assert len(summaries(many)) == 11
    assert {each.get("open") for each in many.iter("details")} == {None}
    assert "None." in words(read(page(live, recent, at, "nobody")))


def test_the_newest_come_first_and_no_more_than_can_be_looked_at(scenes):
    live, recent, at = scenes["degraded"]
    root = read(page(live, recent, at))
    shown = summaries(root)
    assert len(shown) == MOST_LISTED
    assert "call-229, " in shown[0]
    assert f"200 are kept; the newest {MOST_LISTED} are listed." in words(root)


def test_ids_can_be_hidden(scenes):
    live, recent, at = scenes["hostile"]
    hidden = page(live, recent, at, hide_ids=True)
    root = read(hidden)
    assert "call-5" not in hidden
    assert "xff" not in hidden  # of an id that is no text, which the explanation complains about
    assert all("id hidden" in each for each in summaries(root))
    one = read(page(live, recent, at, "call-5", hide_ids=True))
    assert len(summaries(one)) == 1
    assert " are on a contact whose id is call-5." in words(one)
    assert summaries(read(page(live, recent, at, "call-", hide_ids=True))) == []


def test_it_refreshes_itself_keeps_the_search_and_can_be_stopped(scenes):
    root = read(page(*scenes["well"], "call-5"))
    control = root.find(".//header//a[@class='control']")
    assert (control.text, control.get("href")) == ("Stop refreshing", "?find=call-5&pause=1")
    stopped = read(page(*scenes["well"], "call-5", paused=True))
    control = stopped.find(".//header//a[@class='control']")
    assert (control.text, control.get("href")) == ("Refresh by itself", "?find=call-5")
    assert [each.get("name") for each in stopped.iter("input")] == ["find", "pause"]
    alone = next(each for each in stopped.iter("a") if each.text == "This contact alone")
    assert alone.get("href") == "?find=call-59&pause=1"
    assert (b"refresh", str(REFRESH).encode()) in page_headers()
    assert b"refresh" not in dict(page_headers(paused=True))


def test_the_headers_allow_the_style_sheet_and_nothing_else(scenes):
    root = read(page(*scenes["well"]))
    (style,) = texts(root, "head/style")
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    told = dict(PAGE_HEADERS)
    assert told["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{allowed}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    assert (told["x-content-type-options"], told["referrer-policy"]) == ("nosniff", "no-referrer")
    assert told["cache-control"] == "no-store"


def test_asking_for_it_counts_nothing(scenes):
    live, recent, at = scenes["degraded"]
    before = [live.usage(name) for name in live.center.vendors]
    page(live, recent, at)
    assert [live.usage(name) for name in live.center.vendors] == before


def test_contacts_are_decided_between_its_parts():
    live = router(demo(), [AT])
    live.state["service"].update(agents=4, busy=4, waiting=40)
    recent = [live.route(bp.Contact("service", language="sv")) for _ in page_parts(live, (), AT)]
    assert len(recent) >= 8
    assert all(each.destination for each in recent)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_center_that_is_replaced_meanwhile_ends_no_page(times):
    live = router(demo(), [AT])
    parts = page_parts(live, (), AT)
    told = [next(parts), next(parts)]
    for _ in range(times):
        live.replace(alone())
    read("".join([*told, *parts]))


@pytest.mark.parametrize("now", [math.nan, math.inf, 1e300, -1e300])
def test_a_clock_that_fails_is_said(now):
    live = bp.Router(demo(), clock=lambda: now, compile=False)
    decision = live.route(bp.Contact("service", id="x"))
    root = read(page(live, [decision], now))
    assert state_of(root).startswith("Degraded ")
    assert "As of unknown time." in words(root)


def test_many_troubles_are_summed_up():
    center = alone()
    names = [f"team{number}" for number in range(30)]
    center = msgspec.structs.replace(
        center,
        queues={name: bp.Queue(aht=240) for name in names},
        contact_types={name: bp.ContactType(queue=name) for name in names},
    )
    said = state_of(read(page(router(center, [AT]), [], AT)))
    assert said.count("nobody has told its state") == 12
    assert "And 18 more: see the tables." in said
