"""Mistakes in settings, in words: which key, what is wrong, what is allowed, which key may have been meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from typing import Any

from ingest.wire.faults import FaultCode, UnderfootError

THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})  # names under which only it hears itself


@dataclass(frozen=True, slots=True)
class Mistake:
    """`key`: dotted, or the file's name. `allowed` "": nothing more to say."""

    key: str
    wrong: str
    allowed: str = ""

    def __str__(self) -> str:
        return f"{self.key} {self.wrong}" + (f"; allowed: {self.allowed}" if self.allowed else "")


class ConfigError(UnderfootError):
    """CONFIG_INVALID with every mistake found. `file` "": there was none."""

    def __init__(self, mistakes: Iterable[Mistake], file: str = "") -> None:
        self.mistakes = tuple(mistakes)
        self.file = file
        super().__init__(FaultCode.CONFIG_INVALID, "; ".join(str(each) for each in self.mistakes))


def keys_of(settings: Any) -> dict[str, str]:
    """Every dotted key with what it means and allows."""
    known: dict[str, str] = {}
    for each in fields(settings):
        inner = getattr(settings, each.name)
        if is_dataclass(inner):
            known |= {f"{each.name}.{leaf.name}": leaf.metadata["says"] for leaf in fields(inner)}
        else:
            known[each.name] = each.metadata["says"]
    return known


def secrets_of(settings: Any) -> frozenset[str]:
    """The dotted keys whose values are never shown."""
    return frozenset(
        f"{each.name}.{leaf.name}"
        for each in fields(settings)
        if is_dataclass(getattr(settings, each.name))
        for leaf in fields(getattr(settings, each.name))
        if leaf.metadata["secret"]
    )


def of_field(known: Any, place: Sequence[int | str], value: object) -> Mistake:
    """A mistake that validation found at `place`. `known`: settings at their defaults, for the names."""
    words = [str(word) for word in place if not str(word).startswith("function-")]
    key, keys = ".".join(words), keys_of(known)
    sections = {name.partition(".")[0] for name in keys if "." in name}
    key = next((name for name in keys if "." in name and key.startswith(f"{name}.")), key)  # inside a table
    if key in keys:
        shown = "is not allowed" if key in secrets_of(known) else f"is {value!r}"
        return Mistake(key, shown, keys[key])
    if key in sections:
        inside = [name for name in keys if name.startswith(f"{key}.")]
        return Mistake(key, "is a section, not a value", ", ".join(inside))
    return _unknown(key, keys, sections)


def _unknown(key: str, keys: Mapping[str, str], sections: set[str]) -> Mistake:
    section, dot, leaf = key.partition(".")
    inside = {name.partition(".")[2]: name for name in keys if name.startswith(f"{section}.")} if dot else {}
    if inside:
        near = [inside[found] for found in get_close_matches(leaf, inside, n=1)]
    else:
        near = get_close_matches(key, [*keys, *sections], n=1) or get_close_matches(section, sections, n=1)
    if near:
        return Mistake(key, f"is not a setting, did you mean {near[0]}?", keys.get(near[0], ""))
    among = list(inside.values()) or [*sorted(sections), *(name for name in keys if "." not in name)]
    return Mistake(key, "is not a setting", ", ".join(among))


def across(raw: Mapping[str, Any]) -> list[Mistake]:
    """Mistakes between keys, found in the values as they were given, so that they stand beside all others."""
    found = []
    series, broker, web = (raw[name] if isinstance(raw.get(name), dict) else {} for name in ("series", "broker", "web"))
    if series.get("kind") == "influx" and not series.get("url"):
        found.append(Mistake("series.url", "is missing", "http://HOST:PORT, as series.kind is influx"))
    if broker.get("ca") and not str(broker.get("url", "")).startswith(("mqtts://", "ssl://")):
        found.append(Mistake("broker.ca", "stands without TLS", "only together with a broker.url of mqtts://"))
    if broker.get("user") and not broker.get("url"):
        found.append(Mistake("broker.user", "stands without a broker", "only together with broker.url"))
    if broker.get("password") and not broker.get("user"):
        found.append(Mistake("broker.password", "stands without a user", "only together with broker.user"))
    if web.get("sign_in") == "never" and web.get("host", "127.0.0.1") not in THIS_MACHINE:
        found.append(
            Mistake(
                "web.sign_in", "is 'never' where others reach the page", "auto or always, or a web.host of 127.0.0.1"
            )
        )
    return found
