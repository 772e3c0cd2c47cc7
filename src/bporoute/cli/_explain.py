"""The command ``bporoute explain``: where a contact would go, or why one of a log went where it went."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bporoute._base.fields import did_you_mean
from bporoute.center._center import Center
from bporoute.cli._options import (
    AsJson,
    Report,
    check_out,
    check_report,
)
from bporoute.cli._terminal import console, print_json, say
from bporoute.cli._what_if import parse_contact, parse_moment, parse_states
from bporoute.errors import InputError
from bporoute.policies._text import parse_policy
from bporoute.routing._router import Router

MOST_DAYS = 60.0


def explain(
    source: Annotated[
        list[Path],
        typer.Argument(
            help="Center file (TOML) for a what-if; with --center, logs of decisions and folders."
        ),
    ],
    contact: Annotated[
        str | None,
        typer.Option(help="What-if: TYPE[,language=..][,id=..][,data=class+class]", show_default=False),
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(
            help="What-if: QUEUE:agents=..,busy=..,waiting=..,arrival_rate=.. or VENDOR:up=..,in_flight=..; "
            "repeat."
        ),
    ] = None,
    policy: Annotated[str, typer.Option(help="What-if: policy that decides.")] = "MarginalCost()",
    at: Annotated[
        str | None,
        typer.Option(help="What-if: when, such as 2026-11-23T10:15 (center's zone). Default: now."),
    ] = None,
    center: Annotated[
        Path | None, typer.Option("--center", help="Center file (TOML) of the logs that are named.")
    ] = None,
    token: Annotated[str | None, typer.Option(help="Of a log: the decision with this token.")] = None,
    id: Annotated[
        str | None, typer.Option("--id", help="Of a log: the last on the contact of this id.")
    ] = None,
    number: Annotated[int | None, typer.Option(help="Of a log: the decision of this number.")] = None,
    line: Annotated[
        int | None, typer.Option(help="Of a log: the decision on this line of its file, as audit names it.")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="File with the key that the log's lines are chained with.")
    ] = None,
    token_key_file: Annotated[
        Path | None, typer.Option(help="File with the ledger's key: proves the token.")
    ] = None,
    id_key_file: Annotated[
        Path | None, typer.Option(help="File with the key that the log's ids are hashed with.")
    ] = None,
    days: Annotated[
        float, typer.Option(min=0.0, max=MOST_DAYS, help="How far the clock is moved either way, days.")
    ] = 7.0,
    out: Annotated[
        Path | None, typer.Option(help="Write what would have changed it there (.csv, .json, .xlsx).")
    ] = None,
    report: Report = None,
    json: AsJson = False,
) -> None:
    """Say why a contact of a log went where it went and what would have changed that, or answer a what-if.

    Of a logged decision: every vendor's verdict, its price by term, and of each input the smallest change
    that flips the decision, each found by deciding again. Of a what-if: where it would go, and why.

    Example: `bporoute explain decisions.jsonl --center center.toml --id "call 7" --report call_7.html`

    Example: `bporoute explain center.toml --contact service,language=sv
    --state service:agents=42,busy=42,waiting=9`
    """
    if center is not None:
        if contact is not None or state:
            raise InputError(
                "--contact", "a what-if beside --center", "one of both: a what-if has no --center"
            )
        keys = key_file, token_key_file, id_key_file
        _of_a_log(source, center, token, id, number, line, keys, days, out, report, json)
        return
    given = {
        "--token": token,
        "--id": id,
        "--number": number,
        "--line": line,
        "--out": out,
        "--report": report,
    }
    if told := [name for name, value in given.items() if value is not None]:
        raise InputError("--center", f"none, beside {told[0]}", "the center of the log that is named")
    if len(source) > 1:
        raise InputError(str(source[1]), "a second file", "one center file, or --center and logs")
    if contact is None:
        expected = "the contact to decide, such as --contact service, or --center and a log of decisions"
        raise InputError("--contact", "none", expected)
    _what_if(source[0], contact, state or [], policy, at, json)


def _of_a_log(
    logs: list[Path],
    center: Path,
    token: str | None,
    id: str | None,
    number: int | None,
    line: int | None,
    key_files: tuple[Path | None, Path | None, Path | None],
    days: float,
    out: Path | None,
    report: Path | None,
    json: bool,
) -> None:
    """Explain a decision of a log."""
    from bporoute import _kernels
    from bporoute._base.files import write_whole
    from bporoute.cli._log_progress import reading_logs
    from bporoute.cli.pages._explained import explained_page
    from bporoute.cli.pages._page import write_page
    from bporoute.cli.reports._explained import encoded, lines_of
    from bporoute.governance._chain import read_key
    from bporoute.governance._explained._explained import explain_decision

    if sum(each is not None for each in (token, id, number, line)) != 1:
        raise InputError(
            "--token, --id, --number, --line", "none or several", "one of them: which decision to explain"
        )
    check_out(out)
    check_report(report)
    config = Center.load(center)
    options = ("--key-file", "--token-key-file", "--id-key-file")
    key, token_key, id_key = (
        None if file is None else read_key(file, option)
        for file, option in zip(key_files, options, strict=True)
    )
    _kernels.compile_in_background()
    with reading_logs(logs, "searching") as read:
        found = explain_decision(
            logs,
            config,
            token=token,
            contact=id,
            number=number,
            line=line,
            key=key,
            token_key=token_key,
            id_key=id_key,
            days=days,
            progress=read,
        )
    if out is not None:
        write_whole(out, encoded(found, out.suffix.lower()), "--out", private=True)
    if report is not None:
        write_page(explained_page(found), report, private=True)
    if json:
        print_json(found.to_dict())
    else:
        screen = console()
        for told in lines_of(found, screen.width):
            screen.print(told, soft_wrap=isinstance(told, str), highlight=False, markup=False)
    for name, file in (("changes", out), ("page", report)):
        if file is not None:
            say(f"{name}: {file}", json)


def _what_if(center: Path, contact: str, state: list[str], policy: str, at: str | None, json: bool) -> None:
    """Answer where a contact would go."""
    config = Center.load(center)
    rule = parse_policy(policy)
    snapshot = parse_states(state, config)
    moment = datetime.now().timestamp() if at is None else parse_moment(at, config.zone)
    router = Router(config, rule, clock=lambda: moment, compile=False)
    asked = parse_contact(contact)
    if asked.type not in config.contact_types:
        known = list(config.contact_types)
        raise InputError(f"--contact {contact!r}", repr(asked.type), did_you_mean(asked.type, known))
    decision = router.preview(asked, snapshot)
    if json:
        print_json(decision.to_dict())
    else:
        print(f"{datetime.fromtimestamp(moment, config.zone):%A, %d %B %Y %H:%M} {config.timezone}")
        print(decision.explain())
