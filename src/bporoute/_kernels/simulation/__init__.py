"""Kernels of the simulated floor: from event to event, with chance by numbered streams."""
