"""A channel of Asterisk that asks over FastAGI, as `res_agi` of Asterisk 16 speaks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from bporoute.telephony.agi import FastAgi

ENCODED = re.compile(r"\$\{URIENCODE\(\$\{([^}]*)\}\)\}")
SET = re.compile(r'SET VARIABLE "ARRAY\(([^"]*)\)" "((?:[^"\\]|\\.)*)"')
CALLER = "+46701234567"


class Channel:
    """Asks one question at a time at a server's address; its variables stay from one to the next.

    `turn` may look at each command and answer in its own way: a text is sent as the answer, None closes.
    """

    def __init__(self, address: tuple[str, int], uniqueid: str = "1700000000.1", **variables: str) -> None:
        self.address = address
        self.uniqueid = uniqueid
        self.variables = {"EPOCH": "1700000000", **variables}
        self.commands: list[str] = []

    async def ask(
        self,
        question: str,
        *,
        caller: str = CALLER,
        turn: Callable[[str], str | None] | None = None,
    ) -> str:
        """Lead the conversation to its end; as `AGISTATUS`."""
        reader, writer = await asyncio.open_connection(*self.address[:2])
        try:
            writer.write(self.environment(question, caller).encode())
            while command := (await reader.readline()).decode().rstrip("\n"):
                self.commands.append(command)
                answer = self.answer(command) if turn is None else turn(command)
                if answer is None:
                    return "HANGUP"
                writer.write(f"{answer}\n".encode())
            return "SUCCESS"
        except ConnectionError:
            return "FAILURE"
        finally:
            writer.close()

    def environment(self, question: str, caller: str = CALLER) -> str:
        return (
            f"agi_network: yes\nagi_network_script: {question}\nagi_request: agi://127.0.0.1/{question}\n"
            f"agi_channel: PJSIP/trunk-00000001\nagi_language: en\nagi_type: PJSIP\n"
            f"agi_uniqueid: {self.uniqueid}\nagi_version: 16.28.0\nagi_callerid: {caller}\n"
            f"agi_calleridname: unknown\nagi_context: incoming\nagi_extension: 100\nagi_threadid: 1\n\n"
        )

    def answer(self, command: str) -> str:
        if command.startswith("GET FULL VARIABLE "):
            text = command.removeprefix("GET FULL VARIABLE ")
            told = ENCODED.sub(lambda found: quote(self.variables.get(found[1], "")), text)
            return f"200 result=1 ({told})"
        found = SET.fullmatch(command)
        if found is None:
            return "510 Invalid or unknown command"
        values = separated(re.sub(r"\\(.)", r"\1", found[2]))
        self.variables |= dict(zip(found[1].split(","), values, strict=True))
        return "200 result=1"

    @property
    def told(self) -> tuple[str | None, ...]:
        """What it was told last: action, destination, address."""
        return tuple(self.variables.get(f"BPOROUTE_{each}") for each in ("ACTION", "DESTINATION", "ADDRESS"))


def separated(text: str) -> list[str]:
    """Values between commas, as ``ast_app_separate_args`` separates them."""
    values, quoted, open_ = [""], False, 0
    characters = iter(text)
    for character in characters:
        if character == "\\":
            values[-1] += next(characters, "")
        elif character == '"':
            quoted = not quoted
        elif character == "," and not quoted and not open_:
            values.append("")
        else:
            open_ += (character in "([") - (character in ")]" and open_ > 0)
            values[-1] += character
    return values


def with_server(agi: FastAgi, talk: Callable[[tuple[str, int]], Any], peer: str = "127.0.0.1") -> Any:
    """What comes of a talk with a server that listens meanwhile."""

    async def all_of_it() -> Any:
        server = await agi.listen(peer, 0)
        try:
            return await talk(server.sockets[0].getsockname())
        finally:
            server.close()
            await agi.finish(10.0)

    return asyncio.run(all_of_it())


def called(agi: FastAgi, *questions: str, **variables: str) -> Channel:
    """A channel after it has asked some questions of a server."""

    async def talk(address: tuple[str, int]) -> Channel:
        channel = Channel(address, **variables)
        for question in questions:
            assert await channel.ask(question) == "SUCCESS"
        return channel

    found: Channel = with_server(agi, talk)
    return found


def refused(counts: Mapping[str, int]) -> dict[str, int]:
    """What went wrong, of a server's counters."""
    return {name: count for name, count in counts.items() if name not in ("route", "divert", "settle")}
