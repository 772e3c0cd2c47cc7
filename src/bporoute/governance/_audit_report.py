"""What an audit of logged decisions found."""

from __future__ import annotations

from typing import Any

import msgspec


class Difference(msgspec.Struct, frozen=True):
    """One field that comes out otherwise.

    Attributes
    ----------
    line : int
        Number of the line, from 1.
    id : int
        Number of the decision.
    field : str
        Where in the line, such as ``"ranked[1].cost"``.
    logged, found : object
        What the line says and what comes out now.
    """

    line: int
    id: int
    field: str
    logged: object
    found: object


class BadLine(msgspec.Struct, frozen=True):
    """A line that is not a decision.

    Attributes
    ----------
    line : int
        Its number, from 1.
    problem : str
        What is wrong with it.
    """

    line: int
    problem: str


class PolicyAudit(msgspec.Struct, frozen=True):
    """Lines by one policy.

    Attributes
    ----------
    policy, version : str
        Its label, and the text that makes it again; None for a policy of one's own.
    same, different, unknown : int
        Lines made again with the same outcome, with another, and not made again at all.
    """

    policy: str
    version: str | None
    same: int
    different: int
    unknown: int


class AuditReport(msgspec.Struct, frozen=True):
    """What an audit found.

    Attributes
    ----------
    center_version : str
        The center that the decisions were made again with.
    lines, same, different, unknown, unreadable : int
        All lines; made again with the same outcome; with another one; not made again, since nobody knows
        the policy (one of the user's own that was not handed over); and no decisions at all.
    other_centers : dict of str to int
        Version of the center -> lines that were decided with it, where that is not `center_version`.
    policies : tuple of PolicyAudit
        The same counts by policy, in order of appearance.
    fields : dict of str to int
        What came out otherwise -> in how many lines.
    first : tuple of Difference
        The first differences.
    bad_lines : tuple of BadLine
        The first lines that are no decisions.
    """

    center_version: str
    lines: int
    same: int
    different: int
    unknown: int
    unreadable: int
    other_centers: dict[str, int]
    policies: tuple[PolicyAudit, ...]
    fields: dict[str, int]
    first: tuple[Difference, ...]
    bad_lines: tuple[BadLine, ...]

    @property
    def clean(self) -> bool:
        """Whether every line was made again with the same outcome."""
        return self.same == self.lines

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return {"clean": self.clean, **plain}
