"""The command ``bporoute``, or one line that says how to get it."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; returns the exit code."""
    try:
        import rich  # noqa: F401 - only whether the extra is there
        import typer  # noqa: F401 - likewise
    except ImportError:
        print("bporoute: the command line needs an extra: pip install 'bporoute[cli]'", file=sys.stderr)
        return 2
    try:
        from bporoute.cli._app import run

        return run()
    except KeyboardInterrupt:
        print("bporoute: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
