"""Plays one world after another, and shortens what fails to the steps that it takes."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from fuzz.checks import BrokenError
from fuzz.events import STEPS, Game

SHORTEN_FOR = 20.0
"""Seconds at most."""


class Failure(NamedTuple):
    """What went wrong, and by which steps of which world that comes about."""

    seed: str
    what: str
    steps: tuple[int, ...]


class Totals:
    """What was played so far."""

    def __init__(self) -> None:
        self.worlds = 0
        self.decisions = 0
        self.seconds = 0.0
        self.busy = 0.0
        self.events: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()

    def add(self, game: Game, seconds: float, busy: float) -> None:
        """A world was played, in seconds of the clock on the wall and of the processor."""
        self.worlds += 1
        self.decisions += game.decisions
        self.seconds += seconds
        self.busy += busy
        self.events.update(game.counts)
        self.rules.update(game.checks.seen)

    def lines(self) -> list[str]:
        """In words."""
        events = ", ".join(f"{name} {count:,}" for name, count in self.events.most_common())
        rules = ", ".join(f"{name} {count:,}" for name, count in self.rules.most_common())
        speed, of_processor = (self.decisions / max(time, 1e-9) for time in (self.seconds, self.busy))
        return [
            f"{self.decisions:,} decisions in {self.worlds:,} worlds, {speed:,.0f} a second "
            f"with all checks ({of_processor:,.0f} a second of the processor)",
            f"events: {events}",
            f"worlds in which a rule barred somebody: {rules}",
        ]


def said(broken: Exception) -> str:
    """What went wrong, and where, but for what a check found."""
    if isinstance(broken, BrokenError):
        return f"broken: {broken}"
    place = traceback.extract_tb(broken.__traceback__)[-1]
    return f"{type(broken).__name__} in {Path(place.filename).name}, line {place.lineno}: {broken}"


def failing(seed: str, steps: Sequence[int]) -> tuple[str, int] | None:
    """What goes wrong in a world with these steps, and at which; None: nothing."""
    game = Game(seed)
    try:
        game.play(steps)
    except Exception as broken:
        return said(broken), game.number
    return None


def shortened(seed: str, what: str, last: int) -> Failure:
    """The fewest steps found that make a world go wrong in this way, up to the step `last`."""
    steps, until = list(range(last + 1)), time.monotonic() + SHORTEN_FOR
    kind = what.split(":")[:2]
    size = max(len(steps) // 2, 1)
    while size:
        place = 0
        while place < len(steps) and time.monotonic() < until:
            fewer = steps[:place] + steps[place + size :]
            found = failing(seed, fewer)
            if found and found[0].split(":")[:2] == kind:
                steps, what = [step for step in fewer if step <= found[1]], found[0]
            else:
                place += size
        size //= 2
    return Failure(seed, what, tuple(steps))


def play(
    seed: int, totals: Totals, go_on: Callable[[Totals], bool], note: Callable[[int, int], None]
) -> Failure | None:
    """Play the worlds of a seed in order until `go_on` says no; the first that fails, shortened."""
    world = 0
    while go_on(totals):
        name, begun, busy = f"{seed}/{world}", time.perf_counter(), time.process_time()
        note(world, -1)
        game = Game(name, lambda step, number=world: note(number, step))
        try:
            game.play(range(STEPS))
        except Exception as broken:
            return shortened(name, said(broken), game.number)
        totals.add(game, time.perf_counter() - begun, time.process_time() - busy)
        world += 1
    return None
