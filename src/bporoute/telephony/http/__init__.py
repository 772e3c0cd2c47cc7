"""Anything that speaks HTTP asks.

idempotency key
    A text by which whoever asks says that it is the same request again: the answer is that of before.
bearer token
    A text in the header ``Authorization`` by which somebody may ask; not the token of a decision.

Not here: what a word of an engine means (`bporoute.telephony.Endings`).
"""

from bporoute.telephony.http._app import App, app

__all__ = ["App", "app"]
