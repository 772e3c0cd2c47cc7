"""What if a vendor fails: who takes its contacts, what that does to service and cost, what is stranded.

kind
    Contacts that are alike to every hard rule: a type, and a language where one is told.
stranded
    Contacts that a vendor may take now, and that no other vendor may, by the hard rules and hours.
fate
    Where a contact went in a simulation, and whether it was lost there.

Not here: outages while they last, and what the router does until it is told (`bporoute.simulation`).
"""
