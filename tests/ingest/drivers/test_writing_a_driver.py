"""What the guide for drivers says is tried: its example is installed as a third party's would be, and streams."""

from __future__ import annotations

import random
import re
import struct
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bumble import gatt
from others_kit import codes_of, layout_of, listening, numbers, row_count, rows_of

from ingest.drivers import base, registry
from ingest.events import FaultSeen, Rows
from ingest.sources.virtual.others.kit import OtherInsole, advertised, notifying, readable, service_list, writable
from ingest.sources.virtual.others.worn import Worn
from ingest.sources.virtual.walk import Walk
from ingest.wire.block import Codes
from ingest.wire.geometry import Side
from ingest.wire.messages import LinkState

GUIDE = (Path(base.__file__).parent / "WRITING_A_DRIVER.md").read_text()
S = LinkState


def block(title: str) -> str:
    found = re.search(rf"```\w+ title={re.escape(title)}\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def tread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module of the guide, installed where only this test sees it."""
    (tmp_path / "tread_insole.py").write_text(block("tread_insole.py"))
    monkeypatch.syspath_prepend(tmp_path)
    (name, value), *others = tomllib.loads(block("pyproject.toml"))["project"]["entry-points"][registry.GROUP].items()
    assert not others
    drivers = registry.load([EntryPoint(name, value, registry.GROUP)])
    assert list(drivers) == ["tread"]
    yield sys.modules["tread_insole"]
    del sys.modules["tread_insole"]


class TreadInsole(OtherInsole):
    """As the guide describes it."""

    def __init__(self, controller: Any, side: Side, walk: Walk, *, address: str, tread: Any) -> None:
        self._data = notifying(tread.DATA)
        foot = readable(tread.INFO, lambda: bytes([side is Side.RIGHT]))
        control = writable(tread.CONTROL, lambda data: self.begin() if data == b"\1" else self.halt())
        super().__init__(
            controller,
            name="Tread",
            address=address,
            services=[gatt.Service(tread.SERVICE, [foot, self._data, control])],
            advertisement=advertised(service_list(tread.SERVICE)),
            worn=Worn(walk, tread.PLACES, row_ns=20_000_000, full_scale=tread.FULL_SCALE),
            row_ns=20_000_000,
        )

    async def send(self, row: int, codes: Codes) -> None:
        await self.notify(self._data, struct.pack("<I4H", 500 + 20 * row, *codes.tolist()))


def test_the_example_is_sixty_lines() -> None:
    lines = [line for line in block("tread_insole.py").splitlines() if line.strip()]
    assert len(lines) <= 60


@pytest.mark.parametrize("side", Side)
async def test_the_example_streams_over_the_radio(tread: Any, side: Side) -> None:
    async with listening(TreadInsole, tread.TreadDriver("t-1"), side, tread=tread) as (insole, reader):
        await reader.until(lambda reader: row_count(reader) >= 40)
        await reader.source.stop()
        await reader.until_state(S.ENDED)
        assert np.array_equal(codes_of(rows_of(reader)), np.array(insole.rows)[: row_count(reader)])
        assert numbers(rows_of(reader)) == list(range(row_count(reader)))
        assert codes_of(rows_of(reader)).any()
        assert layout_of(reader).side is side
        assert reader.states == [S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING, S.ENDED]


async def test_the_example_is_lost_and_found(tread: Any) -> None:
    async with listening(TreadInsole, tread.TreadDriver("t-1"), Side.LEFT, tread=tread) as (insole, reader):
        await reader.until(lambda reader: row_count(reader) >= 5)
        await insole.drop()
        await reader.until_state(S.LOST, S.SEARCHING, S.CONNECTING, S.GREETING, S.STREAMING)
        await reader.until_rows(3)
        assert len({rows.boot for rows in rows_of(reader)}) == 2


def test_the_examples_own_test_passes(tread: Any) -> None:
    names: dict[str, Any] = {}
    exec(compile(block("test_tread.py"), "test_tread.py", "exec"), names)  # the guide's own words
    names["test_a_row"]()


def test_no_bytes_make_the_example_raise(tread: Any) -> None:
    chance = random.Random(6)
    driver = tread.TreadDriver("t-1")
    for each in list(driver.on_connected(0))[1:3]:
        driver.on_failed(each, "not found", 0)
    driver.on_read(tread.INFO, b"\0", 0)
    seen = [
        event
        for number in range(5_000)
        for event in driver.on_notified(tread.DATA, chance.randbytes(chance.choice((0, 5, 12, 12, 13))), number)
    ]
    assert {type(event) for event in seen} <= {Rows, FaultSeen}
    assert all(event.codes.max() <= 4095 for event in seen if isinstance(event, Rows))


def test_what_the_guide_names_is_there() -> None:
    root = Path(base.__file__).parents[2]
    named = set(re.findall(r"`((?:ingest|tests)/[\w/]+\.py)`", GUIDE))
    assert len(named) >= 6
    assert not [path for path in named if not (root / path).is_file()]
    beside = set(re.findall(r"`(\w+\.py)`", GUIDE))
    assert not [name for name in beside if not (root / "ingest" / "drivers" / name).is_file()]
    assert {"left", "right", "driver"} == set(tomllib.loads(block("underfoot.toml"))["insoles"])
