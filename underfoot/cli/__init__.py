"""The command line.

In: words a person typed, settings. Out: text or JSON on standard output, faults on standard error, an exit code.
One module a command (`underfoot/cli/<name>.py:command`), imported only when it is called, so that help is instant.
Must not know: how anything is measured or decided; a command puts parts together and shows what they say.
"""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click

from ingest.wire.faults import Fault, FaultCode
from underfoot import __version__, log
from underfoot.cli._front import Exit, Front, exit_code, faults_of

NOT_MEDICAL = (
    "Not a medical device: not cleared, certified or clinically validated. It does not diagnose, detect or prevent "
    "ulcers and is not watched in real time. Look at your feet every day."
)

COMMANDS = {
    "demo": "Everything at once, with two virtual insoles: no hardware, no server.",
    "story": "Twelve weeks of a made-up person in a minute or two, to look at.",
    "run": "The service with real insoles.",
    "ingest": "Only the half that reads the insoles.",
    "processing": "Only the half that judges and stores.",
    "scan": "List the insoles within reach.",
    "pair": "Make two insoles the wearer's, and learn which is on which foot.",
    "insole": "One insole: what it says of itself, set, fetch, update.",
    "conform": "Check a device against the Open Insole profile.",
    "page": "The page over what is stored: a story, or a folder brought home.",
    "people": "Who may sign in on the page: list, add, roles, passwords.",
    "watch": "Show two live feet in the terminal.",
    "replay": "Summarise a recorded walk.",
    "trend": "Days and weeks of walks.",
    "compare": "Set the walks of two stretches of days against each other.",
    "export": "Take away what is stored: CSV, Parquet, EDF, FHIR; live for laboratories.",
    "report": "Before and after: feet, minutes and symptoms in two times.",
    "programme": "Walking programmes: today's plan, the days so far; begin, end.",
    "baseline": "What is usual for the wearer: show it, learn it anew.",
    "definitions": "What each figure means, its unit, formula and source.",
    "alerts": "List alerts, answer one; the clinician's short list.",
    "rules": "The limits in force and why; change one, try others.",
    "diary": "How the feet feel and look: say it, read it.",
    "tasks": "What a clinician is asked to look at.",
    "notify": "Channels to phones, mail and chat; a test message.",
    "calibrate": "Show what load figures rest on; take zero, gain or a bench table.",
    "account": "Add the books up: rows taken, received, published, stored, missing.",
    "doctor": "Check this machine and say what to do.",
    "config": "Write, check or show the settings.",
}


class LazyGroup(click.Group):
    """Commands by module name; none is imported before it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [name for name in COMMANDS if find_spec(f"underfoot.cli.{name}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = import_module(f"underfoot.cli.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101 - every module of a command has one, a test sees to it
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, COMMANDS[name]) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


@click.group(cls=LazyGroup, epilog=NOT_MEDICAL, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="underfoot")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="The settings file to use.")
@click.option("-v", "--verbose", is_flag=True, help="Log everything.")
@click.pass_context
def underfoot(ctx: click.Context, config: Path | None, verbose: bool) -> None:
    """From pressure-sensing insoles to rolling forefoot load, left/right asymmetry and alerts."""
    ctx.obj = Front(config, verbose)


def main() -> None:
    """The program. Whatever goes wrong is told in one line with advice, and in the exit code."""
    log.set_up()
    try:
        underfoot()
    except Exception as error:  # noqa: BLE001 - the top of the program: everything unforeseen is told and logged here
        sys.exit(_tell(error))


def _tell(error: Exception) -> int:
    ours = faults_of(error)
    if ours is None:
        logging.getLogger(__name__).error("unexpected error", exc_info=error)
        click.echo(str(Fault(FaultCode.INTERNAL, f"{type(error).__name__}: {error}")), err=True)
        return Exit.FAILED
    for each in ours:
        click.echo(str(each), err=True)
    return exit_code(ours[0].code)
