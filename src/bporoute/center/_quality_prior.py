"""What is believed of a team's quality before it was measured."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from bporoute._base.checked import Checked
from bporoute._base.fields import Memory, Probability, Weight

Factor = Annotated[float, Meta(ge=0.01, le=100)]


class QualityPrior(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is believed of a team's quality before it was measured.

    Attributes
    ----------
    resolution : float
        Share of its contacts that are resolved, in [0, 1].
    satisfaction : float
        Mean satisfaction of its customers, in [0, 1].
    handle_time_factor : float
        Its handle time as a multiple of the in-house team's, from 0.01 to 100.
    weight : float
        Contacts that this belief weighs as much as, above 0.
    memory : float
        Contacts after which one's influence has fallen to 1/e, >= 1; inf: it never does. With the default a
        resolution of 75 % keeps a standard error below 1 point.

    Raises
    ------
    InputError
        If a number is outside its range.

    Examples
    --------
    >>> QualityPrior(resolution=0.72, weight=50).satisfaction
    1.0
    """

    resolution: Probability = 1.0
    satisfaction: Probability = 1.0
    handle_time_factor: Factor = 1.0
    weight: Weight = 100.0
    memory: Memory = 2000.0
