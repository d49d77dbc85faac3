"""What every command shares: settings, exit codes, JSON, and how an error is told."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ingest.wire.faults import FaultCode, UnderfootError
from underfoot import log

if TYPE_CHECKING:
    from underfoot.settings import Settings


class Exit(IntEnum):
    """Exit codes; click's own is 2 for a command line that cannot be understood."""

    FINE = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 69
    LATER = 75
    CONFIG = 78  # systemd then does not start again and again


_EXIT_OF = {
    FaultCode.BROKER_UNREACHABLE: Exit.UNREACHABLE,
    FaultCode.RADIO_OFF: Exit.UNREACHABLE,
    FaultCode.STORE_UNREACHABLE: Exit.UNREACHABLE,
    FaultCode.INSOLE_NOT_FOUND: Exit.UNREACHABLE,
    FaultCode.DISK_FULL: Exit.LATER,
    FaultCode.SPOOL_FULL: Exit.LATER,
    FaultCode.PORT_IN_USE: Exit.LATER,
    FaultCode.STORE_IN_USE: Exit.LATER,
    FaultCode.CONFIG_INVALID: Exit.CONFIG,
    FaultCode.BROKER_REFUSED: Exit.CONFIG,
    FaultCode.BROKER_NOT_LOOPBACK: Exit.CONFIG,
    FaultCode.DEPENDENCY_MISSING: Exit.CONFIG,
}


def exit_code(code: FaultCode) -> Exit:
    return _EXIT_OF.get(code, Exit.FAILED)


def faults_of(error: BaseException) -> list[UnderfootError] | None:
    """The errors of ours inside, task groups opened; None when there is anything else in it."""
    if isinstance(error, UnderfootError):
        return [error]
    if not isinstance(error, BaseExceptionGroup):
        return None
    inner: list[UnderfootError] = []
    for each in error.exceptions:
        found = faults_of(each)
        if found is None:
            return None
        inner += found
    return inner


@dataclass(frozen=True, slots=True)
class Front:
    """What was said before the command's name. Commands get it with `@click.pass_obj`."""

    config: Path | None = None
    verbose: bool = False

    def settings(self, overrides: Mapping[str, Any] | None = None) -> Settings:
        """Settings with the command's own options laid over them (dotted keys); the log follows them."""
        from underfoot.settings import load

        settings = load(self.config, overrides)
        log.set_level("debug" if self.verbose else str(settings.log.level))
        return settings


class Name(click.types.StringParamType):
    """Who did something; kept with what was done, so it cannot be empty."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        said = str(value).strip()
        if not said:
            self.fail("a name is wanted, such as your initials", param, ctx)
        return said


class FiniteRange(click.FloatRange):
    """A range lets `nan` through, and `inf` where it has no end."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if not isfinite(number):
            self.fail(f"{value} is not a number to reckon with.", param, ctx)
        return number


@contextmanager
def when_stopped(words: Callable[[], str]) -> Iterator[None]:
    """Ctrl-C is answered by what it leaves behind, in these words, and by exit code 1."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"\nStopped. {words()}", err=True)
        sys.exit(Exit.FAILED)


def json_option(function: Any) -> Any:
    """`--json`: the answer for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(function)


def print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
