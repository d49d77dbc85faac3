"""Which of a person's alerts sounds now, and which waits. What has sounded is read from the alerts themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import tzinfo

from msgspec.structs import replace

from ingest.wire.alerts import Alert, AlertLevel, Quiet
from ingest.wire.entries import Entry
from processing.alerts.mutes import latest, mutes
from processing.rules import peace
from processing.rules.escalation import repeats
from processing.rules.lifecycle import AlertBook
from processing.rules.open_alerts import OpenAlerts, SoundedAlerts
from processing.rules.ruleset import RulesAt, RuleSet

_STALE_NS = 60 * 10**9  # as long as a foot may be silent before that is told


class Sounding:
    """One person's. `measured_until`: the end of the last row that an alert is about; `muting`: entries that mute."""

    def __init__(
        self,
        book: AlertBook,
        rules_at: RulesAt,
        zone: tzinfo,
        measured_until: Callable[[Alert], int],
        muting: Callable[[], Iterable[Entry]],
    ) -> None:
        self._book = book
        self._asking = OpenAlerts(book, _may_ask)
        self._sounded = SoundedAlerts(book)
        self._rules_at = rules_at
        self._zone = zone
        self._measured_until = measured_until
        self._muting = muting
        self._heard_t_ns: int | None = None  # the latest time that the hub told

    def first(self, alert: Alert, *, at_once: bool) -> Alert:
        """An alert that nobody knew: it sounds now, or says why not, or waits for the hub's time to be judged.

        :param at_once: False when it is not known to be of this moment.
        """
        t_ns = alert.raised_t_ns
        if alert.late:
            return replace(alert, quiet=Quiet.LATE)
        if not peace.wants_sound(alert):
            return replace(alert, quiet=Quiet.LISTED)
        is_old = self._heard_t_ns is not None and self._heard_t_ns - t_ns > _STALE_NS
        if not at_once or is_old or alert.cleared_t_ns is not None:
            return alert
        return self._judged(alert, self._rules_at(t_ns), t_ns)

    def passed(self, t_ns: int) -> Iterator[tuple[Alert, Alert]]:
        """Each alert that sounds now, or is quiet for another reason than before: as it was, as it is.

        To be kept before the next one is asked for.
        """
        self._heard_t_ns = max(t_ns, self._heard_t_ns or 0)
        asking = [alert for alert in self._asking.all() if alert.raised_t_ns <= t_ns]
        if not asking:
            return
        rules = self._rules_at(t_ns)
        for alert in sorted(asking, key=peace.urgency):
            if not self._is_of_now(alert, t_ns):
                continue
            if peace.waits(alert) or peace.is_silenced(alert) or repeats(alert, rules.escalation, t_ns):
                yield alert, self._judged(alert, rules, t_ns)

    def _judged(self, alert: Alert, rules: RuleSet, t_ns: int) -> Alert:
        if self._is_muted(alert, t_ns):
            return alert if alert.sounded_t_ns else replace(alert, quiet=Quiet.MUTED)
        if not alert.sounded_t_ns and peace.is_told_by_another(alert, self._sounded.of_rule(alert.rule), t_ns):
            return replace(alert, quiet=Quiet.SAME_CAUSE)
        verdict = peace.decide(alert, self._sounded.since(t_ns - peace.LOOKS_BACK_NS), rules.peace, t_ns, self._zone)
        if isinstance(verdict, Quiet):
            return alert if alert.sounded_t_ns else replace(alert, quiet=verdict)
        if self._is_outranked(alert, t_ns):
            return replace(alert, quiet=Quiet.SPACED)
        return replace(alert, quiet=None, sounded_t_ns=(*alert.sounded_t_ns, t_ns))

    def _is_outranked(self, alert: Alert, t_ns: int) -> bool:
        """Whether a medium one waits for the sound that a low one would take."""
        if alert.level is AlertLevel.MEDIUM:
            return False
        others = (each for each in self._book.open if each.level is AlertLevel.MEDIUM and peace.waits(each))
        return any(self._is_of_now(each, t_ns) and not self._is_muted(each, t_ns) for each in others)

    def _is_muted(self, alert: Alert, t_ns: int) -> bool:
        return any(each.covers(alert, t_ns) for each in latest(mutes(self._muting(), self._book.get), t_ns))

    def _is_of_now(self, alert: Alert, t_ns: int) -> bool:
        """Whether rows still show it: the feet may have come off, or rows may be on their way."""
        return t_ns - self._measured_until(alert) <= _STALE_NS


def _may_ask(alert: Alert) -> bool:
    if not alert.sounded_t_ns:
        return peace.waits(alert) or peace.is_silenced(alert)
    return alert.level is AlertLevel.MEDIUM and len(alert.sounded_t_ns) == 1 and peace.holds(alert)
