"""Streams of random numbers by name: what one part draws never shifts what another draws.

Every stream comes from one seed and its own names, such as ``("handle", "sales")``, by BLAKE2b; adding a
stream, or drawing more from one, leaves all others as they are.
"""

from __future__ import annotations

import hashlib
import json
from operator import index
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def stream_key(seed: int, *names: str | int) -> np.uint64:
    """Key of a stream for `_kernels.simulation.chance`: 64 bits that depend on all that is named.

    Parameters
    ----------
    seed : int
        Of the whole simulation; any whole number.
    *names : str or int
        Which stream, such as ``"handle", "sales", replication``. ``1`` and ``"1"`` are two names.

    Raises
    ------
    TypeError
        If the seed or a name is neither a text nor a whole number.

    Examples
    --------
    >>> int(stream_key(7, "handle", "sales")) == int(stream_key(7, "handle", "sales"))
    True
    >>> len({int(stream_key(*names)) for names in ((7, "a"), (8, "a"), (7, "b"), (7, "a", 0), (7, "a", "0"))})
    5
    """
    import numpy as np

    return np.uint64(int.from_bytes(_digest(seed, names, 8), "little"))


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """NumPy's generator of a stream, at its beginning, for what is drawn ahead and in order.

    Examples
    --------
    >>> generator(7, "arrivals", 0).random() == generator(7, "arrivals", 0).random()
    True
    """
    import numpy as np

    return np.random.default_rng(int.from_bytes(_digest(seed, names, 16), "little"))


def _digest(seed: int, names: tuple[str | int, ...], size: int) -> bytes:
    listed = [index(seed), *(name if isinstance(name, str) else index(name) for name in names)]
    return hashlib.blake2b(json.dumps(listed).encode(), digest_size=size).digest()
