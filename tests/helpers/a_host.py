"""A host of a test, which remembers what it was told as the memory that its processes share does."""

from __future__ import annotations

from bporoute.routing.ledger._store import Answer, Ask, Declaration, Mark, Request, Store, Window

DAY = Window("nord", "day", 1795428000.0)
SEATS = Window("nord", "seats", 0.0)


class AHost:
    """It counts what it holds and asks with a number that goes up by one."""

    def __init__(self, store: Store, name: str = "a", at: float = 0.0) -> None:
        self.store, self.name, self.number, self.held = store, name, 0, dict[Window, int]()
        self.mark = Mark()
        self.declare(at)

    def declare(self, at: float, limit: int = 100) -> Answer:
        holds = tuple(Ask(window, units, limit) for window, units in self.held.items())
        told = Declaration(host=self.name, number=self.number, mark=self.mark, at=at, holds=holds)
        answer = self.store.declare(told)
        self.mark = answer.mark
        return answer

    def ask(self, *asks: Ask, at: float = 0.0) -> Answer:
        request = Request(host=self.name, number=self.number + 1, mark=self.mark, at=at, asks=asks)
        answer = self.store.exchange(request)
        if answer.standing != "declare":
            held = dict(self.held)
            for moved in answer.moved:
                held[moved.window] = held.get(moved.window, 0) + moved.units
            self.number, self.held = answer.number, held  # both, or none if it is interrupted
        return answer

    def take(self, units: int, limit: int = 100, window: Window = DAY, at: float = 0.0) -> int:
        answer = self.ask(Ask(window, units, limit), at=at)
        assert answer.standing == "done", answer
        return answer.moved[0].units
