"""Asterisk asks over FastAGI.

Not here: what a word of an engine means (`bporoute.telephony.Endings`).
"""
