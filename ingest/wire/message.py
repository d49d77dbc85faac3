"""What every message has."""

from __future__ import annotations

import msgspec

WIRE_VERSION = 1


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """What every message has: `kind` (its tag) and `v`, the version of the contract."""

    v: int = WIRE_VERSION
