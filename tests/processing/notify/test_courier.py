"""The courier between a real journal and a real server: sent once, tried again, given up, and a kill loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from channel_kit import Inbox, http_inbox
from custody_kit import until

from ingest.wire.alerts import Alert, AlertLevel, AlertState, Press
from ingest.wire.faults import FaultBook, FaultCode, UnderfootError
from processing.notify.apprise_door import AppriseDoor
from processing.notify.courier import Courier
from processing.notify.delivering import FOOTER, GIVEN_UP_AFTER_NS
from processing.store.journal import Delivery, DeliveryState
from processing.store.journal_sqlite import SqliteJournal

NOW = 1_700_000_000 * 10**9
SECRET = "s3cret-topic"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with http_inbox() as it:
        yield it


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    it = SqliteJournal(tmp_path / "journal.sqlite")
    yield it
    it.close()


class Clock:
    t_ns = NOW

    def __call__(self) -> int:
        return self.t_ns


def alert(*sounded: int, state: AlertState = AlertState.ACTIVE) -> Alert:
    return Alert(
        id="a1",
        rule="A1",
        level=AlertLevel.MEDIUM,
        state=state,
        raised_t_ns=NOW,
        walk="w",
        text="Sit down.",
        evidence="e",
        sounded_t_ns=sounded,
    )


def sound(journal: SqliteJournal, *sounded: int, state: AlertState = AlertState.ACTIVE) -> None:
    journal.put_alert("p1", alert(*sounded, state=state), by="underfoot", t_ns=NOW)


def courier(journal: SqliteJournal, inbox: Inbox, clock: Clock, faults: FaultBook | None = None) -> Courier:
    return Courier("p1", journal, AppriseDoor(), {"phone": inbox.url(SECRET)}, now_ns=clock, faults=faults)


def states(journal: SqliteJournal) -> list[DeliveryState]:
    return [each.state for each in journal.deliveries("p1")]


async def test_what_sounded_is_sent_once_however_often_the_round_is_made(journal: SqliteJournal, inbox: Inbox) -> None:
    sound(journal, NOW)
    for _ in range(3):  # each a new start
        assert await courier(journal, inbox, Clock()).make_a_round() is None
    assert [each["message"] for each in inbox.came] == [f"Sit down.\n\n{FOOTER}"]
    assert states(journal) == [DeliveryState.DELIVERED]
    sound(journal, NOW, NOW + 1)
    await courier(journal, inbox, Clock()).make_a_round()
    assert len(inbox.came) == 2


async def test_what_makes_no_sound_is_sent_to_nobody(journal: SqliteJournal, inbox: Inbox) -> None:
    sound(journal)
    assert await courier(journal, inbox, Clock()).make_a_round() is None
    assert inbox.came == []
    assert journal.deliveries("p1") == ()


async def test_a_failure_is_tried_again_when_its_time_has_come(journal: SqliteJournal, inbox: Inbox) -> None:
    sound(journal, NOW)
    inbox.status, clock = 503, Clock()
    wait_s = await courier(journal, inbox, clock).make_a_round()
    assert wait_s == pytest.approx(10.0)
    (one,) = journal.deliveries("p1")
    assert (one.state, one.tries) == (DeliveryState.WAITING, 1)
    assert "503" in one.error
    assert SECRET not in one.error
    await courier(journal, inbox, clock).make_a_round()
    assert len(inbox.came) == 1, "not before its time"
    inbox.status, clock.t_ns = 200, NOW + 10 * 10**9
    assert await courier(journal, inbox, clock).make_a_round() is None
    assert len(inbox.came) == 2
    assert states(journal) == [DeliveryState.DELIVERED]


@pytest.mark.expects_log
async def test_what_is_given_up_is_noted_and_said(
    journal: SqliteJournal, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    sound(journal, NOW)
    inbox.status, clock, faults = 500, Clock(), FaultBook()
    it = courier(journal, inbox, clock, faults)
    await it.make_a_round()
    clock.t_ns = NOW + GIVEN_UP_AFTER_NS
    assert await it.make_a_round() is None
    assert states(journal) == [DeliveryState.UNDELIVERED]
    assert faults.counts == {"not-delivered": 1}
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("processing")]
    assert any("phone" in line for line in ours)
    assert SECRET not in " ".join(ours)


@pytest.mark.expects_log
async def test_an_alert_that_is_over_is_not_sent_any_more(journal: SqliteJournal, inbox: Inbox) -> None:
    sound(journal, NOW)
    inbox.status = 500
    await courier(journal, inbox, Clock()).make_a_round()
    sound(journal, NOW, NOW + 1, state=AlertState.CLEARED)
    clock = Clock()
    clock.t_ns = NOW + 60 * 10**9
    assert await courier(journal, inbox, clock).make_a_round() is None
    assert states(journal) == [DeliveryState.UNDELIVERED, DeliveryState.EXPIRED]
    assert len(inbox.came) == 1


async def test_kills_at_any_moment_lose_nothing(journal: SqliteJournal, inbox: Inbox) -> None:
    """Cut off, a round may send once more; it never takes for sent what was not."""
    clock, soundings = Clock(), tuple(NOW + k for k in range(20))
    for k in range(len(soundings)):
        sound(journal, *soundings[: k + 1])
        round_ = asyncio.create_task(courier(journal, inbox, clock).make_a_round())
        await asyncio.sleep(k * 0.003)
        round_.cancel()
        await asyncio.wait([round_])
        assert states(journal).count(DeliveryState.DELIVERED) <= len(inbox.came)
    await courier(journal, inbox, clock).make_a_round()
    assert states(journal) == [DeliveryState.DELIVERED] * len(soundings)
    assert len(inbox.came) >= len(soundings)


async def test_a_channel_that_hangs_holds_up_no_other(journal: SqliteJournal) -> None:
    class Door:
        def __init__(self) -> None:
            self.sent: list[str] = []
            self.free = asyncio.Event()

        async def send(self, url: str, title: str, text: str) -> str | None:
            if url == "slow":
                await self.free.wait()
            self.sent.append(url)
            return None

    sound(journal, NOW)
    door = Door()
    it = Courier("p1", journal, door, {"a": "slow", "b": "quick"}, now_ns=Clock())
    round_ = asyncio.create_task(it.make_a_round())
    async with asyncio.timeout(10):
        await until(lambda: door.sent == ["quick"])
        door.free.set()
        await round_
    assert set(states(journal)) == {DeliveryState.DELIVERED}


class Counting(Courier):
    """Counts its rounds."""

    begun = rounds = 0

    async def make_a_round(self) -> float | None:
        self.begun += 1
        wait_s = await super().make_a_round()
        self.rounds += 1
        return wait_s


async def test_news_of_an_alert_starts_a_round_and_other_messages_none(journal: SqliteJournal, inbox: Inbox) -> None:
    told: list[int] = []
    it = Counting("p1", journal, AppriseDoor(), {"phone": inbox.url()}, now_ns=Clock(), changed=lambda: told.append(1))
    running = asyncio.create_task(it.run())
    try:
        await until(lambda: it.rounds == 1)
        it.look("p1", Press(do="acknowledge"))
        it.look("p2", alert(NOW))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await until(lambda: it.begun > 1)
        sound(journal, NOW)
        it.look("p1", alert(NOW))
        async with asyncio.timeout(10):
            await until(lambda: states(journal) == [DeliveryState.DELIVERED])
        assert told
    finally:
        running.cancel()


@pytest.mark.expects_log
async def test_a_journal_that_refuses_is_told_and_asked_again(
    journal: SqliteJournal, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FullAtFirst:
        full = True

        def alerts(self, person: str, *, open_only: bool = False) -> tuple[Alert, ...]:
            return journal.alerts(person, open_only=open_only)

        def deliveries(self, person: str, *, open_only: bool = False) -> tuple[Delivery, ...]:
            return journal.deliveries(person, open_only=open_only)

        def put_delivery(self, delivery: Delivery) -> bool:
            if self.full:
                raise UnderfootError(FaultCode.DISK_FULL, "test")
            return journal.put_delivery(delivery)

    monkeypatch.setattr("processing.notify.courier._TROUBLE_S", 0.01)
    sound(journal, NOW)
    book, faults = FullAtFirst(), FaultBook()
    it = Courier("p1", book, AppriseDoor(), {"phone": inbox.url()}, now_ns=Clock(), faults=faults)
    running = asyncio.create_task(it.run())
    try:
        async with asyncio.timeout(10):
            await until(lambda: "disk-full" in faults.counts)
            assert inbox.came == [], "what cannot be noted is not sent: it would be sent again and again"
            book.full = False
            await until(lambda: states(journal) == [DeliveryState.DELIVERED])
    finally:
        running.cancel()
    assert len(inbox.came) == 1
