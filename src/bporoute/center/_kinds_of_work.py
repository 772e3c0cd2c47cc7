"""Queues of another kind than an ordinary phone queue, where other numbers are usual."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bporoute.center._configured import Configured
from bporoute.center._queue import Queue
from bporoute.center._usual import Usual
from bporoute.center._vendor import Vendor

DEFERRED_CHANNELS = frozenset(
    (
        "email",
        "mail",
        "letter",
        "post",
        "fax",
        "backoffice",
        "case",
        "ticket",
        "form",
        "web",
        "document",
        "task",
    )
)
"""Letters of the channels whose contacts nobody waits for on the line."""
_HOUR, _DAY = 3600.0, 86_400.0
AT_ONCE = 15.0
"""Seconds within which nearly all are to be answered where lives or machines depend on it."""
LEAST_WORTH, MOST_WORTH = 0.02, 5.0
"""What waiting for as long as a patience lasts may cost, beside a contact that is lost."""

_OF_DEFERRED: Mapping[str, Usual] = {
    "aht": Usual(15.0, 10 * _HOUR),
    "patience": Usual(60.0, 90 * _DAY),
    "targets.service_level.within": Usual(1.0, 30 * _DAY),
    "targets.asa.seconds": Usual(1.0, 30 * _DAY),
    "stale_after": Usual(1.0, _DAY),
    "lost_after": Usual(2.0, 30 * _DAY),
}


def deferred(center: Configured) -> frozenset[str]:
    """Queues of mail and back office: their contacts lie for hours or days, and nobody is on the line.

    That is said by the channel or `ContactType.due_within` of every type that comes to a queue, or by a
    target of hours that the patience outlasts.
    """
    names = set()
    for name, queue in center.queues.items():
        kinds = [kind for kind in center.contact_types.values() if kind.queue == name]
        aims = queue.targets
        seconds = [aims.service_level.within] if aims.service_level is not None else []
        seconds += [aims.asa.seconds] if aims.asa is not None else []
        by_targets = any(_HOUR <= each <= queue.patience < math.inf for each in seconds)
        by_types = all(
            _letters(kind.channel) in DEFERRED_CHANNELS or (kind.due_within or 0.0) >= _HOUR for kind in kinds
        )
        if by_targets or (kinds and by_types):
            names.add(name)
    return frozenset(names)


def takes_deferred(center: Configured, vendor: Vendor, queues: frozenset[str]) -> bool:
    """Whether all that a vendor takes lies in such `queues`."""
    return all(center.contact_types[name].queue in queues for name in vendor.contact_types)


def is_critical(queue: Queue) -> bool:
    """Whether nearly all are to be answered at once, as on an emergency line: a minute may cost a lot."""
    aims = queue.targets
    level, asa, lost = aims.service_level, aims.asa, aims.abandonment
    return (
        (level is not None and level.probability >= 0.9 and level.within <= AT_ONCE)
        or (asa is not None and asa.seconds <= AT_ONCE / 2)
        or (lost is not None and lost.probability <= 0.01)
    )


def costs_agree(queue: Queue) -> bool:
    """Whether waiting for as long as a patience lasts costs about as much as a contact that is lost."""
    if not queue.abandonment_cost or queue.patience == math.inf:
        return True
    waited = queue.wait_cost_per_minute * queue.patience / 60.0
    return not waited or LEAST_WORTH <= waited / queue.abandonment_cost <= MOST_WORTH


def usual_elsewhere(center: Configured) -> dict[str, Usual]:
    """Key path -> what is usual there, where it is not what is usual of phone queues."""
    queues = deferred(center)
    found = {f"queues.{name}.{field}": usual for name in queues for field, usual in _OF_DEFERRED.items()}
    for name, vendor in center.vendors.items():
        if takes_deferred(center, vendor, queues):
            found[f"vendors.{name}.expected_wait"] = Usual(1.0, 30 * _DAY)
    for name, kind in center.contact_types.items():
        if kind.queue in queues:
            found[f"contact_types.{name}.aht"] = _OF_DEFERRED["aht"]
    return found


def _letters(channel: str) -> str:
    return "".join(filter(str.isalpha, channel.casefold()))
