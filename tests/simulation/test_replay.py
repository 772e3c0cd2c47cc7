"""A replay gives each policy the same calls, agents and chance, and counts what came of it."""

import math
from datetime import date

import msgspec
import numpy as np
import pytest
from scipy import stats

from bporoute import (
    Arrivals,
    Center,
    Constant,
    Contact,
    ContactType,
    Contract,
    FixedFee,
    InputError,
    MarginalCost,
    NeverOverflow,
    PerContact,
    Queue,
    QueueLength,
    ResourceCharge,
    Router,
    Share,
    TakeOrPay,
    Vendor,
    VolumeBand,
    VolumeTiers,
)
from bporoute.cli.reports._replay import as_rows, footnotes
from bporoute.policies._usual import usual_policies
from bporoute.simulation._comparison import dearer, dearer_replayed
from bporoute.simulation._demo import demo_calls, demo_replay
from bporoute.simulation._engine._engine import Floor
from bporoute.simulation._replay import Replay, prepare_replay
from bporoute.simulation._scenario import Scenario
from bporoute.simulation._simulate import simulate
from bporoute.workload._call_log import Call, read_calls
from bporoute.workload._random import stream_key
from bporoute.workload._schedule import Schedule, read_schedule
from helpers import naive_chance
from helpers.places import BANK, BANK_AGENTS, BANK_CALLS


def one_queue(vendor_wait=0.0, capacity=None, **queue):
    return Center(
        queues={"desk": Queue(aht=60, patience=600, wait_cost_per_minute=6, abandonment_cost=10, **queue)},
        contact_types={"call": ContactType(queue="desk")},
        vendors={
            "nord": Vendor(
                country="EE",
                timezone="UTC",
                contact_types=("call",),
                capacity=capacity,
                expected_wait=vendor_wait,
                contract=Contract(price_per_contact=2.0, price_per_minute=1.0),
            )
        },
    )


def case(center, arrivals, agents=((0.0, 1),), handle=60.0, patience=1e6):
    calls = [Call(str(number), "call", float(at), handle=handle) for number, at in enumerate(arrivals)]
    return replay_of(center, calls, agents, patience)


def replay_of(center, calls, agents=((0.0, 1),), patience=1e6):
    scenario = Scenario(patience={"call": Constant(patience)})
    schedule = Schedule({"desk": tuple(agents)})
    return Replay(center, tuple(calls), Arrivals.of_log(calls, center), schedule, scenario, seed=1)


def waits_at_vendors(calls, mean, seed=1):
    """What the calls would wait at a vendor: exponential, drawn by their number."""
    key = int(stream_key(seed, 0, "vendor wait", "call"))
    return [-mean * math.log1p(-naive_chance.uniform(key, number)) for number in range(calls)]


def paths_of(replay, policy):
    floor = Floor(
        replay.center, policy, replay.arrivals, replay.schedule, replay.scenario, seed=replay.seed, paths=True
    )
    for _ in floor.run():
        pass
    return floor.result().paths


def test_calls_are_served_in_order_and_waiting_is_paid_for():
    result = case(one_queue(), [0, 10, 20]).run(NeverOverflow())
    assert result.asa().value == pytest.approx((0 + 50 + 100) / 3)
    assert result.cost_per_contact().value == pytest.approx(0.1 * (0 + 50 + 100) / 3)
    assert result.abandonment().value == 0
    assert result.overflow_share().value == 0


def test_a_caller_whose_patience_ends_leaves_and_costs_an_abandonment():
    result = case(one_queue(), [0, 10, 20], patience=55.0).run(NeverOverflow())
    # The second is served after 50 s, the third gives up after 55 s.
    assert result.abandonment().value == pytest.approx(1 / 3)
    assert result.asa().value == pytest.approx(25.0)
    assert result.cost_per_contact().value == pytest.approx((0.1 * (50 + 55) + 10) / 3)


def test_sent_calls_are_priced_by_the_contract_after_their_wait_at_the_vendor():
    result = case(one_queue(vendor_wait=15.0), [0, 10, 20]).run(QueueLength(0))
    # The first is kept; two wait at the vendor and cost 2 + 60 s at 1 a minute each.
    waited = sum(waits_at_vendors(3, 15.0)[1:])
    assert waited > 1
    assert result.overflow_share().value == pytest.approx(2 / 3)
    assert result.asa().value == pytest.approx(waited / 3)
    assert result.cost_per_contact().value == pytest.approx((2 * 3.0 + 0.1 * waited) / 3)


def test_a_caller_may_give_up_at_the_vendor_who_then_is_not_paid():
    assert waits_at_vendors(2, 1000.0)[1] > 5
    result = case(one_queue(vendor_wait=1000.0), [0, 10], patience=5.0).run(QueueLength(0))
    assert result.abandonment().value == 0.5
    assert result.cost_per_contact().value == pytest.approx((0.1 * 5 + 10) / 2)


def test_a_full_vendor_takes_no_more_until_it_is_done():
    center = one_queue(capacity=1)
    result = case(center, [0, 1, 2, 62]).run(QueueLength(0))
    assert result.overflow_share().value == pytest.approx(
        2 / 4
    )  # the second and the last; the third has to wait


def test_an_agent_whose_shift_ends_finishes_the_call_in_hand():
    result = case(one_queue(), [0, 10], agents=((0.0, 1), (30.0, 0), (100.0, 1))).run(NeverOverflow())
    assert result.asa().value == pytest.approx((0 + 90) / 2)
    assert result.abandonment().value == 0


def test_nobody_ever_comes_back_and_the_calls_are_lost():
    center = one_queue(accepts_when_closed=True)
    result = case(center, [0, 10], agents=((0.0, 0),), patience=math.inf).run(NeverOverflow())
    assert result.abandonment().value == 1.0
    assert math.isnan(result.asa().value)
    assert math.isnan(result.occupancy().value)


def test_occupancy_is_busy_over_staffed_time():
    result = case(one_queue(), [0, 60], agents=((0.0, 1), (240.0, 0))).run(NeverOverflow())
    assert result.occupancy().value == pytest.approx(120 / 240)


def test_targets_are_judged_in_their_own_counting():
    center = one_queue(targets=_targets(within=60, asa=20))
    result = case(center, [0, 10, 20]).run(NeverOverflow())  # waits 0, 50, 100
    assert result.service_level().value == pytest.approx(2 / 3)
    assert [missed.split(":")[0] for missed in result.missed()] == ["desk", "desk"]
    assert "ASA" in result.missed()[1]


def _targets(within, asa):
    from bporoute import Asa, ServiceLevel, Targets

    return Targets(service_level=ServiceLevel(probability=0.8, within=within), asa=Asa(seconds=asa))


def test_the_same_seed_gives_the_same_day_and_the_same_result():
    results = [demo_replay(calls=1500).run(QueueLength(3)) for _ in range(2)]
    assert (results[0].runs[0].tally == results[1].runs[0].tally).all()
    assert demo_calls(500) != demo_calls(500, seed=2)


def test_every_call_of_the_day_is_decided_once_and_counted_once():
    replay = demo_replay(calls=1500)
    decisions = []
    told = []
    result = replay.run(Share({"norrland": 0.3}), watch=decisions.append, progress=told.append)
    assert [decision.contact.id for decision in decisions] == [call.id for call in replay.calls]
    assert sum(told) == 1500 == result.contacts()
    sent = sum(decision.action == "overflow" for decision in decisions)
    assert result.overflow_share().value == pytest.approx(sent / 1500)
    # norrland opens at 07:00 and takes all types and languages: the share is exact to one per queue
    assert abs(sent - 0.3 * 1500) <= 2


def test_the_live_router_finds_the_same_destinations_from_the_same_states():
    replay = demo_replay(calls=1500)
    seen = []
    replay.run(QueueLength(2), watch=seen.append)
    now = 0.0
    live = Router(replay.center, QueueLength(2), clock=lambda: now)
    for decision in seen:
        now = decision.at
        state = decision.state
        live.state[decision.queue].update(
            agents=state.agents, busy=state.busy, waiting=state.waiting, arrival_rate=state.arrival_rate
        )
        rejected = {out.destination: out.reason.rule for out in decision.rejected}
        again = live.preview(decision.contact)
        # What the live router cannot know here is which vendors were full at that moment.
        if "capacity" not in rejected.values() and not any("cap_" in rule for rule in rejected.values()):
            assert again.ranked == decision.ranked
            assert again.action == decision.action


def test_tuning_takes_the_cheapest_and_says_so():
    replay = demo_replay(calls=1500)
    candidates = [QueueLength(n) for n in (1, 8)]
    costs = [replay.run(policy).cost_per_contact().value for policy in candidates]
    tuned = replay.tune(candidates)
    assert tuned.tuned
    assert tuned.cost_per_contact().value == min(costs)


def test_comparing_a_result_with_itself_finds_no_difference():
    result = demo_replay(calls=1500).run(QueueLength(1))
    assert dearer_replayed(result, result).value == 0
    assert dearer_replayed(result, result).half_width == 0


def simulated(replay, policy):
    """The same calls under the same chance, by `simulate`."""
    return simulate(
        replay.center,
        replay.arrivals,
        policy,
        seed=replay.seed,
        schedule=replay.schedule,
        scenario=replay.scenario,
    ).policies[0]


def committed(center, contract):
    """The center, its vendor under another contract."""
    vendors = {"nord": msgspec.structs.replace(center.vendors["nord"], contract=contract)}
    return msgspec.structs.replace(center, vendors=vendors)


def test_a_day_has_its_share_of_fees_and_commitments():
    """Two of three calls are sent: 2 x 4, but a day of 31 has 30 x .9 x 4 committed, and a fee of 20."""
    terms = PerContact(price=4), TakeOrPay(volume=930, share=0.9, price=4), FixedFee(fee=620)
    replay = case(committed(one_queue(), Contract(terms=terms)), [0, 10, 20])
    sends, never = replay.run(QueueLength(0)), replay.run(NeverOverflow())
    assert sends.vendor_use()["nord"]["sent"] == 2
    assert sends.vendor_use()["nord"]["owed"] == pytest.approx(108 + 20)
    assert never.vendor_use()["nord"]["owed"] == pytest.approx(108 + 20)
    assert sends.cost_per_contact().value == pytest.approx(128 / 3)
    assert never.cost_per_contact().value == pytest.approx((128 + 0.1 * (50 + 100)) / 3)
    assert dearer_replayed(never, sends).value == pytest.approx(15 / 128)
    assert "QueueLength(0) sent out: nord 2 calls for 128 EUR." in footnotes([sends, never])
    assert as_rows([sends])[0]["vendors"] == {"nord": {"sent": 2, "owed": pytest.approx(128)}}


def test_what_the_vendors_of_a_policy_that_sends_nothing_are_owed_is_told():
    replay = case(committed(one_queue(), Contract(terms=(FixedFee(fee=620),))), [0, 10, 20])
    assert "NeverOverflow() sent out: nord 0 calls for 20 EUR." in footnotes([replay.run(NeverOverflow())])


@pytest.mark.parametrize("policy", [NeverOverflow(), QueueLength(1), MarginalCost()], ids=repr)
def test_a_replay_finds_what_a_simulation_of_the_same_calls_finds(policy):
    replay = demo_replay(calls=1500)
    found, same = replay.run(policy), simulated(replay, policy)
    for figure in ("service_level", "abandonment", "asa", "occupancy", "overflow_share", "cost_per_contact"):
        assert getattr(found, figure)().value == getattr(same, figure)().value
    assert found.vendor_use() == same.vendor_use()
    assert found.invoices() == same.invoices()


def bursts(sizes, day=86_400.0):
    """Calls that all come at once, so many on each day at noon; what they cost if kept or sent is known."""
    at = [number * day + 43_200.0 for number, size in enumerate(sizes) for _ in range(size)]
    replay = case(one_queue(), at)
    kept = np.array([6.0 * size * (size - 1) / 2 for size in sizes])  # 60 s more for each: 6 a minute
    sent = np.array([3.0 * (size - 1) for size in sizes])
    return replay.run(NeverOverflow()), replay.run(QueueLength(0)), kept, sent


def test_over_five_days_a_difference_rests_on_the_days():
    sizes = (3, 9, 4, 12, 5)
    never, sends, kept, sent = bursts(sizes)
    extra = dearer_replayed(never, sends)
    ratio = kept.sum() / sent.sum()
    without = np.array([np.delete(kept, n).sum() / np.delete(sent, n).sum() for n in range(5)])
    spread = math.sqrt(4 / 5 * ((without - ratio) ** 2).sum())
    assert extra.value == pytest.approx(ratio - 1)
    assert extra.half_width == pytest.approx(stats.t.ppf(0.975, 4) * spread)
    assert extra.count == 5
    notes = footnotes([never, sends])
    assert any(note.startswith("±: 95 % confidence, from the 5 days") for note in notes)


def test_over_fewer_days_it_rests_on_neighbouring_half_hours():
    sizes = (3, 9, 4, 12)
    never, sends, kept, sent = bursts(sizes)
    extra = dearer_replayed(never, sends)
    steps = np.diff(kept - sent)
    assert extra.value == pytest.approx(kept.sum() / sent.sum() - 1)
    margin = stats.norm.ppf(0.975) * math.sqrt((steps**2).sum() / 2 / 3 * 4) / sent.sum()
    assert extra.half_width == pytest.approx(margin)
    assert extra.count == 4
    assert any("for chance within such a day" in note for note in footnotes([never, sends]))


def test_no_day_is_dear_for_coming_before_the_edge_of_a_tier():
    """A month like these five days has 279 contacts, all at 1; counted one by one the first 30 cost 5."""
    bands = VolumeBand(above=0, up_to=30, price=5.0), VolumeBand(above=30, price=1.0)
    contract = Contract(terms=(VolumeTiers(tiers=bands, mode="all_units"),))
    at = [86_400.0 * day for day in range(5) for _ in range(10)]
    replay = case(committed(one_queue(), contract), at)
    never, sends = replay.run(NeverOverflow()), replay.run(QueueLength(0))
    assert sends.cost_units[0].tolist() == pytest.approx([9.0] * 5)
    extra = dearer(never, sends)
    assert extra.value == pytest.approx(6 * 45 / 9 - 1)
    assert extra.half_width == pytest.approx(0.0)


def test_a_day_that_brings_money_in_tells_no_interval():
    """A baseline of 3,100 a month is 100 a day; for those missing the vendor owes 1 each."""
    missed = ResourceCharge(baseline=3100, dead_band=0.0, additional_price=1.0, reduced_price=1.0)
    at = [86_400.0 * day for day in range(5) for _ in range(10)]
    replay = case(committed(one_queue(), Contract(terms=(missed,))), at)
    never, sends = replay.run(NeverOverflow()), replay.run(QueueLength(0))
    assert sends.cost_units[0].tolist() == pytest.approx([9.0 - 100.0] * 5)
    extra = dearer(never, sends)
    assert extra.value == pytest.approx((6 * 45 - 100) / (9 - 100) - 1)
    assert math.isinf(extra.half_width)


def test_days_without_calls_are_no_days_to_rest_on():
    never, sends, *_ = bursts((3, 0, 0, 9, 0, 4))
    assert never.days == 6
    assert never.days_with_calls == 3
    assert dearer_replayed(never, sends).count == 3


def test_replays_of_other_calls_are_not_compared():
    few, *_ = bursts((3, 0, 0, 9, 0, 4))
    many, *_ = bursts((3, 1, 1, 9, 1, 4))
    assert (few.days, many.days) == (6, 6)
    with pytest.raises(InputError, match="3 and 6 days with calls; expected two replays of the same calls"):
        dearer_replayed(few, many)


def test_one_half_hour_tells_no_interval():
    never, sends, *_ = bursts((5,))
    assert math.isinf(dearer_replayed(never, sends).half_width)
    assert not any(note.startswith("±") for note in footnotes([never, sends]))


def test_a_call_costs_in_the_half_hour_in_which_it_came():
    """The second is sent at 00:29:50 and ends after half past; what it waits and is paid count before."""
    found = case(one_queue(), [1785, 1790], handle=60.0).run(QueueLength(0))
    assert found.half_hour_costs[:2].tolist() == pytest.approx([2 + 1, 0])
    assert found.runs[0].money[:2, 0].tolist() == pytest.approx([0, 2 + 1])
    assert found.half_hour_costs.sum() == pytest.approx(found.cost_units[0].sum())


def test_the_worst_half_hour_has_twenty_calls_at_least():
    few, slow, fast = [0.0] * 19, [1800.0] * 20, [3600.0 + 60 * number for number in range(20)]
    worst = case(one_queue(), few + slow + fast, handle=30.0).run(NeverOverflow()).worst_half_hour()
    assert worst.start.isoformat() == "1970-01-01T00:30:00+00:00"
    assert worst.service_level == pytest.approx(1 / 20)
    assert case(one_queue(), few).run(NeverOverflow()).worst_half_hour() is None


def test_a_queue_without_calls_misses_no_target():
    center = one_queue(targets=_targets(within=60, asa=20))
    queues = center.queues | {"empty": center.queues["desk"]}
    types = center.contact_types | {"mail": ContactType(queue="empty")}
    center = msgspec.structs.replace(center, queues=queues, contact_types=types)
    calls = [Call(str(number), "call", 10.0 * number, handle=60.0) for number in range(3)]
    schedule = Schedule({"desk": ((0.0, 1),), "empty": ((0.0, 1),)})
    replay = Replay(center, tuple(calls), Arrivals.of_log(calls, center), schedule, Scenario(), seed=1)
    assert {missed.split(":")[0] for missed in replay.run(NeverOverflow()).missed()} == {"desk"}


def test_the_usual_policies_are_the_six():
    names = [type(policy).__name__ for policy in usual_policies(demo_replay(calls=100).center)]
    assert names == [
        "NeverOverflow",
        "QueueLength",
        "ExpectedWait",
        "Share",
        "ServedInTime",
        "MarginalCost",
    ]


def test_a_center_without_vendors_can_be_replayed():
    center = Center(queues={"desk": Queue(aht=60)}, contact_types={"call": ContactType(queue="desk")})
    for policy in usual_policies(center):
        assert case(center, [0, 10]).run(policy).overflow_share().value == 0


def test_unknown_contact_types_are_refused():
    calls = (Call("1", "fax", 0.0, handle=60.0), Call("2", "call", 10.0, handle=60.0))
    with pytest.raises(InputError, match=r"call 1: type.*fax"):
        prepare_replay(one_queue(), calls, Schedule({"desk": ((0.0, 1),)}))


def test_whom_nobody_may_take_joins_the_queue_by_the_fallback():
    center = one_queue(languages=("en",))
    center = msgspec.structs.replace(
        center, vendors={"nord": msgspec.structs.replace(center.vendors["nord"], languages=("en",))}
    )
    calls = (Call("1", "call", 0.0, "fr", handle=60.0), Call("2", "call", 10.0, "en", handle=60.0))
    seen = []
    result = replay_of(center, calls).run(NeverOverflow(), watch=seen.append)
    assert seen[0].destination == "desk"
    assert not seen[0].ranked
    assert result.asa().value == pytest.approx(25.0)


def test_a_rejecting_fallback_turns_calls_away():
    center = Center(
        queues={"desk": Queue(aht=60, abandonment_cost=10, languages=("en",))},
        contact_types={"call": ContactType(queue="desk")},
        fallback="reject",
    )
    result = replay_of(center, [Call("1", "call", 0.0, "fr")]).run(NeverOverflow())
    assert result.abandonment().value == 1
    assert result.cost_per_contact().value == 10
    assert Router(center).preview(Contact("fax")).destination is None


def test_known_handle_times_stay_and_unknown_ones_are_drawn():
    from bporoute.durations._laws import Lognormal, Weibull
    from bporoute.queueing._sampling import sampled

    calls = [Call("1", "call", 0.0, handle=77.0), Call("2", "call", 1.0), Call("3", "call", 2.0)]
    law = Lognormal(log_mean=5, log_sd=0.5)
    replay = replay_of(one_queue(), calls, agents=((0.0, 3),))
    scenario = Scenario(handle={"call": law}, patience={"call": Weibull(shape=1, scale=100)})
    replay = msgspec.structs.replace(replay, scenario=scenario, seed=3)
    paths = paths_of(replay, NeverOverflow())
    handle = paths.handle[np.argsort(paths.number)]
    assert handle[0] == 77.0
    assert handle[1:].tolist() == sampled(law, stream_key(3, 0, "handle", "call"), 2, first=1).tolist()
    assert handle[1] != handle[2]
    again = paths_of(replay, QueueLength(0))
    assert (again.handle[np.argsort(again.number)] == handle).all()


def test_handle_times_from_nowhere_are_exponential_with_the_aht_of_the_queue():
    calls = tuple(Call(str(number), "call", float(number)) for number in range(4000))
    replay = prepare_replay(one_queue(accepts_when_closed=True), calls, Schedule({"desk": ((0.0, 100),)}))
    assert replay.scenario == Scenario()
    paths = paths_of(replay, NeverOverflow())
    assert paths.handle.mean() == pytest.approx(60, rel=0.1)
    assert paths.handle.std() == pytest.approx(60, rel=0.1)
    nobody = msgspec.structs.replace(replay, schedule=Schedule({"desk": ()}))
    paths = paths_of(nobody, NeverOverflow())
    in_house = paths.destination == 0  # the others find the waiting room full
    assert not paths.answered[in_house].any()
    assert in_house.sum() > 1000
    assert paths.wait[in_house].mean() == pytest.approx(600, rel=0.1)
    assert paths.wait[in_house].std() == pytest.approx(600, rel=0.1)


def test_no_calls_are_refused():
    with pytest.raises(InputError, match="no calls"):
        prepare_replay(one_queue(), (), Schedule({"desk": ()}))


@pytest.mark.skipif(not BANK_CALLS.exists(), reason="the real call log is not here")
def test_the_real_log_replays():
    center = Center.load(BANK)
    days = (date(1999, 2, 1), date(1999, 2, 2))
    log = read_calls(BANK_CALLS, center.log, center.timezone, days)
    schedule = read_schedule(BANK_AGENTS, center.log, center.timezone, tuple(center.queues))
    replay = prepare_replay(center, log.calls, schedule)
    never, sending = replay.run(NeverOverflow()), replay.run(QueueLength(1))
    assert never.contacts() > 3000
    assert sending.service_level().value > never.service_level().value
    assert 0.3 < never.service_level().value < 0.9


def real_replay(center, days):
    log = read_calls(BANK_CALLS, center.log, center.timezone, days)
    return prepare_replay(
        center, log.calls, read_schedule(BANK_AGENTS, center.log, center.timezone, tuple(center.queues))
    )


@pytest.mark.skipif(not BANK_CALLS.exists(), reason="the real call log is not here")
@pytest.mark.parametrize("last", [1, 19])
def test_a_commitment_on_the_real_log_is_owed_by_its_share(last):
    """Of February haifa is open 368 hours, of the log's 19 days 259: so much of 3,000 x .9 x 4 + 2,000."""
    center = Center.load(BANK)
    terms = PerContact(price=4), TakeOrPay(volume=3000, share=0.9, price=4), FixedFee(fee=2000)
    haifa = msgspec.structs.replace(center.vendors["haifa"], contract=Contract(terms=terms))
    center = msgspec.structs.replace(center, vendors=center.vendors | {"haifa": haifa})
    replay = real_replay(center, (date(1999, 2, 1), date(1999, 2, last)))
    share = (17 if last == 1 else 259) / 368
    exact, never = replay.run(MarginalCost()), replay.run(NeverOverflow())
    assert never.vendor_use()["haifa"]["owed"] == pytest.approx(share * 12_800)
    use = exact.vendor_use()["haifa"]
    assert use["owed"] == pytest.approx(share * 2000 + 4 * max(use["answered"], share * 0.9 * 3000))
    same = simulated(replay, MarginalCost())
    assert exact.cost_per_contact() == same.cost_per_contact()
    assert dearer_replayed(exact, exact).value == dearer(same, same).value == 0
    if last == 19:  # with fewer days a replay rests on half hours
        assert dearer_replayed(never, exact) == dearer(simulated(replay, NeverOverflow()), same)


def test_who_is_left_at_the_end_has_waited_until_then():
    """The agent of the first call goes home; the second waits for ever, booked to the last event."""
    result = case(one_queue(), [0, 10], agents=((0.0, 1), (30.0, 0)), patience=math.inf).run(NeverOverflow())
    assert result.abandonment().value == 0.5
    assert result.cost_per_contact().value == pytest.approx((10 + 0.1 * (60 - 10)) / 2)


def test_a_type_sourced_whole_does_not_load_the_queue():
    """The exact rule is solved with the contacts that the queue meets, not with all of its types."""
    kinds = {"call": ContactType(queue="desk"), "mail": ContactType(queue="desk", sourcing="full")}
    vendor = Vendor(
        country="EE",
        timezone="UTC",
        contact_types=("call", "mail"),
        contract=Contract(price_per_contact=2.0),
    )
    center = Center(
        queues={"desk": Queue(aht=60, languages=("en",))}, contact_types=kinds, vendors={"nord": vendor}
    )
    router = Router(center, compile=False)
    router.state["desk"].update(agents=3, busy=1, arrival_rate=0.1)
    for number in range(100):
        kind, language = ("mail", "en") if number % 2 else ("call", "fr" if number % 4 else "en")
        router.route(Contact(kind, language))
    router.state["desk"].update(agents=4)
    met = router.preview(Contact("call", "en")).evidence.basis.solved.situation.arrival_rates
    assert met.sum() == pytest.approx(0.1 * 25 / 100, rel=0.05)
    router.vendors["nord"].update(up=False)
    met = router.preview(Contact("call", "en")).evidence.basis.solved.situation.arrival_rates
    assert met.sum() == pytest.approx(0.1, rel=0.05)  # whom nobody can talk to falls back to the queue


def test_a_preview_does_not_change_the_mix_that_rules_are_solved_for():
    replay = demo_replay(calls=200)
    router = Router(replay.center, clock=lambda: 1795428000.0, compile=False)
    router.state["service"].update(agents=42, busy=42, waiting=3, arrival_rate=0.25)
    for _ in range(50):
        router.route(Contact("service", "sv"))
    before = router.preview(Contact("service", "sv")).evidence.basis.solved.situation.classes()
    router.preview(Contact("service", "en"))
    router.state["service"].update(waiting=4)
    assert router.preview(Contact("service", "sv")).evidence.basis.solved.situation.classes() == before
