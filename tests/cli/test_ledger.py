"""The commands that look at a shared ledger, run as a user does."""

from __future__ import annotations

import json
import shutil
import time

import pytest

from helpers.running import bporoute
from helpers.sharing import CALL, center, router

pytestmark = pytest.mark.thorough


@pytest.fixture
def folder(tmp_path):
    one, other = (router(tmp_path, cap_per_hour=50, capacity=20) for _ in range(2))
    for turn in range(7):
        for each in (one, other):
            decision = each.route(CALL)
            if turn % 2:
                each.settle(decision, "answered", wait=0.0, handle=60.0)
    other.ledger.close()
    yield tmp_path
    one.ledger.close()


@pytest.fixture
def ended(tmp_path):
    """One that nobody uses any more: no keeper writes its accounts anew."""
    only = router(tmp_path)
    only.settle(only.route(CALL), "answered", wait=0.0, handle=60.0)
    only.ledger.close()
    return tmp_path


def test_it_shows_what_was_sent_who_is_there_and_who_counts(folder):
    shown = bporoute("ledger", "show", folder, "--json")
    assert shown.returncode == 0, shown.stderr
    view = json.loads(shown.stdout)
    sent = {each["window"]: (each["vendor"], each["sent"]) for each in view["windows"]}
    assert sent == {"hour": ("nord", 14), "day": ("nord", 14), "period": ("nord", 14)}
    assert [(each["vendor"], each["there"]) for each in view["places"]] == [("nord", 8)]
    assert [(each["alive"], each["told"]) for each in view["slots"]] == [(True, 3), (False, 3)]
    assert view["problems"] == []
    table = bporoute("ledger", "show", folder)
    assert "nord" in table.stdout
    assert "1 of 2 slots are held" in table.stdout


def test_it_verifies(folder):
    done = bporoute("ledger", "verify", folder)
    assert (done.returncode, done.stdout) == (0, f"{folder}: as it should be.\n")


def test_damaged_accounts_are_said(ended):
    (ended / "accounts.json").write_text("{")
    done = bporoute("ledger", "verify", ended)
    assert done.returncode == 1
    assert "damaged accounts" in done.stdout


def test_call_records_are_reconciled(tmp_path):
    folder, file, records = tmp_path / "ledger", tmp_path / "center.toml", tmp_path / "cdr.csv"
    file.write_text(center(price_per_minute=0.0, price_per_contact=3.0).to_toml())
    own = router(folder, at=time.time, price_per_minute=0.0, price_per_contact=3.0)
    tokens = [own.route(CALL).token for _ in range(6)]
    own.settle(tokens[0], "answered", wait=0.0, handle=60.0)
    own.ledger._keeper.keep_now(own._tables.keep)
    shutil.copytree(folder, tmp_path / "kept")  # what was on the disk when the power was cut
    own.settle(tokens[1], "answered", wait=0.0, handle=60.0)
    own.ledger.close()
    kept = tmp_path / "kept"
    (kept / "segment").unlink()
    lines = [f"{token},answered,2,60" for token in tokens[:3]]
    records.write_text("\n".join(["token,outcome,wait,handle", *lines]))
    done = bporoute("ledger", "reconcile", kept, records)
    assert (done.returncode, "2 lost: in no account" in done.stdout) == (1, True)
    done = bporoute("ledger", "reconcile", kept, records, "--write")
    assert (done.returncode, "no --center" in done.stderr) == (2, True)
    options = "--center", file, "--write", "--json"
    told = json.loads(bporoute("ledger", "reconcile", kept, records, *options).stdout)
    assert (told["records"], told["owed"], told["written"]) == (3, 6.0, True)
    assert (told["lines"]["settled"], told["lines"]["lost"]) == ([2], [3, 4])
    again = bporoute("ledger", "reconcile", kept, records, *options)
    assert json.loads(again.stdout)["owed"] == 0.0
    late = router(kept, at=time.time, price_per_minute=0.0, price_per_contact=3.0)
    assert (late.usage("nord").answered, late.usage("nord").spent) == (3, 9.0)
    late.ledger.close()


def test_a_folder_without_one_is_refused(tmp_path):
    done = bporoute("ledger", "show", tmp_path / "nowhere")
    assert done.returncode == 2
    assert "no such folder" in done.stderr
    assert "Traceback" not in done.stderr
