"""What in-house work, today's mix and offers of vendors cost over a term, line by line."""
