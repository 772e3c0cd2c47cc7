"""How many people, how much from whom: the plan that costs least, and how far it may be from the best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import msgspec

from bporoute._base.arrays import Floats, Integers
from bporoute.center._center import Center
from bporoute.errors import InputError
from bporoute.planning._shifts import ShiftPattern
from bporoute.planning._split_case import SplitCase, split_case
from bporoute.planning._split_model import SplitModel
from bporoute.planning._split_program import Columns, Limits, Split
from bporoute.planning._split_results import SplitPlan
from bporoute.planning._wages import Wages
from bporoute.workload._volumes import Volumes

GAP = 1e-3
SECONDS = 60.0
CLOSE = 1e-6
"""Share of the cost that the bound of the rules may lack."""
JOINTLY = 150
"""Intervals up to which whole shifts are looked for with all that they have in common."""


def plan(
    center: Center,
    forecast: Volumes,
    *,
    wages: Wages | None = None,
    shifts: Sequence[ShiftPattern] = (),
    limits: Limits = Limits(),  # noqa: B008  # frozen
    gap: float = GAP,
    seconds: float = SECONDS,
    progress: Callable[[str], None] | None = None,
) -> SplitPlan:
    """The cheapest plan: agents by interval or in whole shifts, and who gets what goes out.

    Every interval is a queue in equilibrium that sends out by the rule that is best for its agents and the
    price of going out (`bporoute.queueing.optimal_overflow`, the mathematics of the live rule), in the mean
    over what its rate may turn out to be. What goes out is divided among the vendors that may take it, by the
    same code as live, within their caps; what they are owed is a function of the period's volume that their
    contracts tell.

    Rules are generated until no other one, for any number of agents and any price, is cheaper by the prices
    of the program as an LP: its value is then the bound. Whole shifts and tiers follow by branch and bound
    with these rules; then the agents are fixed and what goes out is divided anew. Of many intervals, each
    queue and day is solved by itself at the prices of the linear program first; then all of them at once, if
    that is not close enough, and the cheaper plan counts. An interrupt (Ctrl-C) ends it after the step that
    runs: with the best plan so far, `SplitPlan.interrupted`, if there is one.

    Parameters
    ----------
    center : Center
        Queues with what waiting and giving up cost, contact types and vendors.
    forecast : Volumes
        Contacts by interval of every queue, and how uncertain they are.
    wages : Wages, optional
        What an agent's hour costs; needed unless each shift has a cost.
    shifts : sequence of ShiftPattern
        Shifts that people may work; none: agents come and go with the intervals. Of the people in a
        shift, or paid, a queue's shrinkage is not there.
    limits : Limits
        What the plan may not leave.
    gap : float
        Distance from the best, as a share, at which the search for whole shifts ends.
    seconds : float
        Seconds after which it ends with the best so far.
    progress : function, optional
        Is told what is done.

    Raises
    ------
    InputError
        Naming what cannot be modelled, or which contacts have nowhere to go within the limits.

    Notes
    -----
    The money of contracts is that of the expected volumes.

    Examples
    --------
    >>> from datetime import datetime
    >>> import numpy as np
    >>> from bporoute import Contract, ContactType, Queue, Vendor
    >>> desk = Queue(aht=300, patience=200, waiting_room=100, wait_cost_per_minute=0.15, abandonment_cost=8)
    >>> nord = Vendor(country="EE", timezone="UTC", contact_types=("desk",),
    ...               contract=Contract(price_per_contact=6.0))
    >>> center = Center(queues={"desk": desk}, contact_types={"desk": ContactType(queue="desk")},
    ...                 vendors={"nord": nord})
    >>> starts = tuple(datetime(2026, 12, 7, hour) for hour in (9, 10))
    >>> hour, aht = np.full(2, 3600.0), np.full(2, 300.0)
    >>> comes = Volumes(starts, ("desk",) * 2, np.array([540.0, 660.0]), aht, hour)
    >>> found = plan(center, comes, wages=Wages(24.0))
    >>> found.agents.tolist(), found.volumes["nord"].round(1).tolist(), round(found.cost, 2)
    ([50.0, 61.0], [1.9, 1.3], 2883.2)
    """
    said = progress or _nothing
    said("where contacts may go")
    case = split_case(center, forecast)
    _check_costs(case)
    model = SplitModel(case, wages, shifts, limits)
    said("rules of the intervals")
    close = min(CLOSE, gap / 10.0) if len(case.rows) <= JOINTLY else gap / 10.0
    search = _Search(model, model.generated(close), gap=gap, seconds=seconds, close=close, said=said)
    interrupted = False
    try:
        search.run()
    except KeyboardInterrupt:
        if not search.plans:
            raise
        interrupted = True
    best = min(search.plans, key=lambda each: each.cost)
    return msgspec.structs.replace(best, bound=search.bound, interrupted=interrupted)


def _nothing(_: str) -> None:
    pass


def _check_costs(case: SplitCase) -> None:
    for name in dict.fromkeys(case.queues):
        queue = case.center.queues[name]
        if not queue.wait_cost_per_minute and not queue.abandonment_cost:
            found = "neither wait_cost_per_minute nor abandonment_cost"
            raise InputError(f"queues.{name}", found, "what waiting costs: without it nobody need be there")


class _Search:
    """Plans that were found, the least that any may cost, and the steps that find better ones."""

    def __init__(
        self,
        model: SplitModel,
        generated: tuple[Columns, Split, float],
        *,
        gap: float,
        seconds: float,
        close: float,
        said: Callable[[str], None],
    ) -> None:
        self._model, self._gap, self._seconds, self._close, self._said = model, gap, seconds, close, said
        self._columns, self._relaxed, self.bound = generated
        self.plans: list[SplitPlan] = []

    def run(self) -> None:
        """Look for plans until one is close enough; every step may be the last one."""
        model, by_price = self._model, bool(self._model.shifts) and len(self._model.case.rows) > JOINTLY
        if by_price:
            self._said("whole people, by price")
            people, least = model.people_by_price(self._relaxed, self._gap, self._seconds)
            self.bound = max(self.bound, least)
            with suppress(InputError):  # together they may be too few for a share that all have in common
                self._tried(*model.at_work(people))
        else:
            self._said("whole people")
            self._tried(*model.whole(self._columns, self._relaxed, self._gap, self._seconds))
        if not self._close_enough():
            self._said("contracts that get cheaper, piece by piece")
            self._by_pieces(by_price=by_price)
        if by_price and not self._close_enough():
            self._said("whole people, all at once")
            try:
                self._tried(*model.whole(self._columns, self._relaxed, self._gap, self._seconds))
            except InputError:
                if not self.plans:
                    raise

    def _by_pieces(self, *, by_price: bool) -> None:
        model = self._model
        self._columns, found = model.by_pieces(self._columns, self._close)
        if not found:
            return
        self.bound = max(self.bound, found[0][0])
        self._relaxed = found[0][1]
        if by_price:
            people, least = model.people_by_price(self._relaxed, self._gap, self._seconds)
            self.bound = max(self.bound, min([max(found[0][0], least), *(each for each, _ in found[1:2])]))
            with suppress(InputError):
                self._tried(*model.at_work(people))

    def _tried(self, agents: Floats, people: Mapping[str, Integers]) -> None:
        self.plans.append(
            self._model.planned(agents, people, self._relaxed, self.bound, self._gap, self._seconds)
        )

    def _close_enough(self) -> bool:
        return any(each.cost - self.bound <= self._gap * abs(each.cost) for each in self.plans)
