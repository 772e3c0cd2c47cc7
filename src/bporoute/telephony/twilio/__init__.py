"""Twilio asks by webhooks.

Not here: what a word of an engine means (`bporoute.telephony.Endings`).
"""
