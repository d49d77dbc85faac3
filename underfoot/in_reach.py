"""What a scan tells of an insole, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.table import Table

from ingest.drivers import sig
from ingest.drivers.base import Advertisement
from ingest.sources.radio.pairing import Heard
from underfoot.known import KnownInsoles

_STRONG_DBM, _FAIR_DBM = -65, -80
_COLUMNS = ("insole", "foot", "paired", "model", "name", "signal", "battery")
_WHOLE = ("insole", "foot", "signal")


@dataclass(frozen=True, slots=True)
class InReach:
    """`bonded`: addresses that share keys with this machine; None: it does not say."""

    heard: tuple[Heard, ...]
    known: KnownInsoles
    bonded: frozenset[str] | None

    @property
    def insoles(self) -> tuple[Heard, ...]:
        return tuple(one for one in self.heard if one.recognised)

    def rows(self) -> list[dict[str, Any]]:
        """Of everything that was heard, the strongest first."""
        return [self._row(one) for one in self.heard]

    def _row(self, one: Heard) -> dict[str, Any]:
        advertisement, recognised = one.advertisement, one.recognised
        known_as = self.known.side_of(advertisement.address)
        return {
            "address": advertisement.address,
            "name": advertisement.name,
            "rssi_dbm": advertisement.rssi_dbm,
            "driver": recognised.driver if recognised else None,
            "model": recognised.model if recognised else None,
            "side": str(recognised.side) if recognised and recognised.side else None,
            "paired_as": None if known_as is None else str(known_as),
            "bonded": None if self.bonded is None else advertisement.address.upper() in self.bonded,
            "battery_pct": advertised_battery_pct(advertisement),
        }

    def table(self) -> Table:
        """Of the insoles alone."""
        table = Table(box=None, pad_edge=False, collapse_padding=True)
        for title in _COLUMNS:
            table.add_column(title, no_wrap=title in _WHOLE, overflow="fold")
        for one in self.insoles:
            row = self._row(one)
            table.add_row(
                row["address"],
                row["side"] or "not said",
                _paired(row),
                row["model"],
                row["name"] or "",
                signal_word(row["rssi_dbm"]),
                "not said" if row["battery_pct"] is None else f"{row['battery_pct']} %",
            )
        return table

    @property
    def others(self) -> str:
        """A sentence on what else was heard; empty when nothing was."""
        count = len(self.heard) - len(self.insoles)
        return f"{count} other device{'s' * (count > 1)} that no driver knows (--json lists them)." if count else ""


def advertised_battery_pct(heard: Advertisement) -> int | None:
    """As data of the Battery Service in the advertisement (one octet, percent); None: it does not tell."""
    told = heard.service_data.get(sig.BATTERY_SERVICE, b"")
    return told[0] if len(told) == 1 and told[0] <= 100 else None


def signal_word(rssi_dbm: int) -> str:
    word = "strong" if rssi_dbm >= _STRONG_DBM else "fair" if rssi_dbm >= _FAIR_DBM else "weak"
    return f"{word} ({rssi_dbm} dBm)"


def _paired(row: dict[str, Any]) -> str:
    if row["paired_as"] is None:
        return "no"
    return f"{row['paired_as']}, bonded" if row["bonded"] else str(row["paired_as"])
