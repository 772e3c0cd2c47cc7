"""Both sets of kernels for every kernel test, and hypothesis without a clock."""

from __future__ import annotations

import hypothesis
import pytest

from bporoute import _kernels

# Each example meets both sets of kernels. What everybody runs is the same everywhere, so that a change is
# judged by what it changes; `make explore` looks where nobody has looked yet.
hypothesis.settings.register_profile(
    "bporoute", deadline=None, max_examples=20, derandomize=True, database=None
)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=100, print_blob=True)
hypothesis.settings.load_profile("bporoute")


@pytest.fixture(scope="session")
def compiled_kernels() -> _kernels.Kernels:
    _kernels.warmup()
    return _kernels.current()


@pytest.fixture(scope="session", params=["interpreted", "compiled"])
def kernels(request: pytest.FixtureRequest) -> _kernels.Kernels:
    if request.param == "interpreted":
        return _kernels.INTERPRETED
    return request.getfixturevalue("compiled_kernels")
