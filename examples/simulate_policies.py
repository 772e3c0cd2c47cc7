"""Simulate a day under three policies, with callers who call again and a vendor that fails for half an hour.

It prints::

    10 replications, 122,796 calls
    QueueLength(5): service level 0.835 ± 0.028, 0.49 ± 0.10 EUR a call
    ServedInTime(0.8, 20): service level 0.938 ± 0.011, 0.46 ± 0.09 EUR a call
    MarginalCost(): service level 0.925 ± 0.012, 0.44 ± 0.09 EUR a call
    QueueLength(5) beside MarginalCost(): 0.122 ± 0.027 dearer
    called again in the first replication: 54; failed at baltic: 13.7 a day
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
