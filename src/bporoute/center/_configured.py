"""The parts of a center that are looked at together, whoever holds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bporoute.center._adequacy import AdequacyDecision
from bporoute.center._contact import ContactType, ValueClass
from bporoute.center._data_rules import DataRule
from bporoute.center._log_format import LogFormat
from bporoute.center._queue import Queue
from bporoute.center._vendor import Vendor


class Configured(Protocol):
    """What the remarks need of a `Center`, which itself needs the remarks."""

    @property
    def queues(self) -> Mapping[str, Queue]:
        """In-house queues by name."""
        ...

    @property
    def contact_types(self) -> Mapping[str, ContactType]:
        """Kinds of contact by name."""
        ...

    @property
    def vendors(self) -> Mapping[str, Vendor]:
        """Vendors by name."""
        ...

    @property
    def data_rules(self) -> Mapping[str, DataRule]:
        """Who may see which class of data."""
        ...

    @property
    def value_classes(self) -> Mapping[str, ValueClass]:
        """Customers that are worth more."""
        ...

    @property
    def adequacy_decisions(self) -> tuple[AdequacyDecision, ...]:
        """The center's own decisions."""
        ...

    @property
    def country(self) -> str | None:
        """The center's country."""
        ...

    @property
    def log(self) -> LogFormat:
        """How call logs and schedules are written down."""
        ...

    @property
    def currency(self) -> str:
        """Of all money."""
        ...

    @property
    def timezone(self) -> str:
        """The center's clock."""
        ...
