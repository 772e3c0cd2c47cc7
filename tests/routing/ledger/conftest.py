"""Every kind of store, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpers.servers import Place, place_of


@pytest.fixture(scope="session", params=["sqlite", "postgresql", "redis"])
def running_place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    with place_of(request.param, tmp_path_factory.mktemp("stores")) as place:
        yield place


@pytest.fixture
def place(running_place: Place) -> Iterator[Place]:
    """Where a store is that holds nothing yet."""
    running_place.clear()
    yield running_place
    running_place.start()
