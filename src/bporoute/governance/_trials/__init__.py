"""Trials of a vendor on a share of the contacts: how long and how large, and what they have shown.

A *look* is a day on which a verdict may come; the *others* are all contacts that the vendor might have had
and somebody else took; the *learning* time is left out at the start. Not here: who is drawn for the trial
(`bporoute.routing`), one look at contacts that are independent (`bporoute.estimates`).
"""
