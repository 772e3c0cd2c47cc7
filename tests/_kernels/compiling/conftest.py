"""A cache of compiled kernels that the tests of compiling share."""

from __future__ import annotations

import pytest

from helpers.compiling import FILES, WARM_UP, cached_files, run


@pytest.fixture(scope="session")
def warm_cache(tmp_path_factory):
    cache = tmp_path_factory.mktemp("warm")
    run(WARM_UP, cache)
    assert len(cached_files(cache)) == FILES
    return cache
