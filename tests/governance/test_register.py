"""The register: against the live router on every day around an end, by hand, and as a calendar."""

import re
from datetime import date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute import Center, Contact, ContactType, Contract, Queue, Router, Snapshot, Vendor
from bporoute.center import AdequacyDecision, DataRule
from bporoute.center._adequacy import DECISIONS, UNCHECKED
from bporoute.contracts import ForecastLock, PerContact, Trial
from bporoute.errors import InputError
from bporoute.governance import (
    Register,
    RegisterDates,
    RegisterEntry,
    VendorDates,
    WatchedDate,
    read_register_dates,
    register,
    register_calendar,
)
from bporoute.governance._register._calendar import escaped, folded
from bporoute.governance._register._what_breaks import takers
from bporoute.policies import MarginalCost
from helpers.places import EXAMPLES

AT = date(2026, 12, 1)
DAY = timedelta(days=1)
SOL = Center.load(EXAMPLES / "register.toml")
HARD = {"contact_type", "data_rule", "location", "language", "skill", "certificate", "term"}


def center(kind=None, contract=None, **changes):
    usual = {"country": "EE", "timezone": "Europe/Tallinn", "contact_types": ("service",)}
    vendor = Vendor(contract=contract or Contract(price_per_contact=4.0), **{**usual, **changes})
    return Center(
        queues={"service": Queue(aht=240)},
        contact_types={"service": ContactType(queue="service", sourcing="overflow", **(kind or {}))},
        vendors={"nord": vendor},
    )


def entry(found, kind, name=None):
    (only,) = (each for each in found.entries if each.kind == kind and name in (None, each.name))
    return only


def routed(config, name, language, day):
    """Who the live router would not refuse by a hard rule, at noon of the vendor with the latest clock."""
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=config.zone).timestamp()
    router = Router(config, MarginalCost(), clock=lambda: moment, compile=False)
    asked = Contact(name, language=language, country=config.country or "")
    decision = router.preview(asked, Snapshot())
    refused = {each.destination for each in decision.rejected if each.reason.rule in HARD}
    return set(config.vendors) - refused


@pytest.mark.parametrize(
    "at", [AT, date(2027, 1, 11), date(2028, 1, 1), date(2028, 10, 1), date(2031, 12, 28)]
)
def test_who_may_take_what_is_what_the_router_says(at):
    for day in (at - DAY, at):
        found = takers(SOL, day)
        for language in ("de", "en"):
            assert found[f"service ({language})"] == routed(SOL, "service", language, day)
        assert found["claims"] == routed(SOL, "claims", "de", day)


def test_what_an_end_takes_away_is_what_the_router_refuses_from_the_next_day_on():
    found = register(SOL, AT)
    looked = 0
    for each in found.entries:
        if each.day is None or each.day < AT or each.kind not in ("certificate", "contract", "adequacy"):
            continue
        lost = set()
        for name, language in (("service", "de"), ("service", "en"), ("claims", "de")):
            called = f"{name} ({language})" if name == "service" else name
            before, after = (routed(SOL, name, language, day) for day in (each.day, each.day + DAY))
            lost |= {(vendor, called) for vendor in before - after}
            assert (called in each.stranded) == (bool(before) and not after)
        assert set(each.lost) == lost
        looked += 1
    assert looked == 4


def test_the_last_day_still_counts():
    told = center({"certificates": ("ISO 18295-1",)}, certificates={"ISO 18295-1": AT})
    last = entry(register(told, AT), "certificate")
    assert (last.days_left, last.state) == (0, "within_30")
    assert (last.lost, last.stranded) == ((("nord", "service"),), ("service",))
    over = register(told, AT + DAY)
    assert (over.entries[0].days_left, over.entries[0].state) == (-1, "run_out")
    assert over.run_out == (over.entries[0],)
    assert over.next is None


@pytest.mark.parametrize(
    ("left", "state"),
    [(0, "within_30"), (30, "within_30"), (31, "within_60"), (60, "within_60"), (61, "within_90"),
     (90, "within_90"), (91, "later"), (-1, "run_out")],
)  # fmt: skip
def test_warnings_begin_90_60_and_30_days_before(left, state):
    told = center(certificates={"ISO 27001": AT + timedelta(days=left)})
    assert entry(register(told, AT), "certificate").state == state


def test_a_certificate_that_nobody_asks_for_breaks_nothing():
    told = center(certificates={"ISO 27001": AT})
    assert entry(register(told, AT), "certificate").lost == ()


def test_a_certificate_that_is_asked_for_and_not_held():
    missing = entry(register(center({"certificates": ("ISO 18295-1",)}), AT), "certificate")
    assert (missing.state, missing.day, missing.stranded) == ("not_held", None, ("service",))


def test_of_two_vendors_the_first_to_end_strands_nobody():
    told = center(contract=Contract(price_per_contact=4.0, end=date(2027, 1, 31)))
    later = msgspec.structs.replace(
        told.vendors["nord"], contract=Contract(price_per_contact=5.0, end=date(2027, 6, 30))
    )
    told = msgspec.structs.replace(told, vendors={**told.vendors, "coast": later})
    ends = [each for each in register(told, AT).entries if each.kind == "contract"]
    assert [each.vendor for each in ends] == ["nord", "coast"]
    assert [each.stranded for each in ends] == [(), ("service",)]
    assert ends[0].lost == (("nord", "service"),)


def test_what_stays_in_house_breaks_for_nobody():
    told = center(contract=Contract(price_per_contact=4.0, end=AT))
    kept = msgspec.structs.replace(told.contact_types["service"], sourcing="in_house")
    told = msgspec.structs.replace(told, contact_types={"service": kept})
    assert entry(register(told, AT), "contract").lost == ()


def test_notice_trial_and_lock_by_hand():
    terms = (
        PerContact(price=2.0),
        Trial(months=3, share=0.1),
        ForecastLock(low=0.9, high=1.1, granularity="month", share_inside=0.8),
    )
    contract = Contract(terms=terms, start=date(2026, 11, 16), end=date(2027, 11, 15))
    untold = register(center(contract=contract), AT)
    assert [(each.kind, each.state) for each in untold.entries if each.day is None] == [
        ("notice", "not_told"),
        ("forecast_lock", "not_told"),
    ]
    assert entry(untold, "trial").day == date(2027, 2, 15)
    assert entry(register(center(contract=contract), date(2027, 3, 1)), "trial").state == "passed"
    told = RegisterDates(vendors={"nord": VendorDates(notice_days=90, lock_days=14)})
    found = register(center(contract=contract), AT, told)
    assert entry(found, "notice").day == date(2027, 8, 17)
    assert entry(found, "forecast_lock").day == date(2026, 12, 18)
    on_the_day = register(center(contract=contract), date(2026, 12, 18), told)
    assert entry(on_the_day, "forecast_lock").days_left == 0
    after = register(center(contract=contract), date(2026, 12, 19), told)
    assert entry(after, "forecast_lock").day == date(2027, 1, 18)
    late = register(center(contract=contract), date(2027, 9, 1), told)
    assert (entry(late, "notice").state, late.run_out) == ("passed", ())


@pytest.mark.parametrize(
    ("start", "end", "period", "lock"),
    [
        (None, date(2026, 10, 1), "month", None),  # over
        (None, date(2026, 12, 31), "month", None),  # the last period runs already
        (None, date(2027, 1, 1), "month", date(2026, 12, 18)),  # a day of January
        (None, date(2027, 3, 31), "quarter", date(2026, 12, 18)),
        (None, date(2026, 12, 31), "quarter", None),
        (date(2027, 5, 16), None, "month", date(2027, 4, 17)),  # nothing to lock before May
        (date(2027, 5, 1), None, "month", date(2027, 4, 17)),
        (date(2027, 5, 16), None, "quarter", date(2027, 3, 18)),
    ],
)
def test_a_forecast_is_locked_of_periods_in_which_the_contract_runs(start, end, period, lock):
    terms = (PerContact(price=2.0), ForecastLock(low=0.9, high=1.1, granularity="month", share_inside=0.8))
    contract = Contract(terms=terms, start=start, end=end, period=period)
    told = RegisterDates(vendors={"nord": VendorDates(lock_days=14)})
    found = register(center(contract=contract), AT, told)
    assert [each.day for each in found.entries if each.kind == "forecast_lock"] == [lock] * (lock is not None)
    untold = [
        each for each in register(center(contract=contract), AT).entries if each.kind == "forecast_lock"
    ]
    assert [each.state for each in untold] == ["not_told"] * (end is None or end >= AT)


def test_locks_of_a_quarter():
    contract = Contract(price_per_contact=1.0, period="quarter")
    told = RegisterDates(vendors={"nord": VendorDates(lock_days=20)})
    assert entry(register(center(contract=contract), date(2026, 12, 13), told), "forecast_lock").day == date(
        2027, 3, 12
    )


def gdpr(vendor_country="GB", own=(), **vendor):
    told = center(country=vendor_country, processing_agreement=True, **vendor)
    kind = ContactType(queue="service", sourcing="overflow", data=("personal",))
    return Center(
        queues=told.queues,
        contact_types={"service": kind},
        vendors=told.vendors,
        data_rules={"personal": DataRule(kind="gdpr", valid_until=date(2040, 1, 1))},
        adequacy_decisions=own,
        country="DE",
    )


def test_an_adequacy_decision_says_whose_it_is_and_how_it_was_checked():
    found = entry(register(gdpr(), AT), "adequacy")
    assert (found.day, found.stranded) == (date(2031, 12, 27), ("service",))
    assert "for nord" in found.note
    assert "checked on 2026-11-29 but for its number" in found.note
    endless = entry(register(gdpr("BR"), AT), "adequacy")
    assert (endless.state, endless.note) == ("no_end", "for nord; built-in list, checked on 2026-11-29")
    assert set(UNCHECKED) < {decision.country for decision in DECISIONS}


def test_clauses_make_a_decision_needless():
    covered = gdpr(transfer=("scc",), transfer_assessed=date(2026, 1, 1))
    found = register(covered, AT)
    assert entry(found, "adequacy").lost == ()
    assert entry(found, "assessment").state == "not_told"
    told = RegisterDates(vendors={"nord": VendorDates(assessment_days=365)})
    assert entry(register(covered, AT, told), "assessment").day == date(2027, 1, 1)


def test_an_own_decision_takes_the_place_of_the_built_in_one():
    ended = AdequacyDecision(country="GB", valid_from=date(2021, 1, 1), valid_until=date(2026, 11, 1))
    found = register(gdpr(own=(ended,)), AT)
    over = entry(found, "adequacy")
    assert (over.state, over.stranded) == ("run_out", ("service",))
    assert "center file" in over.note


def test_a_data_rule_that_ends_closes_its_data_to_all():
    found = entry(register(gdpr("EE"), AT), "data_rule")
    assert (found.day, found.lost, found.stranded) == (date(2040, 1, 1), (("nord", "service"),), ("service",))
    assert not [each for each in register(gdpr("EE"), AT).entries if each.kind == "adequacy"]


def test_own_dates_run_out():
    told = RegisterDates(dates=(WatchedDate(name="insurance", day=AT - DAY, vendor="nord"),))
    (out,) = register(center(), AT, told).run_out
    assert (out.kind, out.name, out.vendor) == ("date", "insurance", "nord")


def test_a_vendor_that_is_not_there():
    for told in (
        RegisterDates(vendors={"nrod": VendorDates()}),
        RegisterDates(dates=(WatchedDate(name="insurance", day=AT, vendor="nrod"),)),
    ):
        with pytest.raises(InputError, match="found 'nrod'; expected 'nord'"):
            register(center(), AT, told)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[vendors.nord]\nnotice_days = -1", "vendors.nord.notice_days: found -1"),
        ("[vendors.nord]\nnotice = 90", "an unknown key 'notice'"),
        ('[[dates]]\nname = "audit"', "dates[0]: found no 'day'"),
        ('[[dates]]\nname = "audit"\nday = "soon"', "dates[0].day: found 'soon'"),
    ],
)
def test_what_is_wrong_in_a_file_of_dates_is_told(tmp_path, text, words):
    (tmp_path / "dates.toml").write_text(text)
    with pytest.raises(InputError) as told:
        read_register_dates(tmp_path / "dates.toml")
    assert words in str(told.value)


# The calendar, read by a reader of its own.


def events(content):
    """The events of a calendar as dicts, its alarms as triggers; strict on line ends, lengths, nesting."""
    assert content.endswith(b"\r\n")
    for piece in content.split(b"\r\n"):
        assert len(piece) <= 75
        assert b"\n" not in piece
        assert b"\r" not in piece
        piece.decode()  # no character is cut
    lines = content.decode().replace("\r\n ", "").split("\r\n")[:-1]
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert lines[-1] == "END:VCALENDAR"
    found, open_ = [], []
    for each in lines:
        name, _, value = each.partition(":")
        if name == "BEGIN":
            open_.append(value)
            if value == "VEVENT":
                found.append({"TRIGGER": []})
        elif name == "END":
            assert open_.pop() == value
        elif open_[-1] == "VEVENT":
            assert name not in found[-1]
            found[-1][name] = value
        elif name == "TRIGGER":
            found[-1][name].append(value)
    assert open_ == []
    return found


def unescaped(value):
    return re.sub(r"\\(.)", lambda sign: "\n" if sign[1] in "nN" else sign[1], value, flags=re.DOTALL)


def test_a_calendar_has_every_last_day():
    found = register(SOL, AT, read_register_dates(EXAMPLES / "register_dates.toml"))
    told = events(register_calendar(found))
    days = [each.day for each in found.entries if each.day is not None]
    assert [each["DTSTART;VALUE=DATE"] for each in told] == [f"{day:%Y%m%d}" for day in days]
    assert {each["DTSTAMP"] for each in told} == {"20261201T000000Z"}
    assert len({each["UID"] for each in told}) == len(told) == 10
    assert all(each["TRIGGER"] == ["-P90D", "-P60D", "-P30D"] for each in told)
    (claims,) = (each for each in told if each["SUMMARY"] == "ISO 18295-1 of nord ends")
    assert claims["DESCRIPTION"] == "no vendor left for claims"


def test_dates_of_one_name_are_events_of_their_own():
    days = [date(2027, 6, 1), date(2027, 1, 1), date(2027, 1, 1)]
    dates = [WatchedDate(name="insurance", day=day) for day in days]
    others = (
        WatchedDate(name="insurance", day=days[0], vendor="nord"),
        WatchedDate(name="lease", day=days[0]),
    )

    def uids(*told):
        found = register(center(), AT, RegisterDates(dates=told))
        made = events(register_calendar(found))
        return {(each["DTSTART;VALUE=DATE"], each["SUMMARY"], each["UID"]) for each in made}

    all_of_them = uids(*dates, *others)
    assert len({uid for _, _, uid in all_of_them}) == 5
    assert all_of_them == uids(*others, *reversed(dates))  # whatever the order of the file
    assert uids(dates[1]) < all_of_them  # one that has no namesake is as ever


def test_an_event_moves_with_its_day_and_a_lock_is_one_of_each_month():
    told = RegisterDates(vendors={"nord": VendorDates(lock_days=5)})
    uids = []
    for last, at in ((date(2027, 1, 1), AT), (date(2029, 1, 1), AT + timedelta(days=40))):
        found = register(center(certificates={"ISO 27001": last}), at, told)
        uids.append(
            [each["UID"] for each in sorted(events(register_calendar(found)), key=lambda e: e["SUMMARY"])]
        )
    (lock, certificate), (lock_later, certificate_later) = uids
    assert certificate == certificate_later
    assert lock != lock_later


TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=200) | st.text(
    "a,;\\\n é漢😀", max_size=99
)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_any_text_comes_back(text):
    line = f"SUMMARY:{escaped(text)}"
    whole = folded(line)
    assert whole.replace("\r\n ", "") == line
    assert all(len(piece.encode()) <= 75 for piece in whole.split("\r\n"))
    assert unescaped(line.removeprefix("SUMMARY:")) == text


@given(name=TEXTS, note=TEXTS)
@settings(max_examples=100, deadline=None)
def test_names_that_are_odd_are_texts_of_a_calendar(name, note):
    odd = RegisterEntry(kind="date", name=name, day=AT, days_left=0, state="within_30", note=note)
    (only,) = events(register_calendar(Register("Sol", AT, (odd,))))
    assert unescaped(only["SUMMARY"]) == f"{name} ends"
    assert unescaped(only.get("DESCRIPTION", "")) == note
