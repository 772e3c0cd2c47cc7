"""Counters of what was asked and answered, of one process or of several that share the memory."""

from __future__ import annotations

import mmap
from bisect import bisect_left
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from bporoute.routing._outcome import OUTCOMES
from bporoute.routing._token import REFUSALS

BOUNDS = (
    0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 1.0,
)  # fmt: skip
"""Seconds, upper ends of the histogram's buckets; the last one has none."""
CALLS = ("route", "divert", "settle", "state", "preview")
STATUSES = (200, 400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 503)
_OTHER = "other"
ACTIONS = ("keep", "overflow", "callback", "reject", "none")
REASONS = ("ranked", "only", "nobody", "diverted")
"""Why a decision is as it is: the first of several, the only one that may, nobody may, or a second choice."""


class Series(NamedTuple):
    """One line of what is counted: its name and labels as Prometheus writes them."""

    name: str
    labels: str


def _labels(**told: object) -> str:
    return ",".join(f'{name}="{value}"' for name, value in told.items())


def _table() -> Iterator[Series]:
    for action, reason in product(ACTIONS, REASONS):
        yield Series("decisions_total", _labels(action=action, reason=reason))
    for name in ("degraded_total", "repeated_total", "faults_total", "unknown_names_total"):
        yield Series(name, "")
    for outcome in OUTCOMES:
        yield Series("settled_total", _labels(outcome=outcome))
    for why in REFUSALS:
        yield Series("refused_tokens_total", _labels(reason=why))
    for call, status in product((*CALLS, _OTHER), STATUSES):
        yield Series("http_requests_total", _labels(call=call, status=status))
    for call in CALLS:
        for bound in (*(f"{each:g}" for each in BOUNDS), "+Inf"):
            yield Series("request_seconds_bucket", _labels(call=call, le=bound))
        yield Series("request_seconds_sum", _labels(call=call))


TABLE = tuple(_table())
PLACES = {series: place for place, series in enumerate(TABLE)}
HELP = {
    "decisions_total": "Contacts decided, by what happens to them and why.",
    "degraded_total": "Decisions that rest on less than they should.",
    "repeated_total": "Contacts that were asked about again, counted once.",
    "faults_total": "Faults in the program itself, answered all the same.",
    "unknown_names_total": "Names told in states that nobody has.",
    "settled_total": "Contacts ended, by outcome.",
    "refused_tokens_total": "Tokens told that changed nothing, by reason.",
    "http_requests_total": "Requests by call and status.",
    "request_seconds": "Seconds from a request to its answer, without the network.",
}
_BUCKETS = {
    call: PLACES[Series("request_seconds_bucket", _labels(call=call, le=f"{BOUNDS[0]:g}"))] for call in CALLS
}
_SUMS = {call: PLACES[Series("request_seconds_sum", _labels(call=call))] for call in CALLS}
_DECISIONS = {
    pair: PLACES[Series("decisions_total", _labels(action=pair[0], reason=pair[1]))]
    for pair in product(ACTIONS, REASONS)
}
_REQUESTS = {
    pair: PLACES[Series("http_requests_total", _labels(call=pair[0], status=pair[1]))]
    for pair in product((*CALLS, _OTHER), STATUSES)
}


class Metrics:
    """Counts in its row of a memory that processes may share; reads all rows.

    Parameters
    ----------
    workers : int
        Rows: processes that are forked from this one and count each in its own.

    Examples
    --------
    >>> metrics = Metrics()
    >>> metrics.decided("keep", "ranked")
    >>> [line for line in metrics.lines() if "decisions_total{" in line and not line.endswith(" 0")]
    ['bporoute_decisions_total{action="keep",reason="ranked"} 1']
    """

    def __init__(self, workers: int = 1) -> None:
        self._all = memoryview(mmap.mmap(-1, 8 * len(TABLE) * workers)).cast("d")
        self._workers = workers
        self._row = self._all[: len(TABLE)]

    def count_as(self, worker: int) -> None:
        """Count in the row of a worker from now on: that of its number, from 0."""
        self._row = self._all[worker * len(TABLE) : (worker + 1) * len(TABLE)]

    def decided(self, action: str, reason: str) -> None:
        """Note a decision."""
        if (place := _DECISIONS.get((action, reason))) is not None:
            self._row[place] += 1.0

    def note(self, name: str, count: float = 1.0, **labels: object) -> None:
        """Note what has happened, by its name and labels in `TABLE`; others are not counted."""
        if (place := PLACES.get(Series(name, _labels(**labels)))) is not None:
            self._row[place] += count

    def answered(self, call: str, status: int, seconds: float) -> None:
        """Note a request."""
        row = self._row
        if (place := _REQUESTS.get((call, status))) is not None:
            row[place] += 1.0
        if call in _SUMS:
            row[_BUCKETS[call] + bisect_left(BOUNDS, seconds)] += 1.0
            row[_SUMS[call]] += seconds

    def lines(self) -> Iterator[str]:
        """Everything that is counted, of all workers, as Prometheus reads it."""
        size = len(TABLE)
        sums = [sum(self._all[place::size]) for place in range(size)]
        said = ""
        so_far = 0.0
        for series, value in zip(TABLE, sums, strict=True):
            family = series.name.partition("_bucket")[0] if "_bucket" in series.name else series.name
            family = "request_seconds" if family == "request_seconds_sum" else family
            if family != said:
                said = family
                kind = "histogram" if family == "request_seconds" else "counter"
                yield f"# HELP bporoute_{family} {HELP[family]}"
                yield f"# TYPE bporoute_{family} {kind}"
            if series.name == "request_seconds_bucket":
                so_far += value
                yield _line(series, so_far)
            elif series.name == "request_seconds_sum":
                yield _line(series, value)
                yield _line(Series("request_seconds_count", series.labels), so_far)
                so_far = 0.0
            else:
                yield _line(series, value)


def _line(series: Series, value: float) -> str:
    labels = f"{{{series.labels}}}" if series.labels else ""
    number = f"{value:.0f}" if value == int(value) else f"{value:.6g}"
    return f"bporoute_{series.name}{labels} {number}"
