"""Help for the tests of estimates: many steps at once, and hits that a probability allows."""

from __future__ import annotations

import math


def seen(estimate, *steps):
    for step in steps:
        estimate = estimate.step(*step) if isinstance(step, tuple) else estimate.step(step)
    return estimate


def within_binomial_error(hits, trials, probability):
    return abs(hits - trials * probability) < 3.5 * math.sqrt(trials * probability * (1 - probability))
