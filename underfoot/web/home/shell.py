"""What makes the page one that can be installed and that opens without a connection."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from starlette.responses import JSONResponse, Response

from underfoot.web.door import Ask, Door
from underfoot.web.site import Site

_STATIC = Path(__file__).parents[1] / "static"
SHELL = (  # of the wearer's page: it has to open with these alone
    "base.css",
    "feet.css",
    "wearer.css",
    "base.js",
    "alerts.js",
    "big.js",
    "cividis.js",
    "feet.js",
    "figures.js",
    "live.js",
    "pair.js",
    "sentence.js",
    "shell.js",
    "stream.js",
    "svg.js",
    "times.js",
    "favicon.svg",
)
_ICONS = (("icon-192.png", 192, "any"), ("icon-512.png", 512, "any"), ("icon-maskable-512.png", 512, "maskable"))


async def manifest(site: Site, ask: Ask) -> Response:  # noqa: ARG001 - every handler is given both
    icons = [
        {"src": f"static/icons/{name}", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for name, size, purpose in _ICONS
    ]
    told = {
        "name": site.labels.title,
        "short_name": site.labels.title,
        "start_url": ".",
        "scope": ".",
        "display": "standalone",
        "background_color": "#f6f5f1",
        "theme_color": "#1c2430",
        "icons": icons,
    }
    return JSONResponse(told, media_type="application/manifest+json", headers={"Cache-Control": "no-cache"})


async def worker(site: Site, ask: Ask) -> Response:  # noqa: ARG001
    """The service worker; a file of the shell that changes makes it another one, and the browser takes that."""
    return Response(_worker(), media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@cache
def _worker() -> str:
    files = hashlib.sha256()
    for name in SHELL:
        files.update((_STATIC / name).read_bytes())
    paths = [f"static/{name}" for name in SHELL]
    head = f"const VERSION = {json.dumps(files.hexdigest()[:12])};\nconst SHELL = {json.dumps(paths)};\n"
    return head + (_STATIC / "sw.js").read_text(encoding="utf-8")


DOORS: tuple[Door, ...] = (
    Door("/manifest.webmanifest", manifest, None, public=True),
    Door("/sw.js", worker, None, public=True),
)
