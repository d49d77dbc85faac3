"""`underfoot replay`: recordings in, walk summaries out."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from underfoot.cli import NOT_MEDICAL

if TYPE_CHECKING:
    from ingest.sources.replay import Recording
    from processing.metrics.recipe import Recipe
    from underfoot.cli._front import Front

_RECIPES = ("steady", "ratio")
_WORTH_A_BAR = 4  # files


@click.command("replay")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--recipe",
    "recipe_name",
    type=click.Choice(_RECIPES),
    default="steady",
    show_default=True,
    help="How contacts are found and which strides count.",
)
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="Only so much from the beginning.")
@click.option("--stored", metavar="WALK", help="A walk that this machine has stored, or `latest`, instead of files.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, or a list for several recordings.")
@click.pass_obj
def command(
    front: Front, paths: tuple[Path, ...], recipe_name: str, seconds: float | None, stored: str | None, as_json: bool
) -> None:
    """Walk summaries of recordings: files, or folders of them; or of a stored walk.

    Reads PhysioNet gaitpdb text and Moticon text exports, packed with xz or not.
    """
    if bool(paths) == bool(stored):
        raise click.UsageError("name files or folders, or a stored walk")
    if stored:
        _replay_stored(front, stored, recipe_name, as_json)
        return
    from ingest.wire.faults import UnderfootError
    from processing.metrics.recipe import recipe_named
    from processing.summary import as_json as json_text

    files, failed = _found(paths)
    recipe = recipe_named(recipe_name)
    summaries: list[dict[str, Any]] = []
    with _progress(len(files)) as step:
        for file in files:
            try:
                summaries.append(_summary(file, recipe, seconds))
            except UnderfootError as error:
                _complain(str(error))
                failed = True
            step()
    several = len(paths) > 1 or paths[0].is_dir()
    if as_json:
        if several or summaries:
            click.echo(json_text(summaries if several else summaries[0]))
    else:
        for summary in summaries:
            click.echo(_table(summary))
        if summaries:
            click.echo(NOT_MEDICAL)
    if failed:
        sys.exit(1)


def _replay_stored(front: Front, walk: str, recipe_name: str, as_json: bool) -> None:
    from processing.metrics.recipe import recipe_named
    from processing.summary import as_json as json_text
    from underfoot.places import Places
    from underfoot.stored import replay_stored

    settings = front.settings()
    summary = replay_stored(Places(settings.data_dir), walk, recipe_named(recipe_name), settings.rules.preset)
    click.echo(json_text(summary) if as_json else f"{_table(summary)}\n{NOT_MEDICAL}")


def _found(paths: Sequence[Path]) -> tuple[list[Path], bool]:
    from ingest.sources.replay import find_recordings
    from ingest.wire.faults import UnderfootError

    files: list[Path] = []
    failed = False
    for path in paths:
        try:
            files += find_recordings(path)
        except UnderfootError as error:
            _complain(str(error))
            failed = True
    return files, failed


def _summary(file: Path, recipe: Recipe, seconds: float | None) -> dict[str, Any]:
    from ingest.sources.replay import open_recording
    from processing.replay import replay

    recording = open_recording(file, seconds)
    pipeline = replay(
        recording.blocks(), recording.layouts.values(), walk=recording.name, recipe=recipe, source=file.name
    )
    _tell_faults(file, recording)
    return pipeline.summary()


def _tell_faults(file: Path, recording: Recording) -> None:
    from ingest.wire.faults import FaultCode

    for code, count in recording.faults.counts.items():
        _complain(f"{file}: {count} × {recording.faults.latest(FaultCode(code))}")
    for note in recording.notes:
        _complain(f"{file}: {note}")


def _complain(text: str) -> None:
    click.echo(text, err=True)


class _Step(Protocol):
    def __call__(self) -> None:
        """One file is done."""


@contextmanager
def _progress(files: int) -> Iterator[_Step]:
    if files < _WORTH_A_BAR or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("replaying", total=files)
        yield lambda: bar.advance(task)


def _table(summary: dict[str, Any]) -> str:
    stride, stance, swing, even = (summary[name] for name in ("stride", "stance", "swing", "evenness"))
    feet = [
        ("coverage", "%", summary["coverage_pct"], 1),
        ("steps", "", summary["steps"], 0),
        ("strides kept", "", stride["kept"], 0),
        ("mean force", "N", summary["mean_force"], 1),
        ("impulse", "N s", summary["impulse"], 0),
        ("forefoot share", "%", summary["forefoot_share_pct"], 1),
        ("load spread", "areas", {side: even[side]["n_eff"] for side in even}, 2),
    ]
    both = [
        ("cadence", "steps/min", summary["cadence_spm"], 1),
        ("stride", "s", stride["mean_s"], 3),
        ("stride CV", "%", stride["cv_pct"], 2),
        ("stance", "%", stance["pct"], 1),
        ("swing", "%", swing["pct"], 1),
        ("swing CV", "%", swing["cv_pct"], 2),
        ("double support", "%", summary["double_support_pct"], 1),
        ("load asymmetry", "%, + right", summary["asymmetry"]["load_si_pct"], 1),
        ("swing asymmetry", "%, + right", summary["asymmetry"]["swing_si_pct"], 1),
    ]
    lines = [
        f"{summary['walk']}  ({summary['source']}, recipe {summary['recipe']}, {_number(summary['duration_s'], 1)} s)",
        f"  {'':<28}{'left':>14}{'right':>14}",
    ]
    lines += [_line(name, unit, [values["left"], values["right"]], digits) for name, unit, values, digits in feet]
    lines += [_line(name, unit, [value], digits) for name, unit, value, digits in both]
    lines.append(f"  strides left out: {_number(stride['removed'], 0)}")
    lines += [f"  {path} not measured: {reason}" for path, reason in summary["reasons"].items()]
    return "\n".join(lines) + "\n"


def _line(name: str, unit: str, values: list[float | None], digits: int) -> str:
    title = f"{name} [{unit}]" if unit else name
    return f"  {title:<28}" + "".join(f"{_number(value, digits):>14}" for value in values)


def _number(value: float | None, digits: int) -> str:
    return "not measured" if value is None else f"{value:.{digits}f}"
