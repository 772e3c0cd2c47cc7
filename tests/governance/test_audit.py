from __future__ import annotations

import copy
import functools
import json
import math
from io import StringIO

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

import bporoute
from bporoute import (
    Center,
    Contact,
    Contract,
    DataRule,
    ExpectedWait,
    MarginalCost,
    NeverOverflow,
    Queue,
    QueueLength,
    QueueState,
    Router,
    Rule,
    Share,
    Snapshot,
    VendorState,
    _kernels,
)
from bporoute.cli._audit import remarks, table
from bporoute.policies._composed import Hysteresis, Warm, named_vendors
from bporoute.policies._meet_target import MeetTarget
from bporoute.policies._shares import HashShare
from bporoute.policies._text import parse_policy, policy_text
from bporoute.simulation._demo import demo_replay
from helpers.clock import NOON
from helpers.files import CENTER, LOG
from helpers.running import bporoute as run_bporoute
from helpers.strategies import (
    BUSY,
    FREE,
    centers,
    one_queue,
    vendor,
    wild_contacts,
    wild_instants,
    wild_snapshots,
)

audit = functools.partial(bporoute.audit, chained=False)
"""Lines are judged by what they say here; how they follow one another: tests/governance/test_chain.py."""
SLOW_TO_DRAW = settings(
    max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
POLICIES = (
    MarginalCost(),
    NeverOverflow(),
    QueueLength(2),
    ExpectedWait(30),
    Share({"nord": 0.3, "syd": 0.4}),
    Hysteresis(QueueLength(4), QueueLength(1), dwell=20.0, release=60.0),
)
SHADES = (
    *POLICIES,
    HashShare({"nord": 0.4, "syd": 0.2}),
    Warm(MarginalCost(), {"syd": 0.25}),
    MeetTarget(0.8, 20.0),
)
CENTER_OF_THREE = one_queue(
    {"wait_cost_per_minute": 3.0, "failed_cost": 2.0, "patience": 120.0, "arrival_rate": 0.02},
    {"data": ("card",)},
    vendors={
        "nord": vendor(contract=Contract(price_per_contact=4.5, cap_per_hour=3), expected_wait=20),
        "syd": vendor(contract=Contract(price_per_contact=3.0), capacity=2, languages=("sv",)),
        "ost": vendor(contract=Contract(price_per_contact=2.0), country="IN"),
        "west": vendor(contract=Contract(price_per_contact=1.0), hours=("mon-fri 08:00-20:00",)),
    },
    data_rules={"card": DataRule(countries=("EE",))},
)


def line(decision) -> bytes:
    return msgspec.json.encode(decision.to_dict())


def log_of(center: Center, policy, contacts: int = 12) -> list[bytes]:
    """Live decisions, a state told now and then, some contacts settled, minutes apart."""
    now = [NOON]
    router = Router(center, policy, clock=lambda: now[0], compile=False)
    lines, open_ = [], []
    for number in range(contacts):
        now[0] += 7.3
        if number % 5 == 2:
            router.state["service"].update(agents=4, busy=4, waiting=number % 7, arrival_rate=0.02)
        if number == 8:
            router.vendors["nord"].update(up=False)
        if number == 10:
            now[0] += 40.0 if number % 2 else 400.0
        decision = router.route(Contact("service", "sv" if number % 3 else "", f"call {number}"))
        lines.append(line(decision))
        open_.append(decision)
        if number % 4 == 3:
            router.settle(open_.pop(0), "answered", 3.0, 200.0)
    return lines


@pytest.mark.parametrize("policy", SHADES, ids=policy_text)
def test_a_live_log_audits_clean(kernels, monkeypatch, policy) -> None:
    monkeypatch.setattr(_kernels, "current", lambda: kernels)
    report = audit(log_of(CENTER_OF_THREE, policy), CENTER_OF_THREE)
    assert report.first == ()
    assert report.clean
    assert (report.lines, report.same) == (12, 12)


def test_replays_audit_clean_whichever_kernels_made_them(compiled_kernels, monkeypatch) -> None:
    replay, lines = demo_replay(calls=150), []
    for policy in ("MarginalCost", "Share({'baltic': 0.3})", "Hysteresis(QueueLength(3), QueueLength(1))"):
        replay.run(parse_policy(policy), watch=lambda decision: lines.append(line(decision)))
    assert audit(lines, replay.center).clean
    monkeypatch.setattr(_kernels, "current", lambda: _kernels.INTERPRETED)
    report = audit(lines[100:150], replay.center)
    assert report.first == ()
    assert report.clean


@SLOW_TO_DRAW
@given(
    centers(),
    st.lists(st.tuples(wild_contacts, wild_snapshots, wild_instants), min_size=1, max_size=3),
    st.sampled_from(SHADES),
)
def test_every_decision_can_be_made_again(center, asked, policy) -> None:
    now = [0.0]
    router = Router(center, shares_fitting(policy, center), clock=lambda: now[0], compile=False)
    lines = []
    for contact, snapshot, at in asked:
        now[0] = at
        lines.append(line(router.route(contact, snapshot)))
    report = audit(lines, center)
    assert report.first == ()
    assert report.same == report.lines == len(asked)  # their times go to and fro, which is no order


def shares_fitting(policy, center):
    """The policy if it names no other vendors than the center has."""
    return policy if set(named_vendors(policy)) <= set(center.vendors) else MarginalCost()


# -- tampering ---------------------------------------------------------------------------------

BUSY_LINE = json.loads(
    line(
        Router(CENTER_OF_THREE, MarginalCost(), clock=lambda: NOON, compile=False).route(
            Contact("service", "sv", "call 7"),
            Snapshot(service=BUSY, nord=VendorState(in_flight=1)),
        )
    )
)


def leaves(value, path=()):
    if isinstance(value, dict):
        for name, below in value.items():
            yield from leaves(below, (*path, name))
    elif isinstance(value, list) and value:
        for place, below in enumerate(value):
            yield from leaves(below, (*path, place))
    else:
        yield path


def at(value, path):
    for step in path:
        value = value[step]
    return value


def changed(value, draw):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return draw(st.floats(-1e6, 1e6).filter(lambda other: not math.isclose(other, value, abs_tol=1e-6)))
    if value is None:
        return draw(st.sampled_from([0.0, 1.5, -3.0]))
    if isinstance(value, list):
        return ["something"]
    return draw(st.text(min_size=1, max_size=12).filter(lambda other: other != value))


SAYS = (
    *("action", "destination", "ranked", "rejected", "queue", "sends_from", "degraded", "present", "belief"),
    *("policy", "policy_version", "classes", "aht", "kept_since", "vendors"),
)
COUNTS = (
    "this_hour",
    "today",
    "this_period",
    "center_day",
    "in_flight",
    "most_at_once",
    "left_to_spend",
    "spending_limit",
)
IDLE = ("admitted", "admission", "credit", "team", "team_aht", "up")
"""Far from every limit, or not what this policy goes by."""
IN_QUESTION = [way["destination"] for way in BUSY_LINE["ranked"]]
SOUND = [
    path
    for path in leaves(BUSY_LINE)
    if path[0] in SAYS
    and (path[0] != "vendors" or (path[1] in IN_QUESTION and path[-1] not in (*COUNTS, *IDLE)))
]


def test_an_untouched_line_is_clean() -> None:
    assert audit([json.dumps(BUSY_LINE)], CENTER_OF_THREE).clean


@settings(max_examples=60)
@given(st.data())
def test_any_changed_field_that_matters_is_reported(data) -> None:
    path = data.draw(st.sampled_from(SOUND))
    tampered = copy.deepcopy(BUSY_LINE)
    at(tampered, path[:-1])[path[-1]] = changed(at(BUSY_LINE, path), data.draw)
    report = audit([json.dumps(tampered)], CENTER_OF_THREE)
    assert not report.clean, path
    assert report.different + report.unknown + report.unreadable == 1


@pytest.mark.parametrize(
    "change",
    [
        {"state": {**BUSY_LINE["state"], "agents": 5.0}},
        {"state": {**BUSY_LINE["state"], "waiting": 3.0}},
        {"state": None},
        {"age": 31.0},
        {"age": 301.0},
        {"at": "2026-11-23T12:00:00+00:00"},
        {"at": None},
        {"contact": {**BUSY_LINE["contact"], "type": "fax"}},
        {"contact": {**BUSY_LINE["contact"], "language": "et"}},
        {"contact": {**BUSY_LINE["contact"], "data": ["health"]}},
        {"ranked": BUSY_LINE["ranked"][::-1]},
        {"ranked": BUSY_LINE["ranked"][:-1]},
        {"rejected": []},
        {"vendors": {name: {**told, "up": False} for name, told in BUSY_LINE["vendors"].items()}},
        {"vendors": {name: {**told, "most_at_once": 0.0} for name, told in BUSY_LINE["vendors"].items()}},
        {"vendors": {name: {**told, "this_hour": 3.0} for name, told in BUSY_LINE["vendors"].items()}},
        {"vendors": {name: {**told, "admitted": 0.0} for name, told in BUSY_LINE["vendors"].items()}},
        {"vendors": {name: {**told, "left_to_spend": 0.5} for name, told in BUSY_LINE["vendors"].items()}},
        {"vendors": {}},
        {"luck": 0.5},
        {"more": "than there was"},
    ],
    ids=str,
)
def test_a_changed_input_that_changes_the_outcome_is_reported(change) -> None:
    report = audit([json.dumps({**BUSY_LINE, **change})], CENTER_OF_THREE)
    assert report.different == 1
    assert report.first


def test_shares_and_gates_rest_on_what_they_remember() -> None:
    lines = map(json.loads, log_of(CENTER_OF_THREE, Share({"nord": 0.3, "syd": 0.4})))
    sent = [line for line in lines if line["credit"] and line["action"] == "overflow"]
    more = [
        json.dumps({**line, "credit": 1.0 + line["credit"]})
        for line in sent
        if "service" in [way["destination"] for way in line["ranked"]]
    ]
    assert len(more) >= 3
    assert audit(more, CENTER_OF_THREE).different == len(more)
    gated = Hysteresis(QueueLength(5), QueueLength(0), dwell=0.0)
    router = Router(CENTER_OF_THREE, gated, clock=lambda: NOON, compile=False)
    router.route(Contact("service"), Snapshot(service=BUSY))
    still_sent = router.route(Contact("service"), Snapshot(service=QueueState(4, 4, 2)))
    assert still_sent.destination == "syd"
    plain = still_sent.to_dict()
    assert plain["gate_open"]
    assert audit([json.dumps(plain)], CENTER_OF_THREE).clean
    found = audit([json.dumps({**plain, "gate_open": False})], CENTER_OF_THREE)
    assert "destination" in found.fields


def test_rounding_is_no_difference() -> None:
    ranked = copy.deepcopy(BUSY_LINE["ranked"])
    ranked[0]["cost"] *= 1.0 + 1e-12
    assert audit([json.dumps({**BUSY_LINE, "ranked": ranked})], CENTER_OF_THREE).clean
    ranked[0]["cost"] *= 1.0 + 1e-7
    assert audit([json.dumps({**BUSY_LINE, "ranked": ranked})], CENTER_OF_THREE).fields == {"ranked.cost": 1}


# -- what is counted ---------------------------------------------------------------------------


def test_another_center_is_named_and_what_it_changes_is_found() -> None:
    dearer = msgspec.structs.replace(
        CENTER_OF_THREE, queues={"service": Queue(aht=240.0, waiting_room=20, wait_cost_per_minute=9.0)}
    )
    report = audit([json.dumps(BUSY_LINE), json.dumps(BUSY_LINE | {"id": 2})], dearer)
    assert report.other_centers == {CENTER_OF_THREE.version: 2}
    assert report.center_version == dearer.version != CENTER_OF_THREE.version
    assert report.different == 2
    renamed = msgspec.structs.replace(CENTER_OF_THREE, name="another")
    report = audit([json.dumps(BUSY_LINE)], renamed)
    assert (report.same, report.clean) == (1, False)
    assert report.other_centers == {CENTER_OF_THREE.version: 1}


def test_a_policy_of_ones_own_is_checked_where_it_is_handed_over() -> None:
    def at_two(situation):
        return Rule.keep_while(situation.waiting < 2)

    lines = log_of(CENTER_OF_THREE, at_two)
    assert json.loads(lines[0])["policy_version"] is None
    report = audit(lines, CENTER_OF_THREE)
    assert (report.unknown, report.same, report.clean) == (12, 0, False)
    assert audit(lines, CENTER_OF_THREE, policies=(at_two,)).clean


def test_a_failing_policy_comes_out_degraded_again() -> None:
    def broken(situation):
        raise ZeroDivisionError("no")

    decision = Router(CENTER_OF_THREE, broken, compile=False).route(
        Contact("service"), Snapshot(service=BUSY)
    )
    assert "ZeroDivisionError" in decision.degraded
    assert audit([line(decision)], CENTER_OF_THREE, policies=(broken,)).clean


BAD = {
    "empty": (b"\n", "truncated"),
    "cut": (json.dumps(BUSY_LINE)[:-200], "truncated"),
    "no JSON": ("once upon a time", "malformed"),
    "no table": ("[1, 2]", "Expected `object`, got `array`"),
    "no age": (json.dumps({key: BUSY_LINE[key] for key in BUSY_LINE if key != "age"}), "field `age`"),
    "no time zone": (json.dumps({**BUSY_LINE, "at": "2026-11-22T12:00:00"}), "timezone"),
    "unknown policy": (json.dumps({**BUSY_LINE, "policy_version": "Best()"}), "'Best'"),
    "a negative rate": (json.dumps({**BUSY_LINE, "classes": [{"arrival_rate": -1, "price": 1}]}), "classes"),
    "no UTF-8": (b'{"id": "\xff"}', "utf-8"),
    "deep": ("[" * 100_000, "recursion"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "problem"), BAD.values(), ids=BAD)
def test_what_is_no_decision_is_named_by_its_number(text, problem: str) -> None:
    report = audit([json.dumps(BUSY_LINE), text, json.dumps(BUSY_LINE)], CENTER_OF_THREE)
    assert (report.lines, report.same, report.unreadable, report.clean) == (3, 2, 1, False)
    assert report.bad_lines[0].line == 2
    assert problem in report.bad_lines[0].problem.replace("UTF", "utf")


def test_nothing_is_not_clean() -> None:
    report = audit([], CENTER_OF_THREE)
    assert (report.clean, report.lines, report.policies) == (False, 0, ())
    assert report.chain.counts == {"empty": 1}
    assert remarks(report) == ["0 decisions: nothing is shown by that."]


def test_only_the_first_differences_are_kept() -> None:
    wrong = json.dumps(
        {**BUSY_LINE, "action": "reject", "destination": None, "queue": "x", "sends_from": 0.5}
    )
    report = audit([wrong] * 20 + ["{"] * 20, CENTER_OF_THREE)
    assert [found.line for found in report.first] == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4]
    assert len(report.bad_lines) == 10
    assert (report.different, report.unreadable) == (20, 20)
    assert report.fields == dict.fromkeys(("action", "destination", "queue", "sends_from"), 20)
    assert json.loads(msgspec.json.encode(report.to_dict()))["clean"] is False


# -- the command -------------------------------------------------------------------------------


def printed(report) -> str:
    screen = Console(file=StringIO(), width=100)
    screen.print(table(report))
    for text in remarks(report):
        screen.print(text, soft_wrap=True, highlight=False, markup=False)
    return "\n".join(each.rstrip() for each in screen.file.getvalue().splitlines())


def test_what_is_printed() -> None:
    other = {**BUSY_LINE, "center_version": "0123456789abcdef"}
    ranked = copy.deepcopy(BUSY_LINE["ranked"])
    ranked[0]["cost"] = 1.25
    lines = [
        BUSY_LINE,
        {**BUSY_LINE, "ranked": ranked, "id": 2},
        {**other, "destination": "ost", "id": 3},
        {**other, "policy": "mine", "policy_version": None},
    ]
    report = audit([*map(json.dumps, lines), "{"], CENTER_OF_THREE)
    assert BUSY_LINE["destination"] == "syd"
    assert (
        printed(report)
        == f"""\

 policy          decisions  same  different  not checked
 ───────────────────────────────────────────────────────
 MarginalCost()          3     1          2            0
 mine                    1     0          0            1

line 5: not a decision: Input data was truncated
line 2 (decision 2): ranked[0].cost logged as 1.25, found 3.0
line 3 (decision 3): destination logged as ost, found syd
Lines that differ, by field: ranked.cost 1, destination 1.
Not checked: decisions by policies that are not of this package; bporoute.audit takes them.
Decided with other centers than this one, {CENTER_OF_THREE.version}: 0123456789abcdef (2 decisions).
5 decisions: 1 the same, 2 different, 1 not checked, 1 unreadable."""
    )
    clean = audit([json.dumps(BUSY_LINE)], CENTER_OF_THREE)
    assert printed(clean).endswith(
        f"Decided with this center, {CENTER_OF_THREE.version}.\n"
        "1 decision: every decision comes out as it was logged."
    )


def test_the_command_audits_what_replay_wrote(tmp_path) -> None:
    (tmp_path / "center.toml").write_text(CENTER)
    (tmp_path / "calls.csv").write_text(LOG)
    run = run_bporoute(
        "replay", "calls.csv", "--center", "center.toml", "--no-tune", "--policy", "QueueLength(1)",
        "--policy", "Share({'nord': 0.3})", "--decisions", "out.jsonl", cwd=tmp_path,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    run = run_bporoute("audit", "out.jsonl", "--center", "center.toml", cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert "120 decisions: every decision comes out as it was logged." in run.stdout
    written = (tmp_path / "out.jsonl").read_text().splitlines(keepends=True)
    written[16] = written[16].replace('"action":"', '"action":"not ')
    (tmp_path / "out.jsonl").write_text("".join(written))
    run = run_bporoute("audit", "out.jsonl", "--center", "center.toml", "--json", cwd=tmp_path)
    assert (run.returncode, run.stderr) == (1, "")
    found = json.loads(run.stdout)
    assert (found["same"], found["different"]) == (119, 1)
    assert (found["first"][0]["line"], found["first"][0]["field"]) == (17, "action")
    assert found["chain"]["counts"] == {"altered": 1}


def test_a_log_that_is_not_there_is_told(tmp_path) -> None:
    (tmp_path / "center.toml").write_text(CENTER)
    run = run_bporoute("audit", "out.jsonl", "--center", "center.toml", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("bporoute: decisions out.jsonl: found No such file")


def test_policies_and_their_texts() -> None:
    for policy in SHADES:
        text = policy_text(policy)
        assert text is not None
        assert parse_policy(text) == policy
    assert policy_text(Hysteresis(lambda situation: None, QueueLength(1))) is None
    assert policy_text(FREE) is None
