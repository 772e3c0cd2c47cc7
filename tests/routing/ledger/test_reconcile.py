"""Outcomes that a power cut has lost are found again by call records, and counted once."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from bporoute import InputError
from bporoute.routing._reconcile import CallRecord, count_in, sort_out
from bporoute.routing.ledger import _layout, _settled, _shared
from bporoute.routing.ledger._locks import KEEPER, RECONCILE, Locks
from helpers.sharing import CALL, LENGTH, Host, router

TERMS: dict[str, object] = {"price_per_minute": 0.0, "price_per_contact": 3.0}


def _record(line: int, token: str, outcome: str = "answered") -> CallRecord:
    return CallRecord(line, token, outcome, 0.0, LENGTH)


def _end(own, tokens, outcome="answered"):
    return [own.settle(token, outcome, wait=0.0, handle=LENGTH) for token in tokens]


def _keep(own) -> None:
    own.ledger._keeper.keep_now(own._tables.keep)


def _verdicts(folder, records) -> list[str]:
    return [each.verdict for each in sort_out(folder, records)]


def _after_a_power_cut(host: Host, kept) -> Host:
    """What was on the disk at the time of `kept`, a copy of the folder; what was in memory is gone."""
    (kept / "segment").unlink()
    return Host(kept, 1, **host.terms)


@pytest.fixture
def cut(tmp_path):
    """A host after a power cut, and the tokens: counted before it, told after that, told never."""
    host = Host(tmp_path / "ledger", 2, **TERMS)
    one, other = host.routers
    tokens = [each.route(CALL).token for each in (one, other) for _ in range(6)]
    assert _end(one, tokens[:3]) + _end(other, tokens[3:5]) == [3.0] * 5
    one.judge(tokens[0], resolved=True)
    _keep(one)
    shutil.copytree(host.path, tmp_path / "kept")
    assert _end(other, tokens[5:9]) == [3.0] * 4
    _keep(one)  # its file has more numbers than the accounts of before say
    numbers = next((tmp_path / "ledger").glob("settled-*"))
    shutil.copy(numbers, tmp_path / "kept" / numbers.name)
    host.close()
    after = _after_a_power_cut(host, tmp_path / "kept")
    yield after, tokens
    after.close()


def test_what_was_lost_is_found_and_counted_once(cut):
    host, tokens = cut
    own = host.routers[0]
    assert own.usage("nord").answered == 5
    assert _end(own, tokens[5:9]) == [0.0] * 4  # nobody knows them any more
    records = [_record(line, token) for line, token in enumerate(tokens[:9], start=2)]
    found = sort_out(host.path, records)
    assert [each.verdict for each in found] == ["settled"] * 5 + ["lost"] * 4
    assert count_in(own, host.path, found) == 12.0
    usage = own.usage("nord")
    assert (usage.answered, usage.spent, usage.in_flight) == (9, 27.0, 0)
    assert own.invoice("nord").total == 27.0
    assert count_in(own, host.path, found) == 0.0
    assert _verdicts(host.path, records) == ["settled"] * 9
    _keep(own)
    late = host.begun()
    assert late.usage("nord").answered == 9
    assert count_in(late, host.path, found) == 0.0
    late.ledger.close()


def test_failed_ones_are_counted_as_such_and_what_cannot_be_is_told_apart(cut, tmp_path):
    host, tokens = cut
    own, elsewhere = host.routers[0], Host(tmp_path / "other", 1)
    new = own.route(CALL).token
    forged = elsewhere.routers[0].route(CALL).token
    records = [
        _record(2, tokens[6], "failed"),
        _record(3, tokens[6]),
        _record(4, forged),
        _record(5, "nord"),
        _record(6, new),
        _record(7, tokens[11], "abandoned"),
    ]
    found = sort_out(host.path, records)
    assert [each.verdict for each in found] == ["lost", "again", "forged", "unreadable", "open", "lost"]
    assert count_in(own, host.path, found) == 3.0
    usage = own.usage("nord")
    assert (usage.failed, usage.abandoned, usage.answered, usage.in_flight) == (1, 1, 6, 0)
    assert _verdicts(host.path, records) == ["settled", "again", "forged", "unreadable", "settled", "settled"]
    elsewhere.close()


def test_what_names_somebody_unknown_stays_lost_until_its_name_is_back(cut):
    """The file of names is not forced to the disk: a power cut may take its last lines."""
    host, tokens = cut
    own, names = host.routers[0], host.path / "names"
    kept, records = names.read_bytes(), [_record(2, tokens[7])]
    names.unlink()
    found = sort_out(host.path, records)
    assert count_in(own, host.path, found) == 0.0
    assert _verdicts(host.path, records) == ["lost"]
    names.write_bytes(kept)
    late = host.begun()
    assert count_in(late, host.path, found) == 3.0
    assert _verdicts(host.path, records) == ["settled"]
    late.ledger.close()


def test_what_was_sent_to_a_vendor_that_is_gone_stays_lost_until_it_is_back(cut):
    host, tokens = cut
    records = [_record(2, tokens[7])]
    host.routers[0].ledger.close()
    other = router(host.path, at=lambda: host.now, vendors=("syd",), **TERMS)
    found = sort_out(host.path, records)
    assert count_in(other, host.path, found) == 0.0
    assert _verdicts(host.path, records) == ["lost"]
    other.ledger.close()
    back = host.begun()
    assert count_in(back, host.path, found) == 3.0
    assert back.usage("nord").answered == 6
    back.ledger.close()


def test_what_was_lost_and_has_failed_gives_no_places_back_that_it_did_not_take(tmp_path):
    """Two were sent before the power cut as the accounts say, and six more: who has answered still counts."""
    terms = {**TERMS, "cap_per_day": 20}
    host = Host(tmp_path / "ledger", 1, **terms)
    own = host.routers[0]
    tokens = [own.route(CALL).token for _ in range(2)]
    assert _end(own, tokens[:1]) == [3.0]
    _keep(own)
    shutil.copytree(host.path, tmp_path / "kept")
    tokens += [own.route(CALL).token for _ in range(6)]
    host.close()
    after = _after_a_power_cut(host, tmp_path / "kept")
    own = after.routers[0]
    found = sort_out(after.path, [_record(line, token, "failed") for line, token in enumerate(tokens)])
    assert [each.verdict for each in found] == ["settled"] + ["lost"] * 7
    assert count_in(own, after.path, found) == 0.0
    assert (own.usage("nord").failed, own.usage("nord").today) == (7, 2)
    sent = [own.route(CALL).destination for _ in range(30)].count("nord")
    assert own.usage("nord").today == sent + 2 == 20
    after.close()


def test_of_a_time_without_numbers_nothing_is_counted(cut):
    host, tokens = cut
    for file in host.path.glob("settled-*"):
        if file.name != f"settled-{host.routers[0].ledger.epoch:08x}":
            file.unlink()
    found = sort_out(host.path, [_record(2, tokens[7]), _record(3, tokens[0])])
    assert [each.verdict for each in found] == ["unknown", "unknown"]
    assert count_in(host.routers[0], host.path, found) == 0.0


def test_where_numbers_were_overwritten_before_they_were_kept_nothing_is_taken_for_lost(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(_layout, "OUTCOMES", 8)
    monkeypatch.setattr(_shared, "KEEP_PATIENCE", 0.0)
    host = Host(tmp_path, 1, **TERMS)
    own = host.routers[0]
    stopped = Locks(tmp_path / "locks")
    assert stopped.take(KEEPER)
    tokens = [own.route(CALL).token for _ in range(20)]
    assert _end(own, tokens) == [3.0] * 20
    stopped.close()
    host.close()
    verdicts = _verdicts(tmp_path, [_record(line, token) for line, token in enumerate(tokens)])
    assert verdicts == ["unknown"] * 12 + ["settled"] * 8  # those stand in memory


def test_while_all_goes_on_nothing_is_taken_for_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(_layout, "OUTCOMES", 16)
    host = Host(tmp_path, 2, **TERMS)
    one = host.routers[0]
    first = one.route(CALL)
    one.settle(first, "answered", wait=0.0, handle=LENGTH)  # without its token
    _keep(one)
    records, tokens = [_record(2, first.token)], []
    for turn in range(60):
        own = host.routers[turn % 2]
        tokens.append(own.route(CALL).token)
        records.append(_record(turn + 3, tokens[-1]))
        if turn >= 5:
            assert _end(host.routers[turn % 3 % 2], [tokens[turn - 5]]) == [3.0]
        assert _verdicts(tmp_path, records) == ["settled"] * (1 + max(turn - 4, 0)) + ["open"] * min(
            turn + 1, 5
        )
    host.close()
    assert _verdicts(tmp_path, records) == ["settled"] * 56 + ["open"] * 5


def test_who_reconciles_is_alone(cut):
    host, tokens = cut
    found = sort_out(host.path, [_record(2, tokens[6])])
    locks = Locks(host.path / "locks")
    assert locks.take(RECONCILE)
    with pytest.raises(InputError, match="somebody who reconciles it just now"):
        count_in(host.routers[0], host.path, found)
    locks.close()
    assert count_in(host.routers[0], host.path, found) == 3.0


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(InputError, match="a folder that a SharedLedger has used"):
        sort_out(tmp_path, [])


def test_numbers_of_former_epochs_are_removed_in_time(tmp_path, monkeypatch):
    monkeypatch.setattr(_settled, "KEPT_FOR", -60.0)
    _settled.add(tmp_path, "00000001", 0, np.array([5], dtype="<i8"))
    assert _settled.read_settled(tmp_path, {"00000001": 1}) == {"00000001": {5}}
    _settled.add(tmp_path, "00000002", 0, np.array([], dtype="<i8"))
    assert _settled.read_settled(tmp_path, {"00000001": 1, "00000002": 0}) == {"00000002": set()}


@pytest.mark.parametrize("lost", [-8, None])
def test_where_a_file_of_numbers_is_cut_nothing_is_taken_for_lost(cut, lost):
    """Or was put back by itself, as an empty one that is filled up by zeros."""
    host, tokens = cut
    for file in host.path.glob("settled-*"):
        if file.name != f"settled-{host.routers[0].ledger.epoch:08x}":
            told = file.read_bytes()[: 8 * 5]
            file.write_bytes(told[:lost] if lost else bytes(len(told)))
    assert _verdicts(host.path, [_record(2, tokens[7])]) == ["unknown"]
