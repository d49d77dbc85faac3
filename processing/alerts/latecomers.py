"""What late rows change about alerts: some become ones of the present, and silence that was told is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from ingest.wire.alerts import Alert
from processing.rules.lifecycle import TRANSITIONS, AlertEvent
from processing.rules.peace import holds
from processing.rules.presence import looks_back_ns, silences
from processing.rules.ruleset import RulesAt

ROWS_CAME = "The rows came later."


class Latecomers:
    """One person's. `measured_until`: the end of the last live row that an alert is about."""

    def __init__(self, rules_at: RulesAt, measured_until: Callable[[Alert], int]) -> None:
        self._rules_at = rules_at
        self._measured_until = measured_until
        self._late_until_t_ns: int | None = None  # None: the next time that the hub tells stands for it

    def came(self, late_until_t_ns: int | None) -> None:
        """The open walk now rests on late rows up to then."""
        if late_until_t_ns:
            self._late_until_t_ns = max(late_until_t_ns, self._late_until_t_ns or 0)

    def appeared(self) -> None:
        """An alert was found in late rows, and nobody has said where these end."""
        self._late_until_t_ns = None

    def present(self, alert: Alert, t_ns: int) -> Alert:
        """The alert; not late any more once the live rows since the last late one would have raised it by themselves.

        It may sound from then on, as if it had been raised now.
        """
        if not alert.late or not holds(alert):
            return alert
        if self._late_until_t_ns is None:
            self._late_until_t_ns = t_ns
        live_ns = min(t_ns, self._measured_until(alert)) - self._late_until_t_ns
        needed_ns = looks_back_ns(alert.rule, self._rules_at(t_ns))
        if needed_ns is None or live_ns < needed_ns:
            return alert
        return replace(alert, late=False, quiet=None)

    def withdrawn(
        self, told: Iterable[Alert], found: frozenset[str], span: tuple[int, int]
    ) -> Iterator[tuple[Alert, Alert]]:
        """Silence that was told live of a time whose rows have come: as it was, as it is. A repeat gives none."""
        for alert in told:
            is_of_walk = alert.walk and not alert.late and span[0] <= alert.raised_t_ns <= span[1]
            if not is_of_walk or alert.id in found or ROWS_CAME in alert.evidence:
                continue
            if alert.rule in silences(self._rules_at(alert.raised_t_ns)):
                yield alert, _taken_back(alert, span[1])


def _taken_back(alert: Alert, t_ns: int) -> Alert:
    evidence = f"{alert.evidence} {ROWS_CAME}"
    if alert.cleared_t_ns is not None:
        return replace(alert, evidence=evidence)
    return replace(alert, state=TRANSITIONS[alert.state][AlertEvent.CLEAR], cleared_t_ns=t_ns, evidence=evidence)
