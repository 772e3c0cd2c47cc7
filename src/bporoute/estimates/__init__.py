"""What observations say, and how sure that is.

Every estimate is a frozen value with a pure step: rates, handle times, shares, quality, attainment, the
health of a vendor. Intervals and tests for what has been measured stand here too.

Not here: who observes (`bporoute.routing`, `bporoute.simulation`).
"""

from typing import TYPE_CHECKING

from bporoute._base.door import opened

if TYPE_CHECKING:
    from bporoute.estimates._attainment import Attainment
    from bporoute.estimates._confidence import Estimate
    from bporoute.estimates._handle_time import HandleTimeEstimate, HandleTimePrior, handle_time_factor
    from bporoute.estimates._non_inferiority import TrialResult, non_inferiority
    from bporoute.estimates._quality import Quality, quality_cost
    from bporoute.estimates._rate import RateEstimate, RatePrior
    from bporoute.estimates._sequential_test import SequentialTest
    from bporoute.estimates._share import ShareEstimate, SharePrior
else:
    __getattr__ = opened(
        __name__,
        {
            "_attainment": "Attainment",
            "_confidence": "Estimate",
            "_handle_time": "HandleTimeEstimate HandleTimePrior handle_time_factor",
            "_non_inferiority": "TrialResult non_inferiority",
            "_quality": "Quality quality_cost",
            "_rate": "RateEstimate RatePrior",
            "_sequential_test": "SequentialTest",
            "_share": "ShareEstimate SharePrior",
        },
    )

__all__ = [
    "Attainment",
    "Estimate",
    "HandleTimeEstimate",
    "HandleTimePrior",
    "Quality",
    "RateEstimate",
    "RatePrior",
    "SequentialTest",
    "ShareEstimate",
    "SharePrior",
    "TrialResult",
    "handle_time_factor",
    "non_inferiority",
    "quality_cost",
]
