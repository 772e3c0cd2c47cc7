"""What an audit found of the lines themselves, whatever they say."""

from __future__ import annotations

from typing import Literal

import msgspec

ProblemKind = Literal[
    "missing", "doubled", "moved", "altered", "torn", "strange", "key", "empty", "unchained"
]


class ChainProblem(msgspec.Struct, frozen=True):
    """Something that is wrong with the lines of a log.

    Attributes
    ----------
    kind : str
        ``"missing"``, ``"doubled"``, ``"moved"`` or ``"altered"`` lines; a ``"torn"`` last one, whose
        writer was ended; a line that is ``"strange"`` to its log: of another log, or by a center or a
        policy that the log does not announce or that was not asked for; a wrong ``"key"``; an ``"empty"``
        file; ``"unchained"`` lines.
    file : str
        Where; empty if the lines were not read from a file.
    line : int
        Which line of the file, from 1; 0: the whole.
    text : str
        What is wrong, in a sentence.
    """

    kind: ProblemKind
    file: str
    line: int
    text: str


class LogSeen(msgspec.Struct, frozen=True):
    """One log: lines that are one chain, in however many files.

    Attributes
    ----------
    log : str
        What its first line calls it; empty if its lines are not chained.
    files : tuple of str
        Its files, in order.
    first, last : str or None
        Number and hash of its first and its last line, as ``NUMBER:HASH``. Keep the last one where nobody
        can change it: a later audit proves by it that nothing up to there was cut off or rewritten.
    keyed : bool
        Whether its hashes need a key.
    checked : bool
        Whether its hashes were worked out again; False without the key.
    ended : bool
        Whether its last line says that it is the last.
    goes_on : bool
        Whether that says that the log goes on in another file.
    dropped : int
        Decisions and outcomes that, as the log itself says, it does not have.
    torn : int
        Lines that its writer could not finish, as the log itself says.
    outcomes : int
        Lines that tell how a contact ended.
    """

    log: str
    files: tuple[str, ...]
    first: str | None
    last: str | None
    keyed: bool
    checked: bool
    ended: bool
    goes_on: bool
    dropped: int
    torn: int
    outcomes: int


class ChainReport(msgspec.Struct, frozen=True):
    """What the chains of lines prove, and what they do not.

    Attributes
    ----------
    logs : tuple of LogSeen
        Every log that was read.
    counts : dict of str to int
        Kind of problem -> how many.
    first : tuple of ChainProblem
        The first problems.
    notes : tuple of str
        What is no problem and good to know.
    unproven : tuple of str
        What nobody can tell from the lines.
    """

    logs: tuple[LogSeen, ...]
    counts: dict[str, int]
    first: tuple[ChainProblem, ...]
    notes: tuple[str, ...]
    unproven: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether there is no problem."""
        return not self.counts
