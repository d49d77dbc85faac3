"""`underfoot story`: weeks of a person who does not exist, lived through the real pipeline in a minute or two."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from underfoot.cli import NOT_MEDICAL
from underfoot.cli._bar import bar
from underfoot.cli._front import Front, json_option, when_stopped
from underfoot.places import Places


@click.group(name="story")
def command() -> None:
    """Weeks of a person who does not exist, through the real pipeline."""


@command.command("twelve-weeks", short_help="Twelve weeks: alerts, programmes, diary and report filled.")
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True, help="Another one, other weeks."
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the data here; left out: in the data folder, apart.",
)
@click.option("--page", "with_page", is_flag=True, help="Then show it: feet, inbox, trends, walks, report.")
@click.option("--port", type=click.IntRange(1, 65535), help="Of that page; left out: what the settings say.")
@click.option("--weeks", type=click.IntRange(1, 12), default=12, hidden=True)
@json_option
@click.pass_obj
def twelve_weeks(
    front: Front, /, *, seed: int, folder: Path | None, weeks: int, with_page: bool, port: int | None, as_json: bool
) -> None:
    """Live twelve made-up weeks and keep them in a data folder that every other command can read.

    Rows, people and clinic are made up from the seed; what is judged, raised, planned and stored is not. The same seed
    gives the same bytes.
    """
    from underfoot.twelve_weeks.making import CONFIG, as_text, holds_other_data, keep, make, make_ready, settings_of
    from underfoot.twelve_weeks.words import lines

    settings = front.settings({"log.level": "warning"})  # what it says is for people
    where = folder or Places(settings.data_dir).story(f"twelve-weeks-{seed}")
    if holds_other_data(where):
        raise click.BadParameter(
            f"{where} holds other data than a story; choose an empty folder", param_hint="--folder"
        )
    make_ready(where, seed)
    with (
        when_stopped(lambda: f"The days lived until now are in {where}."),
        bar("The first day", time_left=True) as line,
    ):
        story: dict[str, Any] = asyncio.run(make(where, seed, 7 * weeks, line.show))
    keep(where, story)
    if as_json:
        click.echo(as_text(story))
        return
    for words in lines(story):
        click.echo(words)
    look = f"underfoot --config {where / CONFIG}"
    click.echo(f"\nKept in {where}. To look at it:")
    for what in _looks(story):
        click.echo(f"  {look} {what}")
    click.echo(NOT_MEDICAL)
    if with_page:
        from underfoot.cli.page import show
        from underfoot.settings import WebSettings

        web = WebSettings(port=port or settings.web.port)
        asyncio.run(show(replace(settings_of(where), web=web), date.fromisoformat(story["last"])))


def _looks(story: dict[str, Any]) -> list[str]:
    looks = [
        f"page --on {story['last']}",
        "alerts list --all",
        "tasks list --all",
        f"trend --until {story['last']}",
        f"programme show --on {story['last']}",
    ]
    if story["report"] is not None:
        before, after = (story["report"][when]["label"].replace(" … ", "..") for when in ("before", "after"))
        looks.append(f"report --before {before} --after {after}")
    return looks
