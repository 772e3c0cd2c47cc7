"""How far the kernels of a decision are compiled, and if they are not, why."""

from __future__ import annotations

from typing import NamedTuple


class Readiness(NamedTuple):
    """What is known of a set of kernels that is, or is to be, compiled."""

    state: str
    """``"not asked"``, ``"compiling"``, ``"compiled"``, ``"switched off"``, ``"not installed"`` or
    ``"failed"``."""
    done: int
    """Kernels that are ready."""
    wanted: int
    """Of so many."""
    cached: int
    """Those that were in the cache."""
    trouble: str
    """What is wrong with the cache, or why compiling failed; empty: nothing."""

    @property
    def text(self) -> str:
        """All of it in words.

        >>> Readiness("compiling", 2, 6, 0, "").text
        'interpreted: still compiling, 2 of 6 kernels are ready'
        """
        match self.state:
            case "compiled":
                said = f"compiled, {self.cached} of {self.wanted} kernels from the cache"
                return f"{said}; {self.trouble}" if self.trouble else said
            case "compiling":
                return f"interpreted: still compiling, {self.done} of {self.wanted} kernels are ready"
            case "switched off":
                return "interpreted: NUMBA_DISABLE_JIT is set"
            case "not installed":
                return f"interpreted: {self.trouble}"
            case "failed":
                return f"interpreted: compiling failed: {self.trouble}"
        return "interpreted: nobody asked for compiled kernels, see bporoute.prepare"
