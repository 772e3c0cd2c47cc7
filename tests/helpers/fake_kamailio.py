"""A fake of Kamailio's module KSR: one call, what was asked of it, and what it is told to answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


class FakeKamailio:
    """Stands for ``KSR`` while Kamailio handles the messages of one call.

    Parameters
    ----------
    variables : dict
        What its variables say; one that is an exception is raised.
    relays : list of int
        What ``t_relay`` answers, one after another; then 1.
    """

    def __init__(self, variables: dict[str, Any], relays: list[int] | None = None) -> None:
        self.variables = {"$ci": "call-1", "$ou": "sip:100@proxy", "$ru": "sip:100@proxy", **variables}
        self.relays = relays or []
        self.sent: list[tuple[Any, Any]] = []
        self.route = ""
        self.answered: dict[str, str] = {}
        self.timers: tuple[int, int] = (0, 0)
        self.canceled, self.new = -1, 1
        self.lines: list[str] = []
        self.pv = SimpleNamespace(get=self._get, sets=self.variables.__setitem__, unset=self._unset)
        self.tm = SimpleNamespace(
            t_newtran=lambda: self.new,
            t_relay=self._relay,
            t_on_reply=lambda name: 1,
            t_on_failure=lambda name: 1,
            t_set_fr=self._set_timers,
            t_is_canceled=lambda: self.canceled,
            t_check_trans=lambda: 1,
        )
        self.rr = SimpleNamespace(record_route_params=self._add, add_rr_param=self._add)
        self.htable = SimpleNamespace(
            sht_get=lambda table, key: self.answered.get(key),
            sht_sets=lambda table, key, value: self.answered.__setitem__(key, value),
            sht_rm=lambda table, key: self.answered.pop(key, None),
        )
        self.info = self.warn = self.lines.append

    def _get(self, name: str) -> Any:
        value = self.variables.get(name)
        if isinstance(value, Exception):
            raise value
        return value

    def _unset(self, name: str) -> None:
        self.variables.pop(name, None)

    def _relay(self) -> int:
        self.sent.append((self.variables.get("$ru"), self.variables.get("$du")))
        return self.relays.pop(0) if self.relays else 1

    def _set_timers(self, ringing: int, silence: int) -> int:
        self.timers = (ringing, silence)
        return 1

    def _add(self, parameter: str) -> int:
        self.route += parameter
        return 1

    def fails(self, code: Any) -> None:
        """From now on it runs the failure route, after this reply."""
        self.variables["$T_reply_code"] = code

    def hangs_up(self) -> None:
        """From now on it handles the BYE of the call."""
        self.variables["$hdr(Route)"] = f"<sip:10.0.0.1;lr;ftag=x{self.route}>"
        self.variables.pop("$avp(bporoute)", None)
