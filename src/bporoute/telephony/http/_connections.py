"""Connections of uvicorn that nobody holds open by being slow."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

WHOLE_WITHIN = 15.0
"""Seconds within which a request has to be there whole, and an answer to be taken."""


class TimedProtocol(H11Protocol):
    """A connection of HTTP/1.1 that is cut where a request, or taking an answer, is too slow.

    Attributes
    ----------
    whole_within : float
        Seconds until then; a body that has begun is answered before, by the app.
    """

    whole_within = WHOLE_WITHIN
    _late: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin: a request is due."""
        super().connection_made(transport)
        self._late = self.loop.call_later(self.whole_within, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Go on; what is not whole is due some time after its first byte."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE or self.conn.their_state is h11.SEND_BODY:
            if self._late is None:
                self._late = self.loop.call_later(self.whole_within, self.transport.abort)
        elif self._late is not None:
            self._late.cancel()
            self._late = None

    def pause_writing(self) -> None:
        """Nobody takes the answer."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self.whole_within, self.transport.abort)

    def resume_writing(self) -> None:
        """Somebody does."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        for timer in (self._late, self._unread):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)
