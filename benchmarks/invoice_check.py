"""A month of invoices with planted faults of every kind: what is found of them, and how long it takes.

    python benchmarks/invoice_check.py [CONTACTS]

CONTACTS, by default 50,000, come to each of three vendors: one is paid by the minute and bills by id, one by
tiers in a currency of its own, one by contact and second and bills without ids. What is owed is worked out by
the generator, in whole cents.
"""

from __future__ import annotations

import platform
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from bporoute._base.files import encoded_rows
from bporoute.governance import check_invoice
from helpers.planted_invoices import PERIOD, planted


def main() -> None:
    """Print what was measured."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    made = planted(size, seed=3)
    with TemporaryDirectory() as folder:
        invoice, contacts = (
            _written(Path(folder) / name, columns)
            for name, columns in (("invoice.csv", made.invoice), ("contacts.csv", made.contacts))
        )
        begun, work = time.perf_counter(), time.process_time()
        found = check_invoice(made.center, invoice, contacts, PERIOD)
        passed, work = time.perf_counter() - begun, time.process_time() - work
    print(f"{platform.machine()}, Python {platform.python_version()}")
    lines = sum(each.lines for each in found.vendors)
    print(
        f"{lines:,} lines of {len(found.vendors)} vendors from files: {passed:.1f} s, {work:.1f} s of a core."
    )
    for each in found.vendors:
        print(f"{each.vendor}: billed {each.billed}, owed {each.owed} {each.currency}, by {each.matched}")
        wanted = made.faults[each.vendor]
        seen = {total.reason: (total.lines, total.amount) for total in each.reasons}
        for reason in sorted(wanted.keys() | seen.keys()):
            amounts = wanted.get(reason, [])  # type: ignore[call-overload]  # a reason, by whatever name
            right = seen.get(reason) == (len(amounts), sum(amounts))  # type: ignore[call-overload]
            count, amount = seen.get(reason, (0, 0))  # type: ignore[call-overload]
            print(
                f"  {reason:<16}planted {len(amounts):>6,} lines, {sum(amounts):>12} found {count:>6,}, "
                f"{amount:>12}{'' if right else '  NOT THE SAME'}"
            )


def _written(path: Path, columns: dict[str, list[Any]]) -> Path:
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    path.write_bytes(encoded_rows(rows, ".csv"))
    return path


if __name__ == "__main__":
    main()
