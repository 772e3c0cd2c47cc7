"""Where files lie that tests read."""

from __future__ import annotations

import os
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
DATA = TESTS / "data"
EXAMPLES = ROOT / "examples"
BANK = EXAMPLES / "bank.toml"
"""The center that the bank's calls come to."""

REAL = Path(os.environ.get("BPOROUTE_DATA") or ROOT.parent / "shared" / "data")
"""Logs of real call centers beside the repository, or where ``BPOROUTE_DATA`` says; they may be missing, as
they are not ours to give away."""
BANK_CALLS = REAL / "anonymous_bank_calls_1999_02_01to19.csv"
BANK_AGENTS = REAL / "anonymous_bank_30min_with_agents_1999_02_01to19.csv"
NHS_MONTHS = REAL / "nhs111_provider_month_2015_16.csv"
"""Totals of the English NHS 111 service by provider and month."""
