"""What contacts of a type may ask for, as far as a plan knows."""

from __future__ import annotations

from bporoute.center._center import Center
from bporoute.center._contact import Contact
from bporoute.routing._hard_rules import Request, requested


def requests_of(center: Center, contact_type: str) -> tuple[Request, ...]:
    """The requests of a type: in each language of its queue, from the center's country.

    Volumes do not tell them apart, so who may not take all of them takes none.

    >>> from bporoute import ContactType, Queue
    >>> center = Center(queues={"desk": Queue(aht=300, languages=("sv", "fi"))}, country="SE",
    ...                 contact_types={"desk": ContactType(queue="desk")})
    >>> [(asked.language, asked.country) for asked in requests_of(center, "desk")]
    [('sv', 'SE'), ('fi', 'SE')]
    """
    spoken = center.queues[center.contact_types[contact_type].queue].languages
    country = center.country or ""
    return tuple(
        requested(Contact(contact_type, language=language, country=country), center)
        for language in spoken or ("",)
    )
