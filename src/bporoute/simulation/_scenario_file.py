"""How a scenario file may be written, an example of every key, and what looks odd in a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bporoute._base.complaints import Dialect
from bporoute._base.remark import Remark
from bporoute.center._examples import LAW_EXAMPLES
from bporoute.center._usual import HANDLE_TIMES, PATIENCES, SHARE, Usual, odd_number
from bporoute.durations._laws import Duration, mean_of

SCENARIO_DIALECT = Dialect(
    examples={
        "Scenario.handle": '{ service = "3:08" }',
        "Scenario.patience": '{ service = { distribution = "weibull", mean = 418, shape = 0.89 } }',
        "Scenario.priority": "{ service = 1 }",
        "Scenario.redial": "{ service = { share = 0.5, after = 600 } }",
        "Scenario.chat": "{ chats = [60, 80] }",
        "Scenario.outages": '[{ vendor = "nord", start = 2026-11-23T10:00:00, end = 2026-11-23T10:30:00 }]',
        "Scenario.feed": "{ every = 10, delay = 2 }",
        "Scenario.rate": '"measured"',
        "Scenario.rate_window": "1800",
        "Scenario.rate_step": "300",
        "Scenario.count_by": '"arrival"',
        "Redial.share": "0.5",
        "Redial.after": "600",
        "Outage.vendor": '"nord"',
        "Outage.start": "2026-11-23T10:00:00",
        "Outage.end": "2026-11-23T10:30:00",
        "Outage.failing": "1.0",
        "Outage.told_after": "60",
        "StateFeed.every": "10",
        "StateFeed.delay": "2",
        "StateFeed.noise": "0.1",
        **LAW_EXAMPLES,
    },
    sections={
        "Scenario": "the file itself, above all tables",
        "Redial": "[redial.TYPE]",
        "Outage": "[[outages]]",
        "StateFeed": "[feed]",
    },
)

_DAY = 86_400.0


def odd_durations(durations: Mapping[str, Duration], field: str) -> Iterator[Remark]:
    """Remarks on patience (`field` ``"patience"``) or on handle times, by their means."""
    usual = PATIENCES if field == "patience" else HANDLE_TIMES
    for name, duration in durations.items():
        if remark := odd_number(f"{field}.{name}", mean_of(duration), usual):
            yield remark


USUAL: Mapping[str, Usual] = {
    "share": Usual(0.01, 1.0, SHARE),
    "after": Usual(5.0, _DAY),
    "every": Usual(0.05, 3600.0),
    "delay": Usual(0.02, 3600.0),
    "told_after": Usual(1.0, _DAY),
    "rate_window": Usual(60.0, _DAY),
    "rate_step": Usual(5.0, _DAY),
}
"""Key -> the usual range of its number."""


def odd_values(values: Mapping[str, float | None]) -> Iterator[Remark]:
    """Remarks on numbers by their key path, whose last part `USUAL` knows."""
    for path, value in values.items():
        usual = USUAL[path.rpartition(".")[2]]
        if value is not None and (remark := odd_number(path, value, usual)):
            yield remark
