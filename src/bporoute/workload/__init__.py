"""What comes and who works: files, call logs, arrival streams, schedules.

Not here: what becomes of the contacts (`bporoute.simulation`).
"""

from bporoute.workload._arrivals import Arrivals, Listed
from bporoute.workload._call_log import Call, CallLog, read_calls
from bporoute.workload._day_shape import DayShape
from bporoute.workload._fitting import fit_handle_times, fit_patience, fit_patience_curve
from bporoute.workload._read import Reading, read
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._grid import BadRow
from bporoute.workload._reading._sources import Source
from bporoute.workload._remarks import remarks
from bporoute.workload._resampling import SeenTimes
from bporoute.workload._schedule import Schedule, daily_schedule, read_schedule
from bporoute.workload._streams import Stream
from bporoute.workload._volumes import Volumes, read_volumes

__all__ = [
    "Arrivals",
    "BadRow",
    "Call",
    "CallLog",
    "DayShape",
    "FileFormat",
    "Listed",
    "Reading",
    "Schedule",
    "SeenTimes",
    "Source",
    "Stream",
    "Volumes",
    "daily_schedule",
    "fit_handle_times",
    "fit_patience",
    "fit_patience_curve",
    "read",
    "read_calls",
    "read_schedule",
    "read_volumes",
    "remarks",
]
