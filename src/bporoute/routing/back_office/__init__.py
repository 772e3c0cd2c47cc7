"""Work that may wait: done in idle time, shipped in batches before it is late."""
