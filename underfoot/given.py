"""Values of settings as they were given: in a file, in the environment, on the command line, in files of secrets.

Nothing is checked here; a later place is laid over an earlier one, section by section.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from underfoot.mistakes import Mistake

_PREFIX = "UNDERFOOT_"


def from_file(file: Path | None) -> tuple[dict[str, Any], list[Mistake]]:
    if file is None:
        return {}, []
    try:
        return tomllib.loads(file.read_text(encoding="utf-8")), []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return {}, [Mistake(str(file), f"is not TOML ({error})")]
    except OSError as error:
        return {}, [Mistake(str(file), f"cannot be read ({error.strerror})")]


def from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """`UNDERFOOT_BROKER__URL` as `broker.url`; an empty variable counts as not given."""
    given = {
        name.removeprefix(_PREFIX).lower().replace("__", "."): value
        for name, value in environment.items()
        if name.startswith(_PREFIX) and name != f"{_PREFIX}CONFIG" and value
    }
    return from_command_line(given)


def from_command_line(dotted: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for key, value in dotted.items():
        section, dot, leaf = key.partition(".")
        if value is None:
            continue
        if dot:
            nested.setdefault(section, {})[leaf] = value
        else:
            nested[section] = value
    return nested


def lay_over(below: dict[str, Any], above: dict[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            below[key] = {**below[key], **value}
        else:
            below[key] = value


def drop_blank(raw: dict[str, Any], defaults: Any) -> None:
    """TOML has no word for nothing: where nothing is the default, an empty text means it."""
    for each in fields(defaults):
        values, default = raw.get(each.name), each.default
        if isinstance(values, dict) and is_dataclass(default):
            blank = [key for key, value in values.items() if value == "" and getattr(default, key, "") is None]
            for key in blank:
                del values[key]


def fill_secrets(raw: dict[str, Any], handed: str | None) -> list[Mistake]:
    """Read the files that hold secrets, where the secret itself is not given.

    :param handed: the folder of credentials that the init system gave us.
    """
    found = []
    for section, key in (("broker", "password"), ("series", "token"), ("notify", "channels")):
        values = raw.setdefault(section, {})
        if not isinstance(values, dict) or key in values:
            continue
        credential = Path(handed, f"{section}_{key}") if handed else None
        named = values.get(f"{key}_file") or (credential if credential and credential.is_file() else None)
        if named is None:
            continue
        try:
            values[key] = Path(named).read_text(encoding="utf-8").strip()
        except (OSError, TypeError, UnicodeDecodeError) as error:
            found.append(
                Mistake(f"{section}.{key}_file", f"cannot be read ({error})", "a text file that this user may read")
            )
    return found + _open_channels(raw["notify"])


def _open_channels(notify: Any) -> list[Mistake]:
    """Channels that came as one text are lines of TOML. What is wrong is told without what stands there: a secret."""
    if not isinstance(notify, dict) or not isinstance(notify.get("channels"), str):
        return []
    try:
        notify["channels"] = tomllib.loads(notify["channels"])
    except tomllib.TOMLDecodeError:
        del notify["channels"]
        return [Mistake("notify.channels", "cannot be read", 'lines such as phone="ntfys://…"')]
    return []
