"""What ``bporoute staff`` is asked for, of all queues or of one: ``80/20``, ``sales=90/10``."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from bporoute._base.fields import did_you_mean
from bporoute.center._targets import parse_target
from bporoute.cli._options import parse_seconds, parse_share
from bporoute.errors import InputError
from bporoute.planning._asked import Asked

if TYPE_CHECKING:
    from bporoute.workload._volumes import Volumes

EVERY = ""
"""Stands for all queues of which nothing is said by name."""


def asked_of(
    target: Sequence[str] | None,
    patience: Sequence[str] | None,
    shrinkage: Sequence[str] | None,
    waiting_room: int | None,
) -> tuple[Asked, dict[str, Asked]]:
    """What is asked of all queues, and of those that are named, from the options.

    >>> every, of_one = asked_of(["80/20", "sales=90/10", "sales=asa 15"], ["3 min"], None, None)
    >>> len(every.targets), every.patience, len(of_one["sales"].targets), of_one["sales"].patience
    (1, 180.0, 2, None)
    """
    aims = _by_queue(target or [])
    waits = _once("--patience", patience)
    away = _once("--shrinkage", shrinkage)
    room = None if waiting_room is None else float(waiting_room)

    def made(queue: str) -> Asked:
        return Asked(
            targets=tuple(map(parse_target, aims[queue])) if queue in aims else None,
            patience=parse_seconds("--patience", waits[queue]) if queue in waits else None,
            waiting_room=room if queue == EVERY else None,
            shrinkage=parse_share("--shrinkage", away[queue]) if queue in away else None,
        )

    named = dict.fromkeys(name for texts in (aims, waits, away) for name in texts if name != EVERY)
    return made(EVERY), {name: made(name) for name in named}


def check_queues(known: Collection[str], options: Mapping[str, Sequence[str] | None]) -> None:
    """Refuse what is said of a queue that is not known.

    >>> check_queues(["sales"], {"--target": ["80/20", "sale=90/10"]})
    Traceback (most recent call last):
    bporoute.errors.InputError: --target sale=90/10: found the queue 'sale'; expected 'sales' (known: sales)
    """
    for option, texts in options.items():
        for text in texts or []:
            name, named, _ = text.rpartition("=")
            if named and name.strip() not in known:
                expected = did_you_mean(name.strip(), list(known))
                raise InputError(f"{option} {text}", f"the queue {name.strip()!r}", expected)


def without_told_shrinkage(planned: Volumes, asked: Asked, by_queue: Mapping[str, Asked]) -> Volumes:
    """Volumes without the shrinkage of those intervals for which an option says another."""
    if planned.shrinkage is None:
        return planned
    kept = [
        math.nan if by_queue.get(queue, asked).over(asked).shrinkage is not None else share
        for queue, share in zip(planned.queues, planned.shrinkage.tolist(), strict=True)
    ]
    return msgspec.structs.replace(planned, shrinkage=None if all(map(math.isnan, kept)) else np.array(kept))


def _by_queue(texts: Sequence[str]) -> dict[str, list[str]]:
    """Texts by the queue before their last equals sign, without a name those of all."""
    found: dict[str, list[str]] = {}
    for text in texts:
        name, _, value = text.rpartition("=")
        found.setdefault(name.strip(), []).append(value.strip())
    return found


def _once(option: str, texts: Sequence[str] | None) -> dict[str, str]:
    """Texts by queue of an option that is said once of each."""
    found = _by_queue(texts or [])
    for name, several in found.items():
        if len(several) > 1:
            whose = f" of {name}" if name else ""
            raise InputError(f"{option}{whose}", " and ".join(map(repr, several)), "one of them")
    return {name: one for name, (one,) in found.items()}
