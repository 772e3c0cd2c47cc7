"""Tables that a person reads."""
