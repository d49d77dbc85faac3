"""What to do about a fault, in one language. English stands with the faults, in `ingest.wire.faults`. Pure."""

from __future__ import annotations

from ingest.wire.faults import ADVICE, FaultCode
from underfoot.words import Words


def advice(code: FaultCode, words: Words) -> str:
    key = f"fault.{code}"
    return words(key) if words.has(key) else ADVICE[code]
