"""Anything may happen to a person's alerts at any time: it stays peaceful, and nothing is lost."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from alerts_kit import HOUR, MIN, PERSON, S, alerting_over, an_alert, journal_in, over, utc_ns
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ingest.wire.alerts import Alert, AlertLevel, AlertNews, AlertReply, AlertState, Audience, NewsKind, Press, Quiet
from ingest.wire.entries import Entry, Mute, Role
from ingest.wire.geometry import Side
from processing.alerts.alerting import Alerting
from processing.alerts.mutes import latest, mutes
from processing.outgoing import Outgoing
from processing.rules import peace
from processing.rules.peace import Sound
from processing.rules.preset import load_preset
from processing.store.journal_sqlite import SqliteJournal
from processing.times import local_day

ZONE = ZoneInfo("Europe/Amsterdam")
PEACE = load_preset("clinical").peace
STARTS = [utc_ns(f"{day} 05:00") for day in ("2026-03-28", "2026-10-24", "2026-06-01")]  # two before a clock change
RULES = ("A1", "A3", "A4", "A6", "A9", "T1", "T2", "A8")

RAISE = st.tuples(
    st.just("raise"),
    st.sampled_from(RULES),
    st.sampled_from(list(Side)),
    st.sampled_from([AlertLevel.LOW] * 5 + [AlertLevel.MEDIUM, AlertLevel.INFO]),
    st.sampled_from([False] * 7 + [True]),  # late
    st.sampled_from([0, 0, 5, 55, 90]),  # s behind the clock
)
OTHER = st.tuples(
    st.sampled_from(
        ["clear", "acknowledge", "escalate", "press", "stronger", "restart", "end", "pass", "again", "mute"]
    ),
    st.integers(0, 9),
)
STEPS = st.lists(
    st.tuples(st.sampled_from([S, 20 * S, 7 * MIN, 31 * MIN, 31 * MIN, 31 * MIN]), RAISE | RAISE | RAISE | OTHER),
    min_size=40,  # so that a day is full
    max_size=70,
)


@dataclass
class Life:
    """A person's alerting through steps, and what was said of it."""

    journal: SqliteJournal
    now_ns: int
    alerting: Alerting = field(init=False)
    engine: dict[str, Alert] = field(default_factory=dict)  # as the rules said each last
    levels: dict[int, AlertLevel] = field(default_factory=dict)  # of each sound
    news: list[AlertNews] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.alerting = alerting_over(self.journal, ZONE)

    def hear(self, out: list[Outgoing]) -> None:
        for each in out:
            if isinstance(each.message, Alert):
                for t_ns in each.message.sounded_t_ns:
                    self.levels.setdefault(t_ns, each.message.level)
            if isinstance(each.message, AlertNews):
                self.news.append(each.message)

    def step(self, after_ns: int, what: tuple) -> None:
        self.now_ns += after_ns
        if what[0] == "raise":
            _, rule, side, level, late, lag_s = what
            audience = Audience.CLINICIAN if rule == "A8" else Audience.PATIENT
            t_ns = self.now_ns - lag_s * S
            alert = an_alert(rule, t_ns, side=side, level=level, audience=audience, areas=("M2",))
            self.say(self.engine.setdefault(alert.id, alert), late=late)
        else:
            self.other(*what)
        self.hear(self.alerting.time_passed(self.now_ns))

    def other(self, what: str, which: int) -> None:
        some = list(self.engine.values())
        alert = some[which % len(some)] if some else None
        if what == "restart":
            self.alerting = alerting_over(self.journal, ZONE)
        elif what == "press":
            self.hear(self.alerting.pressed(Press(do="acknowledge"), self.now_ns))
        elif what == "end":
            self.hear(self.alerting.all_ended(self.now_ns))
        elif alert is None or what == "pass":
            return
        elif what == "mute":
            said = Mute(alert=alert.id, until_t_ns=self.now_ns + which % 4 * 2 * HOUR)  # 0: unmuted
            name, why = f"m-{self.now_ns}", "being worn in"
            self.journal.put_entry(
                PERSON, Entry(id=name, by="ward", role=Role.CLINICIAN, t_ns=self.now_ns, said=said, why=why)
            )
        elif what in ("acknowledge", "escalate"):
            reply = AlertReply(id=alert.id, do=what, by="carer-1", t_ns=self.now_ns)
            self.hear(self.alerting.answered(reply))
        elif what == "clear":
            self.say(over(alert, self.now_ns) if alert.cleared_t_ns is None else alert)
        elif what == "again":
            self.say(alert)
        elif what == "stronger" and alert.level is not AlertLevel.INFO:
            self.say(replace(alert, level=AlertLevel.MEDIUM))

    def say(self, alert: Alert, *, late: bool = False) -> None:
        self.engine[alert.id] = alert
        self.hear(self.alerting.raised(alert, late=late))


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(start=st.sampled_from(STARTS), steps=STEPS)
def test_whatever_happens_it_stays_peaceful_and_nothing_is_lost(start: int, steps: list) -> None:
    with tempfile.TemporaryDirectory() as folder, journal_in(Path(folder)) as journal:
        life = Life(journal, start)
        for after_ns, what in steps:
            life.step(after_ns, what)
            nobody_is_starved(life)
        kept = journal.alerts(PERSON)
        assert {alert.id for alert in kept} == set(life.engine)
        sounds = sorted(t_ns for alert in kept for t_ns in alert.sounded_t_ns)
        assert all(later - earlier >= PEACE.gap_s * S for earlier, later in pairwise(sounds))
        assert not any(peace.is_quiet_hour(PEACE, t_ns, ZONE) for t_ns in sounds)
        for alert in kept:
            assert not (alert.sounded_t_ns and (alert.late or not peace.wants_sound(alert)))
            assert len(alert.sounded_t_ns) <= 2
            assert not any(is_muted(life, alert, t_ns) for t_ns in alert.sounded_t_ns)
        days_are_within_budget(life, sounds)
        assert sum(each.audible for each in life.news) == len(sounds)
        once = Counter((each.id, each.event_type, each.audible) for each in life.news)
        assert {kind: n for kind, n in once.items() if n > 1 and kind[1] is not NewsKind.STRONGER} == {}
        everything_ends(life)


def is_muted(life: Life, alert: Alert, t_ns: int) -> bool:
    """As it stood then: what was raised to medium later may have sounded as one."""
    said = mutes(life.journal.entries(PERSON, Mute), life.engine.get)
    at_its_level = replace(alert, level=life.levels.get(t_ns, alert.level))
    return any(each.covers(at_its_level, t_ns) and each.from_t_ns < t_ns for each in latest(said, t_ns))


def nobody_is_starved(life: Life) -> None:
    """At no heartbeat does a medium one wait that may sound."""
    kept = life.alerting.alerts
    sounds = [t_ns for alert in kept for t_ns in alert.sounded_t_ns]
    for alert in kept:
        if peace.waits(alert) and alert.level is AlertLevel.MEDIUM and alert.quiet is not Quiet.MUTED:
            assert peace.decide(alert, sounds, PEACE, life.now_ns, ZONE) is not Sound.NOW


def days_are_within_budget(life: Life, sounds: list[int]) -> None:
    days: dict[object, list[int]] = {}
    for t_ns in sounds:
        days.setdefault(local_day(t_ns, ZONE), []).append(t_ns)
    for those in days.values():
        assert len(those) <= PEACE.per_day
        for number, t_ns in enumerate(those, start=1):
            if life.levels[t_ns] is not AlertLevel.MEDIUM:
                assert number <= PEACE.per_day - PEACE.kept_for_medium


def everything_ends(life: Life) -> None:
    """When all is over and nobody ever answers, the list closes by itself."""
    for alert in list(life.engine.values()):
        if alert.cleared_t_ns is None:
            life.say(over(alert, max(life.now_ns, alert.raised_t_ns)))
    life.hear(life.alerting.time_passed(life.now_ns + 15 * 24 * HOUR))
    assert {alert.state for alert in life.journal.alerts(PERSON)} <= {AlertState.CLOSED}
    assert life.journal.alerts(PERSON, open_only=True) == ()
