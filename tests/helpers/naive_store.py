"""A store as a list of all that was ever moved: what a real one answers, added up from the start."""

from __future__ import annotations

from collections.abc import Sequence

from bporoute.routing.ledger._store import (
    Answer,
    Declaration,
    Journaled,
    Mark,
    Moved,
    Outcome,
    Request,
    Window,
)


class NaiveStore:
    """One store, never killed. Its name and epoch are those that a test tells."""

    def __init__(self, mark: Mark, lease: float) -> None:
        self.mark = mark
        self.until = 0.0
        self._lease = lease
        self._moves: list[tuple[str, Window, int]] = []
        self._answers: dict[str, list[Answer]] = {}
        self._freed: set[str] = set()
        self._seen: dict[str, float] = {}
        self._outcomes: list[tuple[str, int, Outcome]] = []

    def granted(self, window: Window, host: str | None = None) -> int:
        return sum(units for who, which, units in self._moves if which == window and host in (None, who))

    def exchange(self, request: Request) -> Answer:
        answers = self._answers.get(request.host)
        last = answers[-1].number if answers else -1
        if (
            answers is None
            or request.host in self._freed
            or request.mark != self.mark
            or request.number > last + 1
        ):
            return self._said("declare", 0 if request.host in self._freed else max(last, 0))
        if request.number < last:
            return self._said("outdated", last)
        self._seen[request.host] = request.at
        if request.number == last:
            return self._said(answers[-1].standing, last, answers[-1].moved)
        moved = []
        for ask in request.asks:
            if ask.units < 0:
                units = max(ask.units, -self.granted(ask.window, request.host))
            elif request.at < self.until:
                units = 0
            else:
                units = max(0, min(ask.units, ask.limit - self.granted(ask.window)))
            self._moves.append((request.host, ask.window, units))
            moved.append(Moved(ask.window, units))
        standing = "learning" if request.at < self.until else "done"
        answers.append(self._said(standing, request.number, tuple(moved)))
        return answers[-1]

    def declare(self, told: Declaration) -> Answer:
        answers = self._answers.get(told.host)
        if told.mark.store not in ("", self.mark.store):
            if told.at >= self.until:
                self._turn(self.mark.epoch, told.at)
        elif told.mark.store and told.mark.epoch > self.mark.epoch:
            self._turn(told.mark.epoch, told.at)
        elif told.mark == self.mark and (
            answers is None or (told.host not in self._freed and told.number > answers[-1].number)
        ):
            self._turn(self.mark.epoch, told.at)
        for ask in told.holds:
            unknown = ask.units - self.granted(ask.window, told.host)
            if unknown > 0:
                self._moves.append((told.host, ask.window, unknown))
        if answers is None or told.host in self._freed or answers[-1].number < told.number:
            self._answers[told.host] = [self._said("done", told.number)]
            self._freed.discard(told.host)
        self._seen[told.host] = told.at
        return self._said("done", self._answers[told.host][-1].number)

    def settle(self, host: str, outcomes: Sequence[Outcome], after: int) -> tuple[Journaled, ...]:
        for outcome in outcomes:
            if all(outcome.token != known.token for _, _, known in self._outcomes):
                last = max((place for who, place, _ in self._outcomes if who == host), default=0)
                self._outcomes.append((host, max(last, after) + 1, outcome))
        return tuple(
            Journaled(place, known.token, known.told, known.body)
            for who, place, known in self._outcomes
            if who == host and place > after
        )

    def known(self) -> frozenset[str]:
        return frozenset(known.token for _, _, known in self._outcomes)

    def free(self, cap: str, seen_before: float) -> int:
        freed = 0
        for host, seen in self._seen.items():
            for window in {which for who, which, _ in self._moves if who == host and which.cap == cap}:
                units = self.granted(window, host)
                if seen < seen_before and units > 0:
                    self._moves.append((host, window, -units))
                    self._freed.add(host)
                    freed += units
        return freed

    def _turn(self, epoch: int, at: float) -> None:
        self.mark = Mark(self.mark.store, max(epoch, self.mark.epoch) + 1)
        self.until = at + self._lease

    def _said(self, standing: str, number: int, moved: tuple[Moved, ...] = ()) -> Answer:
        return Answer(standing=standing, mark=self.mark, number=number, moved=moved, until=self.until)  # type: ignore[arg-type]
