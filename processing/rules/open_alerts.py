"""Which alerts of a book are open and ask for something, and which have sounded. Pure.

Both are asked with every status and hardly ever change: they are looked for again only when an alert has changed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from ingest.wire.alerts import Alert
from processing.rules.lifecycle import AlertBook


class OpenAlerts:
    """Those that pass `test`, which has to rest on the alert and on what changes together with alerts only."""

    def __init__(self, book: AlertBook, test: Callable[[Alert], bool]) -> None:
        self._book = book
        self._test = test
        self._among: tuple[Alert, ...] = ()
        self._found: tuple[Alert, ...] = ()

    def all(self) -> tuple[Alert, ...]:
        """Oldest first."""
        among = self._book.open
        if among is not self._among:
            self._among, self._found = among, tuple(filter(self._test, among))
        return self._found


class SoundedAlerts:
    """Those that have made a sound, closed ones too."""

    def __init__(self, book: AlertBook) -> None:
        self._book = book
        self._among: tuple[Alert, ...] = ()
        self._of_rule: dict[str, list[Alert]] = {}
        self._t_ns: list[int] = []

    def of_rule(self, rule: str) -> Sequence[Alert]:
        """Oldest first."""
        self._look()
        return self._of_rule.get(rule, ())

    def since(self, t_ns: int) -> Sequence[int]:
        """UTC ns of every sound from then on, earliest first."""
        self._look()
        return self._t_ns[bisect_left(self._t_ns, t_ns) :]

    def _look(self) -> None:
        if self._book.alerts is self._among:
            return
        self._among, self._of_rule = self._book.alerts, {}
        for alert in self._among:
            if alert.sounded_t_ns:
                self._of_rule.setdefault(alert.rule, []).append(alert)
        self._t_ns = sorted(t_ns for alert in self._among for t_ns in alert.sounded_t_ns)
