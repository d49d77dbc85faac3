"""What people read: the place, what to do, no word that frightens or reassures; the clinician sees what it rests on."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from rules_kit import WALK, baseline, feed, second

from ingest.wire.geometry import Side
from ingest.wire.messages import Alert
from processing.rules.baseline import Usual
from processing.rules.engine import RuleEngine
from processing.rules.preset import load_preset
from processing.rules.wording import FORBIDDEN, STILL_SO_AT_END


def told(name: str, **given: object) -> list[Alert]:
    engine = RuleEngine(load_preset(name), baseline(), WALK)
    return feed(engine, (second(k, **given) for k in range(400))) + engine.finish()


EVERYTHING = [
    alert
    for name in ("clinical", "demo")
    for given in (
        {"left_pct": 56.0},
        {"right_pct": 56.0},
        {"si_pct": 40.0},
        {"si_pct": -40.0},
        {"absent": (Side.LEFT,)},
        {"absent": (Side.RIGHT,)},
    )
    for alert in told(name, **given)
]


def test_every_rule_and_side_spoke() -> None:
    assert {(alert.rule, alert.side) for alert in EVERYTHING} == {
        ("A3", Side.LEFT),
        ("A3", Side.RIGHT),
        ("A4", None),
        ("T2", Side.LEFT),
        ("T2", Side.RIGHT),
    }


@pytest.mark.parametrize("alert", EVERYTHING, ids=lambda alert: f"{alert.id}-{alert.level}-{alert.state}")
def test_words(alert: Alert) -> None:
    words = f"{alert.text} {alert.evidence}".lower()
    assert not [word for word in FORBIDDEN if word in words]
    assert "nan" not in words.split()
    assert re.fullmatch(r"[A-Za-z0-9_-]+", alert.id)
    assert len(alert.text) < 120
    assert alert.side is None or alert.side in alert.text


def test_patient_text() -> None:
    texts = {alert.text for alert in EVERYTHING}
    assert texts == {
        "More of your weight is on the front of your left foot than usual. Slow down; check the shoe.",
        "More of your weight is on the front of your right foot than usual. Slow down; check the shoe.",
        "You are leaning more on your right side than usual. Rest if tired or sore.",
        "You are leaning more on your left side than usual. Rest if tired or sore.",
        "No signal from your left insole. We are not measuring this foot.",
        "No signal from your right insole. We are not measuring this foot.",
    }


def test_the_side_that_carries_more_than_usual_is_named() -> None:
    """Usually 30 % more on the right, now 10 %: it is the left side that carries more than usual."""
    person = replace(baseline(), load_si_pct=Usual(median=30.0, spread=1.0))
    engine = RuleEngine(load_preset("clinical"), person, WALK)
    (alert,) = feed(engine, (second(k, si_pct=10.0) for k in range(200)))
    assert "left" in alert.text


def test_evidence_carries_what_it_rests_on() -> None:
    assert told("clinical", left_pct=56.0)[0].evidence == (
        "Forefoot share left 56.0 % against a baseline of 43.0 % (spread 0.5), limit +10 points "
        "(60-s figure, over it for 180 s of walking). Cadence 100 steps/min. Coverage 100 %, calibration: maker. "
        "Rules clinical/2."
    )
    assert told("clinical", si_pct=-40.0)[1].evidence.startswith(
        "Load asymmetry -40.0 % against a baseline of +8.0 % (spread 2.0; + is right), limit 15 points either way "
        "(60-s figure, over it for 300 s of walking)."
    )
    assert told("demo", absent=(Side.LEFT,))[0].evidence == (
        "No data from the left insole for 60 s while the walk was on, at 2000-01-01 00:01:00 UTC. "
        "Rules demo/2, limits shortened for demonstration."
    )
    assert told("clinical", left_pct=56.0)[-1].evidence.endswith(STILL_SO_AT_END)
