"""What one insole says of itself over an open link, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ingest.drivers import sig
from ingest.sources.radio.visiting import Reading, Visit
from ingest.wire.faults import UnderfootError
from underfoot.radio import Meant, Radio

FIRST = (sig.CURRENT_ELAPSED_TIME, sig.SERIAL_NUMBER, sig.MANUFACTURER_NAME)
_NEEDS_SET = 0x01  # Elapsed Time Service: the octet after the nine of the time


@dataclass(frozen=True, slots=True)
class ClockReading:
    """`off_ms`: by so much the insole's clock was ahead of the hub's; None: it was not set. `offered`: it has one."""

    offered: bool
    off_ms: int | None


def read_clock(reading: Reading | None) -> ClockReading:
    if reading is None:
        return ClockReading(offered=False, off_ms=None)
    try:
        told = sig.unpack_elapsed_time(reading.data)
    except UnderfootError:
        return ClockReading(offered=True, off_ms=None)
    needs_set = len(reading.data) > 9 and reading.data[9] & _NEEDS_SET
    if needs_set or told.source is sig.TimeSource.NOT_SYNCHRONISED:
        return ClockReading(offered=True, off_ms=None)
    return ClockReading(offered=True, off_ms=round((told.t_ns - reading.t_ns) / 1e6))


async def clock_now(visit: Visit, radio: Radio) -> ClockReading:
    data = await visit.read(sig.CURRENT_ELAPSED_TIME)
    return read_clock(None if data is None else Reading(data, radio.now_ns()))


async def info_of(visit: Visit, meant: Meant, radio: Radio) -> dict[str, Any]:
    """Everything; what the insole does not tell is None."""
    told, layout = visit.told, visit.told.layout
    before, now = read_clock(visit.before.get(sig.CURRENT_ELAPSED_TIME)), await clock_now(visit, radio)
    try:
        slots, no_slots = await visit.slots(), "not over the air"
    except UnderfootError as error:
        slots, no_slots = None, str(error.fault)
    bonded = await radio.adapter.bonded()
    return {
        "insole": visit.address,
        "paired_as": None if meant.known is None or meant.side is None else str(meant.side),
        "bonded": None if bonded is None else visit.address.upper() in bonded,
        "side": None if layout is None else str(layout.side),
        "maker": visit.text_before(sig.MANUFACTURER_NAME) or None,
        "model": (layout.model if layout else "") or None,
        "firmware": (layout.firmware if layout else "") or None,
        "serial": visit.text_before(sig.SERIAL_NUMBER) or None,
        "battery_pct": told.battery_pct,
        "boot": None if told.boot is None else f"{told.boot:#x}",
        "cells": None if layout is None else len(layout.cells),
        "rate_hz": None if layout is None else layout.rate_hz,
        "unit": None if layout is None else str(layout.unit),
        "calibration": None if layout is None else str(layout.calibration),
        "clock": {"offered": before.offered, "was_off_ms": before.off_ms, "is_off_ms": now.off_ms},
        "kept": [
            {
                "boot": f"{held.boot:#x}",
                "rows": held.next_seq - held.first_seq,
                "first": held.first_seq,
                "booted": None if held.booted_t_ns is None else _utc(held.booted_t_ns),
            }
            for held in told.held.values()
        ],
        "images": None
        if slots is None
        else [
            {"slot": slot.number, "version": slot.version, "runs": slot.active, "confirmed": slot.confirmed}
            for slot in slots
        ],
        "no_images_because": no_slots if slots is None else None,
        "faults": [str(fault.code) + (f" ({fault.detail})" if fault.detail else "") for fault in told.faults],
    }


def lines_of(info: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The same in words."""
    plain = ("insole", "paired_as", "side", "maker", "model", "firmware", "serial")
    for name in plain:
        yield name.replace("_", " "), info[name] or ("no" if name == "paired_as" else "not told")
    yield "bonded", {None: "not known", True: "yes", False: "no"}[info["bonded"]]
    yield "battery", "not told" if info["battery_pct"] is None else f"{info['battery_pct']} %"
    yield "boot", info["boot"] or "not told"
    if info["cells"] is not None:
        yield "cells", f"{info['cells']} at {info['rate_hz']:g} Hz, {info['unit']}, calibration: {info['calibration']}"
    yield "clock", clock_in_words(info["clock"])
    for kept in info["kept"]:
        since = f", booted {kept['booted']}" if kept["booted"] else ""
        yield "in flash", f"{kept['rows']:,} rows of boot {kept['boot']}{since}"
    if not info["kept"]:
        yield "in flash", "keeps no rows"
    for image in info["images"] or ():
        state = "runs" if image["runs"] else "beside it"
        yield f"slot {image['slot']}", f"{image['version']}, {state}" + (", confirmed" if image["confirmed"] else "")
    if info["images"] is None:
        yield "update", info["no_images_because"]
    for fault in info["faults"]:
        yield "fault", fault


def clock_in_words(clock: dict[str, Any]) -> str:
    if not clock["offered"]:
        return "it has none that can be set"
    if clock["was_off_ms"] is None:
        return "was not set; it is set now"
    return f"was {abs(clock['was_off_ms'])} ms {'ahead' if clock['was_off_ms'] >= 0 else 'behind'}; it is set now"


def _utc(t_ns: int) -> str:
    return datetime.fromtimestamp(t_ns / 1e9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
