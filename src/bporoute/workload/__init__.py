"""What comes and who works: files, call logs, arrival streams, schedules.

Not here: what becomes of the contacts (`bporoute.simulation`).
"""

from bporoute.workload._arrivals import Arrivals, Listed
from bporoute.workload._call_log import Call, CallLog, read_calls
from bporoute.workload._day_shape import DayShape
from bporoute.workload._fitting import fit_handle_times, fit_patience, fit_patience_curve
from bporoute.workload._forecasting._by_calendar import Parameters
from bporoute.workload._forecasting._events import read_events
from bporoute.workload._forecasting._forecast import forecast
from bporoute.workload._forecasting._history import read_history
from bporoute.workload._forecasting._reforecast import Reforecast, RestOfDay, reforecast
from bporoute.workload._forecasting._results import Accuracy, Forecast, QueueForecast
from bporoute.workload._forecasting._so_far import read_so_far
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
    "Accuracy",
    "Arrivals",
    "BadRow",
    "Call",
    "CallLog",
    "DayShape",
    "FileFormat",
    "Forecast",
    "Listed",
    "Parameters",
    "QueueForecast",
    "Reading",
    "Reforecast",
    "RestOfDay",
    "Schedule",
    "SeenTimes",
    "Source",
    "Stream",
    "Volumes",
    "daily_schedule",
    "fit_handle_times",
    "fit_patience",
    "fit_patience_curve",
    "forecast",
    "read",
    "read_calls",
    "read_events",
    "read_history",
    "read_schedule",
    "read_so_far",
    "read_volumes",
    "reforecast",
    "remarks",
]
