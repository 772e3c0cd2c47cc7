"""What an audit of logged decisions found."""

from __future__ import annotations

from typing import Any

import msgspec

from bporoute.governance._chain_report import ChainReport


class Difference(msgspec.Struct, frozen=True):
    """One field that comes out otherwise.

    Attributes
    ----------
    line : int
        Which line of its file, from 1.
    id : int
        Number of the decision.
    field : str
        Where in the line, such as ``"ranked[1].cost"``.
    logged, found : object
        What the line says and what comes out now.
    file : str
        The file; empty if the lines were not read from one.
    """

    line: int
    id: int
    field: str
    logged: object
    found: object
    file: str = ""


class BadLine(msgspec.Struct, frozen=True):
    """A line that is not a decision.

    Attributes
    ----------
    line : int
        Which line of its file, from 1.
    problem : str
        What is wrong with it.
    file : str
        The file; empty if the lines were not read from one.
    """

    line: int
    problem: str
    file: str = ""


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
        All decisions and what should be some; made again with the same outcome; with another one; not made
        again, since nobody knows the policy (one of the user's own that was not handed over); and no
        decisions at all.
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
    chain : ChainReport
        What the lines themselves show, whatever they say.
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
    chain: ChainReport

    @property
    def clean(self) -> bool:
        """Whether there are decisions, all by this center, each made again with the same outcome.

        And the lines themselves are sound: none is missing, doubled, moved, altered or strange, as far as
        that can be told.
        """
        return 0 < self.lines == self.same and not self.other_centers and self.chain.sound

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return {"clean": self.clean, **plain}
