"""Attributes that are reckoned when somebody first asks for them, without a lock."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

Value = TypeVar("Value")

if TYPE_CHECKING:
    lasting = cached_property
else:

    class lasting(cached_property[Value]):  # noqa: N801  # written as `property` is
        """`functools.cached_property` without the lock that it takes until Python 3.12.

        Whoever asks at the same moment in two threads reckons the same twice.

        >>> class Square:
        ...     side = 3.0
        ...     @lasting
        ...     def area(self):
        ...         return self.side**2
        >>> square = Square()
        >>> square.area, square.__dict__
        (9.0, {'area': 9.0})
        """

        def __get__(self, made: Any, owner: type | None = None) -> Any:
            if made is None:
                return self
            value = made.__dict__[self.attrname] = self.func(made)
            return value
