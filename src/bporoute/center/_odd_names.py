"""Names in a center that match nothing, and words that are not those that the world has agreed on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bporoute._base.near import close_matches
from bporoute._base.remark import Remark
from bporoute._base.vocabulary import countries, likely_country, odd_currency, odd_language, zone_countries
from bporoute.center._adequacy import US_CERTIFICATE
from bporoute.center._configured import Configured
from bporoute.center._contact import Sourcing
from bporoute.center._data_rules import PCI_CERTIFICATE
from bporoute.contracts._multiplier import Multiplier
from bporoute.contracts._whole_bill import Currency


def odd_names(center: Configured) -> Iterator[Remark]:
    """Remarks on countries, currency, languages, time zones, certificates and skills."""
    if (currency := odd_currency(center.currency)) is not None:
        yield _unlisted("currency", center.currency, "no currency of ISO 4217", currency)
    yield from _countries(center)
    yield from _zones(center)
    yield from _languages(center)
    yield from _certificates(center)
    yield from _skills(center)


def _unlisted(where: str, found: str, odd: str, likely: str) -> Remark:
    return Remark(where, repr(found), odd, f"did you mean {likely!r}?" if likely else "")


def _countries(center: Configured) -> Iterator[Remark]:
    named = [("country", center.country or "")]
    for name, vendor in center.vendors.items():
        named.append((f"vendors.{name}.country", vendor.country))
        named += [
            (f"vendors.{name}.remote_access_countries", code) for code in vendor.remote_access_countries
        ]
    for name, rule in center.data_rules.items():
        named += [(f"data_rules.{name}.countries", code) for code in rule.countries or ()]
    for place, decision in enumerate(center.adequacy_decisions):
        named.append((f"adequacy_decisions[{place}].country", decision.country))
    for where, code in named:
        if code and code not in countries():
            yield _unlisted(where, code, "no country of ISO 3166", likely_country(code))


def _zones(center: Configured) -> Iterator[Remark]:
    """Zones with the sign the wrong way round, and those of another country than the vendor's."""
    named = [("timezone", center.timezone, center.country or "")]
    for name, vendor in center.vendors.items():
        # A contract may well go by the client's clock.
        home = "" if vendor.timezone == center.timezone else vendor.country
        named.append((f"vendors.{name}.timezone", vendor.timezone, home))
    for where, zone, country in named:
        if zone.startswith("Etc/GMT") and zone[7:].lstrip("+-0"):
            odd = (
                f"in zones of this name the sign is turned round, UTC{'-' if '+' in zone else '+'}{zone[8:]}"
            )
            yield Remark(where, repr(zone), odd, "a zone such as 'Europe/Berlin' has its summer time too")
        elif zone in ("EST", "MST", "HST"):
            yield Remark(where, repr(zone), "the zone has no summer time", "such as 'America/New_York'?")
        listed = zone_countries().get(zone, country)
        if country and country in countries() and listed != country and not _same_clock(zone, country):
            odd = f"the zone is one of {countries().get(listed, listed)}, the country is {country}"
            near = sorted(other for other, code in zone_countries().items() if code == country)
            yield Remark(where, repr(zone), odd, f"such as {near[0]!r}?" if near else "")


def _same_clock(zone: str, country: str) -> bool:
    """Whether somewhere in a country the clocks show what they show in a zone, in winter and summer."""
    from bporoute.center._location import hours_apart

    return any(hours_apart(zone, other) == 0.0 for other, code in zone_countries().items() if code == country)


def _languages(center: Configured) -> Iterator[Remark]:
    named = [
        (f"queues.{name}.languages", tag) for name, queue in center.queues.items() for tag in queue.languages
    ]
    asked = []
    for name, vendor in center.vendors.items():
        named += [(f"vendors.{name}.languages", tag) for tag in vendor.languages]
        named += [(f"vendors.{name}.language_levels", tag) for tag in vendor.language_levels]
        for place, term in enumerate(vendor.contract.terms):
            if isinstance(term, Currency) and (likely := odd_currency(term.code)) is not None:
                where = f"vendors.{name}.contract.terms[{place}].code"
                yield _unlisted(where, term.code, "no currency of ISO 4217", likely)
            if isinstance(term, Multiplier):
                where = f"vendors.{name}.contract.terms[{place}].languages"
                asked += [(where, tag) for tag in term.languages]
    for where, tag in (*named, *asked):
        if (likely := odd_language(tag)) is not None:
            yield _unlisted(where, tag, "no language tag (BCP 47)", likely)
    spoken = {tag.lower().partition("-")[0] for _, tag in named}
    for where, tag in asked:
        if spoken and odd_language(tag) is None and tag.lower().partition("-")[0] not in spoken:
            yield Remark(where, repr(tag), "nobody in the center speaks it", near_name(tag, spoken))


def _certificates(center: Configured) -> Iterator[Remark]:
    """Certificates that are asked for and held by nobody, under that name."""
    held = {name for vendor in center.vendors.values() for name in vendor.certificates}
    asked = [(f"data_rules.{name}.certificate", rule.attestation) for name, rule in center.data_rules.items()]
    asked += [
        (f"contact_types.{name}.certificates", wanted)
        for name, kind in center.contact_types.items()
        for wanted in kind.certificates
    ]
    asked += [
        (f"adequacy_decisions[{place}].certificate", decision.certificate)
        for place, decision in enumerate(center.adequacy_decisions)
    ]
    for where, wanted in asked:
        if wanted and wanted not in held and center.vendors:
            yield Remark(
                where, repr(wanted), "no vendor holds a certificate of that name", near_name(wanted, held)
            )
    known = {wanted for _, wanted in asked if wanted} | {PCI_CERTIFICATE, US_CERTIFICATE}
    spelled = {_letters(name): name for name in known}
    for name, vendor in center.vendors.items():
        for certificate in vendor.certificates:
            meant = spelled.get(_letters(certificate), certificate)
            if certificate not in known and meant != certificate and meant in held:
                where = f"vendors.{name}.certificates"
                yield _unlisted(where, certificate, "nothing asks for it under that name", meant)


def _skills(center: Configured) -> Iterator[Remark]:
    """Skills that contact types need and no vendor has."""
    had = {skill for vendor in center.vendors.values() for skill in vendor.skills}
    for name, kind in center.contact_types.items():
        for skill in kind.skills:
            if center.vendors and kind.sourcing != Sourcing.IN_HOUSE and skill not in had:
                where = f"contact_types.{name}.skills"
                yield Remark(where, repr(skill), "no vendor has the skill", near_name(skill, had))


def near_name(word: str, known: Iterable[str]) -> str:
    """A question for the known word that is written nearly the same, or nothing.

    >>> near_name("ISO-27001", ["iso_27001", "pci_dss"])
    "did you mean 'iso_27001'?"
    """
    by_letters = {_letters(each): each for each in known}
    near = close_matches(_letters(word), by_letters, n=1, cutoff=0.7)
    return f"did you mean {by_letters[near[0]]!r}?" if near else ""


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))
