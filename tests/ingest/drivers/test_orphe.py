"""ORPHE INSOLE's driver against its ring: hand-shake, live rows, midnight, wrap, repair, endings. No radio."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import numpy as np
import pytest

from ingest.drivers import orphe_wire as wire
from ingest.drivers import sig
from ingest.drivers.base import Advertisement, Drop, Output, Read, Remembering, Subscribe, Write
from ingest.drivers.orphe import OrpheDriver
from ingest.drivers.orphe_newton import NO_FORCE, forces_of
from ingest.drivers.orphe_states import State
from ingest.drivers.orphe_time import PacketGrid, Stamped
from ingest.events import FaultSeen, Fetch, FetchEnded, FetchResult, HeldSeen, LayoutSeen, Release, Rows, TakenSeen
from ingest.sources.virtual.others.orphe_ring import OrpheRing
from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Side

BEGIN_NS = 1_800_000_000_000_000_000
MS = 1_000_000


class Talk:
    """Driver and ring with time passing between them. `loses`: which packets the air swallows."""

    def __init__(self, ring: OrpheRing, driver: OrpheDriver | None = None) -> None:
        self.ring = ring
        self.driver = driver or OrpheDriver("o-1")
        self.now_ns = BEGIN_NS
        self.seen: list[Output] = []
        self.wrote: list[bytes] = []
        self.loses: Callable[[bytes], bool] = lambda packet: False
        self.sets_clock = True
        self._intents: list[Output] = []
        self._later: tuple[int, Read] | None = None
        self._owed_s = 0.0

    def pass_time(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)
        self._owed_s += seconds
        while self.ring.running and self._owed_s >= self.ring.packet_s:
            self._owed_s -= self.ring.packet_s
            number = len(self.ring.taken)
            self.ring.take([[400 + (number * 7 + row * 3 + cell * 11) % 1500 for cell in range(6)] for row in range(4)])
        if not self.ring.running:
            self._owed_s = 0.0

    def hear(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            if isinstance(output, Read) and output.after_s:
                self._later = (self.now_ns + round(output.after_s * 1e9), output)
            else:
                (self._intents if isinstance(output, Read | Write | Subscribe | Drop) else self.seen).append(output)

    def connect(self) -> None:
        self._intents.clear()
        self.hear(self.driver.on_connected(self.now_ns))

    def run(self, seconds: float) -> None:
        until_ns = self.now_ns + round(seconds * 1e9)
        while self.now_ns < until_ns and (self._intents or self._later):
            if self._later is not None and (self.now_ns >= self._later[0] or not self._intents):
                (at_ns, read), self._later = self._later, None
                self.pass_time(max(0, at_ns - self.now_ns) / 1e9)
                self._intents.append(read)
            self._carry_out(self._intents.pop(0))

    def break_link(self) -> None:
        self._intents.clear()
        self._later = None
        self.hear(self.driver.on_disconnected(self.now_ns))

    def _carry_out(self, intent: Output) -> None:
        if isinstance(intent, Read):
            self.pass_time(0.02)
            if intent.characteristic == wire.DEVICE_INFORMATION:
                self.hear(self.driver.on_read(intent.characteristic, self.ring.information(), self.now_ns))
            else:
                self.hear(self.driver.on_failed(intent, "not found", self.now_ns))
        elif isinstance(intent, Write):
            self.wrote.append(intent.data)
            if intent.characteristic == wire.DATE_TIME:
                if self.sets_clock:
                    self.ring.set_clock(intent.data)
                return
            for answer in self.ring.command(intent.data):
                if not self.loses(answer):
                    self.pass_time(0.002)
                    self.hear(self.driver.on_notified(wire.SENSOR_VALUES, answer, self.now_ns))

    def of(self, kind: type) -> list:
        return [each for each in self.seen if isinstance(each, kind)]

    @property
    def faults(self) -> list[FaultCode]:
        return [each.fault.code for each in self.of(FaultSeen)]


def codes_by_seq(talk: Talk) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for rows in talk.of(Rows):
        for k, codes in enumerate(rows.codes.tolist()):
            assert found.setdefault(rows.seq + k, codes) == codes
    return found


def truth(talk: Talk) -> list[list[int]]:
    adc = np.array([row for packet in talk.ring.taken for row in packet], dtype=np.uint16)
    return forces_of(adc).tolist()


def streaming(ring: OrpheRing | None = None, seconds: float = 5.0) -> Talk:
    talk = Talk(ring or OrpheRing())
    talk.connect()
    talk.run(seconds)
    assert talk.driver.streaming
    return talk


def test_the_hand_shake_prepares_the_ring_and_rows_come_exact() -> None:
    talk = streaming()
    assert talk.wrote[1:5] == [b"\x0d\x02", b"\x0b\x06", b"\x0b\x03", b"\x0b\x04"]
    assert isinstance(talk.seen[0], LayoutSeen)
    (layout,) = (each.layout for each in talk.of(LayoutSeen))
    assert (layout.side, layout.unit, layout.rate_hz, len(layout.cells)) == (Side.LEFT, "N", 200.0, 6)
    got = codes_by_seq(talk)
    assert len(got) > 600
    assert list(got) == list(range(len(got)))
    assert list(got.values()) == truth(talk)[: len(got)]
    assert talk.faults == []
    assert talk.of(TakenSeen)[-1].next_seq >= len(got) - 500


def test_rows_are_even_though_stamps_are_whole_ms_and_208_hz_is_found_out() -> None:
    talk = streaming(OrpheRing(row_us=1e6 / 208), 20.0)
    (layout,) = (each.layout for each in talk.of(LayoutSeen))
    assert layout.rate_hz == pytest.approx(208, abs=0.01)
    begins = [(rows.seq, rows.ticks) for rows in talk.of(Rows)]
    off_ns = [ticks - begins[0][1] - seq * 1e9 / 208 for seq, ticks in begins]
    assert max(map(abs, off_ns)) < 1 * MS
    assert len({rows.ticks - rows.seq * rows.ns_per_row for rows in talk.of(Rows)}) == 1
    last_ns = -1
    for rows in talk.of(Rows):
        assert rows.ticks > last_ns
        last_ns = rows.ticks + (len(rows.codes) - 1) * rows.ns_per_row


@pytest.mark.parametrize("ppm", [-150, 150])
def test_a_drifting_clock_is_followed_without_running_backwards(ppm: int) -> None:
    packet_ms = 20 * (1 + ppm / 1e6)
    grid = PacketGrid(Stamped(7, 1_000), 5 * MS)
    times_ns = [grid.newer(Stamped(7 + k, 1_000 + round(k * packet_ms))) for k in range(1, 30_000)]
    off_ms = [at_ns / MS - 1_000 - k * packet_ms for k, at_ns in enumerate(times_ns, start=1)]
    assert max(map(abs, off_ms)) < 11
    assert min(np.diff(times_ns)) > 15 * MS
    assert grid.older(Stamped(29_000, round(1_000 + 28_993 * packet_ms))) == times_ns[28_992]
    assert grid.older(Stamped(29_000, 1_000)) is None


def test_serials_come_round_and_midnight_passes_without_a_break() -> None:
    talk = Talk(OrpheRing(begins_serial=65_500))
    talk.sets_clock = False
    talk.ring.clock_ms = 86_400_000 - 2_000
    talk.connect()
    talk.run(8.0)
    got = codes_by_seq(talk)
    assert len(got) > 1000
    assert list(got.values()) == truth(talk)[: len(got)]
    first = talk.of(Rows)[0]
    assert all(rows.ticks == first.ticks + rows.seq * 5 * MS for rows in talk.of(Rows))
    assert talk.faults == []


def test_what_the_air_swallows_is_fetched_from_the_ring() -> None:
    talk = streaming()
    chance = random.Random(4)
    talk.loses = lambda packet: packet[0] == 0x36 and chance.random() < 0.2
    talk.run(4.0)
    talk.loses = lambda packet: False
    talk.run(3.0)
    live = set(codes_by_seq(talk))
    held = talk.of(HeldSeen)[-1]
    lacking = sorted(set(range(held.first_seq, held.next_seq)) - live)
    assert lacking
    talk.hear(
        talk.driver.on_request(Fetch(boot=held.boot, first_seq=lacking[0], next_seq=lacking[-1] + 1), talk.now_ns)
    )
    talk.run(8.0)
    (ended,) = talk.of(FetchEnded)
    assert (ended.result, ended.first_seq, ended.next_seq) == (FetchResult.DONE, lacking[0], lacking[-1] + 1)
    kept = {rows.seq + k for rows in talk.of(Rows) if rows.kept for k in range(len(rows.codes))}
    assert kept == set(range(lacking[0], lacking[-1] + 1))
    got = codes_by_seq(talk)
    assert [got[seq] for seq in sorted(got)] == truth(talk)[: len(got)]
    assert all(rows.ticks == talk.of(Rows)[0].ticks + rows.seq * 5 * MS for rows in talk.of(Rows))


def test_live_rows_do_not_wait_for_a_repair() -> None:
    talk = streaming(seconds=20.0)
    boot = talk.of(Rows)[-1].boot
    begun_ns, count = talk.now_ns, len(talk.of(Rows))
    talk.hear(talk.driver.on_request(Fetch(boot=boot, first_seq=0, next_seq=3000), talk.now_ns))
    talk.run(12.0)
    assert talk.of(FetchEnded)[0].result is FetchResult.DONE
    live = [rows.arrived_ns for rows in talk.of(Rows)[count:] if not rows.kept]
    assert max(np.diff([begun_ns, *live])) < 500 * MS


def test_only_the_rows_that_were_asked_for_come_back() -> None:
    talk = streaming()
    boot = talk.of(Rows)[-1].boot
    talk.hear(talk.driver.on_request(Fetch(boot=boot, first_seq=5, next_seq=10), talk.now_ns))
    talk.run(1.0)
    (kept,) = (rows for rows in talk.of(Rows) if rows.kept)
    assert (kept.seq, kept.codes.tolist()) == (5, truth(talk)[5:10])


def test_rows_that_left_the_ring_are_nothing() -> None:
    talk = streaming(seconds=40.0)
    boot = talk.of(Rows)[-1].boot
    talk.hear(talk.driver.on_request(Fetch(boot=boot, first_seq=0, next_seq=40), talk.now_ns))
    talk.hear(talk.driver.on_request(Fetch(boot=boot + 1, first_seq=0, next_seq=40), talk.now_ns))
    assert [each.result for each in talk.of(FetchEnded)] == [FetchResult.NOTHING, FetchResult.NOTHING]
    assert list(talk.driver.on_request(Release(boot=boot, next_seq=5), talk.now_ns)) == []


def test_a_ring_that_says_it_has_nothing_ends_the_fetch() -> None:
    talk = streaming()
    boot = talk.of(Rows)[-1].boot
    talk.ring._held.clear()
    talk.hear(talk.driver.on_request(Fetch(boot=boot, first_seq=4, next_seq=40), talk.now_ns))
    talk.run(1.0)
    assert [each.result for each in talk.of(FetchEnded)] == [FetchResult.NOTHING]


def test_a_ring_that_went_on_over_a_loss_keeps_its_boot_and_is_fetched() -> None:
    talk = streaming()
    before = set(codes_by_seq(talk))
    talk.break_link()
    talk.pass_time(10.0)
    talk.connect()
    talk.run(4.0)
    assert talk.driver.streaming
    assert len({rows.boot for rows in talk.of(Rows)}) == 1
    held = talk.of(HeldSeen)[-1]
    missing = sorted(set(range(held.first_seq, held.next_seq)) - set(codes_by_seq(talk)))
    assert len(missing) > 1900
    talk.hear(
        talk.driver.on_request(Fetch(boot=held.boot, first_seq=missing[0], next_seq=missing[-1] + 1), talk.now_ns)
    )
    talk.run(20.0)
    got = codes_by_seq(talk)
    assert before < set(got)
    assert sorted(got) == list(range(len(got)))
    assert [got[seq] for seq in sorted(got)] == truth(talk)[: len(got)]


def test_an_insole_that_was_reset_meanwhile_begins_another_boot() -> None:
    talk = streaming()
    talk.break_link()
    talk.ring = OrpheRing(begins_serial=100)
    talk.ring.mode, talk.ring.running = 2, True
    talk.pass_time(10.0)
    talk.connect()
    talk.run(5.0)
    assert talk.driver.streaming
    assert len({rows.boot for rows in talk.of(Rows)}) == 2
    assert talk.of(Rows)[-1].seq < 1000


def test_a_clock_that_is_set_while_it_streams_ends_the_boot() -> None:
    talk = streaming()
    talk.ring.clock_ms += 3_600_000
    talk.run(1.0)
    assert talk.driver.state is State.REFUSED
    assert talk.faults == [FaultCode.TIME_BACKWARDS]
    talk.break_link()
    talk.connect()
    talk.run(4.0)
    assert len({rows.boot for rows in talk.of(Rows)}) == 2


def test_a_stop_hands_over_what_was_taken_before_it() -> None:
    talk = streaming()
    talk.hear(talk.driver.on_stop(talk.now_ns))
    talk.run(2.0)
    assert talk.driver.stopped
    got = codes_by_seq(talk)
    assert [got[seq] for seq in sorted(got)] == truth(talk)
    assert talk.of(TakenSeen)[-1].next_seq == len(truth(talk))


def test_a_stop_before_the_link_ends_the_next_hand_shake() -> None:
    talk = Talk(OrpheRing())
    talk.ring.mode = 2
    assert list(talk.driver.on_stop(talk.now_ns)) == []
    talk.connect()
    talk.run(2.0)
    assert talk.driver.stopped


def test_a_link_that_breaks_breaks_a_fetch_off() -> None:
    talk = streaming()
    boot = talk.of(Rows)[-1].boot
    talk.hear(talk.driver.on_request(Fetch(boot=boot, first_seq=0, next_seq=400), talk.now_ns))
    talk.break_link()
    talk.hear(talk.driver.on_request(Fetch(boot=boot, first_seq=0, next_seq=400), talk.now_ns))
    assert [each.result for each in talk.of(FetchEnded)] == [FetchResult.BROKEN_OFF] * 2


def test_a_silent_firmware_leaves_the_hand_shake_where_it_is() -> None:
    talk = Talk(OrpheRing())
    talk.loses = lambda packet: True
    talk.connect()
    talk.run(30.0)
    assert talk.driver.state is State.PREPARING
    assert not talk.seen


def test_the_battery_is_a_level_and_low_is_told_once() -> None:
    talk = streaming()
    talk.ring.charge = 0
    talk.run(3.0)
    assert talk.faults == [FaultCode.BATTERY_LOW]


def test_a_count_out_of_range_is_not_measured_and_never_a_force() -> None:
    adc = np.full((1, 6), 5000, dtype=np.uint16)
    assert forces_of(adc).tolist() == [[NO_FORCE] * 6]
    talk = streaming()
    talk.ring.take([[5000 if cell == 2 and row == 1 else 500 for cell in range(6)] for row in range(4)])
    talk.run(0.5)
    masked = [rows for rows in talk.of(Rows) if rows.not_measured]
    assert [(len(rows.codes), rows.not_measured, int(rows.codes[0, 2])) for rows in masked] == [(1, 1 << 2, 0)]


def test_forces_follow_the_makers_curve_and_never_rise_towards_small_counts() -> None:
    adc = np.repeat(np.arange(0, 4096, dtype=np.uint16)[:, None], 6, axis=1)
    codes = forces_of(adc)
    fine = codes[(codes >= 0).all(axis=1)]
    assert (np.diff(fine.astype(int), axis=0) >= 0).all()
    assert fine.min() == 0
    assert codes[1500].tolist() == pytest.approx([479, 478, 514, 444, 385, 562], abs=1)


def test_faulty_bytes_are_faults_and_no_rows() -> None:
    talk = streaming()
    before = len(talk.of(Rows))
    good = talk.ring.packet(3)
    bad = [
        b"",
        good[:50],
        good + b"\0",
        good[:3] + b"\x18" + good[4:],
        b"\x37" + good[1:],
        b"\x35\x09",
        b"\x35\x01\x00",
    ]
    for data in [*bad, good]:
        talk.hear(talk.driver.on_notified(wire.SENSOR_VALUES, data, talk.now_ns))
    assert len(talk.of(Rows)) == before
    assert len(talk.faults) == len(bad) + 1
    talk.hear(talk.driver.on_read(wire.DEVICE_INFORMATION, b"", talk.now_ns))
    assert talk.driver.streaming


def test_it_is_recognised_and_remembers() -> None:
    heard = {"address": "a", "rssi_dbm": -50, "service_data": {}}
    named = Advertisement(**heard, name="INS0042", service_uuids=(), manufacturer_data={0: bytes(18)})
    silent = Advertisement(**heard, name=None, service_uuids=(wire.INFORMATION_SERVICE,), manufacturer_data={})
    other = Advertisement(**heard, name="INSTAX", service_uuids=(), manufacturer_data={0x4D8: bytes(18)})
    assert OrpheDriver.recognise(named) == OrpheDriver.recognise(silent)
    assert OrpheDriver.recognise(named).driver == "orphe-insole"
    assert OrpheDriver.recognise(other) is None
    assert isinstance(OrpheDriver("x"), Remembering)


def test_a_vital_refusal_drops_the_link() -> None:
    driver = OrpheDriver("x")
    driver.on_connected(0)
    outputs = list(driver.on_failed(Read(wire.DEVICE_INFORMATION), "no", 0))
    assert [type(each) for each in outputs] == [FaultSeen, Drop]
    assert list(driver.on_read(sig.FIRMWARE_REVISION, b"1", 0)) == []
