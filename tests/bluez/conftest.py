"""These tests run inside the BlueZ box only: `make test-bluez`. Elsewhere none of them is collected."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bluez_kit import AirControl, bluez_air

from ingest.sources.radio.adapter import Adapter

if "BLUEZ_BOX" not in os.environ:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture
async def air(tmp_path: Path) -> AsyncIterator[AirControl]:
    async with bluez_air(tmp_path) as control:
        yield control


@pytest.fixture
async def adapter(air: AirControl) -> AsyncIterator[Adapter]:
    async with Adapter.bluez() as adapter:
        yield adapter
