"""The program of a split plan: rules of intervals, shifts that cover them, what goes out to whom, bills."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute._base.clock import windows
from bporoute._base.ranges import PEOPLE, PROBABILITY
from bporoute.contracts._period_cost import HANDLED_CONTACTS, Piece
from bporoute.errors import InputError
from bporoute.planning._overflow_rules import NEVER, overflow_rules
from bporoute.planning._program import Program
from bporoute.planning._shifts import WorkedShifts
from bporoute.planning._split_case import SplitCase

NOWHERE = 1e5
"""Money for a contact, in the program alone, that has nowhere to go, so that it says how many these are."""
STRAIGHT = 1e-9
CONTRADICTION = "limits"
"""What a complaint is about, if nothing keeps all rows."""
WORTH_TELLING = 1e-6
"""Money for one more unit of a limit that is none."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan may not leave.

    Attributes
    ----------
    in_house_share : float
        Least share, in [0, 1], of all contacts that the own agents answer.
    most_share : dict
        Vendor -> largest share, in [0, 1], of all contacts that it gets.
    most_agents : dict
        Queue -> most agents at a time.

    Raises
    ------
    InputError
        A share or a number of agents is out of range.

    Examples
    --------
    >>> Limits(in_house_share=-1)
    Traceback (most recent call last):
    bporoute.errors.InputError: in_house_share: found -1; expected a number of at least 0 and of at most 1
    """

    in_house_share: float = 0.0
    most_share: Mapping[str, float] = {}
    most_agents: Mapping[str, int] = {}

    def __post_init__(self) -> None:
        PROBABILITY.check("in_house_share", self.in_house_share)
        for name, share in self.most_share.items():
            PROBABILITY.check(f"most_share.{name}", share)
        for name, agents in self.most_agents.items():
            PEOPLE.check(f"most_agents.{name}", agents)


class Columns(NamedTuple):
    """Rules that intervals may have: of each its row, agents, contacts sent and lost, money of waiting."""

    row: Integers
    agents: Floats
    sent: Floats
    lost: Floats
    money: Floats

    def some(self, chosen: Integers) -> Columns:
        """Those of some numbers."""
        return self._replace(**{name: getattr(self, name)[chosen] for name in self._fields})

    def and_also(self, other: Columns) -> Columns:
        """These and others."""
        return self._replace(
            **{name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in self._fields}
        )


def rule_columns(
    case: SplitCase, row: Integers, agents: Floats, price: Floats, lost_price: float = 0.0
) -> Columns:
    """What becomes of the contacts of some rows with so many agents, by the rules for prices of going out.

    A row that keeps its contacts has no price; of one whose contacts all go out nothing else is asked. The
    rule is the best if a contact that gives up costs `lost_price` beside its cost; this is not in the money.
    """
    sent, lost, money = np.zeros(len(row)), np.zeros(len(row)), np.zeros(len(row))
    names = np.array(case.queues)[row]
    ways = np.array([case.ways.ways[case.rows[each]] for each in row.tolist()])
    for name in dict.fromkeys(case.queues):
        mine = np.flatnonzero((names == name) & (ways != "out"))
        if not len(mine):
            continue
        rows, queue = row[mine], case.center.queues[name]
        kept = ways[mine] == "kept"
        found = overflow_rules(
            queue,
            agents[mine],
            case.volume[rows] / case.seconds[rows],
            case.cv[rows],
            case.aht[rows],
            np.where(kept, NEVER, np.maximum(price[mine], 0.0)),
            lost_price,
        )
        seconds = case.seconds[rows]
        # Whoever finds the room full and has nowhere to go is lost.
        turned_away = np.where(kept, found.sent, 0.0)
        sent[mine] = np.where(kept, 0.0, found.sent) * seconds
        lost[mine] = (found.lost + turned_away) * seconds
        money[mine] = (found.money + turned_away * queue.abandonment_cost) * seconds
    out = ways == "out"
    sent[out] = case.volume[row[out]]
    return Columns(row, agents, sent, lost, money)


class Binding(NamedTuple):
    """A limit that the plan would rather leave.

    Attributes
    ----------
    what, whose : str
        The limit, and the vendor or queue that it is about, or the center.
    times : int
        In how many hours, days, intervals or periods it binds.
    worth : float
        Money that one more unit of it would save, in all of them.
    """

    what: str
    whose: str
    times: int
    worth: float


class Split(NamedTuple):
    """What a program says.

    Attributes
    ----------
    cost, bound : float
        Money, and money below which the program cannot get.
    rules : array
        Weight of each of its rule columns.
    shifts : dict
        Queue -> people in each of its shifts.
    flows : array of shape (rows, vendors)
        Contacts that each vendor gets.
    nowhere : array
        Contacts of each row that have nowhere to go.
    missing : float
        Contacts that the in-house share lacks.
    prices, worth, row_costs : array
        Of each row, what one more contact that goes out costs beside what it is worth in-house, what one more
        agent is worth, and what its rule costs in all by these prices; without whole numbers only.
    kept_worth : float
        What one more contact answered in-house is worth to its share; likewise.
    binding : tuple of Binding
        Limits that bind; likewise.
    """

    cost: float
    bound: float
    rules: Floats
    shifts: Mapping[str, Floats]
    flows: Floats
    nowhere: Floats
    missing: float
    prices: Floats
    worth: Floats
    row_costs: Floats
    kept_worth: float
    binding: tuple[Binding, ...]


class SplitProgram:
    """The program of a case: which rule in each interval, which shifts, who gets what.

    Parameters
    ----------
    case : SplitCase
        What is planned.
    columns : Columns
        Rules that the intervals may have.
    agent_costs : array
        Money of one agent in each row, where there are no shifts.
    shifts : dict
        Queue -> shifts that may be worked; empty: agents are there interval by interval.
    there : dict
        Queue -> share of the people in a shift who are there.
    limits : Limits
        What may not be left.
    whole_rules : bool
        Whether each row has one rule, not several for a part of the time each.
    at_work : array, optional
        Agents of each row on average, where they are known.
    pieces : sequence of int
        Of each money that gets cheaper with the volume, in their order, the piece that it is to be on; empty:
        whichever is cheapest.

    Attributes
    ----------
    choices : list of int
        How many pieces each of these has.
    """

    def __init__(
        self,
        case: SplitCase,
        columns: Columns,
        agent_costs: Floats,
        shifts: Mapping[str, WorkedShifts],
        there: Mapping[str, float],
        limits: Limits,
        *,
        whole_rules: bool = False,
        at_work: Floats | None = None,
        pieces: Sequence[int] = (),
    ) -> None:
        self._case, self._columns = case, columns
        self._program = Program()
        self._named: list[tuple[str, str, int]] = []
        self.choices: list[int] = []
        self._pieces = tuple(pieces)
        costs = columns.money + (0.0 if shifts else columns.agents * agent_costs[columns.row])
        self._rules = self._program.columns(costs, whole=whole_rules)
        self._order = np.argsort(columns.row, kind="stable")
        self._ends = np.searchsorted(columns.row[self._order], np.arange(len(case.rows) + 1))
        self._one = [
            self._program.row(self._of(row), np.ones(len(self._of(row))), low=1.0, high=1.0)
            for row in range(len(case.rows))
        ]
        self._cover: list[int] = []
        self._shifts = {
            queue: self._program.columns(worked.costs, high=worked.most, whole=True)
            for queue, worked in shifts.items()
        }
        self._cover_rows(shifts, there, limits)
        for row, most in enumerate([] if at_work is None else at_work.tolist()):
            mine = self._of(row)
            self._program.row(self._rules[mine], columns.agents[mine], high=most)
        self._places = np.argwhere(case.open_to)
        self._flows = self._program.columns(np.zeros(len(self._places)))
        self._nowhere = self._program.columns(np.full(len(case.rows), NOWHERE))
        self._balance = self._balances()
        self._fixed = 0.0
        self._bills()
        self._caps()
        self._missing = self._program.column(NOWHERE)
        self._share_row = -1
        self._day_rows: list[tuple[int, list[int]]] = []
        self._limits(limits)

    def _of(self, row: int) -> Integers:
        found: Integers = self._order[self._ends[row] : self._ends[row + 1]]
        return found

    def _cover_rows(
        self, shifts: Mapping[str, WorkedShifts], there: Mapping[str, float], limits: Limits
    ) -> None:
        case = self._case
        place = dict.fromkeys(case.queues, 0)
        for row, queue in enumerate(case.queues):
            if queue not in shifts:
                continue
            covers = there[queue] * shifts[queue].covers[place[queue]]
            place[queue] += 1
            mine, some = self._of(row), np.flatnonzero(covers)
            if queue in limits.most_agents:
                most = limits.most_agents[queue]
                seats = self._program.row(self._shifts[queue][some], covers[some], high=most)
                self._named.append(("most_agents", queue, seats))
            self._cover.append(
                self._program.row(
                    [*self._shifts[queue][some], *self._rules[mine]],
                    [*covers[some], *-self._columns.agents[mine]],
                    low=0.0,
                )
            )

    def _balances(self) -> list[int]:
        """What goes out goes to somebody, or has nowhere to go."""
        case, columns, found = self._case, self._columns, []
        ends = np.searchsorted(self._places[:, 0], np.arange(len(case.rows) + 1))
        for row in range(len(case.rows)):
            flows, mine = self._flows[ends[row] : ends[row + 1]], self._of(row)
            found.append(
                self._program.row(
                    [*flows, self._nowhere[row], *self._rules[mine]],
                    [*np.ones(len(flows) + 1), *-columns.sent[mine]],
                    low=0.0,
                    high=0.0,
                )
            )
        return found

    def _bills(self) -> None:
        case = self._case
        vendors = list(case.center.vendors)
        of_period: dict[int, list[int]] = {}
        for flow, (row, vendor) in enumerate(self._places.tolist()):
            of_period.setdefault(int(case.period_of[row, vendor]), []).append(flow)
        for number, period in enumerate(case.periods):
            place, cost = vendors.index(period.vendor), period.cost
            charged: list[tuple[int, float]] = []
            certain = cost.fixed
            flows = of_period.get(number, [])
            for measure, pieces in cost.by_units.items():
                counts = [case.units(int(self._places[flow, 0]), place)[measure] for flow in flows]
                most = sum(
                    count * case.volume[self._places[flow, 0]]
                    for flow, count in zip(flows, counts, strict=True)
                )
                reached = _up_to(pieces, most)
                straight = reached[0] if len(reached) == 1 else None
                price = 0.0 if straight is None else cost.factor * straight.price
                units = self._program.column(price, high=max(most, 0.0))
                self._program.row([*self._flows[flows], units], [*counts, -1.0], low=0.0, high=0.0)
                if straight is None:
                    charged += self._charge(units, reached, cost.factor)
                else:
                    charged.append((units, price))
                    certain += straight.base
            self._fixed += cost.factor * certain
            if cost.least:
                missing = self._program.column(cost.factor)
                columns, factors = zip(*charged, strict=True) if charged else ((), ())
                self._program.row(
                    [*columns, missing],
                    [*(factor / cost.factor for factor in factors), 1.0],
                    low=cost.least - certain,
                )

    def _charge(self, units: int, pieces: Sequence[Piece], factor: float) -> list[tuple[int, float]]:
        """Columns and factors whose sum is the money of so many units, which the cost then has in it."""
        program = self._program
        rising = all(
            one.price <= two.price + STRAIGHT
            and math.isclose(one.money(two.above), two.money(two.above), rel_tol=1e-9, abs_tol=1e-6)
            for one, two in pairwise(pieces)
        )
        if rising:
            money = program.column(factor, low=-math.inf)
            for piece in pieces:
                program.row([money, units], [1.0, -piece.price], low=piece.base)
            return [(money, factor)]
        chosen = program.columns(factor * np.array([piece.base for piece in pieces]), high=1.0, whole=True)
        amounts = program.columns(factor * np.array([piece.price for piece in pieces]))
        program.row(chosen, np.ones(len(pieces)), low=1.0, high=1.0)
        if self._pieces:
            program.row([int(chosen[self._pieces[len(self.choices)]])], [1.0], low=1.0)
        self.choices.append(len(pieces))
        program.row([*amounts, units], [*np.ones(len(pieces)), -1.0], low=0.0, high=0.0)
        for piece, one, amount in zip(pieces, chosen.tolist(), amounts.tolist(), strict=True):
            program.row([amount, one], [1.0, -piece.above], low=0.0)
            program.row([amount, one], [1.0, -piece.up_to], high=0.0)
        return [
            *zip(chosen.tolist(), [factor * piece.base for piece in pieces], strict=True),
            *zip(amounts.tolist(), [factor * piece.price for piece in pieces], strict=True),
        ]

    def _caps(self) -> None:
        """Most contacts and minutes by hour, day and period, most at once, and the shares of a day."""
        case = self._case
        days = case.days
        of_day: dict[date, float] = {}
        for day, volume in zip(days, case.volume.tolist(), strict=True):
            of_day[day] = of_day.get(day, 0.0) + volume
        for place, (name, vendor) in enumerate(case.center.vendors.items()):
            flows = np.flatnonzero(self._places[:, 1] == place)
            if not len(flows):
                continue
            contract, zone = vendor.contract, vendor.zone
            rows = self._places[flows, 0]
            handled = np.array([case.units(row, place)[HANDLED_CONTACTS] for row in rows.tolist()])
            minutes = np.array([case.usages[row, place].handle_seconds / 60.0 for row in rows.tolist()])
            starts = [windows(at, zone, contract.period) for at in case.begins[rows].tolist()]
            for span in ("hour", "day", "period"):
                keys = [getattr(each, span) for each in starts]
                for cap, counts in ((f"cap_per_{span}", handled), (f"cap_minutes_per_{span}", minutes)):
                    most = getattr(contract, cap)
                    if most is not None:
                        self._at_most((cap, name), flows, rows, counts, keys, float(most))
            at_once = 60.0 * minutes / case.seconds[rows]
            teams = [vendor.capacity, vendor.agents]
            for day in dict.fromkeys(days):
                ramped = contract.capacity_on(day)
                most = [team for team in (*teams, ramped) if team is not None]
                mine = np.array([days[row] == day for row in rows.tolist()])
                if most and mine.any():
                    keys = case.begins[rows[mine]].tolist()
                    self._at_most(
                        ("capacity", name), flows[mine], rows[mine], at_once[mine], keys, float(min(most))
                    )
            day_keys = [days[row] for row in rows.tolist()]
            shares = {day: min(vendor.max_share, contract.trial_share(day)) for day in of_day}
            if min(shares.values()) < 1.0:
                most_of_day = {day: share * of_day[day] for day, share in shares.items()}
                self._at_most(("max_share", name), flows, rows, np.ones(len(flows)), day_keys, most_of_day)

    def _at_most(
        self,
        named: tuple[str, str],
        flows: Integers,
        rows: Integers,
        counts: Floats,
        keys: Sequence[Any],
        most: float | Mapping[Any, float],
    ) -> None:
        """A row for each key whose flows might be more than it allows."""
        groups: dict[object, list[int]] = {}
        for number, key in enumerate(keys):
            groups.setdefault(key, []).append(number)
        for key, mine in groups.items():
            high = most[key] if isinstance(most, Mapping) else most
            if float(counts[mine] @ self._case.volume[rows[mine]]) > high:
                row = self._program.row(self._flows[flows[mine]], counts[mine], high=high)
                self._named.append((*named, row))

    def _limits(self, limits: Limits) -> None:
        case, columns = self._case, self._columns
        total = float(case.volume.sum())
        if limits.in_house_share:
            kept = case.volume[columns.row] - columns.sent - columns.lost
            self._share_row = self._program.row(
                [*self._rules, self._missing], [*kept, 1.0], low=limits.in_house_share * total
            )
            self._named.append(("in_house_share", "center", self._share_row))
        for name, share in limits.most_share.items():
            if name not in case.center.vendors:
                raise InputError(f"most_share.{name}", "no such vendor", "a vendor of the center")
            place = list(case.center.vendors).index(name)
            flows = self._flows[self._places[:, 1] == place]
            row = self._program.row(flows, np.ones(len(flows)), high=share * total)
            self._named.append(("most_share", name, row))
        least = case.center.min_in_house_share
        if least:
            days = case.days
            for day in dict.fromkeys(days):
                rows = [row for row, other in enumerate(days) if other == day]
                mine = np.concatenate([self._of(row) for row in rows])
                most = (1.0 - least) * float(case.volume[rows].sum())
                row = self._program.row(
                    [*self._rules[mine], *self._nowhere[rows]],
                    [*columns.sent[mine], *-np.ones(len(rows))],
                    high=most,
                )
                self._day_rows.append((row, rows))
                self._named.append(("min_in_house_share", "center", row))

    def solved(self, *, whole: bool, gap: float, seconds: float = math.inf) -> Split:
        """What is cheapest; `whole`: in whole shifts, to a relative `gap`, in so many `seconds` at most."""
        found = self._program.solved(whole=whole, gap=gap, seconds=seconds)
        if found is None:
            raise InputError(
                CONTRADICTION, "shares that contradict each other", "limits that some plan keeps"
            )
        values = found.values
        flows = np.zeros(self._case.open_to.shape)
        flows[tuple(self._places.T)] = values[self._flows]
        nothing = np.zeros(len(self._case.rows))
        prices, worth, row_costs, kept_worth = nothing, nothing, nothing, 0.0
        if len(found.prices):
            kept_worth = float(found.prices[self._share_row]) if self._share_row >= 0 else 0.0
            prices = found.prices[self._balance] + kept_worth
            for row, rows in self._day_rows:
                prices[rows] -= found.prices[row]
            worth = found.prices[self._cover] if self._cover else nothing
            row_costs = found.prices[self._one] + kept_worth * self._case.volume
        return Split(
            cost=found.cost + self._fixed,
            bound=found.bound + self._fixed,
            rules=values[self._rules],
            shifts={queue: values[columns] for queue, columns in self._shifts.items()},
            flows=flows,
            nowhere=values[self._nowhere],
            missing=float(values[self._missing]),
            prices=prices,
            worth=worth,
            row_costs=row_costs,
            kept_worth=kept_worth,
            binding=self._binding(found.prices),
        )

    def _binding(self, prices: Floats) -> tuple[Binding, ...]:
        """The named rows that cost something, those of a kind together."""
        found: dict[tuple[str, str], list[float]] = {}
        for what, whose, row in self._named if len(prices) else ():
            if abs(prices[row]) > WORTH_TELLING:
                found.setdefault((what, whose), []).append(abs(float(prices[row])))
        return tuple(Binding(*key, len(worths), math.fsum(worths)) for key, worths in found.items())


def _up_to(pieces: Sequence[Piece], most: float) -> list[Piece]:
    """The pieces that so many units reach, the last one up to them."""
    reached = [piece for piece in pieces if piece.above <= most] or [pieces[0]]
    last = reached[-1]
    return [*reached[:-1], last._replace(up_to=min(last.up_to, max(most, last.above)))]
