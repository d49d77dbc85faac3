"""The driver and an insole that keeps rows: what is held is told, fetched, released, one thing at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from open_insole_kit import INFO
from open_insole_talk import BOOT_LOW, NOW, Talk, codes_of, rows_of

from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_records as records
from ingest.drivers import open_insole_wire as wire
from ingest.drivers.base import Output, Read, Remembering, Subscribe, Write
from ingest.drivers.open_insole import OpenInsoleDriver
from ingest.drivers.open_insole_fetching import PATIENCE_NS, PAUSE_NS
from ingest.drivers.open_insole_records import HELD, RACP, HeldBoot, RacpCode, RacpOp, RacpRequest
from ingest.drivers.open_insole_states import State
from ingest.events import FaultSeen, Fetch, FetchEnded, FetchResult, HeldSeen, Release, Request, Rows
from ingest.wire.faults import FaultCode

OLD_BOOT, BOOTED = 0x0BADCAFE, NOW - 3_600_000_000_000
WITH_FLASH = replace(INFO, features=wire.Features.FLASH)
KEPT = (HeldBoot(OLD_BOOT, 1_000, 4_600), HeldBoot(INFO.boot, 0, 400, booted_t_ns=BOOTED))
TICKS_PER_ROW = INFO.ns_per_row // INFO.tick_ns


class Keeper(Talk):
    """An insole with flash, its hand-shake done unless said otherwise."""

    def __init__(self, *held: HeldBoot, info: wire.Info = WITH_FLASH, begin: bool = True) -> None:
        super().__init__(info=info)
        self.answers[HELD] = records.pack_held(held or KEPT)
        self.now_ns = NOW
        if begin:
            self.start(next_seq=500)

    def ask(self, request: Request) -> list[Output]:
        return self.hear(self.driver.on_request(request, self.now_ns))

    def notify(self, characteristic: str, data: bytes) -> list[Output]:
        return self.hear(self.driver.on_notified(characteristic, data, self.now_ns))

    def record(self, seq: int, rows: int = 4, *, boot: int = OLD_BOOT, ticks: int | None = None) -> list[Output]:
        frame = wire.RowsFrame(
            boot_low=boot & 0xFFFF,
            seq=seq,
            ticks=seq * TICKS_PER_ROW + 7 if ticks is None else ticks,
            codes=codes_from(seq, rows),
        )
        return self.notify(wire.DATA, records.pack_record(frame))

    def answer(self, op: RacpOp = RacpOp.REPORT, code: RacpCode = RacpCode.SUCCESS) -> list[Output]:
        return self.notify(RACP, records.pack_racp_response(records.RacpResponse(op, code)))

    def status(self, next_seq: int = 500, after_ns: int = 0) -> list[Output]:
        self.now_ns += after_ns
        count = control.Count(boot=self.info.boot, first_seq=0, next_seq=next_seq)
        return self.notify(wire.STATUS, control.pack_status(control.StatusFrame(count=count, streaming=True)))


def codes_from(seq: int, rows: int) -> Any:
    return (np.arange(2 * rows, dtype=np.int16) + seq % 1_000).reshape(rows, 2)


def access(op: RacpOp, boot: int = 0, first: int = 0, last: int = 0) -> Write:
    return Write(RACP, records.pack_racp_request(RacpRequest(op, boot, first, last)))


ABORT = access(RacpOp.ABORT)
FETCH = Fetch(boot=OLD_BOOT, first_seq=1_000, next_seq=1_020)
REPORT = access(RacpOp.REPORT, OLD_BOOT, 1_000, 1_019)
RELEASE = Release(boot=OLD_BOOT, next_seq=1_020)
DELETE = access(RacpOp.DELETE, OLD_BOOT, 0, 1_019)


def held_of(outputs: list[Output]) -> list[HeldSeen]:
    return [one for one in outputs if isinstance(one, HeldSeen)]


def ends_of(outputs: list[Output]) -> list[FetchResult]:
    return [one.result for one in outputs if isinstance(one, FetchEnded)]


def ended(result: FetchResult, fetch: Fetch = FETCH) -> FetchEnded:
    return FetchEnded(boot=fetch.boot, first_seq=fetch.first_seq, next_seq=fetch.next_seq, result=result)


# -- what is held ---------------------------------------------------------------------------------------------------


def test_it_remembers() -> None:
    assert isinstance(OpenInsoleDriver("OI-1"), Remembering)


def test_held_is_read_in_the_hand_shake_and_told_once_the_stream_runs() -> None:
    talk = Keeper(begin=False).connect()
    asked = [Read(HELD), Subscribe(HELD), Subscribe(RACP), Subscribe(wire.STATUS)]
    at = talk.intents.index(Read(HELD))
    assert talk.intents[at : at + 4] == asked
    assert not held_of(talk.said)
    talk.reply(control.Op.START, next_seq=500)
    assert held_of(talk.said) == [
        HeldSeen(boot=OLD_BOOT, first_seq=1_000, next_seq=4_600, booted_t_ns=None),
        HeldSeen(boot=INFO.boot, first_seq=0, next_seq=500, booted_t_ns=BOOTED),
    ]


def test_an_insole_without_flash_is_asked_for_nothing() -> None:
    talk = Talk().start()
    assert not {HELD, RACP} & {getattr(one, "characteristic", "") for one in talk.intents}
    assert list(talk.driver.on_request(FETCH, NOW)) == [ended(FetchResult.BROKEN_OFF)]
    assert list(talk.driver.on_request(RELEASE, NOW)) == []
    frame = wire.RowsFrame(boot_low=BOOT_LOW, seq=9, ticks=900, codes=codes_from(9, 2))
    assert codes_of(talk.notify(wire.DATA, records.pack_record(frame))) == [FaultCode.FRAME_MALFORMED]
    assert talk.notify(HELD, records.pack_held(KEPT)) == []


def test_the_running_boot_grows_with_every_status() -> None:
    talk = Keeper()
    assert held_of(talk.status(700)) == [HeldSeen(boot=INFO.boot, first_seq=0, next_seq=700, booted_t_ns=BOOTED)]
    assert held_of(talk.status(650))[0].next_seq == 700  # an older count that came late takes nothing back


def test_only_what_has_changed_in_held_is_told_again() -> None:
    talk = Keeper()
    moved = (replace(KEPT[0], first_seq=2_000), KEPT[1])
    assert held_of(talk.notify(HELD, records.pack_held(moved))) == [
        HeldSeen(boot=OLD_BOOT, first_seq=2_000, next_seq=4_600)
    ]
    gone = held_of(talk.notify(HELD, records.pack_held(KEPT[1:])))
    assert gone == [HeldSeen(boot=OLD_BOOT, first_seq=4_600, next_seq=4_600)]


def test_held_longer_than_a_notification_is_read() -> None:
    talk = Keeper()
    many = (*(HeldBoot(boot, 0, 9) for boot in range(12)), KEPT[1])
    talk.answers[HELD] = records.pack_held(many)
    assert Read(HELD) in talk.notify(HELD, records.pack_held(many)[:244])
    assert {one.boot for one in held_of(talk.said)} == {OLD_BOOT, INFO.boot, *range(12)}


@pytest.mark.parametrize("held", [(), KEPT[:1], KEPT[::-1]])
def test_held_without_the_running_boot_at_its_end(held: tuple[HeldBoot, ...]) -> None:
    talk = Keeper(begin=False)
    talk.answers[HELD] = records.pack_held(held)
    talk.start(next_seq=500)
    assert talk.faults == [FaultCode.FRAME_MALFORMED]
    assert talk.driver.streaming
    assert not held_of(talk.said)


@pytest.mark.parametrize("refused", [Read(HELD), Subscribe(RACP)])
def test_an_insole_that_refuses_to_be_asked_streams_all_the_same(refused: Read | Subscribe) -> None:
    talk = Keeper(begin=False).connect()
    assert codes_of(talk.hear(talk.driver.on_failed(refused, "not found", NOW))) == [FaultCode.LINK_REFUSED]
    talk.reply(control.Op.START, next_seq=500)
    assert talk.driver.streaming
    assert not held_of(talk.said)
    assert talk.ask(FETCH) == [ended(FetchResult.BROKEN_OFF)]


# -- fetching -------------------------------------------------------------------------------------------------------


def test_a_fetch_from_its_request_to_its_end() -> None:
    talk = Keeper()
    assert talk.ask(FETCH) == [REPORT]
    got = [*talk.record(1_000, 12), *talk.rows(500, 500_000), *talk.record(1_012, 8)]
    kept = [one for one in rows_of(got) if one.kept]
    assert [(one.boot, one.seq, one.ticks, len(one.codes)) for one in kept] == [
        (OLD_BOOT, 1_000, 100_007, 12),
        (OLD_BOOT, 1_012, 101_207, 8),
    ]
    assert all(one.arrived_ns == NOW and one.ns_per_row == INFO.ns_per_row for one in kept)
    assert np.array_equal(kept[1].codes, codes_from(1_012, 8))
    assert [one.seq for one in rows_of(got) if not one.kept] == [500]  # old rows put no later live row in doubt
    assert talk.answer() == [ended(FetchResult.DONE)]
    assert not talk.faults


def test_records_are_cut_to_what_was_asked_for() -> None:
    talk = Keeper()
    talk.ask(replace(FETCH, first_seq=1_003, next_seq=1_010))
    kept = rows_of([*talk.record(1_000, 5), *talk.record(1_005, 20)])
    assert [(one.seq, one.ticks, len(one.codes)) for one in kept] == [(1_003, 100_307, 2), (1_005, 100_507, 5)]
    assert np.array_equal(kept[0].codes, codes_from(1_000, 5)[3:])
    assert not talk.faults


@pytest.mark.parametrize(
    ("send", "code"),
    [
        (lambda talk: talk.record(1_002), FaultCode.ROWS_REPEATED),
        (lambda talk: talk.record(900), FaultCode.FRAME_MALFORMED),
        (lambda talk: talk.record(1_020), FaultCode.FRAME_MALFORMED),
        (lambda talk: talk.record(1_006, boot=INFO.boot), FaultCode.FRAME_MALFORMED),
        (lambda talk: talk.record(1_008, ticks=100_306), FaultCode.TIME_BACKWARDS),
        (lambda talk: talk.record(1_015, ticks=100_320), FaultCode.FRAME_MALFORMED),  # eleven rows in 1.3 ms
        (lambda talk: talk.record(1_008, ticks=2**48 - 1), FaultCode.FRAME_MALFORMED),
        (lambda talk: talk.notify(wire.DATA, b"\x01\x02\x04"), FaultCode.FRAME_TRUNCATED),
        (lambda talk: talk.answer(RacpOp.DELETE), FaultCode.FRAME_MALFORMED),
        (lambda talk: talk.notify(RACP, b"\x06\x00"), FaultCode.FRAME_TRUNCATED),
    ],
)
def test_what_is_wrong_in_a_fetch_is_counted_and_left_out(
    send: Callable[[Keeper], list[Output]], code: FaultCode
) -> None:
    talk = Keeper()
    talk.ask(FETCH)
    talk.record(1_000)
    assert codes_of(said := send(talk)) == [code]
    assert [one.seq for one in rows_of(said)] == ([1_004] if code is FaultCode.ROWS_REPEATED else [])
    assert [one.seq for one in rows_of(talk.record(1_006))] == [1_006]
    assert ends_of(talk.answer()) == [FetchResult.DONE]


def test_records_and_answers_that_nobody_asked_for() -> None:
    talk = Keeper()
    assert codes_of(talk.record(1_000)) == [FaultCode.FRAME_MALFORMED]
    assert codes_of(talk.answer()) == [FaultCode.FRAME_MALFORMED]
    assert not rows_of(talk.said)


def test_answers_to_a_fetch() -> None:
    talk = Keeper()
    talk.ask(FETCH)
    assert talk.answer(code=RacpCode.NO_RECORDS) == [ended(FetchResult.NOTHING)]
    talk.ask(FETCH)
    talk.record(1_000)
    assert talk.answer(code=RacpCode.NO_RECORDS) == [ended(FetchResult.DONE)]
    talk.ask(FETCH)
    failed = talk.answer(code=RacpCode.NOT_COMPLETED)
    assert codes_of(failed) == [FaultCode.LINK_REFUSED]
    assert ends_of(failed) == [FetchResult.BROKEN_OFF]
    assert talk.ask(replace(FETCH, next_seq=1_000)) == [ended(FetchResult.NOTHING, replace(FETCH, next_seq=1_000))]


def test_requests_wait_for_one_another_and_releases_go_first() -> None:
    talk = Keeper()
    other = replace(FETCH, first_seq=2_000, next_seq=2_100)
    assert talk.ask(RELEASE) == [DELETE]
    assert talk.ask(FETCH) == talk.ask(other) == []
    assert talk.ask(Release(boot=7, next_seq=4)) == talk.ask(Release(boot=7, next_seq=3)) == []
    assert talk.answer(RacpOp.DELETE) == [access(RacpOp.DELETE, 7, 0, 3)]  # the furthest of both
    assert talk.answer(RacpOp.DELETE, RacpCode.NO_RECORDS) == [REPORT]
    assert talk.answer() == [ended(FetchResult.DONE), access(RacpOp.REPORT, OLD_BOOT, 2_000, 2_099)]
    assert talk.answer() == [ended(FetchResult.DONE, other)]
    assert talk.ask(Release(boot=7, next_seq=0)) == []


# -- what goes wrong ------------------------------------------------------------------------------------------------


def test_a_link_that_ends_breaks_every_fetch_off_once() -> None:
    talk = Keeper()
    other = replace(FETCH, first_seq=2_000, next_seq=2_100)
    talk.ask(FETCH)
    talk.ask(other)
    talk.ask(RELEASE)
    talk.record(1_000)
    broken = talk.hear(talk.driver.on_disconnected(NOW))
    assert broken == [ended(FetchResult.BROKEN_OFF), ended(FetchResult.BROKEN_OFF, other)]
    assert talk.hear(talk.driver.on_disconnected(NOW)) == []
    assert talk.ask(FETCH) == [ended(FetchResult.BROKEN_OFF)]
    talk.start(next_seq=500)
    assert talk.ask(FETCH) == [REPORT]  # nothing of the old link is left over


def test_an_insole_that_falls_silent_is_told_to_abort() -> None:
    talk = Keeper()
    talk.ask(FETCH)
    talk.now_ns += PATIENCE_NS - 1
    talk.record(1_000)
    assert ABORT not in talk.status(after_ns=PATIENCE_NS - 1)
    silent = talk.status(after_ns=1)
    assert codes_of(silent) == [FaultCode.LINK_REFUSED]
    assert silent[-1] == ABORT
    assert [one.seq for one in rows_of(talk.record(1_004))] == [1_004]  # what is still on its way is good
    assert talk.answer(RacpOp.ABORT) == []
    assert talk.answer(code=RacpCode.NOT_COMPLETED) == [ended(FetchResult.BROKEN_OFF)]
    assert codes_of(talk.record(1_008)) == [FaultCode.FRAME_MALFORMED]


def test_an_insole_that_does_not_even_abort_is_asked_again_later() -> None:
    talk = Keeper()
    talk.ask(FETCH)
    talk.status(after_ns=PATIENCE_NS)
    assert ends_of(talk.status(after_ns=PATIENCE_NS)) == [FetchResult.BROKEN_OFF]
    assert talk.ask(FETCH) == []
    assert REPORT not in talk.status(after_ns=PAUSE_NS - 1)
    assert REPORT in talk.status(after_ns=1)


def test_records_that_do_not_pass_do_not_hold_the_line() -> None:
    talk = Keeper()
    talk.ask(FETCH)
    talk.record(1_000)
    talk.now_ns += PATIENCE_NS
    assert ABORT in talk.record(1_000)


def test_a_request_that_cannot_be_written() -> None:
    talk = Keeper()
    talk.ask(FETCH)
    refused = talk.hear(talk.driver.on_failed(REPORT, "ATT error 0xfe", NOW))
    assert codes_of(refused) == [FaultCode.LINK_REFUSED]
    assert ends_of(refused) == [FetchResult.BROKEN_OFF]
    assert talk.driver.streaming
    talk.ask(FETCH)
    assert REPORT in talk.status(after_ns=PAUSE_NS)
    assert ends_of(talk.answer()) == [FetchResult.DONE]


def test_the_hubs_clock_may_be_put_back() -> None:
    talk = Keeper()
    talk.ask(FETCH)
    talk.status(after_ns=-1_000 * PATIENCE_NS)
    assert ABORT in talk.status(after_ns=PATIENCE_NS)


def test_a_stop_breaks_a_fetch_off_first() -> None:
    talk = Keeper()
    talk.ask(FETCH)
    stop = Write(wire.CONTROL, control.pack_request(control.Request(control.Op.STOP)))
    assert talk.hear(talk.driver.on_stop(NOW)) == [ABORT, ended(FetchResult.BROKEN_OFF), stop]
    assert talk.driver.state is State.STOPPING
    late = [*talk.record(1_000), *talk.answer(RacpOp.ABORT), *talk.answer(code=RacpCode.NOT_COMPLETED)]
    assert late == []
    assert talk.ask(FETCH) == [ended(FetchResult.BROKEN_OFF)]
    talk.reply(control.Op.STOP, next_seq=600)
    assert talk.driver.stopped


def test_everything_that_is_told_of_old_rows_is_of_the_boot_asked_for() -> None:
    """Two boots may share the low half of their ids: the request says which of them it was."""
    twin = INFO.boot ^ 0x10000
    talk = Keeper(HeldBoot(twin, 0, 50), KEPT[1])
    talk.ask(Fetch(boot=twin, first_seq=0, next_seq=50))
    kept = rows_of(talk.record(0, boot=INFO.boot))
    assert [one.boot for one in kept] == [twin]
    assert not [one for one in talk.said if isinstance(one, FaultSeen)]
    assert isinstance(kept[0], Rows)
