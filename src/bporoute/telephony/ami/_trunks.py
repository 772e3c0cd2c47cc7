"""Whether vendors can be reached, by what Asterisk tells of the trunks to them."""

from __future__ import annotations

from collections.abc import Mapping

from bporoute.telephony.ami._lines import Message

EVENTS = ("ContactList", "ContactStatus", "PeerStatus", "DeviceStateChange")
_UP = {
    **dict.fromkeys(("Reachable", "Registered", "Lagged"), True),
    **dict.fromkeys(("Unreachable", "Unregistered", "Rejected", "Removed"), False),
    **dict.fromkeys(("NOT_INUSE", "INUSE", "BUSY", "RINGING", "RINGINUSE", "ONHOLD"), True),
    **dict.fromkeys(("UNAVAILABLE", "INVALID"), False),
}
"""What Asterisk calls a contact, a peer or a device; what is not here tells nothing."""


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
    >>> told = {"EndpointName": "baltic", "URI": "sip:10.0.0.9", "ContactStatus": "Reachable"}
    >>> trunks.take({"Event": "ContactStatus", **told})
    ('baltic',)
    >>> trunks.up("baltic")
    True
    """

    def __init__(self, trunks: Mapping[str, str]) -> None:
        self._vendors = dict(trunks)
        self._contacts: dict[str, set[str]] = {}
        self._up: dict[str, bool] = {}

    def take(self, message: Message) -> tuple[str, ...]:
        """The vendors of which a message tells whether they can be reached."""
        event = message.get("Event")
        if event in ("ContactStatus", "ContactList"):
            device = f"PJSIP/{message.get('EndpointName') or message.get('Endpoint', '')}"
            told = _UP.get(message.get("ContactStatus") or message.get("Status", ""))
        elif event == "PeerStatus":
            device, told = message.get("Peer", ""), _UP.get(message.get("PeerStatus", ""))
        else:
            device, told = message.get("Device", ""), _UP.get(message.get("State", ""))
        if told is None or device not in self._vendors:
            return ()
        if event in ("ContactStatus", "ContactList"):  # one of several addresses of the trunk
            contacts = self._contacts.setdefault(device, set())
            uri = message.get("URI") or message.get("Uri", "")
            if told:
                contacts.add(uri)
            else:
                contacts.discard(uri)  # who registers anew may have another address each time
            told = bool(contacts)
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
        self._contacts.clear()
        self._up.clear()
