"""A vendor gets a tenth of the contacts by a hash of their ids: may it have more?

It writes trial_contacts.csv and trial_history.csv (six weeks before, in-house alone). It prints::

    continue after 64 % of the planned days
    resolved: good, -0.016 (-0.043 to 0.010)
    handle_time: good, 1.038 (1.007 to 1.071)
"""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from bporoute import Center
from bporoute.governance import check_trial, read_vendor_contacts

center = Center.load(Path(__file__).parent / "trial.toml")
START = datetime(2026, 9, 7)
VOLUME = (520, 500, 480, 470, 450, 160, 120)
rng = np.random.default_rng(3)


def contacts(first, days, share):
    """Rows of contacts; days differ by more than chance, the vendor learns, and takes longer."""
    for number in range(days):
        common, ours, theirs = rng.normal(0.0, (0.03, 0.02, 0.02))
        learning = 0.2 * np.exp(-number / 10.5)
        for second in np.sort(rng.uniform(8 * 3600, 18 * 3600, rng.poisson(VOLUME[number % 7]))):
            away = rng.random() < share
            resolved = rng.random() < 0.74 + common + (theirs - 0.01 - learning / 4 if away else ours)
            handle = rng.lognormal(5.3, 0.6) * (1.04 + learning if away else 1.0)
            yield {
                "id": f"c-{rng.integers(10**12):012}",
                "vendor": "nord" if away else "in-house",
                "type": "service",
                "start": str(first + timedelta(days=number, seconds=int(second))),
                "wait": round(rng.exponential(15.0)),
                "handle": round(handle),
                "resolved": "yes" if resolved else "no",
            }


history = ("trial_history.csv", START - timedelta(weeks=6), 42, 0.0)
for name, first, days, share in (history, ("trial_contacts.csv", START, 75, 0.1)):
    with Path(name).open("w", newline="") as file:
        rows = list(contacts(first, days, share))
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)

read = read_vendor_contacts("trial_contacts.csv", center)
report = check_trial(read, center, "nord", {"resolved": 0.05, "handle_time": 0.1})
print(f"{report.verdict} after {100 * report.information:.0f} % of the planned days")
for each in report.measures:
    at = each.last
    print(f"{each.metric}: {each.verdict}, {at.effect:.3f} ({at.low:.3f} to {at.high:.3f})")
