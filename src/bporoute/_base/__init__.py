"""What everything stands on: clocks, checked values, arrays, searches, files."""
