"""The process that packs the copy of a shard: `python -m
codetriever_lsp.store.vectors.compaction_worker FOLDER DIMENSION POINTS WHAT`.

The vector engine's `optimize` holds the global lock for seconds and takes about 5 KiB of memory a
point: neither is for a process that answers. The exit code is 0 when all is done and on the disk, 3
when there are not POINTS points in it.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from pathlib import Path

import qdrant_edge as qdrant

from codetriever_lsp.errors import StoreError
from codetriever_lsp.platform.subprocesses import be_polite, exit_at_end_of
from codetriever_lsp.store.vectors.interface import ToPack
from codetriever_lsp.store.vectors.shard import guard, load_shard

__all__ = ["FAULT", "main", "pack"]

FAULT = "CODETRIEVER_COMPACTOR_FAULT"
"""For tests: "crash" or "hang"."""


def main(arguments: list[str]) -> int:
    folder, dimension, points, what = arguments
    be_polite()
    exit_at_end_of(0)
    if fault := os.environ.get(FAULT):
        if fault == "crash":
            os.abort()
        threading.Event().wait()
    try:
        found = pack(Path(folder), int(dimension) or None, "new" if what == "new" else "all")
    except StoreError as error:
        logging.getLogger(__name__).error("%s", error)
        return 1
    return 0 if found == int(points) else 3


def pack(folder: Path, dimension: int | None, what: ToPack) -> int:
    """Put live points where they are mapped when the shard is loaded, and leave dead ones behind.
    -> how many live.

    Nobody else may have the shard open. Raises StoreCorrupt.
    """
    shard = load_shard(folder, dimension, what)
    with guard("packing"):
        shard.optimize()
        found = shard.count(qdrant.CountRequest(exact=True))
        shard.flush()
        shard.close()
    return int(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
