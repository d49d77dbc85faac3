"""What processing has to know of the people's home: their days, and whom to call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """`zone`: whose midnight ends a day. `clinic_phone`: as it is to be read out; "" where nobody has given one."""

    zone: tzinfo = UTC
    clinic_phone: str = ""
