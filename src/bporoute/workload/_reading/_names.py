"""What the trade calls its columns, and what that means; units that stand in a name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import msgspec

_UNITS = {
    **dict.fromkeys(("ms", "msec", "millis", "milliseconds"), "milliseconds"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "sek", "sekunden", "segundos"), "seconds"),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "minuten", "minutos"), "minutes"),
    **dict.fromkeys(("h", "hr", "hrs", "hours", "std", "stunden"), "hours"),
    **dict.fromkeys(("mmss", "mss"), "m:ss"),
    **dict.fromkeys(("hhmm", "hmm"), "h:mm"),
    **dict.fromkeys(("hhmmss", "hmmss"), ""),
}
_BRACKET = re.compile(r"[(\[{]([^)\]}]*)[)\]}]")

_DATE = "date, day, call date, datum, fecha, data, dato, jour, giorno, dag, report date, business date, tag"
_TIME = (
    "interval, time, time interval, half hour, interval start, start time, period, time of day, from, hour, "
    "hour of day, uhrzeit, zeit, intervall, hora, intervalo, heure, ora, orario, tijd, stunde, slot, "
    "interval start time, start interval, von, halbstunde, time slot, tid"
)
_START = (
    "start, timestamp, datetime, date time, ts, ds, period start, interval datetime, zeitstempel, "
    "fecha hora, date and time, datum uhrzeit, begin, beginn, start date time, interval timestamp"
)
_QUEUE = (
    "queue, skill, split, split skill, queue name, skill name, skill group, vdn, service, lob, "
    "line of business, channel, group, warteschlange, cola, file d attente, coda, campaign, gruppe, "
    "contact type, call type, department, team, fila, ko, queuename, qname, skillset, service queue"
)
_TALK = (
    "talk, avg talk time, average talk time, talk time, att, talk duration avg, avg talk, talk time avg, "
    "avg talk duration, average talk duration, talk duration, gesprachszeit, "
    "tiempo de conversacion, talktime,"
    "avg acd time, acd time avg, billsec, bill sec, conversation time, call duration talk"
)
_WRAP = (
    "wrap, acw, avg acw time, average acw time, avg acw, after call work, avg after call work, wrap up, "
    "wrap up time, wrapup, wrapup time, wrap time, after call work time, average wrap up time, acw time, "
    "nachbearbeitung, nachbearbeitungszeit, post call time, avg wrap time"
)
_WAIT = (
    "wait, wait time, waiting time, waiting, queue time, time in queue, queue sec, wait length, "
    "hold time, holdtime, speed of answer, time to answer, asa, ring time, queue wait, "
    "queue wait time, wait duration, wartezeit, tiempo de espera, tiempo espera, attente, "
    "speed of answer in, time to abandon, queue duration, speed answer"
)
_OUTCOME = (
    "outcome, result, status, disposition, call status, call result, call outcome, "
    "call disposition,"
    "ergebnis, resultado, resultat, end reason, final status, state, call state, esito, "
    "answered y n, answered, is answered, abandoned, abandoned y n, is abandoned, aband, "
    "call answered y n, hangup cause, hangup_cause"
)
_HANDLE = (
    "handle, handle time, handling time, service, service time, service length, handle duration, "
    "aht, avg talk duration, bearbeitungszeit, call length, service duration, "
    "tiempo de atencion, handled time, duration handled"
)
_VENDOR = "vendor, supplier, provider, partner, bpo, lieferant, dienstleister, proveedor, vendor name"
_VENDOR_CODES = "vendor code, vendor id, provider code, provider id, supplier code, supplier id, partner code"
_OF_VENDORS = MappingProxyType(
    {
        "month": "month, period, year month, calendar month, monat, mes, mois, maand, reporting month",
        "start": _START.replace("period start, ", ""),
        "date": _DATE,
        "interval": _TIME.replace("period, ", ""),
        "weekday": "weekday, day of week, dow, wochentag, day name",
        "minutes": "interval minutes, minutes, interval length",
        "vendor": f"vendor, {_VENDOR_CODES}, {_VENDOR.removeprefix('vendor, ').replace(', vendor name', '')}",
        "vendor_name": (
            "vendor name, provider name, supplier name, partner name, "
            f"{_VENDOR.removeprefix('vendor, ').replace(', vendor name', '')}"
        ),
    }
)
"""When a row is about, and whom: a code and a name may stand beside each other."""
_SHARES = MappingProxyType(
    {
        "service_level": "service level, sl, service level 20 seconds, sla, servicelevel, nivel de servicio",
        "abandonment": "abandonment, abandonment rate, abandon rate, abandoned rate, aband, abn rate",
    }
)

_TOKEN = "token, decision token, routing token, x token, call token"
_CALLS = MappingProxyType(
    {
        "arrival": (
            "arrival, arrival time, arrival ts, arrived, start, start time, start date time, call start, "
            "call started, call start time, started, start date, calldate, call date time, timestamp, "
            "datetime, date time, enqueued, enqueued at, enqueue time, enqueue at, "
            "queued at, queue start,"
            "q start, queue time start, offered at, offered, created, created at, begin, begin time, ts, "
            "time started, received, received at, call date, date and time, zeitstempel, anrufzeit, "
            "anrufbeginn, beginn, fecha hora, hora de llegada, entered queue, start stamp, start epoch"
        ),
        "date": _DATE.replace("call date, ", ""),
        "time": (
            "time, call time, hora, uhrzeit, zeit, heure, ora, tijd, time of day, start time of day, tid"
        ),
        "weekday": "weekday, day of week, dow, wochentag, day name",
        "type": (
            "type, contact type, call type, queue, skill, queue name, skill name, split, "
            "split skill, vdn,"
            "service name, topic, reason, lob, department, queuename, qname, warteschlange, "
            "cola, skillset,"
            "skill group, campaign, group"
        ),
        "id": (
            "id, call id, callid, unique id, uniqueid, contact id, interaction id, conversation id, "
            "session id, call ref, reference, ucid, linkedid, call number, uuid, call row, anruf id"
        ),
        "language": "language, lang, sprache, idioma, langue, lingua, taal, sprak",
        "agent": "agent, agent name, agent id, user, operator, mitarbeiter, agente, bearbeiter",
        "answered_at": (
            "answered at, answer time, answered time, call answered, answer, time answered, "
            "connected at, "
            "connect time, pickup time, answer stamp, service start, service start ts, answer date time"
        ),
        "ended_at": (
            "ended at, end time, end, call ended, hangup time, hung up at, finished at, completed at, "
            "end stamp, call end, call end time, disconnect time, time ended, released at, end date time"
        ),
        "wait": _WAIT,
        "outcome": _OUTCOME,
        "handle": _HANDLE,
        "talk": _TALK,
        "wrap": _WRAP,
        "length": (
            "duration, call duration, total duration, dauer, duracion, duree, total time, "
            "call time total, "
            "call seconds, durata, length of call"
        ),
    }
)

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "volumes": {
            "start": _START,
            "date": _DATE,
            "interval": _TIME,
            "weekday": "weekday, day of week, dow, wochentag, day name, weekday name, dia de la semana",
            "minutes": "interval minutes, minutes, interval length, duration minutes, length",
            "queue": _QUEUE,
            "volume": (
                "volume, volumes, calls offered, offered, offered calls, contacts offered, incoming calls, "
                "inbound calls, calls, contacts, calls received, received, received calls, total calls, "
                "call volume, forecast, forecast calls, forecast volume, forecasted calls, anrufe, "
                "angebotene anrufe, llamadas, llamadas ofrecidas, appels, appels recus, chiamate, samtal, "
                "count, number of calls, call count, n calls, ncalls, y, acd calls, calls answered, "
                "answered calls, calls handled, contacts handled, handled, answered, anzahl, anzahl anrufe, "
                "interactions, tickets, chats, emails, volumen, aantal"
            ),
            "aht": (
                "aht, average handle time, avg handle time, handle time, handle time avg, handling time, "
                "average handling time, avg handling time, mean handle time, ht, bearbeitungszeit, "
                "durchschnittliche bearbeitungszeit, tmo, dmt, tma, duree moyenne de traitement, avg aht, "
                "handle, average duration, avg duration, service time, avg service time"
            ),
            "talk": _TALK,
            "wrap": _WRAP,
            "handle_total": (
                "handle total, total handle time, handle time total, total handling time, sum handle time, "
                "total talk and wrap, workload, workload seconds, handle time sum, handled time, acd time, "
                "total handle, gesamtbearbeitungszeit, total work time"
            ),
            "day_cv": "day cv",
            "interval_cv": "interval cv",
            "update_weight": "update weight",
            "shrinkage": "shrinkage, shrink, planned shrinkage, shrinkage rate, shrinkage share",
            **_SHARES,
        },
        "agents": {
            "start": _START,
            "date": _DATE,
            "interval": _TIME,
            "weekday": "weekday, day of week, dow, wochentag, day name",
            "minutes": "interval minutes, minutes, interval length",
            "queue": _QUEUE,
            "agents": (
                "agents, staff, headcount, fte, agents scheduled, scheduled agents, agents staffed, staffed, "
                "agents on shift, number of agents, agent count, positions, positions staffed, mitarbeiter, "
                "agenten, agentes, required agents, agents required, required, scheduled, "
                "personas, medewerkers"
            ),
        },
        "calls": _CALLS,
        "contacts": {
            **_CALLS,
            "vendor": _VENDOR,
            "token": _TOKEN,
            "resolved": (
                "resolved, fcr, first contact resolution, first call resolution, solved, is resolved, "
                "gelost, resuelto, resolu"
            ),
            "satisfaction": "satisfaction, csat, customer satisfaction, rating, score, zufriedenheit, nps",
            "customer": (
                "customer, customer id, caller, caller id, ani, customer number, account, kunde, cliente, "
                "client, from number, phone number"
            ),
        },
        "totals": {
            **_OF_VENDORS,
            "queue": _QUEUE,
            "offered": (
                "offered, calls offered, contacts offered, offered calls, incoming calls, inbound calls, "
                "calls received, received, total calls, angebotene anrufe, llamadas ofrecidas, appels recus, "
                "calls, contacts, volume"
            ),
            "answered": (
                "answered, calls answered, answered calls, contacts answered, handled, calls handled, "
                "contacts handled, angenommen, angenommene anrufe, atendidas, acd calls"
            ),
            "abandoned": (
                "abandoned, calls abandoned, abandoned calls, abandons, abandoned contacts, aban calls, "
                "aufgelegt, abandonadas, lost calls"
            ),
            "answered_in_time": "answered in time, answered within, in time, within target, within sl",
            "abandoned_in_time": "abandoned in time, abandoned within, aband within",
            "abandoned_short": "abandoned short, short abandons, short abandoned, short calls",
            "wait_total": "wait total, total wait, total wait time, queue time total, asa total",
            "asa": "asa, average speed of answer, avg speed of answer, speed of answer",
            "handle_total": "handle total, total handle time, handle time total, total handling time",
            "aht": (
                "aht, average handle time, avg handle time, handle time, average handling time, tmo, dmt, tma"
            ),
            "resolved": "resolved, contacts resolved, calls resolved, solved, fcr count",
        },
        "locked": {
            **_OF_VENDORS,
            "volume": (
                "volume, locked, locked volume, locked forecast, forecast, forecast calls, forecast volume, "
                "calls, contacts, calls offered, offered, anrufe, anzahl, llamadas, appels, volumen"
            ),
        },
        "ended": {
            "token": _TOKEN,
            "outcome": _OUTCOME,
            "wait": _WAIT,
            "handle": _HANDLE,
        },
        "events": {
            "moment": "time, epoch, timestamp, event time, ts, datetime, date time, moment, time id",
            "id": "id, callid, call id, unique id, uniqueid",
            "queue": "queue, queuename, queue name, qname",
            "agent": "agent, agent name, interface",
            "event": "event, event name, verb, action, event type",
            "data1": "data1, data, arg1",
            "data2": "data2, arg2",
            "data3": "data3, arg3",
        },
        "special_days": {"date": _DATE, "event": "event, event name"},
        "invoices": {
            "vendor": _VENDOR,
            "period": (
                "period, month, billing period, invoice month, monat, mes, invoice date, date, billing month"
            ),
            "contacts": (
                "contacts, calls, volume, quantity, units, handled calls, contacts handled, anzahl, menge"
            ),
            "minutes": "minutes, billed minutes, talk minutes, minuten, handle minutes, minutos",
            "amount": (
                "amount, total, invoice amount, net, net amount, invoice total, betrag, importe, sum, "
                "cost, charge, charged, total cost, rechnungsbetrag, montant"
            ),
            "currency": "currency, ccy, wahrung, moneda, devise, curr",
            "number": "number, invoice number, invoice no, invoice, invoice id, rechnungsnummer, factura",
        },
        "invoice_lines": {
            "vendor": _VENDOR,
            "id": _CALLS["id"],
            "token": _TOKEN,
            "arrival": (
                "arrival, start, start time, call start, begin, beginn, timestamp, datetime, date time, "
                "date and time, started, start date time, calldate, connected at, answered at, answer time, "
                "zeitstempel, anrufbeginn, fecha hora"
            ),
            "date": "date, day, call date, datum, fecha, jour, data, dag, tag, service date",
            "time": "time, time of day, call time, uhrzeit, zeit, hora, heure, ora, tijd, tid",
            "item": (
                "item, term, description, line item, position, text, article, charge type, product, "
                "bezeichnung, leistung, beschreibung, concepto, designation"
            ),
            "type": "type, contact type, call type, queue, skill, queue name, skill name, service, lob",
            "seconds": (
                "seconds, billed seconds, duration, billed duration, call duration, handle time, talk time, "
                "handle, talk, length, billsec, dauer, gesprachszeit, duracion, duree"
            ),
            "quantity": "quantity, qty, units, billed units, menge, cantidad, quantite, hours, fte",
            "contacts": "contacts, calls, billed contacts, billed calls, handled calls, anzahl, anrufe",
            "minutes": "minutes, billed minutes, talk minutes, handle minutes, minuten, minutos",
            "price": (
                "price, unit price, rate, unit rate, tariff, price per unit, price per minute, "
                "price per contact, price per call, rate per minute, einzelpreis, preis, tarif, tarifa"
            ),
            "amount": (
                "amount, line amount, line total, net amount, net, total, betrag, importe, montant, charge, "
                "charged, sum, cost, invoice amount, amount eur, amount usd, amount gbp, amount pln, "
                "amount chf, amount sek, amount czk, net amount eur, betrag eur, importe eur, montant eur"
            ),
            "currency": "currency, ccy, wahrung, moneda, devise, curr",
            "number": "number, invoice number, invoice no, invoice, invoice id, rechnungsnummer, factura",
        },
        "vendors": {
            "vendor": f"{_VENDOR}, name",
            "price": (
                "price, rate, unit price, price per contact, price per call, price per minute, preis, tarif, "
                "tarifa, cost per call, cost per minute, price per handled minute, "
                "rate per minute, stundensatz"
            ),
            "unit": "unit, per, billing unit, einheit, price unit, unidad, billed by",
            "currency": "currency, ccy, wahrung, moneda, devise, curr",
            "capacity": "capacity, seats, max concurrent, channels, kapazitat, agents, plazas, max calls",
            "languages": "languages, language, sprachen, idiomas, langues",
        },
    }
)
"""Kind of file -> our name of a column -> its usual names, the best first; case and signs do not count."""

KINDS = tuple(WORDS)


class Named(msgspec.Struct, frozen=True):
    """A column whose meaning is known.

    Attributes
    ----------
    place : int
        Its number in the header, from 0.
    theirs : str
        What the file calls it.
    unit : str
        The unit that its name tells; empty: none.
    """

    place: int
    theirs: str
    unit: str = ""


@cache
def plain(name: str) -> tuple[str, str]:
    """The letters and digits of a name without its unit, and the unit.

    >>> plain("Speed of Answer (s)"), plain("Handle_Time_Seconds"), plain("Calls"), plain("Dauer [mm:ss]")
    (('speedofanswer', 'seconds'), ('handletime', 'seconds'), ('calls', ''), ('dauer', 'm:ss'))
    """
    unit = ""
    for bracket in _BRACKET.finditer(name):
        if (squeezed := _squeezed(bracket[1])) in _UNITS:
            name, unit = name.replace(bracket[0], ""), _UNITS[squeezed]
    words = [word for word in (_squeezed(part) for part in re.split(r"[^\w]|_", name)) if word]
    if len(words) > 1 and not unit and words[-1] in _UNITS:
        unit = _UNITS[words.pop()]
        if words[-1] == "in" and len(words) > 1:
            words.pop()
    return "".join(words), unit


def _squeezed(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in folded if sign.isalnum())


@cache
def _ranks(kind: str) -> dict[str, dict[str, int]]:
    """Meaning -> squeezed word -> its place in the list."""
    ranks: dict[str, dict[str, int]] = {}
    for meaning, listed in WORDS[kind].items():
        ranks[meaning] = {}
        for rank, word in enumerate(listed.split(",")):
            ranks[meaning].setdefault(_squeezed(word), rank)
            ranks[meaning].setdefault(plain(word.strip())[0], rank)
    return ranks


def recognised(name: str, kind: str = "") -> bool:
    """Whether a cell is a usual name of some column.

    >>> recognised("Calls Offered"), recognised("2026-11-23"), recognised("AHT (s)", "volumes")
    (True, False, True)
    """
    squeezed = plain(name)[0]
    return any(squeezed in words for each in ([kind] if kind else KINDS) for words in _ranks(each).values())


def find_meanings(header: tuple[str, ...], kind: str, mapping: Mapping[str, str]) -> dict[str, list[Named]]:
    """The columns that may be meant by each of our names, the best first.

    A name of `mapping` is looked for as it is and excludes its column from every other meaning; so does a
    column that is called what we call it.

    Examples
    --------
    >>> found = find_meanings(("Datum", "Zeit", "Anrufe", "AHT (s)"), "volumes", {})
    >>> {ours: [named.theirs for named in listed] for ours, listed in found.items()}
    {'date': ['Datum'], 'interval': ['Zeit'], 'volume': ['Anrufe'], 'aht': ['AHT (s)']}
    """
    found: dict[str, list[Named]] = {}
    taken: set[int] = set()
    for ours, theirs in mapping.items():
        if theirs in header:
            place = header.index(theirs)
            found[ours] = [Named(place, theirs, plain(theirs)[1])]
            taken.add(place)
    for ours in WORDS[kind]:
        if ours not in mapping and ours in header:
            place = header.index(ours)
            if place not in taken:
                found[ours] = [Named(place, ours)]
                taken.add(place)
    for ours, words in _ranks(kind).items():
        if ours in found or ours in mapping:
            continue
        ranked = sorted(
            (words[squeezed], place, name, unit)
            for place, name in enumerate(header)
            if place not in taken
            for squeezed, unit in [_word_and_unit(name, kind)]
            if squeezed in words
        )
        if ranked:
            found[ours] = [Named(place, name, unit) for _, place, name, unit in ranked]
    return _each_once(found, kind)


def _word_and_unit(name: str, kind: str) -> tuple[str, str]:
    """A name without its unit, unless it is a usual one as it stands, such as ``interval_minutes``."""
    squeezed, unit = plain(name)
    whole = _squeezed(name)
    if whole != squeezed and any(whole in words for words in _ranks(kind).values()):
        return whole, ""
    return squeezed, unit


def _each_once(found: dict[str, list[Named]], kind: str) -> dict[str, list[Named]]:
    """A column means one thing: that of which its name is an earlier word, else the first of our names."""
    ranks = _ranks(kind)
    best: dict[int, tuple[int, str]] = {}
    for ours, listed in found.items():
        for named in listed:
            rank = (
                -1
                if len(listed) == 1 and named.theirs == ours
                else ranks[ours].get(_word_and_unit(named.theirs, kind)[0], -1)
            )
            if named.place not in best or rank < best[named.place][0]:
                best[named.place] = (rank, ours)
    kept = {
        ours: [named for named in listed if best[named.place][1] == ours] for ours, listed in found.items()
    }
    return {ours: listed for ours, listed in kept.items() if listed}
