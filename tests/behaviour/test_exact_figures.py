"""The simulated floor against figures that are known exactly; `make validation` does it at length."""

from __future__ import annotations

import os

import numpy as np
import pytest

from bporoute import QueueLength
from bporoute.estimates._confidence import of_replications
from bporoute.estimates._sequential_test import SequentialTest
from helpers.exact_cases import Case, cases, chat, controlled, excesses, judged, longer, loss, pool, weights

pytestmark = pytest.mark.thorough

INTERPRETED = os.environ.get("NUMBA_DISABLE_JIT") == "1"
COMPILER = pytest.mark.skipif(INTERPRETED, reason="millions of interpreted contacts take too long")
LEVEL = 0.999
CASES = cases()


def name(case: Case) -> str:
    return f"{case.model}; {case.system}"


@COMPILER
@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_million_contacts_agree_with_the_exact_figures(case: Case) -> None:
    batch, batches, pilot = (1e5, 12, 12) if case.whole else (2e4, 50, 50)
    weighed = weights(excesses(case, batch, pilot, seed=101))
    found = controlled(excesses(case, batch, batches, seed=102), weighed)
    for figure, values in zip((*case.figures, *case.inputs), found.T, strict=True):
        assert of_replications(values, LEVEL).holds(0.0), (figure.name, values.mean())


@pytest.mark.parametrize(
    "case", [loss(10, 10.0, ""), pool(10, 10.0, float("inf"), 0, 5, 1.0, ""), chat()], ids=name
)
def test_some_thousand_contacts_agree_in_machine_code_and_interpreted(case: Case) -> None:
    for figure, values in zip(case.figures, excesses(brief(case), 500, 20, seed=7).T, strict=False):
        assert of_replications(values, LEVEL).holds(0.0), (figure.name, values.mean())


def brief(case: Case) -> Case:
    """Where a few thousand contacts have to do."""
    return case._replace(warm_up=100.0)


@COMPILER
def test_handle_times_that_are_longer_than_anybody_knows_are_found() -> None:
    """3 % longer, for a test of 1 %: blocking is 6.4 % more, and the mean handle time itself is told."""
    wrong = longer(loss(10, 10.0, ""), 1.03)
    blocked, rate, aht = excesses(wrong, 5_000, 100, seed=11).T
    assert SequentialTest(exact=1.0, bias=0.01).after(1.0 + blocked).verdict == "biased"
    assert SequentialTest(exact=1.0, bias=0.01).after(1.0 + aht).verdict == "biased"
    assert SequentialTest(exact=1.0, bias=0.01).after(1.0 + rate).verdict == "unbiased"


@COMPILER
def test_the_exact_rule_is_the_best_threshold_contact_by_contact() -> None:
    """S1 of the research table: from 5 waiting on (kernels.md, section 5)."""
    exact_rule = next(case for case in CASES if case.system.startswith("S1: "))
    from_five_on = exact_rule._replace(policy=QueueLength(5))
    assert (excesses(exact_rule, 1e4, 20, seed=5) == excesses(from_five_on, 1e4, 20, seed=5)).all()


def test_weights_take_out_what_the_inputs_did_and_no_more() -> None:
    chance = np.random.default_rng(3)
    inputs, own = chance.normal(size=(400, 2)), chance.normal(scale=0.1, size=(400, 1))
    sample = np.concatenate([own + inputs @ [[2.0], [-1.0]], inputs], axis=1)
    weighed = weights(sample)
    assert weighed.ravel() == pytest.approx([2.0, -1.0], abs=0.03)
    left = controlled(sample, weighed)
    assert left[:, 0].std() == pytest.approx(0.1, rel=0.1)
    assert (left[:, 1:] == inputs).all()


@pytest.mark.slow
@pytest.mark.parametrize("model", ["Erlang B, M/M/n/n", "Erlang A, M/M/n+M", "M/M/n/n+K", "M/M/n+G"])
def test_100_million_contacts_rule_out_a_bias_of_a_thousandth(model: str) -> None:
    case = max(
        (case for case in CASES if case.model == model), key=lambda case: sum(f.main for f in case.figures)
    )
    main = [row for row in judged(case, 1e8, 1e5, seed=1000) if row.figure.main]
    assert len(main) >= 3
    assert [(row.figure.name, row.bias, row.test.verdict) for row in main] == [
        (row.figure.name, 0.001, "unbiased") for row in main
    ]
