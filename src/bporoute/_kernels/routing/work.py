"""How long a contact takes an agent, in mean handle times of its queue."""

from __future__ import annotations

from bporoute._kernels.compiling.arrays import Row
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing.columns import AHT_MULTIPLE, AHT_SECONDS


@kernel("f8(Row,f8)", inline=True)
def work_of(in_house: Row, aht: float) -> float:
    """The work of a contact, by the in-house way of its profile, beside a mean handle time of `aht` seconds.

    Where `aht` is 0, which stands for no rule, 1.
    """
    seconds = in_house[AHT_SECONDS]
    if seconds == 0.0:  # as most are: a division takes as long as some comparisons of ways
        return float(in_house[AHT_MULTIPLE])
    return float(in_house[AHT_MULTIPLE] + seconds / aht) if aht > 0.0 else 1.0
