"""What the clinician's pages rest on, without a page: order, silence, times, what is typed, and words for all of it."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from browser_kit import until
from clinic_kit import DAY_NS, NOW_NS, open_alert

from ingest.wire.alerts import Alert, AlertLevel, AlertState, Outcome, Quiet
from ingest.wire.entries import Entry, Mute, ProgrammeChange, ProgrammeId, RedFlag, Role, Skin
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from processing.programme.day import DayState
from processing.programme.gates import HoldKind
from processing.programme.plans import Phase
from processing.programme.run import RunState
from processing.rules.change import limits
from processing.rules.preset import load_preset
from processing.store.journal import DayInTouch, TaskWhy
from processing.store.journal_sqlite import SqliteJournal
from underfoot.rules_in_force import rules_in_force
from underfoot.simulated import Simulated, Tell
from underfoot.web.clinic.freshness import freshness
from underfoot.web.clinic.inbox_rows import Filter, Inbox, inbox, wearer
from underfoot.web.clinic.limit_rows import days_tried, options, parts, read, spelled, unit_of, words_of
from underfoot.web.clinic.mute_choices import Until, choices, until_t_ns
from underfoot.web.clinic.programme_rows import read_change
from underfoot.web.clinic.trying import Trials, TrialState
from underfoot.words import LANGUAGES, words_in

ZONE = ZoneInfo("Europe/Vienna")
HOUR_NS = 3600 * 10**9
TODAY = date(2026, 4, 5)


def _listed(tmp_path: Path, *alerts: Alert, said: Entry | None = None, wanted: Filter | None = None) -> Inbox:
    with closing(SqliteJournal(tmp_path / "journal.sqlite")) as journal:
        for alert in alerts:
            journal.put_alert("p1", alert, by="kit", t_ns=alert.raised_t_ns)
        if said is not None:
            journal.put_entry("p1", said)
        return inbox([wearer(journal, "p1", ZONE, NOW_NS, None)], wanted or Filter(), NOW_NS)


def test_what_is_urgent_comes_first_and_what_is_over_apart(tmp_path: Path) -> None:
    closed = open_alert("A2-both-c", AlertLevel.INFO, NOW_NS - 3 * DAY_NS, state=AlertState.CLOSED)
    found = _listed(
        tmp_path,
        open_alert("A3-left-a", AlertLevel.LOW, NOW_NS - HOUR_NS),
        open_alert("A4-both-a", AlertLevel.MEDIUM, NOW_NS - 3 * HOUR_NS),
        open_alert("A9-left-a", AlertLevel.MEDIUM, NOW_NS - 9 * HOUR_NS),
        open_alert("A6-left-a", AlertLevel.LOW, NOW_NS - HOUR_NS, state=AlertState.CLEARED, cleared_t_ns=NOW_NS),
        open_alert("A1-left-p", AlertLevel.MEDIUM, NOW_NS, state=AlertState.PENDING),
        closed,
        open_alert("A2-both-o", AlertLevel.INFO, NOW_NS - 15 * DAY_NS, state=AlertState.CLOSED),
    )
    assert [row.alert.id for row in found.open] == ["A9-left-a", "A4-both-a", "A3-left-a"]
    assert [row.alert.id for row in found.ended] == ["A6-left-a"]
    assert [row.alert.id for row in found.recent] == ["A2-both-c"]
    assert [row.can_acknowledge for row in (*found.open, *found.ended, *found.recent)] == [True] * 4 + [False]
    assert not _listed(tmp_path, wanted=Filter(rule="A1")).recent
    assert _listed(tmp_path, wanted=Filter(person="p1", rule="A2", level="info")).recent[0].alert == closed


def test_a_mute_covers_its_rule_and_foot_until_it_is_over(tmp_path: Path) -> None:
    said = Mute(alert="A3-left-a", until_t_ns=NOW_NS + HOUR_NS)
    entry = Entry(id="m", by="kit", role=Role.CLINICIAN, t_ns=NOW_NS - 1, said=said, why="new shoes")
    found = _listed(
        tmp_path,
        open_alert("A3-left-a", AlertLevel.LOW, NOW_NS - HOUR_NS),
        open_alert("A3-right-a", AlertLevel.LOW, NOW_NS - 2 * HOUR_NS),
        said=entry,
    )
    assert [(row.alert.id, row.muted and row.muted.why) for row in found.open] == [
        ("A3-left-a", "new shoes"),
        ("A3-right-a", None),
    ]


@pytest.mark.parametrize(
    ("day", "live_ns", "silent"),
    [
        (None, None, True),
        (DayInTouch(day="2026-04-03", heard_s=9.0, in_touch_s=3600.0), None, True),
        (DayInTouch(day="2026-04-05", heard_s=9.0, in_touch_s=3600.0), None, False),
        (DayInTouch(day="2026-04-05", heard_s=9.0, in_touch_s=0.0), None, True),  # the hub ran, and met no insole
        (None, NOW_NS - 23 * HOUR_NS, False),
        (None, NOW_NS - 25 * HOUR_NS, True),
    ],
)
def test_silence_is_said_and_never_taken_for_peace(
    tmp_path: Path, day: DayInTouch | None, live_ns: int | None, silent: bool
) -> None:
    with closing(SqliteJournal(tmp_path / "journal.sqlite")) as journal:
        if day is not None:
            journal.put_day_in_touch("p1", day)
        fresh = freshness(journal, "p1", ZONE, NOW_NS, live_ns)
    assert fresh.is_silent(NOW_NS) is silent
    assert fresh.measured_pct is None
    assert fresh.walk_until_t_ns is None


def test_a_mute_ends_in_the_wearers_hours_and_a_medium_one_within_a_day() -> None:
    low, medium = (open_alert("A3-left-a", level, NOW_NS) for level in (AlertLevel.LOW, AlertLevel.MEDIUM))
    hours = [(each.until, (each.t_ns - NOW_NS) // HOUR_NS) for each in choices(low, NOW_NS, ZONE)]
    assert hours == [(Until.TONIGHT, 2), (Until.MORNING, 12), (Until.THREE_DAYS, 72), (Until.WEEK, 168)]
    assert [each.until for each in choices(medium, NOW_NS, ZONE)] == [Until.TONIGHT, Until.MORNING]
    late_ns = NOW_NS + 3 * HOUR_NS
    assert Until.TONIGHT not in {each.until for each in choices(low, late_ns, ZONE)}
    assert until_t_ns("own", "2026-04-06T08:00", NOW_NS, ZONE) == NOW_NS + 12 * HOUR_NS


@pytest.mark.parametrize(
    ("until", "own", "code"),
    [
        ("own", "2026-04-05T19:59", FaultCode.ENTRY_REFUSED),
        ("own", "", FaultCode.REQUEST_MALFORMED),
        ("own", "0001-01-01T00:00", FaultCode.ENTRY_REFUSED),
        ("own", "soon", FaultCode.REQUEST_MALFORMED),
        ("own", "9999-12-31T23:59", FaultCode.REQUEST_MALFORMED),
        ("for ever", "", FaultCode.REQUEST_MALFORMED),
    ],
)
def test_no_time_is_no_mute(until: str, own: str, code: FaultCode) -> None:
    with pytest.raises(UnderfootError) as refused:
        until_t_ns(until, own, NOW_NS, ZONE)
    assert refused.value.code is code


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("preset", ["clinical", "demo"])
def test_every_rule_and_limit_has_words_in_every_language(language: str, preset: str) -> None:
    t = words_in(language)
    found = rules_in_force(preset, None, "p1", NOW_NS)
    assert all(t(f"rule.{head.id}") and t(f"limits.audience.{head.audience}") for head in found.heads)
    assert sum(len(part.limits) for part in parts(found)) == len(limits(load_preset(preset)))
    for each in found.limits:
        assert words_of(each.limit, t)
        assert spelled(each.limit.value, each.limit.key, t)
        if each.limit.least is not None and not unit_of(each.limit.key):
            assert each.limit.key.startswith(("escalation.same_area", "peace.")), "a number without a unit"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_words_in_every_language(language: str) -> None:
    t = words_in(language)
    for area, kinds in {
        "clinic.alert_state": AlertState, "state.level": AlertLevel, "inbox.quiet": Quiet, "inbox.outcome": Outcome,
        "inbox.why": TaskWhy, "inbox.choice": set(Until) - {Until.OVER}, "programme.name": ProgrammeId,
        "programme.state": RunState, "programme.phase": Phase, "programme.hold": HoldKind,
        "programme.became": DayState, "flag": RedFlag, "skin": Skin,
    }.items():  # fmt: skip
        assert all(t.has(f"{area}.{kind}") for kind in kinds), area


def test_numbers_are_taken_as_people_type_them_and_nothing_else_is() -> None:
    known = {each.key: each for each in limits(load_preset("clinical"))}
    german = words_in("de")
    assert read(known["A10.least_h_per_day"], " 0,15 ") == 0.15
    assert spelled(0.15, "A10.least_h_per_day", german) == "0,15 h am Tag"
    assert spelled(None, "A5.side", german) == "nicht angegeben"
    assert read(known["A5.enabled"], "true") is True
    assert read(known["A5.side"], "left") == "left"
    assert options(known["A5.side"]) == ("left", "right")
    assert not options(known["peace.quiet_from"])
    for text in ("", "many", "nan", "inf"):
        with pytest.raises(UnderfootError) as refused:
            read(known["A4.enter_points"], text)
        assert refused.value.code is FaultCode.RULE_REFUSED
    assert days_tried("", "", TODAY) == (date(2026, 3, 9), date(2026, 4, 5))
    for days in (("2026-04-05", "2026-04-04"), ("", "9999-12-31"), ("0001-01-01", ""), ("2026-02-30", "")):
        with pytest.raises(UnderfootError) as refused:
            days_tried(*days, TODAY)
        assert refused.value.code is FaultCode.REQUEST_MALFORMED


def test_a_change_of_a_programme_is_read_or_refused() -> None:
    form = {"programme": "daily-walking", "do": "cap", "cap_steps": "800"}
    capped = ProgrammeChange(programme=ProgrammeId.DAILY_WALKING, do="cap", day="2026-04-05", cap_steps=800)
    assert read_change(form, TODAY) == capped
    lifted = read_change({**form, "no_cap": "yes"}, TODAY)
    assert lifted.cap_steps is None
    for wrong in (
        {**form, "cap_steps": ""},
        {**form, "cap_steps": "-1"},
        {**form, "day": "2026-02-30"},
        {**form, "cap_steps": "٣"},
        {**form, "programme": "running"},
        {**form, "do": "stop"},
        {**form, "do": "begin", "step_min": "9"},
    ):
        with pytest.raises(UnderfootError) as refused:
            read_change(wrong, TODAY)
        assert refused.value.code is FaultCode.REQUEST_MALFORMED


async def test_one_trial_works_at_a_time_and_a_failed_one_says_why() -> None:
    trials, go = Trials(), threading.Event()

    def work(tell: Tell) -> Simulated:
        tell("walk", 1, 2)
        go.wait(10)
        raise UnderfootError(FaultCode.NOTHING_STORED, "no walk")

    trial = trials.start("p1", "A4.enter_points", 20.0, "2026-04-01", "2026-04-02", work)
    with pytest.raises(UnderfootError) as refused:
        trials.start("p1", "A4.enter_points", 21.0, "2026-04-01", "2026-04-02", work)
    assert refused.value.code is FaultCode.ENTRY_REFUSED
    await until(lambda: trial.walks == 2)
    assert (trial.state, trial.walks_done) == (TrialState.WORKING, 1)
    go.set()
    await until(lambda: trial.state is TrialState.FAILED)
    assert trial.fault == Fault(FaultCode.NOTHING_STORED, "no walk")
    assert trials.of("p1", trial.id) is trial
    with pytest.raises(UnderfootError):
        trials.of("p2", trial.id)
