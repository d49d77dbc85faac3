"""`underfoot config`: write a commented file, name every mistake, show what is in force."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from ingest.wire.faults import ADVICE, FaultCode
from underfoot.cli._front import Exit, Front, json_option, print_json
from underfoot.mistakes import ConfigError, secrets_of
from underfoot.settings import Settings, config_path

_HIDDEN = "(set, not shown)"


@click.group(name="config")
def command() -> None:
    """Write, check or show the settings."""


@command.command(short_help="Write a commented settings file.")
@click.option(
    "--path", type=click.Path(path_type=Path, dir_okay=False), default=Path("underfoot.toml"), show_default=True
)
@click.option("--force", is_flag=True, help="Overwrite the file if it is there.")
def init(path: Path, force: bool) -> None:
    """Write a commented settings file in which everything stands at its default."""
    if path.exists() and not force:
        raise click.ClickException(f"{path} is there already; choose another --path, or --force to overwrite it")
    path.write_text(template(), encoding="utf-8")
    click.echo(f"{path} written; remove the # before what you change, then run `underfoot config check`")


@command.command(short_help="Name every mistake in the settings.")
@json_option
@click.pass_obj
def check(front: Front, as_json: bool) -> None:
    """Name every mistake in the settings (exit code 78 when there is one)."""
    file = config_path(front.config)
    try:
        front.settings()
    except ConfigError as error:
        if as_json:
            mistakes = [{"key": each.key, "wrong": each.wrong, "allowed": each.allowed} for each in error.mistakes]
            print_json({"file": error.file or None, "mistakes": mistakes})
        else:
            for each in error.mistakes:
                click.echo(str(each))
            click.echo(f"{error.code} ({len(error.mistakes)} found): {ADVICE[FaultCode.CONFIG_INVALID]}", err=True)
        raise SystemExit(Exit.CONFIG) from error
    if as_json:
        print_json({"file": str(file) if file else None, "mistakes": []})
    else:
        click.echo(f"no mistakes in {file or 'the defaults (no file found)'}")


@command.command(short_help="Show the settings in force.")
@json_option
@click.pass_obj
def show(front: Front, as_json: bool) -> None:
    """Show the settings in force, from wherever they come; secrets are not shown."""
    settings = front.settings()
    shown = redacted(settings)
    if as_json:
        print_json(shown)
        return
    click.echo(f"# from {config_path(front.config) or 'the defaults (no file found)'} and the environment")
    click.echo(_toml(shown), nl=False)


def redacted(settings: Settings) -> dict[str, Any]:
    """Every setting in force by section; None where nothing is set, secrets veiled."""
    hidden = secrets_of(settings)

    def values(part: Any, prefix: str) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for each in fields(part):
            value = getattr(part, each.name)
            if is_dataclass(value):
                shown[each.name] = values(value, f"{each.name}.")
            elif f"{prefix}{each.name}" in hidden:
                shown[each.name] = None if value is None else _HIDDEN
            else:
                shown[each.name] = _plain(value)
        return shown

    return values(settings, "")


def template() -> str:
    """A settings file with every key, its meaning, and its default commented out."""
    settings = Settings()
    lines = ["# underfoot: settings. Each line shows the default; remove the # to change it.", ""]
    for each in fields(settings):
        if not is_dataclass(getattr(settings, each.name)):
            lines += _described(each.name, each.metadata["says"], getattr(settings, each.name))
    for section in fields(settings):
        part = getattr(settings, section.name)
        if is_dataclass(part):
            lines += ["", f"[{section.name}]  # {section.metadata['says']}"]
            for each in fields(part):
                lines += _described(each.name, each.metadata["says"], getattr(part, each.name))
    return "\n".join(lines) + "\n"


def _described(name: str, says: str, default: Any) -> list[str]:
    shown = '""' if default is None else _literal(_plain(default))
    return [f"# {says}", f"# {name} = {shown}"]


def _toml(shown: dict[str, Any]) -> str:
    top = [(name, value) for name, value in shown.items() if not isinstance(value, dict)]
    lines = [_line(name, value) for name, value in top]
    for section, values in shown.items():
        if isinstance(values, dict):
            lines += ["", f"[{section}]", *(_line(name, value) for name, value in values.items())]
    return "\n".join(lines) + "\n"


def _line(name: str, value: Any) -> str:
    return f"# {name}: not set" if value is None else f"{name} = {_literal(value)}"


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path | StrEnum) else value


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
