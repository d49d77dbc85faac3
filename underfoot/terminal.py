"""The state of the screen drawn in a terminal: two soles of shaded characters, the sentence, figures, alerts."""

from __future__ import annotations

from datetime import datetime

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ingest.wire.geometry import Side
from underfoot.figures import FigureView
from underfoot.foot_view import CellView, FootView
from underfoot.screen import ScreenState
from underfoot.sentence import Tone

_ROWS, _COLUMNS = 16, 15
_BAR = 20
_SHADES = "·░▒▓█"  # beside the colour, never colour alone
# medial and lateral edge of the sole from toe to heel, at the middle of each row
_EDGES = (
    (0.17, 0.56), (0.07, 0.75), (0.02, 0.88), (0.01, 0.95), (0.03, 0.98), (0.08, 0.98), (0.13, 0.96), (0.18, 0.94),
    (0.21, 0.92), (0.22, 0.90), (0.20, 0.88), (0.17, 0.87), (0.14, 0.86), (0.14, 0.85), (0.17, 0.82), (0.27, 0.72),
)  # fmt: skip
# cividis (Nuñez, Anderton, Renslow 2018, PLoS ONE 13(7):e0199239), the fit that d3-scale-chromatic publishes
_CIVIDIS = (
    (-4.54, -35.34, 2381.73, -6402.7, 7024.72, -2710.57),
    (32.49, 170.73, 52.82, -131.46, 176.58, -67.37),
    (81.24, 442.36, -2482.43, 6167.24, -6614.94, 2475.67),
)
_TONES = {
    Tone.CALM: ("✓", "green"),
    Tone.PARTIAL: ("?", "yellow"),
    Tone.ALERT: ("!", "bold red"),
    Tone.NOT_MEASURED: ("–", "bright_black"),
}


def render(state: ScreenState, note: str = "") -> RenderableType:
    """Everything the page shows but the history. `note`: one line of trouble, such as a broker that is away."""
    sign, style = _TONES[state.tone]
    sentence = Text.assemble((f"{sign} {state.sentence.headline}", style), "\n", state.sentence.detail)
    for each in state.advice:
        sentence.append(f"\n{each}", style="bold")
    if state.kept_done_pct is not None:
        sentence.append(f"\n{state.kept_words} {_bar(state.kept_done_pct)}")
    beside = Group(Padding(_figures(state.figures), (0, 0, 1, 0)), _alerts(state))
    grid = Table.grid(padding=(0, 3))
    grid.add_row(_foot(state.left), _foot(state.right), beside)
    footer = Text(f"{note}\n" if note else "", style="bold red")
    footer.append(f"{_last(state)} · Not a medical device, not watched live.", style="dim")
    return Group(Panel(sentence, border_style=style), Padding(grid, (1, 2)), footer)


def colour(level: float) -> str:
    """The cividis colour of a level 0…1, in 64 steps."""
    step = min(63, int(level * 64)) / 63
    return "#" + "".join(f"{_channel(factors, step):02x}" for factors in _CIVIDIS)


def _bar(done_pct: float) -> str:
    whole = int(done_pct / 100 * _BAR)
    return f"{'█' * whole}{'░' * (_BAR - whole)} {done_pct:.0f} %"


def _channel(factors: tuple[float, ...], t: float) -> int:
    return max(0, min(255, round(sum(factor * t**power for power, factor in enumerate(factors)))))


def _foot(foot: FootView) -> RenderableType:
    sole = Text("\n").join(_line(foot, row) for row in range(_ROWS))
    if foot.measured:
        total = foot.total_reason or "" if foot.total is None else f"{foot.total:.0f} {foot.total_unit}"
    else:
        total = foot.words
    name = Text(foot.side.capitalize(), style="bold")
    return Group(name, sole, Text(total, style="" if foot.measured else "dim", overflow="fold"))


def _line(foot: FootView, row: int) -> Text:
    medial, lateral = _EDGES[row]
    y = 1 - (row + 0.5) / _ROWS
    line = Text()
    for column in range(_COLUMNS):
        across = (column + 0.5) / _COLUMNS
        x = 1 - across if foot.side is Side.LEFT else across
        if medial <= x <= lateral:
            line.append(*_sign(foot.cells, x, y))
        else:
            line.append(" ")
    return line


def _sign(cells: tuple[CellView, ...], x: float, y: float) -> tuple[str, str]:
    # a sole is about 2.5 times as long as it is wide
    near = min(cells, key=lambda cell: (cell.x - x) ** 2 + (2.5 * (cell.y - y)) ** 2, default=None)
    if near is None or near.level is None:
        return "/", "bright_black"
    return _SHADES[min(4, int(near.level * 5))], colour(near.level)


def _figures(figures: tuple[FigureView, ...]) -> Table:
    table = Table.grid(padding=(0, 2))
    for figure in figures:
        words = Text(figure.words or "not measured", style="bold")
        table.add_row(figure.label, words, Text(figure.rests, style="dim"))
    return table


def _alerts(state: ScreenState) -> RenderableType:
    if not state.alerts:
        return Text("Alerts: nothing in the list.", style="dim")
    lines = [Text("Alerts", style="bold")]
    for alert in state.alerts[:5]:
        style = "bold red" if alert.can_acknowledge else "dim"
        lines.append(Text.assemble((f"[{alert.state_word}] ", style), alert.text, (f"  {alert.id}", "dim")))
    return Group(*lines)


def _last(state: ScreenState) -> str:
    if state.last_t_ns is None:
        return "No data yet"
    at = datetime.fromtimestamp(state.last_t_ns // 10**9).astimezone()
    calibration = f", calibration {state.calibration}" if state.calibration else ""
    return f"Last data {at:%H:%M:%S}, coverage {state.coverage_pct:.0f} %{calibration}"
