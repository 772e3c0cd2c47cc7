"""Exact values of Erlang B, C and A and of the overflow, made elsewhere with 60 digits, 25 of them written.

Every input is a double taken exactly, and the unit of time is the mean handle time.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpers.places import DATA


def rows(table: str) -> list[Any]:
    """One parameter for each row of a table."""
    return [pytest.param(row, id=row["key"]) for row in json.loads((DATA / "exact.json").read_text())[table]]
