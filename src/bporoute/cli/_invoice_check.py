"""The command ``bporoute invoice-check``: vendors' invoices billed again from one's own records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bporoute.center._center import Center
from bporoute.cli._options import (
    Aliases,
    AsJson,
    CenterFile,
    Columns,
    Read,
    Report,
    SkipBad,
    check_out,
    check_report,
    check_vendor,
    format_of,
    parse_aliases,
)
from bporoute.cli._remarks import Strict, Teller
from bporoute.cli._terminal import console, print_json, say


def invoice_check(
    invoice: Annotated[
        Path, typer.Argument(help="Lines of invoices: one for each contact, or for each term, or both.")
    ],
    contacts: Annotated[
        Path, typer.Option(help="Your own records: a row for each contact, with who took it.")
    ],
    center: CenterFile,
    period: Annotated[str, typer.Option(help="What is billed: 2026-11, 2026-Q4 or 2026.")],
    told: Annotated[
        Path | None,
        typer.Option(
            help="TOML file with a table for each vendor: hours, fte, sla, locked_volume, share_inside, "
            "balance, earlier_credits, exchange_rate, as far as the contract asks for them."
        ),
    ] = None,
    vendor: Annotated[
        str | None, typer.Option(help="Whose invoice it is, if no column tells. Default: the only vendor.")
    ] = None,
    alias: Aliases = None,
    ledger: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the shared ledger that made the tokens: whether it knows those of no record."
        ),
    ] = None,
    columns: Columns = None,
    read: Read = None,
    contacts_columns: Annotated[
        list[str] | None,
        typer.Option(help="--columns of the records. Default: [log] in the center, usual names."),
    ] = None,
    contacts_read: Annotated[list[str] | None, typer.Option(help="--read of the records.")] = None,
    skip_bad: SkipBad = None,
    out: Annotated[
        Path | None, typer.Option(help="Write every line that is not right there (.csv, .json, .xlsx).")
    ] = None,
    letter: Annotated[
        Path | None, typer.Option(help="Write what the vendors are to be told there (.txt).")
    ] = None,
    report: Report = None,
    strict: Strict = False,
    json: AsJson = False,
) -> None:
    """Bill a period again from your own records and say by reason what an invoice has otherwise.

    The differences by reason sum to billed minus owed, to the cent. Exit code 1 if an invoice differs, or
    could not be checked.

    Example: `bporoute invoice-check invoice.csv --contacts contacts.csv --center center.toml
    --period 2026-11 --letter letter.txt --out lines.xlsx`
    """
    from bporoute._base.files import write_whole
    from bporoute.cli._inputs import say_taken
    from bporoute.cli.reports._invoice_check import (
        answer_of,
        document_of,
        encoded,
        letters_of,
        notes_of,
        reasons_table,
    )
    from bporoute.governance._invoices._check import check_invoice
    from bporoute.governance._invoices._lines import read_invoice_lines
    from bporoute.governance._invoices._told import read_told
    from bporoute.governance._vendor_contacts import read_vendor_contacts

    check_out(out, invoice, contacts)
    check_out(letter, invoice, contacts, endings=(".txt",), option="--letter")
    check_report(report)
    config = Center.load(center)
    if vendor is not None:
        check_vendor("--vendor", vendor, config)
    names = parse_aliases(alias or [], config)
    facts = {} if told is None else read_told(told, config)
    only = vendor or (next(iter(config.vendors)) if len(config.vendors) == 1 else "")
    lines = read_invoice_lines(
        invoice,
        config,
        format=format_of(columns, read, skip_bad, example="amount=net"),
        vendor=only,
        aliases=names,
    )
    own = read_vendor_contacts(
        contacts,
        config,
        format=format_of(contacts_columns, contacts_read, skip_bad, example="vendor=supplier"),
        vendor=only,
        aliases=names,
    )
    teller = Teller(strict=strict, json=json)
    teller.tell(config.remarks(), center)
    found = check_invoice(config, lines, own, period, told=facts, ledger=ledger)
    document = {**document_of(found), "remarks": teller.rows}
    # Files first: who reads what is printed may stop before its end.
    if out is not None:
        write_whole(out, encoded(found, document, out.suffix.lower()), "--out", private=True)
    if letter is not None:
        write_whole(letter, letters_of(found).encode(), "--letter", private=True)
    decided = [
        f"{path}: {line}" for path, told_of in ((invoice, lines), (contacts, own)) for line in told_of.taken
    ]
    if report is not None:
        from bporoute.cli.pages._invoice_check import invoice_page
        from bporoute.cli.pages._page import write_page

        write_page(invoice_page(found, decided), report, private=True)
    if json:
        print_json(document)
    else:
        screen = console()
        for line in answer_of(found):
            screen.print(line, soft_wrap=True, highlight=False, markup=False)
        if any(each.reasons for each in found.vendors):
            screen.print(reasons_table(found, screen.width))
    say_taken(invoice, lines.taken, lines.bad, teller)
    say_taken(contacts, own.taken, own.bad, teller)
    teller.warn(notes_of(found))
    for path, what in ((out, "lines"), (letter, "letter"), (report, "page")):
        if path is not None:
            say(f"{what}: {path}", json)
    teller.refuse(msgspec.to_builtins(document))
    if any(each.problem or each.difference for each in found.vendors):
        raise typer.Exit(1)
