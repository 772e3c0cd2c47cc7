"""The rows of the queues in the routing tables: what was told of each, and the rule solved for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute import _kernels
from bporoute._base.arrays import Floats, Integers
from bporoute._kernels.routing import columns
from bporoute._kernels.routing.marginal_rule import AS_BEFORE
from bporoute.center._center import Center
from bporoute.center._queue import LEAST_PATIENCE, Queue
from bporoute.policies._looks import EVERYTHING, ROOM, SCORE, TEAM, goes_by_marginal_cost, looks_at
from bporoute.policies._rule import Policy
from bporoute.policies._situation import PeriodScore, blocked_cost
from bporoute.policies._solved import Classes, Solved, SolvedByKernel, solved
from bporoute.routing._handle_laws import HandleLaws
from bporoute.routing._state import QueueState
from bporoute.routing._tables._arrays import RoutingArrays, fill_queue_row
from bporoute.routing._tables._evidence import Basis, Evidence
from bporoute.routing._tables._profiles import Profile, Profiles
from bporoute.routing._tables._queue_rules import install
from bporoute.routing._tables._queue_watch import QueueWatch
from bporoute.routing.ledger._memory import Ledger

MIX_MEMORY = 0.75
"""What is left of a contact's weight in the mix when the mix has been looked at."""
FIRST_REACH = 1000.0
"""Contacts waiting up to which rules are solved before more wait, where nobody is explained anything."""
FIRST_LOOKS = 256
"""Contacts of a queue after which its mix is looked at for good; before, after 1, 2, 4, .. of them."""
_NO_CLASSES: Floats = np.empty((3, 0))
_TOLD = [columns.PRESENT, *range(columns.TOLD, columns.KEPT_SINCE + 1)]
_MOVED = [columns.GATE, columns.MOVED_AT, columns.ROUTED]
_COUNTED = [columns.PRESENT, columns.KEPT_SINCE, columns.ROUTED]
_QUEUES_OWN = [columns.GATE, columns.MOVED_AT, columns.QUEUE_STATUS, columns.SCHEDULED]
"""What no snapshot tells."""


class Vendors(NamedTuple):
    """Copies of the table of vendors and of what they were sent, with what a snapshot tells."""

    table: Floats
    usage: Floats
    trouble: str


class Row:
    """One row of the queue tables: what was loaded into it last.

    `concurrency` is how many contacts an agent may have there, `key` is all that its rule was solved from,
    `solved` what came of it, `inputs` and `classes` what that rests on, `version` rises whenever that may be
    something else; `basis` is what decisions rest on beside their line; `state` is what was told of the
    queue, `told_at` when each field of it was true, `distrust` why that cannot be decided on; `present_at` is
    when they were there who are told as busy and waiting, `heard_from` the number of the first decision since
    somebody told of them; `profile` is that of the contact that asked last, `looked_at` the number of
    contacts after which the mix was looked at last, and `reach` is how many may wait before the rule has to
    be solved for more.
    """

    __slots__ = (
        "basis",
        "classes",
        "concurrency",
        "distrust",
        "heard_from",
        "inputs",
        "key",
        "looked_at",
        "number",
        "present_at",
        "profile",
        "reach",
        "solved",
        "state",
        "told_at",
        "version",
    )

    def __init__(self, number: int, basis: Basis, reach: float, concurrency: int) -> None:
        self.reach = reach
        self.concurrency = concurrency
        self.number = number
        self.basis = basis
        self.key: tuple[object, ...] = ()
        self.inputs: tuple[object, ...] = ()
        self.classes = _NO_CLASSES
        self.solved: Solved | SolvedByKernel | None = None
        self.state: QueueState | None = None
        self.distrust = ""
        self.profile: Profile | None = None
        self.told_at = [-math.inf] * len(QueueState.__struct_fields__)
        self.present_at = -math.inf
        self.heard_from = 0
        self.version = 0
        self.looked_at = 0.0


class Troubles:
    """What is wrong with the clock, the ledger, each vendor's live state, and all of it; empty: nothing."""

    def __init__(self, vendors: int) -> None:
        self.clock = self.ledger = self.text = ""
        self.vendors = [""] * vendors

    def of_clock(self, problem: str) -> bool:
        """Note what is wrong with the clock; whether that is news."""
        news, self.clock = problem != self.clock, problem
        self._join()
        return news

    def of_ledger(self, problem: str) -> bool:
        """Note what is wrong with a shared ledger; whether that is news."""
        news, self.ledger = problem != self.ledger, problem
        if news:
            self._join()
        return news

    def of_vendor(self, vendor: int, problem: str) -> bool:
        """Note what is wrong with a vendor's live state; whether that is news."""
        news, self.vendors[vendor] = problem != self.vendors[vendor], problem
        self._join()
        return news

    def _join(self) -> None:
        self.text = "; ".join(filter(None, (self.clock, self.ledger, *self.vendors)))


class QueueRows:
    """Queues that are told of and decide by rules that fit.

    Attributes
    ----------
    rows : list of Row
        One for each queue.
    spare : Row
        For a snapshot that is only asked about.
    watches : list of QueueWatch
        What each queue's own stream says of it.
    troubles : Troubles
        What decisions of all queues suffer from.
    day_until : float
        When the center's day ends, epoch seconds.
    explained : bool
        Whether anybody is shown what decisions rest on, or some rest on a state that is stale. Else a rule
        is all that is solved, and anew only where something changed that its policy looks at.
    by_team : bool
        Whether the rules stand for as long as agents and handle times do, whatever arrives and costs.
    by_score : bool
        Whether they rest on how the day has gone so far.
    """

    def __init__(
        self,
        center: Center,
        policy: Policy,
        ledger: Ledger,
        arrays: RoutingArrays,
        profiles: Profiles,
        watches: list[QueueWatch],
        laws: HandleLaws,
        explained: bool,
    ) -> None:
        self._center, self._policy, self._ledger = center, policy, ledger
        self._arrays, self._profiles = arrays, profiles
        self._names, self._vendor_names = tuple(center.queues), tuple(center.vendors)
        self.watches, self._laws = watches, laws
        self.troubles = Troubles(len(center.vendors))
        nothing = Basis(center, policy, ledger)
        self.explained = explained
        looks = EVERYTHING if explained else looks_at(policy)
        reach = math.inf if looks >= ROOM else FIRST_REACH
        at_once = [queue.concurrency for queue in center.queues.values()]
        self.rows = [Row(number, nothing, reach, each) for number, each in enumerate(at_once)]
        self.spare = Row(len(self._names), nothing, math.inf, 1)
        self.day_until = math.inf
        self._to_look_at: list[int] = []
        self._young = list(self.rows)
        self.by_team, self.by_score = looks <= TEAM, looks >= SCORE
        by_kernel = goes_by_marginal_cost(policy)
        self._full_room = [
            _full_room(queue) if by_kernel and queue.concurrency == 1 else None
            for queue in center.queues.values()
        ]

    def take_over(
        self, before: QueueRows, numbers: Sequence[tuple[int, int]], profiles: Mapping[int, Profile]
    ) -> None:
        """Have queues be as others rows have them, by pairs of their numbers there and here.

        `profiles` are what profiles stand for here by their rows there. No rule is taken over.
        """
        here = dict(numbers)
        for theirs, mine in numbers:
            there, row = before.rows[theirs], self.rows[mine]
            numbers_there, numbers_here = before._arrays.queues[theirs], self._arrays.queues[mine]
            self.hold(row)
            self._write_state(row, there.state, there.present_at, 0.0)
            if not row.distrust and not there.distrust:
                numbers_here[_TOLD] = numbers_there[_TOLD]
            numbers_here[_MOVED] = numbers_there[_MOVED]
            row.told_at, row.present_at = there.told_at.copy(), there.present_at
            row.heard_from, row.looked_at = there.heard_from, there.looked_at
            met = None if there.profile is None else profiles.get(there.profile.number)
            row.profile = met if met is not None and met.queue == mine else None
        self.day_until = before.day_until
        self.troubles.of_clock(before.troubles.clock)
        self.troubles.of_ledger(before.troubles.ledger)
        self._to_look_at = [here[queue] for queue in before._to_look_at if queue in here]
        self._young = [row for row in self.rows if row.looked_at <= FIRST_LOOKS]

    @property
    def counted(self) -> Floats:
        """A copy of the contacts of each queue: present, kept since the state was told, and routed."""
        found: Floats = self._arrays.queues[:-1, _COUNTED]
        return found

    def count(self, more: Mapping[str, Floats]) -> None:
        """Count contacts more of queues, by name, as `counted` says; others may be among them."""
        for number, name in enumerate(self._names):
            if name in more:
                self._arrays.queues[number, _COUNTED] += more[name]

    def take_over_rule(self, before: QueueRows, theirs: int, mine: int) -> None:
        """Have a queue decide by the rule that others rows have for it, with all that it rests on."""
        there, row, arrays, old = before.rows[theirs], self.rows[mine], self._arrays, before._arrays
        arrays.widen_curves(old.curves.shape[2])
        arrays.curves[mine, :, : old.curves.shape[2]] = old.curves[theirs]
        shift = arrays.queues[mine, columns.PAGE_SHIFT]
        arrays.queues[mine] = old.queues[theirs]
        arrays.queues[mine, columns.PAGE_SHIFT] = shift
        if old.hashed:
            arrays.draw_by_hash()
        row.classes, row.solved, row.version, row.reach = (
            there.classes,
            there.solved,
            there.version,
            there.reach,
        )
        row.key, row.inputs = (mine, *there.key[1:])[: len(there.key)], (mine, *there.inputs[1:])
        row.inputs = row.inputs[: len(there.inputs)]
        row.basis = msgspec.structs.replace(
            there.basis,
            center=self._center,
            policy=self._policy,
            trouble=self.troubles.text,
            handle_times=self._laws.known,
        )

    def touch(self, queues: Iterable[int]) -> None:
        """Have the rules of these queues solved anew before they decide again."""
        for queue in queues:
            if self.by_team and self.rows[queue].key:
                continue
            self.rows[queue].version += 1
            self._arrays.queues[queue, columns.QUEUE_READY] = 0.0

    def touch_moved(self) -> None:
        """Have the rules of those queues solved anew that new verdicts concern."""
        if moved := self._profiles.moved:
            self.touch(moved)
            moved.clear()

    def touch_all(self) -> None:
        """Have every rule solved anew before it decides again."""
        self.touch(range(len(self.rows)))

    def reach_further(self, row: Row, waiting: float) -> None:
        """Have a row's rule solved anew, for more than so many contacts waiting."""
        while row.reach <= waiting:
            row.reach *= 2.0
        row.key = ()
        self._arrays.queues[row.number, columns.QUEUE_READY] = 0.0

    def ready(self, row: Row) -> bool:
        """Whether a row's rule is solved and nobody has told anything new since."""
        return bool(self._arrays.queues[row.number, columns.QUEUE_READY] != 0.0)

    def routed(self, queue: int) -> float:
        """Contacts of a queue that were routed so far."""
        return float(self._arrays.queues[queue, columns.ROUTED])

    def hold(self, row: Row) -> None:
        """Keep compiled decisions off a queue until its rule is loaded."""
        self._arrays.queues[row.number, columns.QUEUE_READY] = 0.0

    def kept_since(self, row: Row) -> float:
        """Contacts kept since they were there who are told as busy and waiting; nan if that is not known."""
        return float(self._arrays.queues[row.number, columns.KEPT_SINCE])

    def tell(self, row: Row, state: QueueState, kept: float) -> None:
        """Note what is true of a queue, with those `kept` since; solve its rule anew where it has to be."""
        self.hold(row)
        self._write_state(row, state, row.present_at, kept)
        if row.profile is not None:  # whoever tells it pays for the solving, not the next contact
            self.load(row, row.profile)

    def untold(self, row: Row) -> Callable[[], None]:
        """What makes a row be told as it is now, whatever is told meanwhile."""
        numbers = self._arrays.queues[row.number]
        told = [columns.PRESENT, *range(columns.TOLD, columns.KEPT_SINCE + 1)]
        before, known = numbers.copy(), (row.state, row.distrust, row.present_at, row.heard_from)

        def untell() -> None:
            values = before[told]
            (row.state, row.distrust, row.present_at, row.heard_from), numbers[told] = known, values

        return untell

    def note(self, row: Row, state: QueueState, now: float) -> None:
        """Note what is true of a queue from now on; its rule waits to be solved."""
        self.hold(row)
        row.present_at = now
        self._write_state(row, state, now, 0.0)

    def tell_staff(self, row: Row, agents: float, arrival_rate: float | None) -> None:
        """Note agents and rate of a queue; who was busy and waiting stays as the arrays tell it."""
        numbers = self._arrays.queues[row.number]
        busy, waiting = numbers[[columns.TOLD_BUSY, columns.TOLD_WAITING]].tolist()
        row.present_at = float(numbers[columns.TOLD_AT])
        self.tell(row, QueueState(agents, busy, waiting, arrival_rate), self.kept_since(row))

    def begin_day(self, until: float) -> None:
        """Have the center's day last until an instant, epoch seconds."""
        self.day_until = until

    def set_back(self, now: float) -> None:
        """What was told before the clock was set back must not stay young for ever."""
        told_at = self._arrays.queues[:, columns.TOLD_AT]
        self._arrays.queues[:, columns.TOLD_AT] = np.fmin(told_at, now)  # nan: told while it failed
        for row in self.rows:
            if row.present_at == -math.inf:  # never told: nothing that could grow old
                told_at[row.number] = math.nan
            row.present_at = min(now, row.present_at)

    def _write_state(self, row: Row, state: QueueState | None, at: float, kept: float) -> None:
        """Put what was told into a row, true at an instant, and how many were kept since."""
        state = None if state is None else state.in_plain_numbers()
        row.state = state
        row.distrust = "" if state is None else state.distrust(row.concurrency)
        numbers = self._arrays.queues[row.number]
        told = numbers[columns.TOLD : columns.KEPT_SINCE + 1]
        if state is None or row.distrust:
            told[:] = math.nan
            return
        numbers[columns.PRESENT] = state.present_of(row.concurrency) + kept
        rate = math.nan if state.arrival_rate is None else state.arrival_rate
        aht = math.nan if state.aht is None else state.aht
        told[:] = state.agents, state.busy, state.waiting, rate, aht, at, kept

    def load(self, row: Row, profile: Profile, vendors: Vendors | None = None) -> None:
        """Have a row decide by its state and, where inputs changed, by a rule solved anew."""
        state, numbers = row.state, self._arrays.queues[row.number]
        name = self._names[profile.queue]
        live = row is not self.spare
        if live:
            row.profile = profile
        trouble = self.troubles.text if vendors is None else vendors.trouble
        distrust = f"no state of queue {name!r} is known" if state is None else row.distrust
        rule, solved_from = row.solved, row.key
        if not distrust and state is not None:
            watch = self.watches[profile.queue]
            rate = watch.arrival_rate if state.arrival_rate is None else state.arrival_rate
            aht = watch.aht if state.aht is None else state.aht
            told = b"" if vendors is None else vendors.table.tobytes()
            key: tuple[object, ...] = profile.queue, state.agents, aht
            if not self.by_team:
                key = (*key, rate, self.rows[profile.queue].version, told)
            if key != row.key:
                row.key = ()
                found = self._solve(row, profile, state.agents, rate, aht, vendors)
                if isinstance(found, str):
                    distrust, solved_from = found, ()
                else:
                    solved_from, rule = key, found
        numbers[columns.DISTRUST] = 1.0 if distrust else 0.0
        basis = Basis(
            self._center,
            self._policy,
            self._ledger,
            state if distrust else None,
            distrust,
            None if distrust else rule,
            trouble,
            self._laws.known,
        )
        row.basis, row.key = basis, solved_from  # on one line: a rule that is known is shown
        numbers[columns.QUEUE_READY] = 1.0 if live else 0.0

    def borrow(self, profile: Profile, state: QueueState | None, now: float) -> Row:
        """The spare row, with a snapshot's state of a queue; gate and credits are the queue's own."""
        row, queue = self.spare, self.rows[profile.queue]
        numbers, own = self._arrays.queues[row.number], self._arrays.queues[queue.number]
        row.concurrency = queue.concurrency
        fill_queue_row(numbers, self._center.queues[self._names[profile.queue]])
        numbers[_QUEUES_OWN] = own[_QUEUES_OWN]
        numbers[[columns.STALE_AFTER, columns.LOST_AFTER]] = math.inf
        self._write_state(row, state, now, 0.0)
        return row

    def give_back(self, queue: int) -> None:
        """Note on a queue's own row what its rule did on the borrowed one."""
        numbers, own = self._arrays.queues[self.spare.number], self._arrays.queues[queue]
        own[[columns.GATE, columns.MOVED_AT]] = numbers[[columns.GATE, columns.MOVED_AT]]

    def weigh(self, queue: int) -> None:
        """Have a queue's rule and the contacts of its types follow its handle times."""
        self.touch({queue})  # first: a compiled decision reads the profiles only where it may
        self._profiles.weigh(queue)

    def slower(self, queue: int, evidence: Evidence) -> float:
        """How many times as long as alone a kept contact may have taken its agent; nan if nobody can tell.

        By those who were there when it came: `Queue.slowdown` says how they share the agents.
        """
        config, state = self._center.queues[self._names[queue]], evidence.state
        if config.concurrency == 1:
            return 1.0
        if state is None or evidence.belief in ("lost", "distrusted"):
            return math.nan
        from bporoute._kernels.queueing.chat import ending_rate  # few queues have chats

        agents = max(math.ceil(state.agents), 1)
        chats = int(min(evidence.present + 1.0, agents * config.concurrency))
        return chats / ending_rate(float(agents), np.array(config.at_once), chats)

    def look(self) -> None:
        """Take notice of the arrivals and the mix of every queue, see `look_on`."""
        self._to_look_at = list(reversed(range(len(self.rows))))

    def look_on(self, now: float, most: int) -> bool:
        """Look at `most` of the queues that wait for it; whether others still wait."""
        for _ in range(min(len(self._to_look_at), most)):
            number = self._to_look_at[-1]
            told = self.rows[number].state
            by_rate = told is None or told.arrival_rate is None
            self.watches[number].look(
                now, self.routed(number), partial(self.touch, {number} if by_rate else ())
            )
            self._look_at_the_mix(self.rows[number])
            self._to_look_at.pop()
        return bool(self._to_look_at)

    def look_at_young_mixes(self) -> None:
        """Solve rules anew whose queue's mix moved on, where few contacts came before the last look."""
        for row in self._young:
            self._look_at_the_mix(row)
        self._young = [row for row in self._young if row.looked_at <= FIRST_LOOKS]

    def _look_at_the_mix(self, row: Row) -> None:
        """After 1, 2, 4 .. 256 contacts, then at every look."""
        routed = self.routed(row.number)
        if routed < _next_look(row):
            return
        self.touch({row.number})
        ways, seen = self._arrays.ways, (self._profiles.rows(row.number), 0, columns.SEEN)
        memory = MIX_MEMORY if routed >= FIRST_LOOKS else 1.0
        # On one line: whatever is interrupted, nothing fades twice.
        ways[seen], row.looked_at = memory * ways[seen], routed

    def before_a_look(self, queues: Iterable[int]) -> float:
        """Contacts of these queues before one of their mixes may have to be looked at."""
        young = (self.rows[queue] for queue in queues if self.rows[queue].looked_at <= FIRST_LOOKS)
        return min((_next_look(row) - self.routed(row.number) for row in young), default=math.inf)

    def _score(self, queue: int, arrival_rate: float) -> PeriodScore | None:
        """How the center's day has gone for a queue, and what is expected of it until midnight."""
        good, base = self.watches[queue].scored
        until = self.day_until - self._arrays.since
        if not base or not 0.0 < until < math.inf:
            return None
        return PeriodScore(good=good, base=base, remaining=arrival_rate * until)

    def _solve(
        self, row: Row, profile: Profile, agents: float, rate: float, aht: float, vendors: Vendors | None
    ) -> Solved | SolvedByKernel | str:
        """Have a row's rule solved and installed, unless it is; say what went wrong, if anything did."""
        queue = profile.queue
        score = self._score(queue, rate) if self.by_score else None
        inputs = queue, agents, aht, row.reach, score
        before = row.classes if inputs == row.inputs else _NO_CLASSES
        row.inputs = ()  # until the tables hold what is solved now
        kinds = self._profiles.kinds(profile)
        classes = np.empty((3, len(kinds)))
        found: Solved | SolvedByKernel | str | None = None
        if vendors is None:
            found = self._solve_at_once(row, profile, kinds, agents, rate, aht, before, classes)
        if found is None:
            found = self._ask(row, profile, kinds, agents, rate, aht, vendors, score, before, classes)
        if not isinstance(found, str):
            if found is not row.solved:
                row.solved = found
            row.inputs = inputs
        return found

    def _solve_at_once(
        self,
        row: Row,
        profile: Profile,
        kinds: Integers,
        agents: float,
        rate: float,
        aht: float,
        before: Floats,
        classes: Floats,
    ) -> Solved | SolvedByKernel | None:
        """Have the compiled kernel solve and install a rule; None if it cannot."""
        kernel, full = _kernels.current().solve_marginal_rule_at, self._full_room[profile.queue]
        if kernel is None or full is None:
            return None
        arrays, explained = self._arrays, int(self.explained)
        places, blocked = full
        while True:
            with np.errstate(all="ignore"):  # where Numba is switched off, the end of numbers would warn
                count = kernel(
                    arrays.pack(), profile.number, row.number, kinds, agents, rate, aht, places, blocked,
                    row.reach, explained, before, classes,
                )  # fmt: skip
            if count >= 0:
                break
            arrays.widen_curves(-count)
        if count == AS_BEFORE:
            return row.solved
        if count == 0:
            return None
        name, row.classes = self._names[profile.queue], np.ascontiguousarray(classes[:, :count])
        room = int(arrays.queues[row.number, columns.LAST]) - math.ceil(agents)
        return SolvedByKernel(name, self._center.queues[name], agents, aht, row.classes, room)

    def _ask(
        self,
        row: Row,
        profile: Profile,
        kinds: Integers,
        agents: float,
        rate: float,
        aht: float,
        vendors: Vendors | None,
        score: PeriodScore | None,
        before: Floats,
        classes: Floats,
    ) -> Solved | SolvedByKernel | str:
        """Ask the policy for a rule and install it."""
        arrays, name = self._arrays, self._names[profile.queue]
        table, usage = (arrays.vendors, arrays.usage) if vendors is None else vendors[:2]
        count = _kernels.current().price_classes(
            profile.number, row.number, kinds, rate, aht, arrays.ways, table, usage, arrays.queues, *classes
        )
        met = np.ascontiguousarray(classes[:, :count])
        if row.solved is not None and np.array_equal(met, before):
            return row.solved
        row.classes = met
        with np.errstate(all="ignore"):  # interpreted, a queue at the end of numbers would warn
            found = solved(
                self._policy,
                name,
                self._center.queues[name],
                agents,
                aht,
                Classes(*met),
                self._vendor_names,
                score,
                self.explained,
                row.reach,
            )
        if isinstance(found, Solved):
            arrays.widen_curves(len(found.situation.present))
            if found.rule.by_hash:
                arrays.draw_by_hash()
            install(
                found,
                self._vendor_names,
                arrays.queues[row.number],
                arrays.curves[row.number],
                arrays.shares[row.number],
                self.explained,
            )
        return found


def _full_room(queue: Queue) -> tuple[float, float]:
    """Places of a queue's waiting room, and money that a contact costs which finds it full."""
    patience = max(queue.patience, LEAST_PATIENCE)
    return float(queue.waiting_room), blocked_cost(patience, queue.cost_rate, queue.abandonment_cost)


def _next_look(row: Row) -> float:
    """Contacts of a queue, since the beginning, from which on its mix is to be looked at."""
    return row.looked_at + min(max(row.looked_at, 1.0), FIRST_LOOKS)
