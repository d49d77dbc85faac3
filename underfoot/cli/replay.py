"""`underfoot replay`: recordings in, walk summaries out."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from underfoot.cli import NOT_MEDICAL
from underfoot.cli._events import EventFiles, EventTable
from underfoot.cli._front import FiniteRange, Front
from underfoot.cli._walk_table import walk_table

if TYPE_CHECKING:
    from ingest.sources.replay import Recording, Unpacked
    from processing.rules.preset import RuleSet
    from processing.walk import Item

_RECIPES = ("steady", "ratio", "vendor")
_PRESET = "clinical"  # what a file says must not hang on this machine's settings
_WORTH_A_BAR = 4  # files


@dataclass(frozen=True, slots=True)
class _Asked:
    """Of every file alike."""

    recipe_name: str
    seconds: float | None
    weight_kg: float | None
    events: EventFiles | None


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
@click.option("--seconds", type=FiniteRange(min=0, min_open=True), help="Only so much from the beginning.")
@click.option("--stored", metavar="WALK", help="A walk that this machine has stored, or `latest`, instead of files.")
@click.option("--weight-kg", type=FiniteRange(min=20, max=300), help="The wearer's weight.")
@click.option(
    "--events",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write every contact there: NAME.csv for each recording.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, or a list for several recordings.")
@click.pass_obj
def command(
    front: Front,
    *,
    paths: tuple[Path, ...],
    recipe_name: str,
    seconds: float | None,
    stored: str | None,
    weight_kg: float | None,
    events: Path | None,
    as_json: bool,
) -> None:
    """Walk summaries of recordings: files, or folders of them; or of a stored walk.

    Reads PhysioNet gaitpdb text and Moticon text exports, packed with xz or not.
    """
    if bool(paths) == bool(stored):
        raise click.UsageError("name files or folders, or a stored walk")
    if stored:
        if weight_kg or events:
            raise click.UsageError("--weight-kg and --events go with files; a stored walk keeps its own terms")
        _replay_stored(front, stored, recipe_name, as_json)
        return
    files = None if events is None else EventFiles(events)
    if not _replay_files(paths, _Asked(recipe_name, seconds, weight_kg, files), as_json):
        sys.exit(1)


def _replay_files(paths: Sequence[Path], asked: _Asked, as_json: bool) -> bool:
    """Whether every recording could be read."""
    files, failed = _found(paths)
    summaries: list[dict[str, Any]] = []
    with _progress(len(files)) as step:
        for summary in _summaries(files, asked):
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
            click.echo(walk_table(summary))
        if summaries:
            click.echo(NOT_MEDICAL)
    return not failed


def _replay_stored(front: Front, walk: str, recipe_name: str, as_json: bool) -> None:
    from processing.metrics.recipe import recipe_named
    from processing.summary import as_json as json_text
    from underfoot.places import Places
    from underfoot.stored import replay_stored

    settings = front.settings()
    summary = replay_stored(Places(settings.data_dir), walk, recipe_named(recipe_name), settings.rules.preset)
    click.echo(json_text(summary) if as_json else f"{walk_table(summary)}\n{NOT_MEDICAL}")


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


def _summaries(files: Sequence[Path], asked: _Asked) -> Iterator[dict[str, Any] | None]:
    """One for each file; None for one that cannot be read, which is told."""
    from ingest.sources.replay import read_recording
    from ingest.wire.faults import UnderfootError
    from processing.rules.preset import load_preset

    rules = load_preset(_PRESET)
    for coming in _unpacked(files):
        try:
            file = coming.result()
            yield _summary(file.path, read_recording(file, asked.seconds), asked, rules)
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


def _summary(file: Path, recording: Recording, asked: _Asked, rules: RuleSet) -> dict[str, Any]:
    from processing.metrics.recipe import recipe_named
    from processing.walk import REPLAY_S, Terms, Walk

    terms = Terms(
        walk=recording.name,
        recipe=recipe_named(asked.recipe_name),
        rules=rules,
        baseline=None,
        weight_kg=asked.weight_kg,
        source=file.name,
    )
    walk, contacts = Walk(terms, at_once_s=REPLAY_S), EventTable()
    if asked.events is not None:
        walk.pipeline.watch_sections(contacts.take)
    items: Iterator[Item] = chain(recording.layouts.values(), recording.blocks())
    for item in items:
        walk.feed(item)
    walk.close()
    summary = walk.summary()
    if asked.events is not None:
        written = asked.events.of(recording.name)
        _write_events(contacts, written)
        if written.stem != recording.name:
            _complain(f"{file}: there was a {recording.name} before it; its contacts are in {written.name}")
    _tell_faults(file, recording)
    return summary


def _write_events(contacts: EventTable, file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        contacts.write(file)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error


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
