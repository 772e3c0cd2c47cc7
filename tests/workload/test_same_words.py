"""What is said of a file is the same in every process: no set's order, which is another in each, is told."""

import os
import subprocess
import sys

SAID = """
import sys
from bporoute.center import LogFormat
from bporoute.errors import InputError
from bporoute.workload import read, read_calls
known = lambda name: read_calls(name, LogFormat(), "UTC", types=("sales", "service"))
for name in sys.argv[1:]:
    for reader in (read, known):
        try:
            print(name, *reader(name).taken, sep="; ")
        except InputError as complaint:
            print(complaint)
"""
HEADER = "date;interval;volume;aht\n"


def rows(days, volume="10", aht="200", before=""):
    """Two intervals of each day, with its place in what is said of it."""
    return "".join(
        f"{day}{before};{hour}:00;{volume.format(place)};{aht.format(place)}\n"
        for place, day in enumerate(days)
        for hour in (8, 9)
    )


def files():
    days = [f"{day:02}.11.2026" for day in range(2, 29)]
    return {
        "commas.csv": "Datum;Uhrzeit;Anrufe;AHT\n" + rows(days, "1{},5", "200,{}"),
        "american.csv": HEADER + rows([f"11/{day}/2026" for day in range(1, 29)]),
        "either.csv": HEADER + rows([f"11/{day}/2026" for day in range(1, 12)]),
        "grouped.csv": HEADER + rows(days, "1,{:03}"),
        "sums.csv": "date;interval;volume;handle_total\n" + rows(days, aht="1{}:30"),
        "types.csv": "arrival;type\n" + "".join(f"2026-11-{day} 09:00;type {day}\n" for day in range(10, 29)),
    }


def test_the_same_is_said_in_every_process(tmp_path):
    for name, text in files().items():
        (tmp_path / name).write_text(text)
    said = set()
    for seed in ("1", "2", "3"):
        made = subprocess.run(
            [sys.executable, "-c", SAID, *files()],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
        )
        assert made.returncode == 0, made.stderr
        said.add(made.stdout)
    assert len(said) == 1, "\n\n".join(said)
    (text,) = said
    # Of two columns with commas the first, and of each what stands first in the file.
    assert "decimal comma as in 10,5; Datum" in text
    assert "since 11/13/2026 cannot be otherwise" in text
    assert "dates such as '11/1/2026'" in text
    assert "durations such as '10:30'" in text
    assert "1,000" in text
    assert "'type 10'" in text
