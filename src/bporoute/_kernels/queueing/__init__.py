"""Room: to be described."""
