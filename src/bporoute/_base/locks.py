"""Locks on files, which end with the process that holds them, however it ends."""

from __future__ import annotations

import sys

if sys.platform == "win32":

    def lock(file: int) -> bool:
        """Whether this process alone has the opened file; not to be had here, so it is taken to be."""
        return True

else:
    import fcntl

    def lock(file: int) -> bool:
        """Whether this process alone has the opened file from now on, until it closes it or ends.

        A disk that knows no locks has it so.
        """
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True
