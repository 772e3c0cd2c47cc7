"""The counters that the kernel reads and raises: contacts sent in each window, contacts there, the day."""

from __future__ import annotations

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.routing import columns


class Counters:
    """What vendors were sent, by the names of what is counted.

    Attributes
    ----------
    table : array, (vendors + 1, columns)
        As `_kernels.routing.columns` says; the last row is the center's day.
    """

    WINDOWS = columns.WINDOWS
    """Windows of a vendor: hour, day and contract period of its clock, and the center's day."""

    def __init__(self, vendors: int) -> None:
        self.table: Floats = np.zeros((vendors + 1, columns.USAGE_COLUMNS))

    def with_more(self, vendors: int) -> Counters:
        """The same with so many vendors more, who were sent nothing, before the last row."""
        found = Counters(len(self.table) - 1 + vendors)
        found.table[: len(self.table) - 1], found.table[-1] = self.table[:-1], self.table[-1]
        return found

    def sent(self, row: int, window: int) -> float:
        """Contacts counted in a window."""
        return float(self.table[row, window])

    def there(self, vendor: int) -> float:
        """Contacts with a vendor now."""
        return float(self.table[vendor, columns.IN_FLIGHT])

    def tell_there(self, vendor: int, contacts: float) -> None:
        """Have so many contacts be with a vendor now."""
        self.table[vendor, columns.IN_FLIGHT] = contacts
