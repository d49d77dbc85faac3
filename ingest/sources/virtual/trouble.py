"""What can be made to go wrong with a virtual insole. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.drivers.open_insole_records import RacpCode
from ingest.wire.block import Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Cells count from 0. A stuck, dead or masked cell stays so in every row taken while it is set."""

    loss_share: float = 0.0  # of the frames, lost on their way
    jitter_s: float = 0.0  # each frame is held back by up to so long; their order stays
    drift_ppm: float = 0.0  # the insole's clock, + = fast
    stuck: Mapping[int, int] = field(default_factory=dict)  # cell to the code it always gives
    dead: frozenset[int] = frozenset()  # give 0, and the insole does not know
    masked: frozenset[int] = frozenset()  # the insole knows and says so
    records_before_silence: int | None = None  # a report gives so many records and then nothing more, no answer either
    record_answer: RacpCode | None = None  # what every request for records is answered, and nothing done
    records_astray_rows: int = 0  # a report is of rows so much further on than those asked for

    @property
    def not_measured(self) -> int:
        return sum(1 << cell for cell in self.masked)

    def spoil(self, codes: Codes) -> Codes:
        """The codes as the troubled cells give them; the argument stays as it is."""
        if not (self.stuck or self.dead or self.masked):
            return codes
        spoilt = codes.copy()
        for cell, code in self.stuck.items():
            spoilt[:, cell] = code
        spoilt[:, sorted(self.dead | self.masked)] = 0
        return spoilt


NO_TROUBLE = Trouble()
