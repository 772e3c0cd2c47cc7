"""What Asterisk's manager interface tells becomes live state.

Not here: what a word of an engine means (`bporoute.telephony.Endings`).
"""
