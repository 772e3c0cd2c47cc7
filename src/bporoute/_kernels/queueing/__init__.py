"""Kernels of queues in equilibrium, one file for each formula or file of `bporoute.queueing`."""
