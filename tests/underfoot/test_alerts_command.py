"""`underfoot alerts`: the journal is listed; an acknowledgement crosses a real broker and comes back."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.messages import Alert, AlertLevel, AlertReply, AlertState
from ingest.wire.topics import Address
from processing.store.journal_sqlite import SqliteJournal
from processing.subscribe import Subscriber
from underfoot.broker import EmbeddedBroker
from underfoot.cli import underfoot
from underfoot.places import Places
from underfoot.reach import acknowledge, standing_alerts
from underfoot.settings import BrokerSettings, Settings

HERE = Address("home", "p1")
ALERT = Alert(
    id="a1", rule="forefoot-share", level=AlertLevel.LOW, state=AlertState.ACTIVE, raised_t_ns=10**18, walk="w",
    text="More load on the left forefoot than usual.", evidence="47 %",
)  # fmt: skip
REPLY = AlertReply(id="a1", do="acknowledge", by="somebody", t_ns=10**18 + 1, action="sat")


def listed(data: Path, *words: str) -> str:
    done = CliRunner(env={"UNDERFOOT_DATA_DIR": str(data)}).invoke(underfoot, ["alerts", "list", *words])
    assert done.exit_code == 0, done.output
    return done.output


def test_open_alerts_are_listed_from_the_journal(tmp_path: Path) -> None:
    journal = SqliteJournal(Places(tmp_path).journal)
    assert listed(tmp_path) == "no open alerts\n"
    journal.put_alert("p1", ALERT, by="rules", t_ns=1)
    journal.put_alert("p1", replace(ALERT, id="a2", state=AlertState.CLOSED), by="rules", t_ns=2)
    (line,) = listed(tmp_path).splitlines()
    assert line.split()[:3] == ["a1", "active", "low"]
    assert line.endswith(ALERT.text)
    assert len(listed(tmp_path, "--all").splitlines()) == 2
    assert [each["id"] for each in json.loads(listed(tmp_path, "--json"))] == ["a1"]
    journal.close()


@pytest.mark.expects_log
def test_without_journal_and_broker_there_is_a_fault(tmp_path: Path) -> None:
    env = {"UNDERFOOT_DATA_DIR": str(tmp_path), "UNDERFOOT_BROKER__URL": "mqtt://127.0.0.1:9"}
    for words, code in (([], FaultCode.BROKER_UNREACHABLE), (["--all"], FaultCode.FILE_UNREADABLE)):
        done = CliRunner(env=env).invoke(underfoot, ["alerts", "list", *words])
        assert isinstance(done.exception, UnderfootError)
        assert done.exception.code is code


async def test_without_a_journal_the_broker_is_asked() -> None:
    async with EmbeddedBroker(port=0) as broker:
        there = asyncio.Event()
        task = asyncio.create_task(processing(broker, ALERT, there))
        await there.wait()
        settings = Settings(broker=BrokerSettings(url=f"mqtt://127.0.0.1:{broker.address.port}"))
        assert await standing_alerts(settings) == [ALERT]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def processing(broker: EmbeddedBroker, alert: Alert, there: asyncio.Event, *, answers: bool = True) -> None:
    """Stands in for processing: a retained alert, and the alert again once it is acknowledged."""

    async def on_connected(_: str) -> None:
        there.set()

    async with Subscriber(broker.address, carries=(AlertReply,), on_connected=on_connected) as subscriber:
        await there.wait()
        await subscriber.publish(HERE.alert(alert.id), alert)
        async for arrival in subscriber.messages():
            if isinstance(arrival.message, AlertReply) and answers:
                reply = arrival.message
                done = replace(
                    alert, state=AlertState.ACKNOWLEDGED, acknowledged_t_ns=reply.t_ns, acknowledged_by=reply.by
                )
                await subscriber.publish(HERE.alert(alert.id), done)


async def answer(broker: EmbeddedBroker, reply: AlertReply, *, answers: bool = True) -> Alert:
    settings = Settings(broker=BrokerSettings(url=f"mqtt://127.0.0.1:{broker.address.port}"))
    there = asyncio.Event()
    task = asyncio.create_task(processing(broker, ALERT, there, answers=answers))
    try:
        await there.wait()
        return await acknowledge(settings, reply)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_an_acknowledgement_crosses_the_broker_and_comes_back() -> None:
    async with EmbeddedBroker(port=0) as broker:
        alert = await answer(broker, REPLY)
        assert (alert.state, alert.acknowledged_by) == (AlertState.ACKNOWLEDGED, "somebody")


async def test_an_alert_that_nobody_raised_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("underfoot.reach._ANSWER_S", 1.0)
    async with EmbeddedBroker(port=0) as broker:
        with pytest.raises(UnderfootError) as unknown:
            await answer(broker, replace(REPLY, id="a9"))
        assert unknown.value.code is FaultCode.UNKNOWN_NAME
        with pytest.raises(UnderfootError) as silent:
            await answer(broker, REPLY, answers=False)
        assert silent.value.code is FaultCode.BROKER_UNREACHABLE


@pytest.mark.expects_log
def test_without_a_broker_there_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("underfoot.reach._ANSWER_S", 1.0)
    done = CliRunner(env={"UNDERFOOT_BROKER__URL": "mqtt://127.0.0.1:9"}).invoke(underfoot, ["alerts", "ack", "a1"])
    assert isinstance(done.exception, UnderfootError)
    assert done.exception.code is FaultCode.BROKER_UNREACHABLE
