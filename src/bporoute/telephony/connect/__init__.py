"""Amazon Connect asks by a Lambda function.

Not here: what a word of an engine means (`bporoute.telephony.Endings`).
"""
