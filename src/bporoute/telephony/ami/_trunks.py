"""Whether vendors can be reached, by what Asterisk tells of the trunks to them.

What it tells of a trunk as a whole counts (``DeviceStateChange``, ``PeerStatus``): one that has several
addresses is down when all of them are. Of single addresses (``ContactStatus``) nobody knows how many there
are who may not ask for the list, which takes the right to do nearly everything.
"""

from __future__ import annotations

from collections.abc import Mapping

from bporoute.telephony.ami._lines import Message

EVENTS = ("PeerStatus", "DeviceStateChange")
_UP = {
    **dict.fromkeys(("Reachable", "Registered", "Lagged"), True),
    **dict.fromkeys(("Unreachable", "Unregistered", "Rejected"), False),
    **dict.fromkeys(("NOT_INUSE", "INUSE", "BUSY", "RINGING", "RINGINUSE", "ONHOLD"), True),
    **dict.fromkeys(("UNAVAILABLE", "INVALID"), False),
}
"""What Asterisk calls a peer or a device; what is not here tells nothing."""


class Trunks:
    """Follows the trunks to vendors.

    Parameters
    ----------
    trunks : mapping of str to str
        Device in Asterisk, such as ``"PJSIP/baltic"`` -> vendor; a vendor may have several.

    Examples
    --------
    >>> trunks = Trunks({"PJSIP/baltic": "baltic"})
    >>> trunks.take({"Event": "DeviceStateChange", "Device": "PJSIP/baltic", "State": "UNAVAILABLE"})
    ('baltic',)
    >>> trunks.up("baltic")
    False
    >>> trunks.take({"Event": "PeerStatus", "Peer": "PJSIP/baltic", "PeerStatus": "Reachable"})
    ('baltic',)
    >>> trunks.up("baltic")
    True
    """

    def __init__(self, trunks: Mapping[str, str]) -> None:
        self._vendors = dict(trunks)
        self._up: dict[str, bool] = {}

    def take(self, message: Message) -> tuple[str, ...]:
        """The vendors of which a message tells whether they can be reached."""
        if message.get("Event") == "PeerStatus":
            device, told = message.get("Peer", ""), _UP.get(message.get("PeerStatus", ""))
        else:
            device, told = message.get("Device", ""), _UP.get(message.get("State", ""))
        if told is None or device not in self._vendors:
            return ()
        self._up[device] = told
        return (self._vendors[device],)

    def up(self, vendor: str) -> bool | None:
        """Whether one of the trunks to a vendor is up; None: nobody can tell."""
        told = [
            self._up[device]
            for device, name in self._vendors.items()
            if name == vendor and device in self._up
        ]
        return any(told) if told else None

    def forget(self) -> None:
        """Asterisk is away: nothing is known of its trunks."""
        self._up.clear()
