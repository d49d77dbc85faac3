"""These tests run inside the BlueZ box only: `make test-bluez`. Elsewhere none of them is collected."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest
from bluez_kit import AirControl, air_process, bluez_air

from ingest.sources.radio.adapter import Adapter

if "BLUEZ_BOX" not in os.environ:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def air_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with air_process(tmp_path_factory.mktemp("air")) as address:
        yield address


@pytest.fixture
async def air(air_address: str) -> AsyncIterator[AirControl]:
    async with bluez_air(air_address) as control:
        yield control


@pytest.fixture
async def adapter(air: AirControl) -> AsyncIterator[Adapter]:
    async with Adapter.bluez() as adapter:
        yield adapter
