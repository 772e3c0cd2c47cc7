"""What a vendor's contacts that were settled have come to, in counts and sums."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Totals(msgspec.Struct, frozen=True, gc=False):
    """What a vendor's contacts that were settled have come to, see `Usage`."""

    answered: float = 0.0
    abandoned: float = 0.0
    failed: float = 0.0
    waited: float = 0.0
    handled: float = 0.0
    spent: float = 0.0
    unknown: float = 0.0
    undelivered: float = 0.0

    def after(
        self, outcome: str, waited: float, handled: float, money: float, contacts: float = 1.0
    ) -> Totals:
        """The totals with an outcome more, of so many contacts, see `Ledger.settle`."""
        known = handled == handled
        if known and outcome == "answered":  # as nearly always
            return Totals(
                self.answered + contacts,
                self.abandoned,
                self.failed,
                self.waited + waited,
                self.handled + handled,
                self.spent + money,
                self.unknown,
                self.undelivered,
            )
        return Totals(
            self.answered + contacts if outcome == "answered" else self.answered,
            self.abandoned + contacts if outcome == "abandoned" else self.abandoned,
            self.failed + contacts if outcome == "failed" else self.failed,
            self.waited + waited,
            self.handled + handled if known else self.handled,
            self.spent + money,
            self.unknown if known else self.unknown + contacts,
            self.undelivered + contacts if outcome == "undelivered" else self.undelivered,
        )

    def after_answered(self, contacts: Iterable[tuple[float, float, float]]) -> Totals:
        """The totals with answered contacts more, each by its wait, handle time and money."""
        answered, waits, handles, spent = self.answered, self.waited, self.handled, self.spent
        for waited, handled, money in contacts:
            answered, waits, handles, spent = answered + 1.0, waits + waited, handles + handled, spent + money
        return msgspec.structs.replace(self, answered=answered, waited=waits, handled=handles, spent=spent)
