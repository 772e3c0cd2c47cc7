"""Words that the world has agreed on: countries, languages and currencies, and what they are taken for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from bporoute._base.near import close_matches

_LANGUAGES = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el
en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu
ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na
nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so
sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
LANGUAGES = frozenset(_LANGUAGES.split())
"""ISO 639-1, every code."""

# Code, then what else it is called: names, codes of three letters, the country in its place.
_LANGUAGE_WORDS = """
en english eng gb / de german deutsch ger deu at / fr french français francais fre fra / es spanish español
espanol castellano spa / it italian italiano ita / pt portuguese português portugues por / nl dutch nederlands
dut nld / sv swedish svenska swe / da danish dansk dan dk / nb bokmal bokmål nob / no norwegian norsk nor /
fi finnish suomi fin / is icelandic ice isl / et estonian eesti est / lv latvian lav / lt lithuanian lit /
pl polish polski pol / cs czech čeština cestina cze ces cz / sk slovak slo slk / sl slovenian slovene slv /
hu hungarian magyar hun / ro romanian rumanian rum ron / bg bulgarian bul / hr croatian hrvatski hrv /
sr serbian srp rs / el greek gre ell / tr turkish türkçe turkce tur / ru russian rus / uk ukrainian ukr ua /
he hebrew heb iw il / ar arabic ara / fa persian farsi per fas / hi hindi hin in / bn bengali ben /
ta tamil tam / ur urdu urd pk / zh chinese mandarin chi zho cn / ja japanese jpn jp / ko korean kor /
th thai tha / vi vietnamese vie vn / id indonesian ind / ms malay may msa / fil filipino tagalog tgl ph /
ca catalan cat / eu basque baq eus / gl galician galego glg / ga irish gle / cy welsh cym / mt maltese mlt /
sq albanian alb sqi
"""
_HARDLY_MEANT = {"se": "sv", "ee": "et"}
"""Codes of small languages that are far more often meant for a country's large one."""

# ISO 4217 code and how many of them were worth a euro in 2025, roughly: only to see slips of a factor of ten.
_RATES = """
AED 4.2 AFN 80 ALL 98 AMD 440 AOA 1050 ARS 1500 AUD 1.75 AZN 1.95 BAM 1.96 BBD 2.3 BDT 140 BGN 1.96 BHD .43
BND 1.5 BOB 8 BRL 6.3 BWP 15.5 BYN 3.6 BZD 2.3 CAD 1.6 CHF .94 CLP 1080 CNY 8.3 COP 4600 CRC 580 CZK 24.5
DKK 7.46 DOP 72 DZD 152 EGP 56 ETB 165 EUR 1 FJD 2.6 GBP .86 GEL 3.2 GHS 13 GTQ 9 HKD 9.1 HNL 30 HRK 7.53
HUF 395 IDR 19000 ILS 3.9 INR 102 IQD 1500 IRR 48000 ISK 142 JMD 187 JOD .82 JPY 172 KES 151 KGS 102 KHR 4700
KRW 1620 KWD .36 KZT 620 LAK 25000 LBP 104000 LKR 352 LYD 6.3 MAD 10.5 MDL 19.6 MGA 5200 MKD 61.6 MMK 2450
MNT 4150 MOP 9.4 MUR 53 MVR 18 MWK 2020 MXN 21.5 MYR 4.9 MZN 75 NAD 20.5 NGN 1720 NIO 43 NOK 11.7 NPR 164
NZD 2 OMR .45 PAB 1.17 PEN 4 PHP 68 PKR 330 PLN 4.25 PYG 8300 QAR 4.26 RON 5.07 RSD 117 RUB 95 RWF 1690
SAR 4.4 SCR 17 SEK 11.1 SGD 1.5 SRD 45 SYP 15000 THB 38 TMT 4.1 TND 3.4 TRY 48 TTD 7.9 TWD 35 TZS 2900 UAH 48
UGX 4100 USD 1.17 UYU 47 UZS 14400 VES 200 VND 30800 XAF 656 XCD 3.2 XOF 656 XPF 119 YER 280 ZAR 20.5 ZMW 27
"""
EURO_RATES: Mapping[str, float] = {
    code: float(rate) for code, rate in zip(_RATES.split()[::2], _RATES.split()[1::2], strict=True)
}
"""Currency -> how many of it a euro is worth, roughly."""

_CURRENCY_WORDS = {
    "€": "EUR", "euro": "EUR", "euros": "EUR", "cent": "EUR", "cents": "EUR", "$": "USD", "dollar": "USD",
    "dollars": "USD", "us$": "USD", "£": "GBP", "pound": "GBP", "pounds": "GBP", "sterling": "GBP",
    "chf.": "CHF", "franken": "CHF", "francs": "CHF", "zł": "PLN", "zloty": "PLN", "₪": "ILS", "nis": "ILS",
    "shekel": "ILS", "¥": "JPY", "yen": "JPY", "₹": "INR", "rs": "INR", "rupee": "INR", "rupees": "INR",
    "₱": "PHP", "peso": "MXN", "rmb": "CNY", "yuan": "CNY", "r$": "BRL", "real": "BRL", "lei": "RON",
    "rand": "ZAR", "kč": "CZK", "forint": "HUF", "ft": "HUF",
}  # fmt: skip
"""What people write for a currency -> its code."""

_COUNTRY_WORDS = {
    "uk": "GB", "el": "GR", "en": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "great britain": "GB", "united kingdom": "GB", "usa": "US", "america": "US",
    "czech republic": "CZ", "holland": "NL", "korea": "KR", "south korea": "KR", "deutschland": "DE",
    "espana": "ES", "españa": "ES", "sverige": "SE", "danmark": "DK", "norge": "NO", "suomi": "FI",
    "polska": "PL", "österreich": "AT", "schweiz": "CH", "gbr": "GB", "deu": "DE", "ger": "DE", "swe": "SE",
    "esp": "ES", "fra": "FR", "ita": "IT", "phl": "PH", "ind": "IN", "pol": "PL", "est": "EE", "nld": "NL",
}  # fmt: skip
"""What people write for a country -> its code."""
_OF_LANGUAGE = {"sv": "SE", "da": "DK", "ja": "JP", "cs": "CZ", "et": "EE", "uk": "UA", "he": "IL"}


@cache
def countries() -> Mapping[str, str]:
    """ISO 3166 alpha-2 code -> name, from the table that comes with the time zones; and XK, Kosovo."""
    from importlib.resources import files  # it takes long to load, and few starts ask

    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {**{code: name for code, name, *_ in rows}, "XK": "Kosovo"}


@cache
def zone_countries() -> Mapping[str, str]:
    """IANA time zone -> the country that it is listed for."""
    from importlib.resources import files

    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {zone: code for code, _, zone, *_ in rows}


def zones_of(country: str) -> tuple[str, ...]:
    """The time zones of a country (ISO 3166 alpha-2), the most used first.

    >>> zones_of("EE"), len(zones_of("US")) > 20, zones_of("EN")
    (('Europe/Tallinn',), True, ())
    """
    return tuple(zone for zone, code in zone_countries().items() if code == country)


def likely_zone(text: str) -> str:
    """The time zone that a text stands for: a town's, or one that is written nearly so; empty: no idea.

    >>> likely_zone("Stockholm"), likely_zone("Europe/Berlín"), likely_zone("somewhere")
    ('Europe/Stockholm', 'Europe/Berlin', '')
    """
    town = text.strip().rpartition("/")[2].replace(" ", "_").lower()
    by_town = {zone.rpartition("/")[2].lower(): zone for zone in zone_countries()}
    near = close_matches(town, by_town, n=1, cutoff=0.8)
    return by_town[near[0]] if near else ""


def likely_country(text: str) -> str:
    """The country code that a text stands for, near misses included; empty: no idea.

    >>> likely_country("UK"), likely_country("Sweden"), likely_country("se"), likely_country("Germny")
    ('GB', 'SE', 'SE', 'DE')
    """
    word = text.strip().lower()
    if word in _COUNTRY_WORDS:
        return _COUNTRY_WORDS[word]
    if word.upper() in countries():
        return word.upper()
    if word in _OF_LANGUAGE:
        return _OF_LANGUAGE[word]
    names = {name.lower(): code for code, name in countries().items()}
    near = close_matches(word, names, n=1, cutoff=0.75) if len(word) > 3 else []
    return names[near[0]] if near else ""


@cache
def _languages_by_word() -> Mapping[str, str]:
    by_word = {}
    for line in " ".join(_LANGUAGE_WORDS.split("\n")).split(" / "):
        code, *words = line.split()
        by_word.update(dict.fromkeys(words, code))
    return by_word


def odd_language(tag: str) -> str | None:
    """What a language tag was probably meant to be, empty for no idea; None: it is one.

    >>> odd_language("sv-SE"), odd_language("fil"), odd_language("english"), odd_language("dk")
    (None, None, 'en', 'da')
    """
    main, _, region = tag.replace("_", "-").lower().partition("-")
    words = _languages_by_word()
    if main in _HARDLY_MEANT:
        return _HARDLY_MEANT[main]
    if main in LANGUAGES:
        return tag.replace("_", "-") if "_" in tag else None
    likely = words.get(main)
    if likely is None and len(main) >= 5:
        near = close_matches(main, words, n=1, cutoff=0.8)
        likely = words[near[0]] if near else ""
    elif likely is None:
        return None if len(main) == 3 and main.isalpha() else ""
    return f"{likely}-{region.upper()}" if likely and region else likely


def odd_currency(text: str) -> str | None:
    """What a currency was probably meant to be, empty for no idea; None: it is one.

    >>> odd_currency("EUR"), odd_currency("euro"), odd_currency("usd"), odd_currency("EUP")
    (None, 'EUR', 'USD', 'EUR')
    """
    if text in EURO_RATES:
        return None
    if text.lower() in _CURRENCY_WORDS:
        return _CURRENCY_WORDS[text.lower()]
    if text.upper() in EURO_RATES:
        return text.upper()
    return next((code for code in EURO_RATES if len(text) == 3 and code[:2] == text.upper()[:2]), "")


def language_called(word: str) -> str:
    """The code of the language that is called so, in its own or in English words or by three letters.

    Nothing is guessed: neither near misses nor what two letters were meant to be.

    >>> language_called("Swedish"), language_called("swe"), language_called("dk"), language_called("swedsh")
    ('sv', 'sv', '', '')
    """
    return _languages_by_word().get(word.lower(), "") if len(word) > 2 else ""


def country_called(word: str) -> str:
    """The code of the country that is called so, by its code or name; nothing near is guessed.

    >>> country_called("se"), country_called("UK"), country_called("Sweden"), country_called("Swedn")
    ('SE', 'GB', 'SE', '')
    """
    if word.upper() in countries():
        return word.upper()
    if len(word) > 2 or word.lower() == "uk":
        return _COUNTRY_WORDS.get(word.lower()) or _countries_by_name().get(_plain(word), "")
    return ""


@cache
def _countries_by_name() -> Mapping[str, str]:
    return {_plain(name): code for code, name in countries().items()}


def _plain(name: str) -> str:
    """A name in small letters, with the apostrophe that everybody types."""
    return name.lower().replace("\u2019", "'")
