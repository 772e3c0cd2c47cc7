"""Speed of the reader; run with `make bench`. The time stands for 500 000 calls: 2 s are 250 000 a second.

Nothing here fails for being slow. The log has eight columns, every type is decided from its whole column.
"""

import random
from datetime import datetime, timedelta

import pytest

from bporoute.center import LogFormat
from bporoute.workload import read_calls

ROWS = 500_000


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    chance, now = random.Random(1), datetime(2026, 3, 1, 8)
    path = tmp_path_factory.mktemp("log") / "calls.csv"
    with path.open("w") as file:
        file.write("call_id,queue,call_start,language,wait,outcome,handle,agent\n")
        for number in range(ROWS):
            now += timedelta(seconds=chance.randrange(6))
            lost = chance.random() < 0.08
            file.write(
                f"c{number},{chance.choice(('sales', 'service', 'tech'))},{now:%Y-%m-%d %H:%M:%S},"
                f"{chance.choice(('de', 'en', 'fr'))},{chance.randrange(300)},"
                f"{'ABANDON' if lost else 'ANSWERED'},{'' if lost else chance.randrange(20, 1800)},"
                f"a{chance.randrange(200)}\n"
            )
    return path


def test_a_call_log_is_read(benchmark, log):
    read = benchmark.pedantic(read_calls, args=(log, LogFormat(), "Europe/Berlin"), rounds=3, warmup_rounds=1)
    assert len(read.calls) == ROWS
