"""What a person sees now, from wire messages alone. Pure: the time comes in, nothing goes out but values."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from ingest.wire.alerts import Alert
from ingest.wire.block import Block, Origin
from ingest.wire.faults import Fault
from ingest.wire.geometry import Calibration, Side
from ingest.wire.messages import Figure, Layout, Metrics, Status
from ingest.wire.person import PersonState
from processing.times import local_day
from underfoot.alert_view import AlertView, alert_view, in_order
from underfoot.figures import FigureView, figures
from underfoot.foot import LATE_NS, SILENCE_NS, FootTrack
from underfoot.foot_view import FootView
from underfoot.kept import done_pct, kept_words
from underfoot.sentence import Known, Sentence, Tone, is_open, sentence, told_of, waits
from underfoot.today import TodayLine, today
from underfoot.trouble import advice_of, before_any_row
from underfoot.words import ENGLISH, Words
from underfoot.words.times import span

_S = 1_000_000_000
FRESH_NS = 5 * _S  # metrics come once a second; older ones are history, not the state
_HISTORY_POINTS = 20 * 60  # one a second; the page shows 15 minutes
_ALERTS_KEPT = 50

ScreenItem = Block | Layout | Status | Metrics | Alert | PersonState


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPoint:
    """The rolling figures at one moment; None: not measured."""

    t_ns: int
    left_forefoot_share_pct: float | None
    right_forefoot_share_pct: float | None
    load_si_pct: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenState:
    now_ns: int
    left: FootView
    right: FootView
    sentence: Sentence
    measured_s: float
    coverage_pct: float  # of the walk so far, the worse foot
    alerts: tuple[AlertView, ...]  # open ones first
    figures: tuple[FigureView, ...]
    calibration: Calibration | None
    last_t_ns: int | None  # UTC of the newest sample shown
    today: tuple[TodayLine, ...] = ()
    advice: tuple[str, ...] = ()  # what to do about a foot that is not measured
    told: str | None = None  # id of the alert that the sentence tells of
    person: PersonState | None = None  # of this day; None: nothing is known of it
    all_right_t_ns: int | None = None  # when somebody at home last said so
    kept_words: str = ""  # what is still in the insoles; empty where nothing is

    @property
    def kept_done_pct(self) -> float | None:
        """Of what the insoles had kept: how much has come. None: nothing is kept."""
        return done_pct([foot.kept for foot in self.feet if foot.kept is not None])

    @property
    def feet(self) -> tuple[FootView, FootView]:
        return self.left, self.right

    @property
    def tone(self) -> Tone:
        return self.sentence.tone


class ScreenModel:
    """Fed with what the river carries, gives the state of the screen at any time. `zone`: of the wearer's days."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self._zone = zone
        self._tracks = {side: FootTrack(side) for side in Side}
        self._alerts: dict[str, Alert] = {}
        self._metrics: Metrics | None = None
        self._metrics_at_ns = 0
        self._began_ns: int | None = None
        self._history: deque[HistoryPoint] = deque(maxlen=_HISTORY_POINTS)
        self._hub_faults: tuple[Fault, ...] = ()
        self._person: PersonState | None = None
        self._being_set_up = False

    def feed(self, item: ScreenItem, now_ns: int) -> None:
        """Take in one message; `now_ns` is when it arrived."""
        match item:
            case Block():
                if self._began_ns is None and item.origin is not Origin.BACKFILL:
                    self._begin(item.t_ns, min(item.t_ns, now_ns) if item.origin is Origin.LIVE else now_ns)
                self._tracks[item.side].on_block(item, now_ns)
            case Layout():
                self._tracks[item.side].on_layout(item)
            case Status():
                self._tracks[item.side].on_status(item, now_ns)
            case Metrics():
                self._on_metrics(item, now_ns)
            case Alert():
                self._on_alert(item)
            case PersonState():
                self._person = item

    def on_hub_faults(self, faults: Sequence[Fault]) -> None:
        """The latest of each kind since the hub was started; they tell why a foot has never sent anything."""
        self._hub_faults = tuple(faults)

    def on_setting_up(self, busy: bool) -> None:
        """Whether somebody is pairing insoles: the radio is lent for that."""
        self._being_set_up = busy

    def state(self, now_ns: int, words: Words = ENGLISH) -> ScreenState:
        left, right = self._feet(now_ns, words)
        last = [foot.last_t_ns for foot in (left, right) if foot.last_t_ns is not None]
        alerts = in_order(self._alerts.values())
        measured_s, coverage_pct = self._coverage(now_ns)
        fresh = self._fresh(now_ns)
        person = self._person_today(now_ns)
        known = Known(
            missing=tuple(foot.side for foot in (left, right) if not foot.measured),
            links=(left.link, right.link),
            seen=self._began_ns is not None,
            measured_s=measured_s,
            coverage_pct=coverage_pct,
            recent_pct=min(figure.coverage_pct for figure in _shares(fresh)) if fresh else None,
            alerts=alerts,
            lacking=tuple(foot.side for foot in (left, right) if foot.measured and foot.lacking),
            being_set_up=self._being_set_up,
            now_ns=now_ns,
        )
        told_first = told_of(alerts)
        return ScreenState(
            now_ns=now_ns,
            left=left,
            right=right,
            sentence=sentence(known, words),
            measured_s=measured_s,
            coverage_pct=coverage_pct,
            alerts=tuple(alert_view(alert, words) for alert in alerts),
            figures=figures(fresh, self._why_no_figures(now_ns, words), words),
            calibration=fresh.calibration if fresh else None,
            last_t_ns=max(last, default=None),
            today=today(person, words),
            advice=advice_of({foot.side: foot.trouble for foot in (left, right) if foot.trouble is not None}, words),
            kept_words=kept_words({foot.side: foot.kept for foot in (left, right) if foot.kept is not None}, words),
            told=None if told_first is None else told_first.id,
            person=person,
            all_right_t_ns=self._person.all_right_t_ns if self._person else None,
        )

    def forget(self, alert_id: str) -> None:
        """The alert was removed from the broker."""
        self._alerts.pop(alert_id, None)

    def alert(self, alert_id: str) -> Alert | None:
        return self._alerts.get(alert_id)

    def history(self, since_ns: int) -> Sequence[HistoryPoint]:
        """The rolling figures this model has seen, at most the last 20 minutes."""
        return tuple(point for point in self._history if point.t_ns >= since_ns)

    def _on_metrics(self, metrics: Metrics, now_ns: int) -> None:
        before = self._metrics
        if before is not None and metrics.walk == before.walk and metrics.t_ns <= before.t_ns:
            return
        if before is not None and metrics.walk != before.walk:
            self._begin(metrics.t_ns, min(metrics.t_ns, now_ns) if self._is_live else now_ns)
        self._metrics, self._metrics_at_ns = metrics, now_ns
        for side, track in self._tracks.items():
            track.on_faults([fault for fault in metrics.cell_faults if fault.side is side])
        share = metrics.forefoot_share_pct
        self._history.append(
            HistoryPoint(
                t_ns=metrics.t_ns,
                left_forefoot_share_pct=share.left.value,
                right_forefoot_share_pct=share.right.value,
                load_si_pct=metrics.load_si_pct.value,
            )
        )

    def _begin(self, t_ns: int, from_ns: int) -> None:
        """`from_ns`: on the clock of the screen; earlier than now where rows were on their way for long."""
        self._began_ns = from_ns
        for track in self._tracks.values():
            track.begin(t_ns)

    def _on_alert(self, alert: Alert) -> None:
        self._alerts[alert.id] = alert
        if len(self._alerts) > _ALERTS_KEPT:
            settled = [kept for kept in self._alerts.values() if not is_open(kept)]
            if settled:
                del self._alerts[min(settled, key=lambda kept: (waits(kept), kept.raised_t_ns)).id]

    def _feet(self, now_ns: int, words: Words) -> tuple[FootView, FootView]:
        left, right = self._tracks[Side.LEFT], self._tracks[Side.RIGHT]
        peaks = (left.peak(now_ns), right.peak(now_ns))
        if left.unit is right.unit:
            peaks = (max(peaks), max(peaks))
        return (
            self._explained(left.view(now_ns, peaks[0], right.load(now_ns), words)),
            self._explained(right.view(now_ns, peaks[1], left.load(now_ns), words)),
        )

    def _explained(self, foot: FootView) -> FootView:
        if foot.measured or foot.trouble is not None or self._tracks[foot.side].seen:
            return foot
        nothing_seen = not any(track.seen for track in self._tracks.values())
        return replace(foot, trouble=before_any_row(foot.side, self._hub_faults, nothing_seen=nothing_seen))

    def _coverage(self, now_ns: int) -> tuple[float, float]:
        """Seconds measured with both feet at best, and the share of the walk so far that they are."""
        if self._began_ns is None:
            return 0.0, 0.0
        measured_ns = min(track.measured_ns for track in self._tracks.values())
        due_ns = now_ns - self._began_ns - SILENCE_NS
        coverage_pct = 100.0 * measured_ns / due_ns if due_ns > measured_ns else 100.0 * (measured_ns > 0)
        return measured_ns / _S, coverage_pct

    def _fresh(self, now_ns: int) -> Metrics | None:
        came_late = self._figures_late_ns(now_ns) > FRESH_NS + LATE_NS
        return self._metrics if now_ns - self._metrics_at_ns <= FRESH_NS and not came_late else None

    def _figures_late_ns(self, now_ns: int) -> int:
        """How long ago the newest figures were measured; 0 for a recording, whose times are its own."""
        return now_ns - self._metrics.t_ns if self._metrics is not None and self._is_live else 0

    @property
    def _is_live(self) -> bool:
        return any(track.is_live for track in self._tracks.values())

    def _person_today(self, now_ns: int) -> PersonState | None:
        """What is told of another day says nothing of this one."""
        known = self._person
        is_of_today = known is not None and local_day(known.t_ns, self._zone) == local_day(now_ns, self._zone)
        return known if is_of_today else None

    def _why_no_figures(self, now_ns: int, words: Words) -> str:
        if self._metrics is None:
            return words("state.value.none_yet")
        if now_ns - self._metrics_at_ns <= FRESH_NS:
            return words("state.value.old", span=span(self._figures_late_ns(now_ns) // _S, words))
        return words("state.value.none_for", span=span((now_ns - self._metrics_at_ns) // _S, words))


def _shares(metrics: Metrics) -> tuple[Figure, Figure]:
    return metrics.forefoot_share_pct.left, metrics.forefoot_share_pct.right
