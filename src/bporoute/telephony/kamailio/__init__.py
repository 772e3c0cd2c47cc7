"""Kamailio asks from its Python script (KEMI).

Not here: what a word of an engine means (`bporoute.telephony.Endings`).
"""
