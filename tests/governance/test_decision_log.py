from __future__ import annotations

import json
import math

import pytest

from bporoute import Contact, InputError, QueueLength, QueueState, Router, Snapshot, VendorState
from bporoute.governance._decision_log import DecisionLog
from bporoute.routing._record import NotedVendor, finite
from bporoute.routing._tables._evidence import SEEN_OF_A_VENDOR
from helpers.clock import NOON
from helpers.strategies import BUSY, one_queue, vendor

CENTER = one_queue(
    vendors={"nord": vendor(capacity=9, expected_wait=20), "syd": vendor(contact_types=("service",))}
)


def routed(*states: QueueState, policy=None, **vendors):
    now = [NOON]
    router = Router(CENTER, policy or QueueLength(2), clock=lambda: now[0], compile=False)
    decisions = []
    for state in states:
        decisions.append(router.route(Contact("service"), Snapshot(service=state, **vendors)))
        now[0] += 1.5
    return decisions


def test_every_line_is_one_decision(tmp_path) -> None:
    path = tmp_path / "decisions.jsonl"
    decisions = routed(BUSY, QueueState(math.nan), BUSY)
    with DecisionLog(path) as log:
        for decision in decisions:
            log.write(decision)
        assert not path.exists()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line.get("kind") for line in lines] == ["header", "decides", None, None, None, "end"]
    assert [line["line"] for line in lines] == list(range(6))
    assert [line["id"] for line in lines[2:5]] == [1, 2, 3]
    assert [line["destination"] for line in lines[2:5]] == [decision.destination for decision in decisions]
    assert [file.name for file in tmp_path.iterdir()] == ["decisions.jsonl"]


def test_an_exception_leaves_nothing_behind(tmp_path) -> None:
    log = DecisionLog(tmp_path / "decisions.jsonl")
    log.write(routed(BUSY)[0])
    with pytest.raises(ZeroDivisionError), log:
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_an_older_log_is_replaced_when_the_new_one_is_complete(tmp_path) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_text("old")
    with DecisionLog(path) as log:
        assert path.read_text() == "old"
        log.write(routed(BUSY)[0])
    assert json.loads(path.read_text().splitlines()[2])["action"] == "overflow"


def test_a_file_that_cannot_be_written_is_told(tmp_path) -> None:
    with pytest.raises(InputError, match="a folder"):
        DecisionLog(tmp_path)
    with pytest.raises(InputError, match="No such file"):
        DecisionLog(tmp_path / "nowhere" / "decisions.jsonl")


def test_a_line_tells_what_the_decision_saw_before_it_changed_that() -> None:
    first, second = (decision.to_dict() for decision in routed(BUSY, BUSY))
    assert [first["vendors"]["nord"][name] for name in ("this_hour", "in_flight")] == [0.0, 0.0]
    assert [second["vendors"]["nord"][name] for name in ("this_hour", "in_flight")] == [1.0, 1.0]
    assert [(line["routed"], line["sent"], line["squares"]) for line in (first, second)] == [
        (0.0, 0.0, 0.0),
        (1.0, 1.0, 1.0),
    ]
    assert second["vendors"]["nord"]["most_at_once"] == 9.0
    assert second["vendors"]["syd"]["most_at_once"] is None


def test_a_line_tells_what_a_snapshot_told_of_vendors() -> None:
    (decision,) = routed(BUSY, nord=VendorState(in_flight=3, capacity=5, expected_wait=7.0))
    told = decision.to_dict()["vendors"]["nord"]
    assert (told["in_flight"], told["most_at_once"], told["wait"]) == (3.0, 5.0, 7.0)


def test_a_line_tells_how_old_the_state_was_and_who_came_since() -> None:
    now = [NOON]
    router = Router(CENTER, QueueLength(2), clock=lambda: now[0], compile=False)
    router.state["service"].update(agents=4, busy=2)
    lines = []
    for seconds in (5.0, 7.5, 30.0, 300.0):
        now[0] += seconds
        lines.append(router.route(Contact("service")).to_dict())
    assert [line["age"] for line in lines] == [5.0, 12.5, 42.5, 342.5]
    assert [line["belief"] for line in lines] == ["believed", "believed", "expected", "lost"]
    assert [line["kept_since"] for line in lines] == [0.0, 1.0, 2.0, 3.0]
    assert [line["present"] for line in lines[:2]] == [2.0, 3.0]


def test_every_field_of_a_vendor_has_its_column() -> None:
    assert ("up", *SEEN_OF_A_VENDOR) == NotedVendor.__struct_fields__
    assert len(set(SEEN_OF_A_VENDOR.values())) == len(SEEN_OF_A_VENDOR)


@pytest.mark.parametrize("value", [math.nan, math.inf, "4", None, 10**400, [1]])
def test_what_is_no_finite_number_is_none(value) -> None:
    assert finite(value) is None
    assert finite(4) == 4


def test_the_version_of_a_center_is_its_content() -> None:
    assert one_queue().version == one_queue().version != CENTER.version
    assert one_queue({"aht": 240}).version == one_queue({"aht": 240.0}).version
    assert one_queue({"patience": 1e9}).version != one_queue().version
    nord, syd = vendor(), vendor(capacity=3)
    assert one_queue(vendors={"nord": nord, "syd": syd}).version != (
        one_queue(vendors={"syd": syd, "nord": nord}).version  # their order breaks ties
    )
