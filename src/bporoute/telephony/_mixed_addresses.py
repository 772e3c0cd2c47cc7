"""Addresses in a cloud, where one destination is a queue and another a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bporoute._base.words import did_you_mean
from bporoute.center._center import Center
from bporoute.errors import InputError, shown
from bporoute.telephony._destinations import KINDS


def mixed_addresses(given: Mapping[str, str], center: Center, kinds: Sequence[str]) -> dict[str, str]:
    """Name of each queue and vendor -> its address, which is one of several kinds of `KINDS`.

    Raises
    ------
    InputError
        At a name that the center has not, one that is missing, and an address of another kind.
    """
    if not isinstance(given, Mapping):
        raise InputError("destinations", shown(given), "names and their addresses")
    names = [*center.queues, *center.vendors]
    if unknown := [name for name in given if name not in names]:
        expected = did_you_mean(unknown[0], names)
        raise InputError(f"destinations.{unknown[0]}", "a name the center has not", expected)
    wanted = "; or ".join(KINDS[kind].wanted for kind in kinds)
    for name in names:
        if not kind_of(given.get(name), kinds):
            raise InputError(f"destinations.{name}", shown(given.get(name)), wanted)
    return {name: given[name] for name in names}


def kind_of(address: object, kinds: Sequence[str]) -> str:
    """The first of the kinds that an address is of; empty: none of them.

    >>> kinds = ("number", "queue")
    >>> kind_of("+3726123456", kinds), kind_of("WW0a", kinds), kind_of("two words", kinds)
    ('number', 'queue', '')
    """
    if not isinstance(address, str):
        return ""
    return next((kind for kind in kinds if KINDS[kind].shape.fullmatch(address)), "")
