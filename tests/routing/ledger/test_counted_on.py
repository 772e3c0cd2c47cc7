"""Other vendors in the same folder, once nobody uses it: what is counted goes on by name."""

from __future__ import annotations

import pytest

from bporoute import Contact, InputError, Router, SharedLedger
from bporoute.routing.ledger import _counted_on, _joined
from bporoute.routing.ledger._accounts import load
from bporoute.routing.ledger._locks import KEEPER, Locks
from helpers.sharing import BEGIN, LENGTH, center

CALL = Contact("call")
TERMS: dict[str, object] = {"price_per_minute": 0.0, "price_per_contact": 3.0, "cap_per_day": 5}


def _begun(path, *vendors: str, now: float = BEGIN) -> Router:
    made = center(vendors=vendors, **TERMS)
    return Router(made, "QueueLength(0)", ledger=SharedLedger(path), clock=lambda: now, compile=False)


def _send(own: Router, vendor: str, contacts: int) -> list:
    out = [name for name in own.center.vendors if name != vendor]
    return [own.route(CALL, exclude=out) for _ in range(contacts)]


def _end(own: Router, decisions) -> float:
    return sum(own.settle(each, "answered", wait=0.0, handle=LENGTH) for each in decisions)


def _counted(own: Router) -> dict[str, tuple[int, int, float, float]]:
    found = {}
    for name in own.center.vendors:
        usage = own.usage(name)
        found[name] = usage.today, usage.answered, usage.spent, own.bill(name).handled
    return found


@pytest.fixture
def used(tmp_path):
    """A folder that counted for two vendors, and that nobody uses any more."""
    one, other = (_begun(tmp_path, "nord", "syd") for _ in range(2))
    _end(one, _send(one, "nord", 4))
    _end(other, _send(other, "syd", 2))
    _send(other, "syd", 1)  # nobody tells its end
    one.ledger.close()
    other.ledger.close()
    return tmp_path


def test_who_stays_is_counted_on_and_who_is_gone_may_come_back(used):
    own = _begun(used, "ost", "syd")
    assert _counted(own) == {"ost": (0, 0, 0.0, 0.0), "syd": (3, 2, 6.0, 2.0)}
    _end(own, _send(own, "ost", 1))
    assert [each.destination for each in _send(own, "syd", 3)] == ["syd", "syd", "desk"]
    assert own.preview(CALL).evidence is not None
    own.ledger.close()
    again = _begun(used, "nord", "ost", "syd")
    assert _counted(again) == {"nord": (4, 4, 12.0, 4.0), "ost": (1, 1, 3.0, 1.0), "syd": (5, 2, 6.0, 2.0)}
    assert [each.destination for each in _send(again, "nord", 2)] == ["nord", "desk"]
    again.ledger.close()
    kept = load(used / "accounts.json", ("nord", "ost", "syd"))
    assert kept is not None
    assert kept.gone == {}


def test_who_is_gone_stays_in_the_accounts_whatever_is_kept_meanwhile(used):
    own = _begun(used, "syd")
    _end(own, _send(own, "syd", 1))
    own.ledger._keeper.keep_now(own._tables.keep)
    own.ledger.close()
    kept = load(used / "accounts.json", ("syd",))
    assert kept is not None
    assert kept.gone["nord"].totals.answered == 4
    assert sum(each.counts[0] for each in kept.gone["nord"].bills) == 4.0
    assert {each.sent for each in kept.gone["nord"].sent} == {4.0}


def test_while_a_process_uses_it_others_are_refused(used):
    own = _begun(used, "nord", "syd")
    with pytest.raises(InputError, match="which processes use; expected end all processes first"):
        _begun(used, "nord", "ost")
    assert _counted(own)["nord"] == (4, 4, 12.0, 4.0)
    own.ledger.close()
    _begun(used, "nord", "ost").ledger.close()


def test_outcomes_that_are_in_no_accounts_are_not_left_behind(used):
    own = _begun(used, "nord", "syd")
    stopped = Locks(used / "locks")
    assert stopped.take(KEEPER)
    _end(own, _send(own, "nord", 1))
    own.ledger.close()
    stopped.close()
    with pytest.raises(InputError, match="outcomes that are in no accounts; expected a process with that"):
        _begun(used, "nord", "ost")
    before = _begun(used, "nord", "syd")
    before.status()
    before.keep()
    before.ledger.close()
    late = _begun(used, "nord", "ost")
    assert _counted(late)["nord"] == (5, 5, 15.0, 5.0)
    late.ledger.close()


@pytest.mark.parametrize("killed_at", ["save", "make"])
def test_who_is_killed_in_the_middle_has_lost_nothing(used, monkeypatch, killed_at):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(_joined, killed_at, killed)
        with pytest.raises(KeyboardInterrupt):
            _begun(used, "syd", "ost")
    for vendors in (("nord", "syd"), ("ost", "syd")):
        own = _begun(used, *vendors)
        assert _counted(own)["syd"] == (3, 2, 6.0, 2.0)
        if "nord" in vendors:
            assert _counted(own)["nord"] == (4, 4, 12.0, 4.0)
        own.ledger.close()


def test_after_the_machine_was_started_anew_others_go_on_too(used):
    (used / "segment").unlink()
    own = _begun(used, "ost", "nord")
    assert _counted(own) == {"ost": (0, 0, 0.0, 0.0), "nord": (4, 4, 12.0, 4.0)}
    own.ledger.close()


def test_nothing_kept_yet_what_was_sent_goes_on(tmp_path):
    own = _begun(tmp_path, "nord", "syd")
    _send(own, "nord", 2)
    own.ledger.close()
    late = _begun(tmp_path, "nord")
    assert late.usage("nord").today == 2
    assert _counted_on.CENTER not in late.ledger._gone
    late.ledger.close()
