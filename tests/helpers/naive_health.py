"""The detector and the estimate from whole histories, and the detector's mean run length exactly."""

from __future__ import annotations

import math


def evidence(outcomes, low, high):
    """Page's sum, not by recursion: the largest sum over the last outcomes, however many, or 0."""
    ratios = [math.log(high / low) if failed else math.log((1 - high) / (1 - low)) for failed in outcomes]
    return max([0.0] + [math.fsum(ratios[start:]) for start in range(len(ratios))])


def failure_rate(told, now, prior, prior_weight, contacts, seconds):
    """Weigh each (time, failed) by its age in seconds and in further outcomes."""
    weights = [
        (1 - 1 / contacts) ** later * math.exp(-(now - time) / seconds)
        for later, (time, _) in zip(range(len(told) - 1, -1, -1), told, strict=True)
    ]
    failures = math.fsum(weight for weight, (_, failed) in zip(weights, told, strict=True) if failed)
    return (prior_weight * prior + failures) / (prior_weight + math.fsum(weights))


def mean_run_length(rate, low, high, threshold):
    """Mean number of outcomes until the alarm, outcomes failing independently with probability `rate`.

    A cycle runs from sum 0 until the sum is back at 0 or the alarm is raised. After n outcomes of a cycle
    the sum follows from the number of failures alone, so the chain over failures is exact. The run length
    is the mean length of a cycle over its probability of ending in an alarm (Wald).
    """
    up, down = math.log(high / low), math.log((1 - high) / (1 - low))
    inside, length, alarm, n = {0: 1.0}, 0.0, 0.0, 0
    while sum(inside.values()) > 1e-15 * alarm:
        n += 1
        length += sum(inside.values())
        after = {}
        for failures, mass in inside.items():
            for more, chance in ((1, rate), (0, 1 - rate)):
                total = (failures + more) * up + (n - failures - more) * down
                if total >= threshold:
                    alarm += mass * chance
                elif total > 0.0:
                    after[failures + more] = after.get(failures + more, 0.0) + mass * chance
        inside = after
    return length / alarm
