"""What every journal keeps to: durable on return, a repeat changes nothing, history only grows."""

from __future__ import annotations

import dataclasses
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sized
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from ingest.wire.alerts import Alert, AlertLevel, AlertReply, AlertState
from ingest.wire.entries import Entry, FootCheck, Role, RuleChange, Said, Skin, Symptoms, TaskDone
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from processing.metrics.bench_table import BenchCell, BenchTable
from processing.metrics.calibration import CalibrationVersion, InsoleCalibration
from processing.rules.baseline import Baseline, Usual, UsualPerFoot
from processing.rules.lifecycle import AlertBook
from processing.store.journal import (
    AuditEntry,
    BaselineSet,
    DayInTouch,
    Delivery,
    DeliveryState,
    Journal,
    JournalReading,
    Task,
    TaskWhy,
    WalkSummary,
)
from processing.store.journal_sqlite import SqliteJournal, SqliteJournalReader

P = "p-1"


def alert(second: int = 0, **other: object) -> Alert:
    return Alert(
        **{
            "id": f"A3-left-{second}",
            "rule": "A3",
            "level": AlertLevel.LOW,
            "state": AlertState.ACTIVE,
            "raised_t_ns": second * 10**9,
            "walk": "w",
            "side": Side.LEFT,
            "text": "words for the one who walks",
            "evidence": "55 % gegen 43 % – µ",
        }
        | other
    )


def baseline(median: float = 43.0) -> Baseline:
    usual = Usual(median=median, spread=0.1 + 0.2)
    return Baseline(forefoot_share_pct=UsualPerFoot(left=usual, right=usual), load_si_pct=usual, walks=7)


def walk(name: str = "w", begun: int = 0, summary: bytes = b"{}", recipe: str = "steady") -> WalkSummary:
    return WalkSummary(person=P, walk=name, recipe=recipe, begun_t_ns=begun, summary=summary)


def calibration(version: int = 1, **other: object) -> CalibrationVersion:
    bench = BenchTable(
        format="underfoot.bench/1", model="Press – µ", kpa_per_code=0.1, by="bench",
        cells=(BenchCell(codes=(-3, 900), kpa=(0.0, 0.1 + 0.2), area_mm2=None),),
    )  # fmt: skip
    insoles = (
        InsoleCalibration(insole="left", layout_checksum=7, zero_codes=(35, -2), gain=0.1 + 0.2),
        InsoleCalibration(insole="right", layout_checksum=8, bench=bench),
    )
    known = {"t_ns": version * 10, "by": f"clinic-{version}", "what": "gain from w", "weight_kg": 83.0} | other
    return CalibrationVersion(version=version, insoles=insoles, **known)


def entry(name: str = "e-1", said: Said | None = None, **other: object) -> Entry:
    known = {"by": "patient-1", "role": Role.PATIENT, "t_ns": 7, "why": "asked – µ"} | other
    return Entry(id=name, said=said or Symptoms(day="2026-03-01", pain=3), **known)


def task(name: str = "skin-2026-03-01", **other: object) -> Task:
    known = {"why": TaskWhy.SKIN, "text": "left sore", "about": ("e-1",), "opened_t_ns": 5, "due": "2026-03-02"}
    return Task(id=name, person=P, **(known | other))


def delivery(name: str = "A3-raised-carer", **other: object) -> Delivery:
    known = {"channel": "carer", "text": "words", "state": DeliveryState.WAITING, "made_t_ns": 4, "next_t_ns": 9}
    return Delivery(id=name, person=P, alert="A3-left-0", **(known | other))


REPLY = AlertReply(id="A3-left-0", do="acknowledge", by="carer-1", t_ns=5, action="sat", note="tired")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite"


@pytest.fixture(params=[SqliteJournal])
def journal(request: pytest.FixtureRequest, path: Path) -> Iterator[Journal]:
    opened = request.param(path)
    yield opened
    opened.close()


def test_alerts_stand_as_last_put_and_remember_every_change(journal: Journal) -> None:
    raised, cleared = alert(), alert(state=AlertState.CLEARED, cleared_t_ns=9)
    assert journal.put_alert(P, raised, by="rules clinical/1", t_ns=1)
    assert not journal.put_alert(P, raised, by="rules clinical/1", t_ns=2)
    assert journal.put_alert(P, cleared, by="rules clinical/1", t_ns=9)
    assert journal.alerts(P) == (cleared,)
    assert [(change.t_ns, change.by, change.alert) for change in journal.alert_history(P, raised.id)] == [
        (1, "rules clinical/1", raised),
        (9, "rules clinical/1", cleared),
    ]


def test_alerts_come_oldest_first_and_open_ones_alone_when_asked(journal: Journal) -> None:
    for second in (30, 4, 100):
        journal.put_alert(P, alert(second), by="rules", t_ns=second)
    journal.put_alert(P, alert(30, state=AlertState.CLOSED), by="rules", t_ns=200)
    assert [each.raised_t_ns // 10**9 for each in journal.alerts(P)] == [4, 30, 100]
    assert [each.raised_t_ns // 10**9 for each in journal.alerts(P, open_only=True)] == [4, 100]


def test_people_are_kept_apart(journal: Journal) -> None:
    journal.put_alert("p-2", alert(text="of the other"), by="rules", t_ns=1)
    journal.put_alert(P, alert(), by="rules", t_ns=1)
    assert [each.text for each in journal.alerts("p-2")] == ["of the other"]
    assert len(journal.alert_history(P, "A3-left-0")) == 1
    assert journal.people() == ("p-1", "p-2")
    assert not journal.add_person(P, 7)
    assert journal.add_person("p-3", 7)
    assert journal.alerts("nobody") == journal.walks("nobody") == ()


def test_a_reply_and_the_alert_it_changed_are_kept_together_and_once(journal: Journal) -> None:
    journal.put_alert(P, alert(), by="rules", t_ns=1)
    acknowledged = alert(state=AlertState.ACKNOWLEDGED, acknowledged_t_ns=5, acknowledged_by="carer-1")
    assert journal.put_reply(P, REPLY, acknowledged)
    assert not journal.put_reply(P, REPLY, acknowledged)
    assert journal.put_reply(P, replace(REPLY, by="carer-2"))
    assert journal.replies(P) == journal.replies(P, "A3-left-0") == (REPLY, replace(REPLY, by="carer-2"))
    assert journal.replies(P, "other") == ()
    assert [change.by for change in journal.alert_history(P, "A3-left-0")] == ["rules", "carer-1"]
    assert [(entry.by, entry.what, entry.detail) for entry in journal.audit("A3-left-0")] == [
        ("carer-1", "acknowledge", "sat"),
        ("carer-2", "acknowledge", "sat"),
    ]


def test_the_latest_baseline_counts_and_the_earlier_ones_stay(journal: Journal) -> None:
    assert journal.baseline(P) is None
    first = BaselineSet(person=P, baseline=baseline(), by="clinic-1", t_ns=1)
    second = BaselineSet(person=P, baseline=baseline(41.0), by="clinic-2", t_ns=2)
    taken_back = BaselineSet(person=P, baseline=None, by="clinic-1", t_ns=3)
    for each in (first, second):
        journal.set_baseline(each)
    assert journal.baseline(P) == second
    journal.set_baseline(taken_back)
    assert journal.baseline(P) == taken_back
    assert journal.baselines(P) == (first, second, taken_back)
    assert [(entry.by, entry.what) for entry in journal.audit(P)] == [
        ("clinic-1", "set baseline"),
        ("clinic-2", "set baseline"),
        ("clinic-1", "take back baseline"),
    ]


def test_calibrations_follow_one_another_and_none_is_ever_replaced(journal: Journal) -> None:
    assert journal.calibrations(P) == ()
    first, second = calibration(1), calibration(2, weight_kg=85.0)
    assert journal.add_calibration(P, first)
    assert journal.add_calibration(P, second)
    assert not journal.add_calibration(P, second)
    assert journal.add_calibration("p-2", calibration(1))
    for other in (first, calibration(2), calibration(4)):
        with pytest.raises(UnderfootError) as caught:
            journal.add_calibration(P, other)
        assert caught.value.code is FaultCode.CALIBRATION_REFUSED
    assert journal.calibrations(P) == (first, second)
    assert [(entry.t_ns, entry.by, entry.what, entry.detail) for entry in journal.audit(P)] == [
        (10, "clinic-1", "calibration 1", "gain from w"),
        (20, "clinic-2", "calibration 2", "gain from w"),
    ]


def test_summaries_are_kept_byte_for_byte_by_recipe(journal: Journal) -> None:
    odd = b'{"b": 1.10,\n"a": null}'
    assert journal.put_walk(walk("late", begun=20))
    assert journal.put_walk(walk("early", begun=10, summary=odd))
    assert journal.put_walk(walk("early", begun=10, recipe="ratio"))
    assert not journal.put_walk(walk("early", begun=10, summary=odd))
    assert [each.walk for each in journal.walks(P, "steady")] == ["early", "late"]
    assert journal.walks(P)[1].summary == odd
    assert journal.put_walk(walk("early", begun=10, summary=b"[]"))
    assert [each.summary for each in journal.walks(P, "steady")] == [b"[]", b"{}"]


def test_a_walk_that_is_dropped_is_gone_and_no_other(journal: Journal) -> None:
    kept = [
        WalkSummary(person=P, walk=walk, recipe="steady", begun_t_ns=n, summary=b"{}") for n, walk in enumerate("abc")
    ]
    for each in kept:
        journal.put_walk(each)
    journal.drop_walk(P, "b")
    journal.drop_walk(P, "b")
    journal.drop_walk("somebody-else", "a")
    assert journal.walks(P) == (kept[0], kept[2])


def test_the_audit_trail(journal: Journal) -> None:
    entry = AuditEntry(t_ns=1, by="clinic-1", what="change limit", about="A3", detail="10 → 12, reason: new shoes")
    journal.note(entry)
    journal.note(entry)
    assert journal.audit() == (entry, entry)


def test_entries_are_kept_once_as_said_and_stand_in_the_audit_trail(journal: Journal) -> None:
    checked = entry("e-2", FootCheck(day="2026-03-01", left=Skin.CLEAR, right=Skin.NOT_LOOKED), t_ns=3)
    limit = entry(
        "e-3", RuleChange(key="A4.enter_points", value=20.0), by="clinic-1", role=Role.CLINICIAN, why="new shoe"
    )
    for each in (entry(), checked, limit):
        assert journal.put_entry(P, each)
    assert not journal.put_entry(P, entry())
    assert not journal.put_entry(P, entry(said=Symptoms(day="2026-03-01", pain=9)))
    assert journal.put_entry("p-2", entry())
    assert journal.entries(P) == (entry(), checked, limit)
    assert journal.entries(P, FootCheck) == (checked,)
    assert journal.entries(P, TaskDone) == ()
    line = journal.audit(P)[-1]
    assert (line.t_ns, line.by, line.what) == (7, "clinic-1", "rule-change")
    assert "A4.enter_points" in line.detail
    assert line.detail.endswith("because: new shoe")
    assert [each.what for each in journal.audit(P)] == ["symptoms", "foot-check", "rule-change"]


def test_an_entry_and_its_tasks_are_kept_together_and_once(journal: Journal) -> None:
    assert journal.put_entry(P, entry(), [task()])
    done = task(done_by="clinic-1", done_t_ns=8, note="seen")
    assert journal.put_entry(P, entry("e-2", TaskDone(task=task().id)), [done])
    assert not journal.put_entry(P, entry(), [task()])
    assert journal.tasks(P) == (done,)


def test_tasks_and_deliveries_stand_as_last_put(journal: Journal) -> None:
    later, done = task("warm-1", opened_t_ns=9), task(done_by="clinic-1", done_t_ns=8)
    assert journal.put_task(later)
    assert journal.put_task(task())
    assert not journal.put_task(task())
    assert journal.tasks(P) == (task(), later)
    assert journal.put_task(done)
    assert journal.tasks(P) == (done, later)
    assert journal.tasks(P, open_only=True) == (later,)
    sent, given_up = delivery(state=DeliveryState.DELIVERED, tries=1), delivery("A3-raised-phone", made_t_ns=2)
    given_up = dataclasses.replace(given_up, state=DeliveryState.UNDELIVERED, error="refused – µ", next_t_ns=None)
    for each in (delivery(), sent, given_up):
        assert journal.put_delivery(each)
    assert not journal.put_delivery(sent)
    assert journal.deliveries(P) == (given_up, sent)
    assert journal.deliveries(P, open_only=True) == (given_up,)
    assert journal.tasks("p-2") == journal.deliveries("p-2") == ()


def test_a_later_word_of_a_day_replaces_the_earlier(journal: Journal) -> None:
    second = DayInTouch(day="2026-03-02", heard_s=0.0, in_touch_s=0.0)
    assert journal.put_day_in_touch(P, second)
    assert journal.put_day_in_touch(P, DayInTouch(day="2026-03-01", heard_s=60.0, in_touch_s=30.5))
    assert not journal.put_day_in_touch(P, second)
    more = DayInTouch(day="2026-03-01", heard_s=61.0, in_touch_s=30.5, until_t_ns=61 * 10**9)
    assert journal.put_day_in_touch(P, more)
    more = DayInTouch(day="2026-03-01", heard_s=61.0, in_touch_s=30.5, until_t_ns=61 * 10**9, meets=True)
    assert journal.put_day_in_touch(P, more)
    assert not journal.put_day_in_touch(P, more)
    assert journal.days_in_touch(P) == (more, second)
    assert P in journal.people()


def test_everything_is_there_after_it_is_opened_again(journal: Journal, path: Path) -> None:
    journal.put_alert(P, alert(), by="rules", t_ns=1)
    journal.put_reply(P, REPLY)
    journal.set_baseline(BaselineSet(person=P, baseline=baseline(), by="clinic-1", t_ns=1))
    journal.add_calibration(P, calibration())
    journal.put_walk(walk())
    journal.put_entry(P, entry(), [task()])
    journal.put_delivery(delivery())
    journal.put_day_in_touch(P, DayInTouch(day="2026-03-01", heard_s=60.25, in_touch_s=0.1 + 0.2))
    before = everything(journal)
    journal.close()
    again = SqliteJournal(path)
    assert everything(again) == before
    again.close()


def everything(journal: JournalReading) -> tuple[object, ...]:
    return (
        journal.people(),
        journal.alerts(P),
        journal.alert_history(P, "A3-left-0"),
        journal.replies(P),
        journal.baselines(P),
        journal.calibrations(P),
        journal.walks(P),
        journal.audit(),
        journal.entries(P),
        journal.tasks(P),
        journal.deliveries(P),
        journal.days_in_touch(P),
    )


def test_a_book_lives_through_the_journal(journal: Journal) -> None:
    book = AlertBook()
    for said in (alert(), REPLY):
        changed = book.on_reply(said) if isinstance(said, AlertReply) else book.on_engine(said)
        assert changed is not None
        journal.put_alert(P, changed, by="test", t_ns=1)
    again = AlertBook()
    again.restore(journal.alerts(P))
    assert again.alerts == book.alerts
    assert again.on_engine(alert()) is None


def test_threads_take_turns(journal: Journal) -> None:
    def put(first: int) -> None:
        for second in range(first, first + 25):
            journal.put_alert(P, alert(second), by="rules", t_ns=second)

    threads = [threading.Thread(target=put, args=(100 * k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(journal.alerts(P)) == 100


# SQLite


def test_a_reader_sees_what_the_writer_has_kept_and_cannot_write(path: Path) -> None:
    writer = SqliteJournal(path)
    reader = SqliteJournalReader(path)
    writer.put_alert(P, alert(), by="rules", t_ns=1)
    assert everything(reader) == everything(writer)
    assert not hasattr(reader, "put_alert")
    writer.close()
    assert reader.alerts(P) == (alert(),)


def test_a_reader_of_nothing_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(UnderfootError) as caught:
        SqliteJournalReader(tmp_path / "none")
    assert caught.value.code is FaultCode.FILE_UNREADABLE
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("table", ["alert_history", "baselines", "calibrations", "entries", "audit"])
@pytest.mark.parametrize("change", ["UPDATE {} SET by = 'nobody'", "DELETE FROM {}"])
def test_what_is_kept_for_ever_cannot_be_changed(path: Path, table: str, change: str) -> None:
    journal = SqliteJournal(path)
    journal.put_alert(P, alert(), by="rules", t_ns=1)
    journal.set_baseline(BaselineSet(person=P, baseline=baseline(), by="clinic-1", t_ns=1))
    journal.add_calibration(P, calibration())
    journal.put_entry(P, entry())
    journal.close()
    stranger = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="only added to"):
        stranger.execute(change.format(table))
    stranger.close()


@pytest.mark.parametrize("table", ["calibrations", "entries", "tasks", "deliveries", "days_in_touch"])
def test_a_journal_from_before_a_table_is_read_and_then_has_it(path: Path, table: str) -> None:
    before = SqliteJournal(path)
    before.put_walk(walk())
    before.close()
    stranger = sqlite3.connect(path)
    stranger.execute(f"DROP TABLE {table}")
    stranger.commit()
    stranger.close()
    reader = SqliteJournalReader(path)
    assert all(ask() == () for ask in asks(reader))
    now = SqliteJournal(path)
    assert now.walks(P) == (walk(),)
    assert now.add_calibration(P, calibration())
    assert now.put_entry(P, entry(), [task()])
    assert now.put_delivery(delivery())
    assert now.put_day_in_touch(P, DayInTouch(day="2026-03-01", heard_s=1.0, in_touch_s=1.0))
    now.close()
    assert all(len(ask()) == 1 for ask in asks(reader))


def asks(journal: JournalReading) -> tuple[Callable[[], Sized], ...]:
    asked = (journal.calibrations, journal.entries, journal.tasks, journal.deliveries, journal.days_in_touch)
    return tuple(partial(each, P) for each in asked)


def test_a_damaged_file_is_said(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 1000)
    for opened in (SqliteJournal, SqliteJournalReader):
        with pytest.raises(UnderfootError) as caught:
            opened(path)
        assert caught.value.code is FaultCode.STORE_DAMAGED


def test_a_damaged_page_and_a_damaged_alert_are_said(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.put_alert(P, alert(), by="rules", t_ns=1)
    journal.close()
    stranger = sqlite3.connect(path)
    stranger.execute("UPDATE alerts SET alert = ?", (b'{"kind":"alert","id":',))
    stranger.commit()
    stranger.close()
    journal = SqliteJournal(path)
    with pytest.raises(UnderfootError) as caught:
        journal.alerts(P)
    assert caught.value.code is FaultCode.STORE_DAMAGED
    journal.close()
    kept = path.read_bytes()
    path.write_bytes(kept[:4096] + b"\xff" * (len(kept) - 4096))
    with pytest.raises(UnderfootError) as caught:
        SqliteJournalReader(path).alerts(P)
    assert caught.value.code is FaultCode.STORE_DAMAGED


def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    SqliteJournal(path).close()
    stranger = sqlite3.connect(path)
    stranger.execute("PRAGMA user_version = 99")
    stranger.close()
    with pytest.raises(UnderfootError) as caught:
        SqliteJournal(path)
    assert caught.value.code is FaultCode.PAYLOAD_VERSION


def test_a_full_disk_keeps_nothing_of_the_call_and_all_before_it(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.put_walk(walk("kept"))
    pages = journal._rows("PRAGMA page_count")[0][0]
    journal._rows(f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises(UnderfootError) as caught:
        journal.put_walk(walk("too large", summary=b"x" * 10**6))
    assert caught.value.code is FaultCode.DISK_FULL
    assert [each.walk for each in journal.walks(P)] == ["kept"]
    journal._rows("PRAGMA max_page_count = 100000")
    assert journal.put_walk(walk("too large", summary=b"x" * 10**6))
    journal.close()


WRITES_UNTIL_KILLED = """
import sys
from pathlib import Path
from ingest.wire.alerts import Alert, AlertReply
from ingest.wire.entries import Entry, NoWalk
from processing.store.journal import Task
from processing.store.journal_sqlite import SqliteJournal
journal = SqliteJournal(Path(sys.argv[1]))
for k in range(10**6):
    name = f"{sys.argv[2]}-{k}"
    common = dict(id=name, rule="A3", level="low", raised_t_ns=k, walk="w", text="t", evidence="e" * 2000)
    raised = Alert(state="active", **common)
    journal.put_alert("p-1", raised, by="rules", t_ns=k)
    reply = AlertReply(id=name, do="acknowledge", by="carer-1", t_ns=k)
    journal.put_reply("p-1", reply, Alert(state="acknowledged", **common))
    entry = Entry(id=name, by="carer-1", role="carer", t_ns=k, said=NoWalk(day="2026-03-01"))
    due = dict(why="skin", text="t" * 2000, about=(name,), opened_t_ns=k, due="2026-03-02")
    journal.put_entry("p-1", entry, [Task(id=name, person="p-1", **due)])
    print(k, flush=True)
"""


def test_kill_9_loses_nothing_that_was_returned(path: Path) -> None:
    root = Path(__file__).parents[2]
    for life, target in (("first", 20), ("second", 45)):
        command = [sys.executable, "-c", WRITES_UNTIL_KILLED, str(path), life]
        process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        said = 0
        for line in process.stdout:
            said = int(line)
            if said >= target:
                process.send_signal(signal.SIGKILL)
                break
        said = max([said, *map(int, process.stdout.read().split())])
        process.stdout.close()
        assert process.wait() == -signal.SIGKILL
        journal = SqliteJournal(path)
        states = {each.id: each.state for each in journal.alerts(P)}
        assert all(states[f"{life}-{k}"] is AlertState.ACKNOWLEDGED for k in range(said + 1))
        answered = {reply.id for reply in journal.replies(P)}
        assert answered == {name for name, state in states.items() if state is AlertState.ACKNOWLEDGED}
        said_ids = {each.id for each in journal.entries(P)}
        assert {f"{life}-{k}" for k in range(said + 1)} <= said_ids
        assert said_ids == {each.id for each in journal.tasks(P)}
        for name, state in states.items():
            assert journal.alert_history(P, name)[-1].alert.state is state
        assert journal._rows("PRAGMA integrity_check") == [("ok",)]
        journal.close()
