"""What a laboratory's recorder does, as a program of its own: `python -m lsl_kit pair|broker` prints what it read."""

from __future__ import annotations

import asyncio
import json
import math
import signal
import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pylsl
from broker_kit import Embedded
from export_kit import DEAD, alert, block, layout

from ingest.wire.block import Origin
from ingest.wire.codec import to_message
from ingest.wire.geometry import Side
from ingest.wire.messages import Receipt
from ingest.wire.topics import Address
from processing.export.lsl import LslOutlets, clock_offset_s, values_of
from processing.subscribe import Subscriber

S = 10**9


def inlet(name: str) -> pylsl.StreamInlet:
    found = pylsl.resolve_byprop("name", name, timeout=20.0)
    assert found, f"no stream {name!r}"
    stream = pylsl.StreamInlet(found[0])
    stream.open_stream(timeout=20.0)
    return stream


def pair() -> dict[str, Any]:
    offset_s = clock_offset_s(time.time_ns)
    outlets = LslOutlets("underfoot p1", "hub-p1", offset_s)
    for side in Side:
        outlets.feed(layout(side))
    left, markers = inlet("underfoot p1 left"), inlet("underfoot p1 alerts")
    names = sorted(each.name() for each in pylsl.resolve_streams(2.0))
    now_ns = time.time_ns()
    sent = block(Side.LEFT, 0, t_ns=now_ns)
    outlets.feed(sent)
    outlets.feed(replace(sent, origin=Origin.BACKFILL))
    outlets.feed(replace(sent, time_known=False))
    outlets.feed(replace(sent, insole="another"))
    outlets.feed(alert())
    outlets.feed(alert())
    rows, stamps = pull(left, sent.rows)
    (marker,), _ = markers.pull_sample(timeout=10.0)
    got, wanted = np.array(rows), values_of(sent)
    about = left.info(timeout=10.0)
    channel = about.desc().child("channels").child("channel")
    told = outlets.sent
    return {
        "names": names,
        "labels": about.get_channel_labels(),
        "unit": channel.child_value("unit"),
        "x": channel.next_sibling().child("location").child_value("X"),
        "rate_hz": about.nominal_srate(),
        "calibration": about.desc().child_value("calibration"),
        "rows": len(rows),
        "worst": float(np.nanmax(np.abs(got - wanted))),
        "dead_cell": sorted({str(value) for value in got[:, DEAD]}),
        "spacing_ms": sorted({round(1000 * each, 2) for each in np.diff(stamps)}),
        "first_utc_s": stamps[0] - offset_s,
        "pushed_utc_s": now_ns / S,
        "marker": json.loads(marker),
        "sent": {
            "left": told.rows[Side.LEFT], "right": told.rows[Side.RIGHT], "late": told.late_rows,
            "undated": told.undated_rows, "unfit": told.unfit_rows, "markers": told.markers,
        },
    }  # fmt: skip


def pull(stream: pylsl.StreamInlet, rows: int, within_s: float = 20.0) -> tuple[list[list[float]], list[float]]:
    found: list[list[float]] = []
    stamps: list[float] = []
    end_s = time.monotonic() + within_s
    while len(found) < rows and time.monotonic() < end_s:
        values, times = stream.pull_chunk(timeout=0.5)
        found += values
        stamps += times
    return found, stamps


async def over_a_broker() -> dict[str, Any]:
    address = Address("hub", "p1")
    async with (
        Embedded() as broker,
        Subscriber(broker.address, hub="hub", person="p1", carries=(Receipt,)) as publisher,
    ):
        port = str(broker.address.port)
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "underfoot", "export", "lsl", "--broker", f"mqtt://127.0.0.1:{port}"),
            *("--hub", "hub", "--person", "p1", "--json"),
            stdout=asyncio.subprocess.PIPE,
        )
        walking = asyncio.create_task(_walk(publisher, address))
        stream = await asyncio.to_thread(inlet, "underfoot p1 left")
        rows, _ = await asyncio.to_thread(pull, stream, 100)
        program.send_signal(signal.SIGINT)
        out, _ = await program.communicate()
        walking.cancel()
    told: dict[str, Any] = json.loads(out)
    strange = sum(not math.isnan(row[DEAD]) or row[0] <= 0 for row in rows)
    return {"rows": told["rows"], "pulled": len(rows), "strange": strange}


async def _walk(publisher: Subscriber, address: Address) -> None:
    """Two feet, a block each every 0.2 s, as ingest publishes them."""
    seq = 0
    while True:
        for side in Side:
            await publisher.publish(address.of_side(side, "layout"), layout(side))
            await publisher.publish(
                address.of_side(side, "samples"), to_message(block(side, seq, 10, t_ns=time.time_ns()))
            )
        seq += 10
        await asyncio.sleep(0.2)


if __name__ == "__main__":
    print(json.dumps(pair() if sys.argv[1] == "pair" else asyncio.run(over_a_broker())))
