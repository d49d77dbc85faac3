"""One struct per message, frozen, tagged and versioned. Unknown fields are ignored, unknown versions refused."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from ingest.wire.alerts import Alert, AlertNews, AlertReply, Press
from ingest.wire.block import GapReason, Origin
from ingest.wire.entries import Entry, EntryTaken
from ingest.wire.geometry import Calibration, Cell, Side, Unit
from ingest.wire.message import Message
from ingest.wire.person import PersonState


class Samples(Message, frozen=True, kw_only=True, tag="samples"):
    """A block of rows (see `Block`). MessagePack; `values` is little-endian int16, row by row.

    A mask that needs more than 63 bits is little-endian bytes, because a number of MessagePack ends there.
    """

    insole: str
    side: Side
    boot: int
    seq: int
    ticks: int
    tick_ns: int
    t_ns: int
    ns_per_row: int
    rows: int
    cells: int
    values: bytes
    unit: Unit
    scale: float
    not_measured: int | bytes = 0
    origin: Origin = Origin.LIVE
    lost_before: int = 0
    lost_reason: GapReason | None = None
    t_error_ns: int | None = None
    time_known: bool = True


class Layout(Message, frozen=True, kw_only=True, tag="layout"):
    """The cells of one insole, as it describes them itself. Retained."""

    insole: str
    side: Side
    cells: tuple[Cell, ...]
    unit: Unit
    scale: float
    rate_hz: float  # nominal; the time between rows is in every block
    calibration: Calibration
    checksum: int
    model: str = ""
    firmware: str = ""


class LinkState(StrEnum):
    """Where a link stands; its transition table is in `ingest.sources.radio.link`."""

    IDLE = "idle"
    SEARCHING = "searching"
    CONNECTING = "connecting"
    GREETING = "greeting"  # connected, hand-shake under way
    STREAMING = "streaming"
    SILENT = "silent"  # connected, no data
    LOST = "lost"
    ENDED = "ended"  # stopped on purpose; no more rows will come


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Rows `first … last` of a boot that never reached the spool, and why."""

    boot: int
    first: int
    last: int
    reason: GapReason


class Status(Message, frozen=True, kw_only=True, tag="status"):
    """What ingest knows of one insole now. Retained; also the heartbeat that moves event time while no rows come."""

    insole: str
    side: Side
    t_ns: int  # UTC of the hub
    link: LinkState
    boot: int | None = None
    battery_pct: int | None = None
    taken: int = 0  # rows the insole says it took since this stream began
    received: int = 0  # rows that reached the spool
    published: int = 0  # rows that the broker has acknowledged
    waiting: int = 0  # rows in the spool without a receipt
    to_fetch: int = 0  # rows out of the insole's memory that still lack here, or have no receipt yet
    gaps: tuple[Gap, ...] = ()  # the latest 32
    faults: dict[str, int] = msgspec.field(default_factory=dict)
    troubles: tuple[str, ...] = ()  # codes of the faults since rows last came, each once, in the order they came
    clock_ppm: float | None = None
    clock_error_ms: float | None = None


class BootReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one boot that are durable: every row up to `stored_upto` except those in `holes`."""

    boot: int
    stored_upto: int
    holes: tuple[tuple[int, int], ...] = ()  # (first, last), both included; declared gaps are not holes


class LateRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows `first … last` of a boot that came out of the insole's memory."""

    boot: int
    first: int
    last: int


class Receipt(Message, frozen=True, kw_only=True, tag="receipt"):
    """Processing's word that rows are on its disk; the only thing that frees the spool. Retained.

    A declared gap is no hole, so `boots` cannot tell whether late rows that fill one are stored: `late` names the
    backfill blocks that this receipt answers, and nothing else frees those.
    """

    insole: str
    side: Side
    session: str  # a new one at each start of processing: what has no receipt is then sent again
    boots: tuple[BootReceipt, ...]  # the latest 8
    late: tuple[LateRows, ...] = ()


# a second has two dozen of these figures: the garbage collector need not look at what can hold no circle
class Figure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A number that a person may see, with what it rests on. `value` None: not measured, `reason` says why.

    `low` and `high`: the range in which the value lies where cells that are left out forbid to state one.
    """

    value: float | None
    coverage_pct: float
    reason: str | None = None
    low: float | None = None
    high: float | None = None
    note: str | None = None  # what a stated value leaves out: "7 of 8 pairs"


class PerFoot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    left: Figure
    right: Figure


class ForefootLoad(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Mean load of the forefoot cells over the last 1, 60 and 900 s, in the unit of the message."""

    last_1_s: PerFoot
    last_60_s: PerFoot
    last_900_s: PerFoot


class Activity(StrEnum):
    """What the wearer does, as far as two insoles can tell."""

    UNWORN = "unworn"
    SEATED = "seated"
    STANDING = "standing"
    WALKING = "walking"
    UNKNOWN = "unknown"


class CellFaultKind(StrEnum):
    """What is wrong with a cell; `FROZEN` is a foot that repeats the same row for ever."""

    DEAD = "dead"
    STUCK = "stuck"
    SATURATED = "saturated"
    NOISY = "noisy"
    DRIFTING = "drifting"
    FROZEN = "frozen"


class CellFault(msgspec.Struct, frozen=True, kw_only=True):
    """A cell whose readings are left out from `t_ns` on, when it was found; `cell` counts from 0, None: the foot."""

    side: Side
    kind: CellFaultKind
    t_ns: int
    cell: int | None
    area: str


class Sustained(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Share of the last 900 s in which an area was pressed, in percent of the time measured; None: cannot judge."""

    areas_pct: dict[str, float | None]
    coverage_pct: float
    reason: str | None = None
    limit_kpa: float | None = None  # above which it was pressed; None: a limit learned for each cell


class SustainedPerFoot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    left: Sustained
    right: Sustained


class StanceLoad(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One stance of a foot, area by area; an area with a cell that is not measured or unfit is left out.

    `impulse` is the load-time integral in the unit of the message's load times s, `peak_kpa` stands only where the
    bench vouches for kPa.
    """

    side: Side
    t_ns: int  # UTC of its initial contact
    impulse: dict[str, float]
    peak_kpa: dict[str, float] = {}


class Metrics(Message, frozen=True, kw_only=True, tag="metrics"):
    """The rolling figures at the end of one second of event time."""

    t_ns: int
    walk: str
    forefoot_share_pct: PerFoot  # over the last 60 s
    load_si_pct: Figure  # over the last 60 s, + = right larger
    load: PerFoot  # mean over the last second, in `unit`
    cadence_spm: Figure
    steps: int
    walking: bool | None  # None: cannot judge
    unit: str
    calibration: Calibration
    load_si_margin_points: float = 0.0  # by so much a limit on `load_si_pct` has to be wider: pairs are left out
    forefoot_load: ForefootLoad | None = None
    sustained: SustainedPerFoot | None = None
    activity: Activity = Activity.UNKNOWN
    cell_faults: tuple[CellFault, ...] = ()
    stances: tuple[StanceLoad, ...] = ()  # that became known in this second, in order of time


class Stride(Message, frozen=True, kw_only=True, tag="stride"):
    """One stride, from initial contact to the next of the same foot."""

    side: Side
    walk: str
    t_ns: int  # UTC of its initial contact
    stride_s: float
    stance_s: float
    swing_s: float


class Temperature(Message, frozen=True, kw_only=True, tag="temperature"):
    """Skin-side temperatures of one insole that has such sensors, by area of the foot."""

    insole: str
    side: Side
    t_ns: int
    areas_c: dict[str, float]


class LiveRequest(Message, frozen=True, kw_only=True, tag="live"):
    """Somebody looks at the page: send samples every 0.2 s for so long."""

    seconds: float


AnyJson = (
    Layout
    | Status
    | Receipt
    | Metrics
    | Stride
    | Temperature
    | Alert
    | AlertReply
    | AlertNews
    | Press
    | PersonState
    | Entry
    | EntryTaken
    | LiveRequest
)
AnyMessage = Samples | AnyJson
