"""What Asterisk waits for a decision, and how many of its events become live state.

Channels that ask come from a process of their own, at a steady rate, and ask three servers in turns: one that
decides by a compiled router, one that does so with ids remembered (as ``bporoute agi``), and one that speaks
the same lines and decides nothing. Events come from a process of their own, too, over a socket::

    python benchmarks/agi.py --rate 200 --seconds 10 --rounds 3
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import platform
import statistics
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import bporoute
from bporoute import Center, QueueLength, Router
from bporoute.telephony import Destinations
from bporoute.telephony.agi import FastAgi
from bporoute.telephony.ami import Feed
from helpers.asterisk_channel import Channel
from helpers.asterisk_manager import SECRET, Manager, joined, left, member, text, until

CENTER = Center.load(Path(__file__).parent.parent / "examples" / "asterisk" / "center.toml")
ADDRESSES = {"service": "Local/service@in-house", "baltic": "PJSIP/baltic", "manila": "PJSIP/100@manila"}
NOISE = text(Event="VarSet", Privilege="dialplan,all", Channel="PJSIP/x-1", Variable="A", Value="b" * 60)


class Constant:
    """Decides nothing: the answer is there."""

    def __init__(self, router: Router) -> None:
        self.center = router.center
        self._decision = router.preview(bporoute.Contact("service"))

    def route(self, _: object) -> Any:
        return self._decision

    def settle(self, *_: object, **__: object) -> float:
        return 0.0


def router(**options: Any) -> Router:
    made = Router(CENTER, QueueLength(0), **options)
    made.state["service"].update(agents=40, busy=40, waiting=0)
    bporoute.prepare(made)
    return made


async def asked(ports: list[int], rate: float, seconds: float) -> list[list[float]]:
    """Milliseconds from the connection to its end of each decision, by server."""
    took: list[list[float]] = [[] for _ in ports]

    async def one(number: int, which: int) -> None:
        channel = Channel(("127.0.0.1", ports[which]), uniqueid=f"17.{time.time_ns()}.{number}")
        began = time.perf_counter()
        status = await channel.ask("route?type=service")
        took[which].append(1e3 * (time.perf_counter() - began))
        assert status == "SUCCESS", status
        channel.variables |= {"DIALSTATUS": "ANSWER", "DIALEDTIME": "194", "ANSWEREDTIME": "180"}
        assert await channel.ask("settle") == "SUCCESS"

    tasks, began = [], time.perf_counter()
    for number in range(int(rate * seconds)):
        which = number % len(ports)
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(one(number, which)))
    await asyncio.gather(*tasks)
    return took


def ask(ports: list[int], rate: float, seconds: float, rounds: int, told: Any) -> None:
    for _ in range(rounds):
        told.put(asyncio.run(asked(ports, rate, seconds)))


def sessions(rate: float, seconds: float, rounds: int, before_others: bool) -> None:
    deciding, remembering = router(), router(same_id_within=600.0)
    servers = {
        "decides": FastAgi(deciding, Destinations(ADDRESSES, CENTER, "dial")),
        "decides, ids remembered": FastAgi(remembering, Destinations(ADDRESSES, CENTER, "dial")),
        "the same lines, a constant": FastAgi(Constant(deciding)),  # type: ignore[arg-type]
    }

    if before_others:  # what is compiled is ready; the client inherits it
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))

    async def serve() -> list[list[list[float]]]:
        listening = [await agi.listen("127.0.0.1", 0) for agi in servers.values()]
        ports = [each.sockets[0].getsockname()[1] for each in listening]
        context = multiprocessing.get_context("spawn")
        told = context.Queue()
        client = context.Process(target=ask, args=(ports, rate, seconds, rounds, told))
        client.start()
        found = [await asyncio.to_thread(told.get) for _ in range(rounds)]
        client.join()
        for each in listening:
            each.close()
        return found

    found = asyncio.run(serve())
    if before_others:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    print(f"\ndecisions over FastAGI, {rate:g}/s, each settled by a second conversation, {rounds} rounds:")
    for number, (name, agi) in enumerate(servers.items()):
        rows = [statistics.quantiles(each[number], n=1000) for each in found]
        p50, p99 = (statistics.median(row[place] for row in rows) for place in (499, 989))
        counted = agi.counts
        print(f"  {name:28} p50 {p50:5.2f} ms  p99 {p99:5.2f} ms  {counted}")


def stream(events: int) -> bytes:
    """A busy hour: calls that join and leave, agents that ring and talk."""
    more = {"Timestamp": f"{time.time():.6f}", "Channel": "PJSIP/trunk-0000001", "Uniqueid": "1700000000.12"}
    agents = [f"PJSIP/{number}" for number in range(40)]
    parts = []
    for number in range(events // 4):
        agent = agents[number % 40]
        parts += [joined("support", number % 9 + 1, **more), member("support", agent, 6, **more)]
        parts += [left("support", number % 9, **more), member("support", agent, 2, **more)]
    return b"".join(parts)


def manage(events: int, noise: int, told: Any) -> None:
    """A manager that sends, goes away, changes meanwhile, and comes back."""

    async def serve() -> None:
        manager = Manager()
        manager.queues["support"] = 0, {f"PJSIP/{number}": (1, 0) for number in range(40)}
        await manager.start()
        told.put(manager.address[1])
        for turn in range(3):
            await until(lambda: bool(manager.writers))
            await asyncio.sleep(0.5)
            content = stream(events)
            content = content.replace(b"Event: ", NOISE * noise + b"Event: ")
            told.put(time.time())
            await manager.send(content)
            last = text(Event="QueueCallerJoin", Queue="support", Count=7000 + turn)
            await manager.send(last)
            await asyncio.sleep(3.0)
            manager.queues["support"] = 100 + turn, {"PJSIP/1": (2, 0)}
            await manager.stop()
            await manager.start()
        await until(lambda: bool(manager.writers))
        await asyncio.sleep(2.0)
        await manager.stop()

    asyncio.run(serve())


def into_state(count: int, noise: int) -> None:
    made = router()
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    manager = context.Process(target=manage, args=(count, noise, told))
    manager.start()

    async def follow() -> None:
        feed = Feed(made, "127.0.0.1", told.get(), "bporoute", SECRET, queues={"support": "service"})
        running = asyncio.create_task(feed.run())
        live, snapshots = made.state["service"], 0
        for turn in range(3):
            began = await asyncio.to_thread(told.get)
            await until(lambda turn=turn: live.state is not None and live.state.waiting >= 6900 + turn)
            took = time.time() - began
            snapshots += 42 if turn == 0 else 3  # lines
            taken, sent = feed.counts["events"] - snapshots, (count + 1) * (turn + 1)
            print(f"  {count + 1} events in {took:.2f} s: {count / took:,.0f}/s; lost so far: {sent - taken}")
            await until(
                lambda turn=turn: live.state.waiting == 100 + turn
            )  # the snapshot after the reconnect
        print(f"  after {feed.counts['connections'] - 1} reconnects: {live.state}; {feed.counts}")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    print(f"\nevents of the manager interface into state ({noise} others before each):")
    asyncio.run(follow())
    manager.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--before-others", action="store_true", help="As if nothing else ran: needs root.")
    parser.add_argument("--events", type=int, default=400_000)
    options = parser.parse_args()
    load = Path("/proc/loadavg").read_text().split()[0]
    print(f"Python {platform.python_version()}, numba {version('numba')}, {platform.machine()}, load {load}")
    sessions(options.rate, options.seconds, options.rounds, options.before_others)
    for noise in (0, 2):
        into_state(options.events, noise)


if __name__ == "__main__":
    main()
