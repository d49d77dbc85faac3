"""`underfoot replay`: recordings in, walk summaries out."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from underfoot.cli import NOT_MEDICAL

if TYPE_CHECKING:
    from ingest.sources.replay import Recording, Unpacked
    from processing.metrics.recipe import Recipe
    from processing.rules.preset import RuleSet
    from underfoot.cli._front import Front

_RECIPES = ("steady", "ratio")
_PRESET = "clinical"  # what a file says must not hang on this machine's settings
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
    files, failed = _found(paths)
    summaries: list[dict[str, Any]] = []
    with _progress(len(files)) as step:
        for summary in _summaries(files, recipe_name, seconds):
            if summary is None:
                failed = True
            else:
                summaries.append(summary)
            step()
    several = len(paths) > 1 or paths[0].is_dir()
    if as_json:
        from processing.summary import as_json as json_text

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


def _summaries(files: Sequence[Path], recipe_name: str, seconds: float | None) -> Iterator[dict[str, Any] | None]:
    """One for each file; None for one that cannot be read, which is told."""
    from ingest.sources.replay import read_recording
    from ingest.wire.faults import UnderfootError
    from processing.metrics.recipe import recipe_named
    from processing.rules.preset import load_preset

    recipe, rules = recipe_named(recipe_name), load_preset(_PRESET)
    for coming in _unpacked(files):
        try:
            file = coming.result()
            yield _summary(file.path, read_recording(file, seconds), recipe, rules)
        except UnderfootError as error:
            _complain(str(error))
            yield None


def _unpacked(files: Sequence[Path]) -> Iterator[Future[Unpacked]]:
    """File after file, the next one on its way while one is in use: two in memory, however many there are."""
    from ingest.sources.replay import unpack

    with ThreadPoolExecutor(max_workers=1) as unpacker:
        coming: Future[Unpacked] | None = None
        for file in files:
            before, coming = coming, unpacker.submit(unpack, file)
            if before is not None:
                yield before
        if coming is not None:
            yield coming


def _summary(file: Path, recording: Recording, recipe: Recipe, rules: RuleSet) -> dict[str, Any]:
    from processing.walk import Terms, run

    terms = Terms(walk=recording.name, recipe=recipe, rules=rules, baseline=None, source=file.name)
    walk = run(terms, chain(recording.layouts.values(), recording.blocks()))
    _tell_faults(file, recording)
    return walk.summary()


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
