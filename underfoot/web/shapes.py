"""The state of the screen as the browser gets it: parts that change at their own pace, times in ms."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec

from ingest.wire.person import Plan
from underfoot.alert_view import AlertView
from underfoot.figures import FigureView
from underfoot.foot_view import CellView, FootView
from underfoot.screen import ScreenState
from underfoot.sentence import ENOUGH_PCT
from underfoot.shown import ShownUnit
from underfoot.words import ENGLISH, Words

_MS = 1_000_000
_S = 1_000_000_000
_json = msgspec.json.Encoder()


def parts(state: ScreenState, words: Words) -> dict[str, bytes]:
    """Name of a part → its JSON; `words`: those that the state was made with.

    `layout` and `state` change seldom, `feet` at every tick, `clock` once a second.
    """
    return {
        "layout": _json.encode({foot.side: [_place(cell) for cell in foot.cells] for foot in state.feet}),
        "state": _json.encode(summary(state)),
        "feet": _json.encode({foot.side: _foot(foot, words) for foot in state.feet}),
        "clock": _json.encode({"now_ms": state.now_ns // _S * 1000}),
    }


def as_json(state: ScreenState) -> str:
    """The whole state as one line."""
    feet = {foot.side: _foot(foot, ENGLISH) for foot in state.feet}
    return _json.encode({"now_ms": state.now_ns // _MS, **summary(state), "feet": feet}).decode()


def summary(state: ScreenState) -> dict[str, Any]:
    """The sentence, what is still in the insoles, what to do, the alerts and the figures."""
    return {
        "tone": state.tone,
        "headline": state.sentence.headline,
        "detail": state.sentence.detail,
        "coverage_pct": _rounded(state.coverage_pct, 1),
        "enough_pct": ENOUGH_PCT,
        "calibration": state.calibration,
        "kept": state.kept_words,
        "kept_done_pct": _rounded(state.kept_done_pct, 0),
        "advice": state.advice,
        "alerts": [_alert(alert) for alert in state.alerts],
        "today": [asdict(line) for line in state.today],
        "told": state.told,
        "plans": [_plan(plan) for plan in state.person.plans] if state.person else [],
        "all_right_ms": _ms(state.all_right_t_ns),
        "figures": [_figure(figure) for figure in state.figures],
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {"programme": plan.programme, "minutes": plan.minutes, "done_min": plan.done_min}


def _ms(t_ns: int | None) -> int | None:
    return None if t_ns is None else t_ns // _MS


def _place(cell: CellView) -> dict[str, Any]:
    return {"area": cell.area, "x": cell.x, "y": cell.y}


def _foot(foot: FootView, words: Words) -> dict[str, Any]:
    return {
        "measured": foot.measured,
        "reason": foot.reason,
        "faults": foot.faults,
        "levels": [_rounded(cell.level, 3) for cell in foot.cells],
        "values": [_rounded(cell.value, 1) for cell in foot.cells],
        "cell_unit": _unit(foot.cell_unit, words),
        "total": _rounded(foot.total, 0),
        "total_unit": _unit(foot.total_unit, words),
        "total_reason": foot.total_reason,
        "calibration": foot.calibration,
        "battery_pct": foot.battery_pct,
        "to_fetch": foot.kept.rows if foot.kept else 0,
        "trouble": foot.trouble,
        "shown_ms": None if foot.shown_t_ns is None else foot.shown_t_ns // _MS,
        "last_ms": None if foot.last_t_ns is None else foot.last_t_ns // _S * 1000,
    }


def _unit(unit: ShownUnit, words: Words) -> str:
    return words("state.unit.share") if unit is ShownUnit.SHARE else unit


def _figure(figure: FigureView) -> dict[str, Any]:
    return {
        "name": figure.name,
        "label": figure.label,
        "words": figure.words,
        "coverage_pct": _rounded(figure.coverage_pct, 0),
        "reason": figure.reason,
        "note": figure.note,
    }


def _alert(alert: AlertView) -> dict[str, Any]:
    return {
        "id": alert.id,
        "text": alert.text,
        "text_lang": alert.text_lang,
        "evidence": alert.evidence,
        "level": alert.level_word,
        "state": alert.state,
        "state_word": alert.state_word,
        "side": alert.side,
        "raised_ms": alert.raised_t_ns // _MS,
        "by": alert.acknowledged_by,
        "action": alert.action,
        "late": alert.late,
        "areas": alert.areas,
        "useful": alert.useful,
        "can_judge": alert.can_judge,
        "can_acknowledge": alert.can_acknowledge,
        "for_wearer": alert.for_wearer,
        "muted": alert.muted,
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)
