"""A term of a contract, and the line that it writes on an invoice."""

from __future__ import annotations

import msgspec

from bporoute._base.checked import Checked


class Term(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """A term of a contract; a center file names it by its ``kind``."""


class Line(msgspec.Struct, frozen=True):
    """One line of an invoice; ``amount = quantity * unit_price``, negative where the vendor owes.

    Attributes
    ----------
    term : str
        Kind of the term that it comes from.
    quantity, unit_price : float
        What is charged, and money for one of it.
    text : str
        What the quantity is.
    """

    term: str
    quantity: float
    unit_price: float
    text: str

    @property
    def amount(self) -> float:
        """Money, not rounded."""
        return self.quantity * self.unit_price
