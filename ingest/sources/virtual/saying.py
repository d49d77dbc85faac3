"""What a virtual insole says of itself, as the bytes of the profile. Pure."""

from __future__ import annotations

from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_wire as wire
from ingest.drivers import sig
from ingest.drivers.open_insole_layout import layout_crc
from ingest.sources.virtual.walk import Description
from ingest.wire.geometry import Side

BATTERY_LOW_PCT = 15


def info(described: Description, layout: bytes, *, boot: int, side: Side | None, flash: bool) -> bytes:
    return wire.pack_info(
        wire.Info(
            boot=boot,
            side=side,
            cells=len(described.cells),
            tick_ns=described.tick_ns,
            ns_per_row=described.ns_per_row,
            scale=described.scale,
            unit=described.unit,
            calibration=described.calibration,
            layout_octets=len(layout),
            layout_crc=layout_crc(layout),
            features=wire.Features.IDENTIFY | (wire.Features.FLASH if flash else wire.Features.NONE),
        )
    )


def status(count: control.Count, *, bad_cells: bool, flash_full: bool, battery_pct: int, streaming: bool) -> bytes:
    faults = control.DeviceFault.CELL if bad_cells else control.DeviceFault.NONE
    if battery_pct <= BATTERY_LOW_PCT:
        faults |= control.DeviceFault.BATTERY_LOW
    if flash_full:
        faults |= control.DeviceFault.STORAGE
    return control.pack_status(control.StatusFrame(count=count, faults=faults, streaming=streaming))


def elapsed_time(utc_ns: int | None, clock_set_to: sig.ElapsedTime | None) -> bytes:
    """What is read of Current Elapsed Time, eleven octets; None: nobody has set the clock."""
    needs_set = utc_ns is None or clock_set_to is None
    shown = sig.ElapsedTime(sig.EPOCH_2000_NS, sig.TimeSource.NOT_SYNCHRONISED)
    if utc_ns is not None and clock_set_to is not None:
        shown = sig.ElapsedTime(utc_ns, clock_set_to.source)
    return sig.pack_elapsed_time(shown) + bytes([needs_set, 0])
