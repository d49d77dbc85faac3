"""How seldom something may sound, by the person's own clock; and what an alert says when it may not."""

from __future__ import annotations

from dataclasses import replace as with_rule
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import pytest
from alerts_kit import DAY, HOUR, MIN, NINE, PEACE, S, an_alert, for_clinician, medium, utc_ns
from msgspec.structs import replace

from ingest.wire.alerts import Alert, AlertLevel, AlertState, Audience, Quiet
from processing.rules import peace
from processing.rules.peace import Sound, decide

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HOURLY = [NINE + k * HOUR for k in range(8)]


def said(alert: Alert, soundings: list[int], t_ns: int = NINE, zone: tzinfo = UTC) -> Sound | Quiet:
    return decide(alert, soundings, PEACE, t_ns, zone)


def test_the_first_of_a_day_sounds() -> None:
    assert said(an_alert(), [NINE - DAY]) is Sound.NOW


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("level", list(AlertLevel))
def test_level_and_audience_settle_who_is_ever_disturbed(level: AlertLevel, audience: Audience) -> None:
    disturbs = level is not AlertLevel.INFO and audience is not Audience.CLINICIAN
    assert said(an_alert(level=level, audience=audience), []) is (Sound.NOW if disturbs else Quiet.LISTED)


def test_what_is_late_never_sounds() -> None:
    assert said(medium(late=True), []) is Quiet.LATE


def test_one_sound_in_half_an_hour_before_or_after() -> None:
    gap = 30 * MIN
    assert said(medium(), [NINE - gap + 1]) is Quiet.SPACED
    assert said(medium(), [NINE - gap]) is Sound.NOW
    assert said(medium(), [NINE + gap - 1]) is Quiet.SPACED  # rows that lag behind the clock
    assert said(medium(), [NINE + gap]) is Sound.NOW


def test_the_last_two_of_eight_are_kept_for_what_is_medium() -> None:
    later = NINE + 9 * HOUR
    assert said(an_alert(), HOURLY[:5], later) is Sound.NOW
    assert said(an_alert(), HOURLY[:6], later) is Quiet.DAY_FULL
    assert said(medium(), HOURLY[:7], later) is Sound.NOW
    assert said(medium(), HOURLY[:8], later) is Quiet.DAY_FULL
    assert said(an_alert(), HOURLY, NINE + DAY) is Sound.NOW


@pytest.mark.parametrize(
    ("at", "is_quiet"),
    [("06:59:59", True), ("07:00:00", False), ("21:59:59", False), ("22:00:00", True), ("00:00:00", True)],
)
def test_quiet_hours_go_over_midnight(at: str, is_quiet: bool) -> None:
    assert (said(medium(), [], utc_ns(f"2026-03-02 {at}")) is Quiet.QUIET_HOURS) is is_quiet


def test_quiet_hours_may_lie_within_a_day_or_be_none() -> None:
    nap = with_rule(PEACE, quiet_from="13:00", quiet_to="15:00")
    none = with_rule(PEACE, quiet_from="22:00", quiet_to="22:00")
    hours = range(24)
    quiet = [h for h in hours if peace.is_quiet_hour(nap, utc_ns(f"2026-03-02 {h:02}:30"), UTC)]
    assert quiet == [13, 14]
    assert not any(peace.is_quiet_hour(none, utc_ns(f"2026-03-02 {h:02}:00"), UTC) for h in hours)


def test_the_day_and_the_quiet_hours_are_the_persons_own_on_the_days_of_the_clock_change() -> None:
    spring = utc_ns("2026-03-29 05:30")  # 07:30 in summer time; an hour earlier it would be quiet
    assert said(medium(), [], spring, AMSTERDAM) is Sound.NOW
    assert said(medium(), [], spring - DAY, AMSTERDAM) is Quiet.QUIET_HOURS
    autumn = utc_ns("2026-10-25 06:30")  # 07:30 in winter time
    assert said(medium(), [], autumn, AMSTERDAM) is Sound.NOW
    assert said(medium(), [], autumn - 31 * MIN, AMSTERDAM) is Quiet.QUIET_HOURS
    eve = utc_ns("2026-10-24 20:00")  # 22:00 the evening before: another day
    full = [eve - HOUR - k * 31 * MIN for k in range(8)]
    assert said(medium(), full, autumn, AMSTERDAM) is Sound.NOW


def test_medium_goes_before_low_and_the_first_sound_before_a_repeat() -> None:
    old, young = an_alert("A3", NINE), an_alert("A6", NINE + S)
    strong = medium("A4", NINE + 2 * S)
    again = replace(medium("A1", NINE), sounded_t_ns=(NINE,))
    assert sorted([young, again, old, strong], key=peace.urgency) == [strong, again, old, young]


def test_only_what_still_holds_and_nobody_has_answered_waits() -> None:
    waiting = replace(an_alert(), quiet=Quiet.SPACED)
    assert peace.waits(waiting)
    assert peace.waits(replace(waiting, state=AlertState.ESCALATED))
    assert not peace.waits(replace(waiting, cleared_t_ns=NINE + S, state=AlertState.CLEARED))
    assert not peace.waits(replace(waiting, acknowledged_t_ns=NINE, state=AlertState.ACKNOWLEDGED))
    assert not peace.waits(replace(waiting, acknowledged_t_ns=NINE, state=AlertState.ESCALATED))
    assert not peace.waits(replace(waiting, sounded_t_ns=(NINE,)))
    assert not peace.waits(replace(waiting, quiet=Quiet.SAME_CAUSE))
    assert not peace.waits(replace(waiting, late=True))
    assert not peace.waits(for_clinician())


def test_the_same_rule_at_the_same_place_is_one_cause() -> None:
    sounding = medium("A1", NINE, areas=("M1", "M2"), sounded_t_ns=(NINE,))
    assert peace.is_told_by_another(medium("A1", NINE + S, areas=("M2",)), [sounding], NINE + S)
    assert not peace.is_told_by_another(medium("A1", NINE + S, areas=("HL",)), [sounding], NINE + S)
    assert not peace.is_told_by_another(medium("A4", NINE + S), [sounding], NINE + S)
    ended = replace(sounding, cleared_t_ns=NINE + S)
    assert not peace.is_told_by_another(medium("A1", NINE + S, areas=("M2",)), [ended], NINE + S)


def test_the_rate_counts_alerts_that_sounded_and_the_share_those_judged() -> None:
    some = [an_alert(t_ns=NINE + k * DAY, useful=useful) for k, useful in enumerate([True, False, True, True, None])]
    sounded = [replace(each, sounded_t_ns=(each.raised_t_ns, each.raised_t_ns + S)) for each in some[:4]]
    assert peace.alerts_per_worn_hour([*sounded, some[4]], 8.0) == 0.5
    assert peace.alerts_per_worn_hour(sounded, 0.0) is None
    assert peace.alerts_per_worn_hour(sounded, None) is None
    assert peace.useful_share_pct(some) == 75.0
    assert peace.useful_share_pct(some[4:]) is None
