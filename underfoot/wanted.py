"""Which insole is for which foot: what the settings name, else what was paired, else any, where that is set."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.wire.geometry import Side
from underfoot.known import KnownInsole, KnownInsoles
from underfoot.settings import Accept, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The insole of one foot.

    `insole`: its name in every row. `address`: or its advertised name; None: the first that says it is for this foot.
    `driver` None: that of the model which is recognised. `says`: the side that it told when it was paired; None: it
    told none, or it was never paired.
    """

    insole: str
    address: str | None
    driver: str | None
    says: Side | None = None


def wanted_by(settings: Settings, known: KnownInsoles) -> dict[Side, Wanted]:
    """A foot for which no insole is accepted is left out."""
    each = {side: _for(side, settings, known) for side in Side}
    return {side: wanted for side, wanted in each.items() if wanted is not None}


def _for(side: Side, settings: Settings, known: KnownInsoles) -> Wanted | None:
    chosen = settings.insoles
    named = chosen.left if side is Side.LEFT else chosen.right
    paired = known.of(side)
    if paired is not None and (named is None or _is_called(paired, named)):
        driver = chosen.driver or paired.driver
        return Wanted(insole=paired.insole, address=paired.address, driver=driver, says=paired.says)
    if named is not None:
        return Wanted(insole=named, address=named, driver=chosen.driver)
    if chosen.accept is Accept.ANY:
        return Wanted(insole=f"{settings.person}-{side}", address=None, driver=chosen.driver)
    return None


def _is_called(known: KnownInsole, name: str) -> bool:
    return name.casefold() in (known.address.casefold(), known.name.casefold())
