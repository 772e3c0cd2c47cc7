"""A decision for an auditor: what it rested on, what would have changed it; and a month of reasons."""
