"""`underfoot alerts`: the journal is listed; an answer is kept here, or crosses a real broker and comes back."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import closing
from datetime import UTC
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from summary_kit import walk_summary

from ingest.wire.alerts import Alert, AlertLevel, AlertReply, AlertState, Audience, Outcome, Quiet
from ingest.wire.entries import Entry, Role, RuleChange
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.topics import Address
from processing.metrics.recipe import STEADY
from processing.store.journal import Delivery, DeliveryState, Task, TaskWhy, WalkSummary
from processing.store.journal_sqlite import SqliteJournal
from processing.subscribe import Subscriber
from processing.summary import as_json
from underfoot.broker import EmbeddedBroker
from underfoot.cli import NOT_MEDICAL, underfoot
from underfoot.cli._alert_lines import alert_lines
from underfoot.places import Places
from underfoot.reach import standing_alerts
from underfoot.replying import send
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
    assert listed(tmp_path) == "no open alerts; nothing was measured today\n"
    journal.put_alert("p1", ALERT, by="rules", t_ns=1)
    journal.put_alert("p1", replace(ALERT, id="a2", state=AlertState.CLOSED), by="rules", t_ns=2)
    (line,) = listed(tmp_path).splitlines()
    assert line.split()[:3] == ["a1", "active", "low"]
    assert line.endswith(ALERT.text)
    assert len(listed(tmp_path, "--all").splitlines()) == 2
    assert [each["id"] for each in json.loads(listed(tmp_path, "--json"))] == ["a1"]
    journal.close()


TOLD = replace(
    ALERT, id="a2", rule="A1", level=AlertLevel.MEDIUM, state=AlertState.ESCALATED, areas=("M1", "M2"),
    sounded_t_ns=(10**18, 10**18 + 1200 * 10**9), acknowledged_t_ns=10**18 + 5, acknowledged_by="anna", action="sat",
    escalated_t_ns=10**18 + 9, escalated_because="third this week", outcome=Outcome.NOT_OFFLOADED, useful=True,
)  # fmt: skip


def test_what_became_of_an_alert_stands_below_it(tmp_path: Path) -> None:
    journal = SqliteJournal(Places(tmp_path).journal)
    journal.put_alert("p1", TOLD, by="rules", t_ns=1)
    journal.put_alert("p1", replace(ALERT, audience=Audience.CLINICIAN, quiet=Quiet.LATE), by="rules", t_ns=1)
    journal.put_delivery(delivery(TOLD, DeliveryState.UNDELIVERED))
    journal.put_delivery(delivery(ALERT, DeliveryState.WAITING))
    journal.close()
    lines = listed(tmp_path).splitlines()
    below = {each.split()[0]: after for each, after in zip(lines[::2], lines[1::2], strict=True)}
    wanted = (
        "at M1, M2", "sounded ", "answered by anna: sat", "third this week", "did not go off within 20 min",
        "said to be useful", "NOT DELIVERED",
    )  # fmt: skip
    assert all(words in below["a2"] for words in wanted), below["a2"]
    assert "for the clinician" in below["a1"]
    assert "silent: found in rows that came late" in below["a1"]
    assert "NOT DELIVERED" not in below["a1"]
    assert {each["id"]: each["undelivered"] for each in json.loads(listed(tmp_path, "--json"))} == {
        "a1": False,
        "a2": True,
    }


def delivery(alert: Alert, state: DeliveryState) -> Delivery:
    return Delivery(
        id=f"{alert.id}-phone", person="p1", alert=alert.id, channel="phone", text="words", state=state, made_t_ns=1
    )


@pytest.mark.parametrize("quiet", Quiet)
def test_every_reason_for_silence_has_its_words(quiet: Quiet) -> None:
    (_, below) = alert_lines(replace(ALERT, quiet=quiet), UTC, undelivered=False)
    assert "silent" in below


def test_one_that_waited_and_is_over_is_not_silent_for_now() -> None:
    for state, words in ((AlertState.ACTIVE, "silent for now:"), (AlertState.CLOSED, "silent until it was over:")):
        (_, below) = alert_lines(replace(ALERT, state=state, quiet=Quiet.SPACED), UTC, undelivered=False)
        assert words in below


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_its_words(outcome: Outcome) -> None:
    (_, below) = alert_lines(replace(ALERT, outcome=outcome), UTC, undelivered=False)
    assert "load" in below


def test_the_clinicians_list_is_short_and_has_the_evidence(tmp_path: Path) -> None:
    journal = SqliteJournal(Places(tmp_path).journal)
    first, banner, claim = listed(tmp_path, "--clinician").splitlines()
    assert first == "nothing on the clinician's list"
    assert banner == "Not watched live: no walk is kept yet; nothing was measured today. Rules clinical/3."
    assert claim == NOT_MEDICAL
    journal.put_alert("p1", ALERT, by="rules", t_ns=1)
    journal.put_alert("p1", replace(TOLD, evidence="96 % of 15 min"), by="rules", t_ns=1)
    task = Task(
        id="repeated-a2", person="p1", why=TaskWhy.REPEATED, text="again and again at M1", about=("a2",),
        opened_t_ns=10**18, due="2001-09-10",
    )  # fmt: skip
    journal.put_task(task)
    journal.close()
    lines = listed(tmp_path, "--clinician").splitlines()
    assert lines[0].startswith("repeated ")
    assert lines[0].endswith("again and again at M1")
    assert lines[1:3] == ["    task repeated-a2, due 2001-09-10", "    a2  96 % of 15 min"]
    (line,) = json.loads(listed(tmp_path, "--clinician", "--json"))
    assert (line["rank"], line["task"]["id"], [each["id"] for each in line["alerts"]]) == (
        "repeated", "repeated-a2", ["a2"],
    )  # fmt: skip


def test_an_empty_list_says_how_much_was_measured_and_by_which_limits(tmp_path: Path) -> None:
    journal, now_ns = SqliteJournal(Places(tmp_path).journal), time.time_ns()
    summary = walk_summary(duration_s=600.0, coverage_pct=60.0)
    walk = WalkSummary(
        person="p1", walk="w", recipe=STEADY.name, begun_t_ns=now_ns, summary=as_json(summary).encode()
    )  # fmt: skip
    journal.put_walk(walk)
    change = RuleChange(key="A1.enter_pct", value=97)
    journal.put_entry("p1", Entry(id="e1", by="dr-1", role=Role.CLINICIAN, t_ns=1, said=change, why="shoes"))
    journal.close()
    covered = "60 % of the time recorded today was measured"
    assert listed(tmp_path) == f"no open alerts; {covered}\n"
    banner = listed(tmp_path, "--clinician").splitlines()[-2]
    assert banner.startswith("Not watched live: last walk until ")
    assert banner.endswith(f"; {covered}. Rules clinical/3, 1 limit changed.")


def test_an_alert_is_answered_judged_and_handed_on(tmp_path: Path) -> None:
    with closing(SqliteJournal(Places(tmp_path).journal)) as journal:
        journal.put_alert("p1", ALERT, by="rules", t_ns=1)
    for words, said in (
        (["ack", "a1", "--by", "anna", "--action", "sat"], "a1 is acknowledged, by anna"),
        (["useful", "a1", "no", "--by", "ben"], "a1 was not useful, says ben"),
        (["escalate", "a1", "--by", "ben", "--why", "it hurts"], "a1 is handed on to the clinician: "),
    ):
        done = CliRunner(env={"UNDERFOOT_DATA_DIR": str(tmp_path)}).invoke(underfoot, ["alerts", *words])
        assert done.exit_code == 0, done.output
        assert done.output.startswith(said)
    with closing(SqliteJournal(Places(tmp_path).journal)) as journal:
        (alert,) = journal.alerts("p1")
        assert (alert.state, alert.acknowledged_by, alert.useful) == (AlertState.ESCALATED, "anna", False)
        assert [(reply.do, reply.by) for reply in journal.replies("p1")] == [
            ("acknowledge", "anna"),
            ("not-useful", "ben"),
            ("escalate", "ben"),
        ]
        assert [task.why for task in journal.tasks("p1", open_only=True)] == [TaskWhy.ASKED]


@pytest.mark.parametrize("words", [["useful", "a1"], ["useful", "a1", "maybe"], ["escalate", "a1"], ["ack"]])
def test_an_answer_that_cannot_be_understood_ends_with_2(words: list[str]) -> None:
    assert CliRunner().invoke(underfoot, ["alerts", *words]).exit_code == 2


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
        return await send(settings, reply)
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
