"""What a row of a call log tells of its call: when it came, how long it waited, how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute._base.clock import YEARS
from bporoute.workload._outcomes import ABANDONED, ANSWERED, meaning_of, taken_for
from bporoute.workload._reading._moments import Moments
from bporoute.workload._reading._names import plain
from bporoute.workload._reading._sheet import is_missing, text_of
from bporoute.workload._reading._table import Table
from bporoute.workload._reading._times import HOURS

SECONDS_EXPECTED = "seconds, at least 0, or nothing where they are unknown"
_YES = frozenset(["y", "yes", "true", "1", "ja", "si", "sí", "oui", "x"])
_NO = frozenset(["n", "no", "false", "0", "nein", "non"])
CLOCKS_APART = 60.0
"""Seconds that the clocks of two systems may be apart."""
_DAY = 86_400.0


class Ends(NamedTuple):
    """How the calls of a log ended.

    Attributes
    ----------
    wait, handle : array
        Seconds; NaN: unknown.
    abandoned : array of bool
        Whether the caller hung up while waiting.
    known : bool
        Whether the log tells how its calls ended.
    answered_as, abandoned_as : tuple of str
        Its words that were taken for answered and for abandoned.
    """

    wait: Floats
    handle: Floats
    abandoned: Flags
    known: bool
    answered_as: tuple[str, ...]
    abandoned_as: tuple[str, ...]


def arrivals_of(table: Table) -> Moments:
    """When each call came, from one column or from a date and a time."""
    expected = _moment_expected(table)
    if table.has("arrival"):
        if table.has("date") and _only_times(table, "arrival"):
            days = table.moments("date", expected)
            return table.with_times(days, "arrival", plain=HOURS)
        read = table.moments("arrival", expected)
        if table.has("time") and not read.timed.any():
            return table.with_times(read, "time", plain=HOURS)
        bare = np.flatnonzero(~read.timed & ~np.isnan(read.wall)).tolist()
        table.blame(bare, "arrival", expected)
        return read
    if table.has("date"):
        days = table.moments("date", expected)
        if table.has("time"):
            return table.with_times(days, "time", plain=HOURS)
        if days.timed.any():
            return days
    if table.has("time") and not _only_times(table, "time"):
        return table.moments("time", expected)
    raise table.missing("arrival")


def _moment_expected(table: Table) -> str:
    """What a moment looks like: as in the pattern that was given, or in the usual one."""
    known = table.format.time_format
    pattern = f"as in time_format {known!r}" if known else "such as 2024-06-03T09:15:00"
    others = "for other patterns --read time_format=PATTERN or time_format under [log] in the center file"
    return f"a date and time {pattern}, from {YEARS[0]} to {YEARS[-1]}; {others}"


def ends_of(table: Table, arrivals: Moments, configured: tuple[str, ...]) -> Ends:
    """How long each call waited and was handled, and whether it was abandoned.

    What a log tells comes first; a wait or handle time that it does not tell is the time between two of the
    moments that it has. Without words for outcomes, a call that was never answered is abandoned.
    """
    answered = _later(table, "answered_at", arrivals)
    finished = _later(table, "ended_at", arrivals)
    unanswered = None if answered is None else np.isnan(answered)
    words, kinds, known = _outcomes(table, configured)
    lost = (
        np.array([kind == ABANDONED for kind in words], dtype=bool)
        if words
        else np.zeros(len(table), dtype=bool)
    )
    if unanswered is not None:
        if not known:
            lost, known = unanswered, True
            table.remarks.append("calls without a time of answer are abandoned")
        else:
            unsure = np.array([not meaning_of(outcome) and not configured for outcome in kinds], dtype=bool)
            lost = np.where(unsure, unanswered, lost)
            if unsure.any():
                table.remarks.append("outcomes of no usual word go by the time of answer")
                words = [
                    "" if open_one else word for word, open_one in zip(words, unsure.tolist(), strict=True)
                ]
    wait = _seconds(table, "wait")
    if wait is None:
        wait = np.full(len(table), np.nan)
        if answered is not None:
            until = np.where(np.isnan(answered), finished if finished is not None else np.nan, answered)
            wait = until - arrivals.wall
            late = np.flatnonzero(wait < -CLOCKS_APART).tolist()
            table.blame(late, "answered_at", "a moment that is not before the arrival")
            wait = np.maximum(wait, 0.0)
            table.remarks.append("wait is the time until the answer, or until the end")
        elif table.has("length", "talk"):
            length, talk = _seconds(table, "length"), _seconds(table, "talk")
            assert length is not None
            assert talk is not None
            wait = np.maximum(length - talk, 0.0)
            table.remarks.append("wait is the duration less the talk")
    return Ends(
        wait, _handle(table, arrivals, answered, finished, wait), lost, known, *_said(table, words, kinds)
    )


def _handle(
    table: Table, arrivals: Moments, answered: Floats | None, finished: Floats | None, wait: Floats
) -> Floats:
    """Handle times: told, or talk and after-call work, or from the answer to the end."""
    if (handle := _seconds(table, "handle")) is not None:
        return handle
    if (talk := _seconds(table, "talk")) is not None:
        wrap = _seconds(table, "wrap")
        if wrap is not None:
            table.remarks.append("handle is talk and after-call work")
        return talk if wrap is None else talk + np.nan_to_num(wrap)
    if answered is not None and finished is not None:
        table.remarks.append("handle is the time from the answer to the end")
        return np.maximum(finished - answered, 0.0)
    if finished is not None and not np.isnan(wait).all():
        table.remarks.append("handle is the time from the end of the wait to the end")
        return np.maximum(finished - arrivals.wall - wait, 0.0)
    if (length := _seconds(table, "length")) is not None:
        return length
    return np.full(len(table), np.nan)


def _seconds(table: Table, ours: str) -> Floats | None:
    return table.durations(ours, SECONDS_EXPECTED) if table.has(ours) else None


def _later(table: Table, ours: str, arrivals: Moments) -> Floats | None:
    """Another moment, by the clocks of the arrival; times alone are of the same day or night."""
    if not table.has(ours):
        return None
    if _only_times(table, ours):
        read = table.with_times(arrivals, ours, needed=False, plain=HOURS)
        return np.where(read.wall < arrivals.wall - _DAY / 2, read.wall + _DAY, read.wall)
    read = table.moments(ours, _moment_expected(table), needed=False)
    shift = np.nan_to_num(arrivals.offset - read.offset)
    return read.wall + shift


def _only_times(table: Table, ours: str) -> bool:
    """Whether times alone stand in a column."""
    cells = [cell for cell in table.cells(ours)[:100] if not is_missing(cell)]
    return bool(cells) and all(
        (isinstance(cell, str) and ":" in cell[:3] and len(cell) < 16)
        or (hasattr(cell, "hour") and not hasattr(cell, "year"))
        for cell in cells
    )


def _outcomes(table: Table, configured: tuple[str, ...]) -> tuple[list[str], list[str], bool]:
    """What each call's outcome means, the outcomes, and whether there are any."""
    if not table.has("outcome"):
        return [], [], False
    outcomes = table.texts("outcome")
    different = set(outcomes)
    if not any(different):
        return [ANSWERED] * len(outcomes), outcomes, False
    if (yes := _flag(table, different)) and not configured:
        no = ABANDONED if yes == ANSWERED else ANSWERED
        meanings = {word: yes if word.casefold() in _YES else no for word in different}
        table.remarks.append(f"{table.named('outcome').theirs}: yes is {yes}, no is {no}")
    else:
        meanings = {word: taken_for(word, configured) for word in different}
    return [meanings[outcome] for outcome in outcomes], outcomes, True


def _flag(table: Table, different: set[str]) -> str:
    """What yes means in a column of yes and no; empty: it is none."""
    words = {text_of(word).casefold() for word in different if word}
    if not words <= _YES | _NO:
        return ""
    name = plain(table.named("outcome").theirs)[0]
    return ABANDONED if "aband" in name else ANSWERED if "answer" in name or "served" in name else ""


def _said(
    table: Table, words: Sequence[str], outcomes: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    pairs = set(zip(outcomes, words, strict=True))
    return (
        tuple(sorted(outcome for outcome, meaning in pairs if meaning == ANSWERED)),
        tuple(sorted(outcome for outcome, meaning in pairs if meaning == ABANDONED)),
    )
