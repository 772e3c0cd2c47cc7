"""The simulated floor: arrays of a run, what is told to its router, what is counted and billed."""
