"""Insoles of other makers, simulated, with the radio that listens to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from radio_kit import QUICK, Reader

from ingest.events import LayoutSeen, Rows
from ingest.sources.radio.adapter import Adapter
from ingest.sources.virtual.air import Air
from ingest.sources.virtual.gait import Story
from ingest.sources.virtual.others.kit import OtherInsole
from ingest.sources.virtual.walker import WalkerFoot
from ingest.wire.block import Codes
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout

ADDRESS = "F0:0D:00:00:02:01"
LIMITS = replace(QUICK, greeting_s=1.5)
Make = Callable[..., OtherInsole]


@asynccontextmanager
async def listening(
    make: Make, driver: Any, side: Side = Side.LEFT, **knobs: Any
) -> AsyncIterator[tuple[OtherInsole, Reader]]:
    """One insole on the air and a source that reads it; both ends are real."""
    air = Air(supervision_s=0.3)
    insole = make(air.controller("other"), side, WalkerFoot(side, Story()), address=ADDRESS, **knobs)
    await insole.power_on()
    try:
        async with (
            Adapter.virtual(air) as adapter,
            Reader(adapter.source(driver, ADDRESS, limits=LIMITS)) as reader,
        ):
            yield insole, reader
    finally:
        await insole.power_off()


def rows_of(reader: Reader) -> list[Rows]:
    return [event for event in reader.events if isinstance(event, Rows)]


def layout_of(reader: Reader) -> Layout:
    return next(event.layout for event in reader.events if isinstance(event, LayoutSeen))


def codes_of(rows: list[Rows]) -> Codes:
    return np.concatenate([one.codes for one in rows])


def row_count(reader: Reader) -> int:
    return sum(len(one.codes) for one in rows_of(reader))


def numbers(rows: list[Rows]) -> list[int]:
    return [seq for one in rows for seq in range(one.seq, one.seq + len(one.codes))]


def times_ns(rows: list[Rows]) -> list[int]:
    return [one.ticks * one.tick_ns + k * one.ns_per_row for one in rows for k in range(len(one.codes))]
