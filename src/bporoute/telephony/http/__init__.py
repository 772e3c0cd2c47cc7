"""Anything that speaks HTTP asks.

Not here: what a word of an engine means (`bporoute.telephony.Endings`).
"""
