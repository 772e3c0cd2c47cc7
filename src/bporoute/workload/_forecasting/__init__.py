"""From what came to what will come: volumes and handle times of coming weeks, and how sure they are.

Not here: how files are read (`bporoute.workload`), how many agents that needs (`bporoute.planning`).
"""
