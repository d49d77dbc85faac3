"""Blocks and messages to bytes and back; whatever is wrong comes out as a fault."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import fields, replace

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.wire import alerts
from ingest.wire import messages as m
from ingest.wire.block import Block, GapReason, Origin
from ingest.wire.codec import decode, encode, to_block, to_message
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Calibration, Cell, Region, Side, Unit, Zone, checksum

FIGURE = m.Figure(value=41.5, coverage_pct=99.0)
NOT_MEASURED = m.Figure(value=None, coverage_pct=0.0, reason="no data")
CELLS = (
    Cell(area="heel", zone=Zone.REARFOOT, x=0.5, y=0.1, region=Region.HM, area_mm2=120.0),
    Cell(area="toe", zone=Zone.FOREFOOT, x=0.2, y=0.95),
)
EXAMPLES: tuple[m.AnyJson, ...] = (
    m.Layout(
        insole="a", side=Side.LEFT, cells=CELLS, unit=Unit.NEWTON, scale=0.11, rate_hz=100.0,
        calibration=Calibration.MAKER, checksum=checksum(CELLS),
    ),
    m.Status(
        insole="a", side=Side.RIGHT, t_ns=1, link=m.LinkState.SILENT, boot=3, taken=9, received=8, published=7,
        waiting=1, gaps=(m.Gap(boot=3, first=4, last=4, reason=GapReason.RADIO),), faults={"rows-lost": 1},
        clock_ppm=-12.5,
    ),
    m.Receipt(
        insole="a", side=Side.LEFT, session="s", boots=(m.BootReceipt(boot=3, stored_upto=8, holes=((2, 3),)),)
    ),
    m.Metrics(
        t_ns=5, walk="w", forefoot_share_pct=m.PerFoot(left=FIGURE, right=NOT_MEASURED), load_si_pct=NOT_MEASURED,
        load=m.PerFoot(left=FIGURE, right=FIGURE), cadence_spm=FIGURE, steps=4, walking=None, unit="N",
        calibration=Calibration.MAKER,
    ),
    m.Stride(side=Side.LEFT, walk="w", t_ns=5, stride_s=1.2, stance_s=0.8, swing_s=0.4),
    alerts.Alert(
        id="x", rule="forefoot", level=alerts.AlertLevel.LOW, state=alerts.AlertState.ACTIVE, raised_t_ns=5, walk="w",
        side=Side.LEFT, text="t", evidence="e",
    ),
    alerts.AlertReply(id="x", do="acknowledge", by="terminal", t_ns=6, action="sat"),
    m.LiveRequest(seconds=30.0),
)  # fmt: skip


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    rows, cells = draw(st.integers(1, 40)), draw(st.integers(1, 20))
    codes = np.array(draw(st.lists(st.integers(-32768, 32767), min_size=rows * cells, max_size=rows * cells)), np.int16)
    tick_ns = draw(st.sampled_from([1, 1_000, 30_518, 100_000]))
    return Block(
        insole=draw(st.text(min_size=1, max_size=20)),
        side=draw(st.sampled_from(Side)),
        boot=draw(st.integers(0, 2**32 - 1)),
        seq=draw(st.integers(0, 2**40)),
        ticks=draw(st.integers(0, 2**40)),
        tick_ns=tick_ns,
        t_ns=draw(st.integers(0, 2**62)),
        ns_per_row=tick_ns * draw(st.integers(1, 1000)),
        codes=codes.reshape(rows, cells),
        unit=draw(st.sampled_from(Unit)),
        scale=draw(st.floats(1e-6, 1e6)),
        not_measured=draw(st.integers(0, (1 << cells) - 1)),
        origin=draw(st.sampled_from(Origin)),
        lost_before=draw(st.integers(0, 1000)),
        lost_reason=draw(st.none() | st.sampled_from(GapReason)),
        t_error_ns=draw(st.none() | st.integers(0, 10**9)),
    )


def same(one: Block, two: Block) -> bool:
    values = all(getattr(one, f.name) == getattr(two, f.name) for f in fields(Block) if f.name != "codes")
    return values and one.codes.dtype == two.codes.dtype and np.array_equal(one.codes, two.codes)


@given(blocks())
def test_a_block_crosses_the_wire_unchanged(block: Block) -> None:
    assert same(to_block(decode(encode(to_message(block)), m.Samples)), block)


@given(blocks(), st.data())
def test_cutting_a_block_changes_no_row(block: Block, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, block.rows))
    first, rest = block.cut(0, at), block.cut(at, block.rows)
    rows = [
        (b.seq + k, b.device_ns + k * b.ns_per_row, b.t_ns + k * b.ns_per_row)
        for b in (first, rest)
        for k in range(b.rows)
    ]
    whole = range(block.rows)
    step = block.ns_per_row
    assert rows == [(block.seq + k, block.device_ns + k * step, block.t_ns + k * step) for k in whole]
    assert np.array_equal(np.vstack([first.codes, rest.codes]), block.codes)
    if at:
        assert (first.lost_before, first.lost_reason) == (block.lost_before, block.lost_reason)
        assert (rest.lost_before, rest.lost_reason) == (0, None)
        assert first.end_seq == rest.seq
        assert first.end_t_ns == rest.t_ns


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: type(message).__name__)
def test_a_message_crosses_the_wire_unchanged(message: m.AnyJson) -> None:
    payload = encode(message)
    assert decode(payload, type(message)) == message
    assert json.loads(payload)["kind"] == type(message).__struct_config__.tag


@pytest.mark.parametrize("mask", [1 << 62, 1 << 63, 1 << 64, 1 << 70, (1 << 99) - 1])
def test_a_mask_of_more_cells_than_a_number_has_bits(mask: int) -> None:
    message = msgspec.structs.replace(sane(), rows=1, cells=99, values=bytes(198))
    sent = encode(to_message(replace(to_block(message), not_measured=mask)))
    assert to_block(decode(sent, m.Samples)).not_measured == mask


def test_not_measured_stays_null_and_never_becomes_zero() -> None:
    metrics = next(each for each in EXAMPLES if isinstance(each, m.Metrics))
    right = json.loads(encode(metrics))["forefoot_share_pct"]["right"]
    assert right["value"] is None
    assert right["reason"] == "no data"


def refused(payload: bytes, carries: type[m.AnyMessage]) -> FaultCode:
    with pytest.raises(UnderfootError) as caught:
        decode(payload, carries)
    return caught.value.code


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b"online",
        b"{",
        b"[]",
        b"3",
        b"null",
        b'{"kind":"stride"}',
        b'{"kind":"thing","v":1}',
        b'"' * 9,
        b"[" * 9999,
    ],
)
def test_what_is_not_ours_is_refused(payload: bytes) -> None:
    assert refused(payload, m.Stride) is FaultCode.PAYLOAD_NOT_OURS
    assert refused(payload, m.Samples) is FaultCode.PAYLOAD_NOT_OURS


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_fault(payload: bytes) -> None:
    for carries in (m.Samples, m.Status):
        with suppress(UnderfootError):
            decode(payload, carries)


@given(blocks(), st.data())
def test_a_torn_message_is_refused(block: Block, data: st.DataObject) -> None:
    payload = encode(to_message(block))
    torn = payload[: data.draw(st.integers(0, len(payload) - 1))]
    assert refused(torn, m.Samples) is FaultCode.PAYLOAD_NOT_OURS


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: type(message).__name__)
def test_an_unknown_version_is_refused_whatever_else_it_holds(message: m.AnyJson) -> None:
    later = json.loads(encode(message)) | {"v": 2}
    assert refused(json.dumps(later).encode(), type(message)) is FaultCode.PAYLOAD_VERSION
    assert refused(b'{"v": 2, "kind": "unheard"}', type(message)) is FaultCode.PAYLOAD_VERSION


def test_unknown_samples_of_a_later_version_are_refused() -> None:
    assert refused(msgspec.msgpack.encode({"kind": "samples", "v": 2}), m.Samples) is FaultCode.PAYLOAD_VERSION


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: type(message).__name__)
def test_unknown_fields_are_ignored(message: m.AnyJson) -> None:
    more = json.loads(encode(message)) | {"later_field": [1, {"a": None}]}
    assert decode(json.dumps(more).encode(), type(message)) == message


def test_a_message_on_the_wrong_topic_is_refused() -> None:
    assert refused(encode(EXAMPLES[0]), m.Status) is FaultCode.PAYLOAD_NOT_OURS


def sane() -> m.Samples:
    return m.Samples(
        insole="a", side=Side.LEFT, boot=0, seq=0, ticks=0, tick_ns=1000, t_ns=0, ns_per_row=10_000_000, rows=2,
        cells=3, values=bytes(12), unit=Unit.RAW, scale=1.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"rows": 0},
        {"rows": 3},
        {"cells": 2},
        {"rows": -2, "cells": -3},
        {"rows": 200_000, "cells": 1, "values": bytes(400_000)},
        {"values": b""},
        {"seq": -1},
        {"boot": -1},
        {"boot": 2**64 - 1},
        {"seq": 2**63},
        {"ns_per_row": 2**60},
        {"lost_before": 2**63},
        {"t_error_ns": -1},
        {"tick_ns": 0},
        {"ns_per_row": 0},
        {"t_ns": -1},
        {"t_ns": 2**63 - 1},
        {"ticks": 2**62},
        {"ticks": -1},
        {"not_measured": 8},
        {"not_measured": -1},
        {"not_measured": b"\x08"},
        {"lost_before": -1},
        {"scale": 0.0},
        {"scale": -1.0},
        {"scale": float("nan")},
        {"scale": float("inf")},
    ],
    ids=str,
)
def test_samples_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    assert to_block(sane()).rows == 2
    with pytest.raises(UnderfootError) as caught:
        to_block(msgspec.structs.replace(sane(), **wrong))
    assert caught.value.code is FaultCode.PAYLOAD_NOT_OURS


def test_the_block_that_arrived_cannot_be_changed() -> None:
    block = to_block(decode(encode(sane()), m.Samples))
    with pytest.raises(ValueError, match="read-only"):
        block.codes[0, 0] = 1
