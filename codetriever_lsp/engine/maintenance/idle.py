"""What is done with an open index in between: it costs time that nobody should wait for."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from codetriever_lsp.engine.maintenance.memory import give_back
from codetriever_lsp.errors import CodetrieverError
from codetriever_lsp.index.indexer import Indexer
from codetriever_lsp.search.names.cache import Naming
from codetriever_lsp.store.store import Store

__all__ = ["tidy"]

log = logging.getLogger(__name__)

MANY = 100
"""Files that wait in a build or a checkout, for whose end what should be done does not wait; fewer
were saved."""


async def tidy(indexer: Indexer, store: Store, naming: Naming) -> None:
    """Keep for the next start what makes it quick; and while nobody writes, get back what replaced
    points take.
    """
    try:
        with contextlib.suppress(CodetrieverError):  # whoever asks next is told
            if not (busy := indexer.busy):
                await store.flush()
            await naming.keep(busy=busy)
            if await store.compact(busy=busy and indexer.pending > MANY) and not busy:
                await asyncio.to_thread(give_back)
    except Exception:
        log.exception("tidying the index of %s failed; it is tried again", store.location.root)
