"""Mean and spread that can be pooled: the moments of two parts give those of the whole (Chan, Golub, LeVeque 1983)."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from processing.metrics.signal import Floats


@dataclass(frozen=True, slots=True)
class Moments:
    """n values, their mean and the sum of their squared distances from it."""

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: Floats) -> Moments:
        if not values.size:
            return cls()
        mean = float(values.mean())
        return cls(int(values.size), mean, float(((values - mean) ** 2).sum()))

    def __add__(self, other: Moments) -> Moments:
        if not self.n or not other.n:
            return self if self.n else other
        n = self.n + other.n
        apart = other.mean - self.mean
        mean = (self.n * self.mean + other.n * other.mean) / n
        return Moments(n, mean, self.squares + other.squares + apart * apart * self.n * other.n / n)

    @property
    def value(self) -> float | None:
        """The mean; None without values."""
        return self.mean if self.n else None

    @property
    def sd(self) -> float | None:
        """Standard deviation (n − 1); None below two values."""
        return sqrt(self.squares / (self.n - 1)) if self.n > 1 else None

    @property
    def cv_pct(self) -> float | None:
        """100 × SD / mean; None below two values or around zero."""
        sd = self.sd
        return None if sd is None or not self.mean else 100 * sd / self.mean


NO_VALUES = Moments()
