"""`underfoot calibrate`: what the insoles' figures rest on, and how to put it on firmer ground."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from underfoot.cli._front import Front, Name, json_option, print_json

if TYPE_CHECKING:
    from processing.calibrating import WalkEvidence
    from processing.metrics.calibration import CalibrationVersion

_BEGUN = "It holds for walks that begin from now on; what was already walked keeps its figures."


@click.group(name="calibrate")
def command() -> None:
    """Show what the load figures rest on; take the zero, the gain from body weight, or a bench table.

    Every change is a new version with who and when. Nothing is ever calibrated by itself.
    """


def _writes(function: Callable[..., None]) -> Callable[..., None]:
    """Options of every command that writes a version."""
    named = click.option("--by", required=True, type=Name(), help="Who calibrates; it is kept with the version.")
    return named(click.option("--yes", is_flag=True, help="Write without asking.")(function))


_walk = click.option("--walk", default="latest", show_default=True, help="A stored walk of this person, or `latest`.")


@command.command(short_help="List the versions and the one in force.")
@json_option
@click.pass_obj
def show(front: Front, as_json: bool) -> None:
    """Every version, the one in force, and whether it wants to be taken again."""
    import msgspec

    from processing.metrics.calibration import stale
    from underfoot.calibrations import StoredCalibrations

    stored = StoredCalibrations(front.settings({"log.level": "warning"}))
    versions = stored.versions()
    wants = stale(versions[-1], time.time_ns(), stored.load_ratio(versions[-1])) if versions else None
    if as_json:
        print_json({"versions": [msgspec.to_builtins(each) for each in versions], "stale": wants})
        return
    for version in versions:
        click.echo(f"{version.version:>3}  {_when(version.t_ns)}  by {version.by}: {version.what}")
    if not versions:
        click.echo("never calibrated here: figures rest on what the insoles say of themselves")
        return
    click.echo("\nin force:")
    for line in _in_force(versions[-1]):
        click.echo(f"  {line}")
    click.echo(f"  take it again: {wants}" if wants else "  nothing wants doing")


@command.command(short_help="Take the zero from the swings of a walk.")
@_walk
@_writes
@click.pass_obj
def zero(front: Front, walk: str, by: str, yes: bool) -> None:
    """Take what every cell reads in the air, from the verified swings of a walk of 30 strides or more.

    Never from standing: a zero taken under load would hide that load for ever.
    """
    from processing.calibrating import next_version, unscaled, with_zeros
    from underfoot.calibrations import StoredCalibrations

    stored = StoredCalibrations(front.settings({"log.level": "warning"}))
    before = stored.in_force
    evidence = stored.evidence(walk, unscaled(before, zeroed=False))
    made = with_zeros(next_version(before, by=by, t_ns=time.time_ns()), evidence)
    click.echo(f"{evidence.walk}: {evidence.strides} even strides of each foot or more")
    for side, foot in evidence.feet.items():
        old, new = (None if version is None else version.of(foot.given) for version in (before, made))
        click.echo(f"  {side:<6} zero {_zeros(old)} → {_zeros(new)}")
    if made.scaled_t_ns is not None:
        click.echo("  the gain was taken with the earlier zero: take it again afterwards")
    _write(stored, made, yes)


@command.command(short_help="Keep the body weight; scale both feet.")
@click.option("--kg", type=float, required=True, help="Body weight as worn, shoes and clothes included.")
@click.option("--walk", help="Take the gain from this stored walk, or `latest`; left out: only the weight is kept.")
@_writes
@click.pass_obj
def weight(front: Front, *, kg: float, walk: str | None, by: str, yes: bool) -> None:
    """Keep the body weight; with --walk scale both feet by one gain so that together they carry it.

    The walk: 30 even strides or more on the level, without stick, rail or load carried, in these shoes. One gain for
    both feet, so a real difference between them stays.
    """
    from processing.calibrating import next_version, unscaled, with_gain, with_weight
    from underfoot.calibrations import StoredCalibrations

    stored = StoredCalibrations(front.settings({"log.level": "warning"}))
    before = stored.in_force
    made = next_version(before, by=by, t_ns=time.time_ns())
    if walk is None:
        made = with_weight(made, kg)
        click.echo(f"body weight {_kg(before)} → {kg:g} kg")
        if before is not None and before.scaled_t_ns != made.scaled_t_ns:
            click.echo("  the gain was taken with the earlier weight and no longer holds")
    else:
        evidence = stored.evidence(walk, unscaled(before, zeroed=True))
        made = with_gain(made, kg, evidence)
        _tell_gain(evidence, before, made, kg)
    _write(stored, made, yes)


@command.command(short_help="Take a bench table for the insoles.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_walk
@_writes
@click.pass_obj
def bench(front: Front, *, file: Path, walk: str, by: str, yes: bool) -> None:
    """Take a bench table (TOML) for the insoles of its model that were worn in a stored walk.

    How such a file is written stands in processing/metrics/bench_table.py.
    """
    from processing.calibrating import next_version, with_bench
    from processing.metrics.bench_table import read_bench_table
    from underfoot.calibrations import StoredCalibrations, read_text

    stored = StoredCalibrations(front.settings({"log.level": "warning"}))
    table = read_bench_table(read_text(file))
    layouts = stored.layouts(walk)
    before = stored.in_force
    made = with_bench(next_version(before, by=by, t_ns=time.time_ns()), table, layouts)
    for layout in layouts:
        if made.of(layout) is not None and layout.model == table.model:
            top = max(kpa for cell in table.cells for kpa in cell.kpa)
            click.echo(f"  {layout.side:<6} {layout.insole}: {layout.calibration} → bench, up to {top:g} kPa")
    _write(stored, made, yes)


def _tell_gain(evidence: WalkEvidence, before: CalibrationVersion | None, made: CalibrationVersion, kg: float) -> None:
    feet = evidence.feet
    gains = {side: made.of(foot.given) for side, foot in feet.items()}
    gain = next(each.gain for each in gains.values() if each is not None and each.gain is not None)
    click.echo(f"{evidence.walk}: {evidence.strides} even strides of each foot or more; mean over whole strides")
    for side, foot in feet.items():
        unit = "N" if foot.in_newton else "of its own"
        click.echo(f"  {side:<6} {foot.mean_n:.0f} {unit} → {foot.mean_n * gain:.0f} N")
    ratio = evidence.load_ratio(kg)
    told = "in units of their own" if ratio is None else f"{ratio:.2f} × body weight"
    click.echo(f"  both   {told} → 1.00 × body weight ({kg:g} kg); gain {_gain(before, evidence)} → {gain:.3f}")


def _gain(version: CalibrationVersion | None, evidence: WalkEvidence) -> str:
    known = [None if version is None else version.of(foot.given) for foot in evidence.feet.values()]
    gain = next((each.gain for each in known if each is not None and each.gain is not None), None)
    return "none" if gain is None else f"{gain:.3f}"


def _in_force(version: CalibrationVersion) -> list[str]:
    lines = [f"body weight {_kg(version)}"]
    for insole in version.insoles:
        parts = [
            "no zero" if insole.zero_codes is None else f"zero {_zeros(insole)}",
            "no gain" if insole.gain is None else f"gain {insole.gain:.3f}",
            "no bench table" if insole.bench is None else f"bench table by {insole.bench.by}",
        ]
        lines.append(f"{insole.insole}: {', '.join(parts)}")
    return lines


def _zeros(insole: Any) -> str:
    zeros = None if insole is None else insole.zero_codes
    return "none" if zeros is None else json.dumps(list(zeros))


def _kg(version: CalibrationVersion | None) -> str:
    return "not known" if version is None or version.weight_kg is None else f"{version.weight_kg:g} kg"


def _write(stored: Any, made: CalibrationVersion, yes: bool) -> None:
    with stored.writing() as add:
        if not yes:
            click.confirm(f"Write version {made.version}? {_BEGUN}", abort=True)
        add(made)
    click.echo(f"version {made.version} is written. {_BEGUN}")


def _when(t_ns: int) -> str:
    return datetime.fromtimestamp(t_ns / 1e9, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
