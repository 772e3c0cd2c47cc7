"""Speed of a decision through the public API; run with `make bench`.

Nothing here fails for being slow. What takes about a microsecond is timed call by call, in a loop of its own
whose overhead is taken off, and its percentiles are in `extra_info`; a table at the end shows them. The
center has 8 vendors who all speak the contact's language, hold its certificate, may see its data, are open,
and have caps, a largest share and a failure detector; it keeps a share in-house and limits concentration.
"""

from __future__ import annotations

import gc
import itertools
import time
from datetime import date

import numpy as np
import pytest

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    DataRule,
    HealthConfig,
    MarginalCost,
    NeverOverflow,
    Queue,
    QueueLength,
    QueueState,
    Router,
    Snapshot,
    Vendor,
    _kernels,
    warmup,
)
from bporoute.simulation._demo import demo_center

CALLS = 20_000
"""Calls that percentiles rest on."""
BETWEEN_UPDATES = 200
"""Contacts that come between two updates of the live state."""
MONDAY_11_00 = 1795428000.0
FAR = date(2099, 12, 31)
POLICIES = {"NeverOverflow": NeverOverflow(), "QueueLength": QueueLength(10), "MarginalCost": MarginalCost()}
PERCENTILES = {"p50": 50.0, "p99": 99.0, "p99.9": 99.9}

percentiles: dict[str, dict[str, float]] = {}
"""Nanoseconds, by what was timed."""


@pytest.fixture(scope="module", autouse=True)
def table(request):
    yield
    if not percentiles:
        return
    lines = ["", "", f"{'Decision, net of the loop, us':56}" + "".join(f"{name:>9}" for name in PERCENTILES)]
    for what, found in percentiles.items():
        lines.append(f"{what:56}" + "".join(f"{found[name] / 1e3:9.2f}" for name in PERCENTILES))
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\n".join(lines))


@pytest.fixture(params=["interpreted", "compiled"])
def kernels(request, monkeypatch):
    if request.param == "interpreted":
        monkeypatch.setattr(_kernels, "current", lambda: _kernels.INTERPRETED)
    else:
        warmup()
    return request.param


# --- centers --------------------------------------------------------------------------------------------


def vendor(number: int, **changes) -> Vendor:
    terms = {
        "country": ("EE", "PL", "PT", "BG")[number % 4],
        "timezone": ("Europe/Tallinn", "Europe/Warsaw", "Europe/Lisbon", "Europe/Sofia")[number % 4],
        "contact_types": ("service", "sales"),
        "languages": ("sv", "en"),
        "hours": ("daily 00:00-24:00",),
        "skills": ("billing",),
        "location": "nearshore",
        "capacity": 10_000_000,
        "expected_wait": 5.0 + number,
        "certificates": {"ISO 18295-1": FAR},
        "processing_agreement": True,
        "max_share": 0.3,
        "contract": Contract(
            price_per_contact=2.0 + 0.25 * number,
            price_per_minute=0.5,
            cap_per_hour=10_000_000,
            cap_per_day=10_000_000,
            cap_per_period=10_000_000,
            start=date(2020, 1, 1),
            end=FAR,
        ),
    }
    return Vendor(**{**terms, **changes})


def eight_vendors() -> Center:
    """50 agents; two kinds of contact, of which vendors take the second at another price."""
    strict = {
        "queue": "service",
        "data": ("personal",),
        "certificates": ("ISO 18295-1",),
        "skills": ("billing",),
        "locations": ("onshore", "nearshore"),
    }
    return Center(
        queues={
            "service": Queue(
                aht=300, patience=200, waiting_room=100, wait_cost_per_minute=0.15, abandonment_cost=8.0,
                arrival_rate=10.4 / 60, languages=("sv", "en"), stale_after=3600.0, lost_after=7200.0,
            )
        },
        contact_types={"service": ContactType(**strict), "sales": ContactType(**strict)},
        vendors={
            f"vendor {number}": vendor(number, contact_types=("service", "sales")[: 1 + number % 2])
            if number < 2
            else vendor(number)
            for number in range(8)
        },
        data_rules={"personal": DataRule(kind="gdpr")},
        country="SE",
        min_in_house_share=0.2,
        max_concentration=0.25,
        health=HealthConfig(),
    )  # fmt: skip


def large_center(vendors=200, queues=50, types=300) -> Center:
    """Every vendor takes 12 of the types, so that each type has 8 vendors."""
    names = [f"type {number}" for number in range(types)]
    each = 8 * types // vendors
    queue = Queue(
        aht=300, patience=200, wait_cost_per_minute=0.15, abandonment_cost=8.0, arrival_rate=0.1,
        stale_after=3600.0, lost_after=7200.0,
    )  # fmt: skip
    needs = {"data": ("personal",), "certificates": ("ISO 18295-1",), "skills": ("billing",)}
    return Center(
        queues={f"queue {number}": queue for number in range(queues)},
        contact_types={
            name: ContactType(queue=f"queue {number % queues}", **needs) for number, name in enumerate(names)
        },
        vendors={
            f"vendor {number}": vendor(
                number, contact_types=tuple(names[(number * each + k) % types] for k in range(each))
            )
            for number in range(vendors)
        },
        data_rules={"personal": DataRule(kind="gdpr")},
        country="SE",
        health=HealthConfig(),
    )


CONTACT = Contact("service", language="sv", country="SE", skills=("billing",))
BUSY = {"agents": 50, "busy": 50, "waiting": 20, "arrival_rate": 10.4 / 60}
FREE = {"agents": 50, "busy": 30, "waiting": 0, "arrival_rate": 10.4 / 60}


def router(**options) -> Router:
    made = Router(eight_vendors(), compile=False, **options)
    for _ in range(300):  # so that shares of the day mean something
        made.state["service"].update(**BUSY)
        decision = made.route(CONTACT)
    barred = {out.destination: out.reason.rule for out in decision.rejected}
    assert len(decision.ranked) + len(barred) == 9
    assert set(barred.values()) <= {"max_share", "min_in_house_share", "max_concentration"}
    assert not decision.degraded
    return made


# --- call by call ---------------------------------------------------------------------------------------


def spread(call, between=lambda: None, calls=CALLS) -> np.ndarray:
    """Nanoseconds of each of many calls, less those of a loop that calls nothing."""
    clock = time.perf_counter_ns
    taken = np.empty(calls)
    empty = np.empty(calls)
    for number in range(calls):
        started = clock()
        empty[number] = clock() - started
    for number in range(calls):
        if number % BETWEEN_UPDATES == 0:
            between()
            call()  # the first after an update counts as part of it
        started = clock()
        call()
        taken[number] = clock() - started
    return np.maximum(taken - np.median(empty), 0.0)


def note(benchmark, what: str, call, between=lambda: None, calls=CALLS) -> None:
    found: list[np.ndarray] = []
    benchmark.pedantic(lambda: found.append(spread(call, between, calls)), rounds=3, warmup_rounds=1)
    rounds = [
        {name: float(np.percentile(taken, at)) for name, at in PERCENTILES.items()} for taken in found[1:]
    ]
    percentiles[what] = {name: float(np.median([row[name] for row in rounds])) for name in PERCENTILES}
    benchmark.extra_info.update(calls=calls, **{f"ns_{name}": at for name, at in percentiles[what].items()})


@pytest.mark.parametrize("state", [FREE, BUSY], ids=["kept", "sent"])
def test_route_with_8_vendors(benchmark, kernels, state):
    """The decision is dropped; sent contacts are spread over the vendors by shares and concentration."""
    live = router()
    calls = CALLS if kernels == "compiled" else 1000
    live.state["service"].update(**state)

    def between():
        live.state["service"].update(**state)

    name = "kept" if state is FREE else "sent"
    note(benchmark, f"route, 8 vendors, {name}, {kernels}", lambda: live.route(CONTACT), between, calls)
    assert not live.preview(CONTACT).degraded


def test_preview_with_8_vendors(benchmark, kernels):
    live = router()
    calls = CALLS if kernels == "compiled" else 1000
    note(benchmark, f"preview, 8 vendors, {kernels}", lambda: live.preview(CONTACT), calls=calls)


PAUSE = 0.004
"""Seconds between two calls of a telephony worker, long enough for others to fill the caches."""


@pytest.mark.parametrize("what", ["route", "nothing"])
def test_after_pauses(benchmark, what):
    """Beside what the machine adds to a function that does nothing: its clock, its caches."""
    warmup()
    live = router()
    live.state["service"].update(**BUSY)
    call = (lambda: live.route(CONTACT)) if what == "route" else (lambda: None)
    taken = np.empty(500)

    def paused():
        for number in range(len(taken)):
            time.sleep(PAUSE)
            started = time.perf_counter_ns()
            call()
            taken[number] = time.perf_counter_ns() - started

    benchmark.pedantic(paused, rounds=3)
    percentiles[f"{what}, 4 ms after the last"] = {
        name: float(np.percentile(taken, at)) for name, at in PERCENTILES.items()
    }


GAP = 4.0
"""Seconds of clock between two contacts of a small queue."""


def test_contacts_4_seconds_apart(benchmark):
    """22 hours of a queue that is told of every 12 s and whose contacts are settled: now and then a decision
    waits for what time brings."""
    warmup()
    now = [MONDAY_11_00]
    live = Router(eight_vendors(), compile=False, clock=lambda: now[0])
    taken = np.empty(CALLS)

    def hours():
        for number in range(CALLS):
            now[0] += GAP
            if number % 3 == 0:
                live.state["service"].update(**BUSY)
            started = time.perf_counter_ns()
            decision = live.route(CONTACT)
            taken[number] = time.perf_counter_ns() - started
            live.settle(decision, "answered", wait=1.0, handle=240.0)

    benchmark.pedantic(hours, rounds=3)
    percentiles["route, 8 vendors, contacts 4 s apart"] = {
        name: float(np.percentile(taken, at)) for name, at in PERCENTILES.items()
    }


def test_the_empty_call(benchmark):
    """What a function costs that does nothing: part of every figure here."""
    note(benchmark, "a Python function that does nothing", lambda: None)


@pytest.mark.parametrize("met_before", [2, 100], ids=["mixes new", "mixes known"])
def test_route_in_a_center_of_200_vendors(benchmark, met_before):
    """50 queues, 300 types with 8 vendors each, in turn; a queue whose mix is new has rules solved."""
    warmup()
    live = Router(large_center(), compile=False)
    kinds = [Contact(name, language="sv", country="SE") for name in live.center.contact_types]

    def update():
        for name in live.state:
            live.state[name].update(agents=50, busy=50, waiting=20)

    update()
    for contact in kinds * met_before:
        last = live.route(contact)
    assert len(last.ranked) > 1
    turn = itertools.cycle(kinds)
    name = f"route, 200 vendors, 50 queues, mixes {'new' if met_before == 2 else 'known'}"
    note(benchmark, name, lambda: live.route(next(turn)), calls=5000)


# --- other ways in --------------------------------------------------------------------------------------


def test_route_and_settle(benchmark, kernels):
    live = router()
    benchmark(lambda: live.settle(live.route(CONTACT), "answered", wait=3.0, handle=180.0))


def test_a_token_is_minted(benchmark):
    live = router()
    decision = live.route(CONTACT)
    note(benchmark, "token minted", lambda: decision.token)
    assert live.ledger.seal.read(decision.token).number == decision.id


def test_a_token_is_read(benchmark):
    live = router()
    token, seal = live.route(CONTACT).token, live.ledger.seal
    note(benchmark, "token read", lambda: seal.read(token))


@pytest.mark.parametrize("by", ["decision", "token"])
def test_divert_and_settle(benchmark, kernels, by):
    """Route, divert what failed, settle where it went."""
    live = router()
    live.state["service"].update(**BUSY)

    def divert():
        first = live.route(CONTACT)
        second = live.divert(first if by == "decision" else first.token, "503")
        if second is not None:
            live.settle(second if by == "decision" else second.token, "answered", handle=240.0)

    calls = 2000 if kernels == "compiled" else 200
    note(benchmark, f"route, divert and settle by {by}, {kernels}", divert, calls=calls)


def test_route_with_a_snapshot(benchmark, kernels):
    live = router()
    lengths = itertools.cycle(range(20))
    benchmark(
        lambda: live.route(CONTACT, Snapshot(service=QueueState(agents=50, busy=50, waiting=next(lengths))))
    )


def two_classes(live: Router) -> None:
    for name in ["service"] * 8 + ["sales"] * 5:
        live.route(Contact(name, language="sv", country="SE"))


def test_update_of_a_live_queue(benchmark, kernels):
    """50 agents, two classes; the rule stays."""
    live = router()
    two_classes(live)
    lengths = itertools.cycle(range(20))
    benchmark(lambda: live.state["service"].update(waiting=next(lengths)))


def test_update_that_has_the_rule_solved_anew(benchmark, kernels):
    """50 agents, two classes of price; another arrival rate."""
    live = router()
    two_classes(live)
    rates = itertools.cycle((0.17, 0.175, 0.18))
    benchmark(lambda: live.state["service"].update(arrival_rate=next(rates)))
    assert len(live.preview(CONTACT).evidence.basis.solved.situation.prices) == 2


def test_update_of_agents_rate_and_handle_time(benchmark, kernels):
    """50 to 52 agents, two classes of price: all that a rule depends on."""
    live = router()
    two_classes(live)
    news = itertools.cycle(zip((50, 51, 52), (0.17, 0.175, 0.18), (300.0, 301.0, 302.0), strict=True))

    def update():
        agents, rate, aht = next(news)
        live.state["service"].update(agents=agents, arrival_rate=rate, aht=aht)

    benchmark(update)


@pytest.mark.parametrize("policy", POLICIES)
def test_solve_after_a_new_arrival_rate(benchmark, kernels, policy):
    """The demo's center: 42 agents, 3 vendors."""
    live = Router(demo_center(), POLICIES[policy], clock=lambda: MONDAY_11_00, compile=False)
    contact = Contact("service", language="sv")
    rates = itertools.cycle((0.20, 0.21, 0.22))

    def change_and_ask():
        live.state["service"].update(agents=42, busy=42, waiting=5, arrival_rate=next(rates))
        return live.preview(contact)

    benchmark(change_and_ask)


def test_keep_costs_kernel(benchmark, kernels):
    """S1 split into two price classes: 50 agents, 100 places."""
    solve = _kernels.current().keep_costs
    rates, prices = np.array([6.4, 4.0]), np.array([9.0, 4.5])
    curve, others = np.empty(151), np.empty(151)
    benchmark(solve, 50.0, 5.0, 0.3, 0.15 + 0.3 * 8.0, 8.0, rates, prices, np.ones(2), curve, others)


def test_explain(benchmark):
    live = Router(demo_center(), MarginalCost(), clock=lambda: MONDAY_11_00, compile=False)
    state = Snapshot(service=QueueState(agents=42, busy=42, waiting=9))
    benchmark(live.preview(Contact("service", language="sv"), state).explain)


# --- tables ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("states", ["untold", "told"])
def test_tables_of_a_center_of_200_vendors(benchmark, states):
    """A router made, and every contact type met once; where states are told, 50 rules are solved too."""
    warmup()
    center = large_center()
    kinds = [Contact(name, language="sv", country="SE") for name in center.contact_types]

    def build():
        live = Router(center, compile=False)
        if states == "told":
            for name in live.state:
                live.state[name].update(agents=50, busy=50, waiting=20)
        for contact in kinds:
            live.preview(contact)
        return live

    benchmark.pedantic(build, rounds=5, warmup_rounds=1)


# --- the garbage collector ------------------------------------------------------------------------------


def test_garbage_collections_of_100_000_decisions(benchmark):
    """Collections while decisions are made and dropped; there must be none."""
    warmup()
    live = router()
    for _ in range(1000):
        live.route(CONTACT)
    begun: list[int] = []

    def watch(phase, info):
        if phase == "start":
            begun.append(info["generation"])

    def run():
        for _ in range(100_000):
            live.route(CONTACT)

    gc.collect()
    gc.callbacks.append(watch)
    try:
        benchmark.pedantic(run, rounds=1)
    finally:
        gc.callbacks.remove(watch)
    benchmark.extra_info.update(collections=len(begun))
    assert begun == []
