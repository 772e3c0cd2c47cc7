"""Ready before the first contact, and before a fork."""

from __future__ import annotations

from contextlib import suppress

from bporoute import _kernels
from bporoute.errors import InputError, shown
from bporoute.routing._router import Router


def prepare(router: Router | None = None) -> None:
    """Have everything ready that would make first decisions slow; call it in the parent before it forks.

    Compiles the kernels, as `bporoute.warmup`, and meets the kinds of contacts of a router beforehand.
    Children inherit both. A process that is forked too early compiles its own kernels with its first
    decision and says so in the log and in `Router.status`.

    Parameters
    ----------
    router : Router or None
        Whose contact types, languages and value classes are met and priced (8,192 kinds at most) and whose
        rules are loaded, as far as the state of their queues was told. None: only the kernels.

    Raises
    ------
    InputError
        If `router` is none.
    RuntimeError
        If the compiler failed; the router is ready all the same, and decides by the interpreted kernels.

    Examples
    --------
    >>> from bporoute import Center, ContactType, Queue, Router
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)}, contact_types={"service": ContactType(queue="service")}
    ... )
    >>> router = Router(center)
    >>> prepare(router)
    >>> router.status().kinds, router.status().pending
    (1, 0)
    """
    if router is not None and not isinstance(router, Router):
        raise InputError("router", shown(router), "a Router, or None")
    _load_what_is_loaded_late()
    try:
        _kernels.warmup()
    finally:
        if router is not None:
            router.prepare()


def _load_what_is_loaded_late() -> None:
    """What a router loads when somebody asks for it first: children find it there, and no fork meets it."""
    from bporoute.routing import (  # noqa: F401
        _bounds,
        _estimates,
        _explanation,
        _odd_live,
        _one_by_one,
        _record,
        _replace,
        _status,
    )
    from bporoute.routing._tables import _batch  # noqa: F401

    with suppress(ImportError):  # for the intervals of `Router.estimates`; a slim install has none
        import scipy.special  # noqa: F401
