"""Words of Home Assistant's templates: null and a field that is left out both come out as `None`, which is unknown."""

from __future__ import annotations

from typing import Any

from ingest.wire.geometry import Side

_STATE_CHARS = 250  # Home Assistant takes 255, and `truncate` allows itself 5 more

Facts = dict[str, Any]  # of one entity, by Home Assistant's own words


def state_value(field: str, left_out: int | None = None) -> str:
    """A field of the message; `left_out`: what it means when it is not there, None for not known."""
    return f"{{{{ value_json.get('{field}', {'none' if left_out is None else left_out}) }}}}"


def attribute(*fields: str) -> str:
    """A field inside others, each of which may be missing."""
    inside = "".join(f".get('{each}', {{}})" for each in fields[:-1])
    return f"{{{{ value_json{inside}.get('{fields[-1]}', none) }}}}"


def text(value: str) -> str:
    """A text that Home Assistant's states have room for. `value`: an expression that never yields an empty one."""
    return f"{{{{ ({value}) | truncate({_STATE_CHARS}) }}}}"


def per_side(name: str, side: Side) -> str:
    return f"{name}_{side}"
