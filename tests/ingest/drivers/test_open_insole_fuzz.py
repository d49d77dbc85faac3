"""The driver by itself, whatever happens in whatever order: what it hands on can be named, and placed in time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from open_insole_kit import CELLS, INFO

from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_records as records
from ingest.drivers import open_insole_wire as wire
from ingest.drivers import sig
from ingest.drivers.base import Drop, Output, Read, Subscribe, Write
from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.drivers.open_insole_fetching import PATIENCE_NS
from ingest.drivers.open_insole_layout import layout_crc, pack_layout
from ingest.events import FaultSeen, Fetch, FetchEnded, LayoutSeen, Release, Rows, TakenSeen

LAYOUT = pack_layout(CELLS)
GOOD = replace(
    INFO,
    layout_octets=len(LAYOUT),
    layout_crc=layout_crc(LAYOUT),
    features=wire.Features.FLASH | wire.Features.IDENTIFY,
)
BOOTS = (INFO.boot, 7)
TICKS_PER_ROW = GOOD.ns_per_row // GOOD.tick_ns

small = st.integers(0, 60)
places = small | st.integers(0, 2**32 - 1)


def rows_frame(boot: int, seq: int, rows: int, ticks: int, mask: int) -> bytes:
    codes = np.arange(2 * rows, dtype=np.int16).reshape(rows, 2)
    frame = wire.RowsFrame(boot_low=boot & 0xFFFF, seq=seq, ticks=ticks, codes=codes, not_measured=mask)
    return wire.pack_rows(frame)


def record(boot: int, seq: int, rows: int, ticks: int, mask: int) -> bytes:
    codes = np.arange(2 * rows, dtype=np.int16).reshape(rows, 2)
    frame = wire.RowsFrame(boot_low=boot & 0xFFFF, seq=seq, ticks=ticks, codes=codes, not_measured=mask)
    return records.pack_record(frame)


def reply(boot: int, op: control.Op, result: control.Result, first: int, more: int, ns_per_row: int) -> bytes:
    count = control.Count(boot=boot, first_seq=first, next_seq=min(first + more, 2**32 - 1))
    return control.pack_reply(control.Reply(op=op, result=result, count=count, ns_per_row=ns_per_row))


def status(boot: int, first: int, more: int, faults: int) -> bytes:
    count = control.Count(boot=boot, first_seq=first, next_seq=min(first + more, 2**32 - 1))
    return control.pack_status(control.StatusFrame(count=count, faults=control.DeviceFault(faults)))


boots = st.sampled_from(BOOTS)
in_step = st.builds(
    lambda boot, seq, rows: rows_frame(boot, seq, rows, TICKS_PER_ROW * (seq + 1), 0), boots, small, st.integers(1, 4)
)
out_of_step = st.builds(rows_frame, boots, places, st.integers(1, 4), st.integers(0, 2**48 - 1), st.integers(0, 3))
kept_in_step = st.builds(
    lambda boot, seq, rows: record(boot, seq, rows, TICKS_PER_ROW * (seq + 1), 0), boots, small, st.integers(1, 9)
)
kept = kept_in_step | st.builds(record, boots, places, st.integers(1, 4), st.integers(0, 2**48 - 1), st.integers(0, 3))
responses = st.builds(
    lambda op, code: records.pack_racp_response(records.RacpResponse(op, code)),
    st.sampled_from([1, 1, 1, 2, 3, 4]),
    st.sampled_from([records.RacpCode.SUCCESS, *records.RacpCode]),
)
held_boots = st.builds(
    lambda boot, first, more: records.HeldBoot(boot, first, min(first + more, 2**32 - 1)), boots, small, places
)
helds = st.lists(held_boots, max_size=3).map(lambda some: records.pack_held(tuple(some)))
requests = st.builds(
    lambda boot, first, rows: Fetch(boot=boot, first_seq=first, next_seq=first + rows), boots, small, small
)
requests |= st.builds(lambda boot, next_seq: Release(boot=boot, next_seq=next_seq), boots, small)
infos = st.builds(lambda boot: wire.pack_info(replace(GOOD, boot=boot)), boots)
replies = st.builds(
    reply,
    boots,
    st.sampled_from([control.Op.START, control.Op.STOP]),
    st.sampled_from([control.Result.OK, control.Result.OK, control.Result.FAILED]),
    small,
    places,
    st.sampled_from([GOOD.ns_per_row, GOOD.ns_per_row, 0]),
)
statuses = st.builds(status, boots, small, places, st.integers(0, 0xFFFF))
frames = {
    wire.INFO: infos,
    wire.LAYOUT: st.just(LAYOUT),
    wire.DATA: in_step | in_step | out_of_step | kept_in_step | kept,
    records.RACP: responses,
    records.HELD: helds,
    wire.CONTROL: replies,
    wire.STATUS: statuses,
    sig.MODEL_NUMBER: st.just(b"model"),
    sig.FIRMWARE_REVISION: st.just(b"1.0"),
    sig.BATTERY_LEVEL: st.integers(0, 255).map(lambda pct: bytes([pct])),
}


def mutated(data: bytes, cut: int, at: int, octet: int) -> bytes:
    spoilt = bytearray(data[: len(data) - cut % (len(data) + 1)])
    if spoilt:
        spoilt[at % len(spoilt)] = octet
    return bytes(spoilt)


def said_by(characteristic: str) -> st.SearchStrategy[tuple[str, bytes]]:
    good = frames[characteristic]
    bad = st.builds(mutated, good, st.integers(0, 3), st.integers(0, 60), st.integers(0, 255))
    return st.tuples(st.just(characteristic), good | good | good | bad | st.binary(max_size=50))


anything = st.sampled_from(sorted(frames)).flatmap(said_by)
steps = st.one_of(
    st.tuples(st.sampled_from(["on_connected", "on_disconnected", "on_stop"])),
    st.tuples(st.just("greet"), boots),
    st.builds(lambda said: ("on_read", *said), anything),
    st.builds(lambda said: ("on_notified", *said), anything),
    st.builds(lambda said: ("on_notified", *said), said_by(wire.DATA)),
    st.builds(lambda said: ("on_notified", *said), said_by(wire.DATA)),
    st.builds(lambda request: ("on_request", request), requests),
    st.tuples(
        st.just("on_failed"),
        st.sampled_from(sorted(frames)).map(Read)
        | st.sampled_from(sorted(frames)).map(Subscribe)
        | st.just(Write(wire.CONTROL, b"\x01"))
        | st.just(Write(records.RACP, b"\x01"))
        | st.just(Drop()),
        st.just("no"),
    ),
)


def greet(driver: OpenInsoleDriver, boot: int) -> list[Any]:
    """A hand-shake in good order."""
    said = [*driver.on_disconnected(0), *driver.on_connected(0)]
    said += driver.on_read(wire.INFO, wire.pack_info(replace(GOOD, boot=boot)), 0)
    if Read(wire.LAYOUT) in said:
        said += driver.on_read(wire.LAYOUT, LAYOUT, 0)
    said += driver.on_read(records.HELD, records.pack_held((records.HeldBoot(boot, 0, 60),)), 0)
    said += driver.on_read(sig.MODEL_NUMBER, b"", 0)
    said += driver.on_read(sig.FIRMWARE_REVISION, b"", 0)
    started = reply(boot, control.Op.START, control.Result.OK, 0, 2**32 - 1, GOOD.ns_per_row)
    return [*said, *driver.on_notified(wire.CONTROL, started, 0)]


@given(st.lists(steps, max_size=60))
def test_whatever_happens_rows_have_one_name_and_time_goes_on(happened: list[tuple[Any, ...]]) -> None:
    driver = OpenInsoleDriver("OI-1")
    next_seq: dict[int, int] = {}
    newest_ns: dict[int, int] = {}
    described = False
    for method, *arguments in happened:
        call = greet if method == "greet" else getattr(OpenInsoleDriver, method)
        said = list(call(driver, *arguments) if method == "greet" else call(driver, *arguments, 0))
        if Drop() in said:
            at = said.index(Drop())
            assert isinstance(said[at - 1], FaultSeen)  # says why
        for one in said:
            described = described or isinstance(one, LayoutSeen)
            if isinstance(one, FaultSeen) and one.fault.detail.startswith("again and again"):
                newest_ns.clear()  # the insole has insisted: its clock is believed afresh
            if isinstance(one, TakenSeen):
                assert described
                assert 0 <= one.first_seq <= one.next_seq < 2**32
            if isinstance(one, Rows) and not one.kept:
                assert described
                assert one.seq >= next_seq.get(one.boot, 0)
                next_seq[one.boot] = one.seq + len(one.codes)
                assert next_seq[one.boot] <= 2**32
                first_ns = one.ticks * one.tick_ns
                assert first_ns > newest_ns.get(one.boot, -1)
                newest_ns[one.boot] = first_ns + (len(one.codes) - 1) * one.ns_per_row


@given(st.lists(st.builds(lambda said: said[1], said_by(wire.DATA)), max_size=8))
def test_after_any_few_notifications_the_stream_goes_on(happened: list[bytes]) -> None:
    """Unless their numbers ran ahead together with their time: within three links true rows come through again."""
    driver = OpenInsoleDriver("OI-1")
    greet(driver, BOOTS[0])
    for data in happened:
        list(driver.on_notified(wire.DATA, data, 0))
    said: list[Any] = []
    for link in range(3):
        greet(driver, BOOTS[0])
        for frame in range(12):
            seq = 2**31 + 20 * link + frame
            data = rows_frame(BOOTS[0], seq, 1, TICKS_PER_ROW * seq, 0)
            said += driver.on_notified(wire.DATA, data, 0)
        driver.on_disconnected(0)
    if all(len(data) < 8 or int.from_bytes(data[4:8], "little") < 2**31 for data in happened):
        assert [one for one in said if isinstance(one, Rows)]


class Asker:
    """What a hub may rely on: a fetch brings rows that were asked for, each once, and ends once."""

    def __init__(self) -> None:
        self.open: Counter[tuple[int, int, int]] = Counter()
        self._boot, self._first, self._last, self._newest_ns = 0, 0, -1, -1

    def ask(self, request: Fetch | Release) -> None:
        if isinstance(request, Fetch):
            self.open[request.boot, request.first_seq, request.next_seq] += 1

    def hear(self, said: list[Output]) -> None:
        for one in said:
            if isinstance(one, Write) and one.characteristic == records.RACP:
                request = records.unpack_racp_request(one.data)
                assert isinstance(request, records.RacpRequest)
                if request.op is records.RacpOp.REPORT:
                    self._boot, self._first, self._last, self._newest_ns = request.boot, request.first, request.last, -1
            if isinstance(one, Rows) and one.kept:
                first_ns = one.ticks * one.tick_ns
                assert one.boot == self._boot
                assert self._first <= one.seq < one.seq + len(one.codes) <= self._last + 1
                assert first_ns > self._newest_ns
                self._first, self._newest_ns = one.seq + len(one.codes), first_ns
            if isinstance(one, FetchEnded):
                self.open[one.boot, one.first_seq, one.next_seq] -= 1
                assert self.open[one.boot, one.first_seq, one.next_seq] >= 0
                if (one.boot, one.next_seq) == (self._boot, self._last + 1):
                    self._last = -1


@given(st.lists(st.tuples(steps, st.sampled_from([0, 0, 0, PATIENCE_NS])), max_size=60))
def test_whatever_happens_a_fetch_brings_what_was_asked_for_and_ends_once(
    happened: list[tuple[tuple[Any, ...], int]],
) -> None:
    driver, asker, now_ns = OpenInsoleDriver("OI-1"), Asker(), 0
    asker.hear(greet(driver, BOOTS[0]))
    for (method, *arguments), later_ns in happened:
        now_ns += later_ns
        if method == "on_request":
            asker.ask(*arguments)
        call = greet if method == "greet" else getattr(OpenInsoleDriver, method)
        asker.hear(list(call(driver, *arguments) if method == "greet" else call(driver, *arguments, now_ns)))
    asker.hear(list(driver.on_disconnected(now_ns)))
    assert not any(asker.open.values())
