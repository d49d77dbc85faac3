"""A whole walk through the pipeline at once, from wherever its items come: a file, the recordings, a cohort."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from ingest.wire.block import Block
from ingest.wire.messages import Layout
from processing.metrics.recipe import STEADY, Recipe
from processing.pipeline import Heartbeat, Pipeline


def run(
    items: Iterable[Block | Layout | Heartbeat], *, walk: str, recipe: Recipe = STEADY, source: str = ""
) -> Pipeline:
    """Feed everything and close; the pipeline is then ready for its `summary`."""
    pipeline = Pipeline(walk=walk, recipe=recipe, source=source)
    for item in items:
        pipeline.feed(item)
    pipeline.close()
    return pipeline


def replay(
    blocks: Iterable[Block], layouts: Iterable[Layout], *, walk: str, recipe: Recipe = STEADY, source: str = ""
) -> Pipeline:
    """The same for layouts and blocks that come apart."""
    return run(chain(layouts, blocks), walk=walk, recipe=recipe, source=source)
