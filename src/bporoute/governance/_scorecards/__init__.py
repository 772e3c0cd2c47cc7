"""Vendors by period: what they did, how sure that is, what it cost, and where contacts would be better."""
