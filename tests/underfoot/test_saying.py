"""What is said reaches the journal: directly where nobody holds it, over a real broker where somebody does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from ingest.wire.alerts import Alert, AlertLevel, AlertReply, AlertState
from ingest.wire.entries import Entry, EntryTaken, FootCheck, NoWalk, Role, Skin
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.topics import Address
from processing.store.journal_sqlite import SqliteJournal, SqliteJournalReader
from processing.subscribe import Subscriber
from underfoot.broker import EmbeddedBroker
from underfoot.judging import processing
from underfoot.places import Places
from underfoot.reach import broker_address
from underfoot.replying import answer
from underfoot.saying import ask, kept, say
from underfoot.settings import BrokerSettings, Settings

SORE = FootCheck(day="2026-03-06", left=Skin.SORE, right=Skin.CLEAR)
ALERT = Alert(
    id="A3-left-1", rule="A3", level=AlertLevel.LOW, state=AlertState.ACTIVE, raised_t_ns=10**18, walk="w",
    text="More of your weight is on the front of your left foot than usual.", evidence="FLS L 56 %",
)  # fmt: skip


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Settings]:
    """A broker, and the half that judges and stores behind it."""
    async with EmbeddedBroker(port=0) as broker:
        url = f"mqtt://127.0.0.1:{broker.address.port}"
        settings = Settings(data_dir=folder, broker=BrokerSettings(url=url))
        async with processing(settings, broker.address) as half:
            while not half.service.subscriber.connected:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.02)
            yield settings


def test_alone_it_goes_straight_into_the_journal_by_the_same_rules(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")
    taken = say(settings, SORE, by="anna", role=Role.PATIENT)
    assert taken.taken
    reader = SqliteJournalReader(Places(settings.data_dir).journal)
    assert [(each.by, each.said, each.id) for each in reader.entries("p1")] == [("anna", SORE, taken.id)]
    assert len(reader.tasks("p1", open_only=True)) == 1
    refused = say(settings, NoWalk(day="2999-01-01"), by="anna", role=Role.PATIENT)
    assert not refused.taken
    with pytest.raises(UnderfootError) as caught:
        kept(refused)
    assert caught.value.code is FaultCode.ENTRY_REFUSED
    assert "2999-01-01" in caught.value.fault.detail


async def test_while_processing_runs_it_goes_over_the_broker_and_is_answered(tmp_path: Path) -> None:
    async with served(tmp_path) as settings:
        taken = await asyncio.to_thread(say, settings, SORE, by="anna", role=Role.PATIENT, why="shoe")
        assert taken.taken
        refused = await asyncio.to_thread(say, settings, NoWalk(day="2999-01-01"), by="anna", role=Role.PATIENT)
        assert (refused.taken, refused.code) == (False, FaultCode.ENTRY_REFUSED)
    entries = SqliteJournalReader(Places(tmp_path).journal).entries("p1")
    assert [(each.id, each.why) for each in entries] == [(taken.id, "shoe")]


async def test_an_answer_to_somebody_else_is_not_taken_for_ones_own() -> None:
    async with EmbeddedBroker(port=0) as broker:
        there = asyncio.Event()
        answering = asyncio.create_task(_answer_others_first(broker, there))
        await there.wait()
        url = f"mqtt://127.0.0.1:{broker.address.port}"
        entry = Entry(id="mine", by="anna", role=Role.PATIENT, t_ns=1, said=SORE)
        answer = await ask(Settings(broker=BrokerSettings(url=url)), entry)
        assert (answer.id, answer.taken) == ("mine", True)
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)


async def _answer_others_first(broker: EmbeddedBroker, there: asyncio.Event) -> None:
    async def on_connected(_: str) -> None:
        there.set()

    async with Subscriber(broker.address, carries=(Entry,), on_connected=on_connected) as subscriber:
        async for arrival in subscriber.messages():
            assert isinstance(arrival.message, Entry)
            for name in ("another", arrival.message.id):
                taken = EntryTaken(id=name, taken=name == "mine")
                await subscriber.publish(Address("home", "p1").entries_taken, taken)


async def test_processing_that_does_not_answer_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("underfoot.reach._ANSWER_S", 1.0)
    async with EmbeddedBroker(port=0) as broker:
        url = f"mqtt://127.0.0.1:{broker.address.port}"
        with pytest.raises(UnderfootError) as caught:
            await asyncio.to_thread(
                say, Settings(data_dir=tmp_path, broker=BrokerSettings(url=url)), SORE, by="anna", role=Role.PATIENT
            )
    assert caught.value.code is FaultCode.BROKER_UNREACHABLE
    assert "does not answer" in caught.value.fault.detail


@pytest.mark.expects_log
def test_another_machines_journal_is_not_made_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("underfoot.reach._ANSWER_S", 0.5)
    settings = Settings(data_dir=tmp_path / "none", broker=BrokerSettings(url="mqtt://127.0.0.1:9"))
    with pytest.raises(UnderfootError) as caught:
        say(settings, SORE, by="anna", role=Role.PATIENT)
    assert caught.value.code is FaultCode.BROKER_UNREACHABLE
    assert not (tmp_path / "none").exists()


def test_a_code_of_a_newer_processing_is_a_refusal_all_the_same() -> None:
    with pytest.raises(UnderfootError) as caught:
        kept(EntryTaken(id="e", taken=False, code="of-tomorrow", detail="why"))
    assert (caught.value.code, caught.value.fault.detail) == (FaultCode.ENTRY_REFUSED, "why")


@pytest.mark.parametrize("do", ["acknowledge", "useful", "not-useful", "escalate"])
def test_an_alert_is_answered_in_the_journal_where_nobody_holds_it(tmp_path: Path, do: str) -> None:
    with closing(SqliteJournal(Places(tmp_path).journal)) as journal:
        journal.put_alert("p1", ALERT, by="rules", t_ns=1)
    settings = Settings(data_dir=tmp_path)
    alert = answer(settings, AlertReply(id=ALERT.id, do=do, by="carer-1", t_ns=10**18 + 5))
    assert _shown(alert) == do
    reader = SqliteJournalReader(Places(tmp_path).journal)
    assert reader.alerts("p1") == (alert,)
    assert [reply.do for reply in reader.replies("p1")] == [do]
    with pytest.raises(UnderfootError) as caught:
        answer(settings, AlertReply(id="A3-left-2", do=do, by="carer-1", t_ns=10**18 + 5))
    assert caught.value.code is FaultCode.UNKNOWN_NAME


@pytest.mark.parametrize("do", ["useful", "not-useful", "escalate"])
async def test_an_alert_is_answered_over_the_broker(tmp_path: Path, do: str) -> None:
    with closing(SqliteJournal(Places(tmp_path).journal)) as journal:
        journal.put_alert("p1", ALERT, by="rules", t_ns=1)
    async with served(tmp_path) as settings:
        await retain(settings)
        reply = AlertReply(id=ALERT.id, do=do, by="carer-1", t_ns=10**18 + 5)
        assert _shown(await asyncio.to_thread(answer, settings, reply)) == do


async def retain(settings: Settings) -> None:
    """The broker holds the alert as it stood before."""
    async with Subscriber(broker_address(settings), carries=(Alert,)) as subscriber:
        while not await subscriber.publish(Address("home", "p1").alert(ALERT.id), ALERT):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)


def _shown(alert: Alert) -> str:
    if alert.escalated_t_ns is not None:
        return "escalate"
    if alert.acknowledged_t_ns is not None:
        return "acknowledge"
    return {True: "useful", False: "not-useful", None: ""}[alert.useful]
