"""Whether the adapter still works: what it hears while it listens, and how its connections fare. Pure.

A hung adapter looks like an empty house. So the cure, switching it off and on, is the last step: never while a link
is up, and each time after a longer pause.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Ailment(StrEnum):
    """What speaks for a hung adapter."""

    DEAF = "nothing at all was heard"
    STUCK = "no connection came to an end"
    ENDLESS = "a link cannot be ended"  # the controller was reset below the Bluetooth service, which believes in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """When the adapter is taken for hung, and how often it may be switched off and on for it."""

    deaf_s: float = (
        120.0  # of listening; a house without any other Bluetooth device is rare, an insole out walking is not
    )
    stuck_connections: int = 5  # that ran into their time limit, one after another
    first_pause_s: float = 600.0
    cap_pause_s: float = 6 * 3600.0
    look_s: float = 1.0


class Health:
    """One adapter's. Times are monotonic seconds."""

    def __init__(self, recovery: Recovery) -> None:
        self._recovery = recovery
        self._listening_from_s: float | None = None
        self._deaf_s = 0.0  # of the listening before the present one
        self._stuck = 0
        self._endless = False
        self._cures = 0
        self._treated: Ailment | None = None
        self._not_before_s = float("-inf")

    @property
    def look_s(self) -> float:
        """How often to look for an ailment."""
        return self._recovery.look_s

    def listening(self, now_s: float) -> None:
        """The scanner has started."""
        if self._listening_from_s is None:
            self._listening_from_s = now_s

    def not_listening(self, now_s: float) -> None:
        self._deaf_s = self.deaf_s(now_s)
        self._listening_from_s = None

    def heard(self, now_s: float) -> bool:
        """Anything from anyone; whether that ends a deafness that was treated."""
        self._deaf_s = 0.0
        if self._listening_from_s is not None:
            self._listening_from_s = now_s
        return self._end_of(Ailment.DEAF)

    def connected(self) -> bool:
        """A connection was made; whether that ends an ailment that was treated."""
        self._stuck = 0
        return self._end_of(Ailment.STUCK, Ailment.ENDLESS)

    def timed_out(self) -> None:
        """A connection ran into its time limit."""
        self._stuck += 1

    def endless(self) -> None:
        """The stack believes in a link that it cannot end."""
        self._endless = True

    def ended(self) -> None:
        """There is no such link any more."""
        self._endless = False

    def deaf_s(self, now_s: float) -> float:
        """Seconds of listening since anything was heard."""
        present_s = 0.0 if self._listening_from_s is None else now_s - self._listening_from_s
        return self._deaf_s + present_s

    def ailment(self, now_s: float) -> Ailment | None:
        """What to treat now; None also while the last treatment is too fresh."""
        if now_s < self._not_before_s:
            return None
        if self._endless:
            return Ailment.ENDLESS
        if self.deaf_s(now_s) >= self._recovery.deaf_s:
            return Ailment.DEAF
        return Ailment.STUCK if self._stuck >= self._recovery.stuck_connections else None

    def treated(self, ailment: Ailment, now_s: float) -> None:
        """The adapter was switched off and on for it, or that was tried."""
        self._treated = ailment
        pause_s = self._recovery.first_pause_s * 2.0 ** min(self._cures, 32)
        self._not_before_s = now_s + min(pause_s, self._recovery.cap_pause_s)
        self._cures += 1
        self._deaf_s, self._stuck, self._endless = 0.0, 0, False
        if self._listening_from_s is not None:
            self._listening_from_s = now_s

    def _end_of(self, *ailments: Ailment) -> bool:
        if self._treated not in ailments:
            return False
        self._treated, self._cures = None, 0
        self._not_before_s = float("-inf")  # what has helped may be done again when it is needed
        return True
