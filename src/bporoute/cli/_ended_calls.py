"""Call records by which a shared ledger is reconciled: a token on each line, and how the contact ended."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bporoute._base.words import did_you_mean
from bporoute.cli._inputs import say_taken
from bporoute.cli._remarks import Teller
from bporoute.routing._outcome import OUTCOMES
from bporoute.routing._reconcile import CallRecord
from bporoute.workload._reading._calls import SECONDS_EXPECTED
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._open import NEEDED, open_table
from bporoute.workload._reading._table import Table, taken


def read_ended_calls(path: Path, format: FileFormat, teller: Teller) -> list[CallRecord]:
    """All lines of a file that have a token; what was taken for what is told.

    Raises
    ------
    InputError
        If it cannot be read, a column is missing, or a cell is not what it should be.
    """
    table = open_table(path, "ended", format)
    for ours in NEEDED["ended"]:
        table.named(ours)
    tokens = table.stripped("token")
    table.leave_out([row for row, token in enumerate(tokens) if not token])
    tokens = list(filter(None, tokens))
    words = [text.strip().lower() for text in table.texts("outcome")]
    told = [next((outcome for outcome in OUTCOMES if outcome == word), None) for word in words]
    for row, word in enumerate(words):
        if told[row] is None:
            table.blame([row], "outcome", did_you_mean(word, list(OUTCOMES)))
    waits, handles = (_seconds(table, ours) for ours in ("wait", "handle"))
    good, bad = table.settle()
    say_taken(path, taken(table), bad, teller)
    return [
        CallRecord(table.grid.places[row], tokens[row], outcome, waits[row], handles[row])
        for row, outcome in enumerate(told)
        if good[row] and outcome is not None
    ]


def _seconds(table: Table, ours: str) -> list[float | None]:
    if not table.has(ours):
        return [None] * len(table)
    read = table.durations(ours, SECONDS_EXPECTED)
    return [None if unknown else value for value, unknown in zip(read.tolist(), np.isnan(read), strict=True)]
