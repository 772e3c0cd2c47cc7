"""What several test files use: centers, clocks, processes, and second ways to the same answers."""
