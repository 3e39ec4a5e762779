"""The path of a query, top to bottom: parse, mend, embed, gather per folder, rank together, make
hits.

A search reads one generation: when a commit lands between its first and its last read, it starts
over, within bounds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.model import KINDS, MODES, Filters, Hit, Mode
from codetriever_lsp.search.hits import make_hits
from codetriever_lsp.search.query import Query, check_limit, parse_query
from codetriever_lsp.search.ranking.features import FileCandidate
from codetriever_lsp.search.ranking.linear_model import rank, table_for
from codetriever_lsp.search.retrieval.candidates import Ask, gather, weigh
from codetriever_lsp.search.retrieval.globs import PathFilter
from codetriever_lsp.search.retrieval.spelling_correction import mend
from codetriever_lsp.search.source import Source

__all__ = ["EmbedQuery", "Options", "check_filters", "chosen_sources", "make_ask", "search"]

EmbedQuery = Callable[[str], Awaitable[NDArray[np.float32] | None]]
"""Gives the vector of a query, None without a model."""

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Options:
    """What a search may be told besides its text."""

    limit: int = 20
    filters: Filters = field(default_factory=Filters)
    mode: Mode = "hybrid"
    explain: bool = False


async def search(
    sources: Sequence[Source], embed: EmbedQuery, text: str, options: Options
) -> list[Hit]:
    """The best places for `text` over all sources, best first; raises BadRequest for what cannot be
    meant.
    """
    query = parse_query(text)
    check_limit(options.limit)
    check_mode(options.mode)
    check_filters(options.filters)
    chosen = chosen_sources(sources, options.filters)
    ask = await make_ask(chosen, embed, query, options)
    query = ask.query
    for _ in range(_TRIES):
        generations = [source.store.generation for source in chosen]
        found = [await gather(source, at, ask) for at, source in enumerate(chosen)]
        files = _without_doubles(chosen, [one.files for one in found])
        missing = min((one.missing for one in found), default=0.0)
        ranked = rank(files, query, options.limit, table_for(ask.by_words, ask.by_meaning), missing)
        hits = await make_hits(chosen, ranked, query, options.explain, options.filters.kinds)
        if generations == [source.store.generation for source in chosen]:
            break
    return hits


async def make_ask(
    sources: Sequence[Source], embed: EmbedQuery, query: Query, options: Options
) -> Ask:
    """What is asked of each source."""
    weighed = [
        await weigh(source, query) if options.mode != "semantic" else {} for source in sources
    ]
    query = mend(query, weighed, sources)
    vector = await embed(query.spelt) if options.mode != "lexical" else None
    if vector is not None and not vector.any():
        vector = None  # no word that the model knows
    return Ask(query, vector, options.filters, options.mode, weighed)


def check_mode(mode: str) -> None:
    """BadRequest for a mode that does not exist."""
    if mode not in MODES:
        raise BadRequest(f"mode must be hybrid, lexical or semantic, not {mode!r}")


def check_filters(filters: Filters) -> None:
    """BadRequest for a bad glob or an unknown kind."""
    PathFilter(filters.paths)
    allowed = {*KINDS, ""}
    for kind in filters.kinds:
        if kind not in allowed:
            raise BadRequest(f"unknown kind {kind!r}; kinds are {', '.join(KINDS)}")


def chosen_sources(sources: Sequence[Source], filters: Filters) -> list[Source]:
    """The sources of `filters.folders`, all when it is empty; BadRequest for a folder that is not
    open.
    """
    if not filters.folders:
        return list(sources)
    by_root = {str(source.root): source for source in sources}
    for folder in filters.folders:
        if folder.rstrip("/\\") not in by_root and folder not in by_root:
            raise BadRequest(
                f"folder {folder} is not open; open folders: {', '.join(by_root) or 'none'}"
            )
    return [
        by_root.get(folder) or by_root[folder.rstrip("/\\")]
        for folder in dict.fromkeys(filters.folders)
    ]


def _without_doubles(
    sources: Sequence[Source], found: Sequence[list[FileCandidate]]
) -> list[FileCandidate]:
    """The file candidates of all folders; a file that two nested folders hold counts for the inner
    one.
    """
    if len(found) == 1:
        return found[0]
    chosen: dict[Path, tuple[int, FileCandidate]] = {}
    for source, files in zip(sources, found, strict=True):
        depth = len(source.root.parts)
        for file in files:
            path = source.root / file.path
            if path not in chosen or chosen[path][0] < depth:
                chosen[path] = (depth, file)
    return [file for _, file in chosen.values()]
