"""Simulate a day under three policies, with callers who call again and a vendor that fails for half an hour.

It prints::

    10 replications, 122,764 calls
    QueueLength(5): service level 0.841 ± 0.028, 0.49 ± 0.10 EUR a call
    ServedInTime(0.8, 20): service level 0.940 ± 0.011, 0.46 ± 0.09 EUR a call
    MarginalCost(): service level 0.927 ± 0.012, 0.44 ± 0.09 EUR a call
    QueueLength(5) beside MarginalCost(): 0.105 ± 0.032 dearer
    called again in the first replication: 46; failed at baltic: 14.3 a day
"""

from datetime import date
from pathlib import Path

import bporoute as bp
from bporoute.simulation._demo import demo_center

POLICIES = ["QueueLength(5)", "ServedInTime(0.8, 20)", "MarginalCost()"]


def main() -> None:
    center = demo_center()
    scenario = bp.Scenario.load(Path(__file__).with_name("scenario.toml"), center)
    found = bp.simulate(
        center,
        bp.usual_arrivals(center, date(2026, 11, 23)),
        POLICIES,
        replications=10,
        scenario=scenario,
        seed=1,
    )
    print(f"{found.replications} replications, {found.cheapest.contacts():,} calls")
    for text, each in zip(POLICIES, found.policies, strict=True):
        print(f"{text}: service level {each.service_level()}, {each.cost_per_contact()} EUR a call")
    fixed, _, exact = found.policies
    print(f"QueueLength(5) beside MarginalCost(): {bp.dearer(fixed, exact)} dearer")
    calls = sum(row["redialled"] for row in exact.interval_rows())
    failed = exact.vendor_use()["baltic"]["failed"]
    print(f"called again in the first replication: {calls:,.0f}; failed at baltic: {failed:.1f} a day")


if __name__ == "__main__":
    main()
