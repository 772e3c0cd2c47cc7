"""The router on a simulated call center, with intervals.

replication
    One run of everything drawn anew; every policy meets the same contacts.
stream
    Contacts of one profile, with chance of their own.
interval
    A stretch of time that totals are counted by, half an hour as a rule.
path
    What became of one contact.

Not here: how contacts are decided, which is the live router's own kernel (`bporoute.routing`).
"""

from bporoute.simulation._comparison import cost_difference, dearer, dearer_replayed, service_difference
from bporoute.simulation._demo import demo_center, demo_replay
from bporoute.simulation._engine._run import COLUMNS, Paths
from bporoute.simulation._jobs._errors import WorkerLostError
from bporoute.simulation._logged import LoggedCalls
from bporoute.simulation._replay import Replay, prepare_replay
from bporoute.simulation._replayed import ReplayedPolicy
from bporoute.simulation._results import SimulatedPolicy, Simulation
from bporoute.simulation._scenario import Outage, Redial, Scenario, StateFeed
from bporoute.simulation._simulate import simulate, usual_arrivals
from bporoute.simulation._tuning import TunedPolicy

__all__ = [
    "COLUMNS",
    "LoggedCalls",
    "Outage",
    "Paths",
    "Redial",
    "Replay",
    "ReplayedPolicy",
    "Scenario",
    "SimulatedPolicy",
    "Simulation",
    "StateFeed",
    "TunedPolicy",
    "WorkerLostError",
    "cost_difference",
    "dearer",
    "dearer_replayed",
    "demo_center",
    "demo_replay",
    "prepare_replay",
    "service_difference",
    "simulate",
    "usual_arrivals",
]
