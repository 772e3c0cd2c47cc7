"""Asterisk asks over FastAGI: where to, where else after a failure, and how a call ended.

Not here: what Asterisk tells of its queues (`bporoute.telephony.ami`), what a word of an engine means
(`bporoute.telephony.Endings`).
"""

from bporoute.telephony.agi._fast_agi import LOOPBACK, PORT, FastAgi

__all__ = ["LOOPBACK", "PORT", "FastAgi"]
