"""Where files lie that tests read."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
DATA = TESTS / "data"
EXAMPLES = ROOT / "examples"
BANK = EXAMPLES / "bank.toml"
"""The center that the bank's calls come to."""

REAL = ROOT.parent / "shared" / "data"
"""Logs of real call centers beside the repository; they may be missing, as they are not ours to give away."""
BANK_CALLS = REAL / "anonymous_bank_calls_1999_02_01to19.csv"
BANK_AGENTS = REAL / "anonymous_bank_30min_with_agents_1999_02_01to19.csv"
