"""Durations as values: what can be built, written in a file, and laid out."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from bporoute._base.fields import converted
from bporoute.durations._laws import (
    Constant,
    Duration,
    Empirical,
    EmpiricalPatience,
    Erlang,
    Exponential,
    Hyperexponential,
    Lognormal,
    LognormalPatience,
    Weibull,
    WeibullPatience,
    mean_of,
)
from bporoute.errors import InputError
from bporoute.queueing._sampling import laid_out, sampled

pytestmark = pytest.mark.kernels

ALL = [
    Constant(90.0),
    Exponential(240.0),
    Lognormal(4.784, 0.953),
    Weibull(0.89, 395.0),
    Empirical((30.0, 10.0)),
    Erlang(mean=120.0, phases=3),
    Hyperexponential(means=(10.0, 300.0), shares=(0.25, 0.75)),
    LognormalPatience(mean=240.0, cv=1.1),
    WeibullPatience(mean=240.0, shape=2.0),
    EmpiricalPatience(times=(0.0, 60.0), shares=(1.0, 0.0)),
]


class Scenario(msgspec.Struct):
    handle: Duration


@pytest.mark.parametrize("duration", ALL)
def test_values_survive_json_and_tables(duration):
    assert msgspec.json.decode(msgspec.json.encode(duration), type=Duration) == duration
    assert converted({"handle": msgspec.to_builtins(duration)}, Scenario, "").handle == duration


def test_tables_as_a_person_writes_them():
    read = [
        240,
        {"distribution": "constant", "seconds": 5},
        {"distribution": "exponential", "mean": math.inf},
        {"distribution": "fitted_lognormal", "log_mean": 5, "log_sd": 1},
        {"distribution": "sample", "times": [3, 1]},
    ]
    expected = [240.0, Constant(5.0), Exponential(math.inf), Lognormal(5.0, 1.0), Empirical((3.0, 1.0))]
    assert converted(read, list[Duration], "") == expected


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        (0, "handle: found 0; expected a number above 0"),
        ("240", "handle: found '240'; expected a number or a table"),
        ({"mean": 3}, "handle: found no 'distribution'"),
        ({"distribution": 3}, "handle.distribution: found 3; expected one of: constant, exponential"),
        (
            {"distribution": "lognorm", "mean": 3},
            "handle.distribution: found 'lognorm'; expected 'lognormal' (known: constant, exponential,",
        ),
        (
            {"distribution": "fitted_lognormal", "log_mean": "x", "log_sd": 1},
            "handle.log_mean: found 'x'; expected a number",
        ),
        (
            {"distribution": "fitted_lognormal", "logmean": 1, "log_sd": 1},
            "handle: found an unknown key 'logmean'; expected 'log_mean' (known: log_mean, log_sd)",
        ),
        ({"distribution": "constant", "seconds": -1}, "handle.seconds: found -1"),
        ({"distribution": "fitted_lognormal", "log_mean": 5, "log_sd": 99}, "handle.log_sd: found 99"),
        ({"distribution": "sample", "times": []}, "handle.times: found ()"),
        ({"distribution": "constant", "minutes": 1}, "minutes"),
    ],
)
def test_files_are_checked(table, complaint):
    with pytest.raises(InputError) as caught:
        converted({"handle": table}, Scenario, "")
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("build", "complaint"),
    [
        (
            lambda: Constant(-1),
            "found -1; expected a number of at least 0 and of at most 1e+09, or inf",
        ),
        (lambda: Constant(math.nan), "seconds: found nan"),
        (lambda: Constant(2e9), "seconds: found 2000000000.0"),
        (lambda: Exponential(0), "mean: found 0; expected a number above 0"),
        (lambda: Exponential(True), "mean: found True"),
        (lambda: Exponential("240"), "mean: found '240'"),
        (lambda: Lognormal(math.inf, 1), "log_mean: found inf"),
        (lambda: Lognormal(5, -0.1), "log_sd: found -0.1"),
        (lambda: Weibull(0, 300), "shape: found 0"),
        (lambda: Weibull(1, 0), "scale: found 0"),
        (lambda: Empirical(()), "times: found (); expected at least one"),
        (lambda: Empirical(5), "times: found 5"),
        (lambda: Empirical((1, -2)), "times[1]: found -2"),
        (lambda: Empirical((1, math.inf)), "times[1]: found inf"),
        (lambda: laid_out([240.0, -1.0]), "durations[1]: found -1.0; expected a number above 0"),
        (lambda: laid_out(["240"]), "durations[0]: found '240'"),
        (lambda: sampled(240.0, np.uint64(1), -1), "count: found -1"),
        (lambda: sampled(240.0, np.uint64(1), 1, first=-1), "first: found -1"),
    ],
)
def test_what_cannot_be(build, complaint):
    with pytest.raises(InputError) as caught:
        build()
    assert complaint in str(caught.value)


def test_means():
    assert mean_of(240.0) == 240.0
    assert mean_of(Constant(90.0)) == 90.0
    assert mean_of(Empirical((30.0, 10.0))) == 20.0
    assert mean_of(Hyperexponential(means=(10.0, 300.0), shares=(0.5, 0.5))) == 155.0
    assert mean_of(Lognormal(5.0, 0.8)) == pytest.approx(math.exp(5.32))


def test_laws_share_their_points():
    laws, points = laid_out(ALL)
    assert laws.shape == (len(ALL), 5)
    assert points.tolist()[:2] == [10.0, 30.0]
    together = [sampled(duration, np.uint64(5), 3) for duration in ALL]
    from bporoute._kernels.simulation import chance as chance

    for law, alone in enumerate(together):
        out = np.empty(3)
        with np.errstate(over="ignore"):
            chance.durations(laws, points, law, np.uint64(5), 0, out)
        assert out == pytest.approx(alone, rel=1e-14)


def test_no_durations_at_all():
    laws, points = laid_out([])
    assert laws.shape == (0, 5)
    assert points.size == 0


def test_numpy_numbers_are_numbers():
    assert laid_out([np.float64(240.0), np.int64(60)])[0][:, 1].tolist() == [240.0, 60.0]
