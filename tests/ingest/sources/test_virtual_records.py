"""What the virtual insole remembers, over a real GATT link: held, reported, released, over resets and skips."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from bumble.att import ATT_Error
from bumble.hci import HCI_Error, HCI_ErrorCode
from flash_kit import Asker, desk, seqs, until
from insole_kit import all_codes

from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_wire as wire
from ingest.drivers.open_insole_records import RacpCode, RacpOp, RacpResponse, pack_racp_response, unpack_count
from ingest.drivers.sig import TimeSource
from ingest.sources.virtual.air import Air
from ingest.sources.virtual.flash import Flash
from ingest.sources.virtual.recorder import Recorder
from ingest.sources.virtual.trouble import NO_TROUBLE, Trouble
from ingest.sources.virtual.walker import walker
from ingest.wire.geometry import Side

REPORTED, NOTHING_TO_REPORT, DELETED, NOTHING_TO_DELETE, ABORTED, NOT_COMPLETED = (
    pack_racp_response(RacpResponse(op, code))
    for op, code in (
        (RacpOp.REPORT, RacpCode.SUCCESS),
        (RacpOp.REPORT, RacpCode.NO_RECORDS),
        (RacpOp.DELETE, RacpCode.SUCCESS),
        (RacpOp.DELETE, RacpCode.NO_RECORDS),
        (RacpOp.ABORT, RacpCode.SUCCESS),
        (RacpOp.REPORT, RacpCode.NOT_COMPLETED),
    )
)


async def test_every_row_taken_is_kept_too_and_comes_back_as_it_was() -> None:
    walk = walker(seconds=2.0, seed=1)[Side.LEFT]
    async with desk(walk) as here:
        hub = await here.connect(start=True)
        await asyncio.wait_for(here.insole.world.ended.wait(), 10)
        (held,) = await hub.held()
        assert (held.boot, held.first_seq, held.next_seq) == (here.insole.boot, 0, 200)
        assert unpack_count(await hub.ask(RacpOp.COUNT, held.boot, 50, 1000)) == 150
        assert await hub.fetch(held) == REPORTED
        assert seqs(hub.kept) == list(range(200)) == seqs(hub.live)
        assert np.array_equal(hub.codes_kept(), all_codes(walk))
        live_ticks = {frame.seq + k: frame.ticks + 100 * k for _, frame in hub.live for k in range(len(frame.codes))}
        assert all(frame.ticks == live_ticks[frame.seq] for _, frame in hub.kept)
        assert wire.unpack_info(bytes(await hub.proxy(wire.INFO).read_value())).features & wire.Features.FLASH


async def test_the_rows_of_the_last_moment_can_be_fetched_at_once() -> None:
    async with desk(walker()[Side.LEFT]) as here:
        hub = await here.connect(start=True)
        await until(lambda: here.insole.taken > 30)
        reply = await hub.control(control.Op.STATUS)
        assert await hub.ask(RacpOp.REPORT, reply.count.boot, 0, reply.count.next_seq - 1) == REPORTED
        assert seqs(hub.kept)[: reply.count.next_seq] == list(range(reply.count.next_seq))


async def test_what_was_released_is_gone_and_the_rest_stays() -> None:
    async with desk(walker(seconds=1.0)[Side.LEFT]) as here:
        hub = await here.connect(start=True)
        await asyncio.wait_for(here.insole.world.ended.wait(), 10)
        (held,) = await hub.held()
        assert await hub.ask(RacpOp.DELETE, held.boot, last=59) == DELETED
        (left,) = await hub.held()
        assert 30 < left.first_seq <= 60
        assert left.next_seq == 100
        assert await hub.ask(RacpOp.DELETE, held.boot, last=left.first_seq - 1) == NOTHING_TO_DELETE
        assert (
            await hub.ask(RacpOp.DELETE, held.boot, last=left.first_seq) == DELETED
        )  # of the straddling record: later
        assert (await hub.held())[0].first_seq == left.first_seq
        assert await hub.ask(RacpOp.REPORT, held.boot, 0, left.first_seq - 1) == NOTHING_TO_REPORT
        assert await hub.ask(RacpOp.REPORT, held.boot ^ 1, 0, 99) == NOTHING_TO_REPORT
        assert await hub.ask(RacpOp.DELETE, held.boot, last=99) == DELETED
        assert [(one.first_seq, one.next_seq) for one in await hub.held()] == [(100, 100)]


async def test_requests_that_make_no_sense_are_refused_with_a_code() -> None:
    async with desk(walker()[Side.LEFT]) as here:
        hub = await here.connect(listen=False)
        with pytest.raises(ATT_Error) as deaf:
            await hub.write(bytes.fromhex("0300"))
        assert deaf.value.error_code == 0xFD
        await hub.listen()
        asked = {
            bytes.fromhex("0900"): RacpCode.OP_UNSUPPORTED,
            bytes.fromhex("0101"): RacpCode.OPERATOR_UNSUPPORTED,
            bytes.fromhex("010410"): RacpCode.INVALID_OPERAND,
            bytes.fromhex("0300"): RacpCode.ABORT_FAILED,
        }
        for data, code in asked.items():
            await hub.write(data)
            answer = await asyncio.wait_for(hub.answers.get(), 2)
            assert answer == bytes([6, 0, data[0], code]), data


async def test_one_request_at_a_time_and_a_report_can_be_called_off() -> None:
    async with desk(walker()[Side.LEFT], Air(interval_s=0.015)) as here:
        hub = await here.connect(start=True)
        await here.insole.world.begun.wait()
        here.insole.world.skip(60)
        await until(lambda: here.insole.taken > 6000)
        await hub.write(bytes.fromhex("010410") + here.insole.boot.to_bytes(4, "little") + bytes(4) + b"\xff" * 4)
        await until(lambda: len(hub.kept) > 20)
        with pytest.raises(ATT_Error) as busy:
            await hub.ask(RacpOp.COUNT, here.insole.boot, 0, 10)
        assert busy.value.error_code == 0xFE
        assert await hub.ask(RacpOp.ABORT) == ABORTED
        assert await asyncio.wait_for(hub.answers.get(), 2) == NOT_COMPLETED
        came = len(hub.kept)
        assert came < 300
        await asyncio.sleep(0.1)
        assert len(hub.kept) == came
        assert await hub.ask(RacpOp.REPORT, here.insole.boot, 0, 10) == REPORTED


async def test_a_link_that_ends_in_mid_report_and_the_rest_over_the_next_one() -> None:
    air = Air(interval_s=0.015)
    async with desk(walker()[Side.LEFT], air) as here:
        hub = await here.connect(start=True)
        await here.insole.world.begun.wait()
        here.insole.world.skip(60)
        await until(lambda: here.insole.taken > 6000)
        await hub.write(bytes.fromhex("010410") + here.insole.boot.to_bytes(4, "little") + bytes(4) + b"\xff" * 4)
        await until(lambda: len(hub.kept) > 20)
        await hub.leave()
        assert here.insole.access is not None
        assert not here.insole.access.reporting
        came = seqs(hub.kept)
        assert came == list(range(len(came)))
        assert len(came) < 5000
        again = await here.connect()
        (held,) = await again.held()
        assert await again.ask(RacpOp.REPORT, held.boot, len(came), 5999) == REPORTED
        rest = seqs(again.kept)
        assert rest[0] <= len(came)
        assert rest[-1] >= 5999
        assert rest == list(range(rest[0], rest[-1] + 1))
        assert again.live == []  # nobody has sent START over this link


async def test_rows_taken_out_of_range_are_kept() -> None:
    walk = walker(seconds=1.5)[Side.LEFT]
    async with desk(walk) as here:
        hub = await here.connect(start=True)
        await until(lambda: len(hub.live) > 2)
        await hub.leave()
        await asyncio.sleep(0.4)
        back = await here.connect(start=True)
        await asyncio.wait_for(here.insole.world.ended.wait(), 10)
        lost = set(range(150)) - set(seqs(hub.live)) - set(seqs(back.live))
        assert 30 <= len(lost) < 140
        assert await back.ask(RacpOp.REPORT, here.insole.boot, min(lost), max(lost)) == REPORTED
        assert lost <= set(seqs(back.kept))


async def booted_apart_s(hub: Asker, booted: dict[int, int]) -> list[float]:
    """How far the insole's own idea of when it booted is from the truth, by boot; clocks that are not set left out."""
    held = await hub.held()
    return [(one.booted_t_ns - booted[one.boot]) / 1e9 for one in held if one.booted_t_ns is not None]


async def test_after_a_reset_it_goes_on_by_itself_and_knows_when_it_booted() -> None:
    async with desk(walker()[Side.LEFT]) as here:
        insole, boots = here.insole, {}
        boots[insole.boot] = time.time_ns()
        hub = await here.connect()
        await hub.set_clock(time.time_ns())
        assert (await hub.control(control.Op.START)).result is control.Result.OK
        await until(lambda: len(hub.live) > 2)
        await insole.reboot(0.2)
        boots[insole.boot] = time.time_ns()
        await until(lambda: insole.taken_by_boot.get(insole.boot, 0) > 20)
        await insole.reboot(0.1)
        boots[insole.boot] = time.time_ns()
        back = await here.connect()
        held = await back.held()
        assert [one.boot for one in held] == list(boots)
        assert insole.elapsed_time()[9] == 0  # the clock need not be set
        assert all(abs(apart) < 0.1 for apart in await booted_apart_s(back, boots))
        assert len(await booted_apart_s(back, boots)) == 3
        assert (await back.control(control.Op.START)).count.first_seq == 0
        assert (await back.control(control.Op.STOP)).result is control.Result.OK
        held = await back.held()
        assert {one.boot: one.next_seq for one in held} == insole.taken_by_boot
        for one in held:
            assert await back.fetch(one) == REPORTED
        assert len(seqs(back.kept)) == insole.taken
        await insole.reboot(0.1)
        await asyncio.sleep(0.1)
        assert insole.taken_by_boot.get(insole.boot, 0) == 0  # it has been stopped


async def test_a_power_cut_loses_the_open_record_and_the_clock() -> None:
    async with desk(walker()[Side.LEFT]) as here:
        insole = here.insole
        hub = await here.connect()
        await hub.set_clock(time.time_ns())
        await hub.control(control.Op.START)
        await until(lambda: insole.taken > 50)
        first_boot = insole.boot
        await insole.power_cut(0.1)
        back = await here.connect()
        earlier, running = await back.held()
        assert insole.flash is not None
        lost = insole.flash.never_recorded[first_boot]
        assert 0 < lost < 40
        assert (earlier.boot, earlier.next_seq + lost) == (first_boot, insole.taken_by_boot[first_boot])
        assert earlier.booted_t_ns is not None
        assert running.booted_t_ns is None
        assert insole.elapsed_time()[9] == 1
        await back.set_clock(time.time_ns())
        assert (await back.held())[-1].booted_t_ns is not None
        insole.lose_clock()
        assert (await back.held())[-1].booted_t_ns is None


async def test_two_hours_away_are_recorded_in_no_time_drift_included() -> None:
    async with desk(walker()[Side.LEFT]) as here:
        insole = here.insole
        insole.trouble = Trouble(drift_ppm=50.0)
        hub = await here.connect(start=True)
        await until(lambda: len(hub.live) > 2)
        await hub.leave()
        insole.world.skip(7200)
        begun_s = time.perf_counter()
        await asyncio.wait_for(insole.world.caught_up(), 60)
        assert insole.taken > 720_000
        print(f"two hours of one foot recorded in {time.perf_counter() - begun_s:.1f} s of this machine")
        back = await here.connect(start=True)
        (held,) = await back.held()
        assert held.next_seq >= 720_000
        last = held.next_seq - 1
        assert await back.ask(RacpOp.REPORT, held.boot, last, last) == REPORTED
        _, frame = back.kept[-1]
        first_ticks = hub.live[0][1].ticks
        counted = frame.ticks - first_ticks
        assert counted == pytest.approx(100 * frame.seq * (1 + 50e-6), abs=3)
        await until(lambda: back.live)
        assert back.live[0][1].seq >= 720_000
        assert insole.flash is not None
        assert not insole.flash.full
        assert insole.world.skipped_ns == 7_200_000_000_000


async def test_skipped_time_does_not_flood_a_link_that_is_up() -> None:
    async with desk(walker()[Side.LEFT]) as here:
        hub = await here.connect(start=True)
        await until(lambda: len(hub.live) > 2)
        here.insole.world.skip(600)
        await until(lambda: here.insole.taken > 60_000)
        come = len(hub.live)
        await until(lambda: len(hub.live) > come)
        assert come < 30
        got = seqs(hub.live)
        assert got == sorted(got)
        assert 59_000 < max(after - before for before, after in pairwise(got)) <= 60_001
        assert await hub.ask(RacpOp.REPORT, here.insole.boot, 0, 60_000, 60) == REPORTED
        assert seqs(hub.kept)[:60_001] == list(range(60_001))


async def test_a_walk_that_ends_in_skipped_time_is_over() -> None:
    async with desk(walker(seconds=100)[Side.LEFT]) as here:
        await here.connect(start=True)
        await here.insole.world.begun.wait()
        here.insole.world.skip(500)
        await asyncio.wait_for(here.insole.world.ended.wait(), 1)
        await until(lambda: here.insole.taken == 10_000)


async def test_held_is_told_when_its_beginning_has_moved_and_not_when_it_has_grown() -> None:
    async with desk(walker()[Side.LEFT]) as here:
        hub = await here.connect(start=True)
        await until(lambda: here.insole.taken > 120)
        assert await hub.ask(RacpOp.DELETE, here.insole.boot, last=100) == DELETED
        await until(lambda: hub.helds)
        assert 60 < hub.helds[0][-1].first_seq <= 101
        await until(lambda: len(hub.statuses) >= 2)
        await asyncio.sleep(0.1)
        assert len(hub.helds) == 1


async def test_a_time_from_a_hub_that_does_not_know_it_does_not_count() -> None:
    async with desk(walker()[Side.LEFT]) as here:
        hub = await here.connect()
        await hub.set_clock(time.time_ns())
        assert (await hub.held())[-1].booted_t_ns is not None
        await hub.set_clock(time.time_ns(), TimeSource.NOT_SYNCHRONISED)
        assert (await hub.held())[-1].booted_t_ns is None


async def test_with_a_low_battery_it_does_not_go_on_by_itself() -> None:
    async with desk(walker()[Side.LEFT], battery_pct=10) as here:
        await here.connect(start=True)
        await until(lambda: here.insole.taken > 5)
        taken = here.insole.taken
        await here.insole.reboot(0.05)
        await asyncio.sleep(0.2)
        assert here.insole.taken - taken < 5  # taken until it was switched off


def test_rows_too_wide_for_a_record_cannot_be_kept() -> None:
    description = walker()[Side.LEFT].description
    wide = SimpleNamespace(description=replace(description, cells=description.cells[:1] * 87))
    with pytest.raises(ValueError, match="87 cells"):
        Recorder(wide, Flash(), lambda: 1, 0)


async def test_a_full_memory_is_said_and_the_oldest_rows_are_gone() -> None:
    async with desk(walker()[Side.LEFT], flash=Flash(20_000)) as here:
        hub = await here.connect(start=True)
        await here.insole.world.begun.wait()
        here.insole.world.skip(60)
        await until(lambda: here.insole.taken > 6000)
        (held,) = await hub.held()
        assert held.first_seq > 4000
        assert here.insole.flash is not None
        assert here.insole.flash.overwritten[held.boot] == held.first_seq
        status = control.unpack_status(bytes(await hub.proxy(wire.STATUS).read_value()))
        assert status.faults & control.DeviceFault.STORAGE
        await hub.ask(RacpOp.DELETE, held.boot, last=held.next_seq - 1)
        status = control.unpack_status(bytes(await hub.proxy(wire.STATUS).read_value()))
        assert not status.faults & control.DeviceFault.STORAGE


async def test_records_can_be_made_to_stall_to_be_refused_and_to_be_others() -> None:
    async with desk(walker(seconds=2.0)[Side.LEFT]) as here:
        insole = here.insole
        hub = await here.connect(start=True)
        await asyncio.wait_for(insole.world.ended.wait(), 10)
        (held,) = await hub.held()
        insole.trouble = Trouble(records_before_silence=2)
        with pytest.raises(TimeoutError):
            await hub.fetch(held, 0.3)
        assert len(hub.kept) == 2
        assert await hub.ask(RacpOp.ABORT) == ABORTED
        assert await hub.answers.get() == NOT_COMPLETED
        insole.trouble = Trouble(record_answer=RacpCode.NOT_COMPLETED)
        assert await hub.fetch(held) == NOT_COMPLETED
        insole.trouble = Trouble(records_astray_rows=100)
        hub.kept.clear()
        assert await hub.ask(RacpOp.REPORT, held.boot, 0, 10) == REPORTED
        assert min(seqs(hub.kept)) > 60
        insole.trouble = NO_TROUBLE
        assert await hub.fetch(held) == REPORTED
        assert len(hub.kept) > 3


async def test_a_fetch_beside_the_live_stream_leaves_it_unharmed(monkeypatch: pytest.MonkeyPatch) -> None:
    air = Air(interval_s=0.015, seed=3)
    async with desk(walker()[Side.LEFT], air) as here:
        insole = here.insole
        hub = await here.connect(start=True)
        await insole.world.begun.wait()
        begins_s = insole.world.begins_s
        await until(lambda: len(hub.live) > 30)
        alone_s = delays_s(hub, begins_s, 0)
        insole.world.skip(120)
        begins_s -= 120
        await until(lambda: insole.taken > 12_000)
        (held,) = await hub.held()
        kept_when_put, put = {}, insole._sending.put

        def put_and_remember(seq: int, frame: bytes) -> None:
            kept_when_put[seq] = len(hub.kept)
            put(seq, frame)

        monkeypatch.setattr(insole._sending, "put", put_and_remember)
        live, begun_s = len(hub.live), asyncio.get_running_loop().time()
        assert await hub.fetch(held, 60) == REPORTED
        seconds = asyncio.get_running_loop().time() - begun_s
        rows, beside_s = len(seqs(hub.kept)), delays_s(hub, begins_s, live)
        print(
            f"{rows} rows in {seconds:.2f} s: {rows / seconds:.0f} rows/s, {hub.octets / seconds:.0f} octets/s, "
            f"{hub.octets / rows:.1f} octets/row; live frames late by p50/p99/max alone {shown(alone_s)}, "
            f"beside it {shown(beside_s)} ({len(beside_s)} frames)"
        )
        assert rows >= 12_000
        got = seqs(hub.live)
        assert len(got) == len(set(got))
        overtaken_by = [hub.kept_before_live[seq] - kept for seq, kept in kept_when_put.items() if seq in set(got)]
        assert len(overtaken_by) > 10
        assert max(overtaken_by) <= 5  # a connection event carries six packets: the frame is in the very next one


def delays_s(hub: Asker, begins_s: float, since: int) -> list[float]:
    """From when the last row of a live frame was due to its arrival."""
    return [at_s - (begins_s + (frame.seq + len(frame.codes) - 1) * 0.01) for at_s, frame in hub.live[since:]]


def shown(delays: list[float]) -> str:
    ordered = sorted(delays)
    return "/".join(f"{1000 * ordered[int(share * (len(ordered) - 1))]:.1f}" for share in (0.5, 0.99, 1.0)) + " ms"


async def test_an_insole_that_wants_to_be_paired_first() -> None:
    async with desk(walker()[Side.LEFT], encrypted=True) as here:
        hub = await here.connect()
        with pytest.raises(ATT_Error) as open_link:
            await hub.control(control.Op.START)
        assert open_link.value.error_code in {0x05, 0x0F}  # insufficient authentication, insufficient encryption
        await hub.peer.connection.pair()
        assert (await hub.control(control.Op.START)).result is control.Result.OK
        await here.insole.reboot(0.1)
        again = await here.connect()
        await again.peer.connection.encrypt()
        assert (await again.control(control.Op.STATUS)).result is control.Result.OK
        await again.leave()
        here.insole.forget_bonds()
        stranger = await here.connect()
        with pytest.raises(HCI_Error) as forgotten:
            await stranger.peer.connection.encrypt()
        assert forgotten.value.error_code == HCI_ErrorCode.PIN_OR_KEY_MISSING_ERROR


async def test_a_boot_is_named_by_its_own_id_in_what_it_kept() -> None:
    boots = iter([0x1_0001, 0x2_0002])
    async with desk(walker()[Side.LEFT], new_boot=lambda: next(boots)) as here:
        hub = await here.connect(start=True)
        await until(lambda: here.insole.taken > 30)
        await here.insole.reboot(0.05)
        back = await here.connect()
        earlier, running = await back.held()
        assert (earlier.boot, running.boot) == (0x1_0001, 0x2_0002)
        assert await back.fetch(earlier) == REPORTED
        assert {frame.boot_low for _, frame in back.kept} == {0x0001}
        assert {frame.boot_low for _, frame in hub.live} == {0x0001}
