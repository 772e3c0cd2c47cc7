"""The command ``bporoute``, or one line that says how to get it."""

from __future__ import annotations

import sys

INTERRUPTED = 130

try:
    import os
    import signal
except KeyboardInterrupt:
    print("bporoute: interrupted", file=sys.stderr)
    sys.exit(INTERRUPTED)


def _leave_at_once(signal_number: int, frame: object) -> None:
    """Ctrl-C while modules are loaded or unloaded: nothing is half done, and no exception fits anywhere."""
    os.write(2, b"bporoute: interrupted\n")
    os._exit(INTERRUPTED)


def main() -> int:
    """Run the command line; returns the exit code."""
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else a shell has it ignored
    if ours:
        signal.signal(signal.SIGINT, _leave_at_once)
    try:
        import rich  # noqa: F401 - only whether the extra is there
        import typer  # noqa: F401 - likewise
    except ImportError:
        print("bporoute: the command line needs an extra: pip install 'bporoute[cli]'", file=sys.stderr)
        return 2
    from bporoute.cli._app import run

    try:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return run()
    except KeyboardInterrupt:
        print("bporoute: interrupted", file=sys.stderr)
        return INTERRUPTED
    finally:
        if ours:
            signal.signal(signal.SIGINT, _leave_at_once)


if __name__ == "__main__":
    sys.exit(main())
