"""The one sentence of state: what is open stands first, however it was found."""

from __future__ import annotations

import pytest

from ingest.wire.alerts import Alert, AlertLevel, AlertState
from underfoot.sentence import Known, Tone, sentence


def known(*alerts: Alert) -> Known:
    return Known(
        missing=(), links=(), seen=True, measured_s=3600.0, coverage_pct=95.0, recent_pct=95.0, alerts=alerts
    )  # fmt: skip


def late(rule: str, walk: str) -> Alert:
    return Alert(
        id=rule, rule=rule, level=AlertLevel.MEDIUM, state=AlertState.ACTIVE, raised_t_ns=1, walk=walk, late=True,
        text="Walk less and call your foot clinic today.", evidence="",
    )  # fmt: skip


@pytest.mark.parametrize(("alert", "tone"), [(late("A3", "w"), Tone.PARTIAL), (late("A9", ""), Tone.ALERT)])
def test_what_was_found_late_is_told_while_it_is_so_and_nothing_calm_is_said_beside_it(
    alert: Alert, tone: Tone
) -> None:
    said = sentence(known(alert))
    assert said.tone is tone
    assert (said.headline == alert.text) is (tone is Tone.ALERT)
    assert "95 %" in said.detail
    assert "No alert" not in str(said)
