"""What looks odd in what a person wrote: legal, but probably not meant."""

from __future__ import annotations

import msgspec


class Remark(msgspec.Struct, frozen=True):
    """Something that is legal, but probably not meant: a slip of units, say.

    Attributes
    ----------
    where : str
        Key path, file and line, or name of the option.
    found : str
        What stands there.
    odd : str
        Why that is odd.
    likely : str
        What was probably meant, and what it would then be; empty: no idea.
    beside : tuple of str
        Key paths of what makes it odd: where a slip is seen there, this is no second one.

    Examples
    --------
    >>> print(Remark("queues.service.patience", "5.75 s", "patience is usually 15 s or more",
    ...              "in minutes it would be 345 s"))
    queues.service.patience: found 5.75 s; patience is usually 15 s or more; in minutes it would be 345 s
    """

    where: str
    found: str
    odd: str
    likely: str = ""
    beside: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}; {self.odd}" + (f"; {self.likely}" if self.likely else "")

    def under(self, prefix: str) -> Remark:
        """The same remark, seen from further out: `prefix` is a file name or an enclosing table."""
        return msgspec.structs.replace(self, where=f"{prefix}{self.where}")
