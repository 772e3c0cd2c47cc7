"""Both sets of kernels for every kernel test, and hypothesis without a clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
import pytest
from hypothesis.internal.conjecture import providers

from bporoute import _kernels
from helpers.clock import Clock
from helpers.kernels import compiled

# Each example meets both sets of kernels. What everybody runs is the same everywhere, so that a change is
# judged by what it changes; `make explore` looks where nobody has looked yet.
unhurried = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("bporoute", unhurried, max_examples=20, derandomize=True, database=None)
hypothesis.settings.register_profile("quick", hypothesis.settings.get_profile("bporoute"), max_examples=5)
hypothesis.settings.register_profile("explore", unhurried, max_examples=100, print_blob=True)
hypothesis.settings.load_profile("bporoute")


@pytest.fixture(scope="session", autouse=True)
def same_examples() -> None:
    """Examples do not come from the constants of the modules that happen to be loaded by now."""
    if hypothesis.settings().derandomize and hasattr(providers, "_get_local_constants"):
        none = providers.Constants()
        providers._get_local_constants = lambda: none


@pytest.fixture(scope="session")
def compiled_kernels() -> _kernels.Kernels:
    _kernels.warmup()
    return _kernels.current()


@pytest.fixture(scope="session", params=["interpreted", "compiled"])
def kernels(request: pytest.FixtureRequest) -> _kernels.Kernels:
    if request.param == "interpreted":
        return _kernels.INTERPRETED
    return request.getfixturevalue("compiled_kernels")


@pytest.fixture(scope="session", params=["interpreted", "compiled"])
def ready(request: pytest.FixtureRequest) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Gives a kernel as it is, or its machine code."""
    return compiled if request.param == "compiled" else lambda kernel: kernel


@pytest.fixture
def either_kernels(kernels: _kernels.Kernels, monkeypatch: pytest.MonkeyPatch) -> None:
    """Routers decide with each set of kernels in turn."""
    monkeypatch.setattr(_kernels, "current", lambda: kernels)


@pytest.fixture
def clock() -> Clock:
    return Clock()
