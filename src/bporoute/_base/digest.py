"""BLAKE2b and a comparison in constant time, as ``hashlib`` and ``hmac`` have them, but without OpenSSL.

To load that takes as long as a thousand decisions, and neither of the two is from there.
"""

from __future__ import annotations

try:
    from _blake2 import blake2b
    from _operator import _compare_digest as compare_digest
except ImportError:  # another Python
    from hashlib import blake2b
    from hmac import compare_digest  # type: ignore[no-redef]

__all__ = ["blake2b", "compare_digest"]
