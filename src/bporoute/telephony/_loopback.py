"""Whether only this host can reach an address, or be it."""

from __future__ import annotations

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """Whether a name or an address is this host's alone; empty, every address to a listener, is not.

    >>> [is_loopback(each) for each in ("127.0.0.1", "::1", "localhost", "", "0.0.0.0", "example.com")]
    [True, True, True, False, False, False]
    """
    if host in ("localhost", "127.0.0.1", "::1"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
