"""The JSON Schema of every message, generated. `python -m ingest.wire.schema` writes it again; a test pins it.

`samples` crosses the wire as MessagePack with `values` as bytes; everything else is JSON as described.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from ingest.wire.message import WIRE_VERSION
from ingest.wire.topics import RULES

FILE = Path(__file__).with_name("schema.json")


def schema() -> dict[str, Any]:
    """One document: `$defs` holds every message and part, `topics` which message stands where, with QoS and retain."""
    messages = tuple(dict.fromkeys(rule.carries for rule in RULES if rule.carries is not None))
    refs, parts = msgspec.json.schema_components(messages, ref_template="#/$defs/{name}")
    names = {message: ref["$ref"] for message, ref in zip(messages, refs, strict=True)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"underfoot messages, version {WIRE_VERSION}",
        "oneOf": list(refs),
        "topics": {
            rule.tail: {
                "qos": rule.qos,
                "retain": rule.retain,
                "carries": names[rule.carries] if rule.carries else "the bare word online or offline",
            }
            for rule in RULES
        },
        "$defs": dict(sorted(parts.items())),
    }


def text() -> str:
    """The schema as it is committed."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
