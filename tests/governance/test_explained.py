"""A logged decision, explained: every flip is one, and nothing smaller flips, by a search of its own."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bporoute import (
    Center,
    Contact,
    Contract,
    Ledger,
    QueueState,
    Router,
    Rule,
    Snapshot,
    Tier,
    ValueClass,
    VendorState,
)
from bporoute._base.clock import is_open
from bporoute.cli.pages._explained import explained_page
from bporoute.cli.pages._page import encoded as page_of
from bporoute.cli.reports import _explained as explained_report
from bporoute.errors import InputError
from bporoute.governance import DecisionLog, explain_decision, reasons
from bporoute.governance._explained._explained import explained
from bporoute.governance._explained._logged_lines import Line
from bporoute.governance._explained._turning_points import turning_points
from bporoute.governance._redecision import Logged, Redecision
from bporoute.policies import parse_policy
from bporoute.routing._token import Seal, Token, read_unproven
from helpers.clock import NOON
from helpers.pages import read_page
from helpers.strategies import (
    centers,
    fitting,
    one_queue,
    vendor,
    wild_contacts,
    wild_instants,
    wild_snapshots,
)

POLICIES = (
    "MarginalCost()",
    "MarginalCost()",
    "QueueLength(5)",
    "ExpectedWait(60)",
    "ServedInTime(0.8, 20)",
    "OwnCost(2)",
    "MeetTarget(0.8, 20)",
    "OccupancyLimit(0.9)",
    "Share({'nord': 0.3, 'syd': 0.4})",
    "HashShare({'nord': 0.4, 'syd': 0.2})",
    "Hysteresis(QueueLength(6), QueueLength(2), dwell=20, release=60)",
    "Warm(MarginalCost(), {'syd': 0.25})",
)
HOURS = ((), ("mon-fri 08:00-20:00",), ("mon-sun 11:30-12:20",), ("daily 22:00-06:00",), ("tue 09:10-17:00",))


def center_of(draw: np.random.Generator) -> Center:
    """A center with three vendors of any terms."""

    def house(**terms):
        caps = {
            name: int(draw.integers(0, 6))
            for name in ("cap_per_hour", "cap_per_day", "cap_per_period")
            if draw.random() < 0.3
        }
        price = float(np.round(draw.uniform(0, 8), 2))
        return vendor(
            contract=Contract(price_per_contact=price, **caps),
            expected_wait=float(np.round(draw.choice([0, draw.uniform(0, 200)]), 1)),
            capacity=int(draw.integers(0, 6)) if draw.random() < 0.4 else None,
            hours=HOURS[draw.integers(len(HOURS))] if draw.random() < 0.5 else (),
            languages=tuple(
                draw.choice(["sv", "et", "en"], size=draw.integers(0, 3), replace=False).tolist()
            ),
            timezone=str(draw.choice(["UTC", "Europe/Tallinn", "America/New_York"])),
            max_share=0.4 if draw.random() < 0.2 else 1.0,
            **terms,
        )

    return one_queue(
        {
            "aht": float(np.round(draw.uniform(60, 600))),
            "patience": float(draw.choice([60.0, 300.0, math.inf])),
            "arrival_rate": float(draw.uniform(0.001, 0.03)),
            "wait_cost_per_minute": float(np.round(draw.uniform(0, 3), 2)),
            "abandonment_cost": float(np.round(draw.uniform(0, 10), 2)),
            "failed_cost": 2.0,
        },
        {"aht": float(draw.choice([90.0, 500.0]))} if draw.random() < 0.3 else {},
        vendors={"nord": house(), "syd": house(), "ost": house(country="IN")},
        value_classes={"gold": ValueClass(keep_up_to=2.5)},
        min_in_house_share=0.3 if draw.random() < 0.2 else 0.0,
        timezone="Europe/Tallinn",
    )


def line_of(draw: np.random.Generator) -> tuple[Center, Line]:
    """A line of a live log: the last of some decisions of a center in any state."""
    center = center_of(draw)
    now = [NOON + float(draw.uniform(-43_200, 43_200))]
    policy = parse_policy(POLICIES[draw.integers(len(POLICIES))])
    router = Router(center, policy, clock=lambda: now[0], compile=False)
    decision = None
    for _ in range(int(draw.integers(1, 6))):
        now[0] += float(draw.uniform(0, 12))
        agents = int(draw.integers(1, 9))
        told = {
            "service": QueueState(
                agents,
                int(draw.integers(0, agents + 1)),
                int(draw.choice([0, draw.integers(0, 15)])),
                float(draw.uniform(0.001, 0.05)) if draw.random() < 0.5 else None,
                float(draw.uniform(60, 600)) if draw.random() < 0.3 else None,
            )
        }
        if draw.random() < 0.3:
            told["nord"] = VendorState(up=bool(draw.random() < 0.7), in_flight=int(draw.integers(0, 4)))
        contact = Contact(
            "service",
            str(draw.choice(["", "sv", "et"])),
            f"call {draw.integers(10**6)}",
            value_class=str(draw.choice(["", "", "gold"])),
        )
        decision = router.route(contact, Snapshot(**told))
    content = msgspec.json.encode(decision.to_dict())
    values = msgspec.json.decode(content)
    return center, Line("", 1, content, values, msgspec.convert(values, Logged), True)


class Searcher:
    """Decides a line again with any value of an input, which it writes into the JSON by itself."""

    def __init__(self, center: Center, line: Line) -> None:
        self.center, self.line = center, line
        self.again = Redecision(center)
        self.policy = parse_policy(line.values["policy_version"])
        self.aht = self.again.decide(line.logged, self.policy).evidence.basis.solved
        self.base = self.of(line.values)

    def of(self, values, again=None):
        made = (again or self.again).decide(msgspec.convert(values, Logged), self.policy)
        return str(made.action), made.destination

    def decide(self, name, value):
        values = msgspec.json.decode(self.line.content)
        again = None
        if name == "arrival_rate":
            rate = math.fsum(each["arrival_rate"] for each in values["classes"])
            for each in values["classes"]:
                each["arrival_rate"] *= value / rate
        elif name == "work":
            values["work"] = value / self.aht.situation.aht
        elif name == "aht":
            values["state"]["aht"] = value
        elif name in ("state.agents", "state.present"):
            state = values["state"]
            present = state["busy"] + state["waiting"]
            present = (
                state["agents"] + state["waiting"] if state["waiting"] else min(present, state["agents"])
            )
            present = value if name == "state.present" else present
            state["agents"] = value if name == "state.agents" else state["agents"]
            state["busy"] = min(present, state["agents"])
            state["waiting"] = present - state["busy"]
        elif name == "at":
            at = value if isinstance(value, float) else datetime.fromisoformat(value).timestamp()
            values["at"] = datetime.fromtimestamp(at, UTC).isoformat()
        elif name == "keep_up_to":
            values["contact"]["value_class"] = "tried"
            classes = {"tried": ValueClass(keep_up_to=value)}
            again = Redecision(msgspec.structs.replace(self.center, value_classes=classes))
        elif name.startswith("rules."):
            again = None if value else self.without(values, *name.split(".")[1:])
        else:
            *path, last = name.split(".")
            place = values
            for step in path:
                place = place[step]
            place[last] = float(value) if last == "admitted" else value
        return self.of(values, again)

    def without(self, values, name, rule):
        """Have a rule not bar a vendor, by the line's figures or in a center of its own."""
        center, seen = self.center, values["vendors"][name]
        free = {"opening_hours": {"hours": ()}, "max_share": {"max_share": 1.0}}
        if rule in free:
            house = msgspec.structs.replace(center.vendors[name], **free[rule])
            return Redecision(msgspec.structs.replace(center, vendors={**center.vendors, name: house}))
        if rule == "min_in_house_share":
            return Redecision(msgspec.structs.replace(center, min_in_house_share=0.0))
        lifts = {
            "up": ("up", True),
            "capacity": ("most_at_once", 1e9),
            "cap_per_hour": ("this_hour", -1.0),
            "cap_per_day": ("today", -1.0),
            "cap_per_period": ("this_period", -1.0),
        }
        field, freed = lifts[rule]
        seen[field] = freed
        return None


def judge(center: Center, line: Line, draw: np.random.Generator, points: int, days: float) -> int:
    """Check all that is said of a line; how many flips there were."""
    found = explained(line, center, days=days)
    assert found.same
    search = Searcher(center, line)
    assert search.base == (found.action, found.destination)
    both = {}
    for flip in found.flips:
        made = search.decide(flip.name, flip.becomes)
        assert made == (flip.action, flip.destination) != search.base, flip
        assert search.decide(flip.name, flip.holds) == search.base, flip
        if isinstance(flip.was, float):
            both.setdefault(flip.name, {})[flip.becomes > flip.was] = flip
            if flip.unit != "" and not flip.certain:
                assert abs(flip.becomes - flip.holds) <= 1e-8 * abs(flip.becomes)
    for flips in both.values():
        for flip in flips.values():
            nothing_between(search, flip.name, flip.was, flip.holds, draw, points)
    for each in found.unmoved:
        if isinstance(each.was, float) and each.low is not None:
            nothing_between(search, each.name, each.was, each.low, draw, points)
            nothing_between(search, each.name, each.was, each.high, draw, points)
    around_the_clock(search, found, line, days, points)
    return len(found.flips)


def nothing_between(search, name, was, end, draw, points):
    """No value between two flips the decision, of so many, evenly and by chance."""
    if was == end:
        return
    whole = name.startswith("state.") or name.split(".")[-1] in (
        *("this_hour", "today", "this_period", "in_flight", "center_day", "routed", "sent"),
    )
    values = np.linspace(was, end, points) + (
        0.0 if whole else draw.uniform(-0.5, 0.5) * (end - was) / points
    )
    low, high = sorted((was, end))
    values = np.clip(values, low, high)
    if whole:
        values = was + np.unique(np.rint(values - was))
    if name == "keep_up_to":
        values = values[:: max(points // 4, 1)]  # each takes a center of its own
    for value in values.tolist():
        assert search.decide(name, value) == search.base, (name, was, value, end)


def around_the_clock(search, found, line, days, points):
    """No instant between flips it, of so many of the minutes."""
    at = line.logged.at.timestamp()
    flips = {flip.becomes > flip.was: flip.holds for flip in found.flips if flip.name == "at"}
    for later in (True, False):
        end = flips.get(later)
        until = at + (days if later else -days) * 86_400.0
        until = until if end is None else datetime.fromisoformat(end).timestamp()
        minutes = [
            minute * 60.0
            for minute in range(math.ceil(min(at, until) / 60.0), math.floor(max(at, until) / 60.0))
        ]
        for instant in minutes[:: max(len(minutes) // points, 1)]:
            assert search.decide("at", instant) == search.base, ("at", instant)


@pytest.mark.compiled
def test_every_flip_is_one_and_nothing_smaller_is(compiled_kernels):
    draw = np.random.default_rng(17)
    found = [judge(*line_of(draw), draw, points=24, days=1.0) for _ in range(8)]
    assert sum(found) > 40


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.parametrize("seed", range(10))
def test_nothing_smaller_flips_a_thousand_random_decisions(compiled_kernels, seed):
    draw = np.random.default_rng(2_000 + seed)
    found = [judge(*line_of(draw), draw, points=40, days=1.0) for _ in range(100)]
    assert sum(found) > 300


# -- which decision --------------------------------------------------------------------------------

KEY, ID_KEY = b"k" * 32, b"i" * 32
BUSY = Snapshot(service=QueueState(agents=4, busy=4, waiting=9))
PLAIN = one_queue({"wait_cost_per_minute": 1.0}, timezone="Europe/Tallinn")


def logged(path, center=PLAIN, policy="QueueLength(3)", contacts=3, **options):
    """A log of some decisions, a second apart; their router and tokens."""
    now = [NOON]
    router = Router(center, policy, clock=lambda: now[0], ledger=Ledger(key=KEY), compile=False)
    tokens = []
    with DecisionLog(path, **options) as log:
        for number in range(contacts):
            now[0] += 1.25
            decision = router.route(Contact("service", id=f"call {number}"), BUSY)
            log.write(decision)
            tokens.append(decision.token)
    return router, tokens


@pytest.fixture
def path(tmp_path):
    return tmp_path / "decisions.jsonl"


def test_a_decision_is_found_by_its_token_the_contacts_id_its_number_and_its_line(path):
    _, tokens = logged(path)
    ways = [{"token": tokens[1]}, {"contact": "call 1"}, {"number": 2}, {"line": 4}]
    found = [explain_decision([path], PLAIN, days=0.5, **way) for way in ways]
    assert [(each.id, each.line, each.contact["id"]) for each in found] == [(2, 4, "call 1")] * 4
    assert {each.seal for each in found} == {"as written"}
    assert all(each.same for each in found)
    assert found[0].at.isoformat() == "2026-11-22T14:00:02.500000+02:00"
    assert found[0].notes == ("Who has made the token was not checked: that takes the ledger's key.",)
    proven = explain_decision([path], PLAIN, token=tokens[1], token_key=KEY, days=0.5)
    assert proven.notes == ("The token is one that the holder of the ledger's key has made.",)


def test_of_a_contact_that_went_on_the_last_decision_is_told(path):
    two = one_queue(vendors={"nord": vendor(), "syd": vendor(contract=Contract(price_per_contact=5.0))})
    router = Router(two, "QueueLength(3)", clock=lambda: NOON, compile=False)
    router.state["service"].update(agents=4, busy=4, waiting=9)
    with DecisionLog(path) as log:
        first = router.route(Contact("service", id="call 7"))
        log.write(first)
        log.write(router.divert(first, failed="503"))
    found = explain_decision([path], two, contact="call 7", days=0.5)
    assert (first.destination, found.destination) == ("nord", "syd")
    assert found.notes[0] == "2 decisions are on this contact, 1, 2: this is the last."
    left_out = [flip for flip in found.flips if flip.name == "left_out.nord"]
    assert [(flip.was, flip.becomes, flip.destination) for flip in left_out] == [(True, False, "nord")]


@pytest.mark.parametrize("name", ["call 7", 'Jürgen "J" \\ <7>', "é", "7"])
def test_lines_are_found_however_their_json_is_written(path, name):
    router = Router(PLAIN, "QueueLength(3)", clock=lambda: NOON, compile=False)
    decisions = [router.route(Contact("service", id=each), BUSY).to_dict() for each in ("", name, "other 7")]
    path.write_text("\n".join(json.dumps(msgspec.to_builtins(each)) for each in decisions) + "\n")
    assert explain_decision([path], PLAIN, contact=name, days=0.1).line == 2
    assert explain_decision([path], PLAIN, number=2, days=0.1).line == 2


def test_hashed_ids_are_found_with_their_key(path):
    logged(path, ids="hashed", id_key=ID_KEY)
    assert explain_decision([path], PLAIN, contact="call 1", id_key=ID_KEY, days=0.5).id == 2
    with pytest.raises(InputError, match="id 'call 1': found no such decision"):
        explain_decision([path], PLAIN, contact="call 1")


@pytest.mark.parametrize(
    ("which", "complaint"),
    [
        ({}, "decision: found 0 of token, id, number and line"),
        ({"number": 1, "line": 2}, "decision: found 2 of"),
        ({"number": 9}, "number 9: found no such decision"),
        ({"line": 1}, "line 1: found no decision; expected a line that is one"),
        ({"line": 99}, "line 99: found no decision"),
        ({"token": "nord"}, "token 'nord': found no token"),
        ({"token": ""}, "token '': found no token"),
    ],
    ids=str,
)
def test_what_names_no_decision_is_refused(path, which, complaint):
    logged(path)
    with pytest.raises(InputError, match=complaint):
        explain_decision([path], PLAIN, **which)


def test_a_token_of_another_router_or_by_another_key_is_refused(path, tmp_path):
    logged(path)
    _, others = logged(tmp_path / "other.jsonl", policy="QueueLength(99)")
    with pytest.raises(InputError, match="which these files have otherwise"):
        explain_decision([path], PLAIN, token=others[0])
    with pytest.raises(InputError, match="found forged"):
        explain_decision([path], PLAIN, token=others[0], token_key=b"another key " * 3)
    with pytest.raises(InputError, match="number 1: found 2 decisions"):
        explain_decision([path, tmp_path / "other.jsonl"], PLAIN, number=1)
    with pytest.raises(InputError, match="line 2: found 2 files"):
        explain_decision([path, tmp_path / "other.jsonl"], PLAIN, line=2)


def test_a_cut_token_is_none():
    text = Seal(KEY, 7).text(Token(1, 0, 1.0, True, *[b"mark.."] * 4, 0.5, 0.25, (b"nord..",)))
    for length in range(len(text)):
        told = read_unproven(text[:length])
        assert told is None or told.number == 1


def test_lines_that_were_altered_or_whose_key_is_not_known_say_so(path):
    logged(path, key=KEY)
    found = [explain_decision([path], PLAIN, number=1, days=0.1, key=key) for key in (KEY, None, ID_KEY)]
    assert [each.seal for each in found] == ["as written", "not checked", "altered"]
    text = path.read_text().replace('"cost":4.5', '"cost":3.5')
    path.write_text(text)
    found = explain_decision([path], PLAIN, number=1, days=0.1, key=KEY)
    assert (found.seal, found.same) == ("altered", False)
    assert found.differences == (("ranked[0].cost", 3.5, 4.5),)
    plain = text.splitlines()[2].partition(',"line"')[0] + "}"
    path.write_text(plain + "\n")
    assert explain_decision([path], PLAIN, line=1, days=0.1).seal == "not chained"


def test_another_center_is_said_and_a_policy_that_nobody_knows_refused(path):
    logged(path)
    dearer = one_queue(vendors={"nord": vendor(contract=Contract(price_per_contact=5.0))})
    found = explain_decision([path], dearer, number=1, days=0.1)
    assert found.notes[0].startswith(f"Decided with the center {PLAIN.version}; this one is {dearer.version}")

    def mine(situation):
        return Rule.keep_while(situation.waiting < 2)

    logged(path, policy=mine)
    with pytest.raises(InputError, match="the policy 'mine', which is not of this package"):
        explain_decision([path], PLAIN, number=1)
    assert explain_decision([path], PLAIN, number=1, policies=[mine], days=0.1).destination == "nord"


# -- what is said of it ----------------------------------------------------------------------------


def test_prices_by_term_add_up_to_the_cost(path):
    by_the_minute = Contract(price_per_contact=1.5, price_per_minute=0.5)
    tiers = (Tier(above=0, up_to=10, price_per_contact=6.0), Tier(above=10, price_per_contact=5.0))
    center = one_queue(
        {"wait_cost_per_minute": 0.6, "patience": 300.0, "failed_cost": 2.0},
        vendors={
            "nord": vendor(contract=by_the_minute, expected_wait=30),
            "syd": vendor(contract=Contract(tiers=tiers)),
            "ost": vendor(languages=("et",)),
        },
    )
    router = Router(center, "QueueLength(3)", clock=lambda: NOON, compile=False)
    with DecisionLog(path) as log:
        log.write(router.route(Contact("service", "sv"), BUSY))
    found = explain_decision([path], center, number=1, days=0.1)
    by_name = {each.destination: each for each in found.verdicts}
    for name in ("nord", "syd", "service"):
        assert math.fsum(money for _, money in by_name[name].terms) == pytest.approx(by_name[name].cost)
    # four minutes of 0.50 beside 1.50 for the contact
    assert by_name["nord"].terms[:2] == (("per contact", 1.5), ("4.00 minutes at 0.5", 2.0))
    assert by_name["syd"].terms[0] == ("what the contract asks", 6.0)
    assert "whole bill" in by_name["syd"].note
    assert (by_name["ost"].place, by_name["ost"].rule) == (None, "language")
    assert by_name["ost"].reason == "speaks et, not sv"
    assert [each.place for each in found.verdicts] == [1, 2, 3, None]
    stranger = [flip for flip in found.flips if flip.destination == "ost"]
    assert all("The log has no price of ost" in " ".join(found.notes) for _ in stranger)


def test_what_moves_nothing_is_said_as_far_as_it_was_looked_at(path):
    center = one_queue(
        {"wait_cost_per_minute": 1.0},
        vendors={
            "nord": vendor(contract=Contract(price_per_contact=2.0), max_share=0.9),
            "syd": vendor(contract=Contract(price_per_contact=3.0)),
        },
        max_concentration=0.99,
    )
    router = Router(center, "QueueLength(3)", clock=lambda: NOON, compile=False)
    with DecisionLog(path) as log:
        log.write(router.route(Contact("service"), BUSY))
    values = next(json.loads(line) for line in path.read_text().splitlines() if '"kind"' not in line)
    for name in ("line", "prev", "hash"):
        del values[name]
    values["routed"], values["sent"] = 90_000.0, 0.0
    path.write_text(json.dumps(values) + "\n")
    found = explain_decision([path], center, number=1, days=0.1)
    (share,) = (each for each in found.unmoved if each.name == "vendors.nord.center_day")
    assert (share.was, share.low, share.high) == (0.0, 0.0, 4_000.0)  # 81,000 are its share
    # one by one no farther than that, and what lies beyond flips it
    again = Redecision(center)
    logged_line = msgspec.convert(values, Logged)
    seen = {**logged_line.vendors}
    for sent, destination in ((4_000.0, "nord"), (89_000.0, "syd")):
        seen["nord"] = msgspec.structs.replace(seen["nord"], center_day=sent)
        changed = msgspec.structs.replace(logged_line, vendors=seen)
        assert again.decide(changed, parse_policy("QueueLength(3)")).destination == destination


def test_the_smallest_changes_are_those_by_hand(path):
    logged(path)  # kept while fewer than three wait: 4 agents, 9 waiting, 4.50 at nord
    found = explain_decision([path], PLAIN, number=1, days=0.1)
    flips = {flip.name: (flip.was, flip.becomes, flip.holds, flip.destination) for flip in found.flips}
    assert flips["state.waiting"] == (9.0, 2.0, 3.0, "service")
    assert flips["state.present"] == (13.0, 6.0, 7.0, "service")
    assert flips["state.agents"] == (4.0, 11.0, 10.0, "service")  # 13 present, then 2 wait
    assert flips["vendors.nord.up"] == (True, False, True, "service")
    assert "vendors.nord.price" not in flips
    unmoved = {each.name: (each.was, each.low, each.high) for each in found.unmoved}
    assert unmoved["vendors.nord.price"][:2] == (4.5, 0.0)
    assert unmoved["state.busy"] == (4.0, 0.0, 4.0)
    assert found.answer == (
        "Sent to nord, at 4.50 EUR; next service, at 10.00 EUR. The smallest change that flips it: contacts "
        "present in service 6 instead of 13, then kept in service."
    ).replace("10.00", f"{found.verdicts[1].cost:.2f}")


@pytest.mark.parametrize("price", [1.0, 2.6180339, 40.0])
def test_the_price_that_flips_is_the_cost_of_keeping(path, price):
    center = one_queue(
        {"wait_cost_per_minute": 1.0, "arrival_rate": 0.01},
        vendors={"nord": vendor(contract=Contract(price_per_contact=price))},
    )
    router = Router(center, "MarginalCost()", clock=lambda: NOON, compile=False)
    with DecisionLog(path) as log:
        decision = router.route(Contact("service"), BUSY)
        log.write(decision)
    found = explain_decision([path], center, number=1, days=0.1)
    (flip,) = [flip for flip in found.flips if flip.name == "vendors.nord.price"]
    kept = {way.destination: way.cost for way in decision.ways}["service"]
    assert flip.becomes == pytest.approx(kept, rel=1e-8)
    assert (flip.destination == "service") == (flip.becomes > flip.holds) == (price < kept)


def test_the_clock_is_moved_to_where_somebody_closes_also_when_clocks_change():
    zone = ZoneInfo("Europe/Tallinn")
    nord = vendor(timezone="Europe/Tallinn", hours=("daily 03:30-04:10",))
    center = one_queue(vendors={"nord": nord}, timezone="Europe/Tallinn")
    for day in (datetime(2026, 3, 29, tzinfo=zone), datetime(2026, 10, 25, tzinfo=zone)):
        begins = day.timestamp()
        points = turning_points(center, begins, 43_200.0)
        minutes = [begins + 60.0 * minute for minute in range(600)]
        states = [is_open(nord.spans, datetime.fromtimestamp(minute, zone)) for minute in minutes]
        assert any(states)
        turns = [
            minute
            for minute, (before, after) in zip(minutes[1:], pairwise(states), strict=True)
            if before != after
        ]
        assert set(turns) <= set(points)


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_the_calendar_are_no_error(path, year):
    far = one_queue(timezone="Asia/Kolkata" if year == 9999 else "America/New_York")
    at = datetime(year, *((12, 31, 23) if year == 9999 else (1, 1, 1)), tzinfo=UTC).timestamp()
    router = Router(far, "QueueLength(3)", clock=lambda: at, compile=False)
    with DecisionLog(path) as log:
        log.write(router.route(Contact("service"), BUSY))
    found = explain_decision([path], far, number=1)
    assert found.at is None
    assert "at" not in {each.name for each in found.inputs}
    assert {each.span for each in reasons([path], far).where_to} == {"no time"}


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(centers(), wild_contacts, wild_snapshots, wild_instants, st.sampled_from(POLICIES))
def test_whatever_was_decided_can_be_explained(center, contact, snapshot, at, policy):
    rule = fitting(parse_policy(policy), center)
    router = Router(center, rule, clock=lambda: at, compile=False)
    content = msgspec.json.encode(router.route(contact, snapshot).to_dict())
    values = msgspec.json.decode(content)
    line = Line("", 1, content, values, msgspec.convert(values, Logged), True)
    found = explained(line, center, days=0.3)
    assert found.differences == ()
    outcome = found.action, found.destination
    assert all((flip.action, flip.destination) != outcome for flip in found.flips)
    names = {each.name for each in found.inputs}
    assert names == {each.name for each in (*found.flips, *found.unmoved)}
    assert {each.destination for each in found.verdicts} == {values["queue"], *center.vendors}
    read_page(page_of(explained_page(found)))
    assert next(iter(explained_report.lines_of(found, 100))) == found.answer
    assert explained_report.encoded(found, ".csv")


def test_everything_is_said_as_plain_values(path):
    logged(path)
    plain = explain_decision([path], PLAIN, number=1, days=0.1).to_dict()
    assert msgspec.json.decode(msgspec.json.encode(plain))["answer"].startswith("Sent to nord")
