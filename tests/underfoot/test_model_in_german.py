"""What the model says in German: the same state, no English left in it, and nothing calmer than in English."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import replace as with_fields

import pytest
from browser_kit import ROW_NS, LiveWalk, S, alert_at, block_at, layout_of, metrics_at, status_at
from msgspec.structs import replace
from walk_kit import even_walk, through

from ingest.wire.block import Block
from ingest.wire.entries import ProgrammeId, Skin
from ingest.wire.faults import Fault, FaultCode
from ingest.wire.geometry import Calibration, Side
from ingest.wire.messages import Activity, CellFault, CellFaultKind, Figure, LinkState, Metrics, PerFoot
from ingest.wire.person import PersonState, Plan
from processing.programme import gates
from processing.programme import words as said
from processing.programme.plans import PROGRAMMES
from underfoot.plan_words import WHY, plan_text
from underfoot.screen import ScreenModel, ScreenState
from underfoot.sentence import Tone
from underfoot.web.shapes import parts
from underfoot.words import ENGLISH, words_in
from underfoot.words.reasons import reason_words

GERMAN = words_in("de")
NOW = 1_760_000_000 * S
LEFTOVER = re.compile(r"\b(the|and|of|not|your|is|are|with|foot|insole|alert|measured|load|walk|left|right|open)\b")


def walked(seconds: int, *, away: set[Side] | None = None) -> tuple[ScreenModel, int]:
    model = ScreenModel()
    walk = LiveWalk(model)
    walk.away = away or set()
    t_ns = NOW
    for _ in range(seconds * 5):
        t_ns += 20 * ROW_NS
        walk.step(t_ns)
    return model, t_ns


def prose(state: ScreenState) -> Iterator[str]:
    """All that a person reads of it."""
    yield str(state.sentence)
    yield state.kept_words
    yield from state.advice
    for foot in state.feet:
        yield from (foot.words, foot.total_reason or "", *foot.faults)
    for figure in state.figures:
        yield from (figure.label, figure.words or "", figure.rests, figure.reason or "")
    for line in state.today:
        yield from (line.label, line.words)
    for alert in state.alerts:
        yield from (alert.text, alert.level_word, alert.state_word)


def assert_german(state: ScreenState) -> None:
    for text in prose(state):
        assert not LEFTOVER.search(re.sub(r"underfoot \w+ \w+", "", text)), text


def in_both(model: ScreenModel, now_ns: int) -> tuple[ScreenState, ScreenState]:
    english, german = model.state(now_ns), model.state(now_ns, GERMAN)
    assert_german(german)
    assert english.tone is german.tone
    assert [foot.measured for foot in english.feet] == [foot.measured for foot in german.feet]
    assert [each.words is None for each in english.figures] == [each.words is None for each in german.figures]
    return english, german


def test_a_calm_walk_says_what_it_rests_on() -> None:
    english, german = in_both(*walked(180))
    assert str(german.sentence) == (
        "Beide Füße werden gemessen. Keine Meldung in 3 min Messung (Abdeckung 100 %). "
        "Sehen Sie Ihre Füße trotzdem jeden Tag an."
    )
    number = (english.figures[0].words or "").removesuffix(" % of its load")
    assert german.figures[0].words == f"{number.replace('.', ',')} % seiner Belastung"


def test_too_early_and_a_foot_that_is_away() -> None:
    in_both(*walked(30))
    model, now_ns = walked(20, away={Side.LEFT})
    for later_ns in (0, 10 * S, 3600 * S):
        _, german = in_both(model, now_ns + later_ns)
    assert german.tone is Tone.NOT_MEASURED
    assert german.left.words == "nicht gemessen: noch kein Signal; außer Reichweite oder ausgeschaltet"
    assert german.right.words == "nicht gemessen: kein Signal seit 1 h"


def test_an_empty_screen() -> None:
    _, german = in_both(ScreenModel(), NOW)
    assert str(german.sentence) == "Wir warten auf Ihre Einlagen. Noch wird nichts gemessen."


@pytest.mark.parametrize("link", LinkState)
@pytest.mark.parametrize("code", [FaultCode.INSOLES_UNKNOWN, FaultCode.RADIO_OFF, FaultCode.INSOLE_ELSEWHERE])
def test_trouble_and_what_to_do_about_it(link: LinkState, code: FaultCode) -> None:
    model = ScreenModel()
    for side in Side:
        model.feed(replace(status_at(side, NOW, link), troubles=(code,), battery_pct=9, to_fetch=30_000), NOW)
    model.on_hub_faults([Fault(code)])
    _, german = in_both(model, NOW)
    assert german.kept_words


@pytest.mark.parametrize("kind", CellFaultKind)
@pytest.mark.parametrize("cell", [None, 3])
def test_cells_that_are_unfit(kind: CellFaultKind, cell: int | None) -> None:
    model = ScreenModel()
    model.feed(layout_of(Side.LEFT), NOW)
    model.feed(block_at(Side.LEFT, 0, NOW), NOW)
    fault = CellFault(side=Side.LEFT, kind=kind, t_ns=NOW, cell=cell, area="heel_medial_rear")
    model.feed(replace(metrics_at(NOW), cell_faults=(fault,)), NOW)
    _, german = in_both(model, NOW)
    assert german.left.faults


def test_an_alert_stands_first_in_german_too() -> None:
    model, now_ns = walked(90)
    model.feed(replace(alert_at(now_ns), rule="T2", side=Side.LEFT), now_ns)
    _, german = in_both(model, now_ns)
    (alert,) = german.alerts
    assert (alert.text_lang, german.sentence.headline) == ("de", alert.text)
    assert b"Einlage" in parts(german, GERMAN)["state"]


def test_a_share_of_load_is_named_in_german() -> None:
    model = ScreenModel()
    model.feed(layout_of(Side.LEFT, calibration=Calibration.NONE), NOW)
    assert b"% der Belastung" in parts(model.state(NOW, GERMAN), GERMAN)["feet"]


@pytest.mark.parametrize("activity", Activity)
def test_a_range_and_what_is_left_out(activity: Activity) -> None:
    reason = "not measured on the left: toe"
    share = PerFoot(
        left=Figure(value=None, low=40.04, high=52.0, coverage_pct=98.0, reason=reason),
        right=Figure(value=45.0, coverage_pct=98.0),
    )
    pairs = Figure(value=-4.0, coverage_pct=98.0, note="7 of 8 pairs")
    model = ScreenModel()
    metrics = replace(metrics_at(NOW), forefoot_share_pct=share, load_si_pct=pairs, activity=activity)
    model.feed(metrics, NOW)
    _, german = in_both(model, NOW)
    shown = {each.name: each for each in german.figures}
    assert shown["forefoot-left"].words == "zwischen 40,0 und 52,0 % seiner Belastung"
    assert shown["asymmetry"].words == "4,0 %, links mehr"
    assert shown["asymmetry"].rests == "Abdeckung 98 %, ohne die Messzellen, die nicht gemessen werden"


def test_every_reason_of_a_walk_has_german_words() -> None:
    """Early seconds, a foot away, a cell left out, no load: whatever the pipeline gives as a reason."""
    one_away = [each for each in even_walk(80) if each.side is Side.RIGHT or not _is_away(each)]
    cell_gone = [with_fields(each, not_measured=0b10) if isinstance(each, Block) else each for each in even_walk(20)]
    unloaded = [with_fields(each, codes=each.codes * 0) if isinstance(each, Block) else each for each in even_walk(20)]
    reasons = {reason for items in (one_away, cell_gone, unloaded) for reason in _reasons(items)}
    assert len(reasons) >= 10
    for reason in reasons:
        assert reason_words(reason, ENGLISH) == reason
        assert not LEFTOVER.search(reason_words(reason, GERMAN)), reason


def _is_away(item: object) -> bool:
    return isinstance(item, Block) and 2000 <= item.seq < 4500


def _reasons(items: list[object]) -> Iterator[str]:
    _, told = through(items, window_s=60)
    for each in told:
        if isinstance(each, Metrics):
            share, load = each.forefoot_share_pct, each.load
            figures = [share.left, share.right, load.left, load.right, each.load_si_pct, each.cadence_spm]
            if each.forefoot_load is not None:
                figures += [each.forefoot_load.last_900_s.left, each.forefoot_load.last_900_s.right]
            yield from (figure.reason for figure in figures if figure.reason)


def test_the_day() -> None:
    model = ScreenModel()
    plan = Plan(programme=ProgrammeId.DAILY_WALKING, minutes=25, done_min=12.5, words="Walk 25 minutes today.")
    model.feed(
        PersonState(t_ns=NOW, text="", plans=(plan,), steps_today=11_480, worn_today_min=190.0, undelivered=2), NOW
    )
    _, german = in_both(model, NOW)
    assert {line.name: line.words for line in german.today} == {
        "plan-daily-walking": "Gehen Sie heute 25 Minuten.",
        "walked": "nicht gemessen",
        "worn": "3 h 10 min",
        "steps": "11.480",
        "alert-rate": "nicht gemessen",
        "useful": "niemand hat es gesagt",
        "undelivered": "2 Nachrichten kamen nicht an; siehe: underfoot notify list",
    }


@pytest.mark.parametrize("id_", ProgrammeId)
def test_a_plan_that_asks_for_nothing_says_why(id_: ProgrammeId) -> None:
    programme = PROGRAMMES[id_]
    sentences = [
        said.STOPPED,
        *said.RESTING.values(),
        said.ended(programme),
        said.rest_day(programme),
        said.done(programme),
    ]
    in_german = [plan_text(Plan(programme=id_, minutes=0, done_min=None, words=each), GERMAN) for each in sentences]
    assert len(set(in_german)) == len(sentences)
    assert not any(LEFTOVER.search(text) or " 0 " in text for text in in_german)
    assert set(said.RESTING) < set(Skin)


@pytest.mark.parametrize(
    ("words", "german"),
    [
        ("Walk 1 minute today.", "Gehen Sie heute 1 Minute."),
        ("Walk briskly for 1 minute today.", "Gehen Sie heute 1 Minute zügig."),
        (
            f"Walk for 1 minute today{said.HELD}an alert is still open.",
            "Gehen Sie heute 1 Minute; mehr wird es nicht, denn eine Meldung ist noch offen.",
        ),
        (f"Walk for 1 minute today{said.HELD}something new.", "Gehen Sie heute 1 Minute; mehr wird es vorerst nicht."),
    ],
)
def test_a_plan_that_asks_for_minutes(words: str, german: str) -> None:
    plan = Plan(programme=ProgrammeId.DAILY_WALKING, minutes=1, done_min=None, words=words)
    assert plan_text(plan, GERMAN) == german
    assert plan_text(plan, ENGLISH) == words


def test_a_sentence_that_is_not_known_stays_as_it_was_said() -> None:
    plan = Plan(programme=ProgrammeId.DAILY_WALKING, minutes=0, done_min=None, words="Something new.")
    assert plan_text(plan, GERMAN) == plan.words


def test_the_reasons_that_hold_a_plan_are_those_of_the_gates() -> None:
    for why in WHY:
        assert f'"{why}"' in inspect.getsource(gates)
