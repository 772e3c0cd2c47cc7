"""What was sent and is owed, by vendor, hour, day and contract period."""
