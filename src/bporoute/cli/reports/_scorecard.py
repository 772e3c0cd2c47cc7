"""A scorecard as sentences and tables for people, and as files for programs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from bporoute._base.files import encoded_rows
from bporoute._base.words import counted
from bporoute._base.workbook import workbook_of
from bporoute.cli.reports._cells import known, percent, rounded
from bporoute.cli.reports._staffing import made_table
from bporoute.cli.reports._wages import money_of
from bporoute.cli.reports._workbooks import ASSUMPTIONS
from bporoute.estimates._confidence import Estimate
from bporoute.governance._scorecards._results import Scorecard, VendorPeriod, VendorScore

if TYPE_CHECKING:
    from rich.table import Table

Columns = dict[str, Callable[[VendorPeriod], str]]
"""Heading -> what a cell below it tells of a row."""
MOST_ROWS = 40
"""Rows of a table up to which it is shown without being asked for."""
FEW = 6
"""Vendors up to which each has its place in the answer."""
DECIMALS = 6
SHARES = (
    "share",
    "service_level",
    "service_level_low",
    "service_level_high",
    "target",
    "abandonment",
    "resolution",
    "resolution_low",
    "resolution_high",
    "repeats",
    "repeats_low",
    "repeats_high",
    "level_inside",
    "share_inside",
    "offered_counting",
    "ignored_counting",
    "credited_counting",
    "answered_counting",
    "short_excluded_counting",
    "short_credited_counting",
    "answered_or_abandoned_counting",
    "trend_per_month",
    "trend_low",
    "trend_high",
    "spread",
)
"""Columns that are shown in percent."""
_WORDS = {
    "answered": "of the answered",
    "answered_or_abandoned": "of the answered and abandoned",
    "offered": "of the offered",
    "ignored": "abandons in time left out",
    "credited": "abandons in time counted for it",
    "short_excluded": "short abandons left out",
    "short_credited": "short abandons counted for it",
}


def encoded(card: Scorecard, ending: str) -> bytes:
    """The scorecard as a file: CSV with a row for each vendor and period, JSON or a workbook with all."""
    if ending == ".json":
        return msgspec.json.format(msgspec.json.encode(document_of(card)), indent=2) + b"\n"
    if ending == ".xlsx":
        return _workbook(card)
    return encoded_rows(period_rows(card), ".csv")


def document_of(card: Scorecard) -> dict[str, Any]:
    """All of the scorecard as plain values; shares from 0 to 1, null: not told."""
    return {
        "answer": answer_of(card),
        "by": card.by,
        "counting": card.counting,
        "within": known(card.within),
        "currency": card.currency,
        "together": {name: _plain(value) for name, value in msgspec.structs.asdict(card.together).items()},
        "allocation": card.allocation,
        "shifts": [msgspec.to_builtins(shift) for shift in card.shifts],
        "vendors": vendor_rows(card),
        "periods": period_rows(card),
        "notes": [*card.remarks, *(f"{each.vendor}: {note}" for each in card.vendors for note in each.notes)],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return None if (found := known(value)) is None else round(found, DECIMALS)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def period_rows(card: Scorecard) -> list[dict[str, Any]]:
    """A row for each vendor and period, and for all of its periods."""
    return [_row(period) for vendor in card.vendors for period in (*vendor.periods, vendor.whole)]


def _row(period: VendorPeriod) -> dict[str, Any]:
    bill, relief = period.bill, period.relief
    row: dict[str, Any] = {
        "vendor": period.vendor,
        "period": period.period,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "contacts": period.offered,
        "answered": period.answered,
        "abandoned": period.abandoned,
        "neither": period.neither,
        "share": period.share,
        **_ends("service_level", period.level),
        "rests_on": period.rests_on,
        "target": period.target,
        "verdict": period.verdict,
        **{f"{counting}_counting": value for counting, value in period.countings.items()},
        "abandonment": period.abandonment,
        "asa": period.asa,
        "aht": period.aht,
        **_ends("aht_factor", period.aht_factor),
        **_ends("resolution", period.resolution),
        **_ends("repeats", period.repeats),
        "cost": period.cost,
        **_ends("cost_per_contact", period.per_contact),
        **_ends("cost_per_resolved", period.per_resolved),
        "fee": math.nan if bill is None else bill.fee,
        "at_risk": math.nan if bill is None else bill.at_risk,
        "score": math.nan if bill is None else bill.score,
        "credit": math.nan if bill is None else bill.credit,
        "credit_without_lock": math.nan if bill is None else bill.credit_without_lock,
        "judged_by": "" if relief is None else relief.granularity,
        "share_inside": math.nan if relief is None else relief.share_inside,
        "level_inside": math.nan if relief is None else relief.level,
        "target_binds": None if relief is None else relief.binds,
        "flags": "; ".join(period.flags),
    }
    return {name: _plain(value) for name, value in row.items()}


def _ends(name: str, found: Estimate) -> dict[str, float]:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def vendor_rows(card: Scorecard) -> list[dict[str, Any]]:
    """A row for each vendor: how it scatters, its trend, when it changed."""
    return [
        {
            name: _plain(value)
            for name, value in {
                "vendor": each.vendor,
                "name": each.name,
                "overdispersion": each.overdispersion,
                "spread": each.spread,
                "alike": each.alike,
                "trend_per_month": each.trend.value,
                "trend_low": each.trend.low,
                "trend_high": each.trend.high,
                "changes": "; ".join(_change(each)),
                "notes": "; ".join(each.notes),
            }.items()
        }
        for each in card.vendors
    ]


def _change(vendor: VendorScore) -> list[str]:
    return [
        f"{percent(change.before)} to {percent(change.after)} % from {change.day:%Y-%m-%d} on"
        for change in vendor.changes
    ]


def interval_of(found: Estimate, decimals: int = 1, factor: float = 100.0) -> str:
    """A figure with the ends of its interval; the figure alone where nobody knows how sure it is."""
    value = rounded(factor * found.value, decimals)
    if not (math.isfinite(found.low) and math.isfinite(found.high)):
        return value
    return f"{value} ({factor * found.low:,.{decimals}f}-{factor * found.high:,.{decimals}f})"


def answer_of(card: Scorecard) -> str:
    """Who met its target: the sentence that somebody asked for."""
    whole, together = [each.whole for each in card.vendors], card.together
    if len(whole) > FEW:
        level = f"{100 * together.countings[card.counting]:.2f} % {_counted(card)}"
        if math.isnan(together.below):
            return f"{counted(len(whole), 'vendor')}: {level}; no target is judged."
        return (
            f"{counted(len(whole), 'vendor')}: {level}; {100 * together.below:.0f} % of "
            f"{together.periods:,} {_periods(card)} are below target, {100 * together.proven:.0f} % provably."
        )
    told = []
    for each in whole:
        level = f"{interval_of(each.level)} %"
        aim = f"{100 * each.target:.3g} %"
        told.append(
            {
                "met": f"{each.vendor} met its {aim}: {level}",
                "missed": f"{each.vendor} missed its {aim}: {level}",
                "not proven": f"{each.vendor} is not proven to meet or miss its {aim}: {level}",
                "not judged": f"{each.vendor} is not judged: {_of_so_many(level, each.offered)}",
                "no target": f"{each.vendor} has no target that can be judged: {level}",
            }[each.verdict]
        )
    return f"{'; '.join(told)} {_counted(card)}."


def _of_so_many(level: str, offered: float) -> str:
    if math.isnan(offered):
        return "these records do not tell how many contacts came"
    return f"{level} of {offered:,.0f} contacts"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100.0 else f"{value:.2g}"


def _counted(card: Scorecard) -> str:
    within = "in time" if math.isnan(card.within) else f"within {card.within:g} s"
    return f"{within} ({_WORDS[card.counting]})"


def _periods(card: Scorecard) -> str:
    return {"all": "spans"}.get(card.by, f"{card.by}s")


def lines_of(card: Scorecard) -> Iterator[str]:
    """What follows the answer: countings, scatter, what does not add up, money, what cannot be said."""
    together = card.together
    countings = [
        f"{100 * value:.2f} % {_WORDS[name]}"
        for name, value in together.countings.items()
        if not math.isnan(value)
    ]
    lacking = [_WORDS[name] for name, value in together.countings.items() if math.isnan(value)]
    if countings:
        yield f"The same contacts by each counting: {', '.join(countings)}."
    if lacking:
        yield f"Not told by these records: {', '.join(lacking)}."
    if not math.isnan(together.mean_of_percentages) and together.periods > 1:
        yield (
            f"The mean of the {together.periods:,} percentages, {100 * together.mean_of_percentages:.2f} %, "
            f"is "
            "no service level: a small period counts in it as a large one."
        )
    if not math.isnan(together.neither) and abs(together.neither) >= 0.5:
        yield (
            f"{100 * together.neither / together.offered:.1f} % of the offered are neither answered nor "
            f"abandoned; offered is answered + abandoned in {100 * together.adds_up:.0f} % of the records."
        )
    if not math.isnan(together.overdispersion[1]):
        low, middle, high = together.overdispersion
        which = f"median {_short(middle)}, quartiles {_short(low)} and {_short(high)}"
        if together.vendors == 1:
            which = _short(middle)
        alike = "" if math.isnan(together.alike) else f", correlation with the next {together.alike:.2f}"
        more = "more than by chance" if middle > 1.0 else "no more than by chance"
        yield (
            f"{card.step.capitalize()}s scatter {more}: chi-square over degrees of freedom "
            f"{which}; standard deviation {100 * together.spread:.1f} points{alike}."
        )
    if not math.isnan(together.below) and not math.isnan(together.proven_by_chance):
        yield (
            f"Below target: {100 * together.below:.0f} % of {_periods(card)}; proven by these intervals "
            f"{100 * together.proven:.0f} %, by intervals that forget the scatter "
            f"{100 * together.proven_by_chance:.0f} %."
        )
    if not math.isnan(together.steady):
        yield (
            f"Volume within 90 to 110 % of the {card.by} before: {100 * together.steady:.0f} % of "
            f"{_periods(card)}."
        )
    for each in card.vendors:
        for change in _change(each)[:3] if len(card.vendors) <= FEW else ():
            yield f"{each.vendor} changed: {change}."
    yield from _money(card)
    yield card.allocation
    for line in card.remarks:
        yield f"note: {line}."
    yield from _notes(card)


def _money(card: Scorecard) -> Iterator[str]:
    for each in card.vendors:
        bills = [period.bill for period in each.periods if period.bill is not None]
        scored = [bill for bill in bills if not math.isnan(bill.score)]
        if scored:
            credit = math.fsum(bill.credit for bill in scored)
            free = math.fsum(bill.credit_without_lock for bill in scored)
            word = "withheld" if credit < 0 else "paid on top"
            without = "" if abs(free - credit) < 0.005 else f" (without the forecast lock {free:+,.2f})"
            yield (
                f"{each.vendor}: {abs(credit):,.2f} {card.currency} {word} for service levels{without}, of "
                f"a fee "
                f"of {money_of(math.fsum(bill.fee for bill in scored), card.currency)}."
            )
        relief = each.whole.relief
        if relief is not None:
            yield (
                f"{each.vendor}: {relief.inside} of {counted(relief.judged, relief.granularity)} stayed "
                f"near the "
                f"locked forecast ({100 * relief.share_inside:.0f} %); service level "
                f"{percent(each.whole.level.value)} % "
                f"of all, {percent(relief.level)} % of those."
            )


def _notes(card: Scorecard) -> Iterator[str]:
    """What cannot be said of vendors, once for all of which the same is so."""
    by_note: dict[str, list[str]] = {}
    for each in card.vendors:
        for note in each.notes:
            by_note.setdefault(note, []).append(each.vendor)
    for note, vendors in by_note.items():
        names = ", ".join(vendors) if len(vendors) <= FEW else counted(len(vendors), "vendor")
        yield f"note: {names}: {note}."


def tables(card: Scorecard, width: int, *, everything: bool) -> list[Table]:
    """Vendors over all periods; their periods, if these are few or wanted."""
    titled = {"All of it": [each.whole for each in card.vendors]}
    periods = [period for each in card.vendors for period in each.periods]
    if card.by != "all" and (everything or len(periods) <= MOST_ROWS):
        titled[f"By {card.by}"] = periods
    return [
        made_table(f"{title}: {about}", columns, rows, width)
        for title, rows in titled.items()
        for about, columns in columns_of(rows, card).items()
    ]


def columns_of(rows: Sequence[VendorPeriod], card: Scorecard) -> dict[str, Columns]:
    """The columns of two tables of rows, service and what it cost; those of which something is told."""
    money = f"\n{card.currency}".rstrip()
    names: Columns = {"vendor": lambda row: row.vendor, "period": lambda row: row.period}
    service: Columns = {
        "contacts": lambda row: rounded(row.offered, 0),
        "share\n%": lambda row: percent(row.share),
        "service\nlevel %": lambda row: interval_of(row.level),
        "target\n%": lambda row: "-" if math.isnan(row.target) else f"{100 * row.target:.3g}",
        "verdict": lambda row: row.verdict,
        "aban-\ndoned %": lambda row: percent(row.abandonment),
        "ASA\ns": lambda row: rounded(row.asa, 0),
        "inside the\nwindow %": lambda row: "-" if row.relief is None else percent(row.relief.share_inside),
        "level\ninside %": lambda row: "-" if row.relief is None else percent(row.relief.level),
    }
    cost: Columns = {
        "AHT\ns": lambda row: rounded(row.aht, 0),
        "AHT\nfactor": lambda row: interval_of(row.aht_factor, 2, 1.0),
        "resolved\n%": lambda row: interval_of(row.resolution),
        "repeats\n%": lambda row: percent(row.repeats.value),
        f"cost{money}": lambda row: rounded(row.cost, 0),
        "each\nanswered": lambda row: interval_of(row.per_contact, 2, 1.0),
        "each\nresolved": lambda row: interval_of(row.per_resolved, 2, 1.0),
        "bonus or\nmalus": lambda row: _credit(row),
    }
    found = {}
    for about, columns in (("service", service), ("quality and cost", cost)):
        told = {heading: tell for heading, tell in columns.items() if any(tell(row) != "-" for row in rows)}
        if told:
            found[about] = {**names, **told}
    return found


def _credit(row: VendorPeriod) -> str:
    return "-" if row.bill is None or math.isnan(row.bill.score) else f"{row.bill.credit:+,.2f}"


def _workbook(card: Scorecard) -> bytes:
    notes = [answer_of(card), *lines_of(card)]
    sheets: dict[str, list[Any]] = {
        ASSUMPTIONS: [{"about": "read", "value": line} for line in card.taken]
        + [{"about": "says", "value": line} for line in notes],
        "Vendors": vendor_rows(card),
        "Periods": [
            {**row, "first": date.fromisoformat(row["first"]), "last": date.fromisoformat(row["last"])}
            for row in period_rows(card)
        ],
    }
    return workbook_of(sheets, "--out", SHARES)
