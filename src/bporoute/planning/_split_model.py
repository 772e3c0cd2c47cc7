"""A case with its shifts and limits, and the steps to a plan: rules, whole people, who gets what goes out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise, product

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute.contracts._increment import Increment
from bporoute.contracts._prorated import prorated
from bporoute.contracts._usage import PeriodUsage
from bporoute.errors import InputError
from bporoute.planning._overflow_rules import NEVER
from bporoute.planning._program import Program
from bporoute.planning._shifts import ShiftPattern, WorkedShifts, worked_shifts
from bporoute.planning._split_case import SplitCase
from bporoute.planning._split_program import (
    CONTRADICTION,
    Binding,
    Columns,
    Limits,
    Split,
    SplitProgram,
    rule_columns,
)
from bporoute.planning._split_results import CostLine, PlannedShift, SplitPlan, VendorBill
from bporoute.planning._wages import Wages

PASSES = 8
"""Times at most that rules are looked for by the prices of the rules before."""
SPREAD = 4.0
"""Square roots of the load on either side of it within which numbers of agents are tried first."""
AT_FIRST = 11
NEAR = 4
"""Agents more and fewer than the cheapest that whole shifts may bring about."""
BESIDE = 2
"""Agents more and fewer than the best of a pass that are tried, too."""
AROUND = 12
"""Agents more and fewer than the best of the pass before within which rules are looked for."""
MOST_COMBINATIONS = 12
"""Combinations of pieces of contracts that are looked at one by one."""
LEAST_CONTACTS = 1e-6
WHOLE = 1e-6
"""Agents that are none."""


class SplitModel:
    """A case with its shifts and limits, and the steps to a plan."""

    def __init__(
        self, case: SplitCase, wages: Wages | None, patterns: Sequence[ShiftPattern], limits: Limits
    ) -> None:
        self.case, self.limits = case, limits
        queues, starts = case.center.queues, [case.volumes.starts[row] for row in case.rows.tolist()]
        self.there = {name: 1.0 - queues[name].shrinkage for name in dict.fromkeys(case.queues)}
        self.shifts: dict[str, WorkedShifts] = {}
        self.agent_costs = np.zeros(len(case.rows))
        if patterns:
            for pattern in patterns:
                for queue in pattern.queues:
                    if queue not in queues:
                        raise InputError(
                            f"shifts, {pattern.name}", f"queue {queue!r}", f"of: {', '.join(queues)}"
                        )
            for name in self.there:
                mine = [row for row, queue in enumerate(case.queues) if queue == name]
                self.shifts[name] = worked_shifts(
                    patterns, name, [starts[row] for row in mine], case.seconds[mine], wages
                )
        elif wages is None:
            raise InputError("wages", "none, and no shifts with a cost", "what an agent's hour costs")
        else:
            self.agent_costs = np.array(
                [
                    wages.per_hour * wages.factor(start, seconds) * seconds / 3600.0 / self.there[queue]
                    for start, seconds, queue in zip(starts, case.seconds.tolist(), case.queues, strict=True)
                ]
            )
        load = case.volume / case.seconds * case.aht
        root = np.sqrt(load)
        self.most = np.ceil(load * (1.0 + 3.0 * case.cv) + 5.0 * root + 5.0)
        for row, queue in enumerate(case.queues):
            self.most[row] = min(self.most[row], limits.most_agents.get(queue, math.inf))
        self.load = load
        self.out = np.array([case.ways.ways[row] == "out" for row in case.rows.tolist()])
        self.most[self.out] = 0.0

    def _program(
        self, columns: Columns, *, whole_rules: bool = False, pieces: Sequence[int] = ()
    ) -> SplitProgram:
        return SplitProgram(
            self.case,
            columns,
            self.agent_costs,
            self.shifts,
            self.there,
            self.limits,
            whole_rules=whole_rules,
            pieces=pieces,
        )

    def _all_numbers(self) -> tuple[Integers, Floats]:
        """Rows and every number of agents that each may have."""
        size = self.most.astype(np.int64) + 1
        row = np.repeat(np.arange(len(size)), size)
        first = np.repeat(np.cumsum(size) - size, size)
        return row, (np.arange(len(row)) - first).astype(np.float64)

    def _first(self) -> Columns:
        """Rules for some numbers of agents around the load, by the cheapest price of each vendor's pieces."""
        case = self.case
        price = np.full(len(case.rows), math.inf)
        for row, place in np.argwhere(case.open_to).tolist():
            period = case.periods[case.period_of[row, place]]
            units = case.units(row, place)
            told = period.cost.factor * sum(
                units[measure] * max(pieces[0].price, 0.0) for measure, pieces in period.cost.by_units.items()
            )
            price[row] = min(price[row], told)
        price[~np.isfinite(price)] = 0.0
        rows, numbers = [], []
        for row, (load, most) in enumerate(zip(self.load.tolist(), self.most.tolist(), strict=True)):
            spread = np.linspace(-SPREAD, SPREAD, AT_FIRST) * math.sqrt(load)
            some = np.unique(np.clip(np.round(np.array([0.0, *(load + spread)])), 0.0, most))
            rows.append(np.full(len(some), row))
            numbers.append(some)
        of = np.concatenate(rows)
        agents = np.concatenate(numbers)
        mine = np.flatnonzero((agents > 0.0) & ~self.out[of])  # where vendors are full, who waits waits
        keeping = rule_columns(case, of[mine], agents[mine], np.full(len(mine), NEVER))
        return rule_columns(case, of, agents, price[of]).and_also(keeping)

    def generated(
        self, close: float, columns: Columns | None = None, pieces: Sequence[int] = ()
    ) -> tuple[Columns, Split, float]:
        """Rules that no other one is better than by the prices of the program, and a bound for all plans.

        No better than by a share `close` of the cost, if a few passes bring it about. It begins with some
        `columns`; where `pieces` are told, the bound is one for plans that are on them.
        """
        columns, bound = self._first() if columns is None else columns, -math.inf
        row, agents = self._all_numbers()
        known = set(_keys(columns))
        relaxed = self._program(columns, pieces=pieces).solved(whole=False, gap=0.0)
        best = np.round(self.load)
        for number in range(PASSES):
            # All numbers of agents at first, and in the end for the bound; between, those near the best.
            near = (np.abs(agents - best[row]) <= AROUND) | (agents == 0.0)
            near = near if number else np.ones(len(row), dtype=bool)
            tried, saved = self._priced(row[near], agents[near], relaxed)
            lacking = float(self._best_saved(tried.row, saved).sum())
            if -lacking <= close * abs(relaxed.cost) or number == PASSES - 1:
                _, saved = (tried, saved) if near.all() else self._priced(row, agents, relaxed)
                bound = relaxed.bound + float(self._best_saved(row, saved).sum())
                break
            best = self._best_of_rows(tried, saved)
            tempting = np.flatnonzero((np.abs(tried.agents - best[tried.row]) <= BESIDE) & (saved < 0.0))
            keys = _keys(tried.some(tempting))
            fresh = [place for place, key in zip(tempting.tolist(), keys, strict=True) if key not in known]
            known.update(keys)
            columns = columns.and_also(tried.some(np.array(fresh, dtype=np.int64)))
            relaxed = self._program(columns, pieces=pieces).solved(whole=False, gap=0.0)
        return columns, relaxed, bound

    def by_pieces(self, columns: Columns, close: float) -> tuple[Columns, list[tuple[float, Split]]]:
        """The program on each combination of pieces, the least bound first; none, if there are too many.

        A linear program takes a mean of pieces that get cheaper with the volume, which no plan can be on.
        Every plan is on some combination, so the least of their bounds is one for all plans.
        """
        choices = self._program(columns).choices
        found: list[tuple[float, Split]] = []
        if not choices or math.prod(choices) > MOST_COMBINATIONS:
            return columns, found
        for pieces in product(*map(range, choices)):
            try:
                columns, relaxed, bound = self.generated(close, columns, pieces)
            except InputError as complaint:
                if complaint.where != CONTRADICTION:
                    raise
                continue  # no plan gets to them
            found.append((bound, relaxed))
        return columns, sorted(found, key=lambda each: each[0])

    def _priced(self, row: Integers, agents: Floats, relaxed: Split) -> tuple[Columns, Floats]:
        """Rules by the prices of a program, and what each would save it (below 0)."""
        tried = rule_columns(self.case, row, agents, relaxed.prices[row], max(relaxed.kept_worth, 0.0))
        return tried, self._reduced(tried, relaxed)

    def _best_saved(self, row: Integers, saved: Floats) -> Floats:
        """What the best rule of each row would save, at most 0; `row` rises."""
        starts = np.searchsorted(row, np.arange(len(self.case.rows)))
        found: Floats = np.minimum(np.minimum.reduceat(saved, starts), 0.0)
        return found

    def _best_of_rows(self, tried: Columns, saved: Floats) -> Floats:
        """The number of agents of each row that saves most."""
        starts = np.searchsorted(tried.row, np.arange(len(self.case.rows) + 1)).tolist()
        return np.array([tried.agents[one + np.argmin(saved[one:two])] for one, two in pairwise(starts)])

    def _reduced(self, columns: Columns, relaxed: Split) -> Floats:
        """What a rule would save (below 0) by the prices of a program without it."""
        row = columns.row
        agent = relaxed.worth[row] if self.shifts else self.agent_costs[row]
        kept_worth = relaxed.kept_worth
        saved: Floats = (
            columns.money
            + relaxed.prices[row] * columns.sent
            + kept_worth * columns.lost
            + agent * columns.agents
            - relaxed.row_costs[row]
        )
        return saved

    def whole(
        self, columns: Columns, relaxed: Split, gap: float, seconds: float
    ) -> tuple[Floats, dict[str, Integers]]:
        """Agents of each row and whole people in shifts that cost least by some rules."""
        row, agents = self._all_numbers()
        usual = np.zeros(len(self.case.rows))
        np.add.at(usual, columns.row, relaxed.rules * columns.agents)
        near = np.flatnonzero(np.abs(agents - usual[row]) <= NEAR)
        used = np.flatnonzero(relaxed.rules > 1e-9)
        more = rule_columns(
            self.case, row[near], agents[near], relaxed.prices[row[near]], max(relaxed.kept_worth, 0.0)
        )
        rules = columns.some(used).and_also(more) if self.shifts else columns.and_also(more)
        found = self._program(rules, whole_rules=len(self.case.rows) <= 16).solved(
            whole=True, gap=gap / 2.0, seconds=seconds
        )
        people = {name: np.round(counts).astype(np.int64) for name, counts in found.shifts.items()}
        if not self.shifts:
            mean = np.zeros(len(self.case.rows))
            np.add.at(mean, rules.row, found.rules * rules.agents)
            return np.ceil(mean - WHOLE), {}
        return self.at_work(people)

    def at_work(self, people: dict[str, Integers]) -> tuple[Floats, dict[str, Integers]]:
        """Agents of each row on average, of so many people in shifts; and those people."""
        there = np.zeros(len(self.case.rows))
        for name, counts in people.items():
            mine = self._of_queue(name)
            there[mine] = self.there[name] * (self.shifts[name].covers @ counts)
        return there, people

    def _of_queue(self, name: str) -> list[int]:
        return [row for row, queue in enumerate(self.case.queues) if queue == name]

    def people_by_price(
        self, relaxed: Split, gap: float, seconds: float
    ) -> tuple[dict[str, Integers], float]:
        """People in shifts where what goes out has its price: queues and days then stand alone.

        Whatever the prices, the least cost of each part by them and what the program owes apart from its
        intervals are together a bound for all plans (Lagrange), here one for whole people.
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        parts = []
        for name, worked in self.shifts.items():
            rows, shifts = np.nonzero(worked.covers)
            size = sum(worked.covers.shape)
            graph = coo_array((np.ones(len(rows)), (rows, len(worked.covers) + shifts)), shape=(size, size))
            _, labels = connected_components(graph, directed=False)
            parts += [(name, labels == label) for label in np.unique(labels[len(worked.covers) :])]
        people = {name: np.zeros(len(worked.names), dtype=np.int64) for name, worked in self.shifts.items()}
        apart, bound = np.ones(len(self.case.rows), dtype=bool), relaxed.cost
        for name, chosen in parts:
            worked = self.shifts[name]
            mine, shifts = chosen[: len(worked.covers)], np.flatnonzero(chosen[len(worked.covers) :])
            rows = np.array(self._of_queue(name))[mine]
            counts, least = self._part_by_price(name, rows, mine, shifts, relaxed, gap, seconds / len(parts))
            people[name][shifts] = counts
            apart[rows] = False
            bound += least - float(relaxed.row_costs[rows].sum())
        if apart.any():
            row, agents = self._all_numbers()
            tried, saved = self._priced(row[apart[row]], agents[apart[row]], relaxed)
            best = np.zeros(len(apart))
            np.minimum.at(best, tried.row, saved)
            bound += float(best.sum())
        return people, bound

    def _part_by_price(
        self,
        name: str,
        rows: Integers,
        mine: Flags,
        shifts: Integers,
        relaxed: Split,
        gap: float,
        seconds: float,
    ) -> tuple[Integers, float]:
        worked = self.shifts[name]
        size = self.most[rows].astype(np.int64) + 1
        agents = np.concatenate([np.arange(each, dtype=np.float64) for each in size])
        row = np.repeat(rows, size)
        rules = rule_columns(self.case, row, agents, relaxed.prices[row], max(relaxed.kept_worth, 0.0))
        money = rules.money + relaxed.prices[row] * rules.sent + relaxed.kept_worth * rules.lost
        program = Program()
        columns = program.columns(worked.costs[shifts], high=worked.most[shifts], whole=True)
        weights = program.columns(money)
        ends = np.cumsum([0, *size])
        covers = self.there[name] * worked.covers[np.ix_(mine, shifts)]
        seats = self.limits.most_agents.get(name, math.inf)
        for place, (one, two) in enumerate(pairwise(ends.tolist())):
            program.row(weights[one:two], np.ones(two - one), low=1.0, high=1.0)
            program.row([*columns, *weights[one:two]], [*covers[place], *-agents[one:two]], low=0.0)
            if seats < math.inf:
                program.row(columns, covers[place] / self.there[name], high=seats)
        found = program.solved(gap=gap / 5.0, seconds=max(seconds, 1.0))
        if found is None:
            raise InputError("limits", f"shifts of {name!r} that no number of people keeps", "other shifts")
        counts: Integers = np.round(found.values[columns]).astype(np.int64)
        return counts, found.bound

    def planned(
        self,
        agents: Floats,
        people: Mapping[str, Integers],
        relaxed: Split,
        bound: float,
        gap: float,
        seconds: float,
    ) -> SplitPlan:
        """The plan of so many agents: what goes out, to whom, and what all that costs."""
        case = self.case
        prices = np.unique(np.round(relaxed.prices[~self.out & case.open_to.any(axis=1)], 9))
        if len(prices) > 5:
            prices = np.quantile(prices, np.linspace(0.0, 1.0, 5))
        row = np.arange(len(case.rows))
        tried = [relaxed.prices, *(np.full(len(row), each) for each in [*prices.tolist(), NEVER])]
        lost_price = max(relaxed.kept_worth, 0.0)
        low = np.where(self.out, 0.0, np.floor(agents + WHOLE))
        high = np.where(self.out, 0.0, np.ceil(agents - WHOLE))
        parts = [
            rule_columns(case, row, whole, price, lost_price)
            for price in tried
            for whole in ((low,) if (low == high).all() else (low, high))
        ]
        rules = parts[0]
        for part in parts[1:]:
            rules = rules.and_also(part)
        rule_prices = np.concatenate([price for price in tried for _ in range(len(parts) // len(tried))])
        nobody_paid = np.zeros(len(row))  # they are there, whatever they do
        program = SplitProgram(case, rules, nobody_paid, {}, self.there, self.limits, at_work=agents + WHOLE)
        found = program.solved(whole=True, gap=gap / 10.0, seconds=seconds)
        self._refuse(found)
        return _told(self, agents, people, rules, rule_prices, found, bound, relaxed.binding)

    def _refuse(self, found: Split) -> None:
        case = self.case
        nowhere = found.nowhere
        if nowhere.sum() > LEAST_CONTACTS * max(case.volume.sum(), 1.0):
            days: dict[date, float] = {}
            for day, contacts in zip(case.days, nowhere.tolist(), strict=True):
                days[day] = days.get(day, 0.0) + contacts
            worst = max(days, key=lambda day: days[day])
            named = f"{days[worst]:,.1f} contacts of {worst:%A %d %B} have nowhere to go"
            rest = nowhere.sum() - days[worst]
            more = f", and {rest:,.1f} of other days" if rest > LEAST_CONTACTS else ""
            raise InputError("limits", named + more, "higher caps, more vendors or more agents")
        if found.missing > LEAST_CONTACTS * max(case.volume.sum(), 1.0):
            total = float(case.volume.sum())
            share = self.limits.in_house_share - found.missing / total
            wanted = self.limits.in_house_share
            at_most = f"in_house_share of at most {share:.4f}"
            agents = ", ".join(f"{most} agents ({queue})" for queue, most in self.limits.most_agents.items())
            beside = f" and at most {agents}" if agents else ""
            raise InputError(
                "limits",
                f"in_house_share {wanted:g}{beside}: {found.missing:,.1f} contacts too few",
                f"{at_most}, which a plan can keep",
            )


def _keys(columns: Columns) -> list[tuple[int, float, float]]:
    return list(
        zip(columns.row.tolist(), columns.agents.tolist(), columns.sent.round(9).tolist(), strict=True)
    )


def _told(
    model: SplitModel,
    agents: Floats,
    people: Mapping[str, Integers],
    rules: Columns,
    rule_prices: Floats,
    found: Split,
    bound: float,
    binding: tuple[Binding, ...],
) -> SplitPlan:
    case, size = model.case, len(model.case.volumes.queues)
    center = case.center

    def by_row(values: Floats) -> Floats:
        summed = np.zeros(len(case.rows))
        np.add.at(summed, rules.row, found.rules * values)
        whole = np.zeros(size)
        whole[case.rows] = summed
        return whole

    sent, lost, money = by_row(rules.sent), by_row(rules.lost), by_row(rules.money)
    lines: list[CostLine] = []
    shifts: list[PlannedShift] = []
    for name in dict.fromkeys(case.queues):
        mine = np.array([queue == name for queue in case.volumes.queues])
        if model.shifts:
            worked, counts = model.shifts[name], people[name]
            shifts += [
                PlannedShift(
                    name,
                    worked.names[place],
                    worked.begins[place],
                    int(counts[place]),
                    float(counts[place] * worked.costs[place]),
                    float(counts[place] * worked.paid_hours[place]),
                )
                for place in np.flatnonzero(counts).tolist()
            ]
            wage = float(counts @ worked.costs)
        else:
            rows = [row for row, queue in enumerate(case.queues) if queue == name]
            wage = float(agents[rows] @ model.agent_costs[rows])
        gone = float(lost[mine].sum()) * center.queues[name].abandonment_cost
        lines += [
            CostLine("wages", name, wage),
            CostLine("giving up", name, gone),
            CostLine("waiting", name, float(money[mine].sum()) - gone),
        ]
    bills = _bills(case, found.flows)
    for bill in bills:
        rate = bill.invoice.exchange_rate
        charged = [CostLine(line.text, bill.vendor, line.amount * rate) for line in bill.invoice.lines]
        owed = math.fsum(line.money for line in charged)
        lines += charged
        if abs(bill.invoice.total - owed) > 1e-9:
            lines.append(CostLine("rounding", bill.vendor, bill.invoice.total - owed))
    everybody = np.zeros(size)
    everybody[case.rows] = agents
    volumes = {}
    for place, name in enumerate(center.vendors):
        volumes[name] = np.zeros(size)
        volumes[name][case.rows] = found.flows[:, place]
    price = np.full(size, math.nan)
    mean = by_row(rule_prices)
    may = case.rows[case.open_to.any(axis=1)]
    price[may] = mean[may]
    return SplitPlan(
        center=center,
        forecast=case.volumes,
        agents=everybody,
        sent=sent,
        lost=lost,
        price=price,
        volumes=volumes,
        shifts=tuple(shifts),
        contracts=bills,
        cost_lines=tuple(lines),
        cost=math.fsum(line.money for line in lines),
        bound=bound,
        binding=binding,
        notes=case.notes,
    )


def _bills(case: SplitCase, flows: Floats) -> tuple[VendorBill, ...]:
    vendors = list(case.center.vendors)
    bills = []
    for number, period in enumerate(case.periods):
        place = vendors.index(period.vendor)
        contract = case.center.vendors[period.vendor].contract
        usage = msgspec.structs.replace(contract.usage(), begin=period.begin)
        alike: dict[int, tuple[PeriodUsage, float]] = {}
        for row in np.flatnonzero((case.period_of[:, place] == number) & (flows[:, place] > 0.0)).tolist():
            one = case.usages[row, place]
            known = alike.get(id(one), (one, 0.0))
            alike[id(one)] = (one, known[1] + float(flows[row, place]))
        for one, contacts in alike.values():
            counted = Increment(*(getattr(one, name) for name in Increment._fields))
            usage = usage.plus(counted, contacts)
        bills.append(
            VendorBill(
                vendor=period.vendor,
                begin=period.begin,
                share=period.share,
                contacts=usage.handled,
                minutes=usage.handle_seconds / 60.0,
                usage=usage,
                invoice=prorated(contract, usage, min(period.share, 1.0)),
            )
        )
    return tuple(bills)
