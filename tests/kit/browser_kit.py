"""A real headless Chromium from Debian, and a page over a model that the test feeds in real time."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from ingest.wire.alerts import Alert, AlertLevel, AlertReply, AlertState
from ingest.wire.block import Block
from ingest.wire.entries import Entry, EntryTaken
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Calibration, Cell, Region, Side, Unit, checksum, region_at, zone_of
from ingest.wire.messages import CellFault, Figure, Layout, LinkState, Metrics, PerFoot, Status
from processing.rules.lifecycle import AlertBook
from processing.store.journal_sqlite import SqliteJournal
from underfoot.screen import ScreenModel

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
S = 1_000_000_000
ROW_NS = 10_000_000
PERSON = "p1"
TEXT = "More of your weight is on the front of your left foot than usual. Slow down; check the shoe."


def need_chromium() -> None:
    if not CHROMIUM.exists():
        pytest.fail(f"Chromium is missing: expected {CHROMIUM} (Debian's package chromium)")


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser; the test fails, naming what is missing, when Debian's Chromium is not installed."""
    need_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass(slots=True)
class Watched:
    """A tab together with everything it did that a clean page does not do."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def strangers(self, url: str) -> list[str]:
        """Requests that went to another place than the page's own."""
        return [request for request in self.requests if not request.startswith(url)]


async def open_page(place: Browser | BrowserContext, url: str, **viewport: int) -> Watched:
    size = {"width": viewport.get("width", 1100), "height": viewport.get("height", 900)}
    page = await place.new_page() if isinstance(place, BrowserContext) else await place.new_page(viewport=size)
    watched = Watched(page)
    page.on("request", lambda request: watched.requests.append(request.url))
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    page.on("console", lambda said: watched.complaints.append(said.text) if said.type == "error" else None)
    await page.goto(url)
    return watched


async def until(condition: Callable[[], object], within_s: float = 20.0) -> None:
    """Wait until a condition of the test's own holds."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - the condition is anything, there is no event to wait for
            await asyncio.sleep(0.02)


def layout_of(side: Side, calibration: Calibration = Calibration.WEIGHT, **changes: object) -> Layout:
    """Sixteen cells spread over the sole, in N."""
    places = [
        (0.3, 0.06), (0.7, 0.06), (0.3, 0.2), (0.7, 0.2), (0.75, 0.36), (0.45, 0.36), (0.75, 0.5), (0.4, 0.48),
        (0.16, 0.68), (0.36, 0.7), (0.54, 0.68), (0.72, 0.65), (0.88, 0.6), (0.2, 0.9), (0.45, 0.88), (0.7, 0.82),
    ]  # fmt: skip
    cells = tuple(_cell(f"cell {index}", x, y) for index, (x, y) in enumerate(places))
    given = {
        "insole": f"insole-{side}", "side": side, "cells": cells, "unit": Unit.NEWTON, "scale": 0.05,
        "rate_hz": 100.0, "calibration": calibration, "checksum": checksum(cells),
    }  # fmt: skip
    return Layout(**{**given, **changes})


def _cell(area: str, x: float, y: float) -> Cell:
    region: Region = region_at(x, y)
    return Cell(area=area, zone=zone_of(region), x=x, y=y, region=region, area_mm2=400.0, full_scale=4000)


def walk_codes(side: Side, first_row: int, rows: int, layout: Layout) -> np.ndarray:
    """A walk at one stride a second: load rolls from heel to toe in 0.62 s, the right foot half a stride later."""
    t = (first_row + np.arange(rows)) * ROW_NS / S + (0.0 if side is Side.LEFT else 0.5)
    phase = (t % 1.0) / 0.62
    y = np.array([cell.y for cell in layout.cells])
    rolling = np.exp(-(((phase[:, None] - 0.1) / 0.8 - y[None, :]) ** 2) / 0.08)
    load = np.where(phase[:, None] < 1.0, rolling * np.sin(np.pi * np.clip(phase, 0, 1))[:, None] ** 0.5, 0.0)
    return np.round(load * 1500).astype(np.int16)


def block_at(side: Side, seq: int, t_ns: int, rows: int = 20, **changes: object) -> Block:
    """Rows `seq …` of the synthetic walk, their first one taken at `t_ns`."""
    given = {
        "insole": f"insole-{side}", "side": side, "boot": 1, "seq": seq, "ticks": seq * 100, "tick_ns": 100_000,
        "t_ns": t_ns, "ns_per_row": ROW_NS, "codes": walk_codes(side, seq, rows, layout_of(side)),
        "unit": Unit.NEWTON, "scale": 0.05,
    }  # fmt: skip
    return Block(**{**given, **changes})


def status_at(side: Side, t_ns: int, link: LinkState = LinkState.STREAMING, battery_pct: int = 81) -> Status:
    return Status(insole=f"insole-{side}", side=side, t_ns=t_ns, link=link, battery_pct=battery_pct)


def metrics_at(t_ns: int, *, left: float | None = 43.0, right: float | None = 45.0, walk: str = "walk-1") -> Metrics:
    def figure(value: float | None) -> Figure:
        known = value is not None
        return Figure(
            value=value, coverage_pct=98.0 if known else 20.0, reason=None if known else "too little measured"
        )

    return Metrics(
        t_ns=t_ns, walk=walk, forefoot_share_pct=PerFoot(left=figure(left), right=figure(right)),
        load_si_pct=figure(4.0 if left and right else None), load=PerFoot(left=figure(360.0), right=figure(380.0)),
        cadence_spm=figure(104.0), steps=100, walking=True, unit="N", calibration=Calibration.WEIGHT,
    )  # fmt: skip


def alert_at(t_ns: int, state: AlertState = AlertState.ACTIVE, **changes: object) -> Alert:
    given = {
        "id": "A3-left-1", "rule": "A3", "level": AlertLevel.LOW, "state": state, "raised_t_ns": t_ns, "walk": "walk-1",
        "side": Side.LEFT, "text": TEXT, "evidence": "Forefoot share left 56.0 % against a baseline of 43.0 %.",
    }  # fmt: skip
    return Alert(**{**given, **changes})


class LiveWalk:
    """Two synthetic feet walking in real time into a model, one block a foot every 0.2 s, figures every second."""

    def __init__(
        self, model: ScreenModel, before_s: int = 0, on_metrics: Callable[[Metrics], None] = lambda _: None
    ) -> None:
        self.model = model
        self.away: set[Side] = set()
        self.to_fetch: dict[Side, int] = {}
        self.troubles: tuple[str, ...] = ()  # of the feet that are away
        self.faults: tuple[CellFault, ...] = ()
        self.clock_error_ms: float | None = 1.0
        self.replies: list[AlertReply] = []
        self.said: list[Entry] = []
        self.unreachable = False
        self.on_metrics = on_metrics
        self.journal: SqliteJournal | None = None
        self._seq = 0
        for side in Side:
            model.feed(layout_of(side), time.time_ns())
        self._walk_before(before_s)

    async def run(self) -> None:
        while True:
            now_ns = time.time_ns()
            self.step(now_ns)
            await asyncio.sleep(0.2)

    def step(self, now_ns: int) -> None:
        for side in Side:
            gone = side in self.away
            status = status_at(side, now_ns, LinkState.LOST if gone else LinkState.STREAMING)
            status = replace(status, clock_error_ms=self.clock_error_ms)
            told = self.troubles if gone else ()
            self.model.feed(replace(status, to_fetch=self.to_fetch.get(side, 0), troubles=told), now_ns)
            if not gone:
                self.model.feed(block_at(side, self._seq, now_ns - 20 * ROW_NS), now_ns)
        self._seq += 20
        if self._seq % 100 == 0:
            drift = 3 * np.sin(now_ns / S / 40)
            left, right = (None if side in self.away else 44 + drift for side in Side)
            metrics = metrics_at(now_ns, left=left, right=right and right + 2)
            self.model.feed(replace(metrics, cell_faults=self.faults), now_ns)
            self.on_metrics(metrics)

    async def reply(self, _person: str, reply: AlertReply) -> None:
        """What processing does: the alert comes back as it stands after the answer."""
        self._reached()
        self.replies.append(reply)
        book = AlertBook()
        raised = self.model.alert(reply.id)
        assert raised is not None
        book.keep(raised)
        answered = book.on_reply(reply)
        if self.journal is not None:
            self.journal.put_reply(PERSON, reply)
        if answered is not None:
            self.model.feed(answered, time.time_ns())

    async def say(self, person: str, entry: Entry) -> EntryTaken:
        """What processing does: it is kept."""
        self._reached()
        self.said.append(entry)
        if self.journal is not None:
            self.journal.put_entry(person, entry)
        return EntryTaken(id=entry.id, taken=True)

    def _reached(self) -> None:
        if self.unreachable:
            raise UnderfootError(FaultCode.BROKER_UNREACHABLE, "localhost")

    def _walk_before(self, seconds: int) -> None:
        """So many seconds of the walk are already over when the page opens."""
        now_ns = time.time_ns()
        start_ns = now_ns - seconds * S
        for step in range(seconds * 5):
            self.step(start_ns + step * 20 * ROW_NS)
