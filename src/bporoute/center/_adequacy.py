"""Where personal data may go under the GDPR without further safeguards: the EEA and adequacy decisions.

Editable data with dates, not legal advice: a center file adds to it or overrides it, country by country.
"""

from __future__ import annotations

from datetime import date

from bporoute._base.checked import Checked
from bporoute._base.fields import Country
from bporoute.errors import InputError

_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU = frozenset(_MEMBERS.split())
"""The 27 members of the European Union since 2020-02-01."""
EEA = EU | {"IS", "LI", "NO"}


class AdequacyDecision(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A decision of the European Commission that a country protects personal data well enough.

    Attributes
    ----------
    country : str
        ISO 3166 alpha-2.
    valid_from, valid_until : date or None
        First and last day on which it holds; None: no end.
    certificate : str
        What a vendor must hold as well, where the decision covers certified companies only; empty: nothing.
    source : str
        The decision, for people.

    Examples
    --------
    >>> uk = AdequacyDecision(country="GB", valid_from=date(2021, 6, 28), valid_until=date(2031, 12, 27))
    >>> uk.holds(date(2031, 12, 27)), uk.holds(date(2031, 12, 28))
    (True, False)
    """

    country: Country
    valid_from: date
    valid_until: date | None = None
    certificate: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.valid_until and self.valid_until < self.valid_from:
            raise InputError(
                "valid_until", str(self.valid_until), f"a day on or after the first, {self.valid_from}"
            )

    def holds(self, today: date) -> bool:
        """Whether the decision is in force on the day `today`."""
        return self.valid_from <= today and (self.valid_until is None or today <= self.valid_until)


US_CERTIFICATE = "EU-US DPF"
"""The certificate under which the decision on the United States covers a company."""


def _decided(
    country: str, since: str, source: str, *, until: str | None = None, certificate: str = ""
) -> AdequacyDecision:
    return AdequacyDecision(
        country=country,
        valid_from=date.fromisoformat(since),
        valid_until=date.fromisoformat(until) if until else None,
        certificate=certificate,
        source=source,
    )


DECISIONS = (
    _decided("AD", "2010-10-19", "2010/625/EU"),
    _decided("AR", "2003-06-30", "2003/490/EC"),
    _decided("BR", "2026-01-26", "(EU) 2026/179"),
    _decided("CA", "2001-12-20", "2002/2/EC, recipients subject to PIPEDA"),
    _decided("CH", "2000-07-26", "2000/518/EC"),
    _decided("FO", "2010-03-05", "2010/146/EU"),
    _decided("GB", "2021-06-28", "(EU) 2021/1772, renewed on 2025-12-19", until="2031-12-27"),
    _decided("GG", "2003-11-21", "2003/821/EC"),
    _decided("IL", "2011-01-31", "2011/61/EU"),
    _decided("IM", "2004-04-28", "2004/411/EC"),
    _decided("JE", "2008-05-08", "2008/393/EC"),
    _decided("JP", "2019-01-23", "(EU) 2019/419"),
    _decided("KR", "2021-12-17", "(EU) 2022/254"),
    _decided("NZ", "2012-12-19", "2013/65/EU"),
    _decided("US", "2023-07-10", "(EU) 2023/1795, certified companies", certificate=US_CERTIFICATE),
    _decided("UY", "2012-08-21", "2012/484/EU"),
)
"""The Commission's list as of February 2026 (commission.europa.eu, "Adequacy decisions"), by country."""
CHECKED = date(2026, 11, 29)
"""When the list was held against what could be read of its sources.

The numbers of the eleven decisions under the directive of 1995: Implementing Decision (EU) 2016/2295; that
they stand: COM(2024) 7. New Zealand's day: Official Journal L 28 of 2013-01-30. Number and day of Brazil's;
first and last day of the United Kingdom's: authorities and the press, of its renewal on 2025-12-19. The
Commission's page itself could not be read: what it has changed since is unknown. The decision on the European
Patent Organisation (2025) is on no country and is not in the list.
"""
_DAY_ALONE = "AD AR CA CH FO GG IL IM JE UY"
UNCHECKED = {
    **dict.fromkeys(_DAY_ALONE.split(), "its first day"),
    **dict.fromkeys(("JP", "KR", "US"), "its number and its first day"),
    "GB": "its number",
}
"""Country -> what of the decision on it could not be checked at a source; it agrees with other lists."""


def decisions_on(
    country: str, today: date, own: tuple[AdequacyDecision, ...] = ()
) -> tuple[AdequacyDecision, ...]:
    """The decisions on a country that hold on a day.

    `own` decisions on a country take the place of the built-in ones on it: one that has ended withdraws it.

    >>> [decision.source for decision in decisions_on("CH", date(2026, 11, 22))]
    ['2000/518/EC']
    >>> over = AdequacyDecision(country="CH", valid_from=date(2000, 7, 26), valid_until=date(2026, 6, 30))
    >>> decisions_on("CH", date(2026, 11, 22), own=(over,))
    ()
    """
    ours = tuple(decision for decision in own if decision.country == country)
    known = ours or tuple(decision for decision in DECISIONS if decision.country == country)
    return tuple(decision for decision in known if decision.holds(today))
