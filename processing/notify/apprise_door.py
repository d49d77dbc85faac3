"""The one door to Apprise: a text to a channel, and in plain words why it did not arrive.

A channel's URL holds passwords and private topics: it is written nowhere, and what Apprise says is freed of its parts.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote

from ingest.wire.faults import FaultCode, UnderfootError

if TYPE_CHECKING:
    from apprise import Apprise

_TIMEOUT_S = 30.0
_LONGEST_WORDS = 200
_VEILED = "…"
_PARTS = re.compile(r"[/:@?&=#,]+")
_TELLS_NOTHING = 4  # shorter parts of a URL stand in ordinary words
_NO_REASON = "the service did not take it and gave no reason"
_APP = "underfoot"
_apprise_log = logging.getLogger("apprise")
_apprise_log.propagate = False  # it would call an outage an error of ours; what it says is told by `send`
_apprise_log.addHandler(logging.NullHandler())
logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # it writes paths, in which private topics stand


class Door(Protocol):
    async def send(self, url: str, title: str, text: str) -> str | None:
        """None: the service took it; else why it did not, without anything of the URL."""


class AppriseDoor:
    """:raises UnderfootError: DEPENDENCY_MISSING when the extra is not installed."""

    def __init__(self) -> None:
        try:
            import apprise
        except ImportError as error:
            raise UnderfootError(
                FaultCode.DEPENDENCY_MISSING, "notifications need the extra: pip install underfoot[notify]"
            ) from error
        self._apprise = apprise

    def refusal(self, url: str) -> str | None:
        """What is wrong with the URL itself; None: a service could be asked."""
        return None if len(self._service(url)) else "no service that Apprise knows has a URL of this form"

    async def send(self, url: str, title: str, text: str) -> str | None:
        service = self._service(url)
        if not len(service):
            return self.refusal(url)
        words: list[str] = []
        result = await service.async_notify(
            body=text,
            title=title,
            timeout=_TIMEOUT_S,
            log_level=logging.WARNING,
            log_callback=lambda entry, _: words.append(entry.message),
        )
        return None if result else told("; ".join(dict.fromkeys(words)), url)

    def _service(self, url: str) -> Apprise:
        asset = self._apprise.AppriseAsset(
            app_id=_APP, app_desc=_APP, app_url="", image_url_mask="", image_url_logo="", plugin_paths=[]
        )
        service = self._apprise.Apprise(asset=asset)
        service.add(url)
        return service


def told(words: str, url: str) -> str:
    """Apprise's words without the URL's: its scheme may stay, and what is too short to be a secret."""
    scheme, _, rest = url.partition("://")
    parts = {part for each in _PARTS.split(rest) for part in (each, unquote(each)) if len(part) >= _TELLS_NOTHING}
    for part in sorted(parts, key=len, reverse=True):
        words = words.replace(part, _VEILED)
    return " ".join(words.split())[:_LONGEST_WORDS] or f"{scheme}: {_NO_REASON}"
