"""Kernels of the decision: eligible, cost, order, reserve; for one contact and for many."""
